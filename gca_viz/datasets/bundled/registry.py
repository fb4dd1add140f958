"""The data sets that come with the package, by name, and those that users have uploaded."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from threading import Lock
from types import MappingProxyType

from gca_viz.datasets.bundled.digits import load_digits
from gca_viz.datasets.bundled.emoji import load_emoji
from gca_viz.datasets.bundled.emoji_photo import emoji_photo_is_here, load_emoji_photo
from gca_viz.datasets.bundled.mnist import load_digits_mnist
from gca_viz.datasets.bundled.things import load_things, things_is_whole, things_title
from gca_viz.datasets.dataset import Dataset
from gca_viz.errors import InputError
from gca_viz.uploads import Uploads, is_upload


@dataclass(frozen=True)
class DatasetInfo:
    """What a list of data sets shows before one is loaded.

    Attributes:
        title: one line for people.
        description: one sentence for people.
        loader: reads it.
        encoder: name of the bundled encoder that suits its images.
        compared: names of those that Compare lays beside it, the last of them in the pictures.
        text_encoder: name of the one that reads its texts, too.
    """

    title: str
    description: str
    loader: Callable[[], Dataset]
    encoder: str = "ince"
    compared: tuple[str, ...] = ("random", "gca-ince", "gca-uot", "ince-cross-style")
    text_encoder: str = "image-text"


_EMOJI_PHOTO = (
    {
        "emoji-photo": DatasetInfo(
            "Emoji and photographs",
            "124 of the emoji in five styles (domains): the four, and a photograph of the same thing.",
            load_emoji_photo,
        )
    }
    if emoji_photo_is_here()
    else {}
)

DATASETS: Mapping[str, DatasetInfo] = MappingProxyType(
    {
        "things": DatasetInfo(
            things_title(),
            "About 1,100 pictures of things in ten classes and three domains, with captions."
            if things_is_whole()
            else "About 800 pictures of things in ten classes and three domains; photographs in seven classes.",
            load_things,
            encoder="efficientnet-lite0",
            compared=("things-random", "things-ince", "things-noisy-ince", "things-cross-ince"),
            text_encoder="image-text-lite0",
        ),
        "emoji": DatasetInfo(
            "Emoji in four styles",
            "About 1,200 emoji, each drawn in four styles (domains), in ten classes.",
            load_emoji,
        ),
        **_EMOJI_PHOTO,
        "digits": DatasetInfo(
            "Handwritten digits", "1,797 small images of digits in one domain, from scikit-learn.", load_digits
        ),
        "digits-mnist": DatasetInfo(
            "Handwritten digits in two domains",
            "The digits of scikit-learn, and 1,800 of MNIST's as a second domain: other writers, finer pixels.",
            load_digits_mnist,
        ),
    }
)


#: the data sets that users of this process have uploaded
UPLOADS: Uploads[Dataset] = Uploads("data set", "dataset")


def load_dataset(name: str) -> Dataset:
    """A data set by its name: a bundled one, loaded once per process, or an upload.

    Args:
        name: a key of :data:`DATASETS`, e.g. ``"emoji"``, or a name that :data:`UPLOADS` gave.

    Raises:
        InputError: if there is no such data set.
    """
    if is_upload(name):
        return UPLOADS.find(name)
    if name not in DATASETS:
        raise InputError(
            f"dataset = {name!r}",
            f"the data sets are {', '.join(DATASETS)}",
            "Choose one of these",
            parameter="dataset",
        )
    with _loading:  # the many visitors of a server that has just started would load it once each
        return _loaded(name)


_loading = Lock()


@lru_cache(maxsize=4)
def _loaded(name: str) -> Dataset:
    return DATASETS[name].loader()
