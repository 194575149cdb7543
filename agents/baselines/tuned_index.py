"""A score for every item, a weighted sum of what the tutor knows of it for this student; the largest is shown."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import numpy.typing as npt
from zpdgym.parameters import Number, Table

from ...students.jit import inline, kernel
from ..lasting import between, lasting
from ..problem import Actions, Baseline, Observation, Problem, must_foresee
from .greedy import mean_over
from .item_rule import first_allowed

__all__ = ["TunedIndex"]

COLUMNS = ("belief", "ready", "tries", "successes", "days_since", "was_last", "time_left")
"""What every scenario must show; ``open`` beside them where its belief says it."""
OF_SKILL = {
    "belief": "P(known)",
    "open": "P(can be learnt now): not known, and all direct prerequisites are",
    "unlocks": "how many more skills could be learnt if it was known: of each skill that builds directly on it the "
               "chance that it is unknown and its other prerequisites are known; times 1 - belief",
    "descendants": "share of all skills that build on it, directly or not, and are not known; times 1 - belief",
    "order": "place in the curriculum's order, from 0, the first, to 1, the last",
    "practised": "n / (n + 3) after n lessons on it",
    "failed": "f / (f + 3) after f lessons without a right answer",
    "days_since": "days since its last lesson, as a share of the calendar; 1 if never",
    "was_last": "1 if the last lesson was on it",
    "late_belief": "belief times the share of the budget that is spent",
    "late_unlocks": "unlocks times the share of the budget that is spent",
}  # fmt: skip
"""Of each skill; an item has the mean over its skills."""
OF_ITEM = {
    "gain": "expected gain of the lesson, in skills, per minute; as if every item took the curriculum's mean",
    "kept_gain": "the same, of which only counts what lasts until the exam",
    "log_gain": "logarithm of kept_gain + .001",
    "late_gain": "log_gain times the share of the budget that is spent",
    "log_ready": "logarithm of the readiness of its least ready skill, which counts as .01 at least",
    "p_correct": "expected chance of a right answer",
    "asks": "1 if it asks for an answer, 0 for explanations and worked examples",
    "difficulty": "the curriculum's difficulty",
    "log_minutes": "logarithm of its minutes, over the curriculum's mean",
}
(
    BELIEF, OPEN, UNLOCKS, DESCENDANTS, ORDER, PRACTISED, FAILED, DAYS_SINCE, WAS_LAST, LATE_BELIEF, LATE_UNLOCKS,
    GAIN, KEPT_GAIN, LOG_GAIN, LATE_GAIN, LOG_READY, P_CORRECT, ASKS, DIFFICULTY, LOG_MINUTES,
) = range(len(OF_SKILL) + len(OF_ITEM))  # fmt: skip


class TunedIndex(Baseline):
    """Show the item with the largest score: a weighted sum of what the tutor sees and believes of it.

    Without tuning it is ``greedy_per_minute`` with readiness: it scores by the gain at the exam per minute and by how
    ready the student is.

    Raises:
        InputError: a weight that is no number.
    """

    PARAMETERS: ClassVar[Table] = {
        name: Number(f"weight of: {text}", above=True, below=True) for name, text in {**OF_SKILL, **OF_ITEM}.items()
    }
    name = "tuned_index"
    needs = frozenset(COLUMNS)

    def __init__(
        self,
        *,
        belief: float = 0.0,
        open: float = 0.0,
        unlocks: float = 0.0,
        descendants: float = 0.0,
        order: float = 0.0,
        practised: float = 0.0,
        failed: float = 0.0,
        days_since: float = 0.0,
        was_last: float = 0.0,
        late_belief: float = 0.0,
        late_unlocks: float = 0.0,
        gain: float = 0.0,
        kept_gain: float = 0.0,
        log_gain: float = 1.0,
        late_gain: float = 0.0,
        log_ready: float = 1.0,
        p_correct: float = 0.0,
        asks: float = 0.0,
        difficulty: float = 0.0,
        log_minutes: float = 0.0,
    ) -> None:
        given = self.checked(locals())
        self.weights = np.array([getattr(given, name) for name in self.PARAMETERS], np.float64)

    def prepare(self, problem: Problem) -> None:
        """Fix what does not change about the items, and how much of each skill lasts."""
        if not self.privileged:  # who looks inside students foretells nothing
            must_foresee(problem, f"policy {self.name}")
        curriculum, shown = problem.curriculum, {column.name for column in problem.columns}
        names = [*COLUMNS, "open" if "open" in shown else ""]
        self.at = np.array([problem.index(name) if name else -1 for name in names], np.int64)
        self.scale = np.array([problem.columns[j].scale for j in self.at[2:4]], np.float64)
        minutes = np.array(curriculum.minutes, np.float64)
        mean = minutes.mean()
        logs = np.log(minutes / mean)
        self.constant = np.stack([mean / minutes, curriculum.asks, curriculum.difficulty, logs], axis=1)
        self.order = np.argsort(curriculum.order) / max(curriculum.n_skills - 1, 1)
        self.lasts = lasting(problem)
        below = [np.flatnonzero(row) for row in np.array(curriculum.ancestors).T]
        self.below = np.full((curriculum.n_skills, max(len(row) for row in below)), -1, np.int64)
        for k, row in enumerate(below):
            self.below[k, : len(row)] = row
        self.links = (np.array(curriculum.item_skills), np.array(curriculum.children), self.below)

    def choose(self, observation: Observation, masks: npt.NDArray[np.bool_], u: object) -> Actions:
        """The item with the largest score; the first on ties."""
        believed, belief = self.problem.believed(observation), self.problem.belief
        return self.best(observation, belief.expected_gain(believed), belief.p_correct(believed), masks)

    def best(
        self,
        observation: Observation,
        gains: npt.NDArray[np.float64],
        right: npt.NDArray[np.float64],
        masks: npt.NDArray[np.bool_],
    ) -> Actions:
        """The item with the largest score, from (N, M) gains of a lesson and chances of a right answer."""
        out = np.empty(len(observation), np.int64)
        tables = self.links, self.order, self.constant, self.lasts
        _best(observation, gains, right, masks, self.at, self.scale, *tables, self.weights, out)
        return out


@inline
def _skill(observation, k, at, scale, children, below, order, late, w):
    """What of the score comes from one skill."""
    b, ready = np.float64(observation[k, at[0]]), np.float64(observation[k, at[1]])
    open_ = np.float64(observation[k, at[7]]) if at[7] >= 0 else (1.0 - b) * ready
    opens = 0.0
    for c in range(children.shape[1]):
        child = children[k, c]
        if child >= 0:
            others = min(observation[child, at[1]] / max(b, 0.05), 1.0)
            opens += (1.0 - observation[child, at[0]]) * others
    unknown = 0.0
    for d in range(below.shape[1]):
        if below[k, d] >= 0:
            unknown += 1.0 - observation[below[k, d], at[0]]
    unlocks = opens * (1.0 - b)
    tries = observation[k, at[2]] * scale[0]
    failed = max(tries - observation[k, at[3]] * scale[1], 0.0)
    score = w[BELIEF] * b + w[OPEN] * open_ + w[UNLOCKS] * unlocks + w[ORDER] * order[k]
    score += w[DESCENDANTS] * (1.0 - b) * unknown / observation.shape[0]
    score += w[PRACTISED] * tries / (tries + 3.0) + w[FAILED] * failed / (failed + 3.0)
    score += w[DAYS_SINCE] * observation[k, at[4]] + w[WAS_LAST] * observation[k, at[5]]
    return score + late * (w[LATE_BELIEF] * b + w[LATE_UNLOCKS] * unlocks)


@kernel
def _best(observation, gains, right, masks, at, scale, links, order, constant, lasts, w, out):
    item_skills, children, below = links
    n_skills = observation.shape[1]
    scores, kept, log_ready = np.empty(n_skills), np.empty(n_skills), np.empty(n_skills)
    for i in range(observation.shape[0]):
        left = np.float64(observation[i, 0, at[6]])
        late = 1.0 - left
        for k in range(n_skills):
            scores[k] = _skill(observation[i], k, at, scale, children, below, order, late, w)
            kept[k] = between(lasts, k, left)
            log_ready[k] = np.log(max(min(np.float64(observation[i, k, at[1]]), 1.0), 0.01))
        best, chosen = -np.inf, -1
        for m in range(item_skills.shape[0]):
            if not masks[i, m]:
                continue
            ready = 0.0
            for s in range(item_skills.shape[1]):
                if item_skills[m, s] >= 0:
                    ready = min(ready, log_ready[item_skills[m, s]])
            gain = max(gains[i, m], 0.0) * constant[m, 0]
            kept_gain = gain * mean_over(kept, item_skills[m])
            log_gain = np.log(kept_gain + 0.001)
            score = mean_over(scores, item_skills[m]) + w[GAIN] * gain + w[KEPT_GAIN] * kept_gain
            score += (w[LOG_GAIN] + w[LATE_GAIN] * late) * log_gain + w[LOG_READY] * ready + w[P_CORRECT] * right[i, m]
            score += w[ASKS] * constant[m, 1] + w[DIFFICULTY] * constant[m, 2] + w[LOG_MINUTES] * constant[m, 3]
            if score > best:
                best, chosen = score, m
        out[i] = chosen if chosen >= 0 else first_allowed(masks[i])
