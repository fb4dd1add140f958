"""The map of embeddings in a notebook."""

from __future__ import annotations

from typing import Any

import numpy as np
import traitlets

from gca_viz.errors import InputError
from gca_viz.figures.colour_by import ColourBy
from gca_viz.figures.geometry import MapPoints
from gca_viz.figures.still import map_still
from gca_viz.geometry.plan_points import heaviest_lines
from gca_viz.geometry.points import Points
from gca_viz.geometry.projection import project
from gca_viz.labels import NO_LABEL
from gca_viz.transport import Plan
from gca_viz.transport.problem.cost import as_embeddings
from gca_viz.transport.problem.pairing import Pairing
from gca_viz.ui.elements.map.content import pack_map, pack_samples
from gca_viz.ui.notebook.element import Element, cell, esm, sheet, whole_numbers
from gca_viz.ui.notebook.samples import along_both, numbered_labels

METHODS = ("pca", "umap", "t-sne", "circle")
#: samples whose two points each a browser draws without waiting
MOST_SAMPLES = 4096


class Map(Element):
    """Both views of a batch in two dimensions; made by :func:`gca_viz.show_map`.

    Attributes:
        selected: samples that stand out, ascending; () for none.
        picked: a sample of view 1 and one of view 2, whose points are ringed, or None.
        places: (2N, 2) where the points lie, first all of view 1.
    """

    _esm = esm("map")
    picked = traitlets.Any(None, allow_none=True).tag(sync=True)
    _samples = traitlets.Bytes().tag(sync=True)
    _content = traitlets.Bytes().tag(sync=True)

    def __init__(
        self, z1: Any, z2: Any, *, images: Any, labels: Any, names: Any, plan: Plan | None, method: str
    ) -> None:
        first, second = _checked(z1, z2, method)
        count = len(first)
        pairing = Pairing.of("cross", count)
        rows, columns = along_both(pairing, images, labels, names)
        if plan is not None and (plan.pairing is None or plan.pairing.samples != count or not plan.pairing.paired):
            raise InputError(
                f"a plan of {plan.problem.shape[0]} rows",
                f"a plan of these {count} samples and their partners",
                "Pass gca_viz.align(z1, z2) of the same embeddings",
                parameter="plan",
            )
        self.places, axes = _places(first, second, method)
        codes, titles = numbered_labels(labels, pairing)
        self._colour = ColourBy.of_views(np.repeat([0, 1], count))
        if titles:
            unlabelled = [NO_LABEL] if (codes < 0).any() else []
            self._colour = ColourBy.of_classes("class", np.tile(codes, 2), [*titles, *unlabelled])
        texts = [
            " · ".join(filter(None, (name, side.side.classes[k] if side.side.classes else "", f"view {view}")))
            for view, side in ((1, rows), (2, columns))
            for k, name in enumerate(side.side.names or ())
        ]
        points = MapPoints(self.places, axes, self._colour, np.zeros(2 * count, int), [""], texts)
        shown = [side.side.images for side in (rows, columns) if side.side.images is not None]
        samples = pack_samples(np.concatenate(shown) if shown else None, texts)
        content = pack_map(
            points,
            samples=samples.id,
            place=f"{method}-{id(self)}",
            name=f"map-{method}",
            alt=f"Map of {count} samples in two views by {method}",
            lines=None if plan is None else heaviest_lines(plan.detach()),
        )
        self._axes, self._samples_count, self._shape = axes, count, (count, count)
        super().__init__(_sheet=sheet("map"), _samples=samples.data, _content=content.data)

    @traitlets.validate("selected")
    def _check_selected(self, proposal: Any) -> tuple[int, ...]:
        return whole_numbers(proposal["value"], self._shape[0], "selected")

    @traitlets.validate("picked")
    def _check_picked(self, proposal: Any) -> tuple[int, int] | None:
        return cell(proposal["value"], self._shape, "picked")

    def _picture(self) -> tuple[str, str]:
        return map_still(
            self.places, self._colour, self._axes
        ), f"Map of {self._samples_count} samples in two views"


def _checked(z1: Any, z2: Any, method: str) -> tuple[np.ndarray, np.ndarray]:
    if method not in METHODS:
        raise InputError(f"method = {method!r}", f"maps are {', '.join(METHODS)}", "Choose one", parameter="method")
    first, second = (z.detach().cpu().float().numpy() for z in as_embeddings(z1, z2))
    if len(first) > MOST_SAMPLES:
        raise InputError(
            f"{len(first)} samples",
            f"a map draws at most {MOST_SAMPLES}",
            f"Pass a part of them: show_map(z1[:{MOST_SAMPLES}], z2[:{MOST_SAMPLES}])",
            parameter="z1",
        )
    return first, second


def _places(first: np.ndarray, second: np.ndarray, method: str) -> tuple[np.ndarray, tuple[str, ...]]:
    if first.shape[1] == 2 and method == "pca":
        return np.concatenate([first, second]), ("x", "y")
    nothing = np.zeros(len(first), int)
    found = project(Points.of(first, second, nothing, nothing).z, method)
    return found.coordinates, found.axes
