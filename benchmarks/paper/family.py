"""``python -m benchmarks.paper.family``: every loss of the page Family beside InfoNCE, and what some claim beside.

What a paper claims is asked where it claims it, in miniature: TASE of a long tail, ArCL of a domain that training
did not see, FedRCL of clients that each have one class, or one domain.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from benchmarks.paper.batches import STEPS
from benchmarks.paper.experiment import Cell, Experiment, Point, Question, extremes, main
from benchmarks.paper.methods import WORDS
from benchmarks.paper.trials import BASE, WITHOUT, images_of
from gca_viz.experiments.family.evidence import BESIDE, EXPERIMENT
from gca_viz.experiments.family.relative import Relative
from gca_viz.experiments.family.rows import FAMILY
from gca_viz.experiments.train import TrainingRecipe
from gca_viz.experiments.train.parts import METHOD

MEASURES = ("knn", "across")
#: what its authors start from, where that is another temperature than that of all
EPSILON = {"siglip": 0.1}
#: name in a link → in a recipe of training
FIELDS = {"views": "views", "m": "views_count", "reduce": "reduce"}
NOT_THEIRS = "not in the paper"
LONG_TAIL = "long tail"
#: domains of the data, each left out of training once
DOMAINS = ("photo", "clipart", "sketch")
#: who the clients are → images in a batch, of which each client needs one, and rounds
CLIENTS = {"class": {"batch_size": 32, "epochs": 10}, "style": {"batch_size": 128}}


def is_trained(name: str) -> bool:
    """Whether `gca-viz train` can train it: it makes no queue and no prototypes."""
    return FAMILY[name].place["method"] in METHOD.options


def recipe_of(relative: Relative, **more: object) -> TrainingRecipe:
    """A head trained with a loss of the family."""
    place = dict(relative.place)
    method = place.pop("method")
    views = {FIELDS[name]: place.pop(name) for name in FIELDS if name in place}
    epsilon = EPSILON.get(relative.name, BASE.epsilon)
    given = {"method": method, "epsilon": epsilon, "options": tuple(place.items())} | views | more
    return replace(BASE, **given)


def build(quick: bool = False) -> Experiment:
    """The cells and the comparisons."""
    names = ("ince", "simclr", "alignment-uniformity", "arcl") if quick else tuple(filter(is_trained, FAMILY))
    cells = {name: Cell(recipe_of(FAMILY[name])) for name in names}
    points = [Point(WORDS[measure], "head", name, cells[name], measure) for measure in MEASURES for name in names]
    questions = [
        Question(f"{name} is above {BESIDE}: {WORDS[measure]}", NOT_THEIRS, cells[name], cells[BESIDE], measure)
        for name in names
        if name != BESIDE
        for measure in MEASURES
    ]
    for more in () if quick else (_long_tail, _domains_left_out, _clients):
        for point, question in more():
            points += point
            questions += question
    return Experiment(
        name=EXPERIMENT,
        title="Every loss of the family beside InfoNCE",
        about="A head on the frozen features of EfficientNet-Lite0 (112 px), trained on `things` for 20 epochs "
        "with batches of 128 and ε = 0.2 (SigLIP: 0.1), measured on held-out kinds. SupCon, SimO, FedRCL and TASE "
        "know the classes of the training images, the others do not; ReSSL has its own views, and no queue; ArCL "
        "and VSSL see four views of each image. What three papers claim of their own is asked in their setting: "
        "TASE beside SimCLR on a long tail (each next class has half as many training images; 100 steps with "
        "batches of 64), of the five rarer classes and of the five larger ones; ArCL with one domain left out of "
        "training, whose held-out images look for their class among training images of the others; FedRCL beside "
        "SupCon with a client for each class (10 rounds, batches of 32) or domain (20 rounds).",
        x="loss",
        points=points,
        questions=questions,
        told=extremes,
    )


Asked = Iterator[tuple[list[Point], list[Question]]]


def _long_tail() -> Asked:
    """Do small classes gain, and large ones not lose, where classes are uneven?"""
    size = 64
    of = {"batch_size": size, "epochs": round(STEPS / (images_of(LONG_TAIL) // size))}
    plain, own = (Cell(recipe_of(FAMILY[name], **of), LONG_TAIL) for name in ("simclr", "tase"))
    clusters = Cell(recipe_of(FAMILY["tase"], options=(("sample_by", "cluster"),), **of), LONG_TAIL)
    cells = {"simclr": plain, "tase": own, "tase, clusters": clusters}
    claims = "tail accuracy"
    for measure, words in {"tail": "the rarer classes of a long tail", "head": "the larger classes"}.items():
        yield (
            [Point(words, "head", name, cell, measure) for name, cell in cells.items()],
            [
                Question(f"tase is above simclr: {words}{how}", claims, cell, plain, measure)
                for how, cell in {"": own, ", groups by k-means": clusters}.items()
            ],
        )


def _domains_left_out() -> Asked:
    """Do the farthest views carry over to a domain that training did not see?"""
    names = ("ince", "arcl")
    for domain in DOMAINS:
        cells = {name: Cell(recipe_of(FAMILY[name]), WITHOUT + domain) for name in names}
        words = f"{domain} left out of training"
        yield (
            [Point(words, "head", name, cell, "unseen") for name, cell in cells.items()],
            [Question(f"arcl is above ince: {words}", "domain-invariant features", *_pair(cells), "unseen")],
        )


def _clients() -> Asked:
    """Does a class stay apart within where each client has one class, or one domain?"""
    for clients, of in CLIENTS.items():
        cells = {name: Cell(recipe_of(FAMILY[name], clients=clients, **of)) for name in ("supcon", "fedrcl")}
        words = f"a client for each {'domain' if clients == 'style' else clients}"
        ours, theirs = _pair(cells)
        yield (
            [Point(words, "head", name, cell, "within") for name, cell in cells.items()],
            [
                Question(
                    f"fedrcl is less collapsed within classes than supcon: {words}",
                    "collapse of local training",
                    ours,
                    theirs,
                    "within",
                    below=True,
                ),
                Question(f"fedrcl is above supcon: {WORDS['knn']}, {words}", "federated accuracy", ours, theirs),
            ],
        )


def _pair(cells: Mapping[str, Cell]) -> tuple[Cell, Cell]:
    """Ours, and what it is beside."""
    theirs, ours = cells.values()
    return ours, theirs


if __name__ == "__main__":
    main(build)
