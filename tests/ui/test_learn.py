"""The page Learn without a browser: texts, what lessons compute, predictions, links, the way to the workbench."""

from __future__ import annotations

import math
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
import torch
from streamlit.testing.v1 import AppTest
from torch.nn import functional as F

from gca_viz import align, forces, transfer
from gca_viz.datasets import pick, supply
from gca_viz.datasets.bundled import things
from gca_viz.errors import InputError
from gca_viz.experiments.effects.noise import corrupt
from gca_viz.experiments.lessons import (
    CROWDS,
    MANY,
    NOISY,
    RUN,
    RUN_IMAGES,
    SMALL,
    STYLES,
    TAIL,
    corrupted_batch,
    lost_by_sample,
    members_of,
    neighbours,
    plan_of,
    plan_on,
    pulls,
    rises,
    twice_as_far,
)
from gca_viz.experiments.plan import engine
from gca_viz.experiments.train.jobs import jobs
from gca_viz.experiments.transfer.groups import sets_of
from gca_viz.settings.parameter import Choice
from gca_viz.transport import ensemble
from gca_viz.ui.elements.toy import FIELDS, SCENES
from gca_viz.ui.elements.toy.scenes import read
from gca_viz.ui.pages.learn import link
from gca_viz.ui.pages.learn.boards import names_of
from gca_viz.ui.pages.learn.figures import loss_by_half_step
from gca_viz.ui.pages.learn.lesson import Settings, decimal, number, percent
from gca_viz.ui.pages.learn.lesson_text import TEXTS, fill, parse
from gca_viz.ui.pages.learn.lessons import train as training_lesson
from gca_viz.ui.pages.learn.registry import LESSONS

APP = Path(__file__).parents[2] / "app.py"
ASKED = {name: lesson for name, lesson in LESSONS.items() if lesson.show}
GOOD = (TEXTS / "02-half-step.md").read_text("utf-8")


def opened(**query: str) -> AppTest:
    test = AppTest.from_file(APP, default_timeout=60)
    for key, value in query.items():
        test.query_params[key] = value
    test.switch_page("gca_viz/ui/pages/learn/learn.py")
    return test.run()


def told(page: AppTest) -> str:
    return " ".join(text.value for kind in (page.title, page.header, page.markdown, page.latex) for text in kind)


def settings_of(lesson) -> list[Settings]:
    """The defaults, and each control at its ends (a choice: at every option), one at a time."""
    found = [Settings(lesson.defaults)]
    for spec in lesson.controls:
        ends = spec.options if isinstance(spec, Choice) else (spec.low, spec.high)
        ends += (math.inf,) if getattr(spec, "infinite", False) else ()
        found += [Settings({**lesson.defaults, spec.name: spec.check(value)}) for value in ends]
    return found


def words(lesson) -> list[str]:
    text = lesson.text
    symbols = [part for symbol in text.symbols for part in (symbol.tex, symbol.now, symbol.meaning)]
    return [text.question, *text.options.values(), text.answer, text.do, text.notice, *text.formula, *symbols]


def test_every_text_belongs_to_a_lesson():
    assert len(ASKED) >= 9
    assert sorted(path.stem.partition("-")[2] for path in TEXTS.glob("*.md")) == sorted(LESSONS)


@pytest.mark.parametrize("name", ASKED)
def test_a_lesson_has_an_answer_and_all_its_numbers_wherever_its_controls_stand(name):
    lesson = ASKED[name]
    for settings in settings_of(lesson):
        shown = lesson.show(settings)
        assert shown.right in lesson.text.options
        for part in words(lesson):
            filled = fill(part, shown.facts)
            assert "[[" not in filled and "nan" not in filled.split()
        for symbol in lesson.text.symbols:
            assert not symbol.cell or symbol.cell in shown.cells
        assert not shown.cells or lesson.board


def test_ten_photographs_meet_drawings_of_the_same_ten_things():
    batch, views = engine.batch_of(SMALL.data), engine.views_of(SMALL.data, SMALL.views)
    dataset = batch.dataset
    assert {dataset.domain_names[k] for k in batch.domains} == {"photo"}
    assert "photo" not in {dataset.domain_names[dataset.domains[k]] for k in views.second_indices}
    assert np.array_equal(dataset.identities[views.second_indices], batch.identities)
    assert np.unique(batch.labels, return_counts=True)[1].tolist() == [2] * 5
    # Blocks are classes: a cell beside the diagonal of its class has more mass than one between classes.
    mass = plan_of(SMALL).at(1).matrix.numpy()
    alike = batch.labels[:, None] == batch.labels[None]
    assert mass[alike & ~np.eye(10, dtype=bool)].mean() > 1.4 * mass[~alike].mean()


