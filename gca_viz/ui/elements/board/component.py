"""The board on a page: five Streamlit elements, four of them invisible.

``engine`` carries the program, three ``store`` elements carry the batch's parts, and ``board`` carries the frames.
Streamlit sends an element again only if its bytes changed (larger messages are cached in the browser), so that a
new ε costs the frames alone. Program and stores may arrive in any order; see ``js/loader.js``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from gca_viz.errors import InputError
from gca_viz.palette import css
from gca_viz.ui.elements.board.batch import Batch
from gca_viz.ui.elements.board.frames import Along, Group, Panel, PlanFrames, Scale, pack_frames
from gca_viz.ui.elements.modules import program, style

_HERE = Path(__file__).parent


@dataclass(frozen=True)
class BoardResult:
    """What is on screen.

    Attributes:
        step: half step, or None while nobody has chosen one (the last is shown).
        pick: outlined cell ``(i, j)`` in original indices, or None.
    """

    step: int | None
    pick: tuple[int, int] | None


def show(
    batch: Batch,
    plans: Sequence[PlanFrames],
    panels: Sequence[Panel],
    *,
    key: str,
    step: int | None = None,
    pick: tuple[int, int] | None = None,
    order: Sequence[int] | np.ndarray | None = None,
    groups: Sequence[Group] = (),
    marked: Sequence[int] | np.ndarray = (),
    columns: Along | None = None,
    scale: Scale | None = None,
    max_side: int = 640,
    on_change: Callable[[], None] | None = None,
    live: Mapping[str, Any] | None = None,
    apart: bool = False,
) -> BoardResult:
    """Draw the board and tell what the user chose on it.

    Args:
        batch: from :func:`pack_batch`.
        plans: potentials per half step; plans with fewer half steps hold their last.
        panels: the matrices, left to right.
        key: Streamlit key; zoom, cross-hair, step and pick survive data changes under one key.
        step: half step to show; None = the last. Only a *changed* value overrides what the user did on the board.
        pick: cell to outline in original indices; the same rule.
        order: (N,) display position → original index, for rows and columns; default: 0…N−1.
        columns: order, blocks and chosen ones of the columns, where they are not those of the rows.
        groups: blocks along ``order``; default: none. A click on a block's strip or name chooses its rows.
        marked: the chosen rows (and columns) in original indices; the cells of all others are veiled.
        scale: colours; default: linear viridis.
        max_side: largest side of a matrix in CSS pixels.
        on_change: called before the next run when the user picked a cell or released the slider.
        live: what the plans solve, where a browser can, so that they follow a slider of the page while it is
            dragged; ``js/hand.js`` has its form. Default: they stay until the next run.
        apart: whether :func:`keep` mounts the batch's parts, elsewhere on the page.

    Returns:
        BoardResult: pass its fields in again on the next run.

    Raises:
        InputError: if something does not fit the batch.
    """
    if pick is not None and not _is_cell(pick, batch):
        raise InputError(
            f"cell {tuple(pick)}",
            f"a cell of {batch.size} rows and {batch.columns} columns",
            "Pick one of this batch",
        )
    if not apart:
        keep(batch, key=key)
    memory = st.session_state.setdefault(f"_board_{key}", {})
    reported = st.session_state.get(key) or {}
    control = {
        "step": settle(memory.setdefault("step", {}), None if step is None else int(step), reported.get("step")),
        "pick": settle(memory.setdefault("pick", {}), _cell(pick), reported.get("pick")),
    }
    chosen = control["pick"]["value"]
    if chosen is not None and not _is_cell(chosen, batch):
        control["pick"]["value"] = memory["pick"]["value"] = None
    frames = pack_frames(
        batch,
        plans,
        panels,
        order=order,
        groups=groups,
        marked=marked,
        columns=columns,
        scale=scale,
        max_side=max_side,
        control=control,
        live=live,
    )
    changed = on_change or _nothing
    memory["group"] = {"at": (reported.get("group") or {}).get("at", 0)}
    _components()["board"](
        key=key, data=frames.data, on_step_change=changed, on_pick_change=changed, on_group_change=changed
    )
    step, pick = control["step"]["value"], control["pick"]["value"]
    return BoardResult(step, None if pick is None else tuple(pick))


def keep(batch: Batch, *, key: str) -> None:
    """Mount the program, and what of a batch the browser keeps while its frames change.

    Args:
        batch: from :func:`pack_batch`.
        key: of the board.
    """
    mount = _components()
    mount["engine"](key=f"{key}-engine")
    for blob, part in ((batch.samples, "samples"), (batch.cost, "cost"), (batch.targets, "targets")):
        mount["store"](key=f"{key}-{part}", data=blob.data)


def unseen(key: str) -> dict[str, Any]:
    """What the user did on a board since its last :func:`show`, so that a page can compute with it before drawing.

    Args:
        key: of the board.

    Returns:
        dict: ``step`` (int), ``pick`` (``[i, j]``, or None for no cell) and ``group`` (rows of a clicked block, or
        none), each only if the user changed it.
    """
    memory, reported = st.session_state.get(f"_board_{key}", {}), st.session_state.get(key) or {}
    actions = {name: reported.get(name) for name in ("step", "pick", "group")}
    return {
        name: action["value"]
        for name, action in actions.items()
        if action and action["at"] > memory.get(name, {}).get("at", 0)
    }


def settle(memory: dict[str, Any], passed: Any, reported: Mapping[str, Any] | None) -> dict[str, Any]:
    """Decide between the page's value and the user's: whoever changed last wins.

    Args:
        memory: what this function knew last run (``passed``, ``value``, ``at``); updated in place.
        passed: the page's value this run.
        reported: the user's last action on the board, ``{"value", "at"}`` with a clock that only rises, or None.

    Returns:
        dict: ``value`` now in force and ``at``, the user action it has seen; the browser ignores older answers.
    """
    at = 0 if reported is None else reported.get("at", 0)
    if reported is not None and at > memory.get("at", 0):
        memory["value"] = reported["value"]
    elif "passed" not in memory or passed != memory["passed"]:
        memory["value"] = passed
    memory["passed"], memory["at"] = passed, max(at, memory.get("at", 0))
    return {"value": memory["value"], "at": memory["at"]}


def _is_cell(pick: Sequence[int], batch: Batch) -> bool:
    return 0 <= pick[0] < batch.size and 0 <= pick[1] < batch.columns


def _cell(pick: tuple[int, int] | None) -> list[int] | None:
    return None if pick is None else [int(pick[0]), int(pick[1])]


def _nothing() -> None:
    """Streamlit returns only the state names that have a callback."""


@cache
def _components() -> dict[str, Callable[..., Any]]:
    register, loader = st.components.v2.component, program(_HERE / "js" / "loader.js")
    return {
        "engine": register("gca_viz.board.engine", js=program(_HERE / "js" / "engine.js")),
        "store": register("gca_viz.board.store", js=loader),
        "board": register("gca_viz.board", js=loader, css=css() + style(_HERE / "board.css")),
    }
