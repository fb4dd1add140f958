"""The registry: complete, and every description true of what align does."""

from __future__ import annotations

import inspect
import math

import pytest

from gca_viz.errors import InputError
from gca_viz.settings.parameter import Parameter
from gca_viz.transport import METHODS, TARGETS, align, align_streamed, find_method, partial_sweeps
from gca_viz.transport.methods import SETTINGS, settings_of
from gca_viz.transport.options import (
    KERNEL_PARAMETERS,
    OF_PROTOTYPES,
    SAMPLE_BY,
    SAMPLE_NEEDS,
    SAMPLE_PARAMETERS,
    TARGET_NEEDS,
    TARGET_PARAMETERS,
)
from gca_viz.transport.parameters import EPSILON, ITERATIONS, TOLERANCE
from gca_viz.transport.streaming.parameters import MEMORY, OVERVIEW, STREAMABLE, TOP
from tests.transport.batches import asked, views

NAMES = ["simclr", "ince", "clip", "byol", "rince", "gca-ince", "gca-rince", "gca-uot", "iot", "iot-uni"]
NAMES += ["dcl", "hcl", "sparse", "siglip", "t-simclr", "supcon", "simo", "ressl", "fedrcl", "tase", "moco"]
NAMES += ["swav", "dino"]


def test_the_methods():
    assert list(METHODS) == NAMES
    assert all(find_method(name) is METHODS[name] for name in NAMES)


def test_registry_is_read_only():
    with pytest.raises(TypeError):
        METHODS["mine"] = METHODS["ince"]


@pytest.mark.parametrize("method", METHODS.values(), ids=lambda method: method.name)
def test_descriptions(method):
    assert method.title and method.summary.endswith(".") and method.formula
    assert any(year in method.citation for year in ("2016", "2018", "2020", "2021", "2022", "2023", "2024"))
    assert method.target in TARGETS
    for parameter in method.parameters:
        assert parameter.minimum <= parameter.low <= parameter.default <= parameter.high <= parameter.maximum
        assert parameter.check(parameter.default) == parameter.default


@pytest.mark.parametrize("method", METHODS.values(), ids=lambda method: method.name)
def test_constraints_are_those_that_are_solved(method):
    plan = align(*views(4), method.name, **asked(method.name, 4))
    settings = settings_of(method, {})
    solved = tuple((part.problem.lambda1, part.problem.lambda2) for part in plan.parts)
    assert solved == method.penalties(settings)
    assert all(part.divergence == method.make_divergence(settings) for part in plan.parts)
    fixed = [side for pair in method.constraints for side in pair if not isinstance(side, Parameter)]
    assert set(fixed) <= {0.0, math.inf}


@pytest.mark.parametrize("method", METHODS.values(), ids=lambda method: method.name)
def test_each_parameter_changes_the_loss(method):
    """A parameter on a form that does nothing would be a lie."""
    z1, z2 = views(6, seed=1, noise=1.0)
    base = ({"r2": 0.5} if method.name == "gca-uot" else {}) | asked(method.name, 6)
    before = align(z1, z2, method.name, **base).loss
    for parameter in method.parameters:
        value = 1 if parameter.name == "iterations" else (parameter.default + parameter.high) / 2
        after = align(z1, z2, method.name, **base | {parameter.name: value}).loss
        assert abs(float(after - before)) > 1e-6, parameter.name


def test_settings_fill_in_defaults_and_check():
    method = METHODS["gca-uot"]
    assert settings_of(method, {"lambda1": 3})["lambda1"] == 3
    assert settings_of(method, {"lambda1": None})["lambda1"] == method.lambda1.default == 0.2
    with pytest.raises(InputError, match="lambda1 = -1"):
        settings_of(method, {"lambda1": -1})
    with pytest.raises(InputError, match="ince takes epsilon"):
        settings_of(METHODS["ince"], {"lambda2": 1})


def test_robust_methods_are_read_after_a_row_step():
    assert {name for name, method in METHODS.items() if method.read_after == "row"} == {"rince", "gca-rince"}


#: what a door takes that is no number: embeddings, names, arrays, and how it is computed
INPUTS = {"z1", "z2", "method", "layout", "partner", "mu", "nu", "target", "labels", "domains", "progress"}
SAMPLE_NUMBERS = {parameter.name: parameter for own in SAMPLE_PARAMETERS.values() for parameter in own}
TARGET_NUMBERS = {parameter.name: parameter for own in TARGET_PARAMETERS.values() for parameter in own}
IN_STREAMED = {
    name: SETTINGS[name] for name in SETTINGS if any(p.name == name for m in STREAMABLE for p in m.parameters)
}


def keywords(door):
    return {name: keyword.default for name, keyword in inspect.signature(door).parameters.items()}


def defaults(*parameters):
    return {parameter.name: parameter.default for parameter in parameters}


