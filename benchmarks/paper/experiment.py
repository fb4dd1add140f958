"""One experiment of the paper: its cells, what is asked of them, and what is written down."""

from __future__ import annotations

import argparse
import csv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlencode

import numpy as np
import pandas as pd

from benchmarks.paper.kept import kept_effects, kept_points
from benchmarks.paper.paired import NOT_SHOWN, REFUTED, SHOWN, Effect, holm, verdict
from benchmarks.paper.report import Estimate, write
from benchmarks.paper.trials import BELOW, HITS_OF, counted, results, seeds
from gca_viz.experiments.recipe.recipe import FIXED_SHARE, Recipe
from gca_viz.experiments.train import TrainingRecipe
from gca_viz.experiments.train.data import training_data
from gca_viz.figures.paper import small_multiples

#: ships with the package, so that a page can show it
SHIPPED = Path("data") / "paper"
SEEDS = 20
#: rows beyond which a page shows those alone that are shown or refuted; its CSV has all
LONG = 40
#: measure → what it is called
MEASURES = {
    "knn": "nearest neighbours, class",
    "linear": "linear probe, class",
    "across": "neighbours in other domains, class",
    "domain": "linear probe, domain",
    "tail": "nearest neighbours, the rarer half of the classes",
    "head": "nearest neighbours, the larger half of the classes",
    "unseen": "neighbours in other domains, a domain left out of training",
    "compactness": "compactness of classes",
    "within": "mean cosine within classes",
    "AUC row mass": "AUC of the row's mass",
    "AUC pair mass": "AUC of the pair's mass",
    "AUC cosine": "AUC of the cosine",
}
_COLUMNS = (
    *("experiment", "claim", "source", "verdict", "effect", "low", "high", "unit", "p", "comparisons", "seeds"),
    *("data", "encoder", "command", "link", "figure", "low_other_images", "high_other_images"),
)


@dataclass(frozen=True)
class Cell:
    """A recipe without its seed, and the training images that it takes.

    Attributes:
        recipe: of a head or a network.
        rows: as of :class:`benchmarks.paper.trials.Trial`.
    """

    recipe: TrainingRecipe
    rows: str = "all"


@dataclass(frozen=True)
class Question:
    """A claim: that a measure of one cell is above that of another, or above another measure of its own.

    Attributes:
        claim: a sentence that says so.
        source: where the paper says so.
        ours, theirs: the cells.
        measure: of ours.
        their_measure: of theirs, where it is another.
        below: whether the claim is that ours is *below*.
    """

    claim: str
    source: str
    ours: Cell
    theirs: Cell
    measure: str = "knn"
    their_measure: str = ""
    below: bool = False


@dataclass(frozen=True)
class Point:
    """A cell's place in the figure: panel, curve, and where on it."""

    panel: str
    curve: str
    x: float | str
    cell: Cell
    measure: str = "knn"


@dataclass(frozen=True)
class Experiment:
    """What is run, asked and told.

    Attributes:
        name: of its files.
        title: of its page.
        about: what is trained, in a sentence or two.
        x: what the points of a curve differ in.
        points: of the figure.
        questions: what is compared.
        told: what a reader should take from it beyond the verdicts, from the answers; a sentence or more.
        seeds: runs of each cell, unless the command line says otherwise.
    """

    name: str
    title: str
    about: str
    x: str
    points: Sequence[Point]
    questions: Sequence[Question]
    told: Callable[[list[Answer]], str] = field(default=lambda answers: "")
    seeds: int = SEEDS


@dataclass(frozen=True)
class Answer:
    """A question with its effect and verdict; the effect is in the direction of the claim."""

    question: Question
    effect: Effect
    p: float
    verdict: str


def main(build: Callable[[bool], Experiment]) -> None:
    """Command line of an experiment; ``build`` is told whether it should be quick."""
    name = build.__module__ if build.__module__ != "__main__" else "the experiment"
    parser = argparse.ArgumentParser(description=name)
    parser.add_argument("--seeds", type=int, help="runs of each cell; as many as the page has by default")
    parser.add_argument("--quick", action="store_true", help="two seeds of few cells, printed and not written")
    parser.add_argument(
        "--new", action="store_true", help="train what the tables do not have, and keep what they have"
    )
    options = parser.parse_args()
    experiment = build(options.quick)
    count = 2 if options.quick else options.seeds or experiment.seeds
    kept = Kept.of(experiment) if options.new else Kept()
    measures = wanted(kept.rest(experiment))
    found = {cell: list(results(seeds(cell.recipe, count, cell.rows), of)) for cell, of in measures.items()}
    answers = answered(experiment, found, kept)
    if options.quick:
        print(pd.DataFrame([row_of(experiment, answer, count) for answer in answers]).to_string())
    else:
        write_down(experiment, found, answers, count, kept)


