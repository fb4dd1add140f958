"""Sweeps: batched = loop for every number, in any portions, and every mistake a user can make."""

from __future__ import annotations

import inspect
import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gca_viz.errors import InputError
from gca_viz.transport import align, calibration
from gca_viz.transport.plans.readings import READINGS
from gca_viz.transport.sweeps import grid as grid_module
from gca_viz.transport.sweeps.sweep import READ, Sweep, constraint_square, partial_sweeps, sweep
from tests.transport.batches import batches, epsilons, masses, views

INF = math.inf
N = 6
Z1, Z2 = views(N, 4, seed=5)
LABELS = np.array(["a", "a", "b", "b", "c", "c"])
DOMAINS = np.array([[0, 1, 0, 1, 0, 1], [1, 1, 1, 0, 0, 0]])
EVERYTHING = {"read": tuple(READINGS), "labels": LABELS, "domains": DOMAINS}
CORNERS = (0.0, 0.3, INF)
UNEQUAL = {"mu": masses(N, 1, 4.0), "nu": masses(N, 2, 4.0)}
ZERO = {"mu": torch.tensor([1.0, 0, 2, 1, 1, 1]), "nu": torch.tensor([1.0, 1, 1, 0, 2, 1])}


def loop(z1, z2, grid: Sweep, labels=LABELS, domains=DOMAINS, **options):
    """Every number of every grid point from a plan of its own."""

    def misplaced(mass, marginal):
        return (mass / mass.sum() - marginal / marginal.sum()).abs().sum() / 2

    def numbers(epsilon, penalties):
        lambda1, lambda2 = penalties
        plan = align(z1, z2, "gca-uot", epsilon=epsilon, lambda1=lambda1, lambda2=lambda2, trace=False, **options)
        return {
            "loss": plan.loss,
            "mass": plan.mass,
            "matched_share": plan.matched_share,
            "row_error": misplaced(plan.row_mass, plan.problem.mu),
            "column_error": misplaced(plan.column_mass, plan.problem.nu),
            "perplexity": plan.perplexity_per_row.mean(),
            "entropy": torch.special.entr(plan.matrix / plan.mass).sum(),
            "false_negative_mass": plan.false_negative_mass(labels),
            "same_domain_mass": plan.same_domain_mass(domains),
            "top1_rows": plan.top1_rows,
            "top1_columns": plan.top1_columns,
            "residual": plan.marginal_error,
            "ece": calibration(plan).ece,
            "brier": calibration(plan).brier,
        }

    points = [numbers(epsilon, penalties) for epsilon in grid.epsilon for penalties in grid.penalties]
    return {name: torch.tensor([float(point[name]) for point in points]).reshape(grid.shape) for name in READINGS}


def agree(actual: Sweep, expected: dict, tolerance=1e-9):
    assert set(expected) <= set(actual.values)
    for name, numbers in expected.items():
        torch.testing.assert_close(
            actual.values[name].double(), numbers.double(), atol=tolerance, rtol=tolerance,
            msg=lambda text, name=name: f"{name}: {text}",
        )  # fmt: skip


@pytest.fixture(autouse=True)
def doubles():
    """Plain tensors of this module are float64."""
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


# --- batched = loop -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float64, 1e-9), (torch.float32, 1e-5)])
@pytest.mark.parametrize("marginals", [{}, UNEQUAL, ZERO], ids=["equal", "unequal", "zero"])
@pytest.mark.parametrize("layout", ["cross", "joint"])
def test_batched_is_the_loop(layout, marginals, dtype, tolerance):
    marginals = {"mu": marginals["mu"]} if marginals and layout == "joint" else marginals
    options = {"layout": layout, "partner": [1, 0, 3, 4, 5, 2], "iterations": 7, "tol": 0.0, **marginals}
    z1, z2 = Z1.to(dtype), Z2.to(dtype)
    grid = sweep(z1, z2, epsilon=[0.1, 0.7], lambda1=CORNERS, lambda2=CORNERS, **EVERYTHING, **options)
    assert grid.shape == (2, 3, 3) and grid.values["loss"].dtype == dtype
    agree(grid, loop(z1, z2, grid, **options), tolerance)


@settings(max_examples=15)
@given(batches(smallest=1), epsilons, st.floats(0.01, 5.0), st.sampled_from(["cross", "joint"]))
def test_batched_is_the_loop_on_any_batch(batch, epsilon, penalty, layout):
    groups = np.arange(len(batch[0])) % 2
    options = {"layout": layout, "iterations": 5, "tol": 0.0, "labels": groups, "domains": groups}
    grid = sweep(*batch, epsilon=epsilon, lambda1=[penalty, INF], lambda2=[0, penalty], read=READINGS, **options)
    agree(grid, loop(*batch, grid, **options), 1e-8)


