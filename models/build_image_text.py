"""Fit the head of ``image-text-lite0``: ``python models/build_image_text.py`` (a quarter of an hour on one core).

A developer's tool, not needed by the app. It brings the features of EfficientNet-Lite0 at 224 px and those of
MiniLM together in closed form: ridge regression from image to text, then both sides along the principal components
of the texts, each divided by the root of its standard deviation. The pairs are the training families of ``emoji``
and ``things``, and icons of four packages of npm with their names. No icon set redraws emoji, but many an icon
shows what a held-out emoji shows, too.

Needs ``npm`` on the PATH and ``pip install resvg_py==0.5.0 'gca-viz[pretrained]'``.

Source: ridge regression as in Hoerl and Kennard, Technometrics 1970.
"""

from __future__ import annotations

import datetime
import io
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageChops
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
CACHE = MODELS.parent / "build" / "image-text"
BELOW = "efficientnet-lite0-224"
TARGET = MODELS / "heads" / BELOW / "image-text-lite0.safetensors"
DATA = ("emoji", "things")
PACKAGES = {
    "@iconify-json/game-icons": "1.2.4",
    "@iconify-json/icon-park": "1.2.4",
    "@mdi/svg": "7.4.47",
    "@phosphor-icons/core": "2.1.1",
}
TILE, SUPERSAMPLE = 64, 3  # as the emoji are drawn
#: chosen on a fifth of the training families, which the fit did not see
WIDTH, RIDGE, POWER = 160, 3.0, 0.5
WORDS = 12  # keywords of an icon that are read


def main() -> None:
    """Fit, write the head and its card."""
    torch.set_num_threads(1)
    encoder = load_encoder(BELOW, output="backbone")
    images, texts = zip(*(pairs_of(load_dataset(name), encoder) for name in DATA), strict=True)
    drawn, words = zip(*icons(fetch_packages()), strict=True)
    icon_images, icon_texts = icon_features(encoder, np.stack(drawn)), icon_text_features(words)
    print(f"{sum(map(len, images))} images of {' and '.join(DATA)}, {len(icon_images)} icons", flush=True)
    tensors = fit([*images, icon_images], [*texts, icon_texts])
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    save_head(TARGET, tensors, Ground(BELOW, encoder_id(BELOW, "backbone"), "backbone"))
    card = card_of(len(icon_images))
    TARGET.with_suffix(".json").write_text(json.dumps(card, indent=2, ensure_ascii=False) + "\n", "utf-8")
    print(json.dumps(card["held_out"], indent=2))


def fit(images: list[Tensor], texts: list[Tensor]) -> dict[str, Tensor]:
    """The tensors of the head.

    Args:
        images: features N × 1280 of each source, the emoji first, whose mean is taken off what is embedded later.
        texts: features N × 384 of their texts.
    """
    x = torch.cat([part - part.mean(0) for part in images]).double()
    y = torch.cat([part - part.mean(0) for part in texts]).double()
    spread = images[0].double().var(0, correction=0).sum()
    gram = x.T @ x + RIDGE * spread * torch.eye(x.shape[1], dtype=x.dtype)
    regression = torch.linalg.solve(gram, x.T @ y)
    _, deviations, directions = torch.linalg.svd(y, full_matrices=False)
    shared = directions[:WIDTH].T * deviations[:WIDTH] ** -POWER
    found = {}
    for name, weight, features in (
        ("projector.0", regression @ shared, images[0]),
        ("text.linear", shared, texts[0]),
    ):
        mean = features.mean(0).double()
        scale = ((features.double() - mean) @ weight).square().sum(1).mean().sqrt()  # lengths near 1 suit 16 bits
        found[f"{name}.weight"] = (weight.T / scale).half().contiguous()
        found[f"{name}.bias"] = (-mean @ weight / scale).half()
    return found


def pairs_of(dataset: Dataset, encoder: Encoder) -> tuple[Tensor, Tensor]:
    """Features of the images of the training families, and of their texts."""
    kept = np.flatnonzero(~dataset.held_out)
    return clean_features(dataset, encoder)[kept], text_features([dataset.texts[row] for row in kept])


# ---------------------------------------------------------------- icons


def fetch_packages() -> Path:
    """Install the pinned packages in the build folder; return its ``node_modules``."""
    if shutil.which("npm") is None:
        sys.exit("npm is needed to fetch the icon packages; install Node.js, then run this again.")
    modules = CACHE / "node_modules"
    versions = {name: modules / name / "package.json" for name in PACKAGES}
    there = {
        name: json.loads(path.read_text("utf-8"))["version"] for name, path in versions.items() if path.exists()
    }
    if there != PACKAGES:
        CACHE.mkdir(parents=True, exist_ok=True)
        wanted = [f"{name}@{version}" for name, version in PACKAGES.items()]
        flags = ["--no-save", "--no-package-lock", "--ignore-scripts", "--prefix", str(CACHE)]
        subprocess.run(["npm", "install", *flags, *wanted], check=True)
    return modules


def icons(modules: Path) -> Iterator[tuple[np.ndarray, tuple[str, list[str]]]]:
    """Each icon as a tile, with its name and keywords; what shows nothing is left out."""
    for svg, name, keywords in (*iconify(modules), *material(modules), *phosphor(modules)):
        tile = draw(svg)
        if tile is not None:
            yield tile, (name.replace("-", " "), [word.replace("-", " ") for word in keywords[:WORDS]])


