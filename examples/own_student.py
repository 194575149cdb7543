"""A student of your own in plain NumPy: every lesson closes a share of the way to mastery, every day loses a share.

python examples/own_student.py [students]
"""

import sys

import numpy as np
import zpdgym
from zpdgym.envs import Scenario
from zpdgym.students import Population, check_student


class Halver:
    """Knows a skill by degrees; answers right with that degree."""

    reset_draws, lesson_draws, rest_draws = 0, 1, 0
    discrete, mastered_at, ready_at = False, 0.95, 0.5
    reports = frozenset()
    invariants = frozenset({"answer_then_learn", "never_improves_untaught", "forgetting_is_monotone"})

    def __init__(self, curriculum, *, population=None, learn=0.3, forget=0.02):
        self.curriculum, self.learn, self.forget = curriculum, learn, forget
        self.population = population or Population()
        self.dtype = np.dtype([("group", np.int64), ("mastery", np.float64, (curriculum.n_skills,))])

    def allocate(self, n):
        return np.zeros(n, self.dtype)

    def reset(self, state, rows, u):
        state["group"][rows], state["mastery"][rows] = 0, 0.2

    def p_all(self, state):  # an item needs all of its skills
        return np.where(self.curriculum.q, state["mastery"][:, None, :], 1.0).prod(axis=2)

    def p_correct(self, state, items):
        return self.p_all(state)[np.arange(len(state)), items]

    def step(self, state, items, u, out):
        taught = items >= 0
        out["answered"], out["minutes"] = taught, np.where(taught, self.curriculum.minutes[items], 0.0)
        out["correct"] = taught & (u[:, 0] < self.p_correct(state, items))
        state["mastery"] += self.learn * (1 - state["mastery"]) * (self.curriculum.q[items] & taught[:, None])
        return out

    def elapse(self, state, days, u):
        state["mastery"] *= np.exp(-self.forget * days)[:, None]

    def mastery(self, state):
        return state["mastery"].copy()

    def mastery_sum(self, state, out):
        return np.sum(state["mastery"], axis=1, out=out)


if __name__ == "__main__":
    print(check_student(Halver))
    world = Scenario.load("practice", replace={"student": {"_target_": "own_student.Halver", "learn": 0.2}})
    for policy in ("random", "linear", "mastery"):  # the tutor's belief is fitted to a log of these students first
        print(zpdgym.evaluate(world, policy, n_students=int(sys.argv[1]) if len(sys.argv) > 1 else 1000))
