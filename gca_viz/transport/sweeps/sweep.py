"""A grid of temperatures and penalties on one batch, many plans at a time: numbers for curves and heat maps."""

from __future__ import annotations

import inspect
import math
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Any

import torch
from torch import Tensor

from gca_viz.errors import InputError
from gca_viz.progress import ReportProgress
from gca_viz.settings.parameter import Parameter, Subset
from gca_viz.transport.memory import memory_for
from gca_viz.transport.options import options_of
from gca_viz.transport.parameters import EPSILON, ITERATIONS, LAMBDA1, LAMBDA2, TOLERANCE
from gca_viz.transport.plans.readings import READINGS
from gca_viz.transport.problem.aim import Aim
from gca_viz.transport.problem.convert import as_tensor
from gca_viz.transport.problem.cost import as_embeddings, pairwise_cost
from gca_viz.transport.problem.pairing import Pairing
from gca_viz.transport.problem.precision import of_cosines
from gca_viz.transport.problem.problem import Problem
from gca_viz.transport.sweeps.grid import GridSolver
from gca_viz.transport.sweeps.plan_batch import Batch

READ = Subset(
    name="read",
    label="Numbers to read",
    help="What is read from each plan of a sweep.",
    options=tuple(READINGS),
    default=tuple(name for name, reading in READINGS.items() if not (reading.needs or reading.costly)),
)
MEMORY = Parameter(
    name="memory",
    symbol="",
    label="Memory of a sweep",
    default=256,
    minimum=1,
    maximum=1e9,
    low=64,
    high=4096,
    scale="log",
    help="About how many MiB a sweep may use beside the cost; less takes more rounds and gives the same numbers.",
)
SQUARE_POINTS = Parameter(
    name="points",
    symbol="",
    label="Points per side",
    default=21,
    minimum=2,
    maximum=1001,
    low=5,
    high=41,
    integer=True,
    help="For how many values of each τ, evenly spaced from 0 to 1, the constraint square is computed.",
)


@dataclass(frozen=True, eq=False, repr=False)
class Sweep:
    """Numbers read from the plans of a grid, as far as they are computed.

    Attributes:
        epsilon, lambda1: the axes (E,), (L₁,).
        lambda2: the third axis (L₂,), or None where λ₂ = λ₁ throughout and there is no third axis.
        values: name → (E, L₁, L₂) or (E, L₁) tensor on the CPU: the numbers read, and always ``residual``,
            ``converged`` (within tolerance) and ``half_steps`` (those that changed nothing left out). NaN, False
            or 0 where not yet computed.
        done: how many grid points are computed, in row-major order.
    """

    epsilon: tuple[float, ...]
    lambda1: tuple[float, ...]
    lambda2: tuple[float, ...] | None
    values: dict[str, Tensor] = field(default_factory=dict)
    done: int = 0

    def __repr__(self) -> str:
        return f"Sweep({' × '.join(map(str, self.shape))} plans, {self.done} done: {', '.join(self.values)})"

    @property
    def axes(self) -> dict[str, tuple[float, ...]]:
        """Name → values of each axis."""
        axes = {"epsilon": self.epsilon, "lambda1": self.lambda1}
        return axes if self.lambda2 is None else axes | {"lambda2": self.lambda2}

    @property
    def shape(self) -> tuple[int, ...]:
        """(E, L₁, L₂), or (E, L₁) where λ₂ = λ₁."""
        return tuple(map(len, self.axes.values()))

    @property
    def penalties(self) -> tuple[tuple[float, float], ...]:
        """The pairs (λ₁, λ₂) at each temperature, in row-major order."""
        if self.lambda2 is None:
            return tuple(zip(self.lambda1, self.lambda1, strict=True))
        return tuple(product(self.lambda1, self.lambda2))

    def at(self, *index: int) -> dict[str, float]:
        """Place and numbers of one grid point, by its index on each axis."""
        place = {name: axis[i] for (name, axis), i in zip(self.axes.items(), index, strict=True)}
        place.setdefault("lambda2", place["lambda1"])
        return place | {name: values[index].item() for name, values in self.values.items()}

    def table(self) -> list[dict[str, float]]:
        """One row per grid point that is computed, in row-major order."""
        return [self.at(*index) for index in list(product(*map(range, self.shape)))[: self.done]]

    def _extended(self, numbers: dict[str, Tensor]) -> Sweep:
        """The sweep with the numbers of its next grid points."""
        values, stop = {}, self.done + len(numbers["residual"])
        for name, new in numbers.items():
            unknown = torch.nan if new.is_floating_point() else 0
            values[name] = self.values[name].clone() if self.done else new.new_full(self.shape, unknown)
            values[name].view(-1)[self.done : stop] = new
        return replace(self, values=values, done=stop)


