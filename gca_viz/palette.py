"""Every colour that means something, once: for pages, maps, figures, reports, the theme and the browser's programs.

Python says a colour as it is on a light ground; whoever draws on a dark one takes its counterpart, so that a class,
a view or a sign is one thing everywhere. Colours are told apart by normal, protan, deutan and tritan eyes and stand
out from their ground by 3 to 1 at least.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np

#: what it is → its colour on a light and on a dark ground
_NAMED: Mapping[str, tuple[str, str]] = {
    "ground": ("#FFFFFF", "#11151A"),
    "panel": ("#F4F6F8", "#1A2027"),
    "text": ("#1A1F24", "#E8ECF0"),
    "border": ("#D5DAE0", "#343C46"),
    "view1": ("#0072B2", "#4BA3DB"),  # and whatever is the first or the only one
    "view2": ("#C05600", "#F0B030"),
    "attraction": ("#12857A", "#2FB9AA"),  # more than in another plan, or better
    "repulsion": ("#B3127C", "#F45FB4"),
    "grey": ("#78828D", "#8A949F"),  # what is compared with, and a sample without label
    "excluded": ("#C9CCD3", "#C9CCD3"),
    "here": ("#D55E00", "#D55E00"),  # where the recipe's own place is on a map of colours
}
#: of the classes and domains of a data set, by their index there
_CLASSES = (
    ("#0072B2", "#4BA3DB"),  # blue
    ("#D17F21", "#F6B055"),  # orange
    ("#2A9685", "#9AFACF"),  # green
    ("#981178", "#D00479"),  # magenta
    ("#078FFC", "#89CFF9"),  # sky
    ("#834C42", "#9A501D"),  # brown
    ("#4F4502", "#EFE61D"),  # olive, yellow
    ("#9F6A04", "#C77A29"),  # ochre
    ("#4A30E7", "#796BEC"),  # violet
    ("#FF2A7B", "#FF51AD"),  # pink
)
#: from low to high, by equal steps: masses and other numbers; how alike two are
VIRIDIS = (
    *("#440154", "#482878", "#3E4989", "#31688E", "#26828E"),
    *("#1F9E89", "#35B779", "#6ECE58", "#B5DE2B", "#FDE725"),
)
CIVIDIS = (
    *("#00224E", "#123570", "#3B496C", "#575D6D", "#707173"),
    *("#8A8678", "#A59C74", "#C3B369", "#E1CC55", "#FEE838"),
)
#: from repulsion through 0 to attraction: differences
_SIGNED = (
    ("#7A0051", "#B3127C", "#D9609F", "#ECAACB", "#F7F7F7", "#A3D6CF", "#4FB0A5", "#12857A", "#00544C"),
    ("#FF9FD8", "#F45FB4", "#B92F82", "#6A1F50", "#23262D", "#0F4F4A", "#128278", "#2FB9AA", "#8FF0E2"),
)
#: from near to far: costs
_INK = (
    ("#16202E", "#34465C", "#5D7189", "#8EA0B3", "#C2CCD6", "#EEF1F4"),
    ("#F3F6F9", "#C3CCD6", "#8F9CAB", "#616E7E", "#3C4653", "#1D232C"),
)
SIGNED = _SIGNED[0]

VIEWS = _NAMED["view1"][0], _NAMED["view2"][0]
FIRST, REFERENCE, TEXT, HERE = (_NAMED[name][0] for name in ("view1", "grey", "text", "here"))
ATTRACTION, REPULSION = _NAMED["attraction"][0], _NAMED["repulsion"][0]
CLASSES = tuple(light for light, _ in _CLASSES)
#: a marker per domain; beyond five they repeat. Three dimensions know no triangle.
SHAPES = {2: ("circle", "square", "diamond", "triangle-up", "x"), 3: ("circle", "square", "diamond", "cross", "x")}

_DARK = dict((*_NAMED.values(), *_CLASSES, *zip(*_SIGNED, strict=True)))


def class_colour(number: int) -> str:
    """The colour of a class, or of a domain, on a light ground.

    Args:
        number: its index in the whole data set, whatever of it is shown; the eleventh has the first colour again.
            Below 0, a sample without label, is grey.
    """
    return CLASSES[number % len(CLASSES)] if number >= 0 else REFERENCE


def on_dark(said: Any) -> Any:
    """The same on a dark ground: a colour of this table, or what holds some (a figure as a dictionary, a list)."""
    if isinstance(said, str):
        return _DARK.get(said.upper(), said) if said.startswith("#") else said
    if isinstance(said, Mapping):
        return {key: on_dark(value) for key, value in said.items()}
    if isinstance(said, (list, tuple)):
        return type(said)(map(on_dark, said))
    if getattr(getattr(said, "dtype", None), "kind", "") == "U":
        return on_dark(said.tolist())
    return said


def scale(stops: tuple[str, ...]) -> list[list[float | str]]:
    """Equal steps of colours as Plotly takes a scale."""
    return [[number / (len(stops) - 1), stop] for number, stop in enumerate(stops)]


def shades(stops: tuple[str, ...], count: int) -> np.ndarray:
    """uint8 (count, 3): red, green and blue along a scale."""
    ends = np.array([[int(stop[at : at + 2], 16) for at in (1, 3, 5)] for stop in stops], float)
    at = np.linspace(0, len(stops) - 1, count)
    return (
        np.stack([np.interp(at, range(len(stops)), ends[:, part]) for part in range(3)], 1).round().astype(np.uint8)
    )


def css() -> str:
    """The table as CSS variables (``--gca-view1``, ``--gca-class-0``, …) that follow the page's ground."""
    pairs = {**_NAMED, **{f"class-{number}": pair for number, pair in enumerate(_CLASSES)}}
    lines = [f"--gca-{name}: {in_css(light)};" for name, (light, _) in pairs.items()]
    return f":root, :host {{ {' '.join(lines)} --gca-viridis: {', '.join(VIRIDIS)}; }}\n"


