"""Embeddings of a batch or of a whole data set as a file that “Bring your own” reads back."""

from __future__ import annotations

import io
from dataclasses import dataclass, replace

import numpy as np

from gca_viz.datasets import Batch, load_dataset
from gca_viz.datasets.embeddings.folder import views_in
from gca_viz.errors import InputError
from gca_viz.experiments.embedding_tiles import EmbeddingStore, embedded_tiles, tiles_of
from gca_viz.experiments.executor import Executor, LocalExecutor
from gca_viz.experiments.plan import engine
from gca_viz.experiments.recipe.recipe import Recipe
from gca_viz.progress import ReportProgress


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

    def parquet(self, *, views: bool = True) -> bytes:
        """A table with a row per sample; z1 and z2 are columns of lists, or are left out."""
        import pyarrow as arrow
        import pyarrow.parquet

        given = {name: values for name, values in vars(self).items() if views or values.ndim == 1}
        columns = {name: list(values) if values.ndim > 1 else values for name, values in given.items()}
        buffer = io.BytesIO()
        arrow.parquet.write_table(arrow.table(columns), buffer)
        return buffer.getvalue()


def of_batch(recipe: Recipe, progress: ReportProgress | None = None) -> EmbeddingFile:
    """Embeddings of the recipe's batch, those that its plans are made of."""
    found = engine.embeddings_of(recipe.inputs, progress=progress)
    return _file(engine.batch_of(recipe.data), found.z1.cpu().numpy(), found.z2.cpu().numpy())


def of_all(
    recipe: Recipe, progress: ReportProgress | None = None, *, executor: Executor | None = None
) -> EmbeddingFile:
    """Embeddings of every image of the recipe's data set, tile by tile; its split and selection play no part.

    Args:
        recipe: names data set, views and encoder.
        progress: called with the share done and what is being done; may raise to cancel.
        executor: who computes the tiles; this process, if it is None.

    Raises:
        InputError: what cannot be embedded.
    """
    report_progress = progress or (lambda share, what: None)
    whole = whole_of(recipe)
    if whole.dataset.embeddings is not None:
        return _file(whole, *whole.dataset.embeddings)
    executor = executor or LocalExecutor()
    tasks = tiles_of(recipe, executor.device)
    found = {done.task: done.outcomes[0] for done in embedded_tiles(tasks, executor, None, report_progress)}
    report_progress(1.0, "Done")
    return _file(whole, *(np.concatenate(view) for view in zip(*(found[task] for task in tasks), strict=True)))


def into_folder(
    recipe: Recipe, store: EmbeddingStore, executor: Executor, report_progress: ReportProgress
) -> EmbeddingFile:
    """The same in a folder: each tile is kept as it comes, and one of them is in memory at a time.

    Returns:
        The embeddings as they lie in the folder, whose rows are read when they are asked for.

    Raises:
        InputError: as :func:`of_all`; a data set of embeddings; a folder that cannot be written.
    """
    whole = whole_of(recipe)
    if whole.dataset.embeddings is not None:
        raise InputError(
            "embeddings, of which there is nothing to embed",
            "--results keeps what an encoder makes of images",
            "Leave it out, or bring images",
            parameter="results",
        )
    tasks = tiles_of(recipe, executor.device)
    for _ in embedded_tiles(tasks, executor, store, report_progress):
        pass
    nothing = np.empty((len(whole), 0), np.float32)
    rows = _file(whole, nothing, nothing)
    store.put_together(tasks, rows.parquet(views=False))
    return replace(rows, **views_in(store.folder))


def whole_of(recipe: Recipe) -> Batch:
    """Every sample of the recipe's data set."""
    dataset = load_dataset(recipe.data.dataset)
    return Batch(dataset, np.arange(len(dataset)))


def _file(batch: Batch, z1: np.ndarray, z2: np.ndarray) -> EmbeddingFile:
    classes, domains = np.array(batch.dataset.class_names), np.array(batch.dataset.domain_names)
    return EmbeddingFile(z1, z2, classes[batch.labels], domains[batch.domains], np.array(batch.names))
