"""One recipe as link, JSON, flags, shell line and Python: all of them mean the same."""

import argparse
import json
import shlex
from dataclasses import replace
from urllib.parse import urlencode

import numpy as np
import pytest
import torch
from hypothesis import example, given, settings

from gca_viz.cli import COMMANDS, make_parser
from gca_viz.cli.recipe_flags import FIELD, query_of, read_recipe
from gca_viz.datasets import UPLOADS, read_embeddings
from gca_viz.encoders import encoder_id, uploads
from gca_viz.errors import InputError
from gca_viz.experiments.plan import engine
from gca_viz.experiments.plan.code import python_code
from gca_viz.experiments.plan.command import command_line
from gca_viz.experiments.recipe.recipe import DisplayRecipe, Recipe
from gca_viz.settings.parameter import Choice, Parameter
from tests.encoders.checkpoints.trainers import resnet18
from tests.experiments.recipe.test_recipe import recipes

PARSER = make_parser("plan")
AWKWARD = Recipe().with_values(
    classes=("-1", "it's"),
    domains=("a b",),
    show=(),
    low=-0.5,
    high=1e-7,
    prior="fixed share",
    eps=0.30000000000000004,
)


def read(words) -> Recipe:
    given = vars(PARSER.parse_args(["plan", *words]))
    texts = {key.removeprefix(FIELD): value for key, value in given.items() if key.startswith(FIELD)}
    return Recipe().with_texts(**{key: text[-1] if key == "output" else text for key, text in texts.items()})


@settings(max_examples=60, deadline=None)
@example(AWKWARD)
@given(recipes)
def test_flags_and_shell_line_give_the_recipe_back(recipe):
    assert read(recipe.to_flags()) == recipe
    program, command, *words = shlex.split(command_line(recipe))
    assert (program, command) == ("gca-viz", "plan")
    kept = DisplayRecipe(step=recipe.display.step, order=recipe.display.order)
    assert read(words) == replace(recipe, display=kept)


def test_every_field_is_a_flag_described_by_itself_in_every_command_that_computes(capsys):
    for command in ("plan", "sweep", "compare", "family", "embed", "report", "app"):
        parser = make_parser(command)._subparsers._group_actions[0].choices[command]
        parser.show_all()
        flags = {flag: action for action in parser._actions for flag in action.option_strings}
        text = " ".join(parser.format_help().split())
        for key in Recipe.link_names():
            spec, words = Recipe.spec(key), " ".join(flags[Recipe.flag(key)].help.replace("%%", "%").split())
            assert spec.label in words and spec.help in words
            if isinstance(spec, Parameter):
                assert spec.allowed.partition(" must be ")[2][2:] in words and f"default {spec.default:g}" in words
            elif isinstance(spec, Choice):
                assert all(name in words for name in spec.options)
        assert "usage: gca-viz " + command in text


def test_commands_and_their_flags_are_listed_without_what_takes_seconds():
    parser = make_parser()
    assert set(parser._subparsers._group_actions[0].choices) == set(COMMANDS)
    assert isinstance(parser, argparse.ArgumentParser)


@pytest.mark.parametrize(
    "changes",
    [
        {"eps": 0.3, "method": "gca-uot", "lambda1": float("inf"), "lambda2": 0.5},
        {"by": "chosen", "images": (5, 900, 2000, 41), "method": "clip"},
        {"target": "domain", "prior": "fixed share", "share": 0.6, "views": "cross-style"},
        {"method": "iot", "layout": "joint", "seed": 3, "viewseed": 4, "t": 5},
    ],
)
def test_the_copied_python_and_the_shell_line_compute_one_plan(changes, gca_viz):
    recipe = Recipe().with_values(**{"n": 24, "vs": "none"} | changes)
    namespace = {}
    exec(python_code(recipe), namespace)
    told = gca_viz(*shlex.split(command_line(recipe))[1:], "--json", "-q").json
    readings = told["plans"][recipe.method.name]["readings"]
    plan = engine.plan_of(recipe.inputs, recipe.method)
    shown = plan if recipe.display.step < 0 else plan.at(recipe.display.step)
    assert readings["loss"] == float(shown.loss) == pytest.approx(float(namespace["plan"].loss), rel=1e-4)
    assert torch.allclose(namespace["plan"].matrix, shown.matrix.cpu(), rtol=1e-3, atol=1e-5)
    assert Recipe.from_query(query_of(told["link"])) == (recipe, [])


