"""The monitor changes nothing, raises nothing, and writes what can be read at any moment."""

import csv
import errno
import random
import shutil
import threading
import time
import warnings

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file
from torch import nn
from torch.nn import functional as F

import gca_viz
from gca_viz.errors import InputError
from gca_viz.files import atomic
from gca_viz.geometry.measures import MEASURES
from gca_viz.geometry.points import Points
from gca_viz.monitor.folder import MonitorFolder

N = 24


class Encoder(nn.Module):
    """Has all that a look could disturb: batch norm, dropout, buffers that any pass changes, modes with effects."""

    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(12, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Dropout(0.3))
        self.head = nn.Linear(16, 8)
        self.register_buffer("passes", torch.zeros(()))
        self.register_buffer("last", torch.zeros(8))

    def train(self, mode=True):
        if mode != self.training:
            self.head.weight.data.mul_(1.01)  # as adapters do that are merged for evaluation
        return super().train(mode)

    def forward(self, x):
        self.passes += 1
        z = self.head(self.layers(x)) + 0 * (torch.rand(()) + random.random() + np.random.rand())
        self.last = z.detach().mean(0)
        return z


def probe():
    made = torch.Generator().manual_seed(1)
    x = torch.randn(N, 12, generator=made)
    return x, x + 0.1 * torch.randn(N, 12, generator=made), torch.arange(N) % 3


def trained(monitor=None, *, steps=6, autocast=False, give=None):
    """What is left of a training: weights, buffers, momenta and random numbers."""
    torch.manual_seed(0), random.seed(0), np.random.seed(0)
    encoder = Encoder()
    encoder.layers[1].eval()  # one that stays so, whatever the others do
    optimizer = torch.optim.AdamW(encoder.parameters(), 1e-2)
    for step in range(steps):
        x = torch.randn(16, 12) + random.random() + np.random.rand()
        with torch.autocast("cpu", torch.bfloat16, enabled=autocast):
            if monitor is not None:  # in the middle of a step, where autocast has cast nothing yet
                monitor(step, *(give(encoder) if give else (encoder,)))
            z1, z2 = encoder(x), encoder(x + 0.1 * torch.randn_like(x))
            loss = F.cross_entropy(F.normalize(z1) @ F.normalize(z2).T / 0.1, torch.arange(16))
        optimizer.zero_grad(), loss.backward(), optimizer.step()
    if monitor is not None:
        monitor.close()
    modes = torch.tensor([float(module.training) for module in encoder.modules()])
    momenta = [tensor for state in optimizer.state.values() for tensor in state.values()]
    numbers = torch.tensor([random.random(), np.random.rand()], dtype=torch.float64)
    return [*encoder.state_dict().values(), *momenta, modes, numbers, torch.rand(3)]


def rows(folder):
    return list(csv.DictReader((folder / "metrics.csv").read_text("utf-8").splitlines()))


@pytest.mark.parametrize("autocast", [False, True])
def test_a_training_ends_at_the_same_bits_with_and_without(tmp_path, autocast):
    monitor = gca_viz.PlanMonitor(probe(), to=tmp_path / "run", every=1, epsilon=0.1)
    with_it, without = trained(monitor, autocast=autocast), trained(autocast=autocast)
    assert len(rows(tmp_path / "run")) == 6
    assert all(torch.equal(a, b) for a, b in zip(with_it, without, strict=True))


def test_a_look_says_what_align_and_compare_say(tmp_path):
    x1, x2, labels = probe()
    monitor = gca_viz.PlanMonitor(None, to=tmp_path, every=50, method="gca-ince", epsilon=0.2, labels=labels)
    assert monitor(49, x1, x2) is None and not list(tmp_path.iterdir())
    said = monitor(50, x1.requires_grad_(), x2, epoch=2)
    monitor.close()
    plan = gca_viz.align(x1.detach(), x2, "gca-ince", epsilon=0.2)
    points = Points.of(x1.detach().numpy(), x2.numpy(), labels.numpy(), np.zeros(N, int))
    (row,) = rows(tmp_path)
    assert (row["step"], row["epoch"], row["epsilon"], row["alarms"]) == ("50", "2", "0.2", "")
    for name in ("loss", "matched_share", "top1_rows", "perplexity", "column_error", "ece"):
        assert said[name] == pytest.approx(gca_viz.transport.READINGS[name].of(plan), rel=1e-6)
        assert float(row[name]) == pytest.approx(said[name], rel=1e-5)
    drawn = np.ones((1, N), np.float32)
    for name in ("alignment", "uniformity", "effective_rank", "knn_class"):
        assert said[name] == pytest.approx(MEASURES[name].interval(points, drawn).value, rel=1e-4)
    assert said["largest_column"] == pytest.approx(float(plan.column_mass.max() / plan.column_mass.mean()))
    assert said["confidence"] == pytest.approx(float(gca_viz.calibration(plan).confidence.mean()))
    kept = load_file(tmp_path / "step-00000050.safetensors")
    assert np.array_equal(kept["z1"], x1.detach().numpy()) and np.array_equal(kept["z2"], x2.numpy())
    assert np.array_equal(np.load(tmp_path / "probe.npz")["labels"], labels.numpy())


