"""Vision models of transformers: one vector per image, whichever way the model gives its features."""

from __future__ import annotations

from torch import Tensor, nn


class TransformersVision(nn.Module):
    """The vision tower of a transformers model, reduced to one vector per image.

    Args:
        model: with ``pixel_values`` as its input; CLIP's relatives have their tower in ``vision_model``.
        pooler: whether the weights of its pooler were in the checkpoint.
    """

    def __init__(self, model: nn.Module, pooler: bool):
        super().__init__()
        self.model = model
        self.tower = getattr(model, "vision_model", model)
        self.pooler = pooler
        self.class_token = any(
            name.endswith(("cls_token", "class_embedding")) for name in dict(model.named_parameters())
        )
        self.projects = hasattr(model, "get_image_features") or hasattr(model, "visual_projection")

    def backbone(self, x: Tensor) -> Tensor:
        """The pooled features; without a pooler the class token, or the mean over positions: N × d."""
        found = self.tower(pixel_values=x)
        pooled = getattr(found, "pooler_output", None)
        if pooled is not None and self.pooler:
            return pooled.flatten(1)
        states = found.last_hidden_state
        if states.ndim == 4:
            return states.mean((2, 3))
        return states[:, 0] if self.class_token else states.mean(1)

    def forward(self, x: Tensor) -> Tensor:
        """The features projected to the space that images and texts share, N × d."""
        if hasattr(self.model, "get_image_features"):
            return self.model.get_image_features(pixel_values=x).pooler_output
        return self.model(pixel_values=x).image_embeds
