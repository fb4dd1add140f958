"""Every setting of a server; each is described here or, if it is a cap on what users bring, in ``limits.py``."""

from __future__ import annotations

import os
from difflib import get_close_matches

from gca_viz.settings import limits
from gca_viz.settings.setting import File, Folder, Folders, Name, Setting, Switch, WholeNumber

FOLDERS = Folders(
    "folders", help="folders of the server that browsers may read, parted as in `PATH`", otherwise="none"
)
HUB = Switch(
    "hub",
    help="`1` lets browsers name models of the hub; the server fetches them, with its own access, onto its disk",
)
DEVICE = Name(
    "device",
    "",
    pattern="cpu|mps|cuda(:[0-9]{1,3})?",
    words="cpu, mps, cuda, or cuda:1 and the like",
    help="where numbers are computed: `cpu`, `cuda`, `cuda:1` or `mps`; if it is not there, the fastest there is",
    otherwise="the fastest there is",
)
THREADS = WholeNumber(
    "threads",
    1,
    most=1024,
    help="threads of one computation; one serves many visitors best, more serve a single one",
)
CORES = WholeNumber(
    "cores",
    0,
    most=1024,
    help="cores that one process may use, where it is bounded to fewer than it sees, as a container is",
    otherwise="those on which it may run",
)
# The first screen and the lessons have 128 images.
MAX_N = WholeNumber(
    "max_n",
    2048,
    least=128,
    most=2048,
    help="largest batch size (N) of form, link and command; not set, the form offers up to 512",
)
PRESENT = Switch(
    "present", help="`1` opens every page as a slide, without controls; `present=0` in a link shows them"
)
CACHE = Folder(
    "cache",
    help="folder in which embeddings of the bundled images are kept",
    otherwise="gca-viz/embeddings in the user's cache folder",
)
MAX_SESSIONS = WholeNumber(
    "max_sessions",
    None,
    help="visitors of one server process at once; who comes later waits on a page that opens as soon as there is "
    "room, and `/ready` answers 503 meanwhile",
    otherwise="no bound",
)
WARM = File(
    "warm",
    help="file of links, one a line, that the server opens for itself before `/ready` answers 200",
    otherwise="none",
)
TRAINING = WholeNumber(
    "training",
    None,
    least=0,
    help="trainings that the page *Train* lets go on at once, of one or two processes; others wait, `0` has none",
    otherwise="1 where only this machine reaches the server, else 0",
)
TRAININGS = Folder(
    "trainings",
    help="folder of what the page *Train* trains",
    otherwise="gca-viz/trainings in the user's cache folder",
)
EXECUTOR = Name(
    "executor",
    "local",
    pattern="local|ray",
    words="local or ray",
    help="who computes the sweeps of *Parameter effects*: `local`, this process, or `ray`, the workers of Ray "
    "([past one machine](scale.md#pages-of-a-server))",
)
RAY_ADDRESS = Name(
    "ray_address",
    "auto",
    pattern=r"local|auto|[^\s/]+:[0-9]{1,5}",
    words="auto, local, or host:port of a cluster's head",
    help="with `GCA_VIZ_EXECUTOR=ray`, whose workers: `auto`, of the cluster that this machine is part of, "
    "`host:port` of another's head, or `local`, processes of this machine",
)

#: all of them, in the order in which they are listed
SETTINGS: tuple[Setting, ...] = (
    *(FOLDERS, HUB, DEVICE, THREADS, CORES, MAX_N, PRESENT, CACHE, MAX_SESSIONS, WARM, TRAINING, TRAININGS),
    *(EXECUTOR, RAY_ADDRESS),
    *(value for value in vars(limits).values() if isinstance(value, limits.Limit)),
)


def problems() -> dict[str, str]:
    """Variable → a sentence, for each variable of the environment that cannot be read, or that is no setting."""
    known = {setting.variable: setting for setting in SETTINGS}
    found = {variable: setting.problem for variable, setting in known.items() if setting.problem}
    for variable in sorted(os.environ):
        if variable.startswith("GCA_VIZ_") and variable not in known:
            near = get_close_matches(variable, known, n=1)
            found[variable] = f"{variable} is no setting and does nothing." + (
                f" Did you mean {near[0]}?" if near else " gca-viz doctor lists those that there are."
            )
    return found
