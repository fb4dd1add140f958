"""``gca-viz completion``."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from gca_viz.cli.parser import Parser
from gca_viz.cli.recipe_flags import FIELD, SHARED

if TYPE_CHECKING:
    from gca_viz.cli.parser import Commands

_SHELLS = {
    "bash": "gca-viz completion bash > ~/.local/share/bash-completion/completions/gca-viz",
    "zsh": "gca-viz completion zsh > a folder of $fpath, as _gca-viz",
    "fish": "gca-viz completion fish > ~/.config/fish/completions/gca-viz.fish",
}


def add_parser(commands: Commands, *, chosen: bool) -> None:
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
    print(script(chosen.make_parser("all"), chosen.shell))


def script(parser: Parser, shell: str) -> str:
    """The script of a shell, made of the whole parser itself, which is used up by it."""
    import shtab

    for below, action in _actions(parser):
        # The parser leaves it to the description of a field to refuse other names.
        names = [name for name in below.names.get(action.dest, ()) if " " not in name]
        if action.dest == FIELD + SHARED or (action.type is Path and not names):
            action.complete = shtab.FILE  # type: ignore[attr-defined]  # what shtab asks for
        elif names:
            action.choices = names
    return str(shtab.complete(parser, shell))


def _actions(parser: Parser) -> Iterator[tuple[Parser, argparse.Action]]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for below in action.choices.values():
                below.show_all()  # what is taken is completed
                yield from _actions(below)
        else:
            yield parser, action
