"""``gca-viz warm``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from gca_viz.cli.console import note

if TYPE_CHECKING:
    from gca_viz.cli.parser import Commands

_DEFAULT = "http://127.0.0.1:8501"


def add_parser(commands: Commands, *, chosen: bool) -> None:
    """Describe the command."""
    parser = commands.add_parser(
        "warm",
        help="open links on running servers before anybody comes",
        description="Open each link of a file on each server as a browser would, and close it, so that what the "
        "links show is computed before the lecture begins. Each server keeps its own results: name every replica, "
        "not the proxy before them. A server does the same for itself where GCA_VIZ_WARM names the file.",
    )
    parser.add_argument("--links", type=Path, required=True, metavar="FILE", help="one link a line; # for comments")
    parser.add_argument(
        "--server",
        nargs="+",
        default=[_DEFAULT],
        metavar="URL",
        help=f"with the base path if it has one (default {_DEFAULT})",
    )
    parser.set_defaults(run=_run)


def _run(chosen: argparse.Namespace) -> int:
    from gca_viz.ui.hall.warming import links_of, open_links

    links, wrong = links_of(chosen.links), 0
    for server in chosen.server:
        for opened in open_links(server, links):
            taken = "" if opened.seconds is None else f"{opened.seconds:.1f} s  "
            print(f"{taken}{server.rstrip('/')}{opened.link}", flush=True)
            if opened.problem:
                wrong += 1
                note(f"{opened.link}: {opened.problem}")
    return int(wrong > 0)
