"""What every layer shares: a student model around any other student model, whose record begins with that one's."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from types import SimpleNamespace
from typing import Any, ClassVar, TypeAlias

import numpy as np
import numpy.typing as npt
from zpdgym.errors import InputError, Violations
from zpdgym.parameters import Table, read

from ...configs.build import build, student_section
from ..curriculum.curriculum import Curriculum
from ..exam import Sat, exam_chances, exam_gain, foresees_exam, sit_exam
from ..model import FloatN, FloatNK, FloatNM, IntN, Outcome, State, StudentModel, Traits, matrix
from ..population import Population

__all__ = ["Layer", "LinearLayer"]

AnyStudent: TypeAlias = StudentModel | Mapping[str, Any] | str
"""A model, the specification of one (``_target_`` and parameters), or a name from configs/student."""


class IfInside:
    """A method that a layer or a mixture has only if all students inside it have it, as ``hasattr`` tells."""

    def __init__(self, method: Callable[..., Any]) -> None:
        self.method, self.__doc__ = method, method.__doc__

    def __get__(self, whole: Any, owner: Any = None) -> Any:
        if whole is None:
            return self
        for student in whole.inside:
            getattr(student, self.method.__name__)  # AttributeError where one of them cannot do it
        return self.method.__get__(whole)


class Layer(ABC):
    """A student like the one inside, with something added: moods, response times, hints.

    A layer is a student model itself, so layers stack. Its record is that of the student inside, followed by float64
    fields of its own, and the student inside works on the layer's records directly. Uniforms are split the same way:
    the first ones are the inner student's. Knowledge stays inside: mastery and its change over time are the inner
    student's, and a lesson either has its effect on the inner student or none. Therefore every invariant of the
    student inside holds for the layer too.

    One population serves both: each gets the traits that it has, and a trait that both have is one and the same.
    Traits of layer and student may correlate.

    What a layer lacks is ``forecast``: see ``LinearLayer``.

    A subclass names its ``TRAITS``, calls ``_wrap`` in its constructor, writes ``step``, and says in ``_answers`` and
    ``_effect`` what it does to the probabilities of a right answer and to the gain.

    Attributes:
        student: the model inside.
        traits: those of the student inside, then the layer's own.
    """

    PARAMETERS: ClassVar[Table] = {}
    """What the constructor takes beside curriculum, student and population."""

    TRAITS: ClassVar[Traits] = {}
    """The layer's own; each has the field ``<prefix>_<trait>``."""

    def _wrap(
        self,
        curriculum: Curriculum,
        student: AnyStudent,
        population: Population | None,
        *,
        prefix: str,
        fields: Sequence[str],
        draws: int,
        reports: str,
        per_item: Sequence[str] = (),
    ) -> None:
        """Put the layer around the student: record, draws and everything that is passed on.

        Args:
            curriculum: what is taught.
            student: who is inside.
            population: of both, or None.
            prefix: of the names of the layer's fields.
            fields: the layer's fields without the prefix, before those of its traits; they start at 0.
            draws: uniforms that the layer needs in a lesson.
            reports: the optional ``OUTCOME`` field that the layer fills, or "".
            per_item: fields of one number for every item, behind the others; they start at 0, too.
        """
        name = type(self).__name__
        self.curriculum = curriculum
        self.student = inner = student_inside(curriculum, student, population, name)
        self.inside: tuple[Any, ...] = (inner,)
        theirs, columns = tuple(getattr(inner, "traits", ())), trait_columns(inner)
        own = [trait for trait in self.TRAITS if trait not in columns]
        self.traits = (*theirs, *(trait for trait in own if trait not in theirs))
        self.population = _shared(inner, population, self.traits, f"{name} ({type(inner).__name__})")
        self.trait_columns = columns | {trait: inner.reset_draws + n for n, trait in enumerate(own)}
        self._trait_fields = {trait: f"{prefix}_{trait}" for trait in self.TRAITS}
        self._drawn = tuple(self.trait_columns)  # the inner student's first: theirs do not depend on ours
        scalars, of_items = ([f"{prefix}_{field}" for field in names] for names in (fields, per_item))
        self._fresh = [*scalars, *of_items]
        self._check_correlations(name)
        self._lay_out([*scalars, *self._trait_fields.values()], of_items)
        self.reset_draws = inner.reset_draws + len(own)
        self.lesson_draws = inner.lesson_draws + draws
        self.rest_draws = inner.rest_draws
        self.discrete, self.mastered_at, self.ready_at = inner.discrete, inner.mastered_at, inner.ready_at
        self.remembered: bool = getattr(inner, "remembered", False)
        self.reports: frozenset[str] = inner.reports | ({reports} if reports else frozenset())
        self.invariants: frozenset[str] = inner.invariants
        self._learns_first = "learn_then_answer" in inner.invariants

    def _read(self, given: Mapping[str, object]) -> tuple[SimpleNamespace, Violations]:
        """The arguments of the constructor, ``locals()``, and what is wrong with them, which the class raises."""
        wrong = Violations(type(self).__name__)
        return read(self.PARAMETERS, given, wrong), wrong

    def _lay_out(self, own: Sequence[str], of_items: Sequence[str]) -> None:
        fields: list[Any] = [(name, field[0]) for name, field in (self.student.dtype.fields or {}).items()]
        for name in (*own, *of_items):
            if name in (self.student.dtype.names or ()):
                raise InputError(f"{type(self).__name__}: the student inside has '{name}' already: one layer is enough")
        # aligned, so that a user's small fields leave the layer's own on whole columns of 8 bytes
        n_items = self.curriculum.n_items
        fields += [(name, np.float64) for name in own]
        fields += [(name, np.float64, (n_items,)) for name in of_items]
        self.dtype = np.dtype(fields, align=True)
        self._first = self.dtype.itemsize // 8 - len(own) - n_items * len(of_items)  # the layer's first column

    def _check_correlations(self, name: str) -> None:
        """Traits of students in a mixture are drawn in different places: what is outside cannot depend on them."""
        for pair in self.population.correlation:
            if len(set(pair) & set(self.TRAITS)) == 1 and not set(pair) <= set(self._drawn):
                raise InputError(
                    f"{name}: the population correlates '{pair[0]}' and '{pair[1]}', one inside a mixture and one of "
                    f"the layer around it: put {name} around each student of the mixture instead"
                )

    @property
    def kinds(self) -> Sequence[tuple[str, float, int]] | None:
        """If there is a mixture inside: its groups, as ``Population.split`` takes them."""
        return getattr(self.student, "kinds", None)

    def allocate(self, n: int) -> State:
        """Room for ``n`` students, not yet reset."""
        state, inner = np.zeros(n, self.dtype), self.student.allocate(n)
        for name in inner.dtype.names or ():
            state[name] = inner[name]
        return state

    def reset(self, state: State, rows: IntN, u: FloatNM) -> None:
        """Fresh students: the student inside first, then the layer's traits."""
        self.student.reset(state, rows, np.ascontiguousarray(u[:, : self.student.reset_draws]))
        for name in self._fresh:
            state[name][rows] = 0.0
        if self._trait_fields:
            columns = [self.trait_columns[trait] for trait in self._drawn]
            deviates = self.population.deviates(state["group"][rows], u[:, columns], self._drawn)
            for trait, name in self._trait_fields.items():
                state[name][rows] = deviates[:, self._drawn.index(trait)]

    def p_all(self, state: State) -> FloatNM:
        """Probability of a right answer to every item, now."""
        return self._answers(state, _own(self.student.p_all(state)), None)

    def p_correct(self, state: State, items: IntN) -> FloatN:
        """The same for one chosen item each."""
        return self._answers(state, _own(self.student.p_correct(state, items)[:, None]), None)[:, 0]

    @IfInside
    def p_some(self, state: State, items: IntN) -> FloatNM:
        """The same for these items only: (N, len(items))."""
        return self._answers(state, _own(self.student.p_some(state, items)), None)  # pyright: ignore[reportAttributeAccessIssue]

    def p_exam(self, state: State, items: IntN, days: FloatN | None = None, u: FloatNM | None = None) -> FloatNM:
        """Chances of right answers in an exam, (N, len(items)), so many days from now (None: now)."""
        return self._in_exam(state, exam_chances(self.student, state, items, days, u))

    @property
    def exam_gain(self) -> Callable[[State, FloatN, IntN], FloatNM]:
        """What each item's lesson now does for an exam, (N, M), where the student inside can tell; see the contract."""
        if foresees_exam(self.student):
            return self._exam_gain
        raise AttributeError("exam_gain")

    def _exam_gain(self, state: State, days: FloatN, items: IntN) -> FloatNM:
        """The inner student's, if the lesson has its effect, as much of it as the layer shows in an exam."""
        shown, hidden = (self._in_exam(state, np.full((len(state), 1), p)) for p in (1.0, 0.0))
        return exam_gain(self.student, state, days, items) * self._effect(state) * (shown - hidden)

    @abstractmethod
    def step(self, state: State, items: IntN, u: FloatNM, out: Outcome) -> Outcome:
        """Teach one item each; every layer says how."""

    def elapse(self, state: State, days: FloatN, u: FloatNM) -> None:
        """Days pass for the student inside."""
        self.student.elapse(state, days, u)

    def mastery(self, state: State) -> FloatNK:
        """The mastery of the student inside: (N, K)."""
        return self.student.mastery(state)

    def mastery_sum(self, state: State, out: FloatN) -> FloatN:
        """Its sum."""
        return self.student.mastery_sum(state, out)

    @IfInside
    def expected_gain(self, state: State) -> FloatNM:
        """Expected change of the sum of mastery by each item now: (N, M), exact if it is so inside."""
        return self.student.expected_gain(state) * self._effect(state)

    @abstractmethod
    def _answers(self, state: State, p: FloatNM, days: FloatN | None) -> FloatNM:
        """Probabilities (N, any) of the student inside as the layer has them, now or after days; ``p`` may change."""

    def _in_exam(self, state: State, p: FloatNM) -> FloatNM:
        """The same in an exam: as now, unless the layer says otherwise; linear in ``p``, which may change."""
        return self._answers(state, p, None)

    @abstractmethod
    def _effect(self, state: State) -> Any:
        """P(a lesson has its effect on the student inside), to be multiplied with (N, M) gains."""

    def _p_inside(self, state: State, items: IntN) -> FloatN:
        """P(right answer) of the attentive student inside."""
        return np.ascontiguousarray(self.student.p_correct(state, items), np.float64)

    def _teach(self, state: State, items: IntN, u: FloatNM, out: Outcome, lost: npt.NDArray[np.bool_]) -> None:
        """A lesson of the student inside; ``lost`` students answer as they would, but nothing of it stays."""
        inside, rows = matrix(state)[:, : self._first], np.flatnonzero(lost)
        past = inside[rows]
        self.student.step(state, items, np.ascontiguousarray(u[:, : self.student.lesson_draws]), out)
        inside[rows] = past


