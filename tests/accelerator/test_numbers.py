"""Every door gives the CPU's numbers on an accelerator, and leaves its results there."""

from __future__ import annotations

import pytest
import torch

from tests.accelerator.doors import DOORS, batch

#: what a sweep gives lies on the CPU, as its docstring says
_ON_THE_CPU = ("sweep", "constraint square")
#: where looks at the marginal error are rarer, a search for a limit takes other numbers of steps to get there
_STEPS = ("told", "half_steps")


@pytest.mark.parametrize("name", DOORS)
def test_a_door_gives_the_numbers_of_the_cpu(accelerator, name):
    door, (z1, z2) = DOORS[name], batch()
    expected = door(z1, z2, lambda tensor: tensor)
    with accelerator.running():
        found = door(accelerator.put(z1), accelerator.put(z2), accelerator.put)
        here = {
            key: accelerator.get(value)
            if isinstance(value, torch.Tensor) and not name.startswith(_ON_THE_CPU)
            else value
            for key, value in found.items()
        }
    assert here.keys() == expected.keys()
    for key, value in expected.items():
        if key in _STEPS and "limit" in name:
            continue
        if isinstance(value, torch.Tensor):
            assert torch.allclose(here[key], value, rtol=1e-6, atol=1e-8, equal_nan=True), key
        elif key != "told":
            assert here[key] == pytest.approx(value, rel=1e-6, abs=1e-8, nan_ok=True), key
