"""More than two views of an image in training: the farthest two, means of half, and what cannot be."""

from dataclasses import replace
from itertools import combinations, product

import pytest
import torch
from torch.nn import functional as F

from gca_viz.errors import InputError
from gca_viz.experiments.train import Hardware, TrainingRecipe, cards, train
from gca_viz.experiments.train.cards import command
from gca_viz.experiments.train.data import Pairs, TrainingData
from gca_viz.experiments.train.feature_data import FeatureData, encoder_below
from gca_viz.experiments.train.learner import Learner
from gca_viz.transport import align

CPU = Hardware(accelerator="cpu", precision="32-true")
HEAD = TrainingRecipe(
    data="digits",
    on="random",
    method="ince",
    embedded_views=5,
    epochs=1,
    warmup_epochs=0,
    batch_size=256,
    views_count=4,
    reduce="worst",
)
NETWORK = replace(HEAD, on="none", input_size=8, batch_size=719)
STEP = {"batch_size": 1438}  # all training images: one step, whose loss is that of the networks at the start


@pytest.fixture(autouse=True)
def _unmeasured(monkeypatch):
    monkeypatch.setattr(cards, "_measured", lambda *_: {})


def state_of(run):
    return torch.load(run.folder / "last.pt", weights_only=True)


def weights_of(run):
    return torch.cat([tensor.float().flatten() for tensor in state_of(run)["online"].values()])


def first_step(recipe):
    """The embeddings of every view in the first step, by the network at its start, and what is known of them."""
    torch.manual_seed(recipe.seed)
    learner = Learner.of(recipe)
    data = learner.data("cpu")
    (rows,) = data.epoch(1)
    step = data.step(rows, 1, 0)
    return [z.detach() for z in learner.model(*learner.inputs(step))], step


def farthest(views, pairs):
    """The rows and the columns that lie farthest apart, sample by sample; of equal costs the first pair."""
    unit = [F.normalize(z, dim=1) for z in views]
    chosen = [
        max(pairs, key=lambda pair, i=i: (float(1 - unit[pair[0]][i] @ unit[pair[1]][i]), -pairs.index(pair)))
        for i in range(len(views[0]))
    ]
    return [torch.stack([views[pair[side]][i] for i, pair in enumerate(chosen)]) for side in (0, 1)]


@pytest.mark.parametrize("recipe", [HEAD, NETWORK], ids=["head", "network"])
def test_two_views_are_the_pair_to_the_last_bit_however_they_are_reduced(tmp_path, recipe):
    recipe = replace(recipe, views_count=2, teacher="momentum")
    pair = train(replace(recipe, reduce="pair"), tmp_path / "pair", hardware=CPU)
    for how in ("worst", "mean"):
        assert torch.equal(
            weights_of(train(replace(recipe, reduce=how), tmp_path / how, hardware=CPU)), weights_of(pair)
        )


def test_the_first_two_views_are_the_pair_and_a_further_one_depends_on_its_number_alone():
    for data in (
        *(TrainingData(replace(NETWORK, views_count=m)) for m in (2, 3, 6)),
        *(FeatureData(replace(HEAD, views_count=m), encoder_below(HEAD)) for m in (2, 3, 5)),
    ):
        views = data.step(data.epoch(1)[0][:40], 1, 0).views
        assert len(views) == data.recipe.views_count
        if data.recipe.views_count == 2:
            before = views
        assert all(torch.equal(a, b) for a, b in zip(before, views, strict=False))
        assert all(not torch.equal(a, b) for a, b in combinations(views, 2))
        before = views


def test_a_step_draws_no_view_of_an_image_twice():
    data = FeatureData(HEAD, encoder_below(HEAD))
    drawn = torch.stack(data._drawn(2000, 1, 0))
    assert all((a != b).all() for a, b in combinations(drawn, 2))
    assert torch.bincount(drawn.flatten(), minlength=5).min() > 1000
    every = torch.stack(FeatureData(replace(HEAD, views_count=5), encoder_below(HEAD))._drawn(50, 1, 0))
    assert torch.equal(every.sort(0).values, torch.arange(5)[:, None].expand(5, 50))
    kinds = FeatureData(replace(HEAD, views="strong-weak"), encoder_below(HEAD))._drawn(50, 1, 0)
    assert (kinds[0] != kinds[2]).all() and (kinds[1] != kinds[3]).all()


@pytest.mark.parametrize("views", ["simclr", "strong-weak"])
def test_the_farthest_two_are_trained_and_of_two_kinds_one_of_each(tmp_path, views):
    recipe = replace(HEAD, views=views, **STEP)
    z, _ = first_step(recipe)
    pairs = list(combinations(range(4), 2)) if views == "simclr" else list(product((0, 2), (1, 3)))
    wanted = align(*farthest(z, pairs), "ince", epsilon=recipe.epsilon).loss
    assert float(train(recipe, tmp_path / "run", hardware=CPU).metrics[0]["loss"]) == pytest.approx(
        float(wanted), rel=1e-5
    )


