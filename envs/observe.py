"""What the tutor sees: a table of named columns, one row a skill (or an item)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import numpy.typing as npt
from zpdgym.errors import InputError, Violations, shown, unknown
from zpdgym.parameters import Choice, Parameter, Table, read_section

from ..configs.build import TARGET
from ..students.curriculum.curriculum import Curriculum
from .own.column import OwnColumn, own_column
from .schedule import Schedule

if TYPE_CHECKING:
    from .beliefs.base import BeliefClass

ROWS = ("skills", "items")
DEFAULT_COLUMNS = (
    "belief", "ready", "tries", "successes", "streak", "days_since", "was_last", "last_correct",
    "time_left", "session_left", "lesson",
)  # fmt: skip
MAX_STREAK, MAX_HINTS, MAX_OPTIONS = 10, 10, 10
BUG_COLUMNS = tuple(f"bug_{b}" for b in range(1, MAX_OPTIONS))
"""What a belief of kind misconceptions says of each bug, beside what it says of the right state."""
OPTIONAL_COLUMNS = ("open", "last_minutes", "last_hints", "last_option", "session", *BUG_COLUMNS)
ALL_COLUMNS = DEFAULT_COLUMNS + OPTIONAL_COLUMNS
SECTION: Table = {
    "rows": Choice("what a row of the observation is", options=ROWS),
    "columns": Parameter("what every row says", allowed=f"{', '.join(ALL_COLUMNS)}, or sections with _target_"),
}
"""What a scenario's section ``observe`` may hold."""
SHARED_COLUMNS = ("time_left", "session_left", "lesson", "session")
"""Columns that hold the same number in every row of the table."""


@dataclass(frozen=True)
class Column:
    """One column of the observation.

    Attributes:
        name: what it is called.
        scale: multiply the stored number by this to get natural units.
        low: smallest stored value.
        high: largest stored value.
        text: what it says, in a sentence.
    """

    name: str
    scale: float
    low: float
    high: float
    text: str


@dataclass(frozen=True)
class Observe:
    """What a scenario's section ``observe`` says.

    Attributes:
        rows: what a row of the table is: "skills" or "items".
        names: of the columns, in their order.
        own: the columns of the user's own among them.
        joint: whether the belief itself says ``ready`` and ``open`` of a skill, because it knows what hangs together.
    """

    rows: str
    names: tuple[str, ...]
    own: tuple[OwnColumn, ...]
    joint: bool = False


def make_columns(observe: Observe, schedule: Schedule, curriculum: Curriculum) -> tuple[Column, ...]:
    """The columns with the scales that this schedule and curriculum give them."""
    rows = observe.rows
    horizon = float(schedule.horizon(curriculum.minutes))
    unit = "minutes" if schedule.by_minutes else "lessons"
    budget = schedule.total
    session = schedule.session_minutes if schedule.by_minutes else float(schedule.session_lessons)
    thing = "skill" if rows == "skills" else "item"
    known = "this skill is known" if rows == "skills" else "all skills of this item are known"
    before = "direct prerequisites" if rows == "skills" else "direct prerequisites of the item's skills"
    every = "probability that all" if observe.joint and rows == "skills" else "product of the beliefs in the"
    table = {
        "belief": (1.0, f"the tutor's probability that {known}"),
        "ready": (1.0, f"{every} {before}{' are known' if every.startswith('prob') else ''}; 1 without any"),
        "open": (1.0, f"probability that this {thing} can be learnt now: not known, and all its prerequisites are"),
        "tries": (horizon, f"lessons on this {thing} so far"),
        "successes": (horizon, f"right answers on this {thing} so far"),
        "streak": (float(MAX_STREAK), f"right answers in a row on this {thing}, at most {MAX_STREAK}"),
        "days_since": (max(schedule.total_days, 1.0), f"days since the last lesson on this {thing}; full if never"),
        "was_last": (1.0, f"1 if the last lesson was on this {thing}"),
        "last_correct": (1.0, f"last answer on this {thing}: 1 right, 0 wrong, 0.5 none yet"),
        "time_left": (budget, f"{unit} left of the whole budget"),
        "session_left": (session, f"{unit} left of this session"),
        "lesson": (horizon, "lessons so far"),
        "last_minutes": (60.0, f"minutes that the last lesson on this {thing} took, at most 60"),
        "last_hints": (float(MAX_HINTS), f"hints used in the last lesson on this {thing}, at most {MAX_HINTS}"),
        "last_option": (float(MAX_OPTIONS), f"which answer was chosen last on this {thing}, from 1; 0 none"),
        "session": (float(max(schedule.sessions - 1, 1)), "index of this session, from 0"),
        **{name: (1.0, f"the tutor's probability that {thing} is wrong as by bug {name[4:]}") for name in BUG_COLUMNS},
    }
    table |= {column.name: (column.scale, column.text) for column in observe.own}
    return tuple(Column(name, table[name][0], 0.0, 1.0, table[name][1]) for name in observe.names)


