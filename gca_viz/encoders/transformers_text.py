"""Text towers of transformers models that embed texts beside images, as CLIP and SigLIP do."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from torch import Tensor, nn

from gca_viz.extras import need

_AT_ONCE = 64  # texts per pass
_TOKENIZER = "tokenizer.json"


class TransformersText(nn.Module):
    """Texts in, embeddings beside those of images out.

    Args:
        model: with ``get_text_features``; it belongs to the image tower's module, which moves it between devices.
        tokenizer: of transformers.
    """

    def __init__(self, model: nn.Module, tokenizer: Callable):
        super().__init__()
        self.of = (model,)  # in a tuple, so that its weights are not counted twice
        self.tokenizer = tokenizer
        config = model.config.text_config
        self.longest = config.max_position_embeddings
        # SigLIP was trained with texts that are always filled up.
        self.padding = "max_length" if model.config.model_type.startswith("siglip") else True

    def forward(self, texts: Sequence[str], progress: Callable[[float], None] | None = None) -> Tensor:
        """Embeddings N × d of N texts, of which what is too long is cut off."""
        model, parts = self.of[0], []
        for start in range(0, len(texts), _AT_ONCE):
            words = self.tokenizer(
                list(texts[start : start + _AT_ONCE]),
                padding=self.padding,
                truncation=True,
                max_length=self.longest,
                return_tensors="pt",
            )
            known = {key: words[key].to(model.device) for key in ("input_ids", "attention_mask") if key in words}
            parts.append(model.get_text_features(**known).pooler_output)
            if progress is not None:
                progress(min(1.0, (start + _AT_ONCE) / len(texts)))
        return torch.cat(parts)


def read_text_tower(folder: Path, model: nn.Module) -> tuple[TransformersText | None, str]:
    """The text tower of a model, and what identifies its tokenizer or a sentence on why there is none.

    Args:
        folder: as ``save_pretrained`` of model and tokenizer wrote it.
        model: as it was loaded.
    """
    if not hasattr(model, "get_text_features"):
        return None, ""
    if not (folder / _TOKENIZER).is_file():
        return None, f"Texts are not read, as {_TOKENIZER} is missing: save the tokenizer beside the model."
    transformers = need("transformers", "hub")
    try:
        tokenizer = transformers.AutoTokenizer.from_pretrained(
            str(folder), local_files_only=True, trust_remote_code=False
        )
        tower = TransformersText(model, tokenizer)
        with torch.no_grad():
            found = tower(["a", "a longer text"])
        if found.ndim != 2 or not found.isfinite().all():
            raise ValueError("their embeddings are not finite")
    # A damaged tokenizer raises whatever its library stumbles on; the images can still be embedded.
    except Exception as error:
        first, *_ = " ".join(str(error).replace(str(folder), folder.name).split()).split(". ")
        return None, f"Texts are not read: {first or type(error).__name__}."
    return tower, hashlib.sha256((folder / _TOKENIZER).read_bytes()).hexdigest()[:8]
