"""Lessons in thought go on from where a student stands, and change nothing where there is nothing to choose."""

import numpy as np
import pytest
from zpdgym.agents.problem import Problem
from zpdgym.agents.registry import build_policy
from zpdgym.agents.rollouts import teach
from zpdgym.envs.scenario import Scenario

from benchmarks.improvement import COHORT, Run, Thought, believed_students, improved


@pytest.fixture(scope="module")
def algebra():
    """Two short sessions: long enough for a night between two sessions."""
    return Scenario.load("Algebra-v1", change={"schedule.sessions": 2, "schedule.session_minutes": 15})


@pytest.fixture(scope="module")
def base():
    return build_policy("tuned_index")


def test_with_one_item_to_choose_from_the_base_policy_teaches(algebra, base):
    run = Run("tuned_index", 1, 2, 0, 3)
    exam, (lessons, changed) = improved(
        algebra, base, run, Thought(believed_students(algebra), base, run, np.zeros(0)), 0, 3
    )
    alone = teach(algebra, base, n_students=3, cohort_seed=COHORT, metrics=False)
    np.testing.assert_array_equal(exam, alone.outcomes["exam"])
    assert lessons == alone.lessons
    assert changed == 0


def test_in_thought_the_tutor_and_the_calendar_stand_where_they_stood(algebra, base):
    run = Run("tuned_index", 2, 8, 0, 2)
    thought, env = Thought(believed_students(algebra), base, run, np.zeros(0)), algebra.make(2, seed=5, autoreset=False)
    observation, info = env.reset()
    base.bind(Problem.of(env))
    for _ in range(4):
        actions, _ = base.predict(observation, action_masks=info["action_mask"])
        observation, _, _, _, info = env.step(actions)
    before = {name: np.array(values) for name, values in env.snapshot().items()}
    each = np.repeat([0, 1], 16)
    dream = thought._copies(env, each, np.tile(np.arange(8), 4))
    assert dream.belief_state.tobytes() == env.belief_state[each].tobytes()
    for name in ("lesson", "session", "used", "day"):
        np.testing.assert_array_equal(dream.records[name], env.records[name][each])
    states = dream.probe.mastery().reshape(2, 2, 8, -1)
    np.testing.assert_array_equal(states[:, 0], states[:, 1])  # for both items the same students in thought
    assert len(np.unique(states[:, 0].reshape(16, -1), axis=0)) > 4
    thought.values(env, np.array([0, 1]), np.array([[0, 1], [2, 3]]))
    for name, values in env.snapshot().items():
        np.testing.assert_array_equal(values, before[name])
