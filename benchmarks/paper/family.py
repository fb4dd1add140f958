"""``python -m benchmarks.paper.family``: every loss of the page Family beside InfoNCE."""

from __future__ import annotations

from dataclasses import replace

from benchmarks.paper.experiment import Cell, Experiment, Point, Question, extremes, main
from benchmarks.paper.methods import WORDS
from benchmarks.paper.trials import BASE
from gca_viz.experiments.family.evidence import BESIDE, EXPERIMENT
from gca_viz.experiments.family.relative import Relative
from gca_viz.experiments.family.rows import FAMILY
from gca_viz.experiments.train import TrainingRecipe

MEASURES = ("knn", "across")
#: what its authors start from, where that is another temperature than that of all
EPSILON = {"siglip": 0.1}


def is_trained(name: str) -> bool:
    """Whether `gca-viz train` can train it: heads see two views of each image."""
    return not {"m", "reduce", "sample_by"} & set(FAMILY[name].place)


def recipe_of(relative: Relative) -> TrainingRecipe:
    """A head trained with a loss of the family."""
    place = dict(relative.place)
    method, views = place.pop("method"), place.pop("views", BASE.views)
    epsilon = EPSILON.get(relative.name, BASE.epsilon)
    return replace(BASE, method=method, views=views, epsilon=epsilon, options=tuple(place.items()))


def build(quick: bool = False) -> Experiment:
    """The cells and the comparisons."""
    names = ("ince", "simclr", "alignment-uniformity") if quick else tuple(filter(is_trained, FAMILY))
    cells = {name: Cell(recipe_of(FAMILY[name])) for name in names}
    return Experiment(
        name=EXPERIMENT,
        title="Every loss of the family beside InfoNCE",
        about="A head on the frozen features of EfficientNet-Lite0 (112 px), trained on `things` for 20 epochs "
        "with batches of 128 and ε = 0.2 (SigLIP: 0.1), measured on held-out kinds. SupCon and SimO know the "
        "classes of the training images, the others do not; ReSSL has its own views, and no queue.",
        x="loss",
        points=[
            Point(WORDS[measure], "head", name, cells[name], measure) for measure in MEASURES for name in names
        ],
        questions=[
            Question(
                f"{name} is above {BESIDE}: {WORDS[measure]}",
                "not in the paper",
                cells[name],
                cells[BESIDE],
                measure,
            )
            for name in names
            if name != BESIDE
            for measure in MEASURES
        ],
        told=extremes,
    )


if __name__ == "__main__":
    main(build)