@pytest.mark.parametrize("layout", ["cross", "joint"])
def test_single_precision_far_down_the_slider(layout):
    """ε = 0.05 is solved in float32, 0.01 in float64 for its range, 0.001 by logarithms; all as float64 has it."""
    z1, z2 = (z.float() for z in views(24, 6, seed=3, clusters=4))
    options = {
        "layout": layout,
        "iterations": 5,
        "tol": 0.0,
        "labels": np.arange(24) % 4,
        "domains": np.arange(24) % 3,
    }
    grid = sweep(z1, z2, epsilon=[0.05, 0.01, 0.001], lambda1=[0.3, INF], lambda2=CORNERS, read=READINGS, **options)
    agree(grid, loop(z1.double(), z2.double(), grid, **options), 2e-5)


def test_scalings_out_of_range_are_solved_one_by_one(monkeypatch):
    z1, z2 = (z.float() for z in views(24, 6, seed=3, clusters=4))
    options = {"epsilon": 0.004, "lambda1": [0.3, INF], "lambda2": [0.3, INF], "tol": 0, "iterations": 5}
    careful = sweep(z1, z2, **options)
    monkeypatch.setattr(grid_module, "_RANGE", 100.0)
    careless = sweep(z1, z2, **options)
    agree(careless, careful.values, 1e-4)


def test_tied_partners_are_ranked_as_a_plan_ranks_them():
    """Where all embeddings are the same, the first column is everybody's best."""
    same = torch.ones(5, 3)
    grid = sweep(same, same, epsilon=[0.1, 1], lambda1=CORNERS, read=["top1_rows", "top1_columns"], tol=0)
    assert (grid.values["top1_rows"] == 0.2).all() and (grid.values["top1_columns"] == 0.2).all()


@pytest.mark.parametrize("layout", ["cross", "joint"])
def test_one_sample(layout):
    grid = sweep(
        Z1[:1], Z2[:1], layout=layout, lambda1=[0.2, INF], read=["matched_share", "perplexity", "top1_rows"]
    )
    for name in ("matched_share", "perplexity", "top1_rows"):
        torch.testing.assert_close(grid.values[name], torch.ones(1, 2))


def test_a_temperature_and_a_penalty_may_be_numbers():
    grid = sweep(Z1, Z2)
    assert (grid.epsilon, grid.lambda1, grid.lambda2) == ((0.1,), (INF,), None)
    assert set(grid.values) == {*READ.default, "residual", "converged", "half_steps"}
    torch.testing.assert_close(grid.values["loss"].squeeze(), align(Z1, Z2).loss, atol=1e-6, rtol=0)


def test_one_axis_of_penalties_is_the_diagonal_of_the_square():
    both = sweep(Z1, Z2, epsilon=[0.2, 0.5], lambda1=CORNERS, tol=0)
    square = sweep(Z1, Z2, epsilon=[0.2, 0.5], lambda1=CORNERS, lambda2=CORNERS, tol=0)
    assert both.shape == (2, 3)
    for name, numbers in both.values.items():
        torch.testing.assert_close(numbers, square.values[name].diagonal(dim1=1, dim2=2))


def test_corners_of_the_constraint_square_are_methods():
    square = constraint_square(0.2, 5)
    taus = [1.0 if math.isinf(penalty) else penalty / (penalty + 0.2) for penalty in square["lambda1"]]
    assert taus == pytest.approx([0, 0.25, 0.5, 0.75, 1])
    grid = sweep(Z1, Z2, **square, tol=0)
    for corner, method in (((0, 0), "byol"), ((-1, 0), "ince"), ((-1, -1), "gca-ince")):
        torch.testing.assert_close(grid.values["loss"][0][corner], align(Z1, Z2, method, epsilon=0.2, tol=0).loss)
    transposed = sweep(Z2, Z1, **square, tol=0).values["loss"][0, -1, 0]
    torch.testing.assert_close(grid.values["loss"][0, 0, -1], transposed)


# --- when to stop -------------------------------------------------------------------------------------------------


def test_half_steps_that_change_nothing_do_not_count():
    grid = sweep(Z1, Z2, lambda1=[0, 0.5, INF], lambda2=[0, INF], iterations=4, tol=0)
    assert grid.values["half_steps"][0].tolist() == [[0, 2], [1, 8], [1, 8]]
    assert grid.values["converged"][0].tolist() == [[True, True], [True, False], [True, False]]


