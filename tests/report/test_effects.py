"""The report of parameter effects holds the numbers of the page, its sentences, and what makes them again."""

import io
import json
import re
import zipfile
from html import escape

import numpy as np
import pandas as pd
import pytest

from gca_viz.experiments.effects.calibrated import calibrated_sentence
from gca_viz.experiments.effects.ensembles import ensembles_sentence
from gca_viz.experiments.effects.noise import detect
from gca_viz.experiments.effects.result import effects_recipe, noise_penalties
from gca_viz.experiments.effects.words import who_finds
from gca_viz.experiments.plan import engine
from gca_viz.experiments.recipe.recipe import Recipe
from gca_viz.report import effects_report
from gca_viz.report.effects_parts import sweep_changed

RECIPE = Recipe().with_values(ensemble=2, n=16, points=3, seeds=2, reading="loss", badshare=0.25)


@pytest.fixture(scope="module")
def found():
    return effects_recipe(RECIPE)


def embedded(html: str) -> dict:
    return json.loads(re.search(r'id="gca-viz">(.*?)</script>', html, re.S)[1])


def test_its_numbers_and_sentences_are_those_of_the_page(found):
    html = effects_report(found).html()
    values = embedded(html)
    assert values["sweep"]["values"]["loss"] == found.sweep.values["loss"].tolist()
    assert np.shape(values["square"]["values"]["loss"]) == (1, 21, 21)
    detection = detect(RECIPE, noise_penalties(RECIPE), 2)
    assert values["noise"]["auc"]["row_mass"] == detection.auc["row_mass"].tolist()
    assert values["calibration"]["plans"]["calibrated"]["epsilon"] == found.calibration.epsilon
    assert calibrated_sentence(found.calibration) in html
    assert len(values["calibration"]["ensembles"]) == 2 * 4 * 2
    assert ensembles_sentence(found.calibration.ensembles) in html and "<h2>2 view pairs</h2>" in html
    assert sweep_changed(RECIPE, found.sweep) in html and who_finds(detection) in html
    for heading in (
        "The constraint square",
        "The sweep",
        "Calibration",
        "More columns",
        "The noise lab",
        "Recipe",
        "Made with",
        "The same again",
    ):
        assert f"<h2>{heading}</h2>" in html
    assert "default-src 'none'" in html and html.count("plotly.js v") == 1


def test_the_archive_has_tables_arrays_and_python_that_computes_the_same(found):
    with zipfile.ZipFile(io.BytesIO(effects_report(found).zip())) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    assert Recipe.from_json(files["recipe.json"].decode()) == (RECIPE, [])
    assert len(pd.read_csv(io.BytesIO(files["square.csv"]))) == 441
    assert len(pd.read_csv(io.BytesIO(files["sweep.csv"]))) == 6
    assert pd.read_csv(io.BytesIO(files["noise.csv"]))["AUC cosine"].between(0, 1).all()
    assert pd.read_csv(io.BytesIO(files["reliability.csv"]))["rows"].sum() == 2 * 16
    assert len(pd.read_csv(io.BytesIO(files["calibration.csv"]))) == 53
    assert pd.read_csv(io.BytesIO(files["columns.csv"])).queue.max() == RECIPE.method.queue
    pooled = pd.read_csv(io.BytesIO(files["ensembles.csv"]))
    assert pooled.brier.to_numpy() == pytest.approx(found.calibration.ensembles.frame().brier, rel=1e-6)
    with np.load(io.BytesIO(files["effects.npz"])) as arrays:
        assert np.array_equal(arrays["sweep_loss"], found.sweep.values["loss"])
        assert arrays["calibration_recipe_confidence"].shape == (16,)
        assert arrays["noise_bad"].sum() == 4
    namespace = {}
    exec(files["recipe.py"].decode(), namespace)
    for part in ("square", "sweep"):
        again = namespace[part].values["loss"]
        assert np.allclose(again, getattr(found, part).values["loss"], rtol=1e-6)
    assert np.allclose(namespace["columns"].table.loss, found.columns.table.loss, rtol=1e-6)
    assert namespace["calibrated"].epsilon == found.calibration.epsilon
    assert np.array_equal(namespace["noise"].auc["row_mass"], found.noise.auc["row_mass"])


@pytest.mark.parametrize(
    "values",
    [
        {"axis2": "tau2", "shown": "difference"},
        {"reading": "compactness", "reading2": "loss", "classes": ("animal",)},
        {"method": "simclr", "bad": "swap"},
        {"axis": "gap", "target": "domain"},
    ],
    ids=["map", "one-class", "joint", "prior"],
)
def test_every_kind_of_sweep_has_a_report(values):
    recipe = RECIPE.with_values(n=8, seeds=1, **{"points": 2} | values)
    html = effects_report(effects_recipe(recipe, ("sweep", "noise"))).html()
    assert "<h2>The sweep</h2>" in html and "<h2>The noise lab</h2>" in html
    assert ("needs at least two classes" in html) == ("classes" in values)


def test_a_partner_from_outside_is_named_in_the_report():
    found = effects_recipe(RECIPE.with_values(bad="outside", seeds=1), ("noise",))
    html, first = effects_report(found).html(), found.noise.first
    at = int(found.noise.auc["row_mass"].mean(0).argmax())
    row = next(int(row) for row in found.noise.notable_pairs["pair_mass"][at] if first.mask[row])
    stranger = engine.batch_of(first.outside).names[first.second[row] - 16]
    assert f"{row} · corrupted<br>{escape(found.result.batch.names[row])} → {escape(stranger)}" in html
    assert who_finds(found.noise) in html
