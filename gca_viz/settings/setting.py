"""What whoever starts the app sets by a variable of its environment: one description each, one way to read them."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gca_viz.numbers import whole_number


@dataclass(frozen=True)
class Setting:
    """A value that a variable of the environment sets; how its text is read is the subclass's business.

    Attributes:
        name: ``GCA_VIZ_`` and this in capitals is the variable.
        default: value where the variable is not set, or cannot be read.
        help: what it sets, as the table in ``docs/deployment.md`` says it.
        otherwise: the default in words, where the value itself does not speak.
    """

    name: str
    default: Any
    help: str = field(default="", kw_only=True)
    otherwise: str = field(default="", kw_only=True)

    @property
    def variable(self) -> str:
        """The variable of the environment."""
        return f"GCA_VIZ_{self.name.upper()}"

    @property
    def allowed(self) -> str:
        """What the variable may say, e.g. ``"a whole number ≥ 1"``."""
        raise NotImplementedError

    def read(self, text: str) -> Any:
        """The value that a text stands for; raises :class:`ValueError` where it stands for none."""
        raise NotImplementedError

    def text(self, value: Any) -> str:
        """A value as a person writes it."""
        return str(value)

    @property
    def default_text(self) -> str:
        """The default as a person writes it."""
        return self.otherwise or self.text(self.default)

    @property
    def given(self) -> bool:
        """Whether the environment says something that can be read."""
        return self._read()[1]

    @property
    def value(self) -> Any:
        """The value in force."""
        return self._read()[0]

    @property
    def in_force(self) -> str:
        """The value in force as a person writes it, and the default beside it where that is another."""
        if not self.given:
            return self.default_text
        changed = self.value != self.default
        return self.text(self.value) + (f" (by default {self.default_text})" if changed else "")

    @property
    def problem(self) -> str:
        """A sentence where the environment says what cannot be read; else nothing."""
        text = os.environ.get(self.variable, "").strip()
        if not text or self.given:
            return ""
        return f"{self.variable} is {text!r}; it must be {self.allowed}. The default is used: {self.default_text}."

    def _read(self) -> tuple[Any, bool]:
        text = os.environ.get(self.variable, "").strip()
        try:
            return (self.read(text), True) if text else (self.default, False)
        except ValueError:
            return self.default, False


@dataclass(frozen=True)
class WholeNumber(Setting):
    """A whole number from ``least`` to ``most``, which may be None."""

    least: int = field(default=1, kw_only=True)
    most: int | None = field(default=None, kw_only=True)

    @property
    def allowed(self) -> str:
        """The bounds in words."""
        return f"a whole number ≥ {self.least}" + ("" if self.most is None else f" and ≤ {self.most}")

    def read(self, text: str) -> int:
        """Digits alone, or :class:`ValueError`."""
        if not text[:1].isdigit():
            raise ValueError(text)  # +1
        number = whole_number(text)
        if number < self.least or (self.most is not None and number > self.most):
            raise ValueError(text)
        return number

    def text(self, value: int) -> str:
        """With commas between thousands."""
        return f"{value:,}"


@dataclass(frozen=True)
class Switch(Setting):
    """On or off."""

    default: bool = False

    @property
    def allowed(self) -> str:
        """The two texts."""
        return "1 (on) or 0 (off)"

    def read(self, text: str) -> bool:
        """``1`` or ``0``, or :class:`ValueError`."""
        if text not in ("0", "1"):
            raise ValueError(text)
        return text == "1"

    def text(self, value: bool) -> str:
        """``on`` or ``off``."""
        return "on" if value else "off"


@dataclass(frozen=True)
class Name(Setting):
    """A name that a regular expression describes, and ``words`` for people."""

    pattern: str = field(kw_only=True)
    words: str = field(kw_only=True)

    @property
    def allowed(self) -> str:
        """The names in words."""
        return self.words

    def read(self, text: str) -> str:
        """The name itself, or :class:`ValueError`."""
        if not re.fullmatch(self.pattern, text):
            raise ValueError(text)
        return text


@dataclass(frozen=True)
class Folder(Setting):
    """One folder, which need not be there; ``~`` is the user's home."""

    default: Path | None = None

    @property
    def allowed(self) -> str:
        """What a path may not be."""
        return "a folder, not a file"

    def read(self, text: str) -> Path:
        """The absolute path, or :class:`ValueError` where a file is in the way."""
        path = _absolute(text)
        if os.path.exists(path) and not os.path.isdir(path):  # where Path's own may raise, these say no
            raise ValueError(text)
        return path


@dataclass(frozen=True)
class File(Setting):
    """One file that is there; ``~`` is the user's home."""

    default: Path | None = None

    @property
    def allowed(self) -> str:
        """What a path may be."""
        return "a file that is there"

    def read(self, text: str) -> Path:
        """The absolute path, or :class:`ValueError` where no file is there."""
        path = _absolute(text)
        if not os.path.isfile(path):
            raise ValueError(text)
        return path


@dataclass(frozen=True)
class Folders(Setting):
    """Folders, parted as in ``PATH``; those that are not there are told, and wait until they are."""

    default: tuple[Path, ...] = ()

    @property
    def allowed(self) -> str:
        """How they are parted."""
        return f"folders that are there, parted by {os.pathsep!r}"

    def read(self, text: str) -> tuple[Path, ...]:
        """Absolute paths with links resolved."""
        return tuple(resolved(part) for part in text.split(os.pathsep) if part.strip())

    def text(self, value: tuple[Path, ...]) -> str:
        """With commas between."""
        return ", ".join(map(str, value))

    @property
    def problem(self) -> str:
        """A sentence that names the folders that are not there."""
        gone = [str(folder) for folder in self.value if not os.path.isdir(folder)]
        return f"Not there: {', '.join(gone)}. Correct {self.variable}." if gone else super().problem


def resolved(text: str) -> Path:
    """The absolute path that a text stands for, links resolved; ``~`` is the user's home.

    Raises:
        ValueError: it can be none: an unknown user, a name too long for any disk, links in a circle, a NUL.
    """
    try:
        path = _absolute(text)
        path.lstat()  # what resolve() lets pass in some versions of Python
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        pass
    except OSError as error:
        raise ValueError(text) from error
    try:
        return path.resolve()
    except (OSError, RuntimeError) as error:
        raise ValueError(text) from error


def _absolute(text: str) -> Path:
    try:
        return Path(text.strip()).expanduser().absolute()
    except RuntimeError as error:  # ~somebody who is unknown here
        raise ValueError(text) from error
