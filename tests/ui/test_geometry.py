"""The Geometry page without a browser: controls, numbers, groups, mistakes."""

import json
import re
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from gca_viz.errors import InputError
from gca_viz.experiments import geometry as steps
from gca_viz.experiments.plan import engine
from gca_viz.experiments.recipe.recipe import Recipe
from gca_viz.geometry import plan_points
from gca_viz.geometry.measures import MEASURES
from tests.wire import unpack

APP = Path(__file__).parents[2] / "app.py"


def open_page(**query):
    test = AppTest.from_file(APP, default_timeout=120)
    test.switch_page("gca_viz/ui/pages/geometry/geometry.py")
    for key, value in {"n": "24", **query}.items():
        test.query_params[key] = str(value)
    return test.run()


@pytest.fixture
def page():
    return open_page()


def measures_on(page) -> dict[str, str]:
    """Name → text of the numbers beside the map."""
    html = "".join(element.proto.body for element in page.get("html"))
    return dict(re.findall(r'data-measure="(\w+)"><dt>.*?</dt><dd><b>(.*?)</b>', html))


def group_on(page) -> dict[str, str]:
    html = "".join(element.proto.body for element in page.get("html"))
    return dict(re.findall(r'data-group="([\w ]+)"><dt>.*?</dt><dd>(.*?)</dd>', html))


def figure_on(page) -> dict:
    return json.loads(page.get("plotly_chart")[0].proto.spec)


def map_on(page) -> tuple[dict, dict[str, np.ndarray]]:
    """What the map in two dimensions is sent."""
    (sent,) = (e.proto for e in page.get("bidi_component") if e.proto.component_name == "gca_viz.map")
    return unpack(sent.bytes)


def has_map(page) -> bool:
    """Whether a map with points is on the page, in either kind."""
    charts = page.get("plotly_chart")
    solid = charts and any(trace["type"] == "scatter3d" for trace in json.loads(charts[0].proto.spec)["data"])
    return bool(solid) or len(map_on(page)[1]["places"]) > 0


def captions(page) -> list[str]:
    return [image.caption for element in page.get("image") for image in element.proto.imgs]


def test_the_page_shows_the_numbers_of_the_link(page):
    assert not page.exception and not page.error
    recipe = Recipe().with_values(n=24)
    estimates, shown = steps.measures_of(recipe.inputs), measures_on(page)
    for name, estimate in estimates.items():
        assert shown[name] == MEASURES[name].estimate_text(estimate)
    judged = steps.map_of(recipe.inputs, recipe.geometry).trust
    assert shown["trustworthiness"] == f"{judged.trustworthiness:.2f}"
    assert page.title[0].value == steps.headline(estimates)


def test_controls_change_map_colour_and_lines_and_hide_what_does_nothing(page):
    assert page.select_slider(key="recipe-perplexity").value == 30
    page.segmented_control(key="recipe-map").set_value("pca").run()
    keys = {widget.key for kind in (page.select_slider, page.number_input) for widget in kind}
    assert not keys & {"recipe-perplexity", "recipe-neighbours", "recipe-mapseed"}
    page.segmented_control(key="recipe-colour").set_value("loss").run()
    page.segmented_control(key="recipe-lines").set_value("barycentre").run()
    assert not page.exception
    assert page.query_params["map"] == "pca" and page.query_params["lines"] == "barycentre"
    header, arrays = map_on(page)
    recipe = Recipe().with_values(n=24, map="pca")
    plan = engine.plan_of(recipe.inputs, recipe.method)
    assert header["colour"]["title"] == "loss of the row" and header["axes"][0].startswith("PC 1 (")
    assert arrays["values"] == pytest.approx(plan_points.loss_of_points(plan), rel=1e-5)
    places = steps.map_of(recipe.inputs, recipe.geometry).projection.coordinates
    assert arrays["places"].reshape(-1, 2) == pytest.approx(places, abs=1e-6)
    assert arrays["arrow_places"].reshape(-1, 2) == pytest.approx(
        plan_points.barycentres(plan, places)[1], abs=1e-5
    )
    assert not len(arrays["line_start"])
    page.segmented_control(key="recipe-map").set_value("sphere").run()
    assert figure_on(page)["data"][0]["type"] == "scatter3d" and not page.exception


def test_a_group_is_typed_described_and_ended(page):
    page.text_input(key="recipe-group").set_value("3, 7 11").run()
    assert page.query_params["group"] == "3,7,11" and not page.error
    found = group_on(page)
    assert found["Samples"] == "3" and set(found) >= {"Classes", "Domains", "Row mass", "Loss", "Pair mass"}
    names = engine.batch_of(Recipe().with_values(n=24).data).names
    assert [caption.split(" · ")[0] for caption in captions(page)] == ["3", "3", "7", "7", "11", "11"]
    assert names[7].split()[0] in captions(page)[2]
    page.button(key="group-none").click().run()
    assert "group" not in page.query_params and not group_on(page)