def broken(encoder):
    raise RuntimeError("a bug of the user's")


@pytest.mark.parametrize(
    ("give", "said"),
    [
        (lambda encoder: (broken,), "RuntimeError: a bug of the user's"),
        (lambda encoder: (torch.randn(N, 8),), "1 embedding; a plan is between two views"),
        (lambda encoder: (torch.randn(N, 8), torch.randn(N, 4)), "one row per sample and one width"),
        (lambda encoder: (torch.randn(N + 1, 8),) * 2, "of 25 samples, after 24 before"),
        (lambda encoder: (lambda x: {"logits": x},), "an encoder that returns logits"),
        (lambda encoder: ("no encoder",), "1 embedding"),
        (lambda encoder: (), "0 embeddings"),
    ],
)
def test_what_cannot_be_looked_at_is_said_once_and_training_goes_on(tmp_path, give, said):
    monitor = gca_viz.PlanMonitor(probe(), to=tmp_path / "run", every=1)
    monitor(0, Encoder())
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with_it = trained(monitor, give=lambda encoder: tuple(z for z in give(encoder)))
    (warning,) = [str(one.message) for one in caught if "PlanMonitor" in str(one.message)]
    assert said in warning and "training goes on" in warning
    assert len(rows(tmp_path / "run")) == 1  # what was written before stays
    if said.startswith(("RuntimeError", "an encoder", "0")):  # the others have drawn random embeddings
        assert all(torch.equal(a, b) for a, b in zip(with_it, trained(), strict=True))


