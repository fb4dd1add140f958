import os

import numpy as np
import pytest

from gca_viz.datasets.images import open_images, open_uploads
from gca_viz.errors import InputError
from tests.datasets.images.pictures import encoded, huge_png, noise, write

PNG = [encoded(noise(k)) for k in range(8)]
PACS = {
    f"{domain}/{kind}/pic_{k}.png": PNG[4 * i + 2 * j + k]
    for i, domain in enumerate(("art_painting", "sketch"))
    for j, kind in enumerate(("dog", "horse"))
    for k in range(2)
}


def by_name(dataset):
    return {
        (dataset.domain_names[d], dataset.class_names[c], name): image
        for d, c, name, image in zip(dataset.domains, dataset.labels, dataset.names, dataset.images, strict=True)
    }


def test_domain_class_image(tmp_path):
    source = open_images(write(tmp_path / "pacs", PACS))
    assert source.report.kind == "pictures: domain/class/image"
    dataset, report = source.load()
    assert dataset.name == "pacs" and dataset.domain_names == ("art_painting", "sketch")
    assert dataset.class_names == ("dog", "horse") and dataset.held_out.all()
    found = by_name(dataset)
    for path, content in PACS.items():
        domain, kind, name = path.removesuffix(".png").split("/")
        assert np.array_equal(found[domain, kind, name], noise(PNG.index(content)))
    assert dataset.identities.tolist() == list(range(8))
    assert dataset.attribution == ("your own data",) * 2
    assert report.facts["Images"] == "8" and report.facts["Pixels"] == "32 × 32"
    assert report.facts["Classes"] == "2: dog 4, horse 4" and report.facts["Domains"].startswith(
        "2: art_painting 4"
    )
    assert report.facts["Memory"] == "0.0 MB" and report.facts["Duplicates"].startswith("0 ")
    assert source.report.facts["Classes"] == report.facts["Classes"]


def test_class_image_and_classes_in_the_order_of_people(tmp_path):
    files = {f"{kind}/a.png": PNG[k] for k, kind in enumerate(("10", "9", "Zebra", "ape"))}
    dataset, report = open_images(write(tmp_path, files)).load()
    assert dataset.class_names == ("9", "10", "ape", "Zebra") and dataset.domain_names == ("images",)
    assert any("no test split" in note for note in report.notes)


def test_no_folders_mean_one_class(tmp_path):
    dataset, report = open_images(write(tmp_path, {"b.png": PNG[0], "a.png": PNG[1]}), name="mine").load()
    assert dataset.class_names == ("all",) and dataset.names == ("a", "b") and dataset.name == "mine"
    assert any("one class only" in note for note in report.notes)


def test_a_single_picture_is_a_data_set(tmp_path):
    write(tmp_path, {"one.png": PNG[0], "other.png": PNG[1]})
    dataset, _ = open_images(tmp_path / "one.png").load()
    assert dataset.names == ("one",) and np.array_equal(dataset.images[0], noise(0))


def test_outer_folders_named_as_splits_are_splits(tmp_path):
    files = {"train/cat/1.png": PNG[0], "train/dog/1.png": PNG[1], "val/cat/1.png": PNG[2]}
    dataset, _ = open_images(write(tmp_path, files)).load()
    assert dataset.domain_names == ("images",) and dataset.held_out.tolist() == [False, False, True]


def test_the_usual_depth_wins_and_others_are_listed(tmp_path):
    files = {"cat/1.png": PNG[0], "dog/1.png": PNG[1], "top.png": PNG[2], "a/b/deep.png": PNG[3]}
    source = open_images(write(tmp_path, files | {"a/notes.txt": b"hello"}))
    assert source.report.kind == "pictures: class/image" and source.report.facts["Other files"] == "1, not read"
    assert {path for path, _ in source.report.skipped} == {"top.png", "a/b/deep.png"}
    dataset, report = source.load()
    assert len(dataset) == 2 and dataset.class_names == ("cat", "dog") and len(report.skipped) == 2


