"""Curricula from files: a table that an educator fills in (CSV, a workbook of Excel), or JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
from zpdgym.errors import InputError, Violations, shown, unknown
from zpdgym.files import is_file
from zpdgym.notes import doubt, say_once
from zpdgym.parameters import must_be_keys

from .cells import Guesses
from .curriculum import APPROACHES, Curriculum, find_cycle
from .doubts import Doubt, doubts
from .header import names_columns, read_header
from .names import Skills, check_skills, name_items
from .rows import Row, read_row
from .sheets import OLD_BOOKS, Sheet, read_sheet
from .words import COLUMNS

__all__ = ["read_curriculum"]

BUNDLED = Path(__file__).resolve().parents[2] / "configs" / "curriculum"
"""The folder of the curricula that come with zpdgym."""

_LINE = re.compile(r"line (\d+): (.*)", re.DOTALL)
_MOST_MESSAGES, _MOST_SKILLS = 20, 12
_TABLES = (".csv", ".tsv", ".txt", ".xlsx")


class Reading(NamedTuple):
    """A curriculum, and what was made of its file.

    Attributes:
        curriculum: what was read.
        guessed: what was taken for something that it does not say in our words.
        doubts: what was hardly meant: a line, and what is said of it.
    """

    curriculum: Curriculum
    guessed: list[str]
    doubts: list[Doubt]


def read_curriculum(
    path: str | Path, *, name: str | None = None, columns: Mapping[str, str] | None = None
) -> Curriculum:
    """Read a curriculum from a table (``.csv``, ``.tsv``, ``.xlsx``) or a ``.json`` file.

    The table has one row per item and the columns skill, topic, prerequisites, item, approach, difficulty, minutes and
    exam, as ``docs/curriculum.md`` describes them; only skill is needed. The JSON form is what ``Curriculum.to_dict``
    gives. What was read and what was guessed is said (logger "zpdgym").

    Args:
        path: the file. A bare file name is looked for among the bundled curricula (``algebra.csv``) first, then in
            the working directory; ``./algebra.csv`` is always the latter.
        name: what people call the curriculum. Default: the file's name without its ending, or the JSON's own.
        columns: what a column is called in this table: ``{"skill": "Fähigkeit"}``.

    Raises:
        InputError: no such file, or all that is wrong in it with file, line, value and what is allowed.
    """
    file = locate(path)
    found = read(file, name=name, columns=columns)
    if file.parent != BUNDLED:
        for line, message in found.doubts:
            doubt(message, file, line)
        about = (file.resolve(), file.stat().st_mtime_ns, str(found.curriculum.to_dict()))
        say_once(*account(found, file.name), about=about)
    return found.curriculum


def read(file: Path, *, name: str | None = None, columns: Mapping[str, str] | None = None) -> Reading:
    """The curriculum in a file, with what was guessed and what is doubtful; nothing is said.

    Raises:
        InputError: as ``read_curriculum``.
    """
    given = {} if columns is None else columns
    must_be_keys(given, "columns", "column of ours: its name in the table")
    if file.suffix.lower() == ".json":
        return Reading(_from_json(file, name), [], [])
    if file.suffix.lower() not in (*_TABLES, *OLD_BOOKS):
        raise InputError(f"curriculum {file}: the ending '{file.suffix}' must be .csv, .xlsx or .json")
    return _from_table(file, name or file.stem, given)


def account(found: Reading, source: str) -> list[str]:
    """What was read, and each guess in a line: a table that was not meant so is seen here."""
    made = found.curriculum
    items = made.q.sum(axis=0).astype(int).tolist()
    each = [f"{skill} {count}" for skill, count in zip(made.skills, items, strict=True)]
    more = f", and {len(each) - _MOST_SKILLS} more skills" if len(each) > _MOST_SKILLS else ""
    needed = int(made.prerequisites.sum())
    marks = f" ({int(made.exam_marks.sum())} marks)" if made.exam_marks.max() > 1 else ""
    long = np.count_nonzero(made.item_steps >= 0, axis=1)
    problems = f", {np.count_nonzero(long)} of them problems of up to {long.max()} steps" if made.has_steps else ""
    return [
        f"read {source}: {made.n_skills} skill{_s(made.n_skills)}, {needed} prerequisite{_s(needed)}, {made.n_items} "
        f"item{_s(made.n_items)}{problems}, {int(made.exam.sum())} of them in the exam{marks}",
        f"  items a skill: {', '.join(each[:_MOST_SKILLS])}{more}",
        *(f"  guessed: {guess}" for guess in found.guessed),
    ]


def _s(number: int) -> str:
    return "" if number == 1 else "s"


def locate(path: str | Path) -> Path:
    """The file of a curriculum: a bundled one, also without its ending, or one's own.

    Raises:
        InputError: there is none.
    """
    if not isinstance(path, str | Path):
        raise InputError(f"curriculum: path={shown(path)} must be the path of a file")
    given = Path(path).expanduser()
    bare = not re.search(r"[/\\]", str(path))
    places = [BUNDLED / given, given] if bare else [given]
    for place in places:
        if is_file(place):
            return place
    if not bare:
        raise InputError(f"curriculum: there is no file '{path}'")
    files = sorted(p for ending in ("*.csv", "*.json") for p in BUNDLED.glob(ending))
    bundled = [p.name for p in files]
    named = [p for p in files if p.stem == given.name]
    if len(named) == 1:
        return named[0]
    raise InputError(f"there is no file '{path}' here; {unknown('bundled curriculum', str(path), bundled)}")


def _from_json(file: Path, name: str | None) -> Curriculum:
    try:
        text = file.read_bytes().decode("utf-8-sig")
        data = json.loads(text)
    except UnicodeDecodeError as error:
        raise InputError(f"curriculum {file}: byte 0x{error.object[error.start]:02x} is not UTF-8 text") from error
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


def _from_table(file: Path, name: str, columns: Mapping[str, str]) -> Reading:
    sheet, source = read_sheet(file, lambda cells: names_columns(cells, columns)), file.name
    wrong, guesses = Violations(f"curriculum {source}"), Guesses(sheet.notes)
    rows = _rows(sheet, source, columns, guesses, wrong)
    own = {row.skills[0]: row for row in reversed(rows) if len(row.skills) == 1}  # a skill's first row of its own
    skills = list(dict.fromkeys(row.skills[0] for row in rows if len(row.skills) == 1))
    names = Skills(own)
    name_items(rows, guesses, wrong)
    check_skills(rows, skills, names, wrong)
    index = {skill: k for k, skill in enumerate(skills)}
    prerequisites, q = np.zeros((len(skills), len(skills)), bool), np.zeros((len(rows), len(skills)), bool)
    for m, row in enumerate(rows):
        q[m, [index[s] for s in row.skills if s in index]] = True
        if len(row.skills) == 1 and row.prerequisites is not None:
            needed = names.named(row.prerequisites, row.line, guesses, wrong)
            prerequisites[index[row.skills[0]], [index[s] for s in needed]] = True
    cycle = " -> ".join(f"'{skills[k]}'" for k in find_cycle(prerequisites))
    wrong.unless(not cycle, f"the prerequisites form a cycle: {cycle}; break it somewhere")
    told = "lines that begin with # are notes, so this row was passed over; put something before the #"
    doubtful = [*((line, told) for line in sheet.passed_over), *doubts(rows, guesses, wrong)]
    _raise_some(wrong)
    topics = {row.skills[0]: row.topic for row in reversed(rows) if len(row.skills) == 1 and row.topic}
    marks = np.array([row.exam for row in rows], np.int64)
    if not marks.any() and all(row.said_no for row in rows):
        raise InputError(
            f"curriculum {source}: exam is no in every row: mark some items yes, or leave the column empty"
        )
    made = Curriculum(
        name=name,
        skills=tuple(skills),
        items=tuple(row.item for row in rows),
        q=q,
        prerequisites=prerequisites,
        difficulty=np.array([row.difficulty for row in rows]),
        minutes=np.array([row.minutes for row in rows]),
        approach=np.array([APPROACHES.index(row.approach) for row in rows], np.int64),
        topics=tuple(topics.get(skill, "") for skill in skills),
        marks=marks if marks.any() else np.zeros(0, np.int64),
    )
    return Reading(made, guesses.told(), doubtful)


def _rows(sheet: Sheet, source: str, columns: Mapping[str, str], guesses: Guesses, wrong: Violations) -> list[Row]:
    """The items of the table; what is wrong in single cells is noted, what makes it unreadable is raised."""
    if not sheet.rows:
        raise InputError(
            f"curriculum {source}: the file has no rows; line 1 must name the columns {', '.join(COLUMNS)}"
        )
    (first, names), *rest = sheet.rows
    header, rows, above = read_header(names, columns, guesses, f"curriculum {source}, line {first}"), list[Row](), ""
    for line, cells in rest:
        extra = [cell for cell in cells[header.width :] if cell.strip()]
        wrong.unless(not extra, f"line {line}: '{', '.join(extra)}' stands beyond the last column")
        row = read_row(cells, header, line, above, sheet.delimiter, guesses, wrong)
        if row is not None:
            rows.append(row)
            above = row.skills[0] if len(row.skills) == 1 else above
    if not rows and not wrong.messages:
        raise InputError(f"curriculum {source}: there is no row below the column names; give every item a row")
    return rows


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
