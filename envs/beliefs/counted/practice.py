"""The graph belief for which a lesson teaches more or less, the more a skill was practised."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
import numpy.typing as npt
from zpdgym.errors import InputError, Violations

from ....students.curriculum.curriculum import Curriculum
from ....students.model import FloatNK, FloatNM, StudentModel
from ..base import Believed, Floats, Numbers, Simulation, marginal, numbers_in
from ..bkt import Course, marginal_prior
from ..course import CourseLog
from ..em import BETA, NONE, expectation, maximise
from ..graph import GraphBelief
from ..tracing import numbers_of
from ._practice import accompany, gain
from .curves import COUNTED, LearningCurves

__all__ = ["PracticeBelief"]

PASSES, ITERATIONS, SETTLED = 6, 12, 0.02
"""Turns of following the log and of EM, its passes in each, and the change of a chance to learn at which they agree."""
GRAPH = 0.5
"""The share of a fit that the numbers of the graph belief take, about."""


class PracticeBelief(GraphBelief):
    """What hangs together as in ``GraphBelief``; how much a lesson teaches depends on the lessons before it.

    A worked example is worth most to a beginner and a hard item to somebody who has practised, so one number an item
    is right for neither. This belief counts the lessons on each skill.

    Args:
        curriculum: what is taught.
        learn: (M, C) P(an unknown skill is learnt by a lesson with the item), its prerequisites known, after 0, 1, …
            C - 1 or more lessons on the skill; also (M,) or one number, if practice makes no difference.
        prior, guess, slip, forget, leak, learn_first, minutes, hints, times_seen, hints_seen: see ``GraphBelief``.

    Sources: as ``GraphBelief``; how the chances are fitted: ``curves.py``.
    """

    kind = "practice"
    columns = ("open", "tries")
    steps = False

    def __init__(
        self,
        curriculum: Curriculum,
        *,
        prior: npt.ArrayLike,
        learn: npt.ArrayLike,
        guess: npt.ArrayLike,
        slip: npt.ArrayLike,
        forget: npt.ArrayLike = 0.0,
        leak: float = 0.0,
        learn_first: bool = False,
        minutes: Mapping[str, npt.ArrayLike] | None = None,
        hints: npt.ArrayLike | None = None,
        times_seen: bool = True,
        hints_seen: bool = True,
    ) -> None:
        self.learn = _table(learn, curriculum.n_items)
        self.counted = self.learn.shape[1]
        super().__init__(
            curriculum, prior=prior, learn=self.learn[:, 0], guess=guess, slip=slip, forget=forget, leak=leak,
            learn_first=learn_first, minutes=minutes, hints=hints, times_seen=times_seen, hints_seen=hints_seen,
        )  # fmt: skip

    @staticmethod
    def fit(log: CourseLog, *, seed: int) -> tuple[Numbers, float]:
        """The numbers of the graph belief first; then, in turn, what it thinks at every row of the log, and EM.

        Who was ready for a lesson is what the graph belief says, given that the skill is not known: skills by
        themselves are taken for ready far too often. The chances to learn share what ``LearningCurves`` says.
        """
        graph, _ = GraphBelief.fit(replace(log, tell=_part(log.tell, 0.0, GRAPH)), seed=seed)
        fit = _Fit(log, {**graph, "learn": np.tile(np.asarray(graph["learn"])[:, None], COUNTED)})
        for turn in range(PASSES):
            log.tell(GRAPH + (1.0 - GRAPH) * turn / PASSES)
            if fit.turn() < SETTLED:
                break
        log.tell(1.0)
        return fit.numbers, float(PracticeBelief(log.curriculum, **fit.numbers).foretold(log).sum())

    @staticmethod
    def from_student(student: StudentModel) -> Numbers | None:
        """The numbers of students who are as this belief thinks, with what practice makes of typical ones."""
        from ....students.knowledge.bkt import BKT

        told = numbers_of(student)
        if told and isinstance(student, BKT):
            familiarity = 1.0 - (1.0 - student.familiarity_rate) ** np.arange(COUNTED)
            told["learn"] = np.stack([student.item_learn(float(x)) for x in familiarity], axis=1).tolist()
        return told

    def pack(self) -> Floats:
        """As for the graph belief, and behind it the chances to learn, (M, C)."""
        return np.concatenate([super().pack(), self.learn.ravel()])

    def expected_gain(self, believed: Believed | FloatNK) -> FloatNM:
        """(N, M) the sum over the item's skills of what a lesson can move, times the chance to learn it now.

        Raises:
            InputError: it is not told what is open of the skills and how many lessons there were on each.
        """
        if not isinstance(believed, Believed) or believed.open is None or believed.tries is None:
            raise InputError(
                f"belief: kind {self.kind} foretells gains from Believed(belief, open=..., tries=...): from an "
                "observation with the columns open and tries (observe.columns)"
            )
        belief, c = np.ascontiguousarray(marginal(believed, self.curriculum.n_skills), np.float64), self.curriculum
        open_, tries = (np.ascontiguousarray(x, np.float64) for x in (believed.open, believed.tries))
        out = np.empty((len(belief), c.n_items))
        gain(self.learn, c.item_skills, self.leak, belief, open_, tries, out)
        return out

    def follow(self, course: Course) -> tuple[Floats, Floats, Floats]:
        """What it thinks before every lesson of a log.

        Returns:
            For every row of the log how far its skill can be learnt if it is not known, and how surely the item's other
            skills are known if it is; and (K,) the log-loss of all answers, every skill's part of it.
        """
        ready, others = np.empty(len(course.item)), np.empty(len(course.item))
        log, loss = course.log, np.zeros(self.curriculum.n_skills)
        lengths, gap = log.lengths
        accompany(
            self._start.view(np.float64), log.items, log.answers, gap, lengths, log.owners, self._packed, self.forget,
            self._links, self._skills, course.first, ready, others, loss,
        )  # fmt: skip
        return ready, others, loss

    def foretold(self, log: CourseLog) -> Floats:
        """(K,) the mean log-loss of the answers of a log, each foretold one lesson ahead: every skill's part of it."""
        return self.follow(Course(log, self.leak))[2] / max(int((log.answers >= 0).sum()), 1)

    def parameters(self) -> Numbers:
        """The numbers of this belief as plain lists."""
        return {**super().parameters(), "learn": self.learn.tolist()}

    def simulation(self) -> Simulation:
        """The numbers as planners take them, with the chances to learn by lessons so far."""
        return super().simulation()._replace(learn=self.learn)


