"""What the elements of a notebook have in common: a style sheet, a selection, and a picture that stays."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from html import escape
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

import anywidget
import traitlets

from gca_viz.errors import InputError
from gca_viz.extras import need
from gca_viz.palette import css, table
from gca_viz.ui.elements.modules import program, style

_ELEMENTS = Path(__file__).parents[1] / "elements"
#: name in Streamlit's theme, which the elements read → name in the palette
_THEME = {
    "background-color": "ground",
    "secondary-background-color": "panel",
    "text-color": "text",
    "border-color": "border",
    "primary-color": "view1",
}
# A notebook that was saved says "model not found" or "Loading widget" where the element was.
_STILL = """<div class="gca-viz-still" data-still="{key}"><style>
.jp-OutputArea-child:has(.gca-viz-still) + .jp-OutputArea-child:not(:has(.gca-viz)) {{ display: none }}
</style><img alt="{alt}" style="max-width: 100%" src="data:image/svg+xml;base64,{svg}">
<p><small>A picture of what is alive here while a kernel runs.</small></p></div>"""


E = TypeVar("E", bound="Element")


class Element(anywidget.AnyWidget):
    """An element in a notebook.

    Attributes:
        selected: what is chosen; Python reads, sets, observes and links it.
    """

    selected = traitlets.Any(()).tag(sync=True)
    #: how many samples it is of; None where it is of none
    _samples_count: int | None = None
    #: rows and columns that may be picked
    _shape: tuple[int, int] = (0, 0)
    _sheet = traitlets.Unicode().tag(sync=True)
    _still_key = traitlets.Unicode().tag(sync=True)

    def __init__(self, **given: Any) -> None:
        super().__init__(_still_key=uuid4().hex, **given)

    def _picture(self) -> tuple[str, str]:
        """The element as it is now, as SVG, and in words."""
        raise NotImplementedError

    def _ipython_display_(self) -> None:
        """Leave a picture, which the element hides while it lives, and the element."""
        svg, alt = self._picture()
        address = base64.b64encode(svg.encode()).decode()
        still = _STILL.format(key=self._still_key, alt=escape(alt), svg=address)
        publish = need("IPython.display", "notebook").publish_display_data
        publish({"text/html": still, "text/plain": alt})
        data, metadata = self._repr_mimebundle_() or ({}, {})
        # What shows a saved notebook without its elements takes the next format, which is nothing to see.
        publish(data | {"text/html": "", "text/plain": alt}, metadata)

    def sharing(self: E, other: Element) -> E:
        """The same, which from now on selects and picks what another one does; the other's choice is taken first.

        Raises:
            InputError: the other has not what could be shared, or is of other samples.
        """
        if self._samples_count is None or getattr(other, "_samples_count", None) != self._samples_count:
            raise InputError(
                f"share = a {type(other).__name__}",
                "boards and maps of the same samples share what is selected",
                "Pass what gca_viz.show or gca_viz.show_map gave for these samples",
                parameter="share",
            )
        # In the joint layout a row is no sample, and a cell no pair of samples.
        for name in ("selected", *(["picked"] if other._shape == self._shape else [])):
            traitlets.link((other, name), (self, name))
        return self


def esm(entry: str) -> str:
    """A program of ``js/`` as one text."""
    return program(Path(__file__).parent / "js" / f"{entry}.js")


def sheet(element: str) -> str:
    """The sheet of an element of ``ui/elements``, on a light and a dark ground."""
    light, dark = (
        " ".join(f"--st-{name}: {table()[ground][own]};" for name, own in _THEME.items())
        for ground in ("light", "dark")
    )
    return (
        css()
        + f":host {{ display: block; color-scheme: light; {light} --st-font: system-ui, sans-serif;\n"
        + "  padding: .5rem; border-radius: 6px; background: var(--st-background-color); }\n"
        + f":host([data-ground=dark]) {{ color-scheme: dark; {dark} }}\n"
        + style(_ELEMENTS / element / f"{element}.css")
    )


def whole_numbers(values: Any, count: int, what: str) -> tuple[int, ...]:
    """Indices 0 … count−1, ascending, each once.

    Raises:
        InputError: something else.
    """
    try:
        found = sorted({_whole(value) for value in values}) if isinstance(values, Iterable) else None
    except (TypeError, ValueError):
        found = None
    if found is None or (found and not 0 <= found[0] <= found[-1] < count):
        raise InputError(
            f"{what} = {values!r}",
            f"{what} are whole numbers 0 … {count - 1}",
            "Set a list of them, or [] for none, e.g. np.flatnonzero(labels == 3)",
            parameter=what,
        )
    return tuple(found)


def cell(value: Any, shape: tuple[int, int], what: str) -> tuple[int, int] | None:
    """A row and a column, or None.

    Raises:
        InputError: something else.
    """
    if value is None:
        return None
    try:
        row, column = map(_whole, value)
    except (TypeError, ValueError):
        row = column = -1
    if not (0 <= row < shape[0] and 0 <= column < shape[1]):
        raise InputError(
            f"{what} = {value!r}",
            f"a pair (i, j) with i < {shape[0]} and j < {shape[1]}, or None",
            f"Set e.g. {what} = (0, 0)",
            parameter=what,
        )
    return row, column


def _whole(value: Any) -> int:
    number = int(value)
    if number != value or isinstance(value, bool):
        raise ValueError(value)
    return number
