"""What deploys the app fits the repository: files, user, port, health check, start command, settings."""

import base64
import hashlib
import json
import os
import re
import shlex
import socket
import subprocess
import sys
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest
import streamlit
import yaml
from packaging.requirements import Requirement

from gca_viz.cli import make_parser
from gca_viz.settings.server import SETTINGS

ROOT = Path(__file__).parents[1]
BESIDE_PYTHON = str(Path(sys.executable).parent)


def instructions() -> list[tuple[str, str]]:
    """(instruction, arguments) of the Dockerfile, without comments and with continued lines joined."""
    text = re.sub(r"^\s*#.*\n", "", (ROOT / "Dockerfile").read_text("utf-8"), flags=re.M).replace("\\\n", " ")
    return [tuple(line.split(maxsplit=1)) for line in text.splitlines() if line.strip()]


def arguments(name: str) -> list[str]:
    return [rest for instruction, rest in instructions() if instruction == name]


def variables() -> dict[str, str]:
    """What ENV sets in the last stage."""
    return dict(word.split("=", 1) for word in shlex.split(arguments("ENV")[-1]))


def health_command() -> list[str]:
    return json.loads(arguments("HEALTHCHECK")[0].partition("CMD ")[2])


def compose() -> dict:
    return yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))


def ignored(path: str) -> bool:
    """Whether .dockerignore keeps a path out; for Docker, the last line decides that fits it or a folder above."""
    parents = [path, *map(str, Path(path).parents)]
    out = False
    for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            pattern = re.escape(line.removeprefix("!")).replace(r"\*\*/", "(?:.*/)?").replace(r"\*", "[^/]*")
            if any(re.fullmatch(pattern, parent) for parent in parents):
                out = not line.startswith("!")
    return out


def test_what_is_copied_is_there_and_is_not_ignored():
    copied = [word for rest in arguments("COPY") if "--from" not in rest for word in rest.split()[:-1]]
    assert {"gca_viz", "data", "models", ".streamlit", "app.py", "setup.py", "pyproject.toml"} <= set(copied)
    for name in copied:
        assert (ROOT / name).exists() and not ignored(name)
    for name in ("gca_viz/ui/elements/board/js", "models/ince.json", "data/emoji"):
        assert not ignored(name)


@pytest.mark.parametrize(
    "path", [".git/config", ".venv/bin/python", "runs/a/b", "gca_viz/__pycache__/a.pyc", "docs"]
)
def test_what_the_image_does_not_need_is_ignored(path):
    assert ignored(path)


def test_the_server_is_an_ordinary_user_who_owns_the_volume():
    (user,) = arguments("USER")
    assert int(user) > 0 and f"--uid {user}" in " ".join(arguments("RUN"))
    (volume,) = arguments("VOLUME")
    kept = [value for value in variables().values() if value.startswith(volume)]
    assert len(kept) == 3
    order = [instruction for instruction, _ in instructions()]
    assert order.index("USER") < order.index("CMD")


def test_the_start_command_is_one_of_the_command_line():
    (start,) = arguments("CMD")
    shell, flag, line = json.loads(start)
    assert (shell, flag) == ("sh", "-c")
    program, *words = shlex.split(line.removeprefix("exec ").replace("$PORT", variables()["PORT"]))
    assert program == "gca-viz"
    chosen = make_parser(words[0]).parse_args(words)
    assert (chosen.address, chosen.port) == ("0.0.0.0", 8501)
    assert arguments("EXPOSE") == [variables()["PORT"]] == ["8501"]


def test_the_health_check_is_green_where_the_start_command_serves_and_red_where_nothing_does():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    path = BESIDE_PYTHON + os.pathsep + os.environ["PATH"]
    environment = {**os.environ, "PATH": path, "PORT": str(port)}
    options = {"env": environment, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}

    def healthy() -> bool:
        return subprocess.run(health_command(), **options).returncode == 0

    assert not healthy()
    server = subprocess.Popen(json.loads(arguments("CMD")[0]), **options)
    try:
        deadline = time.monotonic() + 60
        while not healthy():
            assert server.poll() is None and time.monotonic() < deadline
            time.sleep(0.2)
    finally:
        server.terminate()
        server.wait(20)  # exec: the server is this very process


