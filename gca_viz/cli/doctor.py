"""``gca-viz doctor``."""

from __future__ import annotations

import argparse
from itertools import groupby
from typing import TYPE_CHECKING

from gca_viz.cli.console import note, print_json

if TYPE_CHECKING:
    from gca_viz.cli.parser import Commands


def add_parser(commands: Commands, *, chosen: bool) -> None:
    """Describe the command."""
    parser = commands.add_parser(
        "doctor",
        help="tell what is installed, where things are, and whether it works",
        description="Tell versions, device, extras, caches, limits and what ships, and compute something small "
        "whose result is known. Exit status 1 if something is broken.",
    )
    parser.add_argument("--json", action="store_true", help="print it for machines")
    parser.set_defaults(run=_run)


def _run(chosen: argparse.Namespace) -> int:
    from gca_viz.cli.health import findings

    found = []
    for topic, group in groupby(findings(), lambda finding: finding.topic):
        if not chosen.json:
            print(topic)
        for finding in group:
            found.append(finding)
            if not chosen.json:
                print(f"  {'BROKEN ' if finding.broken else ''}{finding.name}: {finding.text}", flush=True)
                if finding.remedy:
                    print(f"    {finding.remedy}")
    broken = [finding for finding in found if finding.broken]
    if chosen.json:
        print_json({"broken": len(broken), "findings": [vars(finding) for finding in found]})
    elif not broken:
        print("Everything that was looked at works.")
    for finding in broken:
        note(f"{finding.topic}: {finding.text}. {finding.remedy}")
    return int(bool(broken))
