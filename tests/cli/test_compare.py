"""``gca-viz compare`` says what the page Compare checkpoints says."""

import json
import re
import shlex
import shutil
from urllib.parse import urlencode

import numpy as np
import pandas as pd
import pytest

from gca_viz.cli.recipe_flags import query_of
from gca_viz.encoders.bundled import MODELS, RUNS
from gca_viz.experiments.compare import course, steps
from gca_viz.experiments.compare import result as computing
from gca_viz.experiments.compare.candidates import candidates_of
from gca_viz.experiments.compare.table import ROWS
from gca_viz.experiments.recipe.recipe import Recipe
from tests.ui.test_compare import FEW, cells, open_page

RECIPE = Recipe().with_values(n=24, encoders=("random", "ince@5"), **{"with": "random"})
WORDS = ("--n", 24, "--encoders", "random,ince@5", "--with", "random")


def results(recipe: Recipe = RECIPE) -> steps.CandidateResults:
    return steps.results_of(recipe, candidates_of(recipe))


def strictly(text: str) -> dict:
    """JSON without NaN and Infinity, which are none."""

    def refuse(constant):
        raise AssertionError(constant)

    return json.loads(text, parse_constant=refuse)


def frame(told: dict) -> pd.DataFrame:
    return pd.DataFrame(told["table"])


def same(told: dict, table: pd.DataFrame, **within) -> None:
    """The table of the JSON is the table."""
    found = frame(told)
    assert list(found.columns) == list(table.columns) and list(found.measure) == list(table.measure)
    assert list(found.verdict) == list(table.verdict)
    for name in table.columns[2:-1]:
        assert np.allclose(found[name].astype(float), table[name].astype(float), equal_nan=True, **within)


def test_what_training_noted_is_said_and_in_the_json(gca_viz, monkeypatch):
    cards = {"ince@5": {"client_cka_mean": 0.9, "client_distance_mean": 0.02}}
    monkeypatch.setattr(course, "readings_of", lambda name: cards.get(name, {}))
    assert "ince@5: Clients drift apart: " in gca_viz("compare", *WORDS).out
    told = strictly(gca_viz("compare", *WORDS, "--json").out)["course"]
    assert [(row["contender"], row["measure"], row["value"]) for row in told] == [
        ("ince@5", "client_cka", 0.9),
        ("ince@5", "client_distance", 0.02),
    ]
    assert told[0]["low"] is None


def test_the_table_is_that_of_the_page(gca_viz):
    said = gca_viz("compare", *WORDS)
    page = open_page(compare="Numbers")
    lines = said.out.splitlines()
    assert said.status == 0 and lines[0] == page.title[0].value.replace("\u00a0", " ")
    assert lines[2].split() == ["A", "ince", "B", "random", "ince@5"]
    shown = cells(page)
    for name in dict.fromkeys(measure for measure, _ in shown):
        at = next(k for k, line in enumerate(lines) if line.startswith(f"{ROWS[name].label}  "))
        texts = [
            re.sub(r"<small>.*|<.*?>", " ", shown[name, label]).split() for label in ("ince", "random", "ince@5")
        ]
        on_page = [word for words in texts for word in words]
        # The page writes a number before its verdict, the table after it, so that numbers stand in columns.
        assert sorted(lines[at][len(ROWS[name].label) :].split()) == sorted(on_page)
        intervals = [
            re.search(r"<small>(.*?)</small>", shown[name, label])[1] for label in ("ince", "random", "ince@5")
        ]
        assert re.split(r" {2,}", lines[at + 1].strip()) == intervals


def test_json_is_strict_and_its_command_and_link_give_the_same_again(gca_viz):
    link = f"https://lab.example.org/compare?{urlencode(FEW)}&compare=Numbers"
    told = strictly(gca_viz("compare", "--link", link, "--json", "-q").out)
    same(told, steps.table_of(results()), rtol=1e-12)
    assert told["a"] == "ince" and told["b"] == "random" and told["compared"] == "encoders"
    assert [of["label"] for of in told["contenders"]] == ["ince", "random", "ince@5"]
    assert told["alike"]["cka"] == steps.alike_of(results())["cka"].to_numpy().tolist()
    assert Recipe.from_json(json.dumps(told["recipe"])) == Recipe.from_query(query_of(told["link"])) == (RECIPE, [])
    assert told["environment"]["device"]
    again = gca_viz(*shlex.split(told["command"])[1:], "--json", "-q").json
    assert again["table"] == told["table"] and told["command"].startswith("gca-viz compare --batch-size 24")


def test_methods_are_compared_on_one_encoder_and_flags_override_the_link(gca_viz):
    words = ("--link", "?n=99&against=methods&methods=rince", "--n", 16, "--methods", "ince,gca-uot", "--json")
    told = gca_viz("compare", *words).json
    recipe = Recipe().with_values(n=16, against="methods", methods=("ince", "gca-uot"))
    same(told, steps.table_of(results(recipe)), rtol=1e-12)
    assert [of["method"] for of in told["contenders"]] == ["gca-ince", "ince", "gca-uot"]
    assert set(told["alike"]) == {"shared_mass"} and "knn_class" not in set(frame(told).measure)


