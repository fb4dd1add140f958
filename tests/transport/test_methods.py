"""The registry: complete, and every description true of what align does."""

from __future__ import annotations

import inspect
import math

import pytest

from gca_viz.errors import InputError
from gca_viz.settings.parameter import Parameter
from gca_viz.transport import METHODS, TARGETS, align, find_method
from tests.transport.batches import views

NAMES = ["simclr", "ince", "clip", "byol", "rince", "gca-ince", "gca-rince", "gca-uot", "iot", "iot-uni"]


def test_the_ten_methods():
    assert list(METHODS) == NAMES
    assert all(find_method(name) is METHODS[name] for name in NAMES)


def test_registry_is_read_only():
    with pytest.raises(TypeError):
        METHODS["mine"] = METHODS["ince"]


@pytest.mark.parametrize("method", METHODS.values(), ids=lambda method: method.name)
def test_descriptions(method):
    assert method.title and method.summary.endswith(".") and method.formula
    assert any(year in method.citation for year in ("2018", "2020", "2021", "2022", "2023", "2024"))
    assert method.target in TARGETS
    keywords = inspect.signature(align).parameters
    for parameter in method.parameters:
        assert parameter.name in keywords
        assert parameter.minimum <= parameter.low <= parameter.default <= parameter.high <= parameter.maximum
        assert parameter.check(parameter.default) == parameter.default


@pytest.mark.parametrize("method", METHODS.values(), ids=lambda method: method.name)
def test_constraints_are_those_that_are_solved(method):
    plan = align(*views(4), method.name)
    settings = method.settings({})
    solved = tuple((part.problem.lambda1, part.problem.lambda2) for part in plan.parts)
    assert solved == method.penalties(settings)
    assert all(part.divergence == method.make_divergence(settings) for part in plan.parts)
    fixed = [side for pair in method.constraints for side in pair if not isinstance(side, Parameter)]
    assert set(fixed) <= {0.0, math.inf}


@pytest.mark.parametrize("method", METHODS.values(), ids=lambda method: method.name)
def test_each_parameter_changes_the_loss(method):
    """A parameter on a form that does nothing would be a lie."""
    z1, z2 = views(6, seed=1, noise=1.0)
    base = {"r2": 0.5} if method.name == "gca-uot" else {}
    before = align(z1, z2, method.name, **base).loss
    for parameter in method.parameters:
        value = 1 if parameter.name == "iterations" else (parameter.default + parameter.high) / 2
        after = align(z1, z2, method.name, **base | {parameter.name: value}).loss
        assert abs(float(after - before)) > 1e-6, parameter.name


def test_settings_fill_in_defaults_and_check():
    method = METHODS["gca-uot"]
    assert method.settings({"lambda1": 3})["lambda1"] == 3
    assert method.settings({"lambda1": None})["lambda1"] == method.lambda1.default == 0.2
    with pytest.raises(InputError, match="lambda1 = -1"):
        method.settings({"lambda1": -1})
    with pytest.raises(InputError, match="ince takes epsilon"):
        METHODS["ince"].settings({"lambda2": 1})


def test_robust_methods_are_read_after_a_row_step():
    assert {name for name, method in METHODS.items() if method.read_after == "row"} == {"rince", "gca-rince"}
