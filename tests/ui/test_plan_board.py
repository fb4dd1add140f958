"""What the browser is sent of plans: their own targets, costs and half steps, and nothing twice."""

from itertools import product

import numpy as np
import pytest
import torch
from streamlit.testing.v1 import AppTest

from gca_viz.experiments.compare.result import compare_recipe
from gca_viz.experiments.lessons import STYLES
from gca_viz.experiments.plan import engine
from gca_viz.experiments.recipe.method import PRIOR
from gca_viz.experiments.recipe.recipe import AUTO, Recipe
from gca_viz.transport import KERNELS, LAYOUTS, METHODS, solve
from gca_viz.transport.options import targets_of
from gca_viz.ui.elements import board
from gca_viz.ui.elements.shared.wire import Blob
from gca_viz.ui.pages.alignment.matrices import _statement
from gca_viz.ui.pages.compare.compared import Compared
from gca_viz.ui.parts.plan_board import PlanBoard
from gca_viz.ui.session.page_result import PageResult
from tests.ui.test_alignment import APP
from tests.wire import unpack

SMALL = Recipe().with_values(n=12, by="same identity", seed=2, iterations=3, eps=0.2)
#: numbers under which no two targets are alike
LOUD = {"clusters": 3, "relax": 0.3, "alpha": 0.9, "beta": 0.1, "share": 0.3, "teps": 0.06}


def method_in(layout: str) -> str:
    return next(name for name, method in METHODS.items() if layout in method.layouts)


def drawn(batch: board.Batch, frames: bytes, number: int) -> dict[str, np.ndarray]:
    """Cost, target and (steps, N, N) plans of one of the plans, made of what travels as the browser makes them."""
    header, arrays = unpack(frames)
    plan, size, columns = header["plans"][number], batch.size, batch.columns
    costs = unpack(batch.cost.data)[1]["cost"].reshape(-1, size, columns)
    cost = costs[plan["cost"]]
    sent = unpack(batch.targets.data)[1]
    target = np.zeros(size * columns, np.float32)
    if f"dense{plan['target']}" in sent:
        target = sent[f"dense{plan['target']}"]
    else:
        target[sent[f"cells{plan['target']}"]] = sent[f"mass{plan['target']}"]
    pool = arrays["pool"].reshape(-1, max(size, columns)).astype(float)
    mass = arrays.get(f"rowMass{number}", np.ones(size))[:size, None] if plan["cut"] else None
    steps = [
        np.mean(
            [
                _cell(
                    (pool[part["f"][t]][:size, None] + pool[part["g"][t]][:columns] - cost) / plan["epsilon"], mass
                )
                for part in plan["parts"]
            ],
            0,
        )
        for t in range(len(plan["labels"]))
    ]
    own = arrays.get(f"rowEpsilon{number}", np.full(size, plan["epsilon"]))[:, None]
    numbers = {name: value for name, value in plan["slope"].items() if name != "name"}
    kernel = KERNELS[plan["slope"]["name"]](**numbers)
    slope = kernel.slope(torch.tensor(costs[plan["distance"]]).double(), torch.tensor(own).double()).numpy()
    return {
        "slope": slope,
        "cost": costs[plan["distance"]],
        "target": target.reshape(size, columns),
        "steps": np.stack(steps),
    }


def _cell(score: np.ndarray, mass: np.ndarray | None) -> np.ndarray:
    """A cell as the browser makes it: an exponential, or of a sparse plan what is above 0 of a row of this mass."""
    return np.exp(score) if mass is None else mass * np.maximum(score, 0)


def check(made: PlanBoard, plans: list) -> None:
    frames = board.pack_frames(made.batch, [made.frames("a plan", plan) for plan in plans], []).data
    for number, plan in enumerate(plans):
        seen = drawn(made.batch, frames, number)
        np.testing.assert_array_equal(seen["target"], plan.target.numpy())
        np.testing.assert_array_equal(seen["cost"], plan.cost.numpy())
        allowed = np.isfinite(seen["cost"])
        force = (plan.residual_matrix.numpy() * seen["slope"])[allowed]
        np.testing.assert_allclose(force, plan.force.numpy()[allowed], rtol=1e-4, atol=1e-5)
        for step in range(plan.last_step + 1):
            np.testing.assert_allclose(
                seen["steps"][step], plan.at(step).matrix.numpy(), rtol=2e-4, atol=1e-7, err_msg=f"half step {step}"
            )


