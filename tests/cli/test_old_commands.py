"""What the documentation and the cards of 0.1 tell people to type goes on meaning what it meant.

``meanings_of_0_1.json`` has a line for each command: what the program of that version made of it.
"""

import json
import shlex
from pathlib import Path

import pytest

from gca_viz.cli import make_parser, train
from gca_viz.cli.compare import ENDINGS as OF_COMPARE
from gca_viz.cli.recipe_flags import read_recipe
from gca_viz.encoders.bundled import MODELS
from gca_viz.errors import InputError
from gca_viz.experiments.image_text import parsed, recipe_of
from gca_viz.experiments.recipe.recipe import Recipe
from gca_viz.experiments.train import TrainingRecipe

HERE = Path(__file__).parent
MEANINGS = json.loads((HERE / "meanings_of_0_1.json").read_text("utf-8"))
DOCUMENTED = [
    line for line in (HERE / "commands_of_0_1.txt").read_text("utf-8").splitlines() if not line.startswith("#")
]
CARDS = [json.loads(path.read_text("utf-8")) for path in sorted(MODELS.rglob("*.json"))]
ENDINGS = {
    "app": (),
    "plan": (".npz", ".csv"),
    "sweep": (".csv",),
    "compare": OF_COMPARE,
    "embed": (".npz", ".parquet"),
    "report": (".html", ".zip"),
}


def meaning_of(line: str) -> dict:
    """What a command is told to do, as it was recorded."""
    _, command, *words = shlex.split(line, comments=True)
    chosen = make_parser(command).parse_args([command, *words])
    if command in ENDINGS:
        asked = read_recipe(chosen, endings=ENDINGS[command], needed=command == "embed")
        output = {} if asked.output is None else {"output": str(asked.output)}
        return {"link": asked.recipe} | output
    if command != "train":
        return {}
    recipe = train.recipe_of(chosen)
    recipe.check()
    told = {"title": chosen.title, "save_at": list(train.epochs_of(chosen.save_at)), "resume": chosen.resume}
    return {"recipe": recipe, "folder": str(chosen.folder)} | {name: value for name, value in told.items() if value}


@pytest.mark.parametrize("line", MEANINGS)
def test_a_command_means_what_it_meant(line, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    was = MEANINGS[line]
    if "refused" in was:
        with pytest.raises(InputError):
            meaning_of(line)
        return
    if "link" in was:
        recipe, problems = Recipe.from_query(was["link"])
        was = was | {"link": recipe}
        assert problems == []
    if "recipe" in was:
        was = was | {"recipe": TrainingRecipe.from_dict(was["recipe"])}
    assert meaning_of(line) == was


def test_every_documented_command_and_every_card_has_its_meaning_recorded():
    commands = {card["command"] for card in CARDS if "command" in card}
    assert len(commands) > 20
    assert {*DOCUMENTED, *(line for line in commands if line.startswith("gca-viz"))} <= set(MEANINGS)


def test_the_script_of_a_card_is_there():
    scripts = {card["command"].split()[1] for card in CARDS if _is_made_by_a_script(card)}
    assert {"models/build_lite0.py", "models/build_image_text.py", "models/distill.py"} <= scripts
    assert all((MODELS.parent / script).is_file() for script in scripts)


def _is_made_by_a_script(card):
    return card.get("command", "").startswith("python models/")


@pytest.mark.parametrize(
    "card",
    [card for card in CARDS if "recipe" in card and not _is_made_by_a_script(card)],
    ids=lambda card: card["command"],
)
def test_the_command_of_a_card_trains_its_recipe(card):
    program, *words = shlex.split(card["command"])
    if program == "gca-viz":
        assert meaning_of(card["command"])["recipe"] == TrainingRecipe.from_dict(card["recipe"])
    else:
        recipe = recipe_of(parsed(words[2:]))
        locked = card["recipe"].pop("locked")
        assert (recipe.image_tower == "locked") == locked and recipe.views == "image-text"
        assert {name: getattr(recipe, name) for name in card["recipe"]} == card["recipe"]
