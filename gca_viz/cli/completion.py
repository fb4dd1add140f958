"""``gca-viz completion``."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

from gca_viz.cli.recipe_flags import FIELD, SHARED

_SHELLS = {
    "bash": "gca-viz completion bash > ~/.local/share/bash-completion/completions/gca-viz",
    "zsh": "gca-viz completion zsh > a folder of $fpath, as _gca-viz",
    "fish": "gca-viz completion fish > ~/.config/fish/completions/gca-viz.fish",
}


def add_parser(commands: argparse._SubParsersAction, *, chosen: bool) -> None:
    """Describe the command."""
    parser = commands.add_parser(
        "completion",
        help="print what lets a shell complete this command",
        description="Print a script with all commands, flags and names, once: no Tab has to start Python.",
        epilog="  ".join(f"{shell}: {how}." for shell, how in _SHELLS.items()),
    )
    parser.add_argument("shell", choices=tuple(_SHELLS), help="whose script")
    parser.set_defaults(run=_run)


def _run(chosen: argparse.Namespace) -> None:
    print(script(chosen.shell))


def script(shell: str) -> str:
    """The script of a shell, made of the parser itself."""
    import shtab

    from gca_viz.cli import make_parser

    parser = make_parser("all")
    for action in _actions(parser):
        names = _names(action.dest)
        if names:
            action.choices = names
        elif action.type is Path or action.dest == FIELD + SHARED:
            action.complete = shtab.FILE
    return shtab.complete(parser, shell)


def _names(dest: str) -> tuple[str, ...]:
    """The names that a field of the recipe takes; the parser leaves it to the field to refuse others."""
    from gca_viz.experiments.recipe.recipe import Recipe

    key = dest.removeprefix(FIELD)
    if not dest.startswith(FIELD) or key == SHARED:
        return ()
    spec = Recipe.spec("encoder" if key == "encoders" else key)
    return tuple(name for name in getattr(spec, "options", ()) if " " not in name)


def _actions(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for below in action.choices.values():
                below.show_all()  # what is taken is completed
                yield from _actions(below)
        else:
            yield action
