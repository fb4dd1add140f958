import pytest

from gca_viz.errors import InputError
from gca_viz.limits import FILE_BYTES, SAMPLES, Limit


def test_a_refusal_says_the_amount_the_limit_and_how_to_raise_it():
    SAMPLES.check(SAMPLES.value, "mine.npz")
    with pytest.raises(InputError) as caught:
        SAMPLES.check(200_001, "mine.npz")
    assert str(caught.value) == (
        "Got mine.npz with 200,001 samples; at most 200,000 samples are read. Bring less, or start the app with "
        "GCA_VIZ_MAX_SAMPLES=200001 in its environment."
    )


def test_the_environment_sets_a_limit_and_nonsense_there_leaves_the_default(monkeypatch):
    limit = Limit("max_cats", 3, "cats")
    for text, value in (("7", 7), ("0", 3), ("-1", 3), ("many", 3), ("", 3)):
        monkeypatch.setenv("GCA_VIZ_MAX_CATS", text)
        assert limit.value == value


def test_bytes_are_written_as_megabytes():
    assert FILE_BYTES.text(1_500_000) == "1.5 MB"
    assert FILE_BYTES.text(1_000_000_000) == "1,000 MB"
