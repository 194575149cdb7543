"""The tutor's belief, fitted to a log of a scenario's own students: what a real tutor could know, and no more.

``python -m zpdgym.envs.beliefs.fitting Algebra-v0`` writes configs/scenario/Algebra-v0.belief.json again.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ...students.draws import LESSON, RESET, REST, draw, spawn_seed
from ...students.model import allocate_outcome
from .elo_fit import fit_elo
from .em import BETA, NONE, Floats, Ints, Parameters, Sequences, fit
from .memory_fit import fit_memory

if TYPE_CHECKING:
    from ...students.curriculum.curriculum import Curriculum
    from ..scenario import Scenario

__all__ = ["fit_belief"]

FIRST_PASS, REVIEW = 12, 4
"""Lessons on every skill in the first pass, and in the review pass when all skills are through; more items, more."""
PASSES, ITERATIONS, SETTLED = 12, 40, 2e-3
"""Turns of filtering and fitting, EM passes in each, and the change of any number at which both agree."""
SHRINK = 20.0
"""How many observed chances to learn an item must have before its own ``learn`` outweighs the shared one."""
LEAKS = (0.0, 0.05, 0.1, 0.2, 0.4, 1.0)
SELECTION = 500


@dataclass(frozen=True)
class CourseLog:
    """What a tutor saw of N students who all took the same course of T lessons.

    Attributes:
        items: (N, T) int64, -1 after a student has quit.
        answers: (N, T) int8: 1 right, 0 wrong, -1 nothing was asked (or nobody was there).
        day: (T,) float64, when each lesson was.
    """

    items: Ints
    answers: npt.NDArray[np.int8]
    day: Floats

    def first(self, n: int) -> CourseLog:
        """The first ``n`` students."""
        return CourseLog(self.items[:n], self.answers[:n], self.day)


def fit_belief(scenario: Scenario, *, n_students: int = 4000, seed: int = 0) -> dict[str, Any]:
    """Fit the scenario's kind of belief to a simulated log of its students, taught in plain order.

    Args:
        scenario: whose students, curriculum and schedule; its own belief is not used.
        n_students: N, how many students the log has.
        seed: which students; unrelated to all cohorts of experiments.

    Returns:
        The arguments of ``zpdgym.envs.build_belief`` as plain lists, and under ``about`` where they come from.
    """
    log = course_log(scenario, n_students=n_students, seed=seed)
    kind = str(scenario.sections["belief"].get("kind", "bkt"))
    if kind == "elo":
        numbers, loss = fit_elo(log, scenario.curriculum, _owners(scenario.curriculum))
    elif kind in ("half_life", "fsrs"):
        numbers, loss = fit_memory(kind, log, scenario.curriculum, _owners(scenario.curriculum))
    else:
        numbers, loss = _fit_tracing(log, scenario.curriculum, "learn_then_answer" in scenario.student.invariants, seed)
    if kind == "exact":
        numbers["prior"] = _given_parents(numbers["prior"], scenario.curriculum)
    rounded = {k: v if isinstance(v, bool) else np.round(v, 5).tolist() for k, v in numbers.items()}
    about = {
        "made_by": f"python -m zpdgym.envs.beliefs.fitting {scenario.name}",
        "log": "simulated students of this scenario, taught in plain order with a review pass",
        "students": n_students,
        "lessons": log.items.shape[1],
        "answers": int((log.answers >= 0).sum()),
        "seed": seed,
        "log_loss": round(loss, 5),
    }
    return {"kind": kind, **rounded, "about": about}


def course(curriculum: Curriculum, n_students: int) -> Ints:
    """The plain order: every skill in curriculum order through all its items, then the same once more for review.

    An item of several skills comes with the last of them. Within a skill the items come in mixed order, each once
    before any comes again, and for each student in another: only so can a log tell what each item teaches.

    Returns:
        (N, T) items; more students leave the first as they are.
    """
    owners, blocks = _owners(curriculum), []
    for review, least in enumerate((FIRST_PASS, REVIEW)):
        for k in curriculum.order:
            own = np.flatnonzero(owners == k)
            if len(own):
                length = max(least, len(own))
                cycles = -(-length // len(own))
                mixed = np.random.default_rng([review, int(k)]).random((n_students, cycles, len(own))).argsort(axis=2)
                blocks.append(own[mixed].reshape(n_students, -1)[:, :length])
    return np.concatenate(blocks, axis=1).astype(np.int64)


def course_log(scenario: Scenario, *, n_students: int, seed: int) -> CourseLog:
    """Teach the plain order to students of this scenario, in its rhythm of sessions, for as long as the order takes."""
    model, curriculum = scenario.student, scenario.curriculum
    who = np.arange(n_students, dtype=np.int64)
    items = course(curriculum, n_students)
    n_lessons = items.shape[1]
    gaps = _gaps(scenario, n_lessons)
    luck = spawn_seed(seed, "belief")

    def uniforms(stream: int, lesson: int, count: int) -> Floats:
        when = np.full(n_students, lesson, np.int64)
        return draw(luck, stream=stream, students=who, episodes=np.zeros_like(who), lessons=when, count=count)

    state, out = model.allocate(n_students), allocate_outcome(n_students)
    model.reset(state, who, uniforms(RESET, 0, model.reset_draws))
    answers = np.full(items.shape, -1, np.int8)
    gone = np.zeros(n_students, bool)
    for t in range(n_lessons):
        if gaps[t] > 0:
            model.elapse(state, np.full(n_students, gaps[t]), uniforms(REST, t, model.rest_draws))
        items[gone, t] = -1
        model.step(state, items[:, t], uniforms(LESSON, t, model.lesson_draws), out)
        answers[:, t] = np.where(out["answered"], out["correct"], -1)
        gone |= out["quit"]
    return CourseLog(items, answers, np.cumsum(gaps))


def _gaps(scenario: Scenario, n_lessons: int) -> Floats:
    """(T,) days before each lesson, in the scenario's rhythm; a course of one session rests before its review."""
    schedule, curriculum = scenario.schedule, scenario.curriculum
    gaps = np.zeros(n_lessons)
    if schedule.sessions == 1:
        review = sum(max(REVIEW, n) for n in np.bincount(_owners(curriculum)).tolist() if n)
        gaps[n_lessons - review] = schedule.retention_days
        return gaps
    per = schedule.session_lessons or max(1, round(schedule.session_minutes / float(curriculum.minutes.mean())))
    starts = np.arange(per, n_lessons, per)
    gaps[starts] = np.resize(schedule.days_between, len(starts))
    return gaps


