"""What was understood of data that a user uploads, shown before it is used."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gca_viz.labels import UNLABELLED

MOST_SHOWN = 5


@dataclass(frozen=True)
class DataReport:
    """What was read, and what was not.

    Attributes:
        kind: what the file or folder was taken for, e.g. ``"image folder: domain/class/image"``.
        facts: what it holds, label → text, in the order in which they are shown (counts, sizes, classes, memory …).
        skipped: (file or row, why) of each thing that was left out.
        notes: sentences on what was assumed, or looks odd.
    """

    kind: str
    facts: dict[str, str]
    skipped: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()

    def __str__(self) -> str:
        lines = [self.kind, *(f"  {label}: {text}" for label, text in self.facts.items()), *self.notes]
        lines += [f"  skipped {what}: {why}" for what, why in self.skipped[:MOST_SHOWN]]
        if len(self.skipped) > MOST_SHOWN:
            lines.append(f"  … and {len(self.skipped) - MOST_SHOWN:,} more skipped")
        return "\n".join(lines)


def counts_text(names: tuple[str, ...], numbers: np.ndarray) -> str:
    """How many of each name, the most frequent first, e.g. ``"3: cat 12, dog 9, owl 1"``; the first few only.

    Samples that are numbered −1 have no label; they are counted at the end, and the last of the names is theirs.
    """
    without = int((numbers == UNLABELLED).sum())
    names = names[:-1] if without else names
    counts = np.bincount(numbers[numbers != UNLABELLED], minlength=len(names))
    order = np.argsort(-counts, kind="stable")
    shown = ", ".join(f"{names[k]} {counts[k]:,}" for k in order[:MOST_SHOWN])
    known = f"{len(names):,}: {shown}{', …' if len(names) > MOST_SHOWN else ''}" if names else ""
    return "; ".join(filter(None, (known, f"{without:,} without label" if without else "")))


def duplicates(*arrays: np.ndarray) -> int:
    """How many rows of one or several arrays, N × … each, repeat an earlier one, byte by byte."""
    seen = {hash(tuple(row.tobytes() for row in rows)) for rows in zip(*arrays, strict=True)}
    return len(arrays[0]) - len(seen)
