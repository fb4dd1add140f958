"""A recipe with all that it compares as the command that computes the same without a browser."""

from __future__ import annotations

import shlex
from collections.abc import Mapping

from gca_viz.encoders.uploads import recorded, title_of
from gca_viz.experiments.plan.command import assumed, command_line
from gca_viz.experiments.recipe.recipe import Recipe
from gca_viz.uploads import is_upload

_COMPARED = ("encoders", "with")
_COMMENT = "  # the path of your own file"


def compare_command(
    recipe: Recipe, command: str = "compare", *flags: str, sources: Mapping[str, str] | None = None
) -> str:
    """The command, fit to be pasted into a shell.

    Args:
        recipe: what it computes.
        command: its name.
        flags: what stands behind the name, e.g. ``"--page", "compare"``.
        sources: flag → what was written there of the paths that a user uploaded: ``"data"``, ``"encoder"``,
            ``"encoders"``, ``"with"``, or ``"run"`` for a folder that names all of those. Where they are not known,
            as in a browser, the names of the files stand for them, and a comment says so.

    Raises:
        InputError: something that was uploaded is not there any more.
    """
    uploaded, guessed = dict(sources or {}), False
    if sources is None:
        run = recorded(recipe.encoder.name)
        if run is not None:
            uploaded["run"], guessed = run.run, True
        for key in _COMPARED if run is None else ():
            value = recipe.get(key)
            names = value if isinstance(value, tuple) else (value,)
            if any(map(is_upload, names)):
                uploaded[key] = ",".join(title_of(name) if is_upload(name) else name for name in names)
                guessed = True
    hidden = {key for key in _COMPARED if key in uploaded}
    if "run" in uploaded:  # it names them all
        hidden |= {*_COMPARED, "encoder", "output", "run"}
        hidden |= {"data"} if recorded(recipe.encoder.name) else set()
    default = Recipe()
    line = command_line(
        recipe.with_values(**{key: default.get(key) for key in hidden}),
        command,
        sources=None if sources is None else {key: uploaded[key] for key in ("data", "encoder") if key in uploaded},
        assume=assumed(recipe),
    )
    guessed |= line.endswith(_COMMENT)
    start = f"gca-viz {command}"
    named = [word for key in ("run", *_COMPARED) if key in uploaded for word in (recipe.flag(key), uploaded[key])]
    rest = line.removesuffix(_COMMENT).removeprefix(start).strip()
    words = [start, shlex.join(flags), rest, shlex.join(named)]
    return " ".join(filter(None, words)) + _COMMENT * guessed
