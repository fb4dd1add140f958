"""A network runs, and everything is as before: modes, buffers, random numbers, what autocast remembers."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import nn

from gca_viz.errors import InputError


@contextmanager
def undisturbed(encoder: Any) -> Iterator[None]:
    """Run a network in evaluation mode without gradients, and leave no trace of it in a training.

    What could be left are statistics of batch norms and other buffers, the mode of every module, the states of all
    random number generators, and weights that autocast has cast without their gradients and would use again.

    Args:
        encoder: a module, or whatever else embeds.
    """
    modules = list(encoder.modules()) if isinstance(encoder, nn.Module) else []
    # Not by eval() and train(), which some models have given effects of their own.
    modes = [module.training for module in modules]
    buffers = [
        (module, name, tensor, tensor._version, tensor.detach().clone())
        for module in modules
        for name, tensor in module._buffers.items()
        if tensor is not None and not tensor.is_inference()
    ]
    cards = {
        tensor.device.index for module in modules for tensor in module.parameters(recurse=False) if tensor.is_cuda
    }
    numbers, of_numpy, caches = random.getstate(), np.random.get_state(), torch.is_autocast_cache_enabled()
    try:
        with (
            torch.random.fork_rng(sorted(cards)),
            torch.no_grad(),
            # Shapes of the probe are seen now and then: trying algorithms for them would take longer than it saves.
            torch.backends.cudnn.flags(
                enabled=torch.backends.cudnn.enabled,
                benchmark=False,
                deterministic=torch.backends.cudnn.deterministic,
                allow_tf32=torch.backends.cudnn.allow_tf32,
            ),
        ):
            torch.set_autocast_cache_enabled(False)
            for module in modules:
                module.training = False
            yield
    finally:
        torch.set_autocast_cache_enabled(caches)
        random.setstate(numbers)
        np.random.set_state(of_numpy)
        for module, mode in zip(modules, modes, strict=True):
            module.training = mode
        with torch.no_grad():
            for module, name, tensor, version, before in buffers:
                module._buffers[name] = tensor
                if tensor._version != version:
                    tensor.copy_(before)


def bare(encoder: Any) -> Any:
    """A network without what several devices and compilers wrap it in, for one process alone is looking.

    Raises:
        InputError: its weights are spread over several processes, so that one alone cannot run it.
    """
    while True:
        if any(kind.__name__ in ("FullyShardedDataParallel", "FSDPModule") for kind in type(encoder).__mro__):
            raise InputError(
                "an encoder whose weights are sharded (FSDP)",
                "the probe is embedded by the first process alone, which does not have them",
                "Embed the probe in all processes, and give the two embeddings",
                parameter="encoder",
            )
        if isinstance(encoder, nn.parallel.DistributedDataParallel | nn.DataParallel):
            encoder = encoder.module
        elif isinstance(encoder, nn.Module) and "_orig_mod" in encoder._modules:  # of torch.compile
            encoder = encoder._orig_mod
        else:
            return encoder
