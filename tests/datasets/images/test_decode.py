import io

import numpy as np
import pytest
from PIL import Image

from gca_viz.datasets.images.decode import choose_side, decode, fitted, header_size
from gca_viz.errors import InputError
from tests.datasets.images.pictures import encoded, huge_png, noise


def saved(image: Image.Image, kind: str = "PNG", **options) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF", "PPM"])
def test_a_picture_of_the_wanted_size_comes_out_as_it_went_in(kind):
    assert np.array_equal(decode(encoded(noise(0), kind), 32), noise(0))


def test_webp_without_loss_too():
    assert np.array_equal(decode(encoded(noise(0), "WEBP", lossless=True), 32), noise(0))


def test_grey_black_and_white_and_palette_become_rgb():
    grey = noise(0)[..., 0]
    assert np.array_equal(decode(encoded(grey), 32), np.repeat(grey[..., None], 3, -1))
    assert set(np.unique(decode(saved(Image.fromarray(grey).convert("1")), 32))) == {0, 255}
    palette = Image.fromarray(noise(0)).quantize(16)
    assert np.array_equal(decode(saved(palette), 32), np.asarray(palette.convert("RGB")))


def test_what_is_transparent_is_white():
    pixels = np.dstack([noise(0), np.full((32, 32), 255, np.uint8)])
    pixels[:16, :, 3] = 0
    found = decode(encoded(pixels), 32)
    assert (found[:16] == 255).all() and np.array_equal(found[16:], noise(0)[16:])
    half = np.array([[[0, 0, 0, 128]]], np.uint8)
    assert np.abs(decode(encoded(half), 1).astype(int) - 127).max() <= 1
    palette = Image.new("P", (32, 32), 1)
    palette.putpalette([0, 0, 0, 200, 0, 0])
    assert (decode(saved(palette, transparency=1), 32) == 255).all()
    colour_key = Image.new("RGB", (32, 32), (1, 2, 3))
    assert (decode(saved(colour_key, transparency=(1, 2, 3)), 32) == 255).all()


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_sixteen_bits_are_scaled_and_not_clipped(kind):
    deep = np.linspace(0, 65535, 32 * 32).reshape(32, 32).astype(np.uint16)
    found = decode(encoded(deep, kind), 32)
    assert np.array_equal(found[..., 0], np.rint(deep / 257))
    assert np.array_equal(found[..., 0], found[..., 2])


def test_fractions_span_black_to_white():
    values = np.linspace(0, 1, 32 * 32, dtype=np.float32).reshape(32, 32)
    assert np.array_equal(decode(encoded(values, "TIFF"), 32)[..., 1], np.rint(values * 255.0))
    wide = np.linspace(-1e6, 1e6, 32 * 32, dtype=np.float32).reshape(32, 32)
    found = decode(encoded(wide, "TIFF"), 32)
    assert found.min() == 0 and found.max() == 255


def test_a_cmyk_jpeg_has_the_colours_that_it_shows():
    red = Image.new("RGB", (64, 64), (230, 20, 30)).convert("CMYK")
    found = decode(saved(red, "JPEG", quality=95), 32)
    assert np.abs(found.astype(int) - (230, 20, 30)).max() < 12


def test_of_an_animation_the_first_frame_is_taken():
    frames = [Image.new("RGB", (32, 32), colour) for colour in ("red", "green", "blue")]
    content = saved(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert (decode(content, 32) == (255, 0, 0)).all()


@pytest.mark.parametrize(("orientation", "turned"), [(3, lambda a: a[::-1, ::-1]), (6, lambda a: np.rot90(a, -1))])
def test_the_orientation_in_exif_is_applied(orientation, turned):
    exif = Image.Exif()
    exif[0x0112] = orientation
    assert np.array_equal(decode(encoded(noise(0), exif=exif), 32), turned(noise(0)))


def test_the_middle_is_cut_out_and_shrunk_smoothly():
    pixels = np.zeros((40, 100, 3), np.uint8)
    pixels[:, 30:70] = 255
    assert (decode(encoded(pixels), 20) == 255).all()
    lines = np.zeros((64, 64, 3), np.uint8)
    lines[:, ::2] = 255
    assert np.abs(decode(encoded(lines), 8)[:, 1:-1].astype(int) - 127).max() <= 8


def test_a_large_jpeg_is_read_coarsely_and_looks_the_same():
    smooth = np.asarray(Image.fromarray(noise(0, 8)).resize((1024, 1024), Image.Resampling.BICUBIC))
    content = encoded(smooth, "JPEG", quality=95)
    direct = np.asarray(Image.open(io.BytesIO(content)).resize((64, 64), Image.Resampling.BICUBIC))
    assert np.abs(decode(content, 64).astype(int) - direct).max() <= 6


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_too_many_pixels_are_refused_by_the_header(monkeypatch):
    for content in (huge_png(), huge_png(10_000, 10_000)):
        for read in (
            lambda content=content: decode(content, 32),
            lambda content=content: header_size(io.BytesIO(content)),
        ):
            with pytest.raises(InputError, match="at most 50,000,000 pixels are read"):
                read()
    monkeypatch.setenv("GCA_VIZ_MAX_IMAGE_PIXELS", "1023")
    with pytest.raises(InputError, match="32 × 32 with 1,024 pixels"):
        decode(encoded(noise(0)), 32)
    assert Image.MAX_IMAGE_PIXELS == 89_478_485


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "TIFF"])
def test_a_truncated_picture_is_an_error(kind):
    content = encoded(noise(0, 128), kind)
    with pytest.raises(Exception):  # noqa: B017 — each format has its own
        decode(content[: len(content) // 2], 32)


def test_other_formats_are_not_even_tried():
    with pytest.raises(Image.UnidentifiedImageError):
        header_size(io.BytesIO(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\n"))


def test_arrays_are_fitted_like_pictures():
    images = noise(0, 40, 3)
    assert fitted(images, 40) is images
    assert np.array_equal(fitted(images, 16)[1], decode(encoded(images[1]), 16))


@pytest.mark.parametrize(
    ("sizes", "count", "given", "side"),
    [
        ([(28, 28)] * 3, 70_000, None, 28),
        ([(300, 200), (100, 120), (90, 500)], 3, None, 100),
        ([(9, 9), (8, 8)], 2, None, 32),
        ([(640, 480)] * 2, 2, None, 224),
        ([(100, 80)], 1, None, 80),
        ([(100, 80)], 1, 17, 17),
    ],
)
def test_the_side_is_that_of_the_images_within_reason(sizes, count, given, side):
    assert choose_side(np.array(sizes), count, given) == (side, ())


def test_many_images_are_made_smaller_and_that_is_said(monkeypatch):
    side, (note,) = choose_side(np.array([(224, 224)]), 100_000, None)
    assert side == 57 and "57 instead of 224" in note
    monkeypatch.setenv("GCA_VIZ_MAX_DATASET_BYTES", "1000")
    with pytest.raises(InputError, match="GCA_VIZ_MAX_DATASET_BYTES"):
        choose_side(np.array([(224, 224)]), 100, None)


@pytest.mark.parametrize(("count", "given"), [(1, 7), (1, 1025), (200_000, 224)])
def test_a_side_that_cannot_be_is_refused(count, given):
    with pytest.raises(InputError, match="side = |224 × 224 pixels"):
        choose_side(np.array([(50, 50)]), count, given)
