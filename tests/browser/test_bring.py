"""Bring your own in a real Chromium: a file in, the report, the plan of it on the screen."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from playwright.sync_api import expect
from torch.nn.functional import interpolate

import gca_viz
from gca_viz.experiments.plan import engine
from gca_viz.experiments.recipe.first_screen import FIRST_SCREEN
from gca_viz.experiments.recipe.recipe import Recipe
from tests.browser.conftest import ROOT, served, settled
from tests.browser.steps import count, drawn, go, npz, open_tab, painted, press, type_in, upload

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def views() -> np.ndarray:
    draw = np.random.default_rng(0)
    sample = draw.normal(size=(24, 32))
    return (sample + 0.7 * draw.normal(size=(2, 24, 32))).astype(np.float32)


def test_embeddings_are_uploaded_reported_and_their_plan_is_drawn(app_url, visit, views):
    page = visit(app_url)
    go(page, "Bring your own")
    z1 = views[0].copy()
    z1[5, 0] = np.nan
    names = np.array([f"<b>sample</b> {k}" for k in range(24)])
    upload(page, "embeddings", ("mine.npz", npz(z1=z1, z2=views[1], labels=np.arange(24) % 3, names=names)))
    report = page.locator(".st-key-bring-report")
    expect(report).to_contain_text(re.compile(r"Pairs\s*23"))
    expect(report).to_contain_text("pair 5: a number in it is missing or not finite")
    press(page.get_by_role("button", name="Use these embeddings"))
    painted(page)

    kept = np.delete(np.arange(24), 5)
    panels = {"ince": 0, "gca-ince": 1}
    for method, panel in panels.items():
        z1, z2 = (torch.from_numpy(view[kept]) for view in views)
        plan = gca_viz.align(z1, z2, method, epsilon=FIRST_SCREEN.method.epsilon)
        for row, column in ((0, 0), (4, 17), (22, 3)):
            assert drawn(page, panel, row, column) == pytest.approx(float(plan.matrix[row, column]), rel=1e-3)
    # What the file says is shown as text, and never becomes part of the page.
    expect(page.locator(".st-key-picture-row")).to_contain_text("<b>sample</b>")
    expect(page.get_by_text("no encoder runs")).to_be_visible()


def test_a_file_that_cannot_be_used_gets_a_sentence_and_the_page_goes_on(app_url, visit, views):
    page = visit(app_url)
    go(page, "Bring your own")
    upload(page, "embeddings", ("broken.npz", npz(z1=views[0], z2=views[1])[:-60]))
    expect(page.get_by_text("a complete .npz file is needed")).to_be_visible()
    expect(page.get_by_text("Traceback")).to_have_count(0)
    upload(page, "embeddings", ("z1.npy", b"\x93NUMPY\x01\x00"))
    go(page, "Alignment")
    painted(page)


def test_what_one_session_brought_is_not_seen_by_another(app_url, visit, views):
    page = visit(app_url)
    go(page, "Bring your own")
    upload(page, "embeddings", ("secret.npz", npz(z1=views[0], z2=views[1])))
    press(page.get_by_role("button", name="Use these embeddings"))
    painted(page)
    page.wait_for_function("new URLSearchParams(location.search).get('data')?.startsWith('own:')")
    other = visit(page.url)
    expect(other.get_by_text("was uploaded in another session")).to_be_visible()
    expect(other.get_by_text("secret")).to_have_count(0)

    go(page, "Bring your own")
    expect(page.locator(".st-key-bring-list")).to_contain_text("Embeddings secret")
    press(page.get_by_role("button", name="Remove"))
    settled(page)
    expect(page.locator(".st-key-bring-list")).to_have_count(0)
    go(page, "Alignment")
    painted(page)
    assert count(page) == 128


def zip_of_pictures() -> bytes:
    draw = np.random.default_rng(0)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for domain in ("photo", "sketch"):
            for label in ("cat", "dog", "owl"):
                for k in range(4):
                    picture = Image.fromarray(draw.integers(0, 255, (40, 50, 3), dtype=np.uint8))
                    inner = io.BytesIO()
                    picture.save(inner, "PNG")
                    archive.writestr(f"pacs/{domain}/{label}/{k}.png", inner.getvalue())
        archive.writestr("pacs/photo/cat/broken.png", inner.getvalue()[:60])
    return buffer.getvalue()


def test_a_zip_of_images_is_uploaded_and_embedded_by_the_bundled_encoder(app_url, visit):
    page = visit(app_url)
    open_tab(page, "Images")
    upload(page, "images", ("mine.zip", zip_of_pictures()))
    report = page.locator(".st-key-bring-report")
    expect(report).to_contain_text("photo")
    expect(report).to_contain_text("cat")
    press(page.get_by_role("button", name="Read and use these images"))
    painted(page)
    assert count(page) == 24
    go(page, "Bring your own")
    expect(page.locator(".st-key-bring-list")).to_contain_text("24 images · 3 classes · 2 domains")
    press(page.get_by_text("1 left out"))
    expect(page.locator(".st-key-bring-list")).to_contain_text("broken.png")


@pytest.mark.slow
def test_two_pictures_named_a_and_b_become_the_two_views(app_url, visit):
    page = visit(f"{app_url}/?views=none")
    open_tab(page, "Images")
    files = []
    for name, colour in (("x_a", "red"), ("x_b", "blue"), ("y_a", "green"), ("y_b", "black")):
        inner = io.BytesIO()
        Image.new("RGB", (32, 32), colour).save(inner, "PNG")
        files.append((f"{name}.png", inner.getvalue()))
    upload(page, "images", *files)
    expect(page.locator(".st-key-bring-report")).to_be_visible()
    press(page.get_by_role("button", name="Read and use these images"))
    painted(page)
    assert count(page) == 2
    pixel = """image => { const c = document.createElement('canvas'); c.width = c.height = 1;
        const x = c.getContext('2d'); x.drawImage(image, 10, 10, 4, 4, 0, 0, 1, 1);
        return [...x.getImageData(0, 0, 1, 1).data.slice(0, 3)] }"""
    seen = {
        side: tuple(page.locator(f".st-key-picture-{side} img").first.evaluate(pixel)) for side in ("row", "column")
    }
    assert seen in ({"row": (255, 0, 0), "column": (0, 0, 255)}, {"row": (0, 128, 0), "column": (0, 0, 0)})


def test_a_hostile_zip_gets_a_sentence(app_url, visit):
    page = visit(app_url)
    open_tab(page, "Images")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("../../etc/passwd.png", b"x")
    upload(page, "images", ("evil.zip", buffer.getvalue()))
    expect(page.locator("[data-testid=stAlert]")).to_contain_text("Got ")
    expect(page.get_by_text("Traceback")).to_have_count(0)


class OtherResNet18(torch.nn.Module):
    """torchvision's ResNet-18 with the stem for small images, written down anew."""

    def __init__(self):
        super().__init__()
        from torch.nn import BatchNorm2d, Conv2d, Module, Sequential

        class Block(Module):
            def __init__(self, wide, out, stride):
                super().__init__()
                self.conv1, self.bn1 = Conv2d(wide, out, 3, stride, 1, bias=False), BatchNorm2d(out)
                self.conv2, self.bn2 = Conv2d(out, out, 3, 1, 1, bias=False), BatchNorm2d(out)
                self.downsample = None
                if stride > 1 or wide != out:
                    self.downsample = Sequential(Conv2d(wide, out, 1, stride, bias=False), BatchNorm2d(out))

            def forward(self, x):
                y = self.bn2(self.conv2(self.bn1(self.conv1(x)).relu()))
                return (y + (x if self.downsample is None else self.downsample(x))).relu()

        self.conv1, self.bn1 = Conv2d(3, 64, 3, 1, 1, bias=False), BatchNorm2d(64)
        widths = (64, 64, 128, 256, 512)
        for k in range(4):
            block = Sequential(Block(widths[k], widths[k + 1], 1 + (k > 0)), Block(widths[k + 1], widths[k + 1], 1))
            self.add_module(f"layer{k + 1}", block)

    def forward(self, x):
        x = self.bn1(self.conv1(x)).relu()
        for k in range(4):
            x = getattr(self, f"layer{k + 1}")(x)
        return x.mean((2, 3))


