"""Whether two plans can stand beside each other: in one layout, of the same columns."""

from __future__ import annotations

from gca_viz.errors import InputError
from gca_viz.experiments.recipe.recipe import MethodRecipe
from gca_viz.transport import METHODS

#: what columns are → what a sentence calls them
_WORDS = {"views": "view 2", "queue": "view 2 and a queue", "prototypes": "prototypes"}


def check_beside(method: MethodRecipe, beside: MethodRecipe) -> None:
    """Two plans can only be compared cell by cell in one layout, of the same columns."""
    if METHODS[beside.name].columns not in ("views", method.columns_are):
        same = [name for name, of in METHODS.items() if "cross" in of.layouts and of.columns == "views"]
        raise InputError(
            f"{beside.name}, of {_WORDS[METHODS[beside.name].columns]}, beside {method.name}",
            "plans are compared cell by cell",
            f"Choose {beside.name} as the method, or compare with {', '.join(same)}",
            parameter="reference",
        )
    if beside.layout in METHODS[beside.name].layouts:
        return
    both = shared_layout(method.name, beside.name)
    columns = ("views", method.columns_are)
    fitting = [
        name
        for name, of in METHODS.items()
        if beside.layout in of.layouts and name != method.name and of.columns in columns
    ]
    raise InputError(
        f"{beside.name} beside {method.name}, which is in the {beside.layout} layout",
        f"{beside.name} exists in the layout {' or '.join(METHODS[beside.name].layouts)} only",
        (f"Set the layout {both}, which both have, or compare with " if both else "Compare with ")
        + ", ".join(fitting),
        parameter="layout" if both else "reference",
    )


def shared_layout(one: str, other: str) -> str | None:
    """The first layout of a method that another has, too."""
    return next((layout for layout in METHODS[one].layouts if layout in METHODS[other].layouts), None)
