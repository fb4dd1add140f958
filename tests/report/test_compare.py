"""The report of a comparison holds the numbers of the page, its sentences, and what makes them again."""

import io
import json
import re
import shutil
import zipfile

import numpy as np
import pandas as pd
import pytest

from gca_viz.encoders import uploads
from gca_viz.encoders.bundled import MODELS
from gca_viz.experiments.compare import course, steps
from gca_viz.experiments.compare.command import compare_command
from gca_viz.experiments.compare.result import compare_recipe
from gca_viz.experiments.recipe.recipe import Recipe
from gca_viz.report import compare_report
from gca_viz.report.compare_parts import player_figure
from tests.ui.test_compare import cells, open_page
from tests.ui.test_compare import html as drawn

RECIPE = Recipe().with_values(n=24, encoders=("random", "ince@5"), run="these", **{"with": "random"})


@pytest.fixture(scope="module")
def found():
    return compare_recipe(RECIPE)


def test_its_table_is_that_of_the_page_and_its_sentences_are_computed(found):
    html = compare_report(found).html()
    table = re.search(r'<div class="compare-table".*?</div>', html, re.S)[0]
    page = open_page(compare="Numbers")
    assert table in drawn(page) and len(cells(page)) > 40
    assert f"<h1>{page.title[0].value}</h1>".replace("\u00a0", " ") in html
    for part in ("Numbers", "Maps", "Similarity", "Samples", "The run", "Recipe", "Made with"):
        assert f"<h2>{part}</h2>" in html
    moved = steps.changes_of(found.compared).moved
    assert f"Moved most: sample {moved.argmax()} leads with {moved.max():.2f}" in html
    assert "default-src 'none'" in html and html.count("plotly.js v") == 1


def test_what_training_noted_of_forgetting_is_a_section_and_a_file(found, monkeypatch):
    cards = {"ince@5": {"forgetting": 0.05, "forgetting_low": 0.01, "forgetting_high": 0.09}}
    monkeypatch.setattr(course, "readings_of", lambda name: cards.get(name, {}))
    report = compare_report(found)
    html = report.html()
    assert "<h2>Noted in training</h2>" in html and "ince@5: Something is forgotten" in html
    assert "5.0 % (1.0 % to 9.0 %)" in html
    with zipfile.ZipFile(io.BytesIO(report.zip())) as archive:
        kept = pd.read_csv(io.BytesIO(archive.read("course.csv")))
    assert kept.contender.tolist() == ["ince@5"] and kept.high.tolist() == [0.09]
    monkeypatch.undo()
    assert "Noted in training" not in compare_report(found).html()


def test_the_archive_has_tables_arrays_and_python_that_computes_the_same(found):
    with zipfile.ZipFile(io.BytesIO(compare_report(found).zip())) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    table = steps.table_of(found.compared)
    written = pd.read_csv(io.BytesIO(files["comparison.csv"]))
    assert written.value.to_numpy() == pytest.approx(table.value.to_numpy(), rel=1e-6, nan_ok=True)
    assert len(pd.read_csv(io.BytesIO(files["changes.csv"]))) == 24
    assert set(pd.read_csv(io.BytesIO(files["alike.csv"])).measure) == {
        "cka",
        "cka_within",
        "overlap",
        "shared_mass",
    }
    rules = pd.read_csv(io.BytesIO(files["rules.csv"]))
    assert rules.leaves.tolist() == steps.rules_of(found.compared).leaves.tolist()
    pairs = steps.together_of(found.compared).pairs
    assert pd.read_csv(io.BytesIO(files["together.csv"])).gain_plan.to_numpy() == pytest.approx(pairs.gain_plan)
    with np.load(io.BytesIO(files["compare.npz"])) as arrays:
        assert arrays["plans"].shape == (3, 24, 24)
    assert Recipe.from_json(files["recipe.json"].decode()) == (RECIPE, [])
    assert files["command.txt"].decode().startswith("gca-viz report --page compare --batch-size 24")
    namespace = {}
    exec(files["recipe.py"].decode(), namespace)
    again = namespace["found"].table
    assert again.value.to_numpy() == pytest.approx(table.value.to_numpy(), rel=1e-3, abs=1e-4, nan_ok=True)


@pytest.mark.parametrize(
    ("values", "kind"),
    [({"order": "class"}, "labels"), ({"order": "domain"}, "domains"), ({"method": "simclr"}, "labels")],
    ids=["class", "domain", "joint"],
)
def test_the_lines_on_the_plan_of_a_run_are_where_its_rows_change(values, kind):
    found = compare_recipe(RECIPE.with_values(**values))
    places = steps.maps_of(found.compared, range(3), "pca", anchor=2)
    figure = player_figure(found, places, steps.estimates_of(found.compared))
    (lines,) = (trace for trace in figure.data if trace.meta == "groups")
    samples = found.plan.pairing.row_sample.numpy()[found.row_order]
    of_rows = getattr(found.batch, kind)[samples]
    changes = np.flatnonzero(np.diff(of_rows)) + 0.5
    assert np.unique(lines.x[np.isfinite(lines.x)]) == pytest.approx([-0.5, *changes, len(of_rows) - 0.5])


def test_rows_in_no_order_have_no_lines():
    found = compare_recipe(RECIPE.with_values(order="index"))
    places = steps.maps_of(found.compared, range(3), "pca", anchor=2)
    figure = player_figure(found, places, steps.estimates_of(found.compared))
    assert [trace.meta for trace in figure.data] == [None, "points"]


@pytest.mark.parametrize(
    "values",
    [
        {"against": "methods", "methods": ("ince",), "rank": "moved"},
        {"n": 2, "aligned": "umap"},
        {"method": "simclr", "rank": "lost", "tint": "moved", "t": 1},
        {"classes": ("animal",), "rank": "negatives"},
    ],
    ids=["methods", "tiny-umap", "joint", "one-class"],
)
def test_every_kind_of_comparison_has_a_report(values):
    recipe = RECIPE.with_values(**{"n": 12, "run": "ince", "encoders": ("random",)} | values)
    html = compare_report(compare_recipe(recipe)).html()
    assert "<h2>The run</h2>" not in html  # that of another run
    assert ("Here is PCA." in html) == ("aligned" in values)
    if "methods" in values:
        assert "All have one embedding" in html and "Linear CKA" not in html


def test_what_was_brought_stands_by_its_file_in_the_command_and_by_its_label_in_the_page(tmp_path):
    shutil.copy(MODELS / "random.safetensors", tmp_path / "two words.safetensors")
    name = uploads.keep(tmp_path / "two words.safetensors", "two words.safetensors")
    recipe = Recipe().with_values(n=8, encoders=(name,), **{"with": name})
    line = "gca-viz compare --batch-size 8 --encoders 'two words.safetensors' --second 'two words.safetensors'"
    assert compare_command(recipe) == f"{line}  # the path of your own file"
    html = compare_report(compare_recipe(recipe)).html()
    visible = re.sub(r"<script.*?</script>", "", html, flags=re.S)
    assert name not in visible and "B two words" in visible
    values = json.loads(re.search(r'id="gca-viz">(.*?)</script>', html, re.S)[1])
    assert [of["label"] for of in values["contenders"]] == ["ince", "two words"]
    uploads.forget(name)
