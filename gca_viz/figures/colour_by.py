"""What the colour of a point says: a class out of several, or a number on a scale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gca_viz.palette import CLASSES, VIEWS, VIRIDIS, class_colour, scale, shades

SCALE = scale(VIRIDIS)
_SHADES = shades(VIRIDIS, 256)


@dataclass(frozen=True, eq=False)
class ColourBy:
    """The colours of a set of points.

    Attributes:
        title: of the legend or of the scale, with its unit.
        values: (points,) integers that index ``names``, or numbers.
        names: of the classes; empty for numbers.
        palette: a colour per name, as on a light ground.
    """

    title: str
    values: np.ndarray
    names: tuple[str, ...] = ()
    palette: tuple[str, ...] = ()

    @classmethod
    def of_classes(cls, title: str, values: np.ndarray, names: Sequence[str]) -> ColourBy:
        """A colour per class, the same whichever classes the points have.

        Args:
            title: of the legend.
            values: (points,) index of each point's class in the data set; −1, without label, has the last name and
                is grey.
            names: of the data set's classes.
        """
        palette = [class_colour(number) for number in range(len(names))]
        if (values < 0).any():
            palette[-1] = class_colour(-1)
        return cls(title, values % len(names), tuple(names), tuple(palette))

    @classmethod
    def of_column(cls, title: str, values: np.ndarray, shown: np.ndarray) -> ColourBy:
        """Numbers on a scale; texts as classes, of more than ten the commonest nine and, in grey, all others.

        Args:
            title: of the column.
            values: of all samples of the data set, so that a text has one colour whatever is shown.
            shown: (points,) index of the sample of each point.
        """
        if values.dtype.kind not in "USO":
            return cls(title, values[shown])
        kinds, numbers, counts = np.unique(values, return_inverse=True, return_counts=True)
        common = np.arange(len(kinds))
        if len(kinds) > len(CLASSES):
            common = np.sort(np.argsort(-counts, kind="stable")[: len(CLASSES) - 1])
        place = np.full(len(kinds), len(common))
        place[common] = np.arange(len(common))
        names, palette = (
            [str(kinds[kind]) or "empty" for kind in common],
            list(map(class_colour, range(len(common)))),
        )
        if len(kinds) > len(common):
            names.append(f"{len(kinds) - len(common)} others")
            palette.append(class_colour(-1))
        return cls(title, place[numbers.reshape(-1)[shown]], tuple(names), tuple(palette))

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
        places = (255 * np.nan_to_num(share).clip(0, 1)).round().astype(int)
        return [f"rgb{tuple(shade)}" for shade in _SHADES[places].tolist()]

    @property
    def bounds(self) -> tuple[float, float]:
        """Ends of the scale of numbers; never equal."""
        finite = self.values[np.isfinite(self.values)]
        low, high = (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 1.0)
        return (low, high) if high > low else (low - 0.5, high + 0.5)
