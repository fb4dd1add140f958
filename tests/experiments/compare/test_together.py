"""What candidates reach together: laws, a slow loop, and what is missing where it has no meaning."""

import numpy as np
import pytest

import gca_viz
from gca_viz.experiments.compare import steps
from gca_viz.experiments.compare.candidates import candidates_of
from gca_viz.experiments.compare.together import ALL, Together, correlation_sentence, together_sentence
from gca_viz.experiments.recipe.recipe import Recipe
from gca_viz.figures.together import gain_scatter
from gca_viz.geometry.probes import probe_hits, probe_shares

N = 40
LABELS = np.arange(N) % 4


def draws_of(seed, noise, blind=()):
    """Two views of four classes on the axes; a blind encoder leaves some of them at 0."""
    draw = np.random.default_rng(seed)
    middle = np.eye(4)[LABELS] * ~np.isin(LABELS, blind)[:, None]
    return tuple(middle + noise * draw.normal(size=(2, N, 4)))


@pytest.fixture(scope="module")
def found():
    half = {"left": draws_of(1, 0.2, (0, 1)), "right": draws_of(2, 0.2, (2, 3))}
    return gca_viz.compare(half | {"same": tuple(2 * z for z in half["left"])}, LABELS, epsilon=0.3)


def test_a_candidate_beside_itself_gains_nothing(found):
    pair = found.together.pairs.query("a == 'left' and b == 'same'").squeeze()
    assert pair.cka == pytest.approx(1) and pair.cka_within == pytest.approx(1)
    assert pair.gain_probe == pair.gain_plan == pair.apart_probe == pair.apart_plan == 0
    assert pair.gain_probe_low == pair.gain_probe_high == 0


def test_two_that_are_blind_to_other_classes_gain(found):
    pair = found.together.pairs.query("a == 'left' and b == 'right'").squeeze()
    assert pair.cka < 0.5 and pair.gain_probe_low > 0.05


def test_the_numbers_are_those_of_a_slow_loop(found):
    members = list(found.entries.values())
    gain = found.together.gains["probe"]
    shares = [probe_shares(member.points, member.points.labels) for member in members]
    right = [
        np.argmax(sum(of[point] for of in shares)) == member_label
        for point, member_label in enumerate(members[0].points.labels)
    ]
    assert gain.together.value == pytest.approx(np.mean(right))
    for member in members:
        own = found.table.query("contender == @member.label")
        assert gain.alone[member.label].value == own.query("measure == 'linear_class'").value.item()
        plan = found.together.gains["plan"].alone[member.label].value
        assert plan == pytest.approx(own.query("measure == 'top1_rows'").value.item())
    mean = sum(member.plan.matrix / member.plan.row_mass[:, None] for member in members)
    assert found.together.gains["plan"].together.value == pytest.approx(
        np.mean([int(row.argmax()) == i for i, row in enumerate(mean)])
    )
    assert gain.gain.value == pytest.approx(gain.together.value - max(of.value for of in gain.alone.values()))
    assert found.together.frame().contender.tolist() == ["left", "right", "same", ALL]


def test_who_is_first_changes_no_number(found):
    turned = gca_viz.compare(
        {label: (*np.split(of.points.z, 2), of.plan) for label, of in reversed(found.entries.items())}, LABELS
    )
    for name, gain in found.together.gains.items():
        assert turned.together.gains[name].together.value == gain.together.value
        assert turned.together.correlation(name, "cka") == pytest.approx(
            found.together.correlation(name, "cka"), nan_ok=True
        )


def test_probabilities_sum_to_one_and_their_largest_is_the_hit(found):
    points = found.entries["left"].points
    shares = probe_shares(points, points.labels)
    assert shares.sum(1) == pytest.approx(1) and shares.shape == (2 * N, 4)
    assert np.array_equal(probe_hits(points, points.labels), shares.argmax(1) == points.labels)


def test_without_classes_or_pairs_only_the_other_is_averaged():
    z = draws_of(1, 0.3), draws_of(2, 0.3)
    both = {"a": z[0], "b": z[1]}
    assert set(gca_viz.compare(both).together.gains) == {"plan"}
    some = np.where(np.arange(N) < 30, LABELS, -1)
    assert set(gca_viz.compare(both, some).together.gains) == {"probe", "plan"}
    relation = gca_viz.compare(both, LABELS, method="ince", target="relation")
    assert set(relation.together.gains) == {"probe"}
    nothing = gca_viz.compare(both, method="ince", target="relation").together
    assert not nothing.gains and together_sentence(nothing) == "" and len(nothing.pairs) == 1


@pytest.mark.parametrize("n", [1, 2])
def test_a_tiny_batch_is_together_too(n):
    z = np.random.default_rng(0).normal(size=(2, 2, n, 3))
    found = gca_viz.compare({"a": tuple(z[0]), "b": tuple(z[1])}, np.arange(n)).together
    assert found.gains["plan"].together.value in (0, 0.5, 1)
    assert np.isnan(found.correlation("plan", "shared_mass"))


def test_the_sentences_carry_the_numbers(found):
    text = together_sentence(found.together)
    gain = found.together.gains["probe"]
    assert f"{100 * gain.together.value:.0f}" in text and gain.best in text and "percentage points" in text
    few = correlation_sentence(found.together, "probe", "cka", "CKA")
    assert few.startswith("3 pairs")
    pairs = found.together.pairs.assign(gain_probe=[0.3, 0.1, 0.2], cka=[0.1, 0.9, 0.5], apart_probe=0.0)
    falling = Together(found.together.gains, pairs)
    assert falling.correlation("probe", "cka") == -1 == falling.correlation("probe", "cka", equal=True)
    assert "the less they gain" in correlation_sentence(falling, "probe", "cka", "CKA")
    assert np.isnan(
        Together(found.together.gains, pairs.assign(apart_probe=1)).correlation("probe", "cka", equal=True)
    )


def test_a_dot_per_pair_stands_at_its_numbers_and_a_and_b_are_ringed(found):
    figure = gain_scatter(
        found.together.pairs, "probe", "cka", title="CKA", what="class", current=("right", "left")
    )
    dots = figure.data[0]
    assert np.allclose(dots.x, found.together.pairs.cka) and np.allclose(
        dots.y, 100 * found.together.pairs.gain_probe
    )
    assert list(dots.customdata[0]) == ["left", "right"] and list(dots.marker.line.width) == [3, 0, 0]


@pytest.mark.parametrize("values", [{}, {"against": "methods", "methods": ("rince", "ince")}])
def test_the_page_has_what_the_public_door_has(values):
    recipe = Recipe().with_values(n=32, encoders=("random", "gca-ince"), **values)
    results = steps.results_of(recipe, candidates_of(recipe))
    ours = steps.together_of(results)
    assert set(ours.gains) == ({"plan"} if values else {"probe", "plan"})
    entries = {member.label: (*np.split(member.points.z, 2), member.plan) for member in results.members}
    theirs = gca_viz.compare(entries, results.members[0].points.labels[:32]).together
    for name, gain in ours.gains.items():
        assert theirs.gains[name].gain.value == pytest.approx(gain.gain.value)
        assert theirs.gains[name].gain.low == pytest.approx(gain.gain.low)
