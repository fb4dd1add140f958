"""``gca-viz embed``."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from gca_viz.cli.console import note, print_json, progress, write
from gca_viz.cli.executor_flags import (
    add_executor,
    device_of,
    executor_of,
    refuse_executor,
    remains_text,
    results_folder,
    store_of,
    what_remains,
)
from gca_viz.cli.recipe_flags import Asked, add_recipe, read_recipe

if TYPE_CHECKING:
    from gca_viz.cli.parser import Commands
    from gca_viz.experiments.plan.embedding_file import EmbeddingFile
    from gca_viz.progress import ReportProgress


def add_parser(commands: Commands, *, chosen: bool) -> None:
    """Describe the command."""
    parser = commands.add_parser(
        "embed",
        help="write the embeddings of a batch or of a whole data set",
        description="Write the embeddings of both views with labels, domains and names, as “Bring your own” reads "
        "them: of the recipe's batch, or of all images. With --all and --results a folder, however many images "
        "there are; the same command goes on where it was stopped.",
    )
    parser.add_argument(
        "--all", action="store_true", help="every image of the data set, whatever split, classes and N say"
    )
    parser.add_argument("--json", action="store_true", help="print for machines what was written")
    add_executor(parser)
    add_recipe(
        parser,
        chosen=chosen,
        shows=("data", "views", "encoder"),
        files=".npz or .parquet, with z1, z2, labels, domains and names",
    )
    parser.set_defaults(run=_run)


def _run(chosen: argparse.Namespace) -> None:
    if not chosen.all:
        refuse_executor(chosen, "the embeddings of one batch", "Add --all")
    with progress(quiet=chosen.quiet) as report_progress, _on_disk(chosen.results) as into:
        kept = chosen.results is not None or chosen.dry_run
        asked = read_recipe(chosen, report_progress, endings=(".npz", ".parquet"), needed=not kept, into=into)
        if chosen.dry_run:
            _tell_what_remains(chosen, asked)
            return
        found = _found(chosen, asked, report_progress)
        output = asked.output
        if output is not None:
            write(output, found.npz() if output.suffix.lower() == ".npz" else found.parquet())
    pairs, width = found.z1.shape
    written = " and ".join(str(path) for path in (chosen.results, output) if path is not None)
    if chosen.json:
        print_json({"output": written, "pairs": pairs, "width": width, "command": asked.command("embed")})
    elif not chosen.quiet:
        print(f"Wrote {pairs:,} pairs of {width} numbers to {written}")


def _found(chosen: argparse.Namespace, asked: Asked, report_progress: ReportProgress) -> EmbeddingFile:
    from gca_viz.experiments.embedding_tiles import EmbeddingStore, only_inputs
    from gca_viz.experiments.plan.embedding_file import into_folder, of_all, of_batch

    if not chosen.all:
        return of_batch(asked.recipe, report_progress)
    store = store_of(chosen, only_inputs(asked.recipe), EmbeddingStore)
    with executor_of(chosen) as executor:
        if not isinstance(store, EmbeddingStore):
            return of_all(asked.recipe, report_progress, executor=executor)
        try:
            return into_folder(asked.recipe, store, executor, report_progress)
        except KeyboardInterrupt:
            note(f"What is done is in {store.folder}: the same command goes on from there.")
            raise


@contextmanager
def _on_disk(results: Path | None) -> Iterator[Path | None]:
    """Where the decoded images of a path lie, however many they are, until the block ends; None for memory."""
    folder = results_folder(results)
    if folder is None:
        yield None
        return
    from gca_viz.experiments.results import SCRATCH

    with tempfile.TemporaryDirectory(prefix=SCRATCH, dir=folder, ignore_cleanup_errors=True) as scratch:
        yield Path(scratch)


def _tell_what_remains(chosen: argparse.Namespace, asked: Asked) -> None:
    from gca_viz.experiments.embedding_tiles import EmbeddingStore, only_inputs, tiles_of

    tasks = tiles_of(asked.recipe, device_of(chosen))
    found = what_remains(chosen, tasks, store_of(chosen, only_inputs(asked.recipe), EmbeddingStore))
    if chosen.json:
        print_json(found)
    else:
        print(remains_text(chosen, found, "tiles"))
