"""Rewards of one's own: what they are told, when they are asked, what they pay, and who is refused."""

import copy
import functools
import pickle
from dataclasses import dataclass

import gymnasium
import numpy as np
import pytest
import zpdgym
from zpdgym.envs import Lesson, Scenario, ScenarioSet, TutorEnv, check_tutor_env
from zpdgym.envs.check import random_actions
from zpdgym.errors import InputError

from tests.helpers import world

GIVEN = {"kind": "bkt", "source": "given", "prior": 0.3, "learn": 0.2, "guess": 0.2, "slip": 0.1, "forget": 0.03}
MODES = ("SameStep", "NextStep", "Disabled")


def gain(lesson):
    return (lesson.mastery - lesson.mastery_before).sum(axis=1)


def belief_gain(lesson):
    return (lesson.beliefs - lesson.beliefs_before).sum(axis=1)


def exam(lesson):
    return np.where(lesson.ended, (lesson.exam - lesson.pre) * len(lesson.curriculum.exam_items), 0)


@dataclass
class Weighted:
    weight: float = 2.0

    def __call__(self, lesson):
        return self.weight * gain(lesson)


class Needs:
    def __init__(self, weight):
        self.weight = weight

    def __call__(self, lesson):
        return np.zeros(len(lesson))


class NoReward:
    """Nothing to call."""


def worlds():
    """Pauses and an early end; students who quit and whose future is luck; a published scenario."""
    quitting = {"_target_": "zpdgym.students.Affect", "student": "bkt_forgetting", "quit_base": -1.0}
    return {
        "finish": world(actions={"finish": True, "finish_after": 3}),
        "quit": world(replace={"student": quitting}, belief=GIVEN),
        "game": Scenario.load("game"),
    }


def taught(env, steps):
    """Rewards, ends and observations of a random teaching."""
    rng, found = np.random.default_rng(1), []
    _, info = env.reset(seed=3)
    for _ in range(steps):
        observation, reward, ended, _, info = env.step(random_actions(info["action_mask"], rng))
        found.append((observation, reward, ended))
    return [np.array(part) for part in zip(*found, strict=True)]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", worlds())
@pytest.mark.parametrize("own", [gain, belief_gain, exam])
def test_ours_can_be_written_by_anybody(name, mode, own):
    scenario = worlds()[name]
    mine, ours = (scenario.make(6, autoreset_mode=mode, reward=r) for r in (own, own.__name__))
    steps = min(2 * mine.horizon + 3, 120)
    (seen, paid, ended), (same, expected, over) = taught(mine, steps), taught(ours, steps)
    np.testing.assert_array_equal(seen, same)
    np.testing.assert_array_equal(ended, over)
    np.testing.assert_allclose(paid, expected, atol=1e-12, rtol=0)
    assert name == "game" or ended.sum() >= 6


@pytest.mark.parametrize("name", worlds())
def test_a_reward_of_ones_own_keeps_the_contract(name):
    check_tutor_env(worlds()[name], n_students=3, lessons=25, reward=gain)


def test_a_lesson_says_what_was_before_and_after():
    told = []
    scenario = world(actions={"finish": True, "finish_after": 2})
    env = scenario.make(3, autoreset=False, reward=lambda lesson: told.append(lesson) or np.ones(3))
    env.reset(seed=0)
    assert told == []
    before, known = env.believed(), env.probe.mastery()
    env.step(np.array([0, 1, 2]))
    (lesson,) = told
    assert isinstance(lesson, Lesson)
    assert len(lesson) == 3
    assert lesson.scenario is scenario
    assert lesson.curriculum is scenario.curriculum
    np.testing.assert_array_equal(lesson.beliefs_before, before)
    np.testing.assert_array_equal(lesson.beliefs, env.believed())
    np.testing.assert_array_equal(lesson.mastery_before, known)
    np.testing.assert_array_equal(lesson.mastery, env.probe.mastery())
    np.testing.assert_array_equal(lesson.outcome, env.outcome)
    assert lesson.items.tolist() == [0, 1, 2]
    assert lesson.lessons.tolist() == [1, 1, 1]
    assert lesson.day.tolist() == [0, 0, 0]
    assert not lesson.ended.any()
    assert np.isnan([lesson.pre, lesson.exam]).all()
    env.step(np.array([0, 1, 2]))
    _, reward, ended, _, info = env.step(np.array([0, env.finish, 2]))
    assert ended.tolist() == told[-1].ended.tolist() == [False, True, False]
    assert told[-1].items.tolist() == [0, -1, 2]
    truth = info["final_info"]["privileged"]
    for name in ("pre", "exam", "mastery"):
        np.testing.assert_array_equal(getattr(told[-1], name)[1], truth[name][1])
    assert reward.tolist() == [1, 1, 1]
    assert env.step(np.array([0, 0, 2]))[1].tolist() == [1, 0, 1]  # who is over is paid nothing
    assert told[-1].items.tolist() == [0, -1, 2]
    assert len(told) == 4


