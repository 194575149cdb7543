"""Students with misconceptions as one would write them in plain Python, and what is to be believed of one of them.

The first is one student, one skill at a time. The second is the referee of the belief in them: every combination of
states of up to five skills, in NumPy. Small random worlds on which the belief is judged by it stand below.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from zpdgym.envs.beliefs.misconceptions import MisconceptionsBelief
from zpdgym.students.curriculum.curriculum import Curriculum
from zpdgym.students.model import allocate_outcome

from tests.reference.joint import divergence, random_world

Floats = npt.NDArray[np.float64]
APPROACHES = "practice", "example", "explanation", "guided"
EXAMPLE, EXPLANATION, GUIDED = 1, 2, 3
UNKNOWN, KNOWN = "unknown", "known"  # otherwise the number of a bug


class PlainMisconceptions:
    """Each skill is unknown, known, or has a bug; ``option`` is the last one chosen (-1: none)."""

    def __init__(self, model: Any) -> None:
        c = self.c = model.curriculum
        self.model, self.population, self.traits = model, model.population, model.traits
        self.prior, self.misconceived = model.prior.tolist(), model.misconceived.tolist()
        self.learn, self.catch = model.learn.tolist(), model.catch.tolist()
        self.slip, self.stray = model.slip.tolist(), model.stray.tolist()
        self.bugs, self.options = model.bugs, model.options
        self.sticky, self.refute, self.leak = model.sticky, model.refute, model.leak
        self.approaches, self.guided_refutes = model.approaches.tolist(), model.guided_refutes
        self.order, self.minutes, self.approach = c.order.tolist(), c.minutes.tolist(), c.approach.tolist()
        rank = {k: n for n, k in enumerate(self.order)}
        self.skills = [
            sorted((k for k in range(c.n_skills) if c.q[j, k]), key=rank.__getitem__) for j in range(c.n_items)
        ]
        self.parents = [[k for k in range(c.n_skills) if c.prerequisites[child, k]] for child in range(c.n_skills)]
        self.diagnostic = [[b + 1 for b in range(self.bugs) if model.diagnostic[j, b]] for j in range(c.n_items)]

    def reset(self, u: Any) -> None:
        split = self.population.draws(self.traits)
        _, deviates = self.population.sample(u[None, :split], self.traits)
        prior, self.z_learn, self.z_bug, self.z_slip = (math.exp(z) for z in deviates[0].tolist())
        self.mind: dict[int, Any] = {}
        for k in self.order:
            known, bug = self.split(self.prior[k], self.misconceived[k] / self.bugs, prior)
            draw = float(u[split + k])
            if draw < known:
                self.mind[k] = KNOWN if self.ready(k) else UNKNOWN
            elif draw < known + self.bugs * bug:
                self.mind[k] = 1 + int((draw - known) / bug)
            else:
                self.mind[k] = UNKNOWN

    def split(self, right: float, bug: float, z: float) -> tuple[float, float]:
        """Probabilities of the right way and of each bug, after multipliers on their odds."""
        rest = max(1.0 - right - self.bugs * bug, 1e-12)
        right, bug = right / rest * z, bug / rest * self.z_bug
        total = 1.0 + right + self.bugs * bug
        return right / total, bug / total

    def ready(self, k: int) -> bool:
        return all(self.mind[j] == KNOWN for j in self.parents[k])

    def erring(self, p: float) -> float:
        odds = p / (1.0 - p) * self.z_slip
        return odds / (1.0 + odds)

    def alone(self, k: int, factor: float) -> float:
        """Learning where no bug can be caught."""
        odds = self.learn[k] / (1.0 - self.learn[k]) * self.z_learn * factor
        return odds / (1.0 + odds)

    def p_options(self, item: int) -> list[float]:
        """Probability of every option."""
        after, sure = 0, 1.0
        for k in self.skills[item]:
            mind = self.mind[k]
            if mind == UNKNOWN:
                return [1.0 / self.options] * self.options
            if mind == KNOWN:
                sure *= 1.0 - self.erring(self.slip[k])
            elif mind in self.diagnostic[item]:
                after, sure = mind, 1.0 - self.erring(self.stray[k])
                break
            else:
                sure *= 1.0 - self.erring(self.stray[k])
        others = (1.0 - sure) / (self.options - 1)
        return [sure if option == after else others for option in range(self.options)]

    def p(self, item: int) -> float:
        return self.p_options(item)[0]

    def choose(self, item: int, draw: float) -> int:
        """The right option first, then the likeliest, then the others in their order."""
        p = self.p_options(item)
        likeliest = max(range(self.options), key=p.__getitem__)
        for option in dict.fromkeys([0, likeliest, *range(self.options)]):
            if draw < p[option]:
                return option
            draw -= p[option]
        return self.options - 1

    def step(self, item: int, u: Any) -> tuple[bool, bool, float]:
        asks = self.approach[item] not in (EXAMPLE, EXPLANATION)
        self.option = self.choose(item, u[0]) if asks else -1
        before = dict(self.mind)
        new, stuck = self.approaches[self.approach[item]]
        gates = {k: 1.0 if self.ready(k) else self.leak for k in self.skills[item]}
        for slot, k in enumerate(reversed(self.skills[item])):
            draw = u[1 + slot]
            if before[k] == UNKNOWN:
                right, bug = self.alone(k, new), 0.0
                if asks:
                    right, bug = self.split(self.learn[k], self.catch[k], self.z_learn * new)
                if draw < right * gates[k]:
                    self.mind[k] = KNOWN
                elif draw < right * gates[k] + self.bugs * bug:
                    self.mind[k] = 1 + int((draw - right * gates[k]) / bug)
            elif before[k] != KNOWN:
                leave = self.alone(k, stuck) * self.sticky
                if self.option == before[k] and before[k] in self.diagnostic[item]:
                    leave *= self.refute
                elif self.option > 0 and self.approach[item] == GUIDED:
                    leave *= 1.0 + self.guided_refutes * (self.refute - 1.0)
                if draw < min(leave, 1.0) * gates[k]:
                    self.mind[k] = KNOWN
        return asks, self.option == 0, self.minutes[item]

    def elapse(self, days: float, u: Any) -> None:
        """Nothing is forgotten."""

    def mastery(self) -> list[float]:
        return [1.0 if self.mind[k] == KNOWN else 0.0 for k in range(self.c.n_skills)]


class MindsJoint:
    """What is known of one student: axis k of ``p`` is skill k, 0 unknown, 1 right, b + 1 bug b."""

    def __init__(self, curriculum: Curriculum, numbers: dict[str, Any]) -> None:
        self.c, self.numbers = curriculum, numbers
        self.told = np.array(numbers["diagnostic"], bool)
        skills, self.states = curriculum.n_skills, self.told.shape[1] + 2
        self.mind = np.indices((self.states,) * skills)
        self.p = np.ones((self.states,) * skills)
        for k in range(skills):
            right = np.where(self.ready_where(k), numbers["prior"][k], 0.0)
            bug = numbers["misconceived"][k] / (self.states - 2)
            chances = [1.0 - right - numbers["misconceived"][k], right, *[bug + 0.0 * right] * (self.states - 2)]
            self.p = self.p * np.choose(self.mind[k], chances)
        rank = np.argsort(curriculum.order)
        self.basic_first = [sorted(np.flatnonzero(q), key=lambda k: rank[k]) for q in curriculum.q]

    def ready_where(self, k: int) -> npt.NDArray[np.bool_]:
        """Where all prerequisites of a skill are right."""
        return np.all(self.mind[self.c.prerequisites[k]] == 1, axis=0)

    def minds(self) -> Floats:
        """(K, S) the probability of every state of every skill."""
        return np.array([[self.p[one == v].sum() for v in range(self.states)] for one in self.mind])

    def ready(self) -> Floats:
        """(K,) P(all direct prerequisites known)."""
        return np.array([self.p[self.ready_where(k)].sum() for k in range(self.c.n_skills)])

    def open(self) -> Floats:
        """(K,) P(not known, and all direct prerequisites known)."""
        return np.array([self.p[self.ready_where(k) & (self.mind[k] != 1)].sum() for k in range(self.c.n_skills)])

    def options_where(self, m: int) -> Floats:
        """(O, ...) the probability of every option of an item, by combination."""
        n, options = self.numbers, self.numbers["options"]
        after, sure = np.zeros(self.p.shape, int), np.ones(self.p.shape)  # whose option is meant, and how surely
        decided = np.zeros(self.p.shape, bool)
        for k in self.basic_first[m]:
            mind = self.mind[k]
            telling = (mind > 1) & np.concatenate([[False, False], self.told[m]])[mind]
            one = np.where(mind == 1, 1.0 - n["slip"][k], 1.0 - n["stray"][k])
            one = np.where(mind == 0, 1.0 / options, one)
            now = ~decided & ((mind == 0) | telling)
            after = np.where(now & telling, mind - 1, np.where(now, 0, after))
            sure = np.where(now, one, np.where(decided, sure, sure * one))
            decided |= now
        others = (1.0 - sure) / (options - 1)
        return np.array([np.where(after == option, sure, others) for option in range(options)])

    def options(self, m: int) -> Floats:
        """(O,) how likely every option is, asked now."""
        return (self.options_where(m) * self.p).reshape(self.numbers["options"], -1).sum(axis=1)

    def lesson(self, m: int, option: int | None, *, hidden: bool = False) -> None:
        """One lesson with an item; None: without a question. ``hidden``: a wrong option is not told."""
        if option is None:
            self.p = self._learnt(self.p, m, None)
            return
        chances = self.options_where(m)
        wrong = range(1, self.numbers["options"])
        chosen = wrong if hidden and option else [option]
        p = sum((self._learnt(self.p * chances[one], m, one) for one in chosen), np.zeros(self.p.shape))
        self.p = p / p.sum()

    def rates(self, m: int, k: int, v: int, *, asks: bool) -> tuple[float, float]:
        """How likely a skill in state ``v`` becomes right by an item's approach, and how likely the unknown a bug."""
        n, approach = self.numbers, APPROACHES[self.c.approach[m]]
        factor = (n.get("approaches") or {}).get(approach, (1.0, 1.0))[int(v > 1)]
        learn, bugs = n["learn"][k], self.states - 2
        if v > 1 or not asks:
            odds = learn / (1.0 - learn) * factor
            return odds / (1.0 + odds) * (n["sticky"] if v > 1 else 1.0), 0.0
        rest = 1.0 - learn - bugs * n["catch"][k]
        total = rest + learn * factor + bugs * n["catch"][k]
        return learn * factor / total, n["catch"][k] / total

    def _learnt(self, p: Floats, m: int, option: int | None) -> Floats:
        n = self.numbers
        for k in reversed(self.basic_first[m]):  # children first: no door opens within the lesson
            gate = np.where(self.ready_where(k), 1.0, n["leak"])
            mind, new = self.mind[k], p.copy()
            for v in range(self.states):
                if v == 1:
                    continue
                rate, catch = self.rates(m, k, v, asks=option is not None)
                if v > 1 and option == v - 1 and self.told[m, v - 2]:
                    rate = min(rate * n["refute"], 1.0)
                elif v > 1 and option and self.c.approach[m] == GUIDED:
                    rate = min(rate * (1.0 + n.get("guided_refutes", 0.0) * (n["refute"] - 1.0)), 1.0)
                right = np.where(mind == v, p * gate * rate, 0.0)
                new += np.roll(right, 1 - v, axis=k) - right
                for b in range(2, self.states) if v == 0 and option is not None else ():
                    caught = np.where(mind == 0, p * catch, 0.0)
                    new += np.roll(caught, b, axis=k) - caught
            p = new
        return p


