"""Random numbers of a run: each use has a stream of its own, so that a run can go on anywhere."""

from __future__ import annotations

import numpy as np
import torch

#: what a stream is for: behind the epoch, or behind epoch and step
ORDER, PARTNER, WRONG, FIRST, SECOND, DRAWN, CLIENT, KEPT, FURTHER = range(9)


def stream(seed: int, *what: int) -> torch.Generator:
    """Random numbers that depend on the seed and on what they are for, and on nothing before."""
    state = np.random.SeedSequence([seed, *what]).generate_state(2, np.uint32)
    return torch.Generator().manual_seed(int(state[0]) << 32 | int(state[1]))
