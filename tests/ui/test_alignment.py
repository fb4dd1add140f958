"""The Alignment page without a browser: controls, numbers, mistakes."""

import re
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from gca_viz.datasets import DATASETS
from gca_viz.encoders import bundled_encoders
from gca_viz.errors import InputError
from gca_viz.experiments.plan import engine
from gca_viz.experiments.plan.summary import NO_PAIRS, readings
from gca_viz.experiments.recipe.first_screen import FIRST_SCREEN
from gca_viz.experiments.recipe.recipe import Recipe
from gca_viz.transport import READINGS
from gca_viz.ui.markdown import plain
from tests.older import needs

APP = Path(__file__).parents[2] / "app.py"
needs_openings = needs("streamlit", "1.66", "AppTest opens no tab and no expander, a browser does")


@pytest.fixture
def page():
    test = AppTest.from_file(APP, default_timeout=60)
    test.query_params["n"] = "32"
    return test.run()


def numbers_on(page) -> dict[str, str]:
    """Label → text of the row of numbers."""
    html = next(element.proto.body for element in page.get("html") if 'class="numbers"' in element.proto.body)
    return dict(re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", html))


def loss_on(page) -> str:
    return numbers_on(page)["Loss"]


def loss_of(recipe: Recipe) -> str:
    plan = engine.plan_of(recipe.inputs, recipe.method)
    domains = engine.domains_of(recipe.data, recipe.views)
    return READINGS["loss"].text(readings(plan, engine.batch_of(recipe.data).labels, domains)["loss"])


def test_the_page_shows_the_numbers_of_the_link(page):
    assert not page.exception
    assert loss_on(page) == loss_of(Recipe().with_values(n=32))
    assert list(numbers_on(page))[:3] == ["Loss", "Pair mass", "Row top-1"]


def test_turning_epsilon_changes_the_numbers(page):
    page.select_slider(key="recipe-eps").set_value(0.5).run()
    assert loss_on(page) == loss_of(Recipe().with_values(n=32, eps=0.5))


@pytest.mark.parametrize("data", ["emoji", "things"])
def test_encoders_that_suit_the_data_are_offered_first(data):
    page = AppTest.from_file(APP, default_timeout=60)
    page.query_params["data"], page.query_params["n"], page.query_params["encoder"] = (
        data,
        "16",
        "things-cross-ince",
    )
    page.query_params["views"] = "cross-class"
    page.session_state["group-encoder"] = True
    page.run()
    offered, cards = page.selectbox(key="recipe-encoder").options, bundled_encoders()
    places = {name: offered.index(card["title"]) for name, card in cards.items()}
    assert sorted(places.values()) == list(range(len(cards)))
    of_data = {name for name, card in cards.items() if data in str(card["data"])}
    assert {name for name in cards if places[name] <= len(of_data)} >= of_data
    assert places[DATASETS[data].encoder] == 0 and ("things-ince" in of_data) == (data == "things")


def test_each_method_brings_its_own_controls(page):
    page.selectbox(key="recipe-method").set_value("gca-uot").run()
    assert page.select_slider(key="recipe-lambda1").value == 0.2
    page.select_slider(key="recipe-lambda1").set_value(float("inf")).run()
    assert loss_on(page) == loss_of(Recipe().with_values(n=32, method="gca-uot", lambda1=float("inf")))
    page.selectbox(key="recipe-method").set_value("ince").run()
    assert "recipe-lambda1" not in {widget.key for widget in page.select_slider}
    # Coming back, the value is still there.
    page.selectbox(key="recipe-method").set_value("gca-uot").run()
    assert page.select_slider(key="recipe-lambda1").value == float("inf")


def test_infinitely_many_iterations_are_the_limit(page):
    page.select_slider(key="recipe-eps").set_value(0.05).run()
    page.select_slider(key="recipe-iterations").set_value(float("inf")).run()
    assert not page.exception and not page.error
    recipe = Recipe().with_values(n=32, eps=0.05, iterations=float("inf"))
    assert loss_on(page) == loss_of(recipe)
    assert numbers_on(page)["Row error"] == "0.0 %"


@needs_openings
def test_the_convergence_tab_says_what_the_solver_did(page):
    page.query_params["tab"] = "Convergence"
    page.run()
    assert not page.exception
    assert any("usable" in text.value for text in page.markdown)
    table = next(e.proto.body for e in page.get("html") if "Mass that lies elsewhere" in e.proto.body)
    for word in ("scaling", "iteration limit", "passes over the kernel", "Limit found by"):
        assert word in table


@needs_openings
def test_a_limit_that_cannot_be_is_said_and_the_rest_of_the_tab_is_there(page, monkeypatch):
    def refuse(*_, **__):
        raise InputError("a loss that is not finite", "numbers are up to 3e38", "Bring ε nearer to 1")

    monkeypatch.setattr(engine, "limit_of", refuse)
    page.query_params["tab"] = "Convergence"
    page.run()
    assert not page.exception
    assert any("limit of GCA-INCE" in notice.value and "nearer to 1" in notice.value for notice in page.info)
    table = next(e.proto.body for e in page.get("html") if "Mass that lies elsewhere" in e.proto.body)
    assert "not known" in table and "iteration limit" in table


@pytest.mark.parametrize("method", ["simclr", "clip", "byol", "rince", "gca-rince", "iot", "iot-uni"])
def test_every_method_draws_a_page(page, method):
    page.selectbox(key="recipe-method").set_value(method).run()
    assert not page.exception
    assert not page.error
    assert loss_on(page) == loss_of(Recipe().with_values(n=32, method=method))


def test_a_comparison_that_cannot_be_is_said_and_the_plan_is_shown(page):
    page.selectbox(key="recipe-method").set_value("simclr").run()
    assert any("layout" in notice.value for notice in page.info)


def test_a_mistake_keeps_the_last_good_picture(page):
    before = loss_on(page)
    page.selectbox(key="recipe-by").set_value("chosen").run()
    assert "no chosen images" in page.error[0].value
    assert loss_on(page) == before
    page.text_input(key="recipe-images").set_value("3, 14, x").run()
    assert "whole numbers" in page.error[0].value
    assert loss_on(page) == before
    page.text_input(key="recipe-images").set_value("3, 14, 159").run()
    assert not page.error
    assert loss_on(page) == loss_of(Recipe().with_values(n=32, by="chosen", images=(3, 14, 159)))


def test_another_data_set_leaves_no_dead_end(page):
    page.multiselect(key="recipe-classes").set_value(["animal", "food"]).run()
    page.multiselect(key="recipe-domains").set_value(["noto"]).run()
    page.selectbox(key="recipe-data").set_value("digits").run()
    assert not page.error and not page.warning
    assert loss_on(page) == loss_of(Recipe().with_values(n=32, data="digits"))


def test_the_first_class_a_viewer_picks_shrinks_the_batch_and_says_so():
    test = AppTest.from_file(APP, default_timeout=60)
    test.query_params["data"] = "emoji"
    test.run().multiselect(key="recipe-classes").set_value(["animal"]).run()
    assert not test.error
    assert "images fit this choice, fewer than 128" in test.warning[0].value
    there = test.select_slider(key="recipe-n").value
    assert there == 108
    assert loss_on(test) == loss_of(Recipe().with_values(n=108, classes=("animal",)))


def test_choosing_the_compared_method_swaps_the_two(page):
    page.selectbox(key="recipe-method").set_value("ince").run()
    assert page.selectbox(key="recipe-vs").value == "gca-ince"
    assert "ince" not in page.selectbox(key="recipe-vs").options


def test_a_link_cannot_draw_a_picture_of_its_own_in_the_message():
    test = AppTest.from_file(APP, default_timeout=60)
    test.query_params["n"], test.query_params["method"] = "16", "![x](https://example.org/p.png)" + "y" * 500
    test.run()
    shown = test.warning[0].value
    assert "![x](" not in shown and "\\!\\[x\\]" in shown
    assert len(shown) < 900


def test_a_strange_recipe_file_is_refused_with_a_sentence(page):
    for content in (b"[" * 100_000, b"no json", b'{"version": 99}', b"\xff\xfe"):
        page.session_state["group-share"] = True
        page.run()
        page.file_uploader(key="recipe-file").set_value(("recipe.json", content, "application/json")).run()
        assert not page.exception
        assert "recipe" in page.error[0].value


def test_a_recipe_from_a_file_stays_as_it_was_whatever_data_were_shown(page):
    asked = {"views": "cross-class", "domains": ("noto",), "partner_domains": ("twemoji",), "n": 16}
    page.selectbox(key="recipe-data").set_value("digits").run()
    page.session_state["group-share"] = True
    page.run()
    recipe = Recipe().with_values(**asked)
    file = ("recipe.json", recipe.to_json().encode(), "application/json")
    page.file_uploader(key="recipe-file").set_value(file).run()
    assert page.session_state["recipe"] == recipe and not page.exception and not page.warning


def test_reset_goes_back_to_the_first_screen(page):
    page.selectbox(key="recipe-method").set_value("byol").run()
    page.button(key="reset").click().run()
    assert page.session_state["recipe"] == FIRST_SCREEN
    assert loss_on(page) == loss_of(FIRST_SCREEN)


def test_the_encoder_of_the_first_screen_gives_way_to_that_of_other_data():
    page = AppTest.from_file(APP, default_timeout=60).run()
    page.selectbox(key="recipe-data").set_value("digits").run()
    assert page.session_state["recipe"].encoder == Recipe().encoder
    assert not page.error and page.session_state["recipe"].data.classes == ()


def test_an_address_that_says_nothing_opens_the_first_screen_and_one_of_before_its_own_data():
    bare = AppTest.from_file(APP, default_timeout=60).run()
    assert bare.session_state["recipe"] == FIRST_SCREEN
    said = {key: text if isinstance(text, str) else text[0] for key, text in bare.query_params.items()}
    assert Recipe.from_query(said)[0] == FIRST_SCREEN
    before = AppTest.from_file(APP, default_timeout=60)
    before.query_params["n"] = "16"
    assert before.run().session_state["recipe"] == Recipe().with_values(n=16)


def test_a_link_to_what_differs_in_nothing_still_names_its_data(page):
    page.select_slider(key="recipe-n").set_value(Recipe().data.size).run()
    assert page.session_state["recipe"] == Recipe()
    assert page.query_params["data"] in (["emoji"], "emoji")


def test_nonsense_in_the_link_is_named_and_the_rest_is_kept():
    test = AppTest.from_file(APP, default_timeout=60)
    for key, value in {"n": "16", "eps": "0", "method": "sinkhorn"}.items():
        test.query_params[key] = value
    test.run()
    assert not test.exception
    told = " ".join(warning.value for warning in test.warning)
    assert "epsilon = '0'" in told and "method = 'sinkhorn'" in told
    assert loss_on(test) == loss_of(Recipe().with_values(n=16))


def test_the_inspector_starts_at_the_least_matched_pair_and_follows_the_numbers(page):
    assert any("Weakest pair" in text.value for text in page.header)
    next(box for box in page.number_input if box.key.startswith("inspector-row-32")).set_value(5).run()
    batch = engine.batch_of(Recipe().with_values(n=32).data)
    assert any("Picked pair" in text.value for text in page.header)
    captions = [image.caption for element in page.get("image") for image in element.proto.imgs]
    assert "Row 5" in captions[0] and batch.names[5] in captions[0]


def test_under_a_picture_stand_its_author_and_licence():
    recipe = Recipe().with_values(n=24, data="things", views="cross-class")
    test = AppTest.from_file(APP, default_timeout=60)
    test.query_params.update({key: str(value) for key, value in recipe.to_query().items()})
    test.query_params.update(i="4", j="7")
    test.run()
    batch, second = engine.batch_of(recipe.data), engine.views_of(recipe.data, recipe.views).second_indices
    captions = [image.caption for element in test.get("image") for image in element.proto.imgs]
    for caption, image in ((captions[0], batch.indices[4]), (captions[1], second[7])):
        assert f"**{plain(batch.dataset.names[image])}**" in caption  # of view 2, another thing of the class
        assert f":small[:gray[{plain(batch.dataset.credits[image])}]]" in caption


def test_a_button_of_the_gallery_picks_its_cell():
    test = AppTest.from_file(APP, default_timeout=60)
    test.query_params["n"], test.query_params["tab"] = "32", "Gallery"
    test.run()
    titles = " ".join(text.value for text in test.markdown)
    assert "Weakest pairs" in titles and "Wrong matches" in titles
    button = next(button for button in test.button if button.key.startswith("notable-Wrong matches"))
    row, column = button.key.split("-")[-2:]
    button.click().run()
    assert (test.query_params["i"], test.query_params["j"]) == (row, column)


def test_a_link_to_image_and_text_brings_an_encoder_of_both_and_says_so():
    test = AppTest.from_file(APP, default_timeout=60)
    test.query_params["n"], test.query_params["views"] = "32", "image-text"
    page = test.run()
    assert not page.exception
    assert any("Image and text need an encoder of both" in box.value for box in page.warning)
    recipe = Recipe().with_values(n=32, views="image-text", encoder="image-text")
    assert loss_on(page) == loss_of(recipe)


@needs_openings
def test_a_relation_closes_the_pairs_says_so_and_offers_its_views(page):
    page.session_state["group-layout"] = True  # the expander is open
    page.run()
    page.selectbox(key="recipe-target").set_value("relation").run()
    assert not page.exception
    shown = numbers_on(page)
    assert "Loss" in shown and not {"Pair mass", "Row top-1", "Col. top-1"} & set(shown)
    said = [caption.value for caption in page.caption]
    assert NO_PAIRS in said and any("ReSSL" in text for text in said)
    assert any(title.value == "Row of the largest loss" for title in page.header)
    recipe = Recipe().with_values(n=32, target="relation")
    assert shown["Loss"] == loss_of(recipe)
    page.button(key="relation-views").click().run()
    assert numbers_on(page)["Loss"] == loss_of(recipe.with_values(views="strong-weak"))
    assert "relation-views" not in {button.key for button in page.button}


@needs_openings
@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"m": "4", "reduce": "worst"}, "farthest apart"),
        ({"m": "4", "reduce": "worst", "method": "simclr", "views": "strong-weak"}, "farthest apart"),
        ({"m": "6", "reduce": "mean"}, "averaged in the row"),
        ({"m": "6"}, "view 1 (blue frame)"),
        ({"reduce": "posterior"}, "view 1 (blue frame)"),
    ],
)
def test_several_views_are_all_shown_with_those_that_are_used(query, words):
    test = AppTest.from_file(APP, default_timeout=60)
    for key, value in {"n": "12", "tab": "Views", "vs": "none", **query}.items():
        test.query_params[key] = value
    page = test.run()
    assert not page.exception and not page.error
    assert any(words in caption.value for caption in page.caption)
    images = [image for element in page.get("image") for image in element.proto.imgs]
    assert len(images) == 12
    if words == "farthest apart":
        recipe = Recipe().with_values(n=12, **{key: value for key, value in query.items() if key != "tab"})
        worst = engine.plan_of(recipe.inputs, recipe.method)
        cost = worst.cost.gather(1, worst.pairing.partner[:, None])[:12, 0]
        captions = [image.caption for image in images]
        assert sorted(caption.rsplit(" ", 1)[1] for caption in captions) == sorted(
            f"{float(of):.2f}" for of in cost
        )


@needs_openings
def test_an_odd_number_of_views_that_are_halved_becomes_even():
    test = AppTest.from_file(APP, default_timeout=60)
    for key, value in {"n": "12", "m": "3", "reduce": "mean", "vs": "none"}.items():
        test.query_params[key] = value
    page = test.run()
    assert any("There are now 4" in warning.value for warning in page.warning)
    assert page.query_params["m"] == "4"