def random_minds(
    seed: int, n_skills: int, *, bugs: int, parents: int = 2, by_approach: bool = False
) -> tuple[Curriculum, dict[str, Any]]:
    """A world of ``random_world`` whose students have misconceptions, of which every item tells some.

    ``by_approach``: items are of any approach, and these teach in different ways.
    """
    c, numbers = random_world(seed, n_skills, parents=parents)
    rng = np.random.default_rng([11, seed, n_skills])
    different = dict[str, Any]()
    if by_approach:
        own = np.random.default_rng([12, seed, n_skills])
        c = replace(c, approach=own.integers(0, len(APPROACHES), c.n_items))
        factors = {name: np.exp(own.normal(0.0, 0.7, 2)).tolist() for name in APPROACHES}
        different = {"approaches": factors, "guided_refutes": float(own.uniform(0.2, 1.0))}
    return c, {
        **different,
        "prior": rng.uniform(0.1, 0.55, n_skills),
        "misconceived": rng.uniform(0.1, 0.45, n_skills),
        "learn": rng.uniform(0.05, 0.4, n_skills),
        "catch": rng.uniform(0.0, 0.15, n_skills) / bugs,
        "slip": rng.uniform(0.03, 0.2, n_skills),
        "stray": rng.uniform(0.03, 0.2, n_skills),
        "diagnostic": (rng.random((c.n_items, bugs)) < 0.6).astype(int),
        "options": int(rng.integers(bugs + 1, bugs + 4)),
        "sticky": float(rng.uniform(0.2, 0.8)),
        "refute": float(rng.uniform(1.0, 3.0)),
        "leak": numbers["leak"],
    }