def cells_of(experiment: Experiment) -> list[Cell]:
    """Every cell that is drawn or asked for, once."""
    cells = [point.cell for point in experiment.points]
    cells += [cell for question in experiment.questions for cell in (question.ours, question.theirs)]
    return list(dict.fromkeys(cells))


def wanted(experiment: Experiment) -> dict[Cell, set[str]]:
    """The measures that are drawn or asked of each cell."""
    found: dict[Cell, set[str]] = {cell: set() for cell in cells_of(experiment)}
    for point in experiment.points:
        found[point.cell].add(point.measure)
    for question in experiment.questions:
        found[question.ours].add(question.measure)
        found[question.theirs].add(question.their_measure or question.measure)
    return found


@dataclass(frozen=True)
class Kept:
    """What the tables have of an experiment: claim → effect, and panel, curve and place → line of the figure."""

    effects: Mapping[str, Effect] = field(default_factory=dict)
    points: Mapping[tuple[str, str, str], dict[str, object]] = field(default_factory=dict)

    @classmethod
    def of(cls, experiment: Experiment) -> Kept:
        """From the tables that ship."""
        return cls(
            kept_effects(SHIPPED / "claims.csv", experiment.name), kept_points(SHIPPED / f"{experiment.name}.csv")
        )

    def point(self, point: Point) -> dict[str, object] | None:
        """The line of a point."""
        return self.points.get((point.panel, point.curve, str(point.x)))

    def rest(self, experiment: Experiment) -> Experiment:
        """What they do not have."""
        return replace(
            experiment,
            points=[point for point in experiment.points if self.point(point) is None],
            questions=[question for question in experiment.questions if question.claim not in self.effects],
        )


def answered(experiment: Experiment, found: dict[Cell, list[dict]], kept: Kept | None = None) -> list[Answer]:
    """The verdicts on all questions of an experiment, corrected for how many there are."""
    known = {} if kept is None else kept.effects
    effects = [known.get(question.claim) or effect_of(question, found) for question in experiment.questions]
    corrected = holm([effect.p for effect in effects])
    return [
        Answer(question, effect, p, verdict(effect, p))
        for question, effect, p in zip(experiment.questions, effects, corrected, strict=True)
    ]


def effect_of(question: Question, found: dict[Cell, list[dict]]) -> Effect:
    """The mean difference of paired runs, positive where the claim holds."""
    sign = -1 if question.below else 1
    ours, theirs = found[question.ours], found[question.theirs]
    other = question.their_measure or question.measure
    effect = Effect.of([sign * (a[question.measure] - b[other]) for a, b in zip(ours, theirs, strict=True)])
    hits = HITS_OF.get(question.measure, question.measure)
    if hits not in ours[0]["hits"] or other != question.measure or len(ours) < 2:
        return effect
    of = question.ours.recipe.data, question.ours.rows
    pairs = (
        (things_of(a, question.measure, *of), things_of(b, other, *of)) for a, b in zip(ours, theirs, strict=True)
    )
    return effect.over(np.stack([sign * (a - b) for a, b in pairs]))


def things_of(result: dict, measure: str, data: str, rows: str = "all") -> np.ndarray:
    """Share of the held-out images of each thing that a run tells right, of the images that a measure is over."""
    over, places, sizes = _held_out_things(data, measure, rows)
    hits = bytes.fromhex(result["hits"][HITS_OF.get(measure, measure)])
    right = np.unpackbits(np.frombuffer(hits, np.uint8), count=len(over))[over]
    return np.bincount(places, right) / sizes