def test_lessons_need_no_picture_that_may_be_left_out(monkeypatch):
    monkeypatch.setattr(things, "things_is_whole", lambda: False)
    smaller = things.load_things()
    for recipe in (SMALL, STYLES, TAIL):
        assert pick(smaller, recipe.data.selection).names == engine.batch_of(recipe.data).names
    assert supply(smaller, NOISY.data.selection) >= 2 * NOISY.data.size  # and as many from outside the batch
    together = LESSONS["together"].show(Settings(LESSONS["together"].defaults)).recipe
    assert supply(smaller, together.data.selection) >= together.data.size


def test_a_picked_cell_is_the_cell_of_the_formula():
    shown = LESSONS["cosine"].show(Settings(LESSONS["cosine"].defaults, pick=(3, 7)))
    plan = plan_of(SMALL)
    assert shown.cells["picked"] == (3, 7)
    assert shown.facts["cost"] == number(plan.cost[3, 7], 3)
    assert shown.facts["kernel"] == number(math.exp(-float(plan.cost[3, 7]) / 0.2), 3)
    outside = LESSONS["cosine"].show(Settings(LESSONS["cosine"].defaults, pick=(3, 700)))
    assert outside.cells["picked"] != (3, 700)


def test_twice_the_cost_is_the_square_of_the_kernel():
    plan = plan_of(SMALL)
    row, near, far = twice_as_far(plan)
    cost = plan.cost.double()
    assert float(cost[row, far] / cost[row, near]) == pytest.approx(2, abs=0.1)
    assert LESSONS["cosine"].show(Settings(LESSONS["cosine"].defaults)).right == "square"


def test_half_a_step_is_infonce_and_leaves_the_columns_uneven():
    z = engine.embeddings_of(SMALL.inputs)
    plan = align(z.z1, z.z2, "ince", epsilon=0.1)
    shown = LESSONS["half-step"].show(Settings({"step": "rows"}))
    assert shown.right == "uneven"
    assert shown.facts["hub_mass"] == number(plan.column_mass.max(), 3)
    assert shown.facts["loss_half"] == number(plan.loss, 3)
    later = LESSONS["half-step"].show(Settings({"step": "columns"}, pick=(0, 4)))
    assert later.facts["column_sum"] == "1.00"
    # The two rows that send most to somebody else's drawing send most to their own at the limit.
    limit, (rows, columns) = plan_of(SMALL), names_of(SMALL)
    misled = [k for k, column in enumerate(plan.matrix.argmax(1).tolist()) if column != k]
    assert {rows[k] for k in misled} == {"sheep", "igloo"}
    assert columns[int(plan.column_mass.argmax())] == shown.facts["hub_name"] == "owl"
    assert limit.matrix.argmax(1).tolist() == list(range(10))
    assert (shown.facts["found_half"], shown.facts["found_limit"]) == (percent(0.8), percent(1))


def test_no_temperature_brings_the_igloo_to_its_partner():
    for eps in (0.02, 0.1, 2.0):
        shown = LESSONS["temperature"].show(Settings({"eps": eps}))
        row, nearest = shown.cells["nearest"]
        assert shown.facts["row_name"] == "igloo" and str(row) == shown.facts["row"] and nearest != row
        assert plan_of(SMALL.with_values(method="ince", eps=eps)).matrix[row].argmax() == nearest


