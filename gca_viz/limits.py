"""How much of what a user brings is read: every cap in one place, each with its environment variable."""

from __future__ import annotations

import os
from dataclasses import dataclass

from gca_viz.errors import InputError


@dataclass(frozen=True)
class Limit:
    """A cap on something that a user brings.

    Attributes:
        name: ``GCA_VIZ_`` and this in capitals is the environment variable that changes it.
        default: the cap where the variable is not set.
        of: what is counted, e.g. ``"images"``; ``"bytes"`` are written as MB.
    """

    name: str
    default: int
    of: str

    @property
    def variable(self) -> str:
        """The environment variable that changes it."""
        return f"GCA_VIZ_{self.name.upper()}"

    @property
    def value(self) -> int:
        """The cap in force: a positive whole number in the environment, or the default."""
        text = os.environ.get(self.variable, "")
        return int(text) if text.isdecimal() and int(text) > 0 else self.default

    def check(self, amount: int, what: str) -> None:
        """Raise :class:`InputError` where ``what`` (``"the archive"``) has more than the cap."""
        if amount > self.value:
            raise InputError(
                f"{what} with {self.text(amount)}",
                f"at most {self.text(self.value)} are read",
                f"Bring less, or start the app with {self.variable}={amount} in its environment",
            )

    def text(self, amount: int) -> str:
        """An amount with its unit, e.g. ``"2,000 images"`` or ``"1.5 MB"``."""
        if self.of != "bytes":
            return f"{amount:,} {self.of}"
        return f"{amount / 1e6:,.1f} MB" if amount < 1e8 else f"{amount / 1e6:,.0f} MB"


#: size of one file that is read, compressed or not
FILE_BYTES = Limit("max_file_bytes", 1_000_000_000, "bytes")
#: size of all that an archive or an array file unpacks to
UNPACKED_BYTES = Limit("max_unpacked_bytes", 2_000_000_000, "bytes")
#: memory that a data set may take once it is decoded
DATASET_BYTES = Limit("max_dataset_bytes", 1_000_000_000, "bytes")
#: files in an archive or a folder
ENTRIES = Limit("max_entries", 100_000, "files")
#: pixels of one image
IMAGE_PIXELS = Limit("max_image_pixels", 50_000_000, "pixels")
#: samples of a data set
SAMPLES = Limit("max_samples", 200_000, "samples")
#: numbers in one row of embeddings
WIDTH = Limit("max_width", 16_384, "numbers per sample")
#: tensors in a checkpoint
TENSORS = Limit("max_tensors", 10_000, "tensors")
#: times that a compressed file may grow when it is unpacked
GROWTH = Limit("max_growth", 200, "times its packed size")
#: embeddings that are kept on disk
CACHE_BYTES = Limit("max_cache_bytes", 500_000_000, "bytes")
