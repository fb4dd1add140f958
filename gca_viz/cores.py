"""How many cores this process may use, which on a shared machine is not how many there are."""

from __future__ import annotations

import os

from gca_viz.settings.server import CORES


def cores() -> int:
    """What ``GCA_VIZ_CORES`` says; else the cores on which this thread may run; else those of the machine.

    A scheduler that hands out single cores of a node says so by the second. A share of a core, as a container may
    be bounded to, is seen by neither: there the setting has to say it.
    """
    if CORES.given:
        return int(CORES.value)
    if hasattr(os, "sched_getaffinity"):  # Linux
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