def test_nothing_can_be_changed_through_a_lesson_and_none_changes_later():
    told = []
    env = world().make(2, reward=lambda lesson: told.append(lesson) or np.zeros(2))
    env.reset(seed=0)
    env.step(np.array([0, 1]))
    arrays = {name: value for name, value in vars(told[0]).items() if isinstance(value, np.ndarray)}
    assert len(arrays) == 11
    kept = {name: value.copy() for name, value in arrays.items()}
    for name, value in arrays.items():
        with pytest.raises(ValueError, match="read-only"):
            value[0] = value[1]
        assert not any(np.shares_memory(value, other) for key, other in arrays.items() if key != name)
    env.step(np.array([3, 4]))
    for name, value in arrays.items():
        np.testing.assert_array_equal(value, kept[name])


@pytest.mark.parametrize("mode", MODES)
def test_it_is_asked_once_a_step_and_nobody_is_paid_for_beginning(mode):
    asked = []
    env = world(schedule={"sessions": 1, "session_lessons": 2}).make(
        2, autoreset_mode=mode, reward=lambda lesson: asked.append(lesson.items) or np.full(2, 7)
    )
    env.reset(seed=0)
    paid = [env.step(np.array([0, 0]))[1].tolist() for _ in range(4)]
    assert len(asked) == 4
    assert paid == [[7, 7], [7, 7], [7, 7] if mode == "SameStep" else [0, 0], [0, 0] if mode == "Disabled" else [7, 7]]
    env.reset(options={"reset_mask": np.array([True, False])})
    assert len(asked) == 4
    assert env.step(np.array([0, 0]))[1].tolist() == [7, 0 if mode == "Disabled" else 7]


@pytest.mark.parametrize(
    ("payment", "message"),
    [
        (None, "not None"),
        (1.0, r"not shape \(\) of float64"),
        (np.zeros((3, 1)), r"not shape \(3, 1\)"),
        (np.zeros(2), r"not shape \(2,\)"),
        ([[1], [2, 3], [4]], "not list"),
        (["a", "b", "c"], "of <U1"),
        (np.zeros(3, complex), "of complex128"),
        (np.array([0, np.nan, 0]), "row 1 is nan"),
        ([0, 0, np.inf], "row 2 is inf"),
        ([0, -1e300, 0], "row 1 is -1e"),
        ({"a": 1}, "of object"),
    ],
)
def test_what_is_no_payment_is_refused(tiny, payment, message):
    env = tiny.make(3, reward=lambda lesson: payment)
    env.reset(seed=0)
    with pytest.raises(InputError, match=rf"reward .*<lambda> must give 3 finite numbers .*shape \(3,\).*{message}"):
        env.step(np.zeros(3, np.int64))
    alone = TutorEnv(tiny, reward=lambda lesson: payment)
    alone.reset(seed=0)
    with pytest.raises(InputError, match="must give 1 finite"):
        alone.step(0)


def test_whole_numbers_and_lists_are_payments_and_rows_that_are_over_are_not_looked_at(tiny):
    env = tiny.make(2, autoreset=False, reward=lambda lesson: [float("nan") if i < 0 else 3 for i in lesson.items])
    env.reset(seed=0)
    paid = [env.step(np.zeros(2, np.int64))[1] for _ in range(8)]
    assert all(reward.dtype == np.float64 for reward in paid)
    assert np.sum(paid, axis=0).tolist() == [18, 18]


@pytest.mark.parametrize(
    ("reward", "message"),
    [
        (5, "must be one of gain, belief_gain, exam, log_score, recall, or your own"),
        ("gian", "Did you mean 'gain'"),
        ("my_rewards.Mine", "must be one of"),
        ({"kind": "gian"}, "Did you mean 'gain'"),
        ({"knd": "gain"}, "must be one of"),
        ({"kind": "gain", "_target_": "a.B"}, "kind='gain' and _target_='a.B' contradict each other"),
        ({"_target_": "no_such_module.Mine"}, "there is no module 'no_such_module'"),
        ({"_target_": f"{__name__}.NoReward"}, "has no __call__: it is no reward"),
        ({"_target_": f"{__name__}.Needs"}, "Needs needs reward.weight"),
        ({"_target_": f"{__name__}.Weighted", "wieght": 1}, "Did you mean 'reward.weight'"),
        ({"_target_": f"{__name__}.gain", "lesson": 1}, "unknown key 'reward.lesson'"),
        ({"_target_": "os.remove"}, "os.remove is no reward"),
        ({"_target_": "zpdgym.agents.load_policy"}, "is no reward|no reward"),
        ({"_target_": "zpdgym.students.BKT"}, "it is no reward"),
        (NoReward(), "must be one of"),
        (NoReward, "NoReward cannot be called"),
        (Needs, "the class .*Needs cannot be made without arguments .*weight.*: give one that was"),
        (lambda: 0, r"must take one lesson, reward\(lesson\): too many"),
        (lambda lesson, more: 0, "must take one lesson"),
    ],
)
def test_what_is_no_reward_is_refused(tiny, reward, message):
    for make in (tiny.make, lambda **k: TutorEnv(tiny, **k), lambda **k: ScenarioSet([tiny]).make(1, seed=0, **k)):
        with pytest.raises(InputError, match=message) as caught:
            make(reward=reward)
        assert "\n" not in str(caught.value)