@pytest.mark.parametrize(
    ("target", "prior", "layout"), [*product((AUTO, *targets_of("views")), PRIOR.options, LAYOUTS)]
)
def test_pictures_are_of_the_plans_on_the_page(target, prior, layout):
    recipe = SMALL.with_values(
        method=method_in(layout), vs="none", layout=layout, target=target, prior=prior, **LOUD
    )
    alone = PageResult.of(recipe)
    check(PlanBoard(alone, list(alone.names.values())), list(alone.names.values()))
    for other in METHODS.values():
        if layout not in other.layouts or other.name == recipe.method.name or other.columns != "views":
            continue
        beside = PageResult.of(recipe.with_values(vs=other.name))
        if beside.reference is not None:
            check(PlanBoard(beside, list(beside.names.values())), list(beside.names.values()))


def test_the_targets_of_that_test_differ():
    """Else a picture of another target would pass it."""
    seen = [
        PageResult.of(SMALL.with_values(vs="none", target=target, prior=prior, **LOUD)).plan.target.numpy()
        for target, prior in [
            *product(("domain",), PRIOR.options),
            *product(set(targets_of("views")) - {"domain"}, ("paper",)),
        ]
    ]
    assert all(not np.allclose(one, other) for k, one in enumerate(seen) for other in seen[:k])


@pytest.mark.parametrize("method", METHODS)
def test_every_method_is_drawn_as_it_is(method):
    result = PageResult.of(SMALL.with_values(method=method, vs="none", queue=5, prototypes=4))
    check(PlanBoard(result, [result.plan]), [result.plan])


@pytest.mark.parametrize(("method", "columns"), [("moco", 17), ("swav", 4), ("dino", 4)])
def test_a_matrix_of_more_or_fewer_columns_has_its_own_order_names_and_marginals(method, columns):
    result = PageResult.of(SMALL.with_values(method=method, vs="gca-ince", queue=5, prototypes=4))
    plans = list(result.names.values())
    made = PlanBoard(result, plans)
    assert len(plans) == 2 and (made.batch.size, made.batch.columns) == (12, columns)
    check(made, plans)
    frames = [made.frames("a plan", plan) for plan in plans]
    assert frames[0].column_mass.shape == (columns,) and frames[1].column_mass.sum() == pytest.approx(12)
    assert sorted(result.column_order) == [*range(columns)]
    assert sum(group.size for group in result.column_groups) == columns
    along = board.Along(result.column_order, marked=[columns - 1])
    header, arrays = unpack(board.pack_frames(made.batch, frames, [], order=result.row_order, columns=along).data)
    assert header["size"] == 12 and header["columns"] == columns
    assert arrays["columnOrder"].tolist() == result.column_order.tolist()
    assert arrays["markedColumns"].tolist() == [columns - 1]
    names = unpack(made.batch.samples.data)[0]["columns"]["names"]
    partner = unpack(made.batch.samples.data)[1]["partner"]
    if method == "moco":
        assert partner.tolist() == [*range(12)] and all(name.startswith("queue: ") for name in names[12:])
        assert not any(name.startswith("queue: ") for name in names[:12])
    else:
        assert (partner == 2**32 - 1).all() and names[1].startswith("prototype 1, near ")


@pytest.mark.parametrize("dial", ["class", "cluster", "posterior", "perplexity"])
@pytest.mark.parametrize("kernel", ["gibbs", "student"])
def test_temperatures_and_weights_of_samples_are_drawn_as_they_are(dial, kernel):
    own = {"sample_by": dial, "clusters": 3, "pi": 5, "gamma": 0.8, "kernel": kernel, "df": 60}
    result = PageResult.of(SMALL.with_values(method="gca-ince", vs="ince", **own))
    plans = list(result.names.values())
    made = PlanBoard(result, plans)
    check(made, plans)
    frames = unpack(board.pack_frames(made.batch, [made.still("a plan", plans[0])], []).data)
    np.testing.assert_allclose(frames[1]["rowMass0"], plans[0].problem.mu)
    cost = unpack(made.batch.cost.data)[1]["cost"].reshape(-1, 12, 12)[frames[0]["plans"][0]["cost"]]
    f, g = frames[1]["pool"].reshape(-1, 12)[[frames[0]["plans"][0]["parts"][0][name][0] for name in ("f", "g")]]
    drawn = np.exp((f[:, None] + g - cost) / frames[0]["plans"][0]["epsilon"])
    np.testing.assert_allclose(drawn, plans[0].matrix.numpy(), rtol=2e-4, atol=1e-7)


