"""An interrupted stream goes on from its file with the same bits; a stream goes on from another plan."""

from __future__ import annotations

import math
import pickle

import numpy as np
import pytest
import torch

from gca_viz.errors import InputError
from gca_viz.transport import LocalShards, align_streamed
from gca_viz.transport.streaming import checkpoint as checkpoints
from tests.transport.streaming.plans import Z1, Z2, assert_same_bits, numbers, settings


class Interrupted(BaseException):
    """As Ctrl-C is."""


def interrupted_at(pass_: int):
    """Progress that ends the run in its n-th pass."""

    def progress(share, what):
        if what.startswith(f"Iteration {pass_}"):
            raise Interrupted

    return progress


@pytest.mark.parametrize("on", [None, LocalShards(2, blocks=5)], ids=["here", "blocks"])
@pytest.mark.parametrize(
    ("method", "given"),
    [
        ("gca-ince", {}),
        ("gca-rince", {"tol": 1e-3, "iterations": 50}),
        ("gca-uot", {"iterations": math.inf, "tol": 0, "epsilon": 0.5}),
        ("clip", {}),
        ("iot", {}),
    ],
)
def test_the_same_call_goes_on_with_the_same_bits(method, given, on, tmp_path):
    given = {"iterations": 5, "epsilon": 0.2, "on": on} | given
    whole = align_streamed(Z1, Z2, method, checkpoint=tmp_path / "whole.npz", **given)
    last = 2 if method == "clip" else 4
    with pytest.raises(Interrupted):
        align_streamed(Z1, Z2, method, checkpoint=tmp_path / "c.npz", progress=interrupted_at(last), **given)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["c.npz", "whole.npz"]
    told = []
    resumed = align_streamed(
        Z1, Z2, method, checkpoint=tmp_path / "c.npz", progress=lambda share, what: told.append(what), **given
    )
    assert_same_bits(resumed, whole)
    assert told[0].startswith(f"Iteration {last}")
    again = []
    read = align_streamed(
        Z1, Z2, method, checkpoint=tmp_path / "c.npz", progress=lambda share, what: again.append(what), **given
    )
    assert set(again) == {"Reading the plan"}
    assert_same_bits(read, whole)


def test_it_is_written_after_a_pass_when_the_last_time_is_long_ago(tmp_path, monkeypatch):
    path, seen = tmp_path / "c.npz", []
    progress = lambda share, what: seen.append((what, path.exists()))  # noqa: E731
    align_streamed(Z1, Z2, iterations=3, checkpoint=path, progress=progress)
    assert not any(there for _, there in seen[:3]) and seen[-1][1]  # three passes took no 30 seconds
    path.unlink()
    seen.clear()
    monkeypatch.setattr(checkpoints, "_PAUSE", 0.0)
    align_streamed(Z1, Z2, iterations=3, checkpoint=path, progress=progress)
    assert {there for what, there in seen if what.startswith("Iteration 2")} == {True}


def test_the_number_of_workers_may_change_in_between(tmp_path):
    given = settings("gca-ince", "cross", "plain")
    whole = align_streamed(Z1, Z2, on=LocalShards(1, blocks=6), **given)
    with pytest.raises(Interrupted):
        align_streamed(
            Z1, Z2, on=LocalShards(2, blocks=6), checkpoint=tmp_path / "c", progress=interrupted_at(3), **given
        )
    assert_same_bits(align_streamed(Z1, Z2, on=LocalShards(3, blocks=6), checkpoint=tmp_path / "c", **given), whole)


OTHERS = {
    "embeddings": lambda: align_streamed(Z2, Z1, checkpoint="c"),
    "temperature": lambda: align_streamed(Z1, Z2, epsilon=0.3, checkpoint="c"),
    "iterations": lambda: align_streamed(Z1, Z2, iterations=4, checkpoint="c"),
    "tolerance": lambda: align_streamed(Z1, Z2, tol=0.1, checkpoint="c"),
    "penalties": lambda: align_streamed(Z1, Z2, "gca-uot", checkpoint="c"),
    "marginals": lambda: align_streamed(Z1, Z2, mu=torch.full((45,), 0.5), nu=[0.5] * 45, checkpoint="c"),
    "start": lambda: align_streamed(Z1, Z2, start=[1.0] * 45, checkpoint="c"),
    "fewer samples": lambda: align_streamed(Z1[:9], Z2[:9], checkpoint="c"),
}


