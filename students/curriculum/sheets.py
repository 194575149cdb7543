"""Files as rows of cells: text in whatever encoding and with whatever separator, or a workbook of Excel."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path

from zpdgym.errors import InputError

__all__ = ["Sheet", "read_sheet"]

DELIMITERS = ",;\t"
UTF_16 = (b"\xff\xfe", b"\xfe\xff")  # Excel's "Unicode text"
OLD_BOOKS = (".xls", ".ods", ".numbers")
LARGEST_BOOK = 100_000_000
"""Bytes of a workbook when it is unpacked; a curriculum has no more."""
MOST_TITLES = 10
"""Lines above the names of the columns."""
NOTE = "#"


@dataclass
class Sheet:
    """The filled rows of a table, from the names of the columns on.

    Attributes:
        rows: each with its line in the file, from 1, or its row in the workbook.
        delimiter: what parts the cells; empty in a workbook.
        notes: what was guessed while it was opened.
        passed_over: lines that begin with # and hold as many cells as a row.
    """

    rows: list[tuple[int, list[str]]]
    delimiter: str
    notes: list[str] = field(default_factory=list[str])
    passed_over: list[int] = field(default_factory=list[int])


def read_sheet(file: Path, is_header: Callable[[Sequence[str]], bool]) -> Sheet:
    """The table in a file.

    Args:
        file: CSV, tab-separated text, or a workbook (.xlsx), whatever its name says.
        is_header: whether these cells are the names of the columns; what stands above them is a title.

    Raises:
        InputError: an old kind of workbook, a broken file, or a text that is no table.
    """
    raw = file.read_bytes()
    if file.suffix.lower() in OLD_BOOKS or raw[:4] == b"\xd0\xcf\x11\xe0":
        raise InputError(f"curriculum {file}: this kind of spreadsheet is not read; save it as .xlsx or 'CSV UTF-8'")
    if raw[:2] == b"PK":
        return _workbook(file, raw, is_header)
    return _text(file, raw, is_header)


def _text(file: Path, raw: bytes, is_header: Callable[[Sequence[str]], bool]) -> Sheet:
    text, notes = _decoded(file, raw)
    lines = [(n, line) for n, line in enumerate(text.splitlines(), 1) if line.strip(" ,;\t")]
    told = next((line.strip()[4:] for _, line in lines[:1] if line.strip().lower().startswith("sep=")), None)
    if told is not None:  # as Excel writes it for itself
        lines = lines[1:]
        told = told.strip(" ") or "\t"
    filled = [(n, line) for n, line in lines if not line.startswith(NOTE) or _is_header_line(line, is_header)]
    filled = filled[_titles([line for _, line in filled[:MOST_TITLES]], is_header) :]
    if not filled:
        return Sheet([], "")
    delimiter = told if told is not None and len(told) == 1 else max(DELIMITERS, key=filled[0][1].count)
    numbers, rows = [n for n, _ in filled], list[tuple[int, list[str]]]()
    reader = csv.reader(io.StringIO("\n".join(line for _, line in filled)), delimiter=delimiter, strict=True)
    at = 0
    try:
        for cells in reader:
            rows.append((numbers[min(at, len(numbers) - 1)], cells))
            at = reader.line_num
    except csv.Error as error:
        line = numbers[min(reader.line_num, len(numbers)) - 1]
        raise InputError(f"curriculum {file.name}, line {line}: not a table: {error}") from error
    width = len(rows[0][1])
    hidden = [n for n, line in lines if n > numbers[0] and line.startswith(NOTE) and line.count(delimiter) + 1 >= width]
    return Sheet(rows, delimiter, notes, hidden)


def _is_header_line(line: str, is_header: Callable[[Sequence[str]], bool]) -> bool:
    """Whether a line that begins with # names the columns: the first one may be called so."""
    return any(is_header(line.split(d)) for d in DELIMITERS)


