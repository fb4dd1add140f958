"""What is seen of an epoch: plans of the probe on one scale, maps that move on, and curves up to now."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from html import escape
from pathlib import Path

import numpy as np
import streamlit as st

from gca_viz.experiments.train.data import training_data
from gca_viz.experiments.train.events import events_of
from gca_viz.experiments.train.probe import Frame, read_frame
from gca_viz.experiments.train.recipe import TrainingRecipe
from gca_viz.experiments.train.run import Run
from gca_viz.figures.colour_by import ColourBy
from gca_viz.figures.geometry import MapPoints
from gca_viz.figures.train import CURVES, course_curve
from gca_viz.geometry.aligned import onto
from gca_viz.geometry.projection import principal
from gca_viz.metric import percent
from gca_viz.palette import class_colour, in_css
from gca_viz.transport import Plan
from gca_viz.transport.problem.pairing import Pairing
from gca_viz.ui.elements import board
from gca_viz.ui.elements import map as scatter
from gca_viz.ui.elements.board.plans import PackedPlans
from gca_viz.ui.elements.chart import chart
from gca_viz.ui.elements.shared.wire import Blob
from gca_viz.ui.known import known
from gca_viz.ui.markdown import plain

_CONFIG = {"displaylogo": False, "showSendToCloud": False, "displayModeBar": False}
_KINDS = {"plan": "plan", "residual": "target − plan", "force": "force"}
_SIDE = 1.05  # of the map: embeddings lie on the sphere of radius 1, so that a collapse is seen as one


def plans(key: str, recipes: Sequence[TrainingRecipe], paths: Sequence[Path]) -> None:
    """Draw the plan of each run on the probe, on one scale."""
    kind = st.segmented_control(
        "Matrices", list(_KINDS), format_func=_KINDS.__getitem__, default="plan", required=True, key="train-matrix"
    )
    found = [_plan(path, path.stat().st_mtime_ns, recipe) for path, recipe in zip(paths, recipes, strict=True)]
    together = len({plan.problem.shape for plan in found}) == 1
    for place, members in enumerate([range(len(found))] if together else [[k] for k in range(len(found))]):
        drawn = [found[k] for k in members]
        recipe, frame = recipes[members[0]], _frame(paths[members[0]], paths[members[0]].stat().st_mtime_ns)
        packed = PackedPlans(_samples(recipe, frame, known(drawn[0].pairing)), drawn)
        board.show(
            packed.batch,
            [packed.still(recipes[k].title, found[k]) for k in members],
            [board.Panel(str(kind), _statement(recipes[k], found[k]), plan=at) for at, k in enumerate(members)],  # type: ignore[arg-type]  # a kind
            key=f"train-board-{key}-{place}",
            groups=_groups(recipe, frame) if drawn[0].pairing and known(drawn[0].pairing).layout == "cross" else (),
            scale=board.Scale(log=True, maximum=1.0) if kind == "plan" else board.Scale(),
        )
    st.caption(
        f"A fixed batch of {len(frame.rows)} training images, by class, as the training sees a batch: rows view 1, "
        "columns view 2, one scale for all epochs and methods. Rest on a cell for its images."
    )


def maps(key: str, recipes: Sequence[TrainingRecipe], paths: Sequence[Sequence[Path]]) -> None:
    """Draw the map of each run: PCA, each epoch turned onto the one before, from the same first one."""
    frame = _frame(paths[0][-1], paths[0][-1].stat().st_mtime_ns)
    dataset = training_data(recipes[0].data, recipes[0].images)
    colour = ColourBy.of_classes("class", np.tile(frame.labels.numpy(), 2), dataset.class_titles)
    rows = np.concatenate([frame.rows, frame.others])
    texts = tuple(f"{dataset.names[row]} · {dataset.class_titles[dataset.labels[row]]}" for row in rows)
    samples = _pointed(recipes[0].data, recipes[0].images, rows.tobytes(), texts)
    scatter.hold(samples, key=f"train-map-samples-{key}")
    for at, (column, recipe) in enumerate(zip(st.columns(max(2, len(recipes))), recipes, strict=False)):
        places = _places(tuple((path, path.stat().st_mtime_ns) for path in paths[at]))
        with column:
            st.markdown(f"**{plain(recipe.title)}: both views on the sphere, seen from one side**")
            scatter.show(
                MapPoints(places, ("", ""), colour, np.zeros(len(rows), int), ("",), texts),
                key=f"train-map-{key}-{at}",
                samples=samples.id,
                place=f"train-{key}",
                name=f"map-{recipe.method}",
                alt=f"Map of the probe under {recipe.title}",
                bounds=[(-_SIDE, _SIDE), (-_SIDE, _SIDE)],
                bare=True,
                tallest=420,
            )


def curves(key: str, runs: Sequence[Run]) -> None:
    """Draw the numbers of all epochs so far."""
    titles = [run.recipe.title for run in runs]
    # The same method with other dials is another run.
    names = [title if titles.count(title) == 1 else f"{title}, {'AB'[k]}" for k, title in enumerate(titles)]
    told = {name: events_of(run.folder) for name, run in zip(names, runs, strict=True)}
    if len(told) > 1:
        legend = "".join(
            f'<span><i class="dot" style="--c:{in_css(class_colour(k))}"></i>{escape(name)}</span>'
            for k, name in enumerate(told)
        )
        st.html(f'<p class="legend">{legend}</p>')
    columns = st.columns(3)
    there = [metric for metric in CURVES if any(metric.name in row for rows in told.values() for row in rows)]
    for at, metric in enumerate(there):
        with columns[at % 3]:
            chart(
                course_curve(metric, told), key=f"train-curve-{key}-{metric.name}", config=_CONFIG, alt=metric.label
            )
    if there:
        st.caption(
            "Loss and kNN of the training; pair mass, top-1, alignment, uniformity and effective rank of that "
            "batch. kNN: share of held-out images whose nearest training images vote for the right class."
        )


def _statement(recipe: TrainingRecipe, plan: Plan) -> str:
    share = f"{percent(plan.matched_share)} of the mass on the pairs"
    return f"{recipe.title}: {share}"


@lru_cache(maxsize=256)
def _frame(path: Path, written: int) -> Frame:
    return read_frame(path)


@lru_cache(maxsize=64)
def _plan(path: Path, written: int, recipe: TrainingRecipe) -> Plan:
    return _frame(path, written).plan(recipe)


@lru_cache(maxsize=16)
def _pointed(data: str, images: int, rows: bytes, texts: tuple[str, ...]) -> Blob:
    return scatter.pack_samples(training_data(data, images).images[np.frombuffer(rows, np.int64)], texts)


def _samples(recipe: TrainingRecipe, frame: Frame, pairing: Pairing) -> board.Samples:
    """Names and images of rows and columns."""
    sides = (pairing.row_sample, pairing.row_view), (pairing.column_sample, pairing.column_view)
    behind = np.stack([frame.rows, frame.others])
    shown = [behind[views.cpu().numpy(), samples.cpu().numpy()] for samples, views in sides]
    partner = pairing.partner.cpu().numpy()
    axes = ("view 1", "view 2") if pairing.layout == "cross" else ("both views", "both views")
    return _packed(recipe.data, recipe.images, shown[0].tobytes(), shown[1].tobytes(), partner.tobytes(), axes)


@lru_cache(maxsize=16)
def _packed(
    data: str, images: int, rows: bytes, columns: bytes, partner: bytes, axes: tuple[str, str]
) -> board.Samples:
    dataset = training_data(data, images)
    sides = []
    for part in (rows, columns):
        at = np.frombuffer(part, np.int64)
        sides.append(
            board.Side(
                names=[dataset.names[k] for k in at],
                classes=[dataset.class_titles[dataset.labels[k]] for k in at],
                domains=[dataset.domain_titles[dataset.domains[k]] for k in at],
                images=dataset.images[at],
            )
        )
    return board.pack_samples(*sides, partner=np.frombuffer(partner, np.int64), axes=axes, count=len(columns) // 8)


def _groups(recipe: TrainingRecipe, frame: Frame) -> list[board.Group]:
    """The classes of the rows, which are in their order."""
    titles = training_data(recipe.data, recipe.images).class_titles
    numbers, counts = np.unique(frame.labels.numpy(), return_counts=True)
    return [
        board.Group(titles[number], int(count), int(number)) for number, count in zip(numbers, counts, strict=True)
    ]


@lru_cache(maxsize=512)
def _places(frames: tuple[tuple[Path, int], ...]) -> np.ndarray:
    """(2N, 2) places of an epoch, turned onto those of the one before it."""
    frame = _frame(*frames[-1])
    z = np.concatenate([frame.z1.numpy(), frame.z2.numpy()])
    z = z / np.linalg.norm(z, axis=1, keepdims=True).clip(1e-12)
    flat = principal(z, 2)[0]
    placed = flat if len(frames) == 1 else onto(_places(frames[:-1]), flat)
    # Turned, but as large as it is: a cloud that collapses becomes small.
    spread = [float(np.sqrt(np.square(x - x.mean(0)).sum())) for x in (flat, placed)]
    return np.asarray(placed - placed.mean(0)) * (spread[0] / spread[1] if spread[1] > 1e-12 else 1.0)
