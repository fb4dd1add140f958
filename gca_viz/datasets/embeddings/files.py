"""Which format a file has, by what it holds and then by its ending; and what to do with one that is not read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import PurePath
from types import MappingProxyType

from gca_viz.datasets.embeddings.table import Table
from gca_viz.errors import InputError
from gca_viz.settings.limits import FILE_BYTES

#: ending → (module here, its function)
FORMATS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        ".npz": ("numpy_files", "read_npz"),
        ".npy": ("numpy_files", "read_npy"),
        ".parquet": ("parquet", "read_parquet"),
        ".csv": ("delimited", "read_text"),
        ".tsv": ("delimited", "read_text"),
        ".txt": ("delimited", "read_text"),
        ".safetensors": ("tensors", "read_safetensors"),
    }
)
_PAIR = "numpy.savez('embeddings.npz', z1=z1, z2=z2, labels=labels)"
# how a file begins → the ending of its format
_BEGINS = (
    (b"\x93NUMPY", ".npy"),
    (b"PAR1", ".parquet"),
    (b"\x89HDF", ".h5"),
    (b"ARROW1", ".feather"),
    (b"FEA1", ".feather"),
    (b"MATLAB 5.0", ".mat"),
    (b"\x1f\x8b", ".gz"),
    (b"BZh", ".bz2"),
    (b"\xfd7zXZ", ".xz"),
    (b"\xd0\xcf\x11\xe0", ".xls"),
    (b"SQLite format 3", ".sqlite"),
    *((b"\x80" + bytes([protocol]), ".pkl") for protocol in range(2, 6)),
)
# ending → lines that turn such a file into one that is read; {file} is its name
_KEYS = "numpy.savez('embeddings.npz', **{{key: numpy.asarray(data[key]) for key in data if key[:1] != '_'}})"
_COLUMNS_OF_LISTS = "numpy.savez('embeddings.npz', z1=numpy.stack(table['z1']), z2=numpy.stack(table['z2']))"
_LINES: Mapping[str, str] = MappingProxyType(
    {
        ".pt": "data = torch.load('{file}', map_location='cpu', weights_only=True); numpy.savez('embeddings.npz', "
        "**{{key: torch.as_tensor(data[key]).numpy(force=True) for key in data}})",
        ".pkl": f"data = pandas.read_pickle('{{file}}'); {_KEYS} (only if you trust who made it)",
        ".h5": f"with h5py.File('{{file}}') as data: {_KEYS}",
        ".mat": f"data = scipy.io.loadmat('{{file}}'); {_KEYS}",
        ".jsonl": f"table = pandas.read_json('{{file}}', lines=True); {_COLUMNS_OF_LISTS}",
        ".json": f"table = pandas.read_json('{{file}}'); {_COLUMNS_OF_LISTS}",
        ".feather": f"table = pandas.read_feather('{{file}}'); {_COLUMNS_OF_LISTS}",
        ".arrow": "table = pyarrow.ipc.open_stream('{file}').read_all().to_pandas(); " + _COLUMNS_OF_LISTS,
        ".orc": f"table = pandas.read_orc('{{file}}'); {_COLUMNS_OF_LISTS}",
        ".xlsx": "table = pandas.read_excel('{file}'); numpy.savez('embeddings.npz', "
        "z1=table.filter(like='z1_'), z2=table.filter(like='z2_'))",
        ".gz": "unpack it (gunzip {file}) and bring what is in it, or write a small file with "
        "numpy.savez_compressed('embeddings.npz', z1=z1, z2=z2)",
        ".zip": "unpack it and bring what is in it; several files may be given together, or "
        "numpy.savez_compressed('embeddings.npz', z1=z1, z2=z2)",
    }
)
_ALIKE = MappingProxyType(
    {
        ".pth": ".pt",
        ".bin": ".pt",
        ".ckpt": ".pt",
        ".pickle": ".pkl",
        ".p": ".pkl",
        ".joblib": ".pkl",
        ".hdf5": ".h5",
        ".hdf": ".h5",
        ".ndjson": ".jsonl",
        ".ipc": ".arrow",
        ".xls": ".xlsx",
        ".ods": ".xlsx",
        ".bz2": ".zip",
        ".xz": ".zip",
        ".tgz": ".zip",
        ".tar": ".zip",
        ".7z": ".zip",
    }
)


def table_of(name: str, content: bytes) -> Table:
    """What a file holds; a bare ``.npy`` goes by the name of the file.

    Args:
        name: the file's name.
        content: its bytes.

    Raises:
        InputError: a format that is not read, a damaged file, one that holds pickles, or one above a limit.
    """
    path = PurePath(name)
    FILE_BYTES.check(len(content), path.name)
    ending = _ending(path, content)
    if ending not in FORMATS:
        raise _not_read(path, ending)
    module, function = FORMATS[ending]
    reader: Callable[[PurePath, bytes], Table] = getattr(import_module(f"{__package__}.{module}"), function)
    try:
        return reader(path, content)
    except InputError:
        raise
    except (Exception, MemoryError) as error:  # each format's library has exceptions of its own
        text = str(error).strip()
        raise InputError(
            f"{path.name}, which could not be read ({text.splitlines()[0] if text else type(error).__name__})",
            f"a complete {ending} file is needed",
            f"Save or copy it again: {_PAIR}",
            parameter="embeddings",
        ) from error


def _ending(path: PurePath, content: bytes) -> str:
    """The ending that files of this content have."""
    given = path.suffix.lower()
    if content.startswith(b"PK"):
        if given == ".npz" or (given in FORMATS and b".npy" in content[:200]):
            return ".npz"
        return given if given not in FORMATS else ".zip"
    known = next((ending for start, ending in _BEGINS if content.startswith(start)), None)
    if known is None or _ALIKE.get(given, given) == known or given == ".safetensors":
        return given
    return known


def _not_read(path: PurePath, ending: str) -> InputError:
    lines = _LINES.get(_ALIKE.get(ending, ending))
    file = path.name.replace("'", "").replace("{", "").replace("}", "")
    return InputError(
        f"{path.name}" + (f", which is a {ending} file" if ending != path.suffix.lower() else ""),
        f"embeddings come as {', '.join(FORMATS)}",
        f"Turn it into one: {lines.format(file=file)}"
        if lines
        else f"Save them as .npz with arrays z1 and z2: {_PAIR}",
        parameter="embeddings",
    )
