import pytest

from gca_viz.errors import InputError
from gca_viz.settings.limits import FILE_BYTES, SAMPLES, SMALL, Limit, check_growth


def test_a_refusal_says_the_amount_the_limit_and_how_to_raise_it():
    SAMPLES.check(SAMPLES.value, "mine.npz")
    with pytest.raises(InputError) as caught:
        SAMPLES.check(200_001, "mine.npz")
    assert str(caught.value) == (
        "Got mine.npz with 200,001 samples; at most 200,000 samples are read. Bring less, or start the app with "
        "GCA_VIZ_MAX_SAMPLES=200001 in its environment."
    )


def test_where_there_may_be_more_no_cap_is_named_that_would_not_do():
    with pytest.raises(InputError) as caught:
        SAMPLES.check(200_001, "mine.parquet", so_far=True)
    assert str(caught.value) == (
        "Got mine.parquet with at least 200,001 samples; at most 200,000 samples are read. Bring less, or start "
        "the app with a larger GCA_VIZ_MAX_SAMPLES in its environment."
    )


def test_the_environment_sets_a_limit_and_nonsense_there_leaves_the_default(monkeypatch):
    limit = Limit("max_cats", 3, "cats")
    for text, value in (("7", 7), ("0", 3), ("-1", 3), ("many", 3), ("", 3)):
        monkeypatch.setenv("GCA_VIZ_MAX_CATS", text)
        assert limit.value == value


def test_bytes_are_written_as_megabytes():
    assert FILE_BYTES.text(1_500_000) == "1.5 MB"
    assert FILE_BYTES.text(1_000_000_000) == "1,000 MB"


def test_what_is_small_may_be_packed_as_tightly_as_it_likes(monkeypatch):
    check_growth(1, SMALL, "labels.npy")
    check_growth(SMALL, 200 * SMALL // 2, "an archive")
    with pytest.raises(InputError, match="GCA_VIZ_MAX_GROWTH=16000001") as caught:
        check_growth(1, SMALL + 1, "zeros.npy")
    assert "at most 200 times its packed size" in str(caught.value)
    monkeypatch.setenv("GCA_VIZ_MAX_GROWTH", "16000001")  # what the sentence says to do
    check_growth(1, SMALL + 1, "zeros.npy")
    with pytest.raises(InputError, match="at most 2,000 MB"):
        check_growth(2_000_000_000, 2_000_000_001, "an archive")
