"""What clients, styles in turn, a teacher and another encoder to stay away from ask of the rest of a recipe."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gca_viz.errors import InputError, listed
from gca_viz.experiments.recipe.field import NOTHING
from gca_viz.experiments.train.parts import (
    AWAY,
    AWAY_FROM,
    BUFFER,
    CLIENTS,
    IN_TURN,
    LOCAL_EPOCHS,
    RANDOM,
    STYLE,
    TEACHER,
    WRONG_PAIRS,
)
from gca_viz.views import VIEWS

_CHOICES = (TEACHER, CLIENTS, IN_TURN, AWAY_FROM)
#: what says how much → what it belongs to
_BELONGS = ((LOCAL_EPOCHS, CLIENTS), (BUFFER, IN_TURN), (AWAY, AWAY_FROM))


def check_course(values: Mapping[str, Any]) -> None:
    """Raise :class:`InputError` where they cannot work together, or with the rest.

    Args:
        values: of a recipe, by the names of its fields, each checked by itself.
    """
    chosen = [spec.name for spec in _CHOICES if values[spec.name] != NOTHING]
    for spec, owner in _BELONGS:
        if values[spec.name] != spec.default and owner.name not in chosen:
            raise InputError(
                f"{spec.name} = {values[spec.name]:g}",
                f"it belongs to {_flag(owner.name)}",
                f"Add {_flag(owner.name)}, or leave it out",
                parameter=spec.name,
            )
    if not chosen:
        return
    method, views = values["method"], VIEWS[values["views"]]
    if method == RANDOM or views.words:
        what = "the method random, which trains nothing" if method == RANDOM else "the views image-text"
        raise InputError(
            f"{listed([_flag(name) for name in chosen])} with {what}",
            "it is of trainings on two views of images",
            "Leave it out, or choose another",
            parameter=chosen[0],
        )
    if method == "byol" and TEACHER.name in chosen:
        raise InputError(
            "a teacher under the method byol",
            "BYOL has its target network, which is one",
            f"Leave {_flag(TEACHER.name)} out",
            parameter=TEACHER.name,
        )
    _check_parts(values, chosen)


def _check_parts(values: Mapping[str, Any], chosen: list[str]) -> None:
    """Clients and phases: one of both, and pairs that stay within each."""
    parts = [spec.name for spec in (CLIENTS, IN_TURN) if spec.name in chosen]
    if len(parts) > 1:
        raise InputError(
            f"{_flag(CLIENTS.name)} and {_flag(IN_TURN.name)}",
            "images are in several hands or come one style after the other",
            "Leave one of both out",
            parameter=CLIENTS.name,
        )
    for name in parts:
        crosses = values[name] == STYLE and VIEWS[values["views"]].cross_domain
        if crosses or values[WRONG_PAIRS.name]:
            shown = (
                f"the views {values['views']}" if crosses else f"{WRONG_PAIRS.name} = {values[WRONG_PAIRS.name]:g}"
            )
            raise InputError(
                f"{shown} with {_flag(name)} {values[name]}",
                "both images of a pair must be there at once, and partners in other parts of the data are not",
                f"Choose views of one image, as simclr, or leave {_flag(name)} out"
                if crosses
                else "Leave one of both out",
                parameter="views" if crosses else WRONG_PAIRS.name,
            )


def _flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"
