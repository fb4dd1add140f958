"""Encoder × views → embeddings of both views."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from gca_viz.embedding.reduce import reduce_views
from gca_viz.embedding.shipped import encode
from gca_viz.encoders import Encoder
from gca_viz.errors import enough_memory
from gca_viz.parallel import side_by_side
from gca_viz.progress import ReportShare
from gca_viz.views import ViewMaker, Views


@dataclass(frozen=True)
class Embeddings:
    """Embeddings of the two views of a batch, before row normalisation.

    Attributes:
        z1, z2: float32, N × d, on the encoder's device; rows of equal number are partners.
        views_variance: (N,) how far the views of each sample lie apart where there are more than these two, see
            :attr:`variance`.
        shown: int64 (2, N), which of several views stand for rows and columns; None for the first and the second.
    """

    z1: Tensor
    z2: Tensor
    views_variance: Tensor | None = None
    shown: Tensor | None = None

    @property
    def variance(self) -> Tensor:
        """(N,) σ² of each sample: 1 − ‖mean of its unit views‖², of a pair half its cost; at least 1e-4."""
        if self.views_variance is not None:
            return self.views_variance
        return reduce_views(torch.stack([self.z1, self.z2])).variance


def embed_views(
    made: ViewMaker, encoder: Encoder, count: int, how: str, *, progress: ReportShare | None = None
) -> Embeddings:
    """Embed several views one after the other, and reduce them to two embeddings of each sample.

    Args:
        made: makes the views.
        encoder: embeds them.
        count, how: of :func:`gca_viz.embedding.reduce.reduce_views`.
        progress: called with the share done; may raise to cancel.
    """
    report_progress, z = progress or (lambda share: None), []
    for number in range(count):
        report_progress(number / count)
        z.append(encode(encoder, made.view(number)).to(encoder.device))
    found = reduce_views(torch.stack(z), how, two_kinds=made.two_kinds)
    return Embeddings(found.z1, found.z2, found.variance, found.shown)


def embed(views: Views, encoder: Encoder, *, progress: Callable[[float], None] | None = None) -> Embeddings:
    """Embed both views; of images whose embeddings ship, these are taken (see ``shipped.py``).

    Args:
        views: what :func:`gca_viz.views.make_views` returned.
        encoder: what :func:`gca_viz.encoders.load_encoder` returned.
        progress: called with the share done, over both views; may raise to cancel.

    Raises:
        InputError: a view of texts, and an encoder that reads none.
    """

    def second(report_progress: ReportShare) -> Tensor:
        if views.texts:
            return encoder.encode_texts(views.texts, progress=report_progress)
        return encode(encoder, views.second, progress=report_progress)

    count = len(views.first)
    with enough_memory(
        f"{count:,} images, for whose embeddings the memory did not suffice",
        "both views of a batch, and what an encoder makes of some of them on the way, are held at once",
        "Use a smaller batch, or a smaller encoder",
        parameter="size",
    ):
        z1, z2 = side_by_side(
            lambda report_progress: encode(encoder, views.first, progress=report_progress),
            second,
            device=encoder.device,
            progress=progress,
        )
    return Embeddings(z1.to(encoder.device), z2.to(encoder.device))
