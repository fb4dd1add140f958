"""Tables that are written as text, as programs and people write them."""

import csv as quoting
import io
import json

import numpy as np
import pandas as pd
import pytest
import torch

from gca_viz.errors import InputError
from tests.datasets.embeddings.tables import LABELS, Z1, Z2, D, N, classes, csv, holds, read, wide

TABLE = wide(label=LABELS)


def savetxt(array, **options) -> bytes:
    buffer = io.BytesIO()
    np.savetxt(buffer, array, **options)
    return buffer.getvalue()


def by_r(frame: pd.DataFrame) -> bytes:
    lines = [" ".join(f'"{name}"' for name in frame.columns)]
    for number, row in enumerate(frame.to_numpy().tolist(), 1):
        lines.append(f'"{number}" ' + " ".join(f'"{x}"' if isinstance(x, str) else str(x) for x in row))
    return "\n".join(lines).encode()


WRITTEN = {
    "UTF-16": csv(TABLE).decode().encode("utf-16"),
    "UTF-16 without a mark": csv(TABLE).decode().encode("utf-16-le"),
    "UTF-16, big end first": csv(TABLE).decode().encode("utf-16-be"),
    "UTF-32": csv(TABLE).decode().encode("utf-32"),
    "UTF-8 with a mark": csv(TABLE).decode().encode("utf-8-sig"),
    "semicolons": csv(TABLE, sep=";"),
    "tabs": csv(TABLE, sep="\t"),
    "bars": csv(TABLE, sep="|"),
    "blanks": csv(TABLE, sep=" "),
    "aligned": TABLE.to_string(index=False).encode(),
    "Excel's first line": b"sep=;\r\n" + csv(TABLE, sep=";", lineterminator="\r\n"),
    "Excel in Unicode": ("sep=;\r\n" + csv(TABLE, sep=";", decimal=",").decode()).encode("utf-16"),
    "decimal commas": csv(TABLE, sep=";", decimal=","),
    "decimal commas and tabs": csv(TABLE, sep="\t", decimal=","),
    "decimal commas in quotes": csv(TABLE, decimal=",", quoting=quoting.QUOTE_ALL),
    "row numbers of pandas": csv(TABLE, index=True),
    "row numbers of R": by_r(TABLE),
    "everything quoted": csv(TABLE, quoting=quoting.QUOTE_ALL),
    "old Macintosh": csv(TABLE, lineterminator="\r"),
    "separators at the ends": csv(TABLE).replace(b"\n", b",\n"),
    "comments": b"# mine\n# of Monday\n" + csv(TABLE),
    "empty lines": csv(TABLE).replace(b"\n", b"\n\n"),
    "blanks around": csv(TABLE).replace(b",", b" , "),
    "brackets in names": csv(TABLE.rename(columns=lambda name: name.replace("_", "[") + "]" * ("_" in name))),
    "capitals": csv(TABLE.rename(columns=str.upper)),
    "an unusual minus": csv(TABLE).replace(b"-", "−".encode()),
}


@pytest.mark.parametrize("way", WRITTEN)
def test_a_table_is_the_same_however_it_is_written(way):
    dataset, report = read(("e.csv", WRITTEN[way]))
    assert holds(dataset) and classes(dataset) == LABELS and not report.skipped


def test_text_that_is_not_utf8_is_read_as_windows_1252_and_that_is_said():
    names = ["café", "naïve", "5 €"] * 4
    dataset, report = read(("e.csv", csv(wide(label=names)).decode().encode("cp1252")))
    assert classes(dataset) == names and any("Windows-1252" in note for note in report.notes)


def test_files_without_a_header_lose_no_row():
    for options in ({}, {"delimiter": ","}, {"delimiter": "\t", "fmt": "%.6f"}):
        dataset, report = read(("z1.txt", savetxt(Z1, **options)), ("z2.txt", savetxt(Z2, **options)))
        assert holds(dataset) and any("every line is a row" in note for note in report.notes)
    with pytest.raises(InputError, match=r"vectors.*without a column partner|z1 and z2 are needed"):
        read(("vectors.tsv", savetxt(Z1, delimiter="\t")))


