"""Rules of a catalogue as masks: no item twice, and none before what it builds on has been passed."""

import pickle

import gymnasium
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from zpdgym.agents import check_policy, policy_names
from zpdgym.agents.registry import build_policy, load_policy
from zpdgym.agents.rollouts import teach
from zpdgym.envs.lessons.catalogue import needed
from zpdgym.envs.scenario import Scenario
from zpdgym.envs.single import TutorEnv
from zpdgym.errors import InputError
from zpdgym.students.curriculum.curriculum import Curriculum

from tests.helpers import world

ONCE, LOCKED = {"once": True}, {"locked_until_passed": True}
SHORT = {"sessions": 2, "session_lessons": 3}


def allowed_by_hand(scenario, history):
    """Which items one student may be shown after these lessons, (item, right), by the words of docs/environment.md."""
    c, found = scenario.curriculum, []
    passed = {k for item, right in history if right for k in np.flatnonzero(c.q[item])}
    for item in range(c.n_items):
        own = {int(k) for k in np.flatnonzero(c.q[item])}
        before = {int(j) for k in own for j in np.flatnonzero(c.prerequisites[k])} - own
        seen = scenario.once and any(item == shown for shown, _ in history)
        found.append(not seen and (not scenario.locked or before <= passed))
    return found


@pytest.mark.parametrize("rules", [ONCE, LOCKED], ids=["once", "locked"])
@given(seed=st.integers(0, 10_000))
@settings(max_examples=5, deadline=None)
def test_what_is_allowed_is_what_the_rules_say(rules, seed):
    scenario = world(actions=rules, schedule=SHORT)
    env, luck = scenario.make(4, seed=seed, autoreset=False), np.random.default_rng(seed)
    histories: list[list[tuple[int, bool]]] = [[] for _ in range(4)]
    _, info = env.reset()
    while not env.done.all():
        for row, history in enumerate(histories):
            assert info["action_mask"][row].tolist() == allowed_by_hand(scenario, history)
            assert any(info["action_mask"][row])
        chances = np.where(info["action_mask"], luck.random(info["action_mask"].shape), -1.0)
        info = env.step(chances.argmax(axis=1))[-1]
        for row, history in enumerate(histories):
            history.append((int(info["item"][row]), bool(info["correct"][row])))


def test_an_item_of_several_skills_needs_what_others_need_but_not_its_own():
    curriculum = Curriculum(
        name="three", skills=("a", "b", "c"), items=("a", "b", "c", "bc"),
        q=np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 1, 1]], bool),
        prerequisites=np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0]], bool), difficulty=np.zeros(4), minutes=np.ones(4),
        approach=np.zeros(4, np.int64),
    )  # fmt: skip
    assert needed(curriculum).tolist() == [
        [False, False, False], [True, False, False], [False, True, False], [True, False, False],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("rules", "says"),
    [(ONCE, r"row 1: action 0 \('.*'\) is not allowed now: the item was shown already; see action_masks"),
     (LOCKED, r"row 1: action 5 \('.*'\) is not allowed now: the item is locked until what it builds on")],
)  # fmt: skip
def test_what_is_forbidden_is_refused_and_nothing_happens(rules, says):
    env = world(actions=rules, schedule=SHORT).make(2, seed=0)
    env.reset()
    forbidden = 0 if rules == ONCE else 5
    env.step(np.array([1, 0]))
    before = env.snapshot()
    with pytest.raises(InputError, match=says):
        env.step(np.array([2, forbidden]))
    after = env.snapshot()
    assert all(np.array_equal(after[name], before[name]) for name in before if name not in ("seed", "started"))
    with pytest.raises(InputError, match="action 99 does not exist"):
        env.step(np.array([2, 99]))


@pytest.mark.parametrize("rules", [ONCE, LOCKED], ids=["once", "locked"])
def test_everything_begins_anew_with_the_next_student(rules):
    scenario = world(actions=rules, schedule=SHORT)
    env = scenario.make(3, seed=0)
    first = env.reset()[1]["action_mask"].copy()
    for lesson in range(6):
        info = env.step(np.full(3, lesson if rules == ONCE else 0))[-1]
    assert np.array_equal(info["action_mask"], first)


def test_a_snapshot_and_a_pickle_remember_what_was_passed():
    scenario = world(actions=LOCKED, schedule=SHORT, student={"prior": 1.0, "slip": 0.0})
    env = scenario.make(2, seed=0)
    env.reset()
    env.step(np.array([1, 0]))  # practice is answered rightly, an example not at all
    masks = env.action_masks()
    assert masks.sum(axis=1).tolist() == [6, 3]
    kept, copy = env.snapshot(), pickle.loads(pickle.dumps(env))
    env.step(np.array([4, 1]))
    assert env.action_masks().sum(axis=1).tolist() == [9, 6]
    env.restore(kept)
    for one in (env, copy):
        assert np.array_equal(one.action_masks(), masks)
        one.step(np.array([4, 1]))
        assert one.action_masks().sum(axis=1).tolist() == [9, 6]


@pytest.mark.parametrize("rules", [ONCE, LOCKED], ids=["once", "locked"])
def test_one_student_and_a_cohort_see_the_same_masks(rules):
    scenario = world(actions=rules, schedule=SHORT)
    alone, cohort = TutorEnv(scenario), scenario.make(1, seed=5)
    _, info = alone.reset(seed=5)
    _, many = cohort.reset()
    for _ in range(5):
        assert np.array_equal(info["action_mask"], many["action_mask"][0])
        action = int(np.flatnonzero(info["action_mask"])[-1])
        info, many = alone.step(action)[-1], cohort.step(np.array([action]))[-1]


@pytest.mark.parametrize("rules", [ONCE, LOCKED], ids=["once", "locked"])
@pytest.mark.parametrize("name", ["mastery", "outer_fringe", "greedy", "leitner", "random", "linear", "tuned_index"])
def test_policies_keep_to_the_rules(rules, name):
    assert name in policy_names()
    scenario = world(actions=rules, schedule=SHORT)
    policy = build_policy({k: v for k, v in load_policy(name).items() if k != "tune"})
    check_policy(policy, scenario, n_students=5)
    assert len(teach(scenario, policy, n_students=20, cohort_seed=1).outcomes["exam"]) == 20


def test_a_wrapper_finds_the_masks():
    env = gymnasium.wrappers.TimeLimit(TutorEnv(world(actions=LOCKED, schedule=SHORT)), 5)
    env.reset(seed=0)
    assert env.get_wrapper_attr("action_masks")().sum() == 3


@pytest.mark.parametrize(
    ("change", "says"),
    [({"actions": {**ONCE, **LOCKED}}, "once and locked_until_passed together may leave nothing to show"),
     ({"actions": ONCE}, "once needs more items than lessons: there are 9 items for 20 lessons at most"),
     ({"actions": {"once": "yes"}}, "actions.once='yes' must be true or false"),
     ({"actions": {"onec": True}}, "unknown key 'actions.onec'. Did you mean 'actions.once'"),
     ({"actions": LOCKED, "curriculum": {"items": [{"approach": "example"}]}},
      "locked_until_passed needs an item with an answer for each of 'skill 1', 'skill 2'")],
)  # fmt: skip
def test_rules_that_could_leave_nothing_to_show_are_refused(change, says):
    with pytest.raises(InputError, match=says):
        world(**change)


def test_scenarios_without_rules_are_as_they_were():
    scenario = Scenario.load("tiny")
    assert scenario.make(1).catalogue is None
    assert "once" not in scenario.sections["actions"]
