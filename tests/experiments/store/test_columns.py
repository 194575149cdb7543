"""One declaration of a row serves the file, whoever reads it, and its page."""

import dataclasses
import json
from dataclasses import dataclass

import pytest
from zpdgym.errors import InputError
from zpdgym.experiments.comparison.rows import Difference, Interval
from zpdgym.experiments.store.columns import as_csv, column, columns, from_plain, to_plain

from benchmarks.pages.evidence_columns import DOCS, PAGES, ROWS, refreshed


@dataclass(frozen=True, kw_only=True)
class Inner:
    name: str = column("a name")


@dataclass(frozen=True, kw_only=True)
class Outer:
    mean: Interval = column("a mean", "share")
    verdict: str | None = column("what is said", always=True, default=None)
    difference: Difference | None = column("a difference", "share", default=None)
    share: float = column("may be NaN", "share")
    inner: tuple[Inner, ...] = column("rows in a row")


ROW = Outer(mean=Interval(0.5, 0.25, 0.75), share=float("nan"), inner=(Inner(name="a"),))


def test_parts_stand_beside_their_number_and_what_a_row_does_not_have_is_left_out():
    assert list(to_plain(ROW)) == ["mean", "mean_low", "mean_high", "verdict", "share", "inner"]
    sure = dataclasses.replace(ROW, difference=Difference(0.1, 0.0, 0.2, 0.04, p_corrected=0.08))
    told = {key: value for key, value in to_plain(sure).items() if key.startswith("difference")}
    assert told == {
        "difference": 0.1,
        "difference_low": 0.0,
        "difference_high": 0.2,
        "difference_p": 0.04,
        "difference_p_corrected": 0.08,
    }


def test_a_row_comes_back_from_its_file():
    row = dataclasses.replace(ROW, difference=Difference(0.1, 0.0, 0.2, 0.04), share=0.5)
    assert from_plain(Outer, json.loads(json.dumps(to_plain(row))), where="x.json") == row
    stored = to_plain(ROW) | {"share": None, "newer": 1}
    assert from_plain(Outer, stored, where="x.json").share != ROW.share  # NaN is null in JSON


def test_a_file_without_a_column_is_refused_by_name():
    stored = to_plain(ROW)
    del stored["share"]
    with pytest.raises(InputError, match=r"x\.json: Outer has no share"):
        from_plain(Outer, stored, where="x.json")


def test_csv_has_the_columns_in_order_of_first_appearance():
    rows = [Inner(name="a"), Outer(mean=Interval(0.5, 0.25, 0.75), share=1.0, inner=())]
    assert as_csv(rows).splitlines()[0] == "name,mean,mean_low,mean_high,verdict,share,inner"


@pytest.mark.parametrize("page", PAGES)
def test_pages_list_the_columns_as_they_are_declared(page):
    """Written again by ``python -m benchmarks.pages.evidence_columns``."""
    text = (DOCS / page).read_text(encoding="utf-8")
    assert refreshed(text) == text


def test_every_row_stands_on_a_page():
    pages = "".join((DOCS / page).read_text(encoding="utf-8") for page in PAGES)
    assert {name for name in ROWS if f"<!-- columns of {name} -->" not in pages} == {"RefusedRow"}
    assert all(found.meaning for row in ROWS.values() for found in columns(row))
