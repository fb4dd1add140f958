"""Files of other libraries in a real Chromium: what the board shows is what those libraries, or Python, give."""

from __future__ import annotations

import io
import json
import re
import zipfile

import numpy as np
import ot
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
import transformers
from PIL import Image
from playwright.sync_api import Page, expect

import gca_viz
from gca_viz.datasets import Selection, pick
from gca_viz.datasets.images import open_images
from gca_viz.experiments.plan import engine
from gca_viz.experiments.recipe.recipe import Recipe
from gca_viz.views import make_views
from tests.browser.conftest import settled
from tests.browser.steps import choose, count, drawn, go, npz, open_tab, painted, press, upload

pytestmark = pytest.mark.browser
CELLS = ((0, 0), (3, 9), (11, 2))


def matches(page: Page, plan: gca_viz.Plan, panel: int = 1) -> None:
    """The board shows this plan."""
    for cell in CELLS:
        assert drawn(page, panel, *cell) == pytest.approx(float(plan.matrix[cell]), rel=2e-3)


def noise(count: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (count, 32, 32, 3), np.uint8)


@pytest.fixture(scope="module")
def vit_folder(tmp_path_factory):
    """What transformers writes of a small model with an image processor of its own, in two parts."""
    torch.manual_seed(0)
    config = transformers.ViTConfig(
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        image_size=32,
        patch_size=8,
    )
    model = transformers.ViTModel(config)
    for parameter in model.parameters():  # else fresh layers give all but equal embeddings
        torch.nn.init.normal_(parameter, std=0.2)
    folder = tmp_path_factory.mktemp("formats") / "vit"
    model.save_pretrained(folder, max_shard_size="60KB")
    transformers.ViTImageProcessorPil(
        size={"height": 32, "width": 32}, image_mean=[0.5, 0.4, 0.3], image_std=[0.2, 0.3, 0.4]
    ).save_pretrained(folder)
    assert (folder / "model.safetensors.index.json").is_file()
    return folder


@pytest.mark.parametrize("packed", [True, pytest.param(False, marks=pytest.mark.slow)])
def test_a_model_of_transformers_embeds_as_transformers_does(app_url, visit, vit_folder, packed):
    files = [(path.name, path.read_bytes()) for path in vit_folder.iterdir()]
    if packed:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            for name, content in files:
                archive.writestr(f"vit/{name}", content)
        files = [("vit.zip", buffer.getvalue())]
    page = visit(f"{app_url}/?n=16")
    open_tab(page, "Encoder")
    upload(page, "encoder", *files)
    report = page.locator(".st-key-bring-report")
    expect(report).to_contain_text("ViTModel, usable without projector")
    expect(report).to_contain_text("32 × 32 px (recorded)")
    expect(report).to_contain_text("mean 0.5, 0.4, 0.3; std 0.2, 0.3, 0.4 (recorded)")
    press(page.get_by_role("button", name="Use this encoder"))
    painted(page)

    recipe = Recipe().with_values(n=16)
    views = engine.views_of(recipe.data, recipe.views)
    processor = transformers.AutoImageProcessor.from_pretrained(vit_folder, backend="pil")
    model = transformers.ViTModel.from_pretrained(vit_folder).eval()
    z = []
    for view in (views.first, views.second):
        images = list((view * 255).round().byte().permute(0, 2, 3, 1).numpy())
        pixels = processor(images, return_tensors="pt", input_data_format="channels_last")
        with torch.inference_mode():
            z.append(model(**pixels).pooler_output)
    matches(page, gca_viz.align(*z, "gca-ince"))


def cifar() -> tuple[str, bytes]:
    images = noise(24)
    records = [bytes([k % 10]) + image.transpose(2, 0, 1).tobytes() for k, image in enumerate(images)]
    return "data_batch_1.bin", b"".join(records)


def parquet() -> tuple[str, bytes]:
    rows = []
    for k, image in enumerate(noise(24)):
        buffer = io.BytesIO()
        Image.fromarray(image).save(buffer, "PNG")
        rows.append({"bytes": buffer.getvalue(), "path": f"picture {k}.png"})
    kind = pa.struct({"bytes": pa.binary(), "path": pa.string()})
    table = pa.table({"image": pa.array(rows, kind), "label": [k % 3 for k in range(24)]})
    features = {"image": {"_type": "Image"}, "label": {"_type": "ClassLabel", "names": ["zebra", "ant", "owl"]}}
    table = table.replace_schema_metadata({"huggingface": json.dumps({"info": {"features": features}})})
    buffer = io.BytesIO()
    pq.write_table(table, buffer)
    return "train-00000-of-00001.parquet", buffer.getvalue()


