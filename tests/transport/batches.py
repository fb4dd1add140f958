"""Random batches, problems and plans, shared by the tests of this folder."""

from __future__ import annotations

from typing import Any

import torch
from hypothesis import strategies as st

from gca_viz.transport import METHODS, Problem

#: methods that ask each row for its partner, and nothing of the samples; the others have tests of their own
PLAIN = tuple(name for name, m in METHODS.items() if m.target == "partner" and m.sample_by == "none")
#: those whose gradient is the derivative of the loss: of hard negatives it is that of constant weights
DIFFERENTIABLE = tuple(name for name in PLAIN if not METHODS[name].weighs_negatives)


def asked(method: str, samples: int, dimensions: int = 5) -> dict[str, Any]:
    """What a method must know of the samples, three classes of unequal sizes, and its prototypes, three, too."""
    known: dict[str, Any] = {need: [(k * k) % 3 for k in range(samples)] for need in METHODS[method].needs}
    if METHODS[method].columns == "prototypes":
        random = torch.Generator().manual_seed(7)
        known["prototypes"] = torch.randn(3, dimensions, generator=random, dtype=torch.float64)
    return known


def views(samples: int, dimensions: int = 5, seed: int = 0, noise: float = 0.6, clusters: int | None = None):
    """Two noisy views of random points, float64; clustered if asked."""
    random = torch.Generator().manual_seed(seed)
    draw = lambda rows: torch.randn(rows, dimensions, generator=random, dtype=torch.float64)  # noqa: E731
    centre = draw(samples)
    if clusters:
        centre = draw(clusters)[torch.arange(samples) % clusters] + 0.3 * centre
    return centre + noise * draw(samples), centre + noise * draw(samples)


def random_cost(rows: int, columns: int, seed: int = 0) -> torch.Tensor:
    """Costs in [0, 2], float64."""
    return 2 * torch.rand(rows, columns, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def masses(length: int, seed: int, total: float) -> torch.Tensor:
    """Positive marginals of a given total, float64."""
    weights = 0.2 + torch.rand(length, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    return weights * (total / weights.sum())


#: temperatures at which a few hundred iterations converge
epsilons = st.floats(0.1, 2.0)
penalties = st.floats(0.01, 5.0)
seeds = st.integers(0, 2**31)


@st.composite
def batches(draw, smallest: int = 2, largest: int = 8):
    """(z1, z2) of 2 … 8 samples, random or clustered."""
    samples, noise = draw(st.integers(smallest, largest)), draw(st.floats(0.1, 2.0))
    return views(samples, seed=draw(seeds), noise=noise, clusters=draw(st.sampled_from([None, 2])))


@st.composite
def problems(draw, lambdas=None, largest: int = 8):
    """Problems of any shape, with unequal marginals and any penalties."""
    rows, columns, seed = draw(st.integers(1, largest)), draw(st.integers(1, largest)), draw(seeds)
    penalty = st.one_of(st.just(0.0), penalties, st.just(float("inf")))
    lambda1, lambda2 = draw(st.tuples(penalty, penalty) if lambdas is None else lambdas)
    total = draw(st.floats(0.5, 10))
    mu, nu = masses(rows, seed, total), masses(columns, seed + 1, total)
    return Problem(random_cost(rows, columns, seed + 2), draw(epsilons), lambda1, lambda2, mu, nu)
