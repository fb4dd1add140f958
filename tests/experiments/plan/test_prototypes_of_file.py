"""Columns that are the prototypes which an encoder's file brings."""

import pytest
import torch
from torch.nn.functional import normalize

from gca_viz.encoders import brings_prototypes, uploads
from gca_viz.errors import InputError
from gca_viz.experiments.effects.axes import AXES
from gca_viz.experiments.effects.more_columns import columns_caption, more_columns
from gca_viz.experiments.plan import columns, engine
from gca_viz.experiments.plan.code import python_code
from gca_viz.experiments.recipe.consistency import consistent
from gca_viz.experiments.recipe.recipe import Recipe
from tests.encoders.checkpoints.test_layouts import LAYOUTS
from tests.encoders.checkpoints.trainers import resnet18


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Where a file lies with 30 prototypes of 12 numbers."""
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("swav")
    torch.save(LAYOUTS["SwAV"][0](resnet18(width=4), None), path / "swav.pt")
    return path


@pytest.fixture(scope="module")
def recipe(folder):
    name = uploads.keep(folder / "swav.pt")
    own = Recipe().with_values(data="emoji", n=8, method="swav", vs="none", queue=8, encoder=name)
    return own.with_values(prototypes_from="file")


def test_the_files_prototypes_are_the_columns_by_every_door(recipe, folder, monkeypatch):
    stored = torch.load(folder / "swav.pt", weights_only=True)["state_dict"]["module.prototypes.weight"]
    pair, plan = engine.embeddings_of(recipe.inputs), engine.plan_of(recipe.inputs, recipe.method)
    assert torch.allclose(plan.problem.cost, 1 - normalize(pair.z1) @ normalize(stored).T, atol=1e-5)
    assert Recipe.from_query(recipe.to_query()) == (recipe, []) and consistent(recipe) == (recipe, [])
    assert Recipe.from_json(recipe.to_json()) == (recipe, [])
    # How many centres there would be plays no part, and cannot be swept.
    other = recipe.with_values(prototypes=3)
    assert other.method.alone == recipe.method.alone
    assert "Choose “centres”" in AXES["prototypes"].missing(other)
    found = more_columns(recipe)
    assert found.prototypes.codes.shape == (8, 30) and "as they were learnt" in columns_caption(found)
    monkeypatch.chdir(folder)
    names: dict[str, object] = {}
    exec(python_code(recipe), names)
    assert torch.allclose(names["plan"].matrix, plan.matrix, atol=1e-6)


def test_centres_are_what_they_were(recipe):
    own = recipe.with_values(prototypes_from="centres", prototypes=3)
    assert engine.plan_of(own.inputs, own.method).problem.shape == (8, 3)
    assert "prototypes_from" not in own.to_query() and AXES["prototypes"].missing(own) == ""


def test_what_does_not_go_is_told_and_the_remedy_works(recipe, monkeypatch):
    with pytest.raises(InputError, match="Use output='projector'"):
        engine.prototypes_of(recipe.with_values(output="backbone").inputs, recipe.method)
    monkeypatch.setattr(columns, "MOST_CELLS", 90)
    many = recipe.with_values(seed=1)
    with pytest.raises(InputError, match="a batch of 3 or fewer"):
        engine.prototypes_of(many.inputs, many.method)
    assert len(engine.prototypes_of(many.with_values(n=3).inputs, many.method)) == 30
    # Another encoder brings none: a form or a link gives way, Python says so.
    other = recipe.with_values(encoder="ince")
    assert brings_prototypes(recipe.encoder.name) and not brings_prototypes("ince")
    fitting, notes = consistent(other, recipe)
    assert fitting.method.prototypes_from == "centres" and "centres of the batch" in notes[0]
    with pytest.raises(InputError, match="whose file brings none"):
        engine.plan_of(other.inputs, other.method)
    engine.plan_of(fitting.inputs, fitting.method)
