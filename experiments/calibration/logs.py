"""Reading the logs of real learners: who answered which skill, right or wrong, and when."""

from __future__ import annotations

import csv
import hashlib
import math
import os
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt
from zpdgym.errors import LONGEST, InputError, one_line, shown, unknown
from zpdgym.files import is_file
from zpdgym.parameters import Choice, Number, Table, Text, must_be_keys, read_arguments

__all__ = ["Log", "read_long", "read_wide"]

Ints = npt.NDArray[np.int64]

LONG = {"student": "student", "skill": "skill", "correct": "correct", "time": "time", "item": "item"}
WIDE = {"student": "uid", "skills": "concepts", "correct": "responses"}
OPTIONAL = ("time", "item")
ANSWERS = {"0": 0, "1": 1, "0.0": 0, "1.0": 1, "false": 0, "true": 1}
UNITS = {"days": 1.0, "hours": 1 / 24, "minutes": 1 / 1440, "seconds": 1 / 86_400, "milliseconds": 1 / 86_400_000}
READING: Table = {
    "time_unit": Choice("of a time given as a number", options=tuple(UNITS)),
    "encoding": Text("of the file"),
    "separator": Text("between fields", optional=True),
    "max_malformed": Number(
        "the share of malformed rows that is tolerated", low=0, high=1, why="it is a share of the rows"
    ),
}
"""How a log is read, beside its columns."""
PADDING = "-1"
MOST_EXAMPLES = 5
SEPARATORS = ",;\t"
SPREADSHEET = b"PK"
"""How a workbook (.xlsx, .ods) begins: it is an archive of files."""


@dataclass(frozen=True)
class Log:
    """Answers of real learners, in order of time within each learner.

    Attributes:
        source: the file's name, for messages: it is written into no file.
        student: (R,) int64 pseudonyms; they cannot be turned back into the file's identifiers.
        skill: (R,) int64 index into ``skills``.
        correct: (R,) int8, 1 right, 0 wrong.
        days: (R,) float64 since the earliest answer of the log, or None when the log has no times.
        item: (R,) int64 index into ``items``, or None.
        skills, items: names.
        rows: data lines read, the malformed ones included.
        malformed: how many of them could not be used.
        examples: the first few malformed lines, each with its number and reason, and no word of what stands there.
        padding: list entries of -1 that only fill up a wide row.
    """

    source: str
    student: Ints
    skill: Ints
    correct: npt.NDArray[np.int8]
    days: npt.NDArray[np.float64] | None
    item: Ints | None
    skills: tuple[str, ...]
    items: tuple[str, ...] = ()
    rows: int = 0
    malformed: int = 0
    examples: tuple[str, ...] = ()
    padding: int = 0

    def __len__(self) -> int:
        """How many answers there are."""
        return len(self.correct)

    @property
    def n_students(self) -> int:
        """How many different learners there are."""
        return len(np.unique(self.student))

    @property
    def size(self) -> str:
        """How large the log is, in words: what files that are made from it call it."""
        return f"a log of {len(self):,} answers of {self.n_students:,} students"

    def where(self, chosen: npt.NDArray[np.bool_]) -> Log:
        """The log of the chosen answers only."""
        days = None if self.days is None else self.days[chosen]
        item = None if self.item is None else self.item[chosen]
        return replace(
            self,
            student=self.student[chosen],
            skill=self.skill[chosen],
            correct=self.correct[chosen],
            days=days,
            item=item,
        )

    def account(self) -> list[str]:
        """What was read and what could not be used, as lines to print."""
        lines = [
            f"{len(self):,} answers of {self.n_students:,} students on {len(self.skills):,} skills"
            f" from {self.rows:,} rows"
        ]
        if self.malformed:
            lines.append(f"{self.malformed:,} of {self.rows:,} rows were malformed and left out, the first:")
            lines.extend(f"  {example}" for example in self.examples)
        return lines


