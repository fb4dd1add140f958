"""gca-viz: contrastive learning as distribution alignment. The recipes of the app, without a browser.

Exit status: 0 done, 1 stopped or broken, 2 a mistake in what was asked for, told in a sentence.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from types import MappingProxyType

from gca_viz.cli import (
    app,
    compare,
    completion,
    convert,
    doctor,
    embed,
    family,
    plan,
    report,
    site,
    sweep,
    train,
    transfer,
    warm,
)
from gca_viz.cli.parser import Parser
from gca_viz.errors import InputError

#: name → the module that describes and runs it, in the order in which the help lists them
COMMANDS = MappingProxyType(
    {
        "app": app,
        "warm": warm,
        "plan": plan,
        "sweep": sweep,
        "compare": compare,
        "transfer": transfer,
        "family": family,
        "embed": embed,
        "report": report,
        "site": site,
        "train": train,
        "convert": convert,
        "doctor": doctor,
        "completion": completion,
    }
)


def make_parser(chosen: str | None = None) -> Parser:
    """The whole command line.

    Args:
        chosen: the command whose options are described in full, which may import packages that take seconds;
            ``"all"`` for all of them, None for none.
    """
    first, _, last = __doc__.partition("\n\n")
    parser = Parser(prog="gca-viz", description=first, epilog=last)
    parser.add_argument("--version", action="version", version=f"gca-viz {_version()}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND", title="commands")
    for name, module in COMMANDS.items():
        module.add_parser(commands, chosen=chosen in (name, "all"))
    parser.set_defaults(make_parser=make_parser)  # for the command that writes the whole of it down
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit status."""
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    try:
        _take_ends_as_ctrl_c()
        parser = make_parser(_to_describe(arguments))
        chosen = parser.parse_args(arguments)
        return chosen.run(chosen) or 0
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("Stopped before it was done.", file=sys.stderr)
        return 1
    except BrokenPipeError:  # who reads this has seen enough, as head does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def _to_describe(arguments: Sequence[str]) -> str | None:
    """The command whose options are described in full; none where the app is started as it is, to be up sooner."""
    chosen = next((word for word in arguments if word in COMMANDS), None)
    flags = {word.partition("=")[0] for word in arguments if word.startswith("-")}
    return None if chosen == "app" and flags <= app.OWN else chosen


def _take_ends_as_ctrl_c() -> None:
    """Let what ends a command from outside, as a closed terminal does, clean up after itself as Ctrl-C does."""
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        with suppress(ValueError):  # not in the main thread, or no such signal
            if number is not None and signal.getsignal(number) == signal.SIG_DFL:  # nohup ignores the second
                signal.signal(number, signal.default_int_handler)


def _version() -> str:
    try:
        return version("gca-viz")
    except PackageNotFoundError:  # run from a checkout that is not installed
        return "(not installed)"
