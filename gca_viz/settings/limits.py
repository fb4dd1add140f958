"""How much of what a user brings is read: every cap in one place, each with its environment variable."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from gca_viz.errors import InputError
from gca_viz.settings.setting import WholeNumber


@dataclass(frozen=True)
class Limit(WholeNumber):
    """A cap on something that a user brings.

    Attributes:
        of: what is counted, e.g. ``"images"``; ``"bytes"`` are written as MB.
    """

    of: str

    @property
    def value(self) -> int:
        """The cap in force; within :func:`lifted`, none that anything reaches."""
        return sys.maxsize if self.name in _lifted.get() else int(super().value)

    def check(self, amount: int, what: str, *, so_far: bool = False) -> None:
        """Raise :class:`InputError` where ``what`` (``"the archive"``) has more than the cap.

        Args:
            amount: how much it has.
            what: what it is, for the message.
            so_far: whether there may be more, so that nobody knows yet which cap would do.
        """
        if amount > self.value:
            enough = f"a larger {self.variable}" if so_far else f"{self.variable}={amount}"
            raise InputError(
                f"{what} with {'at least ' * so_far}{self.text(amount)}",
                f"at most {self.text(self.value)} are read",
                f"Bring less, or start the app with {enough} in its environment",
            )

    def text(self, amount: int) -> str:
        """An amount with its unit, e.g. ``"2,000 images"`` or ``"1.5 MB"``."""
        if self.of != "bytes":
            return f"{amount:,} {self.of}"
        return f"{amount / 1e6:,.1f} MB" if amount < 1e8 else f"{amount / 1e6:,.0f} MB"


_lifted: ContextVar[frozenset[str]] = ContextVar("lifted", default=frozenset())


@contextmanager
def lifted(*limits: Limit) -> Iterator[None]:
    """Within it these caps do not hold: what they bound lies on a disk, and little of it is in memory at a time."""
    before = _lifted.set(_lifted.get() | {limit.name for limit in limits})
    try:
        yield
    finally:
        _lifted.reset(before)


FILE_BYTES = Limit("max_file_bytes", 1_000_000_000, "bytes", help="size of one file that is read, packed or not")
UNPACKED_BYTES = Limit(
    "max_unpacked_bytes", 2_000_000_000, "bytes", help="size of all that an archive or an array file unpacks to"
)
DATASET_BYTES = Limit(
    "max_dataset_bytes", 1_000_000_000, "bytes", help="memory that a data set may take once it is decoded"
)
ENTRIES = Limit("max_entries", 100_000, "files", help="files in an archive or a folder")
IMAGE_PIXELS = Limit("max_image_pixels", 50_000_000, "pixels", help="size of one image")
SAMPLES = Limit("max_samples", 200_000, "samples", help="samples of a data set")
WIDTH = Limit("max_width", 16_384, "numbers per sample", help="length of one row of embeddings")
COLUMNS = Limit("max_columns", 40_000, "columns", help="columns of a table; each number of a vector may be one")
TEXT_BYTES = Limit("max_text_bytes", 300_000_000, "bytes", help="size of a table that is written as text")
EMBEDDING_BYTES = Limit(
    "max_embedding_bytes", 800_000_000, "bytes", help="memory that embeddings and the table beside them may take"
)
TENSORS = Limit("max_tensors", 10_000, "tensors", help="tensors in a checkpoint")
LAYERS = Limit("max_layers", 1_000, "layers", help="layers that the configuration of a model may ask for")
MODEL_WIDTH = Limit("max_model_width", 32_768, "channels", help="width of a layer, likewise")
TOKENS = Limit(
    "max_tokens",
    16_384,
    "tokens",
    help="patches of an image, or tokens of a text, of which a model makes one vector",
)
VOCABULARY = Limit("max_vocabulary", 1_000_000, "entries", help="words of a tokenizer, or classes of a model")
TRIAL_BYTES = Limit(
    "max_trial_bytes", 3_000_000_000, "bytes", help="memory that trying a model may take beside its weights"
)
TRIAL_SECONDS = Limit("max_trial_seconds", 30, "seconds of processor time", help="how long trying a model may take")
GROWTH = Limit(
    "max_growth", 200, "times its packed size", help="how far a packed file may grow when it is unpacked"
)
#: bytes that anything may unpack to, however small it was packed: a column of labels as long as SAMPLES allows
SMALL = 16_000_000
CACHE_BYTES = Limit(
    "max_cache_bytes", 500_000_000, "bytes", help="embeddings that are kept on disk; the least used go first"
)
RESULT_BYTES = Limit(
    "max_result_bytes",
    1_000_000_000,
    "bytes",
    least=1_000_000,
    help="views, embeddings, plans and pictures that are kept in memory for all visitors; the least used go first",
)

TRAINING_BYTES = Limit(
    "max_training_bytes", 10_000_000_000, "bytes", help="disk that all trainings of the page *Train* may take"
)


def check_growth(packed: int, unpacked: int, what: str, *, so_far: bool = False) -> None:
    """Raise :class:`InputError` where something is too large unpacked, or grows too much and is not small.

    Args:
        packed: bytes in the file.
        unpacked: bytes that it becomes, or declares.
        what: what it is, for the message.
        so_far: whether it may become more.
    """
    UNPACKED_BYTES.check(unpacked, what, so_far=so_far)
    if unpacked > SMALL:
        GROWTH.check(unpacked // max(1, packed), what, so_far=so_far)