def read_long(
    path: str | os.PathLike[str],
    *,
    columns: Mapping[str, str | None] | None = None,
    time_unit: str = "days",
    encoding: str = "utf-8",
    separator: str | None = None,
    max_malformed: float = 0.05,
    key: bytes | None = None,
) -> Log:
    """Read a log with one line per answer.

    Args:
        path: a CSV file with a header.
        columns: which of the file's columns is the ``student``, the ``skill``, ``correct`` (0 or 1) and, where there
            are such, ``time`` and ``item``; what is left out is called so in the file. None switches an optional one
            off.
        time_unit: of a time given as a number: days, hours, minutes, seconds or milliseconds. A time may also be an
            ISO date or timestamp (one without a zone counts as UTC).
        encoding: of the file.
        separator: between fields; None: comma, semicolon or tab, whichever the header has most of.
        max_malformed: the largest share of malformed rows that is tolerated (and reported).
        key: of the hash that makes pseudonyms; by default a fresh secret one, forgotten afterwards.

    Returns:
        The log, in order of time within each student (of the file where there are no times).

    Raises:
        InputError: no such file, wrong encoding, missing columns, no rows, or too many malformed rows.
    """
    given = read_arguments(READING, locals(), "data")
    max_malformed = given.max_malformed
    reading = _Reading(_path(path), encoding, separator)
    names = _names(columns, LONG)
    at = reading.open(names, explicit=columns or {})
    student, skill, correct, time, item = [], [], [], [], []
    s, k, c, t, i = (at.get(name, -1) for name in LONG)
    clock = _Clock(UNITS[time_unit])
    for row in reading.lines():
        who, what, answer = row[s].strip(), row[k].strip(), ANSWERS.get(row[c].strip().lower())
        if not who or not what:
            name = names["student" if not who else "skill"]
            reading.bad(f"{name} is empty")
            continue
        if answer is None:
            reading.bad(f"{names['correct']} must be 0 or 1")
            continue
        if t >= 0:
            when = clock.read(row[t].strip())
            if when is None:
                reading.bad(f"{names['time']} must be {clock.allowed()}")
                continue
            time.append(when)
        if i >= 0:
            item.append(row[i].strip())
        student.append(who)
        skill.append(what)
        correct.append(answer)
    days = np.array(time) - min(time) if time else None
    return reading.log(student, skill, correct, days, item if i >= 0 else None, max_malformed, key)


def read_wide(
    path: str | os.PathLike[str],
    *,
    columns: Mapping[str, str | None] | None = None,
    encoding: str = "utf-8",
    max_malformed: float = 0.05,
    key: bytes | None = None,
) -> Log:
    """Read a log with one line per student: comma-separated lists of skills and of answers, as pyKT writes them.

    Args:
        path: a CSV file with a header; columns besides those named are ignored. A list entry of -1 is padding. Lines
            of the same student continue one another.
        columns: which columns are ``student`` (default uid), ``skills`` (concepts) and ``correct`` (responses).
        encoding: of the file.
        max_malformed: the largest share of malformed lines that is tolerated (and reported).
        key: of the hash that makes pseudonyms; by default a fresh secret one, forgotten afterwards.

    Raises:
        InputError: no such file, wrong encoding, missing columns, no rows, or too many malformed rows.
    """
    given = read_arguments(READING, {"time_unit": "days", "separator": None, **locals()}, "data")
    max_malformed = given.max_malformed
    reading = _Reading(path, encoding, None)
    names = _names(columns, WIDE)
    at = reading.open(names, explicit=columns or {})
    s, k, c = (at[name] for name in WIDE)
    student, skill, correct, padding = [], [], [], 0
    for row in reading.lines():
        who = row[s].strip()
        whats, answers = row[k].replace(" ", "").split(","), row[c].replace(" ", "").split(",")
        wrong = any(a != PADDING and a not in ANSWERS for a in answers)
        if not who:
            reading.bad(f"{names['student']} is empty")
        elif len(whats) != len(answers):
            reading.bad(f"{len(whats)} {names['skills']} but {len(answers)} {names['correct']}")
        elif wrong:
            reading.bad(f"{names['correct']}: every answer must be 0 or 1, or -1 for padding")
        elif "" in whats:
            reading.bad(f"{names['skills']} has an empty entry")
        else:
            used = [(w, ANSWERS[a]) for w, a in zip(whats, answers, strict=True) if PADDING not in (w, a)]
            padding += len(whats) - len(used)
            student.extend([who] * len(used))
            skill.extend(w for w, _ in used)
            correct.extend(a for _, a in used)
    return replace(reading.log(student, skill, correct, None, None, max_malformed, key), padding=padding)


