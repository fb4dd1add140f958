"""``gca-viz sweep`` is the page's sweep."""

import numpy as np
import pandas as pd
import pytest

from gca_viz.experiments.effects.axes import AXES
from gca_viz.experiments.effects.sweep import sweep_recipe
from gca_viz.experiments.recipe.recipe import Recipe

RECIPE = Recipe().with_values(n=16, axis="eps", points=3, seeds=2, reading="loss")
WORDS = ("--n", 16, "--points", 3, "--seeds", 2, "--reading", "loss")


def expected():
    axes = {"eps": AXES["eps"].values(RECIPE, points=3)}
    return sweep_recipe(RECIPE, axes, ("loss", "matched_share", "perplexity"), seeds=2)


def test_csv_text_and_json_have_the_numbers_of_the_page(tmp_path, gca_viz):
    said = gca_viz("sweep", *WORDS, "--output", tmp_path / "s.csv")
    table = expected()
    assert (tmp_path / "s.csv").read_text() == table.frame().to_csv(index=False, float_format="%.8g")
    assert list(pd.read_csv(tmp_path / "s.csv").columns) == ["seed", "eps", "loss", "matched_share", "perplexity"]
    lines = said.out.splitlines()
    assert lines[0].startswith("From ε 0.02 to 2 the loss rises")
    assert [float(line.split()[1]) for line in lines[-3:]] == pytest.approx(table.mean("loss"), rel=1e-3)
    told = gca_viz("sweep", *WORDS, "--json").json
    assert np.array_equal(told["values"]["loss"], table.values["loss"]) and told["done"] == told["total"] == 6
    assert told["axes"] == {"eps": list(table.axes["eps"])}


def test_two_axes_make_a_line_per_cell(gca_viz):
    said = gca_viz("sweep", "--n", 8, "--points", 2, "--axis2", "tau1", "--low2", 0.5, "--seeds", 1)
    assert [line.split()[:2] for line in said.out.splitlines()[-4:]] == [
        ["0.02", "0.5"],
        ["0.02", "1"],
        ["2", "0.5"],
        ["2", "1"],
    ]


def test_stopped_it_keeps_what_it_has_and_says_so(tmp_path, gca_viz, monkeypatch):
    from gca_viz.experiments.effects import sweep as computing

    def some(*arguments):
        yield next(computing_tables(*arguments))
        raise KeyboardInterrupt

    computing_tables = computing.partial_tables
    monkeypatch.setattr(computing, "partial_tables", some)
    said = gca_viz("sweep", *WORDS, "-o", tmp_path / "s.csv")
    assert said.status == 1 and "Stopped after 3 of 6 plans" in said.err
    assert len(pd.read_csv(tmp_path / "s.csv")) == 3


def test_what_cannot_be_swept_is_a_sentence(gca_viz):
    said = gca_viz("sweep", "--n", 8, "--method", "rince", "--axis", "tau1")
    assert said.status == 2 and "has no λ" in said.err
    said = gca_viz("sweep", "--n", 8, "--low", 1, "--high", 0.1)
    assert said.status == 2 and "the last value must be above the first" in said.err