def test_a_header_in_a_comment_and_columns_that_pandas_numbered_are_names():
    names = ",".join(TABLE.columns[:-1])
    assert holds(read(("e.csv", savetxt(np.c_[Z1, Z2], header=names, delimiter=",")))[0])
    numbered = [(f"z{k}.csv", csv(pd.DataFrame(z), index=k == 1)) for k, z in ((1, Z1), (2, Z2))]
    for labels in (csv(pd.DataFrame({"label": LABELS})), "\n".join(LABELS).encode()):
        dataset, _ = read(*numbered, ("labels.csv", labels))
        assert holds(dataset) and classes(dataset) == LABELS


@pytest.mark.parametrize(
    "cell",
    [
        "abc",
        "",
        "NaN",
        "n/a",
        "#N/A",
        "#DIV/0!",
        "NULL",
        "-",
        "inf",
        "-Infinity",
        "1.#INF",
        "1.#QNAN",
        "-1.#IND",
        "0x1F",
    ],
)
def test_a_cell_that_is_no_number_costs_its_pair_alone(cell):
    table = TABLE.astype(object)
    table.loc[4, "z1_2"] = cell
    for written in (
        csv(table),
        csv(table, sep=";").replace(b".", b",") if "." not in cell else csv(table, sep="\t"),
    ):
        dataset, report = read(("e.csv", written))
        assert holds(dataset, (4,)) and [what for what, _ in report.skipped] == ["pair 4"]
    if cell in ("abc", "0x1F"):
        assert report.skipped[0][1] == f"z1_2 is {cell!r}, which is no number"


def test_a_column_without_numbers_is_no_dimension_less():
    with pytest.raises(InputError, match=r"z1_2 is 'abc'") as caught:
        read(("e.csv", csv(TABLE.assign(z1_2="abc"))))
    assert "none of which is finite" in str(caught.value)
    _, report = read(("e.csv", csv(TABLE.drop(columns=["z1_2", "z2_2"]))))
    assert report.facts["Numbers per embedding"] == "4" and any("entry 2 of z1" in note for note in report.notes)


def test_a_line_with_other_cells_costs_its_pair_alone():
    lines = csv(TABLE).decode().splitlines()
    lines[3] += ",9,9"
    lines[5] = "1,2"
    dataset, report = read(("e.csv", "\n".join(lines).encode()))
    assert holds(dataset, (2, 4)) and classes(dataset)[2] == LABELS[3]
    assert report.skipped == (
        ("pair 2", "its line has 13 cells, others have 11"),
        ("pair 4", "its line has 2 cells, others have 11"),
    )


def thousands(x: float) -> str:
    return f"{x:,.3f}"


MARKS = {
    "1,234.500": thousands,
    "1.234,500": lambda x: thousands(x).replace(",", "_").replace(".", ",").replace("_", "."),
    "1'234.500": lambda x: thousands(x).replace(",", "'"),
    "1 234,500": lambda x: thousands(x).replace(",", " ").replace(".", ","),
    "1\u202f234,500": lambda x: thousands(x).replace(",", "\u202f").replace(".", ","),
}


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("mark", MARKS)
def test_marks_between_thousands(mark, separator):
    z1, z2 = 10_000 * Z1, 10_000 * Z2
    table = wide(z1, z2).map(MARKS[mark])
    dataset, report = read(("e.csv", csv(table, sep=separator)))
    assert all(np.allclose(a, b, atol=1e-2) for a, b in zip(dataset.embeddings, (z1, z2), strict=True))
    assert any("comma" in note.lower() for note in report.notes) == ("'" not in mark)


