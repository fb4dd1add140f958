"""Encoder × views → embeddings of both views."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor

from gca_viz.embedding.shipped import encode
from gca_viz.encoders import Encoder
from gca_viz.errors import enough_memory
from gca_viz.parallel import side_by_side
from gca_viz.progress import ReportShare
from gca_viz.views import Views


@dataclass(frozen=True)
class Embeddings:
    """Embeddings of the two views of a batch, before row normalisation.

    Attributes:
        z1, z2: float32, N × d, on the encoder's device; rows of equal number are partners.
    """

    z1: Tensor
    z2: Tensor


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
