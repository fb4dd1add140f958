"""``gca-viz transfer`` says what the page Transfer says."""

import shlex

import numpy as np

from gca_viz.experiments.recipe.recipe import Recipe
from gca_viz.experiments.transfer.result import WAYS, transfer_recipe
from gca_viz.experiments.transfer.words import headline

WORDS = ("--n", 24, "--eps", 0.05, "--from-domain", "noto", "--to", "twemoji")
RECIPE = Recipe().with_values(n=24, eps=0.05, **{"from": "noto", "to": "twemoji"})


def test_it_prints_the_sentence_the_table_and_the_distances(gca_viz):
    said = gca_viz("transfer", *WORDS, "-q")
    found = transfer_recipe(RECIPE)
    assert said.status == 0 and headline(found) in said.out
    assert all(way in said.out for way in WAYS.values()) and f"{found.distance:.3f}" in said.out


def test_json_has_what_makes_it_again(gca_viz, tmp_path):
    said = gca_viz("transfer", *WORDS, "-q", "--json", "-o", tmp_path / "sets.npz").json
    assert said["sizes"] == [24, 24] and said["link"].startswith("transfer?")
    again = gca_viz(*shlex.split(said["command"])[1:], "--json", "-q").json
    assert again["ways"] == said["ways"]
    linked = gca_viz("transfer", "--link", said["link"], "--json", "-q").json
    assert linked["distances"] == said["distances"]
    with np.load(tmp_path / "sets.npz") as arrays:
        assert arrays["plan"].shape == (24, 24)


def test_a_report_of_its_link(gca_viz, tmp_path):
    file = tmp_path / "sets.html"
    assert gca_viz("report", "--link", "/transfer?n=16&eps=0.05", "-q", "-o", file).status == 0
    assert "<h2>How far apart</h2>" in file.read_text("utf-8")


def test_mistakes_are_sentences(gca_viz):
    said = gca_viz("transfer", "--data", "digits", "--n", 8, "-q")
    assert said.status != 0 and "two domains are needed" in said.err
    notice = gca_viz("transfer", "--to", "crayon", "--n", 8, "-q")
    assert notice.status == 0 and "has no domain crayon" in notice.err
