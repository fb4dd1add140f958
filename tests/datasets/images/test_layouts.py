"""Folders as people have them: which are classes, domains and splits, and what is left out."""

import itertools
import random

import pytest

from gca_viz.datasets.images import open_images
from gca_viz.errors import InputError
from tests.datasets.images.pictures import encoded, noise, write

PNG = [encoded(noise(k, 8)) for k in range(4)]
DOMAINS, CLASSES = ("amazon", "dslr", "webcam"), ("back_pack", "bike")


def grid(pattern: str, **parts) -> list[str]:
    """Paths of three pictures for each combination: ``"{domain}/images/{kind}/{k}.jpg"``."""
    values = {name: values for name, values in parts.items() if f"{{{name}}}" in pattern} | {"k": range(1, 4)}
    return [pattern.format(**dict(zip(values, row, strict=True))) for row in itertools.product(*values.values())]


def opened(folder, paths, texts=None, **how):
    """The data set of pictures at these paths, with some texts beside."""
    pictures = {path: PNG[k % len(PNG)] for k, path in enumerate(paths)}
    return open_images(write(folder / "set", pictures | {k: v.encode() for k, v in (texts or {}).items()}), **how)


def understood(folder, paths, texts=None, **how):
    """Class names, domain names, path stems that are held out, of all."""
    dataset, report = opened(folder, paths, texts, **how).load()
    return dataset, report


A, B = {"kind": CLASSES}, {"kind": CLASSES, "domain": DOMAINS}
S = {"split": ("train", "val", "test")}


@pytest.mark.parametrize("top", ["", "archive/", "Office/My data (1)/"])
@pytest.mark.parametrize(
    ("pattern", "parts", "domains", "held"),
    [
        ("{kind}/{k}.jpg", A, 1, None),
        ("{kind}/images/{k}.JPEG", A, 1, None),
        ("images/{kind}/{k}.jpg", A, 1, None),
        ("{split}/{kind}/{k}.jpg", A | S, 1, 2 / 3),
        ("{split}/{kind}/images/{k}.jpg", A | S, 1, 2 / 3),
        ("{split}/images/{kind}/{k}.jpg", A | S, 1, 2 / 3),
        ("images/{split}/{kind}/{k}.jpg", A | S, 1, 2 / 3),
        ("{kind}/{split}/{k}.jpg", A | S, 1, 2 / 3),
        ("{kind}/{split}/img/{k}.jpg", A | S, 1, 2 / 3),
        ("{split}/{split}/{kind}/{k}.jpg", A | {"split": ("seg_train", "seg_test")}, 1, 1 / 2),
        ("{domain}/{kind}/{k}.jpg", B, 3, None),
        ("{domain}/images/{kind}/{k}.jpg", B, 3, None),
        ("{domain}/{kind}/images/{k}.jpg", B, 3, None),
        ("images/{domain}/{kind}/{k}.jpg", B, 3, None),
        ("kfold/{domain}/{kind}/{k}.jpg", B, 3, None),
        ("{domain}/kfold/{kind}/{k}.jpg", B, 3, None),
        ("{split}/{domain}/{kind}/{k}.jpg", B | S, 3, 2 / 3),
        ("{domain}/{split}/{kind}/{k}.jpg", B | S, 3, 2 / 3),
        ("{domain}/{kind}/{split}/{k}.jpg", B | S, 3, 2 / 3),
        ("{domain}/{split}/{kind}/JPEGImages/{k}.jpg", B | S, 3, 2 / 3),
        ("{domain}/{split}/{kind}/{k}.jpg", B | {"split": ("train", "crossval", "test")}, 3, 2 / 3),
        ("{kind}/{domain}/{k}.jpg", A | {"domain": ("photo", "sketch", "art_painting")}, 3, None),
        ("{domain}/{kind}/{k}.jpg", A | {"domain": ("Art", "Clipart", "Product", "Real World")}, 4, None),
        ("ILSVRC/Data/CLS-LOC/{split}/{kind}/{k}.JPEG", A | {"split": ("train", "val")}, 1, 1 / 2),
    ],
)
def test_folders_as_people_have_them(tmp_path, top, pattern, parts, domains, held):
    paths = grid(top + pattern.replace("{split}/{split}", "{split}/{split}"), **parts)
    dataset, report = understood(tmp_path, paths)
    assert dataset.class_names == CLASSES and len(dataset) == len(paths) and not report.skipped
    assert dataset.domain_names == (tuple(sorted(parts["domain"])) if domains > 1 else ("images",))
    for k in range(len(CLASSES)):
        assert (dataset.labels == k).sum() == len(paths) / 2
    assert dataset.held_out.mean() == pytest.approx(1 if held is None else held)


