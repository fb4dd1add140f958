"""Models of other libraries, of which most have no projector."""

from gca_viz.encoders import Encoder, load_encoder


def load_hub(source, **options) -> Encoder:
    return load_encoder(source, **{"output": "backbone"} | options)
