"""Links, files and flags: every key takes any text; it is a value, or a sentence and the default."""

import json
import math

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gca_viz.errors import InputError
from gca_viz.experiments.recipe.consistency import consistent
from gca_viz.experiments.recipe.recipe import Recipe
from gca_viz.experiments.recipe.versions import KEY
from gca_viz.numbers import real_number, whole_number
from gca_viz.settings.parameter import Parameter
from gca_viz.ui.elements.toy import FIELDS
from gca_viz.ui.pages.learn.link import _pick, read
from gca_viz.ui.pages.learn.registry import LESSONS

LONG = 5_000  # digits; Python's own int() refuses more than 4,300
HOSTILE = [
    *("9" * LONG, "-" + "9" * LONG, "0" * LONG + "1", "1." + "3" * LONG, "1e999", "-1e999", "1e-999", "1e99999"),
    *("nan", "NaN", "inf", "-inf", "Infinity", "∞", "1_000", "0x10", "1,5", "+5", " 5 ", "5.0", "-1", "-0", "e5"),
    *("²", "٣", "３", "½", "True", "False", "None", "null", "[]", "{}", "", " ", ",", ",,,", "--", "-", "1e300"),
    *("\0", "a\0b", "\n", "\r\n", "\ud800", "\u202eevil", "😀", "%00", "<script>alert(1)</script>", "1e5"),
    *("x" * 1_000_000, "," * 100_000, "1," * 100_000, "../../etc/passwd", "/etc/passwd", "own:" + "x" * 12),
    *("column:\0", "column:" + "x" * 10_000, "ince@" + "9" * LONG, "ince@²"),
    *("99999999999999999999", "4294967296", "2147483648", "9223372036854775808"),
]
texts = st.sampled_from(HOSTILE) | st.text(max_size=40) | st.floats().map(str) | st.integers().map(str)
LONGEST_SENTENCE = 3_000  # characters; the list of all encoders that ship is the longest part


def sentences(problems) -> None:
    for problem in problems:
        assert isinstance(problem, (InputError, str)) and 0 < len(str(problem)) < LONGEST_SENTENCE
        assert "\0" not in str(problem) and str(problem).encode("utf-8")


@settings(max_examples=300, deadline=None)
@given(st.sampled_from([*Recipe.link_names(), KEY, "utm_source"]), texts)
@example("version", "9" * LONG)
@example("images", "9" * LONG)
@example("images", "99999999999999999999")
@example("encoders", "ince@" + "9" * LONG)
@example("classes", "\ud800")
@example("iterations", "inf")
def test_every_key_of_a_link_takes_any_text(key, text):
    recipe, problems = Recipe.from_query({key: text})
    sentences(problems)
    if key in Recipe.link_names():
        kept = recipe.get(key) == Recipe().get(key)
        assert kept or not problems
        spec = Recipe.spec(key)
        if isinstance(spec, Parameter) and spec.integer:
            assert isinstance(recipe.get(key), int) or (spec.infinite and recipe.get(key) == math.inf)
    fitting, notes = consistent(recipe)
    sentences(notes)
    assert Recipe.from_query(fitting.to_query()) == (fitting, [])


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(st.sampled_from(Recipe.link_names()), texts, max_size=8))
def test_many_hostile_keys_at_once_leave_a_recipe_that_fits(query):
    recipe, problems = Recipe.from_query(query)
    sentences(problems)
    fitting, notes = consistent(recipe)
    sentences(notes)
    assert consistent(fitting) == (fitting, [])


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(sorted(LESSONS)), st.data())
def test_every_key_of_a_lesson_takes_any_text(name, data):
    lesson = LESSONS[name]
    keys = [*(spec.name for spec in (*lesson.controls, *lesson.fields)), "i", "j"]
    query = {key: data.draw(texts, key) for key in keys}
    values, _, problems = read(lesson, query)
    cell, wrong = _pick(query)
    sentences([*problems, *wrong])
    assert set(values) == {spec.name for spec in lesson.controls}
    assert cell is None or all(0 <= number < 4096 for number in cell)


