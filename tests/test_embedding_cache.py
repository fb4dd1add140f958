import os
from dataclasses import replace

import pytest
import torch

from gca_viz.embedding import Embeddings
from gca_viz.embedding_cache import VARIABLE, EmbeddingCache, cache_folder
from gca_viz.experiments import engine
from gca_viz.experiments.recipe import DataRecipe, EncoderRecipe, ViewsRecipe
from gca_viz.limits import CACHE_BYTES


@pytest.fixture
def embeddings():
    return Embeddings(*torch.randn(2, 10, 4, generator=torch.Generator().manual_seed(0)))


def test_what_is_kept_comes_back_bit_by_bit(tmp_path, embeddings):
    EmbeddingCache(tmp_path / "new").put("a", embeddings)
    found = EmbeddingCache(tmp_path / "new").get("a")
    assert torch.equal(found.z1, embeddings.z1) and torch.equal(found.z2, embeddings.z2)
    assert EmbeddingCache(tmp_path).get("b") is None


def test_the_least_recently_used_go_first(tmp_path, embeddings, monkeypatch):
    cache = EmbeddingCache(tmp_path)
    for age, name in enumerate("abc"):
        cache.put(name, embeddings)
        os.utime(tmp_path / f"{name}.safetensors", (1000 + age, 1000 + age))
    each = cache.size // 3
    cache.get("a")
    monkeypatch.setenv(CACHE_BYTES.variable, str(3 * each))
    cache.put("d", embeddings)
    assert [cache.get(name) is not None for name in "abcd"] == [True, False, True, True]
    assert cache.size <= 3 * each
    cache.clear()
    assert cache.size == 0 and cache.get("a") is None


def test_damage_and_a_folder_that_cannot_be_written_are_an_empty_cache(tmp_path, embeddings):
    cache = EmbeddingCache(tmp_path)
    cache.put("a", embeddings)
    (tmp_path / "a.safetensors").write_bytes(b"half a file")
    assert cache.get("a") is None
    blocked = EmbeddingCache(tmp_path / "a.safetensors" / "below")
    blocked.put("b", embeddings)
    assert blocked.get("b") is None and blocked.size == 0


def test_the_environment_names_the_folder(tmp_path, monkeypatch):
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    assert cache_folder() == tmp_path
    monkeypatch.delenv(VARIABLE)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "gca-viz" / "embeddings"


def test_a_second_visit_makes_no_views_and_loads_no_encoder(tmp_path, monkeypatch):
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    recipe = DataRecipe(size=12, seed=3), ViewsRecipe(), EncoderRecipe()
    first = engine.embeddings_of(*recipe)
    assert EmbeddingCache().size > 0
    forgotten = engine._embeddings.__wrapped__  # as after a restart of the server
    monkeypatch.setattr(engine, "load_encoder", lambda *args, **kwargs: pytest.fail("an encoder was loaded"))
    again = forgotten(*recipe, engine.encoder_id("ince", "projector"))
    assert torch.equal(first.z1, again.z1) and torch.equal(first.z2, again.z2)
    other = recipe[0], replace(recipe[1], seed=1), recipe[2]
    with pytest.raises(pytest.fail.Exception):
        forgotten(*other, engine.encoder_id("ince", "projector"))
