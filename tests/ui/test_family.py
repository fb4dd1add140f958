"""The page Family without a browser: rows, filter, order, two losses, one dial, and what a press changes."""

import csv
import io
import re
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from gca_viz import FAMILY
from gca_viz.experiments.family.rows import OUTSIDE, READINGS_OF_PLANS, of_recipe
from gca_viz.experiments.recipe.recipe import Recipe
from gca_viz.transport import METHODS
from gca_viz.ui.pages.family import workbench
from gca_viz.ui.pages.family.table import filters, fits, in_order

APP = Path(__file__).parents[2] / "app.py"
UI = APP.parent / "gca_viz" / "ui"
SMALL = {"data": "emoji", "n": "24", "views": "strong-weak"}


def opened(**query: str) -> AppTest:
    test = AppTest.from_file(APP, default_timeout=120)
    for key, value in (SMALL | query).items():
        test.query_params[key] = value
    test.switch_page("gca_viz/ui/pages/family/family.py")
    return test.run()


def written(test: AppTest) -> str:
    return "\n".join(element.value for element in test.markdown)


def test_the_page_says_how_many_losses_and_how_far_apart_they_are():
    test = opened()
    assert not test.exception and not test.error
    assert re.fullmatch(
        rf"{len(FAMILY)} losses on one batch: from \d+\u00a0% to \d+\u00a0% of the mass is on the pairs",
        test.title[0].value,
    )
    assert [expander.label.split(" (")[0] for expander in test.expander if " loss" in expander.label] == [
        loss.title for loss in OUTSIDE.values()
    ]


def test_two_losses_are_those_of_the_address_and_say_what_they_differ_in():
    test = opened(loss_a="simclr", loss_b="t-simclr")
    text = written(test)
    assert "A and B differ in kernel, held." in text
    assert FAMILY["t-simclr"].departs in text and FAMILY["simclr"].claim in text
    assert any("of it lies elsewhere in B" in caption.value for caption in test.caption)
    assert len(test.get("plotly_chart")) == 3


def test_a_loss_that_nobody_has_named_can_be_trained_and_opened():
    test = opened(loss_a="ince", turn="held", turn_to="total")
    turned = next(pills for pills in test.get("button_group") if pills.key == "turn_to")
    assert f"both · {FAMILY['gca-ince'].title}" in turned.options
    assert "Nobody has named this" in written(test)
    assert any("gca-viz train" in code.value and "--hold total" in code.value for code in test.code)


def test_filters_hold_every_place_and_order_has_every_row():
    for item in filters():
        names = [name for name, row in FAMILY.items() if fits(row, [item])]
        assert names
    both = [name for name, row in FAMILY.items() if fits(row, ["held: both", "target: partner"])]
    assert "gca-ince" in both and "gca-domains" not in both and "ince" not in both
    assert fits(FAMILY["ince"], []) and not fits(FAMILY["ince"], ["no such dial: rows"])
    by_year = in_order(FAMILY, "year", dict.fromkeys(FAMILY))
    years = [FAMILY[name].year for name in by_year]
    assert sorted(by_year) == sorted(FAMILY) and years == sorted(years) and years[0] < years[-1]


@pytest.mark.parametrize("name", FAMILY)
def test_opening_a_row_makes_it_the_recipe_of_the_workbench(name, monkeypatch):
    changed = []
    monkeypatch.setattr(workbench.state, "recipe", lambda: Recipe().with_values(n=24, eps=0.3))
    monkeypatch.setattr(workbench.state, "change", changed.append)
    monkeypatch.setattr(workbench.st, "session_state", {})
    workbench.open_in_workbench(FAMILY[name].on(workbench.state.recipe()))
    (recipe,) = changed
    assert of_recipe(recipe) is FAMILY[name] and recipe.method.epsilon == 0.3 and recipe.data.size == 24
    assert recipe.method.reference != recipe.method.name
    beside = recipe.method.beside
    assert beside is not None and beside.layout in METHODS[beside.name].layouts  # it can stand beside it


def test_the_file_of_two_plans_has_every_pair_once():
    import numpy as np

    from gca_viz.ui.pages.family.two import _csv

    shown = [np.full((2, 2), 0.25), np.eye(2) / 2]
    rows = list(csv.DictReader(io.StringIO(_csv([["0: a", "1: b"], ["0: c", "1: d"]], shown))))
    assert [(row["row"], row["column"], float(row["b"])) for row in rows] == [
        ("0: a", "0: c", 0.5),
        ("0: a", "1: d", 0.0),
        ("1: b", "0: c", 0.0),
        ("1: b", "1: d", 0.5),
    ]


@pytest.mark.parametrize("name", READINGS_OF_PLANS)
def test_a_system_that_reads_plans_leads_to_a_tab_that_is_there(name):
    system = READINGS_OF_PLANS[name]
    assert (UI / "pages" / system.page / f"{system.page}.py").is_file()
    code = "".join(path.read_text("utf-8") for path in (UI / "pages" / system.page).glob("*.py"))
    for key, value in system.query.items():
        assert key in Recipe.link_names() or f'"{value}":' in code
