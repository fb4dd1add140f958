"""``gca-viz report`` without a browser: its files, and the matrices on its page."""

import json
import re
import shlex
import zipfile
from html import escape

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest

from gca_viz.cli.report import page_of
from gca_viz.experiments.plan import engine
from gca_viz.experiments.plan.result import PlanResult
from gca_viz.experiments.recipe.recipe import Recipe
from gca_viz.figures.matrix import MOST_CELLS, matrix, strongest
from gca_viz.report import plan_report

RECIPE = Recipe().with_values(n=16, eps=0.2)
WORDS = ("--n", 16, "--eps", 0.2)


def embedded(path) -> dict:
    """What a report holds for programs."""
    html = path.read_text("utf-8")
    return json.loads(re.search(r'<script type="application/json" id="gca-viz">(.*?)</script>', html, re.S)[1])


def plan():
    return engine.plan_of(RECIPE.inputs, RECIPE.method)


def test_an_archive_has_the_page_its_numbers_and_what_makes_them_again(tmp_path, gca_viz):
    said = gca_viz("report", *WORDS, "--zip", "-o", tmp_path / "r.zip")
    assert f"Wrote {tmp_path / 'r.zip'}" in said.out
    with zipfile.ZipFile(tmp_path / "r.zip") as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    assert files["command.txt"].decode() == "gca-viz report --batch-size 16 --epsilon 0.2\n"
    assert Recipe.from_json(files["recipe.json"].decode()) == (RECIPE, [])
    (tmp_path / "numbers.csv").write_bytes(files["numbers.csv"])
    numbers = pd.read_csv(tmp_path / "numbers.csv", index_col="method")
    assert numbers.loc["gca-ince", "loss"] == pytest.approx(float(plan().loss), rel=1e-6)
    (tmp_path / "plan.csv").write_bytes(files["plan-gca-ince.csv"])
    assert np.allclose(pd.read_csv(tmp_path / "plan.csv", index_col=0), plan().matrix.cpu(), rtol=1e-5, atol=1e-12)
    namespace = {}
    exec(files["recipe.py"].decode(), namespace)
    assert float(namespace["plan"].loss) == pytest.approx(float(plan().loss), rel=1e-4)
    assert {"report.html", "alignment.npz", "convergence.csv", "plan-ince.csv"} <= files.keys()


def test_pairs_say_whose_pictures_they_are():
    recipe = Recipe().with_values(n=16, data="things", domains=("clipart",))
    html = plan_report(PlanResult.of(recipe)).html()
    credits = [escape(credit) for credit in engine.batch_of(recipe.data).dataset.credits]
    assert any(f"<small>{credit}" in html for credit in credits)
    assert "<small>" not in plan_report(PlanResult.of(RECIPE)).html()


def test_the_page_holds_the_numbers_of_the_api_for_programs_too(tmp_path, gca_viz):
    assert gca_viz("report", *WORDS, "-o", tmp_path / "r.html", "-q").out == ""
    html = (tmp_path / "r.html").read_text("utf-8")
    values = embedded(tmp_path / "r.html")
    assert values["readings"] == PlanResult.of(RECIPE).readings and values["recipe"]["n"] == "16"
    assert html.count("plotly.js v") == 1  # the library is in there once
    assert gca_viz("report", *WORDS, "--zip", "-o", tmp_path / "r.html").status == 2


def test_names_of_users_stay_text(tmp_path, gca_viz):
    evil = "</script><img src=x onerror=alert(1)>"
    z = np.random.default_rng(0).normal(size=(2, 6, 4)).astype(np.float32)
    names, labels = np.array([f"{evil}{k}" for k in range(6)]), np.array([evil, "b"] * 3)
    np.savez(tmp_path / "z.npz", z1=z[0], z2=z[1], names=names, labels=labels)
    gca_viz("report", "--data", tmp_path / "z.npz", "--n", 6, "-o", tmp_path / "r.html", "-q")
    html = (tmp_path / "r.html").read_text("utf-8")
    assert evil not in html and "<img src=x" not in html and "&lt;img src=x onerror" in html


def test_without_a_plan_beside_it_there_is_no_difference():
    alone = plan_report(PlanResult.of(RECIPE.with_values(vs="none"))).html()
    assert "<h2>Plan of GCA-INCE" in alone and "<h2>Difference" not in alone


