import io
import shutil

import numpy as np
import pytest
import torch

from gca_viz.datasets import UPLOADS, read_embeddings
from gca_viz.embedding.cache import EmbeddingCache
from gca_viz.encoders import uploads
from gca_viz.encoders.bundled import MODELS
from gca_viz.errors import InputError
from gca_viz.experiments.effects.sweep import sweep_recipe
from gca_viz.experiments.effects.words import missing
from gca_viz.experiments.plan import engine
from gca_viz.experiments.plan.code import python_code
from gca_viz.experiments.plan.notable_pairs import notable_pairs
from gca_viz.experiments.plan.result import PlanResult
from gca_viz.experiments.plan.summary import (
    NO_PAIRS,
    column_spread,
    headline,
    least_matched_pair,
    moved_mass,
    readings,
)
from gca_viz.experiments.recipe.recipe import DataRecipe, EncoderRecipe, Inputs, MethodRecipe, Recipe, ViewsRecipe
from gca_viz.transport import METHODS, align


def plan_of(recipe):
    return engine.plan_of(recipe.inputs, recipe.method)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"method": "gca-uot", "lambda1": float("inf"), "lambda2": 0.5, "eps": 0.3},
        {"method": "gca-ince", "target": "domain", "views": "cross-style"},
        {"method": "ince", "target": "label", "classes": ("animal", "food"), "output": "backbone"},
        {"by": "chosen", "images": (5, 900, 2000, 41), "method": "clip"},
        {"data": "digits", "views": "erase", "target": "relation"},
        {"method": "iot-uni", "layout": "joint"},
        {"m": 4, "reduce": "worst", "views": "strong-weak"},
        {"m": 4, "reduce": "mean", "target": "domain", "views": "cross-style-simclr"},
        {"method": "clip", "views": "image-text", "encoder": "image-text"},
        {"data": "things", "n": 8, "method": "clip", "views": "image-text", "encoder": "image-text-lite0"},
        {"method": "gca-uot", "iterations": float("inf"), "eps": 0.05, "lambda1": 5.0},
    ],
)
def test_copied_python_computes_the_plan_on_the_screen(changes):
    recipe = Recipe().with_values(**{"n": 32} | changes)
    namespace = {}
    exec(python_code(recipe), namespace)
    plan = plan_of(recipe)
    # The copied code runs on the CPU, the page on the best device.
    assert torch.allclose(namespace["plan"].matrix, plan.matrix.cpu(), rtol=1e-3, atol=1e-5)
    assert float(namespace["plan"].loss) == pytest.approx(float(plan.loss), rel=1e-4)


def test_each_part_is_computed_again_only_when_something_before_it_changes():
    recipe = Recipe().with_values(n=16)
    other = recipe.with_values(eps=0.3)
    assert engine.embeddings_of(recipe.inputs) is engine.embeddings_of(other.inputs)
    assert plan_of(recipe) is plan_of(recipe.with_values(t=3))
    assert plan_of(recipe) is not plan_of(other)
    assert not torch.equal(
        engine.embeddings_of(recipe.inputs).z1,
        engine.embeddings_of(recipe.with_values(viewseed=1).inputs).z1,
    )


def test_the_error_of_infonce_is_what_sinkhorn_leaves_none_of():
    recipe = Recipe().with_values(n=64, iterations=200)
    batch, domains = engine.batch_of(recipe.data), engine.domains_of(recipe.data, recipe.views)
    errors = {}
    for name, method in (("gca-ince", recipe.method), ("ince", recipe.method.beside)):
        plan = engine.plan_of(recipe.inputs, method)
        errors[name] = readings(plan, batch.labels, domains)
    assert errors["ince"]["row_error"] < 5e-4 and errors["gca-ince"]["row_error"] < 5e-4
    assert errors["gca-ince"]["column_error"] < 5e-4
    assert errors["ince"]["column_error"] > 0.05