def test_warnings_that_are_errors_are_not_raised_into_the_loop(tmp_path, caplog):
    monitor = gca_viz.PlanMonitor(probe(), to=tmp_path / "run", every=1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert monitor(0, broken) is None
    assert "a bug of the user's" in caplog.text


def test_embeddings_that_are_not_finite_are_an_alarm_and_the_next_look_is_whole(tmp_path):
    x1, x2, _ = probe()
    monitor = gca_viz.PlanMonitor(None, to=tmp_path, every=1)
    monitor(0, x1, x2)
    spoilt = x1.clone()
    spoilt[3, 0] = torch.nan
    with pytest.warns(UserWarning, match="1 of 24 samples of the probe have embeddings that are not finite"):
        assert monitor(1, spoilt, x2) is None
    assert "finite" in monitor.alarms
    monitor(2, x1, x2)
    monitor.close()
    assert [row["matched_share"] != "" for row in rows(tmp_path)] == [True, False, True]
    assert "not finite" in rows(tmp_path)[1]["alarms"] and not monitor.alarms
    assert sorted(path.name for path in tmp_path.glob("step-*")) == [
        "step-00000000.safetensors",
        "step-00000002.safetensors",
    ]


def test_a_folder_of_another_run_is_left_alone(tmp_path):
    x1, x2, labels = probe()
    gca_viz.PlanMonitor(probe(), to=tmp_path, every=1)(0, x1, x2)
    before = (tmp_path / "monitor.json").read_text()
    second = gca_viz.PlanMonitor(probe(), to=tmp_path, every=1)
    with pytest.warns(UserWarning, match="which holds a run already.*resume=True"):
        assert second(0, x1, x2) is None
    assert (tmp_path / "monitor.json").read_text() == before
    other = gca_viz.PlanMonitor((x2, x1, labels), to=tmp_path, every=1, resume=True)
    with pytest.warns(UserWarning, match="of a run with other probe"):
        assert other(0, x1, x2) is None
    (tmp_path / "train").mkdir()
    (tmp_path / "train" / "metrics.csv").write_text("epoch,loss\n")
    with pytest.warns(UserWarning, match="of another program"):
        gca_viz.PlanMonitor(probe(), to=tmp_path / "train", every=1)(0, x1, x2)
    assert (tmp_path / "train" / "metrics.csv").read_text() == "epoch,loss\n"


def test_a_run_goes_on_in_its_folder_and_whoever_lost_it_stops(tmp_path):
    x1, x2, _ = probe()
    first = gca_viz.PlanMonitor(probe(), to=tmp_path, every=1)
    for step in range(4):
        first(step, x1, x2)
    first.close()
    second = gca_viz.PlanMonitor(probe(), to=tmp_path, every=1, resume=True)
    second(2, x1, x2)
    second.close()
    assert [row["step"] for row in rows(tmp_path)] == ["0", "1", "2"]
    with pytest.warns(UserWarning, match="that has taken it over"):
        first(5, x1, x2)
        first.close()
    assert [row["step"] for row in rows(tmp_path)] == ["0", "1", "2"]
    shutil.rmtree(tmp_path)
    with pytest.warns(UserWarning, match=r"has lost its monitor\.json"):
        second(6, x1, x2)
        second.close()


def test_a_full_disk_loses_no_line_that_was_written(tmp_path, monkeypatch):
    x1, x2, _ = probe()
    monitor = gca_viz.PlanMonitor(None, to=tmp_path, every=1)
    monitor(0, x1, x2), monitor.close()
    write = atomic.write

    def full(path, content):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(atomic, "write", full)
    with pytest.warns(UserWarning, match="training goes on.*No space left on device") as caught:
        for step in (1, 2):
            assert monitor(step, x1, x2)
        monitor.close()
    assert len(caught) == 1
    monkeypatch.setattr(atomic, "write", write)  # somebody has made room
    monitor(3, x1, x2), monitor.close()
    assert [row["step"] for row in rows(tmp_path)] == ["0", "3"]
    assert not list(tmp_path.glob(f"*{atomic.PART}"))


def test_a_step_does_not_wait_for_a_slow_disk(tmp_path, monkeypatch):
    x1, x2, _ = probe()
    may_go_on, write = threading.Event(), MonitorFolder._write

    def slow(folder, *of):
        assert may_go_on.wait(60)
        write(folder, *of)

    monkeypatch.setattr(MonitorFolder, "_write", slow)
    monitor = gca_viz.PlanMonitor(None, to=tmp_path, every=1)
    try:
        with pytest.warns(UserWarning, match="a disk that has not yet written the last 8 looks"):
            for step in range(11):
                monitor(step, x1, x2)
    finally:
        may_go_on.set()
    monitor.close()
    assert [row["step"] for row in rows(tmp_path)] == [str(step) for step in range(9)]  # one under way, eight wait
    assert not [thread for thread in threading.enumerate() if thread.name == "gca-viz-monitor"]


def test_only_the_first_of_several_processes_looks(tmp_path, monkeypatch):
    monkeypatch.setattr(torch.distributed, "is_initialized", lambda: True)
    monkeypatch.setattr(torch.distributed, "get_rank", lambda: 1)
    assert gca_viz.PlanMonitor(probe(), to=tmp_path / "run", every=1)(0, broken) is None
    assert not (tmp_path / "run").exists()


def test_a_part_of_a_module_is_looked_at_without_what_it_is_wrapped_in(tmp_path):
    encoder = Encoder()
    monitor = gca_viz.PlanMonitor(probe(), to=tmp_path / "run", every=1)
    plain = monitor(0, encoder)
    wrapped = monitor(1, {"encoder": torch.nn.DataParallel(encoder)}, part=lambda module: module["encoder"])
    assert wrapped["loss"] == plain["loss"]


@pytest.mark.slow  # importing the compiler takes seconds
def test_nothing_is_compiled_for_a_look(tmp_path):
    encoder = Encoder()
    monitor = gca_viz.PlanMonitor(probe(), to=tmp_path / "run", every=1)
    assert monitor(1, torch.compile(encoder))["loss"] == monitor(0, encoder)["loss"]


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (lambda: {"probe": (torch.zeros(4, 2),)}, "a pair of views"),
        (lambda: {"probe": torch.zeros(2, 4, 2)}, "a pair of views"),
        (lambda: {"probe": (torch.zeros(4, 2), torch.zeros(5, 2))}, "4 rows of view 1, 5 rows of view 2"),
        (lambda: {"labels": [0, 1], "names": ["a"]}, "2 rows of labels, 1 rows of names"),
        (lambda: {"every": 0}, "whole number from 1"),
        (lambda: {"method": "infonce"}, "infonce"),
        (lambda: {"epsilon": -1.0}, "epsilon"),
        (lambda: {"temprature": 0.1}, "temprature.*those of gca_viz.align"),
        (lambda: {"target": "label"}, "labels"),
        (lambda: {"log": 3}, "SummaryWriter"),
        (lambda: {"images": np.zeros((4, 2, 5, 5))}, "images of shape"),
    ],
)
def test_a_wrong_setting_is_refused_before_the_first_step(tmp_path, made, said):
    with pytest.raises(InputError, match=said):
        gca_viz.PlanMonitor(to=tmp_path / "run", **made())
    assert not (tmp_path / "run").exists()


def looks(monitor, pairs):
    """The kinds of alarms after each look, without their warnings."""
    found = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for step, (z1, z2) in enumerate(pairs):
            monitor(step, z1, z2)
            found.append(set(monitor.alarms))
    monitor.close()
    return found


