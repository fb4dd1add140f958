"""What columns a recipe's plan has beside view 2, or in its place: a queue of further images, or prototypes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from gca_viz.datasets import others
from gca_viz.encoders import load_encoder
from gca_viz.errors import InputError
from gca_viz.experiments.caching.cache import cached
from gca_viz.experiments.plan.embeddings import batch_of, domains_of, embeddings_of, key_of, second_of
from gca_viz.experiments.recipe.method import OF_FILE, QUEUE
from gca_viz.experiments.recipe.recipe import DataRecipe, Inputs, MethodRecipe
from gca_viz.geometry.centres import centres_of

if TYPE_CHECKING:
    from torch import Tensor

#: of a plan with a file's prototypes: 256 rows of as many as DINO has, or as a long queue beside a large batch
MOST_CELLS = 2**24


@cached(key=lambda inputs, length: (inputs.data, inputs.views.pair, length))
def queue_of(inputs: Inputs, length: int) -> DataRecipe:
    """Images beside the batch, drawn at random with its seed from where it is drawn; none of its own among them.

    The usual length means as many as that, or all that there are.

    Raises:
        InputError: fewer are there than were asked for, or none.
    """
    data, batch = inputs.data, batch_of(inputs.data)
    left = others(batch.dataset, data.selection, taken_by(inputs))
    if length > len(left) and (length != QUEUE.default or not len(left)):
        raise InputError(
            f"a queue of {length} images",
            f"{len(left)} images are there beside the batch with these classes, domains and split",
            f"Use a queue of {len(left)} or fewer, or allow more" if len(left) else "Use a smaller batch",
            parameter="queue",
        )
    return replace(data, mode="chosen", indices=tuple(left[:length].tolist()), classes=(), domains=())


def taken_by(inputs: Inputs) -> np.ndarray:
    """The images that a batch shows in either view, which no queue holds."""
    found: np.ndarray = np.union1d(batch_of(inputs.data).indices, second_of(inputs.data, inputs.views))
    return found


def queue_beside(inputs: Inputs, method: MethodRecipe) -> DataRecipe | None:
    """The images of the queue beside a plan; None where there is none."""
    return queue_of(inputs, method.queue) if method.columns_are == "queue" else None


def prototypes_of(inputs: Inputs, method: MethodRecipe) -> Tensor:
    """(K, d) prototypes: centres of both views of the batch, or those that the encoder's file brings.

    Raises:
        InputError: more centres than embeddings; a file without prototypes, with those of another output, or with
            more than a plan of this batch has cells for.
    """
    if method.prototypes_from == OF_FILE:
        return _prototypes_of_file(inputs)
    return _centres_of(inputs, method.prototypes)


@cached(key=key_of)
def _centres_of(inputs: Inputs, count: int) -> Tensor:
    both = embeddings_of(inputs)
    return centres_of(both.z1, both.z2, count)


@cached(key=key_of)
def _prototypes_of_file(inputs: Inputs) -> Tensor:
    batch, encoder = batch_of(inputs.data), inputs.encoder
    if batch.embeddings is not None:
        raise InputError(
            "prototypes of an encoder’s file beside embeddings that were given",
            "no encoder runs here",
            "Use prototypes_from=centres",
            parameter="prototypes_from",
        )
    rows = load_encoder(encoder.name, output=encoder.output).prototypes
    most = MOST_CELLS // len(batch)
    if len(rows) > most:
        raise InputError(
            f"{len(rows):,} prototypes of the encoder’s file for a batch of {len(batch):,}",
            f"a plan here has at most {MOST_CELLS:,} cells",
            f"Use a batch of {MOST_CELLS // len(rows):,} or fewer"
            if len(rows) <= MOST_CELLS
            else "Use prototypes_from=centres",
            parameter="prototypes_from",
        )
    return rows.to(embeddings_of(inputs).z2)


def columns_of(inputs: Inputs, method: MethodRecipe) -> Mapping[str, Any]:
    """Embeddings of the columns, as :func:`gca_viz.align` takes them; nothing where they are view 2 alone."""
    if (queue := queue_beside(inputs, method)) is not None:
        return {"queue": embeddings_of(replace(inputs, data=queue)).z2}
    if method.columns_are == "prototypes":
        return {"prototypes": prototypes_of(inputs, method)}
    return {}


def labels_of(inputs: Inputs, method: MethodRecipe) -> np.ndarray:
    """(N,) class of each sample, (N + Q,) with those of a queue."""
    batches = [inputs.data, *filter(None, [queue_beside(inputs, method)])]
    return np.concatenate([batch_of(data).labels for data in batches])


def domains_in(inputs: Inputs, method: MethodRecipe) -> np.ndarray:
    """(2, N) domain of each sample in each view, (2, N + Q) with those of a queue."""
    batches = [inputs.data, *filter(None, [queue_beside(inputs, method)])]
    return np.concatenate([domains_of(data, inputs.views) for data in batches], 1)
