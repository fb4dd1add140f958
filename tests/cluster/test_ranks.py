"""Ranks that Ray Train starts, and starts anew where one dies, have the bits of one process."""

import os
import signal
from pathlib import Path

import pytest
import torch

from gca_viz.transport import LocalShards, RankShards, align_streamed
from tests.transport.streaming.plans import Z1, Z2

pytestmark = pytest.mark.cluster
LONG = {"epsilon": 0.05, "iterations": 40, "tol": 0.0}


def solve(places):
    """What every rank runs: one of them dies once, in the middle of it."""
    folder = Path(places["folder"])
    rank, died = torch.distributed.get_rank(), folder / "died"

    def progress(share, what):
        if rank == 1 and share > 0.5 and not died.exists():
            died.touch()
            os.kill(os.getpid(), signal.SIGKILL)

    with (folder / f"began-{rank}").open("a") as file:
        file.write("x")
    plan = align_streamed(Z1, Z2, on=RankShards(7), checkpoint=folder / "kept.npz", progress=progress, **LONG)
    torch.save((plan.log_u, plan.log_v, plan.loss), folder / f"plan-{rank}.pt")


@pytest.mark.slow
def test_a_group_that_lost_a_rank_is_started_anew_and_goes_on(cluster, tmp_path):
    from ray.train import FailureConfig, RunConfig, ScalingConfig
    from ray.train.torch import TorchConfig, TorchTrainer

    from gca_viz.cluster.connect import connect

    ray = connect(cluster.address, 2)
    try:
        TorchTrainer(
            solve,
            train_loop_config={"folder": str(tmp_path)},
            scaling_config=ScalingConfig(num_workers=2),
            torch_config=TorchConfig(backend="gloo", timeout_s=60),
            run_config=RunConfig(
                storage_path=str(tmp_path / "of-ray"), failure_config=FailureConfig(max_failures=1)
            ),
        ).fit()
    finally:
        ray.shutdown()
    assert (tmp_path / "died").exists() and (tmp_path / "began-0").read_text() == "xx"
    here = align_streamed(Z1, Z2, on=LocalShards(1, blocks=7), **LONG)
    for rank in range(2):
        log_u, log_v, loss = torch.load(tmp_path / f"plan-{rank}.pt", weights_only=True)
        assert torch.equal(log_u, here.log_u) and torch.equal(log_v, here.log_v) and torch.equal(loss, here.loss)