#: of a legend in HTML: dots that are filled with ``--c``, rings, and the scale of numbers
LEGEND_CSS = """\
.legend { display: flex; flex-wrap: wrap; gap: 0.15rem 0.9rem; margin: 0; font-size: 0.82rem; }
.legend span { display: inline-flex; align-items: center; gap: 0.35rem; white-space: nowrap; }
.legend i { width: 0.65rem; height: 0.65rem; border-radius: 50%; box-sizing: border-box; }
.legend .dot { background: var(--c, var(--gca-grey)); }
.legend .ring { border: 2px solid var(--gca-grey); }
.legend .ramp { width: 5rem; border-radius: 2px; background: linear-gradient(90deg, var(--gca-viridis)); }
"""


def in_css(colour: str) -> str:
    """A colour of this table as CSS that follows the page's ground."""
    return f"light-dark({colour}, {on_dark(colour)})"


def table() -> dict[str, Any]:
    """Colours by name on either ground, the ramps, and ``onDark``: the counterpart of each light colour."""
    ramps = {
        "viridis": VIRIDIS,
        "cividis": CIVIDIS,
        "signedLight": _SIGNED[0],
        "signedDark": _SIGNED[1],
        "inkLight": _INK[0],
        "inkDark": _INK[1],
    }
    light, dark = (
        {name: pair[place] for name, pair in _NAMED.items()} | {"classes": [pair[place] for pair in _CLASSES]}
        for place in (0, 1)
    )
    return {"light": light, "dark": dark, "ramps": ramps, "onDark": _DARK}


def javascript() -> str:
    """The table as the browser's programs read it: the text of ``ui/elements/shared/js/palette.js``."""
    entries = "".join(f"  {name}: {json.dumps(value)},\n" for name, value in table().items())
    return f"// Written by gca_viz/palette.py.\nexport const PALETTE = {{\n{entries}}};\n"