def test_a_class_is_a_group_at_one_choice(page):
    batch = engine.batch_of(Recipe().with_values(n=24).data)
    page.selectbox(key="group-set").set_value("Class animal").run()
    animals = np.flatnonzero(batch.labels == batch.dataset.class_names.index("animal"))
    assert page.query_params["group"] == ",".join(map(str, animals))
    assert group_on(page)["Classes"] == f"animal {len(animals)}"


def test_a_group_is_described_on_the_matrices_page_too():
    test = AppTest.from_file(APP, default_timeout=60)
    for key, value in {"n": "24", "group": "3,7", "tab": "Group"}.items():
        test.query_params[key] = value
    test.run()
    assert not test.exception and group_on(test)["Samples"] == "2"


def test_umap_is_compiled_beside_the_page(page):
    for thread in threading.enumerate():
        if thread.name == "warm-up-maps":
            thread.join(60)
    started = time.perf_counter()
    page.segmented_control(key="recipe-map").set_value("umap").run()
    assert not page.exception and time.perf_counter() - started < 4  # seconds; compiling takes six


def test_a_wrong_group_is_refused_and_numbers_beyond_the_batch_are_left_out(page):
    page.text_input(key="recipe-group").set_value("3, x").run()
    assert "whole numbers" in page.error[0].value and not page.exception
    page = open_page(group="3,500")
    assert group_on(page)["Samples"] == "1" and not page.exception


def test_neighbours_are_those_of_the_embedding_and_follow_the_number_boxes():
    page = open_page(geometry="Neighbours", i=5)
    points = steps.points_of(Recipe().with_values(n=24).inputs)
    cosines = points.z @ points.z[5]
    best = next(point for point in np.argsort(-cosines) if point != 5)
    assert f"{best % 24}, view {best // 24 + 1}  \n{cosines[best]:.3f}" in captions(page)[0]
    next(box for box in page.number_input if box.key.startswith("inspector-row-24")).set_value(9).run()
    assert page.query_params["i"] == "9"
    assert any("Nearest to the row, sample 9 in view 1" in text.value for text in page.markdown)


@pytest.mark.parametrize("size", [1, 2, 3])
@pytest.mark.parametrize("map", ["t-sne", "umap", "pca", "sphere", "circle"])
def test_a_tiny_batch_gets_a_sentence_and_a_map(size, map):
    page = open_page(n=size, map=map)
    assert not page.exception and has_map(page)
    refused = size < 3 and map in ("t-sne", "umap")
    assert bool(page.error) == refused
    if refused:
        assert "Here is PCA" in page.error[0].value
        assert any(caption.value.startswith("PCA shows") for caption in page.caption)
    for tab in ("Neighbours", "Spectrum", "Clusters", "Download"):
        page.query_params["geometry"] = tab
        assert not page.run().exception


@pytest.mark.parametrize(
    "query",
    [
        {"method": "simclr", "lines": "barycentre", "colour": "mass"},
        {"method": "iot", "partners": 5, "colour": "density"},
        {"method": "gca-uot", "colour": "mass", "thumbs": "on", "group": "1,2", "i": 4},
        {"views": "image-text", "encoder": "image-text", "geometry": "Neighbours"},
        {"classes": "animal", "domains": "noto", "n": 12, "colour": "domain"},
        {"data": "digits", "map": "umap", "axes": "3-D", "colour": "view"},
        {"views": "cross-style", "t": 0, "colour": "loss", "map": "circle"},
    ],
)
def test_every_layout_kind_of_view_and_choice_of_samples_has_a_page(query):
    page = open_page(**query)
    assert not page.exception and not page.error and has_map(page)
    assert measures_on(page)["alignment"] != "–"


def test_a_mistake_elsewhere_keeps_the_map(page):
    before = map_on(page)[1]
    page.selectbox(key="recipe-by").set_value("chosen").run()
    assert "no chosen images" in page.error[0].value
    after = map_on(page)[1]
    assert all(np.array_equal(after[name], before[name]) for name in before)


def test_a_column_that_is_not_there_gives_way_with_a_sentence():
    page = open_page(colour="column:age")
    assert any("has no column age" in warning.value for warning in page.warning)
    assert page.segmented_control(key="recipe-colour").value == "class" and has_map(page)


def test_nonsense_in_the_link_is_named():
    page = open_page(map="isomap", perplexity="-3", colour="<img src=x>")
    told = " ".join(warning.value for warning in page.warning)
    assert "projection = 'isomap'" in told and "perplexity = '-3'" in told and "\\<img" in told
    assert not page.exception and has_map(page)


def test_clusters_are_those_of_python_and_large_batches_are_refused_in_words():
    page = open_page(geometry="Clusters", eps="0.1")
    recipe = Recipe().with_values(n=24, eps=0.1)
    found = steps.spectrum_of(recipe.inputs, 0.1)
    points = steps.points_of(recipe.inputs)
    sentence = steps.clusters_sentence(found, points.labels, points.domains)
    assert not page.exception and any(sentence in text.value.replace("\\", "") for text in page.markdown)
    with pytest.raises(InputError, match="1,024"):
        steps.spectrum_of(Recipe().with_values(n=1100, split="all").inputs, 0.1)
