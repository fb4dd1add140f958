"""A lesson: a text, one control, and a function from its settings to what is on the screen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, SupportsFloat

from gca_viz import metric
from gca_viz.experiments.recipe.recipe import Recipe
from gca_viz.settings.parameter import Choice, Parameter
from gca_viz.ui.pages.learn.lesson_text import LessonText, text_of

Control = Parameter | Choice
#: name of the one to begin with; whoever links to it need not import what the lessons compute with
FIRST = "cosine"


@dataclass(frozen=True)
class Settings:
    """What the user set.

    Attributes:
        values: name of a control → its value, always within bounds.
        pick: the cell that was picked, or None.
        extra: name of a field → its value, of those that the link or the user set.
        answered: whether the answer has been shown, so that a picture may give it away.
    """

    values: Mapping[str, Any]
    pick: tuple[int, int] | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)
    answered: bool = False

    def __getitem__(self, name: str) -> Any:
        return self.values[name]


@dataclass(frozen=True, eq=False)
class Shown:
    """What a lesson shows at its settings, all of it computed now.

    Attributes:
        draw: draws the picture.
        right: name of the option that the computation says is true.
        facts: name → text, for ``[[name]]`` in the lesson's words.
        recipe: what the workbench opens.
        page: of the workbench, as the navigation's file is called.
        query: what else the page's link says, e.g. which tab.
        cells: name → cell of the picture's matrices that a symbol of the formula stands for.
    """

    draw: Callable[[], None]
    right: str
    facts: Mapping[str, str]
    recipe: Recipe
    page: str = "alignment"
    query: Mapping[str, str] = field(default_factory=dict)
    cells: Mapping[str, tuple[int, int]] = field(default_factory=dict)


@dataclass(frozen=True)
class Lesson:
    """One idea.

    Attributes:
        name: in the link; its words are in ``lessons/texts/NN-name.md``.
        controls: what the user can set, the first being the one thing to do; each described once.
        show: settings → what is on the screen.
        titles: option of a choice → what the form calls it.
        board: whether its picture is a board, whose cells can be picked.
        wide: whether that has two matrices side by side.
        page: draws the whole lesson instead, for one that is of another kind.
        fields: what such a page lets the user set besides, kept in the link.
    """

    name: str
    controls: tuple[Control, ...]
    show: Callable[[Settings], Shown] | None
    titles: Mapping[str, str] = field(default_factory=dict)
    board: bool = False
    wide: bool = False
    page: Callable[[], None] | None = None
    fields: tuple[Control, ...] = ()

    @property
    def text(self) -> LessonText:
        """Its words."""
        return text_of(self.name)

    @property
    def defaults(self) -> dict[str, Any]:
        """Value of each control when the user says nothing."""
        return {spec.name: spec.default for spec in self.controls}


def number(value: SupportsFloat, digits: int = 2) -> str:
    """A number in a sentence: ``digits`` significant digits, a minus that is one; very small ones as a power."""
    value = float(value)
    if value == 0 or 1e-3 <= abs(value) < 1e4:
        # As many decimals as the digits ask for; 0.10 keeps its zero.
        places = max(0, digits - 1 - int(f"{value:.{digits - 1}e}".split("e")[1]))
        return f"{value:.{places}f}".replace("-", "−")
    mantissa, exponent = f"{value:.1e}".split("e")
    return f"{mantissa}·10{_raised(int(exponent))}".replace("-", "−")


def decimal(value: SupportsFloat) -> str:
    """A mass in a sentence, with two decimals."""
    return f"{float(value):.2f}".replace("-", "−")


def percent(share: SupportsFloat) -> str:
    """A share in a sentence."""
    return metric.percent(share).replace(" ", "\u00a0")


def _raised(exponent: int) -> str:
    return str(exponent).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