def test_a_lightning_checkpoint_is_uploaded_and_embeds_the_bundled_images(app_url, visit, tmp_path):
    torch.manual_seed(0)
    network = OtherResNet18().eval()
    state = {f"backbone.{name}": value for name, value in network.state_dict().items()}
    checkpoint = tmp_path / "last.ckpt"
    torch.save({"state_dict": state, "epoch": 7, "hyper_parameters": {"temperature": 0.2}}, checkpoint)

    page = visit(f"{app_url}/?n=16")
    open_tab(page, "Encoder")
    upload(page, "encoder", checkpoint)
    report = page.locator(".st-key-bring-report")
    expect(report).to_contain_text("ResNet-18, usable without projector")
    expect(report).to_contain_text("temperature = 0.2")
    expect(report).to_contain_text("backbone.conv1.weight → conv1.weight")
    press(page.get_by_role("button", name="Use this encoder"))
    painted(page)

    recipe = Recipe().with_values(n=16)
    views = engine.views_of(recipe.data, recipe.views)
    mean = torch.tensor([0.4914, 0.4822, 0.4465])[:, None, None]
    std = torch.tensor([0.2470, 0.2435, 0.2616])[:, None, None]
    small = [interpolate(x, (32, 32), mode="bilinear", antialias=True) for x in (views.first, views.second)]
    with torch.no_grad():
        z1, z2 = (network((x - mean) / std) for x in small)
    plan = gca_viz.align(z1, z2, "ince")
    for row, column in ((0, 0), (3, 9), (15, 2)):
        assert drawn(page, 0, row, column) == pytest.approx(float(plan.matrix[row, column]), rel=2e-3)