def test_the_loss_of_the_batch_falls_though_pairs_lose():
    plan = plan_of(SMALL.with_values(iterations=10))
    lost = int(lost_by_sample(plan, plan.last_step).sum())
    hard = LESSONS["only-down"].show(Settings({"strict": math.inf}))
    soft = LESSONS["only-down"].show(Settings({"strict": 0.2}))
    assert hard.facts["rises"] == "0" and hard.facts["lost"] == str(lost) and lost > 0
    loose = plan_of(SMALL.with_values(iterations=10, method="gca-uot", lambda1=0.2, lambda2=0.2))
    assert int(soft.facts["rises"]) == rises(loose.trace.kl[1:]) > 0
    assert "does not hold" in soft.facts["holds"]
    # The chart says whose loss rose: the owl lends its drawing less mass than after half a step.
    steps = np.stack([-plan.at(t).log_matrix.diagonal().numpy() for t in range(1, plan.last_step + 1)])
    names = engine.batch_of(SMALL.data).names
    chart = loss_by_half_step(steps.mean(1), steps, steps[-1] > steps[0] + 1e-6, names)
    named = [note.text for note in chart.layout.annotations]
    assert len(named) == lost and hard.facts["name"] == "owl" and "owl" in named
    assert rises(torch.tensor([3.0, 2.0, 2.5, 2.5, 1.0])) == 1


def test_pull_and_push_balance_where_rows_sum_to_one():
    values = LESSONS["force"].defaults
    assert LESSONS["force"].show(Settings(values)).right == "equal"
    byol = LESSONS["force"].show(Settings(values | {"method": "byol"}))
    assert byol.right == "less" and byol.facts["agree"] == "differ"
    plan = plan_of(SMALL.with_values(method="ince"))
    assert torch.allclose(plan.force, forces(plan).pairs, atol=1e-4)


def test_infonce_pushes_a_thing_hardest_from_another_of_its_class():
    shown, labels = LESSONS["force"].show(Settings(LESSONS["force"].defaults)), engine.batch_of(SMALL.data).labels
    row, hardest = shown.cells["hardest"]
    assert row != hardest and labels[row] == labels[hardest] and shown.facts["kin"] == "its own"
    assert plan_of(SMALL.with_values(method="ince")).force[row].argmin() == hardest


def test_the_target_turns_a_push_between_things_of_one_style_into_a_pull():
    batch, told = engine.batch_of(STYLES.data), {}
    for target in LESSONS["target"].controls[0].options:
        shown = LESSONS["target"].show(Settings({"target": target}))
        first, second = shown.cells["couple"]
        assert batch.domains[first] == batch.domains[second] and batch.labels[first] != batch.labels[second]
        before, after = (float(shown.facts[when].replace("−", "-")) for when in ("before", "after"))
        assert before < 0 < after and shown.right == "pull"
        told[target] = (shown.facts["asked"], shown.facts["pair_share"])
    # Four things in three styles, two of them birds.
    assert told == {
        "pair": ("0", percent(1)),
        "class": ("3.5", percent((6 / 6 + 6 / 3) / 12)),
        "style": ("3", percent(0.7)),
        "other-style": ("8", percent(0.7)),
    }


def test_unbalanced_rows_of_corrupted_pairs_send_less():
    corrupted = corrupted_batch(NOISY)
    plan = align(corrupted.embeddings.z1, corrupted.embeddings.z2, "gca-uot", epsilon=0.1, lambda1=0.2, lambda2=0.2)
    mass = plan.row_mass.numpy()
    shown = LESSONS["letting-go"].show(Settings(LESSONS["letting-go"].defaults))
    assert shown.right == "bad"
    assert shown.facts["bad_loose"] == decimal(mass[corrupted.mask].mean())
    assert shown.facts["good_loose"] == decimal(mass[~corrupted.mask].mean())


def test_what_changes_an_embedding_most_is_found_best():
    found = {}
    for bad in ("erase", "crop", "brightness", "swap", "outside"):
        recipe = NOISY.with_values(bad=bad, lambda1=0.2, lambda2=0.2)
        corrupted = corrupted_batch(recipe)
        mass, mask = plan_on(corrupted.embeddings, recipe).row_mass.numpy(), corrupted.mask
        found[bad] = float((mass[mask][:, None] < mass[~mask][None]).mean())
        shown = LESSONS["letting-go"].show(Settings({"strict": 0.2, "bad": bad}))
        assert shown.facts["auc"] == percent(found[bad])
        assert shown.right == ("bad" if found[bad] > 0.9 else "same")
    assert min(found["erase"], found["crop"], found["outside"]) > 0.9
    assert found["swap"] < found["brightness"] < 0.8


