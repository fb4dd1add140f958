"""Encoders that users of this process brought, each under a name that nobody can guess."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from gca_viz.brought import Brought
from gca_viz.encoders.model import Model, read_model
from gca_viz.encoders.report import LoadReport


@dataclass(frozen=True)
class _Own:
    title: str
    model: Model


_OWN: Brought[_Own] = Brought("encoder", "encoder")


def register(
    path: Path,
    title: str,
    *,
    mean: tuple[float, ...] | None = None,
    std: tuple[float, ...] | None = None,
    input_size: int | None = None,
) -> str:
    """Read a checkpoint once and keep it in memory; returns the name that ``load_encoder`` knows it by.

    Args:
        path: file with the weights; it may go as soon as this returns.
        title: what it is called on the screen.
        mean, std: per-channel normalisation, where it is not what the file records or what is assumed.
        input_size: height and width in pixels to which images are resized, likewise.

    Raises:
        InputError: a file that cannot be read safely or is of another architecture; impossible preprocessing.
    """
    model = read_model(Path(path)).prepared(mean=mean, std=std, input_size=input_size)
    return _OWN.keep(_Own(title, model))


def forget(name: str) -> None:
    """Let go of an encoder; a name that is not there is no error."""
    _OWN.forget(name)


def title_of(name: str) -> str:
    """What an encoder is called on the screen; raises :class:`InputError` where it is not there."""
    return _OWN.find(name).title


def report_of(name: str) -> LoadReport:
    """What was understood of an encoder's file; raises :class:`InputError` where it is not there."""
    return _OWN.find(name).model.report


def model_of(name: str) -> Model:
    """The encoder itself; raises :class:`InputError` where it is not there."""
    return _OWN.find(name).model
