import os
import subprocess
import sys
import time
from dataclasses import replace
from errno import ENOSPC, EPERM
from pathlib import Path

import pytest
import torch
from safetensors.torch import save

from gca_viz.embedding.cache import VARIABLE, EmbeddingCache, cache_folder
from gca_viz.embedding.embedding import Embeddings
from gca_viz.experiments.plan import embeddings as steps
from gca_viz.experiments.plan import engine
from gca_viz.experiments.recipe.recipe import DataRecipe, Inputs, ViewsRecipe
from gca_viz.settings.limits import CACHE_BYTES


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


def test_no_change_of_a_file_is_served(tmp_path, embeddings):
    """Every byte of it counts, and so does the name under which it lies."""
    cache = EmbeddingCache(tmp_path)
    cache.put("a", embeddings)
    path = tmp_path / "a.safetensors"
    whole = path.read_bytes()
    for place in range(0, len(whole), 7):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        assert cache.get("a") is None, place
    for cut in (0, 7, 8, 100, len(whole) - 1):
        path.write_bytes(whole[:cut])
        assert cache.get("a") is None
    (tmp_path / "b.safetensors").write_bytes(whole)
    assert cache.get("b") is None
    path.write_bytes(save({"z1": embeddings.z1, "z2": embeddings.z2}))  # without a checksum, as older versions
    assert cache.get("a") is None
    cache.put("a", embeddings)
    assert path.read_bytes() == whole and torch.equal(cache.get("a").z1, embeddings.z1)


def test_what_killed_writers_left_counts_and_goes(tmp_path, embeddings, monkeypatch):
    cache = EmbeddingCache(tmp_path)
    cache.put("a", embeddings)
    each = cache.size
    parts = [tmp_path / f".gca-viz-{number}.part" for number in range(3)] + [tmp_path / "b.1234abcd.part"]
    for part in parts:
        part.write_bytes(b"0" * 1000)
    assert cache.size == each + 4000
    cache.put("b", embeddings)  # whose writers may live
    assert all(part.exists() for part in parts)
    monkeypatch.setenv(CACHE_BYTES.variable, str(2 * each + 2000))
    for age, part in enumerate(parts):
        os.utime(part, (1000 + age, 1000 + age))
    cache.put("c", embeddings)
    assert not any(part.exists() for part in parts) and cache.get("c") is not None
    parts[0].write_bytes(b"0" * 1000)
    cache.clear()
    assert list(tmp_path.iterdir()) == []


KILLED = """
import random, sys, torch
from pathlib import Path
from gca_viz.embedding.embedding import Embeddings
from gca_viz.embedding.cache import EmbeddingCache
z = torch.zeros(2_000_000)
print("writing", flush=True)
while True:
    EmbeddingCache(Path(sys.argv[1])).put("a", Embeddings(z, z))
"""


def test_a_killed_process_leaves_no_more_than_one_file_and_the_next_can_read(tmp_path, embeddings):
    writer = subprocess.Popen([sys.executable, "-c", KILLED, tmp_path], stdout=subprocess.PIPE)
    writer.stdout.readline()
    while not any(tmp_path.glob("*.part")):
        time.sleep(0.0005)
    writer.kill()
    writer.wait()
    cache = EmbeddingCache(tmp_path)
    left = list(tmp_path.glob("*.part"))
    assert len(left) <= 1 and cache.size >= sum(part.stat().st_size for part in left)
    for part in left:
        os.utime(part, (1000, 1000))
    cache.put("b", embeddings)
    assert not any(tmp_path.glob("*.part")) and torch.equal(cache.get("b").z2, embeddings.z2)


def test_a_failed_write_leaves_nothing(tmp_path, embeddings, monkeypatch):
    cache = EmbeddingCache(tmp_path)
    monkeypatch.setattr(Path, "write_bytes", full_disk(room=0))
    cache.put("a", embeddings)
    assert list(tmp_path.iterdir()) == []


