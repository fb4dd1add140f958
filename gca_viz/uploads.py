"""What users of this process uploaded, each thing under a name that nobody can guess."""

from __future__ import annotations

import secrets
from collections import Counter
from threading import Lock
from typing import Generic, TypeVar

from gca_viz.errors import InputError

_PREFIX = "own:"
#: what the names of uploads look like in a text
UPLOAD = rf"{_PREFIX}[\w-]+"

Thing = TypeVar("Thing")


def upload_name(token: str) -> str:
    """The name that a thing has in recipes and links.

    Args:
        token: letters, digits, ``-`` and ``_`` that nobody can guess.
    """
    return _PREFIX + token


def is_upload(name: object) -> bool:
    """Whether a name has the form of those that :func:`upload_name` gives."""
    return isinstance(name, str) and name.startswith(_PREFIX)


class Uploads(Generic[Thing]):
    """Things of one kind, kept until they are forgotten; safe to use from several threads.

    Args:
        kind: what they are, e.g. ``"data set"``, for messages.
        parameter: the parameter that names one.
    """

    def __init__(self, kind: str, parameter: str):
        self.kind, self.parameter = kind, parameter
        self._things: dict[str, Thing] = {}
        self._holders: Counter[str] = Counter()
        self._lock = Lock()

    def keep(self, thing: Thing, name: str | None = None) -> str:
        """Keep a thing; returns its name, a new one by default."""
        name = name or upload_name(secrets.token_urlsafe(9))
        self.keep_as(name, thing)
        return name

    def keep_as(self, name: str, thing: Thing) -> None:
        """Keep a thing under a name that another process or another session may have for it too."""
        with self._lock:
            self._things[name] = thing
            self._holders[name] += 1

    def forget(self, name: str) -> None:
        """Let go of a thing, which is there as long as anybody else holds it; no error if it is not there."""
        with self._lock:
            self._holders[name] -= 1
            if self._holders[name] <= 0:
                del self._holders[name]
                self._things.pop(name, None)

    def find(self, name: str) -> Thing:
        """The thing of that name.

        Raises:
            InputError: it is not there any more, or never was.
        """
        with self._lock:
            if name in self._things:
                return self._things[name]
        raise InputError(
            f"{'an' if self.kind[0] in 'aeiou' else 'a'} {self.kind} that is not in this session",
            "what a user brings belongs to one browser session and disappears with it",
            "Bring the file again",
            parameter=self.parameter,
        )
