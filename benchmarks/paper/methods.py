"""``python -m benchmarks.paper.methods``: the methods on held-out families, under standard and noisy views."""

from __future__ import annotations

import argparse

import pandas as pd
import plotly.graph_objects as go

from benchmarks.paper.report import Estimate, apart, differs, write
from benchmarks.paper.runs import METHODS, Case, measured
from gca_viz.experiments.train import TrainingRecipe
from gca_viz.palette import CLASSES

SETTINGS = {"standard": "simclr", "noisy": "noisy"}
MEASURES = {"knn_class": "kNN class", "linear_class": "linear class", "cross_domain_r1": "cross-style R@1"}
SHOWN = "linear_class"
TOLD = {"linear_class": "the linear probe of the class", "cross_domain_r1": "retrieval in another style (R@1)"}
BESIDE = "ince"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.paper.methods", description=__doc__)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=50)
    parser.add_argument("--methods", nargs="+", default=list(METHODS), choices=METHODS)
    options = parser.parse_args()
    found: dict[tuple[str, str], dict[str, Estimate]] = {}
    for setting, views in SETTINGS.items():
        for name in options.methods:
            method, extra = METHODS[name]
            recipe = TrainingRecipe(method=method, options=extra, views=views, epochs=options.epochs)
            runs = [
                measured(run)
                for _, run in Case(f"methods-{setting}-{name}-{options.epochs}", recipe).seeds(options.seeds)
            ]
            found[setting, name] = {key: Estimate.of([run[key] for run in runs]) for key in MEASURES}
    table = pd.DataFrame(
        [
            {"views": setting, "method": name, "seeds": options.seeds}
            | {title: str(values[key]) for key, title in MEASURES.items()}
            for (setting, name), values in found.items()
        ]
    )
    write(
        "methods",
        table,
        figure(found, options.methods),
        "Methods on held-out emoji, standard and noisy views",
        f"python -m benchmarks.paper.methods --seeds {options.seeds} --epochs {options.epochs}"
        + ("" if options.methods == list(METHODS) else f" --methods {' '.join(options.methods)}"),
        paragraph(found, options),
    )


def figure(found: dict, methods: list[str]) -> go.Figure:
    """Bars of the linear probe's accuracy, a group per method."""
    drawn = go.Figure()
    for number, setting in enumerate(SETTINGS):
        estimates = [found[setting, name][SHOWN] for name in methods]
        drawn.add_bar(
            x=methods,
            y=[estimate.mean for estimate in estimates],
            error_y={"array": [estimate.half for estimate in estimates]},
            name=f"{setting} views",
            marker={"color": CLASSES[number]},
        )
    drawn.update_yaxes(title="linear probe, share of held-out images", rangemode="tozero")
    return drawn.update_layout(barmode="group")


def paragraph(found: dict, options: argparse.Namespace) -> str:
    """What the table says."""
    parts = [verdict(found, options.methods, setting, key) for setting in SETTINGS for key in TOLD]
    return (
        f"{options.epochs} epochs on the training families of `emoji`, {options.seeds} seeds, mean and 95 % "
        "interval over seeds; the measures are of 976 images of held-out families. "
        f"{' '.join(filter(None, parts))} Intervals are over seeds of training only: the images that are held out "
        "are always the same. Welch's test at 5 %, not corrected for the number of comparisons."
    )


def verdict(found: dict, methods: list[str], setting: str, key: str) -> str:
    """Which methods one measure tells apart from InfoNCE; nothing without InfoNCE."""
    if BESIDE not in methods:
        return ""
    base = found[setting, BESIDE][key]
    others = {name: found[setting, name][key] for name in methods if name != BESIDE}
    told = [apart(name, one, BESIDE, base) for name, one in others.items() if differs(one, base)]
    alike = [name for name, one in others.items() if not differs(one, base)]
    sentence = f"With {setting} views, by {TOLD[key]}: " + "; ".join(
        told or ["no method is told apart from " + BESIDE]
    )
    if told and alike:
        be = "are" if len(alike) > 1 else "is"
        sentence += f"; {', '.join(alike)} {be} within noise of {BESIDE} ({base.mean:.3f})"
    return sentence + "."


if __name__ == "__main__":
    main()
