"""Pretrained encoders: the bundled zoo, and the checkpoints that users bring."""

from typing import TYPE_CHECKING

from gca_viz.lazy import public_names

if TYPE_CHECKING:
    from gca_viz.encoders.bundled import bundled_card, bundled_encoders, bundled_runs
    from gca_viz.encoders.checkpoints.load_report import OUTPUTS, LoadReport, default_output
    from gca_viz.encoders.checkpoints.save import save_checkpoint
    from gca_viz.encoders.encoder import Encoder
    from gca_viz.encoders.resnet import SmallResNet
    from gca_viz.encoders.zoo import (
        brings_prototypes,
        encoder_id,
        is_head,
        load_encoder,
        outputs_of,
        reads_texts,
    )

__getattr__, __dir__ = public_names(
    __name__,
    {
        "gca_viz.encoders.bundled": ("bundled_card", "bundled_encoders", "bundled_runs"),
        "gca_viz.encoders.checkpoints.save": ("save_checkpoint",),
        "gca_viz.encoders.encoder": ("Encoder",),
        "gca_viz.encoders.checkpoints.load_report": ("OUTPUTS", "LoadReport", "default_output"),
        "gca_viz.encoders.resnet": ("SmallResNet",),
        "gca_viz.encoders.zoo": (
            "brings_prototypes",
            "encoder_id",
            "is_head",
            "load_encoder",
            "outputs_of",
            "reads_texts",
        ),
    },
)

__all__ = [
    "OUTPUTS",
    "Encoder",
    "LoadReport",
    "SmallResNet",
    "brings_prototypes",
    "bundled_card",
    "bundled_encoders",
    "bundled_runs",
    "default_output",
    "encoder_id",
    "is_head",
    "load_encoder",
    "outputs_of",
    "reads_texts",
    "save_checkpoint",
]
