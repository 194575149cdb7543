"""Tables as CSV that people open in spreadsheets: no name in them is taken for a formula there.

A spreadsheet computes what a cell says after ``=``, ``+``, ``-`` or ``@``, and may be told to split cells at semicolons
or tabs. Names of skills, groups or policies come from other people, so an apostrophe, which spreadsheets take for "this
is text", goes before such a sign; reading takes it away again.
"""

from __future__ import annotations

import csv
import functools
import io
import re
from collections.abc import Callable, Mapping
from os import PathLike
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    import pandas as pd

_BLANK = r"[^\S\t\r\n]|[\u200b\ufeff]"
_FORMULA = "[=+\\-@\uff1d\uff0b\uff0d\uff20]"  # the wide ones are taken for the others where people write Japanese
_BEGINS = rf"(?:^|[;\t\r\n])(?:{_BLANK})*"
_RISKY = re.compile(rf"^(?='*[\t\r\n])|{_BEGINS}(?='*{_FORMULA})")
_MADE_SAFE = re.compile(rf"^'(?='*[\t\r\n])|{_BEGINS}'(?='*{_FORMULA})")


def neutral(text: str) -> str:
    """The text with an apostrophe before whatever a spreadsheet would take for the beginning of a formula."""
    return _RISKY.sub(lambda found: f"{found[0]}'", text)


def original(text: str) -> str:
    """The text that ``neutral`` was given."""
    return _MADE_SAFE.sub(lambda found: found[0][:-1], text)


def as_csv(table: Mapping[str, object] | pd.DataFrame) -> str:
    """Columns of equal length as CSV, numbers in full precision, names as ``neutral`` gives them."""
    import pandas as pd

    frame = _in_text(pd.DataFrame(dict(table)) if isinstance(table, Mapping) else table, neutral)
    text = frame.to_csv(index=False, lineterminator="\n")
    # pandas leaves a carriage return bare, and then takes it for the end of a row
    return frame.to_csv(index=False, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC) if "\r" in text else text


def as_parquet(table: pd.DataFrame) -> bytes:
    """The table as a Parquet file, with its types, and names and texts as they are; needs pyarrow."""
    import pyarrow as pa
    from pyarrow import parquet

    file = io.BytesIO()
    parquet.write_table(pa.Table.from_pandas(table, preserve_index=False), file)
    return file.getvalue()


def read_csv(path: str | PathLike[str]) -> pd.DataFrame:
    """The table that ``as_csv`` was given."""
    import pandas as pd

    # pandas 2 rounds a last digit now and then unless it is told not to, and pandas 3.1 warns of being told
    frame = pd.read_csv(path) if _reads_exactly() else pd.read_csv(path, float_precision="round_trip")
    return _in_text(frame, original)


@functools.cache
def _reads_exactly() -> bool:
    """Whether pandas reads numbers as they were written, by itself."""
    import pandas as pd

    number = 0.1 + 0.2
    return pd.read_csv(io.StringIO(f"number\n{number!r}"))["number"].tolist() == [number]


def _in_text(frame: pd.DataFrame, change: Callable[[str], str]) -> pd.DataFrame:
    """A table with its texts changed. A column without any to change stays as it is, with the form of its numbers."""
    found = frame.rename(columns={name: change(str(name)) for name in frame.columns if change(str(name)) != name})
    for name in found.columns:
        column = found[name]
        if column.dtype.kind not in "OUT" and str(column.dtype) not in ("str", "string"):
            continue
        old = cast("list[object]", column.tolist())
        known = {value: change(value) for value in {value for value in old if isinstance(value, str)}}
        new = [known[value] if isinstance(value, str) else value for value in old]
        if any(a is not b and a != b for a, b in zip(old, new, strict=True)):
            found[name] = new
    return found
