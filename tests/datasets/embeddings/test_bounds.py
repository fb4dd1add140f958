"""No table within the caps takes long, or much more memory than its size, or shows anything but a sentence."""

import io
import json
import subprocess
import sys
import zipfile

import numpy as np
import pyarrow as pa
import pytest

from tests.datasets.embeddings.tables import Z1, Z2, N, csv, npy, parquet, vectors, wide

_ROOM = 1_000_000_000  # bytes beside the file and what is imported
_SECONDS = 10  # of the processor
_READ = """
import json, resource, sys, time
import pyarrow.csv, pyarrow.parquet, pyarrow.compute
from gca_viz.datasets.embeddings import delimited, numpy_files, parquet, tensors
from gca_viz.datasets.embeddings.read import read_embeddings
from gca_viz.errors import InputError
pages = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
for path in sys.argv[2:]:
    content = open(path, "rb").read()
    resource.setrlimit(resource.RLIMIT_AS, (pages + len(content) + int(sys.argv[1]), resource.RLIM_INFINITY))
    start = time.process_time()
    try:
        found = f"{len(read_embeddings([(path, content)])[0])} pairs"
    except InputError as error:
        found = str(error)
    print(json.dumps([path, found, time.process_time() - start]), flush=True)
"""
LONG = "x" * 1_000_000
ROWS = {"z1": vectors(np.tile(Z1, (80, 1))), "z2": vectors(np.tile(Z2, (80, 1)))}
TABLE = csv(wide())


def packed(name: str, content: bytes, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        archive.writestr(name, content)
    return buffer.getvalue()


def understated() -> bytes:
    """An archive whose directory says that a member is small."""
    archive = bytearray(packed("z1.npy", npy(Z1) + bytes(50_000_000)))
    entry = archive.rfind(b"PK\1\2")
    archive[entry + 24 : entry + 28] = (200).to_bytes(4, "little")
    return bytes(archive)


def header(shape: tuple[int, ...]) -> bytes:
    buffer = io.BytesIO()
    np.lib.format.write_array_header_1_0(buffer, {"descr": "<f4", "fortran_order": False, "shape": shape})
    return buffer.getvalue()


def deep() -> pa.Array:
    kind = pa.int32()
    for _ in range(60):
        kind = pa.list_(kind)
    return pa.array([None] * 12 * 80, kind)


def hostile() -> dict[str, bytes]:
    """Each by its name; made where they are read, since that takes 14 s of the processor and a gigabyte."""
    return {
        "a name of digits.csv": TABLE.replace(b"z2_4", b"1" * 300_000 + b"a", 1),
        "a name of brackets.csv": TABLE.replace(b"z2_4", b"[" * 300_000 + b"1", 1),
        "a long name.parquet": parquet(ROWS | {LONG: ["a"] * 960}),
        "a long cell.csv": csv(wide(name=[LONG] + ["y"] * (N - 1))),
        "a long cell.npz": packed("labels.npy", npy(np.array([LONG] + ["y"] * 50))),
        "one text in a dictionary.parquet": parquet(ROWS | {"name": [LONG] * 960}),
        "one text again and again.parquet": parquet(
            ROWS | {"name": [LONG] * 960}, compression="zstd", use_dictionary=False
        ),
        "texts by what they share.parquet": parquet(
            ROWS | {"label": [LONG] * 960}, use_dictionary=False, column_encoding={"label": "DELTA_BYTE_ARRAY"}
        ),
        "runs of one number.parquet": parquet({"z1_0": np.ones(3_000_000), "z1_1": np.ones(3_000_000)}),
        "a vector of millions.parquet": parquet(
            {"z1": pa.ListArray.from_arrays(pa.array([0, 20_000_000], pa.int32()), np.ones(20_000_000, np.float32))}
        ),
        "deep.parquet": parquet(ROWS | {"deep": deep()}),
        "columns.csv": (",".join(f"c{k}" for k in range(100_000)) + "\n").encode() + b"1," * 99_999 + b"1\n",
        "texts in columns.csv": (",".join(f"z1_{k}" for k in range(16_000)) + "\n").encode()
        + b"a," * 15_999 + b"a\n",
        "commas.csv": b"," * 20_000_000,
        "commas in a row.csv": TABLE + b"," * 20_000_000,
        "short lines.csv": b"z1_0,z1_1,z2_0,z2_1\n" + b"1\n" * 5_000_000,
        "no line ends.csv": b"z1_0,z1_1," + b"a" * 20_000_000,
        "no quote ends.csv": TABLE + b'"' + b"a\n" * 5_000_000,
        "comments.csv": b"#\n" * 5_000_000,
        "zeros.csv": bytes(5_000_000),
        "brackets.csv": b'z1,z2\n"' + b"[" * 1_000_000 + b'1,2","[1,2]"\n' + b'"[1,2]","[3,4]"\n' * 5,
        "digits.csv": TABLE + b"9" * 2_000_000 + b",1" * 9 + b"\n",
        "a claim.npz": packed("z1.npy", header((10**9, 10**6))),
        "a large claim.npz": packed("z1.npy", header((10**300, 1))),
        "a negative claim.npz": packed("z1.npy", header((-5, -6))),
        "another packer.npz": packed("z1.npy", npy(np.zeros(200_000_000, np.uint8)), zipfile.ZIP_BZIP2),
        "understated.npz": understated(),
        "nested.npy": b"\x93NUMPY\x01\x00" + (9000).to_bytes(2, "little") + b"(" * 9000,
        "nested.safetensors": (9_000_000).to_bytes(8, "little") + b"[" * 9_000_000,
        "a claim.safetensors": (70).to_bytes(8, "little")
        + json.dumps({"z1": {"dtype": "F32", "shape": [10**9, 10**9], "data_offsets": [0, 4]}}).encode().ljust(70)
        + b"abcd",
    }  # fmt: skip


@pytest.mark.skipif(sys.platform != "linux", reason="limits of memory are those of Linux")
def test_no_table_takes_long_or_much_memory_or_shows_anything_but_a_sentence(tmp_path):
    names = []
    for name, content in hostile().items():
        (tmp_path / name).write_bytes(content)
        names.append(name)
    command = [sys.executable, "-W", "ignore", "-c", _READ, str(_ROOM), *(str(tmp_path / name) for name in names)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=300)
    lines = [json.loads(line) for line in ended.stdout.splitlines()]
    assert len(lines) == len(names), f"{names[len(lines)]}: {ended.stderr[-600:]}"
    for path, found, seconds in lines:
        assert seconds < _SECONDS, path
        assert "MemoryError" not in found and "lloc" not in found, (path, found)
