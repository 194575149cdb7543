"""The Elo belief: a running estimate of ability per skill, for students whose skills are a matter of degree."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
from zpdgym.errors import Violations

from ...students.curriculum.curriculum import APPROACHES, Curriculum
from ...students.jit import Truth, Whole, inline, kernel
from ...students.model import FloatN, FloatNK, FloatNM, IntN, Outcome
from .base import LINKS, Alike, BeliefState, Believed, Floats, Ints, Simulation, marginal, pack_links, vector
from .course import CourseLog
from .search import STUDENTS, Losses, seek

__all__ = ["EloBelief"]

LIMIT = 30.0  # logits; keeps abilities finite
LEAST = 1e-12  # a belief's distance from 0 and 1 on the scale of logits
CONSTANTS, PER_ITEM = 5, 4  # of the packed numbers: alpha, beta, guess, leak, reference; then ``ITEM`` of every item

ITEM = np.dtype(
    [("difficulty", np.float64), ("learn", np.float64), ("centre", np.float64), ("narrow", np.float64)], align=True
)


class EloBelief(Alike):
    """Elo's rule (Pelánek 2016): after each answer the ability moves by U(n) times the surprise, U(n) = a / (1 + b n).

    Added to it: every lesson is expected to teach (``learn``, most at ``centre`` logits above the ability), gated by
    the beliefs in the prerequisites, and abilities sink back over days. The belief is the chance of a right answer to
    the skill's reference item, without guessing.

    Args:
        curriculum: what is taught.
        prior: (K,) ability at the start, logits.
        learn: (4,) by approach: logits gained by a lesson at the best difficulty.
        alpha: the step U(0), in logits.
        beta: how fast the step shrinks with the number of answers.
        centre: (4,) by approach: the best difficulty, in logits above the ability.
        width: (4,) by approach: distance in logits at which exp(-1/2) of the gain is left; large: any difficulty does.
        help: (4,) by approach: logits by which an item is easier than its difficulty says.
        guess: P(right answer without any ability).
        forget: (K,) rate per day at which an ability above its start sinks back to it.
        leak: the share of ``learn`` that is left when a prerequisite is not there.
        reference: difficulty of the reference item, logits.
    """

    kind = "elo"
    local = True

    def __init__(
        self,
        curriculum: Curriculum,
        *,
        prior: Any,
        learn: Any,
        alpha: float = 1.0,
        beta: float = 0.05,
        centre: Any = 0.0,
        width: Any = 100.0,
        help: Any = 0.0,
        guess: float = 0.0,
        forget: Any = 0.0,
        leak: float = 0.0,
        reference: float = 0.0,
    ) -> None:
        k, kinds, wrong = curriculum.n_skills, len(APPROACHES), Violations("belief")
        self.curriculum = curriculum
        self.prior = vector(prior, k, "prior", -10.0, 10.0, wrong)
        self.forget = vector(forget, k, "forget", 0.0, 100.0, wrong)
        self.learn = vector(learn, kinds, "learn", 0.0, 10.0, wrong)
        self.centre = vector(centre, kinds, "centre", -10.0, 10.0, wrong)
        self.width = vector(width, kinds, "width", 0.05, 1000.0, wrong)
        self.help = vector(help, kinds, "help", -10.0, 10.0, wrong)
        top = {"alpha": 10.0, "beta": 10.0, "guess": 0.9, "leak": 1.0, "reference": 10.0}
        given = {"alpha": alpha, "beta": beta, "guess": guess, "leak": leak, "reference": reference}
        low = {"reference": -10.0}
        numbers = [float(vector(given[n], 1, n, low.get(n, 0.0), top[n], wrong)[0]) for n in given]
        wrong.raise_any()
        self.alpha, self.beta, self.guess, self.leak, self.reference = numbers
        self.items = np.zeros(curriculum.n_items, ITEM)
        self.items["difficulty"] = curriculum.difficulty - self.help[curriculum.approach]
        self.items["learn"] = self.learn[curriculum.approach]
        self.items["centre"] = curriculum.difficulty - self.centre[curriculum.approach]
        self.items["narrow"] = 1.0 / self.width[curriculum.approach]
        self.dtype = np.dtype(
            [
                ("belief", np.float64, (k,)),
                ("total", np.float64),
                ("ability", np.float64, (k,)),
                ("answers", np.float64, (k,)),
            ]
        )
        self._links = pack_links(curriculum)
        self._packed = np.concatenate([numbers, self.items.view(np.float64)])
        self._fading = np.concatenate([self.prior, self.forget, [self.reference]])
        self._start = np.zeros(1, self.dtype)
        self._start["ability"] = self.prior
        self._start["belief"] = self._chance(self.prior)
        self._start["total"] = self._start["belief"].sum()

    def _chance(self, ability: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return 1.0 / (1.0 + np.exp(self.reference - ability))

    def _ability(self, belief: FloatNK) -> FloatNK:
        inside = np.clip(belief, LEAST, 1 - LEAST)
        return np.log(inside / (1 - inside)) + self.reference

    @staticmethod
    def fit(log: CourseLog, *, seed: int) -> tuple[dict[str, Any], float]:
        """The numbers that foretell each answer best, one lesson ahead; there is one starting point."""
        return _fit(log)

    @property
    def update_kernel(self) -> tuple[Callable[..., None], Floats, Ints]:
        """The kernel that is all of ``update``, and what it takes beside records, items and outcome."""
        return _elo_update, self._packed, self._links

    def update(self, state: BeliefState, items: IntN, out: Outcome) -> None:
        """Elo's step for an answer, then the expected learning."""
        _elo_update(state.view(np.float64), items, out, self._packed, self._links)

    @property
    def elapse_kernel(self) -> tuple[Callable[..., None], Floats]:
        """The kernel that is all of ``elapse``, and what it takes beside records and days."""
        return _elo_elapse, self._fading

    def elapse(self, state: BeliefState, days: FloatN) -> None:
        """Abilities above their start sink back to it."""
        _elo_elapse(state.view(np.float64), days, self._fading)

    def foretold(self, log: CourseLog) -> Floats:
        """(K,) the mean log-loss of the answers of a log, each foretold one lesson ahead: every skill's part of it."""
        pieces = [log] if len(log.items) <= STUDENTS else log.pieces(STUDENTS)  # room for these, not for all
        return sum(map(self._losses, pieces), np.zeros(self.curriculum.n_skills)) / max(
            int((log.answers >= 0).sum()), 1
        )

    def _losses(self, log: CourseLog) -> Floats:
        """(K,) each skill's part of the log-loss of all answers."""
        (lengths, gap), (cell, item, correct, lesson) = log.lengths, log.asked
        means, k = np.zeros((len(gap), len(log.items))), self.curriculum.n_skills
        _elo_follow(
            log.items, log.answers, gap, lengths, self._start.view(np.float64), self._packed, self._fading, self._links,
            means,
        )  # fmt: skip
        right = self.guess + (1 - self.guess) / (1 + np.exp(self.items["difficulty"][item] - means.ravel()[cell]))
        p = np.clip(np.where(correct, right, 1 - right), 1e-12, 1.0)
        # lesson by lesson, because another order of sums has other last digits
        return -np.bincount(lesson * k + log.owners[item], np.log(p), len(gap) * k).reshape(-1, k).sum(axis=0)

    def expected_gain(self, believed: Believed | FloatNK) -> FloatNM:
        """(N, M) the expected learning alone: on average an answer moves an ability by 0."""
        belief = marginal(believed, self.curriculum.n_skills)
        ability = self._ability(belief)
        gate = np.ones_like(belief)
        for column in self.curriculum.parents.T:
            gate *= np.where(column >= 0, belief[:, column], 1.0)
        gate = self.leak + (1 - self.leak) * gate
        gain = np.zeros((len(belief), self.curriculum.n_items))
        for column in self.curriculum.item_skills.T:
            own = np.maximum(column, 0)
            away = (self.items["centre"] - ability[:, own]) * self.items["narrow"]
            better = ability[:, own] + self.items["learn"] * np.exp(-0.5 * away * away) * gate[:, own]
            gain += np.where(column >= 0, self._chance(better) - belief[:, own], 0.0)
        return gain

    def p_correct(self, believed: Believed | FloatNK) -> FloatNM:
        """(N, M) guess + (1 - guess) sigma(mean ability of the item's skills - difficulty + help)."""
        ability = self._ability(marginal(believed, self.curriculum.n_skills))
        mean = np.zeros((len(ability), self.curriculum.n_items))
        for column in self.curriculum.item_skills.T:  # not a matrix product, whose rounding may depend on N
            mean += np.where(column >= 0, ability[:, np.maximum(column, 0)], 0.0)
        mean /= self.curriculum.q.sum(axis=1)
        return self.guess + (1 - self.guess) / (1.0 + np.exp(self.items["difficulty"] - mean))

    def after(self, believed: Believed | FloatNK, days: float | FloatN) -> FloatNK:
        """(N, K) the belief after ``days`` (one number, or (N,)) without teaching."""
        belief = marginal(believed, self.curriculum.n_skills)
        ability = self._ability(belief)
        above = np.maximum(ability - self.prior, 0.0)
        return np.where(
            above > 0, self._chance(self.prior + above * np.exp(-self.forget * np.reshape(days, (-1, 1)))), belief
        )

    def parameters(self) -> dict[str, Any]:
        """The numbers of this belief as plain lists."""
        lists = {n: getattr(self, n).tolist() for n in ("prior", "learn", "centre", "width", "help", "forget")}
        return {
            "kind": self.kind,
            **lists,
            **{n: getattr(self, n) for n in ("alpha", "beta", "guess", "leak", "reference")},
        }

    def simulation(self) -> Simulation:
        """The numbers as planners take them."""
        law = [1.0, self.leak, 0.0, self.alpha, self.beta, self.guess, self.reference]
        return Simulation(law, np.column_stack([self.items[name] for name in self.items.dtype.names or ()]))