def test_the_prior_is_the_papers_unless_the_pair_keeps_a_share():
    recipe = Recipe().with_values(n=32, target="domain", alpha=0.5)
    plain = plan_of(recipe).target
    same = int((engine.batch_of(recipe.data).domains == engine.batch_of(recipe.data).domains[0]).sum()) - 1
    assert float(plain[0, 0]) == pytest.approx(1 / (1 + 0.5 * same), rel=1e-5)
    assert not torch.allclose(plain, plan_of(recipe.with_values(alpha=0.1)).target)
    kept = plan_of(recipe.with_values(prior="fixed share", share=0.6)).target
    assert torch.allclose(kept.diagonal(), torch.tensor(0.6))


@pytest.mark.parametrize(
    "extreme", [{"eps": 1e-6}, {"eps": 1e6}, {"method": "gca-uot", "lambda1": 1e300, "r1": 1e6}]
)
def test_the_ends_of_every_scale_give_finite_plans(extreme):
    plan = plan_of(Recipe().with_values(n=16, **extreme))
    assert torch.isfinite(plan.matrix).all() and torch.isfinite(plan.loss)


def test_the_plan_beside_it_shares_numbers_and_layout():
    method = Recipe().with_values(method="iot", vs="simclr", eps=0.3).method
    beside = method.beside
    assert (beside.name, beside.epsilon, beside.layout) == ("simclr", 0.3, "joint")
    assert Recipe().with_values(vs="none").method.beside is None
    recipe = Recipe().with_values(n=16, method="iot", vs="ince")
    with pytest.raises(InputError, match="layout"):
        engine.plan_of(recipe.inputs, recipe.method.beside)


@pytest.mark.parametrize("dials", [{"vs_hold": "total"}, {"vs_kernel": "student", "vs_hold": "both"}])
def test_a_method_is_compared_with_itself_under_other_dials(dials):
    recipe = Recipe().with_values(n=12, method="ince", vs="ince", **dials)
    again, problems = Recipe.from_query(recipe.to_query())
    assert again == recipe and problems == [] and Recipe.from_json(recipe.to_json())[0] == recipe
    result = PlanResult.of(recipe)
    label = "-".join(["ince", *(dials[key] for key in ("vs_kernel", "vs_hold") if key in dials)])
    assert list(result.names) == list(result.readings) == ["ince", label]
    z = engine.embeddings_of(recipe.inputs)
    asked = {name.removeprefix("vs_"): value for name, value in dials.items()}
    alone = align(z.z1, z.z2, "ince", **asked)
    torch.testing.assert_close(result.names[label].matrix, alone.matrix)
    assert torch.equal(result.plan.matrix, PlanResult.of(recipe.with_values(vs="none")).plan.matrix)
    assert set(result.convergence_checks()) == {"InfoNCE", result.titles[label]}


def test_no_second_plan_says_which_layout_both_have():
    result = PlanResult.of(Recipe().with_values(n=12, method="simclr", vs="ince"))
    assert result.reference is None and result.shared_layout is None
    recipe = Recipe().with_values(n=12, method="tase", vs="ince")
    result = PlanResult.of(recipe)
    assert result.shared_layout == "cross" and "Set the layout cross" in str(result.reference_problem)
    both = PlanResult.of(recipe.with_values(layout=result.shared_layout))
    assert list(both.names) == ["tase", "ince"] and both.reference_problem is None


def test_readings_agree_with_slow_loops():
    recipe = Recipe().with_values(n=24, eps=0.2)
    plan, batch = plan_of(recipe), engine.batch_of(recipe.data)
    domains = engine.domains_of(recipe.data, recipe.views)
    values = readings(plan, batch.labels, domains)
    p = plan.matrix.cpu().double().numpy()
    n = len(p)
    pairs = [(i, j) for i in range(n) for j in range(n)]
    assert values["loss"] == pytest.approx(-np.mean([np.log(p[i, i]) for i in range(n)]), rel=1e-5)
    assert values["matched_share"] == pytest.approx(sum(p[i, i] for i in range(n)) / p.sum(), rel=1e-5)
    same = sum(p[i, j] for i, j in pairs if i != j and batch.labels[i] == batch.labels[j])
    assert values["false_negative_mass"] == pytest.approx(same / p.sum(), rel=1e-5)
    within = sum(p[i, j] for i, j in pairs if domains[0, i] == domains[1, j])
    assert values["same_domain_mass"] == pytest.approx(within / p.sum(), rel=1e-5)
    assert values["top1_rows"] == pytest.approx(np.mean([p[i].argmax() == i for i in range(n)]))
    assert values["top1_columns"] == pytest.approx(np.mean([p[:, j].argmax() == j for j in range(n)]))
    entropy = [-sum(x * np.log(x) for x in row / row.sum()) for row in p]
    assert values["perplexity"] == pytest.approx(np.mean(np.exp(entropy)), rel=1e-4)
    assert values["row_error"] == pytest.approx(sum(abs(p.sum(1) / p.sum() - 1 / n)) / 2, abs=1e-6)
    assert values["column_error"] == pytest.approx(sum(abs(p.sum(0) / p.sum() - 1 / n)) / 2, abs=1e-6)
    share = np.diag(p) / p.sum(1)
    assert least_matched_pair(plan)[0] == share.argmin()


