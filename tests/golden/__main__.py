"""``python -m tests.golden`` records the numbers anew: ``git diff`` shows which changed, the commit why."""

from __future__ import annotations

import json
import os
import tempfile

import torch

from gca_viz.embedding.cache import VARIABLE
from tests.golden.outcome import CALLS, HERE, RECIPES, Numbers, arithmetic, link_of, numbers_of, outcome_of


def recorded() -> dict[str, dict]:
    """Name of the file → what it holds, all that the tests compare."""
    found = {name: outcome_of(name) for name in RECIPES}
    card = found["default"]["card"]
    links = {name: of["card"] and link_of(of["card"], card) for name, of in found.items()}
    return {
        "links.json": {"told": {name: of["told"] for name, of in found.items()}, "links": links, "card": card},
        "numbers.json": {
            "recorded with": arithmetic(),
            "recipes": {name: _rounded(of["numbers"]) for name, of in found.items()},
            "calls": {name: _rounded(numbers_of(name)) for name in CALLS},
        },
    }


def _rounded(numbers: Numbers) -> Numbers:
    """To ten digits, a thousandth of what is compared."""
    return json.loads(json.dumps(numbers), parse_float=lambda text: float(f"{float(text):.10g}"))


def _written(value: object, depth: int = 0) -> str:
    """JSON with a line per number or list of numbers, so that a difference shows what it is of."""
    if not isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False)
    inner = [f"{json.dumps(key, ensure_ascii=False)}: {_written(of, depth + 1)}" for key, of in value.items()]
    return "{\n" + ",\n".join(" " * (depth + 1) + line for line in inner) + f"\n{' ' * depth}}}"


if __name__ == "__main__":
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        os.environ[VARIABLE] = folder
        for name, content in recorded().items():
            (HERE / name).write_text(_written(content) + "\n", "utf-8")
