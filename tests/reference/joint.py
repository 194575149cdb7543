"""The referee of beliefs in skills that are known or not: every combination of known skills, in NumPy, one student.

Up to 14 skills. It says nothing of how a belief is made: the equations of ``BKTBelief`` and ``ExactBelief`` over 2^K
combinations, and what can be read off them. Small random worlds on which beliefs are judged by it stand below.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from zpdgym.envs.beliefs.base import Believed
from zpdgym.envs.beliefs.bkt import BKTBelief
from zpdgym.envs.beliefs.graph import GraphBelief
from zpdgym.students.curriculum.curriculum import Curriculum
from zpdgym.students.model import allocate_outcome

Floats = npt.NDArray[np.float64]


@dataclass
class Joint:
    """What is known of one student.

    Args:
        curriculum: what is taught; at most 14 skills.
        numbers: prior (given all prerequisites) (K,), learn, guess, slip (M,), forget (K,), leak, learn_first.
    """

    curriculum: Curriculum
    numbers: dict[str, Any]
    p: Floats = field(init=False)

    def __post_init__(self) -> None:
        """Lay out the combinations: axis k of ``p`` is skill k, 0 unknown and 1 known."""
        c, skills = self.curriculum, self.curriculum.n_skills
        self.numbers = {"forget": 0.0, "leak": 0.0, "learn_first": False, **self.numbers}
        for name, size in (
            ("prior", skills),
            ("forget", skills),
            *((n, c.n_items) for n in ("learn", "guess", "slip")),
        ):
            self.numbers[name] = np.broadcast_to(np.asarray(self.numbers[name], float), size)
        known = np.indices((2,) * skills).astype(bool)
        self.known, self.p = known, np.ones((2,) * skills)
        for k in range(skills):
            chance = np.where(self._all(c.prerequisites[k]), self.numbers["prior"][k], 0.0)
            self.p = self.p * np.where(known[k], chance, 1.0 - chance)
        self.rank = np.argsort(c.order)

    def _all(self, skills: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
        """Where all of these skills are known."""
        return np.all(self.known[skills], axis=0)

    def marginal(self) -> Floats:
        """(K,) P(known)."""
        return np.array([self.p[self.known[k]].sum() for k in range(self.curriculum.n_skills)])

    def ready(self) -> Floats:
        """(K,) P(all direct prerequisites known)."""
        return np.array([self.p[self._all(row)].sum() for row in self.curriculum.prerequisites])

    def open(self) -> Floats:
        """(K,) P(not known, and all direct prerequisites known)."""
        rows = enumerate(self.curriculum.prerequisites)
        return np.array([self.p[self._all(row) & ~self.known[k]].sum() for k, row in rows])

    def right(self, m: int) -> float:
        """P(right answer to item m), asked now."""
        known = self.p[self._all(self.curriculum.q[m])].sum()
        guess, slip = self.numbers["guess"][m], self.numbers["slip"][m]
        return float(guess + (1.0 - guess - slip) * known)

    def right_in_lesson(self, m: int) -> float:
        """P(right answer) in a lesson with item m, which may teach before it asks."""
        if not self.numbers["learn_first"]:
            return self.right(m)
        before, self.p = self.p, self._learnt(m)
        right, self.p = self.right(m), before
        return right

    def gain(self, m: int) -> float:
        """What one lesson with item m adds to the expected number of known skills."""
        after = self._learnt(m)
        return float(sum(after[self.known[k]].sum() - self.p[self.known[k]].sum() for k in range(len(self.known))))

    def _learnt(self, m: int) -> Floats:
        p = self.p
        own = np.flatnonzero(self.curriculum.q[m])
        for k in own[np.argsort(-self.rank[own])]:  # children first: no door opens within the lesson
            ready = self._all(self.curriculum.prerequisites[k])
            moved = np.where(self.known[k], 0.0, p * self.numbers["learn"][m])
            moved = np.where(ready, moved, moved * self.numbers["leak"])
            p = p - moved + np.roll(moved, 1, axis=k)
        return p

    def _answered(self, m: int, correct: bool) -> None:
        able = self._all(self.curriculum.q[m])
        right = np.where(able, 1.0 - self.numbers["slip"][m], self.numbers["guess"][m])
        p = self.p * (right if correct else 1.0 - right)
        if p.sum() > 0.0:
            self.p = p / p.sum()

    def lesson(self, m: int, correct: bool | None) -> None:
        """One lesson with item m; None: without an answer."""
        if self.numbers["learn_first"]:
            self.p = self._learnt(m)
        if correct is not None:
            self._answered(m, correct)
        if not self.numbers["learn_first"]:
            self.p = self._learnt(m)

    def days(self, days: float) -> None:
        """Days pass: each skill is forgotten by itself."""
        for k in range(len(self.known)):
            lost = np.where(self.known[k], self.p * (1.0 - np.exp(-self.numbers["forget"][k] * days)), 0.0)
            self.p = self.p - lost + np.roll(lost, 1, axis=k)


def density(x: float, mean: float, variance: float) -> float:
    return math.exp(-0.5 * (x - mean) ** 2 / variance) / math.sqrt(variance)


@dataclass
class CluedJoint(Joint):
    """What is known of one student, who reports minutes and hints; items ask before they teach.

    Args:
        minutes, hints: as the belief takes them, or None.
    """

    minutes: dict[str, Any] | None = None
    hints: Any = None
    longer: float = 0.0
    lessons: float = 0.0

    def event(self, m: int, correct: bool, minutes: float, hints: int) -> list[float]:
        """How likely answer, time and hints are if not all skills of the item are known, and if they are."""
        a, told = int(correct), self.minutes
        guess, slip = self.numbers["guess"][m], self.numbers["slip"][m]
        answer = [guess, 1.0 - slip] if correct else [1.0 - guess, slip]
        if told is not None and hints == 0:
            noise, spread = float(np.mean(np.square(told["sd"]))), told["pace"] ** 2
            slow = spread * self.longer / (spread * self.lessons + noise)
            doubt = spread * noise / (spread * self.lessons + noise)
            y = math.log(minutes)
            x = y - math.log(float(self.curriculum.minutes[m])) - slow
            guessed = min(told["rapid"][a], *answer)
            rapid = guessed * density(y, told["rapid_mean"], told["rapid_sd"] ** 2)
            looked = [
                (answer[k] - guessed) * density(x, told["mean"][k][a], told["sd"][k][a] ** 2 + doubt) for k in (0, 1)
            ]
            known = float(np.prod([self.p[self.known[k]].sum() for k in np.flatnonzero(self.curriculum.q[m])]))
            prior = [1.0 - known, known]
            total = sum(prior[k] * (looked[k] + rapid) for k in (0, 1))
            weight = 1.0 - rapid / total
            expected = sum(prior[k] * (looked[k] + rapid) / total * told["mean"][k][a] for k in (0, 1))
            self.longer, self.lessons = self.longer + weight * (x + slow - expected), self.lessons + weight
            answer = [part + rapid for part in looked]
        if self.hints is not None:
            answer = [answer[k] * self.hints[k][a][min(hints, 3)] for k in (0, 1)]
        return answer

    def report(self, m: int, correct: bool, minutes: float, hints: int) -> None:
        """One lesson with item m."""
        no, yes = self.event(m, correct, minutes, hints)
        p = self.p * np.where(self._all(self.curriculum.q[m]), yes, no)
        self.p = p / p.sum()
        self.p = self._learnt(m)


def random_world(seed: int, n_skills: int, *, parents: int = 2) -> tuple[Curriculum, dict[str, Any]]:
    """A curriculum with up to ``parents`` prerequisites a skill, one item a skill and some of two, and its numbers.

    Half of the worlds leak (learning without the prerequisites), two in three forget; in one of four a lesson teaches
    before it asks.
    """
    rng = np.random.default_rng([seed, n_skills])
    prerequisites = np.zeros((n_skills, n_skills), bool)
    for k in range(1, n_skills):
        size = int(rng.integers(0, min(parents, k) + 1))
        prerequisites[k, rng.choice(k, size, replace=False)] = True
    pairs = [rng.choice(n_skills, 2, replace=False) for _ in range(n_skills // 3)]
    q = np.concatenate([np.eye(n_skills, dtype=bool), *[np.isin(np.arange(n_skills), pair)[None] for pair in pairs]])
    n_items = len(q)
    curriculum = Curriculum(
        name=f"world {seed}",
        skills=tuple(f"skill {k}" for k in range(n_skills)),
        items=tuple(f"item {m}" for m in range(n_items)),
        q=q,
        prerequisites=prerequisites,
        difficulty=np.zeros(n_items),
        minutes=np.ones(n_items),
        approach=np.zeros(n_items, np.int64),
    )
    numbers = {
        "prior": rng.uniform(0.2, 0.8, n_skills),
        "learn": rng.uniform(0.05, 0.4, n_items),
        "guess": rng.uniform(0.05, 0.3, n_items),
        "slip": rng.uniform(0.03, 0.2, n_items),
        "forget": rng.uniform(0.0, 0.05, n_skills) if rng.random() < 2 / 3 else 0.0,
        "leak": float(rng.uniform(0.02, 0.3)) if rng.random() < 0.5 else 0.0,
        "learn_first": bool(rng.random() < 0.25),
    }
    return curriculum, numbers


class Judged(NamedTuple):
    """How far beliefs were from the joint in one world, over its students and lessons.

    Attributes:
        excess: of the graph belief and of the factored one, the log-loss of P(known) above that of the joint, in nats
            a skill and lesson.
        gain_error: of the graph belief, the sum of the errors of expected gains over the sum of the gains.
        factored_gain_error: the same of the factored belief.
        right_error: of the graph belief, the mean error of the chance of a right answer.
        size: combinations that it keeps.
    """

    excess: tuple[float, float]
    gain_error: float
    factored_gain_error: float
    right_error: float
    size: int


def follow(seed: int, n_skills: int, *, parents: int, students: int, lessons: int) -> Judged:
    """Teach students of a random world random items, and compare three beliefs in them after every lesson."""
    c, numbers = random_world(seed, n_skills, parents=parents)
    marginal = np.array(numbers["prior"])
    for k in c.order:
        marginal[k] *= marginal[c.prerequisites[k]].prod()
    beliefs = GraphBelief(c, **numbers), BKTBelief(c, **{**numbers, "prior": marginal})
    rng, out = np.random.default_rng([7, seed]), allocate_outcome(1)
    excess, gains, errors, wrong = list[Floats](), 0.0, np.zeros(2), list[float]()
    for _ in range(students):
        joint, states = Joint(c, numbers), [belief.allocate(1) for belief in beliefs]
        for lesson in range(lessons):
            item = int(rng.integers(c.n_items))
            correct = bool(rng.random() < joint.right_in_lesson(item))
            joint.lesson(item, correct)
            out["answered"], out["correct"], days = True, correct, np.zeros(1)
            if lesson % 10 == 9:
                days[0] = rng.integers(1, 8)
                joint.days(days[0])
            for belief, state in zip(beliefs, states, strict=True):
                belief.update(state, np.array([item]), out)
                belief.elapse(state, days)
            excess.append(np.array([divergence(joint.marginal(), state["belief"][0]) for state in states]))
            if lesson % 5 == 2:
                gain = np.array([joint.gain(m) for m in range(c.n_items)])
                found = (
                    beliefs[0].expected_gain(Believed.of(states[0]))[0],
                    beliefs[1].expected_gain(states[1]["belief"])[0],
                )
                gains += gain.sum()
                errors += [np.abs(one - gain).sum() for one in found]
                right = np.array([joint.right(m) for m in range(c.n_items)])
                wrong.append(np.abs(beliefs[0].p_correct(Believed.of(states[0]))[0] - right).mean())
    graph, factored = np.mean(excess, axis=0).tolist()
    one, other = (errors / gains).tolist()
    return Judged((graph, factored), one, other, float(np.mean(wrong)), beliefs[0].tree.size)


def divergence(truth: Floats, believed: Floats) -> float:
    """The expected log-loss of P(known) above that of the right one, in nats a skill."""
    q = np.clip(believed, 1e-12, 1 - 1e-12)
    known = np.where(truth > 0, truth * np.log(np.maximum(truth, 1e-300) / q), 0.0)
    not_ = np.where(truth < 1, (1 - truth) * np.log(np.maximum(1 - truth, 1e-300) / (1 - q)), 0.0)
    return float((known + not_).mean())
