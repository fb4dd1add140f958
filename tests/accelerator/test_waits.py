"""How often the host waits for an accelerator: each wait lets it idle, and the next operations come late."""

from __future__ import annotations

import math
from collections import Counter

import pytest

from gca_viz.transport import align, align_streamed, sweep
from tests.transport.batches import views

SAMPLES = 40
LABELS = [k % 4 for k in range(SAMPLES)]


def loss_and_gradient(z1, z2):
    align(z1.requires_grad_(), z2, trace=False).loss.backward()


#: what is done → how often the host waits at most
WAITS = {
    "ten iterations": (lambda z1, z2: align(z1, z2), 4),
    "ten iterations, no trace": (lambda z1, z2: align(z1, z2, trace=False).matrix, 4),
    "a loss and its gradient": (loss_and_gradient, 4),
    "one row step": (lambda z1, z2: align(z1, z2, "ince").loss, 4),
    "two half plans": (lambda z1, z2: align(z1, z2, "clip").loss, 8),
    "no constraint": (lambda z1, z2: align(z1, z2, "byol").loss, 5),
    "unbalanced": (lambda z1, z2: align(z1, z2, "gca-uot").loss, 4),
    "labels": (lambda z1, z2: align(z1, z2, "ince", target="label", labels=LABELS).loss, 5),
    "a hundred iterations": (lambda z1, z2: align(z1, z2, iterations=100, tol=0), 4 + 100 // 8),
    "marginals": (lambda z1, z2: align(z1, z2, mu=[1.0] * SAMPLES, nu=[1.0] * SAMPLES), 16),
    "a limit by plain steps": (lambda z1, z2: align(z1, z2, epsilon=1.0, iterations=math.inf), 4),
    "a limit by Newton steps": (lambda z1, z2: align(z1, z2, epsilon=0.05, iterations=math.inf, tol=1e-9), 17),
    "a limit at a low temperature": (
        lambda z1, z2: align(z1, z2, epsilon=0.002, iterations=math.inf, tol=1e-9),
        151,
    ),
    "a low temperature": (lambda z1, z2: align(z1, z2, epsilon=0.002, iterations=100, tol=0), 45),
    "a stream of ten iterations": (lambda z1, z2: align_streamed(z1, z2, tol=0), 48),
    "nine plans": (lambda z1, z2: sweep(z1, z2, epsilon=[0.1, 0.2, 0.5], lambda1=[0.1, 1, math.inf]), 14),
}


@pytest.mark.parametrize("name", WAITS)
def test_the_host_waits_for_an_accelerator_no_more_often_than_it_says(accelerator, name):
    work, most = WAITS[name]
    z1, z2 = views(SAMPLES, dimensions=16, clusters=4)
    with accelerator.running() as waits:
        work(accelerator.put(z1), accelerator.put(z2))
        seen = list(waits)
    seen = seen or list(waits)  # a GPU tells at the end
    assert 0 < len(seen) <= most, Counter(seen).most_common()


@pytest.mark.parametrize("epsilon", [0.2, 0.1, 0.05, 0.03, 0.02, 0.01])
@pytest.mark.parametrize("samples", [SAMPLES, 4 * SAMPLES])
def test_on_the_way_to_a_limit_the_host_waits_once_for_sixteen_half_steps(accelerator, samples, epsilon):
    """Five times for the plan itself: its cost's ends, whether it is symmetric, the last step and its range."""
    z1, z2 = views(samples, dimensions=16, clusters=4)
    with accelerator.running() as waits:
        given = accelerator.put(z1), accelerator.put(z2)
        plan = align(*given, epsilon=epsilon, iterations=math.inf, tol=1e-6, trace=False)
        seen = list(waits)
    seen = seen or list(waits)
    assert plan.converged and plan.diagnostics.regime in ("newton", "scaling")
    assert len(seen) <= 5 + plan.diagnostics.passes / 16, (plan.diagnostics, Counter(seen).most_common())
