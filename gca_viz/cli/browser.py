"""Open a page in the user's browser as soon as its server answers."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.request
import webbrowser
from collections.abc import Mapping
from contextlib import suppress

_PATIENCE = 120  # seconds
_AGAIN = 0.2


def has_display(environment: Mapping[str, str], platform: str = sys.platform) -> bool:
    """Whether somebody sits in front of this machine: not in a CI, not over SSH, on Linux with a desktop."""
    if environment.get("CI") or any(environment.get(name) for name in ("SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY")):
        return False
    if platform.startswith(("linux", "freebsd", "openbsd")):
        return bool(environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY"))
    return True


def open_when_served(url: str, health: str) -> subprocess.Popen[bytes]:
    """Start a process that waits for the server and then opens the page.

    Args:
        url: of the page.
        health: address that answers when the server is there.
    """
    words = [sys.executable, "-m", __name__, url, health, str(os.getpid())]
    nothing = subprocess.DEVNULL
    return subprocess.Popen(words, stdin=nothing, stdout=nothing, stderr=nothing)


def _wait_and_open(url: str, health: str, server: int) -> None:
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline and os.getppid() == server:  # who started this becomes the server
        with suppress(OSError), urllib.request.urlopen(health, timeout=2):
            webbrowser.open(url)
            return
        time.sleep(_AGAIN)


if __name__ == "__main__":
    _wait_and_open(sys.argv[1], sys.argv[2], int(sys.argv[3]))
