"""JSON for machines holds no number that a strict reader refuses."""

import json
import math

import pytest

from gca_viz.files.strict_json import strict_json


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("indent", [None, 2])
def test_what_is_not_finite_is_null_however_deep_it_lies(number, indent):
    text = strict_json({"ε": [1.5, (number, {3: number})]}, indent=indent)
    read = json.loads(text, parse_constant=lambda word: pytest.fail(word))
    assert read == {"ε": [1.5, [None, {"3": None}]]}
    assert "ε" in text and ("\n" in text) == (indent is not None)
