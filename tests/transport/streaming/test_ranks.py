"""Ranks of a process group have the plan of the threads of one process, with the same bits."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
import torch
import torch.distributed as dist
from torch.multiprocessing import spawn

from gca_viz.errors import InputError
from gca_viz.transport import LocalShards, RankShards, align_streamed
from tests.transport.streaming.plans import Z1, Z2, assert_same_bits, settings

METHODS = [("gca-ince", "cross"), ("gca-ince", "joint"), ("clip", "cross"), ("gca-uot", "cross"), ("ince", "cross")]
LONG = {"epsilon": 0.05, "iterations": 40, "tol": 0.0}


def _join(rank: int, ranks: int, folder: str) -> None:
    dist.init_process_group("gloo", init_method=f"file://{folder}/met", rank=rank, world_size=ranks)


def _each_method(rank: int, ranks: int, folder: str) -> None:
    _join(rank, ranks, folder)
    torch.set_num_threads(2)
    for method, layout in METHODS:
        given = settings(method, layout, "zeros and temperatures")
        near = align_streamed(Z1, Z2, method, on=LocalShards(2, blocks=7), **given)
        assert_same_bits(align_streamed(Z1, Z2, method, on=RankShards(7), **given), near)
    assert torch.get_num_threads() == 2
    dist.destroy_process_group()


@pytest.mark.parametrize("ranks", [1, 3])
def test_every_rank_has_the_bits_of_one_process(ranks, tmp_path):
    spawn(_each_method, (ranks, str(tmp_path)), ranks)


def _long(rank: int, ranks: int, folder: str, dies: bool) -> None:
    _join(rank, ranks, folder)
    told = []

    def progress(share: float, what: str) -> None:
        told.append(share)
        if dies and rank == 1 and share > 0.5:
            os.kill(os.getpid(), signal.SIGKILL)

    kept = Path(folder).parent / f"of-rank-{rank}.npz"  # as on machines that share no disk
    plan = align_streamed(Z1, Z2, on=RankShards(7), checkpoint=kept, progress=progress, **LONG)
    assert told[0] > 0.3, "it begins where the first rank was"
    assert_same_bits(plan, align_streamed(Z1, Z2, on=LocalShards(1, blocks=7), **LONG))
    dist.destroy_process_group()


def test_a_rank_that_dies_ends_all_and_a_new_group_goes_on_from_what_the_first_kept(tmp_path):
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
    processes = spawn(_long, (2, str(tmp_path / "first"), True), 2, join=False).processes
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [1, -signal.SIGKILL]
    assert [path.name for path in tmp_path.glob("*.npz")] == ["of-rank-0.npz"]
    spawn(_long, (2, str(tmp_path / "second"), False), 2)
    assert [path.name for path in tmp_path.glob("*.npz")] == ["of-rank-0.npz"]


def test_without_a_process_group_it_is_a_mistake():
    with pytest.raises(InputError, match=r"init_process_group\(\) before, or use LocalShards"):
        RankShards()