@pytest.mark.parametrize(
    ("base", "asked"), [("", "/_stcore/health"), ("viz", "/viz/_stcore/health"), ("/a/b/", "/a/b/_stcore/health")]
)
def test_the_health_check_follows_the_base_path(base, asked):
    seen = []

    class Listener(BaseHTTPRequestHandler):
        def do_GET(self):
            seen.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Listener) as server:
        Thread(target=server.handle_request, daemon=True).start()
        where = {"PORT": str(server.server_port), "STREAMLIT_SERVER_BASE_URL_PATH": base}
        subprocess.run([sys.executable, *health_command()[1:]], env={**os.environ, **where}, check=True)
    assert seen == [asked]


def test_compose_says_what_the_image_says():
    whole = compose()
    (volume,) = arguments("VOLUME")
    built_with = {rest.partition("=")[0] for rest in arguments("ARG")}
    for name, service in whole["services"].items():
        assert service["healthcheck"]["test"] == ["CMD", *health_command()], name
        assert [port.rpartition(":")[2] for port in service["ports"]] == arguments("EXPOSE")
        places = [mount.split(":") for mount in service["volumes"] if not mount.startswith("$")]
        assert [inside for _, inside in places] == [volume] and {name for name, _ in places} <= whole[
            "volumes"
        ].keys()
        opened = service["environment"]["GCA_VIZ_FOLDERS"]
        assert any(mount.endswith(f":{opened}:ro") for mount in service["volumes"])
    app, gpu = whole["services"]["app"], whole["services"]["gpu"]
    assert app["build"] == gpu["build"]["context"] == "." and "profiles" not in app and gpu["profiles"] == ["gpu"]
    assert gpu["build"]["args"].keys() <= built_with and gpu["environment"]["GCA_VIZ_DEVICE"] == "cuda"


def test_the_space_listens_where_the_image_does():
    text = (ROOT / "deploy" / "huggingface" / "README.md").read_text("utf-8")
    _, front, rest = text.split("---\n", 2)
    card = yaml.safe_load(front)
    assert card["sdk"] == "docker" and [str(card["app_port"])] == arguments("EXPOSE")
    assert len(card["short_description"]) <= 60 and rest.strip()


@pytest.mark.parametrize(
    "name", ["Dockerfile", "compose.yaml", "deploy/huggingface/README.md", "docs/deployment.md"]
)
def test_every_variable_is_a_setting(name):
    named = set(re.findall(r"GCA_VIZ_\w+", (ROOT / name).read_text("utf-8")))
    assert named <= {setting.variable for setting in SETTINGS}


def test_a_service_that_knows_nothing_but_the_requirements_can_start_the_app():
    lines = (ROOT / "requirements.txt").read_text("utf-8").splitlines()
    assert all(Requirement(line) for line in lines if line and not line.startswith("#"))
    assert (ROOT / "app.py").is_file() and (ROOT / "gca_viz").is_dir()


def test_the_location_of_nginx_is_that_of_the_documentation():
    location = (ROOT / "deploy" / "nginx" / "gca-viz.conf").read_text("utf-8").split("\n", 1)[1]
    assert f"```nginx\n{location}```" in (ROOT / "docs" / "deployment.md").read_text("utf-8")


def test_the_policy_of_nginx_allows_the_one_script_in_the_page_of_this_streamlit():
    page = (Path(streamlit.__file__).parent / "static" / "index.html").read_text("utf-8")
    (script,) = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"'sha256-{digest}'" in (ROOT / "deploy" / "nginx" / "gca-viz.conf").read_text("utf-8")
