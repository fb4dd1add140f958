"""``python -m benchmarks.paper.domains``: a prior for the same or another style, α − β from −0.5 to 0.5."""

from __future__ import annotations

import argparse

import pandas as pd
from plotly.subplots import make_subplots

from benchmarks.paper.report import Estimate, differs, lines, write
from benchmarks.paper.runs import Case, measured
from gca_viz.experiments.train import TrainingRecipe

GAPS = (-0.5, -0.25, 0.0, 0.25, 0.5)
MIDDLE = 0.3  # (α + β) / 2
SHARE = 0.7
FORMS = {"plain": None, "mass-controlled": SHARE}
#: output and measure → what it is called; the loss acts on the projector, and what is used later is the backbone
MEASURES = {
    ("backbone", "linear_class"): "class (backbone)",
    ("backbone", "linear_domain"): "style (backbone)",
    ("projector", "linear_class"): "class (projector)",
    ("projector", "linear_domain"): "style (projector)",
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.paper.domains", description=__doc__)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=20)
    options = parser.parse_args()
    found = {}
    for form, share in FORMS.items():
        for gap in GAPS:
            weights = {"target": "domain", "alpha": MIDDLE + gap / 2, "beta": MIDDLE - gap / 2}
            chosen = weights if share is None else weights | {"share": share}
            recipe = TrainingRecipe(method="gca-ince", options=tuple(chosen.items()), epochs=options.epochs)
            case = Case(f"domains-{form}-{gap:+g}-{options.epochs}", recipe)
            runs = [run for _, run in case.seeds(options.seeds)]
            found[form, gap] = {
                (output, key): Estimate.of([measured(run, output)[key] for run in runs]) for output, key in MEASURES
            }
    rows = [
        {"target": form, "α − β": gap} | {title: str(values[key]) for key, title in MEASURES.items()}
        for (form, gap), values in found.items()
    ]
    drawn = make_subplots(2, 2, subplot_titles=tuple(MEASURES.values()), vertical_spacing=0.16)
    for column, key in enumerate(MEASURES):
        for number, form in enumerate(FORMS):
            series = [found[form, gap][key] for gap in GAPS]
            lines(
                drawn,
                form,
                GAPS,
                series,
                number,
                xaxis=f"x{column + 1}",
                yaxis=f"y{column + 1}",
                showlegend=column == 0,
            )
    drawn.update_xaxes(title="α − β", row=2).update_yaxes(title="linear probe, share of images", col=1)
    drawn.update_layout(height=700)
    write(
        "domains",
        pd.DataFrame(rows),
        drawn,
        "A prior over styles: what α − β does to class and domain",
        f"python -m benchmarks.paper.domains --seeds {options.seeds} --epochs {options.epochs}",
        "GCA-INCE with a domain prior as target (α for the same style, β for another, "
        f"(α + β)/2 = {MIDDLE}), {options.epochs} epochs, {options.seeds} seeds, 95 % intervals; linear probes on "
        "976 held-out images. Plain: the pair has weight 1 beside all others of the batch, so that it keeps a few "
        "per cent of its row. "
        f"Mass-controlled: the pair keeps {SHARE:g} of it. "
        + " ".join(told(form, found[form, GAPS[0]], found[form, GAPS[-1]]) for form in FORMS),
    )


def told(form: str, first: dict, last: dict) -> str:
    """What changes from one end of α − β to the other under a form of the target, as a sentence."""
    moved = [key for key in MEASURES if differs(first[key], last[key])]
    words = []
    for key in moved:
        before, after = first[key].mean, last[key].mean
        words.append(f"{MEASURES[key]} {'rises' if after > before else 'falls'} from {before:.3f} to {after:.3f}")
    same = [MEASURES[key] for key in MEASURES if key not in moved]
    if same:
        words.append(f"within noise: {', '.join(same)}")
    return f"{form.capitalize()}, from α − β = {GAPS[0]:g} to {GAPS[-1]:g}: {'; '.join(words)}."


if __name__ == "__main__":
    main()
