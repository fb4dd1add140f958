"""What travels when a parameter moves: potentials per half step, and what to show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

import numpy as np

from gca_viz.errors import InputError
from gca_viz.ui.elements.board.batch import Batch
from gca_viz.ui.elements.board.checks import check_sizes, checked_marked, checked_order, checked_vector
from gca_viz.ui.elements.shared.wire import Blob, content_id, pack

KINDS = ("cost", "kernel", "plan", "target", "residual", "force", "difference")


@dataclass(frozen=True)
class PlanFrames:
    """One plan at every half step, as its potentials.

    Attributes:
        name: what readouts call it, e.g. ``"GCA-INCE"``.
        epsilon: temperature ε > 0.
        f, g: potentials at half steps 0…T in units of the cost, (T+1, N) and (T+1, M), or (parts, T+1, N) and
            (parts, T+1, M) for a plan that is the mean of several (CLIP); row 0 is the kernel (zeros). −inf means
            zero mass.
        target, cost: which of the batch's targets and costs is this plan's.
        distance: which of the costs is shown as such, where it is not the one whose Gibbs kernel is drawn.
        cut: whether a cell is ``μ_i·max(0, (f_i + g_j − C_ij)/ε)``, of a sparse plan, and no exponential.
        slope: whose slope dE/dC the force has: the ``"name"`` of the kernel and its numbers.
        row_epsilon: (N,) temperature of each row, where they differ.
        labels: what each half step did, T+1 words; default ``kernel, row, column, row, …``.
        row_mass, column_mass: reference marginals μ and ν, (N,) and (M,); default all 1, and N/M.
    """

    name: str
    epsilon: float
    f: np.ndarray
    g: np.ndarray
    target: int = 0
    labels: Sequence[str] | None = None
    row_mass: np.ndarray | None = None
    column_mass: np.ndarray | None = None
    cost: int = 0
    distance: int | None = None
    slope: Mapping[str, Any] = field(default_factory=lambda: {"name": "gibbs"})
    row_epsilon: np.ndarray | None = None
    cut: bool = False


@dataclass(frozen=True)
class Panel:
    """One matrix on the board.

    Attributes:
        kind: ``cost``, ``kernel`` (exp(−C/ε) at the plan's ε), ``plan``, ``target`` (of the plan), ``residual``
            (target − plan), ``force`` (the residual times the slope of the kernel) or ``difference`` (plan −
            another plan).
        title: plain text above the matrix.
        plan: index into the plans.
        minus: index of the plan that ``difference`` subtracts.
        scale: panels with one scale name share their colours; default: by what they show (``mass`` for plans and
            targets, ``signed`` for residuals and differences, ``force``, ``kernel``, ``cost``).
    """

    kind: Literal["cost", "kernel", "plan", "target", "residual", "force", "difference"]
    title: str
    plan: int = 0
    minus: int = 1
    scale: str | None = None


@dataclass(frozen=True)
class Group:
    """A block of consecutive rows (and columns, or of columns alone) in display order.

    Attributes:
        label: name of the class or domain.
        size: how many rows.
        number: index of the class or domain in its data set, which has one colour everywhere; below 0 without
            label. Default: that of the label among those of the groups.
    """

    label: str
    size: int
    number: int | None = None


@dataclass(frozen=True)
class Along:
    """What stands along the columns, where it is not what stands along the rows.

    Attributes:
        order: (M,) display position → original index; default: 0…M−1.
        groups: blocks along it; one whose name is that of no block of rows cannot be chosen.
        marked: the chosen columns in original indices.
    """

    order: Sequence[int] | np.ndarray | None = None
    groups: Sequence[Group] = ()
    marked: Sequence[int] | np.ndarray = ()


@dataclass(frozen=True)
class Scale:
    """How values become colours.

    Attributes:
        log: logarithmic colour; signed panels then use a symmetric logarithm.
        decades: how far below the maximum a logarithmic scale reaches.
        maximum: top of the mass scale; default: the largest mass that a compared plan ends with.
        signed_maximum: end of the signed scale; default: the largest absolute value at the last half step.
        palette: ``viridis`` or ``cividis``.
    """

    log: bool = False
    decades: float = 4.0
    maximum: float | None = None
    signed_maximum: float | None = None
    palette: Literal["viridis", "cividis"] = "viridis"


def pack_frames(
    batch: Batch,
    plans: Sequence[PlanFrames],
    panels: Sequence[Panel],
    *,
    order: Sequence[int] | np.ndarray | None = None,
    groups: Sequence[Group] = (),
    marked: Sequence[int] | np.ndarray = (),
    columns: Along | None = None,
    scale: Scale | None = None,
    max_side: int = 640,
    control: dict[str, Any] | None = None,
    live: Mapping[str, Any] | None = None,
) -> Blob:
    """Pack everything that is small, for :func:`gca_viz.ui.elements.board.show`.

    Half steps that repeat a potential share its numbers: plain Sinkhorn changes f or g but never both, so that T
    half steps of one plan cost ``4·N·T`` bytes.

    Args:
        batch: the batch that these plans belong to.
        plans, panels, order, groups, marked, columns, scale, max_side: see :func:`gca_viz.ui.elements.board.show`.
        control: step and pick with the time of the user action they answer.
        live: see :func:`gca_viz.ui.elements.board.show`.

    Raises:
        InputError: if potentials, order, groups or panels do not fit the batch.
    """
    size = batch.size
    if columns is None and batch.columns != size:
        columns = Along()
    pool: list[np.ndarray] = []
    arrays: dict[str, np.ndarray] = {}
    described = []
    for k, plan in enumerate(plans):
        parts, last = _potentials(plan, batch, pool)
        labels = list(plan.labels) if plan.labels is not None else _labels(last)
        if len(labels) != last + 1:
            raise InputError(
                f"{len(labels)} labels for {plan.name}", f"one per half step, {last + 1}", "Mend labels"
            )
        if not 0 <= plan.target < batch.target_count:
            raise InputError(
                f"target {plan.target}", f"a target 0…{batch.target_count - 1}", "Pack that target too"
            )
        distance = plan.cost if plan.distance is None else plan.distance
        for cost in (plan.cost, distance):
            if not 0 <= cost < batch.cost_count:
                raise InputError(f"cost {cost}", f"a cost 0…{batch.cost_count - 1}", "Pack that cost too")
        described.append(
            {name: getattr(plan, name) for name in ("name", "epsilon", "target", "cost", "cut")}
            | {"distance": distance, "slope": dict(plan.slope), "labels": labels, "parts": parts}
        )
        for name, of_side, length in (
            ("rowMass", plan.row_mass, size),
            ("columnMass", plan.column_mass, batch.columns),
            ("rowEpsilon", plan.row_epsilon, size),
        ):
            if of_side is not None:
                arrays[f"{name}{k}"] = checked_vector(of_side, length, f"{name} of {plan.name}")
    for panel in panels:
        used = (panel.plan, panel.minus) if panel.kind == "difference" else (panel.plan,)
        if panel.kind not in KINDS or any(not 0 <= k < len(plans) for k in used):
            raise InputError(
                f"panel {panel.kind!r} of plans {used}",
                f"kinds {', '.join(KINDS)} of plans 0…{len(plans) - 1}",
                "Name an existing plan",
            )
    arrays["order"] = checked_order(order, size)
    arrays["marked"] = checked_marked(marked, size)
    check_sizes([group.size for group in groups], size)
    arrays["pool"] = np.stack(pool) if pool else np.zeros((0, size), np.float32)
    numbers = {name: array for name, array in arrays.items() if name not in ("order", "marked")}
    of_columns: dict[str, Any] = {}
    if columns is not None:
        check_sizes([group.size for group in columns.groups], batch.columns)
        arrays["columnOrder"] = checked_order(columns.order, batch.columns)
        arrays["markedColumns"] = checked_marked(columns.marked, batch.columns)
        of_columns = {"columns": batch.columns, "columnGroups": [asdict(group) for group in columns.groups]}
    header = {
        "kind": "frames",
        "plansId": content_id({"plans": described}, numbers),
        "size": size,
        "needs": {"samples": batch.samples.id, "cost": batch.cost.id, "targets": batch.targets.id},
        "plans": described,
        "panels": [asdict(panel) for panel in panels],
        "groups": [asdict(group) for group in groups],
        "scale": asdict(scale or Scale()),
        "maxSide": max_side,
        "control": control or {},
        "live": None if live is None else dict(live),
    } | of_columns
    return pack(header, arrays)


def _potentials(plan: PlanFrames, batch: Batch, pool: list[np.ndarray]) -> tuple[list[dict[str, list[int]]], int]:
    if not plan.epsilon > 0:
        raise InputError(f"epsilon = {plan.epsilon} for {plan.name}", "ε must be greater than 0", "Use 0.02 to 2")
    stacks = {}
    for name, values, size in (("f", plan.f, batch.size), ("g", plan.g, batch.columns)):
        stack = np.asarray(values, np.float32)
        stack = stack[None] if stack.ndim == 2 else stack
        if stack.ndim != 3 or stack.shape[-1] != size or not stack.size:
            raise InputError(
                f"{name} of shape {np.shape(values)} for {plan.name}",
                f"potentials are (T+1, {size}) or (parts, T+1, {size})",
                "Pass the trace of the plan on this batch",
            )
        if np.isnan(stack).any() or np.isposinf(stack).any():
            raise InputError(f"{name} with NaN or +inf for {plan.name}", "potentials are < +inf", "Raise epsilon")
        stacks[name] = stack
    if stacks["f"].shape[:2] != stacks["g"].shape[:2]:
        raise InputError(f"f and g of unequal shape for {plan.name}", "one f and one g per half step", "Pass both")
    longest = max(batch.size, batch.columns)  # rows of the pool are of one length
    if batch.size != batch.columns:
        stacks = {name: np.pad(of, ((0, 0), (0, 0), (0, longest - of.shape[2]))) for name, of in stacks.items()}
    parts = [
        {name: _share(stacks[name][part], pool) for name in ("f", "g")} for part in range(stacks["f"].shape[0])
    ]
    return parts, stacks["f"].shape[1] - 1


def _share(rows: np.ndarray, pool: list[np.ndarray]) -> list[int]:
    """Append rows to the pool unless they repeat their predecessor; return each row's place in it."""
    places: list[int] = []
    for row in rows:
        if not places or not np.array_equal(row, pool[places[-1]]):
            pool.append(row)
            places.append(len(pool) - 1)
        else:
            places.append(places[-1])
    return places


def _labels(last: int) -> list[str]:
    return ["kernel", *("row" if t % 2 else "column" for t in range(1, last + 1))]
