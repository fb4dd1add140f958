"""Embeddings that a training wrote down at a step, in place of a network: of the samples of one data set."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from gca_viz.encoders.checkpoints.load_report import USABLE, LoadReport, Output
from gca_viz.encoders.encoder import Encoder
from gca_viz.encoders.preprocessing import Preprocessing
from gca_viz.errors import InputError


@dataclass(frozen=True, eq=False)
class Recorded:
    """Both views' embeddings of all samples of a data set, as they were at a step of a training.

    Attributes:
        z1, z2: float32 (N, d).
        data: content id of the data set.
        run: what the run is called from which they come.
        files: names of the files that make the data set.
        card: what is recorded beside them.
    """

    z1: np.ndarray = field(repr=False)
    z2: np.ndarray = field(repr=False)
    data: str
    run: str
    files: tuple[str, ...] = ()
    card: Mapping[str, Any] = field(default_factory=dict)

    @property
    def report(self) -> LoadReport:
        """What was understood of them."""
        width = self.z1.shape[1]
        what = f"embeddings of {len(self.z1):,} pairs, {width:,} numbers each"
        return LoadReport(what, USABLE, 0, (), (), {"projector": width, "backbone": None})

    @cached_property
    def digest(self) -> str:
        """Identifies the numbers."""
        content = hashlib.sha256(repr((self.data, self.z1.shape)).encode())
        for z in (self.z1, self.z2):
            content.update(np.ascontiguousarray(z).tobytes())
        return content.hexdigest()[:16]

    def content_id(self, output: Output) -> str:
        """Identifies the embeddings."""
        return f"{self.digest}-recorded-{output}"

    def prepared(self, given: Preprocessing) -> Recorded:
        """The same: of what is written down, nothing is prepared."""
        return self

    def encoder(self, name: str, output: Output, device: str) -> Encoder:
        """There is none; raises :class:`InputError`."""
        raise InputError(
            f"other samples than those of the run {self.run}",
            "what a training wrote down are the embeddings of its own probe, and no network that embeds others",
            "Choose the data set of that run, or bring checkpoints",
            parameter="encoder",
        )
