"""The belief of Bayesian knowledge tracing: every skill is known or not, and followed by itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from ...students.curriculum.curriculum import Curriculum
from ...students.jit import kernel
from ...students.model import FloatN, IntN, Outcome, StudentModel, allocate_outcome
from .base import LINKS, BeliefState, Floats, Ints, Numbers, pack_links
from .course import CourseLog, silent
from .em import BETA, NONE, Parameters, Sequences, fit
from .tracing import ITEMS, LEAK, LEARN_FIRST, TracingBelief, numbers_of

__all__ = ["BKTBelief"]

PASSES, ITERATIONS, SETTLED = 12, 40, 2e-3
"""Turns of filtering and fitting, EM passes in each, and the change of any number at which both agree."""
SHRINK = 20.0
"""How many observed chances to learn an item must have before its own ``learn`` outweighs the shared one."""
LEAKS = (0.0, 0.05, 0.1, 0.2, 0.4, 1.0)
SELECTION = 500


class BKTBelief(TracingBelief):
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

    Each of the numbers may be given as one number for all. Source: reference equations of BKT and, for item-level
    guess, slip and learn, Pardos & Heffernan 2011 (KT-IDEM).
    """

    kind = "bkt"
    local = True

    def prepare(self) -> None:
        """Lay out the record: nothing but the beliefs and their sum."""
        k = self.curriculum.n_skills
        self.dtype = np.dtype([("belief", np.float64, (k,)), ("total", np.float64)], align=True)
        self._packed, self._links = self.pack(), pack_links(self.curriculum)
        self._start = np.zeros(1, self.dtype)
        self._start["belief"], self._start["total"] = self.prior, self.prior.sum()

    @staticmethod
    def fit(log: CourseLog, *, seed: int) -> tuple[Numbers, float]:
        """Filter and EM in turn: what is known of prerequisites depends on the numbers, and the reverse."""
        return fit_tracing(log, seed)

    @staticmethod
    def from_student(student: StudentModel) -> Numbers | None:
        """The numbers of students who are as this belief thinks."""
        told = numbers_of(student)
        return told and {**told, "prior": _marginal(told["prior"], student.curriculum)}

    @property
    def update_kernel(self) -> tuple[Callable[..., None], Floats, Ints]:
        """The kernel that is all of ``update``, and what it takes beside records, items and outcome."""
        return _update, self._packed, self._links

    def update(self, state: BeliefState, items: IntN, out: Outcome) -> None:
        """Answer by Bayes' rule, then the chance of having learnt (or the other way round, ``learn_first``)."""
        _update(state.view(np.float64), items, out, self._packed, self._links)

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
    skills, width, n_parents = links[0], links[2], links[3]
    parents, leak, learn_first = LINKS + links[1] * width, numbers[LEAK], numbers[LEARN_FIRST] > 0.0
    alone, scratch = width == 1 and not learn_first, np.empty(width)
    for i in range(items.shape[0]):
        m = items[i]
        if m < 0:
            continue
        at, first, n = i * (skills + 1), LINKS + m * width, ITEMS + 3 * m
        learn, guess, slip = numbers[n], numbers[n + 1], numbers[n + 2]
        answered, correct, change = out[i]["answered"], out[i]["correct"], 0.0
        if alone:  # the usual case, without loops over the item's skills
            k, ready = links[first], 1.0
            for parent in range(parents + k * n_parents, parents + (k + 1) * n_parents):
                ready *= s[at + max(links[parent], 0)] if links[parent] >= 0 else 1.0
            before = s[at + k]
            after = before
            if answered:
                hit = np.float64(correct)
                if_known = slip + hit * (1.0 - 2.0 * slip)
                if_not = 1.0 - guess + hit * (2.0 * guess - 1.0)
                evidence = before * if_known + (1.0 - before) * if_not
                after = before * if_known / evidence if evidence > 0.0 else before
            after += (1.0 - after) * learn * (leak + (1.0 - leak) * ready)
            s[at + k] = after
            s[at + skills] += after - before
            continue
        for turn in range(2):
            if learn_first == (turn == 0):
                for slot in range(width):
                    k = links[first + slot]
                    if k < 0:
                        break
                    ready = 1.0
                    for parent in range(parents + k * n_parents, parents + (k + 1) * n_parents):
                        ready *= s[at + max(links[parent], 0)] if links[parent] >= 0 else 1.0
                    scratch[slot] = (1.0 - s[at + k]) * learn * (leak + (1.0 - leak) * ready)
                for slot in range(width):
                    if links[first + slot] >= 0:
                        s[at + links[first + slot]] += scratch[slot]
                        change += scratch[slot]
            elif answered:
                # P(answer | k known) = rest P(. | all known) + (1 - rest) P(. | guessing), rest: the other skills
                if_all = 1.0 - slip if correct else slip
                if_not = guess if correct else 1.0 - guess
                for slot in range(width):
                    scratch[slot] = s[at + links[first + slot]] if links[first + slot] >= 0 else 1.0
                for slot in range(width):
                    k = links[first + slot]
                    if k < 0:
                        break
                    rest = 1.0
                    for other in range(width):
                        if other != slot:
                            rest *= scratch[other]
                    if_known = rest * if_all + (1.0 - rest) * if_not
                    evidence = scratch[slot] * if_known + (1.0 - scratch[slot]) * if_not
                    if evidence > 0.0:
                        s[at + k] = scratch[slot] * if_known / evidence
                        change += s[at + k] - scratch[slot]
        s[at + skills] += change


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
        at, total = i * (n_skills + 1), 0.0
        for k in range(n_skills):
            s[at + k] *= keep[k]
            total += s[at + k]
        s[at + n_skills] = total


