"""The toy world in a real Chromium: its numbers are those of the Python API, and it is moved by mouse and keys."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest
import torch
from playwright.sync_api import Locator, Page, expect
from torch.nn import functional as F

from gca_viz import align
from gca_viz.geometry.metrics import alignment, uniformity
from gca_viz.transport import forces
from gca_viz.ui.elements.toy import SCENES
from tests.browser.conftest import settled
from tests.browser.steps import press
from tests.browser.test_alignment import query, wait_for_query

pytestmark = pytest.mark.browser
READY = ".toy[data-painted]"
METHODS = {
    "byol": {},
    "ince": {},
    "clip": {},
    "gca-ince": {},
    "gca-uot": {"lambda": 0.3},
    "rince": {"q": 0.4, "lam": 0.05},
}


def opened(app_url: str, visit, link: str, **options) -> Page:
    return visit(f"{app_url}/learn?lesson=toy&{link}", ready=READY, **options)


def toy(page: Page) -> Locator:
    return page.locator(".toy")


def ask(page: Page, what: str, *given):
    """What the world answers to a question of its inspector."""
    return toy(page).evaluate("(node, [what, given]) => node.gcaToy[what](...given)", [what, list(given)])


def points(page: Page) -> tuple[torch.Tensor, torch.Tensor]:
    return tuple(torch.tensor(view, dtype=torch.float64) for view in ask(page, "points"))


def python_plan(page: Page, z1: torch.Tensor, z2: torch.Tensor):
    """What the API says of the same points at the same settings."""
    settings = ask(page, "state")["settings"]
    method, own = settings["method"], {}
    if method == "gca-uot":
        own = {"lambda1": settings["lambda"], "lambda2": settings["lambda"]}
    elif method == "rince":
        own = {"q": settings["q"], "lam": settings["lam"]}
    target = {}
    if settings["alpha"] or settings["beta"]:
        target = {"target": "domain", "domains": ask(page, "domains")}
        target |= {"alpha": settings["alpha"], "beta": settings["beta"]}
    return align(z1, z2, method, epsilon=settings["eps"], tol=1e-12, **own, **target)


def test_plan_loss_and_gradient_are_those_of_the_api(app_url, visit):
    page = opened(app_url, visit, "scene=prior&n=20&noise=0.3")
    for place, (method, own) in enumerate(METHODS.items()):
        prior = {"alpha": 0.3, "beta": 0.1} if place % 2 else {"alpha": 0.0, "beta": 0.0}
        ask(page, "change", {"method": method, "eps": 0.15, **prior, **own})
        z1, z2 = (z.requires_grad_() for z in points(page))
        plan = python_plan(page, z1, z2)
        assert np.allclose(ask(page, "plan"), plan.matrix.detach(), atol=1e-6), method
        assert ask(page, "loss") == pytest.approx(float(plan.loss.detach()), abs=1e-6), method
        plan.loss.backward()  # the API normalises its inputs, so that its gradient is tangent, too
        for found, z in zip(ask(page, "gradient"), (z1, z2), strict=True):
            assert np.allclose(found, z.grad, atol=1e-5), method
        numbers = ask(page, "measures")
        assert numbers["pairMass"] == pytest.approx(float(plan.matched_share.detach()), abs=1e-6)
    z1, z2 = points(page)
    assert numbers["alignment"] == pytest.approx(alignment(z1, z2), abs=1e-6)
    assert numbers["uniformity"] == pytest.approx((uniformity(z1) + uniformity(z2)) / 2, abs=1e-6)


def test_twenty_steps_follow_the_gradient_flow(app_url, visit):
    page = opened(app_url, visit, "scene=crowd&n=16")
    for change in ({"method": "gca-ince"}, {"space": "sphere", "method": "rince", "q": 0.3, "n": 12}):
        ask(page, "change", change)
        z1, z2 = points(page)
        settings = ask(page, "state")["settings"]
        losses = []
        for _ in range(20):
            plan = python_plan(page, z1, z2)
            losses.append(float(plan.loss))
            first, second = forces(plan).on_points(z1, z2)
            step = settings["rate"] * settings["eps"]
            z1, z2 = F.normalize(z1 + step * first, dim=1), F.normalize(z2 + step * second, dim=1)
        ask(page, "step", 20)
        for found, wanted in zip(points(page), (z1, z2), strict=True):
            assert torch.allclose(found, wanted, atol=1e-4)
        assert ask(page, "losses")[:20] == pytest.approx(losses, abs=1e-4)
        expect(toy(page)).to_contain_text("step 20")


@pytest.mark.slow
def test_every_scene_plays_to_its_end_and_says_what_happened(app_url, visit):
    page = opened(app_url, visit, "scene=sphere&rate=1")
    for name, scene in reversed(SCENES.items()):
        press(page.locator(".st-key-learn-toy-scene").get_by_text(scene.title, exact=True))
        expect(page.get_by_text(scene.expect.split(".")[0])).to_be_visible()
        settled(page)
        assert ask(page, "state")["scene"] == name
        ask(page, "change", {"rate": 1.0})
        before = ask(page, "measures")
        ask(page, "step", 400)
        press(toy(page).get_by_role("button", name=re.compile("^Play")))
        if not ask(page, "state")["converged"]:
            expect(toy(page)).to_contain_text(re.compile("step 4[0-9]*[1-9]"))
            # It may arrive meanwhile, and then there is nothing to pause.
            toy(page).evaluate("node => node.querySelector('[aria-label^=Pause]')?.click()")
            expect(toy(page).get_by_role("button", name="Pause (space)")).to_have_count(0)
        notice = toy(page).locator(".notice")
        expect(notice).not_to_be_empty()
        assert "[[" not in notice.inner_text()
        after = ask(page, "measures")
        if name in ("spread", "sphere"):
            written = f"{after['uniformity']:.2f}".replace("-", "−")[:-1]
            assert written in notice.inner_text()
        assert PROMISED[name](before, after), name


# What a scene says beforehand or lets see, by the numbers before and after.
PROMISED = {
    "spread": lambda a, b: b["uniformity"] < a["uniformity"] and b["cover"] > a["cover"] + 0.3,
    "collapse": lambda a, b: b["uniformity"] > -0.05 and b["cover"] < 0.1,
    "crowd": lambda a, b: b["most"] - b["least"] < 1e-3,
    "outlier": lambda a, b: (
        a["corruptedMass"] < 0.1 and a["corruptedPull"] > 0.9 and b["corruptedAngle"] < a["corruptedAngle"]
    ),
    "prior": lambda a, b: b["same"] - b["other"] > a["same"] - a["other"] + 0.1,
    "sphere": lambda a, b: b["cover"] > a["cover"] + 0.2,
}


@pytest.mark.slow
def test_sixty_pairs_move_smoothly(app_url, visit):
    page = opened(app_url, visit, "scene=sphere&method=gca-ince")
    press(toy(page).get_by_role("button", name=re.compile("^Play")))
    expect(toy(page)).to_contain_text(re.compile(r"step [3-9]\d"))
    took = [ask(page, "state")["took"] for _ in range(9)]
    assert ask(page, "state")["playing"]
    assert np.median(took) < 1000 / 30  # ms for a step and its picture


def test_points_are_moved_added_and_removed_by_mouse_and_by_keys(app_url, visit):
    page = opened(app_url, visit, "scene=collapse&n=6&alpha=0&arrows=off")
    stage = toy(page).locator("canvas.stage")

    # Drag a point of view 1 across the circle: it lies where it was let go, and plan and loss are new.
    loss, place = ask(page, "loss"), ask(page, "place", 0, 2)
    box = stage.bounding_box()
    page.mouse.move(place["x"], place["y"])
    page.mouse.down()
    page.mouse.move(box["x"] + 20, box["y"] + box["height"] / 2, steps=5)
    page.mouse.up()
    z1, z2 = points(page)
    assert z1[2] == pytest.approx([-1, 0], abs=0.02)
    assert ask(page, "loss") == pytest.approx(float(python_plan(page, z1, z2).loss), abs=1e-6)
    assert ask(page, "loss") > loss

    # Choose the next point by keys and move it two degrees along the circle.
    stage.focus()
    page.keyboard.press("ArrowDown")
    expect(toy(page).locator(".speech")).to_have_text("view 1, point 3")
    page.keyboard.press("ArrowLeft")
    turned = math.atan2(*points(page)[0][3].flip(0)) - math.atan2(*z1[3].flip(0))
    assert math.degrees(turned) == pytest.approx(2, abs=1e-6)

    page.keyboard.press("+")
    expect(toy(page)).to_contain_text("7 pairs")
    page.keyboard.press("Delete")
    expect(toy(page)).to_contain_text("6 pairs")
    page.keyboard.press("s")
    expect(toy(page)).to_contain_text("step 1")
    page.keyboard.press("r")
    expect(toy(page)).to_contain_text("step 0")
    page.keyboard.press(" ")
    expect(toy(page).get_by_role("button", name="Pause (space)")).to_be_visible()


@pytest.mark.slow
def test_settings_are_in_the_link_and_a_scene_brings_its_own(app_url, visit):
    page = opened(app_url, visit, "scene=collapse")
    form = toy(page).locator("[data-field=method] select")
    form.select_option("gca-uot")
    wait_for_query(page, lesson="toy", scene="collapse", method="gca-uot")
    expect(toy(page).locator("[data-field=lambda]")).to_be_visible()
    again = visit(page.url, ready=READY)
    assert ask(again, "state")["settings"] == ask(page, "state")["settings"]
    press(page.get_by_text("A domain prior", exact=True))
    wait_for_query(page, scene="prior")
    settled(page)
    assert "method" not in query(page)
    assert ask(page, "state")["settings"] == dict(SCENES["prior"].settings)
    expect(toy(page).locator("[data-field=lambda]")).to_be_hidden()


def test_a_link_out_of_bounds_is_told_and_the_scene_stays(app_url, visit):
    page = opened(app_url, visit, "scene=spread&n=1000&eps=-1")
    for told in ("n = '1000'", "eps = '-1'"):
        expect(page.get_by_test_id("stAlert").filter(has_text=told)).to_be_visible()
    assert ask(page, "state")["settings"] == dict(SCENES["spread"].settings)


@pytest.mark.slow
def test_less_motion_means_still_pictures_of_the_same_flow(app_url, visit):
    page = opened(app_url, visit, "scene=spread", reduced_motion="reduce")
    press(toy(page).get_by_role("button", name=re.compile("^Play")))
    expect(toy(page)).to_contain_text(re.compile(r"step [369]0"))


def test_the_world_fits_a_phone(app_url, visit):
    page = opened(app_url, visit, "scene=prior", viewport={"width": 420, "height": 860}, color_scheme="dark")
    main = page.get_by_test_id("stMain")
    assert main.evaluate("node => node.scrollWidth <= node.clientWidth")
