"""Pretrained encoders: the bundled zoo, and the checkpoints that users bring."""

from gca_viz.encoders.encoder import OUTPUTS, Encoder
from gca_viz.encoders.report import LoadReport, default_output
from gca_viz.encoders.resnet import SmallResNet
from gca_viz.encoders.zoo import (
    bundled_card,
    bundled_encoders,
    bundled_runs,
    encoder_id,
    load_encoder,
    outputs_of,
    reads_texts,
    save_checkpoint,
)

__all__ = [
    "OUTPUTS",
    "Encoder",
    "LoadReport",
    "SmallResNet",
    "bundled_card",
    "bundled_encoders",
    "bundled_runs",
    "default_output",
    "encoder_id",
    "load_encoder",
    "outputs_of",
    "reads_texts",
    "save_checkpoint",
]
