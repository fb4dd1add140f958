"""Pictures with long, odd or hostile metadata: the same pixels as without, or a sentence, and never a long wait."""

import io
import struct
import time
import zlib

import numpy as np
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from gca_viz.datasets.images import open_images
from gca_viz.datasets.images.decode import decode, header_size
from gca_viz.errors import InputError
from tests.datasets.images.pictures import chunk, encoded, noise, write

PNG, JPEG, GIF = encoded(noise(0)), encoded(noise(0), "JPEG"), encoded(noise(0), "GIF")
PPM = encoded(noise(0), "PPM")


def with_text(**how) -> bytes:
    info = PngInfo()
    info.add_text("workflow", "x" * 2_000_000, **how)
    return encoded(noise(0), pnginfo=info)


def behind_header(content: bytes, more: bytes) -> bytes:
    """A PNG with something more behind its first chunk."""
    return content[:33] + more + content[33:]


def of_gif(extensions: bytes) -> bytes:
    start = GIF.index(b",\0\0\0\0")
    return GIF[:start] + extensions + GIF[start:]


@pytest.mark.parametrize(
    ("content", "same_as"),
    [
        pytest.param(with_text(zip=True), PNG, id="a long text"),
        pytest.param(with_text(zip=False), PNG, id="a long text as it is"),
        pytest.param(encoded(noise(0), icc_profile=bytes(3_000_000)), PNG, id="a long colour profile"),
        pytest.param(
            behind_header(PNG, chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(900_000))) * 80), PNG, id="80 texts"
        ),
        pytest.param(
            PNG.replace(b"IDAT", b"IDAT", 1)[:-12] + chunk(b"tEXt", b"k\0" + b"v" * 9) + PNG[-12:], PNG, id="behind"
        ),
        pytest.param(JPEG[:2] + b"\xff" * 20_000_000 + JPEG[2:], JPEG, id="20 MB between segments"),
        pytest.param(JPEG[:2] + b"\xff\xfe\xff\xff" + bytes(65_533) + JPEG[2:], JPEG, id="a comment in a JPEG"),
        pytest.param(JPEG + bytes(1000) + JPEG, JPEG, id="a second picture behind"),
        pytest.param(encoded(noise(0), "JPEG", progressive=True), None, id="a progressive JPEG"),
        pytest.param(of_gif(b"!\xfe" + b"\x01a" * 50_000 + b"\0"), GIF, id="a comment in a GIF"),
        pytest.param(
            PPM.replace(b"\n", b"\n#" + b"a" * 20_000_000 + b"\n", 1), PPM, id="a comment of 20 MB in a PPM"
        ),
    ],
)
def test_metadata_change_no_pixel(content, same_as):
    began = time.monotonic()
    found = decode(content, 32)
    assert time.monotonic() - began < 5
    assert header_size(io.BytesIO(content)) == (32, 32)
    wanted = np.asarray(Image.open(io.BytesIO(same_as or content)).convert("RGB"))
    assert np.array_equal(found, wanted)


def tagged(tags: int, each: int) -> bytes:
    """A TIFF in which every tag points to the same bytes."""
    entries = b"".join(struct.pack("<HHII", 40_000 + k, 1, each, 8) for k in range(tags))
    return b"II*\0" + struct.pack("<IH", 8, tags) + entries + bytes(4 + each)


