"""Embeddings of a batch or of a whole data set as a file that “Bring your own” reads back."""

from __future__ import annotations

import io
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gca_viz.datasets import Batch, load_dataset
from gca_viz.device import best_device
from gca_viz.embedding.embedding import embed, embed_views
from gca_viz.encoders import load_encoder
from gca_viz.experiments.plan import engine
from gca_viz.experiments.recipe.recipe import Recipe
from gca_viz.experiments.recipe.several_views import check_many_views
from gca_viz.progress import ReportProgress
from gca_viz.views import ViewMaker, make_views

#: images whose views are in memory at a time
TILE = 512


@dataclass(frozen=True, eq=False)
class EmbeddingFile:
    """Two views' embeddings and what their samples are.

    Attributes:
        z1, z2: float32 (N, d), before row normalisation.
        labels, domains, names: (N,) text; the domain is that of view 1.
    """

    z1: np.ndarray
    z2: np.ndarray
    labels: np.ndarray
    domains: np.ndarray
    names: np.ndarray

    def npz(self) -> bytes:
        """Arrays of NumPy."""
        buffer = io.BytesIO()
        np.savez_compressed(buffer, **vars(self))
        return buffer.getvalue()

    def parquet(self) -> bytes:
        """A table with a row per sample; z1 and z2 are columns of lists."""
        import pyarrow as arrow
        import pyarrow.parquet

        columns = {name: list(values) if values.ndim > 1 else values for name, values in vars(self).items()}
        buffer = io.BytesIO()
        arrow.parquet.write_table(arrow.table(columns), buffer)
        return buffer.getvalue()


def of_batch(recipe: Recipe, progress: ReportProgress | None = None) -> EmbeddingFile:
    """Embeddings of the recipe's batch, those that its plans are made of."""
    found = engine.embeddings_of(recipe.inputs, progress=progress)
    return _file(engine.batch_of(recipe.data), found.z1.cpu().numpy(), found.z2.cpu().numpy())


def of_all(recipe: Recipe, progress: ReportProgress | None = None) -> EmbeddingFile:
    """Embeddings of every image of the recipe's data set, tile by tile; its split and selection play no part.

    Each tile draws its views with a seed of its own, counted from the recipe's.
    """
    report_progress = progress or (lambda share, what: None)
    dataset, views, device = load_dataset(recipe.data.dataset), recipe.views, best_device().name
    whole = Batch(dataset, np.arange(len(dataset)))
    if whole.embeddings is not None:
        return _file(whole, *whole.embeddings)
    check_many_views(views, given=False)
    network, parts = load_encoder(recipe.encoder.name, output=recipe.encoder.output, device=device), []
    for number, start in enumerate(range(0, len(dataset), TILE)):
        batch = Batch(dataset, whole.indices[start : start + TILE])

        def tell(share: float, start: int = start, size: int = len(batch)) -> None:
            done = start + share * size
            report_progress(done / len(dataset), f"{done:,.0f} of {len(dataset):,} images")

        own = replace(views, seed=(views.seed + number) % 2**31)
        settings: dict[str, Any] = {"strength": own.strength, "seed": own.seed}
        settings["partner_domains"] = own.partner_domains
        if own == own.pair:
            found = embed(make_views(batch, own.preset, **settings, device=device), network, progress=tell)
        else:
            made = ViewMaker.of(batch, own.preset, **settings, device=device)
            found = embed_views(made, network, own.count, own.reduce, progress=tell)
        parts.append((found.z1.cpu().numpy(), found.z2.cpu().numpy()))
    return _file(whole, *(np.concatenate(view) for view in zip(*parts, strict=True)))


def _file(batch: Batch, z1: np.ndarray, z2: np.ndarray) -> EmbeddingFile:
    classes, domains = np.array(batch.dataset.class_names), np.array(batch.dataset.domain_names)
    return EmbeddingFile(z1, z2, classes[batch.labels], domains[batch.domains], np.array(batch.names))