def partial_sweeps(
    z1: Any,
    z2: Any,
    *,
    epsilon: float | Sequence[float] = EPSILON.default,
    lambda1: float | Sequence[float] = math.inf,
    lambda2: float | Sequence[float] | None = None,
    iterations: float = ITERATIONS.default,
    tol: float = TOLERANCE.default,
    layout: str = "cross",
    partner: Any = None,
    mu: Any = None,
    nu: Any = None,
    read: str | Sequence[str] = READ.default,
    target: Any = "partner",
    labels: Any = None,
    domains: Any = None,
    alpha: float | None = None,
    beta: float | None = None,
    share: float | None = None,
    target_temperature: float | None = None,
    relax: float | None = None,
    clusters: int | None = None,
    memory: float = MEMORY.default,
    progress: ReportProgress | None = None,
) -> Iterator[Sweep]:
    """Plans of one batch for every ε × λ₁ × λ₂: the sweep so far, each time some more of it is computed.

    A plan is that of ``solve`` on the same problem after as many plain iterations. No plan is kept, and nothing is
    differentiable. A consumer stops the work by not asking for more.

    Args:
        z1, z2, layout, partner, mu, nu: as in :func:`gca_viz.transport.align`.
        epsilon: temperatures > 0, a number or a sequence.
        lambda1: penalties of the row marginal, 0 … ∞; by default hard.
        lambda2: penalties of the column marginal; None is λ₂ = λ₁ throughout, so that the grid is ε × λ₁.
        iterations: bound on full iterations; ``math.inf`` goes on until each plan is within tolerance.
        tol: stop earlier where all plans solved together have at most this share of mass in the wrong row or
            column; 0 takes every iteration.
        read: names in ``READINGS``; by default all but top-1 and those that need labels or domains.
        target, alpha, beta, share, target_temperature, relax, clusters: as in ``align``; the loss is the KL
            divergence from it.
        labels, domains: (N,) or per view (2, N), for the target and for ``false_negative_mass`` and
            ``same_domain_mass``.
        memory: about how many MiB beside the cost matrix; one plan at a time is the least it can come down to.
        progress: called with the share done and what is being done; may raise to cancel.

    Returns:
        An iterator; its last sweep is complete.

    Raises:
        InputError: anything that does not fit, before any plan is computed.

    Source: Chen et al., NeurIPS 2024, arXiv 2502.20141, for the constraints; unbalanced updates after Chizat et
    al., Math. Comp. 2018.
    """
    given = locals()  # by name, of which the registry of targets takes what is its own
    empty = Sweep(
        epsilon=_axis(epsilon, EPSILON),
        lambda1=_axis(lambda1, LAMBDA1),
        lambda2=None if lambda2 is None else _axis(lambda2, LAMBDA2),
    )
    names = READ.check((read,) if isinstance(read, str) else read)
    of_samples = {"labels": labels, "domains": domains}
    unused = of_samples.keys() - set(options_of(target))  # they may be there for what is read
    aim = Aim.of(target, given | dict.fromkeys(unused))
    solver = GridSolver(
        batch=_batch(z1, z2, layout, partner, mu, nu, empty, aim, _needed(names, **of_samples)),
        names=names,
        iterations=ITERATIONS.check(iterations),
        tol=TOLERANCE.check(tol),
        room=MEMORY.check(memory) * 2**20,
    )
    return _filled(empty, solver.groups(empty.epsilon, empty.penalties, progress or (lambda share, what: None)))


