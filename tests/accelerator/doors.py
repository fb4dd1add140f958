"""Every door of the engine, called the same way on the CPU and on an accelerator."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import fields
from typing import Any

import torch
from torch import Tensor

from gca_viz.errors import InputError
from gca_viz.transport import (
    DIVERGENCES,
    METHODS,
    READINGS,
    TARGETS,
    Plan,
    Problem,
    align,
    align_streamed,
    constraint_square,
    forces,
    set_distance,
    solve,
    sweep,
    transfer,
)
from gca_viz.transport.options import COSTS, HOLDS, KERNEL, OF_PROTOTYPES, SAMPLE_BY, known_of_samples
from gca_viz.transport.streaming.parameters import STREAMABLE
from tests.transport.batches import masses, random_cost, views

SAMPLES = 24
LABELS = [k % 4 for k in range(SAMPLES)]
DOMAINS = ["ab"[k % 3 == 0] for k in range(SAMPLES)]

Numbers = Mapping[str, Any]
#: (view 1, view 2, how a tensor comes to the device) → what is compared, by name
Door = Callable[[Tensor, Tensor, Callable[[Tensor], Tensor]], Numbers]


def batch() -> tuple[Tensor, Tensor]:
    """The batch of all doors, on the CPU."""
    return views(SAMPLES, dimensions=6, clusters=4)


def read(plan: Plan) -> Numbers:
    """Whatever can be read from a plan."""
    found: dict[str, Any] = {"matrix": plan.matrix, "log": plan.log_matrix, "f": plan.f, "g": plan.g}
    if plan.target is not None:
        found |= {"loss": plan.loss, "loss per row": plan.loss_per_row, "force": plan.force}
    for name, reading in READINGS.items():
        of_samples = {"labels": LABELS, "domains": DOMAINS}.get(reading.needs)
        if of_samples is not None and plan.pairing is not None:
            found[name] = getattr(plan, name)(of_samples)
        elif not reading.needs:
            with suppress(InputError):  # a number of a target or a pairing that this plan lacks
                found[name] = reading.of(plan)
    trace = plan.trace
    if trace is not None:
        found |= {name: getattr(trace, name) for name in ("f", "g", "row_mass", "marginal_error", "dual")}
        found["start"] = plan.at(0).matrix
    found["told"] = (plan.diagnostics.regime, plan.stop_reason, repr(plan), plan._repr_html_())
    return found


def _known(method: str, options: Mapping[str, Any], z: Tensor) -> dict[str, Any]:
    """What must be known of the samples under a method's own target and weights, or other ones; its prototypes."""
    own = METHODS[method]
    needs = known_of_samples(options.get("target", own.target), options.get("sample_by", own.sample_by))
    known = {"labels": LABELS, "domains": DOMAINS}
    found: dict[str, Any] = {name: known[name] for name in needs if name in known}
    if options.get("target", own.target) in OF_PROTOTYPES:
        found["prototypes"] = z.detach()[:4].flip(1)
    return found


def _plan(method: str = "gca-ince", **options: Any) -> Door:
    def door(z1: Tensor, z2: Tensor, put: Callable[[Tensor], Tensor]) -> Numbers:
        return read(align(z1, z2, method, **_known(method, options, z1), **options))

    return door


def _gradient(method: str = "gca-ince", *, learnt: str = "", **options: Any) -> Door:
    """Loss and gradients in both views, and in the temperature where it is ``learnt``: one, or one per row."""

    def door(z1: Tensor, z2: Tensor, put: Callable[[Tensor], Tensor]) -> Numbers:
        inputs = [z1.detach().clone().requires_grad_(), z2.detach().clone().requires_grad_()]
        given = dict(options)
        if learnt:
            rows = torch.full((SAMPLES if learnt == "rows" else 1,), 0.3, dtype=torch.float64)
            given["epsilon"] = put(rows).requires_grad_()
            inputs.append(given["epsilon"])
        loss = align(*inputs[:2], method, trace=False, **_known(method, options, z1), **given).loss
        loss.backward()
        # A target that is made of view 2 alone sends it no gradient.
        slopes = {f"gradient {k}": tensor.grad for k, tensor in enumerate(inputs) if tensor.grad is not None}
        return {"loss": loss.detach()} | slopes

    return door


