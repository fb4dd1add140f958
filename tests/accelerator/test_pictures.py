"""From pictures to the numbers of every page: on an accelerator as on the CPU, up to single precision."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from gca_viz.datasets import Selection, load_dataset, pick
from gca_viz.encoders import bundled_encoders, load_encoder
from gca_viz.experiments import geometry
from gca_viz.experiments.caching import cache
from gca_viz.experiments.effects.noise import detect
from gca_viz.experiments.effects.sweep import sweep_recipe
from gca_viz.experiments.plan import engine
from gca_viz.experiments.plan.notable_pairs import notable_pairs
from gca_viz.experiments.plan.summary import readings
from gca_viz.experiments.recipe.recipe import Recipe
from gca_viz.settings.server import DEVICE
from gca_viz.views import VIEWS, make_views
from tests.experiments.train.test_train import CPU, DIGITS, Losses, train

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")

DRAWN = [name for name in VIEWS if not VIEWS[name].words]


@pytest.fixture
def both(monkeypatch):
    """What a computation gives on the CPU and on the GPU, nothing being kept from one for the other."""

    def run(compute):
        found = []
        for device in ("cpu", "cuda"):
            monkeypatch.setenv(DEVICE.variable, device)
            monkeypatch.setattr(cache, "_results", cache._Results())
            found.append(compute(device))
        return found

    return run


def near(first, second, tolerance=1e-3):
    """Whether two arrays agree up to a share of their largest number."""
    first, second = (np.asarray(getattr(x, "cpu", lambda x=x: x)(), dtype=float) for x in (first, second))
    largest = np.nanmax(np.abs(first[np.isfinite(first)]), initial=1e-3)
    return np.allclose(first, second, rtol=0, atol=tolerance * largest, equal_nan=True)


@pytest.mark.parametrize("preset", DRAWN)
def test_views_are_the_same_pictures(both, preset):
    batch = pick(load_dataset("emoji"), Selection(size=24))
    cpu, gpu = both(lambda device: make_views(batch, preset, device=device))
    assert gpu.first.is_cuda and gpu.second.is_cuda
    assert near(cpu.first, gpu.first) and near(cpu.second, gpu.second)


@pytest.mark.parametrize("name", bundled_encoders())
@pytest.mark.parametrize("output", ["backbone", "projector"])
def test_encoders_give_the_same_embeddings(name, output):
    images = np.ascontiguousarray(load_dataset("emoji").images[:64].transpose(0, 3, 1, 2))
    cpu, gpu = (load_encoder(name, output=output, device=device).encode(images) for device in ("cpu", "cuda"))
    assert near(cpu, gpu)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"method": "gca-uot", "lambda1": math.inf, "lambda2": 0.5, "eps": 0.3, "iterations": math.inf},
        {"method": "simclr", "target": "relation"},
        {"method": "clip", "views": "image-text", "encoder": "image-text"},
        {"views": "cross-style", "target": "domain", "encoder": "efficientnet-lite0"},
    ],
)
def test_a_page_shows_the_same_plan(both, changes):
    recipe = Recipe().with_values(**{"n": 48} | changes)

    def compute(device):
        plan = engine.plan_of(recipe.inputs, recipe.method)
        assert plan.matrix.device.type == device
        batch, domains = engine.batch_of(recipe.data), engine.domains_of(recipe.data, recipe.views)
        return plan.matrix.cpu(), readings(plan, batch.labels, domains), len(notable_pairs(plan, batch.labels))

    (cpu, read_on_cpu, _), (gpu, read_on_gpu, _) = both(compute)
    assert near(cpu, gpu, 5e-3)
    for name, value in read_on_cpu.items():
        assert read_on_gpu[name] == pytest.approx(value, rel=5e-3, abs=1e-3, nan_ok=True), name


def test_pages_of_effects_geometry_and_noise_show_the_same_numbers(both):
    recipe = Recipe().with_values(n=48)

    def compute(device):
        table = sweep_recipe(
            recipe, {"eps": (0.05, 0.3), "tau1": (0.2, 1.0)}, ("loss", "matched_share", "top1_rows")
        )
        measures = geometry.measures_of(recipe.inputs)
        chart = geometry.map_of(recipe.inputs, recipe.with_values(map="pca").geometry)
        found = detect(recipe.with_values(bad="swap", badshare=0.25), (0.1,))
        return table.values, measures, chart.projection.coordinates, found.auc

    (values, measures, chart, areas), (on_gpu, measures_on_gpu, chart_on_gpu, areas_on_gpu) = both(compute)
    assert all(near(area, areas_on_gpu[name], 0.02) for name, area in areas.items())
    assert all(near(value, on_gpu[name], 5e-3) for name, value in values.items())
    assert near(np.abs(chart), np.abs(chart_on_gpu), 5e-3)
    assert measures.keys() == measures_on_gpu.keys()


@pytest.mark.parametrize("method", ["gca-ince", "gca-uot", "byol"])
@pytest.mark.parametrize("precision", ["32-true", "bf16-mixed"])
def test_a_training_takes_the_same_course(tmp_path, method, precision):
    recipe, course = replace(DIGITS, method=method), {}
    for accelerator in ("cpu", "cuda"):
        losses = course[accelerator] = Losses()
        hardware = replace(CPU, accelerator=accelerator, precision=precision)
        train(recipe, tmp_path / accelerator, hardware=hardware, report=losses)
    assert course["cuda"] == pytest.approx(course["cpu"], rel=0.02, abs=0.02)
