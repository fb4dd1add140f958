"""A streamed plan on workers of Ray has the bits of the same blocks here, whoever dies on the way."""

import os
import signal

import pytest
import torch

from gca_viz.errors import InputError
from gca_viz.transport import LocalShards, align_streamed
from tests.transport.streaming.plans import Z1, Z2, assert_same_bits, settings

pytestmark = pytest.mark.cluster


@pytest.fixture(scope="module")
def shards(own_places):
    pytest.importorskip("ray", reason="Ray is not installed; it comes with the extra [ray]")
    import gca_viz.cluster

    with gca_viz.cluster.rows("local", workers=2, blocks=7) as found:
        yield found


@pytest.mark.parametrize(("method", "layout"), [("gca-ince", "joint"), ("clip", "cross"), ("gca-uot", "cross")])
def test_the_same_bits_as_here(method, layout, shards):
    given, told = settings(method, layout, "plain"), []
    here = align_streamed(Z1, Z2, method, on=LocalShards(2, blocks=7), **given)
    there = align_streamed(Z1, Z2, method, on=shards, progress=lambda share, what: told.append(share), **given)
    assert_same_bits(there, here)
    assert told == sorted(told) and told[-1] == 1


def test_a_worker_that_dies_is_replaced_and_its_block_done_again(shards):
    given = settings("gca-ince", "cross", "plain")
    here = align_streamed(Z1, Z2, on=LocalShards(1, blocks=7), **given)
    killed = []

    def progress(share, what):
        if what.startswith("Iteration 3") and not killed:
            killed.extend(_pids())
            os.kill(killed[0], signal.SIGKILL)

    assert_same_bits(align_streamed(Z1, Z2, on=shards, progress=progress, **given), here)
    assert killed


def _pids() -> list[int]:
    """The processes of this cluster's workers."""
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                with open(f"/proc/{entry}/cmdline", "rb") as file:
                    words = file.read()
                with open(f"/proc/{entry}/environ", "rb") as file:
                    ours = os.environ["RAY_TMPDIR"].encode() in file.read()
            except OSError:
                continue
            if words.startswith(b"ray::_Worker") and ours:
                found.append(int(entry))
    return found


def test_embeddings_on_a_card_are_told(shards):
    with pytest.raises(InputError, match="processor"):
        shards.place([_OnCard()], 0.0)


class _OnCard:
    class kernel:
        rows = torch.empty(0, device="meta")
