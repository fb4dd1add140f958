"""The pages offer their report, and make it only when it is asked for."""

import pytest

from gca_viz.ui.pages.compare import downloads as of_compare
from gca_viz.ui.pages.effects import downloads as of_effects
from tests.ui.test_compare import open_page
from tests.ui.test_effects import opened


def labels(page) -> list[str]:
    return [button.proto.label for button in page.get("download_button")]


@pytest.fixture(autouse=True)
def no_report_is_made(monkeypatch):
    def refuse(*arguments):
        raise AssertionError("a report was made that nobody asked for")

    monkeypatch.setattr(of_effects, "effects_report", refuse)
    monkeypatch.setattr(of_compare, "compare_report", refuse)


@pytest.mark.parametrize("tab", ["Constraint square", "Sweep", "Calibration", "More columns", "Noise lab"])
def test_each_tab_of_effects_offers_its_numbers_and_a_report(tab):
    page = opened(tab, n="16", points="2", seeds="1", queue="16")
    assert not page.exception
    assert labels(page)[-3:] == ["Numbers (CSV)", "Report (HTML)", "Report and all files (ZIP)"]


def test_the_comparison_offers_a_report_and_says_the_command():
    page = open_page(compare="Download")
    assert not page.exception and {"Report (HTML)", "Report and all files (ZIP)"} <= set(labels(page))
    command = next(block.value for block in page.code if block.value.startswith("gca-viz compare"))
    assert "--batch-size 24" in command and "--encoders random,ince@5" in command