@lru_cache(maxsize=32)
def _held_out_things(data: str, measure: str, rows: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    dataset = training_data(data)
    over = counted(measure, rows, dataset)
    things = dataset.identities[dataset.held_out][over]
    _, places, sizes = np.unique(things, return_inverse=True, return_counts=True)
    return over, places, sizes


def write_down(
    experiment: Experiment, found: dict[Cell, list[dict]], answers: list[Answer], count: int, kept: Kept
) -> None:
    """The page with its figure and table, the points of the figure, and the rows of the table of claims."""
    rows = [row_of(experiment, answer, count) for answer in answers]
    points = [kept.point(point) or point_row(point, found[point.cell]) for point in experiment.points]
    SHIPPED.mkdir(parents=True, exist_ok=True)
    pd.DataFrame(points).to_csv(SHIPPED / f"{experiment.name}.csv", index=False, float_format="%.5g")
    keep_claims(experiment.name, rows)
    columns = ("claim", "data", "verdict", "effect", "low", "high", "p", "low_other_images", "high_other_images")
    told = [row for row in rows if row["verdict"] != NOT_SHOWN] if len(rows) > LONG else rows
    write(
        experiment.name,
        pd.DataFrame(rows)[list(columns)],
        pd.DataFrame(told, columns=columns).rename(columns={"verdict": "outcome"}),
        small_multiples(points, experiment.x),
        experiment.title,
        command_of(experiment),
        paragraph(experiment, answers, count),
    )


def row_of(experiment: Experiment, answer: Answer, count: int) -> dict[str, object]:
    """A line of the table of claims."""
    question, effect = answer.question, answer.effect
    recipe = question.ours.recipe
    encoder = recipe.on if recipe.is_head else recipe.network
    values = (
        *(experiment.name, question.claim, question.source, answer.verdict),
        *(
            effect.mean,
            effect.low,
            effect.high,
            unit_of(question.measure),
            answer.p,
            len(experiment.questions),
            count,
        ),
        *(recipe.data, encoder, command_of(experiment), link_of(recipe), experiment.name),
        *(effect.wide_low, effect.wide_high),
    )
    return dict(zip(_COLUMNS, values, strict=True))


def unit_of(measure: str) -> str:
    """What an effect is counted in."""
    if measure.startswith("AUC"):
        return "AUC"
    return {"compactness": "ratio of distances", "within": "cosine"}.get(measure, "share of held-out images")


def point_row(point: Point, found: list[dict]) -> dict[str, object]:
    """A line of the figure's table."""
    estimate = Estimate.of([result[point.measure] for result in found])
    names = ("panel", "curve", "x", "measure", "mean", "low", "high", "seeds")
    low, high = estimate.mean - estimate.half, estimate.mean + estimate.half
    values = (
        *(point.panel, point.curve, point.x, MEASURES[point.measure]),
        *(estimate.mean, low, high, len(found)),
    )
    return dict(zip(names, values, strict=True))


def keep_claims(experiment: str, rows: list[dict[str, object]]) -> None:
    """Put the rows of an experiment into the table of all, in place of those of before."""
    path = SHIPPED / "claims.csv"
    others = []
    if path.exists():
        with path.open(encoding="utf-8", newline="") as file:
            others = [row for row in csv.DictReader(file) if row["experiment"] != experiment]
    written = [{name: _text(row[name]) for name in _COLUMNS} for row in rows]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, _COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(sorted([*others, *written], key=lambda row: row["experiment"]))


def _text(value: object) -> str:
    if isinstance(value, float):
        return "" if np.isnan(value) else f"{value:.4g}"
    return str(value)


def command_of(experiment: Experiment) -> str:
    """What makes its numbers again."""
    return f"python -m benchmarks.paper.{experiment.name}"


def link_of(recipe: TrainingRecipe) -> str:
    """The query that opens the workbench in the setting of a cell.

    On the encoder below its heads, or on the bundled network that the same method trained, for longer.
    """
    method = "ince" if recipe.method == "random" else recipe.method
    values = {"data": recipe.data, "views": recipe.views, "method": method, "eps": recipe.epsilon}
    values |= {"m": recipe.views_count, "reduce": recipe.reduce}
    values |= {"encoder": BELOW if recipe.is_head else recipe.method, "output": "backbone"}
    options = recipe.composition
    if "share" in options:
        values["prior"] = FIXED_SHARE
    found = Recipe().with_values(**values, **options)
    return f"?{urlencode(found.to_address())}"


def paragraph(experiment: Experiment, answers: list[Answer], count: int) -> str:
    """What the numbers say, and no more."""
    counted = {word: [a for a in answers if a.verdict == word] for word in (SHOWN, REFUTED, NOT_SHOWN)}
    half = np.median([(answer.effect.high - answer.effect.low) / 2 for answer in answers])
    images = [a for a in counted[SHOWN] if not np.isnan(a.effect.wide_low)]
    beyond = [a for a in images if a.effect.wide_low > 0]
    text = (
        f"{experiment.about} {count} seeds a cell; runs of one seed share initialisation, batches and views. Of "
        f"{len(answers)} comparisons {len(counted[SHOWN])} are shown, {len(counted[REFUTED])} refuted and "
        f"{len(counted[NOT_SHOWN])} not shown (paired t-test, Holm at 5 %); the median interval over seeds is "
        f"± {half:.3f}. "
    )
    if images:
        text += f"Of {len(images)} shares of images that are shown, {len(beyond)} hold for other images, too. "
    return text + experiment.told(answers)


def extremes(answers: list[Answer]) -> str:
    """The largest effect for, and the largest against the claims, as sentences."""
    told = []
    for word, pick in ((SHOWN, max), (REFUTED, min)):
        found = [answer for answer in answers if answer.verdict == word]
        if found:
            most = pick(found, key=lambda answer: answer.effect.mean)
            effect = most.effect
            told.append(
                f"Most clearly {word}: “{most.question.claim}”, {effect.mean:+.3f} ({effect.low:+.3f} … "
                f"{effect.high:+.3f}, {most.question.ours.recipe.data})."
            )
    return " ".join(told)


def with_options(recipe: TrainingRecipe, **options: float | str) -> TrainingRecipe:
    """The recipe with these options of its method."""
    return replace(recipe, options=tuple(options.items()))
