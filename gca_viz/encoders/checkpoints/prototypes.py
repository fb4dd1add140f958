"""Prototypes that a checkpoint brings: the last layer of SwAV, DeepCluster v2 and DINO, one direction a row."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor

from gca_viz.encoders.checkpoints.load_report import Output
from gca_viz.encoders.checkpoints.words import is_copy, words

_WORDS = frozenset({"prototype", "prototypes"})
#: what a layer under weight norm calls its rows, of which only the direction counts here
_NORMED = re.compile(r"\.(weight_v|parametrizations\.weight\.original1)$")


@dataclass(frozen=True)
class Prototypes:
    """Directions that the loss of a checkpoint had in place of other samples.

    Attributes:
        name: of the tensor in the file.
        rows: (K, d), as they are stored.
        output: behind which output of the network they stand; None where d is the width of neither.
    """

    name: str
    rows: Tensor = field(repr=False)
    output: Output | None

    @property
    def text(self) -> str:
        """How many there are, of what, and where, e.g. ``"3,000 of 128 numbers (prototypes.weight)"``."""
        count, width = self.rows.shape
        return f"{count:,} of {width:,} numbers ({self.name})"


def are_prototypes(part: str) -> bool:
    """Whether a part of a name says that what is below it are prototypes; DINO calls them its last layer."""
    return bool(_WORDS & set(words(part))) or is_last_layer(part)


def is_last_layer(part: str) -> bool:
    """Whether a part of a name is what DINO calls its prototypes."""
    return words(part)[:2] == ["last", "layer"]


def find_prototypes(
    tensors: Mapping[str, Tensor], backbone: str, widths: Mapping[str, int | None]
) -> tuple[Prototypes | None, list[str]]:
    """The prototypes of a file, and a sentence on those that are not taken.

    Of several, those as wide as an output of the network go before others, and those that were trained with its
    backbone before the ones of a copy; then the first counts.

    Args:
        tensors: name → tensor, of the whole file.
        backbone: where the backbone stands in it.
        widths: output → how many numbers it gives.
    """
    names = [name for name, of in tensors.items() if _holds_rows(name) and _is_table(of)]
    if not names:
        return None, []
    copied = any(map(is_copy, backbone.split(".")))

    def rank(name: str) -> tuple[bool, bool]:
        return _output(tensors[name], widths) is None, any(map(is_copy, name.split("."))) != copied

    chosen = min(names, key=rank)
    rows = tensors[chosen].float()
    others = [name for name in names if name != chosen and rank(name) == rank(chosen)]
    notes = [f"The prototypes are {chosen}; {len(others)} further ones are left out."] if others else []
    if not rows.isfinite().all():
        return None, [f"The prototypes {chosen} are left out: some are NaN or infinite."]
    return Prototypes(chosen, rows.clone(), _output(rows, widths)), notes


def _holds_rows(name: str) -> bool:
    """Whether a tensor has such a name; a last layer without weight norm is any classifier's."""
    parts, normed = name.split("."), bool(_NORMED.search(name))
    if normed and any(map(is_last_layer, parts)):
        return True
    return (normed or parts[-1] == "weight") and any(_WORDS & set(words(part)) for part in parts)


def _is_table(tensor: Tensor) -> bool:
    return tensor.ndim == 2 and tensor.is_floating_point() and torch.numel(tensor) > 0


def _output(rows: Tensor, widths: Mapping[str, int | None]) -> Output | None:
    """The output behind which they stand: the projector's, where there is one of that width."""
    width = rows.shape[1]
    if widths.get("projector") == width:
        return "projector"
    return "backbone" if widths.get("backbone") == width else None
