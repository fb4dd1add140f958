"""What ``PlanMonitor`` costs a training step: ``python -m benchmarks.monitor``.

A ResNet-8 of this project trains with InfoNCE at two views of 256 images of 32 px, on one thread; the probe is 256
samples. Timed apart, in one process: a step, a look (with embedding the probe; writing is left to its own thread),
a look at embeddings that are given, and a call that is not due.
"""

from __future__ import annotations

import statistics
import tempfile
import time
import warnings
from collections.abc import Callable

import torch
from torch.nn import functional as F

import gca_viz
from gca_viz.encoders import SmallResNet

N, EVERY, STEPS, LOOKS = 256, 50, 12, 12


def seconds(work: Callable[[], object], times: int) -> list[float]:
    """How long each of some calls took, the first two left out."""
    found = []
    for _ in range(times + 2):
        started = time.perf_counter()
        work()
        found.append(time.perf_counter() - started)
    return found[2:]


def main() -> None:
    """Print the table."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    warnings.simplefilter("ignore")  # alarms of a network that is hardly trained
    encoder = SmallResNet()
    optimizer = torch.optim.AdamW(encoder.parameters(), 2e-3)
    first, second = torch.rand(2, N, 3, 32, 32)

    def step() -> None:
        z1, z2 = F.normalize(encoder(first)), F.normalize(encoder(second))
        optimizer.zero_grad()
        F.cross_entropy(z1 @ z2.T / 0.1, torch.arange(N)).backward()
        optimizer.step()

    steps = seconds(step, STEPS)
    with tempfile.TemporaryDirectory() as folder:
        monitor = gca_viz.PlanMonitor((first, second, torch.arange(N) % 10), to=f"{folder}/a", epsilon=0.1)
        given = gca_viz.PlanMonitor(None, to=f"{folder}/b", epsilon=0.1)
        with torch.no_grad():
            z1, z2 = encoder(first), encoder(second)
        at = iter(range(0, 10**6, EVERY))
        rows = {
            "a look with the encoder": seconds(lambda: monitor(next(at), encoder), LOOKS),
            "a look at embeddings that are given": seconds(lambda: given(next(at), z1, z2), LOOKS),
            "a call that is not due": seconds(lambda: monitor(1, encoder), LOOKS),
        }
        monitor.close()
        given.close()
    own = statistics.median(steps)
    print(f"a step (two views of {N} images, forward and backward): {1e3 * own:.1f} ms")
    for what, found in rows.items():
        cost = statistics.median(found)
        shared = "" if "not due" in what else f", {100 * cost / EVERY / own:.2f} % of a step at every={EVERY}"
        print(f"{what}: {1e3 * cost:.3g} ms{shared}")


if __name__ == "__main__":
    main()
