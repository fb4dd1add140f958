"""A flag out of the description of a parameter: its name, its help, what it takes."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

from gca_viz.cli.parser import Parser
from gca_viz.settings.parameter import Choice, Parameter, Spec
from gca_viz.uploads import is_upload


def flag_of(name: str) -> str:
    """The flag of what Python calls by this name."""
    return f"--{name.replace('_', '-')}"


def add_flag(
    parser: Parser,
    group: argparse._ArgumentGroup,
    spec: Spec,
    dest: str,
    *,
    short: str = "",
    words: str = "",
    several: bool = False,
    many: bool = False,
) -> argparse.Action:
    """Add the flag of a description; what is written there is text, and only there where it was given.

    Args:
        parser: whose flag it is.
        group: under which heading help lists it.
        spec: its description, which checks the text later.
        dest: its name in the parsed arguments.
        short: a flag of one letter for the same.
        words: what help says of it; by default what the description does.
        several: whether it may be given several times, for a list of texts.
        many: whether several words may stand behind it, which are the same as one with commas between.
    """
    flags = [short, flag_of(spec.name)] if short else [flag_of(spec.name)]
    action = group.add_argument(
        *flags,
        dest=dest,
        action=_Joined if many else "append" if several else "store",
        nargs="+" if many else None,
        default=argparse.SUPPRESS,
        metavar=_metavar(spec),
        help=words or help_of(spec),
    )
    parser.names[dest] = tuple(getattr(spec, "options", ()))
    return action


class _Joined(argparse.Action):
    """Words with blanks between, as a shell makes them of a pattern, as one text with commas."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: str | Sequence[Any] | None,
        option_string: str | None = None,
    ) -> None:
        setattr(namespace, self.dest, ",".join(values or ()))


def help_of(spec: Spec) -> str:
    """What a description says of a field, for argparse."""
    title = spec.label
    if isinstance(spec, Parameter):
        allowed = spec.allowed.partition(" must be ")[2]
        facts = f"{allowed[0].upper()}{allowed[1:]}; default {spec.default:g}."
        title += f" {spec.symbol}" * (spec.symbol not in ("", title))
    else:
        default = ",".join(spec.default) if isinstance(spec.default, tuple) else spec.default
        facts = f"One of {', '.join(spec.options)}" if isinstance(spec, Choice) else "Commas between"
        facts += f" (out of {', '.join(spec.options)})" if not isinstance(spec, Choice) and spec.options else ""
        facts += f"; default {default}." if default else "."
        facts = f"{facts[:-1]}; or a path." if _takes_paths(spec) else facts
    return f"{title}. {spec.help} {facts}".replace("%", "%%")


def _takes_paths(spec: Spec) -> bool:
    return isinstance(spec, Choice) and (spec.paths or spec.accepts is is_upload)


def _metavar(spec: Spec) -> str:
    return "X" if isinstance(spec, Parameter) else "NAME" if isinstance(spec, Choice) else "A,B"