def _path(path: object) -> str | Path:
    if not isinstance(path, str | Path) or not is_file(path):
        raise InputError(f"{one_line(str(path))[:LONGEST]}: cannot be read (data.path must be a file)")
    return path


def _names(given: Mapping[str, str | None] | None, default: Mapping[str, str]) -> dict[str, str]:
    names: dict[str, str] = dict(default)
    must_be_keys({} if given is None else given, "data.columns", f"{', '.join(default)}: the names of the file's own")
    for role, name in (given or {}).items():
        if name is not None and not isinstance(name, str | int):
            raise InputError(f"data.columns.{role}={shown(name)} must be the name of a column")
        if role not in default:
            raise unknown("key data.columns.", role, default)
        if name is None and role not in OPTIONAL:
            raise InputError(f"data.columns.{role} must name a column: every log needs it")
        if name is None:
            del names[role]
        else:
            names[role] = str(name)
    return names


@dataclass
class _Reading:
    """One pass over a CSV file that knows its lines and remembers the malformed ones."""

    path: str | os.PathLike[str]
    encoding: str
    separator: str | None
    rows: int = 0
    malformed: int = 0
    examples: list[str] = field(default_factory=list)

    def open(self, names: Mapping[str, str], explicit: Mapping[str, str | None]) -> dict[str, int]:
        """Read the header: where each named column stands. An optional one may be missing unless it was asked for."""
        self._lines = self._raw()
        try:
            self.header = [h.strip() for h in next(self._lines)]
        except StopIteration:
            raise InputError(f"{self.path}: the file is empty; it must have a header and one line per answer") from None
        at: dict[str, int] = {}
        for role, name in names.items():
            found = self.header.count(name)
            if found > 1:
                raise InputError(f"{self.path}, line 1: the column '{name}' stands there {found} times")
            if found:
                at[role] = self.header.index(name)
            elif role not in OPTIONAL or role in explicit:
                raise InputError(
                    f"{self.path}, line 1: there is no column '{name}' (data.columns.{role} says which it is);"
                    f" the file has {self._columns()}"
                )
        return at

    def _columns(self) -> str:
        """What to say of the header: an answer in its place names a learner, and is not repeated."""
        if any(cell.replace(".", "", 1).replace("-", "").isdecimal() for cell in self.header):
            return "no header: its first line looks like an answer"
        return ", ".join(self.header[:20])

    def _raw(self) -> Iterator[list[str]]:
        encoding = "utf-8-sig" if self.encoding.lower() in ("utf-8", "utf8") else self.encoding
        self.line = 0
        try:
            with Path(self.path).open("rb") as raw:
                if raw.read(2) == SPREADSHEET:
                    raise InputError(f"{self.path}: this is a spreadsheet file; save it as 'CSV UTF-8' first")
            with Path(self.path).open(encoding=encoding, newline="") as file:
                separator = self.separator or max(SEPARATORS, key=file.readline().count)
                file.seek(0)
                reader = csv.reader(file, delimiter=separator, strict=True)
                for row in reader:
                    self.line = reader.line_num
                    if row:
                        yield row
        except UnicodeDecodeError as error:
            raise InputError(
                f"{self.path}: not {self.encoding} from about line {self.line + 1} on; save it as UTF-8 or say which"
                " encoding it has (data.encoding=latin-1)"
            ) from error
        except csv.Error as error:
            raise InputError(f"{self.path}, line {self.line + 1}: not a CSV file ({error})") from error
        except LookupError as error:
            raise InputError(f"data.encoding={self.encoding!r}: there is no such encoding") from error
        except OSError as error:
            raise InputError(f"{self.path}: cannot be read ({error.strerror})") from error
        except TypeError as error:
            raise InputError(f"data.separator={self.separator!r} must be one character") from error

    def lines(self) -> Iterator[list[str]]:
        """Every data line with as many fields as the header."""
        for row in self._lines:
            self.rows += 1
            if len(row) == len(self.header):
                yield row
            else:
                self.bad(f"{len(row)} fields where the header has {len(self.header)}")

    def bad(self, reason: str) -> None:
        """Count the present line as malformed, and keep the reason of the first few."""
        self.malformed += 1
        if len(self.examples) < MOST_EXAMPLES:
            self.examples.append(f"line {self.line}: {reason}")

    def log(
        self,
        student: list[str],
        skill: list[str],
        correct: list[int],
        days: npt.NDArray[np.float64] | None,
        item: list[str] | None,
        max_malformed: float,
        key: bytes | None,
    ) -> Log:
        """What was read, once enough of it could be used."""
        if not self.rows:
            raise InputError(f"{self.path}: there is no row below the header")
        if self.malformed > max_malformed * self.rows or not student:
            raise InputError(
                f"{self.path}: {self.malformed:,} of {self.rows:,} rows are malformed, more than"
                f" data.max_malformed={max_malformed:g} allows; {'; '.join(self.examples[:3])}"
                if self.malformed
                else f"{self.path}: there is no answer in it"
            )
        who, where = np.unique(np.array(student, object), return_inverse=True)
        skills, skill_index = _indexed(skill)
        items, item_index = _indexed(item) if item is not None else ((), None)
        pseudonym = _pseudonyms(who, key or secrets.token_bytes(16))[where]
        # learners in order of first appearance; within one, in order of time
        first = np.full(len(who), len(where))
        np.minimum.at(first, where, np.arange(len(where)))
        order = np.lexsort((days if days is not None else np.arange(len(where)), first[where]))
        return Log(
            source=Path(self.path).name,
            student=pseudonym[order],
            skill=skill_index[order],
            correct=np.array(correct, np.int8)[order],
            days=None if days is None else days[order],
            item=None if item_index is None else item_index[order],
            skills=skills,
            items=items,
            rows=self.rows,
            malformed=self.malformed,
            examples=tuple(self.examples),
        )