@pytest.mark.parametrize(
    "splits",
    [
        *(
            ("train", "val"),
            ("Train", "Valid"),
            ("TRAIN", "TEST"),
            ("training", "testing"),
            ("train2017", "val2017"),
        ),
        *(("training_set", "test_set"), ("train_images", "test_images"), ("trainset", "testset"), ("train", "dev")),
        *(
            ("train", "holdout"),
            ("train", "eval"),
            ("train-data", "validation-data"),
            ("train_val2018", "test2018"),
        ),
        *(("images_train", "images_test"), ("bounding_box_train", "bounding_box_test"), ("train", "held-out")),
        *(
            ("trainval", "test"),
            ("Train Set", "Validation Set"),
            ("train_256", "val_256"),
            ("TrainImages", "ValImages"),
        ),
    ],
)
def test_splits_by_any_name(tmp_path, splits):
    dataset, report = understood(tmp_path, grid("{split}/{kind}/{k}.jpg", split=splits, kind=("cat", "dog")))
    assert dataset.class_names == ("cat", "dog") and dataset.held_out.sum() == 6 and len(dataset) == 12
    assert any(f"Taken for splits: {', '.join(sorted(splits))}." in note for note in report.notes)


@pytest.mark.parametrize(
    "names",
    [
        ("boat", "bus", "train"),
        ("mask", "no_mask"),
        ("with_mask", "without_mask"),
        ("invalid", "valid"),
        ("Ford GT Coupe 2006", "Ford Mustang 1965"),
        ("NORMAL", "PNEUMONIA"),
        ("raw", "ripe", "rotten"),
        ("hat", "label", "mask"),
        ("eval tool", "test tube", "train station"),
        ("A", "a", "b"),
    ],
)
@pytest.mark.parametrize("pattern", ["{kind}/{k}.jpg", "{split}/{kind}/{k}.jpg", "{kind}/images/{k}.jpg"])
def test_classes_whose_names_could_mean_something_else(tmp_path, names, pattern):
    dataset, report = understood(tmp_path, grid(pattern, kind=names, split=("train", "test")))
    assert sorted(dataset.class_names) == sorted(names) and not report.skipped


@pytest.mark.parametrize(
    ("pictures", "masks"),
    [
        ("images/{name}.jpg", "annotations/trimaps/{name}.png"),
        ("images/{name}.jpg", "masks/{name}.png"),
        ("train/img/{name}.jpg", "train/lbl/{name}.png"),
        ("JPEGImages/{name}.jpg", "SegmentationClass/{name}.png"),
        ("VOCdevkit/VOC2012/JPEGImages/{name}.jpg", "VOCdevkit/VOC2012/SegmentationObject/{name}.png"),
        ("leftImg8bit/{name}.png", "gtFine/{name}_gtFine_labelIds.png"),
        ("img/{name}.jpg", "gt/{name}.png"),
        ("train/{name}.jpg", "train_masks/{name}_mask.gif"),
        ("images/training/{name}.jpg", "annotations/training/{name}.png"),
        ("{name}.jpg", "{name}_segmentation.png"),
        ("CUB_200_2011/images/{name}.jpg", "segmentations/{name}.png"),
        ("CelebA-HQ-img/{name}.jpg", "CelebAMask-HQ-mask-anno/0/{name}_hair.png"),
        ("ISIC_Input/{name}.jpg", "ISIC_Input/{name}_superpixels.png"),
    ],
)
def test_masks_beside_pictures_are_no_classes(tmp_path, pictures, masks):
    names = [f"00{k}" for k in range(5)]
    paths = [path.format(name=name) for path in (pictures, masks) for name in names]
    dataset, report = understood(tmp_path, paths)
    assert dataset.names == tuple(names) and len(dataset.class_names) == 1
    assert len(report.skipped) == 1 and "5 pictures: masks beside the pictures" in report.skipped[0][1]


def test_masks_in_each_class_are_no_classes_either(tmp_path):
    paths = grid("{kind}/{what}/{k}.png", kind=("COVID", "Normal"), what=("images", "masks"))
    dataset, _ = understood(tmp_path, paths)
    assert dataset.class_names == ("COVID", "Normal") and len(dataset) == 6


def test_masks_alone_are_pictures(tmp_path):
    dataset, _ = understood(tmp_path, grid("masks/{kind}/{k}.png", kind=("cat", "dog")))
    assert dataset.class_names == ("cat", "dog") and len(dataset) == 6


