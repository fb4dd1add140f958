"""A field of a recipe: described once, checked when it is made, and named in a link."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any, Protocol

#: what a choice says where something else decides
AUTO = "auto"
#: what a choice says of nothing
NOTHING = "none"


class Description(Protocol):
    """What a field needs of its description: a name, a default, and a check of what it is given."""

    @property
    def name(self) -> str:
        """In Python."""

    @property
    def default(self) -> Any:
        """Where nothing is said."""

    def check(self, value: Any) -> Any:
        """The value as the field holds it; raises :class:`gca_viz.errors.InputError`."""


def described(spec: Description, key: str, group: str = "") -> Any:
    """A field with its description and its name in a link; default and check come from the description.

    The description's own name is the one in Python and, with dashes, the flag of the command line; it is read in
    links, too.

    Args:
        spec: its description.
        key: its name in a link.
        group: under which heading help lists it, if not that of its part.
    """
    return field(default=spec.default, metadata={"spec": spec, "key": key, "group": group})


@dataclass(frozen=True)
class Checked:
    """Checks every described field when it is made."""

    def __post_init__(self) -> None:
        for item in fields(self):
            if "spec" in item.metadata:
                object.__setattr__(self, item.name, item.metadata["spec"].check(getattr(self, item.name)))