class LinearLayer(Layer):
    """A layer whose probabilities are linear in those of the student inside.

    So what is expected of them some days ahead is what becomes of the inner student's expectation; where it is not
    linear, the mean over possible futures would be lost.
    """

    @IfInside
    def forecast(self, state: State, days: FloatN) -> tuple[FloatNM, FloatNK]:
        """Expected right answers (N, M) and mastery (N, K) after so many days without a lesson."""
        p, mastery = self.student.forecast(state, days)  # pyright: ignore[reportAttributeAccessIssue]
        return self._answers(state, _own(p), days), mastery

    @property
    def sit_exam(self) -> Callable[[State, IntN, FloatN, FloatNM], Sat]:
        """Chances of right answers in an exam now and after these days, and mastery then; where it is expected inside.

        Elsewhere days pass for the layer, too, and may do with mastery what they like.
        """
        if hasattr(self.student, "forecast"):
            return self._sit_exam
        raise AttributeError("sit_exam")

    def _sit_exam(self, state: State, items: IntN, days: FloatN, u: FloatNM) -> Sat:
        now, later, mastery = sit_exam(self.student, state, items, days, u)
        return self._in_exam(state, _own(now)), self._in_exam(state, _own(later)), mastery


def _own(p: FloatNM) -> FloatNM:
    """A copy: a user's model may hand out a view of its state."""
    return np.array(p, np.float64, order="C")


