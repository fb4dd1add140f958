"""What the colour of a point says: a class out of several, or a number on a scale."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from plotly.colors import sample_colorscale

from gca_viz.figures.style import CLASSES, VIEWS, class_colours

SCALE = "Viridis"


@dataclass(frozen=True, eq=False)
class ColourBy:
    """The colours of a set of points.

    Attributes:
        title: of the legend or of the scale, with its unit.
        values: (points,) integers that index ``names``, or numbers.
        names: of the classes; empty for numbers.
        palette: a colour per name.
    """

    title: str
    values: np.ndarray
    names: tuple[str, ...] = ()
    palette: tuple[str, ...] = ()

    @classmethod
    def of_classes(cls, title: str, values: np.ndarray, names: tuple[str, ...], *, dark: bool = False) -> ColourBy:
        """A colour per class, the same whichever classes the points have."""
        return cls(title, values, tuple(names), tuple(class_colours(len(names), dark=dark)))

    @classmethod
    def of_column(cls, title: str, values: np.ndarray, *, dark: bool = False) -> ColourBy:
        """Numbers on a scale; texts as classes, the commonest nine by name where there are more than ten."""
        if values.dtype.kind not in "US":
            return cls(title, values)
        kinds, numbers, counts = np.unique(values, return_inverse=True, return_counts=True)
        names = [str(kind) or "empty" for kind in kinds]
        if len(kinds) > len(CLASSES):
            common = np.sort(np.argsort(-counts, kind="stable")[: len(CLASSES) - 1])
            place = np.full(len(kinds), len(common))
            place[common] = np.arange(len(common))
            names = [names[kind] for kind in common] + [f"{len(kinds) - len(common)} others"]
            numbers = place[numbers]
        return cls.of_classes(title, numbers.reshape(-1), tuple(names), dark=dark)

    @classmethod
    def of_views(cls, values: np.ndarray) -> ColourBy:
        """View 1 blue, view 2 orange."""
        return cls("view", values, ("view 1", "view 2"), VIEWS)

    def css(self, points: np.ndarray) -> list[str]:
        """The colour of some points, as CSS writes it."""
        if self.names:
            return [self.palette[value] for value in self.values[points]]
        low, high = self.bounds
        share = (self.values[points] - low) / (high - low)
        return sample_colorscale(SCALE, np.nan_to_num(share).clip(0, 1).tolist())

    @property
    def bounds(self) -> tuple[float, float]:
        """Ends of the scale of numbers; never equal."""
        finite = self.values[np.isfinite(self.values)]
        low, high = (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 1.0)
        return (low, high) if high > low else (low - 0.5, high + 0.5)