def _given(**options: Any) -> Door:
    """A plan with tensors among its options, which live where the embeddings do."""

    def door(z1: Tensor, z2: Tensor, put: Callable[[Tensor], Tensor]) -> Numbers:
        there = {name: put(value) if isinstance(value, Tensor) else value for name, value in options.items()}
        return read(align(z1, z2, **there))

    return door


def _forces(**options: Any) -> Door:
    def door(z1: Tensor, z2: Tensor, put: Callable[[Tensor], Tensor]) -> Numbers:
        known = _known(options.get("method", "gca-ince"), options, z1)
        found, columns = forces(align(z1, z2, **known, **options)), known.get("prototypes", z2)
        return {"pairs": found.pairs, "pull": found.row_attraction, "push": found.column_repulsion} | dict(
            zip(("on 1", "on 2"), found.on_points(z1, columns), strict=True)
        )

    return door


def _sweep(**options: Any) -> Door:
    def door(z1: Tensor, z2: Tensor, put: Callable[[Tensor], Tensor]) -> Numbers:
        read = tuple(READINGS)
        return sweep(z1, z2, read=read, labels=LABELS, domains=DOMAINS, **options).values

    return door


def _stream(method: str = "gca-ince", **options: Any) -> Door:
    def door(z1: Tensor, z2: Tensor, put: Callable[[Tensor], Tensor]) -> Numbers:
        options_here = {"overview": 5, "top": 3, "labels": LABELS, "domains": DOMAINS} | options
        plan = align_streamed(z1, z2, method, **options_here)
        kept = {field.name: getattr(plan, field.name) for field in fields(plan)}
        kept |= {"partners": plan.partners.values, "rows": plan.rows(3, 5), "overview mean": plan.overview_mean}
        kept["told"] = (repr(plan), str(plan.diagnostics))
        return {name: value for name, value in kept.items() if isinstance(value, Tensor) or name == "told"}

    return door


def _started(z1: Tensor, z2: Tensor, put: Callable[[Tensor], Tensor]) -> Numbers:
    """Limits that start from those of other temperatures."""
    near = [align(z1, z2, epsilon=epsilon, iterations=math.inf) for epsilon in (0.4, 0.3)]
    once = align(z1, z2, epsilon=0.25, iterations=math.inf, tol=1e-12, start=near[0])
    return {
        "one": once.matrix,
        "two": align(z1, z2, epsilon=0.2, iterations=math.inf, tol=1e-12, start=tuple(near)).matrix,
    }


def _sets(z1: Tensor, z2: Tensor, put: Callable[[Tensor], Tensor]) -> Numbers:
    """Two sets without pairs: their plan, their distance, and the labels that the plan carries over."""
    few = z2[:9]
    carried, distance = transfer(z1, few, LABELS), set_distance(z1, few)
    return {"carried": carried, "distance": distance} | dict(read(align(z1, few, paired=False)))


def _problem(lambda1: float, lambda2: float, **options: Any) -> Door:
    """A problem of unequal sides, with marginals, and forbidden cells or an empty row among them."""

    def door(z1: Tensor, z2: Tensor, put: Callable[[Tensor], Tensor]) -> Numbers:
        cost, mu, nu = random_cost(7, 5), masses(7, 1, 6.0), masses(5, 2, 6.0)
        cost[0, 1] = cost[3, 4] = math.inf
        if lambda1 and not math.isinf(lambda1):
            mu[2] = 0
        plan = solve(Problem(put(cost), 0.3, lambda1, lambda2, put(mu), put(nu)), **options)
        return read(plan)

    return door


_COMPOSED = {
    f"kernel {kernel}, {cost}, {hold}": _gradient("ince", kernel=kernel, cost=cost, hold=hold, epsilon=0.5)
    for kernel in KERNEL.options
    for cost in COSTS
    for hold in HOLDS
    if (kernel == "logistic" or hold != "cell") and (kernel, cost) != ("simo", "euclid")  # they do not fit
}