WNIDS = ("n01443537", "n01629819", "n01641577")
TINY = [
    *grid("train/{kind}/images/{kind}_{k}.JPEG", kind=WNIDS),
    *(f"val/images/val_{k}.JPEG" for k in range(20)),
    *(f"test/images/test_{k}.JPEG" for k in range(20)),
]
TINY_TEXTS = {
    "val/val_annotations.txt": "".join(f"val_{k}.JPEG\t{WNIDS[k % 3]}\t0\t32\t44\t62\n" for k in range(20)),
    "words.txt": "n01443537\tgoldfish, Carassius auratus\nn01629819\tsalamander\nn01641577\tfrog\nn09\tother\n",
    "wnids.txt": "\n".join(WNIDS),
    **{f"train/{wnid}/{wnid}_boxes.txt": f"{wnid}_1.JPEG\t0\t10\t63\t58\n" for wnid in WNIDS},
}


def test_tiny_imagenet(tmp_path):
    dataset, report = understood(tmp_path, TINY, TINY_TEXTS)
    assert dataset.class_names == WNIDS and len(dataset) == 29 and dataset.held_out.sum() == 20
    assert {dataset.names[row] for row in dataset.held_out.nonzero()[0]} == {f"val_{k}" for k in range(20)}
    for row in dataset.held_out.nonzero()[0]:
        number = int(dataset.names[row].removeprefix("val_"))
        assert dataset.class_names[dataset.labels[row]] == WNIDS[number % 3]
    assert report.skipped == (("test/images", "20 pictures: no class is known"),)
    assert report.facts["Folders"] == "split/class/images/image"
    assert report.facts["Splits"] == "test 20, train 9"
    assert any("come from val/val_annotations.txt" in note for note in report.notes)
    assert set(dataset.texts) == {"goldfish, Carassius auratus", "salamander", "frog"}


def test_a_flat_split_without_a_list_is_left_out_and_told(tmp_path):
    paths = [*grid("train/{kind}/{k}.JPEG", kind=WNIDS), *(f"val/ILSVRC2012_val_{k:08}.JPEG" for k in range(50))]
    dataset, report = understood(tmp_path, paths)
    assert dataset.class_names == WNIDS and len(dataset) == 9
    assert report.skipped == (("val", "50 pictures: no class is known"),)


def test_imagenet_of_kaggle_takes_the_classes_of_its_flat_val(tmp_path):
    top = "ILSVRC/Data/CLS-LOC"
    rows = "".join(f"ILSVRC2012_val_{k:08},{WNIDS[k % 3]} 85 1 499 272 \n" for k in range(9))
    paths = [
        *grid(top + "/train/{kind}/{kind}_{k}.JPEG", kind=WNIDS),
        *(f"{top}/val/ILSVRC2012_val_{k:08}.JPEG" for k in range(9)),
    ]
    dataset, _ = understood(tmp_path, paths, {"LOC_val_solution.csv": "ImageId,PredictionString\n" + rows})
    assert len(dataset) == 18 and dataset.held_out.sum() == 9
    assert (dataset.labels[dataset.held_out] == [k % 3 for k in range(9)]).all()


PETS = [
    f"images/{name}_{k}.jpg"
    for name in ("Abyssinian", "american_pit_bull_terrier", "Egyptian_Mau")
    for k in range(1, 5)
]


@pytest.mark.parametrize(
    ("paths", "names"),
    [
        (PETS, ("Abyssinian", "american_pit_bull_terrier", "Egyptian_Mau")),
        ([f"train/{name}.{k}.jpg" for name in ("cat", "dog") for k in range(5)], ("cat", "dog")),
        ([f"{name} ({k}).png" for name in ("apple", "pear") for k in range(1, 4)], ("apple", "pear")),
        ([f"{k}_{name}.png" for k, name in enumerate(["frog", "truck"] * 4)], ("frog", "truck")),
    ],
)
def test_classes_in_the_names_of_files(tmp_path, paths, names):
    texts = {"annotations/list.txt": "".join(f"{path.split('/')[-1][:-4]} 1 1 1\n" for path in paths)}
    source = opened(tmp_path, paths, texts)
    assert source.layouts == ("name", "-") and source.report.kind == "pictures: classes in the names of files"
    dataset, _ = source.load()
    assert dataset.class_names == names and len(dataset) == len(paths)
    assert opened(tmp_path, [], layout="-").load()[0].class_names == ("all",)


