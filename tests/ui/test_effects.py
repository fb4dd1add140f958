"""The page of parameter effects without a browser: forms, sentences, presets, mistakes."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from gca_viz.experiments.effects.axes import AXES
from gca_viz.experiments.effects.calibrated import calibrate, calibrated_sentence
from gca_viz.experiments.effects.ensembles import ensembles_sentence
from gca_viz.experiments.effects.noise import detect
from gca_viz.experiments.effects.sweep import sweep_recipe
from gca_viz.experiments.effects.words import what_changed, who_finds
from gca_viz.experiments.plan import engine
from gca_viz.experiments.recipe.recipe import Recipe
from gca_viz.ui.markdown import plain

APP = Path(__file__).parents[2] / "app.py"


def opened(tab: str, **link: str) -> AppTest:
    """The page at a tab."""
    test = AppTest.from_file(APP, default_timeout=60)
    for key, value in ({"n": "24"} | link).items():
        test.query_params[key] = value
    test.switch_page("gca_viz/ui/pages/effects/effects.py")
    test.session_state["effect"] = tab
    return test.run()


def told(page: AppTest) -> str:
    """All sentences on the page."""
    return " ".join(text.value for kind in (page.markdown, page.info, page.error) for text in kind)


def heat_on(page) -> dict:
    """What the square over a number is sent."""
    squares = (e.proto for e in page.get("bidi_component") if e.proto.component_name == "gca_viz.tau_square")
    (heat,) = (data["heat"] for data in (json.loads(square.json) for square in squares) if "heat" in data)
    return heat


def traces(page: AppTest, number: int = 0) -> dict[str, dict]:
    """Name → trace of a figure on the page."""
    figure = json.loads(page.get("plotly_chart")[number].proto.spec)
    return {trace.get("name", trace["type"]): trace for trace in figure["data"]}


@pytest.mark.parametrize("installed", [False, True])
def test_a_cluster_that_is_not_there_is_told_and_no_link_asks_for_one(monkeypatch, installed):
    if installed:
        pytest.importorskip("ray")
    else:
        monkeypatch.setitem(sys.modules, "ray", None)
    monkeypatch.setenv("GCA_VIZ_EXECUTOR", "ray")
    monkeypatch.setenv("GCA_VIZ_RAY_ADDRESS", "127.0.0.2:1")
    page = opened("Sweep", eps="0.3", points="4", seeds="2", executor="local", address="local")
    assert not page.exception
    # Less Markdown's escapes: a bracket would begin a link.
    sentence = told(page).replace("\\", "")
    assert ("no cluster at 127.0.0.2" if installed else "pip install 'gca-viz[ray]'") in sentence


def test_the_sentence_of_a_sweep_is_the_computed_one():
    page = opened("Sweep", eps="0.3", points="5", seeds="2")
    assert not page.exception and not page.error
    recipe = Recipe().with_values(n=24)
    table = sweep_recipe(
        recipe, {"eps": AXES["eps"].values(recipe, points=5)}, ("matched_share", "perplexity"), seeds=2
    )
    assert what_changed(table, ("matched_share", "perplexity")) in told(page)
    assert traces(page)["Pair mass"]["mode"] == "lines+markers"


def test_choosing_an_axis_brings_its_range_and_a_second_one_makes_a_map():
    page = opened("Sweep", points="4", low="0.1", high="1")
    assert page.number_input(key="range-low-eps").value == 0.1
    page.selectbox(key="recipe-axis").set_value("iterations").run()
    assert page.number_input(key="range-high-iterations").value == 50
    assert "low" not in page.query_params
    page.number_input(key="range-high-iterations").set_value(11).run()
    assert page.query_params["high"] == "11"
    page.selectbox(key="recipe-axis2").set_value("eps").run()
    assert not page.exception and not page.error
    assert traces(page)["heatmap"]["type"] == "heatmap"
    assert "is lowest at" in told(page)


@pytest.mark.parametrize(
    ("link", "sentence"),
    [
        ({"method": "ince", "axis": "iterations"}, "InfoNCE has no t"),
        ({"axis": "q"}, "has no q"),
        ({"method": "clip", "axis": "tau1"}, "Choose GCA-UOT"),
        ({"views": "none", "axis": "strength"}, "no strength"),
        ({"axis": "lambda1", "axis2": "tau1"}, "the same number"),
        ({"low": "5", "high": "1"}, "must be above the first"),
        ({"n": "1", "reading": "compactness"}, "at least two classes"),
    ],
)
def test_what_cannot_be_is_a_sentence_and_the_form_stays(link, sentence):
    page = opened("Sweep", **link)
    assert not page.exception
    assert sentence in told(page).replace("\\", "")
    assert page.selectbox(key="recipe-axis").value == link.get("axis", "eps")


def test_the_papers_figures_are_one_click_each():
    page = opened("Sweep")
    page.button(key="preset-Iterations").click().run()
    assert not page.exception and not page.error
    assert len(page.get("plotly_chart")) == 2
    assert page.selectbox(key="recipe-axis").value == "iterations"
    assert page.number_input(key="range-high-iterations").value == 11
    page.button(key="preset-α").click().run()
    assert not page.exception and not page.error
    assert "nothing is trained" in " ".join(text.value for text in page.caption)
    assert "change only target and loss" in " ".join(text.value for text in page.caption)
    figure = traces(page)["Class mass of the target"]
    assert len(figure["text"]) == 11


def test_a_button_below_a_plan_goes_there():
    page = opened("Sweep", points="3")
    page.button(key="small-plans-1").click().run()
    assert not page.exception
    assert page.select_slider(key="recipe-eps").value == pytest.approx(0.2)


@pytest.mark.parametrize("method", ["gca-ince", "simclr", "clip", "byol", "rince", "gca-rince", "iot-uni"])
def test_the_square_is_there_for_every_method(method):
    page = opened("Constraint square", method=method, reading="loss")
    assert not page.exception and not page.error
    heat = heat_on(page)
    assert heat["title"] == "Loss (nats)"
    cells = [text for column in heat["texts"] for text in column]
    assert len(heat["texts"]) == 21 and len(cells) == 441 and "not yet" not in cells


def test_number_boxes_go_into_the_square_and_to_its_corners():
    page = opened("Constraint square")
    page.number_input(key="square-tau2").set_value(0.0).run()
    assert page.selectbox(key="recipe-method").value == "ince"
    page.number_input(key="square-tau1").set_value(0.5).run()
    assert page.selectbox(key="recipe-method").value == "gca-uot"
    assert page.select_slider(key="recipe-lambda1").value == pytest.approx(0.1)
    page.button(key="square-plans-1").click().run()
    assert page.selectbox(key="recipe-method").value == "gca-ince"
    assert page.number_input(key="square-tau1").value == 1.0


def test_a_map_can_show_the_difference_from_the_recipe():
    page = opened("Constraint square", shown="difference")
    heat = heat_on(page)
    assert heat["low"].lstrip("-−") == heat["high"] and "− the recipe’s" in heat["title"]


def test_the_noise_lab_says_who_finds_the_bad_pairs():
    page = opened("Noise lab", n="40", seeds="2", badshare="0.25")
    assert not page.exception and not page.error
    recipe = Recipe().with_values(n=40, badshare=0.25)
    found = detect(recipe, AXES["lambdas"].values(recipe, points=13), 2)
    assert who_finds(found) in told(page)
    button = next(button for button in page.button if button.key.startswith("notable-pair_mass"))
    row = int(button.key.split("-")[-1])
    assert button.label == f"{row} · {'corrupted' if found.first.mask[row] else 'clean'}"
    button.click().run()
    assert page.query_params["i"] == str(row)
    page.selectbox(key="recipe-bad").set_value("swap").run()
    assert "does not know who belongs to whom" in told(page)
    page.selectbox(key="recipe-bad").set_value("outside").run()
    assert not page.exception and not page.error
    found = detect(recipe.with_values(bad="outside"), AXES["lambdas"].values(recipe, points=13), 2)
    assert who_finds(found) in told(page)
    at = int(found.auc["row_mass"].mean(0).argmax())
    row = next(int(row) for row in found.notable_pairs["pair_mass"][at] if found.first.mask[row])
    button = page.button(key=f"notable-pair_mass-{row}")
    stranger = engine.batch_of(found.first.outside).names[found.first.second[row] - 40]
    assert button.help.endswith(f"→ {plain(stranger)}")
    button.click().run()
    assert page.query_params["i"] == page.query_params["j"] == str(row)
    slider = next(box for box in page.select_slider if box.key.startswith("noise-lambda"))
    slider.set_value(1.0).run()
    assert page.selectbox(key="recipe-method").value == "gca-uot"
    assert page.select_slider(key="recipe-lambda2").value == 1.0


def test_nothing_corrupted_is_a_sentence():
    page = opened("Noise lab", badshare="0")
    assert not page.exception
    assert "at least one pair must be corrupted" in told(page)


def test_nobody_left_outside_the_batch_is_a_sentence():
    page = opened("Noise lab", data="digits", n="359", bad="outside", seeds="1")
    assert not page.exception
    assert "; 0 images of what is not in the batch are left" in told(page)


def test_calibration_says_the_computed_sentence_and_its_button_goes_to_that_temperature():
    page = opened("Calibration", method="ince")
    assert not page.exception and not page.error
    found = calibrate(Recipe().with_values(n=24, method="ince"))
    assert calibrated_sentence(found) in told(page)
    recipe, best = (
        f"{name}: ε {of[0]:.3g}, error {100 * float(of[1].ece):.1f} %" for name, of in found.plans.items()
    )
    assert {recipe, best, "as sure as right"} == set(traces(page))
    page.button(key="calibration-plans-1").click().run()
    assert page.query_params["eps"] == f"{found.epsilon:g}" and not page.exception


def test_several_view_pairs_are_pooled_where_more_than_one_is_asked_for():
    page = opened("Calibration", method="ince")
    assert any("Choose more than one pair" in caption.value for caption in page.caption)
    page = opened("Calibration", method="ince", ensemble="2", pool="vote")
    assert not page.exception and not page.error
    pooled = calibrate(Recipe().with_values(n=24, method="ince", ensemble=2, pool="vote")).ensembles
    assert ensembles_sentence(pooled) in told(page) and {"mean", "geometric", "max", "vote"} <= set(traces(page, 2))
    page.selectbox(key="recipe-pool").set_value("max").run()
    assert page.query_params["pool"] == "max" and "(max)" in told(page)


def test_a_target_without_pairs_has_no_calibration_and_says_why():
    page = opened("Calibration", method="ince", target="relation")
    assert not page.exception and "whose cell this target closes" in told(page)
