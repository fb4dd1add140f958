"""``gca-viz doctor`` tells the truth about an installation."""

import math
from importlib.metadata import version

import pytest
import torch

from gca_viz.cli import app, health
from gca_viz.settings.limits import SAMPLES
from gca_viz.transport import align


def test_a_whole_installation_is_found_whole(gca_viz, monkeypatch):
    monkeypatch.setenv(SAMPLES.variable, "123")
    said = gca_viz("doctor", "--json")
    told = said.json
    assert said.status == 0 and told["broken"] == 0
    found = {finding["name"]: finding["text"] for finding in told["findings"]}
    assert found["torch"] == version("torch") and found["app"].endswith("app.py")
    assert found[SAMPLES.variable] == "123 samples (by default 200,000 samples)"
    assert found["emoji"].startswith("4,888 images") and "closed form" in found["a plan of two pairs"]
    assert {"hub", "train", "pretrained"} <= found.keys() and "test" not in found


def test_what_is_broken_is_told_with_the_remedy_and_status_one(gca_viz, monkeypatch, tmp_path):
    monkeypatch.setattr(app, "APP", tmp_path / "app.py")
    monkeypatch.setattr("gca_viz.transport.align", lambda z1, z2, *_, **__: align(z1, z2, "ince", epsilon=0.5))
    said = gca_viz("doctor")
    assert said.status == 1 and "BROKEN" in said.out and "works" not in said.out
    assert f"What ships: no file {tmp_path / 'app.py'}" in said.err and "Install gca-viz again" in said.err
    assert "Self check: a plan that is" in said.err and "make test" in said.err


def test_an_extra_that_is_missing_breaks_nothing_and_names_its_command(gca_viz, monkeypatch, tmp_path):
    monkeypatch.setattr(health, "_fits", lambda requirement: requirement.name != "rich")
    monkeypatch.setattr(
        health, "_LOOKS", {"Extras": health._extras, "Settings": health._settings, "Caches": health._caches}
    )
    monkeypatch.setenv("GCA_VIZ_FOLDERS", "/no/such/folder")
    (tmp_path / "file").touch()
    monkeypatch.setenv("GCA_VIZ_CACHE", str(tmp_path / "file" / "below"))
    monkeypatch.setenv("GCA_VIZ_THREADS", "many")
    monkeypatch.setenv("GCA_VIZ_THREAD", "2")
    said = gca_viz("doctor")
    assert said.status == 0 and "train: without rich" in said.out and "pip install 'gca-viz[train]'" in said.out
    assert "Not there: /no/such/folder. Correct GCA_VIZ_FOLDERS." in said.out
    assert "GCA_VIZ_THREADS: 1\n    GCA_VIZ_THREADS is 'many'; it must be a whole number" in said.out
    assert "GCA_VIZ_THREAD: 2\n    GCA_VIZ_THREAD is no setting" in said.out
    assert "set GCA_VIZ_CACHE to a folder" in said.out


@pytest.mark.parametrize("epsilon", [0.1, 0.5, 3.0])
def test_the_closed_form_is_the_one_of_the_solver(epsilon):
    generator = torch.Generator().manual_seed(0)
    z1, z2 = (torch.nn.functional.normalize(torch.randn(2, 3, generator=generator)) for _ in range(2))
    plan = align(z1, z2, "gca-ince", epsilon=epsilon, iterations=math.inf)
    known = health.two_by_two(tuple(map(tuple, (z1 @ z2.T).tolist())), epsilon)
    assert float(plan.matrix[0, 0]) == pytest.approx(known, abs=1e-5)
