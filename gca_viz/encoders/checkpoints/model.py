"""What was read of a checkpoint: a network with its report, before it is asked for one of its outputs."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from gca_viz.encoders.checkpoints.load_report import LoadReport, Output
from gca_viz.encoders.checkpoints.prototypes import Prototypes
from gca_viz.encoders.network import Network
from gca_viz.encoders.preprocessing import Preprocessing

#: what is recorded of a checkpoint, as JSON has it
Card = Mapping[str, Any]


@dataclass(frozen=True)
class Model:
    """A network that was read, before it is asked for one of its outputs.

    Attributes:
        network: in evaluation mode; shared, so nobody may change it.
        report: what was understood of its file.
        digest: identifies the file.
        card: what is recorded beside it.
        prototypes: those that it brings, or None.
    """

    network: Network = field(repr=False)
    report: LoadReport
    digest: str
    card: Card = field(default_factory=dict, repr=False)
    prototypes: Prototypes | None = None

    def prepared(self, given: Preprocessing) -> Model:
        """The same with the preprocessing that is given."""
        report = self.report
        if given.mean is not None and given.std is not None:
            report = replace(report, mean=given.mean, std=given.std, normalisation_from="given")
        if given.input_size is not None:
            report = replace(report, input_size=given.input_size, size_from="given")
        return replace(self, report=report)

    def content_id(self, output: Output) -> str:
        """Identifies the embeddings: weights, preprocessing, what was assumed of the forward pass, and output."""
        report = self.report
        settings = repr((report.input_size, report.mean, report.std, *report.answers))
        return f"{self.digest}-{hashlib.sha256(settings.encode()).hexdigest()[:8]}-{output}"
