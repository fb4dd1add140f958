"""A parser whose complaints are sentences like all others: what came, what is allowed, what to do."""

from __future__ import annotations

import argparse
import itertools
import sys
from collections.abc import Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, NoReturn, TypeAlias

from gca_viz.errors import InputError

_STRANGE = "unrecognized arguments: "


if TYPE_CHECKING:
    #: where the commands are added, each with a parser of its own
    Commands: TypeAlias = "argparse._SubParsersAction[Parser]"


class Parser(argparse.ArgumentParser):
    """An argparse parser that abbreviates no flag, and whose mistakes raise :class:`InputError`.

    It may take flags that its ``--help`` does not list, but its ``--help-all`` does, and other spellings of a flag
    that no help lists.
    """

    def __init__(self, **options: Any):
        super().__init__(allow_abbrev=False, **options)
        self._kept_back: list[tuple[Any, str, str]] = []
        self._spellings: dict[str, str] = {}
        #: name in the parsed arguments → what may be written there, for those who complete it
        self.names: dict[str, tuple[str, ...]] = {}

    def also_takes(self, spelling: str, flag: str) -> None:
        """Take a flag under another spelling, such as the one of an earlier version, which no help lists."""
        self._spellings[spelling] = flag

    def keep_back(self, part: argparse.Action | argparse._ArgumentGroup) -> None:
        """Leave a flag, or the words above a group of flags, to ``--help-all``."""
        if not self._kept_back:
            self.add_argument(
                "--help-all", action=_HelpAll, help="the same with the flags of all pages, which are taken, too"
            )
        name, hidden = ("help", argparse.SUPPRESS) if isinstance(part, argparse.Action) else ("description", None)
        self._kept_back.append((part, name, getattr(part, name)))
        setattr(part, name, hidden)

    def show_all(self) -> None:
        """List from now on what was kept back."""
        for part, name, words in self._kept_back:
            setattr(part, name, words)

    def parse_known_args(  # type: ignore[override]  # argparse's own overloads are of any namespace
        self, args: Sequence[str] | None = None, namespace: argparse.Namespace | None = None
    ) -> tuple[argparse.Namespace, list[str]]:
        """Whoever knows the flags tells of one that is none, a subcommand before the whole command line does."""
        args = sys.argv[1:] if args is None else args
        found = argparse.Namespace() if namespace is None else namespace
        _, strange = super().parse_known_args(self._as_listed(args), found)
        if strange:
            self.error(_STRANGE + " ".join(strange))
        return found, strange

    def _as_listed(self, words: Sequence[str]) -> list[str]:
        """The same words with every flag as the help lists it."""
        flags = itertools.takewhile(lambda word: word != "--", words)
        listed = []
        for word in flags:
            name, sign, value = word.partition("=")
            listed.append(self._spellings.get(name, name) + sign + value)
        return [*listed, *words[len(listed) :]]

    def error(self, message: str) -> NoReturn:
        """Raise what argparse would print and exit with."""
        remedy = f"{self.prog} --help lists what there is"
        if message.startswith(_STRANGE):
            word = message.removeprefix(_STRANGE).split()[0].partition("=")[0]
            near = get_close_matches(word, (*self._option_string_actions, *self._spellings), n=1)
            remedy = f"Did you mean {self._spellings.get(near[0], near[0])}? {remedy}" if near else remedy
            raise InputError(word, f"{self.prog} has no such argument", remedy)
        raise InputError(f"a command that {self.prog} cannot read", message, remedy)


class _HelpAll(argparse.Action):
    """Print the help of everything, and end."""

    def __init__(self, option_strings: Sequence[str], dest: str, help: str | None = None):
        super().__init__(option_strings, argparse.SUPPRESS, nargs=0, default=argparse.SUPPRESS, help=help)

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        if isinstance(parser, Parser):
            parser.show_all()
        parser.print_help()
        parser.exit()
