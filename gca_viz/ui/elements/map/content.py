"""What a map is made of, as bytes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from gca_viz.figures.geometry import MapPoints
from gca_viz.geometry.plan_points import Lines
from gca_viz.ui.elements.board import sprite
from gca_viz.ui.elements.shared.wire import Blob, pack

_TILE = 64  # pixels
_SMALL_TILE, _MANY = 32, 1200  # points; more would make the sheet megabytes


def pack_samples(images: np.ndarray | None, texts: Sequence[str]) -> Blob:
    """Who the points are, for the pointer; the same for every map of a batch.

    Args:
        images: uint8, points × H × W × 3; None for none.
        texts: a line for each point.
    """
    if images is None:
        return pack({"tile": 0, "columns": 0, "texts": list(texts)}, {"sheet": np.empty(0, np.uint8)})
    tile = min(_TILE if len(images) <= _MANY else _SMALL_TILE, max(images.shape[1:3]))
    header = {"tile": tile, "columns": math.ceil(math.sqrt(len(images))), "texts": list(texts)}
    return pack(header, {"sheet": np.frombuffer(sprite(images, tile=tile), np.uint8)})


def pack_map(
    points: MapPoints,
    *,
    samples: str,
    place: str,
    name: str,
    alt: str,
    at: float = 0,
    lines: Lines | None = None,
    arrows: tuple[np.ndarray, np.ndarray] | None = None,
    pair: tuple[int, int] | None = None,
    group: Sequence[int] = (),
    pictured: Sequence[int] | np.ndarray = (),
    outlined: Sequence[int] | np.ndarray = (),
    bounds: Sequence[tuple[float, float]] | None = None,
    bare: bool = False,
    tallest: int = 620,
) -> Blob:
    """What is drawn. The arguments that :func:`gca_viz.figures.geometry.projection_map` has mean the same here.

    Args:
        points: in two dimensions; their texts and thumbnails are those of the samples.
        samples: id of what :func:`pack_samples` made.
        place: names the map: while it stays, the part of the map that is seen stays; maps of the same points that
            share it show the same part, and what one is pointed at.
        name: of files.
        alt: the map in words.
        at: the last gesture that ``pair`` and ``group`` know of, by the browser's clock.
        pictured: points that are drawn as their images.
        outlined: samples with a thin ring around both points.
        bounds: lowest and highest of x and of y that are seen; default: all points.
        bare: without axes and legend, which stand elsewhere.
        tallest: CSS pixels.
    """
    colour, low_high = points.colour, (0.0, 1.0)
    if not colour.names:
        low_high = colour.bounds
    start, end, share, partner = (lines.start, lines.end, lines.share, lines.partner) if lines else ((),) * 4
    arrow_start, arrow_places = arrows if arrows is not None else ((), ())
    header: dict[str, Any] = {
        "samples": samples,
        "place": place,
        "name": name,
        "alt": alt,
        "at": at,
        "axes": list(points.axes),
        "colour": {
            "title": colour.title,
            "names": list(colour.names),
            "palette": list(colour.palette),
            "low": low_high[0],
            "high": low_high[1],
        },
        "domains": [[int(domain), points.domain_names[domain]] for domain in np.unique(points.domains)],
        "pair": [] if pair is None else [int(point) for point in pair],
        "group": [int(sample) for sample in group],
        "bounds": None if bounds is None else [[float(end) for end in ends] for ends in bounds],
        "bare": bare,
        "tallest": tallest,
    }
    arrays = {
        "places": np.asarray(points.coordinates, "<f4"),
        "values": np.asarray(colour.values, "<f4"),
        "domains": np.asarray(points.domains, "<u4"),
        "line_start": np.asarray(start, "<u4"),
        "line_end": np.asarray(end, "<u4"),
        "line_share": np.asarray(share, "<f4"),
        "line_partner": np.asarray(partner, "u1"),
        "arrow_start": np.asarray(arrow_start, "<u4"),
        "arrow_places": np.asarray(arrow_places, "<f4"),
        "pictured": np.asarray(pictured, "<u4"),
        "outlined": np.asarray(outlined, "<u4"),
    }
    return pack(header, arrays)
