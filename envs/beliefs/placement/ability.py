"""The belief about one ability: its posterior on a grid, for students as item response theory has them."""

from __future__ import annotations

import itertools
import math

import numpy as np
import numpy.typing as npt
from zpdgym.errors import Violations

from ....students.curriculum.curriculum import Curriculum
from ....students.jit import Truth, Whole, inline, kernel
from ....students.model import FloatN, FloatNK, FloatNM, IntN, Outcome, StudentModel
from ..base import Alike, BeliefState, Believed, Floats, Ints, Numbers, marginal, vector
from ..course import CourseLog
from ..search import RIDGE, STUDENTS

__all__ = ["AbilityBelief"]

NODES, REACH = 161, 5.0
"""Of the grid: evenly spaced, so many standard deviations to either side; a sixteenth of one apart."""
ITERATIONS = 30
LEAST = 1e-12  # a chance's distance from 0 and 1, so that no answer is impossible


class AbilityBelief(Alike):
    """Bayes' rule about one ability that counts in every skill and never changes: what computerised tests estimate.

    P(right) = c + (1 - c) / (1 + exp(-D a (theta - b))) (Lord 1980), with b from the curriculum; theta of skill k is
    ``start[k]`` and the student's own part, normal at first. The belief in a skill is its expected mastery, 1 / (1 +
    exp(-D theta)) over the posterior; the record also has the posterior's ``mean`` and ``sd`` (the expected a
    posteriori estimate and its standard error, Bock & Mislevy 1982). Nothing is learnt and nothing is forgotten.

    ``p_correct`` foretells from the beliefs alone, which is all that a policy is shown, as if they were certain.

    Args:
        curriculum: what is asked.
        start: (K,) mean ability, logits.
        ability_sd: standard deviation of the students' own part, logits.
        discrimination: (M,) a.
        guess: (M,) c, P(right answer without any ability).
        scale: D; 1, or 1.7 to come near the normal ogive.

    Raises:
        InputError: numbers out of range.
    """

    kind = "ability"
    local = False

    def __init__(
        self,
        curriculum: Curriculum,
        *,
        start: object = 0.0,
        ability_sd: float = 1.0,
        discrimination: object = 1.0,
        guess: object = 0.0,
        scale: float = 1.0,
    ) -> None:
        k, m, wrong = curriculum.n_skills, curriculum.n_items, Violations("belief")
        self.curriculum = curriculum
        self.start = vector(start, k, "start", -10.0, 10.0, wrong)
        self.discrimination = vector(discrimination, m, "discrimination", 0.01, 10.0, wrong)
        self.guess = vector(guess, m, "guess", 0.0, 0.9, wrong)
        self.ability_sd = float(vector(ability_sd, 1, "ability_sd", 1e-3, 5.0, wrong)[0])
        self.scale = float(vector(scale, 1, "scale", 0.1, 10.0, wrong)[0])
        wrong.raise_any()
        deviations = np.linspace(-REACH, REACH, NODES)
        self.nodes = self.ability_sd * deviations
        weights = np.exp(-0.5 * deviations * deviations)
        self._known = _sigmoid(self.scale * (self.start[:, None] + self.nodes))
        levels = self._of_items(self.start[None])[0] - curriculum.difficulty
        chances = _sigmoid((self.scale * self.discrimination)[:, None] * (levels[:, None] + self.nodes))
        self._right = np.clip(self.guess[:, None] + (1.0 - self.guess)[:, None] * chances, LEAST, 1.0 - LEAST)
        fields = [("belief", (k,)), ("total", ()), ("mean", ()), ("sd", ()), ("posterior", (NODES,))]
        self.dtype = np.dtype([(name, np.float64, shape) for name, shape in fields], align=True)
        self._start = np.zeros(1, self.dtype)
        self._start["posterior"] = weights / weights.sum()
        _ability_start(self._start.view(np.float64).reshape(1, -1), self._known, self.nodes)

    def _of_items(self, values: FloatNK) -> FloatNM:
        """(N, M) the mean over the skills of each item of what skills have."""
        total = np.zeros((len(values), self.curriculum.n_items))
        for column in self.curriculum.item_skills.T:  # not a matrix product, whose rounding may depend on N
            total += np.where(column >= 0, values[:, np.maximum(column, 0)], 0.0)
        return total / self.curriculum.q.sum(axis=1)

    @staticmethod
    def fit(log: CourseLog, *, seed: int) -> tuple[Numbers, float]:
        """The starts, the spread and one discrimination for all items that foretell each answer best.

        A student's answers one ahead multiply to their marginal likelihood, so that this is marginal maximum
        likelihood, of items whose difficulties are known.
        """
        return _fit(log)

    @staticmethod
    def from_student(student: StudentModel) -> Numbers | None:
        """The numbers of students with one ability that never changes: mean and spread of all groups together."""
        from ....students.ability.irt import IRT

        if not isinstance(student, IRT) or student.abilities != "student":
            return None
        groups = student.population.groups
        mean = sum(g.share * g.shift.get("ability", 0.0) for g in groups)
        variance = sum(
            g.share * (g.sd.get("ability", 0.0) ** 2 + (g.shift.get("ability", 0.0) - mean) ** 2) for g in groups
        )
        return {
            "start": (student.start + mean).tolist(),
            "ability_sd": math.hypot(student.ability_sd, math.sqrt(variance)),
            "discrimination": student.discrimination.tolist(),
            "guess": student.guess.tolist(),
            "scale": student.scale,
        }

    def update(self, state: BeliefState, items: IntN, out: Outcome) -> None:
        """Bayes' rule for an answer; a lesson without one says nothing."""
        flat = state.view(np.float64).reshape(len(items), -1)
        _ability_update(flat, items, out, self._right, self._known, self.nodes)

    def elapse(self, state: BeliefState, days: FloatN) -> None:
        """Nothing is forgotten."""

    def expected_gain(self, believed: Believed | FloatNK) -> FloatNM:
        """(N, M) zeros: nothing is learnt."""
        return np.zeros((len(marginal(believed, self.curriculum.n_skills)), self.curriculum.n_items))

    def p_correct(self, believed: Believed | FloatNK) -> FloatNM:
        """(N, M) the chance of those whose mastery is just what is believed."""
        inside = np.clip(marginal(believed, self.curriculum.n_skills), LEAST, 1.0 - LEAST)
        theta = self._of_items(np.log(inside / (1.0 - inside)) / self.scale)
        chances = _sigmoid(self.scale * self.discrimination * (theta - self.curriculum.difficulty))
        return self.guess + (1.0 - self.guess) * chances

    def after(self, believed: Believed | FloatNK, days: float | FloatN) -> FloatNK:
        """(N, K) the same belief: nothing is forgotten."""
        return marginal(believed, self.curriculum.n_skills) + 0.0 * np.reshape(days, (-1, 1))

    def parameters(self) -> Numbers:
        """The numbers of this belief as plain lists."""
        lists = {name: getattr(self, name).tolist() for name in ("start", "discrimination", "guess")}
        return {"kind": self.kind, **lists, "ability_sd": self.ability_sd, "scale": self.scale}

    def foretold(self, log: CourseLog) -> Floats:
        """(K,) the mean log-loss of the answers of a log, each foretold one lesson ahead: every skill's part of it."""
        losses = np.zeros((len(log.items), self.curriculum.n_skills))
        first = self._start["posterior"][0]
        _ability_follow(log.items, log.answers, log.owners, self._right, first, losses)
        return losses.sum(axis=0) / max(int((log.answers >= 0).sum()), 1)


