"""Names in CSV files are no formulas for a spreadsheet, and come back unchanged."""

import csv
import io

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from zpdgym.experiments.store.runs import Run
from zpdgym.experiments.store.sheets import as_csv, as_parquet, neutral, original, read_csv

FORMULAS = ("=cmd|' /C calc'!A0", '=HYPERLINK("http://x","y")', "+1+1", "-1+1", "@SUM(1)", "\t=1", "\r=1", " =1",
            "\ufeff=1", "\uff1d1", "a;=1", "a\t=1", "a\n=1", "'=1")  # fmt: skip


@pytest.mark.parametrize("name", FORMULAS)
def test_no_cell_begins_as_a_formula_however_the_line_is_split(name):
    text = as_csv({"skill": [name, "adding"], name: [1, 2]})
    for line in (cells for cells in csv.reader(io.StringIO(text)) if cells):
        for cell in line:
            for part in (cell, *cell.replace("\t", ";").replace("\n", ";").split(";")):
                assert not part.lstrip(" \ufeff").startswith(("=", "+", "-", "@", "\t", "\r", "\uff1d")), cell


@pytest.mark.parametrize("name", FORMULAS)
def test_a_table_of_a_run_comes_back_as_it_was_given(tmp_path, name):
    run = Run(tmp_path)
    given = {"group": np.array([name, "plain", "'quoted'"]), name: np.array([-0.25, 1.0, 1e-17]), "n": [-1, 2, 3]}
    run.write_csv("students.csv", given)
    found = run.csv("students.csv")
    assert found.columns.tolist() == list(given)
    assert found["group"].tolist() == list(given["group"])
    assert found[name].tolist() == list(given[name])
    assert found["n"].tolist() == given["n"]


@given(st.text(alphabet="=+-@'\t\r\n; a1\ufeff\uff1d", max_size=12))
def test_original_undoes_neutral(text):
    assert original(neutral(text)) == text


def test_what_is_harmless_keeps_its_bytes(tmp_path):
    frame = pd.DataFrame(
        {"name": ["skill 1 practice +1", None, "a, b; c"], "x": [-0.1, np.nan, 2], "k": [True, None, 3]}
    )
    assert as_csv(frame) == frame.to_csv(index=False, lineterminator="\n")
    (tmp_path / "x.csv").write_text(as_csv(frame))
    pd.testing.assert_frame_equal(read_csv(tmp_path / "x.csv"), pd.read_csv(tmp_path / "x.csv"))


def test_numbers_are_read_as_they_were_written(tmp_path):
    """Bit by bit, also by the oldest pandas that is allowed, which by itself rounds a third of them."""
    frame = pd.DataFrame({"share": np.random.default_rng(0).random(1000)})
    (tmp_path / "x.csv").write_text(as_csv(frame))
    assert np.array_equal(read_csv(tmp_path / "x.csv")["share"], frame["share"])


def test_parquet_keeps_types_names_and_texts_and_has_the_same_bytes_again():
    pytest.importorskip("pyarrow")
    frame = pd.DataFrame({"=name": ["+1", "a, b\r"], "x": [-0.1, np.nan], "k": [True, False], "n": [2**53 + 1, 0]})
    written = as_parquet(frame)
    assert as_parquet(frame.copy()) == written
    found = pd.read_parquet(io.BytesIO(written))
    pd.testing.assert_frame_equal(found, frame)
    assert list(found.dtypes) == list(frame.dtypes)
