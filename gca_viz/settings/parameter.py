"""One description per parameter; slider, validation, link, command line and docs all read it."""

from __future__ import annotations

import math
import operator
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Literal

from gca_viz.errors import InputError
from gca_viz.numbers import real_number, whole_number


@dataclass(frozen=True)
class Parameter:
    """A number that a user may set.

    Attributes:
        name: keyword in Python and in the link, e.g. ``"epsilon"``.
        symbol: how the literature writes it, e.g. ``"ε"``.
        label: what a form calls it, in plain words.
        default: value when the user says nothing.
        minimum, maximum: what the mathematics allows (inclusive unless ``exclusive_minimum``).
        low, high: range that a slider offers; values outside are allowed up to the bounds.
        scale: ``"log"`` or ``"linear"`` spacing of the slider.
        integer: whether only whole numbers are allowed.
        exclusive_minimum: whether ``minimum`` itself is refused.
        infinite: whether ``math.inf`` is allowed (a λ of infinity is a hard constraint).
        help: one sentence a student understands.
    """

    name: str
    symbol: str
    label: str
    default: float
    minimum: float
    maximum: float
    low: float
    high: float
    scale: Literal["log", "linear"] = "linear"
    integer: bool = False
    exclusive_minimum: bool = False
    infinite: bool = False
    help: str = ""

    @property
    def allowed(self) -> str:
        """The bounds as a sentence, e.g. ``"epsilon (ε) must be a number > 0"``."""
        kind = "a whole number" if self.integer else "a number"
        lower = ">" if self.exclusive_minimum else "≥"
        symbol = f" ({self.symbol})" if self.symbol not in ("", self.name) else ""
        text = f"{self.name}{symbol} must be {kind} {lower} {self.minimum:.10g}"
        if math.isfinite(self.maximum):
            text += f" and ≤ {self.maximum:.10g}"
        return text + (" (infinity allowed)" if self.infinite else "")

    def check(self, value: Any) -> float | int:
        """Return ``value`` as a number inside the bounds, or raise :class:`InputError`."""
        if type(value) is float and (
            self.infinite if value == math.inf else not self.integer and self.minimum < value < self.maximum
        ):
            return value  # as nearly all are
        try:
            # An array or a tensor of one element is a number, of whatever library.
            value = value.item() if getattr(value, "shape", None) is not None else value
            if isinstance(value, bool):
                raise TypeError(value)
            number = real_number(value) if isinstance(value, str) else float(value)
        except (TypeError, ValueError, OverflowError, RuntimeError):
            raise self._error(value) from None
        below = number <= self.minimum if self.exclusive_minimum else number < self.minimum
        endless = self.infinite and number == math.inf  # allowed beside a finite maximum, too
        above = not endless and (math.isinf(number) or number > self.maximum)
        if math.isnan(number) or below or above:
            raise self._error(value)
        whole = self.integer and math.isfinite(number)
        if whole and number != int(number):
            raise self._error(value)
        return int(number) if whole else number

    def check_whole(self, value: Any) -> int:
        """The same of a parameter of whole numbers that may not be infinite."""
        return int(self.check(value))

    def _error(self, value: Any) -> InputError:
        remedy = f"Use a value between {self.low:g} and {self.high:g}; the default is {self.default:g}"
        try:
            text = repr(value)
        except ValueError:  # a number of more digits than Python writes
            text = "a number of thousands of digits"
        return InputError(f"{self.name} = {text}", self.allowed, remedy, parameter=self.name)


@dataclass(frozen=True)
class Choice:
    """A name that a user picks from a list.

    Attributes:
        name: keyword in Python and in the link, e.g. ``"method"``.
        label: what a form calls it, in plain words.
        options: the allowed names, in the order in which a form shows them.
        default: value when the user says nothing.
        help: one sentence a student understands.
        accepts: tells of a name that is no option whether it is allowed, too (what a user brought).
        paths: whether a path may stand for a name; whether something is there is seen where it is read.
    """

    name: str
    label: str
    options: tuple[str, ...]
    default: str
    help: str = ""
    accepts: Callable[[Any], bool] | None = None
    paths: bool = False

    def check(self, value: Any) -> str:
        """Return ``value`` if it is one of the options, or raise :class:`InputError` naming the nearest."""
        if isinstance(value, str) and (
            value in self.options or (self.accepts is not None and _is_name(value) and self.accepts(value))
        ):
            return value
        if self.paths and isinstance(value, str) and value:
            return value
        near = get_close_matches(str(value)[:_LONGEST_NAME], self.options, n=1)
        raise InputError(
            f"{self.name} = {value!r}",
            f"{self.name} must be one of {', '.join(self.options)}",
            f"Did you mean {near[0]!r}?" if near else "Choose one of these",
            parameter=self.name,
        )


@dataclass(frozen=True)
class Subset:
    """Several names of a list, or several whole numbers.

    Attributes:
        name, label, help: as in :class:`Choice`.
        options: the allowed names; empty where they depend on the data and are checked there.
        default: value when the user says nothing.
        kind: ``str`` for names, ``int`` for whole numbers ≥ 0.
    """

    name: str
    label: str
    help: str = ""
    options: tuple[str, ...] = ()
    default: tuple[Any, ...] = ()
    kind: type[str] | type[int] = str

    def check(self, value: Any) -> tuple[Any, ...]:
        """Return ``value`` as a tuple, or raise :class:`InputError`."""
        read: Callable[[Any], str | int]
        if self.kind is int:
            allowed, read = "whole numbers ≥ 0 with commas between", _index
        else:
            allowed = f"names out of {', '.join(self.options)}" if self.options else "names with commas between"
            read = self._name
        if isinstance(value, str):
            raise self._error(value, allowed)  # Python would take it letter by letter
        try:
            items = tuple(read(item) for item in value)
        except (TypeError, ValueError):
            raise self._error(value, allowed) from None
        if len(items) > _MOST_ITEMS:
            raise self._error(value, f"at most {_MOST_ITEMS:,} {allowed}")
        return items

    def _name(self, item: Any) -> str:
        name = str(item)
        if not _is_name(name) or (self.options and name not in self.options):
            raise ValueError("not a name of these")
        return name

    def _error(self, value: Any, allowed: str) -> InputError:
        got = (
            f"{self.name} = {','.join(map(str, value))!r}"
            if isinstance(value, tuple)
            else f"{self.name} = {value!r}"
        )
        return InputError(
            got, f"{self.name} must be {allowed}", "Correct the list or leave it out", parameter=self.name
        )


#: what is said once of something that can be set
Spec = Parameter | Choice | Subset

_MOST_ITEMS = 10_000
_LONGEST_NAME = 200  # characters; what a user brings is cut to fewer


def _is_name(value: Any) -> bool:
    """Whether a text may name anything at all: what has control characters, or no end, does not."""
    return (
        isinstance(value, str)
        and len(value) <= _LONGEST_NAME
        and not any(unicodedata.category(letter).startswith("C") for letter in value)
    )


def _index(item: Any) -> int:
    """A whole number ≥ 0 that fits an index."""
    if isinstance(item, bool):
        raise ValueError("no number")
    number = whole_number(item) if isinstance(item, str) else operator.index(item)
    if not 0 <= number < 2**31:
        raise ValueError("out of range")
    return number
