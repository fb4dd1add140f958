"""``python -m benchmarks.paper.domains``: a prior for the same or another domain, α − β from −0.5 to 0.5."""

from __future__ import annotations

from dataclasses import replace

from benchmarks.paper.experiment import Cell, Experiment, Point, Question, extremes, main, with_options
from benchmarks.paper.trials import BASE

GAPS = (-0.5, -0.25, 0.0, 0.25, 0.5)
MIDDLE = 0.3  # (α + β) / 2
FORMS = {"the paper's weights": {}, "pair keeps 0.7": {"share": 0.7}}
SOURCE = "domain prior in the target, α − β"


def build(quick: bool = False) -> Experiment:
    """The cells and the comparisons."""
    gaps = (GAPS[0], GAPS[-1]) if quick else GAPS
    cells = {
        (form, gap): Cell(
            with_options(
                replace(BASE, method="gca-ince"),
                target="domain",
                alpha=round(MIDDLE + gap / 2, 3),
                beta=round(MIDDLE - gap / 2, 3),
                **share,
            )
        )
        for form, share in FORMS.items()
        for gap in gaps
    }
    questions = []
    for form in FORMS:
        low, high = cells[form, gaps[0]], cells[form, gaps[-1]]
        questions += [
            Question(f"a prior for the same domain keeps more of the domain: {form}", SOURCE, high, low, "domain"),
            Question(f"a prior for other domains keeps more of the class: {form}", SOURCE, low, high, "linear"),
            Question(
                f"a prior for other domains finds the class in other domains: {form}", SOURCE, low, high, "across"
            ),
        ]
    measures = {"domain": "domain", "linear": "class", "across": "class, other domains"}
    return Experiment(
        name="domains",
        title="A prior over domains: what α − β does to class and domain",
        about="GCA-INCE with a domain prior as target (α for the same domain, β for another, (α + β)/2 = "
        f"{MIDDLE}); heads on EfficientNet-Lite0, trained on `things`. By the paper's weights the pair has 1 "
        "beside all others of the batch, a few per cent of its row; in the other form it keeps 0.7 of it.",
        x="α − β",
        points=[
            Point(title, form, gap, cell, measure)
            for measure, title in measures.items()
            for (form, gap), cell in cells.items()
        ],
        questions=questions,
        told=extremes,
    )


if __name__ == "__main__":
    main(build)