def test_a_heat_map_shows_every_mass_and_of_large_ones_the_strongest():
    values = np.random.default_rng(0).normal(size=(MOST_CELLS * 2 + 3, 7))
    names = [f"row {k}" for k in range(len(values))]
    figure = matrix(values, names, "abcdefg", title="difference", diverging=True)
    (heat,) = figure.data
    assert isinstance(heat, go.Heatmap) and np.shape(heat.z) == (MOST_CELLS, 7)
    assert np.abs(heat.z).max() == pytest.approx(np.abs(values).max()) and heat.zmin == -heat.zmax
    small = matrix(np.array([[1.0, 0.0], [1e-9, 0.01]]), "ab", "cd", title="mass", log=True)
    assert np.allclose(small.data[0].z, [[0, -4], [-4, -2]])
    assert np.allclose(small.data[0].customdata, [[1, 0], [1e-9, 0.01]])


def test_of_several_cells_the_one_furthest_from_zero_stands_for_all():
    values = np.array([[1.0, -3.0, 2.0, 0.5, -0.6]])
    assert strongest(values, np.array([0, 3]), 1).tolist() == [[-3.0, -0.6]]
    assert strongest(values, np.arange(5), 1) is values


def test_a_part_that_cannot_be_is_a_sentence_beside_the_others_and_a_mistake_alone(gca_viz, tmp_path):
    words = ("report", "--n", 8, "--method", "rince", "--axis", "tau1", "-o", tmp_path / "r.html")
    said = gca_viz(*words, "--page", "effects", "--seeds", 1)
    assert said.status == 0 and "has no λ" in said.err
    assert "has no λ" in (tmp_path / "r.html").read_text("utf-8")
    alone = gca_viz(*words, "--page", "sweep")
    assert alone.status == 2 and "has no λ" in alone.err and alone.out == ""


def test_the_page_of_the_link_decides_and_the_flag_overrides_it(gca_viz, tmp_path):
    pages = {
        "": "alignment",
        "?n=8": "alignment",
        "http://localhost:8501/?effect=Sweep": "alignment",
        "http://localhost:8501/geometry?n=8": "alignment",
        "http://localhost:8501/effects?n=8": "effects",
        "https://lab.example.org/gca/effects/?effect=Sweep&n=8": "sweep",
        "https://lab.example.org/effects?effect=Noise+lab": "noise",
        "/effects?effect=Constraint%20square": "square",
        "compare?n=8": "compare",
    }
    assert {link: page_of(link) for link in pages} == pages
    link = "http://localhost:8501/effects?effect=Sweep&n=8&points=2&seeds=1"
    told = gca_viz("report", "--link", link, "-o", tmp_path / "r.html", "--json", "-q").json
    assert told["page"] == "sweep" and told["headline"].startswith("From ε 0.02 to 2 the pair mass")
    assert shlex.split(told["command"])[:4] == ["gca-viz", "report", "--page", "sweep"]
    assert set(embedded(tmp_path / "r.html")) >= {"sweep", "recipe", "command", "environment"}
    other = gca_viz("report", "--link", link, "--page", "alignment", "-o", tmp_path / "a.html", "--json", "-q").json
    assert other["page"] == "alignment" and "readings" in embedded(tmp_path / "a.html")
    again = gca_viz(*shlex.split(told["command"])[1:], "-o", tmp_path / "b.html", "--json", "-q").json
    assert again["headline"] == told["headline"]


def test_effects_of_what_was_brought_have_a_command_and_no_python(tmp_path, gca_viz):
    z = np.random.default_rng(0).normal(size=(2, 12, 4)).astype(np.float32)
    evil = "</script><img src=x onerror=alert(1)>"
    np.savez(tmp_path / "z.npz", z1=z[0], z2=z[1], names=np.array([f"{evil}{k}" for k in range(12)]))
    words = ("--data", tmp_path / "z.npz", "--n", 12, "--page", "noise", "--bad", "swap", "--seeds", 1)
    gca_viz("report", *words, "--zip", "-o", tmp_path / "r.zip", "-q")
    with zipfile.ZipFile(tmp_path / "r.zip") as archive:
        assert "recipe.py" not in archive.namelist()
        assert f"--data {tmp_path / 'z.npz'}" in archive.read("command.txt").decode()
        html = archive.read("report.html").decode()
    assert evil not in html and "<img src=x" not in html and "&lt;img src=x onerror" in html
