"""Small files that would fill a server: none takes long, or much memory, or ends in anything but a sentence."""

import gzip
import io
import json
import os
import struct
import subprocess
import sys
import tarfile
import zipfile

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.datasets.images.pictures import chunk, encoded, noise

PNG = encoded(noise(0))
READER = """
import json, resource, sys, time
from pathlib import Path
from gca_viz.datasets.images import open_images
from gca_viz.errors import InputError
import pyarrow.parquet
from PIL import Image
Image.init()
most = lambda: int(next(line for line in open("/proc/self/status") if line.startswith("VmSize")).split()[1]) * 1024
for path in map(Path, sys.argv[1:]):
    began, now = time.process_time(), most()
    resource.setrlimit(resource.RLIMIT_AS, (now + 1_000_000_000 + path.stat().st_size, resource.RLIM_INFINITY))
    try:
        said = str(open_images(path).load()[1])
    except InputError as error:
        said = f"InputError: {error}"
    except BaseException as error:
        said = f"NOT A SENTENCE {error!r}"
    resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    print(json.dumps([path.name, time.process_time() - began, said]), flush=True)
"""


def parquet(**columns) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(pa.table(columns), buffer)
    return buffer.getvalue()


def tar(name: str, size: int, kind: bytes, content: bytes = b"") -> bytes:
    member = tarfile.TarInfo(name)
    member.type, member.size = kind, size
    return member.tobuf(tarfile.GNU_FORMAT) + content


def zipped(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def lying(content: bytes, size: int) -> bytes:
    return content.replace(struct.pack("<I", size), struct.pack("<I", 1_000))


def files() -> dict[str, bytes]:
    rows = 100
    few = [PNG] * 10
    lists = pa.ListArray.from_arrays(
        pa.array(range(0, 30_000_001, 3_000_000), pa.int32()), pa.array(np.zeros(30_000_000, np.int8))
    )
    small = gzip.compress(bytes(40_000_000))
    return {
        "equal-pictures.parquet": parquet(image=[PNG.ljust(900_000, b"\0")] * 400),
        "equal-labels.parquet": parquet(image=few * (rows // 10), label=["x" * 1_000_000] * rows),
        "equal-texts.parquet": parquet(image=few * (rows // 10), text=["x" * 1_000_000] * rows),
        "equal-paths.parquet": parquet(image=[{"bytes": PNG, "path": "x" * 1_000_000}] * rows),
        "long-list.parquet": parquet(image=few, text=lists),
        "nested-label.parquet": parquet(image=few, label=lists),
        "deep.parquet": parquet(image=few, label=pa.array([[[[1]]]] * 10)),
        "pax.tar": tar("x", 2**34, tarfile.XHDTYPE) + bytes(10_240),
        "long-name.tar.gz": gzip.compress(tar("x", 900_000_000, tarfile.GNUTYPE_LONGNAME) + bytes(9_000_000)),
        "sparse.tar": tar("x", 2**40, tarfile.GNUTYPE_SPARSE) + bytes(10_240),
        "negative.tar": tar("x", 10, tarfile.REGTYPE)[:124] + b"\xff" * 12 + bytes(10_240),
        "one-name.zip": zipped({f"{k}/a.png": b"x" for k in range(3000)} | {"a.png": PNG}),
        "declared.zip": lying(zipped({"train.parquet": bytes(150_000_000)}), 150_000_000),
        "idx.zip": zipped({"train-images-idx3-ubyte.gz": small}),
        "mat.zip": zipped(
            {"train_32x32.mat": b"MATLAB 5.0".ljust(126) + b"IM" + struct.pack("<2I", 15, 2**31) * 9}
        ),
        "deep-grey.png": encoded(np.zeros((5000, 5000), np.uint16), compress_level=1),
        "floats.tif": encoded(np.zeros((3000, 3000), np.float32), "TIFF", compression="tiff_lzw"),
        "sees-through.png": encoded(np.zeros((5000, 5000, 4), np.uint8), compress_level=1),
        "frames.webp": encoded(np.zeros((5000, 5000, 4), np.uint8), "WEBP", lossless=True, method=0),
        "chunks.png": PNG[:33] + chunk(b"tEXt", b"a\0b") * 300_000 + PNG[33:],
        "truncated.png": PNG[:40],
        "folders.zip": zipped({"/".join("ab"[k % 2] * 2 for k in range(900)) + f"/{n}.png": PNG for n in range(3)}),
        "lists.zip": zipped(
            {f"{k}.png": PNG for k in range(3)} | {f"{k}.csv": b"a,b\n" * 100_000 for k in range(30)}
        ),
        "quotes.zip": zipped({f"{k}.png": PNG for k in range(3)} | {"labels.csv": b'"' + b"a," * 4_000_000}),
        "names.zip": zipped({f"{'_' * 3000}{'1_' * 9000}{k}.png": PNG for k in range(9)}),
    }


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hostile")
    for name, content in files().items():
        (folder / name).write_bytes(content)
    paths = sorted(map(str, folder.iterdir()))
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", READER, *paths],
        capture_output=True,
        text=True,
        timeout=500,
        env=os.environ | {"MALLOC_ARENA_MAX": "2", "OMP_NUM_THREADS": "1"},
    )
    return {name: (seconds, said) for name, seconds, said in map(json.loads, done.stdout.splitlines())}


def test_no_file_takes_long_or_much_memory_or_ends_in_a_traceback(results):
    assert len(results) == 25
    for name, (seconds, said) in results.items():
        assert seconds < 10, name
        assert "NOT A SENTENCE" not in said and "MemoryError" not in said, (name, said)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        *((f"equal-{what}.parquet", "GCA_VIZ_MAX_GROWTH") for what in ("pictures", "labels", "texts", "paths")),
        ("pax.tar", "a header that claims 17,179,869,184 bytes"),
        ("long-name.tar.gz", "a header that claims 900,000,000 bytes"),
        ("sparse.tar", "a sparse file"),
        ("deep-grey.png", "Images: 1"),
        ("nested-label.parquet", "Images: 10"),
        ("truncated.png", "no readable picture"),
        ("names.zip", "Images: 9"),
    ],
)
def test_what_is_said_of_it(results, name, sentence):
    assert sentence in results[name][1]
