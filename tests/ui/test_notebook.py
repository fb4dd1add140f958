"""Board, map and square of a notebook, as Python sees them; ``tests/lab`` looks at them in JupyterLab."""

import base64
import math
import re
import sys
from xml.etree import ElementTree

import numpy as np
import pytest
import torch
import traitlets
from PIL import Image

import gca_viz
from gca_viz.errors import InputError
from gca_viz.ui.notebook.samples import pixels
from tests.wire import unpack

pytest.importorskip("anywidget")

N = 12
LABELS = ["b", "a", "c"] * 4


@pytest.fixture(scope="module")
def views():
    draw = np.random.default_rng(0)
    z1 = draw.normal(size=(N, 5))
    return z1, z1 + draw.normal(size=(N, 5))


@pytest.fixture(scope="module")
def plan(views):
    return gca_viz.align(*views, iterations=3, tol=0)


def drawn(board, number=0) -> np.ndarray:
    """(N, M) the last half step of one of the plans, from what the widget's state holds."""
    header, arrays = unpack(board._frames)
    cost = unpack(board._cost)[1]["cost"].reshape(-1, *board._shape)
    spec = header["plans"][number]
    pool = arrays["pool"].reshape(-1, max(board._shape))
    rows, columns = board._shape
    parts = []
    for part in spec["parts"]:
        f, g = pool[part["f"][-1]][:rows, None], pool[part["g"][-1]][:columns]
        score = (f + g - cost[spec["cost"]]) / spec["epsilon"]
        parts.append(arrays[f"rowMass{number}"][:, None] * np.maximum(score, 0) if spec["cut"] else np.exp(score))
    return np.mean(parts, 0)


@pytest.mark.parametrize("method", ["ince", "gca-ince", "clip", "simclr", "t-simclr", "gca-uot"])
def test_the_state_holds_the_plan_itself(views, method):
    plan = gca_viz.align(*views, method)
    board = gca_viz.show(plan, labels=LABELS)
    np.testing.assert_allclose(drawn(board), plan.matrix, rtol=2e-4, atol=1e-6)
    header, arrays = unpack(board._frames)
    names = [LABELS[board._sample_of["rows"][row]] for row in arrays["order"]]
    assert names == sorted(names)
    assert [(group["label"], group["number"]) for group in header["groups"]] == [("a", 0), ("b", 1), ("c", 2)]
    assert sum(group["size"] for group in header["groups"]) == len(plan.matrix)


def test_what_is_selected_goes_both_ways(plan):
    board, heard = gca_viz.show(plan), []
    board.observe(lambda change: heard.append(change.new), "selected")
    board.selected = np.flatnonzero(np.arange(N) > 9)
    board.set_state({"selected": [7, 3], "picked": [2, 5], "step": 1})  # as the browser says it
    assert heard == [(10, 11), (3, 7)]
    assert (board.selected, board.picked, board.step) == ((3, 7), (2, 5), 1)
    state = board.get_state(["selected", "picked", "step"])
    assert [list(state["selected"]), list(state["picked"]), state["step"]] == [[3, 7], [2, 5], 1]
    for name, value in {"selected": [N], "picked": (0, N), "step": 99}.items():
        before = getattr(board, name)
        with pytest.raises(InputError, match=f"Got {name} = "):
            setattr(board, name, value)
        assert getattr(board, name) == before
    for name, value in {"selected": "all", "picked": 3, "step": 0.5}.items():
        with pytest.raises(InputError, match=f"Got {name} = "):
            setattr(board, name, value)


def test_elements_of_the_same_samples_share_what_is_chosen(views, plan):
    board = gca_viz.show(plan)
    board.selected, board.picked = [4], (1, 2)
    chart = gca_viz.show_map(*views, labels=LABELS, share=board)
    assert (chart.selected, chart.picked) == ((4,), (1, 2))
    chart.selected = [0, 5]
    board.picked = None
    assert (board.selected, chart.picked) == ((0, 5), None)
    joint = gca_viz.show(gca_viz.align(*views, "simclr"), share=chart)
    joint.picked = (2 * N - 1, 0)  # a cell that the map has not
    joint.selected = ()
    assert (chart.picked, board.selected) == (None, ())
    with pytest.raises(InputError, match="share what is selected"):
        gca_viz.show_map(views[0][:5], views[1][:5], share=board)
    apart = gca_viz.show(plan)
    traitlets.link((board, "selected"), (apart, "selected"))
    apart.selected = [3]
    assert chart.selected == (3,)


