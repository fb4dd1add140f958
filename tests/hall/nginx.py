"""nginx with the configuration of the repository, before replicas on this machine."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

CONFIGURATION = (Path(__file__).parents[2] / "deploy" / "hall" / "nginx.conf").read_text("utf-8")
NGINX = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
_TWO = "server 127.0.0.1:8501;\n        server 127.0.0.1:8502;"


@contextmanager
def front(folder: Path, ports: Sequence[int]) -> Iterator[str]:
    """Address of an nginx before the servers on these ports; all that it writes lies in a folder."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    places = "".join(f"{kind}_temp_path {folder}/{kind};" for kind in ("proxy", "fastcgi", "uwsgi", "scgi"))
    assert _TWO in CONFIGURATION
    text = CONFIGURATION.replace("listen 8500", f"listen 127.0.0.1:{port}")
    text = text.replace(_TWO, "".join(f"server 127.0.0.1:{number};" for number in ports))
    text = text.replace("http {", f"http {{ access_log off; client_body_temp_path {folder}/body; {places}")
    (folder / "nginx.conf").write_text(text)
    own = f"daemon off; pid {folder}/pid; error_log {folder}/log;"
    words = [NGINX, "-c", folder / "nginx.conf", "-p", folder, "-e", folder / "log", "-g", own]
    server = subprocess.Popen(words)
    try:
        deadline = time.monotonic() + 20
        while True:
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            assert server.poll() is None and time.monotonic() < deadline, (folder / "log").read_text()
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(10)
