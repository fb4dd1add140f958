"""Where the pictures of `things` come from: pinned Debian packages, and readers of what they hold."""

from __future__ import annotations

import hashlib
import io
import re
import shutil
import struct
import subprocess
import sys
import zlib
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont


@dataclass(frozen=True)
class Package:
    """A Debian package, pinned."""

    name: str
    version: str
    sha256: str

    @property
    def file(self) -> str:
        """The name that ``apt-get download`` gives it."""
        return f"{self.name}_{self.version.replace(':', '%3a')}_all.deb"


PACKAGES = {
    "openclipart": Package(
        "openclipart-svg",
        "1:0.18+dfsg-19",
        "989712d90d57dfa3230049f553bb43b76c30ee4d4b8c5f6e106e33f7db5cbdc5",
    ),
    "symbola": Package(
        "fonts-symbola", "2.60-1.1", "408244997437d4103e9cdc9dd75db29d0e5fbee6e6874536173995204033a6df"
    ),
    "gcompris": Package(
        "gcompris-qt-data", "3.1-2", "e9cf06ab2105529068df73085784e835d2ff03f870d2a8091f09125d40abac9f"
    ),
    "tuxpaint": Package(
        "tuxpaint-stamps-default",
        "2022.06.04-1",
        "6db6c1bfc870a47f1499d6203b083522eacb57c5f9c87d468f2e92eb6d9d5f34",
    ),
}


def fetch(package: Package, folder: Path) -> Path:
    """The folder with the unpacked package; its .deb is taken from ``folder``, or downloaded into it."""
    archive, unpacked = folder / package.file, folder / "unpacked" / package.sha256[:16]
    for tool in ("dpkg-deb",) if archive.exists() else ("dpkg-deb", "apt-get"):
        if shutil.which(tool) is None:
            sys.exit(f"{tool} is needed to get {package.name}: run this on Debian, or give a folder of .debs.")
    if not archive.exists():
        subprocess.run(["apt-get", "download", f"{package.name}={package.version}"], cwd=folder, check=True)
    check(package, archive)
    if not unpacked.exists():
        unpacked.parent.mkdir(exist_ok=True)
        subprocess.run(["dpkg-deb", "--extract", archive, unpacked.with_suffix(".part")], check=True)
        unpacked.with_suffix(".part").rename(unpacked)
    return unpacked


def check(package: Package, archive: Path) -> None:
    """Stop with a sentence where the archive is another than the pinned one."""
    found = hashlib.sha256(archive.read_bytes()).hexdigest()
    if found != package.sha256:
        sys.exit(
            f"{archive.name} has the SHA-256 {found}; {package.name} {package.version} has {package.sha256}. "
            "Delete the file and run this again, or take this version from snapshot.debian.org."
        )


# ---------------------------------------------------------------- GCompris: Qt resources

_DIRECTORY, _ZLIB, _ZSTD = 2, 1, 4


def read_rcc(data: bytes) -> dict[str, bytes]:
    """The files of a binary Qt resource, by path.

    The format: a header with the offsets of tree, data and names; a tree of nodes of 14 bytes, or 22 from version 2
    on; names in UTF-16; data, each under its length.
    """
    magic, version, tree, blobs, names = struct.unpack_from(">4sIIII", data)
    if magic != b"qres":
        raise ValueError(f"no Qt resource: it begins with {magic!r}")
    node_size = 14 if version == 1 else 22
    files = {}

    def visit(node: int, path: str) -> None:
        at = tree + node * node_size
        name_at, flags = struct.unpack_from(">IH", data, at)
        if node:  # the root has no name
            length = struct.unpack_from(">H", data, names + name_at)[0]
            start = names + name_at + 6  # a hash of the name stands before it
            path = f"{path}/{data[start : start + 2 * length].decode('utf-16-be')}".lstrip("/")
        if flags & _DIRECTORY:
            count, first = struct.unpack_from(">II", data, at + 6)
            for child in range(first, first + count):
                visit(child, path)
        else:
            start = blobs + struct.unpack_from(">I", data, at + 10)[0]
            length = struct.unpack_from(">I", data, start)[0]
            files[path] = _inflated(data[start + 4 : start + 4 + length], flags, path)

    visit(0, "")
    return files


def _inflated(blob: bytes, flags: int, path: str) -> bytes:
    if flags & _ZSTD:
        raise ValueError(f"{path} is compressed with zstd, which no pinned package uses")
    return zlib.decompress(blob[4:]) if flags & _ZLIB else blob