def test_flags_override_a_file_and_a_link(tmp_path, gca_viz):
    base = Recipe().with_values(n=16, eps=0.4, method="clip")
    (tmp_path / "recipe.json").write_text(base.to_json())
    link = "https://lab.example.org/effects?n=16&eps=0.4&method=clip&tab=Views&effect=Sweep&geometry=Map&present=1&utm_source=mail"
    for source in (
        ("--recipe", tmp_path / "recipe.json"),
        ("--link", link),
        ("--link", "n=16&eps=0.4&method=clip"),
    ):
        said = gca_viz("plan", *source, "--eps", 0.2, "--json")
        assert Recipe.from_query(query_of(said.json["link"]))[0] == base.with_values(eps=0.2)
        assert said.err == ""


def test_a_field_is_called_as_in_python_or_as_in_a_link_everywhere(tmp_path, gca_viz):
    names = {
        "batch_size": "16",
        "epsilon": "0.3",
        "target_temperature": "0.2",
        "half_step": "4",
        "reference": "clip",
    }
    recipe = Recipe().with_values(n=16, eps=0.3, teps=0.2, t=4, vs="clip")
    (tmp_path / "long.json").write_text(json.dumps({"version": "2", **names}))
    flags = [word for name, text in names.items() for word in (f"--{name.replace('_', '-')}", text)]
    said = [
        gca_viz("plan", "--json", "--quiet", *words)
        for words in (flags, ("--recipe", tmp_path / "long.json"), ("--link", f"?{urlencode(names)}"))
    ]
    assert [of.err for of in said] == ["", "", ""]
    assert [Recipe.from_query(query_of(of.json["link"]))[0] for of in said] == [recipe] * 3
    assert recipe == Recipe().with_texts(**names)
    # Of a link that says both, the short name counts: it is the one that the app writes.
    assert Recipe.from_query({"eps": "0.2", "epsilon": "0.3"})[0] == Recipe().with_values(eps=0.2)


def test_what_a_link_cannot_mean_is_told_and_refused_where_asked(tmp_path, gca_viz):
    link = "?n=16&eps=-1&metod=ince&vs=none"
    said = gca_viz("plan", "--link", link)
    assert said.status == 0 and "Pair mass" in said.out
    assert "epsilon = '-1'" in said.err and "Did you mean 'method'?" in said.err
    strict = gca_viz("plan", "--link", link, "--strict")
    assert strict.status == 2 and strict.out == "" and "--strict" in strict.err and "epsilon = '-1'" in strict.err
    (tmp_path / "recipe.json").write_text('{"version": 1, "n": "16", "metod": "ince", "vs": "pie"}')
    told = gca_viz("plan", "--recipe", tmp_path / "recipe.json").err
    assert (
        "The file names 'metod'" in told and "The recipe was read without this part. Got reference = 'pie'" in told
    )
    # An encoder that reads no texts gives way in the browser, too.
    gave_way = gca_viz("plan", "--n", 8, "--views", "image-text", "--encoder", "ince", "-q")
    assert gave_way.status == 0 and "Image and text need an encoder of both" in gave_way.err
    assert gca_viz("plan", "--n", 8, "--views", "image-text", "--encoder", "ince", "--strict").status == 2


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--eps", "0"), "epsilon (ε) must be a number ≥ 1e-06"),
        (("--method", "gca-inse"), "Did you mean 'gca-ince'?"),
        (("--esp", "1"), "Did you mean --epsilon?"),
        (("--data", "no/such/folder"), "a path to images or to embeddings"),
        (("--encoder", "no/such.safetensors"), "a path to a checkpoint"),
        (("--recipe", "no/such.json"), "no readable file"),
        (("--recipe", "a", "--link", "b"), "not allowed with"),
        (("--output", "plan.txt"), ".npz or .csv"),
        (("--output", "a.npz", "--output", "b.npz"), "one is written"),
    ],
)
def test_a_mistake_is_one_sentence_and_status_two(words, told, gca_viz):
    said = gca_viz("plan", "--n", "8", *words)
    assert said.status == 2 and said.out == "" and told in said.err and said.err.count("\n") == 1