def test_align_takes_what_the_registries_describe_and_nothing_else():
    taken = keywords(align)
    numbers = defaults(EPSILON, ITERATIONS, TOLERANCE) | dict.fromkeys(SETTINGS | TARGET_NUMBERS | SAMPLE_NUMBERS)
    assert {name: taken.pop(name) for name in numbers} == numbers
    dials = {
        "kernel",
        "cost",
        "hold",
        "sample_by",
        "variance",
        *(p.name for own in KERNEL_PARAMETERS.values() for p in own),
    }
    assert all(taken.pop(name) is None for name in dials)  # the method's own
    further = {"paired", "queue", "prototypes", "divergence", "trace", "start", "keep_diagonal"}
    assert taken.keys() == INPUTS | further
    assert taken["method"] in METHODS and set(TARGET_NEEDS.values()) <= taken.keys()


def test_align_streamed_takes_what_its_methods_do():
    taken = keywords(align_streamed)
    numbers = defaults(EPSILON, ITERATIONS, TOLERANCE, OVERVIEW, TOP, MEMORY) | dict.fromkeys(IN_STREAMED)
    assert {name: taken.pop(name) for name in numbers} == numbers
    assert all(taken.pop(name) is None for name in ("kernel", "cost", "hold"))  # the method's own
    assert taken.keys() == INPUTS | {"on", "start", "checkpoint"} and taken["method"] == keywords(align)["method"]


def test_a_sweep_takes_the_numbers_of_every_target():
    taken = keywords(partial_sweeps)
    assert {name: taken[name] for name in TARGET_NUMBERS} == dict.fromkeys(TARGET_NUMBERS)
    numbers = defaults(EPSILON, ITERATIONS, TOLERANCE)
    assert {name: taken[name] for name in numbers} == numbers


@pytest.mark.parametrize("door", [align, align_streamed, partial_sweeps], ids=lambda door: door.__name__)
def test_every_keyword_is_documented(door):
    """Under its name, or where the door says "as in align"."""
    lines = inspect.getdoc(door).split("Args:")[1].split("Raises:")[0].splitlines()
    named = {name for line in lines if ": " in line for name in line.split(": ")[0].replace(",", " ").split()}
    assert keywords(door).keys() <= named


@pytest.mark.parametrize("method", METHODS.values(), ids=lambda method: method.name)
@pytest.mark.parametrize("door", [align, align_streamed], ids=lambda door: door.__name__)
def test_a_method_takes_its_own_parameters_within_bounds_and_no_others(door, method):
    if door is align_streamed and method not in STREAMABLE:
        pytest.skip("its loss asks for the whole plan")
    own = {parameter.name for parameter in method.parameters}
    for name, parameter in (SETTINGS if door is align else IN_STREAMED).items():
        if name in own:
            door(*views(4), method.name, **{name: parameter.default}, **asked(method.name, 4))
        for value in [parameter.minimum - 1] if name in own else [parameter.default]:
            with pytest.raises(InputError) as error:
                door(*views(4), method.name, **{name: value}, **asked(method.name, 4))
            assert error.value.parameter == name


@pytest.mark.parametrize("target", TARGETS)
def test_a_target_takes_its_own_numbers_and_no_others(target):
    needed = {TARGET_NEEDS[target]: [0, 0, 1, 1]} if target in TARGET_NEEDS else {}
    needed |= {"prototypes": views(3)[0]} if target in OF_PROTOTYPES else {}
    own = {parameter.name for parameter in TARGET_PARAMETERS.get(target, ())}
    for name, parameter in TARGET_NUMBERS.items():
        value = 2 if name == "clusters" else parameter.high
        options = {"target": target, name: value} | needed
        if name in own or (target, name) == ("label", "relax"):  # a label that is relaxed is "relaxed-label"
            align(*views(4), **options)
            continue
        with pytest.raises(InputError) as error:
            align(*views(4), **options)
        assert error.value.parameter == name


@pytest.mark.parametrize("sample_by", SAMPLE_BY)
def test_what_gives_each_sample_its_own_takes_its_numbers_and_no_others(sample_by):
    needed = {SAMPLE_NEEDS[sample_by]: [0, 0, 0, 1]} if sample_by in SAMPLE_NEEDS else {}
    own = {parameter.name for parameter in SAMPLE_PARAMETERS.get(sample_by, ())}
    for name, parameter in SAMPLE_NUMBERS.items():
        value = {"clusters": 2, "perplexity": 3}.get(name, parameter.high)
        options = {"sample_by": sample_by, name: value} | needed
        if name in own or (sample_by, name) == ("none", "perplexity"):  # which says it by itself
            align(*views(4), **({"clusters": 2} if "clusters" in own else {}) | options)
            continue
        with pytest.raises(InputError) as error:
            align(*views(4), **options)
        assert error.value.parameter == name
