"""``python -m benchmarks.paper.methods``: the methods under standard views, extreme ones and wrong partners."""

from __future__ import annotations

from dataclasses import replace

from benchmarks.paper.experiment import Cell, Experiment, Point, Question, extremes, main
from benchmarks.paper.trials import BASE, UOT

#: name of a setting → what of the recipe is other
SETTINGS = {
    "standard": {},
    "erase": {"views": "erase"},
    "crop": {"views": "crop"},
    "brightness": {"views": "brightness"},
    **{f"{share:.0%} wrong".replace("%", " %"): {"wrong_pairs": share} for share in (0.1, 0.2, 0.3, 0.4)},
    "class partner": {"views": "cross-class"},
}
#: data → what its images need: as many steps, and on many images fewer views of each
DATA = {"things": {}, "emoji": {"epochs": 4, "warmup_epochs": 1, "embedded_views": 4}}
METHODS = {"ince": (), "rince": (), "gca-ince": (), "gca-rince": (), "gca-uot": UOT}
COMPARED = "comparison of methods, standard and noisy views"
#: who should be above whom, and where the paper says so
PAIRS = {
    ("gca-ince", "ince"): COMPARED,
    ("gca-rince", "rince"): COMPARED,
    ("gca-uot", "ince"): COMPARED,
    ("rince", "ince"): "robust losses",
}
MEASURES = ("knn", "linear", "across")
WORDS = {"knn": "nearest neighbours", "linear": "linear probe", "across": "neighbours in other domains"}


def build(quick: bool = False) -> Experiment:
    """The cells and the comparisons."""
    settings = list(SETTINGS)[:2] if quick else list(SETTINGS)
    cells = {
        (data, name, setting): Cell(
            replace(BASE, data=data, method=name, options=METHODS[name], **size, **SETTINGS[setting])
        )
        for data, size in (list(DATA.items())[:1] if quick else DATA.items())
        for setting in settings
        for name in METHODS
    }
    return Experiment(
        name="methods",
        title="Methods under standard views, extreme views and wrong partners",
        about="A head on the frozen features of EfficientNet-Lite0 (112 px), trained on `things` for 20 epochs and "
        "on `emoji` for 4, about 100 steps each, with batches of 128 and ε = 0.2, measured on held-out kinds. "
        "Class partner: view 2 is another thing of the class in another domain, neither of them augmented.",
        x="views, or share of wrong partners",
        points=[
            Point(f"{data}: {WORDS[measure]}", name, setting, cell, measure)
            for data in dict.fromkeys(data for data, *_ in cells)
            for measure in MEASURES
            for (of, name, setting), cell in cells.items()
            if of == data
        ],
        questions=[
            Question(
                f"{ours} is above {theirs}: {setting}, {WORDS[measure]}",
                source,
                cells[data, ours, setting],
                cells[data, theirs, setting],
                measure,
            )
            for data in dict.fromkeys(data for data, *_ in cells)
            for (ours, theirs), source in PAIRS.items()
            for setting in settings
            for measure in MEASURES
        ],
        told=extremes,
    )


if __name__ == "__main__":
    main(build)
