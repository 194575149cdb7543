"""Who is drawn ahead is who would have been drawn when needed."""

import copy
import pickle

import numpy as np
import pytest
from zpdgym.envs.lessons import ahead

from benchmarks.columns import world
from tests.helpers import COMPILED

# students who give up, layers, who waits for luck of their own, and who is made of several models
KINDS = ("difficulty_band", "affect", "whole_learner", "mixture", "fsrs6_users", "bkt_forgetting", "kss")
STEPS = 160 if COMPILED else 40


def impatient(kind):
    """A world in which students come often: they give up, or their course is short."""
    from zpdgym.envs.scenario import Scenario

    return Scenario.load(world(kind), change={"schedule": {"sessions": 3, "session_lessons": 4, "days_between": 1}})


def played(env, *, seed=3, steps=STEPS):
    """Everything that an environment shows in so many steps, as bytes."""
    rng, shown = np.random.default_rng(0), [env.reset(seed=seed)]
    for _ in range(steps):
        shown.append(env.step(rng.integers(0, env.curriculum.n_items, env.num_envs)))
    truth = (env.probe.mastery(), env.probe.p_all(), env.records, env.belief_state)
    return told((*shown, truth))


def told(value):
    """What arrays, tuples and infos hold, to be compared bit by bit."""
    if isinstance(value, dict):
        return {key: told(one) for key, one in value.items()}
    if isinstance(value, tuple | list) or getattr(value, "dtype", None) == np.dtype(object):
        return [told(one) for one in value]
    return None if value is None else (value.shape, value.tobytes())


def drawn_when_needed(monkeypatch):
    monkeypatch.setattr(ahead, "FEW", 0)


@pytest.mark.kernels
@pytest.mark.parametrize("mode", ["SameStep", "NextStep"])
@pytest.mark.parametrize("kind", KINDS)
def test_nothing_tells_whether_students_were_drawn_ahead(kind, mode, monkeypatch):
    scenario = impatient(kind)
    shown = played(scenario.make(5, autoreset_mode=mode))
    drawn_when_needed(monkeypatch)
    assert played(scenario.make(5, autoreset_mode=mode)) == shown


@pytest.mark.parametrize("n", [1, 3, 70])
def test_any_number_of_students_is_served(n, monkeypatch):
    scenario = impatient("difficulty_band")
    shown = played(scenario.make(n), steps=60)
    drawn_when_needed(monkeypatch)
    assert played(scenario.make(n), steps=60) == shown


def test_students_that_end_together_are_drawn_at_once_and_those_who_end_alone_ahead(monkeypatch):
    scenario, asked = impatient("bkt_forgetting"), []
    move = ahead.Ahead.move
    monkeypatch.setattr(ahead.Ahead, "move", lambda self, *given: asked.append(len(given[2])) or move(self, *given))
    played(scenario.make(ahead.FEW), steps=30)
    assert not asked
    played(scenario.make(3), steps=30)
    assert set(asked) == {3}


def test_a_hundred_students_who_begin_one_by_one_are_drawn_a_few_times(monkeypatch):
    env, drawn = impatient("difficulty_band").make(1), []
    reset = env.student.reset
    monkeypatch.setattr(env.student, "reset", lambda state, rows, u: drawn.append(len(rows)) or reset(state, rows, u))
    env.reset(seed=0)
    for _ in range(100 * 12):
        env.step(np.zeros(1, np.int64))
    begun = int(env.records["episode"][0])
    assert begun >= 100
    assert drawn[0] == 1
    assert set(drawn[1:]) == {8}
    assert sum(drawn) >= begun


def test_rows_with_seeds_of_their_own_and_new_seeds_get_their_own_students(monkeypatch):
    def everybody(env):
        shown = [env.reset(seed=[5, None, 9, 5])[0]]
        for seed in (None, [None, 7, None, None], 2, None, None, [1, 2, 1, 2], None):
            shown += [env.reset(seed=seed)[0], env.probe.p_all()]
            shown.append(env.reset(options={"reset_mask": np.array([True, False, True, False])})[0])
        return told(shown)

    scenario = impatient("difficulty_band")
    shown = everybody(scenario.make(4, seed=4))
    drawn_when_needed(monkeypatch)
    assert everybody(scenario.make(4, seed=4)) == shown


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda env: pickle.loads(pickle.dumps(env))])
def test_copies_and_what_is_restored_go_on_with_the_same_students(copied):
    scenario = impatient("difficulty_band")
    env, other = scenario.make(3), scenario.make(3, seed=8)
    played(env, steps=20)
    played(other, seed=6, steps=33)
    twin = copied(env)
    other.restore(env.snapshot())
    rng = np.random.default_rng(5)
    for _ in range(60):
        items = rng.integers(0, env.curriculum.n_items, 3)
        one, two, three = (told(each.step(items)) for each in (env, twin, other))
        assert one == two == three
