"""What tasks of these tests do; importable by name, as the functions of all tasks are."""

import os
import signal
import time
from pathlib import Path

from gca_viz.errors import InputError


def double(task, report_progress):
    """Twice x, or a mistake below 0."""
    values = [dict(place)["x"] for place in task.places]
    return [InputError(f"x = {x}", "x must be ≥ 0", "Use another") if x < 0 else (2.0 * x,) for x in values]


def die(task, report_progress):
    """End the worker, as a system does that has no memory left; leaves a mark each time."""
    (folder,) = {dict(place)["folder"] for place in task.places}
    (Path(folder) / f"{time.time_ns()}").touch()
    os.kill(os.getpid(), signal.SIGKILL)


def die_once(task, report_progress):
    """The same, but the second time there is a result."""
    (folder,) = {dict(place)["folder"] for place in task.places}
    if not any(Path(folder).iterdir()):
        die(task, report_progress)
    return [(1.0,)] * len(task.places)


def broken(task, report_progress):
    """A bug."""
    raise ZeroDivisionError("a bug")


def wait(task, report_progress):
    """Take long."""
    time.sleep(60)


def surroundings(task, report_progress):
    """How many cores and threads the work has."""
    import torch

    from gca_viz.cores import cores

    return [(float(cores()), float(torch.get_num_threads()))]
