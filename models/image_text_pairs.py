"""Drawings with names, to fit a head of image and text to: icons of npm, clip art of Debian; ImageNet's classes.

No set redraws emoji, but many a drawing shows what a held-out emoji shows, too. What `things` took from the clip
art, trained on or held out, is left out.
"""

from __future__ import annotations

import csv
import hashlib
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from PIL import Image

DATA = Path(__file__).resolve().parents[1] / "data"
sys.path.insert(0, str(DATA))
from things_sources import PACKAGES as DEBIAN  # noqa: E402
from things_sources import draw_svg, fetch  # noqa: E402

OPENCLIPART = DEBIAN["openclipart"]
#: drawings with a name alone
ICONIFY = (
    "flat-color-icons",
    "game-icons",
    "icon-park",
    "streamline-freehand-color",
    "streamline-kameleon-color",
    "streamline-ultimate-color",
)
NPM = {
    "@fortawesome/fontawesome-free": "7.3.1",
    "@iconify-json/flat-color-icons": "1.2.3",
    "@iconify-json/game-icons": "1.2.4",
    "@iconify-json/icon-park": "1.2.4",
    "@iconify-json/streamline-freehand-color": "1.2.2",
    "@iconify-json/streamline-kameleon-color": "1.2.2",
    "@iconify-json/streamline-ultimate-color": "1.2.2",
    "@mdi/svg": "7.4.47",
    "@phosphor-icons/core": "2.1.1",
}
TIMM = "1.0.31"
_SHA256 = "06daa535954e1ecac6ad2435897add89af30c9b14aa9eb11bca6cdffe492ea4d"
TILE, SUPERSAMPLE = 64, 3  # as the emoji are drawn
WORDS = 12  # keywords of a drawing that are read
#: folders of clip art that show nothing with a name, and keywords that say nothing
_NOTHING_SEEN = re.compile(r"flags/|duplicates|/cards/|patterns|gradients|cardbacks|logos")
_NOTHING_SAID = re.compile(
    r"unsorted|externalsource|clip ?art|image|media|public domain|png|svg|open clip.*|remix\+?"
)
_LARGEST = 600_000  # bytes of a drawing

#: a drawing in SVG, its name, its keywords
Named = tuple[str, str, list[str]]


def icons(build: Path) -> Iterator[tuple[np.ndarray, tuple[str, list[str]]]]:
    """Each icon of the npm packages as a tile, with its name and keywords; packages are kept in ``build``."""
    modules = fetch_npm(build)
    yield from tiles((*iconify(modules), *material(modules), *phosphor(modules), *awesome(modules)))


def clip_art(build: Path) -> Iterator[tuple[np.ndarray, tuple[str, list[str]]]]:
    """The same of the clip art; its .deb is kept in ``build``."""
    build.mkdir(parents=True, exist_ok=True)
    yield from tiles(openclipart(fetch(OPENCLIPART, build) / "usr/share/openclipart/svg"))


def tiles(drawings: tuple[Named, ...] | Iterator[Named]) -> Iterator[tuple[np.ndarray, tuple[str, list[str]]]]:
    """What is drawn, once; what shows nothing, has no name, or is a face after an emoji is left out."""
    seen = set()
    for svg, name, keywords in drawings:
        name, *keywords = (plain(word) for word in (name, *keywords))
        tile = None if not name or re.search(r"emoji|smiley|^face ", name) else draw(svg)
        if tile is not None and tile.tobytes() not in seen:
            seen.add(tile.tobytes())
            yield tile, (name, [word for word in keywords if word and word != name][:WORDS])


def plain(word: str) -> str:
    """Small letters without numbers."""
    return " ".join(re.sub(r"\b\d+\b|[-_]", " ", word.lower()).split())