def _fit_tracing(log: CourseLog, curriculum: Curriculum, learn_first: bool, seed: int) -> tuple[dict[str, Any], float]:
    """prior, learn, guess, slip, forget, leak and learn_first, and the log-loss of one answer ahead.

    Whether a lesson teaches before it asks is no secret to who gives it. How much is learnt without the prerequisites
    is chosen first, by likelihood on a part of the log and with one ``learn`` per skill and approach; then every item
    gets its own, drawn towards the shared one.
    """
    few = log.first(SELECTION)
    leaks = LEAKS if curriculum.prerequisites.any() else LEAKS[:1]
    tried = [_alternate(_Course(few, curriculum, leak, learn_first), None, None, seed) for leak in leaks]
    best = int(np.argmin([loss for _, loss in tried]))
    told = _Course(log, curriculum, leaks[best], learn_first)
    shared, _ = _alternate(told, None, tried[best][0], seed)
    numbers, loss = _alternate(told, shared, shared, seed)
    return {**_arguments(numbers), "leak": leaks[best], "learn_first": learn_first}, loss


class _Course:
    """A course's log as sequences, one per student and skill, for given ``leak`` and ``learn_first``."""

    def __init__(self, log: CourseLog, curriculum: Curriculum, leak: float, learn_first: bool) -> None:
        self.log, self.curriculum, self.leak, self.learn_first = log, curriculum, leak, learn_first
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
        from .bkt import BKTBelief

        c, log = self.curriculum, self.log
        belief = BKTBelief(c, **_arguments(numbers), leak=self.leak, learn_first=self.learn_first)
        state, out = belief.allocate(len(log.items)), allocate_outcome(len(log.items))
        slots, parents = np.array(c.item_skills), np.array(c.parents)
        shape = (*log.items.shape, slots.shape[1])
        ready, others, loss = np.ones(shape), np.ones(shape), 0.0
        gaps = np.diff(log.day, prepend=0.0)
        for t in range(shape[1]):
            if gaps[t] > 0:
                belief.elapse(state, np.full(shape[0], gaps[t]))
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
            p = numbers.guess[item] + (1 - numbers.guess[item] - numbers.slip[item]) * known.prod(axis=1)
            asked = (answer >= 0) & (item >= 0)
            loss -= np.log(np.where(answer == 1, p, 1 - p)[asked]).sum()
            out["answered"], out["correct"] = asked, answer == 1
            belief.update(state, item, out)
        cell = (self.student, self.lesson, self.slot)
        return ready[cell], others[cell], loss / max(int((log.answers >= 0).sum()), 1)


