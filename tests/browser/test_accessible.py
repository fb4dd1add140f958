"""Every page as somebody meets it who reads with a screen reader or a keyboard: axe-core finds nothing to mend."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page, expect

from tests.browser.conftest import settled
from tests.browser.steps import press

pytestmark = pytest.mark.browser
PHONE = {"width": 420, "height": 860}
#: what fades in or out has other colours for a moment
_FADED = """async () => {
  const ends = (one) => Number.isFinite(one.effect?.getComputedTiming().endTime);
  await Promise.allSettled(document.getAnimations().filter(ends).map((one) => one.finished));
}"""
_AXE = """async () => (await axe.run(document, { resultTypes: ["violations"] })).violations.flatMap(
  ({ id, nodes }) => nodes.map(({ html, failureSummary }) =>
    [id, html.slice(0, 160), failureSummary.slice(0, 240).replace(/\\s+/g, " ")].join(" | "))
)"""
#: rule, part of the element → why it is not ours to mend
THEIRS = {
    ("presentation-role-conflict", 'data-testid="stFileUploaderDropzone"'): "Streamlit writes role and name of the "
    "place where files are dropped into one element; its button and its input are named",
    ("scrollable-region-focusable", 'data-testid="stPopoverBody"'): "a popover of text alone; browsers give what "
    "scrolls the focus by themselves",
}
_TABLE = ".board[data-painted-step]"
_FIGURE = ".stPlotlyChart .main-svg"

#: page → its address, what is there once it is drawn, and what is opened on it, one after another
PAGES = {
    "alignment": (
        "?n=32&eps=-1&i=3&j=7&group=1,2,3",  # a link with a part that cannot be read, which is told
        _TABLE,
        ["Group", "Gallery", "Convergence", "Views", "Download", "form", "Pair", "formula", "about-matrices"],
    ),
    "geometry": ("geometry?n=32&i=3&j=7", ".map[data-still=true]", ["Neighbours", "Spectrum", "Download"]),
    "effects": (
        "effects?n=24&points=4&seeds=2",
        ".tau-square.heat",
        ["Sweep", "Calibration", "More columns", "Noise lab"],
    ),
    "compare": (
        "compare?n=32&encoders=random,ince@5&with=random",
        _TABLE,
        ["Numbers", "Alike", "Samples", "Run", "Pair", "Group", "Download", "bring-run-group"],
    ),
    "transfer": ("transfer?data=emoji&n=24", ".st-key-transfer-plan .main-svg", ["about-transfer"]),
    "learn": (
        "learn?lesson=half-step",
        ".st-key-learn-formula .katex",
        ["lesson", "answer", "force", "checkpoint", "toy"],
    ),
    "train": ("train?data=digits&n=24&train-images=64", ".st-key-train-start", ["about-train"]),
    "family": ("family?n=24&views=strong-weak", ".losses img", ["about-family"]),
    "paper": ("paper?experiment=noise", ".claims a", []),
    "bring": ("bring", ".st-key-bring-cache", ["Images", "bring-camera-group", "Encoder"]),
}
#: that have what the others have, or are new; the others are looked at by ``make slow``
_FIRST = ("alignment", "compare", "learn", "train")


def violations(page: Page) -> list[str]:
    """What axe-core finds, but for what is Streamlit's own."""
    settled(page)
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(f"{AXE_SCRIPT}; undefined")
    page.evaluate(_FADED)
    found = page.evaluate(_AXE)
    if found:  # it may have looked at what was being drawn anew, which is pale meanwhile
        settled(page)
        page.evaluate(_FADED)
        found = page.evaluate(_AXE)
    return [one for one in found if not any(one.startswith(rule) and part in one for rule, part in THEIRS)]


def opener(page: Page, what: str) -> Callable[[], object]:
    """How something on a page is opened."""
    if what in ("form", "lesson", "answer"):
        return {"form": lambda: _open_form(page), "lesson": lambda: None, "answer": lambda: _answer(page)}[what]
    if what.startswith("about-") or what == "formula":
        return lambda: press(page.locator(f".st-key-{what} button"))
    if what.endswith("-group"):
        return lambda: press(page.locator(f".st-key-{what} summary"))
    if what in ("force", "checkpoint", "toy"):
        return lambda: press(page.locator(f".st-key-learn-go-{what} button"))
    return lambda: press(page.get_by_role("tab", name=what, exact=True))


def _open_form(page: Page) -> None:
    for group in ("layout", "views", "encoder", "share"):
        press(page.locator(f".st-key-group-{group} summary"))


def _answer(page: Page) -> None:
    press(page.locator(".st-key-learn-words [role=radiogroup] label").first)
    press(page.get_by_role("button", name="Show the answer"))
    expect(page.locator(".st-key-learn-answered")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", pytest.param("dark", marks=pytest.mark.slow)])
@pytest.mark.parametrize(
    "name", [name if name in _FIRST else pytest.param(name, marks=pytest.mark.slow) for name in PAGES]
)
def test_axe_finds_nothing_to_mend(app_url, visit, name, scheme):
    address, ready, parts = PAGES[name]
    page = visit(f"{app_url}/{address}", ready=ready, color_scheme=scheme)
    assert page.locator("h1").count() == 1
    found = violations(page)
    for part in parts:
        opener(page, part)()
        found += [f"{part}: {one}" for one in violations(page)]
    # On a phone the form is folded away, and what is wide scrolls.
    page.set_viewport_size(PHONE)
    page.wait_for_timeout(300)
    found += [f"phone: {one}" for one in violations(page)]
    assert found == [], "\n".join(found)


OURS = {
    "?n=16": (_TABLE, [".board .overlay", ".board .steps", ".board .play", ".tau-square svg"]),
    "geometry?n=16&map=pca": (".map[data-still=true]", [".map .overlay", ".map .tools button"]),
    "learn?lesson=toy": (".toy[data-painted]", [".toy .stage", ".toy .play"]),
    "compare?n=16&encoders=random&compare=Run": (_FIGURE, [".player .steps", ".player .play"]),
}
_LOOK = "node => { const { outlineStyle, boxShadow } = getComputedStyle(node); return [outlineStyle, boxShadow] }"


@pytest.mark.parametrize("address", OURS)
def test_an_element_of_ours_has_a_name_takes_the_focus_and_shows_it(app_url, visit, address):
    ready, parts = OURS[address]
    page = visit(f"{app_url}/{address}", ready=ready)
    for part in parts:
        node = page.locator(part).first
        expect(node).to_have_accessible_name(re.compile(r"\w{4}"))
        before = node.evaluate(_LOOK)
        page.keyboard.press("Tab")  # as somebody does who has no mouse: the focus is shown to them
        node.focus()
        expect(node).to_be_focused()
        assert node.evaluate(_LOOK) != before, part
