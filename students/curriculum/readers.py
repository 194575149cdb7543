"""Curricula from files: a table that an educator fills in (CSV), or JSON."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

import numpy as np
from zpdgym.errors import InputError, Violations, shown, unknown
from zpdgym.files import is_file
from zpdgym.notes import doubt, say_once

from .curriculum import APPROACHES, Curriculum, find_cycle
from .doubts import Doubt, doubts, parts_of
from .rows import COLUMNS, Row, names_columns, no_such, read_header, read_row, spelling

__all__ = ["read_curriculum"]

BUNDLED = Path(__file__).resolve().parents[2] / "configs" / "curriculum"
"""The folder of the curricula that come with zpdgym."""

_WORKBOOKS = (".xlsx", ".xls", ".ods", ".numbers")
_LINE = re.compile(r"line (\d+): (.*)", re.DOTALL)
_MOST_MESSAGES, _MOST_SKILLS = 20, 12
_DELIMITERS = ",;\t"
_MOST_TITLES = 10  # lines above the names of the columns
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")  # Excel's "Unicode text"


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
    text, doubtful = _text(file), list[Doubt]()
    if file.suffix.lower() == ".json":
        made = _from_json(text, file, name)
    elif file.suffix.lower() in (".csv", ".tsv", ".txt"):
        made, doubtful = _from_table(text, file.name, name or file.stem)
    else:
        raise InputError(f"curriculum {file}: the ending '{file.suffix}' must be .csv or .json")
    if file.parent != BUNDLED:
        for line, message in doubtful:
            doubt(message, file, line)
        say_once(*_account(made, file.name), about=(file.resolve(), text))
    return made


def _account(made: Curriculum, source: str) -> list[str]:
    """What was read, in two lines: a table that was not meant so is seen here."""
    items = made.q.sum(axis=0).astype(int).tolist()
    each = [f"{skill} {count}" for skill, count in zip(made.skills, items, strict=True)]
    more = f", and {len(each) - _MOST_SKILLS} more skills" if len(each) > _MOST_SKILLS else ""
    needed = int(made.prerequisites.sum())
    return [
        f"read {source}: {made.n_skills} skill{_s(made.n_skills)}, {needed} prerequisite{_s(needed)}, {made.n_items} "
        f"item{_s(made.n_items)}, {int(made.exam.sum())} of them in the exam",
        f"  items a skill: {', '.join(each[:_MOST_SKILLS])}{more}",
    ]


def _s(number: int) -> str:
    return "" if number == 1 else "s"


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
        return raw.decode("utf-16" if raw[:2] in _UTF_16 else "utf-8-sig")
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


def _from_table(text: str, source: str, name: str) -> tuple[Curriculum, list[Doubt]]:
    wrong = Violations(f"curriculum {source}")
    rows, doubtful = _rows(text, source, wrong)
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
    doubtful += doubts(rows, wrong)
    _raise_some(wrong)
    topics = {row.skills[0]: row.topic for row in reversed(rows) if len(row.skills) == 1 and row.topic}
    chosen = np.array([row.exam for row in rows])
    if not chosen.any() and all(row.said_no for row in rows):
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
        exam=chosen if chosen.any() else np.zeros(0, bool),
    )
    return made, doubtful


def _rows(text: str, source: str, wrong: Violations) -> tuple[list[Row], list[Doubt]]:
    """The items of the table; what is wrong in single cells is noted, what makes it unreadable is raised."""
    lines = [(n, line) for n, line in enumerate(text.splitlines(), 1) if line.strip(" ,;\t")]
    filled = [(n, line) for n, line in lines if not line.startswith("#")]
    filled = filled[_titles([line for _, line in filled[:_MOST_TITLES]]) :]
    if not filled:
        raise InputError(
            f"curriculum {source}: the file has no rows; line 1 must name the columns {', '.join(COLUMNS)}"
        )
    delimiter = max(_DELIMITERS, key=filled[0][1].count)
    numbers = [n for n, _ in filled]
    reader = csv.reader(io.StringIO("\n".join(line for _, line in filled)), delimiter=delimiter, strict=True)
    header, rows, above = None, [], ""
    try:
        for cells in reader:
            line = numbers[reader.line_num - 1]
            if header is None:
                header = read_header(cells, f"curriculum {source}, line {line}")
                continue
            row = read_row(dict(zip(header, cells, strict=False)), line, above, delimiter, wrong)
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
    cells = len(header or ())
    hidden = [n for n, line in lines if n > numbers[0] and line.startswith("#") and line.count(delimiter) + 1 >= cells]
    told = "lines that begin with # are notes, so this row was passed over; put something before the #"
    return rows, [(n, told) for n in hidden]


def _titles(lines: list[str]) -> int:
    """How many lines stand above the names of the columns; 0 where those are nowhere."""
    heads = (n for n, line in enumerate(lines) if any(names_columns(line.split(d)) for d in _DELIMITERS))
    return next(heads, 0)


def _check_names(rows: list[Row], skills: list[str], own: dict[str, Row], wrong: Violations) -> None:
    first: dict[str, int] = {}
    said: dict[tuple[str, str], tuple[int, object]] = {}
    told: dict[str, str] = {}

    def unknown_skill(skill: str) -> str:
        # whoever stands behind the last message that is shown needs no likeness looked for among all skills
        if skill not in told:
            told[skill] = no_such(skill, skills if len(told) < _MOST_MESSAGES else ())
        return told[skill]

    for row in rows:
        if row.item in first:
            wrong.unless(False, f"line {row.line}: item name '{row.item}' was used in line {first[row.item]} already")
        first.setdefault(row.item, row.line)
        for skill in row.skills:
            if skill not in own:
                wrong.unless(False, f"line {row.line}: {unknown_skill(skill)}; give it a row of its own")
        for skill in row.prerequisites or ():
            if skill not in own:
                wrong.unless(False, f"line {row.line}: prerequisite: {unknown_skill(skill)}{_parted(skill, own)}")
        if len(row.skills) > 1:
            continue
        for column, here in (("topic", row.topic or None), ("prerequisites", frozenset(row.prerequisites or ()))):
            line, there = said.setdefault((row.skills[0], column), (row.line, here)) if here else (0, here)
            wrong.unless(
                here == there,
                f"line {row.line}: {column} of '{row.skills[0]}' differ from line {line}; write them in one row only",
            )
    alike: dict[str, list[str]] = {}
    for skill in skills:
        alike.setdefault(spelling(skill), []).append(f"'{skill}' (line {own[skill].line})")
    for names in alike.values():
        told_apart = f"skill names {' and '.join(names)} differ only in capital letters, spaces or dashes"
        wrong.unless(len(names) == 1, told_apart)


def _parted(cell: str, own: dict[str, Row]) -> str:
    """How to write several prerequisites that stand in one cell without semicolons."""
    parts = parts_of(cell)
    return f"; several are written '{'; '.join(parts)}'" if len(parts) > 1 and all(p in own for p in parts) else ""


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
