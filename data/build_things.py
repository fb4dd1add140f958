"""Rebuild the bundled set `things`: ``python data/build_things.py`` (one to two minutes, 300 MB of packages).

A developer's tool, not needed by the app: it fetches pinned Debian packages, draws or cuts out the pictures that
``things_curation.csv`` lists, and writes, for each package, a folder with one atlas per domain, a manifest with
author and licence of every picture, and a page of credits. Two runs give identical bytes with the same Pillow.

Needs ``pip install resvg_py==0.5.0``, ``dpkg-deb``, and ``apt-get`` unless ``--packages`` holds the .debs.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import io
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
from PIL import Image
from things_curation import (
    CLASSES,
    CROPS,
    FAMILIES,
    README_NAMES,
    TUXPAINT_AUTHOR,
    TUXPAINT_CREDITS,
    TUXPAINT_GPL,
)
from things_sources import PACKAGES, draw_glyph, draw_svg, fetch, read_credits, read_rcc, svg_author

HERE = Path(__file__).resolve().parent
TILE = 128  # pixels per side in the atlas
MARGIN = 4  # white pixels around a cut-out
DRAWN = 4 * TILE  # drawings are made at this size and averaged down
COLUMNS = 20  # tiles per row of the atlas
QUALITY = 75  # of WebP, for photographs and clip art
GREYS = 16  # of a sketch, kept without loss
HELD_OUT = 0.3  # share of every class in every domain that is held out, at least ...
LEAST = 3  # ... this many pictures
LICENCES = re.compile(r"public domain|CC0-1\.0|CC-BY(-SA)?-[1-4]\.[05]|free for any use|GPL-2\.0-or-later")
COLUMNS_OF_MANIFEST = (
    "domain", "class", "kind", "family", "split", "name", "text", "path", "author", "licence", "url",
)  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--packages", type=Path, default=HERE.parent / "build" / "things", help="where the .debs are, or are put"
    )
    parser.add_argument("--output", type=Path, default=HERE / "things", help="where the folders go")
    options = parser.parse_args()

    try:
        import resvg_py  # noqa: F401
    except ImportError:
        sys.exit("resvg_py is needed to draw: pip install 'gca-viz[build]'")
    options.packages.mkdir(parents=True, exist_ok=True)
    rows = read_curation(HERE / "things_curation.csv")
    for source, package in PACKAGES.items():
        unpacked = fetch(package, options.packages.resolve())
        READERS[source](unpacked, [row for row in rows if row["source"] == source])
    for row in rows:
        if not LICENCES.fullmatch(row["licence"]):
            sys.exit(f"{row['path']} is under {row['licence']!r}, which this set does not take")
    assign_splits(rows)
    for source in PACKAGES:
        write_source(source, [row for row in rows if row["source"] == source], options.output / source)
    report(rows)


def read_curation(path: Path) -> list[dict]:
    """The pictures of the set in the order of the list, each with its family."""
    family_of = {kind.strip(): family for family, kinds in FAMILIES.items() for kind in kinds.split(";")}
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    unknown = set(family_of) - {row["kind"] for row in rows} | {row["class"] for row in rows} - set(CLASSES)
    if unknown:
        sys.exit(f"things_curation names kinds or classes that do not exist: {sorted(unknown)}")
    for row in rows:
        row["name"] = row["name"] or row["kind"]
        row["family"] = family_of.get(row["kind"], row["kind"])
        row["text"], row["url"] = row["name"], ""
    return sorted(rows, key=lambda row: CLASSES.index(row["class"]))


# ---------------------------------------------------------------- one reader per package


def read_openclipart(unpacked: Path, rows: list[dict]) -> None:
    """Drawings in colour and in black and white, dedicated to the public domain by the metadata of each."""
    for row in rows:
        svg = (unpacked / "usr/share/openclipart/svg" / row["path"]).read_bytes().decode("utf-8", "replace")
        author = svg_author(svg)
        row |= {
            "author": author,
            "licence": "public domain" if author else "none",
            "tile": tile(draw_svg(svg, DRAWN)),
        }
        row["domain"] = "clipart" if is_colourful(row["tile"]) else "sketch"


def read_symbola(unpacked: Path, rows: list[dict]) -> None:
    """Line drawings of a font, which its author gave away."""
    font = unpacked / "usr/share/fonts/truetype/ancient-scripts/Symbola_hint.ttf"
    for row in rows:
        row |= {"author": "George Douros", "licence": "free for any use", "url": "http://users.teilar.gr/~g1951d/"}
        row |= {"domain": "sketch", "tile": tile(draw_glyph(font, row["path"], DRAWN))}


def read_gcompris(unpacked: Path, rows: list[dict]) -> None:
    """Photographs, most of Wikimedia Commons, under the licence that the README beside each names."""
    files: dict[str, bytes] = {}
    activities = {row["path"].split("/")[3] for row in rows}
    for activity in sorted(activities):
        files |= read_rcc((unpacked / "usr/share/gcompris-qt/rcc" / f"{activity}.rcc").read_bytes())
    credits = read_credits(files, README_NAMES)
    for row in rows:
        said = credits.get(row["path"], {})
        row["author"], row["url"] = said.get("Copyright", "").lstrip("©0123456789, "), said.get("Source", "")
        licence = said.get("License", "none").replace(" ", "-")
        row["licence"] = "public domain" if licence.lower() == "public-domain" else licence
        original = re.match(r"based on .*? by (.*?), .*source at (\S+)", said.get("Comment", ""))
        if original:
            row["author"], row["url"] = f"{original[1]}; {row['author']}", original[2]
        row["domain"] = "photo"
        row["tile"] = tile(Image.open(io.BytesIO(files[row["path"]])), CROPS.get(row["path"], 0.5))


def read_tuxpaint(unpacked: Path, rows: list[dict], size: int = TILE) -> None:
    """Photographs cut out as stamps, each with an English sentence; credits where the change log gives them."""
    stamps = unpacked / "usr/share/tuxpaint/stamps"
    credits = {path: credit for credit, paths in TUXPAINT_CREDITS.items() for path in paths.split()}
    unknown = [path for path in credits if not (stamps / f"{path}.png").exists()]
    if unknown:
        sys.exit(f"TUXPAINT_CREDITS names stamps that do not exist: {unknown}")
    for row in rows:
        path = stamps / row["path"]
        default = (TUXPAINT_AUTHOR, TUXPAINT_GPL, "")
        row["author"], row["licence"], row["url"] = credits.get(row["path"].removesuffix(".png"), default)
        row["text"] = path.with_suffix(".txt").read_text("utf-8").splitlines()[0].strip().rstrip(".")
        row |= {"domain": "photo", "tile": tile(Image.open(path), size=size)}


READERS: dict[str, Callable[[Path, list[dict]], None]] = {
    "openclipart": read_openclipart,
    "symbola": read_symbola,
    "gcompris": read_gcompris,
    "tuxpaint": read_tuxpaint,
}


# ---------------------------------------------------------------- pictures


def tile(image: Image.Image, centre: float = 0.5, size: int = TILE) -> np.ndarray:
    """The subject on white, uint8 (size, size, 3): a cut-out fills the tile, of a scene its square is cut out.

    Args:
        image: any mode; what is transparent, or white at the border, is no part of the subject.
        centre: of the square, along the longer side of a scene, from 0 to 1.
        size: pixels per side of the tile.
    """
    image = image.convert("RGBA")
    image = image.crop(image.getbbox())
    if np.asarray(image)[..., 3].min() > 250 and not has_white_border(image):
        side = min(image.size)
        left, top = (round((length - side) * centre) for length in image.size)
        square = image.crop((left, top, left + side, top + side)).resize((size, size), Image.Resampling.LANCZOS)
        return np.asarray(square.convert("RGB"))
    white = Image.new("RGBA", image.size, (255, 255, 255, 255))
    flat = Image.alpha_composite(white, image)
    subject = np.asarray(flat.convert("L")) < 245
    rows, columns = np.flatnonzero(subject.any(1)), np.flatnonzero(subject.any(0))
    flat = flat.convert("RGB").crop((int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1))
    scale = (size - 2 * MARGIN * size / TILE) / max(flat.size)
    width, height = (max(1, round(length * scale)) for length in flat.size)
    canvas = Image.new("RGB", (size, size), (255, 255, 255))
    flat = flat.resize((width, height), Image.Resampling.LANCZOS)
    canvas.paste(flat, ((size - width) // 2, (size - height) // 2))
    return np.asarray(canvas)


def has_white_border(image: Image.Image) -> bool:
    """Whether nine tenths of the outermost pixels are nearly white: a product photograph, not a scene."""
    grey = np.asarray(image.convert("L"))
    border = np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])
    return bool((border > 235).mean() > 0.9)


def is_colourful(picture: np.ndarray) -> bool:
    """Whether two pixels in a hundred have a colour; else it is drawn in black, grey and white."""
    spread = picture.max(2).astype(int) - picture.min(2)
    return bool((spread > 16).mean() > 0.02)


# ---------------------------------------------------------------- split and files


def assign_splits(rows: list[dict]) -> None:
    """Hold out whole families, about HELD_OUT of each class in each domain, in the order of a hash of their names.

    A family that does not fit into what is left of the share of one of its domains stays in train; where a domain
    has fewer than LEAST in the end, the smallest families that bring it some are held out, too.
    """
    for name in CLASSES:
        families: dict[str, Counter] = defaultdict(Counter)
        for row in (row for row in rows if row["class"] == name):
            families[row["family"]][row["domain"]] += 1
        total = sum(families.values(), Counter())
        room = {domain: max(LEAST, round(HELD_OUT * count)) for domain, count in total.items()}
        held: Counter = Counter()
        chosen = set()
        for family in sorted(families, key=lambda family: hashlib.sha256(family.encode()).digest()):
            if all(held[domain] + count <= room[domain] for domain, count in families[family].items()):
                chosen.add(family)
                held += families[family]
        for domain in total:
            for family in sorted(families, key=lambda family: (families[family].total(), family)):
                if held[domain] < LEAST and families[family][domain] and family not in chosen:
                    chosen.add(family)
                    held += families[family]
        for row in rows:
            if row["class"] == name:
                row["split"] = "heldout" if row["family"] in chosen else "train"


def write_source(source: str, rows: list[dict], folder: Path) -> None:
    """Atlases, manifest and credits of one package; the tiles of an atlas are its lines of the manifest."""
    folder.mkdir(parents=True, exist_ok=True)
    domains = sorted({row["domain"] for row in rows})
    rows = [row for domain in domains for row in rows if row["domain"] == domain]
    with (folder / "manifest.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS_OF_MANIFEST, extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    for domain in domains:
        path = folder / f"{domain}.webp"
        write_atlas([row["tile"] for row in rows if row["domain"] == domain], path)
        print(f"{source}/{path.name}: {path.stat().st_size / 2**20:.2f} MiB")
    (folder / "LICENSES.md").write_text(credits_page(source, rows), "utf-8")


def write_atlas(tiles: list[np.ndarray], path: Path, quality: int = QUALITY) -> None:
    """Write tiles row by row, COLUMNS to a row; unused tiles at the end are white."""
    lines, size = -(-len(tiles) // COLUMNS), len(tiles[0])
    padded = np.full((lines * COLUMNS, size, size, 3), 255, np.uint8)
    padded[: len(tiles)] = tiles
    atlas = padded.reshape(lines, COLUMNS, size, size, 3).transpose(0, 2, 1, 3, 4)
    image = Image.fromarray(atlas.reshape(lines * size, COLUMNS * size, 3))
    if path.stem == "sketch":  # few greys without loss are sharper than lines through WebP's blocks, and smaller
        levels = [round(value / 255 * (GREYS - 1)) * 255 // (GREYS - 1) for value in range(256)]
        image.convert("L").point(levels).convert("RGB").save(path, lossless=True, quality=100, method=6)
    else:
        image.save(path, quality=quality, method=6)


def credits_page(source: str, rows: Iterable[dict], script: str = "build_things.py", size: int = TILE) -> str:
    """A table: licence, author and their files, with the address of each where the package names it."""
    package = PACKAGES[source]
    made = defaultdict(list)
    for row in rows:
        file = row["path"].replace("/resource/", "/").removeprefix("gcompris/src/activities/")
        made[row["licence"], row["author"]].append(f"[{file}]({row['url']})" if row["url"] else file)
    lines = [f"| {licence} | {author} | {', '.join(files)} |" for (licence, author), files in sorted(made.items())]
    return "\n".join(
        [
            f"# Pictures of `{package.name}` {package.version}",
            "",
            f"Written by `{script}`. The pictures were drawn or scaled to {size} × {size} pixels on white; scenes "
            "were cut to their square.",
            "",
            "| licence | author | files of the package |",
            "|---|---|---|",
            *lines,
            "",
        ]
    )


def report(rows: list[dict]) -> None:
    """Print the table class × domain, train + held out."""
    counts = Counter((row["class"], row["domain"], row["split"]) for row in rows)
    for name in CLASSES:
        cells = [
            f"{domain} {counts[name, domain, 'train']:3d} + {counts[name, domain, 'heldout']:2d}"
            for domain in ("photo", "clipart", "sketch")
        ]
        print(f"{name:10s} {'   '.join(cells)}")
    held_out = sum(row["split"] == "heldout" for row in rows)
    print(f"{len(rows)} pictures of {len({row['kind'] for row in rows})} kinds, {held_out} held out")


if __name__ == "__main__":
    main()
