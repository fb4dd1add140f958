"""The scenes of the toy world: files with settings, what to expect, and what to notice at the end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from gca_viz.errors import InputError
from gca_viz.ui.elements.toy.settings import FIELDS, checked
from gca_viz.ui.front_matter import split

_FILES = Path(__file__).parent / "scenes"


@dataclass(frozen=True)
class Scene:
    """One beginning.

    Attributes:
        name: in the link.
        title: on its button.
        settings: value of every field.
        expect: what to predict, in one or two sentences.
        notice: what is said at the end; ``[[name]]`` stands for a number that the browser computes then.
    """

    name: str
    title: str
    settings: Mapping[str, Any]
    expect: str
    notice: str


def read(text: str, name: str) -> Scene:
    """A scene from the text of its file.

    Args:
        text: front matter with ``title`` and settings, then ``## Expect`` and ``## Notice``.
        name: of the file, ``NN-NAME``.

    Raises:
        InputError: something is missing, is no field, or is out of bounds.
    """
    front, parts = split(text, name)
    title = front.pop("title", "")
    strange = sorted(set(front) - set(FIELDS))
    if not title or strange or not parts.get("expect") or not parts.get("notice"):
        raise InputError(
            f"the scene {name}" + (f" with {', '.join(strange)}" if strange else ""),
            f"a scene has a title, fields out of {', '.join(FIELDS)}, '## Expect' and '## Notice'",
            "Correct the file; docs/learn.md shows one",
        )
    notice = " ".join(parts["notice"].split())
    return Scene(name.partition("-")[2], title, MappingProxyType(checked(front)), parts["expect"], notice)


#: name → scene, in the order of the files' numbers
SCENES: Mapping[str, Scene] = MappingProxyType(
    {
        scene.name: scene
        for scene in (read(path.read_text("utf-8"), path.stem) for path in sorted(_FILES.glob("*.md")))
    }
)
