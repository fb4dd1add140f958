"""Docstrings as Markdown: roles become plain code, a Python session a block of code, ``f, g: …`` two entries."""

import re
from typing import Any

from griffe import Extension, Object

_ROLE = re.compile(r":(?:attr|class|func|meth|mod):(?=`)")
_SESSION = re.compile(r"^(?:>>> .*\n?)+", re.MULTILINE)
_SEVERAL = re.compile(r"^( +)(\w+(?:, \w+)+): (.*(?:\n\1 +.*)*)", re.MULTILINE)
_SKIPPED = re.compile(r" *# doctest: \+SKIP")


class ToMarkdown(Extension):
    """Applied to every docstring before it is parsed."""

    def on_object(self, *, obj: Object, **_: Any) -> None:
        """Called by griffe with each module, class, function and attribute."""
        if obj.docstring:
            text = _SKIPPED.sub("", _ROLE.sub("", obj.docstring.value))
            obj.docstring.value = _SEVERAL.sub(_each, _SESSION.sub(_fenced, text))


def _fenced(found: re.Match[str]) -> str:
    return f"```python\n{found[0].replace('>>> ', '').rstrip()}\n```\n"


def _each(found: re.Match[str]) -> str:
    indent, names, text = found.groups()
    return "\n".join(f"{indent}{name}: {text}" for name in names.split(", "))
