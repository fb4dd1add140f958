"""From the modules of an element to the one text that Streamlit takes.

Streamlit hands an element's JavaScript to the browser as one text behind a ``blob:`` address, from which nothing
can be imported by a relative path (``docs/decisions/javascript-modules.md``). The files are ES modules all the
same: node, an editor and the linter read them as they are, and here they are joined when the server starts.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

_IMPORT = re.compile(r'^import \{([^}]*)\} from "(?P<address>\.[^"]*)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async function|function|class|const|let) )", re.MULTILINE)
_NAME = re.compile(r"^(export )?(?:async function|function|class|const|let|var) ([\w$]+)", re.MULTILINE)
_DEFAULT = re.compile(r"^export default ", re.MULTILINE)
#: what would be lost, or mean another thing, once the modules are one text
_STRANGE = re.compile(r"^(?:import\b|export\b|(?:const|let|var) [\[{]).*", re.MULTILINE)
_SHEET = re.compile(r'^@import "(?P<address>\.[^"]*)";\n', re.MULTILINE)


def program(entry: Path) -> str:
    """Join a module and all that it imports into one module without imports.

    Args:
        entry: the module whose ``export default`` Streamlit calls.

    Returns:
        str: each module once, after those that it imports.

    Raises:
        ValueError: modules import each other in a circle, two have the same name for something, a name is imported
            that is not exported, or something is imported or exported in other words than
            ``import { … } from "./…";``, ``export function|class|const …`` and, in the entry, ``export default``.
    """
    modules = _linked(entry.resolve(), _IMPORT)
    _check_names(modules)
    return "\n".join(f"// {path.name}\n{_plain(path, text, modules)}" for path, text in modules.items())


def style(sheet: Path) -> str:
    """A style sheet, after those that it names by ``@import "./…";``."""
    return "".join(_SHEET.sub("", text) for text in _linked(sheet.resolve(), _SHEET).values())


def _linked(path: Path, link: re.Pattern[str]) -> dict[Path, str]:
    """The texts of a file and of all that it links to, each after those that it links to itself."""
    texts: dict[Path, str] = {}

    def visit(path: Path, above: tuple[Path, ...]) -> None:
        if path in above:
            raise ValueError(f"a circle: {' → '.join(each.name for each in (*above, path))}")
        if path in texts:
            return
        text = path.read_text("utf-8")
        for found in link.finditer(text):
            visit(_beside(path, found["address"]), (*above, path))
        texts[path] = text

    visit(path, ())
    return texts


def _beside(path: Path, address: str) -> Path:
    return Path(os.path.normpath(path.parent / address))


def _check_names(modules: Mapping[Path, str]) -> None:
    owners: dict[str, Path] = {}
    for path, text in modules.items():
        for _, name in _NAME.findall(text):
            if owners.setdefault(name, path) != path:
                raise ValueError(f"{owners[name].name} and {path.name} have {name}; rename one of them")
    for path, text in modules.items():
        for names, address in _IMPORT.findall(text):
            source = _beside(path, address)
            exported = {name for export, name in _NAME.findall(modules[source]) if export}
            missing = {name.strip() for name in names.split(",")} - {""} - exported
            if missing:
                raise ValueError(f"{path.name} imports {', '.join(sorted(missing))}, which {source.name} lacks")


def _plain(path: Path, text: str, modules: Mapping[Path, str]) -> str:
    """A module without its imports and exports; the entry, which is the last, keeps its default."""
    text = _EXPORT.sub("", _IMPORT.sub("", text))
    entry = path == list(modules)[-1]
    strange = _STRANGE.search(_DEFAULT.sub("", text) if entry else text)
    if strange:
        raise ValueError(f"{path.name}: {strange[0]}")
    return text