def _given_parents(prior: Floats, curriculum: Curriculum) -> Floats:
    """P(known at the start, all prerequisites known) from P(known at the start): prerequisites as if independent."""
    parents = np.where(curriculum.prerequisites, prior, 1.0).prod(axis=1)
    return np.clip(prior / parents, 0.001, 0.999)


def _owners(curriculum: Curriculum) -> Ints:
    """(M,) the skill that each item comes with: the last of its skills in curriculum order."""
    rank = np.argsort(curriculum.order)
    return np.where(curriculum.q, rank, -1).argmax(axis=1).astype(np.int64)


def _arguments(numbers: Parameters) -> dict[str, Floats]:
    names = ("prior", "learn", "guess", "slip", "forget")
    return dict(zip(names, numbers.arrays(), strict=True))


def _alternate(
    course: _Course, anchor: Parameters | None, initial: Parameters | None, seed: int
) -> tuple[Parameters, float]:
    """Filter and fit in turn until both agree: what is known of prerequisites depends on the numbers, and the reverse.

    Args:
        course: the log.
        anchor: numbers of items towards which ``learn`` of each is drawn; None: a skill and approach share one.
        initial: numbers of items to begin with; None: several starts.
        seed: of the starts.

    Returns:
        The numbers, one per item, and their log-loss.
    """
    c = course.curriculum
    pseudo = replace(BETA, learn=NONE.learn)
    kinds = np.arange(c.n_items)
    if anchor is None:
        pairs = np.stack([_owners(c), c.approach])
        kinds = np.unique(pairs, axis=1, return_inverse=True)[1].ravel()
    else:
        pseudo = replace(pseudo, learn=SHRINK * np.stack([anchor.learn, 1 - anchor.learn], axis=1))
    rate = 0.01 if course.forgets else 0.0
    m = np.ones(c.n_items)
    usual = Parameters(np.full(c.n_skills, 0.5), 0.2 * m, 0.2 * m, 0.1 * m, np.full(c.n_skills, rate))
    numbers = initial or usual
    starts = 3 if initial is None else 1
    for _ in range(PASSES):
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


def main(names: Sequence[str]) -> None:
    """Write configs/scenario/<name>.belief.json of the scenarios named."""
    from ...configs.build import CONFIGS
    from ...experiments.store.runs import write_bytes
    from ..scenario import Scenario

    for name in names:
        scenario = Scenario.load(name)
        belief = fit_belief(scenario)
        path = CONFIGS / "scenario" / f"{scenario.name}.belief.json"
        lines = [f" {json.dumps(key)}: {json.dumps(value)}" for key, value in belief.items()]
        write_bytes(path, ("{\n" + ",\n".join(lines) + "\n}\n").encode())
        print(f"{path.name}: log-loss {belief['about']['log_loss']} over {belief['about']['answers']:,} answers")


if __name__ == "__main__":
    main(sys.argv[1:])