def fit_tracing(log: CourseLog, seed: int) -> tuple[Numbers, float]:
    """prior, learn, guess, slip, forget, leak and learn_first, and the log-loss of one answer ahead.

    Whether a lesson teaches before it asks is no secret to who gives it. How much is learnt without the prerequisites
    is chosen first, by likelihood on a part of the log and with one ``learn`` per skill and approach; then every item
    gets its own, drawn towards the shared one.
    """
    few, curriculum = log.first(SELECTION), log.curriculum
    leaks = LEAKS if curriculum.prerequisites.any() else LEAKS[:1]
    # the work is students times passes, as many as there may be; what has settled sooner jumps ahead
    part = len(leaks) * len(few.items) / (len(leaks) * len(few.items) + 2 * len(log.items))
    tried: list[tuple[Parameters, float]] = []
    for n, leak in enumerate(leaks):
        tried.append(_alternate(Course(few, leak), None, None, seed))
        log.tell(part * (n + 1) / len(leaks))
    best = int(np.argmin([loss for _, loss in tried]))
    told, rest = Course(log, leaks[best]), (1 - part) / 2
    shared, _ = _alternate(told, None, tried[best][0], seed, lambda share: log.tell(part + rest * share))
    numbers, loss = _alternate(told, shared, shared, seed, lambda share: log.tell(part + rest + rest * share))
    return {**_arguments(numbers), "leak": leaks[best], "learn_first": log.learn_first}, loss