def scaled(lesson, *, weight=1.0):
    return weight * gain(lesson)


@pytest.mark.parametrize(
    "reward",
    [
        Weighted,
        Weighted(2.0),
        {"_target_": f"{__name__}.Weighted"},
        {"_target_": f"{__name__}.Weighted", "weight": 2},
        {"_target_": f"{__name__}.scaled", "weight": 2.0},
        functools.partial(scaled, weight=2),
        lambda lesson: 2 * gain(lesson),
        Weighted(2.0).__call__,
    ],
)
def test_there_are_many_ways_to_say_it(reward):
    scenario = world()
    paid = [env.step(np.array([1, 4]))[1] for env in (scenario.make(2, reward=reward),) if env.reset(seed=1)]
    plain = scenario.make(2, reward={"kind": "gain"})
    plain.reset(seed=1)
    np.testing.assert_array_equal(paid[0], 2 * plain.step(np.array([1, 4]))[1])
    assert plain.reward == "gain"


def test_the_faces_of_the_package_take_one(tiny):
    many, one = zpdgym.make_vec("tiny", 2, reward=gain), zpdgym.make("tiny", reward=gain)
    ours, alone = zpdgym.make_vec("tiny", 2, reward="gain"), gymnasium.make("zpdgym/Tiny-v0", reward="gain")
    for env in (many, one, ours, alone):
        env.reset(seed=5)
    for _ in range(6):
        np.testing.assert_array_equal(many.step([0, 1])[1], ours.step([0, 1])[1])
        assert one.step(1)[1] == alone.step(1)[1]
    assert many.reward.endswith("test_own_reward.gain")
    assert one.spec == gymnasium.make(one.spec).spec != alone.spec


def test_students_of_several_scenarios_are_paid_by_it_too():
    several = ScenarioSet([world(), world(student={"learn": 0.5})])
    mine, ours = (several.make(4, seed=0, reward=r) for r in (gain, "gain"))
    mine.reset(seed=0)
    ours.reset(seed=0)
    for _ in range(25):
        np.testing.assert_allclose(mine.step(np.arange(4))[1], ours.step(np.arange(4))[1], atol=1e-12)


def test_a_scenario_has_one_of_its_own():
    section = {"_target_": f"{__name__}.Weighted", "weight": 3}
    for change in ({"reward": section}, {f"reward.{key}": value for key, value in section.items()}):
        scenario = Scenario.load("tiny", change=change)
        assert scenario.sections["reward"] == section
        assert str(scenario.reward) == section["_target_"]
        assert scenario.label.startswith("Tiny-v0~")
        check_tutor_env(scenario, n_students=3, lessons=8)
        again = pickle.loads(pickle.dumps(scenario))
        envs = [one.make(2, seed=0) for one in (scenario, again)]
        paid = [env.step([0, 0])[1].tolist() for env in envs if env.reset()]
        assert paid[0] == paid[1]
    back = Scenario.load(scenario, change={"reward.kind": "gain"})
    assert back.sections["reward"] == {"kind": "gain"}
    for refused in ({"reward": {**section, "kind": "gain"}}, {"reward._target_": "a.B", "reward.kind": "gain"}):
        with pytest.raises(InputError, match="contradict each other"):
            Scenario.load("tiny", change=refused)
    for refused in ({"reward": gain}, {"reward.kind": gain}, {"reward._target_": gain}):
        with pytest.raises(InputError, match="reward"):
            Scenario.load("tiny", change=refused)


def test_copies_and_pickles_are_paid_alike(tiny):
    env = tiny.make(2, reward=Weighted)
    env.reset(seed=0)
    others = pickle.loads(pickle.dumps(env)), copy.deepcopy(env)
    for _ in range(8):
        paid = env.step([0, 1])[1]
        for other in others:
            np.testing.assert_array_equal(paid, other.step([0, 1])[1])
    copy.deepcopy(tiny.make(2, reward=lambda lesson: gain(lesson))).reset()


def test_whoever_looks_at_other_rows_or_counts_on_itself_is_found():
    luck = np.random.default_rng(0)
    for reward, message in (
        (lambda lesson: gain(lesson) - gain(lesson).mean(), "depends on the cohort's size or split"),
        (lambda lesson: np.full(len(lesson), len(lesson)), "depends on the cohort's size or split"),
        (lambda lesson: luck.random(len(lesson)), "otherwise when it is asked again"),
    ):
        with pytest.raises(AssertionError, match=rf"reward .*<lambda> .*{message}"):
            check_tutor_env(world(), n_students=3, lessons=12, reward=reward)


def test_right_answers_may_be_paid_as_they_are(tiny):
    env = tiny.make(8, seed=0, reward=lambda lesson: lesson.outcome["correct"])
    env.reset()
    _, reward, _, _, info = env.step(np.zeros(8, np.int64))
    np.testing.assert_array_equal(reward, info["correct"].astype(float))
    assert 0 < reward.sum() < 8
