"""What the names of folders and files say: splits, masks beside pictures, and folders that mean nothing."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from functools import lru_cache

from gca_viz.files.member_names import readable

_LONGEST = 255  # letters of a name on any disk
TRAIN, TEST, UNLABELLED = "train", "test", "unlabelled"

_TRAIN = {"train", "trains", "training", "trn", "trainval"}
_TEST = {
    *("test", "tests", "testing", "tst", "dev", "eval", "evaluation", "evaluate", "holdout", "heldout"),
    *("val", "vals", "valid", "validation", "validate", "validating", "crossval", "crossvalidation", "minival"),
}
_UNLABELLED = {"unlabeled", "unlabelled", "unsup", "unsupervised"}
_SPLITS = _TRAIN | _TEST | _UNLABELLED
#: folders of such names hold what the folder above holds
_PLAIN = {
    *(
        "image",
        "images",
        "img",
        "imgs",
        "jpg",
        "jpgs",
        "jpeg",
        "jpegs",
        "png",
        "pngs",
        "bmp",
        "tif",
        "tiff",
        "webp",
    ),
    *("photo", "photos", "picture", "pictures", "pic", "pics", "frame", "frames", "crop", "crops", "cropped"),
    *("data", "dataset", "datasets", "file", "files", "raw", "original", "originals", "resized", "rgb"),
    *("sample", "samples", "input", "inputs", "class", "classes"),
}
#: what the name of a split may hold beside the word for it
_FILLING = _PLAIN | {
    *(
        "set",
        "sets",
        "split",
        "splits",
        "fold",
        "part",
        "seg",
        "ilsvrc",
        "imagenet",
        "coco",
        "tiny",
        "mini",
        "small",
    ),
    *(
        "large",
        "new",
        "final",
        "clean",
        "cleaned",
        "public",
        "private",
        "full",
        "all",
        "held",
        "hold",
        "out",
        "cross",
    ),
    *("the", "of", "for", "and", "a", "b", "c", "x", "k", "px"),
}
#: words of which one is enough to say that a folder holds no pictures but what was drawn over them
_MASKS = {
    *("annotation", "annotations", "annot", "annots", "anno", "annos", "trimap", "trimaps", "groundtruth"),
    *("segmentations", "superpixels", "labelmap", "labelmaps"),
}
#: those that say so where there is no other
_ONLY_MASKS = {"segmentation", "gt", "gts", "matte", "mattes", "ann", "anns"}
#: masks only where what lies beside them means nothing, for there are classes of such names
_PERHAPS_MASKS = {
    *(
        "mask",
        "masks",
        "label",
        "labels",
        "lbl",
        "lbls",
        "seg",
        "segs",
        "semantic",
        "instance",
        "instances",
        "panoptic",
    ),
    *("parsing", "depth", "normals", "disparity", "contour", "contours"),
}
_OF_MASKS = {"object", "aug", "fine", "coarse", "color", "colour", "dir", "map", "maps", "binary", "id", "ids"}
_GROUND_TRUTH = {"ground", "truth"}
_MASK_OF = re.compile(
    r"(.+?)[_\-. ]+(?:masks?|seg|segmentation|trimap|gt|labels?|labelids|superpixels|matte)(?:[_\-. ]?\d+)?",
    re.IGNORECASE,
)
#: names by which cameras and programs call pictures, of which none is a class
_GENERIC = (
    _PLAIN
    | _SPLITS
    | {
        *(
            "dsc",
            "dscn",
            "dscf",
            "dcim",
            "scan",
            "screenshot",
            "screen",
            "shot",
            "whatsapp",
            "at",
            "am",
            "pm",
            "pxl",
        ),
        *("vid", "video", "p", "pict", "untitled", "camera", "mvimg", "out", "output", "render", "gopr", "capture"),
    }
)
_DOMAINS = {
    *("photo", "photos", "sketch", "sketches", "cartoon", "cartoons", "art", "painting", "paintings", "clipart"),
    *("real", "world", "product", "infograph", "quickdraw", "amazon", "webcam", "dslr", "synthetic", "drawing"),
    *("day", "night", "source", "target", "drawings"),
}


@lru_cache(maxsize=100_000)
def canonical(name: str) -> str:
    """A name as it is compared: composed letters, no control characters, no blank or dot at its end."""
    text = unicodedata.normalize("NFC", readable(name).replace("\xa0", " "))
    text = "".join(letter for letter in text if not unicodedata.category(letter).startswith("C")).strip()
    return text.rstrip(" .") or text or "unnamed"


@lru_cache(maxsize=100_000)
def words(name: str) -> tuple[str, ...]:
    """The words in a name, in small letters: ``"JPEGImages_train2017"`` has jpeg, images and train."""
    text = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", canonical(name))
    found: list[str] = []
    for word in re.findall(r"[^\W\d_]+", text.lower()):
        glued = _GLUED.fullmatch(word)
        found += glued.groups() if glued else [word]
    return tuple(found)


_GLUED = re.compile(f"({'|'.join(sorted(_SPLITS, key=len, reverse=True))})(set|sets|data|images|imgs|img|dataset)")


def split_of(name: str) -> str:
    """The split that a name is for, or nothing: ``"val"``, ``"train2017"``, ``"test_images"``, ``"held out"``."""
    found = words(name)
    return _kind(found) if found and all(word in _SPLITS | _FILLING for word in found) else ""


def is_test(name: str) -> bool:
    """Whether a file is of a split that is kept for tests, as ``"t10k"`` or ``"validation-00000"`` say."""
    return _kind(words(name)) == TEST or "t10k" in name.lower()


def split_named(name: str) -> str:
    """The split that is named anywhere in a name, or nothing: ``"clipart_train"``."""
    return _kind(words(name))


def splits_among(names: Collection[str]) -> dict[str, str]:
    """Those of the names of folders beside each other that are splits, and which; none where they are classes.

    *train*, *boat* and *car* are classes; *train*, *val* and *extra* are two splits and something else.
    """
    found = {name: kind for name in names if (kind := split_of(name))}
    if len(found) == len(names) or (len(found) > len(names) / 2 and {TRAIN, TEST} <= set(found.values())):
        return found
    # bounding_box_train beside bounding_box_test
    kinds = {name: _kind(words(name)) for name in names}
    rests = {tuple(word for word in words(name) if word not in _SPLITS) for name in names}
    return kinds if len(rests) == 1 and {TRAIN, TEST} <= set(kinds.values()) and all(kinds.values()) else {}


def means_nothing(name: str) -> bool:
    """Whether a folder of this name says nothing of what is in it."""
    found = words(name)
    return (bool(found) and all(word in _PLAIN for word in found)) or name.lower() == "leftimg8bit"


def masks_among(names: Collection[str]) -> set[str]:
    """Those of the names of folders beside each other that hold masks of what the others hold."""
    sure = {name for name in names if set(words(name)) & _MASKS or set(words(name)) >= _GROUND_TRUTH}
    rest = _FILLING | _SPLITS | _OF_MASKS | _PERHAPS_MASKS | _ONLY_MASKS
    alone = {name for name in set(names) - sure if set(words(name)) <= rest}
    sure |= {name for name in alone if set(words(name)) & _ONLY_MASKS}
    perhaps = {name for name in alone - sure if set(words(name)) & _PERHAPS_MASKS}
    others = set(names) - sure - perhaps
    if not others:
        return set()
    pictures = any(means_nothing(name) or split_of(name) for name in others)
    return sure | perhaps if pictures else sure


def mask_of(stem: str) -> str:
    """What a picture is the mask of, by its name: ``"cat_1_mask"`` that of ``"cat_1"``; nothing if it is none."""
    match = _MASK_OF.fullmatch(stem) if len(stem) <= _LONGEST else None
    return match[1] if match else ""


_CLASS_NUMBER = re.compile(r"(\D*?[^\W\d_].*?)[_\-. ]*\(?\d+\)?")
_NUMBER_CLASS = re.compile(r"\d+[_\-. ]+([^\W\d_].*)")


def class_in(stem: str) -> str:
    """The class that the name of a file starts or ends with, beside a number; nothing where there is none."""
    match = re.fullmatch(r"(\D*?[^\W\d_].*?)[_\-. ]*\(?\d+\)?", stem) or re.fullmatch(
        r"\d+[_\-. ]+([^\W\d_].*)", stem
    )
    name = canonical(match[1]).strip("_-. (") if match else ""
    return "" if not name or all(word in _GENERIC for word in words(name)) else name


def _kind(found: Collection[str]) -> str:
    found = set(found)
    if found & _TRAIN:
        return TRAIN
    if found & _TEST or found >= {"held", "out"} or found >= {"hold", "out"}:
        return TEST
    return UNLABELLED if found & _UNLABELLED else ""


def is_domain(name: str) -> bool:
    """Whether a name is one that benchmarks use for a domain: ``"Real World"``, ``"sketch"``."""
    found = words(name)
    return bool(found) and all(word in _DOMAINS for word in found)