def test_a_cell_of_a_lesson_that_is_no_cell_is_told():
    cell, problems = _pick({"i": "9" * LONG, "j": "3"})
    assert cell is None and len(problems) == 1 and "row" in str(problems[0])
    assert _pick({"i": "2", "j": "3"}) == ((2, 3), [])
    assert _pick({}) == _pick({"i": "2"}) == (None, [])


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(sorted(FIELDS)), texts)
def test_every_field_of_the_toy_world_takes_any_text(name, text):
    try:
        FIELDS[name].spec.check(text)
    except InputError as error:
        sentences([error])


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | texts,
    lambda inner: st.lists(inner) | st.dictionaries(texts, inner),
)


@settings(max_examples=80, deadline=None)
@given(st.dictionaries(st.sampled_from(Recipe.link_names()), json_values, max_size=5))
def test_a_recipe_file_takes_any_json(values):
    text = json.dumps({"version": 1} | values)
    if len(text) > 900_000:
        return
    recipe, problems = Recipe.from_json(text)
    sentences(problems)
    sentences(consistent(recipe)[1])


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        '{"version": 1, "eps": ' + "[" * 900 + "]" * 900 + "}",
        '{"version": ' + "9" * LONG + "}",
        '{"version": true}',
        '{"version": 1.0}',
        "\ufeff",
        "\0",
        '{"version": 1, "classes": "' + "x" * 2_000_000 + '"}',
        "null",
        "NaN",
    ],
    ids=["deep list", "deep value", "huge version", "boolean", "float", "mark alone", "NUL", "2 MB", "null", "NaN"],
)
def test_a_file_that_is_no_recipe_says_so(text):
    try:
        recipe, problems = Recipe.from_json(text)
    except InputError as error:
        sentences([error])
    else:
        assert recipe == Recipe() and len(problems) == 1
        sentences(problems)


def test_a_recipe_file_of_people_and_their_editors_is_read():
    """A byte-order mark, numbers as numbers, lists as lists."""
    text = "\ufeff" + json.dumps(
        {"version": 1, "n": 64, "eps": 2e-1, "images": [3, 1, 2], "classes": ["food", "face"]}
    )
    recipe, problems = Recipe.from_json(text)
    assert not problems
    assert recipe == Recipe().with_values(n=64, eps=0.2, images=(3, 1, 2), classes=("food", "face"))


@pytest.mark.parametrize("text", ["1_0", "１", "٣", "²", "1e3", "1.0", "", "9" * 19, "nan", "0x1", "- 1"])
def test_what_is_no_whole_number(text):
    with pytest.raises(ValueError):
        whole_number(text)


@pytest.mark.parametrize(
    "text", ["1_0", "１", "٣", "½", "", ".", "e5", "1e999", "-1e999", "nan", "0x1p3", "1 0", "1e99999"]
)
def test_what_is_no_number(text):
    with pytest.raises(ValueError):
        real_number(text)


@given(st.integers(-(10**18) + 1, 10**18 - 1))
def test_whole_numbers_are_read_as_python_writes_them(number):
    assert whole_number(str(number)) == whole_number(f" {number} ") == number


@given(st.floats(allow_nan=False))
def test_numbers_are_read_as_python_writes_them(number):
    assert real_number(repr(number)) == real_number(f"{number:.17g}") == number
    if number == int(number) if math.isfinite(number) else False:
        assert real_number(repr(number).removesuffix(".0")) == number


def test_numbers_of_python_beyond_float_are_told_too():
    for key in ("eps", "n", "lambda1"):
        with pytest.raises(InputError):
            Recipe().with_values(**{key: 10**400})
    for wrong in ("animal", [1.5], [True], [-1], [2**31]):
        with pytest.raises(InputError):
            Recipe().with_values(images=wrong)
    with pytest.raises(InputError):
        Recipe().with_values(classes="animal")


@pytest.mark.parametrize(
    "link", ["http://[bad", "https://x/?version=" + "9" * LONG + "&n=16", "n=16&eps=%00&images=%ff"]
)
def test_a_hostile_link_on_the_command_line(link, capsys):
    from gca_viz.cli import main

    assert main(["plan", "--link", link, "--quiet", "--n", "16"]) in (0, 2)
    err = capsys.readouterr().err
    assert "Traceback" not in err and len(err) < 5 * LONGEST_SENTENCE