@inline
def _sigma(x: float) -> float:
    return 1.0 / (1.0 + np.exp(-x))


@inline
def ability_of(belief: float, reference: float) -> float:
    """The ability, in logits, that a belief stands for."""
    inside = min(max(belief, LEAST), 1.0 - LEAST)
    return np.log(inside / (1.0 - inside)) + reference


@inline
def learnt(belief: float, learn: float, centre: float, narrow: float, open_: float, reference: float) -> float:
    """One skill's belief after an expected lesson, without an answer; ``open_``: how far its prerequisites let it."""
    ability = ability_of(belief, reference)
    away = (centre - ability) * narrow
    ability += learn * np.exp(-0.5 * away * away) * open_
    return _sigma(min(max(ability, -LIMIT), LIMIT) - reference)


@inline
def forecast(ability: float, difficulty: float, guess: float) -> float:
    """The chance of a right answer; ``ability``: the mean over the item's skills."""
    return guess + (1.0 - guess) * _sigma(ability - difficulty)


@inline
def informed(belief: float, step: float, surprise: float, reference: float) -> float:
    """One skill's belief after an answer."""
    return _sigma(ability_of(belief, reference) + step * surprise - reference)


@inline
def _mean(s: Floats, at: Whole, m: Whole, links: Ints) -> float:
    """The mean ability of an item's skills."""
    mean, count = 0.0, 0
    first: Whole = LINKS + m * links[2]
    for slot in range(first, first + links[2]):
        k: Whole = links[slot]
        if k >= 0:
            mean += s[at + links[0] + 1 + k]
            count += 1
    return float(mean / count)