def test_a_small_q_pulls_wrong_pairs_hardest_and_a_large_one_hardly():
    recipe = NOISY.with_values(bad="swap")
    soft, hard = pulls(recipe, 0.01), pulls(recipe, 1.0)
    assert soft.ratio > 1.5 and hard.ratio < 0.1
    assert soft.wrong.sum() == 6
    # The formula on the lesson's page, with s = −C/ε.
    z = corrupt(recipe.inputs, "swap", 0.25).embeddings
    score = (F.normalize(z.z1, dim=1) @ F.normalize(z.z2, dim=1).T - 1).double().numpy() / 0.1
    pair, sums = np.exp(score.diagonal()), np.exp(score).sum(1)
    for q, found in ((0.01, soft), (1.0, hard)):
        pull = pair**q - 0.01**q * sums ** (q - 1) * pair
        assert found.pull == pytest.approx(pull / pull.mean(), rel=1e-3, abs=1e-6)


def test_the_checkpoint_lesson_counts_neighbours_of_the_same_class():
    found = neighbours(MANY.with_values(encoder="things-ince"))
    z = engine.embeddings_of(MANY.with_values(encoder="things-ince").inputs).z1
    labels = engine.batch_of(MANY.data).labels
    hits = 0
    for row in range(len(z)):
        cosine = torch.nn.functional.cosine_similarity(z[row][None], z)
        cosine[row] = -2
        hits += labels[int(cosine.argmax())] == labels[row]
    assert found.first == pytest.approx(hits / len(z))
    assert LESSONS["checkpoint"].show(Settings(LESSONS["checkpoint"].defaults)).facts["first_trained"] == percent(
        found.first
    )


def test_what_was_matched_in_training_decides_who_is_near():
    lesson = LESSONS["checkpoint"]
    shown = {name: lesson.show(Settings({"encoder": name, "image": 136})) for name in lesson.controls[0].options}
    facts = ("first", "style", "style_chance", "hits", "chance")
    share = {name: {key: float(one.facts[key].split()[0]) for key in facts} for name, one in shown.items()}
    # A penguin stands among birds, however they are drawn; by random weights among what stands on grass, too.
    assert [share[name]["hits"] for name in ("random", "things-cross-ince")] == [0, 8]
    assert share["random"]["first"] > 2 * share["random"]["chance"] and shown["random"].right == "between"
    assert share["random"]["first"] < share["things-random"]["first"] < share["things-ince"]["first"]
    # Two views of one image keep the style, the same class in another style does not.
    views, classes = share["things-ince"], share["things-cross-ince"]
    assert views["style"] > 1.8 * views["style_chance"] and classes["style"] < 1.4 * classes["style_chance"]


def test_a_link_to_a_checkpoint_of_before_still_means_it():
    page = opened(lesson="checkpoint", encoder="ince-cross-style", image="3")
    assert not page.exception and not page.warning
    assert page.query_params["encoder"] == "ince-cross-style" and page.query_params["image"] == "3"
    shown = LESSONS["checkpoint"].show(Settings({"encoder": "ince-cross-style", "image": 3}))
    assert shown.facts["first"] == percent(neighbours(MANY.with_values(encoder="ince-cross-style")).first)
    assert shown.recipe.encoder.name == "ince-cross-style"


@pytest.mark.parametrize("name", ASKED)
def test_the_answer_comes_after_a_prediction(name):
    page = opened(lesson=name)
    assert not page.exception
    lesson, answer = ASKED[name], page.button(key="learn-answer")
    assert answer.disabled and "Notice" not in told(page)
    right = lesson.show(Settings(lesson.defaults)).right
    page.radio(key=f"learn-{name}-prediction").set_value(right).run()
    page.button(key="learn-answer").click().run()
    assert not page.exception
    assert "As you predicted" in told(page) and "Notice" in told(page)
    wrong = next(option for option in lesson.text.options if option != right)
    page.radio(key=f"learn-{name}-prediction").set_value(wrong).run()
    assert "Not what you predicted" in told(page)


def test_lessons_are_walked_keep_their_settings_and_count():
    page = opened(lesson="temperature", eps="0.5")
    assert page.query_params["eps"] == "0.5"
    page.button(key="learn-next").click().run()
    assert page.query_params["lesson"] == "force" and "eps" not in page.query_params
    page.button(key="learn-previous").click().run()
    assert page.query_params["eps"] == "0.5"
    page.radio(key="learn-temperature-prediction").set_value("half").run()
    page.button(key="learn-answer").click().run()
    assert f"1 of {len(ASKED)} answered" in " ".join(text.value for text in page.caption)
    page.button(key="learn-go-cosine").click().run()
    assert page.query_params["lesson"] == "cosine"


