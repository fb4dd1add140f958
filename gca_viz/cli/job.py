"""A training that the app started: ``gca-viz train`` in a process of its own, with what the session uploaded.

``python -m gca_viz.cli.job FOLDER RUN`` takes its words from the folder, and leaves there how it ended.
"""

from __future__ import annotations

import io
import json
import os
import pickle
import sys
from contextlib import redirect_stderr, suppress
from pathlib import Path

from gca_viz.experiments.train.jobs import files


def main(folder: Path, run: str) -> int:
    """Train; returns the exit status of ``gca-viz train``."""
    with suppress(AttributeError, OSError):  # no such thing, or not allowed
        os.nice(10)
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


if __name__ == "__main__":
    with files.running(Path(sys.argv[1]), sys.argv[2]):
        sys.exit(main(Path(sys.argv[1]), sys.argv[2]))