def draw(svg: str) -> np.ndarray | None:
    """A drawing on white, filling its tile but for a margin of two pixels; None where there is nothing to see."""
    side = TILE * SUPERSAMPLE
    try:
        drawn = draw_svg(svg, side)
    except ValueError:  # what even a repaired SVG of 2005 may raise
        return None
    box = drawn.getbbox()
    if box is None:
        return None
    drawn = drawn.crop(box)
    factor = (side - 4 * SUPERSAMPLE) / max(drawn.size)
    drawn = drawn.resize([max(1, round(length * factor)) for length in drawn.size], Image.Resampling.LANCZOS)
    tile = Image.new("RGB", (side, side), "white")
    tile.paste(drawn, ((side - drawn.width) // 2, (side - drawn.height) // 2), drawn)
    found = np.asarray(tile.reduce(SUPERSAMPLE))
    return found if found.std() > 2 else None


# ---------------------------------------------------------------- npm


def fetch_npm(build: Path) -> Path:
    """Install the pinned packages in the build folder; return its ``node_modules``."""
    modules = build / "node_modules"
    versions = {name: modules / name / "package.json" for name in NPM}
    there = {
        name: json.loads(path.read_text("utf-8"))["version"] for name, path in versions.items() if path.exists()
    }
    if there != NPM:
        if shutil.which("npm") is None:
            sys.exit("npm is needed to fetch the icon packages; install Node.js, then run this again.")
        build.mkdir(parents=True, exist_ok=True)
        wanted = [f"{name}@{version}" for name, version in NPM.items()]
        flags = ["--no-save", "--no-package-lock", "--ignore-scripts", "--prefix", str(build)]
        subprocess.run(["npm", "install", *flags, *wanted], check=True)
    return modules


def iconify(modules: Path) -> Iterator[Named]:
    """Drawings with a name alone."""
    names = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
    for package in ICONIFY:
        found = json.loads((modules / "@iconify-json" / package / "icons.json").read_text("utf-8"))
        for name, icon in found["icons"].items():
            left, top, width, height = (
                icon.get(key, found.get(key, default))
                for key, default in (("left", 0), ("top", 0), ("width", 16), ("height", 16))
            )
            svg = f'<svg {names} viewBox="{left} {top} {width} {height}">{icon["body"]}</svg>'
            yield svg, name.removesuffix("-duo"), []


def material(modules: Path) -> Iterator[Named]:
    """Material Design Icons of the community, in their filled style: names, aliases and topics."""
    folder = modules / "@mdi" / "svg"
    for icon in json.loads((folder / "meta.json").read_text("utf-8")):
        name, tags = icon["name"], [tag for tag in icon["tags"] if tag != "Home Automation"]
        brand, other_style = "Brand / Logo" in tags or icon["deprecated"], name.endswith("-outline")
        if not (brand or other_style or name.count("-") > 1 or icon["author"] == "Google"):
            yield (folder / "svg" / f"{name}.svg").read_text("utf-8"), name, [*icon["aliases"], *tags]


def phosphor(modules: Path) -> Iterator[Named]:
    """Phosphor's filled icons: names and tags."""
    folder = modules / "@phosphor-icons" / "core"
    listed = (folder / "dist" / "index.mjs").read_text("utf-8")
    tags = dict(re.findall(r'name:\s*"([a-z0-9-]+)".*?tags:\s*\[([^\]]*)\]', listed, re.DOTALL))
    for path in sorted((folder / "assets" / "fill").glob("*.svg")):
        name = path.stem.removesuffix("-fill")
        if not name.endswith("-logo"):
            words = [word for word in re.findall(r'"([^"]*)"', tags.get(name, "")) if not word.startswith("*")]
            yield path.read_text("utf-8"), name, words


def awesome(modules: Path) -> Iterator[Named]:
    """Font Awesome's solid icons, letters and faces left out: names and search terms."""
    metadata = modules / "@fortawesome" / "fontawesome-free" / "metadata" / "icon-families.json"
    for key, icon in json.loads(metadata.read_text("utf-8")).items():
        solid = icon["svgs"].get("classic", {}).get("solid")
        if solid and len(key) > 1 and not key.startswith("face-"):
            yield solid["raw"], icon["label"], icon["search"]["terms"]


# ---------------------------------------------------------------- Debian


def openclipart(folder: Path) -> Iterator[Named]:
    """Clip art in the public domain: titles, keywords, and the folders that it lies in."""
    with (DATA / "things_curation.csv").open(encoding="utf-8") as file:
        used = {row["path"] for row in csv.DictReader(file) if row["source"] == "openclipart"}
    for path in sorted(folder.rglob("*.svg")):
        name = path.relative_to(folder).as_posix()
        if name not in used and not _NOTHING_SEEN.search(name) and path.stat().st_size < _LARGEST:
            svg = path.read_bytes().decode("utf-8", "replace")
            yield svg, *words_of(svg, name)


def words_of(svg: str, path: str) -> tuple[str, list[str]]:
    """The title of a piece of clip art, or else its file's name, and its keywords, without those of who drew it."""
    metadata = (re.search(r"<metadata.*?</metadata>", svg, re.DOTALL) or [""])[0]
    title = (re.search(r"<dc:title>([^<]*)</dc:title>", metadata) or ["", ""])[1]
    authors = " ".join(re.findall(r"<cc:Agent[^>]*>\s*<dc:title>([^<]*)", metadata)).lower()
    *folders, stem = path.removesuffix(".svg").split("/")
    name = plain(title)
    if not re.search("[a-z]", name) or "untitled" in name:
        name = " ".join(word for word in plain(stem).split() if word[:6] not in authors)
    keywords = [plain(word) for word in re.findall(r"<rdf:li>([^<]*)</rdf:li>", metadata)]
    kept = [word for word in keywords if word and word not in authors and not _NOTHING_SAID.fullmatch(word)]
    topics = [plain(word) for word in folders[-2:] if word not in ("unsorted", "special", "icons", "computer")]
    return name, list(dict.fromkeys([*kept[:8], *topics]))


# ---------------------------------------------------------------- ImageNet


def imagenet_names() -> list[tuple[list[str], str]]:
    """Of each class in the order of the classifier: its names, and what WordNet says it is."""
    spec = find_spec("timm")
    if spec is None or not spec.submodule_search_locations:
        sys.exit(f"The names of ImageNet's classes are needed: pip install --no-deps timm=={TIMM}")
    folder = Path(spec.submodule_search_locations[0]) / "data" / "_info"
    files = ["synsets.txt", "synset_to_lemma.txt", "synset_to_definition.txt"]
    order, names, meanings = ((folder / f"imagenet_{file}").read_text("utf-8").splitlines() for file in files)
    digest = hashlib.sha256("\n".join([*order, *names, *meanings]).encode()).hexdigest()
    if digest != _SHA256:
        sys.exit(f"The names of ImageNet's classes are not the known ones: pip install --no-deps timm=={TIMM}")
    name_of, meaning_of = (dict(line.split("\t") for line in lines) for lines in (names, meanings))
    return [(name_of[synset].split(", "), meaning_of[synset]) for synset in order]
