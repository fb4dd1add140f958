"""What a checkpoint of no known architecture probably is, from names that only one kind of network has."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from gca_viz.encoders.checkpoints.load_report import first_few


@dataclass(frozen=True)
class Guess:
    """What a checkpoint probably is, and what to do with it."""

    what: str
    remedy: str


_EMBEDDINGS = "embed with it where it runs, and bring the embeddings"
_VIT = f"Bring its whole transformers directory (with config.json), load it by timm id (timm:…), or {_EMBEDDINGS}"
_OTHER = f"Load it by timm id (timm:…) if timm has it, or {_EMBEDDINGS}"
_TEXT = f"Images are embedded here; {_EMBEDDINGS} of both views"
# whole parts of a name → what has them; the first that fits counts
_MARKS: tuple[tuple[str, Guess], ...] = (
    ("lora_A", Guess("a LoRA adapter without its network", "Merge it into its network first")),
    ("transformer.resblocks", Guess("a CLIP model", _VIT)),
    ("text_model", Guess("a model of images and text, such as CLIP or SigLIP", _VIT)),
    ("word_embeddings", Guess("a text model", _TEXT)),
    ("embed_tokens", Guess("a text model", _TEXT)),
    ("wte.weight", Guess("a text model", _TEXT)),
    ("token_embedding", Guess("a text model", _TEXT)),
    ("relative_position_bias_table", Guess("a Swin transformer", _VIT)),
    ("cls_token", Guess("a vision transformer", _VIT)),
    ("class_token", Guess("a vision transformer", _VIT)),
    ("patch_embed", Guess("a vision transformer", _VIT)),
    ("attn.qkv", Guess("a vision transformer", _VIT)),
    ("embedder.embedder.convolution", Guess("a ResNet of transformers", _VIT)),
    ("denselayer1", Guess("a DenseNet", _OTHER)),
    ("downsample_layers", Guess("a ConvNeXt", _OTHER)),
    ("conv_dw", Guess("a ConvNeXt or EfficientNet of timm", _OTHER)),
    ("_depthwise_conv", Guess("an EfficientNet", _OTHER)),
    ("down_blocks", Guess("a diffusion model", _OTHER)),
    ("features.0.0.weight", Guess("a MobileNet, EfficientNet or ConvNeXt of torchvision", _OTHER)),
    ("features.0.weight", Guess("a VGG or AlexNet", _OTHER)),
    ("conv1.0.weight", Guess("a ResNet with a deep stem", _OTHER)),
)


def guess(names: Iterable[str]) -> Guess | None:
    """The first kind of network whose marks are among the names of tensors."""
    names = [f".{name}." for name in names]
    return next((found for mark, found in _MARKS if any(f".{mark}." in name for name in names)), None)


def unknown(names: Iterable[str]) -> Guess:
    """What is said where nothing is recognised."""
    return Guess(
        f"no residual network is among its tensors ({first_few(list(names), 3)})",
        f"Check that the file holds the encoder; of another network, {_EMBEDDINGS}",
    )
