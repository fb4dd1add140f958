"""What a move of a control draws again: what follows the form, or the whole page."""

from __future__ import annotations

import asyncio
import json
import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from gca_viz.ui.hall.visitor import Visitor
from tests.browser.conftest import ROOT, served
from tests.wire import unpack

FORM = {"method", "eps", "iterations", "data", "n", "show", "order", "scale"}
FOLLOWS = {"heading", "html", "imgs", "bidi_component"}


class Watcher(Visitor):
    """A visitor who notes what each run draws: kinds of elements, the fields of controls, and what is written."""

    drawn: set[str]
    texts: list[str]
    dots: list[list[float]] | None  # those of the square
    kept: set[str] = frozenset()  # ids of what a browser has of a batch
    needs: set[str]  # those of what the matrices are drawn from

    async def run(self, **moved: str) -> float:
        self.drawn, self.texts, self.dots, self.needs = set(), [], None, set()
        self._have = []  # nothing comes by its hash alone
        return await super().run(**moved)

    def _note(self, element, kind):
        super()._note(element, kind)
        if kind is not None:
            inner = getattr(element, kind)
            field = re.search(r"recipe-(\w+)$", getattr(inner, "id", ""))
            self.drawn.add(field[1] if field else kind)
            self.texts.append(getattr(inner, "body", ""))
            if getattr(inner, "component_name", "") == "gca_viz.tau_square":
                self.dots = json.loads(inner.json or inner.mixed.json)["dots"]
            if getattr(inner, "component_name", "").startswith("gca_viz.board") and inner.bytes:
                header, _ = unpack(inner.bytes)
                self.needs |= set(header.get("needs", {}).values())
                self.kept |= {header["id"]} if header["kind"] in ("samples", "cost", "targets") else set()


@pytest.fixture(scope="module")
def url():
    with served(ROOT / "app.py") as address:
        yield address


def opened_and_moved(url, query, **moved):
    """What the page draws, says and puts on the square when it is opened, and after a move."""

    async def watched():
        visitor = Watcher(url, f"n=8&{query}")
        await visitor.open()
        opened = visitor.drawn, visitor.texts, visitor.dots
        await visitor.run(**moved)
        await visitor.close()
        assert not visitor.errors
        return opened, (visitor.drawn, visitor.texts, visitor.dots)

    # In a thread: Chromium's tests leave a loop that runs in this one.
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, watched()).result()


def test_a_move_of_epsilon_leaves_the_form_and_draws_what_follows(url):
    (drawn, texts, dots), (drawn_again, texts_again, dots_again) = opened_and_moved(url, "eps=0.1", eps="0.5")
    assert drawn >= FORM | FOLLOWS
    assert drawn_again >= FOLLOWS and drawn_again.isdisjoint(FORM)
    assert dots == [[1, 1]] and dots_again is None, "a hard constraint has no temperature"
    assert any("plans in" in text for text in texts_again), "what the run cost is said anew"
    (before,), (after,) = ([text for text in of if 'class="numbers"' in text] for of in (texts, texts_again))
    assert before != after
    (_, texts, _), _ = opened_and_moved(url, "eps=0.5", eps="0.1")
    assert after in texts, "the numbers are those of a page that is opened there"


def test_a_slider_whose_stops_change_is_drawn_again(url):
    _, (drawn, _, _) = opened_and_moved(url, "eps=0.1234", eps="0.5")  # a stop only while it is the value
    assert drawn >= FORM | FOLLOWS


def test_the_dot_of_soft_constraints_moves_with_epsilon_and_leaves_the_form(url):
    soft = "method=gca-uot&lambda1=1&lambda2=0.5"
    (_, _, dots), (drawn, _, dots_again) = opened_and_moved(url, f"{soft}&eps=0.1", eps="0.5")
    assert drawn >= FOLLOWS and drawn.isdisjoint(FORM)
    assert dots == [[1 / 1.1, 0.5 / 0.6]] and dots_again == [[1 / 1.5, 0.5]]
    assert opened_and_moved(url, f"{soft}&eps=0.5", eps="0.1")[0][2] == dots_again


def test_the_dot_moves_with_what_holds_it(url):
    _, (drawn, _, dots) = opened_and_moved(url, "method=gca-uot&lambda1=1&lambda2=1&eps=0.5", lambda1="0.5")
    assert drawn >= FOLLOWS and drawn.isdisjoint(FORM)
    assert dots == [[0.5, 1 / 1.5]]


def test_a_notice_goes_with_the_first_move(url):
    (_, texts, _), (_, texts_again, _) = opened_and_moved(url, "eps=0.1&order=nonsense", eps="0.5")
    assert any("nonsense" in text for text in texts)
    assert not any("nonsense" in text for text in texts_again)


@pytest.mark.parametrize(
    "query",
    [
        "",
        "layout=joint&vs=none",
        "kernel=student",
        "method=hcl",
        "method=simo",
        "method=sparse",
        "sample_by=class",
        "method=moco",
    ],
)
def test_a_browser_has_what_the_matrices_are_drawn_from_after_each_move(url, query):
    async def watched():
        visitor = Watcher(url, f"n=8&eps=0.1&{query}")
        await visitor.open()
        for epsilon in ("0.5", "0.2"):
            await visitor.run(eps=epsilon)
            assert visitor.drawn >= FOLLOWS and visitor.drawn.isdisjoint(FORM)
            assert len(visitor.needs) == 3 and visitor.needs <= visitor.kept
        await visitor.close()
        assert not visitor.errors + visitor.warnings

    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, watched()).result()
