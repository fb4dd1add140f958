"""Texts of users in tables: no spreadsheet computes them, and our reader gets them back."""

import ast
import csv
import io
import re
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import gca_viz
from gca_viz.datasets import read_embeddings
from gca_viz.files.csv_cells import csv_of, guarded, unguarded

PACKAGE = Path(gca_viz.__file__).parent
HOSTILE = (
    "=1+1",
    "+1+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "  =1",
    "'=1",
    "''@x",
    "＝1+1",
    '=HYPERLINK("http://x","a,b")',
)
PLAIN = ("cat", "-1", "+2.5e-3", "'tis", "a=b", "", "n/a-", "é")


def is_formula(cell: str) -> bool:
    """What a spreadsheet might compute."""
    number = re.fullmatch(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?", cell)
    return not number and bool(re.match(r"[\t\r\n]|\s*[=+\-@＝＋－＠]", cell))


@pytest.mark.parametrize("text", HOSTILE)
def test_what_looks_like_a_formula_gets_an_apostrophe(text):
    assert guarded(text) == f"'{text}" and not is_formula(guarded(text))


@pytest.mark.parametrize("text", PLAIN)
def test_other_texts_and_numbers_stay(text):
    assert guarded(text) == text


@given(st.text(alphabet="'=+-@\t\r\n ab1＝", max_size=6))
def test_every_text_comes_back(text):
    assert unguarded(guarded(text)) == text


def test_a_table_has_no_formula_in_cells_index_or_header_and_its_numbers_stay():
    table = pd.DataFrame(
        {"=name": HOSTILE, "x": np.linspace(-1, 1, len(HOSTILE)), "mixed": [*HOSTILE[1:], -3], "n": -7},
        index=pd.Index(HOSTILE, name="key"),
    )
    rows = list(csv.reader(io.StringIO(csv_of(table, index=True), newline="")))
    assert not any(is_formula(cell) for row in rows for cell in row)
    assert [float(row[2]) for row in rows[1:]] == pytest.approx(table.x.tolist())
    assert {row[4] for row in rows[1:]} == {"-7"} and rows[-1][3] == "-3"
    assert rows[0] == ["key", "'=name", "x", "mixed", "n"]
    assert list(table.columns) == ["=name", "x", "mixed", "n"]  # the caller's own table is as it was


@pytest.mark.parametrize("separator", [",", "\t"])
def test_our_reader_gives_the_texts_back(tmp_path, separator):
    names = [text for text in (*HOSTILE, *PLAIN) if text.strip() and text != "-1"]  # which means no name
    table = pd.DataFrame({"names": names, "z1_0": 1.0, "z1_1": range(len(names)), "z2_0": 1.0, "z2_1": 2.0})
    with (tmp_path / "table.csv").open("w", newline="") as file:
        rows = csv.reader(io.StringIO(csv_of(table), newline=""))
        csv.writer(file, delimiter=separator).writerows(rows)
    dataset, _ = read_embeddings(tmp_path / "table.csv")
    assert [" ".join(name.split()) for name in dataset.names] == [" ".join(name.split()) for name in names]


def test_nothing_else_in_the_package_writes_csv():
    """Every producer goes through the one writer."""
    others = []
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            name = getattr(node, "attr", "")
            if name == "to_csv" or (
                name in ("writer", "DictWriter") and getattr(getattr(node, "value", None), "id", "") == "csv"
            ):
                others.append(path.relative_to(PACKAGE).as_posix())
    assert set(others) == {"files/csv_cells.py"}


@pytest.fixture
def brought(tmp_path):
    """Eight pairs whose names and classes are formulas."""
    draw = np.random.default_rng(0)
    z = draw.normal(size=(2, 8, 5)).astype(np.float32)
    names = np.array([f"{text.strip()} {k}" for k, text in enumerate(HOSTILE[:8])])
    path = tmp_path / "=z.npz"
    np.savez(path, z1=z[0], z2=z[1], labels=np.array(["=a", "@b"] * 4), names=names)
    return path


@pytest.mark.parametrize(
    ("page", "tables"),
    [
        ("alignment", {"numbers.csv", "convergence.csv", "plan-gca-ince.csv"}),
        ("compare", {"comparison.csv", "changes.csv", "alike.csv"}),
    ],
)
def test_the_tables_of_a_report_have_no_formulas(brought, tmp_path, page, tables, capsys):
    from gca_viz.cli import main

    words = ["report", "--page", page, "--data", str(brought), "--n", "8", "--by", "random", "--split", "all"]
    assert main([*words, "--output", str(tmp_path / "a.zip"), "-q"]) == 0, capsys.readouterr().err
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        found = {
            Path(name).name: archive.read(name).decode() for name in archive.namelist() if name.endswith(".csv")
        }
    assert tables <= set(found)
    for name, text in found.items():
        cells = [cell for row in csv.reader(io.StringIO(text, newline="")) for cell in row]
        assert not any(map(is_formula, cells)), name
    assert page != "compare" or "'=a" in found["changes.csv"]