def run_lengths(size: int) -> bytes:
    data = b"\x01\x05" * (size // 2)
    header = struct.pack("<IiiHHIIiiII", 40, 3000, 3000, 1, 8, 1, len(data), 0, 0, 256, 0)
    return b"BM" + struct.pack("<IHHI", 1078 + len(data), 0, 0, 1078) + header + bytes(1024) + data


def in_scans(count: int) -> bytes:
    content = encoded(np.full((2000, 2000, 3), 99, np.uint8), "JPEG", progressive=True)
    last = content.rindex(b"\xff\xda")
    return content[:last] + content[last:-2] * count + b"\xff\xd9"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        pytest.param(in_scans(300), "a JPEG of 4,000,000 pixels in 309 scans", id="scans"),
        pytest.param(JPEG[:2] + b"\xff\xfe\x00\x02" * 2_000_000 + JPEG[2:], "segments", id="segments"),
        pytest.param(behind_header(PNG, chunk(b"tIME", b"") * 300_000), "chunks", id="chunks"),
        pytest.param(tagged(2000, 1_000_000), "a TIFF whose tags have 2,000 MB", id="tags"),
        pytest.param(run_lengths(10_000_000), "a run-length encoded BMP of 10 MB", id="run lengths"),
        pytest.param(b"P3\n2000 2000\n255\n" + b"255 " * 3_000_000, "12 MB that is written as text", id="text"),
        pytest.param(of_gif(b"!\xf9\x04\0\0\0\0\0" * 200_000), "blocks", id="blocks"),
    ],
)
def test_what_would_take_very_long_is_refused_at_once(tmp_path, content, sentence):
    began = time.monotonic()
    with pytest.raises(InputError, match=f"{sentence}.*it would take very long to read.*as PNG or JPEG"):
        decode(content, 32)
    dataset, report = open_images(write(tmp_path, {"cat/slow.png": content, "cat/good.png": PNG})).load()
    assert time.monotonic() - began < 5
    assert len(dataset) == 1 and sentence in dict(report.skipped)["cat/slow.png"]


@pytest.mark.parametrize("most", [100, 1000, 65535])
@pytest.mark.parametrize("kind", [b"P5", b"P6"])
def test_values_of_any_range_in_a_ppm_span_black_to_white(kind, most):
    shape = (16, 16, 3) if kind == b"P6" else (16, 16)
    values = np.random.default_rng(0).integers(0, most + 1, shape).astype(">u2" if most > 255 else "u1")
    found = decode(kind + f"\n# made\n16 16 {most}\n".encode() + values.tobytes(), 16)
    assert np.abs(found - (values.astype(float) * 255 / most).reshape(16, 16, -1)).max() <= 0.51


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_the_orientation_is_kept_in_every_format(kind):
    pixels = np.zeros((32, 32, 3), np.uint8)
    pixels[:16] = 255
    exif = Image.Exif()
    exif[0x0112] = 6
    options = {"lossless": True} if kind == "WEBP" else {}
    found = decode(encoded(pixels, kind, exif=exif, **options), 32)
    assert found[:, 20:].mean() > 250 and found[:, :12].mean() < 5


@pytest.mark.parametrize(
    "image",
    [
        Image.linear_gradient("L").resize((2400, 2400)),
        Image.fromarray(np.tile(np.linspace(0, 65535, 2400).astype(np.uint16), (2400, 1))),
        Image.fromarray(np.tile(np.linspace(0, 1, 2400).astype(np.float32), (2400, 1))),
        Image.linear_gradient("L").resize((2400, 2400)).convert("P"),
        Image.merge(
            "RGBA", [Image.linear_gradient("L").resize((2400, 2400))] * 3 + [Image.new("L", (2400, 2400), 99)]
        ),
        Image.linear_gradient("L").resize((2400, 2400)).convert("CMYK"),
    ],
    ids=lambda image: image.mode,
)
def test_a_large_picture_looks_as_the_same_picture_small(image):
    """Large ones are read in bands, which must leave no seam and no other colour."""
    kind = "TIFF" if image.mode in ("F", "CMYK") else "PNG"
    large, small = io.BytesIO(), io.BytesIO()
    image.save(large, kind)
    image.resize((600, 600), Image.Resampling.NEAREST).save(small, kind)
    difference = decode(large.getvalue(), 60).astype(int) - decode(small.getvalue(), 60)
    assert np.abs(difference).max() <= 4


def test_a_picture_is_small_beside_its_own_size_while_it_is_read(monkeypatch):
    """16 megapixels of deep grey: no copy of float64, which would be 128 MB each."""
    import tracemalloc

    content = encoded(np.zeros((4000, 4000), np.uint16), compress_level=1)
    tracemalloc.start()
    decode(content, 64)
    assert tracemalloc.get_traced_memory()[1] < 60e6
    tracemalloc.stop()
