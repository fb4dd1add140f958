"""``python -m benchmarks.paper.networks``: the methods on a whole network, with few seeds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy import stats

from benchmarks.paper.experiment import Answer, Cell, Experiment, Point, Question, extremes, main
from benchmarks.paper.methods import MEASURES, WORDS
from benchmarks.paper.methods import PAIRS as ALL_PAIRS
from benchmarks.paper.paired import CONFIDENCE
from benchmarks.paper.trials import UOT
from gca_viz.experiments.train import TrainingRecipe

SEEDS = 3
#: as many steps as the heads on these images take
NETWORK = TrainingRecipe(data="emoji", method="ince", batch_size=128, epochs=4, warmup_epochs=1)
SETTINGS = {"standard": {}, "40 % wrong": {"wrong_pairs": 0.4}}
METHODS = {"ince": (), "rince": (), "gca-ince": (), "gca-uot": UOT}
PAIRS = {pair: source for pair, source in ALL_PAIRS.items() if set(pair) <= set(METHODS)}


def build(quick: bool = False) -> Experiment:
    """The cells and the comparisons."""
    base = replace(NETWORK, epochs=1) if quick else NETWORK
    settings = dict(list(SETTINGS.items())[:1]) if quick else SETTINGS
    methods = {name: METHODS[name] for name in ("ince", "gca-ince")} if quick else METHODS
    cells = {
        (name, setting): Cell(replace(base, method=name, options=options, **changed))
        for setting, changed in settings.items()
        for name, options in methods.items()
    }
    untrained = Cell(replace(base, method="random"))
    return Experiment(
        name="networks",
        title="The methods on a whole network",
        about=f"The small ResNet (0.33 M parameters, 32 px), trained on `emoji` from its start for {base.epochs} "
        "epochs of 30 batches of 128, ε = 0.2, and measured at its backbone on held-out kinds.",
        x="share of wrong partners",
        points=[
            Point(WORDS[measure], name, setting, cell, measure)
            for measure in MEASURES
            for (name, setting), cell in [*cells.items(), *((("untrained", s), untrained) for s in settings)]
        ],
        questions=[
            Question(
                f"{ours} is above {theirs}: small network, {setting}, {WORDS[measure]}",
                source,
                cells[ours, setting],
                cells[theirs, setting],
                measure,
            )
            for (ours, theirs), source in PAIRS.items()
            if {ours, theirs} <= set(methods)
            for setting in settings
            for measure in MEASURES
        ],
        told=told,
        seeds=SEEDS,
    )


def told(answers: list[Answer]) -> str:
    """What so few seeds can tell, and the extremes."""
    half = max((answer.effect.high - answer.effect.low) / 2 for answer in answers)
    needed = float(stats.t.ppf(1 - (1 - CONFIDENCE) / len(answers) / 2, SEEDS - 1) / np.sqrt(SEEDS))
    usual = float(stats.t.ppf((1 + CONFIDENCE) / 2, SEEDS - 1) / np.sqrt(SEEDS))
    return (
        f"{SEEDS} seeds tell little: an interval reaches {usual:.1f} standard deviations of the paired differences "
        f"to each side, up to ± {half:.3f} here, and among {len(answers)} comparisons the first to be shown or "
        f"refuted has to differ by {needed:.0f} of them. So *not shown* excludes only what lies outside of an "
        f"interval. {extremes(answers)}"
    ).strip()


if __name__ == "__main__":
    main(build)