class Course:
    """A course's log as sequences, one per student and skill, for a given ``leak``."""

    def __init__(self, log: CourseLog, leak: float) -> None:
        self.log, self.curriculum, self.leak, self.learn_first = log, log.curriculum, leak, log.learn_first
        curriculum = log.curriculum
        student, lesson = np.nonzero(log.items >= 0)
        items = log.items[student, lesson]
        slots = np.array(curriculum.item_skills)
        rows = [np.stack([student, lesson, items, np.full_like(items, s)]) for s in range(slots.shape[1])]
        student, lesson, items, slot = np.concatenate(rows, axis=1)
        skill = slots[items, slot]
        student, lesson, items, slot, skill = (a[skill >= 0] for a in (student, lesson, items, slot, skill))
        order = np.lexsort((lesson, skill, student))
        self.student, self.lesson, self.item = student[order], lesson[order], items[order]
        self.slot, self.skill = slot[order], skill[order]
        key = self.student * curriculum.n_skills + self.skill
        self.first = np.concatenate([[True], key[1:] != key[:-1]])
        day: Floats = log.day[self.lesson]
        self.days: Floats = np.where(self.first, day, np.diff(day, prepend=0.0)).astype(np.float64)
        self.forgets = bool(self.days.any())
        self.coupled = bool(curriculum.prerequisites.any()) or slots.shape[1] > 1

    def sequences(self, kinds: Ints, ready: Floats, others: Floats) -> Sequences:
        """The rows with these chances that prerequisites and other skills are known; ``kinds`` (M,) share learn."""
        correct = self.log.answers[self.student, self.lesson]
        emission, transition = self.item, kinds[self.item]
        starts, every = np.flatnonzero(self.first), 1
        days: Floats = self.days
        if self.learn_first:
            # one row that teaches and asks nothing, then one that asks and teaches nothing
            every = 2
            correct = np.stack([np.full_like(correct, -1), correct], axis=1).ravel()
            nothing = np.zeros(len(days))
            ready = np.stack([ready, nothing], axis=1).ravel()
            days = np.stack([days, nothing], axis=1).ravel()
            emission, transition, others = np.repeat(emission, 2), np.repeat(transition, 2), np.repeat(others, 2)
        return Sequences(
            offsets=every * np.append(starts, len(self.first)).astype(np.int64),
            skill=self.skill[starts].astype(np.int64),
            count=np.ones(len(starts)),
            correct=correct.astype(np.int8),
            emission=emission.astype(np.int64),
            transition=transition.astype(np.int64),
            ready=ready,
            others=others,
            days=days,
            n_skills=self.curriculum.n_skills,
            n_emissions=self.curriculum.n_items,
            n_transitions=int(kinds.max()) + 1,
        )

    def follow(self, numbers: Parameters) -> tuple[Floats, Floats, float]:
        """Run the tutor's own filter over the course.

        Returns:
            ready and others of every row, and the log-loss of the answers, each foretold one lesson ahead.
        """
        c, log = self.curriculum, self.log
        belief = BKTBelief(c, **_arguments(numbers), leak=self.leak, learn_first=self.learn_first)
        state, out = belief.allocate(len(log.items)), allocate_outcome(len(log.items))
        slots, parents = np.array(c.item_skills), np.array(c.parents)
        shape = (*log.items.shape, slots.shape[1])
        ready, others, loss = np.ones(shape), np.ones(shape), 0.0
        gaps = np.diff(log.day, prepend=0.0)
        for t in range(shape[1]):
            if gaps[t] > 0:
                belief.elapse(state, np.full(len(log.items), float(gaps[t]), np.float64))
            item, answer = log.items[:, t], log.answers[:, t]
            before = np.concatenate([state["belief"], np.ones((shape[0], 1))], axis=1)  # -1 means: nothing, so surely
            own = slots[item]
            gate = np.ones(own.shape)
            for column in parents.T:
                gate *= np.take_along_axis(before, np.where(own >= 0, column[own], -1), axis=1)
            ready[:, t] = self.leak + (1 - self.leak) * gate
            known = np.take_along_axis(before, own, axis=1)
            if self.learn_first:
                known = np.where(own >= 0, known + (1 - known) * ready[:, t] * numbers.learn[item][:, None], 1.0)
            for s in range(own.shape[1]):
                others[:, t, s] = np.delete(known, s, axis=1).prod(axis=1)
            p: Floats = numbers.guess[item] + (1 - numbers.guess[item] - numbers.slip[item]) * known.prod(axis=1)
            asked = (answer >= 0) & (item >= 0)
            loss -= np.log(np.where(answer == 1, p, 1 - p)[asked]).sum()
            out["answered"], out["correct"] = asked, answer == 1
            belief.update(state, item, out)
        cell = (self.student, self.lesson, self.slot)
        return ready[cell], others[cell], loss / max(int((log.answers >= 0).sum()), 1)


def _arguments(numbers: Parameters) -> dict[str, Floats]:
    names = ("prior", "learn", "guess", "slip", "forget")
    return dict(zip(names, numbers.arrays(), strict=True))


def _alternate(
    course: Course,
    anchor: Parameters | None,
    initial: Parameters | None,
    seed: int,
    tell: Callable[[float], None] = silent,
) -> tuple[Parameters, float]:
    """Filter and fit in turn until both agree: what is known of prerequisites depends on the numbers, and the reverse.

    Args:
        course: the log.
        anchor: numbers of items towards which ``learn`` of each is drawn; None: a skill and approach share one.
        initial: numbers of items to begin with; None: several starts.
        seed: of the starts.
        tell: told which share of the passes is done.

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
    rate = 0.01 if course.forgets else 0.0
    m = np.ones(c.n_items)
    usual = Parameters(np.full(c.n_skills, 0.5), 0.2 * m, 0.2 * m, 0.1 * m, np.full(c.n_skills, rate))
    numbers = initial or usual
    starts = 3 if initial is None else 1
    for n in range(PASSES):
        tell(n / PASSES)
        ready, others, _ = course.follow(numbers)
        done = fit(
            course.sequences(kinds, ready, others),
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
    return numbers, course.follow(numbers)[2]


def _apart(numbers: Parameters) -> Parameters:
    """Guess + slip kept below 1, as a belief needs it: an item that says nothing says next to nothing."""
    total = numbers.guess + numbers.slip
    scale = np.where(total > 0.99, 0.99 / total, 1.0)
    return replace(numbers, guess=numbers.guess * scale, slip=numbers.slip * scale)


def _marginal(prior: Any, curriculum: Curriculum) -> list[float]:
    """P(known at the start): the students' prior holds where all prerequisites are known."""
    marginal = np.array(np.broadcast_to(prior, curriculum.n_skills), np.float64)
    for k in curriculum.order:
        marginal[k] *= marginal[curriculum.prerequisites[k]].prod()
    return marginal.tolist()