@pytest.mark.parametrize(
    "paths",
    [
        [f"IMG_{k}.jpg" for k in range(5)] + [f"DSC_{k}.jpg" for k in range(5)],
        [f"jpg/image_{k:05}.jpg" for k in range(9)],
        [f"ISIC_{k:07}.jpg" for k in range(9)],
        [f"img_align_celeba/{k:06}.jpg" for k in range(9)],
        ["dog.png", "cat.png", "owl.png", "hen.png"],
        ["Screenshot 1.png", "Screenshot 2.png", "WhatsApp Image 3.png", "WhatsApp Image 4.png"],
    ],
)
def test_names_that_say_no_class(tmp_path, paths):
    dataset, _ = understood(tmp_path, paths)
    assert len(dataset.class_names) == 1 and len(dataset) == len(paths)


NUMBERS = [f"{k:04}" for k in range(12)]
KINDS = ["nevus", "melanoma", "keratosis"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("labels.csv", "image,label\n" + "".join(f"{n}.jpg,{KINDS[k % 3]}\n" for k, n in enumerate(NUMBERS))),
        ("labels.csv", "id,breed\n" + "".join(f"{n},{KINDS[k % 3]}\n" for k, n in enumerate(NUMBERS))),
        (
            "HAM_metadata.csv",
            "lesion_id,image_id,dx,age\n"
            + "".join(f"H{k % 5},{n},{KINDS[k % 3]},60\n" for k, n in enumerate(NUMBERS)),
        ),
        (
            "truth.csv",
            "image,nevus,melanoma,keratosis\n"
            + "".join(
                f"{n}," + ",".join("1.0" if k % 3 == j else "0.0" for j in range(3)) + "\n"
                for k, n in enumerate(NUMBERS)
            ),
        ),
        ("truth/labels.txt", "".join(f"images/{n}.jpg {KINDS[k % 3]}\n" for k, n in enumerate(NUMBERS))),
        ("a.tsv", "file\tclass\n" + "".join(f"{n}.jpg\t{KINDS[k % 3]}\n" for k, n in enumerate(NUMBERS))),
        (
            "a.csv",
            "\ufefffile;category\r\n"
            + "".join(f"images/{n}.jpg;{KINDS[k % 3]}\r\n" for k, n in enumerate(NUMBERS)),
        ),
    ],
)
def test_classes_in_a_list(tmp_path, name, text):
    folder = "ISIC_2019_Training_Input" if "truth" in name and "csv" in name else "images"
    source = opened(tmp_path, [f"{folder}/{n}.jpg" for n in NUMBERS], {name: text})
    assert source.report.kind == f"pictures: classes in {name}" and source.layouts == ("list", "-")
    dataset, _ = source.load()
    assert [dataset.class_names[label] for label in dataset.labels] == [KINDS[k % 3] for k in range(12)]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("list_attr_celeba.txt", "12\nBald Young\n" + "".join(f"{n}.jpg 1 -1\n" for n in NUMBERS)),
        ("list_bbox.txt", "".join(f"{n}.jpg {k}\n" for k, n in enumerate(NUMBERS))),
        ("sample_submission.csv", "id,label\n" + "".join(f"{n},{k % 2}\n" for k, n in enumerate(NUMBERS))),
        ("README.txt", "Pictures of birds.\nTake care.\n"),
        ("many.csv", "image,age,sex\n" + "".join(f"{n},{k % 2},m\n" for k, n in enumerate(NUMBERS))),
    ],
)
def test_lists_that_say_no_class(tmp_path, name, text):
    dataset, _ = understood(tmp_path, [f"{n}.jpg" for n in NUMBERS], {name: text})
    assert dataset.class_names == ("all",) and len(dataset) == 12


FOOD = grid("images/{kind}/{k}.jpg", kind=("apple_pie", "ramen"))


@pytest.mark.parametrize(
    ("paths", "texts"),
    [
        (
            FOOD,
            {
                "meta/train.txt": "apple_pie/1\nramen/1\nramen/2\napple_pie/2\n",
                "meta/test.txt": "apple_pie/3\nramen/3\n",
            },
        ),
        (
            FOOD,
            {
                "split.csv": "file,label,split\n"
                + "".join(f"{p},0,{'test' if '3' in p else 'train'}\n" for p in FOOD)
            },
        ),
        (
            grid("{domain}/{kind}/{k}.jpg", domain=("clipart", "real"), kind=("ant", "bat")),
            {
                f"{domain}_{split}.txt": "".join(
                    f"{domain}/{kind}/{k}.jpg {c}\n" for c, kind in enumerate(("ant", "bat")) for k in numbers
                )
                for domain in ("clipart", "real")
                for split, numbers in (("train", (1, 2)), ("test", (3,)))
            },
        ),
        (
            [f"img_align_celeba/{k:06}.jpg" for k in range(6)],
            {"list_eval_partition.txt": "".join(f"{k:06}.jpg {(0, 0, 1)[k % 3]}\n" for k in range(6))},
        ),
    ],
)
def test_splits_in_lists(tmp_path, paths, texts):
    dataset, report = understood(tmp_path, paths, texts)
    assert len(dataset) == len(paths) and dataset.held_out.mean() == pytest.approx(1 / 3)
    assert any(note.startswith("Splits come from ") for note in report.notes)


