"""Pictures of plans, maps and squares as SVG, for notebooks whose kernel is gone: light, and without a program."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Literal

import numpy as np
from PIL import Image

from gca_viz.figures.colour_by import ColourBy
from gca_viz.figures.effects import room
from gca_viz.palette import REFERENCE, SIGNED, TEXT, VIEWS, VIRIDIS, shades, table

_SIDE = 300  # of a matrix
_MOST_CELLS = 512  # along a side; more are averaged
_LEFT, _TOP, _BOTTOM, _GAP = 26, 62, 46, 24
_COST = table()["ramps"]["inkLight"]


@dataclass(frozen=True, eq=False)
class StillMatrix:
    """One matrix of a picture.

    Attributes:
        title: above it.
        values: (N, M) in display order; NaN is left clear.
        kind: mass and cost have scales of their own, signed values are centred at 0.
        blocks: for rows and for columns, number of cells and colour of each class.
        log: logarithmic colours, of masses.
    """

    title: str
    values: np.ndarray
    kind: Literal["mass", "cost", "signed"]
    blocks: tuple[Sequence[tuple[int, str]], Sequence[tuple[int, str]]] = ((), ())
    log: bool = False


def matrices_still(matrices: Sequence[StillMatrix], axes: tuple[str, str], decades: float = 4.0) -> str:
    """Matrices side by side; those of one kind share their colours.

    Args:
        matrices: at least one.
        axes: what rows and columns are.
        decades: how far below the maximum logarithmic colours reach.
    """
    parts = []
    for number, matrix in enumerate(matrices):
        alike = [other.values for other in matrices if other.kind == matrix.kind]
        drawn = _matrix(matrix, axes, _ends(alike, matrix.kind), decades)
        parts.append(f'<g transform="translate({number * (_LEFT + _SIDE + _GAP)} 0)">{drawn}</g>')
    width = len(matrices) * (_LEFT + _SIDE + _GAP)
    return _svg(width, _TOP + _SIDE + _BOTTOM, "".join(parts))


def _ends(values: Sequence[np.ndarray], kind: str) -> tuple[float, float]:
    finite = np.concatenate([each[np.isfinite(each)] for each in values])
    if kind == "signed":
        reach = float(np.abs(finite).max(initial=0)) or 1.0
        return -reach, reach
    low = float(finite.min(initial=np.inf)) if kind == "cost" and len(finite) else 0.0
    high = float(finite.max(initial=low)) if len(finite) else 1.0
    return low, high if high > low else low + 1.0


def _matrix(matrix: StillMatrix, axes: tuple[str, str], ends: tuple[float, float], decades: float) -> str:
    values, (low, high) = _thinned(matrix.values), ends
    if matrix.log and matrix.kind == "mass":
        with np.errstate(divide="ignore", invalid="ignore"):
            share = 1 + np.log10(np.maximum(values, 0) / high) / decades
        low_text = f"{high * 10**-decades:.2g}"
    else:
        share, low_text = (values - low) / (high - low), f"{low:.3g}"
    stops = {"mass": VIRIDIS, "cost": _COST, "signed": SIGNED}[matrix.kind]
    strips = "".join(_strips(matrix.blocks, matrix.values.shape))
    bar = _TOP + _SIDE + 24
    colours = "".join(f'<stop offset="{k / (len(stops) - 1):.3f}" stop-color="{c}"/>' for k, c in enumerate(stops))
    return (
        f'<text x="{_LEFT}" y="18" font-size="14" font-weight="600">{escape(matrix.title)}</text>'
        f'<text x="{_LEFT}" y="38">{escape(axes[0])} ↓   {escape(axes[1])} →</text>'
        f'<image x="{_LEFT}" y="{_TOP}" width="{_SIDE}" height="{_SIDE}" preserveAspectRatio="none" '
        f'style="image-rendering:pixelated" href="{_pixels(share, stops)}"/>{strips}'
        f'<linearGradient id="{matrix.kind}">{colours}</linearGradient>'
        f'<rect x="{_LEFT}" y="{bar - 12}" width="{_SIDE}" height="8" fill="url(#{matrix.kind})"/>'
        f'<text x="{_LEFT}" y="{bar + 10}">{low_text}</text>'
        f'<text x="{_LEFT + _SIDE}" y="{bar + 10}" text-anchor="end">{high:.3g}</text>'
    )


def _strips(blocks: Sequence[Sequence[tuple[int, str]]], shape: tuple[int, ...]) -> list[str]:
    """Classes along rows and columns."""
    found = []
    for axis, runs in enumerate(blocks):
        start = 0
        for size, colour in runs:
            at, length = _SIDE * start / shape[axis], _SIDE * size / shape[axis]
            place = (
                f'x="{_LEFT - 9}" y="{_TOP + at:.2f}" width="6" height="{length:.2f}"'
                if axis == 0
                else f'x="{_LEFT + at:.2f}" y="{_TOP - 9}" width="{length:.2f}" height="6"'
            )
            found.append(f'<rect {place} fill="{colour}"/>')
            start += size
    return found


def _thinned(values: np.ndarray) -> np.ndarray:
    """At most so many cells a side, each the mean of those that it stands for."""
    step = -(-max(values.shape) // _MOST_CELLS)
    if step == 1:
        return values
    rows, columns = (np.arange(0, size, step) for size in values.shape)
    known = np.add.reduceat(np.add.reduceat(np.isfinite(values).astype(float), rows, 0), columns, 1)
    total = np.add.reduceat(np.add.reduceat(np.where(np.isfinite(values), values, 0), rows, 0), columns, 1)
    with np.errstate(invalid="ignore"):
        mean: np.ndarray = total / known
    return mean


def _pixels(share: np.ndarray, stops: tuple[str, ...]) -> str:
    """A pixel per cell as a data address, with a palette; the last colour is clear."""
    index = np.round(254 * np.nan_to_num(share, neginf=0.0).clip(0, 1)).astype(np.uint8)
    index[np.isnan(share)] = 255
    image = Image.fromarray(index, "P")
    image.putpalette([*shades(stops, 255).ravel().tolist(), 0, 0, 0])
    out = io.BytesIO()
    image.save(out, "PNG", optimize=True, transparency=255)
    return f"data:image/png;base64,{base64.b64encode(out.getvalue()).decode()}"


def map_still(places: np.ndarray, colour: ColourBy, axes: Sequence[str]) -> str:
    """Points of both views; view 1 filled, view 2 hollow.

    Args:
        places: (2N, 2), first all of view 1.
        colour: what their colour says.
        axes: titles.
    """
    side, edge, count = 420, 30, len(places) // 2
    low, high = places.min(0), places.max(0)
    span = float((high - low).max()) or 1.0
    at = edge + (side - 2 * edge) * ((places - (low + high) / 2) / span + 0.5)
    radius = 4.0 if count <= 300 else 2.5
    shade = colour.css(np.arange(2 * count))
    points = []
    for hollow in (False, True):
        for ink in dict.fromkeys(shade):
            own = [k for k in range(hollow * count, (1 + hollow) * count) if shade[k] == ink]
            trail = "".join(f"M{at[k, 0]:.1f} {side - at[k, 1]:.1f}h0" for k in own)
            widths = [(ink, 2 * radius), *([("#fff", radius)] if hollow else [])]
            points += [f'<path d="{trail}" stroke="{c}" stroke-width="{w}"/>' for c, w in widths if own]
    entries = list(zip(colour.names, colour.palette, strict=True)) or [(colour.title, REFERENCE)]
    legend = "".join(
        f'<circle cx="{side + 12}" cy="{20 + 18 * k}" r="5" fill="{c}"/>'
        f'<text x="{side + 24}" y="{24 + 18 * k}">{escape(name)}</text>'
        for k, (name, c) in enumerate(entries)
    )
    body = (
        f'<g stroke-linecap="round" fill="none">{"".join(points)}</g>{legend}'
        f'<text x="{side / 2}" y="{side - 6}" text-anchor="middle">{escape(axes[0])}</text>'
        f'<text transform="translate(14 {side / 2}) rotate(-90)" text-anchor="middle">{escape(axes[1])}</text>'
    )
    return _svg(side + 180, max(side, 24 + 18 * len(entries)), body)


def square_still(values: np.ndarray, title: str, ends: tuple[str, str], place: tuple[float, float]) -> str:
    """A number over the constraint square, τ₁ to the right and τ₂ upwards, and a place on it.

    Args:
        values: (C, C) over τ₁ and τ₂; NaN is left clear.
        title: of the number.
        ends: the lowest and the highest, as people write them.
        place: (τ₁, τ₂).
    """
    low, high = room(values)
    half = _SIDE / (len(values) - 1) / 2
    inner, (x, y) = _SIDE - 2 * half, place
    dot = _LEFT + half + inner * x, _TOP + _SIDE - half - inner * y
    body = (
        f'<text x="{_LEFT}" y="18" font-size="14" font-weight="600">{escape(title)}</text>'
        f'<text x="{_LEFT}" y="40">{escape(ends[0])} (dark) to {escape(ends[1])} (bright)</text>'
        f'<image x="{_LEFT}" y="{_TOP}" width="{_SIDE}" height="{_SIDE}" preserveAspectRatio="none" '
        f'style="image-rendering:pixelated" href="{_pixels((values.T[::-1] - low) / (high - low), VIRIDIS)}"/>'
        f'<circle cx="{dot[0]:.1f}" cy="{dot[1]:.1f}" r="6" fill="{VIEWS[1]}" stroke="#fff" stroke-width="2"/>'
        f'<text x="{_LEFT + _SIDE / 2}" y="{_TOP + _SIDE + 20}" text-anchor="middle">rows held  τ₁ →</text>'
        f'<text transform="translate(16 {_TOP + _SIDE / 2}) rotate(-90)" text-anchor="middle">'
        "columns held  τ₂ →</text>"
    )
    return _svg(_LEFT + _SIDE + _GAP, _TOP + _SIDE + 34, body)


def _svg(width: float, height: float, body: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" width="{width:g}" '
        f'height="{height:g}" font-family="system-ui, sans-serif" font-size="12" fill="{TEXT}">'
        f'<rect width="100%" height="100%" fill="#fff"/>{body}</svg>'
    )