def test_a_pickle_with_a_payload_is_refused_in_a_sentence_and_not_run(app_url, visit, tmp_path):
    marker = tmp_path / "ran"

    class Payload:
        def __reduce__(self):
            return Path.touch, (marker,)

    buffer = io.BytesIO()
    torch.save({"state_dict": {}, "hyper_parameters": Payload()}, buffer)
    page = visit(f"{app_url}/?n=16")
    open_tab(page, "Encoder")
    upload(page, "encoder", ("evil.ckpt", buffer.getvalue()))
    expect(page.locator("[data-testid=stAlert]")).to_contain_text("gca-viz convert")
    assert not marker.exists()


@pytest.mark.slow
def test_a_folder_of_the_server_is_read_only_where_it_was_opened(visit, tmp_path, monkeypatch):
    opened, closed = tmp_path / "opened", tmp_path / "closed"
    for folder in (opened, closed):
        with zipfile.ZipFile(io.BytesIO(zip_of_pictures())) as archive:
            archive.extractall(folder)
    monkeypatch.setenv("GCA_VIZ_FOLDERS", str(opened))
    with served(ROOT / "app.py") as url:
        page = visit(f"{url}/?n=16")
        open_tab(page, "Images")
        box = page.get_by_label("Or a path on the server", exact=True)
        type_in(box, str(closed / "pacs"))
        expect(page.locator("[data-testid=stAlert]").first).to_contain_text("may be read")
        type_in(box, str(opened / "pacs"))
        expect(page.locator(".st-key-bring-report")).to_contain_text("sketch")
        press(page.get_by_role("button", name="Read and use these images"))
        painted(page)
        assert count(page) == 16
