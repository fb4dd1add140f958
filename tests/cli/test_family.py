"""``gca-viz family`` is the page's table."""

import pandas as pd
import pytest

from gca_viz import FAMILY
from gca_viz.experiments.family.frame import family_frame
from gca_viz.experiments.recipe.recipe import Recipe

WORDS = ("--n", 12, "--views", "strong-weak")


def test_csv_text_and_json_have_the_numbers_of_the_page(tmp_path, gca_viz):
    said = gca_viz("family", *WORDS, "--output", tmp_path / "f.csv")
    expected = family_frame(Recipe().with_values(n=12, views="strong-weak"))
    kept = pd.read_csv(tmp_path / "f.csv")
    assert list(kept.name) == list(FAMILY) and list(kept.columns) == list(expected.columns)
    assert kept.loss.to_numpy() == pytest.approx(expected.loss.to_numpy(), rel=1e-6)
    lines = said.out.splitlines()
    assert [line.split()[0] for line in lines[1 : 1 + len(FAMILY)]] == list(FAMILY)
    told = gca_viz("family", *WORDS, "--json").json
    assert told["command"].startswith("gca-viz family ")
    assert [loss["pair_mass"] for loss in told["losses"]] == [
        None if share != share else share for share in expected.pair_mass
    ]


def test_a_loss_without_a_plan_says_why_and_the_others_are_there(gca_viz):
    said = gca_viz("family", "--n", 1)
    assert said.status == 0 and "dcl: Got the distance 'odds'" in said.out
    assert len(said.out.splitlines()) > len(FAMILY)
