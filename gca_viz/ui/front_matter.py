"""Text files that a teacher edits: ``key: value`` lines at the head, parts with headings below."""

from __future__ import annotations

import re

from gca_viz.errors import InputError


def split(text: str, name: str) -> tuple[dict[str, str], dict[str, str]]:
    """Front matter (``key: value`` between two ``---``) and parts (``## Name``, in lower case) of a text.

    Args:
        text: of the file.
        name: of the file, for messages.

    Raises:
        InputError: there is no front matter, or a line of it is not ``key: value``.
    """
    lines = text.split("\n")
    if lines[0] != "---" or "---" not in lines[1:]:
        raise refusal(name, "it begins with a line '---', then 'key: value' lines, then '---'")
    end = lines.index("---", 1)
    front = {}
    for line in lines[1:end]:
        key, colon, value = line.partition(":")
        if not colon:
            raise refusal(name, f"each line of its head is 'key: value', not {line!r}")
        front[key.strip()] = value.strip()
    pieces = re.split(r"^## (.+)$", "\n".join(lines[end + 1 :]), flags=re.MULTILINE)
    return front, {
        title.strip().lower(): body.strip() for title, body in zip(pieces[1::2], pieces[2::2], strict=True)
    }


def refusal(name: str, allowed: str) -> InputError:
    """What is said of a file that has another form than allowed."""
    return InputError(f"the text {name}", allowed, "Correct the file; docs/learn.md shows one")
