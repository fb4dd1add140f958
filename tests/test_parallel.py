import threading
import time

import pytest
import torch

from gca_viz.datasets import Selection, load_dataset, pick
from gca_viz.embedding.embedding import embed
from gca_viz.encoders import load_encoder
from gca_viz.parallel import side_by_side
from gca_viz.views import make_views


@pytest.fixture(params=["at once", "one after the other"])
def device(request, monkeypatch):
    """The device under which both are done in that way, on any machine."""
    monkeypatch.setenv("GCA_VIZ_CORES", str(2 * torch.get_num_threads()))
    return "cpu" if request.param == "at once" else "cuda"


def steps(result, count=5, pause=0.03):
    """Work that tells of its steps; also what thread it was last seen in."""
    seen = []

    def work(tell):
        for step in range(count):
            time.sleep(pause)
            seen.append(threading.current_thread())
            tell((step + 1) / count)
        return result

    return work, seen


def test_both_results_in_order_and_progress_in_the_callers_thread(device):
    told, threads = [], set()

    def progress(share):
        told.append(share)
        threads.add(threading.current_thread())

    (first, in_first), (second, in_second) = steps("a", pause=0.1), steps("b", count=2)
    assert side_by_side(first, second, device=device, progress=progress) == ("a", "b")
    assert told == sorted(told) and told[0] >= 0 and told[-1] == 1 and len(told) > 2
    assert threads == {threading.current_thread()}
    assert (in_first[0] is in_second[0]) == (device == "cuda")


def test_a_caller_that_cancels_stops_both(device):
    class Stop(BaseException):
        pass

    def progress(share):
        if share > 0.2:
            raise Stop

    (first, seen), (second, also) = steps("a", count=100), steps("b", count=100)
    with pytest.raises(Stop):
        side_by_side(first, second, device=device, progress=progress)
    assert len(seen) + len(also) < 200
    before = len(seen), len(also)
    time.sleep(0.1)
    assert (len(seen), len(also)) == before


@pytest.mark.parametrize("failing", [0, 1])
def test_a_failure_of_one_is_told_and_ends_the_other(device, failing):
    def fails(tell):
        raise KeyError("broken")

    endless, seen = steps("a", count=50)
    both = (fails, endless) if failing == 0 else (endless, fails)
    with pytest.raises(KeyError, match="broken"):
        side_by_side(*both, device=device)
    if device == "cpu" or failing == 0:
        assert len(seen) < 50


def test_views_and_embeddings_are_the_same_either_way(monkeypatch):
    batch, encoder = pick(load_dataset("emoji"), Selection(size=40)), load_encoder("ince")
    found = []
    for cores in (1, 2 * torch.get_num_threads()):
        monkeypatch.setenv("GCA_VIZ_CORES", str(cores))
        views = make_views(batch, "simclr", seed=3)
        z = embed(views, encoder)
        found.append((views.first, views.second, z.z1, z.z2))
    assert all(torch.equal(one, other) for one, other in zip(*found, strict=True))


def test_a_product_has_the_bits_of_the_callers_thread(monkeypatch):
    """A thread of its own would take all cores for it, and round otherwise."""
    monkeypatch.setattr("os.cpu_count", lambda: 99)
    monkeypatch.setenv("GCA_VIZ_CORES", "99")
    generator = torch.Generator().manual_seed(0)
    x, weight = torch.randn(12, 384, generator=generator), torch.randn(64, 384, generator=generator)
    here = torch.nn.functional.linear(x, weight)
    for there in side_by_side(*2 * [lambda _: torch.nn.functional.linear(x, weight)], device="cpu"):
        assert torch.equal(here, there)
