"""Links and files of older versions, brought up to date one version at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from gca_viz.datasets import MODE_SYNONYMS
from gca_viz.errors import InputError
from gca_viz.experiments.recipe.effects import AXIS_SYNONYMS
from gca_viz.numbers import whole_number

VERSION = 3
KEY = "version"
#: the version as which a link is read that names none
UNMARKED = 1
#: versions whose links need not name it: read as the first of them, they mean the same
ALIKE = (1, 2, 3)

_PYTHON_NAMES = {
    "dataset": "data",
    "mode": "by",
    "size": "n",
    "indices": "images",
    "view_seed": "viewseed",
    "reference": "vs",
    "epsilon": "eps",
    "uniformity": "w",
    "target_temperature": "teps",
}


def _as_in_links(values: dict[str, str]) -> dict[str, str]:
    """Version 0 never shipped: it is the same fields under the names that Python has for them."""
    return {_PYTHON_NAMES.get(name, name): text for name, text in values.items()}


#: name in a link → word of an older version → today's; version 2 has a target that relates view 2 to itself, and
#: what was called relational took the plan's own cost
_WORDS_OF_2 = {"target": {"relational": "self-sharpened"}}
_WORDS_OF_3 = {"by": MODE_SYNONYMS, "axis": AXIS_SYNONYMS, "axis2": AXIS_SYNONYMS}


def _renamed(values: Mapping[str, Any], words: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    """The same fields with today's words for their values."""
    return {
        name: words[name].get(value, value) if name in words and isinstance(value, str) else value
        for name, value in values.items()
    }


def todays_words(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values by their names in a link; a word of an older version, as in a script, becomes that of today."""
    return _renamed(values, _WORDS_OF_2 | _WORDS_OF_3)


#: version → what makes of its fields those of the next; one for every version before :data:`VERSION`
MIGRATIONS: dict[int, Callable[[dict[str, str]], dict[str, str]]] = {
    0: _as_in_links,
    1: lambda values: _renamed(values, _WORDS_OF_2),
    2: lambda values: _renamed(values, _WORDS_OF_3),
}


def mark() -> dict[str, str]:
    """What a link has to say of its version: nothing, while one that says nothing is read like one of this."""
    return {} if VERSION in ALIKE else {KEY: str(VERSION)}


def current(values: Mapping[str, str], unmarked: int | None = UNMARKED) -> dict[str, str]:
    """The fields of any known version, as this version names and means them.

    Args:
        values: name in a link → text, with or without a version.
        unmarked: the version where none is named; None if one must be.

    Raises:
        InputError: a version that this program does not know.
    """
    values = dict(values)
    named = values.pop(KEY, None)
    try:
        version = unmarked if named is None else whole_number(named)
    except ValueError:
        version = None
    if version not in MIGRATIONS and version != VERSION:
        said = repr(named) if named and not named.isprintable() else named
        raise InputError(
            "a recipe that names no version" if named is None else f"a recipe of version {said}",
            f"this program reads versions {min(MIGRATIONS)} to {VERSION}",
            "Make the recipe again with this version of gca-viz, or use the one that made it",
            parameter=KEY,
        )
    for step in range(version, VERSION):
        values = MIGRATIONS[step](values)
    return values