def test_another_plan_is_drawn_in_place(views, plan):
    board = gca_viz.show(plan, labels=LABELS)
    board.selected, board.picked, board.step = [11], (11, 0), 6
    cost, samples, frames = board._cost, board._samples, board._frames
    board.draw(gca_viz.align(*views, epsilon=0.5, iterations=2, tol=0))
    assert (board._cost, board._samples) == (cost, samples)
    assert board._frames != frames
    assert (board.selected, board.picked, board.step) == ((11,), (11, 0), None)
    with pytest.raises(InputError, match="labels of shape"):
        board.draw(gca_viz.align(views[0][:4], views[1][:4]))
    assert board._shape == (N, N)


@pytest.mark.parametrize("count", [1, 2])
def test_tiny_batches(views, count):
    board = gca_viz.show(gca_viz.align(*(z[:count] for z in views)), labels=LABELS[:count], names=["x"] * count)
    assert drawn(board).shape == (count, count)
    assert ElementTree.fromstring(board._picture()[0]) is not None


def test_plans_that_are_no_square_or_have_no_way_to_them(views):
    z1, z2 = views
    queue = gca_viz.align(z1, z2, queue=z2[:3] + 1)
    pictures = np.zeros((N + 3, 4, 4, 3), np.uint8)
    board = gca_viz.show(queue, labels=[*LABELS, "a", "b", "c"], images=pictures)
    assert board._shape == (N, N + 3)
    labelled = [group["label"] for group in unpack(board._frames)[0]["columnGroups"]]
    assert labelled == ["a", "b", "c"]
    only = gca_viz.show(queue, labels=LABELS)
    assert unpack(only._frames)[0]["columnGroups"][-1] == {"label": "no label", "size": 3, "number": -1}
    sets = gca_viz.align(z1, z2[:7], paired=False)
    board = gca_viz.show(sets, images=(pictures[:N], pictures[:7]), panels=["cost", "plan"])
    np.testing.assert_allclose(drawn(board), sets.matrix, rtol=1e-4, atol=1e-6)
    with pytest.raises(InputError, match="a target"):
        gca_viz.show(sets, panels=["target"])
    bare = gca_viz.align(z1, z2, trace=False)
    board = gca_viz.show(bare)
    np.testing.assert_allclose(drawn(board), bare.matrix, rtol=1e-4, atol=1e-6)
    sparse = gca_viz.align(z1, z2, "sparse")
    np.testing.assert_allclose(drawn(gca_viz.show(sparse)), sparse.matrix, rtol=1e-3, atol=1e-5)


def test_images_come_as_libraries_have_them():
    images = np.random.default_rng(0).integers(0, 256, (3, 6, 5, 3), np.uint8)
    tensor = torch.from_numpy(images).permute(0, 3, 1, 2)
    for form in (images, images / 255, tensor, tensor.float() / 255):
        np.testing.assert_array_equal(pixels(form), images)
    grey = images[..., 0]
    for form in (grey, grey[:, None], grey[..., None] / 255):
        np.testing.assert_array_equal(pixels(form), np.stack([grey] * 3, -1))


def test_a_partner_elsewhere_stands_on_the_diagonal(views):
    turn = np.roll(np.arange(N), 1)
    plan = gca_viz.align(views[0], views[1][np.argsort(turn)], partner=turn)
    _, arrays = unpack(gca_viz.show(plan, labels=LABELS)._frames)
    assert (turn[arrays["order"]] == arrays["columnOrder"]).all()


