import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gca_viz.errors import InputError
from gca_viz.experiments.recipe import versions as recipe_versions
from gca_viz.experiments.recipe.recipe import Recipe
from gca_viz.settings.parameter import Choice, Parameter


def values_of(key):
    spec = Recipe.spec(key)
    if isinstance(spec, Choice):
        return st.sampled_from(spec.options)
    if isinstance(spec, Parameter):
        if spec.integer:
            numbers = st.integers(int(spec.minimum), int(min(spec.maximum, 10_000)))
        else:
            numbers = st.floats(spec.minimum, min(spec.maximum, 1e6), exclude_min=spec.exclusive_minimum)
        return numbers | st.just(math.inf) if spec.infinite else numbers
    if spec.kind is int:
        return st.lists(st.integers(0, 4000), max_size=5).map(tuple)
    names = st.sampled_from(spec.options) if spec.options else st.sampled_from(["face", "hand_body"])
    return st.lists(names, unique=True, max_size=3).map(tuple)


recipes = st.fixed_dictionaries({key: values_of(key) for key in Recipe.link_names()}).map(
    lambda values: Recipe().with_values(**values)
)


@settings(max_examples=100, deadline=None)
@given(recipes)
def test_a_recipe_survives_link_json_and_hashing(recipe):
    assert Recipe.from_query(recipe.to_query()) == (recipe, [])
    assert Recipe.from_json(recipe.to_json()) == (recipe, [])
    assert hash(Recipe.from_query(recipe.to_query())[0]) == hash(recipe)


def test_the_default_link_is_empty_and_defaults_are_left_out():
    assert Recipe().to_query() == {}
    assert Recipe().with_values(eps=0.2, method="gca-uot", lambda1=math.inf).to_query() == {
        "eps": "0.2",
        "method": "gca-uot",
        "lambda1": "inf",
    }


def test_nonsense_in_a_link_keeps_the_default_and_is_told_one_by_one():
    recipe, problems = Recipe.from_query(
        {"eps": "-1", "method": "gca-inse", "n": "many", "show": "plan,pie", "seed": "7", "utm_source": "x"}
    )
    assert recipe == Recipe().with_values(seed=7)
    text = " ".join(str(problem) for problem in problems)
    assert len(problems) == 4
    for fragment in ("epsilon = '-1'", "Did you mean 'gca-ince'?", "batch_size = 'many'", "panels = 'plan,pie'"):
        assert fragment in text


def test_an_unknown_field_and_a_strange_file_are_refused():
    with pytest.raises(InputError, match="'temperature'"):
        Recipe().with_values(temperature=1)
    for text in ("no json", "[]", json.dumps({"version": 99}), "{}"):
        with pytest.raises(InputError, match="recipe"):
            Recipe.from_json(text)


def test_links_name_every_field_once():
    assert len(set(Recipe.link_names())) == len(Recipe.link_names())
    assert Recipe.spec("eps").symbol == "ε"


def test_what_version_0_named_as_python_does_is_read_from_link_and_file():
    old = {"version": "0", "epsilon": "0.2", "size": "64", "dataset": "digits", "reference": "none", "seed": "5"}
    recipe = Recipe().with_values(eps=0.2, n=64, data="digits", vs="none", seed=5)
    assert Recipe.from_query(old) == (recipe, [])
    assert Recipe.from_json(json.dumps(old)) == (recipe, [])
    assert "version" not in recipe.to_query() and json.loads(recipe.to_json())["version"] == recipe_versions.VERSION


def test_a_version_of_the_future_is_told_and_a_link_is_read_as_far_as_it_goes():
    recipe, problems = Recipe.from_query({"version": "7", "eps": "0.2"})
    assert recipe == Recipe().with_values(eps=0.2)
    assert len(problems) == 1 and "version 7" in str(problems[0]) and "versions 0 to 3" in str(problems[0])
    for version in ("7", "-1", "old", ""):
        with pytest.raises(InputError, match="versions 0 to 3"):
            Recipe.from_json(json.dumps({"version": version}))


def test_every_version_leads_to_the_next_and_a_new_one_marks_its_links(monkeypatch):
    assert set(recipe_versions.MIGRATIONS) == set(range(recipe_versions.VERSION))
    # As a version 4 would be made, in which ε is written as its inverse.
    step = {3: lambda values: {k: str(1 / float(v)) if k == "eps" else v for k, v in values.items()}}
    monkeypatch.setattr(recipe_versions, "MIGRATIONS", recipe_versions.MIGRATIONS | step)
    monkeypatch.setattr(recipe_versions, "VERSION", 4)
    recipe = Recipe().with_values(eps=0.5)
    for old in ({"eps": "2"}, {"version": "1", "eps": "2"}, {"version": "0", "epsilon": "2"}):
        assert Recipe.from_query(old) == (recipe, [])
    assert recipe.to_query() == {"eps": "0.5", "version": "4"} and Recipe().to_query() == {}
    assert Recipe.from_query(recipe.to_query()) == (recipe, [])
    assert Recipe.from_json(recipe.to_json()) == (recipe, [])


def test_a_link_of_an_alike_version_means_the_same_whichever_of_them_it_is_read_as():
    """So that links of today need not say which version they are."""
    assert recipe_versions.VERSION in recipe_versions.ALIKE and recipe_versions.UNMARKED in recipe_versions.ALIKE
    everything = {key: str(Recipe().get(key)) for key in Recipe.link_names()}
    for key in Recipe.link_names():
        for option in getattr(Recipe.spec(key), "options", ()):
            link = everything | {key: option}
            for version in recipe_versions.ALIKE:
                assert recipe_versions.current(link | {"version": str(version)}) == link


@pytest.mark.parametrize(
    ("key", "before", "today"),
    [
        ("by", "balanced", "stratified"),
        ("by", "identity", "same identity"),
        ("by", "hand", "chosen"),
        ("axis", "bad", "corrupted_share"),
        ("axis2", "bad", "corrupted_share"),
    ],
)
def test_words_of_version_2_are_read_as_those_of_today(key, before, today):
    recipe = Recipe().with_values(**{key: today})
    assert recipe.get(key) == today and Recipe().with_values(**{key: before}) == recipe
    for version in ({}, {"version": "1"}, {"version": "2"}):
        assert Recipe.from_query({key: before} | version) == (recipe, [])
    assert Recipe.from_json(json.dumps({"version": 2, key: before})) == (recipe, [])
    assert Recipe.from_json(recipe.to_json()) == (recipe, [])


OLD = {"target": "relational", "teps": "0.02", "eps": "0.2", "method": "ince"}


@pytest.mark.parametrize("version", [{}, {"version": "1"}])
def test_the_relational_target_of_version_1_is_the_self_sharpened_of_today(version):
    """The golden link, file and command of that version."""
    recipe = Recipe().with_values(target="self-sharpened", teps=0.02, eps=0.2, method="ince")
    assert Recipe.from_query(OLD | version) == (recipe, [])
    assert Recipe.from_json(json.dumps(OLD | {"version": "1"})) == (recipe, [])
    assert recipe.to_query()["target"] == "self-sharpened" and Recipe.from_query(recipe.to_query()) == (recipe, [])


def test_flags_name_what_differs_from_the_default():
    recipe = Recipe().with_values(eps=0.2, lambda1=math.inf, classes=("-x",), show=())
    assert recipe.to_flags() == ("--classes=-x", "--epsilon", "0.2", "--lambda1", "inf", "--panels=")
    assert recipe.to_flags(eps="0.3")[1:3] == ("--epsilon", "0.3") and Recipe().to_flags() == ()