def trait_columns(student: Any) -> dict[str, int]:
    """Which uniform of ``reset`` each trait of a student is drawn from: by contract the first is the group's."""
    own = getattr(student, "trait_columns", None)
    return {t: 1 + n for n, t in enumerate(getattr(student, "traits", ()))} if own is None else own


def student_inside(
    curriculum: Curriculum, given: AnyStudent, population: Population | None, owner: str
) -> StudentModel:
    """The student inside a layer or a mixture, with those traits of the population that it has.

    Args:
        curriculum: what is taught.
        given: a model, a specification, or a name.
        population: of the whole, or None.
        owner: the class around it, for messages.

    Raises:
        InputError: no such student, one of another curriculum, or a model with a population that does not fit.
    """
    if isinstance(given, str | Mapping):
        section = student_section(given)
        student = build(section, f"student inside {owner}", curriculum=curriculum)
        if population is None:
            return student
        known = population.only(getattr(student, "traits", ()))
        return build(section, f"student inside {owner}", curriculum=curriculum, population=known)
    if not hasattr(given, "step"):
        raise InputError(f"{owner}: student={given!r} must be a student model, a specification or a name")
    name, c = type(given).__name__, given.curriculum
    if c is not curriculum and (c.skills, c.items) != (curriculum.skills, curriculum.items):
        raise InputError(f"{owner}: the {name} inside was built for the curriculum '{c.name}', not '{curriculum.name}'")
    if population is not None:
        theirs = [(g.name, g.share) for g in given.population.groups]
        same = theirs == [(g.name, g.share) for g in population.groups]
        if not same or population.only(getattr(given, "traits", ())).traits:
            raise InputError(
                f"{owner}: the {name} inside was built with a population of its own; "
                "give its specification instead, so that one population can serve both"
            )
    return given


def _shared(inner: StudentModel, population: Population | None, traits: Sequence[str], name: str) -> Population:
    """The population of the whole, in the groups that the student inside tells apart."""
    if population is None:
        return inner.population
    population.check_traits(traits, name)
    kinds = getattr(inner, "kinds", None)
    return population if kinds is None else population.split(kinds)
