"""Models of timm, by their names."""

from __future__ import annotations

import hashlib

import torch
from PIL import Image
from torch import Tensor, nn

from gca_viz.encoders.hub.model import HubNetwork, Loaded, Preparation, as_input_error
from gca_viz.encoders.preprocessing import Preprocessing
from gca_viz.extras import need


class TimmFeatures(HubNetwork):
    """A timm model without its classifier."""

    def backbone(self, x: Tensor) -> Tensor:
        """The pooled features, N × d."""
        z: Tensor = self.model(x)
        return z


def read_timm(identifier: str, what: str) -> Loaded:
    """Load a model of timm, from its cache on this machine or the model hub.

    Args:
        identifier: a name that timm knows.
        what: what the user knows it by, for messages.

    Raises:
        InputError: a missing extra, or a name that is unknown or out of reach.
    """
    timm, data = need("timm", "hub"), need("timm.data", "hub")
    with as_input_error(what):
        model = timm.create_model(identifier, pretrained=True, num_classes=0).eval()

    def prepare(given: Preprocessing) -> Preparation:
        size = given.input_size
        asked = given._asdict() | {"input_size": (3, size, size) if size else None}
        settings = data.resolve_data_config(asked, model=model)
        transform = data.create_transform(**settings, is_training=False)
        return Preparation(
            pixels=lambda images: torch.stack([transform(Image.fromarray(image)) for image in images]),
            mean=tuple(settings["mean"]),
            std=tuple(settings["std"]),
            settings=settings,
        )

    return Loaded(TimmFeatures(model), prepare, _digest(identifier, model))


def _digest(identifier: str, model: nn.Module) -> str:
    digest = hashlib.sha256(identifier.encode())
    for key, tensor in sorted(model.state_dict().items()):
        digest.update(key.encode())
        digest.update(tensor.cpu().contiguous().reshape(-1).view(torch.uint8).numpy())
    return digest.hexdigest()[:16]