def _sigmoid(x: Floats) -> Floats:
    return 1.0 / (1.0 + np.exp(-x))


def _fit(log: CourseLog) -> tuple[Numbers, float]:
    """All numbers at once: abilities of several skills are one, so no skill's start can be sought by itself."""
    from scipy.optimize import minimize

    curriculum, some, calls = log.curriculum, log.first(STUDENTS), itertools.count(1)
    size = curriculum.n_skills + 2

    def belief(x: Floats) -> AbilityBelief:
        spread, slope = np.exp(x[-2:]).tolist()
        return AbilityBelief(curriculum, start=x[:-2], ability_sd=spread, discrimination=slope)

    def loss(x: Floats) -> float:
        log.tell(min(next(calls) / (ITERATIONS * (size + 1)), 1.0))
        return float(belief(x).foretold(some).sum()) + RIDGE * float(x @ x)

    bounds = [(-8.0, 8.0)] * (size - 2) + [(-3.0, 1.6), (-3.0, 2.3)]
    options = {"maxiter": ITERATIONS, "eps": 1e-4}
    found = belief(minimize(loss, np.zeros(size), method="L-BFGS-B", bounds=bounds, options=options).x)
    numbers = found.parameters()
    del numbers["kind"]
    return numbers, float(found.foretold(log).sum())


@inline
def _sum_up(s: Floats, i: Whole, known: Floats, nodes: Floats) -> None:
    """Beliefs, their sum, mean and spread of the ability, from its posterior, which stands behind them."""
    skills = known.shape[0]
    posterior, total, mean, square = skills + 3, 0.0, 0.0, 0.0
    for k in range(skills):
        belief = 0.0
        for q in range(nodes.shape[0]):
            belief += s[i, posterior + q] * known[k, q]
        s[i, k] = belief
        total += belief
    for q in range(nodes.shape[0]):
        mean += s[i, posterior + q] * nodes[q]
        square += s[i, posterior + q] * nodes[q] * nodes[q]
    s[i, skills], s[i, skills + 1] = total, mean
    s[i, skills + 2] = math.sqrt(max(square - mean * mean, 0.0))


@inline
def _answered(posterior: Floats, m: Whole, correct: Truth, right: Floats) -> float:
    """Multiply by the chance of this answer at every ability, and return what it was in all."""
    evidence = 0.0
    for q in range(posterior.shape[0]):
        posterior[q] *= right[m, q] if correct else 1.0 - right[m, q]
        evidence += posterior[q]
    for q in range(posterior.shape[0]):
        posterior[q] /= evidence
    return evidence


@kernel
def _ability_start(s: Floats, known: Floats, nodes: Floats) -> None:
    for i in range(s.shape[0]):
        _sum_up(s, i, known, nodes)


@kernel
def _ability_update(s: Floats, items: Ints, out: Outcome, right: Floats, known: Floats, nodes: Floats) -> None:
    first = known.shape[0] + 3
    for i in range(items.shape[0]):
        m: Whole = items[i]
        if m >= 0 and out[i]["answered"]:
            _answered(s[i, first : first + nodes.shape[0]], m, out[i]["correct"], right)
            _sum_up(s, i, known, nodes)


@kernel
def _ability_follow(
    items: Ints, answers: npt.NDArray[np.int8], owners: Ints, right: Floats, start: Floats, losses: Floats
) -> None:
    """Foretell the answers of a log, one student after the other; ``losses`` (N, K) becomes what they cost."""
    posterior = np.empty(start.shape[0])
    for i in range(items.shape[0]):
        posterior[:] = start
        for t in range(items.shape[1]):
            m: Whole = items[i, t]
            if m >= 0 and answers[i, t] >= 0:
                losses[i, owners[m]] -= math.log(_answered(posterior, m, answers[i, t] == 1, right))
