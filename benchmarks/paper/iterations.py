"""``python -m benchmarks.paper.iterations``: GCA-INCE by Sinkhorn iterations and ε."""

from __future__ import annotations

from dataclasses import replace

from benchmarks.paper.experiment import Cell, Experiment, Point, Question, extremes, main, with_options
from benchmarks.paper.trials import BASE

ITERATIONS = (1, 2, 5, 11)
EPSILONS = (0.05, 0.1, 0.2, 0.5, 1.0)
SOURCE = "compactness and accuracy by iterations and ε"


def build(quick: bool = False) -> Experiment:
    """The cells and the comparisons."""
    epsilons = EPSILONS[1:2] if quick else EPSILONS
    counts = (ITERATIONS[0], ITERATIONS[-1]) if quick else ITERATIONS
    cells = {
        (epsilon, count): Cell(with_options(replace(BASE, method="gca-ince", epsilon=epsilon), iterations=count))
        for epsilon in epsilons
        for count in counts
    }
    half = {epsilon: Cell(replace(BASE, epsilon=epsilon)) for epsilon in epsilons}
    most = counts[-1]
    questions = []
    for epsilon in epsilons:
        ours, first, ince = cells[epsilon, most], cells[epsilon, counts[0]], half[epsilon]
        questions += [
            Question(f"{most} iterations are more accurate than 1: ε = {epsilon:g}", SOURCE, ours, first),
            Question(
                f"{most} iterations are more compact than 1: ε = {epsilon:g}",
                *(SOURCE, ours, first),
                measure="compactness",
                below=True,
            ),
            Question(f"{most} iterations are more accurate than InfoNCE: ε = {epsilon:g}", SOURCE, ours, ince),
            Question(
                f"{most} iterations are more compact than InfoNCE: ε = {epsilon:g}",
                *(SOURCE, ours, ince),
                measure="compactness",
                below=True,
            ),
        ]
    # InfoNCE is half an iteration: one step of the rows.
    points = [
        Point(title, f"ε = {epsilon:g}", x, cell, measure)
        for measure, title in (("knn", "accuracy"), ("compactness", "compactness"))
        for epsilon in epsilons
        for x, cell in [(0.5, half[epsilon]), *((count, cells[epsilon, count]) for count in counts)]
    ]
    return Experiment(
        name="iterations",
        title="Sinkhorn iterations and temperature",
        about="GCA-INCE with 1 to 11 iterations, and InfoNCE, which is half an iteration, each at five ε; heads on "
        "EfficientNet-Lite0, trained on `things`, batches of 128. Compactness is the mean distance within a class "
        "over that between classes, lower is more compact.",
        x="Sinkhorn iterations in training (0.5: InfoNCE)",
        points=points,
        questions=questions,
        told=extremes,
    )


if __name__ == "__main__":
    main(build)