def test_folders_that_hold_everything_mean_nothing_if_there_are_too_many(tmp_path):
    deep = {f"kaggle/pacs_data/{path}": content for path, content in PACS.items()}
    assert len(open_images(write(tmp_path / "x", deep)).load()[0].domain_names) == 2
    tree = {f"{a}/{b}/c/d/{a}.png": PNG[0] for a in "xy" for b in "pq"}
    dataset, _ = open_images(write(tmp_path / "y", tree)).load()
    assert dataset.domain_names == ("x", "y") and dataset.class_names == ("p", "q")


def test_hidden_files_and_litter_are_ignored_without_a_word(tmp_path):
    litter = {"cat/.hidden.png": b"", "__MACOSX/cat/1.png": b"", "cat/Thumbs.db": b"", ".git/a/1.png": b""}
    source = open_images(write(tmp_path, {"cat/1.png": PNG[0], "dog/1.png": PNG[1]} | litter))
    assert not source.report.skipped and "Other files" not in source.report.facts
    assert len(source.load()[0]) == 2


def test_links_are_not_followed_and_pipes_not_opened(tmp_path):
    write(tmp_path / "elsewhere", {"secret/s.png": PNG[3]})
    folder = write(tmp_path / "set", {"cat/1.png": PNG[0], "dog/1.png": PNG[1]})
    (folder / "owl").symlink_to(tmp_path / "elsewhere" / "secret")
    (folder / "cat" / "2.png").symlink_to(tmp_path / "elsewhere" / "secret" / "s.png")
    os.mkfifo(folder / "cat" / "3.png")
    source = open_images(folder)
    assert [path for path, _ in source.report.skipped] == ["cat/2.png", "cat/3.png", "owl"]
    assert "not followed" in source.report.skipped[0][1]
    assert len(source.load()[0]) == 2