class _Fit:
    """A log, the numbers so far, and how one turn makes them better."""

    def __init__(self, log: CourseLog, numbers: Numbers) -> None:
        self.log = log
        self.numbers: Numbers = numbers
        self.course, self.curves = Course(log, numbers["leak"]), LearningCurves(log.curriculum)
        rows = self.course.sequences(np.arange(log.curriculum.n_items))
        classes = LearningCurves.rows(self.course.offsets, self.course.item)
        self.rows = replace(rows, transition=self.course.doubled(classes), n_transitions=self.numbers["learn"].size)
        self.prior: Floats = np.array(marginal_prior(numbers["prior"], log.curriculum))

    def turn(self) -> float:
        """What is believed at every row, then EM; returns by how much a chance to learn has changed at most."""
        ready, others, _ = PracticeBelief(self.log.curriculum, **self.numbers).follow(self.course)
        m, k = self.log.curriculum.q.shape
        rows, pseudo = self.course.with_beliefs(self.rows, ready, others), replace(BETA, learn=NONE.learn)
        names = ("guess", "slip", "forget")
        start: list[Floats] = [self.prior, self.curves.table().ravel(), *(self.numbers[n] for n in names)]
        state = [np.array(x)[None] for x in start]
        unit_of = tuple(np.zeros(size, np.int64) for size in (k, rows.n_transitions, m, m, k))
        for _ in range(ITERATIONS):
            _, counts = expectation(rows, state, np.ones((1, k), bool))
            maximise(state, counts, pseudo, np.ones((1, 1), bool), unit_of, self.course.forgets)
            self.curves.learn_from(counts[1].reshape(m, COUNTED, 2))
            state[1] = self.curves.table().reshape(1, -1)
        before: Floats = self.numbers["learn"]
        self.prior = state[0][0]
        found: Numbers = {name: x[0] for name, x in zip(names, state[2:], strict=True)} | {"learn": self.curves.table()}
        self.numbers = {**self.numbers, **found}
        return float(np.abs(found["learn"] - before).max())


def _table(value: npt.ArrayLike, n_items: int) -> Floats:
    """(M, C) from one number, (M,) or (M, C), checked."""
    wrong = Violations("belief")
    array = numbers_in(value)
    must = f"must be one number, ({n_items},) or ({n_items}, lessons so far)"
    if array is None:
        raise InputError(f"belief: learn is no table of numbers, {must}")
    fits = array.shape in ((), (n_items,)) or (array.ndim == 2 and len(array) == n_items and array.shape[1] > 0)
    wrong.unless(fits, f"learn has shape {array.shape}, {must}")
    outside = array[~((array >= 0.0) & (array <= 1.0))]
    wrong.unless(not outside.size, f"learn={outside.flat[0] if outside.size else 0:g} must be in [0, 1]")
    wrong.raise_any()
    column = array[:, None] if array.ndim == 1 else array
    return np.ascontiguousarray(np.broadcast_to(column, (n_items, *(column.shape[1:] or (1,)))))


def _part(tell: Callable[[float], None], start: float, size: float) -> Callable[[float], None]:
    return lambda share: tell(start + size * share)
