"""A parser whose complaints are sentences like all others: what came, what is allowed, what to do."""

from __future__ import annotations

import argparse
from difflib import get_close_matches
from typing import Any, NoReturn

from gca_viz.errors import InputError

_STRANGE = "unrecognized arguments: "


class Parser(argparse.ArgumentParser):
    """An argparse parser that abbreviates no flag, and whose mistakes raise :class:`InputError`."""

    def __init__(self, **options: Any):
        super().__init__(allow_abbrev=False, **options)

    def parse_known_args(self, args=None, namespace=None):
        """Whoever knows the flags tells of one that is none, a subcommand before the whole command line does."""
        namespace, strange = super().parse_known_args(args, namespace)
        if strange:
            self.error(_STRANGE + " ".join(strange))
        return namespace, strange

    def error(self, message: str) -> NoReturn:
        """Raise what argparse would print and exit with."""
        remedy = f"{self.prog} --help lists what there is"
        if message.startswith(_STRANGE):
            word = message.removeprefix(_STRANGE).split()[0].partition("=")[0]
            near = get_close_matches(word, self._option_string_actions, n=1)
            remedy = f"Did you mean {near[0]}? {remedy}" if near else remedy
            raise InputError(word, f"{self.prog} has no such argument", remedy)
        raise InputError(f"a command that {self.prog} cannot read", message, remedy)