def read_credits(files: dict[str, bytes], renamed: dict[str, str]) -> dict[str, dict[str, str]]:
    """What the READMEs beside the images say: path → Copyright, License, Source.

    A README is made of paragraphs; each names author, licence and source of the files that it lists.
    """
    found = {}
    for path, blob in files.items():
        folder, _, name = path.rpartition("/")
        if name != "README":
            continue
        for paragraph in re.split(r"\n\s*\n", blob.decode("utf-8")):
            fields, listed = {}, []
            for line in filter(None, map(str.strip, paragraph.splitlines())):
                field = re.match(r"(Copyright|License|Source|Comments?|Files):\s*(.*)", line)
                if field and field[1] != "Files":
                    fields[field[1]] = field[2]
                else:
                    listed.append(field[2] if field else line)
            found.update({f"{folder}/{renamed.get(file, file)}": fields for file in listed if file})
    return found


# ---------------------------------------------------------------- openclipart: old SVGs

_NAMESPACES = {
    "xlink": "http://www.w3.org/1999/xlink",
    "sodipodi": "http://sodipodi.sourceforge.net/DTD/sodipodi-0.dtd",
    "inkscape": "http://www.inkscape.org/namespaces/inkscape",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "cc": "http://web.resource.org/cc/",
    "dc": "http://purl.org/dc/elements/1.1/",
}
_PIXELS = {"": 1, "px": 1, "pt": 1.25, "mm": 3.543307, "cm": 35.43307, "in": 90}  # at 90 dpi, as drawn in 2005


def repair_svg(svg: str, size: int) -> str:
    """The same drawing, ``size`` pixels along its longer side, with all that a strict reader wants.

    Old editors left out width, height or viewBox, and namespaces that they used.
    """
    found = re.search(r"<svg\b[^>]*>", svg)
    if not found:
        raise ValueError("no <svg> in it")
    tag = found[0]

    def length(name: str) -> float | None:
        value = re.search(rf'\s{name}="\s*([\d.]+)\s*([a-z%]*)\s*"', tag)
        return float(value[1]) * _PIXELS[value[2]] if value and value[2] in _PIXELS else None

    box = re.search(r'\sviewBox="([^"]*)"', tag)
    left, top, width, height = (
        [float(number) for number in re.split(r"[\s,]+", box[1].strip())]
        if box
        else [0, 0, length("width") or 600, length("height") or 600]
    )
    scale = size / max(width, height)
    missing = {k: v for k, v in _NAMESPACES.items() if f"{k}:" in svg and f"xmlns:{k}=" not in svg}
    spaces = "".join(f' xmlns:{name}="{address}"' for name, address in missing.items())
    if "xmlns=" not in tag:
        spaces += ' xmlns="http://www.w3.org/2000/svg"'
    kept = re.sub(r'\s(width|height|viewBox)="[^"]*"', "", tag)[:-1].rstrip("/")
    mended = (
        f'{kept}{spaces} viewBox="{left} {top} {width} {height}" '
        f'width="{max(1, width * scale)}" height="{max(1, height * scale)}">'
    )
    return svg.replace(tag, mended, 1)


def draw_svg(svg: str, size: int) -> Image.Image:
    """The drawing on nothing, RGBA, ``size`` pixels along its longer side."""
    from resvg_py import svg_to_bytes

    drawn = bytes(svg_to_bytes(svg_string=repair_svg(svg, size), skip_system_fonts=True))
    return Image.open(io.BytesIO(drawn)).convert("RGBA")


def svg_author(svg: str) -> str | None:
    """Who dedicated the drawing to the public domain, as its metadata says; None where it does not say so."""
    metadata = (re.search(r"<metadata.*?</metadata>", svg, re.S) or [""])[0]
    if not re.search(r'license[^>]*rdf:resource="[^"]*PublicDomain"', metadata):
        return None
    creator = (re.search(r"<dc:creator>(.*?)</dc:creator>", metadata, re.S) or ["", ""])[1]
    return " ".join(re.sub(r"<[^>]*>|&[a-z]+;?.*", " ", creator).split()) or "unknown"


# ---------------------------------------------------------------- Symbola: a font of drawings


def draw_glyph(font: Path, code_point: str, size: int) -> Image.Image:
    """A character in black on nothing, RGBA, about ``size`` pixels high."""
    face = ImageFont.truetype(str(font), size)
    left, top, right, bottom = face.getbbox(chr(int(code_point, 16)))
    image = Image.new("RGBA", (int(right - left), int(bottom - top)), (0, 0, 0, 0))
    ImageDraw.Draw(image).text((-left, -top), chr(int(code_point, 16)), (0, 0, 0, 255), face)
    return image