DOORS: Mapping[str, Door] = {
    **{f"{method}": _plan(method) for method in METHODS},
    **{f"gradient of {method}": _gradient(method) for method in METHODS},
    **{
        f"{method}, {layout}": _gradient(method, layout=layout)
        for method in METHODS
        for layout in METHODS[method].layouts
    },
    **{f"target {target}": _plan("ince", target=target) for target in TARGETS},
    **{f"target {target}, gradient": _gradient(target=target) for target in TARGETS},
    **{f"weights by {by}": _gradient("ince", sample_by=by) for by in SAMPLE_BY if by != "posterior"},
    "weights by posterior": _given(method="ince", sample_by="posterior", variance=[0.1, 0.3] * (SAMPLES // 2)),
    "target domain with a share": _plan(target="domain", share=0.6, beta=0.1),
    "target relation, joint": _plan("simclr", target="relation"),
    **{
        f"divergence {name}": _gradient("ince", divergence=name, epsilon=0.5)
        for name in DIVERGENCES
        if name != "bce"
    },
    **_COMPOSED,
    "one temperature learnt": _gradient("gca-uot", learnt="one", tol=0),
    "a temperature per row learnt": _gradient("gca-uot", learnt="rows", tol=0),
    "a temperature learnt, joint": _gradient("rince", learnt="one", layout="joint"),
    "limit": _plan(iterations=math.inf, tol=1e-10),
    "limit, gradient": _gradient(iterations=math.inf, tol=1e-10),
    "limit, unbalanced": _gradient("gca-uot", iterations=math.inf, tol=1e-10),
    "limit at a low temperature": _plan(epsilon=0.02, iterations=math.inf, tol=1e-10),
    "limit, joint": _gradient("iot", iterations=math.inf, tol=1e-10),
    "stabilised": _gradient(epsilon=0.002, iterations=60),
    "log": _gradient("gca-uot", epsilon=0.001, lambda1=0.01, lambda2=0.01, iterations=50),
    "a start": _started,
    "a partner, marginals": _given(
        partner=torch.arange(SAMPLES).flip(0),
        mu=masses(SAMPLES, 1, 20.0),
        nu=masses(SAMPLES, 2, 20.0),
    ),
    "a matrix as target": _given(target=torch.eye(SAMPLES, dtype=torch.float64).roll(1, 0), method="ince"),
    "lists": _given(partner=list(range(SAMPLES))[::-1], mu=[1.0] * SAMPLES, target="label", labels=LABELS),
    "a queue": _given(method="ince", queue=views(9, dimensions=6, seed=3)[0]),
    "two sets": _sets,
    "a hard problem": _problem(math.inf, math.inf, iterations=20, tol=0),
    "a problem with an empty row": _problem(0.5, 0.7, iterations=20, tol=0),
    "a problem with a free side": _problem(0.5, 0.0, iterations=20, tol=0),
    "a problem at its limit": _problem(0.5, 0.7, iterations=math.inf, tol=1e-10, trace=False),
    **{f"forces of {method}": _forces(method=method) for method in METHODS},
    "forces at the limit": _forces(iterations=math.inf, tol=1e-10),
    "sweep": _sweep(epsilon=[0.05, 0.2, 1], lambda1=[0, 0.1, math.inf], lambda2=[0, 0.4, math.inf]),
    "sweep to the limit": _sweep(epsilon=[0.03, 0.5], iterations=math.inf, tol=1e-10),
    "sweep towards labels, joint": _sweep(epsilon=[0.1, 0.2], target="label", layout="joint"),
    "constraint square": _sweep(**constraint_square(0.2, points=4)),
    **{f"stream of {method.name}": _stream(method.name) for method in STREAMABLE},
    "stream, joint": _stream(layout="joint"),
    "stream in tiles": _stream(memory=0.06),
    "stream to its limit": _stream(iterations=math.inf, epsilon=0.3),
    "stream at a low temperature": _stream(epsilon=0.004, iterations=30),
    "stream with marginals": _stream("gca-uot", mu=masses(SAMPLES, 1, 20.0), nu=masses(SAMPLES, 2, 20.0)),
}