def read_observe(section: Mapping[str, Any], belief: BeliefClass) -> Observe:
    """Rows and columns from a scenario's ``observe`` section.

    Args:
        section: what the file says.
        belief: the kind of belief; what it says of a skill beside ``belief`` is shown unless columns are named.

    Raises:
        InputError: an unknown key, kind of rows or column, a column given twice, or none.
    """
    more = [name for name in belief.columns if name not in DEFAULT_COLUMNS]
    default = [*DEFAULT_COLUMNS[:2], *more, *DEFAULT_COLUMNS[2:]]
    given = read_section(SECTION, section, "observe", {"rows": "skills", "columns": default})
    columns = cast("object", given.columns)
    if not isinstance(columns, list | tuple) or not columns:
        raise InputError(f"observe.columns={shown(given.columns)} must be a list of column names")
    names, own = list[str](), list[OwnColumn]()
    for column in cast("Sequence[object]", columns):
        if isinstance(column, Mapping) and TARGET in column:
            made = own_column(cast("Mapping[str, object]", column), (*ALL_COLUMNS, *names))
            own.append(made)
            names.append(made.name)
        elif not isinstance(column, str) or column not in ALL_COLUMNS:
            raise unknown("column in observe.columns", str(cast("object", column)), ALL_COLUMNS)
        else:
            names.append(column)
    wrong = Violations("observe")
    for name in dict.fromkeys(names):
        wrong.unless(names.count(name) == 1, f"column '{name}' is given twice")
    bugs = [name for name in names if name in BUG_COLUMNS]
    tells = given.rows == "skills" and belief.kind == "misconceptions"
    wrong.unless(
        tells or not bugs, f"column {', '.join(bugs)} needs belief.kind=misconceptions and observe.rows=skills"
    )
    wrong.unless(len(names) > len(own), "columns of your own stand beside at least one of ours")
    wrong.raise_any()
    return Observe(given.rows, tuple(names), tuple(own), belief.joint and "open" in names)


class Links:
    """Which rows of the table a lesson touches, as one padded array of indices (-1 where there is none).

    The six blocks stand side by side, block b from column ``first[b]`` on: rows counted by an item; skills behind a
    row's ``belief``; skills behind a row's ``ready``; rows whose ``belief`` needs a skill; rows whose ``ready`` needs
    a skill; skills of an item. One array, because every argument of a kernel costs time.
    """

    def __init__(self, curriculum: Curriculum, rows: str) -> None:
        by_skill = rows == "skills"
        k, m = curriculum.n_skills, curriculum.n_items
        counted = curriculum.q if by_skill else np.eye(m, dtype=bool)
        known = np.eye(k, dtype=bool) if by_skill else np.array(curriculum.q)
        needed = np.array(curriculum.prerequisites)
        if not by_skill:
            needed = (curriculum.q.astype(np.int64) @ needed.astype(np.int64) > 0) & ~curriculum.q
        self.n_rows = k if by_skill else m
        blocks = [_padded(b) for b in (counted, known, needed, known.T, needed.T, np.array(curriculum.q))]
        ends = np.cumsum([b.shape[1] for b in blocks])
        self.first = np.concatenate([[0], ends[:-1]]).astype(np.int64)
        self.table = np.full((max(k, m), int(ends[-1])), -1, np.int64)
        for b, block in enumerate(blocks):
            self.table[: len(block), self.first[b] : ends[b]] = block


def _padded(matrix: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    padded = np.full((len(matrix), int(matrix.sum(axis=1).max(initial=0))), -1, np.int64)
    for row, values in enumerate(matrix):
        found = np.flatnonzero(values)
        padded[row, : len(found)] = found
    return padded
