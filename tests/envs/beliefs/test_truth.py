"""A tutor who is told who knows what: always the truth, of whoever sits there, and never without students."""

from __future__ import annotations

import numpy as np
import pytest
from zpdgym.agents import build_policy, teach
from zpdgym.envs import TruthBelief, TutorEnv, check_tutor_env
from zpdgym.envs.beliefs.base import Believed
from zpdgym.envs.beliefs.build import build_belief
from zpdgym.envs.beliefs.fitting import fit_belief
from zpdgym.errors import InputError
from zpdgym.students.model import allocate_outcome

from tests.helpers import world

pytestmark = pytest.mark.kernels
FACTORED = {"kind": "bkt", "source": "true_population"}
TOLD = {"kind": "truth", "source": "true_population"}
SHORT = {"sessions": 2, "session_lessons": 4, "days_between": 4, "retention_days": 7}


def told(**sections):
    return world(schedule=SHORT, belief=TOLD, **sections)


def what_is_true(env):
    """(N, K) belief, ready and open as they follow from who knows what."""
    known, needs = env.probe.mastery(), np.array(env.curriculum.prerequisites, bool)
    ready = np.stack([known[:, row].prod(axis=1) for row in needs], axis=1)
    return known, ready, (1.0 - known) * ready


def shown(env, observation):
    names = [column.name for column in env.columns]
    return tuple(observation[:, :, names.index(name)] for name in ("belief", "ready", "open"))


@pytest.mark.parametrize("mode", ["SameStep", "NextStep"])
def test_what_is_shown_is_true_before_and_after_every_lesson_day_and_student(mode):
    env = told(student={"forget": 0.1, "prior": 0.5}).make(5, seed=3, autoreset_mode=mode)
    observation, _ = env.reset(seed=3)
    rng, ended, seen = np.random.default_rng(0), 0, set()
    for _ in range(20):
        for values, true in zip(shown(env, observation), what_is_true(env), strict=True):
            np.testing.assert_array_equal(values, true.astype(np.float32))
        np.testing.assert_array_equal(env.belief_state["total"], env.probe.mastery().sum(axis=1))
        seen |= set(map(tuple, shown(env, observation)[0]))
        observation, _, terminated, *_ = env.step(rng.integers(env.curriculum.n_items, size=5))
        ended += terminated.sum()
    assert ended >= 10
    assert len(seen) > 3  # students who know different things, not one truth for all


def test_all_faces_of_the_environment_agree_and_keep_the_contract():
    check_tutor_env(told(), n_students=3, lessons=15)


def test_a_student_is_looked_at_whoever_else_is_there():
    env, alone = (told().make(n, seed=3, first_student=first) for n, first in ((5, 0), (1, 3)))
    all_, one = env.reset(seed=3)[0], alone.reset(seed=3)[0]
    rng = np.random.default_rng(0)
    for _ in range(12):
        np.testing.assert_array_equal(all_[3:4], one)
        items = rng.integers(env.curriculum.n_items, size=5)
        all_, one = env.step(items)[0], alone.step(items[3:4])[0]
    single = TutorEnv(told(), seed=3)
    np.testing.assert_array_equal(single.reset(seed=3)[0], env.reset(seed=3)[0][0])


def test_students_are_the_same_whatever_is_known_of_them():
    policy = build_policy("interleaved")
    ends = [teach(s, policy, n_students=20, cohort_seed=1).outcomes["exam"] for s in (told(), world(schedule=SHORT))]
    np.testing.assert_array_equal(*ends)


def test_who_is_told_teaches_better_and_is_never_wrong():
    policy = build_policy("greedy_per_minute")
    tutor, inside = (
        teach(s, policy, n_students=200, cohort_seed=1) for s in (world(belief=FACTORED), world(belief=TOLD))
    )
    assert inside.mean("exam") > tutor.mean("exam") + 0.02
    assert inside.mean("belief_brier") == 0.0 < tutor.mean("belief_brier")


def test_lessons_are_foretold_by_what_is_open_and_days_by_forgetting():
    belief = told(student={"forget": 0.1, "leak": 0.25}).belief
    state = belief.allocate(2)
    belief.look(state, np.array([1]), np.array([[1.0, 0.0, 0.0]]))
    np.testing.assert_array_equal(state["open"], [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
    np.testing.assert_array_equal(state["ready"], [[1.0, 0.0, 0.0], [1.0, 1.0, 0.0]])
    gain, learn, items = belief.expected_gain(Believed.of(state)), belief.items["learn"], belief.curriculum.item_skills
    worth = np.array([[1.0, 0.25, 0.25], [0.0, 1.0, 0.25]])
    np.testing.assert_allclose(gain, learn * worth[:, items[:, 0]])
    belief.elapse(state, np.array([0.0, 2.0]))
    np.testing.assert_allclose(state["belief"], [[0.0, 0.0, 0.0], [np.exp(-0.2), 0.0, 0.0]])
    np.testing.assert_allclose(state["open"][1], [1 - np.exp(-0.2), np.exp(-0.2), 0.0])


def test_its_numbers_make_the_same_belief_again_and_a_fit_gives_them():
    belief = told(student={"forget": 0.1, "leak": 0.25}).belief
    again = build_belief(belief.parameters(), belief.curriculum)
    assert again.parameters() == belief.parameters()
    fitted = fit_belief(world(schedule=SHORT, belief={"kind": "truth", "source": "fitted"}), n_students=40)
    numbers = {name: value for name, value in fitted.items() if name != "about"}
    assert set(numbers) == set(belief.parameters())
    with pytest.raises(InputError, match=r"unknown key 'belief\.prior'"):
        build_belief({**numbers, "prior": 0.3}, belief.curriculum)


def test_without_simulated_students_it_refuses():
    belief = told().belief
    assert isinstance(belief, TruthBelief)
    with pytest.raises(InputError, match=r"^belief\.kind=truth looks inside simulated students"):
        belief.update(belief.allocate(1), np.array([0]), allocate_outcome(1))


def test_degrees_of_knowledge_are_told_as_they_are():
    students = {"_target_": "zpdgym.students.DifficultyBandLearner"}
    given = {"kind": "truth", "source": "given", "learn": 0.2, "guess": 0.2, "slip": 0.1}
    env = world(schedule=SHORT, belief=given, replace={"student": students}).make(3, seed=0)
    observation, _ = env.reset(seed=0)
    for _ in range(6):
        observation, *_ = env.step(np.zeros(3, np.int64))
    for values, true in zip(shown(env, observation), what_is_true(env), strict=True):
        np.testing.assert_allclose(values, true, rtol=1e-6)
    assert len(np.unique(shown(env, observation)[0])) > 2