def _decoded(file: Path, raw: bytes) -> tuple[str, list[str]]:
    wide = raw[:2] in UTF_16
    if not wide and raw[:200].count(0) > len(raw[:200]) // 3:  # without its mark
        return raw.decode("utf-16-le" if raw[1:2] == b"\0" else "utf-16-be", errors="strict"), []
    try:
        return raw.decode("utf-16" if wide else "utf-8-sig"), []
    except UnicodeDecodeError as error:
        try:
            text = raw.decode("cp1252")
        except UnicodeDecodeError:
            line = raw[: error.start].count(b"\n") + 1
            raise InputError(
                f"curriculum {file}, line {line}: byte 0x{raw[error.start]:02x} is not UTF-8 text; "
                "save the table as 'CSV UTF-8'"
            ) from error
        cells = (cell.strip() for cell in text.replace(";", ",").replace("\t", ",").replace("\n", ",").split(","))
        word = next((cell for cell in cells if not cell.isascii()), "")
        return text, [f"the text is not UTF-8: read as Western European (Windows-1252), such as '{word}'"]


def _titles(lines: list[str], is_header: Callable[[Sequence[str]], bool]) -> int:
    """How many lines stand above the names of the columns; 0 where those are nowhere."""
    return next((n for n, line in enumerate(lines) if any(is_header(line.split(d)) for d in DELIMITERS)), 0)


def _workbook(file: Path, raw: bytes, is_header: Callable[[Sequence[str]], bool]) -> Sheet:
    """The first sheet of a workbook that has the names of columns; what formulas gave when it was saved."""
    import openpyxl
    from openpyxl.utils.exceptions import InvalidFileException

    broken = f"curriculum {file}: this workbook cannot be opened; save it as .xlsx again, or as 'CSV UTF-8'"
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as packed:
            size = sum(part.file_size for part in packed.infolist())
    except zipfile.BadZipFile as error:
        raise InputError(broken) from error
    if size > LARGEST_BOOK:  # before it is unpacked
        raise InputError(f"curriculum {file}: this workbook is too large for a curriculum; save it as CSV")
    try:
        book = openpyxl.load_workbook(io.BytesIO(raw), data_only=True, keep_links=False)
        formulas = openpyxl.load_workbook(io.BytesIO(raw), keep_links=False)
    except (InvalidFileException, KeyError, ValueError, TypeError, OSError) as error:
        raise InputError(broken) from error
    notes = [] if file.suffix.lower() == ".xlsx" else [f"{file.name} is a workbook of Excel, whatever its name says"]
    found = dict[str, Sheet]()
    for page in book.worksheets:
        rows = list(_cells(file, page.iter_rows(values_only=True), formulas[page.title]))
        start = next((n for n, (_, cells) in enumerate(rows[:MOST_TITLES]) if is_header(cells)), None)
        if start is not None:
            found[page.title] = Sheet([(n, cells) for n, cells in rows[start:] if not _is_note(cells)], "", notes)
    if not found:
        return Sheet([], "", notes)
    name, sheet = next(iter(found.items()))
    if len(book.worksheets) > 1:
        sheet.notes = [*notes, f"the sheet '{name}' was read, the first of {len(book.worksheets)} that is a table"]
    return sheet


def _is_note(cells: Sequence[str]) -> bool:
    return next((cell for cell in cells if cell), "").startswith(NOTE)


def _cells(file: Path, rows: Iterator[tuple[object, ...]], formulas: object) -> Iterator[tuple[int, list[str]]]:
    for number, values in enumerate(rows, 1):
        cells = [_shown(value) for value in values]
        while cells and not cells[-1]:
            cells.pop()
        for column, value in enumerate(values, 1):
            written = formulas.cell(row=number, column=column).value  # pyright: ignore[reportAttributeAccessIssue]
            if value is None and isinstance(written, str) and written.startswith("="):
                where = f"curriculum {file}, row {number}, column {column}"
                raise InputError(f"{where}: a formula without its result; open the workbook, and save it again")
        if any(cells):
            yield number, cells


def _shown(value: object) -> str:
    """A cell as its spreadsheet would show it, numbers with a point."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.12g}"
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    return str(value).strip()
