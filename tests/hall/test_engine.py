"""What pages compute with is loaded once, beside the start of the server; what goes wrong there hurts nobody."""

import asyncio
import gc
import os
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event

import pytest
from streamlit.testing.v1 import AppTest

from gca_viz.cli.app import SERVER
from gca_viz.experiments.plan import embeddings
from gca_viz.experiments.plan import engine as steps
from gca_viz.ui.hall import engine
from gca_viz.ui.hall.visitor import Visitor
from gca_viz.ui.pages.alignment.first_screen import prepare
from tests.browser.conftest import ROOT, served


@pytest.fixture
def unloaded(monkeypatch):
    """As in a process that has just started."""
    monkeypatch.setattr(engine, "loaded", Event())
    monkeypatch.setattr(engine, "_collect_now_and_then", lambda: None)


def test_many_who_come_at_once_wait_for_one_who_loads(unloaded, monkeypatch):
    imports, all_here = [], Barrier(4)
    monkeypatch.setattr(engine, "_import", lambda: imports.append(engine.loaded.wait(0.2)))

    def come():
        all_here.wait()
        engine.load()
        return engine.loaded.is_set()

    with ThreadPoolExecutor(4) as pool:
        coming = [pool.submit(come) for _ in range(4)]
        assert all(came.result() for came in coming)
    assert imports == [False]


def test_what_could_not_be_loaded_is_told_and_tried_again_and_garbage_is_collected_in_any_case(
    unloaded, monkeypatch
):
    works = iter((False, True))

    def load():
        assert not gc.isenabled()
        if not next(works):
            raise ImportError("half a module")

    monkeypatch.setattr(engine, "_import", load)
    with pytest.raises(ImportError, match="half a module"):
        engine.load()
    assert gc.isenabled() and not engine.loaded.is_set()
    engine.load()
    assert gc.isenabled() and engine.loaded.is_set()


def test_the_first_page_shows_what_was_computed_before_anybody_came(monkeypatch):
    prepare()

    def anew(*_, **__):
        raise AssertionError("computed once more")

    monkeypatch.setattr(embeddings, "make_views", anew)
    monkeypatch.setattr(embeddings, "embed", anew)
    monkeypatch.setattr(steps, "align", anew)
    test = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120).run()
    assert not test.exception and not test.error


def test_a_visitor_does_not_learn_that_the_first_screen_could_not_be_computed(tmp_path):
    # As if the module was missing.
    (tmp_path / "sitecustomize.py").write_text(
        "import sys\nsys.modules['gca_viz.ui.pages.alignment.first_screen'] = None\n"
    )

    async def come(url):
        visitor = Visitor(url, "n=16")
        await visitor.open()
        await visitor.close()
        return visitor.errors

    with (
        served(SERVER, PYTHONPATH=os.pathsep.join((str(tmp_path), str(ROOT)))) as url,
        ThreadPoolExecutor(1) as pool,
    ):
        assert pool.submit(asyncio.run, come(url)).result() == []
