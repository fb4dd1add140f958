"""``python -m benchmarks.paper.noise``: λ₁ × λ₂ of GCA-UOT under wrong pairs: accuracy, and what the plan tells."""

from __future__ import annotations

from dataclasses import replace

from benchmarks.paper.experiment import Cell, Experiment, Point, Question, extremes, main, with_options
from benchmarks.paper.trials import BASE

PENALTIES = (0.05, 0.2, 1.0, 5.0)
WRONG = 0.4
SOURCE = "unbalanced transport for noisy views"
FOUND = {"AUC row mass": "row mass", "AUC pair mass": "pair mass", "AUC cosine": "cosine"}


def build(quick: bool = False) -> Experiment:
    """The cells and the comparisons."""
    penalties = PENALTIES[1:3] if quick else PENALTIES
    noisy = replace(BASE, wrong_pairs=WRONG)
    ince = Cell(noisy)
    cells = {
        (first, second): Cell(with_options(replace(noisy, method="gca-uot"), lambda1=first, lambda2=second))
        for first in penalties
        for second in penalties
    }
    questions = []
    for (first, second), cell in cells.items():
        where = f"λ₁ = {first:g}, λ₂ = {second:g}"
        questions += [
            Question(f"GCA-UOT stands wrong pairs better than InfoNCE: {where}", SOURCE, cell, ince),
            Question(
                f"the row's mass tells wrong pairs better than the cosine: {where}",
                *(SOURCE, cell, cell),
                measure="AUC row mass",
                their_measure="AUC cosine",
            ),
            Question(
                f"the pair's mass tells wrong pairs better than the cosine: {where}",
                *(SOURCE, cell, cell),
                measure="AUC pair mass",
                their_measure="AUC cosine",
            ),
        ]
    points = [
        Point(title, f"λ₁ = {first:g}", second, cell, measure)
        for measure, title in {"knn": "accuracy", **FOUND}.items()
        for (first, second), cell in cells.items()
    ]
    points += [Point("accuracy", "InfoNCE", second, ince) for second in penalties]
    return Experiment(
        name="noise",
        title="Wrong pairs: λ₁ and λ₂ of GCA-UOT",
        about=f"{WRONG:.0%} of the training images have another image as their partner, always the same one; "
        "heads on EfficientNet-Lite0, trained on `things`, ε = 0.2. The AUCs are those of finding the wrong pairs "
        "among 512 training pairs by the plan of the same λ under the trained head.",
        x="λ₂",
        points=points,
        questions=questions,
        told=extremes,
    )


if __name__ == "__main__":
    main(build)