def test_a_link_that_makes_no_sense_is_a_sentence_and_a_lesson():
    page = opened(lesson="temprature")
    assert not page.exception
    assert "no lesson" in page.warning[0].value
    page = opened(lesson="temperature", eps="-3")
    assert "eps = '-3'" in page.warning[0].value.replace("\\", "")
    values, extra, problems = link.read(LESSONS["toy"], {"scene": "prior", "n": "12", "alpha": "nan"})
    assert (values["scene"], extra) == ("prior", {"n": 12}) and len(problems) == 1


def test_the_workbench_opens_with_the_lessons_recipe():
    page = opened(lesson="temperature", eps="0.5")
    page.button(key="learn-workbench").click().run()
    assert not page.exception
    assert page.select_slider(key="recipe-eps").value == 0.5
    assert page.selectbox(key="recipe-method").value == "ince"
    assert page.query_params["data"] == "things" and "lesson" not in page.query_params
    assert page.query_params["images"] == ",".join(map(str, SMALL.data.indices))
    page = opened(lesson="letting-go", strict="0.5")
    page.button(key="learn-workbench").click().run()
    assert not page.exception
    assert page.query_params["effect"] == "Noise lab" and page.query_params["lambda1"] == "0.5"


@pytest.mark.parametrize(
    ("broken", "sentence"),
    [
        (GOOD.removeprefix("---\n"), "begins with a line '---'"),
        (GOOD.replace("title: ", "title "), "'key: value'"),
        (GOOD.replace("idea: ", "ide: "), "its head says idea"),
        (GOOD.replace("## Notice", "## Notes"), "it has a part '## Notice'"),
        (GOOD.replace("- uneven:", "* uneven:").replace("- less:", "* less:"), "at least two lines"),
        (GOOD.replace("| picked |", "|"), "symbol, now, cell and meaning"),
    ],
)
def test_a_text_with_a_mistake_says_what_is_missing(broken, sentence):
    with pytest.raises(InputError, match="02-half-step.md") as error:
        parse(broken, "02-half-step.md")
    assert sentence in str(error.value)


def test_a_number_that_no_lesson_computes_is_named():
    with pytest.raises(InputError, match=r"\[\[los\]\]"):
        fill("The loss is [[los]].", {"loss": "1"})


def test_scenes_set_fields_within_bounds():
    assert {"spread", "collapse", "crowd", "outlier", "prior", "sphere"} <= set(SCENES)
    for scene in SCENES.values():
        assert set(scene.settings) == set(FIELDS)
    text = "---\ntitle: Mine\nmethod: ince\nn: {n}\n---\n## Expect\nWhat?\n## Notice\n[[n]] points.\n"
    assert read(text.format(n=5), "09-mine").settings["n"] == 5
    with pytest.raises(InputError, match="n = '500'"):
        read(text.format(n=500), "09-mine")
    with pytest.raises(InputError, match="epslion"):
        read(text.replace("n: {n}", "epslion: 1"), "09-mine")


@pytest.mark.parametrize(
    ("value", "text"), [(0.123, "0.12"), (-1.5, "−1.5"), (12.34, "12"), (0, "0.0"), (4.2e-7, "4.2·10⁻⁷")]
)
def test_numbers_in_sentences(value, text):
    assert number(value) == text


def test_each_step_down_the_ladder_lowers_the_loss_and_only_nothing_pushes_nobody():
    shown = LESSONS["unit"].show(Settings(LESSONS["unit"].defaults))
    plans = {
        hold: plan_of(SMALL.with_values(method="ince", vs="none", hold=hold)) for hold in ("total", "rows", "both")
    }
    losses = [float(plan.loss) for plan in plans.values()]
    assert shown.right == "falls" and losses == sorted(losses, reverse=True)
    rows, _ = names_of(SMALL)
    assert shown.facts["most_name"] == rows[int(plans["total"].row_mass.argmax())]
    pushes = {hold: LESSONS["unit"].show(Settings({"hold": hold})).facts["push"] for hold in ("nothing", "rows")}
    assert float(pushes["nothing"]) == 0 < float(pushes["rows"])