def test_plans_within_tolerance_stop_together():
    grid = sweep(Z1, Z2, epsilon=[0.5, 1], lambda1=[0.3, INF], iterations=500, tol=1e-7)
    assert grid.values["converged"].all() and (grid.values["residual"] <= 1e-7).all()
    assert (grid.values["half_steps"] < 200).all()
    agree(grid, {"loss": loop(Z1, Z2, grid, iterations=500, tol=1e-12)["loss"]}, 1e-5)
    few = sweep(Z1, Z2, epsilon=[0.05, 1], lambda1=INF, iterations=3, tol=1e-3)
    assert few.values["converged"].tolist() == [[False], [True]]


def test_infinitely_many_iterations_end_within_tolerance():
    grid = sweep(Z1, Z2, epsilon=[0.5, 1], lambda1=[0.3, INF], iterations=INF, tol=1e-10)
    assert grid.values["converged"].all()
    agree(grid, {"loss": loop(Z1, Z2, grid, iterations=3000, tol=1e-13)["loss"]}, 1e-8)


def test_slow_plans_are_finished_one_by_one(monkeypatch):
    monkeypatch.setattr(grid_module, "_TOWARDS_LIMIT", 8)
    grid = sweep(Z1, Z2, epsilon=[0.1, 1], lambda1=[0.3, INF], iterations=INF, tol=1e-9)
    assert grid.values["converged"].all() and (grid.values["residual"] <= 1e-9).all()
    agree(grid, {"loss": loop(Z1, Z2, grid, iterations=20_000, tol=1e-12)["loss"]}, 1e-6)


# --- portions -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("samples", [100, 220], ids=["some at a time", "one at a time"])
def test_less_memory_takes_more_rounds_and_gives_the_same_numbers(samples):
    z1, z2 = views(samples, 8, seed=2, clusters=5)
    options = {"epsilon": [0.3, 0.004, 0.4], "lambda1": np.geomspace(0.01, 10, 7), "tol": 0, "iterations": 3}
    options["lambda2"] = [0, *range(1, 60), INF] if samples == 100 else None
    narrow = list(partial_sweeps(z1, z2, memory=1, **options))
    wide = list(partial_sweeps(z1, z2, memory=1000, **options))
    assert len(narrow) > len(wide)
    agree(narrow[-1], wide[-1].values)


def test_partial_results_come_in_order_and_cover_the_grid_once(monkeypatch):
    monkeypatch.setattr(grid_module, "_TOGETHER", 4)
    options = {"epsilon": [0.1, 0.2, 1e-4], "lambda1": CORNERS, "lambda2": CORNERS, "tol": 0}
    before, whole = None, sweep(Z1, Z2, **options)
    for partial in partial_sweeps(Z1, Z2, **options):
        start, losses = before.done if before else 0, partial.values["loss"].flatten()
        assert start < partial.done <= 27 and len(partial.table()) == partial.done
        assert torch.equal(losses[: partial.done], whole.values["loss"].flatten()[: partial.done])
        assert torch.isnan(losses[partial.done :]).all()
        # What a page has already been given does not change under it.
        assert before is None or torch.isnan(before.values["loss"].flatten()[start:]).all()
        before = partial
    assert before.done == 27


def test_work_is_done_only_when_asked_for(monkeypatch):
    asked = []
    solve_together = grid_module.solve_together
    monkeypatch.setattr(grid_module, "solve_together", lambda *a, **k: asked.append(1) or solve_together(*a, **k))
    monkeypatch.setattr(grid_module, "_TOGETHER", 1)
    partials = partial_sweeps(Z1, Z2, epsilon=[0.1, 0.2, 0.3])
    assert len(asked) == 0
    next(partials)
    assert len(asked) == 1


def test_progress_rises_to_one_and_may_cancel(monkeypatch):
    monkeypatch.setattr(grid_module, "_TOGETHER", 4)
    options = {"epsilon": [0.1, 1e-4], "lambda1": CORNERS, "lambda2": CORNERS, "iterations": 20, "tol": 0}
    reported = []
    sweep(Z1, Z2, progress=lambda share, what: reported.append((share, what)), **options)
    shares = [share for share, _ in reported]
    assert shares[0] == 0 and shares[-1] == 1 and shares == sorted(shares) and len(set(shares)) > 10
    assert {what for _, what in reported} == {"Solving 18 plans"}

    class Cancelled(Exception):
        pass

    def cancel(share, what):
        if share > 0.3:
            raise Cancelled

    with pytest.raises(Cancelled):
        sweep(Z1, Z2, progress=cancel, **options)


