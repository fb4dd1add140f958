"""What the experiments say of their numbers."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from benchmarks.paper.report import Estimate, apart, differs, markdown
from benchmarks.paper.runs import METHODS
from gca_viz.experiments.train import TrainingRecipe


def test_an_interval_holds_the_true_mean_nineteen_times_of_twenty():
    draw = np.random.default_rng(0)
    estimates = [Estimate.of(draw.normal(3.0, 2.0, 4)) for _ in range(2000)]
    inside = np.mean([abs(estimate.mean - 3.0) <= estimate.half for estimate in estimates])
    assert inside == pytest.approx(0.95, abs=0.015)
    alone = Estimate.of([0.5])
    assert np.isnan(alone.half) and str(alone) == "0.500"


def test_means_are_told_apart_as_by_welch_and_never_by_one_seed():
    high, low = Estimate.of([0.50, 0.51, 0.52]), Estimate.of([0.40, 0.41, 0.40])
    assert stats.ttest_ind(high.values, low.values, equal_var=False).pvalue < 0.05
    assert differs(high, low) and not differs(high, Estimate.of([0.40, 0.62, 0.50]))
    assert not differs(Estimate.of([0.9]), Estimate.of([0.1]))
    assert apart("a", high, "b", low) == "a (0.510) is above b (0.403)"
    assert apart("b", low, "a", high) == "b (0.403) is below a (0.510)"
    assert "within noise" in apart("a", high, "c", Estimate.of([0.40, 0.62, 0.50]))


def test_a_table_in_markdown():
    table = pd.DataFrame({"method": ["ince"], "class": [0.12345], "nothing": [np.nan]})
    assert markdown(table).splitlines() == [
        "| method | class | nothing |",
        "| --- | --- | --- |",
        "| ince | 0.123 |  |",
    ]


@pytest.mark.parametrize("name", METHODS)
def test_every_method_of_the_table_can_be_trained(name):
    method, options = METHODS[name]
    TrainingRecipe(method=method, options=options).check()
