"""Packages whose public names are imported at their first use, so that what only describes needs no torch."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from typing import Any


def public_names(
    package: str, homes: Mapping[str, Iterable[str]]
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """The ``__getattr__`` and ``__dir__`` of a package (PEP 562).

    The package imports the same names under ``TYPE_CHECKING``, for type checkers and documentation, and lists them
    in ``__all__``; ``tests/test_lazy.py`` holds the three together.

    Args:
        package: its ``__name__``.
        homes: module, as a full name → the public names that it defines. No module may have one of these names.
    """
    where = {name: module for module, names in homes.items() for name in names}

    def get(name: str) -> Any:
        if name not in where:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value = getattr(import_module(where[name]), name)
        setattr(sys.modules[package], name, value)  # from now on it is found without this
        return value

    return get, lambda: sorted({*vars(sys.modules[package]), *where})