def test_a_link_never_opens_a_file_of_this_machine(tmp_path, gca_viz):
    np.savez(tmp_path / "z.npz", z1=np.eye(4), z2=np.eye(4))
    said = gca_viz("plan", "--link", f"?data={tmp_path / 'z.npz'}&n=8", "--json")
    assert said.json["recipe"]["data"] == "emoji" and "was read without this part" in said.err


def test_what_was_brought_stands_in_the_shell_line_by_its_path_or_its_file(tmp_path):
    np.savez(tmp_path / "two words.npz", z1=np.eye(4), z2=np.eye(4))
    name = UPLOADS.keep(read_embeddings(tmp_path / "two words.npz")[0])
    recipe = Recipe().with_values(data=name, n=4)
    assert command_line(recipe) == "gca-viz plan --data 'two words.npz' --batch-size 4  # the path of your own file"
    assert (
        command_line(recipe, "sweep", sources={"data": "/d/z.npz"})
        == "gca-viz sweep --data /d/z.npz --batch-size 4"
    )
    UPLOADS.forget(name)


def test_what_is_assumed_of_a_checkpoint_goes_through_flag_report_command_and_python(tmp_path):
    path = tmp_path / "last.pth.tar"
    teacher = {f"teacher.{key}": value for key, value in resnet18(width=2).state_dict().items()}
    torch.save({f"student.{key}": value for key, value in resnet18(width=2).state_dict().items()} | teacher, path)
    words = ["plan", "--encoder", str(path), "--output", "backbone", "--quiet"]
    asked = read_recipe(PARSER.parse_args([*words, "--assume", "weights=teacher", "--assume", "stem_padding=2"]))
    name = asked.recipe.encoder.name
    assert uploads.report_of(name).assume.text == "weights=teacher,stem_padding=2"
    command = asked.command("plan")
    again = read_recipe(PARSER.parse_args([*shlex.split(command)[1:], "--quiet"]))
    assert again.recipe.encoder.name != name and encoder_id(again.recipe.encoder.name, "backbone") == encoder_id(
        name, "backbone"
    )
    assert "assume='weights=teacher,stem_padding=2'" in python_code(asked.recipe)
    assert "--assume weights=teacher,stem_padding=2" in command_line(asked.recipe)
    for wrong in ("weights=nobody", "padding=2", "bottleneck_stride=1x1"):
        with pytest.raises(InputError):
            read_recipe(PARSER.parse_args([*words, "--assume", wrong]))
    with pytest.raises(InputError, match="Leave out assume"):
        read_recipe(PARSER.parse_args(["plan", "--encoder", "ince", "--assume", "stem_padding=2"]))


def test_a_command_of_an_earlier_version_means_what_it_meant(gca_viz):
    """`relational` is `self-sharpened` today, in flags as in links."""
    options = ("--n", 16, "--data", "digits", "--vs", "none", "--json")
    told = [
        gca_viz("plan", *options, *source).json
        for source in (("--target", "relational"), ("--link", "?target=relational"), ("--target", "self-sharpened"))
    ]
    assert [of["recipe"]["target"] for of in told] == ["self-sharpened"] * 3
    assert len({json.dumps(of["plans"]) for of in told}) == 1
    said = gca_viz("plan", *options[:-1], "--target", "relation", "--views", "strong-weak")
    assert "not defined here" in said.out and "Pair mass" not in said.out
