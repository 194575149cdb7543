"""Several student models inside one cohort: the student that the teacher did not expect."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
from zpdgym.errors import InputError, Violations, shown
from zpdgym.parameters import Numbers, Parameter, Table, read

from ..curriculum.curriculum import Curriculum
from ..exam import exam_chances, exam_gain, foresees_exam
from ..model import FloatN, FloatNK, FloatNM, IntN, Outcome, State, StudentModel, allocate_outcome, matrix
from ..population import Population
from . import _mixture
from .base import AnyStudent, IfInside, student_inside

__all__ = ["Mixture"]

COMPOSES = ("elapse_composes", "elapse_composes_on_average")


class Mixture:
    """A cohort in which every student is of one of several models, drawn by its share.

    A student is drawn in two steps: the model by its share, then the student by that model. Everything else is what
    the student's own model does. The groups are the models, each with the groups of the population inside it, by
    name: "BKT", or "BKT, fast learners".

    Args:
        curriculum: what is taught; all models must be able to learn it.
        students: the models: each a model, a specification or a name.
        population: every model gets those traits that it has; a trait that none has is refused.
        shares, names: see ``PARAMETERS``; ``zpdgym list student mixture`` prints them.

    Raises:
        InputError: fewer than two models, shares or names that do not fit, or a model that does not.
    """

    PARAMETERS: ClassVar[Table] = {
        "shares": Numbers(
            "of the students, one per model, that sum to 1; none: equal shares",
            low=0, high=1, unit="share", why="it is a part of the students", optional=True,
        ),
        "names": Parameter(
            "of the models, for the groups; none: their classes, numbered where one comes twice",
            allowed="unique", optional=True,
        ),
    }  # fmt: skip

    def __init__(
        self,
        curriculum: Curriculum,
        *,
        students: Sequence[AnyStudent],
        shares: Sequence[float] | None = None,
        names: Sequence[str] | None = None,
        population: Population | None = None,
    ) -> None:
        several = isinstance(students, Sequence) and not isinstance(students, str) and len(students) >= 2
        if not several:
            raise InputError(f"Mixture: students={students!r} must list two or more student models")
        self.curriculum = curriculum
        self.students: tuple[Any, ...] = tuple(
            student_inside(curriculum, given, population, "Mixture") for given in students
        )
        self.shares, self.names = self._read(locals())
        self.inside = self.students
        known = dict.fromkeys(trait for student in self.students for trait in getattr(student, "traits", ()))
        self.traits = tuple(known)
        self.trait_columns: dict[str, int] = {}  # each model draws its traits where it likes
        given = population or Population()
        given.check_traits(self.traits, f"Mixture ({', '.join(self.names)})")
        self.kinds = self._kinds(population)
        self.population = given.split(self.kinds)
        self._lay_out()
        self._declare()

    def _read(self, given: Mapping[str, Any]) -> tuple[npt.NDArray[np.float64], tuple[str, ...]]:
        wrong, n = Violations("Mixture"), len(self.students)
        values = read(self.PARAMETERS, given, wrong)
        shares: Sequence[float] = [1.0 / n] * n if values.shares is None else values.shares
        wrong.unless(len(shares) == n, f"{len(shares)} shares for {n} students")
        wrong.unless(abs(sum(shares) - 1.0) < 1e-6, f"the shares sum to {sum(shares):g}, must sum to 1")
        wrong.unless(min(shares, default=1.0) > 0.0, "a share of 0 is no part of the students: leave the model out")
        texts = [] if values.names is None else values.names
        if not isinstance(texts, list | tuple) or not all(isinstance(name, str) for name in texts):
            raise InputError(f"Mixture: names={shown(texts)} must be a list of texts")
        called = _class_names(self.students) if values.names is None else [name.strip() for name in texts]
        wrong.unless(len(called) == n, f"{len(called)} names for {n} students")
        wrong.unless(len(set(called)) == len(called) and all(called), f"names must be unique: {', '.join(called)}")
        wrong.raise_any()
        return np.array(shares), tuple(called)

    def _kinds(self, population: Population | None) -> tuple[tuple[str, float, int], ...]:
        """Name, share and group of the given population of every group; where each model's groups begin."""
        kinds, self._group0 = [], []
        for name, share, student in zip(self.names, self.shares, self.students, strict=True):
            groups, inner = student.population.groups, getattr(student, "kinds", None)
            self._group0.append(len(kinds))
            for g, group in enumerate(groups):
                base = 0 if population is None else (g if inner is None else inner[g][2])
                label = name if len(groups) == 1 else f"{name}, {group.name}"
                kinds.append((label, float(share * group.share), base))
        return tuple(kinds)

    def _lay_out(self) -> None:
        """The record: group, room for the largest record inside, and the model.

        Models of this package begin their records with the group, too, and look at no row whose item is -1: they
        teach the whole cohort in place, blind to the others. Whoever else is inside gets copies of their own students'
        records, which lie behind the group.
        """
        self._in_place = [_looks_at_taught_rows_only(student) for student in self.students]
        self._first = [0 if in_place else 1 for in_place in self._in_place]
        self._width = [-(-student.dtype.itemsize // 8) for student in self.students]
        self._records = [
            _padded(student.dtype, 8 * width) for student, width in zip(self.students, self._width, strict=True)
        ]
        room = max(first + width for first, width in zip(self._first, self._width, strict=True)) - 1
        self.dtype = np.dtype([("group", np.int64), ("record", np.float64, (room,)), ("model", np.float64)])
        self._column = room + 1  # of the model

    def _declare(self) -> None:
        students = self.students
        self.reset_draws = 1 + max(student.reset_draws for student in students)
        self.lesson_draws = max(student.lesson_draws for student in students)
        self.rest_draws = max(student.rest_draws for student in students)
        self.discrete = all(student.discrete for student in students)
        self.remembered = all(student.discrete or getattr(student, "remembered", False) for student in students)
        self.mastered_at = min(student.mastered_at for student in students)
        self.ready_at = min(student.ready_at for student in students)
        self.reports: frozenset[str] = frozenset().union(*(student.reports for student in students))
        kept = frozenset.intersection(*(frozenset(student.invariants) for student in students))
        if not kept & {COMPOSES[0]} and all(set(COMPOSES) & student.invariants for student in students):
            kept |= {COMPOSES[1]}
        # p_all tells less than the answer wherever one of the models learns first
        if any("learn_then_answer" in student.invariants for student in students):
            kept |= {"learn_then_answer"}
        self.invariants: frozenset[str] = kept

    def allocate(self, n: int) -> State:
        """Room for ``n`` students, not yet reset."""
        return np.zeros(n, self.dtype)

    def reset(self, state: State, rows: IntN, u: FloatNM) -> None:
        """Fresh students: the model of each, then the student of that model."""
        model = np.searchsorted(np.cumsum(self.shares)[:-1], u[:, 0], side="right")
        state["model"][rows] = model
        s = matrix(state)
        for m, student in enumerate(self.students):
            own = np.flatnonzero(model == m)
            if not len(own):
                continue
            part: Any = np.zeros(len(own), self._records[m])
            fresh = student.allocate(len(own))
            for name in fresh.dtype.names or ():
                part[name] = fresh[name]
            student.reset(part, np.arange(len(own)), np.ascontiguousarray(u[own, 1 : 1 + student.reset_draws]))
            self._put(s, m, rows[own], part)
            state["group"][rows[own]] = self._group0[m] + part["group"]

    def p_all(self, state: State) -> FloatNM:
        """Probability of a right answer to every item, by each student's own model."""
        return self._each(state, lambda student, part, rows: student.p_all(part), self.curriculum.n_items)

    def p_correct(self, state: State, items: IntN) -> FloatN:
        """The same for one chosen item each."""
        return self._each(state, lambda student, part, rows: student.p_correct(part, items[rows]))

    @IfInside
    def p_some(self, state: State, items: IntN) -> FloatNM:
        """The same for these items only: (N, len(items))."""
        return self._each(state, lambda student, part, rows: student.p_some(part, items), len(items))

    @property
    def p_exam(self) -> Callable[..., FloatNM]:
        """Chances of right answers in an exam, by each student's own model; where one of them tells them apart."""
        if any(hasattr(student, "p_exam") for student in self.students):
            return self._p_exam
        raise AttributeError("p_exam")

    @property
    def exam_gain(self) -> Callable[[State, FloatN, IntN], FloatNM]:
        """What each item's lesson now does for an exam, (N, M), by each student's own model; if all can tell."""
        if all(foresees_exam(student) for student in self.students):
            return self._exam_gain
        raise AttributeError("exam_gain")

    def _exam_gain(self, state: State, days: FloatN, items: IntN) -> FloatNM:
        def read(student: StudentModel, part: State, rows: IntN) -> FloatNM:
            return exam_gain(student, part, days[rows], items)

        return self._each(state, read, self.curriculum.n_items)

    def _p_exam(self, state: State, items: IntN, days: FloatN | None = None, u: FloatNM | None = None) -> FloatNM:
        def read(student: StudentModel, part: State, rows: IntN) -> FloatNM:
            return exam_chances(student, part, items, *(given if given is None else given[rows] for given in (days, u)))

        return self._each(state, read, len(items))

    def step(self, state: State, items: IntN, u: FloatNM, out: Outcome) -> Outcome:
        """A lesson of each student's own model."""
        s, mine, seen = matrix(state), np.empty(len(items), np.int64), allocate_outcome(len(items))
        for m, student in enumerate(self.students):
            if _mixture.theirs(s, self._column, m, items, mine) == 0:
                continue
            if self._in_place[m]:
                student.step(state, mine, u, seen)
            else:
                rows = np.flatnonzero(state["model"] == m)
                part, luck = self._part(s, m, rows), np.ascontiguousarray(u[rows, : student.lesson_draws])
                seen[rows] = student.step(part, items[rows], luck, allocate_outcome(len(rows)))
                self._put(s, m, rows, part)
            _mixture.take(s, self._column, m, seen, out)
        return out

    def elapse(self, state: State, days: FloatN, u: FloatNM) -> None:
        """Days pass for everybody, as each student's own model has it."""
        s = matrix(state)
        for m, rows in self._rows(s):
            part, student = self._part(s, m, rows), self.students[m]
            student.elapse(part, days[rows], np.ascontiguousarray(u[rows, : student.rest_draws]))
            self._put(s, m, rows, part)

    def mastery(self, state: State) -> FloatNK:
        """The mastery of every skill, by each student's own model: (N, K)."""
        return self._each(state, lambda student, part, rows: student.mastery(part), self.curriculum.n_skills)

    def mastery_sum(self, state: State, out: FloatN) -> FloatN:
        """Its sum."""
        out[:] = self._each(state, lambda student, part, rows: student.mastery_sum(part, np.empty(len(part))))
        return out

    @IfInside
    def expected_gain(self, state: State) -> FloatNM:
        """Expected change of the sum of mastery by each item now: (N, M)."""
        return self._each(state, lambda student, part, rows: student.expected_gain(part), self.curriculum.n_items)

    @IfInside
    def forecast(self, state: State, days: FloatN) -> tuple[FloatNM, FloatNK]:
        """Expected right answers (N, M) and mastery (N, K) after so many days without a lesson."""
        p, mastery = (np.empty((len(state), n)) for n in (self.curriculum.n_items, self.curriculum.n_skills))
        s = matrix(state)
        for m, rows in self._rows(s):
            p[rows], mastery[rows] = self.students[m].forecast(self._part(s, m, rows), days[rows])
        return p, mastery

    def _each(self, state: State, read: Callable[[Any, State, IntN], Any], *shape: int) -> FloatNM:
        """What ``read(model, its students, their rows)`` tells of everybody: (N, *shape)."""
        s, out = matrix(state), np.empty((len(state), *shape))
        for m, rows in self._rows(s):
            out[rows] = read(self.students[m], self._part(s, m, rows), rows)
        return out

    def _rows(self, s: FloatNM) -> Iterator[tuple[int, IntN]]:
        """Every model that has students, with their rows."""
        order, ends = np.empty(len(s), np.int64), np.empty(len(self.students), np.int64)
        _mixture.sort(s, self._column, order, ends)
        begin = 0
        for m, end in enumerate(ends):
            if end > begin:
                yield m, order[begin:end]
            begin = end

    def _part(self, s: FloatNM, m: int, rows: IntN) -> Any:
        """Copies of the records of one model's students, as that model knows them."""
        return self._inside(s, m)[rows].reshape(-1).view(self._records[m])

    def _put(self, s: FloatNM, m: int, rows: IntN, part: State) -> None:
        """Their records back to their rows."""
        self._inside(s, m)[rows] = matrix(part)

    def _inside(self, s: FloatNM, m: int) -> FloatNM:
        """Where the records of one model lie."""
        return s[:, self._first[m] : self._first[m] + self._width[m]]


def _looks_at_taught_rows_only(student: Any) -> bool:
    """Kernels of this package skip a row without an item; layers and mixtures read first, and users' models may."""
    ours = type(student).__module__.startswith("zpdgym.students.")
    return ours and not hasattr(student, "inside")


def _padded(dtype: np.dtype[Any], size: int) -> np.dtype[Any]:
    """The same record, ``size`` bytes long."""
    fields: Any = dtype.fields or {}
    formats, offsets = ([field[n] for field in fields.values()] for n in (0, 1))
    layout: Any = {"names": list(fields), "formats": formats, "offsets": offsets, "itemsize": size}
    return np.dtype(layout)


def _class_names(students: Sequence[Any]) -> list[str]:
    """The models' classes, numbered where one comes more than once."""
    names = [type(student).__name__ for student in students]
    return [f"{n} {names[: i + 1].count(n)}" if names.count(n) > 1 else n for i, n in enumerate(names)]