def test_a_list_of_all_for_tests_does_not_take_those_for_training(tmp_path):
    """As PACS has it: its list for tests names every picture."""
    paths = grid("{domain}/{kind}/{k}.jpg", domain=("photo", "sketch"), kind=("dog", "horse"))
    texts = {
        "photo_test_kfold.txt": "".join(f"{path} 1\n" for path in paths),
        "photo_train_kfold.txt": "".join(f"{path} 1\n" for path in paths if "1" in path),
    }
    dataset, _ = understood(tmp_path, paths, texts)
    assert {dataset.names[row] for row in (~dataset.held_out).nonzero()[0]} == {"1"}


def test_a_reading_can_be_set(tmp_path):
    paths = grid("{a}/{b}/{k}.jpg", a=("Aves", "Mammalia"), b=("2750", "31"))
    source = opened(tmp_path, paths)
    assert source.layouts == ("domain/class", "class/domain", "-/class", "class/-", "-/-")
    found = {}
    for layout in source.layouts:
        dataset, report = opened(tmp_path, [], layout=layout).load()
        assert report.kind == f"pictures: {layout}/image"
        found[layout] = (dataset.class_names, dataset.domain_names)
    animals, numbers = ("Aves", "Mammalia"), ("31", "2750")
    assert found == {
        "domain/class": (numbers, animals),
        "class/domain": (animals, numbers),
        "-/class": (numbers, ("images",)),
        "class/-": (animals, ("images",)),
        "-/-": (("all",), ("images",)),
    }
    with pytest.raises(
        InputError, match="layout = 'species'; .*may be read as domain/class, class/domain, -/class"
    ) as caught:
        opened(tmp_path, [], layout="species")
    assert caught.value.parameter == "layout"


def test_groups_of_classes_are_told(tmp_path):
    paths = grid("train/birds/{kind}/{k}.jpg", kind=("owl", "wren")) + grid(
        "train/fish/{kind}/{k}.jpg", kind=("eel",)
    )
    _, report = understood(tmp_path, paths)
    note = next(note for note in report.notes if "outer folders" in note)
    dataset, _ = opened(tmp_path, [], layout="-/class").load()  # what the note says to do
    assert (
        "-/class" in note and dataset.class_names == ("eel", "owl", "wren") and dataset.domain_names == ("images",)
    )


def test_deeper_folders_are_read_and_told(tmp_path):
    paths = grid(
        "{domain}/{group}/{kind}/{k}.jpg", domain=("real", "sketch"), group=("x", "y"), kind=("cat", "dog")
    )
    dataset, report = understood(tmp_path, paths)
    assert report.kind == "pictures: domain/-/class/image" and dataset.domain_names == ("real", "sketch")
    assert dataset.class_names == ("cat", "dog") and any("deeper" in note for note in report.notes)
    assert opened(tmp_path, [], layout="-/domain/class").load()[0].domain_names == ("x", "y")


def test_a_layout_of_what_has_no_folders_is_refused(tmp_path):
    folder = write(tmp_path, {"test_batch.bin": bytes(3073)})
    with pytest.raises(InputError, match="layout = 'class'; .* CIFAR-10, binary version"):
        open_images(folder, layout="class")
    assert len(open_images(folder).load()[0]) == 1  # left out, as it says


@pytest.mark.parametrize("ending", ["", ".dat2", ".jpg_large", ".0001", ".JPE", ".image"])
def test_pictures_of_any_ending_are_known_by_what_they_hold(tmp_path, ending):
    dataset, report = understood(
        tmp_path,
        [path.replace(".jpg", ending) for path in grid("{kind}/p{k}.jpg", **A)],
        {"LICENSE": "x", "Makefile": "y"},
    )
    assert dataset.class_names == CLASSES and len(dataset) == 6 and not report.skipped


def test_the_order_of_files_changes_nothing(tmp_path):
    from gca_viz.datasets.images.reading import placed_pictures

    shuffled = TINY.copy()
    random.Random(0).shuffle(shuffled)
    assert placed_pictures(sorted(shuffled)) == placed_pictures(sorted(TINY))
    assert placed_pictures(shuffled)[0] == placed_pictures(TINY)[0]