def full_disk(room: int):
    """As :meth:`Path.write_bytes` on a disk with so much room, which files of the folder itself take up."""
    write = Path.write_bytes

    def write_bytes(path: Path, content: bytes) -> int:
        there = sum(file.stat().st_size for file in path.parent.iterdir())
        if there + len(content) > room:
            write(path, content[: len(content) // 2])
            raise OSError(ENOSPC, "No space left on device", str(path))
        return write(path, content)

    return write_bytes


def test_on_a_full_disk_the_oldest_make_room(tmp_path, embeddings, monkeypatch):
    cache = EmbeddingCache(tmp_path)
    for age, name in enumerate("abc"):
        cache.put(name, embeddings)
        os.utime(tmp_path / f"{name}.safetensors", (1000 + age, 1000 + age))
    monkeypatch.setattr(Path, "write_bytes", full_disk(room=cache.size))
    for name in "def":
        cache.put(name, embeddings)
        assert cache.get(name) is not None
        assert not any(tmp_path.glob("*.part"))
    assert [cache.get(name) is not None for name in "abcdef"] == [False] * 3 + [True] * 3


def test_a_folder_that_may_only_be_read_still_serves(tmp_path, embeddings, monkeypatch):
    cache = EmbeddingCache(tmp_path)
    cache.put("a", embeddings)

    def refused(*args, **kwargs):
        raise PermissionError(EPERM, "Operation not permitted")

    for place, name in ((os, "utime"), (Path, "unlink"), (Path, "write_bytes")):
        monkeypatch.setattr(place, name, refused)
    assert torch.equal(cache.get("a").z1, embeddings.z1)
    cache.put("b", embeddings)
    cache.clear()
    assert cache.get("b") is None and cache.get("a") is not None


def test_two_processes_share_a_folder(tmp_path):
    """Each reads only what was written whole, whatever the other writes and lets go of meanwhile."""
    work = """
import random, sys, torch
from pathlib import Path
from gca_viz.embedding.embedding import Embeddings
from gca_viz.embedding.cache import EmbeddingCache
cache, found = EmbeddingCache(Path(sys.argv[1])), 0
random.seed(0)  # in turns, the one that is asked for next would always be the one that has just been let go
for turn in range(300):
    number = random.randrange(7)
    kept = cache.get(str(number))
    if kept is None:
        cache.put(str(number), Embeddings(torch.full((50, 8), number), torch.full((50, 8), -number)))
    else:
        found += 1
        assert (kept.z1 == number).all() and (kept.z2 == -number).all()
print(found)
"""
    environment = {**os.environ, CACHE_BYTES.variable: "20000"}  # five of seven
    command = [sys.executable, "-c", work, tmp_path]
    running = [subprocess.Popen(command, env=environment, stdout=subprocess.PIPE) for _ in range(2)]
    found = [int(one.communicate(timeout=120)[0]) for one in running]
    assert all(one.returncode == 0 for one in running) and sum(found) > 0
    assert EmbeddingCache(tmp_path).size <= 20_000 + 4_000


def test_the_environment_names_the_folder(tmp_path, monkeypatch):
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    assert cache_folder() == tmp_path
    monkeypatch.delenv(VARIABLE)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "gca-viz" / "embeddings"


def test_a_second_visit_makes_no_views_and_loads_no_encoder(tmp_path, monkeypatch):
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    inputs = Inputs(DataRecipe(size=12, seed=3))
    first = engine.embeddings_of(inputs)
    assert EmbeddingCache().size > 0
    forgotten = engine.embeddings_of.__wrapped__  # as after a restart of the server
    monkeypatch.setattr(steps, "load_encoder", lambda *args, **kwargs: pytest.fail("an encoder was loaded"))
    again = forgotten(inputs)
    assert torch.equal(first.z1, again.z1) and torch.equal(first.z2, again.z2)
    other = replace(inputs, views=ViewsRecipe(seed=1))
    with pytest.raises(pytest.fail.Exception):
        forgotten(other)