class MindsJudged(NamedTuple):
    """Excess log-loss of P(known) in one world, in nats a skill and lesson, over its students and lessons.

    Attributes:
        seen: of the belief that reads options, above the joint that reads them.
        hidden: of the belief that reads right and wrong, above the joint that reads options.
        alike: of the latter belief above the joint that reads what it reads.
    """

    seen: float
    hidden: float
    alike: float


def follow_minds(seed: int, n_skills: int, *, bugs: int, parents: int, students: int, lessons: int) -> MindsJudged:
    """Teach students of a random world random items, and compare beliefs with joints after every lesson."""
    c, numbers = random_minds(seed, n_skills, bugs=bugs, parents=parents)
    beliefs = [MisconceptionsBelief(c, **numbers, options_seen=seen) for seen in (True, False)]
    rng, out, excess = np.random.default_rng([7, seed]), allocate_outcome(1), list[list[float]]()
    for _ in range(students):
        joint, blind = MindsJoint(c, numbers), MindsJoint(c, numbers)
        states = [belief.allocate(1) for belief in beliefs]
        for _ in range(lessons):
            m = int(rng.integers(c.n_items))
            option = int(rng.choice(numbers["options"], p=joint.options(m)))
            joint.lesson(m, option)
            blind.lesson(m, option, hidden=True)
            out["answered"], out["correct"], out["option"] = True, option == 0, option
            for belief, state in zip(beliefs, states, strict=True):
                belief.update(state, np.array([m]), out)
            true, seen = joint.minds()[:, 1], blind.minds()[:, 1]
            told, untold = (state["belief"][0] for state in states)
            excess.append([divergence(true, told), divergence(true, untold), divergence(seen, untold)])
    return MindsJudged(*np.mean(excess, axis=0).tolist())
