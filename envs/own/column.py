"""Columns of one's own in the observation: what they are told, how they are named, how their numbers are checked."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias, cast

import numpy as np
import numpy.typing as npt
from zpdgym.errors import InputError, shown
from zpdgym.parameters import number_of

from ...configs.build import TARGET, build, load
from .called import Handed, name_of, refuses

if TYPE_CHECKING:
    from ...students.model import FloatN, FloatNK, IntN, Outcome
    from ..observe import Column
    from ..scenario import Scenario
    from ..teaching import Teaching

__all__ = ["Seen"]

ABOUT = ("name", "scale", "text")
"""What a column says of itself; a section may say it for a class or a function that does not."""
LONGEST_NAME = 40
FIRST, NEAR = 8, 1e-6
"""The first so many observations, and later ones ever more seldom, are asked for twice; how near the two must be."""


@dataclass(frozen=True, eq=False, repr=False)
class Seen(Handed):
    """What a column of one's own is told: what a tutor has seen of each of N students, and nothing else.

    All arrays are the column's own and cannot be written to.

    Attributes:
        scenario: what is taught, to whom; ``curriculum`` is in it.
        table: (N, R, F) float32, our columns of the observation as they are stored; ``column`` tells them by name.
        columns: of the table.
        items: (N,) the item of the last lesson; -1 where there was none yet.
        outcome: (N,) ``OUTCOME`` records, what a tutor can see of that lesson: answered, correct, hints, minutes …
        lessons: (N,) how many lessons the student has had.
        day: (N,) the day of the next lesson, from 0.
        beliefs: (N, K) what the tutor believes now.
    """

    scenario: Scenario
    table: npt.NDArray[np.float32]
    columns: tuple[Column, ...]
    items: IntN
    outcome: Outcome
    lessons: IntN
    day: FloatN
    beliefs: FloatNK

    def column(self, name: str) -> FloatNK:
        """(N, R) one of our columns in its natural units.

        Raises:
            InputError: the scenario does not show it.
        """
        for j, column in enumerate(self.columns):
            if column.name == name:
                return self.table[:, :, j].astype(np.float64) * column.scale
        names = ", ".join(column.name for column in self.columns)
        raise InputError(f"scenario {self.scenario.label} does not show the column '{name}' (it shows {names})")

    def of(self, rows: npt.NDArray[np.int64]) -> Seen:
        """The same of some of the students."""
        return Seen(
            self.scenario, self.table[rows], self.columns, self.items[rows], self.outcome[rows], self.lessons[rows],
            self.day[rows], self.beliefs[rows],
        )  # fmt: skip


Tells: TypeAlias = Callable[[Seen], object]


@dataclass(frozen=True, eq=False)
class OwnColumn:
    """A column that is none of ours.

    Attributes:
        name: what it is called in the observation.
        scale: its largest number: they lie in [0, scale], and are stored divided by it.
        text: what it says, in a sentence.
        where: its address, for messages.
        call: what tells (N, R) numbers for a ``Seen``.
    """

    name: str
    scale: float
    text: str
    where: str
    call: Tells

    def __deepcopy__(self, memo: object) -> OwnColumn:
        """Copies of an environment show the same column, as they were made with the same scenario."""
        return self


def own_column(section: Mapping[str, object], taken: Iterable[str]) -> OwnColumn:
    """A column of one's own from the section that names it.

    Args:
        section: ``_target_`` and arguments: a class is made with them, a function gets them with every observation;
            and ``name``, ``scale`` and ``text`` where the class or function does not say them itself.
        taken: the names of other columns.

    Raises:
        InputError: there is no such name, it is no column, it does not take what it is given, or what it says of itself
            is not allowed.
    """
    where = str(section.get(TARGET))
    accepted = inspect.signature(load(where, f"observe.columns.{TARGET}")).parameters
    about = {key: section[key] for key in ABOUT if key in section and key not in accepted}
    call = cast("object", build({key: value for key, value in section.items() if key not in about}, "column"))
    if not callable(call):
        raise InputError(f"column: {where} cannot be called, it must tell numbers: column(seen)")
    if (why := refuses(call, "seen")) is not None:
        raise InputError(f"column: {where} must take what is seen, column(seen): {why}")
    named = cast("object", getattr(call, "func", call))  # a function that has its arguments already
    usual = {"name": name_of(named).rpartition(".")[2], "scale": 1.0, "text": _sentence(named)}
    name, scale, text = (about.get(key, getattr(call, key, usual[key])) for key in ABOUT)
    if not (isinstance(name, str) and name.isidentifier() and len(name) <= LONGEST_NAME):
        raise InputError(f"column {where}: name={shown(name)} must be a short name of letters, digits and '_'")
    if name in taken:
        raise InputError(f"column {where}: name={name} is another column; give this one a name of its own: name=…")
    number = number_of(scale)
    if number is None or not 0 < number <= 1e9:
        raise InputError(f"column {where}: scale={shown(scale)} must be a number in (0, 1e9]: the column's largest")
    if not (isinstance(text, str) and text.isprintable()):
        raise InputError(f"column {where}: text={shown(text)} must be a sentence on one line")
    return OwnColumn(name, float(number), text, where, call)


class OwnColumns:
    """Fills in the columns of one's own in the observations of one environment.

    Args:
        env: the environment, whose own columns stand in the observation already and are empty.
        own: the columns.
    """

    def __init__(self, env: Teaching, own: Iterable[OwnColumn]) -> None:
        shown: tuple[Column, ...] = env.columns
        names = [column.name for column in shown]
        self._env, self._own = env, {names.index(column.name): column for column in own}
        self._ours = [j for j in range(len(names)) if j not in self._own]
        self._columns, self._filled = tuple(shown[j] for j in self._ours), 0

    def fill(self, observation: npt.NDArray[np.float32], begun: npt.NDArray[np.int64] | None = None) -> None:
        """Fill in what is seen now.

        Args:
            observation: (N, R F) with our columns.
            begun: the rows to fill, of students who have not had a lesson yet; None: all rows, after a lesson.

        Raises:
            InputError: a column gives something else than numbers in its range, looks at other students, or remembers.
        """
        table = observation.reshape(len(observation), -1, len(self._own) + len(self._ours))
        rows = np.arange(len(table)) if begun is None else begun
        seen = self._seen(table[rows], rows, lessons=begun is None)
        self._filled += 1
        for j, column in self._own.items():
            values = self._checked(column, seen)
            if len(rows) > 1 and (self._filled <= FIRST or self._filled.bit_count() == 1):
                some = np.arange(len(rows))[::-2]
                self._compare(column, values[some], self._checked(column, seen.of(some)), rows[some])
            table[rows, :, j] = values / column.scale

    def _seen(self, table: npt.NDArray[np.float32], rows: npt.NDArray[np.int64], *, lessons: bool) -> Seen:
        env = self._env
        items, outcome = env.items[rows], env.outcome[rows]
        if not lessons:  # the last lesson of the row was another student's
            items[...], outcome[...] = -1, np.zeros(1, outcome.dtype)
        beliefs = np.array(env.belief_state["belief"][rows])
        count, day = env.records["lesson"][rows], env.records["day"][rows]
        return Seen(env.scenario, table[:, :, self._ours], self._columns, items, outcome, count, day, beliefs)

    def _checked(self, column: OwnColumn, seen: Seen) -> FloatNK:
        n, n_rows = seen.table.shape[:2]
        wanted = (
            f"column {column.name} ({column.where}) must give numbers in [0, {column.scale:g}] of shape "
            f"({n}, {n_rows}), one for each student and each of the {self._env.rows}"
        )
        given = column.call(seen)
        try:
            values = np.asarray(given)
        except (ValueError, TypeError, RuntimeError) as error:  # lists of different lengths, arrays of other libraries
            raise InputError(f"{wanted}, not {type(given).__name__} ({error})") from error
        if values.shape != (n, n_rows) or values.dtype.kind not in "biuf":
            what = "None" if given is None else f"shape {values.shape} of {values.dtype}"
            raise InputError(f"{wanted}, not {what}")
        values = values.astype(np.float64)
        slack = NEAR * column.scale  # what is made of our columns is made of float32
        if not (fine := (values >= -slack) & (values <= column.scale + slack)).all():
            i, j = np.unravel_index(int(np.argmin(fine)), fine.shape)
            raise InputError(f"{wanted}; student {i}, row {j} is {values[i, j]:g}")
        return values.clip(0.0, column.scale)

    def _compare(self, column: OwnColumn, first: FloatNK, second: FloatNK, rows: npt.NDArray[np.int64]) -> None:
        if not (same := np.abs(first - second).max(axis=1, initial=0) <= NEAR * column.scale).all():
            row = int(rows[int(np.argmin(same))])
            raise InputError(
                f"column {column.name} ({column.where}) must tell of a student by what was seen of that student alone, "
                f"and the same whenever it is asked; row {row} was told otherwise beside fewer students"
            )


def _sentence(named: object) -> str:
    """The first line of what something says of itself."""
    text = (inspect.getdoc(named) or "").partition("\n")[0].strip().rstrip(".")
    return text if text.isprintable() and text else "a column of your own"
