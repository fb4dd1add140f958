"""``gca-viz embed --all --results``: in tiles, beyond the caps of memory, and on from where it was stopped."""

import json
import tracemalloc

import numpy as np
import pytest
from PIL import Image

from gca_viz.datasets import UPLOADS, pick, read_embeddings
from gca_viz.datasets.images import open_images
from gca_viz.encoders import load_encoder
from gca_viz.experiments import embedding_tiles
from gca_viz.experiments.embedding_tiles import EmbeddingStore, only_inputs
from gca_viz.experiments.executor import LocalExecutor
from gca_viz.experiments.plan.embedding_file import into_folder
from gca_viz.experiments.recipe.recipe import Recipe
from gca_viz.settings.limits import SAMPLES

SIZE, SIDE, TILE = 240, 112, 40


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    """A folder of two classes of pictures."""
    folder = tmp_path_factory.mktemp("pictures")
    pixels = np.random.default_rng(0).integers(0, 256, (SIZE, SIDE, SIDE, 3), np.uint8)
    for number, image in enumerate(pixels):
        path = folder / "ab"[number % 2] / f"{number:03}.bmp"
        path.parent.mkdir(exist_ok=True)
        Image.fromarray(image).save(path)
    return folder


@pytest.fixture(autouse=True)
def tiles(monkeypatch):
    monkeypatch.setattr(embedding_tiles, "TILE", TILE)


@pytest.fixture(scope="module")
def words(pictures):
    return ("embed", "--all", "--data", pictures, "--encoder", "random", "--quiet")


@pytest.fixture(scope="module")
def folder(words, tmp_path_factory):
    """The embeddings, made by a process that may hold a third of the images; and its peak in bytes."""
    from gca_viz.cli import main

    folder = tmp_path_factory.mktemp("embeddings") / "z"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(SAMPLES.variable, str(SIZE // 3))
        patch.setattr(embedding_tiles, "TILE", TILE)
        load_encoder("random")  # what is read and imported once counts for nobody
        tracemalloc.start()
        try:
            assert main([str(word) for word in (*words, "--results", folder)]) == 0
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    return folder, peak


@pytest.fixture(scope="module")
def recipe(pictures):
    name = UPLOADS.keep(open_images(pictures).load()[0])
    yield Recipe().with_values(data=name, encoder="random")
    UPLOADS.forget(name)


class Counting(LocalExecutor):
    """Counts what it is asked for."""

    def run(self, tasks, *, progress):
        self.asked = len(tasks)
        return super().run(tasks, progress=progress)


def store_in(folder, recipe):
    return EmbeddingStore(folder, recipe=only_inputs(recipe), device=LocalExecutor().device)


def quiet(share, what):
    pass


def test_images_beyond_the_caps_of_memory_have_the_bits_of_those_within(folder, words, tmp_path, gca_viz):
    made, peak = folder
    images = SIZE * SIDE * SIDE * 3
    assert peak < images, f"{peak / 1e6:.2f} MB for {images / 1e6:.2f} MB of images"
    assert not list(made.glob("images-*")) and not list((made / "parts").iterdir())
    assert gca_viz(*words, "--output", tmp_path / "all.npz").status == 0
    with np.load(tmp_path / "all.npz") as found:
        for view in ("z1", "z2"):
            assert np.array_equal(found[view], np.load(made / f"{view}.npy"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(SAMPLES.variable, "100")
        refused = gca_viz(*words, "--output", tmp_path / "z.npz")
    assert refused.status == 2 and "at most 100 samples are read" in refused.err


def test_after_a_stop_only_what_is_missing_is_embedded_and_the_bits_are_the_same(tmp_path, folder, recipe):
    def stop(share, what):
        if f"no. {TILE}" in what:
            raise KeyboardInterrupt

    here, executor = tmp_path / "z", Counting()
    with pytest.raises(KeyboardInterrupt):
        into_folder(recipe, store_in(here, recipe), executor, stop)
    (part,) = (here / "parts").iterdir()
    tasks = embedding_tiles.tiles_of(recipe, executor.device)
    store_in(here, recipe).part(tasks[1]).write_bytes(part.read_bytes()[:-9])  # as a full disk leaves it
    found = into_folder(recipe, store_in(here, recipe), executor, quiet)
    assert executor.asked == 5 and isinstance(found.z1, np.memmap)
    assert np.array_equal(found.z1, np.load(folder[0] / "z1.npy"))
    assert np.array_equal(found.z2, np.load(folder[0] / "z2.npy"))
    assert json.loads((here / "index.json").read_text())["pairs"] == SIZE
    into_folder(recipe, store_in(here, recipe), executor, quiet)
    assert executor.asked == 0


def test_a_folder_is_read_where_it_lies(folder, words, gca_viz):
    made, _ = folder
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(SAMPLES.variable, "100")  # bounds what is in memory, and these are not
        dataset, report = read_embeddings(made)
        streamed = gca_viz("plan", "--streamed", "--all", "--data", made, "--json", "-q").json
        batch = gca_viz("plan", "--data", made, "--batch-by", "random", "--n", 64, "-q")
    assert dataset.embeddings[0].base is not None and report.facts["Pairs"] == str(SIZE)
    assert [dataset.class_names[k] for k in dataset.labels[[0, -1]]] == ["a", "b"]
    assert dataset.names[:2] == ("000", "002")
    assert streamed["rows"] == SIZE and batch.status == 0
    told = gca_viz(*words, "--results", made, "--dry-run")
    assert told.out.startswith("6 tiles in 6 tasks; 6 tiles are done")


def test_what_a_folder_cannot_be_is_told(tmp_path, gca_viz):
    words = ("embed", "--all", "--data", "digits", "--encoder", "random", "-q", "--results")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.tex").touch()
    assert "which holds something else" in gca_viz(*words, tmp_path / "full").err
    (tmp_path / "file").touch()
    assert gca_viz(*words, tmp_path / "file").status == 2
    assert "Add --all" in gca_viz("embed", "--results", tmp_path / "z", "-o", tmp_path / "z.npz").err
    begun = tmp_path / "begun"
    (begun / "parts").mkdir(parents=True)
    for name in ("manifest.json", ".lock"):
        (begun / name).touch()
    told = gca_viz("plan", "--data", begun)
    assert told.status == 2 and "not complete" in told.err and "goes on" in told.err


def test_rows_of_a_batch_are_all_that_is_read(tmp_path):
    z = np.random.default_rng(0).normal(size=(2, 50_000, 32)).astype(np.float32)
    for name, array in zip(("z1", "z2"), z, strict=True):
        np.save(tmp_path / f"{name}.npy", array)
    dataset, _ = read_embeddings(tmp_path)
    name = UPLOADS.keep(dataset)
    try:
        selection = Recipe().with_values(data=name, n=32, split="all", by="random").data.selection
        tracemalloc.start()
        batch = pick(dataset, selection)
        z1, _ = batch.embeddings
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
        UPLOADS.forget(name)
    assert np.array_equal(z1, z[0][batch.indices]) and peak < z.nbytes / 4
