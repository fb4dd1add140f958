"""``gca-viz plan --streamed`` says what ``align_streamed`` and ``sample_plan`` say."""

import json

import numpy as np
import pytest

import gca_viz as library
from gca_viz.experiments.plan import engine
from gca_viz.experiments.recipe.recipe import Recipe
from gca_viz.transport.streaming import checkpoint

WORDS = ("plan", "--streamed", "--n", 24, "--eps", 0.2, "--encoder", "ince")
RECIPE = Recipe().with_values(n=24, eps=0.2, encoder="ince")


@pytest.fixture(scope="module")
def views():
    found = engine.embeddings_of(RECIPE.inputs)
    return found.z1, found.z2


def test_the_plan_is_that_of_the_library_and_its_folder_goes_on(tmp_path, gca_viz, views, monkeypatch):
    exact = library.align_streamed(*views, epsilon=0.2)
    told = gca_viz(*WORDS, "--json").json
    assert told["readings"]["loss"] == pytest.approx(float(exact.loss), rel=1e-6)
    assert told["rows"] == 24 and 0 < told["readings"]["same_domain_mass"] < 1
    folder = tmp_path / "results" / "plan1"

    def stop(self, number, state, passes, keep=checkpoint.Checkpoint.keep):
        keep(self, number, state, passes)
        if passes == 4:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(checkpoint.Checkpoint, "keep", stop)
        stopped = gca_viz(*WORDS, "--results", folder, "--workers", 2)
    assert stopped.status == 1 and "the same command goes on from there" in stopped.err
    assert [path.name for path in folder.iterdir()] == ["checkpoint.npz"]
    done = gca_viz(*WORDS, "--results", folder, "--workers", 3)
    assert done.status == 0 and "11 passes" in done.out and "24 × 24 cells" in done.out
    with np.load(folder / "plan.npz") as arrays:
        np.testing.assert_allclose(arrays["loss_per_row"], exact.loss_per_row, rtol=1e-4, atol=1e-5)
        assert arrays["partner_indices"].shape == (24, 10) and len(arrays["names"]) == 24
    assert json.loads((folder / "plan.json").read_text())["half_steps"] == 20
    other = gca_viz(*WORDS, "--eps", 0.3, "--results", folder)
    assert other.status == 2 and "other embeddings or settings" in other.err


def test_a_sub_sample_has_intervals_and_mini_batches_their_own_name(gca_viz, views, tmp_path):
    weighed = library.sample_plan(*views, epsilon=0.2, size=8)
    said = gca_viz(*WORDS, "--sample", 8)
    assert str(weighed.loss) in said.out and str(weighed.matched_share) in said.out
    for words in ("mini-batch OT, N = 8", "the whole plan, N = 24", "exact rows", "another quantity"):
        assert words in said.out
    told = gca_viz(*WORDS, "--sample", 8, "--json", "--results", tmp_path).json
    assert told["weighed"]["loss"] == weighed.loss._asdict() and told["exact_rows"] == 24
    assert (tmp_path / "sample.json").exists()


def test_a_dry_run_counts_and_computes_nothing(gca_viz, tmp_path, monkeypatch):
    monkeypatch.setattr("gca_viz.transport.streaming.forecast._SECONDS", 0.0)
    told = gca_viz(*WORDS, "--layout", "joint", "--dry-run", "--sample", 8, "--json", "--results", tmp_path).json
    assert told["cells"] == 48**2 and told["passes"] == 10 and told["sample"]["size"] == 8
    assert 0 < told["sample"]["seconds"] < 60 and 0 < told["seconds"] < 60
    assert not list(tmp_path.iterdir())
    said = gca_viz(*WORDS, "--dry-run", "--iterations", "inf")
    assert "as many as it takes" in said.out and "ns a cell" in said.out
    assert "\n--sample 24 " in said.out


def test_every_sample_of_the_data(gca_viz, tmp_path, views):
    file = tmp_path / "z.npz"
    np.savez(file, z1=views[0], z2=views[1], labels=[f"{k % 3}" for k in range(24)])
    told = gca_viz("plan", "--streamed", "--all", "--data", file, "--eps", 0.2, "--json", "--n", 8, "-q").json
    assert told["rows"] == 24
    assert told["readings"]["loss"] == pytest.approx(
        float(library.align_streamed(*views, epsilon=0.2).loss), rel=1e-6
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("plan", "--sample", 8), "Add --streamed"),
        (("plan", "--all"), "Add --streamed"),
        ((*WORDS, "--sample", 3), "size = 3"),
        ((*WORDS, "--workers", 0), "--workers 0; it must be ≥ 1"),
        ((*WORDS, "--dry-run", "--workers", 0), "--workers 0; it must be ≥ 1"),
        (("plan", "--executor", "ray"), "Add --streamed"),
        ((*WORDS, "--address", "auto", "--gpus", 1), "--address and --gpus without --executor ray"),
        ((*WORDS, "--gpus", "nan"), "it must be ≥ 0"),
        ((*WORDS, "--executor", "ray", "--sample", 8), "Leave one out"),
        ((*WORDS, "--memory", -1), "memory = -1"),
        ((*WORDS, "--target", "label"), "target = 'label'"),
        ((*WORDS, "--sample-by", "class"), "sample_by = 'class'"),
        ((*WORDS, "--method", "dcl"), "method = 'dcl'"),
        ((*WORDS, "--output", "p.csv"), ".npz"),
        ((*WORDS, "--output", "p.npz", "--sample", 8), "--output"),
        ((*WORDS, "--results", __file__), "cannot be made"),
    ],
)
def test_mistakes_are_told(words, said, gca_viz):
    found = gca_viz(*words)
    assert found.status == 2 and said in found.err
