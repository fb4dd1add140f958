"""What a batch is made of: images with class, domain and identity, and ways to pick some of them."""

from typing import TYPE_CHECKING

from gca_viz.lazy import public_names

if TYPE_CHECKING:
    from gca_viz.datasets.batch import Batch
    from gca_viz.datasets.bundled.digits import load_digits
    from gca_viz.datasets.bundled.emoji import load_emoji
    from gca_viz.datasets.bundled.emoji_photo import load_emoji_photo
    from gca_viz.datasets.bundled.mnist import load_digits_mnist
    from gca_viz.datasets.bundled.registry import DATASETS, UPLOADS, DatasetInfo, load_dataset
    from gca_viz.datasets.bundled.things import load_things
    from gca_viz.datasets.dataset import Dataset
    from gca_viz.datasets.embeddings import read_embeddings
    from gca_viz.datasets.partners import classmate_in_other_domain, partner_in_other_domain
    from gca_viz.datasets.report import DataReport
    from gca_viz.datasets.selection import (
        MODE_SYNONYMS,
        MODES,
        ORDERS,
        SPLITS,
        Selection,
        order,
        others,
        pick,
        supply,
    )

__getattr__, __dir__ = public_names(
    __name__,
    {
        "gca_viz.datasets.batch": ("Batch",),
        "gca_viz.datasets.bundled.digits": ("load_digits",),
        "gca_viz.datasets.bundled.emoji": ("load_emoji",),
        "gca_viz.datasets.bundled.mnist": ("load_digits_mnist",),
        "gca_viz.datasets.bundled.emoji_photo": ("load_emoji_photo",),
        "gca_viz.datasets.bundled.registry": ("DATASETS", "UPLOADS", "DatasetInfo", "load_dataset"),
        "gca_viz.datasets.bundled.things": ("load_things",),
        "gca_viz.datasets.dataset": ("Dataset",),
        "gca_viz.datasets.embeddings": ("read_embeddings",),
        "gca_viz.datasets.partners": ("classmate_in_other_domain", "partner_in_other_domain"),
        "gca_viz.datasets.report": ("DataReport",),
        "gca_viz.datasets.selection": (
            "MODES",
            "MODE_SYNONYMS",
            "ORDERS",
            "SPLITS",
            "Selection",
            "order",
            "others",
            "pick",
            "supply",
        ),
    },
)

__all__ = [
    "DATASETS",
    "MODES",
    "MODE_SYNONYMS",
    "ORDERS",
    "SPLITS",
    "UPLOADS",
    "Batch",
    "DataReport",
    "Dataset",
    "DatasetInfo",
    "Selection",
    "classmate_in_other_domain",
    "load_dataset",
    "load_digits",
    "load_digits_mnist",
    "load_emoji",
    "load_emoji_photo",
    "load_things",
    "order",
    "others",
    "partner_in_other_domain",
    "pick",
    "read_embeddings",
    "supply",
]
