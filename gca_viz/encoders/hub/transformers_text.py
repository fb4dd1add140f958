"""Text towers of transformers models that embed texts beside images, as CLIP and SigLIP do."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from gca_viz.encoders.hub.transformers_tokenizer import FILES, TOKENIZER, check_tokenizer
from gca_viz.errors import InputError
from gca_viz.extras import need

_AT_ONCE = 64  # texts per pass
_CHARACTERS = 64  # per token that the model takes; what is behind is cut off before it is split
# What a tokenizer is tried with.
_ODD = (
    *("", " " * 300, "a" * 300, "a " * 300, "\n\t\r"),
    *("é\u0301ß漢字🙂\u200d🙂\ufdfa", "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"),
)
_PLAIN = ("a", "a longer text")


Tokenizer = Callable[..., Mapping[str, Tensor]]


class TextModel(Protocol):
    """What is used of a model of transformers with a text tower."""

    config: Any
    device: torch.device

    def get_text_features(self, **tokens: Tensor) -> Any:
        """What has the embeddings as its ``pooler_output``."""


class TransformersText(nn.Module):
    """Texts in, embeddings beside those of images out.

    Args:
        model: with ``get_text_features``; it belongs to the image tower's module, which moves it between devices.
        tokenizer: of transformers.
    """

    def __init__(self, model: TextModel, tokenizer: Tokenizer):
        super().__init__()
        self.of = (model,)  # in a tuple, so that its weights are not counted twice
        self.tokenizer = tokenizer
        self.longest: int = model.config.text_config.max_position_embeddings
        # SigLIP was trained with texts that are always filled up.
        self.padding = "max_length" if model.config.model_type.startswith("siglip") else True

    def forward(self, texts: Sequence[str], progress: Callable[[float], None] | None = None) -> Tensor:
        """Embeddings N × d of N texts, of which what is too long is cut off."""
        model, parts = self.of[0], []
        for start in range(0, len(texts), _AT_ONCE):
            words = self.split(texts[start : start + _AT_ONCE])
            known = {key: words[key].to(model.device) for key in ("input_ids", "attention_mask") if key in words}
            parts.append(model.get_text_features(**known).pooler_output)
            if progress is not None:
                progress(min(1.0, (start + _AT_ONCE) / len(texts)))
        return torch.cat(parts)

    def split(self, texts: Sequence[str]) -> Mapping[str, Tensor]:
        """The numbers of their tokens; raises :class:`InputError` where the tokenizer gives up."""
        texts = [text[: _CHARACTERS * self.longest] for text in texts]
        options = {"padding": self.padding, "truncation": True, "max_length": self.longest, "return_tensors": "pt"}
        try:
            return self.tokenizer(texts, **options)
        except BaseException as error:
            # A panic of the tokenizer's library is no Exception, and nothing above would tell it.
            if type(error).__module__ != "pyo3_runtime":
                raise
            raise InputError(
                "texts that the model's tokenizer cannot split",
                "its library gave up on one of them",
                "Choose views of images, or another encoder",
                parameter="encoder",
            ) from error


def read_text_tower(folder: Path, model: TextModel) -> tuple[TransformersText | None, str]:
    """The text tower of a model, and what identifies its tokenizer or a sentence on why there is none.

    Args:
        folder: as ``save_pretrained`` of model and tokenizer wrote it.
        model: as it was loaded.
    """
    if not hasattr(model, "get_text_features"):
        return None, ""
    if not (folder / TOKENIZER).is_file():
        return None, f"Texts are not read, as {TOKENIZER} is missing: save the tokenizer beside the model."
    try:
        check_tokenizer(folder, model.config.text_config.vocab_size)
        tower = TransformersText(model, _tokenizer(folder))
        with torch.no_grad():
            tower.split(_ODD)
            found = torch.cat([tower(_PLAIN), tower(_PLAIN)])
        if found.ndim != 2 or not found.isfinite().all():
            raise ValueError("their embeddings are not finite")
        first, second = found.chunk(2)
        if not torch.allclose(first, second, atol=1e-4):
            raise ValueError("equal texts are embedded differently")
    # A damaged tokenizer raises whatever its library stumbles on; the images can still be embedded.
    except Exception as error:
        said, *_ = " ".join(str(error).replace(str(folder), folder.name).split()).split(". ")
        return None, f"Texts are not read: {said or type(error).__name__}."
    return tower, hashlib.sha256((folder / TOKENIZER).read_bytes()).hexdigest()[:8]


def _tokenizer(folder: Path) -> Tokenizer:
    """The tokenizer, out of a folder that has nothing but the files that were checked."""
    transformers = need("transformers", "hub")
    with TemporaryDirectory(prefix="gca-viz-") as scratch:
        for name in ("config.json", *FILES):
            if (folder / name).is_file():
                shutil.copy(folder / name, scratch)
        try:
            tokenizer: Tokenizer = transformers.AutoTokenizer.from_pretrained(
                scratch, local_files_only=True, trust_remote_code=False
            )
        except BaseException as error:
            if type(error).__module__ != "pyo3_runtime":
                raise
            raise ValueError("its tokenizer is damaged") from error
    return tokenizer
