"""A streamed plan on workers of Ray has the bits of the same blocks here, whoever dies on the way."""

import os
import signal

import pytest
import torch

from gca_viz.errors import InputError
from gca_viz.transport import LocalShards, align_streamed
from tests.cluster.machines import processes
from tests.transport.streaming.plans import Z1, Z2, assert_same_bits, settings

pytestmark = pytest.mark.cluster


@pytest.fixture(scope="module")
def shards(cluster):
    import gca_viz.cluster

    with gca_viz.cluster.rows(cluster.address, workers=2, blocks=7) as found:
        yield found


@pytest.mark.parametrize(("method", "layout"), [("gca-ince", "joint"), ("clip", "cross"), ("gca-uot", "cross")])
def test_the_same_bits_as_here(method, layout, shards):
    given, told = settings(method, layout, "plain"), []
    here = align_streamed(Z1, Z2, method, on=LocalShards(2, blocks=7), **given)
    there = align_streamed(Z1, Z2, method, on=shards, progress=lambda share, what: told.append(share), **given)
    assert_same_bits(there, here)
    assert told == sorted(told) and told[-1] == 1


def test_a_worker_that_dies_is_replaced_and_its_block_done_again(shards, own_places):
    given = settings("gca-ince", "cross", "plain")
    here = align_streamed(Z1, Z2, on=LocalShards(1, blocks=7), **given)
    killed = []

    def progress(share, what):
        if what.startswith("Iteration 3") and not killed:
            killed.extend(processes(own_places, b"ray::_Worker"))
            os.kill(killed[0], signal.SIGKILL)

    assert_same_bits(align_streamed(Z1, Z2, on=shards, progress=progress, **given), here)
    assert killed


def test_embeddings_on_a_card_are_told(shards):
    with pytest.raises(InputError, match="processor"):
        shards.place([_OnCard()], 0.0)


class _OnCard:
    class kernel:
        rows = torch.empty(0, device="meta")