def test_the_sentence_tells_what_changed():
    recipe = Recipe().with_values(n=32)
    plan = plan_of(recipe)
    ince = engine.plan_of(recipe.inputs, recipe.method.beside)
    moved = moved_mass(plan, ince)
    assert moved == pytest.approx(float((plan.matrix / 32 - ince.matrix / 32).abs().sum() / 2), rel=1e-5)
    named = ((METHODS[name].title, of) for name, of in (("gca-ince", plan), ("ince", ince)))
    sentence = headline(*named)
    assert f"moves {100 * moved:.0f} %" in sentence
    assert METHODS["gca-ince"].title in sentence and METHODS["ince"].title in sentence
    assert column_spread(plan) < 0.01 < column_spread(ince)
    assert "same plan" in headline(("A", plan), ("B", plan))
    assert f"{100 * float(plan.matched_share):.0f} %" in headline(("A", plan))


def test_the_sentence_is_of_classes_where_a_partner_is_any_of_its_class():
    recipe = Recipe().with_values(n=40, views="cross-class", encoder="ince-labels")
    result = PlanResult.of(recipe)
    same = torch.from_numpy(result.batch.labels[:, None] == result.batch.labels)
    shares = {name: 100 * float(plan.matrix[same].sum() / plan.mass) for name, plan in result.names.items()}
    after, before = shares["gca-ince"], shares["ince"]
    assert abs(after - before) > 1
    assert result.headline.endswith(f": {after:.0f} % stays within the classes instead of {before:.0f} %")
    alone = PlanResult.of(recipe.with_values(reference="none"))
    assert alone.headline.endswith(f"puts {after:.0f} % of the mass within the classes")


def test_the_sentence_tells_the_largest_change_in_the_right_direction():
    noise = torch.Generator().manual_seed(0)
    z1 = torch.randn(40, 4, generator=noise)
    z2 = z1 + 0.3 * torch.randn(40, 4, generator=noise)
    sharp, soft = align(z1, z2, "ince", epsilon=0.05), align(z1, z2, "ince", epsilon=1.0)
    assert torch.equal(sharp.top1_rows, soft.top1_rows)
    low, high = (f"{100 * float(plan.matched_share):.0f} %" for plan in (soft, sharp))
    assert headline(("A", sharp), ("B", soft)).endswith(f"{high} of the mass is on the pairs instead of {low}")
    assert headline(("A", soft), ("B", sharp)).endswith(f"{low} of the mass is on the pairs instead of {high}")


def test_embedding_tells_its_progress_once_and_never_again_from_the_cache():
    recipe = Recipe().with_values(n=20, seed=12345)
    told = []
    engine.embeddings_of(recipe.inputs, progress=lambda share, what: told.append((share, what)))
    shares = [share for share, _ in told]
    assert shares == sorted(shares) and shares[0] == 0 and shares[-1] == pytest.approx(1)
    assert {what for _, what in told} == {"Making two views of each image", "Embedding both views"}
    engine.embeddings_of(recipe.inputs, progress=lambda *_: pytest.fail("computed again"))


