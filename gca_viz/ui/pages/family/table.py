"""The rows of the table as the element draws them: words, small pictures, numbers."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from gca_viz.errors import InputError
from gca_viz.experiments.family.dials import DIALS, LADDER
from gca_viz.experiments.family.miniature import Miniature
from gca_viz.experiments.family.relative import Relative
from gca_viz.experiments.family.rows import FAMILY
from gca_viz.figures.miniatures import picture
from gca_viz.metric import percent
from gca_viz.ui.elements.loss_table import Cell, Row

HEADS = [(name, sentence) for name, sentence in DIALS.items()]
#: what the table can be sorted by → the place of a row there
SORTS = ("ladder", "year", *(name for name in DIALS if name != "held"), "pair mass", "class mass")


@dataclass
class Pictures:
    """Data addresses by what they show; equal ones are sent once."""

    dark: bool
    addresses: dict[str, str] = field(default_factory=dict)

    def matrix(self, values: np.ndarray, kind: str) -> str:
        """The key of a small matrix."""
        return self._key(picture(values, "mass" if kind == "mass" else "difference", dark=self.dark))

    def image(self, png: bytes) -> str:
        """The key of an image."""
        return self._key(f"data:image/png;base64,{base64.b64encode(png).decode()}")

    def _key(self, address: str) -> str:
        known = {kept: key for key, kept in self.addresses.items()}
        return known.get(address) or self._new(address)

    def _new(self, address: str) -> str:
        key = str(len(self.addresses))
        self.addresses[key] = address
        return key


def cells(
    relative: Relative,
    mini: Miniature,
    views: tuple[bytes, bytes] | None,
    pictures: Pictures,
    *,
    by_class: bool,
) -> list[Cell]:
    """The six cells of a row.

    Args:
        relative: the loss.
        mini: what it makes of the batch.
        views: the images of the picked pair; None where embeddings were brought without any.
        pictures: takes what is drawn.
        by_class: whether any of its class is a sample's partner in the views.
    """
    dials = relative.dials
    costs = mini.costs / max(float(mini.costs.max()), 1e-12)
    most = max(float(mini.row_mass.max()), float(mini.column_mass.max()), 1.0)
    share = mass_text(mini, by_class)
    weights = max(float(mini.mu.max()), float(mini.nu.max()), 1.0)
    return [
        Cell(
            dials.kernel,
            f"C from 0 to {number_text(mini.highest)}",
            f"The kernel over the costs of the batch, which range from 0 to {number_text(mini.highest)}",
            bars=_heights(costs),
            line=_heights(mini.kernel),
        ),
        Cell(
            dials.held,
            share,
            f"The plan, with {share}; its row and column sums as bars",
            images=[pictures.matrix(mini.plan, "mass")],
            rows=_heights(mini.row_mass / most),
            columns=_heights(mini.column_mass / most),
        ),
        Cell(dials.target, "", f"The target: {dials.target}", images=[pictures.matrix(mini.target, "mass")]),
        Cell(
            dials.distance,
            f"loss {number_text(mini.loss)}",
            "Target minus plan: more is wanted where positive, less where negative",
            images=[pictures.matrix(mini.residual, "difference")],
        ),
        Cell(
            dials.views,
            "",
            "The picked pair in view 1 and view 2",
            images=[pictures.image(png) for png in views] if views else [],
        ),
        Cell(
            dials.marginals,
            "1 a row"
            if float(np.ptp(mini.mu)) < 1e-9
            else f"{number_text(float(mini.mu.min()))} to {number_text(float(mini.mu.max()))} a row",
            "What each row should send",
            bars=_heights(mini.mu / weights),
        ),
    ]


def mass_text(mini: Miniature, by_class: bool) -> str:
    """Where the mass of a plan lies, in a few words."""
    if np.isnan(mini.class_mass):
        return "no pairs: prototypes"
    if by_class:
        return f"{percent(mini.class_mass)} within classes"
    return "pairs closed" if np.isnan(mini.pair_mass) else f"{percent(mini.pair_mass)} on the pairs"


def number_text(number: float) -> str:
    """A number as a person writes it, with three digits."""
    return f"{number:.3g}".replace("e+0", "e").replace("e-0", "e-").replace("-", "−")


def _heights(values: np.ndarray) -> list[float]:
    return [round(float(value), 3) for value in np.nan_to_num(values).clip(0, 1)]


def in_order(names: Iterable[str], by: str, minis: Mapping[str, Miniature | InputError | None]) -> list[str]:
    """The rows as the page lists them; of equals those of the ladder first, what has no number last."""

    def number(name: str, attribute: str) -> float:
        value = getattr(minis[name], attribute, np.nan)
        return np.inf if np.isnan(value) else -value

    def place(name: str) -> tuple[float | str, int]:
        row, at = FAMILY[name], list(FAMILY).index(name)
        if by == "ladder":
            return LADDER.index(row.dials.held), at
        if by == "year":
            return row.year, at
        if by in ("pair mass", "class mass"):
            return number(name, by.replace(" ", "_")), at
        return getattr(row.dials, by), at

    return sorted(names, key=place)


def fits(relative: Relative, wanted: Iterable[str]) -> bool:
    """Whether a loss stands where a filter says: in any of the values of each dial that it names."""
    by_dial: dict[str, set[str]] = {}
    for item in wanted:
        dial, _, value = item.partition(": ")
        by_dial.setdefault(dial, set()).add(value)
    return all(getattr(relative.dials, dial, None) in values for dial, values in by_dial.items())


def filters() -> list[str]:
    """Every place where some loss stands, as a filter calls it."""
    found = {(dial, getattr(row.dials, dial)): None for dial in DIALS for row in FAMILY.values()}
    return [f"{dial}: {value}" for dial, value in found]


def row(relative: Relative, made: list[Cell] | InputError | None, *, picked: str, here: bool) -> Row:
    """A row with its pictures, or with the sentence that says why there are none."""
    if isinstance(made, list):
        return Row(relative.name, relative.title, f"{relative.year}", picked, made, here=here)
    why = "Its own views are being made …" if made is None else str(made)
    return Row(relative.name, relative.title, f"{relative.year}", picked, problem=why, here=here)
