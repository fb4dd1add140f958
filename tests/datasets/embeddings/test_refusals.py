"""What is refused is refused with lines of Python that, run as they stand, write a file that is read."""

import pickle

import numpy
import pandas
import pyarrow
import pytest
import torch

from gca_viz.errors import InputError
from tests.datasets.embeddings.tables import Z1, Z2, holds, npy, npz, read

BOTH = {"z1": Z1, "z2": Z2}
LISTS = pandas.DataFrame({name: [row.tolist() for row in z] for name, z in BOTH.items()})


def written(path, name: str) -> str:
    """Write a file of that ending; returns its name."""
    file = path / name
    if name.endswith(".pt"):
        torch.save({"z1": torch.tensor(Z1, requires_grad=True), "z2": torch.tensor(Z2)}, file)
    elif name.endswith(".pkl"):
        file.write_bytes(pickle.dumps(BOTH))
    elif name.endswith(".jsonl"):
        LISTS.to_json(file, orient="records", lines=True)
    elif name.endswith(".json"):
        LISTS.to_json(file)
    elif name.endswith(".feather"):
        LISTS.to_feather(file)
    elif name.endswith(".arrow"):
        table = pyarrow.Table.from_pandas(LISTS)
        with pyarrow.ipc.new_stream(file, table.schema) as stream:
            stream.write_table(table)
    elif name.endswith(".mat"):
        pytest.importorskip("scipy.io").savemat(file, BOTH)
    elif name.endswith(".h5"):
        with pytest.importorskip("h5py").File(file, "w") as data:
            data.update(BOTH)
    return name


@pytest.mark.parametrize("ending", ["pt", "pkl", "jsonl", "json", "feather", "arrow", "mat", "h5"])
def test_the_lines_for_another_format_work_as_they_stand(tmp_path, monkeypatch, ending):
    monkeypatch.chdir(tmp_path)
    name = written(tmp_path, f"my e.{ending}")
    with pytest.raises(InputError, match="embeddings come as .npz") as caught:
        read((name, (tmp_path / name).read_bytes()))
    code = caught.value.remedy.removeprefix("Turn it into one: ").removesuffix(" (only if you trust who made it)")
    modules = {"numpy": numpy, "pandas": pandas, "torch": torch, "pyarrow": pyarrow}
    for module in ("scipy.io", "h5py"):
        if module in code:
            modules[module.split(".")[0]] = __import__(module)
    exec(code, modules)
    dataset, _ = read(("embeddings.npz", (tmp_path / "embeddings.npz").read_bytes()))
    assert holds(dataset)


def test_what_a_file_holds_decides_and_not_its_ending(tmp_path):
    assert holds(read(("e.csv", npz(**BOTH)))[0])
    assert holds(
        read(
            ("e.bin", npy(numpy.stack([Z1, Z2]))),
        )[0]
    )
    for content, said in ((b"\x89HDF\r\n", ".h5 file"), (b"\x1f\x8b", ".gz file"), (pickle.dumps(1), ".pkl file")):
        with pytest.raises(InputError, match=said) as caught:
            read(("e.csv", content))
        assert "numpy.savez" in caught.value.remedy


ARRAYS = {
    "complex": (Z1 + 1j, "numpy.concatenate([z1.real, z1.imag], 1)"),
    "one axis": (Z1[0], "numpy.reshape(z1, (len(z1), -1))"),
    "texts": (Z1.astype(str), "numpy.stack(z1).astype('float32')"),
}


@pytest.mark.parametrize("kind", ARRAYS)
def test_arrays_that_are_no_embeddings_are_told_what_makes_them_these(kind):
    array, remedy = ARRAYS[kind]
    with pytest.raises(InputError, match="one row per sample") as caught:
        read(("e.npz", npz(z1=array, z2=array)))
    assert remedy in caught.value.remedy
    made = eval(remedy, {"numpy": numpy, "z1": array})
    assert len(read(("e.npz", npz(z1=made, z2=made)))[0]) == len(array)


WAYS = ("<f8", ">f4", "<f2", ">i4", "longdouble", "F", "strided", "flipped", "4 axes", "fields", "(N, 2, d)")


@pytest.mark.parametrize("way", WAYS)
def test_arrays_as_numpy_has_them(way):
    z1, z2 = (8 * Z1).round(), (8 * Z2).round()
    if way == "F":
        arrays = {"z1": numpy.asfortranarray(z1), "z2": numpy.asfortranarray(z2)}
    elif way == "strided":
        arrays = {"z1": numpy.repeat(z1, 2, 1)[:, ::2], "z2": numpy.repeat(z2, 2, 0)[::2]}
    elif way == "flipped":
        arrays = {"z1": z1[::-1].copy()[::-1], "z2": z2[:, ::-1].copy()[:, ::-1]}
    elif way == "4 axes":
        arrays = {"z1": z1[:, :, None, None], "z2": z2[:, None]}
    elif way == "(N, 2, d)":
        arrays = {"features": numpy.stack([z1, z2], 1)}
    elif way == "fields":
        table = numpy.zeros(len(z1), [("z1", "f4", 5), ("z2", ">f8", 5), ("label", "U3")])
        table["z1"], table["z2"], table["label"] = z1, z2, "cat"
        dataset, _ = read(("e.npy", npy(table)))
        assert holds(dataset, z1=z1, z2=z2) and dataset.class_names == ("cat",)
        return
    else:
        arrays = {"z1": z1.astype(way), "z2": z2.astype(way)}
    assert holds(read(("e.npz", npz(**arrays)))[0], z1=z1, z2=z2)
