"""A network that was read, with its report, before it is asked for one of its outputs."""

from __future__ import annotations

import copy
import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from torch import nn

from gca_viz.encoders.encoder import Encoder
from gca_viz.encoders.load_report import LoadReport, Output
from gca_viz.errors import InputError

_LARGEST_INPUT = 1024


@dataclass(frozen=True)
class Model:
    """A network that was read, before it is asked for one of its outputs.

    Attributes:
        network: in evaluation mode; shared, so nobody may change it.
        report: what was understood of its file.
        digest: identifies the file.
        card: what is recorded beside it.
    """

    network: nn.Module = field(repr=False)
    report: LoadReport
    digest: str
    card: dict = field(default_factory=dict, repr=False)

    def prepared(
        self,
        *,
        mean: Sequence[float] | None = None,
        std: Sequence[float] | None = None,
        input_size: int | None = None,
    ) -> Model:
        """The same with the preprocessing that is given; raises :class:`InputError` where that is impossible."""
        check_preprocessing(mean, std, input_size)
        report = self.report
        if mean is not None and std is not None:
            given = {"mean": tuple(map(float, mean)), "std": tuple(map(float, std))}
            report = replace(report, **given, normalisation_from="given")
        if input_size is not None:
            report = replace(report, input_size=input_size, size_from="given")
        return replace(self, report=report)

    def content_id(self, output: Output) -> str:
        """Identifies the embeddings: weights, preprocessing, what was assumed of the forward pass, and output."""
        report = self.report
        settings = repr((report.input_size, report.mean, report.std, *report.answers))
        return f"{self.digest}-{hashlib.sha256(settings.encode()).hexdigest()[:8]}-{output}"

    def encoder(self, name: str, output: Output, device: str) -> Encoder:
        """An encoder with a copy of the network; raises :class:`InputError` where there is no such output."""
        if output not in self.report.outputs:
            raise InputError(
                f"output = {output!r} of {name}",
                "its checkpoint holds no projector that can be rebuilt, only the backbone",
                "Use output='backbone'",
                parameter="output",
            )
        return Encoder(
            name=name,
            network=copy.deepcopy(self.network).to(device),  # a caller may move or train its own copy
            output=output,
            input_size=self.report.input_size,
            mean=self.report.mean,
            std=self.report.std,
            content_id=self.content_id(output),
            device=device,
            card=self.card,
            report=self.report,
        )


def check_preprocessing(mean: Sequence[float] | None, std: Sequence[float] | None, input_size: int | None) -> None:
    """Raise :class:`InputError` where given preprocessing is impossible; None stands for what is not given."""
    if (mean is None) != (std is None):
        raise InputError(
            f"{'std' if mean is None else 'mean'} alone",
            "mean and std belong together",
            "Give both, or none",
            parameter="mean" if mean is None else "std",
        )
    for name, values in (("mean", mean), ("std", std)):
        if values is not None and not (
            len(values) == 3 and all(math.isfinite(value) and (value > 0 or name == "mean") for value in values)
        ):
            raise InputError(
                f"{name} = {values!r}",
                f"{name} is three finite numbers{', all above 0' if name == 'std' else ''}",
                "Give one for red, green and blue each, for images in [0, 1]",
                parameter=name,
            )
    if input_size is not None and not (isinstance(input_size, int) and 1 <= input_size <= _LARGEST_INPUT):
        raise InputError(
            f"input_size = {input_size!r}",
            f"images are resized to 1 … {_LARGEST_INPUT} pixels",
            "Use the size that the encoder was trained with, e.g. 32 or 224",
            parameter="input_size",
        )
