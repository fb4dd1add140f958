"""The page Paper without a browser: claims, filters, links, the file."""

import csv
import html
import io
import re
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from gca_viz.experiments.claims import REFUTED, VERDICTS, claims
from gca_viz.ui.pages.paper.rows import table_of

APP = Path(__file__).parents[2] / "app.py"


def opened(**query: str) -> AppTest:
    test = AppTest.from_file(APP, default_timeout=120)
    for key, value in query.items():
        test.query_params[key] = value
    test.switch_page("gca_viz/ui/pages/paper/paper.py")
    return test.run()


def table(page: AppTest) -> str:
    return next(block.proto.body for block in page.get("html") if '<div class="claims">' in block.proto.body)


def test_the_page_counts_and_lists_every_claim_with_a_link_that_is_its_recipe():
    page = opened()
    assert not page.exception and page.title[0].value.startswith(f"{len(claims())} claims: ")
    links = re.findall(r'<a href="\./([^"]*)"', table(page))
    assert [html.unescape(link) for link in links] == [claim.link for claim in claims()]


@pytest.mark.parametrize("verdict", VERDICTS)
def test_a_verdict_filters_table_and_figure(verdict):
    page = opened()
    page.segmented_control(key="verdict").set_value(verdict).run()
    assert not page.exception
    wanted = [claim for claim in claims() if claim.verdict == verdict]
    assert table(page).count("<a href=") == len(wanted)
    assert table(page).count(f">{verdict}</span>") == len(wanted)


def test_an_experiment_filters_and_a_word_that_is_none_is_all():
    experiment = claims()[-1].experiment
    page = opened(experiment=experiment)
    assert table(page).count("<a href=") == sum(claim.experiment == experiment for claim in claims())
    page = opened(verdict="maybe", experiment="none")
    assert not page.exception and table(page).count("<a href=") == len(claims())


def test_what_a_table_says_is_text():
    line = vars(claims()[0]) | {"claim": "<b>a</b>", "command": '"><script>', "link": '?x="><i>'}
    said = table_of([(1, type(claims()[0])(**line))])
    assert "<b>a</b>" not in said and "<script>" not in said and "<i>" not in said


def test_the_file_has_the_chosen_claims():
    from gca_viz.ui.pages.paper.page import _csv

    chosen = [(number, claim) for number, claim in enumerate(claims(), start=1) if claim.verdict == REFUTED]
    rows = list(csv.DictReader(io.StringIO(_csv(chosen))))
    assert [row["claim"] for row in rows] == [claim.claim for _, claim in chosen]
    assert [float(row["effect"].lstrip("'")) for row in rows] == [claim.effect for _, claim in chosen]
