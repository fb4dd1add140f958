"""What a streamed plan tells, as numbers to compare."""

from __future__ import annotations

import torch

from gca_viz.transport.streaming.parameters import STREAMABLE
from tests.transport.batches import masses, views

SIZE = 45
Z1, Z2 = (z.float() for z in views(SIZE, 5, seed=5))
PARTNER = torch.randperm(SIZE, generator=torch.Generator().manual_seed(1))
LABELS = [f"class {i % 7}" for i in range(SIZE)]
DOMAINS = [[f"{i % 3}" for i in range(SIZE)], [f"{i % 2}" for i in range(SIZE)]]


def numbers(plan) -> dict[str, torch.Tensor]:
    """Every number of a plan but how it was computed."""
    found = {name: value for name, value in vars(plan).items() if isinstance(value, torch.Tensor)}
    found |= {f"partners {name}": value for name, value in plan.partners._asdict().items()}
    told = plan.diagnostics
    errors = told.row_marginal_error, told.column_marginal_error
    return found | {"steps": torch.tensor([told.half_steps, told.passes]), "errors": torch.tensor(errors)}


def assert_same_bits(plan, other):
    first, second = numbers(plan), numbers(other)
    assert first.keys() == second.keys() and plan.stop_reason == other.stop_reason
    for name, value in first.items():
        assert torch.equal(value, second[name]), name


def assert_near(plan, other, bound=1e-5):
    """Each number within a share of max(1, |x|); passes may differ, as sums of blocks stay in range elsewhere."""
    first, second = numbers(plan), numbers(other)
    assert first.keys() == second.keys() and plan.stop_reason == other.stop_reason
    for name, value in first.items():
        torch.testing.assert_close(value.double(), second[name].double(), atol=bound, rtol=bound, msg=name)


def settings(method: str, layout: str, kind: str) -> dict:
    """What is given to a method: plain, or with zeros in the marginals and, if cross, a temperature per row."""
    given = {"layout": layout, "partner": PARTNER, "labels": LABELS, "domains": DOMAINS, "iterations": 5}
    if kind == "plain":
        return given | {"epsilon": 0.2}
    mu, nu = masses(SIZE, 2, SIZE), masses(SIZE, 3, SIZE)
    mu[[0, 20]] = nu[[0, 1, 44]] = 0
    given |= {"mu": mu * (SIZE / mu.sum())}
    if layout == "cross":
        given |= {"nu": nu * (SIZE / nu.sum()), "epsilon": 0.1 + masses(SIZE, 4, 5.0)}
    return given


#: method and layout of all that is streamed
STREAMED = [(method.name, layout) for method in STREAMABLE for layout in method.layouts]