@pytest.mark.parametrize(
    "file, said, classes",
    [
        (parquet(), ("Parquet with pictures", "zebra 8"), ("zebra", "ant", "owl")),
        (cifar(), ("CIFAR-10, binary version", "32 × 32"), tuple("0123456789")),
    ],
)
def test_images_of_a_benchmark_give_the_plan_of_python(app_url, visit, tmp_path, file, said, classes):
    page = visit(f"{app_url}/?n=16")
    open_tab(page, "Images")
    upload(page, "images", file)
    for text in said:
        expect(page.locator(".st-key-bring-report")).to_contain_text(text)
    press(page.get_by_role("button", name="Read and use these images"))
    painted(page)

    (tmp_path / file[0]).write_bytes(file[1])
    dataset, _ = open_images(tmp_path / file[0]).load()
    assert dataset.class_names == classes and np.array_equal(dataset.images, noise(24))
    batch = pick(dataset, Selection(mode="stratified", size=16, split="all"))
    views = make_views(batch)
    encoder = gca_viz.load_encoder("ince")
    matches(page, gca_viz.align(encoder.encode(views.first), encoder.encode(views.second), "gca-ince"))


@pytest.mark.slow
def test_embeddings_give_the_plan_of_pot_in_the_file_that_the_page_offers(app_url, visit):
    draw = np.random.default_rng(0)
    sample = draw.normal(size=(20, 16))
    z1, z2 = (sample + 0.7 * draw.normal(size=(2, 20, 16))).astype(np.float32)
    unit1, unit2 = (z.astype(float) / np.linalg.norm(z, axis=1, keepdims=True) for z in (z1, z2))
    wanted = ot.sinkhorn(np.full(20, 1 / 20), np.full(20, 1 / 20), 1 - unit1 @ unit2.T, 0.3, stopThr=1e-12)

    page = visit(f"{app_url}/?eps=0.3&iterations=inf")
    go(page, "Bring your own")
    upload(page, "embeddings", ("pot.npz", npz(z1=z1, z2=z2, plan=wanted)))
    expect(page.locator(".st-key-bring-report")).to_contain_text(re.compile(r"Pairs\s*20"))
    press(page.get_by_role("button", name="Use these embeddings"))
    painted(page)
    press(page.get_by_role("tab", name="Download"))
    settled(page)
    with page.expect_download() as waiting:
        press(page.get_by_role("button", name="Plan gca-ince (CSV)"))
    table = pd.read_csv(waiting.value.path(), index_col=0)
    order = [int(name.split(":")[0]) for name in table.index]
    shown = table.to_numpy()[np.argsort(order)][:, np.argsort([int(name.split(":")[0]) for name in table.columns])]
    assert np.allclose(shown / shown.sum(), wanted, rtol=2e-4, atol=1e-7)


def test_pictures_of_the_camera_become_a_batch(app_url, visit):
    page = visit(f"{app_url}/?n=16")
    open_tab(page, "Images")
    expect(page.locator("video")).to_have_count(0)
    press(page.get_by_text("Take pictures with the camera"))
    for taken in (1, 2):
        page.wait_for_function("() => document.querySelector('video')?.currentTime > 0.5")
        # Heard before the camera has a picture, it takes none.
        press(page.get_by_role("button", name="Take Photo"), until=page.get_by_role("button", name="Clear photo"))
        expect(page.locator(".st-key-bring-pictures img")).to_have_count(taken)
        press(page.get_by_role("button", name="Clear photo"))
        settled(page)
    expect(page.locator(".st-key-bring-camera-report")).to_contain_text(re.compile(r"Images\s*2"))
    press(page.get_by_role("button", name="Use these pictures"))
    painted(page)
    assert count(page) == 2
    expect(page.locator(".st-key-picture-row")).to_contain_text("picture (")

    open_tab(page, "Images")
    press(page.locator(".st-key-clear-pictures button"))
    settled(page)
    expect(page.locator(".st-key-bring-pictures")).to_have_count(0)


@pytest.mark.slow
def test_data_that_is_removed_while_it_is_in_use_does_not_come_back(app_url, visit):
    z = np.random.default_rng(0).normal(size=(2, 12, 8)).astype(np.float32)
    page = visit(f"{app_url}/?n=16")
    go(page, "Bring your own")
    upload(page, "embeddings", ("mine.npz", npz(z1=z[0], z2=z[1])))
    press(page.get_by_role("button", name="Use these embeddings"))
    painted(page)
    assert count(page) == 12
    go(page, "Bring your own")
    press(page.get_by_role("button", name="Remove"))
    expect(page.locator(".st-key-bring-list")).to_have_count(0)
    go(page, "Alignment")
    painted(page)
    expect(page.get_by_text("that you removed was in use: the default is shown")).to_be_visible()
    expect(page.get_by_text("Traceback")).to_have_count(0)
    assert count(page) > 12 and "own:" not in page.url

    # A recipe that cannot be: what is shown meanwhile is not what was removed.
    box = page.locator(".st-key-recipe-by").get_by_role("combobox")
    choose(box, "chosen")
    expect(page.get_by_test_id("stAlert").first).to_contain_text("no chosen images")
    settled(page)
    assert count(page) > 12
