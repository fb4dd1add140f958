"""``gca-viz app``."""

from __future__ import annotations

import argparse
import math
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urljoin

from gca_viz.cli.browser import has_display, open_when_served
from gca_viz.cli.console import note
from gca_viz.cli.listening import address_of, check_free, seen_here, who_reaches
from gca_viz.cli.recipe_flags import FIELD, PLAN, add_recipe, read_recipe
from gca_viz.errors import InputError
from gca_viz.settings.limits import FILE_BYTES
from gca_viz.settings.server import CACHE, DEVICE, FOLDERS, WARM, problems

if TYPE_CHECKING:
    from gca_viz.cli.parser import Commands

#: beside the package, in a checkout as in an installed wheel
APP = Path(__file__).resolve().parents[2] / "app.py"
#: serves it, and says when it is ready
SERVER = APP.parent / "gca_viz" / "ui" / "hall" / "server.py"
#: flags beside which no recipe is asked for, whose own need not be described then
OWN = frozenset({"--port", "--address", "--headless", "--present"})
# One thread per computation and few memory arenas keep many sessions quick on a small machine.
_QUICK = {"OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "PASSIVE", "MALLOC_ARENA_MAX": "2"}


def add_parser(commands: Commands, *, chosen: bool) -> None:
    """Describe the command."""
    parser = commands.add_parser(
        "app",
        help="start the app, in the state of a recipe",
        description="Start the app, print the address that opens it in the state of the recipe, say who else "
        "reaches it, and open it in the browser where this machine has a screen.",
    )
    parser.add_argument("--port", type=int, default=8501, help="of the server (default 8501)")
    parser.add_argument("--address", default="localhost", help="to listen on (default localhost; 0.0.0.0 for all)")
    parser.add_argument("--headless", action="store_true", help="open no browser")
    parser.add_argument("--present", action="store_true", help="as a slide: larger type and no controls")
    add_recipe(parser, chosen=chosen, shows=(*PLAN, "display"))
    parser.set_defaults(run=_run)


def _run(chosen: argparse.Namespace) -> int:
    query = _query(chosen) | ({"present": "1"} if chosen.present else {})
    check_free(chosen.address, chosen.port)
    page = address(chosen.address, chosen.port, query)
    print(page, flush=True)
    note(who_reaches(chosen.address, chosen.port))
    if not chosen.headless and has_display(os.environ):
        open_when_served(page, urljoin(page, "_stcore/health"))
    return _become(command(chosen.address, chosen.port), environment_of_server())


def _query(chosen: argparse.Namespace) -> dict[str, str]:
    """The recipe that is named, for the address; where none is, nothing is read, which would take two seconds."""
    said = (
        chosen.recipe is not None or chosen.link is not None or any(name.startswith(FIELD) for name in vars(chosen))
    )
    if not said and not chosen.assume:
        return {}
    asked = read_recipe(chosen)
    if asked.sources:
        raise InputError(
            f"{' and '.join(map(asked.recipe.flag, asked.sources))} with a path",
            "no link can make a browser read a file of this machine",
            f"Open the app without it and use the page “Bring your own”; {FOLDERS.variable} opens folders to it",
        )
    return asked.recipe.to_address() if said else {}


def address(host: str, port: int, query: dict[str, str]) -> str:
    """What to open in a browser on this machine."""
    base = os.environ.get("STREAMLIT_SERVER_BASE_URL_PATH", "").strip("/")
    page = address_of(seen_here(host), port) + (f"{base}/" if base else "")
    return page + (f"?{urlencode(query)}" if query else "")


def environment_of_server() -> dict[str, str]:
    """This environment, without what cannot be read there, which is told now, and with absolute paths."""
    environment, wrong = _QUICK | dict(os.environ), problems()
    if DEVICE.value:
        from gca_viz.device import missing_device  # and torch, which the server imports itself

        wrong |= missing_device()
    for variable, sentence in wrong.items():
        note(sentence)
        del environment[variable]
    # Relative paths are meant from here, and the server runs elsewhere.
    if FOLDERS.value:
        environment[FOLDERS.variable] = os.pathsep.join(map(str, FOLDERS.value))
    for setting in (CACHE, WARM):
        if setting.value:
            environment[setting.variable] = str(setting.value)
    return environment


def command(host: str, port: int) -> list[str]:
    """What starts the server; uploads end where ``GCA_VIZ_MAX_FILE_BYTES`` does.

    Raises:
        InputError: an installation without the app.
    """
    if not APP.is_file():
        raise InputError(
            f"no file {APP}", "the app lies beside the package", "Install gca-viz again, or run it from a checkout"
        )
    megabytes = math.ceil(FILE_BYTES.value / 2**20)  # as Streamlit counts them
    options = ["--server.port", str(port), "--server.address", host, "--server.maxUploadSize", str(megabytes)]
    return [sys.executable, "-m", "gca_viz.ui.hall", "run", str(SERVER), *options]


def _become(words: list[str], environment: dict[str, str]) -> int:
    """Run the server in place of this process, so that whoever ends the one ends the other."""
    os.chdir(APP.parent)  # where its icon and its settings are looked for
    if os.name == "nt":
        return int(subprocess.call(words, env=environment) != 0)
    os.execve(words[0], words, environment)