def test_files_have_the_numbers_too(tmp_path, gca_viz):
    said = gca_viz("compare", *WORDS, "-o", tmp_path / "c.csv")
    assert said.err.endswith(f"Wrote {tmp_path / 'c.csv'}\n")
    table = steps.table_of(results())
    assert pd.read_csv(tmp_path / "c.csv").value.to_numpy() == pytest.approx(
        table.value.to_numpy(), rel=1e-6, nan_ok=True
    )
    told = gca_viz("compare", *WORDS, "--json", "-q", "-o", tmp_path / "c.json").json
    written = strictly((tmp_path / "c.json").read_text("utf-8"))
    assert written["table"] == told["table"] and written["command"] == told["command"]
    assert gca_viz("compare", *WORDS, "-q", "-o", tmp_path / "c.npz").err == ""
    with np.load(tmp_path / "c.npz") as arrays:
        assert arrays["names"].tolist() == ["ince", "random", "ince@5"]
        assert np.allclose(arrays["plans"], np.stack([e.plan.matrix.cpu().numpy() for e in results().members]))
        assert np.allclose(arrays["maps"], steps.maps_of(results(), [0, 1, 2], "pca"))
    gca_viz("compare", *WORDS, "-q", "-o", tmp_path / "c.html")
    html = (tmp_path / "c.html").read_text("utf-8")
    values = json.loads(re.search(r'id="gca-viz">(.*?)</script>', html, re.S)[1])
    assert values["table"] == told["table"] and values["command"].startswith(
        "gca-viz report --page compare --batch-size 24"
    )
    assert gca_viz("compare", *WORDS, "-o", tmp_path / "c.txt").status == 2


def test_checkpoints_by_their_paths(tmp_path, gca_viz):
    own = tmp_path / "mine.safetensors"
    shutil.copy(MODELS / "random.safetensors", own)
    said = gca_viz("compare", "--n", 24, "--encoders", f"{own},ince@5", "--with", own, "--json")
    told = said.json
    assert str(own) in said.err and told["b"] == "mine" and "own:" not in told["command"]
    assert told["command"] == f"gca-viz compare --batch-size 24 --encoders {own},ince@5 --second {own}"
    expected = steps.table_of(results()).assign(contender=lambda t: t.contender.replace("random", "mine"))
    same(told, expected, rtol=1e-5, atol=1e-7)


def test_a_folder_is_a_run_in_the_order_of_its_numbers(tmp_path, gca_viz):
    for epoch in (0, 5, 50):
        shutil.copy(RUNS / "ince" / f"epoch-{epoch:03d}.safetensors", tmp_path / f"e{epoch}.safetensors")
    (tmp_path / "e7.pt").write_bytes(b"no checkpoint")
    (tmp_path / "metrics.csv").write_text("epoch,loss\n")
    said = gca_viz("compare", "--n", 24, "--run", tmp_path, "--json")
    told = said.json
    assert [of["label"] for of in told["contenders"]] == ["e0", "e5", "e50"]
    assert told["a"] == "e0" and told["b"] == "e50" and "e7.pt: Got" in said.err
    assert (
        told["command"] == f"gca-viz compare --batch-size 24 --run {tmp_path}" and told["recipe"]["run"] == "these"
    )
    bundled = Recipe().with_values(n=24, encoder="ince@0", encoders=("ince@5", "ince@50"), **{"with": "ince@50"})
    found = steps.table_of(results(bundled))
    assert frame(told).value.to_numpy() == pytest.approx(found.value.to_numpy(), rel=1e-5, abs=1e-6)
    archive = shutil.make_archive(str(tmp_path / "run"), "zip", tmp_path)
    again = gca_viz("compare", "--n", 24, "--run", archive, "--with", "e5.safetensors", "--json").json
    assert again["table"] == told["table"] and again["b"] == "e5"


def test_who_cannot_take_part_is_told_and_refused_where_asked(gca_viz):
    link = ("--link", "?n=8&encoders=nonsense,random")
    said = gca_viz("compare", *link)
    assert said.status == 0 and "Left out: nonsense" in said.err and "random" in said.out
    strict = gca_viz("compare", *link, "--strict")
    assert strict.status == 2 and strict.out == "" and "nonsense" in strict.err
    path = MODELS / "random.safetensors"
    assert f"Left out: {path}" in gca_viz("compare", "--link", f"?n=8&encoders={path},random").err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--encoders", "ince"), "a comparison needs at least two"),
        (("--encoders", "gca-inse"), "a path to a checkpoint"),
        (("--run", "no/such/folder"), "a path to a folder or a zip of checkpoints"),
        (("--run", ".", "--encoders", "random"), "the first checkpoint of a run is A"),
        (("--with", "no.safetensors"), "a path in --encoders"),
        (("--views", "none", "--against", "epochs"), "one of encoders, methods"),
    ],
    ids=["alone", "typo", "no-folder", "two-runs", "no-b", "no-kind"],
)
def test_a_mistake_is_one_sentence_and_status_two(words, told, gca_viz):
    said = gca_viz("compare", "--n", 8, *words)
    assert said.status == 2 and said.out == "" and told in said.err and said.err.count("\n") == 1


def test_ctrl_c_ends_with_a_sentence_and_status_one(monkeypatch, gca_viz):
    def stopped(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(computing, "compare_recipe", stopped)
    said = gca_viz("compare", *WORDS)
    assert (said.status, said.out, said.err) == (1, "", "Stopped before it was done.\n")


def test_tab_offers_the_command_and_its_names():
    from gca_viz.cli import make_parser
    from gca_viz.cli.completion import script

    text = script(make_parser("all"), "bash")
    assert "compare" in text and "_shtab_gca_viz_compare___encoders_choices" in text