def test_pictures_that_cannot_be_read_are_left_out_and_listed(tmp_path):
    jpeg = encoded(noise(0, 128), "JPEG")
    bad = {
        "cat/cut.jpg": jpeg[: len(jpeg) // 2],
        "cat/huge.png": huge_png(),
        "cat/text.png": b"hello",
        "cat/no.png": b"",
    }
    source = open_images(write(tmp_path, {"cat/good.png": PNG[0], "dog/good.jpg": jpeg} | bad))
    assert {path for path, _ in source.report.skipped} == {"cat/huge.png", "cat/text.png", "cat/no.png"}
    dataset, report = source.load()
    assert dataset.names == ("good", "good") and dataset.labels.tolist() == [0, 1]
    why = dict(report.skipped)
    assert set(why) == set(bad)
    assert "truncated" in why["cat/cut.jpg"]
    assert "at most 50,000,000 pixels" in why["cat/huge.png"]
    assert "no picture" in why["cat/text.png"]
    assert report.facts["Images"] == "2"


def test_nothing_readable_at_all_is_refused(tmp_path):
    with pytest.raises(InputError, match="no readable picture .a.png: no picture"):
        open_images(write(tmp_path, {"a.png": b"x"}))
    jpeg = encoded(noise(0, 128), "JPEG")
    source = open_images(write(tmp_path, {"a.png": jpeg[: len(jpeg) // 2]}))
    with pytest.raises(InputError, match="no readable picture .a.png: image file is truncated"):
        source.load()


def test_names_stay_text_without_control_characters(tmp_path):
    names = ("<b>&amp;</b>" if os.sep == "/" else "b", "猫 🐈", "x\x07y\u202e", "=1+1", "l" * 200)
    dataset, _ = open_images(
        write(tmp_path, {f"{name.replace('/', '∕')}/a.png": PNG[k] for k, name in enumerate(names)})
    ).load()
    assert set(dataset.class_names) == {"<b>&amp;<∕b>", "猫 🐈", "xy", "=1+1", "l" * 79 + "…"}


def test_one_name_in_two_spellings_is_one_class(tmp_path):
    spellings = ("caf\u00e9", "cafe\u0301", "Caf\u00e9 ", "CAF\u00c9.", "caf\u00e9\u200b")
    files = {f"{split}/{name}/a.png": PNG[k] for k, (split, name) in enumerate(zip(SPLITS, spellings, strict=True))}
    dataset, _ = open_images(write(tmp_path, files | {"train/tea/a.png": PNG[6]})).load()
    assert len(dataset.class_names) == 2 and len(dataset) == 6
    assert {name.casefold() for name in dataset.class_names} == {"caf\u00e9", "tea"}


SPLITS = ("train", "val", "test", "dev", "holdout")


def test_long_names_that_begin_alike_stay_two_classes(tmp_path):
    first, second, third = "x" * 150 + "a", "x" * 150 + "b", "x" * 60 + "c" + "x" * 89 + "b"
    dataset, _ = open_images(
        write(tmp_path, {f"{n}/{k}.png": PNG[k] for k, n in enumerate((first, second, third))})
    ).load()
    assert len(set(dataset.class_names)) == 3 and sorted(dataset.labels) == [0, 1, 2]
    assert all(len(name) <= 80 for name in dataset.class_names)


def test_sizes_differ_and_a_side_can_be_given(tmp_path):
    write(
        tmp_path, {"a.png": encoded(noise(0, 40)), "b.png": encoded(noise(1, 80)), "c.png": encoded(noise(2, 120))}
    )
    source = open_images(tmp_path)
    assert source.report.facts["Pixels"] == "80 × 80, the middle of 40 × 40 to 120 × 120"
    assert source.load()[0].image_size == (80, 80)
    assert open_images(tmp_path, side=16).load()[0].image_size == (16, 16)


def test_duplicates_are_counted(tmp_path):
    _, report = open_images(write(tmp_path, {f"{k}.png": PNG[k % 2] for k in range(5)})).load()
    assert report.facts["Duplicates"].startswith("3 ")


def test_too_many_are_refused(tmp_path, monkeypatch):
    write(tmp_path, {f"{k}.png": PNG[k] for k in range(4)})
    monkeypatch.setenv("GCA_VIZ_MAX_SAMPLES", "3")
    with pytest.raises(InputError, match="4 samples; at most 3 samples are read"):
        open_images(tmp_path)
    monkeypatch.setenv("GCA_VIZ_MAX_ENTRIES", "2")
    with pytest.raises(InputError, match="at most 2 files are read"):
        open_images(tmp_path)


def test_uploads_without_pairs_are_pictures():
    source = open_uploads([("p/dog.png", PNG[0]), ("cat.png", PNG[1]), ("cat.png", PNG[2])])
    dataset, _ = source.load()
    assert dataset.names == ("dog", "cat", "cat (2)") and dataset.second_images is None
    assert np.array_equal(dataset.images, [noise(0), noise(1), noise(2)])


@pytest.mark.parametrize("ends", ["_a _b", "_1 _2", "-a -b", "_B _A"])
def test_uploads_whose_names_pair_them_are_two_views(ends):
    first, second = ends.split()
    files = [
        (f"x{first}.png", PNG[0]),
        (f"x{second}.jpg", PNG[1]),
        (f"y{second}.png", PNG[3]),
        (f"y{first}.png", PNG[2]),
    ]
    source = open_uploads([*files, ("z_a.png", PNG[4])])
    assert source.report.facts["Pairs"] == "2"
    dataset, report = source.load()
    one, two = (0, 1) if first.lower() < second.lower() else (1, 0)
    assert np.array_equal(dataset.images, [noise(one), noise(2 + one)])
    assert np.array_equal(dataset.second_images, [noise(two), noise(2 + two)])
    assert dataset.names == ("x", "y")
    assert report.skipped == (("z_a.png", "without its other half"),)


def test_a_pair_with_a_damaged_half_is_left_out():
    files = [("x_a.png", PNG[0]), ("x_b.png", b"no"), ("y_a.png", PNG[2]), ("y_b.png", PNG[3])]
    dataset, report = open_uploads(files).load()
    assert dataset.names == ("y",) and len(dataset.second_images) == 1 and len(report.skipped) == 1
    assert "no picture" in report.skipped[0][1]


def test_a_series_is_no_pair():
    assert open_uploads([(f"IMG_{k}.png", PNG[k]) for k in (1, 2, 3)]).load()[0].second_images is None
    mostly_single = [("x_a.png", PNG[0]), ("x_b.png", PNG[1]), *((f"{k}.png", PNG[k]) for k in range(3))]
    assert open_uploads(mostly_single).load()[0].second_images is None


def test_uploads_of_other_things_are_refused():
    with pytest.raises(InputError, match="the uploaded files with 1 .txt that holds no image"):
        open_uploads([("a.txt", b"hello")])
    with pytest.raises(InputError, match="no file"):
        open_uploads([])
