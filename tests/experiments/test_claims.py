"""The table of claims that ships: every line can be read, follows from its numbers, and its link is a recipe."""

import csv
import math

import pytest

from gca_viz.datasets.bundled.atlas import data_folder
from gca_viz.errors import InputError
from gca_viz.experiments import claims as module
from gca_viz.experiments.claims import COLUMNS, NOT_SHOWN, REFUTED, SHOWN, claims, points_of
from gca_viz.experiments.recipe.recipe import Recipe
from gca_viz.figures.claims import LOOKS, effect_of, tally, whiskers


def test_every_claim_has_a_verdict_that_its_interval_allows():
    assert len(claims()) > 20
    for claim in claims():
        assert claim.claim and claim.command.startswith("python -m benchmarks.paper.") and claim.seeds > 0
        if claim.verdict == NOT_SHOWN:
            continue
        assert claim.seeds > 1 and claim.low <= claim.effect <= claim.high
        assert claim.low > 0 if claim.verdict == SHOWN else claim.high < 0


def test_every_link_is_a_recipe_without_a_part_that_cannot_be_read():
    for claim in claims():
        recipe, problems = Recipe.from_query(claim.query)
        assert problems == [] and recipe.data.dataset == claim.data


def test_points_of_a_figure_lie_in_their_intervals():
    for figure in {claim.figure for claim in claims() if claim.figure}:
        points = points_of(figure)
        assert points
        for point in points:
            assert math.isnan(point["low"]) or point["low"] <= point["mean"] <= point["high"]
    assert points_of("") == points_of("no-such-figure") == []


def test_a_figure_has_a_dot_and_a_whisker_of_every_claim():
    numbered = list(enumerate((claim for claim in claims() if claim.unit == claims()[0].unit), start=1))
    figure = whiskers(numbered)
    drawn = {
        y: (x, x - low, x + high, trace.name)
        for trace in figure.data
        for y, x, low, high in zip(trace.y, trace.x, trace.error_x.arrayminus, trace.error_x.array, strict=True)
    }
    assert set(drawn) == {str(number) for number, _ in numbered}
    for number, claim in numbered:
        low, high = (claim.effect,) * 2 if math.isnan(claim.low) else (claim.low, claim.high)
        assert drawn[str(number)] == (claim.effect, pytest.approx(low), pytest.approx(high), claim.verdict)
    assert any(shape.x0 == shape.x1 == 0 for shape in figure.layout.shapes), "the line of no effect"


def test_an_effect_is_written_with_its_interval_or_says_that_there_is_none():
    refuted = next(claim for claim in claims() if claim.verdict == REFUTED)
    assert effect_of(refuted).startswith("−0.") and " … −0." in effect_of(refuted)
    alone = [claim for claim in claims() if claim.seeds == 1]
    assert all("no interval" in effect_of(claim) for claim in alone)


@pytest.mark.parametrize("damage", ["verdict", "effect", "column"])
def test_a_damaged_table_is_told(monkeypatch, tmp_path, damage):
    with (data_folder() / "paper" / "claims.csv").open(encoding="utf-8", newline="") as file:
        row = next(csv.DictReader(file))
    row |= {"verdict": "maybe"} if damage == "verdict" else {"effect": "much"} if damage == "effect" else {}
    (tmp_path / "paper").mkdir()
    with (tmp_path / "paper" / "claims.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, [n for n in row if damage != "column" or n != "link"], extrasaction="ignore")
        writer.writeheader()
        writer.writerow(row)
    monkeypatch.setattr(module, "data_folder", lambda: tmp_path)
    claims.cache_clear()
    with pytest.raises(InputError, match=r"claims\.csv, of which a line cannot be read"):
        claims()
    monkeypatch.undo()
    claims.cache_clear()
    assert claims() and set(COLUMNS) <= set(row)


def test_the_bars_of_an_experiment_count_its_verdicts():
    *bars, behind = tally(claims()).data
    assert [bar.name for bar in bars] == list(LOOKS)
    for bar in bars:
        for experiment, count in zip(bar.y, bar.x, strict=True):
            assert count == sum(c.experiment == experiment and c.verdict == bar.name for c in claims())
    assert sum(sum(bar.x) for bar in bars) == len(claims())
    for number, experiment in enumerate(behind.y):
        assert experiment == bars[0].y[number]
        assert [int(count) for count in behind.text[number].split("·")] == [bar.x[number] for bar in bars]
