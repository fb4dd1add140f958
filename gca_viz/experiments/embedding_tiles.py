"""Every image of a data set, embedded tile by tile: tasks, and a folder that keeps what is done."""

from __future__ import annotations

import json
import os
import zipfile
import zlib
from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import IO, Any

import numpy as np

from gca_viz.datasets import Batch, load_dataset
from gca_viz.datasets.embeddings.folder import ROWS, VIEWS
from gca_viz.device import best_device
from gca_viz.embedding.embedding import embed, embed_views
from gca_viz.encoders import encoder_id, load_encoder
from gca_viz.experiments.executor import Executor
from gca_viz.experiments.recipe.recipe import Recipe
from gca_viz.experiments.recipe.several_views import check_many_views
from gca_viz.experiments.results import ResultStore, completed
from gca_viz.experiments.tasks import Done, Task, program_id
from gca_viz.files import atomic
from gca_viz.files.strict_json import strict_json
from gca_viz.progress import ReportProgress
from gca_viz.views import ViewMaker, make_views

#: images whose views are in memory at a time
TILE = 512
#: what tells that all parts were put together
INDEX = "index.json"


def tiles_of(recipe: Recipe, device: str) -> list[Task]:
    """The tasks that embed every image of the recipe's data set; its split, selection and method play no part.

    Args:
        recipe: names data set, views and encoder.
        device: the kind of device that computes.

    Raises:
        InputError: views that cannot be had of these images.
    """
    check_many_views(recipe.views, given=False)
    recipe = only_inputs(recipe)
    dataset = load_dataset(recipe.data.dataset)
    encoder = recipe.encoder
    content = (dataset.content_id, encoder_id(encoder.name, encoder.output), program_id(), device)
    function, text, size = f"{__name__}:{embed_tile.__name__}", recipe.to_json(), len(dataset)
    return [
        Task(
            function,
            text,
            ((("number", number), ("start", start), ("end", min(start + TILE, size))),),
            VIEWS,
            content,
        )
        for number, start in enumerate(range(0, size, TILE))
    ]


def only_inputs(recipe: Recipe) -> Recipe:
    """The recipe without what decides nothing here."""
    usual = Recipe()
    return replace(
        usual,
        data=replace(usual.data, dataset=recipe.data.dataset),
        views=recipe.views,
        encoder=recipe.encoder,
    )


def embed_tile(task: Task, report_progress: ReportProgress) -> list[tuple[np.ndarray, np.ndarray]]:
    """Both views' embeddings of the images of a task of :func:`tiles_of`, float32 (n, d) each.

    A tile draws its views with a seed of its own, counted from the recipe's.
    """
    recipe, place = _read(task.recipe), dict(task.places[0])
    batch = Batch(load_dataset(recipe.data.dataset), np.arange(place["start"], place["end"]))
    views, device, words = recipe.views, best_device().name, f"{len(batch):,} images from no. {place['start']:,} on"
    network = load_encoder(recipe.encoder.name, output=recipe.encoder.output, device=device)
    own = replace(views, seed=(views.seed + place["number"]) % 2**31)
    settings: dict[str, Any] = {"strength": own.strength, "seed": own.seed}
    settings["partner_domains"] = own.partner_domains

    def tell(share: float) -> None:
        report_progress(share, words)

    if own == own.pair:
        found = embed(make_views(batch, own.preset, **settings, device=device), network, progress=tell)
    else:
        made = ViewMaker.of(batch, own.preset, **settings, device=device)
        found = embed_views(made, network, own.count, own.reduce, progress=tell)
    return [(found.z1.cpu().numpy(), found.z2.cpu().numpy())]


@lru_cache(maxsize=4)
def _read(text: str) -> Recipe:
    recipe, problems = Recipe.from_json(text)
    for problem in problems:
        raise problem
    return recipe


def embedded_tiles(
    tasks: Sequence[Task], executor: Executor, store: EmbeddingStore | None, report_progress: ReportProgress
) -> Generator[Done, None, None]:
    """What became of tiles, as they come; one that cannot be embedded is the mistake of all, and the others stay.

    Raises:
        InputError: a tile that cannot be embedded, or whose worker died three times; a folder that cannot be
            written.
    """
    with closing(completed(tasks, executor, store, report_progress)) as finished:
        for done in finished:
            if done.problem is not None:
                raise done.problem
            yield done


class EmbeddingStore(ResultStore):
    """A folder of embeddings: a part for each tile as it comes, and when all are there ``z1.npy`` and ``z2.npy``.

    These are read where they lie, row by row, and are followed by ``rows.parquet`` (labels, domains and names) and
    ``index.json``. Arguments and errors as of :class:`ResultStore`.
    """

    ending = ".npz"

    def find(self, task: Task) -> Done | None:
        """What became of a tile; without its numbers, where these were put together with all others."""
        return Done(task, ()) if task.key in self._together() else super().find(task)

    def put_together(self, tasks: Sequence[Task], rows: bytes) -> None:
        """Make one array of the parts of each view, a part at a time; nothing where that was done before.

        Args:
            tasks: all tiles, in their order; each is there.
            rows: a Parquet table of what the samples are.

        Raises:
            InputError: a folder that cannot be written, or that another process writes.
        """
        if self._together() == [task.key for task in tasks]:
            return
        paths = [self.folder / name for name in (*(f"{view}.npy" for view in VIEWS), ROWS, INDEX)]
        size = tasks[-1].places[0][-1][1]
        with self.writing(tasks), self.told(), atomic.written(*paths) as (*arrays, row_file, index):
            for view, path in zip(VIEWS, arrays, strict=True):
                with open(path, "wb") as file:
                    width = self._join(tasks, view, size, file)
            row_file.write_bytes(rows)
            about = {"pairs": size, "width": width, "tiles": [task.key for task in tasks]}
            index.write_text(strict_json(about, indent=2) + "\n", "utf-8")
        for task in tasks:
            self.part(task).unlink(missing_ok=True)

    def _join(self, tasks: Sequence[Task], view: str, size: int, file: IO[bytes]) -> int:
        width = -1
        for task in tasks:
            with np.load(self.part(task)) as part:
                z = np.ascontiguousarray(part[view], np.float32)
            if width < 0:
                width = z.shape[1]
                about = {"descr": "<f4", "fortran_order": False, "shape": (size, width)}
                np.lib.format.write_array_header_1_0(file, about)
            file.write(z.astype("<f4", copy=False).data)
        file.flush()
        os.fsync(file.fileno())
        return width

    def _together(self) -> list[str]:
        """The keys of the tiles that were put together."""
        try:
            keys: list[str] = json.loads((self.folder / INDEX).read_text("utf-8"))["tiles"]
            return keys
        except (OSError, ValueError, KeyError, TypeError):
            return []

    def _read_part(self, path: Path, task: Task) -> Done | None:
        try:
            with np.load(path) as part:
                z1, z2 = (part[view] for view in VIEWS)
                seconds, worker = float(part["seconds"]), str(part["worker"])
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error):
            return None  # not there, or what a full disk or a lost machine left
        place = dict(task.places[0])
        if z1.ndim != 2 or z1.shape != z2.shape or len(z1) != place["end"] - place["start"]:
            return None
        return Done(task, ((z1, z2),), seconds, worker)

    def _write_part(self, done: Done, file: IO[bytes]) -> None:
        outcome = done.outcomes[0]
        assert not isinstance(outcome, str)  # whose mistake is that of all
        z1, z2 = outcome
        np.savez(file, z1=z1, z2=z2, seconds=done.seconds, worker=done.worker)