LISTS = {
    "[1, 2]": lambda row: str(row.tolist()),
    "JSON": lambda row: json.dumps(row.tolist()),
    "NumPy's str": str,
    "NumPy's repr": repr,
    "over several lines": lambda row: np.array2string(row, max_line_width=20),
    "np.array": lambda row: f"np.array({row.tolist()}, dtype=np.float32)",
    "NumPy's numbers in a list": lambda row: str(list(row)),
    "PyTorch": lambda row: repr(torch.tensor(row)),
    "PyTorch with a gradient": lambda row: repr(torch.tensor(row, requires_grad=True) * 1),
    "a tuple": lambda row: str(tuple(row.tolist())),
    "PostgreSQL": lambda row: "{" + ",".join(map(str, row)) + "}",
    "texts in a list": lambda row: str([str(x) for x in row]),
    "blanks": lambda row: " ".join(map(str, row)),
    "semicolons": lambda row: ";".join(map(str, row)),
    "decimal commas": lambda row: "; ".join(map(str, row)).replace(".", ","),
    "bars": lambda row: "|".join(map(str, row)),
    "commas": lambda row: ",".join(map(str, row)),
}


def of_lists(write, **others) -> bytes:
    return csv(pd.DataFrame({"z1": [*map(write, Z1)], "z2": [*map(write, Z2)], **others}))


@pytest.mark.parametrize("way", LISTS)
def test_a_vector_in_a_cell(way):
    dataset, _ = read(("e.csv", of_lists(LISTS[way], label=LABELS)))
    assert all(np.allclose(a, b, atol=1e-4) for a, b in zip(dataset.embeddings, (Z1, Z2), strict=True))
    assert classes(dataset) == LABELS


def test_vectors_that_were_cut_short_are_told_and_the_remedy_works(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with np.printoptions(threshold=3, edgeitems=1):
        content = of_lists(str)
    with pytest.raises(InputError, match="in place of numbers, which are therefore not in the file") as caught:
        read(("e.csv", content))
    code = caught.value.remedy.split(": ", 1)[1].replace(", labels=labels", "")
    exec(code, {"numpy": np, "z1": Z1, "z2": Z2})
    assert holds(read(("embeddings.npz", (tmp_path / "embeddings.npz").read_bytes()))[0])


def test_a_bad_vector_in_a_cell_costs_its_pair_alone():
    cells = [str(row.tolist()) for row in Z1]
    cells[3:8] = "", "[1, 2]", "oops", "[1, x, 3, 4, 5]", "[nan, 1, 2, 3, 4]"
    table = pd.DataFrame({"z1": cells, "z2": [str(row.tolist()) for row in Z2]})
    dataset, report = read(("e.csv", csv(table)))
    assert holds(dataset, tuple(range(3, 8)))
    assert dict(report.skipped)["pair 3"] == "it has no vector"
    assert dict(report.skipped)["pair 4"] == "its vector has 2 numbers, others have 5"


def test_texts_that_are_numbered_are_no_vector():
    dataset, report = read(("e.csv", csv(wide(tag_0=LABELS, tag_1=LABELS, age_1=range(N), age_2=range(N)))))
    assert [*dataset.columns] == ["tag_0", "tag_1", "age_1", "age_2"] and holds(dataset)
    assert dataset.columns["tag_1"].tolist() == LABELS
    many = {f"pixel{k}": np.zeros(N) for k in range(20)}
    _, report = read(("e.csv", csv(wide(**many))))
    assert any("pixel (it has 20 columns)" in note for note in report.notes)


def test_text_in_quotes_may_hold_separators_and_ends_of_lines():
    captions = [f'a "big"; {name},\nvery big' for name in LABELS]
    dataset, _ = read(("e.csv", csv(wide(caption=captions))))
    assert holds(dataset) and dataset.names[0] == 'a "big"; cat,very big'
    assert dataset.embeddings[0].shape == (N, D)