def pairs_of(z, noise, count):
    made = torch.Generator().manual_seed(3)
    return [(z, z + noise * torch.randn(z.shape, generator=made)) for _ in range(count)]


def test_collapse_is_said_once_it_lasts(tmp_path):
    z = torch.randn(64, 16, generator=torch.Generator().manual_seed(0))
    line = torch.ones(64, 1) + 0.01 * z
    monitor = gca_viz.PlanMonitor(None, to=tmp_path, every=1, epsilon=0.1)
    found = looks(monitor, [*pairs_of(line, 0.001, 4), *pairs_of(z, 0.1, 1)])
    assert ["collapse" in kinds for kinds in found] == [False, False, True, True, False]
    assert "Collapse" in rows(tmp_path)[3]["alarms"]


def test_a_hub_is_named(tmp_path):
    z = torch.randn(64, 16, generator=torch.Generator().manual_seed(0))
    z1 = z + 12 * F.normalize(z[5], dim=0)  # all turn to one
    names = [f"image {row}" for row in range(64)]
    monitor = gca_viz.PlanMonitor(None, to=tmp_path, every=1, epsilon=0.02, names=names)
    assert "hub" in looks(monitor, [(z1, z)] * 3)[-1]
    assert "column 5 (image 5)" in monitor.alarms["hub"]
    balanced = gca_viz.PlanMonitor(None, to=tmp_path / "b", every=1, method="gca-ince", epsilon=0.1)
    assert "hub" not in looks(balanced, [(z1, z)] * 3)[-1]


def test_pair_mass_that_does_not_move_is_stuck(tmp_path):
    z = torch.randn(2, 64, 16, generator=torch.Generator().manual_seed(0))
    found = looks(gca_viz.PlanMonitor(None, to=tmp_path, every=1), [tuple(z)] * 10)
    assert ["stuck" in kinds for kinds in found] == [False] * 9 + [True]
    noises = np.linspace(2, 0.4, 10)
    moving = [pairs_of(z[0], noise, 1)[0] for noise in noises]
    assert not any(
        "stuck" in kinds for kinds in looks(gca_viz.PlanMonitor(None, to=tmp_path / "b", every=1), moving)
    )


@pytest.mark.parametrize(("epsilon", "side"), [(2.0, "above"), (0.005, "below"), (None, "")])
def test_a_temperature_is_held_against_the_calibrated_range(tmp_path, epsilon, side):
    z = torch.randn(64, 16, generator=torch.Generator().manual_seed(0))
    pairs = pairs_of(z, 1.5, 3)  # some of which cannot be told apart
    errors = {
        float(eps): float(gca_viz.calibration(gca_viz.align(*pairs[-1], "ince", epsilon=float(eps))).ece)
        for eps in np.geomspace(0.005, 2, 17)
    }
    best = min(errors, key=errors.get)
    monitor = gca_viz.PlanMonitor(None, to=tmp_path, every=1, epsilon=epsilon or best)
    found = looks(monitor, pairs)
    assert ["temperature" in kinds for kinds in found] == [False, False, bool(side)]
    if side:
        assert f"is {side} the calibrated range" in monitor.alarms["temperature"]


def test_numbers_and_the_plan_go_to_tensorboard_and_to_a_function(tmp_path):
    tensorboard = pytest.importorskip("torch.utils.tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    given = []
    with tensorboard.SummaryWriter(tmp_path / "board") as writer:
        monitor = gca_viz.PlanMonitor(
            probe(), to=tmp_path / "run", every=1, epsilon=0.1, log=[writer, given.append]
        )
        said = monitor(0, Encoder())
    assert given == [{"step": 0, **{f"plan/{name}": value for name, value in said.items()}}]
    events = EventAccumulator(str(tmp_path / "board"))
    events.Reload()
    assert events.Scalars("plan/matched_share")[0].value == pytest.approx(said["matched_share"])
    image = events.Images("plan/cells")[0]
    assert (image.height, image.width) == (N, N)


def test_a_log_that_fails_takes_nothing_else_with_it(tmp_path):
    monitor = gca_viz.PlanMonitor(probe(), to=tmp_path / "run", every=1, log=broken)
    with pytest.warns(UserWarning, match=r"could not look \(log\).*a bug of the user's") as caught:
        assert monitor(0, Encoder()) and monitor(1, Encoder())
    monitor.close()
    assert len(caught) == 1 and len(rows(tmp_path / "run")) == 2


def test_the_call_that_is_not_due_costs_next_to_nothing(tmp_path):
    monitor = gca_viz.PlanMonitor(probe(), to=tmp_path / "run", every=50)
    started = time.perf_counter()
    for step in range(1, 50):
        monitor(step, broken)
    assert time.perf_counter() - started < 0.5 and not (tmp_path / "run").exists()