@inline
def _elo_lesson(
    s: Floats, at: Whole, m: Whole, answered: Truth, surprise: float, numbers: Floats, links: Ints, gates: Floats
) -> None:
    """Elo's step for the abilities, then the expected learning. Beliefs stay as they were.

    Args:
        s: the records.
        at: where this student's begins.
        m: the item.
        answered: whether there was an answer.
        surprise: 1 or 0, less the chance of a right answer.
        numbers: of the belief, packed.
        links: of the curriculum; see ``pack_links``.
        gates: how far its prerequisites let each of the item's skills be learnt.
    """
    abilities, answers, n = links[0] + 1, 2 * links[0] + 1, CONSTANTS + PER_ITEM * m
    first: Whole = LINKS + m * links[2]
    for slot in range(links[2]):
        k: Whole = links[first + slot]
        if k >= 0:
            ability = s[at + abilities + k]
            if answered:
                ability += numbers[0] / (1.0 + numbers[1] * s[at + answers + k]) * surprise
                s[at + answers + k] += 1.0
            away = (numbers[n + 2] - ability) * numbers[n + 3]
            ability += numbers[n + 1] * np.exp(-0.5 * away * away) * gates[slot]
            s[at + abilities + k] = min(max(ability, -LIMIT), LIMIT)