def iconify(modules: Path) -> Iterator[tuple[str, str, list[str]]]:
    """game-icons and IconPark: drawings with a name; numbered ones say nothing."""
    for package in ("game-icons", "icon-park"):
        found = json.loads((modules / "@iconify-json" / package / "icons.json").read_text("utf-8"))
        for name, icon in found["icons"].items():
            if not re.search(r"\d", name):
                width, height = (icon.get(side, found.get(side, 16)) for side in ("width", "height"))
                yield svg_of(icon["body"].replace("currentColor", "#000"), f"0 0 {width} {height}"), name, []


def material(modules: Path) -> Iterator[tuple[str, str, list[str]]]:
    """Material Design Icons of the community, in their filled style: names, aliases and topics."""
    folder = modules / "@mdi" / "svg"
    for icon in json.loads((folder / "meta.json").read_text("utf-8")):
        name, tags = icon["name"], [tag for tag in icon["tags"] if tag != "Home Automation"]
        brand, other_style = "Brand / Logo" in tags or icon["deprecated"], name.endswith("-outline")
        if not (brand or other_style or name.count("-") > 1 or icon["author"] == "Google"):
            svg = (folder / "svg" / f"{name}.svg").read_text("utf-8")
            yield sized(svg), name, [*icon["aliases"], *tags]


def phosphor(modules: Path) -> Iterator[tuple[str, str, list[str]]]:
    """Phosphor's filled icons: names and tags."""
    folder = modules / "@phosphor-icons" / "core"
    listed = (folder / "dist" / "index.mjs").read_text("utf-8")
    tags = dict(re.findall(r'name:\s*"([a-z0-9-]+)".*?tags:\s*\[([^\]]*)\]', listed, re.DOTALL))
    for path in sorted((folder / "assets" / "fill").glob("*.svg")):
        name = path.stem.removesuffix("-fill")
        if not name.endswith("-logo"):
            words = [word for word in re.findall(r'"([^"]*)"', tags.get(name, "")) if not word.startswith("*")]
            yield sized(path.read_text("utf-8")), name, words


def svg_of(body: str, box: str) -> str:
    side = TILE * SUPERSAMPLE
    names = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
    return f'<svg {names} width="{side}" height="{side}" viewBox="{box}">{body}</svg>'


def sized(svg: str) -> str:
    side = TILE * SUPERSAMPLE
    return svg.replace("<svg ", f'<svg width="{side}" height="{side}" ', 1)


def draw(svg: str) -> np.ndarray | None:
    """An icon on white, filling its tile but for a margin of two pixels; None where there is nothing to see."""
    from resvg_py import svg_to_bytes

    drawn = bytes(svg_to_bytes(svg_string=svg, background="white", skip_system_fonts=True))
    icon = Image.open(io.BytesIO(drawn)).convert("RGB")
    box = ImageChops.difference(icon, Image.new("RGB", icon.size, "white")).getbbox()
    if box is None:
        return None
    icon = icon.crop(box)
    side = TILE * SUPERSAMPLE
    factor = (side - 4 * SUPERSAMPLE) / max(icon.size)
    icon = icon.resize([max(1, round(length * factor)) for length in icon.size], Image.Resampling.LANCZOS)
    tile = Image.new("RGB", (side, side), "white")
    tile.paste(icon, ((side - icon.width) // 2, (side - icon.height) // 2))
    return np.asarray(tile.reduce(SUPERSAMPLE))


def icon_features(encoder: Encoder, tiles: np.ndarray) -> Tensor:
    """Features of the icons; minutes."""
    images = torch.from_numpy(tiles.transpose(0, 3, 1, 2).copy())
    return encoder.encode(images, progress=lambda share: print(f"\ricons {share:4.0%}", end="", flush=True))


def icon_text_features(words: tuple[tuple[str, list[str]], ...]) -> Tensor:
    """Of each icon the mean direction of its name and of its name with its keywords."""
    names = text_features([name for name, _ in words])
    whole = text_features([f"{name}: {', '.join(keywords)}" if keywords else name for name, keywords in words])
    return F.normalize(names + whole)


# ---------------------------------------------------------------- card


def card_of(icon_count: int) -> dict[str, object]:
    """What is told of the head: how it was made, and what was measured on held-out images of both sets."""
    emoji, things = (load_dataset(name) for name in DATA)
    head, below = load_encoder(TARGET), load_encoder(TARGET, output="backbone")
    return {
        "title": "EfficientNet-Lite0 and text, 224 px (emoji, things, icons)",
        "order": 24,
        "recipe": {
            "encoder": BELOW,
            "fit": "ridge regression, then the principal components of the texts",
            "width": WIDTH,
            "ridge": RIDGE,
            "power": POWER,
        },
        "command": "python models/build_image_text.py",
        "text_encoder": f"all-MiniLM-L6-v2 (locked), a linear projection of its features to {WIDTH}",
        "data": {
            "name": f"emoji, things and {icon_count} icons",
            "content_id": emoji.content_id,
            "content_ids": {name: load_dataset(name).content_id for name in DATA},
            "icons": PACKAGES,
            "trained_on": "the training split only, and icons of which many show what held-out emoji show, too",
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