def test_plans_of_several_encoders_and_methods_keep_their_own_costs_and_targets():
    priors = {"target": "domain", "prior": "fixed share", **LOUD}
    for recipe in (
        SMALL.with_values(encoders=("random", "gca-ince"), **priors),
        SMALL.with_values(against="methods", methods=("ince", "gca-uot"), **priors),
    ):
        found = compare_recipe(recipe)
        result = Compared.beside(PageResult.of(found.recipe), found.compared)
        plans = [entry.plan for entry in found.compared.members]
        made = PlanBoard(result, plans)
        check(made, plans)
        assert made.batch.cost_count == len({candidate.encoder for candidate in found.compared.candidates})


def test_each_plan_keeps_the_cells_that_it_excludes():
    result = PageResult.of(SMALL.with_values(vs="none"))
    plan = result.plan
    pairs_left_out = plan.problem.with_cost(plan.cost.clone().fill_diagonal_(float("inf")))
    target = 1 - np.eye(12, dtype=np.float32)
    hollow = solve(pairs_left_out, iterations=3, trace=True, target=torch.tensor(target / 11), pairing=plan.pairing)
    check(PlanBoard(result, [plan, hollow]), [plan, hollow])


@pytest.mark.parametrize("prior", PRIOR.options)
@pytest.mark.parametrize("target", (AUTO, *targets_of("views")))
def test_another_number_of_the_method_sends_frames_only(target, prior):
    recipe = SMALL.with_values(target=target, prior=prior, method="gca-uot", vs="ince")

    def batch(**values) -> board.Batch:
        result = PageResult.of(recipe.with_values(**values))
        return PlanBoard(result, list(result.names.values())).batch

    before = batch()
    for values in ({"eps": 0.21}, {"lambda1": 3.0}, {"iterations": 5}, {"order": "index"}, {"vs": "gca-ince"}):
        after = batch(**values)
        for part in ("samples", "cost", "targets"):
            assert getattr(after, part).id == getattr(before, part).id, (part, values)


def sent(page: AppTest) -> tuple[dict, dict[str, np.ndarray]]:
    """Target and last plan of the first plan that a page sends its board."""
    assert not page.exception and not page.error
    blobs = [
        e.proto.bytes for e in page.get("bidi_component") if e.proto.component_name.startswith("gca_viz.board")
    ]
    parts = {unpack(data)[0]["kind"]: data for data in blobs if data}
    size = unpack(parts["frames"])[0]["size"]
    blob = {name: Blob("", parts[name]) for name in ("samples", "cost", "targets")}
    return drawn(board.Batch(size, size, **blob, target_count=1), parts["frames"], 0)


@pytest.mark.parametrize("where", ["alignment", "compare", "learn"])
def test_the_pages_send_the_plan_of_their_recipe(where):
    values = {"n": 12, "target": "domain", "prior": "fixed share", "alpha": 1.0, "beta": 0.0, "share": 0.7}
    page = AppTest.from_file(APP, default_timeout=120)
    if where == "learn":
        page.switch_page("gca_viz/ui/pages/learn/learn.py")
        page.query_params["lesson"], page.query_params["target"] = "target", "style"
        recipe = STYLES.with_values(eps=0.2, **{name: values[name] for name in values if name != "n"})
    else:
        page.switch_page(f"gca_viz/ui/pages/{where}/{where}.py")
        recipe = Recipe().with_values(**values)
        page.query_params.update({name: str(value) for name, value in values.items()})
    plan = engine.plan_of(recipe.inputs, recipe.method)
    seen = sent(page.run())
    assert float(np.diag(seen["target"]).mean()) == pytest.approx(0.7)
    np.testing.assert_array_equal(seen["target"], plan.target.numpy())
    np.testing.assert_allclose(seen["steps"][-1], plan.matrix.numpy(), rtol=2e-4, atol=1e-7)


def test_a_sparse_plan_is_no_kernel_though_it_has_no_half_steps():
    result = PageResult.of(Recipe().with_values(n=12, method="sparse"))
    assert _statement("sparse", result.plan).startswith("sparse: columns receive 1 ±")
    held = PageResult.of(Recipe().with_values(n=12, method="ince", hold="nothing"))
    assert _statement("ince", held.plan) == "ince: the kernel"
