"""Comparing under a queue: the same further images for every candidate, and what is compared of their plans."""

import numpy as np
import pytest
import torch

import gca_viz
from gca_viz.errors import InputError
from gca_viz.experiments.compare import steps
from gca_viz.experiments.compare.candidates import candidates_of
from gca_viz.experiments.compare.code import compare_code
from gca_viz.experiments.compare.result import compare_recipe
from gca_viz.experiments.plan import engine
from gca_viz.experiments.recipe.recipe import Recipe
from gca_viz.geometry.class_tree import class_shares
from gca_viz.transport import READINGS

RECIPE = Recipe().with_values(data="emoji", n=16, method="moco", queue=8, eps=0.3, encoders=("random",))
ON = {
    "encoders": RECIPE,
    "methods": RECIPE.with_values(
        method="gca-ince", columns="queue", target="domain", against="methods", methods=("moco", "supcon", "swav")
    ),
}


@pytest.mark.parametrize("kind", ON)
def test_copied_python_comes_to_the_numbers_of_the_page(kind):
    found = compare_recipe(ON[kind])
    assert {plan.problem.shape for plan in found.names.values()} == {(16, 24)}
    names: dict[str, object] = {}
    exec(compare_code(found.compared), names)
    theirs = names["found"]
    ours, keys = steps.table_of(found.compared), ["contender", "measure"]
    both = ours.merge(theirs.table, on=keys, suffixes=("", "_theirs"))
    assert len(both) == len(ours) and both.value.to_numpy() == pytest.approx(
        both.value_theirs.to_numpy(), nan_ok=True
    )
    assert steps.rules_of(found.compared).accuracy.tolist() == theirs.rules.accuracy.tolist()
    assert steps.alike_of(found.compared)["shared_mass"].to_numpy() == pytest.approx(theirs.shared_mass.to_numpy())


def test_the_numbers_are_those_of_the_page_alignment_and_of_a_loop():
    found = compare_recipe(RECIPE).compared
    table = steps.table_of(found).set_index(["contender", "measure"]).value
    for member, candidate in zip(found.members, found.candidates, strict=True):
        inputs = RECIPE.with_values(encoder=candidate.name).inputs
        labels, plan = engine.labels_of(inputs, candidate.method), member.plan
        assert len(labels) == 24
        assert table[member.label, "top1_columns"] == pytest.approx(float(plan.top1_columns))
        known = READINGS["false_negative_mass"].of(plan, labels=labels)
        assert table[member.label, "false_negative_mass"] == pytest.approx(known)
        # A row's class shares: of columns in other parts of the batch, and of the queue, which is in none.
        of = class_shares(plan, labels)
        row, place = 3, plan.pairing.column_sample.numpy()
        sample = of.sample[row]
        part = dict(zip(of.sample, of.part, strict=True))
        mass = np.zeros(len(of.classes))
        for column, stranger in enumerate(place):
            if stranger >= 16 or part[stranger] != part[sample]:
                mass[list(of.classes).index(labels[stranger])] += float(plan.matrix[sample, column])
        assert of.shares[row] == pytest.approx(mass / mass.sum(), abs=1e-6)


def test_what_cannot_be_compared_is_told_and_the_remedy_works():
    for columns, says, changed in (
        (
            {"method": "gca-ince", "columns": "prototypes"},
            "Set the columns to 'views' or 'queue'",
            {"columns": "queue"},
        ),
        ({"method": "swav"}, "e.g. 'ince'", {"method": "ince"}),
    ):
        with pytest.raises(InputError, match=says):
            candidates_of(RECIPE.with_values(**columns))
        candidates_of(RECIPE.with_values(**{**columns, **changed}))
    views = ON["methods"].with_values(columns="auto")
    told = candidates_of(views).notes
    assert any("Set the columns to 'queue' for all" in note for note in told)
    assert "moco" in {member.name for member in candidates_of(views.with_values(columns="queue")).members}
    z = torch.randn(3, 6, 4, generator=torch.Generator().manual_seed(0))
    plain, queued = (gca_viz.align(z[0], z[1], "ince", queue=queue) for queue in (None, z[2]))
    with pytest.raises(InputError, match="6 × 12.*a queue of the same images"):
        gca_viz.compare({"a": (z[0], z[1], plain), "b": (z[0], z[1], queued)})
    with pytest.raises(InputError, match="no partner"):
        gca_viz.compare({"a": (z[0], z[1]), "b": (z[0], z[1])}, method="swav", prototypes=z[2])


def test_each_method_holds_the_same_or_its_own():
    both = Recipe().with_values(n=8, method="ince", hold="total", against="methods", methods=("gca-ince",))
    holds = lambda recipe: [member.method.composition.hold for member in candidates_of(recipe).members]  # noqa: E731
    assert holds(both) == ["total", "total"]
    assert holds(both.with_values(others_hold="own")) == ["total", None]
