"""``gca-viz embed`` writes what “Bring your own” reads."""

import numpy as np
import pytest

from gca_viz.datasets import load_dataset, read_embeddings
from gca_viz.experiments import embedding_tiles
from gca_viz.experiments.plan import embedding_file, engine
from gca_viz.experiments.recipe.recipe import Recipe

RECIPE = Recipe().with_values(n=24)


@pytest.mark.parametrize("ending", ["npz", "parquet"])
def test_a_batch_comes_back_and_gives_the_same_plan(ending, tmp_path, gca_viz):
    path = tmp_path / f"z.{ending}"
    assert gca_viz("embed", "--n", 24, "--output", path).out == f"Wrote 24 pairs of 64 numbers to {path}\n"
    dataset, report = read_embeddings(path)
    batch, z = engine.batch_of(RECIPE.data), engine.embeddings_of(RECIPE.inputs)
    assert np.array_equal(dataset.embeddings[0], z.z1.cpu()) and np.array_equal(dataset.embeddings[1], z.z2.cpu())
    assert dataset.names == batch.names and not report.skipped
    for mine, theirs in (("labels", "class_names"), ("domains", "domain_names")):
        read, known = getattr(dataset, theirs), getattr(batch.dataset, theirs)
        assert [read[k] for k in getattr(dataset, mine)] == [known[k] for k in getattr(batch, mine)]
    told = gca_viz("plan", "--data", path, "--n", 24, "--by", "random", "--json", "-q").json
    plan = engine.plan_of(RECIPE.inputs, RECIPE.method)
    readings = told["plans"]["gca-ince"]["readings"]
    assert readings["loss"] == pytest.approx(float(plan.loss), rel=1e-5)
    assert readings["false_negative_mass"] == pytest.approx(float(plan.false_negative_mass(batch.labels)), rel=1e-5)


def test_a_whole_data_set_tile_by_tile(tmp_path, gca_viz, monkeypatch):
    # Without views a tile is what the encoder makes of its images, so that tiles must join to the whole.
    embeddings = np.random.default_rng(0).normal(size=(2, 10, 3)).astype(np.float32)
    np.savez(tmp_path / "own.npz", z1=embeddings[0], z2=embeddings[1])
    gca_viz("embed", "--all", "--data", tmp_path / "own.npz", "-o", tmp_path / "all.npz", "-q")
    with np.load(tmp_path / "all.npz") as found:
        assert np.array_equal(found["z1"], embeddings[0]) and len(found["names"]) == 10
    digits = load_dataset("digits")
    shares = []
    monkeypatch.setattr(embedding_tiles, "TILE", 1000)
    recipe = Recipe().with_values(
        data="digits", views="none", n=16, split="all", by="chosen", images=(0, 999, 1000, 1796)
    )
    found = embedding_file.of_all(recipe, lambda share, what: shares.append(share))
    assert len(found.z1) == len(digits) and found.labels[1796] == digits.class_names[digits.labels[1796]]
    few = embedding_file.of_batch(recipe)
    assert np.allclose(found.z1[[0, 999, 1000, 1796]], few.z1, atol=1e-5)
    assert np.allclose(found.z1, found.z2, atol=1e-6)
    assert shares == sorted(shares) and shares[-1] == pytest.approx(1, abs=1e-3)


def test_a_file_is_asked_for(gca_viz):
    said = gca_viz("embed", "--n", 8)
    assert said.status == 2 and "no --output" in said.err and ".parquet" in said.err
    assert gca_viz("embed", "--n", 8, "--output", "z.csv").status == 2
    assert "folder must be there" in gca_viz("embed", "--n", 8, "-o", "/no/such/folder/z.npz").err
