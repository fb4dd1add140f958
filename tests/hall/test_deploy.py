"""What deploys a lecture hall fits the app: settings that there are, probes that it answers, one secret for all."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from gca_viz.settings.server import SETTINGS
from gca_viz.ui.hall.warming import links_of

ROOT = Path(__file__).parents[2]
CHART = ROOT / "deploy/helm/gca-viz"
KNOWN = {setting.variable: setting for setting in SETTINGS}


class Loader(yaml.SafeLoader):
    """Reads Compose's own tags."""


Loader.add_constructor("!reset", lambda loader, node: [])


def compose():
    return yaml.load((ROOT / "deploy/hall/compose.yaml").read_text("utf-8"), Loader)["services"]


def without_variables(text):
    """What Compose makes of ``${NAME:-default}`` where nothing is set."""
    return re.sub(r"\$\{\w+(?::-([^}]*))?[^}]*\}", r"\1", str(text))


def test_a_hall_by_compose_sets_what_there_is_and_publishes_its_front_alone():
    services = compose()
    app, front = services["app"], services["front"]
    settings = {name: without_variables(value) for name, value in app["environment"].items()}
    secret = settings.pop("STREAMLIT_SERVER_COOKIE_SECRET")
    assert secret == "", "no default: without one of its own the hall must not start"
    for name, value in settings.items():
        if name != "GCA_VIZ_WARM":
            assert KNOWN[name].read(value)
    assert app["ports"] == [] and front["ports"] and list(front["depends_on"]) == ["app"]
    mounted = [without_variables(volume).split(":")[:2] for volume in app["volumes"]]
    assert [inside for _, inside in mounted] == [settings["GCA_VIZ_WARM"]]
    assert all(links_of(ROOT / outside) for outside, _ in mounted)
    # An override adds to the file it follows: both name the same service.
    assert set(services) - {"front"} <= set(yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))["services"])
    for volume in front["volumes"]:
        assert (ROOT / volume.split(":")[0]).is_file()


def test_the_front_of_compose_names_each_replica(tmp_path):
    *shell, words = compose()["front"]["command"]
    folder = ROOT / "deploy/hall"
    words = without_variables(words).replace("$$", "$").replace("/etc/nginx/hall.conf", str(folder / "nginx.conf"))
    rewritten, _, last = words.replace("/tmp/nginx.conf", str(tmp_path / "nginx.conf")).rpartition("exec ")
    subprocess.run([*shell, rewritten], check=True)
    assert last.startswith("nginx ")
    upstream = re.search(r"upstream replicas \{(.*?)\}", (tmp_path / "nginx.conf").read_text(), re.S)[1]
    name = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))["name"]
    replicas = int(without_variables(compose()["app"]["deploy"]["replicas"]))
    assert re.findall(r"server (\S+);", upstream) == [f"{name}-app-{k}:8501" for k in range(1, replicas + 1)]


def rendered(*values):
    helm = shutil.which("helm", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))
    if helm is None:
        pytest.skip("helm is not installed")
    words = [word for value in values for word in ("--set", value)]
    done = subprocess.run([helm, "template", "hall", CHART, *words], capture_output=True, text=True, timeout=60)
    return done, list(yaml.safe_load_all(done.stdout))


def test_the_chart_asks_what_the_server_answers_and_sets_what_there_is():
    _, manifests = rendered()
    kinds = {manifest["kind"]: manifest for manifest in manifests if manifest}
    assert set(kinds) == {"Deployment", "Service", "ConfigMap", "Secret", "PodDisruptionBudget"}
    spec = kinds["Deployment"]["spec"]
    (container,) = spec["template"]["spec"]["containers"]
    assert container["startupProbe"]["httpGet"]["path"] == "/ready"
    assert container["readinessProbe"]["httpGet"]["path"] == "/_stcore/health"
    variables = {entry["name"]: entry for entry in container["env"]}
    secret = variables.pop("STREAMLIT_SERVER_COOKIE_SECRET")["valueFrom"]["secretKeyRef"]
    assert secret["name"] == kinds["Secret"]["metadata"]["name"] and secret["key"] in kinds["Secret"]["data"]
    folder = {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"]}["links"]
    assert variables.pop("GCA_VIZ_WARM")["value"] == f"{folder}/{next(iter(kinds['ConfigMap']['data']))}"
    for name, entry in variables.items():
        assert KNOWN[name].read(entry["value"])
    # Whoever is on a replica that goes may stay for as long as it is drained.
    drained = int(container["lifecycle"]["preStop"]["exec"]["command"][1])
    assert spec["template"]["spec"]["terminationGracePeriodSeconds"] > drained > 0
    selector = spec["selector"]["matchLabels"]
    assert selector == kinds["Service"]["spec"]["selector"]
    assert selector == kinds["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"]


def test_the_chart_keeps_browsers_on_their_replica_by_a_cookie():
    _, manifests = rendered("gateway.enabled=true", "gateway.name=front")
    (route,) = [manifest for manifest in manifests if manifest["kind"] == "HTTPRoute"]
    (rule,) = route["spec"]["rules"]
    assert rule["sessionPersistence"]["type"] == "Cookie"
    (service,) = [manifest for manifest in manifests if manifest["kind"] == "Service"]
    assert rule["backendRefs"][0]["name"] == service["metadata"]["name"]
    _, manifests = rendered("traefik.sticky=true")
    (service,) = [manifest for manifest in manifests if manifest["kind"] == "Service"]
    assert any(key.endswith("sticky.cookie") for key in service["metadata"]["annotations"])


def test_a_route_without_a_gateway_is_told():
    done, _ = rendered("gateway.enabled=true")
    assert done.returncode and "gateway.name" in done.stderr
