"""The belief of Bayesian knowledge tracing: every skill is known or not, and followed by itself."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from dataclasses import replace
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from ...students.curriculum.curriculum import Curriculum
from ...students.jit import Whole, kernel
from ...students.model import FloatN, IntN, Outcome, StudentModel
from .base import LINKS, BeliefState, Floats, Ints, Numbers, pack_links
from .clues.belief import PACE, CluedBelief
from .clues.kernels import look
from .clues.learnt import with_clues
from .course import CourseLog, silent
from .em import BETA, NONE, Parameters, Sequences, fit
from .kernels import steps as of_steps
from .kernels.tracing import follow, lay_out, lesson, lesson_alone, place
from .tracing import LEARN_FIRST, numbers_of

__all__ = ["BKTBelief"]

TURNS, ITERATIONS, SETTLED = 12, 40, 2e-3
"""Turns of filtering and fitting, EM passes in each, and the change of any number at which both agree."""
SHRINK = 20.0
"""How many observed chances to learn an item must have before its own ``learn`` outweighs the shared one."""
LEAKS = (0.0, 0.05, 0.1, 0.2, 0.4, 1.0)
SELECTION, TRIED = 500, 3
"""Students on whom leaks are tried, and turns of filtering and fitting for each: likelihoods hardly move later."""

Value = TypeVar("Value", bound=np.generic)


class BKTBelief(CluedBelief):
    """The filter of Bayesian knowledge tracing (Corbett & Anderson 1995), one probability a skill.

    An item of several skills is answered rightly when all of them are known (or guessed); each skill's posterior is
    exact given independent skills. Learning is gated by the belief in the prerequisites. A lesson without an answer
    moves the belief by learning alone.

    Args:
        curriculum: what is taught.
        prior: (K,) P(known at the start).
        learn: (M,) P(an unknown skill is learnt by one lesson with the item), its prerequisites known.
        guess: (M,) P(right answer without the skills).
        slip: (M,) P(wrong answer in spite of them).
        forget: (K,) rate per day; a skill is still known after d days with probability exp(-forget d).
        leak: the share of ``learn`` that is left when a prerequisite is unknown.
        learn_first: whether a lesson teaches before it asks.
        minutes, hints, times_seen, hints_seen: of response times and hints; see ``CluedBelief``.

    Each of the numbers may be given as one number for all. Where items have steps, learn, guess and slip are those of
    ``curriculum.unfolded``, (M',), and the answer to every step is taken in. Source: reference equations of BKT and,
    for item-level guess, slip and learn, Pardos & Heffernan 2011 (KT-IDEM).
    """

    kind = "bkt"
    local = True
    steps = True

    def prepare(self) -> None:
        """Lay out the record: nothing but the beliefs and their sum."""
        k = self.curriculum.n_skills
        fields = [("belief", np.float64, (k,)), ("total", np.float64), *([PACE] if self.clues.any else [])]
        self.dtype = np.dtype(fields, align=True)
        self._packed = self.pack_clues()
        self._links = of_steps.with_parts(pack_links(self.taught), self.curriculum)
        self._start = np.zeros(1, self.dtype)
        self._start["belief"], self._start["total"] = self.prior, self.prior.sum()

    @staticmethod
    def fit(log: CourseLog, *, seed: int) -> tuple[Numbers, float]:
        """Filter and EM in turn: what is known of prerequisites depends on the numbers, and the reverse."""
        numbers, loss = fit_tracing(log, seed)
        return with_clues(BKTBelief.kind, numbers, log), loss

    @staticmethod
    def from_student(student: StudentModel) -> Numbers | None:
        """The numbers of students who are as this belief thinks."""
        told = numbers_of(student)
        return told and {**told, "prior": marginal_prior(told["prior"], student.curriculum)}

    @property
    def update_kernel(self) -> tuple[Callable[..., None], Floats, Ints]:
        """The kernel that is all of ``update``, and what it takes beside records, items and outcome."""
        plain = of_steps.update if self.curriculum.has_steps else _update
        return (_update_with_clues if self.clues.any else plain), self._packed, self._links

    def update(self, state: BeliefState, items: IntN, out: Outcome) -> None:
        """Answer by Bayes' rule, then the chance of having learnt (or the other way round, ``learn_first``)."""
        kernel, numbers, links = self.update_kernel
        kernel(state.view(np.float64), items, out, numbers, links)

    @property
    def elapse_kernel(self) -> tuple[Callable[..., None], Floats]:
        """The kernel that is all of ``elapse``, and what it takes beside records and days."""
        return _elapse, self.forget

    def elapse(self, state: BeliefState, days: FloatN) -> None:
        """Each belief shrinks by exp(-forget days)."""
        _elapse(state.view(np.float64), days, self.forget)


@kernel
def _update(s: Floats, items: Ints, out: Outcome, numbers: Floats, links: Ints) -> None:
    """Learn and answer, or answer and learn."""
    alone, scratch = links[2] == 1 and numbers[LEARN_FIRST] == 0.0, np.empty(links[2])
    for i in range(items.shape[0]):
        m, at = items[i], i * (links[0] + 1)
        if m < 0:
            continue
        answered, correct = out[i]["answered"], out[i]["correct"]
        if alone:
            lesson_alone(s, at, m, answered, correct, numbers, links)
        else:
            lesson(s, at, m, answered, correct, 1.0, numbers, links, scratch)


@kernel
def _update_with_clues(s: Floats, items: Ints, out: Outcome, numbers: Floats, links: Ints) -> None:
    """One lesson each, with what its time and hints say; the last two numbers of a record are a student's pace."""
    scratch, width = np.empty(links[2]), s.shape[0] // max(items.shape[0], 1)
    for i in range(items.shape[0]):
        m: Whole = items[i]
        if m < 0:
            continue
        at: Whole = i * width
        answered, odds, all_ = out[i]["answered"], 1.0, 1.0
        if answered:
            for slot in range(LINKS + m * links[2], LINKS + (m + 1) * links[2]):
                k: Whole = links[slot]
                all_ *= s[at + k] if k >= 0 else 1.0
            odds = look(s, at + width - 2, m, out[i], all_, numbers)
        lesson(s, at, m, answered, out[i]["correct"], odds, numbers, links, scratch)


@kernel
def _elapse(s: Floats, days: Floats, forget: Floats) -> None:
    n_skills = forget.shape[0]
    keep, known_for = np.ones(n_skills), 0.0  # ``keep`` was computed for this gap: most rows share one
    for i in range(days.shape[0]):
        if days[i] <= 0.0:
            continue
        if days[i] != known_for:
            known_for = days[i]
            for k in range(n_skills):
                keep[k] = np.exp(-forget[k] * known_for)
        at, total = i * (s.shape[0] // days.shape[0]), 0.0
        for k in range(n_skills):
            s[at + k] *= keep[k]
            total += s[at + k]
        s[at + n_skills] = total


def fit_tracing(log: CourseLog, seed: int) -> tuple[Numbers, float]:
    """prior, learn, guess, slip, forget, leak and learn_first, and the log-loss of one answer ahead.

    Whether a lesson teaches before it asks is no secret to who gives it. How much is learnt without the prerequisites
    is chosen first, by likelihood on a part of the log and with one ``learn`` per skill and approach; then every item
    gets its own, drawn towards the shared one. To choose it takes few turns for each, begun where the one before ended;
    only the numbers of the chosen one are sought from several starting points.
    """
    few, curriculum = log.first(SELECTION), log.curriculum
    # the work is students times turns, as many as there may be; what has settled sooner jumps ahead
    part = len(few.items) / (len(few.items) + len(log.items))
    course, tries, losses = Course(few, LEAKS[0]), LEAKS if curriculum.prerequisites.any() else (), list[float]()
    numbers = course.usual
    for n, leak in enumerate(tries):
        numbers, loss = _alternate(course.with_leak(leak), None, numbers, seed, turns=TRIED)
        losses.append(loss)
        log.tell(part / 2 * (n + 1) / len(tries))
    leak = tries[int(np.argmin(losses))] if tries else LEAKS[0]
    begin, _ = _alternate(course.with_leak(leak), None, None, seed, lambda share: log.tell(part / 2 * (1 + share)))
    del course
    told, rest = Course(log, leak), (1 - part) / 2
    shared, _ = _alternate(told, None, begin, seed, lambda share: log.tell(part + rest * share))
    numbers, loss = _alternate(told, shared, shared, seed, lambda share: log.tell(part + rest + rest * share))
    return {**_arguments(numbers), "leak": leak, "learn_first": log.learn_first}, loss


class Course:
    """A course's log as sequences, one per student and skill, for a given ``leak``.

    Skills that stand in the same item, or in items that share one, are a group. Sequences are ordered by group, then by
    student: what is fitted to a group adds up in the order of students, and lies side by side in memory.
    """

    def __init__(self, log: CourseLog, leak: float) -> None:
        self.log, self.curriculum, self.leak, self.learn_first = log, log.curriculum, leak, log.learn_first
        c, n = self.curriculum, len(log.items)
        self.coupled = bool(c.prerequisites.any()) or c.item_skills.shape[1] > 1
        order, groups = _groups(c)
        self.links, self.first = pack_links(c), np.zeros((n, c.n_skills), np.int64)
        start, skill = np.empty(self.first.size + 1, np.int64), np.empty(self.first.size, np.int64)
        sequences = place(log.items, order, groups, self.links, self.first, start, skill)
        self.offsets, self.skill = start[: sequences + 1].copy(), skill[:sequences].copy()
        rows = int(self.offsets[-1])
        self.correct, self.item, self.days = np.empty(rows, np.int8), np.empty(rows, np.int64), np.empty(rows)
        lay_out(log.items, log.answers, log.day, self.links, self.first, self.correct, self.item, self.days)
        self.forgets = bool(self.days.any())

    def with_leak(self, leak: float) -> Course:
        """The same log for another ``leak``."""
        other = copy(self)
        other.leak = leak
        return other

    @property
    def usual(self) -> Parameters:
        """Numbers of items to begin with where nothing is known."""
        m, k = np.ones(self.curriculum.n_items), np.ones(self.curriculum.n_skills)
        return Parameters(0.5 * k, 0.2 * m, 0.2 * m, 0.1 * m, (0.01 if self.forgets else 0.0) * k)

    def sequences(self, kinds: Ints) -> Sequences:
        """The rows, nothing said of prerequisites and other skills; ``kinds`` (M,) share learn."""
        correct, emission, transition, days = self.correct, self.item, kinds[self.item], self.days
        every, ones = 1, np.ones(len(days))
        if self.learn_first:
            # one row that teaches and asks nothing, then one that asks and teaches nothing
            every = 2
            correct = np.stack([np.full_like(correct, -1), correct], axis=1).ravel()
            days = np.stack([days, np.zeros(len(days))], axis=1).ravel()
            emission, transition = self.doubled(emission), self.doubled(transition)
        return Sequences(
            offsets=every * self.offsets,
            skill=self.skill,
            count=np.ones(len(self.skill)),
            correct=correct,
            emission=emission,
            transition=transition,
            ready=ones,
            others=ones,
            days=days,
            n_skills=self.curriculum.n_skills,
            n_emissions=self.curriculum.n_items,
            n_transitions=int(kinds.max()) + 1,
        )

    def believing(self, data: Sequences, numbers: Parameters) -> Sequences:
        """The same rows with the chances that prerequisites and other skills are known, by these numbers."""
        ready, others, _ = self.follow(numbers)
        return self.with_beliefs(data, ready, others)

    def with_beliefs(self, data: Sequences, ready: Floats, others: Floats) -> Sequences:
        """The same rows with these chances that prerequisites and other skills are known, one for each lesson."""
        if self.learn_first:
            ready = np.stack([ready, np.zeros(len(ready))], axis=1).ravel()
        return replace(data, ready=ready, others=self.doubled(others))

    def doubled(self, rows: npt.NDArray[Value]) -> npt.NDArray[Value]:
        """What is said of every lesson, for the rows: two of each where a lesson teaches before it asks."""
        return np.repeat(rows, 2) if self.learn_first else rows

    def follow(self, numbers: Parameters) -> tuple[Floats, Floats, float]:
        """Run the tutor's own filter over the course.

        Returns:
            ready and others of every row, and the log-loss of the answers, each foretold one lesson ahead.
        """
        log, (lengths, gap) = self.log, self.log.lengths
        belief = BKTBelief(self.curriculum, **_arguments(numbers), leak=self.leak, learn_first=self.learn_first)
        ready, others = np.empty(len(self.item)), np.empty(len(self.item))
        loss = follow(
            log.items, log.answers, gap, lengths, belief.prior, belief.forget, belief.pack(), self.links,
            self.first, ready, others,
        )  # fmt: skip
        return ready, others, loss / max(int((log.answers >= 0).sum()), 1)


def _groups(curriculum: Curriculum) -> tuple[Ints, Ints]:
    """The skills group by group (K,), and where each group begins, and the end (G + 1,): see ``Course``."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    q = np.array(curriculum.q, np.int64)
    a, b = np.nonzero(q.T @ q)
    graph = coo_array((np.ones(len(a)), (a, b)), shape=(curriculum.n_skills, curriculum.n_skills))
    _, group = connected_components(graph, directed=False)
    return np.argsort(group, kind="stable").astype(np.int64), np.append(0, np.cumsum(np.bincount(group)))


def _arguments(numbers: Parameters) -> Numbers:
    names = ("prior", "learn", "guess", "slip", "forget")
    return dict(zip(names, numbers.arrays(), strict=True))


def _alternate(
    course: Course,
    anchor: Parameters | None,
    initial: Parameters | None,
    seed: int,
    tell: Callable[[float], None] = silent,
    turns: int = TURNS,
) -> tuple[Parameters, float]:
    """Filter and fit in turn until both agree: what is known of prerequisites depends on the numbers, and the reverse.

    Args:
        course: the log.
        anchor: numbers of items towards which ``learn`` of each is drawn; None: a skill and approach share one.
        initial: numbers of items to begin with; None: several starts.
        seed: of the starts.
        tell: told which share of the turns is done.
        turns: how many there may be.

    Returns:
        The numbers, one per item, and their log-loss.
    """
    c = course.curriculum
    pseudo = replace(BETA, learn=NONE.learn)
    kinds = np.arange(c.n_items)
    if anchor is None:
        pairs = np.stack([course.log.owners, c.approach])
        kinds = np.unique(pairs, axis=1, return_inverse=True)[1].ravel()
    else:
        pseudo = replace(pseudo, learn=SHRINK * np.stack([anchor.learn, 1 - anchor.learn], axis=1))
    numbers, data = initial or course.usual, course.sequences(kinds)
    starts = 3 if initial is None else 1
    for n in range(turns):
        tell(n / turns)
        done = fit(
            course.believing(data, numbers),
            starts=starts,
            seed=seed,
            pseudocounts=pseudo,
            forget=course.forgets,
            initial=replace(numbers, learn=np.bincount(kinds, numbers.learn) / np.bincount(kinds)),
            max_iterations=ITERATIONS if course.coupled else 1000,
        )
        found = _apart(replace(done.parameters, learn=done.parameters.learn[kinds]))
        previous, numbers = numbers, found
        moved = max(float(np.abs(a - b).max()) for a, b in zip(previous.arrays(), numbers.arrays(), strict=True))
        starts = 1
        if moved < SETTLED or not course.coupled:
            break
    tell(1.0)
    return numbers, course.follow(numbers)[2]


def _apart(numbers: Parameters) -> Parameters:
    """Guess + slip kept below 1, as a belief needs it: an item that says nothing says next to nothing."""
    total = numbers.guess + numbers.slip
    scale = np.where(total > 0.99, 0.99 / total, 1.0)
    return replace(numbers, guess=numbers.guess * scale, slip=numbers.slip * scale)


def marginal_prior(prior: npt.ArrayLike, curriculum: Curriculum) -> list[float]:
    """P(known at the start): the students' prior holds where all prerequisites are known."""
    marginal = np.array(np.broadcast_to(prior, curriculum.n_skills), np.float64)
    for k in curriculum.order:
        marginal[k] *= marginal[curriculum.prerequisites[k]].prod()
    return marginal.tolist()
