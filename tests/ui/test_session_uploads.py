"""What a session brought lives as long as the session, and a recipe never names what is lost."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from gca_viz.datasets import UPLOADS, read_embeddings
from gca_viz.encoders import uploads
from gca_viz.encoders.bundled import MODELS
from gca_viz.errors import InputError
from gca_viz.experiments.plan import engine
from gca_viz.experiments.recipe.recipe import Recipe
from gca_viz.ui.session.uploads import SessionUploads
from tests.browser.steps import npz

APP = Path(__file__).parents[2] / "app.py"
PAGES = ("alignment", "geometry", "effects", "compare", "transfer", "family", "learn", "paper", "bring")
INCE = MODELS / "ince.safetensors"


def embeddings():
    z = np.random.default_rng(0).normal(size=(2, 12, 8)).astype(np.float32)
    return read_embeddings([("mine.npz", npz(z1=z[0], z2=z[1]))])


def gone(find: Callable[[str], object], name: str) -> bool:
    try:
        find(name)
    except InputError:
        return True
    return False


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def opened(page: str, brought: SessionUploads | None = None, **state) -> AppTest:
    test = AppTest.from_file(APP, default_timeout=120)
    if brought is not None:
        test.session_state["uploads"] = brought
    for key, value in state.items():
        test.session_state[key] = value
    test.switch_page(f"gca_viz/ui/pages/{page}/{page}.py")
    return test.run()


def said(test: AppTest) -> str:
    return " ".join(element.value for element in (*test.warning, *test.error)).replace("\\", "")


def test_all_goes_with_the_session():
    mine = SessionUploads()
    data, encoder = mine.add_data(*embeddings()), mine.add_encoder(INCE, "mine")
    folder, recipe = mine.folder, Recipe().with_values(data=data, split="all", n=8)
    (folder / "upload").write_bytes(b"0")
    plan = engine.plan_of(recipe.inputs, recipe.method)
    assert plan is engine.plan_of(recipe.inputs, recipe.method)
    del mine
    gc.collect()
    until(lambda: gone(UPLOADS.find, data) and gone(uploads.model_of, encoder) and not folder.exists())
    with pytest.raises(InputError, match="not in this session"):  # and nothing that was computed from it is left
        engine.plan_of(recipe.inputs, recipe.method)


@pytest.mark.parametrize("page", PAGES)
def test_a_session_that_lost_what_its_recipe_names_says_so_and_goes_on(page):
    """As after a restart of the server, or a longer break: state names things that are not there."""
    lost = Recipe().with_values(
        n=24, data="own:lostdata1", encoder="own:lostmodel", encoders=("own:lostother", "random")
    )
    test = opened(page, recipe=lost, last_good_recipe=lost)
    assert not test.exception
    if page in ("alignment", "geometry", "effects", "compare"):
        for part in ("The data", "The encoder", "The encoder to compare with"):
            assert f"{part} that this link or recipe names was uploaded in another session" in said(test)
    if page == "alignment":
        test.selectbox(key="recipe-method").set_value("ince").run()
        assert not test.exception and test.selectbox(key="recipe-data").value == "emoji"


@pytest.mark.parametrize("page", ["alignment", "geometry", "effects", "compare"])
def test_an_encoder_may_be_lost_while_the_data_are_kept(page):
    mine = SessionUploads()
    data = mine.add_data(*embeddings())
    test = opened(page, mine, recipe=Recipe().with_values(data=data, split="all", n=8, encoder="own:lostmodel"))
    assert not test.exception and "The encoder that this link" in said(test)
    assert test.session_state["recipe"].data.dataset == data


def test_what_is_removed_leaves_the_recipe_the_comparison_and_the_last_that_worked():
    mine = SessionUploads()
    data, first, second = mine.add_data(*embeddings()), mine.add_encoder(INCE, "a"), mine.add_encoder(INCE, "b")
    values = {
        "data": data,
        "split": "all",
        "n": 8,
        "encoder": first,
        "encoders": (second, "random"),
        "with": second,
    }
    named = Recipe().with_values(**values)
    test = opened("bring", mine, recipe=named, last_good_recipe=named)
    for name in (second, first, data):
        test.button(key=f"remove-{name}").click().run()
        assert not test.exception
        assert not any(name in str(test.session_state["recipe"].get(key)) for key in Recipe.link_names())
        assert name not in (*mine.data, *mine.encoders)
    for page in PAGES:
        test.switch_page(f"gca_viz/ui/pages/{page}/{page}.py")
        assert not test.run().exception
        if page == "alignment":
            assert "The data that you removed was in use: the default is shown" in said(test)


def test_the_last_recipe_that_worked_may_fail_itself():
    """Its checkpoint may be gone from the server's disk; then the default is shown."""
    bad = Recipe().with_values(by="chosen", images=(1, 10**6), n=24)
    test = opened("alignment", recipe=bad, last_good_recipe=bad)
    assert not test.exception
    assert "image 1000000" in said(test) and "The pictures are those of the default" in said(test)
