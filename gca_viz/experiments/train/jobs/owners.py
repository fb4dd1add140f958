"""Whose trainings these are: a name in the link of a session. Every page reads it, so nothing large is imported."""

from __future__ import annotations

import re
import secrets

_NAME = re.compile(r"[\w-]{16,64}")


def new_owner() -> str:
    """A name that nobody can guess."""
    return secrets.token_urlsafe(12)


def is_owner(name: object) -> bool:
    """Whether a text of a link may be such a name."""
    return isinstance(name, str) and _NAME.fullmatch(name) is not None