@kernel
def _elo_update(s: Floats, items: Ints, out: Outcome, numbers: Floats, links: Ints) -> None:
    """Elo's step, then the expected learning."""
    leak, reference = numbers[3], numbers[4]
    skills, width, n_parents = links[0], links[2], links[3]
    parents, total, abilities = LINKS + links[1] * width, skills, skills + 1
    gates = np.empty(width)
    for i in range(items.shape[0]):
        m: Whole = items[i]
        if m < 0:
            continue
        at, first = i * (3 * skills + 1), LINKS + m * width
        for slot in range(width):
            k = links[first + slot]
            ready = 1.0
            for parent in range(parents + k * n_parents, parents + (k + 1) * n_parents):
                if k < 0 or links[parent] < 0:
                    break
                ready *= s[at + links[parent]]
            gates[slot] = leak + (1.0 - leak) * ready
        answered, surprise = out[i]["answered"], 0.0
        if answered:
            surprise = (1.0 if out[i]["correct"] else 0.0) - forecast(
                _mean(s, at, m, links), numbers[CONSTANTS + PER_ITEM * m], numbers[2]
            )
        _elo_lesson(s, at, m, answered, surprise, numbers, links, gates)
        for slot in range(first, first + width):
            k = links[slot]
            if k < 0:
                break
            s[at + total] -= s[at + k]
            s[at + k] = _sigma(s[at + abilities + k] - reference)
            s[at + total] += s[at + k]


@kernel
def _elo_elapse(s: Floats, days: Floats, fading: Floats) -> None:
    """Days pass; ``fading``: the abilities at the start, the rates, and the reference item's difficulty."""
    skills: int = (fading.shape[0] - 1) // 2
    reference = fading[2 * skills]
    keep, known_for = np.ones(skills), 0.0  # ``keep`` was computed for this gap: most rows share one
    for i in range(days.shape[0]):
        if days[i] <= 0.0:
            continue
        if days[i] != known_for:
            known_for = days[i]
            for k in range(skills):
                keep[k] = np.exp(-fading[skills + k] * known_for)
        at, total = i * (3 * skills + 1), 0.0
        for k in range(skills):
            above = s[at + skills + 1 + k] - fading[k]
            if above > 0.0:
                s[at + skills + 1 + k] = fading[k] + above * keep[k]
                s[at + k] = _sigma(s[at + skills + 1 + k] - reference)
            total += s[at + k]
        s[at + skills] = total