@pytest.mark.parametrize("other", OTHERS)
def test_a_checkpoint_of_another_problem_is_refused(other, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    align_streamed(Z1, Z2, checkpoint="c")
    before = (tmp_path / "c").read_bytes()
    with pytest.raises(InputError, match="other embeddings or settings"):
        OTHERS[other]()
    assert (tmp_path / "c").read_bytes() == before


def test_what_is_no_checkpoint_is_refused_unread(tmp_path):
    def write_pickle(path):
        np.savez(path, problem=np.array([Interrupted], object))

    def write_packed(path):
        np.savez_compressed(path, problem="x", passes=1)

    files = {
        "pickle.npz": write_pickle,
        "packed.npz": write_packed,
        "bytes": lambda path: path.write_bytes(b"nothing of ours"),
        "large": lambda path: path.write_bytes(bytes(10**6)),
        "array.npy": lambda path: np.save(path, np.zeros(3)),
        "pickled": lambda path: path.write_bytes(pickle.dumps({"a": 1})),
        "half": lambda path: align_streamed(Z1, Z2, checkpoint=path) and path.write_bytes(path.read_bytes()[:700]),
    }
    for name, write in files.items():
        write(tmp_path / name)
        with pytest.raises(InputError, match=r"could not be read .* Remove it") as error:
            align_streamed(Z1, Z2, checkpoint=tmp_path / name)
        assert error.value.parameter == "checkpoint"
    with pytest.raises(InputError, match="folder is not there"):
        align_streamed(Z1, Z2, checkpoint=tmp_path / "no" / "c")
    with pytest.raises(InputError, match="cannot be used"):
        align_streamed(Z1, Z2, checkpoint=tmp_path)


@pytest.mark.parametrize("method", ["gca-ince", "gca-uot", "iot"])
def test_a_start_goes_on_from_another_plan(method):
    few = align_streamed(Z1, Z2, method, iterations=3, tol=0)
    more = align_streamed(Z1, Z2, method, iterations=4, tol=0, start=few.log_v)
    whole = align_streamed(Z1, Z2, method, iterations=7, tol=0)
    assert (few.half_steps, more.half_steps, whole.half_steps) == (6, 8, 14)
    there = numbers(whole)
    for name, value in numbers(more).items():
        if name not in ("steps", "partners indices"):
            torch.testing.assert_close(value, there[name], atol=1e-5, rtol=1e-5, msg=name)


def test_a_start_at_the_limit_has_converged_at_once():
    limit = align_streamed(Z1, Z2, iterations=math.inf, tol=1e-5, epsilon=0.5)
    again = align_streamed(Z1, Z2, tol=1e-4, epsilon=0.5, start=limit.log_v.numpy())
    assert again.converged and again.half_steps == 1 < limit.half_steps


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"method": "clip", "start": [0.0] * 45}, "method 'clip'"),
        ({"start": [0.0] * 44}, "shape"),
        ({"start": [math.nan] + [0.0] * 44}, r"start\[0\] = nan"),
        ({"start": [-math.inf] * 45}, r"start\[0\] = -inf"),
    ],
)
def test_a_start_that_cannot_be_is_told(given, words):
    with pytest.raises(InputError, match=words) as error:
        align_streamed(Z1, Z2, **given)
    assert error.value.parameter == "start"


def test_an_empty_column_starts_empty():
    nu = [0.0] + [45 / 44] * 44
    start = [math.nan] + [0.0] * 44
    assert torch.equal(align_streamed(Z1, Z2, nu=nu, start=start).log_v, align_streamed(Z1, Z2, nu=nu).log_v)