def test_a_pair_with_a_wrong_partner_is_of_both_images():
    recipe = replace(HEAD, wrong_pairs=0.5)
    assert recipe.two_kinds and not HEAD.two_kinds and replace(HEAD, views="cross-class").two_kinds
    data = FeatureData(recipe, encoder_below(recipe))
    rows = data.epoch(1)[0]
    others, views = data.partners(rows, 1, 0), data.step(rows, 1, 0).views
    for number, view in enumerate(views):
        images = data._place[(rows, others)[number % 2]]
        assert (data._first[:, images] == view).all(2).any(0).all()


def test_a_teachers_columns_are_the_views_that_lie_farthest_for_the_network_that_learns(tmp_path):
    recipe = replace(HEAD, teacher="momentum", momentum=0.5, **STEP)
    z, _ = first_step(recipe)  # of which the teacher is a copy: the same embeddings
    one, two = farthest(z, list(combinations(range(4), 2)))
    losses = [float(align(a, b, "ince", epsilon=recipe.epsilon).loss) for a, b in ((one, two), (two, one))]
    run = train(recipe, tmp_path / "run", hardware=CPU)
    assert float(run.metrics[0]["loss"]) == pytest.approx(sum(losses) / 2, rel=1e-5)


def test_a_posterior_gives_each_row_a_temperature_by_the_spread_of_all_views(tmp_path):
    recipe = replace(HEAD, reduce="posterior", options=(("sample_by", "posterior"), ("gamma", 1)), **STEP)
    z, _ = first_step(recipe)
    unit = F.normalize(torch.stack(z), dim=2)
    rows, columns = unit[:2].mean(0), unit[2:].mean(0)
    known = {"sample_by": "posterior", "gamma": 1, "variance": (1 - unit.mean(0).square().sum(1)).clamp_min(1e-4)}
    wanted = align(rows, columns, "ince", epsilon=recipe.epsilon, **known).loss
    plain = align(rows, columns, "ince", epsilon=recipe.epsilon).loss
    told = float(train(recipe, tmp_path / "run", hardware=CPU).metrics[0]["loss"])
    assert told == pytest.approx(float(wanted), rel=1e-5) and abs(told - float(plain)) > 1e-3


def test_an_encoder_to_stay_away_from_sees_the_same_views(tmp_path):
    plain = train(HEAD, tmp_path / "plain", hardware=CPU)
    away = train(replace(HEAD, away_from="random", away=0), tmp_path / "away", hardware=CPU)
    assert torch.equal(weights_of(plain), weights_of(away))
    assert 0 < float(away.metrics[0]["away_cka"]) <= 1


@pytest.mark.parametrize("changes", [{"method": "byol"}, {"clients": "class", "batch_size": 64, "reduce": "mean"}])
def test_a_stopped_run_ends_with_the_same_bits(tmp_path, changes):
    recipe = replace(HEAD, epochs=2, **changes)
    whole = train(recipe, tmp_path / "whole", hardware=CPU)

    def stop(share, metrics):
        if metrics is not None:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(recipe, tmp_path / "stopped", hardware=CPU, report=stop)
    resumed = train(recipe, tmp_path / "stopped", hardware=CPU, resume=True)
    assert torch.equal(weights_of(resumed), weights_of(whole))


def test_two_processes_see_the_views_of_one():
    data = FeatureData(HEAD, encoder_below(HEAD))
    rows = data.epoch(1)[0]
    whole, halves = data.step(rows, 1, 0), [data.step(rows, 1, 0, rank, 2) for rank in (0, 1)]
    for number, view in enumerate(whole.views):
        assert torch.equal(torch.cat([half.views[number] for half in halves]), view)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"views_count": 1}, "views_count .m. must be a whole number ≥ 2 and ≤ 16"),
        ({"views_count": 17}, "views_count .m. must be a whole number ≥ 2 and ≤ 16"),
        ({"reduce": "best"}, "reduce must be one of pair, worst, mean, posterior"),
        ({"reduce": "pair"}, "Add --reduce worst, or leave --views-count out"),
        ({"views_count": 3, "reduce": "mean"}, "Use 4 views, or 'worst'"),
        ({"views_count": 6}, "Use --embedded-views 6 or more"),
        ({"method": "random"}, "Leave --views-count and --reduce out"),
        ({"views": "image-text", "data": "emoji", "method": "clip", "on": "none"}, "views of images alone"),
    ],
)
def test_what_cannot_be_is_told_before_the_first_step(tmp_path, wrong, message):
    with pytest.raises(InputError, match=message):
        train(replace(HEAD, **wrong), tmp_path / "run", report=lambda *_: pytest.fail("a step was taken"))
    assert not (tmp_path / "run").exists()


def test_card_and_command_say_how_many_and_cards_of_before_mean_the_pair():
    assert command(HEAD, "runs/a").endswith("--views-count 4 --reduce worst")
    assert TrainingRecipe.from_dict(HEAD.to_dict()) == HEAD
    before = {name: value for name, value in HEAD.to_dict().items() if name not in ("views_count", "reduce")}
    assert TrainingRecipe.from_dict(before) == replace(HEAD, views_count=2, reduce="pair")
    assert Pairs(HEAD).epochs == 1
