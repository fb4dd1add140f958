"""What a sweep shows, in one computed sentence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from gca_viz.experiments.effects.axes import AXES
from gca_viz.experiments.effects.noise import SCORES, Detection
from gca_viz.experiments.effects.table import EffectTable
from gca_viz.experiments.metrics.plans import EFFECT_READINGS
from gca_viz.experiments.plan.summary import NO_PAIRS
from gca_viz.metric import percent

#: a change below this share of the larger number is called none
_NONE = 0.01


def missing(reading: str) -> str:
    """Why a number that a plan may have is none here."""
    spec = EFFECT_READINGS[reading]
    return f"{NO_PAIRS} Choose another number." if spec.of_pairs else f"{spec.label} needs at least two classes."


def what_changed(
    table: EffectTable, readings: Sequence[str], corners: Mapping[str, tuple[int, int]] | None = None
) -> str:
    """What happens to the readings from one end of a curve to the other, or between two places of a map.

    Args:
        table: as far as it is computed.
        readings: those to tell, the most important first.
        corners: two names → index; what to compare on a map. By default its lowest and its highest place.
    """
    readings = [reading for reading in readings if not np.isnan(table.values[reading]).all()]
    if not readings:
        return ""
    known = ~np.isnan(table.mean(readings[0]))
    if len(table.axes) == 1:
        return _along(table, readings, known)
    if corners:
        return _between(table, readings, corners)
    return " ".join(_extremes(table, reading) for reading in readings)


def _along(table: EffectTable, readings: Sequence[str], known: np.ndarray) -> str:
    ((name, values),) = table.axes.items()
    where = np.flatnonzero(known)
    first, last = where[0], where[-1]
    clauses = [_course(reading, table.mean(reading)[known], np.array(values)[known]) for reading in readings]
    start, end = place_text(name, values[first]), number(values[last])
    sentence = f"From {start} to {end} {_listed(clauses)}"
    low, high = table.band(readings[0])
    widest, text = int(np.nanargmax(high - low)), EFFECT_READINGS[readings[0]].text
    if table.seeds > 1 and text(high[widest]) != text(low[widest]):
        sentence += (
            f"; the {table.seeds} seeds lie furthest apart at {number(values[widest])}, "
            f"from {text(low[widest])} to {text(high[widest])}"
        )
    return f"{sentence}."


def _course(reading: str, values: np.ndarray, at: np.ndarray) -> str:
    """``the pair mass rises from 3 % to 87 %``, and where it turns if it does."""
    spec = EFFECT_READINGS[reading]
    title, first, last = f"the {_spoken(reading)}", values[0], values[-1]
    size = max(np.abs(values).max(), 1e-9)
    if np.ptp(values) <= _NONE * size:
        return f"{title} stays at {spec.text(first)}"
    for index, word in ((int(values.argmax()), "highest"), (int(values.argmin()), "lowest")):
        beyond = abs(values[index] - first), abs(values[index] - last)
        if min(beyond) > 0.1 * np.ptp(values):
            return (
                f"{title} goes from {spec.text(first)} to {spec.text(last)} and is {word} at {number(at[index])} "
                f"({spec.text(values[index])})"
            )
    return f"{title} {'rises' if last > first else 'falls'} from {spec.text(first)} to {spec.text(last)}"


def _between(table: EffectTable, readings: Sequence[str], corners: Mapping[str, tuple[int, int]]) -> str:
    (start, a), (end, b) = corners.items()
    clauses = [
        _course(reading, np.array([table.mean(reading)[a], table.mean(reading)[b]]), np.zeros(2))
        for reading in readings
    ]
    return f"From {start} to {end} {_listed(clauses)}."


def _extremes(table: EffectTable, reading: str) -> str:
    values, spec = table.mean(reading), EFFECT_READINGS[reading]

    def place(flat: int) -> str:
        index = np.unravel_index(flat, values.shape)
        return ", ".join(
            place_text(name, axis[i]) for (name, axis), i in zip(table.axes.items(), index, strict=True)
        )

    low, high = int(np.nanargmin(values)), int(np.nanargmax(values))
    if values.flat[high] - values.flat[low] <= _NONE * max(abs(values.flat[high]), 1e-9):
        return f"The {_spoken(reading)} stays at {spec.text(values.flat[low])} all over this map."
    return (
        f"The {_spoken(reading)} is lowest at {place(low)} ({spec.text(values.flat[low])}) "
        f"and highest at {place(high)} ({spec.text(values.flat[high])})."
    )


def who_finds(detection: Detection) -> str:
    """Who finds the corrupted pairs best, and what becomes of their rows' mass."""
    mean = {score: auc.mean(0) for score, auc in detection.auc.items()}
    best = int(mean["row_mass"].argmax())
    if detection.corruption == "swap":
        row = (
            "The row mass cannot find swapped partners, since it does not know who belongs to whom "
            f"(AUC {mean['row_mass'].mean():.2f} on average over λ, where 0.5 is chance)"
        )
    else:
        row = (
            f"Little row mass finds the corrupted pairs best at λ = {number(detection.penalties[best])} "
            f"(AUC {mean['row_mass'][best]:.2f}), where their rows send {percent(detection.kept.mean(0)[best])} "
            "of what clean ones send"
        )
    others = " and ".join(f"the {SCORES[score]} has {mean[score].max():.2f}" for score in ("pair_mass", "cosine"))
    return f"{row}; {others}."


def place_text(name: str, value: float) -> str:
    """A parameter and its value, e.g. ``ε 0.1``."""
    spec = AXES[name].spec
    symbol = spec.symbol or _lower(spec.label)
    return f"{symbol} {percent(value) if name == 'corrupted_share' else number(value)}"


def number(value: float) -> str:
    """A number as a person writes it."""
    return "∞" if np.isinf(value) else f"{value:.3g}".replace("-", "−")


def _spoken(reading: str) -> str:
    """A reading within a sentence."""
    return _SPOKEN.get(reading) or _lower(EFFECT_READINGS[reading].label)


_SPOKEN = {
    "top1_columns": "column top-1",
    "column_error": "column error",
    "false_negative_mass": "mass between samples of one class",
    "same_domain_mass": "mass within a domain",
}


def _lower(title: str) -> str:
    return title[0].lower() + title[1:]


def _listed(clauses: list[str]) -> str:
    return clauses[0] if len(clauses) == 1 else ", ".join(clauses[:-1]) + " and " + clauses[-1]