def test_a_far_stranger_is_pushed_alike_less_or_pulled_by_the_slope_of_the_kernel():
    right = {}
    for kernel in LESSONS["slope"].controls[0].options:
        shown = LESSONS["slope"].show(Settings({"kernel": kernel}))
        right[kernel] = shown.right
        if kernel == "simo":
            assert shown.facts["pulled"] == shown.facts["beyond"] != "0"
        else:
            assert shown.facts["pulled"] == "0"
    assert right == {"gibbs": "equal", "student": "less", "simo": "other"}


def test_a_cold_plan_is_too_sure_and_that_of_training_not_sure_enough():
    lesson = LESSONS["sure"]
    cold, trained = (lesson.show(Settings(lesson.defaults | {"eps": eps})) for eps in (0.02, 0.2))
    assert (cold.right, trained.right) == ("fewer", "more")
    best = float(cold.facts["best_ince"])
    assert 0.02 < best < 0.2
    at_best = lesson.show(Settings(lesson.defaults | {"eps": best}))
    assert float(at_best.facts["error"]) < min(float(cold.facts["error"]), float(trained.facts["error"]))
    assert float(cold.facts["best_gca_ince"]) < best


def test_a_relation_leaves_the_pair_alone_and_is_view_2_s_own():
    shown = LESSONS["relation"].show(Settings(LESSONS["relation"].defaults))
    assert shown.right == "nothing"
    z = engine.embeddings_of(SMALL.inputs)
    turn = torch.linalg.qr(torch.randn(z.z1.shape[1], z.z1.shape[1], generator=torch.Generator().manual_seed(0)))[0]
    still, turned = (align(one, z.z2, "ince", target="relation") for one in (z.z1, z.z1 @ turn))
    assert torch.allclose(still.target, turned.target) and not torch.allclose(still.matrix, turned.matrix, atol=0.1)


def test_weights_cost_the_large_classes_where_columns_are_held_and_nobody_where_they_are_not():
    z, labels = engine.embeddings_of(TAIL.inputs), engine.batch_of(TAIL.data).labels
    sizes = np.bincount(labels)[labels]
    large, weights = sizes > 5, torch.from_numpy(1 / sizes * len(sizes) / (1 / sizes).sum())
    lesson, own = LESSONS["marginals"], torch.arange(len(labels))
    for method, right in (("ince", "same"), ("gca-ince", "fewer")):
        shown = lesson.show(Settings({"weight": 1.0, "method": method}))
        assert shown.right == right
        plans = (
            align(z.z1, z.z2, method, epsilon=0.2),
            align(z.z1, z.z2, method, epsilon=0.2, mu=weights, nu=weights),
        )
        even, full = ((plan.matrix.argmax(1) == own).numpy() for plan in plans)
        assert [shown.facts[name] for name in ("head_even", "head_full", "tail_even", "tail_full")] == [
            str(int(hit[which].sum())) for which in (large, ~large) for hit in (even, full)
        ]
        assert (shown.facts["head"], shown.facts["tail"]) == (shown.facts["head_full"], shown.facts["tail_full"])
        assert shown.facts["lost"] == str(int((even & ~full).sum()))
    assert int(shown.facts["to_small"]) == int(shown.facts["lost"]) > 0


def test_a_plan_between_two_crowds_beats_the_neighbour_only_where_they_show_the_same():
    lesson = LESSONS["crowds"]
    same, other = (lesson.show(Settings({"things": things})) for things in ("same", "other"))
    assert (same.right, other.right) == ("more", "alike")
    sets = sets_of(CROWDS)
    a, b = (engine.embeddings_of(group.inputs(CROWDS)).z1 for group in (sets.source, sets.receiver))
    lent, truth = sets.source.batch.labels, sets.receiver.batch.labels
    shares = transfer(a, b, torch.from_numpy(lent), 0.02)
    assert same.facts["sinkhorn"] == percent((np.unique(lent)[shares.argmax(1)] == truth).mean())
    nearest = (F.normalize(a, dim=1) @ F.normalize(b, dim=1).T).argmax(0).numpy()
    assert same.facts["other"] == percent((lent[nearest] == truth).mean())
    asked = np.bincount(nearest, minlength=len(lent))
    assert (same.facts["times"], same.facts["unasked"]) == (str(asked.max()), str((asked == 0).sum()))
    assert int(same.facts["times_plan"]) < int(same.facts["times"])
    assert int(same.facts["unasked_plan"]) < int(same.facts["unasked"])


