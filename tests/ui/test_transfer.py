"""The page Transfer without a browser: what it says, which choices there are, and what a click changes."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

APP = Path(__file__).parents[2] / "app.py"
SMALL = {"data": "emoji", "n": "24", "eps": "0.05"}


def opened(**query: str) -> AppTest:
    test = AppTest.from_file(APP, default_timeout=120)
    for key, value in (SMALL | query).items():
        test.query_params[key] = value
    test.switch_page("gca_viz/ui/pages/transfer/transfer.py")
    return test.run()


def chosen(test: AppTest, label: str):
    return next(box for box in test.selectbox if box.label == label)


def test_it_says_what_is_handed_on_and_offers_files():
    test = opened(**{"from": "noto"})
    assert not test.exception and not test.error
    assert test.title[0].value.startswith("From Noto to Fluent the balanced plan hands ")
    assert any("set distance of Noto (24 images) and Fluent (24)" in text.value for text in test.markdown)
    labels = [button.proto.label for button in test.get("download_button")]
    assert {"Numbers (CSV)", "Distances (CSV)", "Images (CSV)", "Report (HTML)"} <= set(labels)


def test_a_choice_of_sets_changes_the_page_and_the_link():
    test = opened()
    chosen(test, "Two sets").set_value("split").run()
    assert not test.exception and test.title[0].value.startswith("From training to held-out")
    assert test.query_params["sets"] == "split"
    assert not [box for box in test.selectbox if box.label in ("From", "To")]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"data": "digits", "encoder": "random"}, "two domains are needed"),
        ({"sets": "labelled", "labelled": "500"}, "some of the batch must be left"),
        ({"sets": "data", "other": "digits"}, "share no class"),
    ],
)
def test_what_cannot_be_is_a_sentence_and_the_form_stays(query, words):
    test = opened(**query)
    assert not test.exception and words in test.error[0].value.replace("\\", "")
    assert chosen(test, "Two sets")
