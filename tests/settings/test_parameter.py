import math

import pytest

from gca_viz.errors import InputError
from gca_viz.settings.parameter import Choice, Parameter, Subset

EPSILON = Parameter("epsilon", "ε", "Temperature", 0.1, 0.0, math.inf, 0.02, 2.0, exclusive_minimum=True)
LAMBDA = Parameter("lambda1", "λ₁", "Row constraint", 0.2, 0.0, math.inf, 0.001, 10.0, infinite=True)
COUNT = Parameter("size", "N", "Size", 8, 1, 64, 1, 64, integer=True)


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        (EPSILON, 0),
        (EPSILON, -1),
        (EPSILON, math.inf),
        (EPSILON, math.nan),
        (EPSILON, "soft"),
        (EPSILON, None),
        (EPSILON, True),
        (LAMBDA, -0.1),
        (COUNT, 2.5),
        (COUNT, 65),
    ],
)
def test_a_value_out_of_bounds_is_told_what_came_what_is_allowed_and_what_to_do(parameter, value):
    with pytest.raises(InputError) as caught:
        parameter.check(value)
    message = str(caught.value)
    assert repr(value) in message
    assert parameter.allowed in message
    assert f"{parameter.low:g} and {parameter.high:g}" in message
    assert caught.value.parameter == parameter.name


def test_values_in_bounds_come_back_as_numbers():
    assert EPSILON.check("0.25") == 0.25
    assert LAMBDA.check("inf") == math.inf
    assert LAMBDA.check(0) == 0.0
    assert COUNT.check("12") == 12 and isinstance(COUNT.check(12.0), int)


def test_a_wrong_choice_names_the_options_and_the_nearest():
    choice = Choice("method", "Method", ("ince", "gca-ince"), "ince")
    with pytest.raises(InputError, match=r"'inc'.*ince, gca-ince.*Did you mean 'ince'\?"):
        choice.check("inc")
    assert choice.check("gca-ince") == "gca-ince"


def test_a_subset_keeps_order_and_refuses_strangers():
    subset = Subset("show", "Show", options=("a", "b"))
    assert subset.check(["b", "a"]) == ("b", "a")
    with pytest.raises(InputError, match="names out of a, b"):
        subset.check(("c",))
    numbers = Subset("images", "Images", kind=int)
    assert numbers.check(("3", "1")) == (3, 1)
    with pytest.raises(InputError, match="whole numbers"):
        numbers.check(("3", "x"))
    with pytest.raises(InputError, match="whole numbers"):
        numbers.check((-1,))


def test_infinity_may_be_allowed_beside_a_finite_maximum():
    spec = Parameter("t", "t", "Iterations", 10, 1, 500, 1, 50, integer=True, infinite=True)
    assert spec.check("inf") == math.inf and spec.check(7.0) == 7 and isinstance(spec.check(7.0), int)
    for wrong in (-math.inf, math.nan, 501, 1.5):
        with pytest.raises(InputError, match="infinity allowed"):
            spec.check(wrong)