@kernel
def _elo_follow(
    items: Ints, answers: npt.NDArray[np.int8], gap: Ints, lengths: Floats, start: Floats, numbers: Floats,
    fading: Floats, links: Ints, means: Floats,
) -> None:  # fmt: skip
    """Run the belief over a log, one student after the other.

    Args:
        items: (N, T), -1 where there was no lesson.
        answers: (N, T) 1 right, 0 wrong, -1 not asked.
        gap: (T,) which of the ``lengths`` are the days before each lesson; -1: none passed.
        lengths: (G,) days.
        start: one student's record at the beginning.
        numbers: of the belief, packed.
        fading: as for ``_elo_elapse``.
        links: of the curriculum; see ``pack_links``.
        means: (T, N), becomes the mean ability of the item's skills before each lesson.
    """
    skills, width, n_parents, leak, reference = links[0], links[2], links[3], numbers[3], numbers[4]
    parents, s, gates = LINKS + links[1] * width, np.empty(3 * skills + 1), np.empty(width)
    keep, ability = np.empty((lengths.shape[0], skills)), s[skills + 1 : 2 * skills + 1]
    for g in range(lengths.shape[0]):
        for k in range(skills):
            keep[g, k] = np.exp(-fading[skills + k] * lengths[g])
    for i in range(items.shape[0]):
        s[:] = start
        for t in range(items.shape[1]):
            if gap[t] >= 0:
                for k in range(skills):
                    above = ability[k] - fading[k]
                    ability[k] = fading[k] + above * keep[gap[t], k] if above > 0.0 else ability[k]
            m: Whole = items[i, t]
            if m < 0:
                continue
            for slot in range(width):
                k, ready = links[LINKS + m * width + slot], 1.0
                for parent in range(parents + k * n_parents, parents + (k + 1) * n_parents):
                    if k < 0 or links[parent] < 0:
                        break
                    # beliefs are worked out where they are needed; those that never moved are those of the start
                    a = links[parent]
                    ready *= _sigma(ability[a] - reference) if ability[a] != fading[a] else start[a]
                gates[slot] = leak + (1.0 - leak) * ready
            mean, answered, surprise = _mean(s, 0, m, links), answers[i, t] >= 0, 0.0
            means[t, i] = mean
            if answered:
                surprise = float(answers[i, t]) - forecast(mean, numbers[CONSTANTS + PER_ITEM * m], numbers[2])
            _elo_lesson(s, 0, m, answered, surprise, numbers, links, gates)


class _Shared:
    """The numbers that all skills share, as one vector on unbounded scales; 0 is the usual value of each."""

    def __init__(self, curriculum: Curriculum) -> None:
        self.used = np.unique(curriculum.approach)
        # help is relative to the first approach that asks for answers: only differences can be seen in a log
        self.helped = self.used[1:]
        u, h = len(self.used), len(self.helped)
        self.size = 3 * u + h + 4

    def numbers(self, x: Floats, forget: bool) -> dict[str, Any]:
        """Arguments of ``EloBelief`` besides ``prior``."""
        u, h = len(self.used), len(self.helped)
        learn, centre, width, help_ = np.full(4, 0.1), np.zeros(4), np.full(4, 2.0), np.zeros(4)
        learn[self.used] = 0.1 * np.exp(x[:u])
        centre[self.used] = x[u : 2 * u]
        width[self.used] = 2.0 * np.exp(x[2 * u : 3 * u])
        help_[self.helped] = x[3 * u : 3 * u + h]
        alpha, beta, rate, leak = x[3 * u + h :]
        return {
            "learn": learn,
            "centre": centre,
            "width": np.clip(width, 0.2, 100.0),
            "help": help_,
            "alpha": float(0.8 * np.exp(alpha)),
            "beta": float(0.05 * np.exp(beta)),
            "leak": float(1 / (1 + np.exp(2.0 - leak))),
            "forget": float(0.02 * np.exp(rate)) if forget else 0.0,
        }


def _fit(log: CourseLog) -> tuple[dict[str, Any], float]:
    shared, curriculum = _Shared(log.curriculum), log.curriculum
    forget, start = bool(log.day[-1] > 0), np.zeros(curriculum.n_skills)

    def losses(course: CourseLog) -> Losses:
        def of(prior: Floats, x: Floats) -> Floats:
            numbers = shared.numbers(x, forget)
            rate = np.full(len(prior), numbers.pop("forget"))
            return EloBelief(curriculum, prior=prior, forget=rate, **numbers).foretold(course)

        return of

    prior, x = seek(losses(log.first(STUDENTS)), start, shared.size, rounds=3, iterations=25, tell=log.tell)
    numbers = shared.numbers(x, forget)
    rate = np.full(curriculum.n_skills, numbers.pop("forget"))
    return {"prior": prior, "forget": rate, **numbers}, float(losses(log)(prior, x).sum())