def test_a_mean_is_less_sure_which_helps_two_cold_plans_and_harms_calibrated_ones():
    lesson = LESSONS["averaging"]
    shown = {
        (pairs, eps): lesson.show(Settings({"pairs": pairs, "eps": eps}))
        for pairs, eps in ((8, 0.05), (2, 0.02), (1, 0.05))
    }
    assert [of.right for of in shown.values()] == ["rises", "falls", "stays"]
    recipe = RUN_IMAGES.with_values(encoder=RUN, method="ince", eps=0.05)
    whole = ensemble([plan_of(recipe.with_values(viewseed=recipe.views.seed + pair)) for pair in range(8)])
    assert shown[8, 0.05].facts["error_all"] == number(whole.calibration.ece)
    assert shown[8, 0.05].facts["right_all"] == percent(whole.calibration.hit.mean())
    for of in shown.values():
        sure, parts = (float(of.facts[name].split()[0]) for name in ("sure_all", "sure_parts"))
        assert sure <= parts
        assert float(of.facts["brier_all"]) <= float(of.facts["brier_parts"])


def test_encoders_that_err_differently_gain_together_and_those_alike_do_not():
    lesson = LESSONS["together"]
    alike, different = (lesson.show(Settings({"four": four})) for four in ("alike", "different"))
    assert (alike.right, different.right) == ("same", "more")
    assert float(alike.facts["alike"]) > 0.95 and float(different.facts["alike"]) < 0.6
    assert int(alike.facts["split"]) < 10 < int(different.facts["split"])
    recipe = different.recipe
    found, names = members_of(recipe), (recipe.encoder.name, *recipe.compare.encoders)
    # The same images decide as on the page Compare, where both views of an image are one here.
    assert found.right.mean(1) == pytest.approx([of.value for of in found.gain.alone.values()])
    assert found.together.mean() == pytest.approx(found.gain.together.value)
    z = [
        F.normalize(engine.embeddings_of(recipe.with_values(encoder=name).inputs).z1.double(), dim=1)
        for name in names
    ]
    grams = [(of - of.mean(0)) @ (of - of.mean(0)).T for of in z]
    cka = [float((a * b).sum() / (a.norm() * b.norm())) for a, b in combinations(grams, 2)]
    assert found.alike == pytest.approx(np.mean(cka), abs=1e-4)


def test_the_training_of_a_class_says_who_collapsed():
    lesson = LESSONS["train"]
    for part in words(lesson):
        assert "[[" not in fill(part, training_lesson.shown_of({"ince": [], "attraction": []}).facts)
    start = {"epoch": 0, "uniformity": -2.5, "alignment": 1.0, "matched_share": 0.05}
    spread, drawn = (start | {"epoch": 3, "uniformity": value} for value in (-2.4, -0.3))
    shown = training_lesson.shown_of({"ince": [start, spread], "attraction": [start, drawn]})
    assert (shown.right, shown.facts["uniformity_attraction"], shown.facts["epoch"]) == ("attraction", "−0.30", "3")
    assert training_lesson.shown_of({"ince": [start, drawn], "attraction": [start, drawn]}).right == "both"
    assert {shown.right, "neither", "ince", "both"} == set(lesson.text.options)


def test_a_lesson_that_trains_asks_first_and_answers_when_the_training_has_ended(monkeypatch, tmp_path):
    monkeypatch.setenv("GCA_VIZ_TRAININGS", str(tmp_path))
    monkeypatch.setenv("GCA_VIZ_TRAINING", "1")
    for name in ("advance", "keep_ready"):
        monkeypatch.setattr(jobs, name, lambda *of: None)  # no process
    page = AppTest.from_file(APP, default_timeout=120)
    page.query_params["lesson"] = "train"
    page.switch_page("gca_viz/ui/pages/learn/learn.py").run()
    page.radio[0].set_value("attraction").run()
    assert not page.exception and page.button(key="learn-answer").disabled
    page.button(key="learn-train-start").click().run()
    assert not page.exception and page.button(key="train-stop")
    owner = page.query_params["trainings"]
    (training,) = jobs.trainings_of(owner[0] if isinstance(owner, list) else owner)
    assert len(training.states) == 2 and page.button(key="learn-answer").disabled
