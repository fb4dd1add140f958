"""One control per described field: label, bounds, spacing and help come from its description."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import streamlit as st

from gca_viz.experiments.recipe.recipe import Recipe
from gca_viz.settings.parameter import Choice, Parameter, Subset
from gca_viz.ui.session import state
from gca_viz.ui.session.follow import draw_what_follows

_LOG_STEPS = 40


def control(
    key: str,
    *,
    options: Sequence[str] | None = None,
    titles: Mapping[str, str] | None = None,
    kind: Callable[..., object] | None = None,
) -> None:
    """Draw the control of a recipe's field; changing it changes the recipe.

    Args:
        key: the field's name in a link.
        options: names to offer, where they depend on the data or are fewer than the description's.
        titles: what to show for a name.
        kind: Streamlit's control for choices, e.g. ``st.segmented_control``; ``st.selectbox`` if left out.
    """
    spec, value, widget = Recipe.spec(key), state.recipe().get(key), state.widget_key(key)
    text = spec.label
    common: dict[str, Any] = {"key": widget, "help": spec.help or None, "on_change": _changed, "args": (key,)}
    show = (lambda name: titles.get(name, name)) if titles else str
    if isinstance(spec, Parameter):
        _number(spec, value, text, common)
    elif isinstance(spec, Choice):
        _seed(widget, value)
        offered = list(options or spec.options)
        if value not in offered:
            offered.append(value)  # it does not fit the other choices: the page says so, and the form shows it
        (kind or st.selectbox)(text, offered, format_func=show, **common)
    elif spec.kind is int:
        _seed(widget, ",".join(map(str, value)))
        st.text_input(text, placeholder="e.g. 3, 14, 15", **common)
    else:
        offered = list(options or spec.options)
        _seed(widget, [name for name in value if name in offered])
        (kind or st.multiselect)(text, offered, format_func=show, **common)


def _number(spec: Parameter, value: float, label: str, common: dict[str, Any]) -> None:
    widget = common["key"]
    label = f"{label} {spec.symbol}".strip()
    if has_stops(spec):
        options = slider_stops(spec, value)
        _seed(widget, value)
        st.select_slider(label, options, format_func=number_text, **common)
    elif spec.integer and not spec.symbol:
        _seed(widget, int(value))
        st.number_input(label, int(spec.minimum), int(spec.maximum), step=1, **common)
    elif spec.integer:
        _seed(widget, int(value))
        low, high = slider_ends(spec, value)
        st.slider(label, int(low), int(high), **common)
    else:
        _seed(widget, float(value))
        low, high = slider_ends(spec, value)
        st.slider(label, float(low), float(high), step=0.05, **common)


def has_stops(spec: Parameter) -> bool:
    """Whether the slider of a number has stops, whose places it counts, and not the number itself."""
    return spec.scale == "log" or spec.infinite


def slider_ends(spec: Parameter, value: float) -> Sequence[float]:
    """All stops of a slider, or its ends where it has none."""
    return slider_stops(spec, value) if has_stops(spec) else (min(spec.low, value), max(spec.high, value))


@lru_cache(maxsize=256)
def slider_stops(spec: Parameter, value: float) -> list[float]:
    """Stops of a slider: the current value, 0 and ∞ where allowed, and between them every whole number, or on a
    logarithmic scale two significant digits."""
    if spec.scale == "log":
        ratio = (spec.high / spec.low) ** (1 / _LOG_STEPS)
        found = {_round(spec.low * ratio**step) for step in range(_LOG_STEPS + 1)} | {value, spec.default}
        if spec.integer:
            found = {int(stop) for stop in found} | {2**power for power in range(3, 10)}
    else:
        found = {*range(int(spec.low), int(spec.high) + 1), value}
    if spec.infinite:
        found |= {0.0, math.inf}
    return sorted(stop for stop in found if spec.minimum <= stop <= spec.maximum or stop == math.inf)


def _round(number: float) -> float:
    return float(f"{number:.2g}")


def number_text(number: float) -> str:
    """A number as a person writes it: 0.1, 12, ∞."""
    return "∞" if math.isinf(number) else f"{number:.4g}"


def _seed(widget: str, value: Any) -> None:
    """Give a control its value where it has none yet (first run, another page, a recipe taken over)."""
    if widget not in st.session_state:
        st.session_state[widget] = value


def _changed(key: str) -> None:
    if state.widget_key(key) not in st.session_state:
        return  # an interrupted run took the control away; the recipe says what it showed
    value = st.session_state[state.widget_key(key)]
    if isinstance(value, list):
        value = tuple(value)
    elif isinstance(value, str) and isinstance(Recipe.spec(key), Subset):
        value = tuple(part for part in value.replace(",", " ").split())
    if value is None:
        # A segmented control that is clicked again lets go of its choice; keep the one there was.
        st.session_state[state.widget_key(key)] = state.recipe().get(key)
        return
    state.report(state.update(key, **{key: value}))
    draw_what_follows()
