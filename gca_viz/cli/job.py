"""A training that the app started: ``gca-viz train`` in a process of its own, with what the session uploaded.

``python -m gca_viz.cli.job FOLDER RUN MOST`` takes its words from the folder, leaves there how it ended, and lets
the next training begin where fewer than MOST go on. With the name of a data set alone, or with nothing, it imports
what a training needs, reads the data, and waits for a line on its input that says all three, so that the first
picture comes soon after the click; it ends by itself where none comes.
"""

from __future__ import annotations

import io
import json
import os
import pickle
import select
import sys
from collections.abc import Sequence
from contextlib import redirect_stderr, suppress
from importlib import import_module
from pathlib import Path

from gca_viz.experiments.train.jobs import files

_PATIENCE = 600  # seconds


def main(folder: Path, run: str) -> int:
    """Train; returns the exit status of ``gca-viz train``."""
    with suppress(AttributeError, OSError):  # no such thing, or not allowed
        os.nice(10 - os.nice(0))
    said = io.StringIO()
    code = files.BROKEN
    try:
        with redirect_stderr(said):
            code = _train(folder, run)
    finally:
        sentence = said.getvalue().strip().splitlines()[-1:]
        files.write_end(folder, run, code, sentence[0] if sentence else "")
    return code


def _train(folder: Path, run: str) -> int:
    from gca_viz.cli import main as command

    packed = folder / files.UPLOADS
    if packed.exists():
        from gca_viz.cluster.uploads import unpacked

        # Written by the server into a folder of its own; nothing that a user brought is ever unpickled.
        for name, kind, thing in pickle.loads(packed.read_bytes()):
            unpacked(name, kind, thing)
    words = json.loads((folder / files.JOB).read_text("utf-8"))["runs"][run]
    return command(["train", *words])


def _told(data: Sequence[str]) -> list[str]:
    """Folder, run and most, as soon as somebody says them; nothing where nobody does.

    Args:
        data: name of the data set that is read meanwhile, or nothing.
    """
    with suppress(AttributeError, OSError):
        os.nice(10 - os.nice(0))  # whoever is served meanwhile comes first
    for module in ("gca_viz.experiments.train.loop", "gca_viz.cli.train", "lightning_fabric", "tensorboard"):
        with suppress(ImportError):  # told in a sentence by the training itself
            import_module(module)
    from gca_viz.datasets import load_dataset

    for name in data:
        load_dataset(name)  # which keeps it
    there, *_ = select.select([sys.stdin], [], [], _PATIENCE)
    told = sys.stdin.readline().rstrip("\n").split("\t") if there else []
    if len(told) < 3:
        return []
    log = os.open(files.log_of(Path(told[0]), told[1]), os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    for stream in (sys.stdout, sys.stderr):
        os.dup2(log, stream.fileno())
    return told


if __name__ == "__main__":
    words = sys.argv[1:]
    if asked := words if len(words) == 3 else _told(words):
        there, name, most = Path(asked[0]), asked[1], int(asked[2])
        try:
            with files.running(there, name):
                code = main(there, name)
        finally:
            from gca_viz.experiments.train.jobs.jobs import advance

            advance(most)
        sys.exit(code)
