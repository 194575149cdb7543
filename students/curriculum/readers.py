"""Curricula from files: a table that an educator fills in (CSV), or JSON."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from zpdgym.errors import InputError, Violations, shown, unknown
from zpdgym.files import is_file

from .curriculum import APPROACHES, MAX_DIFFICULTY, MAX_MINUTES, Curriculum, find_cycle

__all__ = ["read_curriculum"]

COLUMNS = ("skill", "topic", "prerequisites", "item", "approach", "difficulty", "minutes", "exam")
OPTIONAL_COLUMNS = ("topic", "exam")
BUNDLED = Path(__file__).resolve().parents[2] / "configs" / "curriculum"
"""The folder of the curricula that come with zpdgym."""

_YES, _NO = ("yes", "x", "true", "1"), ("no", "false", "0", "")
_WORKBOOKS = (".xlsx", ".xls", ".ods", ".numbers")
_LINE = re.compile(r"line (\d+): (.*)", re.DOTALL)
_MOST_MESSAGES = 20


def read_curriculum(path: str | Path, *, name: str | None = None) -> Curriculum:
    """Read a curriculum from a ``.csv`` table or a ``.json`` file.

    The table has one row per item and the columns skill, topic, prerequisites, item, approach, difficulty, minutes and
    exam, as ``docs/curriculum.md`` describes them. The JSON form is what ``Curriculum.to_dict`` gives.

    Args:
        path: the file. A bare file name is looked for among the bundled curricula (``algebra.csv``) first, then in
            the working directory; ``./algebra.csv`` is always the latter.
        name: what people call the curriculum. Default: the file's name without its ending, or the JSON's own.

    Raises:
        InputError: no such file, or all that is wrong in it with file, line, value and what is allowed.
    """
    file = _locate(path)
    if file.suffix.lower() in _WORKBOOKS:
        raise InputError(f"curriculum {file}: this is a spreadsheet file; save it as 'CSV UTF-8' first")
    text = _text(file)
    if file.suffix.lower() == ".json":
        return _from_json(text, file, name)
    if file.suffix.lower() in (".csv", ".tsv", ".txt"):
        return _from_table(text, file.name, name or file.stem)
    raise InputError(f"curriculum {file}: the ending '{file.suffix}' must be .csv or .json")


def _locate(path: str | Path) -> Path:
    if not isinstance(path, str | Path):
        raise InputError(f"curriculum: path={shown(path)} must be the path of a file")
    given = Path(path).expanduser()
    bare = not re.search(r"[/\\]", str(path))
    places = [BUNDLED / given, given] if bare else [given]
    for place in places:
        if is_file(place):
            return place
    bundled = sorted(p.name for ending in ("*.csv", "*.json") for p in BUNDLED.glob(ending))
    if not bare:
        raise InputError(f"curriculum: there is no file '{path}'")
    raise InputError(f"there is no file '{path}' here; {unknown('bundled curriculum', str(path), bundled)}")


def _text(file: Path) -> str:
    raw = file.read_bytes()
    if raw[:2] == b"PK":
        raise InputError(f"curriculum {file}: this is a spreadsheet file, not a table; save it as 'CSV UTF-8'")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise InputError(
            f"curriculum {file}, line {line}: byte 0x{raw[error.start]:02x} is not UTF-8 text; "
            "save the table as 'CSV UTF-8'"
        ) from error


def _from_json(text: str, file: Path, name: str | None) -> Curriculum:
    try:
        data = json.loads(text)
    except json.JSONDecodeError as error:
        raise InputError(f"curriculum {file}, line {error.lineno}: not JSON: {error.msg}") from error
    if not isinstance(data, dict):
        raise InputError(f"curriculum {file}: must be a JSON object with the keys name, skills and items")
    try:
        return Curriculum.from_dict({**data, "name": name or data.get("name", file.stem)})
    except InputError as error:
        raise InputError(f"curriculum file {file.name}: {error}") from error
    except (ValueError, AttributeError) as error:
        raise InputError(f"curriculum {file}: a value is not of the right kind: {error}") from error


@dataclass
class _Row:
    """One item as the table has it; ``skills`` is never empty."""

    line: int
    skills: list[str]
    topic: str
    prerequisites: list[str] | None  # None: the cell is blank
    item: str
    approach: str
    difficulty: float
    minutes: float
    exam: bool
    said_no: bool  # and not just nothing


def _from_table(text: str, source: str, name: str) -> Curriculum:
    wrong = Violations(f"curriculum {source}")
    rows = _rows(text, source, wrong)
    own = {row.skills[0]: row for row in reversed(rows) if len(row.skills) == 1}  # a skill's first row of its own
    skills = list(dict.fromkeys(row.skills[0] for row in rows if len(row.skills) == 1))
    _check_names(rows, skills, own, wrong)
    prerequisites = np.zeros((len(skills), len(skills)), bool)
    q = np.zeros((len(rows), len(skills)), bool)
    index = {skill: k for k, skill in enumerate(skills)}
    for m, row in enumerate(rows):
        q[m, [index[s] for s in row.skills if s in index]] = True
        if len(row.skills) == 1:
            before = [index[s] for s in row.prerequisites or () if s in index]
            prerequisites[index[row.skills[0]], before] = True
    cycle = " -> ".join(f"'{skills[k]}'" for k in find_cycle(prerequisites))
    wrong.unless(not cycle, f"the prerequisites form a cycle: {cycle}; break it somewhere")
    _raise_some(wrong)
    chosen = np.array([row.exam for row in rows])
    if not chosen.any() and all(row.said_no for row in rows):
        raise InputError(
            f"curriculum {source}: exam is no in every row: mark some items yes, or leave the column empty"
        )
    return Curriculum(
        name=name,
        skills=tuple(skills),
        items=tuple(row.item for row in rows),
        q=q,
        prerequisites=prerequisites,
        difficulty=np.array([row.difficulty for row in rows]),
        minutes=np.array([row.minutes for row in rows]),
        approach=np.array([APPROACHES.index(row.approach) for row in rows], np.int64),
        topics=tuple(next((r.topic for r in rows if r.skills == [s] and r.topic), "") for s in skills),
        exam=chosen if chosen.any() else np.zeros(0, bool),
    )


def _rows(text: str, source: str, wrong: Violations) -> list[_Row]:
    """The items of the table; what is wrong in single cells is noted, what makes it unreadable is raised."""
    lines = [(n, line) for n, line in enumerate(text.splitlines(), 1) if not line.startswith("#")]
    filled = [(n, line) for n, line in lines if line.strip(" ,;\t")]
    if not filled:
        raise InputError(
            f"curriculum {source}: the file has no rows; line 1 must name the columns {', '.join(COLUMNS)}"
        )
    delimiter = max(",;\t", key=filled[0][1].count)
    numbers = [n for n, _ in filled]
    reader = csv.reader(io.StringIO("\n".join(line for _, line in filled)), delimiter=delimiter, strict=True)
    header, rows, above = None, [], ""
    try:
        for cells in reader:
            line = numbers[reader.line_num - 1]
            if header is None:
                header = _header(cells, f"curriculum {source}, line {line}")
                continue
            row = _row(dict(zip(header, (c.strip() for c in cells), strict=False)), line, above, delimiter, wrong)
            extra = [c for c in cells[len(header) :] if c.strip()]
            wrong.unless(not extra, f"line {line}: '{', '.join(extra)}' stands beyond the last column")
            if row is not None:
                rows.append(row)
                above = row.skills[0] if len(row.skills) == 1 else above
    except csv.Error as error:
        line = numbers[min(reader.line_num, len(numbers)) - 1]
        raise InputError(f"curriculum {source}, line {line}: not a table: {error}") from error
    if not rows and not wrong.messages:
        raise InputError(f"curriculum {source}: there is no row below the column names; give every item a row")
    return rows


def _header(cells: Sequence[str], where: str) -> list[str]:
    names = [c.strip().lower() for c in cells]
    while names and not names[-1]:
        names.pop()
    wrong = Violations(where)
    for column in COLUMNS:
        wrong.unless(
            column in names or column in OPTIONAL_COLUMNS,
            f"the column '{column}' is missing (found: {', '.join(names) or 'none'})",
        )
    for column in dict.fromkeys(names):
        wrong.unless(names.count(column) == 1, f"the column '{column}' is given twice")
        if column not in COLUMNS:
            wrong.unless(False, str(unknown("column", column, COLUMNS)))
    wrong.raise_any()
    return names


def _row(cell: dict[str, str], line: int, above: str, delimiter: str, wrong: Violations) -> _Row | None:
    skills = _names(cell.get("skill", "")) or ([above] if above else [])
    item = cell.get("item", "")
    if not skills or not item:
        wrong.unless(bool(item), f"line {line}: the column item is empty; every row is an item with a name")
        wrong.unless(bool(skills), f"line {line}: the column skill is empty, and there is no skill above it")
        return None
    several = len(skills) > 1
    for column in ("topic", "prerequisites"):
        wrong.unless(
            not (several and cell.get(column)),
            f"line {line}: {column} must be empty in a row with several skills; write it in a row of one skill",
        )
    wrong.unless(len(set(skills)) == len(skills), f"line {line}: a skill is named twice in '{cell.get('skill')}'")
    approach = cell.get("approach", "").lower()
    wrong.unless(approach in APPROACHES, f"line {line}: approach '{approach}' must be one of {', '.join(APPROACHES)}")
    exam = cell.get("exam", "").lower()
    wrong.unless(exam in _YES + _NO, f"line {line}: exam '{exam}' must be yes, no or empty")
    return _Row(
        line=line,
        skills=skills,
        topic=cell.get("topic", ""),
        prerequisites=_names(cell["prerequisites"]) if cell.get("prerequisites") else None,
        item=item,
        approach=approach,
        difficulty=_number(cell, "difficulty", -MAX_DIFFICULTY, MAX_DIFFICULTY, line, delimiter, wrong),
        minutes=_number(cell, "minutes", 0.0, MAX_MINUTES, line, delimiter, wrong),
        exam=exam in _YES,
        said_no=bool(exam) and exam in _NO,
    )


def _names(cell: str) -> list[str]:
    return [n.strip() for n in cell.split(";") if n.strip()]


def _number(
    cell: dict[str, str], column: str, low: float, high: float, line: int, delimiter: str, wrong: Violations
) -> float:
    """The number in a cell; a decimal comma is read where the comma does not separate columns."""
    text = cell.get(column, "")
    try:
        value = float(text.replace(",", ".") if delimiter != "," else text)
    except ValueError:
        value = float("nan")
    above_low = value > low if column == "minutes" else value >= low
    bound = f"({low:g}, {high:g}]" if column == "minutes" else f"[{low:g}, {high:g}]"
    wrong.unless(above_low and value <= high, f"line {line}: {column} '{text}' must be a number in {bound}")
    return value


def _check_names(rows: list[_Row], skills: list[str], own: dict[str, _Row], wrong: Violations) -> None:
    first: dict[str, int] = {}
    for row in rows:
        if row.item in first:
            wrong.unless(False, f"line {row.line}: item name '{row.item}' was used in line {first[row.item]} already")
        first.setdefault(row.item, row.line)
        for skill in row.skills:
            if skill not in own:
                wrong.unless(False, f"line {row.line}: {_no_such(skill, skills)}; give it a row of its own")
        for skill in row.prerequisites or ():
            if skill not in own:
                wrong.unless(False, f"line {row.line}: prerequisite: {_no_such(skill, skills)}")
        head = own.get(row.skills[0])
        if head is None or len(row.skills) > 1:
            continue
        for column, here, there in (
            ("topic", row.topic or None, head.topic or None),
            ("prerequisites", row.prerequisites, head.prerequisites),
        ):
            wrong.unless(
                here is None or here == there,
                f"line {row.line}: {column} of '{row.skills[0]}' differ from line {head.line}; "
                "write them in its first row only",
            )
    for twice in {s.lower() for s in skills if sum(s.lower() == t.lower() for t in skills) > 1}:
        names = " and ".join(f"'{s}' (line {own[s].line})" for s in skills if s.lower() == twice)
        wrong.unless(False, f"skill names {names} differ only in capital letters")


def _no_such(skill: str, skills: Sequence[str]) -> str:
    """The message for an unknown skill: the nearest name, but not a list of all of them."""
    text = str(unknown("skill", skill, skills))
    return text[: text.find(" Choices:")].rstrip(".")


def _raise_some(wrong: Violations) -> None:
    """Raise what was noted: the same mistake in several lines once, and a long list cut."""
    lines: dict[str, list[str]] = {}
    for message in wrong.messages:
        found = _LINE.fullmatch(message)
        lines.setdefault(found[2] if found else message, []).extend([found[1]] if found else [])
    wrong.messages = [_with_lines(text, numbers) for text, numbers in lines.items()]
    more = len(wrong.messages) - _MOST_MESSAGES
    if more > 0:
        wrong.messages = [*wrong.messages[:_MOST_MESSAGES], f"and {more} more"]
    wrong.raise_any()


def _with_lines(text: str, numbers: list[str]) -> str:
    if not numbers:
        return text
    shown = numbers if len(numbers) <= _MOST_MESSAGES else [*numbers[: _MOST_MESSAGES - 1], "…", numbers[-1]]
    return f"line{'s' * (len(numbers) > 1)} {', '.join(shown)}: {text}"
