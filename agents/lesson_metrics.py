"""What became of each lesson, as only the simulation knows it: wasted, in reach, how long to mastery."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..students.jit import kernel
from .belief_quality import BeliefQuality

if TYPE_CHECKING:
    from ..envs.tutor import TutorVectorEnv

GOAL = 0.8
"""A student has reached mastery when this share of the skills is truly mastered for the first time."""


class Measures:
    """Watches one rollout lesson by lesson.

    The outcomes, one column each, (N,):

    * ``mastery_pre``, ``mastery_post``: mean true mastery over skills before the teaching and right after it;
    * ``skills_mastered``: skills mastered at the exam; where a skill is known or not, or remembered or not, how many
      are to be expected;
    * ``wasted_mastered``: lessons on items all of whose skills were mastered already;
    * ``wasted_unready``: lessons on items none of whose unmastered skills had all its prerequisites (``ready_at``);
    * ``in_band``: share of the lessons for which a right answer was as probable as the scenario's ``band`` says; NaN
      without lessons, and where difficulty is all one to the students;
    * ``reached``: whether ``GOAL`` of the skills were ever mastered at the same time;
    * ``lessons_to_mastery``, ``minutes_to_mastery``: until then (0 from the start); NaN if never;
    * ``misbelief``: growth of the tutor's mean belief less growth of mean true mastery, from the start to the exam;
    * ``belief_brier``, ``belief_log_loss``: how far the belief is from the truth (``BeliefQuality``).

    A skill counts as mastered from the scenario's ``mastery_levels`` on.

    Attributes:
        by_lesson: (N, T+1) mean true mastery before the first lesson and after each.
        belief: how good the tutor's belief is.
    """

    def __init__(self, env: TutorVectorEnv, *, taught: bool = True) -> None:
        self.env, self.taught, self.t, self.belief = env, taught, 0, BeliefQuality(env)
        c, n, band = env.curriculum, env.num_envs, env.scenario.band
        self.mastered_at, self.has_band = env.scenario.mastery_levels, band is not None
        self.levels = np.array([env.student.ready_at, *(band or (0.0, 0.0)), GOAL * c.n_skills - 1e-9])
        self.believed = np.array(env.belief_state["total"])
        self.mastery = env.student.mastery(env.state)
        self.by_lesson = np.empty((n, env.horizon + 1))
        self.counts = np.zeros((n, 3), np.int64)
        self.at_goal = np.zeros(n, np.bool_)
        self.reached = np.full((n, 2), np.nan)
        self._note_goal()
        self.pre = self.by_lesson[:, 0].copy()
        self.post = self.pre.copy()

    def before(self, items: npt.NDArray[np.int64]) -> None:
        """Judge the lessons about to be given; ``items`` (N,), anything that is no item where there is none."""
        c = self.env.curriculum
        items = np.where(items < c.n_items, items, -1)
        p = self.env.student.p_correct(self.env.state, np.maximum(items, 0))
        _judge(self.mastery, p, items, c.item_skills, c.parents, self.mastered_at, self.levels, self.counts)
        self.belief.before(self.t, items, self.mastery)

    def after(self, ended: npt.NDArray[np.bool_]) -> None:
        """See what the lesson did; ``ended`` (N,) whose teaching is over with it."""
        self.t += 1
        self.mastery = self.env.student.mastery(self.env.state)
        self._note_goal()
        self.post[ended] = self.by_lesson[ended, self.t]

    def _note_goal(self) -> None:
        _note(self.mastery, self.mastered_at, self.levels, self.by_lesson[:, self.t], self.at_goal)
        new = self.at_goal & np.isnan(self.reached[:, 0])
        self.reached[new, 0] = self.env.records["lesson"][new]
        self.reached[new, 1] = self.env.records["minutes"][new]

    def outcomes(self, mastery_exam: npt.NDArray[np.float64]) -> dict[str, npt.NDArray[Any]]:
        """The columns; ``mastery_exam`` (N, K) is the true mastery at the exam."""
        lessons = self.env.records["lesson"]
        self.by_lesson[:, self.t + 1 :] = self.by_lesson[:, [self.t]]  # the budget ended before the horizon
        return {
            "mastery_pre": self.pre,
            "mastery_post": self.post,
            "skills_mastered": self._mastered(mastery_exam),
            "wasted_mastered": self.counts[:, 0].copy(),
            "wasted_unready": self.counts[:, 1].copy(),
            "in_band": np.where((lessons > 0) & self.has_band, self.counts[:, 2] / np.maximum(lessons, 1), np.nan),
            "reached": ~np.isnan(self.reached[:, 0]),
            "lessons_to_mastery": self.reached[:, 0].copy(),
            "minutes_to_mastery": self.reached[:, 1].copy(),
            "misbelief": self._believed_more() - (mastery_exam.mean(axis=1) - self.pre),
            **self.belief.outcomes(),
        }

    def _believed_more(self) -> npt.NDArray[np.float64]:
        """How much the tutor's mean belief has grown when the day of the exam has come."""
        env = self.env
        since = env.records["day"] - env.records["last_day"] if self.taught else 0.0
        beliefs = env.belief_state.copy()
        env.belief.elapse(beliefs, np.maximum(np.full(env.num_envs, env.schedule.retention_days) - since, 0.0))
        return (beliefs["total"] - self.believed) / env.curriculum.n_skills

    def _mastered(self, mastery_exam: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Where a skill is known or not, remembered or not, mastery at the exam is its chance, and chances add up."""
        student = self.env.student
        chance = student.discrete or getattr(student, "remembered", False)
        counted = mastery_exam if chance else mastery_exam >= self.mastered_at
        return counted.sum(axis=1, dtype=np.float64)


@kernel
def _judge(mastery, p, items, item_skills, parents, mastered_at, levels, counts):
    ready_at, low, high = levels[0], levels[1], levels[2]
    for i in range(items.shape[0]):
        m = items[i]
        if m < 0:
            continue
        if low <= p[i] <= high:
            counts[i, 2] += 1
        unmastered, open_ = 0, 0
        for s in range(item_skills.shape[1]):
            k = item_skills[m, s]
            if k >= 0 and mastery[i, k] < mastered_at[k]:
                unmastered += 1
                ready = 1
                for j in range(parents.shape[1]):
                    if parents[k, j] >= 0 and mastery[i, parents[k, j]] < ready_at:
                        ready = 0
                open_ += ready
        if unmastered == 0:
            counts[i, 0] += 1
        elif open_ == 0:
            counts[i, 1] += 1


@kernel
def _note(mastery, mastered_at, levels, mean, at_goal):
    for i in range(mastery.shape[0]):
        total, known = 0.0, 0
        for k in range(mastery.shape[1]):
            total += mastery[i, k]
            known += 1 if mastery[i, k] >= mastered_at[k] else 0
        mean[i] = total / mastery.shape[1]
        at_goal[i] = known >= levels[3]