# --- the door -----------------------------------------------------------------------------------------------------


def test_a_row_of_the_table_says_where_it_is():
    grid = sweep(Z1, Z2, epsilon=[0.1, 0.2], lambda1=[0.5, INF], read="mass")
    assert list(grid.table()[1]) == ["epsilon", "lambda1", "lambda2", "mass", "residual", "converged", "half_steps"]
    row = grid.at(1, 0)
    assert (row["epsilon"], row["lambda1"], row["lambda2"]) == (0.2, 0.5, 0.5)
    assert row["mass"] == float(grid.values["mass"][1, 0]) and row == grid.table()[2]
    assert repr(grid).startswith("Sweep(2 × 2 plans, 4 done: mass")


def test_inputs_are_left_alone_and_nothing_is_differentiable():
    z1, z2 = Z1.clone().requires_grad_(), Z2.numpy().copy()
    grid = sweep(z1, z2, lambda1=[1, INF], **EVERYTHING)
    assert torch.equal(z1.detach(), Z1) and (z2 == Z2.numpy()).all()
    assert not any(numbers.requires_grad for numbers in grid.values.values())
    with torch.autocast("cpu", dtype=torch.bfloat16):
        agree(sweep(Z1.float(), Z2.float(), tol=0), sweep(Z1.float(), Z2.float(), tol=0).values)


def test_help_shows_the_arguments_of_both():
    one, other = inspect.signature(sweep), inspect.signature(partial_sweeps)
    assert one.parameters == other.parameters and one.return_annotation is Sweep


def test_every_number_is_described():
    for name, reading in READINGS.items():
        assert reading.name == name and reading.title and reading.help.endswith(".")
        assert reading.unit in ("share", "nats", "columns", "")


#: what a user may do wrong → words that the answer must hold
MISTAKES = {
    "negative penalty": ({"lambda1": [0.1, -1]}, ["lambda1 = -1", "≥ 0", "infinity allowed"]),
    "negative column penalty": ({"lambda2": -1}, ["lambda2 = -1"]),
    "zero temperature": ({"epsilon": [0.1, 0]}, ["epsilon = 0", "≥ 1e-06"]),
    "temperature of nan": ({"epsilon": math.nan}, ["epsilon = nan"]),
    "empty axis": ({"epsilon": []}, ["epsilon of shape (0,)", "at least one", "epsilon=[0.02, 2]"]),
    "axis of two dimensions": ({"lambda2": np.ones((2, 2))}, ["lambda2 of shape (2, 2)"]),
    "axis of words": ({"lambda1": "hard"}, ["lambda1 of type str"]),
    "unknown number": ({"read": ["loss", "accuracy"]}, ["read", "accuracy", "matched_share"]),
    "labels missing": ({"read": "false_negative_mass"}, ["without labels", "labels=…", "false_negative_mass"]),
    "domains missing": ({"read": "same_domain_mass", "labels": LABELS}, ["without domains", "domains=…"]),
    "labels too few": ({"read": "false_negative_mass", "labels": LABELS[:4]}, ["labels", "(4,)", "(6,)"]),
    "iterations": ({"iterations": 0}, ["iterations = 0", "≥ 1"]),
    "tolerance": ({"tol": -1}, ["tol = -1"]),
    "memory": ({"memory": 0}, ["memory = 0", "≥ 1"]),
    "layout": ({"layout": "diagonal"}, ["layout = 'diagonal'", "cross, joint"]),
    "unequal lengths": ({"z2": Z2[:4]}, ["(6, 4)", "(4, 4)"]),
    "marginal length": ({"mu": torch.ones(5)}, ["mu of shape (5,)", "(6,)"]),
    "unequal totals in one corner": (
        {"lambda1": [0.1, INF], "lambda2": [INF, 1], "mu": torch.ones(N), "nu": 2 * torch.ones(N)},
        ["totals must agree"],
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistakes_are_told_before_anything_is_computed(mistake):
    options, words = MISTAKES[mistake]
    with pytest.raises(InputError) as error:
        partial_sweeps(**{"z1": Z1, "z2": Z2} | options)
    for word in words:
        assert word in str(error.value)


@pytest.mark.parametrize("options", [{"epsilon": 0}, {"points": 1}, {"points": 2.5}])
def test_mistakes_about_the_square(options):
    with pytest.raises(InputError, match=next(iter(options))):
        constraint_square(**options)
