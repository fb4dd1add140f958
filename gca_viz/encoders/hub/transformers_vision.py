"""Vision models of transformers: one vector per image, whichever way the model gives its features."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Protocol, cast

import numpy as np
import torch
from torch import Tensor, nn

from gca_viz.encoders.hub.model import PROBE, HubNetwork, Loaded, Preparation, as_input_error, hash_of
from gca_viz.encoders.hub.model_folder import (
    CONFIG,
    PROCESSORS,
    Settings,
    count_tensors,
    read_config,
    read_weights,
    weight_files,
)
from gca_viz.encoders.hub.transformers_config import (
    check_config,
    check_depth,
    check_kind,
    check_numbers,
    check_sizes,
)
from gca_viz.encoders.hub.transformers_text import read_text_tower
from gca_viz.encoders.preprocessing import Preprocessing
from gca_viz.extras import need

_IMAGE_TASKS = ("IMAGE_", "IMAGE_CLASSIFICATION_", "ZERO_SHOT_IMAGE_CLASSIFICATION_", "MASKED_IMAGE_MODELING_")


class TransformersVision(HubNetwork):
    """The vision tower of a transformers model, reduced to one vector per image.

    Args:
        model: with ``pixel_values`` as its input; CLIP's relatives have their tower in ``vision_model``.
        pooler: whether the weights of its pooler were in the checkpoint.
        text: its text tower, if it has one.
    """

    def __init__(self, model: nn.Module, pooler: bool, text: nn.Module | None = None):
        super().__init__(model, hasattr(model, "get_image_features") or hasattr(model, "visual_projection"))
        self.text = text
        self.tower: nn.Module = getattr(model, "vision_model", model)
        self.pooler = pooler
        self.class_token = any(
            name.endswith(("cls_token", "class_embedding")) for name in dict(model.named_parameters())
        )

    def backbone(self, x: Tensor) -> Tensor:
        """The pooled features; without a pooler the class token, or the mean over positions: N × d."""
        found = self.tower(pixel_values=x, **self._in_order(x))
        pooled: Tensor | None = getattr(found, "pooler_output", None)
        if pooled is not None and self.pooler:
            return pooled.flatten(1)
        states: Tensor = found.last_hidden_state
        if states.ndim == 4:
            return states.mean((2, 3))
        return states[:, 0] if self.class_token else states.mean(1)

    def _in_order(self, x: Tensor) -> dict[str, Tensor]:
        """For a masked autoencoder, which shuffles patches even if it hides none: keep them in their order."""
        config = self.model.config
        if not hasattr(config, "mask_ratio"):
            return {}
        side = int(cast(Any, config).patch_size)
        patches = (x.shape[-2] // side) * (x.shape[-1] // side)
        return {"noise": torch.arange(patches, dtype=x.dtype, device=x.device).expand(len(x), -1)}

    def forward(self, x: Tensor) -> Tensor:
        """The features projected to the space that images and texts share, N × d."""
        project = getattr(self.model, "get_image_features", None)
        z: Tensor = project(pixel_values=x).pooler_output if project else self.model(pixel_values=x).image_embeds
        return z


def read_transformers(folder: Path, what: str) -> Loaded:
    """Load an image model and its image processor from a folder; nothing else is read, run or fetched.

    Args:
        folder: as ``save_pretrained`` wrote it; it may go as soon as this returns.
        what: what the user knows it by, for messages.

    Raises:
        InputError: a missing extra, or a model that is incomplete, takes no images, or has code of its own.
    """
    transformers = need("transformers", "hub")
    recorded, paths = check_folder(folder, what)
    safely = {"local_files_only": True, "trust_remote_code": False}
    with as_input_error(what, folder):
        weights, digest = read_weights(paths, what)
        config = transformers.AutoConfig.from_pretrained(str(folder), **safely)
        masks = getattr(config, "mask_ratio", 0) > 0
        if masks:
            config.mask_ratio = 0.0  # masked autoencoders would hide patches at random, other ones at every look
        architecture = next(iter(recorded.get("architectures") or ()), "")
        # The one kind with a projection that AutoModel would leave out.
        projects = architecture.endswith("VisionModelWithProjection")
        with torch.device("meta"):  # no memory before it is known that the weights fit
            make = getattr(transformers, architecture) if projects else transformers.AutoModel.from_config
            built = make(config)
        check_numbers(_count(built.state_dict()), _count(weights), what)
        # From tensors that are there, transformers looks for no file.
        model, keys = type(built).from_pretrained(
            None, config=config, state_dict=weights, dtype=torch.float32, output_loading_info=True
        )
        missing = frozenset(keys["missing_keys"])
        unread = sorted(key for key in missing if "pooler" not in key)
        if unread:
            raise ValueError(f"{len(unread):,} of its tensors are missing, such as {unread[0]}")
        # Pillow is everywhere; torchvision, where it is installed, would give slightly other pixels.
        processor = transformers.AutoImageProcessor.from_pretrained(str(folder), backend="pil", **safely)
        text, said = read_text_tower(folder, model.eval())
    settings = {key: value for key, value in model.config.to_dict().items() if key[0] != "_"}
    if text is not None:
        settings["tokenizer"] = said
    notes = ["The weights of its pooler are missing, so embeddings are taken before it."] if missing else []
    notes += ["It was trained with masked images; here it sees all patches."] if masks else []
    notes += [said] if said and text is None else []
    return Loaded(
        network=TransformersVision(model, pooler=not missing, text=text),
        prepare=partial(_prepared, processor),
        digest=hash_of((digest, type(model).__name__, settings))[:16],
        missing=missing,
        ignored=tuple(sorted(keys["unexpected_keys"])),
        notes=tuple(notes),
    )


def _count(state: Mapping[str, Tensor]) -> int:
    return sum(tensor.numel() for tensor in state.values())


def check_folder(folder: Path, what: str) -> tuple[Settings, list[Path]]:
    """The configuration of a model and the files with its weights, held to what is allowed; nothing is built.

    Raises:
        InputError: as :func:`read_transformers`, of what can be told without building.
    """
    paths = weight_files(folder, what)
    with as_input_error(what, folder):
        recorded, others = read_config(folder / CONFIG), [folder / name for name in PROCESSORS]
        check_config(recorded, what, count_tensors(paths))
        check_kind(recorded, what, _image_kinds())
        for path in others:
            if path.is_file():
                settings = read_config(path)
                check_depth(settings, what)
                check_sizes(settings)
    return recorded, paths


def _image_kinds() -> frozenset[str]:
    """The kinds of models in transformers that take images."""
    models = need("transformers.models.auto.modeling_auto", "hub")
    processors = need("transformers.models.auto.image_processing_auto", "hub")
    tables = [getattr(models, f"MODEL_FOR_{what}MAPPING_NAMES") for what in _IMAGE_TASKS]
    return frozenset().union(processors.IMAGE_PROCESSOR_MAPPING_NAMES, *tables)


class _Processor(Protocol):
    """An image processor of transformers."""

    def to_dict(self) -> Settings: ...

    def __call__(self, images: Sequence[np.ndarray], **options: Any) -> Mapping[str, Tensor]: ...


def _prepared(processor: _Processor, given: Preprocessing) -> Preparation:
    """What an image processor does, with what is told it beside its configuration."""
    settings = processor.to_dict()
    check_sizes(settings)
    changes: Settings = {}
    if given.mean and given.std:
        changes |= {"do_normalize": True, "image_mean": list(given.mean), "image_std": list(given.std)}
    if given.input_size:
        # Size and crop keep their proportion.
        factor = given.input_size / _processed(processor, {}, PROBE).shape[-1]
        for key in ("size", "crop_size"):
            if found := settings.get(key):
                changes[key] = {side: round(value * factor) for side, value in found.items() if value}
    settings |= changes
    normalises = settings.get("do_normalize", False)
    return Preparation(
        pixels=partial(_processed, processor, changes),
        mean=tuple(settings["image_mean"]) if normalises else (0.0,) * 3,
        std=tuple(settings["image_std"]) if normalises else (1.0,) * 3,
        settings=settings,
    )


def _processed(processor: _Processor, changes: Settings, images: np.ndarray) -> Tensor:
    return processor(list(images), input_data_format="channels_last", return_tensors="pt", **changes)[
        "pixel_values"
    ]