def _pseudonyms(names: npt.NDArray[np.object_], key: bytes) -> Ints:
    """A 63-bit keyed hash (BLAKE2b) of each name."""
    digests = [hashlib.blake2b(str(n).encode(), key=key, digest_size=8).digest() for n in names]
    return np.array([int.from_bytes(d, "little") >> 1 for d in digests], np.int64)


def _indexed(names: list[str]) -> tuple[tuple[str, ...], Ints]:
    """The different names (numbers in order of size, other names of the alphabet) and each row's index."""
    whole = all(n.isdecimal() for n in set(names))
    order: Callable[[str], tuple[int, str]] = lambda n: (int(n) if whole else 0, n)  # noqa: E731
    distinct = sorted(set(names), key=order)
    index = {n: i for i, n in enumerate(distinct)}
    return tuple(distinct), np.array([index[n] for n in names], np.int64)


class _Clock:
    """Times as days: all numbers or all ISO timestamps, as the first readable one of the file is."""

    def __init__(self, unit: float) -> None:
        self.unit = unit
        self.numbers: bool | None = None

    def allowed(self) -> str:
        kinds = {None: "a number or an ISO timestamp", True: "a number", False: "an ISO timestamp"}
        return kinds[self.numbers] + ("" if self.numbers is None else ", as in the rows before")

    def read(self, text: str) -> float | None:
        if self.numbers is not False:
            try:
                value = float(text)
            except ValueError:
                value = math.nan
            if math.isfinite(value):
                self.numbers = True
                return value * self.unit
        if self.numbers:
            return None
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            return None
        self.numbers = False
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() / 86_400
