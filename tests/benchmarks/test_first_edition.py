"""The first edition as claims: nothing but what stands in docs/paper, and Welch's and Holm's arithmetic."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from benchmarks.paper import first_edition as edition
from benchmarks.paper.report import Estimate
from gca_viz.experiments.claims import NOT_SHOWN, SHOWN


def test_a_difference_is_welchs():
    draw = np.random.default_rng(0)
    for _ in range(20):
        ours, theirs = draw.normal(0.4, 0.02, 3), draw.normal(0.42, 0.03, 3)
        a, b = Estimate.of(ours), Estimate.of(theirs)
        effect, low, high, p = edition.difference((a.mean, a.half), (b.mean, b.half), 3)
        wanted = stats.ttest_ind(ours, theirs, equal_var=False)
        interval = wanted.confidence_interval(0.95)
        assert (effect, low, high) == pytest.approx((ours.mean() - theirs.mean(), interval.low, interval.high))
        assert p == pytest.approx(wanted.pvalue)


def test_one_seed_has_no_interval_and_shows_nothing():
    effect, low, high, p = edition.difference(edition.parted("0.5"), edition.parted("0.4"), 1)
    assert effect == pytest.approx(0.1) and math.isnan(low) and math.isnan(high) and p == 1.0


def test_verdicts_are_corrected_for_the_number_of_comparisons():
    rows = [{"p": p, "effect": 0.1} for p in (0.02, 0.001, 0.5)]
    edition.holm(rows)
    assert [row["p"] for row in rows] == pytest.approx([0.04, 0.003, 0.5])
    assert [row["verdict"] for row in rows] == [SHOWN, SHOWN, NOT_SHOWN]
    many = [{"p": 0.02, "effect": 0.1} for _ in range(3)]
    assert {row["verdict"] for row in edition.holm(many)} == {NOT_SHOWN}


def test_a_claims_effect_is_a_difference_of_two_means_of_its_table():
    table = pd.read_csv(edition.PLACE / "methods.csv")
    rows = edition.holm(list(edition.CLAIMS["methods"](table)))
    mean = {}
    for _, line in table.iterrows():
        mean[line["views"], line["method"]] = edition.parted(line["kNN class"])[0]
    for row in rows:
        if ": kNN class, " in row["claim"]:
            method, views = row["claim"].split()[0], row["claim"].split(", ")[1].split()[0]
            assert row["effect"] == pytest.approx(mean[views, method] - mean[views, "ince"])
