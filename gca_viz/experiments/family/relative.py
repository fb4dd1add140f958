"""One row of the family's table: a loss, where it stands, and what its authors say of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from gca_viz.experiments.family.dials import Dials, dials_of
from gca_viz.experiments.recipe.recipe import MethodRecipe, Recipe
from gca_viz.transport import METHODS

#: how far a source was read → what the table says of it
READ: Mapping[str, str] = {
    "code": "read in the authors’ code",
    "abstract": "only abstract or opening were read",
    "known": "from common knowledge, not checked against the paper",
}


@dataclass(frozen=True)
class Relative:
    """A loss as a setting of the six dials.

    Attributes:
        name: of the row; that of its method, where it is one.
        title: what a page calls it.
        year: in which it was published.
        summary: one sentence for a student.
        formula: the loss in LaTeX.
        paper: where it comes from.
        claim: what its authors claim, in one sentence.
        read: how far the source was read, of :data:`READ`.
        place: what of a recipe it sets, named as in a link; everything else of the method is as it always is.
        departs: how the row departs from what its authors do; empty where it is the same loss.
    """

    name: str
    title: str
    year: int
    summary: str
    formula: str
    paper: str
    claim: str
    read: Literal["code", "abstract", "known"]
    place: Mapping[str, Any] = field(hash=False)
    departs: str = ""

    def on(self, batch: Recipe) -> Recipe:
        """The recipe of this loss on the batch of another, at its temperature and its number of iterations."""
        method = MethodRecipe(epsilon=batch.method.epsilon, iterations=batch.method.iterations)
        return replace(batch, method=method).with_values(**self.place)

    @property
    def dials(self) -> Dials:
        """Where it stands, whatever the batch."""
        return dials_of(self.on(Recipe()))


@dataclass(frozen=True)
class Outsider:
    """A loss that no setting of the dials gives, with the reason and a number of its own.

    Attributes:
        name, title, year, formula, paper: as of :class:`Relative`.
        reason: why it has no plan.
        measure: name of its own measure in :mod:`gca_viz.geometry.outside`.
    """

    name: str
    title: str
    year: int
    formula: str
    paper: str
    reason: str
    measure: str


@dataclass(frozen=True)
class Reading:
    """A related system that reads plans rather than making another one, and where the app shows it.

    Attributes:
        name, title, year, paper, claim, read: as of :class:`Relative`.
        summary: what it is here, in one sentence.
        page: where it is, by the page's name in an address.
        query: what the address says beside the batch.
    """

    name: str
    title: str
    year: int
    summary: str
    paper: str
    claim: str
    read: Literal["code", "abstract", "known"]
    page: str
    query: Mapping[str, str] = field(hash=False)


def of_method(
    name: str, year: int, claim: str, read: Any = "known", *, place: Mapping[str, Any] | None = None, **more: Any
) -> Relative:
    """The row of a method of the registry, whose words it takes from there; ``place`` is what else it sets."""
    method = METHODS[name]
    return Relative(
        name,
        method.title,
        year,
        method.summary,
        method.formula,
        method.citation,
        claim,
        read,
        {"method": name, **(place or {})},
        **more,
    )
