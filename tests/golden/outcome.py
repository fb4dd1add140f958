"""What a line of ``recipes.txt`` comes to: exit status, the recipe as card and link, and its numbers."""

from __future__ import annotations

import io
import json
import math
import os
import re
import shlex
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import numpy as np
import torch
from threadpoolctl import threadpool_limits

from gca_viz.cli import main
from tests.golden.calls import CALLS

HERE = Path(__file__).parent
_LINES = (HERE / "recipes.txt").read_text("utf-8").splitlines()
#: name → what is typed
RECIPES = dict(line.split(": ", 1) for line in _LINES if line and not line.startswith("#"))

Numbers = dict[str, float | list[float]]

#: how each command is asked for its numbers
_ASKED = {
    "plan": "--json --output golden.npz",
    "compare": "--json --output golden.npz",
    "sweep": "--json",
    "transfer": "--json --output golden.npz",
    "report": "--output golden.zip",
}
#: what ``--json`` prints beside the recipe's own numbers
_ASIDE = ("recipe", "seconds", "environment")


def arithmetic() -> str:
    """What decides the last digits of single precision: on another kind of processor they are others."""
    return f"torch {torch.__version__}, {torch.backends.cpu.get_cpu_capability()}"


@cache
def outcome_of(name: str) -> Mapping[str, Any]:
    """Type the line of that name, in an empty folder.

    Returns:
        ``told``: the exit status, and how many lines of what gave way were told; ``card``: the recipe in JSON, None
        where the command gives none; ``link``: the one that is printed; ``numbers``: all that is printed and
        written.
    """
    *before, last = RECIPES[name].replace("{here}", str(HERE)).split(" && ")
    with _empty_folder() as folder, threadpool_limits(1):  # one thread adds up in one order
        for line in before:
            _typed(line)
        status, printed, told = _typed(f"{last} --quiet {_ASKED[last.split()[1]]}")
        files = _files(folder)
    # What a user brought has another name in every session.
    values = json.loads(re.sub(r"own(:|%3A)[\w-]+", r"own\1file", printed)) if printed else {}
    card = values.get("recipe") or json.loads(files.get("recipe.json", "null"))
    numbers = dict(_found({key: value for key, value in values.items() if key not in _ASIDE}))
    for content in (content for file, content in files.items() if file.endswith(".npz")):
        with np.load(io.BytesIO(content)) as arrays:
            numbers |= {f"file.{key}": of for key, of in _of_arrays(dict(arrays))}
    return {"told": [status, told], "card": card, "link": values.get("link"), "numbers": numbers}


def numbers_of(call: str) -> Numbers:
    """The numbers of one of Python's doors, by its name in ``CALLS``."""
    with threadpool_limits(1):
        return {key: digest(np.asarray(value)) for key, value in CALLS[call]().items()}


def link_of(card: Mapping[str, str], default: Mapping[str, str]) -> str:
    """The link that says what a card has otherwise than the default."""
    return f"?{urlencode({key: text for key, text in card.items() if text != default.get(key)})}"


def digest(array: np.ndarray) -> list[float]:
    """An array in a line: how many cells are finite, their sum, weighted sum and norm, and four cells."""
    flat = array.astype(float).ravel()
    if flat.size <= 8:
        return flat.tolist()
    finite = flat[np.isfinite(flat)]
    weights = np.linspace(0, 1, finite.size)
    cells = flat[np.linspace(0, flat.size - 1, 4).astype(int)]
    return [finite.size, *map(float, (finite.sum(), finite @ weights, np.linalg.norm(finite))), *cells.tolist()]


@contextmanager
def _empty_folder() -> Iterator[Path]:
    before = os.getcwd()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            yield Path(folder)
        finally:
            os.chdir(before)


def _typed(line: str) -> tuple[int, str, int]:
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        status = main(shlex.split(line)[1:])
    return status, out.getvalue(), len(err.getvalue().splitlines())


def _files(folder: Path) -> dict[str, bytes]:
    """What the command wrote, by name; a report's files are those in its archive."""
    files = {path.name: path.read_bytes() for path in folder.glob("golden.*")}
    if "golden.zip" in files:
        with zipfile.ZipFile(io.BytesIO(files.pop("golden.zip"))) as archive:
            files |= {part: archive.read(part) for part in archive.namelist()}
    return files


def _of_arrays(arrays: dict[str, np.ndarray]) -> Iterator[tuple[str, list[float]]]:
    for name, array in arrays.items():
        if array.dtype.kind in "US":
            continue
        # A principal axis may point either way.
        yield name, digest(np.linalg.norm(array, axis=-1) if name == "maps" else array)
        if name.endswith("_target"):
            method = name.removesuffix("_target")
            yield f"{method}_target − plan", digest(array.astype(float) - arrays[f"{method}_plan"])


def _found(value: Any, name: str = "") -> Iterator[tuple[str, float | list[float]]]:
    """Numbers in nested objects and lists, by their paths; those of a table's row by what the row is about."""
    if _is_number(value):
        yield name, _number(value)
    elif isinstance(value, dict) and "measure" in value:
        yield (
            f"{name} {value['contender']} {value['measure']}",
            [_number(of) for of in value.values() if _is_number(of)],
        )
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _found(inner, f"{name}.{key}" if name else key)
    elif isinstance(value, list) and value and all(map(_is_number, value)):
        yield name, [_number(of) for of in value]
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _found(inner, name if isinstance(inner, dict) else f"{name}[{index}]")


def _is_number(value: Any) -> bool:
    return value is None or isinstance(value, (bool, int, float))


def _number(value: float | None) -> float:
    return math.nan if value is None else value