def sweep(z1: Any, z2: Any, **options: Any) -> Sweep:
    """Plans of one batch for every ε × λ₁ × λ₂, read in numbers.

    ``sweep(z1, z2, epsilon=[0.05, 0.1, 0.2], lambda1=[0.1, 1, math.inf]).values["matched_share"]``

    Args:
        z1, z2, options: those of :func:`partial_sweeps`, which gives the first numbers early.

    Raises:
        InputError: anything that does not fit, before any plan is computed.
    """
    return deque(partial_sweeps(z1, z2, **options), maxlen=1).pop()


# What help() shows.
vars(sweep)["__signature__"] = inspect.signature(partial_sweeps).replace(return_annotation=Sweep)


def constraint_square(epsilon: float = EPSILON.default, points: int = int(SQUARE_POINTS.default)) -> dict[str, Any]:
    """The grid over the constraint square (τ₁, τ₂), corners included: ``sweep(z1, z2, **constraint_square(0.1))``.

    Args:
        epsilon: temperature > 0.
        points: values of τ per side, evenly spaced from 0 to 1.

    Returns:
        ``epsilon``, and as ``lambda1`` and ``lambda2`` the penalties ``λ = ετ/(1−τ)``, from 0 to ∞.

    Raises:
        InputError: ``epsilon`` or ``points`` out of bounds.
    """
    epsilon, last = EPSILON.check(epsilon), SQUARE_POINTS.check_whole(points) - 1
    penalties = (*(epsilon * k / (last - k) for k in range(last)), math.inf)
    return {"epsilon": epsilon, "lambda1": penalties, "lambda2": penalties}


def _filled(partial: Sweep, groups: Iterator[dict[str, Tensor]]) -> Iterator[Sweep]:
    for numbers in groups:
        partial = partial._extended(numbers)
        yield partial


def _axis(values: Any, parameter: Parameter) -> tuple[float, ...]:
    numbers = as_tensor(values, parameter.name)
    if numbers.ndim > 1 or not len(numbers.reshape(-1)):
        raise InputError(
            f"{parameter.name} of shape {tuple(numbers.shape)}",
            f"{parameter.name} is one number, or a sequence of at least one",
            f"Give the values along this axis, e.g. {parameter.name}=[{parameter.low:g}, {parameter.high:g}]",
            parameter=parameter.name,
        )
    return tuple(parameter.check(number) for number in numbers.reshape(-1).tolist())


def _needed(names: tuple[str, ...], **values: Any) -> dict[str, Any]:
    """Labels and domains, as far as they are needed."""
    needed = {READINGS[name].needs: name for name in names if READINGS[name].needs}
    for kind, name in needed.items():
        if values[kind] is None:
            raise InputError(
                f"read = {name!r} without {kind}",
                f"this number needs {kind}, one per sample",
                f"Pass {kind}=…, or leave {name} out",
                parameter=kind,
            )
    return {kind: values[kind] for kind in needed}


def _batch(
    z1: Any, z2: Any, layout: str, partner: Any, mu: Any, nu: Any, grid: Sweep, aim: Aim, known: dict[str, Any]
) -> Batch:
    z1, z2 = (z.detach() for z in as_embeddings(z1, z2))
    pairing = Pairing.of(layout, len(z1), partner, z1.device)
    finer = of_cosines(z1, min(grid.epsilon))
    z1, z2 = z1.to(finer), z2.to(finer)
    aim.check_columns("views", "cosine")
    with torch.autocast(z1.device.type, enabled=False), memory_for(len(pairing.partner), z1):
        cost = aim.cost(pairwise_cost(z1, z2, layout), pairing)
    mu, nu = pairing.spread_marginals(mu, nu, like=cost)
    # Whether a problem is feasible depends on which marginals are free, relaxed or hard, and on no temperature.
    kinds = {tuple((x > 0, math.isinf(x)) for x in pair): pair for pair in grid.penalties}
    problems = [Problem(cost, grid.epsilon[0], *pair, mu, nu) for pair in kinds.values()]
    codes = {name: pairing.spread(values, name) for name, values in known.items()}
    same = {f"same_{name}": rows[:, None] == columns for name, (rows, columns) in codes.items()}
    goal = aim.matrix(problems[0], pairing, z1, z2)
    return Batch(cost, problems[0].mu, problems[0].nu, pairing, goal, **same)
