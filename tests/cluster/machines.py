"""Machines of a cluster, all of them this one, and the processes that they leave behind."""

import os
import signal
from contextlib import suppress
from pathlib import Path

#: Ray takes 127.0.0.1 for the machine's own address, at which a head of this one does not listen
_HERE = "127.0.0.2"


def join(cluster, **given):
    """A machine that joins; what Ray gives up after half a minute, as on a busy machine, is tried once more."""
    try:
        return cluster.add_node(node_ip_address=_HERE, **given)
    except Exception as error:
        if "timed out during startup" not in str(error):
            raise
    return cluster.add_node(node_ip_address=_HERE, **given)


def processes(folder, named=b""):
    """Those whose files lie in a folder and whose command line begins so."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError):
                words, ours = (entry / "cmdline").read_bytes(), (entry / "environ").read_bytes().split(b"\0")
                if words.startswith(named) and b"RAY_TMPDIR=" + os.fsencode(folder) in ours:
                    found.append(int(entry.name))
    return [process for process in found if process != os.getpid()]


def end_all(folder):
    """End what a killed driver left: agents of Ray outlive it."""
    for process in processes(folder):
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
