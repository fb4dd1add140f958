"""Preprocessing of images that a caller asks for, held to what is possible where it enters."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from gca_viz.errors import InputError

_LARGEST_INPUT = 1024


class Preprocessing(NamedTuple):
    """What is given in place of what a file records or what is assumed; None stands for what is not given.

    Attributes:
        mean, std: per-channel normalisation of images in [0, 1], three numbers each; both or none.
        input_size: height and width in pixels to which images are resized.
    """

    mean: tuple[float, ...] | None = None
    std: tuple[float, ...] | None = None
    input_size: int | None = None

    @classmethod
    def of(
        cls,
        mean: Sequence[float] | None = None,
        std: Sequence[float] | None = None,
        input_size: int | None = None,
    ) -> Preprocessing:
        """From what a caller gives.

        Raises:
            InputError: one of mean and std alone, or one that is impossible.
        """
        if (mean is None) != (std is None):
            raise InputError(
                f"{'std' if mean is None else 'mean'} alone",
                "mean and std belong together",
                "Give both, or none",
                parameter="mean" if mean is None else "std",
            )
        if input_size is not None:
            check_size(input_size)
        return cls(_channels("mean", mean), _channels("std", std), input_size)


def check_size(side: float) -> None:
    """Raise :class:`InputError` where images are resized to so many pixels, or to no whole number of them."""
    if not (isinstance(side, int) and 1 <= side <= _LARGEST_INPUT):
        raise InputError(
            f"input_size = {side!r}",
            f"images are resized to 1 … {_LARGEST_INPUT} pixels",
            "Use the size that the encoder was trained with, e.g. 32 or 224",
            parameter="input_size",
        )


def _channels(name: str, values: Sequence[float] | None) -> tuple[float, ...] | None:
    if values is None:
        return None
    if len(values) == 3 and all(math.isfinite(value) and (value > 0 or name == "mean") for value in values):
        return tuple(map(float, values))
    raise InputError(
        f"{name} = {values!r}",
        f"{name} is three finite numbers{', all above 0' if name == 'std' else ''}",
        "Give one for red, green and blue each, for images in [0, 1]",
        parameter=name,
    )