@pytest.fixture
def brought():
    draw = np.random.default_rng(0)
    z1, z2 = draw.normal(size=(2, 20, 6)).astype(np.float32)
    buffer = io.BytesIO()
    np.savez(buffer, z1=z1, z2=z2, labels=np.arange(20) % 3, domains=np.arange(20) % 2)
    dataset, _ = read_embeddings([("mine.npz", buffer.getvalue())])
    name = UPLOADS.keep(dataset)
    yield name, z1, z2
    UPLOADS.forget(name)


def test_brought_embeddings_are_aligned_as_they_are_whatever_views_and_encoder_say(brought):
    name, z1, z2 = brought
    data = DataRecipe(dataset=name, split="all", size=20)
    for views, encoder in ((ViewsRecipe(), EncoderRecipe()), (ViewsRecipe(preset="crop"), EncoderRecipe("random"))):
        plan = engine.plan_of(Inputs(data, views, encoder), MethodRecipe())
        assert torch.allclose(plan.matrix, align(z1, z2, "gca-ince", epsilon=MethodRecipe().epsilon).matrix)
        first, second = engine.pictures_of(data, views)
        assert np.array_equal(first, second)


def test_what_a_user_brought_leaves_nothing_in_the_cache_on_disk(brought):
    name, *_ = brought
    cache = EmbeddingCache()
    cache.clear()
    engine.embeddings_of(Inputs(DataRecipe(dataset=name, split="all", size=7)))
    assert cache.size == 0


def test_copied_python_of_brought_embeddings_gives_the_plan_on_the_page(brought, tmp_path, monkeypatch):
    name, z1, z2 = brought
    np.savez(tmp_path / "mine.npz", z1=z1, z2=z2, labels=np.arange(20) % 3, domains=np.arange(20) % 2)
    monkeypatch.chdir(tmp_path)
    recipe = Recipe().with_values(data=name, split="all", n=11, seed=2, target="domain", alpha=0.3)
    namespace: dict = {}
    exec(python_code(recipe), namespace)
    shown = engine.plan_of(recipe.inputs, recipe.method)
    assert torch.allclose(namespace["plan"].matrix, shown.matrix)
    assert torch.allclose(namespace["plan"].target, shown.target)


def test_copied_python_of_a_brought_encoder_has_the_preprocessing_given_with_it(tmp_path, monkeypatch):
    shutil.copy(MODELS / "random.safetensors", tmp_path / "mine.safetensors")
    given = {"mean": (0.3, 0.4, 0.5), "std": (0.2, 0.2, 0.3), "input_size": 24}
    name = uploads.keep(tmp_path / "mine.safetensors", "mine.safetensors", **given)
    recipe = Recipe().with_values(encoder=name, n=12, output="backbone")
    monkeypatch.chdir(tmp_path)
    namespace: dict = {}
    exec(python_code(recipe), namespace)
    assert namespace["encoder"].mean == given["mean"] and namespace["encoder"].input_size == 24
    assert torch.allclose(namespace["plan"].matrix, plan_of(recipe).matrix.cpu(), rtol=1e-3, atol=1e-5)
    uploads.forget(name)


def test_numbers_of_pairs_are_left_out_where_the_target_closes_them():
    recipe = Recipe().with_values(n=24, target="relation", views="strong-weak")
    result = PlanResult.of(recipe)
    for numbers in result.readings.values():
        assert "loss" in numbers and not {"matched_share", "top1_rows", "top1_columns"} & set(numbers)
        assert all(np.isfinite(value) for value in numbers.values())
    assert "nan" not in result.headline and "nan" not in headline(("A", result.plan))
    row, column = least_matched_pair(result.plan)
    assert column != int(result.plan.pairing.partner[row]) and column == int(result.plan.target[row].argmax())
    titles = [kind.title for kind in notable_pairs(result.plan, result.batch.labels)]
    assert "Weakest pairs" not in titles and "Wrong matches" in titles
    table = sweep_recipe(recipe, {"eps": (0.05, 0.1)}, ["loss", "matched_share", "class_vote"])
    assert table.mean("loss")[1] == pytest.approx(float(result.plan.loss), rel=1e-5)
    assert np.isnan(table.mean("matched_share")).all() and np.isfinite(table.mean("class_vote")).all()
    assert NO_PAIRS in missing("matched_share") and "two classes" in missing("compactness")
