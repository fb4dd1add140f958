"""The board in a notebook."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
import traitlets

from gca_viz.figures.still import StillMatrix, matrices_still
from gca_viz.labels import UNLABELLED
from gca_viz.palette import class_colour
from gca_viz.transport import Plan
from gca_viz.ui.elements import board
from gca_viz.ui.elements.board.plans import PackedPlans
from gca_viz.ui.notebook.element import Element, cell, esm, sheet, whole_numbers
from gca_viz.ui.notebook.plans import (
    axes_of,
    checked_panels,
    checked_plans,
    frames_of,
    has_steps,
    matrix_of,
    pairing_of,
    panels_of,
)
from gca_viz.ui.notebook.samples import Along, along_both


class Board(Element):
    """Plans of one batch as linked matrices; made by :func:`gca_viz.show`.

    Attributes:
        selected: samples whose rows and columns stand out, ascending; () for none.
        picked: outlined cell (row, column) in indices of the plan, or None.
        step: half step that is shown, or None for the last.
        plans: title → plan that is drawn.
    """

    _esm = esm("board")
    picked = traitlets.Any(None, allow_none=True).tag(sync=True)
    step = traitlets.Any(None, allow_none=True).tag(sync=True)
    _samples = traitlets.Bytes().tag(sync=True)
    _cost = traitlets.Bytes().tag(sync=True)
    _targets = traitlets.Bytes().tag(sync=True)
    _frames = traitlets.Bytes().tag(sync=True)
    _sample_of = traitlets.Dict().tag(sync=True)

    plans: Mapping[str, Plan]

    def __init__(
        self,
        plans: Plan | Mapping[str, Plan],
        *,
        images: Any = None,
        labels: Any = None,
        names: Any = None,
        panels: Sequence[str] | None = None,
        log: bool = False,
    ) -> None:
        self._who, self._wanted, self._log = {"images": images, "labels": labels, "names": names}, panels, log
        self.plans = {}
        super().__init__(_sheet=sheet("board"))
        self.draw(plans)

    def draw(self, plans: Plan | Mapping[str, Plan]) -> None:
        """Draw other plans of the same samples; what did not change does not travel again.

        Args:
            plans: one, or title → plan.

        Raises:
            InputError: plans that do not fit each other or the samples.
        """
        checked = checked_plans(plans)
        panels = panels_of(checked_panels(self._wanted, checked), list(checked))
        pairing = pairing_of(list(checked.values()))
        rows, columns = along_both(pairing, **self._who)
        partner, count = pairing.partner.cpu().numpy(), len(pairing.column_sample)
        samples = board.pack_samples(rows.side, columns.side, partner=partner, axes=axes_of(pairing), count=count)
        packed = PackedPlans(samples, list(checked.values()))
        frames = board.pack_frames(
            packed.batch,
            [frames_of(packed, title, plan) for title, plan in checked.items()],
            panels,
            order=rows.order,
            groups=rows.groups,
            columns=board.Along(columns.order, columns.groups),
            scale=board.Scale(log=self._log),
        )
        self.plans, self._panels, self._pairing, self._along = checked, panels, pairing, (rows, columns)
        self._samples_count, self._shape = pairing.members, (len(rows.sample), len(columns.sample))
        with self.hold_sync():
            self._samples, self._cost = packed.batch.samples.data, packed.batch.cost.data
            self._targets, self._frames = packed.batch.targets.data, frames.data
            self._sample_of = {"rows": rows.sample.tolist(), "columns": columns.sample.tolist()}
            self._forget_what_is_gone()

    def _forget_what_is_gone(self) -> None:
        self.selected = [sample for sample in self.selected if sample < self._pairing.members]
        if self.picked is not None and not all(
            at < size for at, size in zip(self.picked, self._shape, strict=True)
        ):
            self.picked = None
        if self.step is not None and self.step > self._last_step:
            self.step = None

    @property
    def _last_step(self) -> int:
        return max((plan.last_step for plan in self.plans.values() if has_steps(plan)), default=0)

    @traitlets.validate("selected")
    def _check_selected(self, proposal: Any) -> tuple[int, ...]:
        return whole_numbers(proposal["value"], self._pairing.members, "selected")

    @traitlets.validate("picked")
    def _check_picked(self, proposal: Any) -> tuple[int, int] | None:
        return cell(proposal["value"], self._shape, "picked")

    @traitlets.validate("step")
    def _check_step(self, proposal: Any) -> int | None:
        step = proposal["value"]
        return None if step is None else whole_numbers([step], self._last_step + 1, "step")[0]

    def _picture(self) -> tuple[str, str]:
        plans = [
            plan if self.step is None or not has_steps(plan) else plan.at(min(self.step, plan.last_step))
            for plan in self.plans.values()
        ]
        rows, columns = self._along
        blocks = _colours(rows), _colours(columns)
        matrices = [
            StillMatrix(
                panel.title,
                matrix_of(panel, plans)[np.ix_(rows.order, columns.order)],
                _KINDS.get(panel.kind, "mass"),
                blocks,
                self._log,
            )
            for panel in self._panels
        ]
        size = f"{len(rows.sample)} rows, {len(columns.sample)} columns"
        return matrices_still(matrices, axes_of(self._pairing)), f"{', '.join(m.title for m in matrices)}: {size}"


_KINDS: Mapping[str, Literal["cost", "signed"]] = {
    "cost": "cost",
    "residual": "signed",
    "force": "signed",
    "difference": "signed",
}


def _colours(along: Along) -> list[tuple[int, str]]:
    return [
        (group.size, class_colour(UNLABELLED if group.number is None else group.number)) for group in along.groups
    ]
