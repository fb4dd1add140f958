"""Blocks of rows give the plan of one block, and the same bits whoever works on them."""

from __future__ import annotations

import math
import pickle
from dataclasses import dataclass

import pytest
import torch

from gca_viz.errors import InputError
from gca_viz.transport import LocalShards, align, align_streamed
from gca_viz.transport.streaming.block import Block, strip_rows
from gca_viz.transport.streaming.kernel import CosineKernel
from gca_viz.transport.streaming.workspace import Workspace
from tests.transport.batches import views
from tests.transport.streaming.plans import SIZE, STREAMED, Z1, Z2, assert_near, assert_same_bits, settings


@pytest.mark.parametrize("kind", ["plain", "zeros and temperatures"])
@pytest.mark.parametrize(("method", "layout"), STREAMED)
def test_blocks_are_the_plan_of_one_block_with_the_same_bits_for_any_number_of_workers(method, layout, kind):
    given = settings(method, layout, kind)
    whole = align_streamed(Z1, Z2, method, **given)
    one, two, three = (
        align_streamed(Z1, Z2, method, on=LocalShards(workers, blocks=7), **given) for workers in (1, 2, 3)
    )
    assert_near(one, whole)
    assert_same_bits(two, one)
    assert_same_bits(three, one)


@dataclass
class Elsewhere:
    """As workers of a cluster are: blocks travel as bytes, results come back in any order."""

    blocks: int = 7

    def place(self, blocks, memory):
        self.there = pickle.dumps(blocks)
        return self

    def run(self, work, shared, own, report):
        sent = pickle.dumps((shared, own))
        for number in reversed(range(len(pickle.loads(self.there)))):
            block, (common, arguments) = pickle.loads(self.there)[number], pickle.loads(sent)
            result = getattr(block, work)(Workspace(), *common, *arguments[number])
            report(len(block))
            yield number, pickle.loads(pickle.dumps(result))


@pytest.mark.parametrize(("method", "layout"), [("gca-ince", "joint"), ("clip", "cross"), ("gca-uot", "cross")])
def test_whatever_has_the_methods_of_shards_gives_the_same_bits(method, layout):
    given, told = settings(method, layout, "plain"), []
    near = align_streamed(Z1, Z2, method, on=LocalShards(2, blocks=7), **given)
    far = align_streamed(Z1, Z2, method, on=Elsewhere(), progress=lambda share, what: told.append(share), **given)
    assert_same_bits(far, near)
    assert told == sorted(told) and told[-1] == 1


@pytest.mark.parametrize("epsilon", [0.02, 0.005])
def test_columns_whose_sums_leave_the_range_are_summed_anew_over_all_blocks(epsilon):
    """A column far from all rows begins far from what it comes to."""
    z1, z2 = views(SIZE, 5, seed=3, clusters=4)
    z2[0] = -z1.mean(0)
    asked = []

    class Watched(Elsewhere):
        def run(self, work, *others):
            asked.append(work)
            return super().run(work, *others)

    given = {"epsilon": epsilon, "iterations": 30, "tol": 0}
    blocks = align_streamed(z1.float(), z2.float(), on=Watched(), **given)
    exact = align(z1, z2, trace=False, **given)
    assert ("columns" in asked) == (epsilon == 0.005)
    torch.testing.assert_close(blocks.rows(0, SIZE).double(), exact.matrix, atol=1e-4, rtol=2e-3)
    torch.testing.assert_close(blocks.loss.double(), exact.loss, atol=1e-4, rtol=1e-4)


def test_more_blocks_than_rows_and_a_single_row():
    assert_near(align_streamed(Z1, Z2, on=LocalShards(3, blocks=1000)), align_streamed(Z1, Z2))
    assert_near(align_streamed(Z1[:1], Z2[:1], on=LocalShards()), align_streamed(Z1[:1], Z2[:1]))


@pytest.mark.parametrize("last", [1, 5])
def test_threads_end_when_their_caller_cancels(last):
    class Cancelled(Exception):
        pass

    calls = []

    def progress(share, what):
        calls.append(share)
        if len(calls) == last:
            raise Cancelled

    with pytest.raises(Cancelled):
        align_streamed(Z1, Z2, on=LocalShards(2, blocks=7), progress=progress, iterations=3)
    assert len(calls) == last


def test_what_goes_wrong_in_a_thread_is_raised(monkeypatch):
    def fail(self, *_):
        raise RuntimeError(f"row {self.kernel.start}")

    monkeypatch.setattr(Block, "read", fail)
    with pytest.raises(RuntimeError, match="row"):
        align_streamed(Z1, Z2, on=LocalShards(2, blocks=3))


def test_threads_leave_the_threads_of_torch_as_they_were():
    before = torch.get_num_threads()
    align_streamed(Z1, Z2, on=LocalShards(3, blocks=4))
    assert torch.get_num_threads() == before


def test_only_as_many_work_at_a_time_as_the_memory_has_room_for():
    z1, z2 = (z.float() for z in views(600, 4, seed=2))
    kernel = CosineKernel.of(z1, z2, 0.1, joint=False)
    blocks = [Block(kernel.of_rows(slice(start, start + 100)), 20) for start in range(0, 600, 100)]
    strip = 20 * kernel.row_bytes
    workers = [LocalShards(4).place(blocks, share * strip).workers for share in (1, 5.9, 6, 9, 100)]
    assert workers == [1, 1, 2, 3, 4]


@pytest.mark.parametrize(
    ("rows", "memory", "height"),
    [(16_384, math.inf, 512), (131_072, math.inf, 128), (10**6, math.inf, 128), (10**6, 1.0, 1), (100, 1e9, 100)],
)
def test_a_strip_has_128_rows_where_memory_allows(rows, memory, height):
    nothing = torch.empty(1, 1).expand(rows, 1)  # takes no memory
    assert strip_rows(CosineKernel(nothing, nothing, False), memory) == height


@pytest.mark.parametrize("wrong", [{"workers": 0}, {"blocks": 0}, {"blocks": 1.5}])
def test_no_blocks_or_no_workers_are_a_mistake(wrong):
    with pytest.raises(InputError, match=next(iter(wrong))):
        LocalShards(**wrong)