def test_bad_input_says_what_to_do(views, plan):
    z1, z2 = views
    image = np.zeros((N, 4, 4, 3), np.uint8)
    wrong = {
        "as 'plan'; the board draws plans that hold their matrix.*gca_viz.align": lambda: gca_viz.show(plan.matrix),
        r"StreamedPlan.*a part": lambda: gca_viz.show(gca_viz.align_streamed(z1, z2)),
        "no plan": lambda: gca_viz.show({}),
        "same rows and columns": lambda: gca_viz.show({"a": plan, "b": gca_viz.align(z1, z2, "simclr")}),
        "11 images": lambda: gca_viz.show(plan, images=image[:11]),
        "3 images": lambda: gca_viz.show(plan, images=(image, image[:3])),
        "type float64.*Undo a normalisation": lambda: gca_viz.show(plan, images=image - 1.5),
        r"labels of shape \(3,\)": lambda: gca_viz.show(plan, labels=[1, 2, 3]),
        r"names of shape \(1,\)": lambda: gca_viz.show(plan, names=["x"]),
        "panels = 'plans'": lambda: gca_viz.show(plan, panels=["plans"]),
        "a difference needs two": lambda: gca_viz.show(plan, panels="difference"),
        "maps are pca": lambda: gca_viz.show_map(z1, z2, method="mds"),
        "a plan of 5 rows": lambda: gca_viz.show_map(z1, z2, plan=gca_viz.align(z1[:5], z2[:5])),
        "the square needs one temperature": lambda: gca_viz.show_square(gca_viz.sweep(z1, z2)),
        "a Tensor.*constraint_square": lambda: gca_viz.show_square(plan.matrix),
    }
    for match, make in wrong.items():
        with pytest.raises(InputError, match=match):
            make()


def test_too_many_rows_are_refused_before_anything_is_packed(monkeypatch, plan):
    monkeypatch.setattr("gca_viz.ui.notebook.plans.MOST_ROWS", N - 1)
    with pytest.raises(InputError, match=r"12 × 12.*at most 11 rows.*z1\[:11\]"):
        gca_viz.show(plan)


def test_without_the_extra_it_is_named(monkeypatch, plan):
    monkeypatch.setitem(sys.modules, "anywidget", None)
    with pytest.raises(InputError, match=r"pip install 'gca-viz\[notebook\]'"):
        gca_viz.show(plan)


def test_a_picture_stays_where_no_kernel_is(monkeypatch, views, plan):
    published = []
    monkeypatch.setattr("IPython.display.publish_display_data", lambda *said: published.append(said[0]))
    red = [Image.new("RGB", (9, 5), "red")] * N
    swept = gca_viz.sweep(*views, **gca_viz.constraint_square(0.1, points=5))
    other = gca_viz.align(*views, "ince")
    board = gca_viz.show({"<i>": plan, "b": other}, images=red, labels=LABELS, log=True)
    for element in (board, gca_viz.show_map(*views, images=red, plan=plan), gca_viz.show_square(swept)):
        element._ipython_display_()
    assert len(published) == 6
    for still, live in zip(published[::2], published[1::2], strict=True):
        svg = base64.b64decode(re.search(r'base64,([^"]+)"', still["text/html"])[1])
        assert ElementTree.fromstring(svg).tag.endswith("svg")
        assert len(svg) < 30_000
        assert live["text/html"] == "" and "application/vnd.jupyter.widget-view+json" in live
    assert "<i>" not in published[0]["text/html"]
    assert "&lt;i&gt;, b, b − &lt;i&gt;: 12 rows" in published[0]["text/html"]


def test_the_square_tells_penalties(views):
    square = gca_viz.show_square(gca_viz.sweep(*views, **gca_viz.constraint_square(0.2, points=5)), "loss")
    assert square.penalties == {"epsilon": 0.2, "lambda1": math.inf, "lambda2": 0.0}  # InfoNCE
    square.set_state({"selected": [0.5, 0.75]})
    assert square.selected == (0.5, 0.75)
    assert square.penalties["lambda1"] == pytest.approx(0.2)
    assert gca_viz.align(*views, "gca-uot", **square.penalties).problem.lambda2 == pytest.approx(0.6)
    with pytest.raises(InputError, match="each from 0 to 1"):
        square.selected = (2, 0)
    with pytest.raises(InputError, match="this sweep has"):
        gca_viz.show_square(gca_viz.sweep(*views, **gca_viz.constraint_square(points=3)), "top1_rows")
