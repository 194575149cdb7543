"""What every teaching environment promises to Gymnasium, to SB3 and to those who evaluate with it."""

import copy
import pickle

import gymnasium
import numpy as np
import pytest
import zpdgym
import zpdgym.envs
from gymnasium.wrappers import FlattenObservation
from zpdgym.envs import Scenario, TutorEnv, check_tutor_env
from zpdgym.envs.check import random_actions
from zpdgym.errors import InputError

from tests.envs.wrapping import in_short
from tests.helpers import COMPILED, SCENARIOS

NAMES = SCENARIOS


@pytest.mark.kernels
@pytest.mark.parametrize("name", NAMES)
def test_every_scenario_keeps_our_contract(name):
    check_tutor_env(name if COMPILED else in_short(f"zpdgym/{name}")["scenario"], n_students=4, lessons=45)


@pytest.mark.kernels
def test_tables_of_items_keep_it_too():
    algebra = Scenario.load("algebra", change={"observe.rows": "items", "schedule.sessions": 2})
    check_tutor_env(algebra, n_students=3, lessons=25)


@pytest.mark.kernels
@pytest.mark.parametrize("columns", [["belief"], ["session", "last_minutes", "last_hints", "last_option", "tries"]])
def test_any_choice_of_columns_keeps_it(columns):
    check_tutor_env(Scenario.load("game", change={"observe.columns": columns}), n_students=3, lessons=25)


@pytest.mark.filterwarnings("ignore:.*is out of date:DeprecationWarning")  # what Gymnasium says of older versions
@pytest.mark.parametrize("name", [name for name in NAMES if not Scenario.load(name).once])  # SB3 reads no masks
def test_the_flattened_view_suits_sb3(name):
    checker = pytest.importorskip("stable_baselines3.common.env_checker")
    checker.check_env(FlattenObservation(gymnasium.make(f"zpdgym/{name}")))


def test_sb3_makes_environments_by_id_without_a_warning():
    util = pytest.importorskip("stable_baselines3.common.env_util")
    assert util.make_vec_env("zpdgym/Tiny-v0", n_envs=2).reset().shape == (2, 3, 11)


@pytest.mark.filterwarnings("ignore:.*is out of date:DeprecationWarning")  # what Gymnasium says of older versions
@pytest.mark.parametrize("name", NAMES)
def test_a_pickled_environment_goes_on_as_the_original(name):
    env = gymnasium.make_vec(f"zpdgym/{name}", num_envs=3)
    _, info = env.reset(seed=2)
    rng = np.random.default_rng(0)
    *_, info = env.step(random_actions(info["action_mask"], rng))
    others = pickle.loads(pickle.dumps(env)), copy.deepcopy(env)
    for _ in range(10):
        actions = random_actions(info["action_mask"], rng)
        returned = env.step(actions)
        info = returned[4]
        for other in others:
            for mine, theirs in zip(returned[:4], other.step(actions)[:4], strict=True):
                np.testing.assert_array_equal(mine, theirs)


def test_a_thousand_students_do_what_each_does_alone():
    scenario = Scenario.load("algebra")
    many, rng = scenario.make(1000), np.random.default_rng(3)
    watched = (0, 1, 511, 999)
    alone = [scenario.make(1, first_student=i) for i in watched]
    for env in (many, *alone):
        env.reset(seed=5)
    for _ in range(40):
        actions = rng.integers(0, many.n_actions, 1000)
        together = many.step(actions)
        for i, env in zip(watched, alone, strict=True):
            for whole, own in zip(together[:3], env.step(actions[[i]])[:3], strict=True):
                np.testing.assert_array_equal(whole[[i]], own)


def test_reset_without_a_seed_brings_the_next_students_and_with_it_the_first_again(tiny):
    env = tiny.make(200, privileged=True)
    env.reset(seed=1)
    first = env.probe.mastery()
    env.reset()
    assert not np.array_equal(env.probe.mastery(), first)
    env.reset(seed=1)
    np.testing.assert_array_equal(env.probe.mastery(), first)
    env.reset(seed=2)
    assert not np.array_equal(env.probe.mastery(), first)


def test_autoreset_returns_the_next_episode_and_keeps_the_last_observation(tiny):
    env = tiny.make(2)
    start, _ = env.reset(seed=0)
    for _ in range(6):
        observation, _, ended, _, info = env.step(np.zeros(2, np.int64))
    assert ended.all()
    np.testing.assert_array_equal(observation, start)
    assert info["final_obs"][0][0, [c.name for c in env.columns].index("lesson")] == 1.0
    assert info["_final_obs"].all()
    told = {key for key in info["final_info"]["privileged"] if not key.startswith("_")}
    assert told == {"pre", "post", "exam", "mastery", "quit"}
    assert (env.records["episode"] == 1).all()


def test_without_autoreset_rows_that_are_over_stand_still(tiny):
    env = tiny.make(2, autoreset=False)
    env.reset(seed=0)
    for _ in range(6):
        last = env.step(np.zeros(2, np.int64))[0]
    assert env.done.all()
    observation, reward, ended, _, info = env.step(np.array([99, -7]))  # not looked at
    np.testing.assert_array_equal(observation, last)
    assert not reward.any()
    assert not ended.any()
    assert (info["item"] == -1).all()


def test_without_copies_two_buffers_take_turns(tiny):
    env = tiny.make(2, copy=False)
    one, _ = env.reset(seed=0)
    two = env.step(np.zeros(2, np.int64))[0]
    three = env.step(np.zeros(2, np.int64))[0]
    assert not np.shares_memory(one, two)
    assert np.shares_memory(one, three)


def test_without_copies_the_numbers_are_the_same(tiny):
    fresh, reused = tiny.make(3), tiny.make(3, copy=False)
    np.testing.assert_array_equal(fresh.reset(seed=0)[0], reused.reset(seed=0)[0])
    for t in range(8):
        np.testing.assert_array_equal(fresh.step(np.full(3, t % 3))[0], reused.step(np.full(3, t % 3))[0])


def test_privileged_information_only_on_request(tiny):
    assert "privileged" not in tiny.make(1).reset(seed=0)[1]
    info = tiny.make(1, privileged=True).reset(seed=0)[1]
    assert info["privileged"]["mastery"].shape == (1, 3)
    assert info["privileged"]["p_all"].shape == (1, 3)


@pytest.mark.parametrize(
    ("action", "said"), [(3, "row 1: action 3 does not exist; actions are 0 … 2"), (-1, "row 1: action -1")]
)
def test_illegal_actions_are_refused(tiny, action, said):
    env = tiny.make(2)
    env.reset(seed=0)
    with pytest.raises(InputError, match=said):
        env.step(np.array([0, action]))


def test_the_wrong_number_of_actions_is_refused(tiny):
    env = tiny.make(2)
    env.reset(seed=0)
    with pytest.raises(InputError, match=r"actions have shape \(3,\), must be \(2,\)"):
        env.step(np.zeros(3, np.int64))


@pytest.mark.kernels
def test_finish_waits_until_it_is_allowed():
    env = Scenario.load("game", change={"actions.finish_after": 2}).make(2)
    _, info = env.reset(seed=0)
    assert env.action_names[env.finish] == "finish"
    for _ in range(2):
        assert not info["action_mask"][:, env.finish].any()
        with pytest.raises(InputError, match=r"\(finish\) is not allowed yet"):
            env.step(np.array([0, env.finish]))
        info = env.step(np.zeros(2, np.int64))[-1]
    assert info["action_mask"].all()
    _, _, ended, _, info = env.step(np.array([0, env.finish]))
    assert ended.tolist() == [False, True]
    assert not info["action_mask"][1, env.finish]  # the next student's first lesson


@pytest.mark.parametrize("seed", [-1, -(1 << 70), 1.5, True, "1"])
def test_bad_seeds_are_refused(tiny, seed):
    for given in ({"seed": seed}, {"seed": [1, seed]}):
        with pytest.raises(InputError, match="seed"):
            tiny.make(2).reset(**given)
    with pytest.raises(InputError, match="seed"):
        TutorEnv(tiny).reset(seed=seed)
    with pytest.raises(InputError, match="seed"):
        tiny.make(2, seed=seed)


@pytest.mark.parametrize("seed", [1 << 63, (1 << 64) - 1, 1 << 100])
def test_seeds_that_clients_draw_from_more_bits_are_cohorts_too(tiny, seed):
    alone, many = TutorEnv(tiny), tiny.make(2)
    first, _ = alone.reset(seed=seed)
    np.testing.assert_array_equal(many.reset(seed=[seed, seed + 1])[0][0], first)
    many.reset(seed=seed)
    assert alone.cohort_seed == many.cohort_seed < 1 << 63
    other = TutorEnv(tiny)
    other.reset(seed=seed + 1)
    assert other.cohort_seed != alone.cohort_seed


def test_one_student_has_one_seed(tiny):
    with pytest.raises(InputError, match="seed"):
        TutorEnv(tiny).reset(seed=[3])


def test_unknown_reset_options_are_refused(tiny):
    with pytest.raises(InputError, match="the only option is reset_mask; given: hard"):
        tiny.make(2).reset(options={"hard": True})


def test_options_that_are_meant_for_a_wrapper_do_not_disturb(tiny):
    """Gymnasium hands them on, down to the environment."""
    plain, _ = TutorEnv(tiny).reset(seed=3)
    np.testing.assert_array_equal(TutorEnv(tiny).reset(seed=3, options={"minari_autoseed": False})[0], plain)
    with pytest.raises(InputError, match="options=5 must be a mapping"):
        TutorEnv(tiny).reset(options=5)


@pytest.mark.parametrize("bad", [{"num_envs": 0}, {"num_envs": 2, "reward": "joy"}])
def test_bad_arguments_are_refused(tiny, bad):
    with pytest.raises(InputError):
        tiny.make(**bad)


def test_a_lesson_before_the_reset_is_refused(tiny):
    with pytest.raises(gymnasium.error.ResetNeeded):
        tiny.make(1).step(np.zeros(1, np.int64))
    with pytest.raises(gymnasium.error.ResetNeeded):
        TutorEnv(tiny).step(0)


def test_the_single_environment_says_when_its_episode_is_over(tiny):
    env = TutorEnv(tiny)
    env.reset(seed=0)
    for _ in range(6):
        _, _, ended, _, info = env.step(0)
    assert ended
    assert info["final_info"]["privileged"]["mastery"].shape == (3,)
    with pytest.raises(gymnasium.error.ResetNeeded):
        env.step(0)


def test_the_single_environment_refuses_what_is_no_action(tiny):
    env = TutorEnv(tiny)
    env.reset(seed=0)
    with pytest.raises(InputError, match="must be a whole number"):
        env.step(0.5)
    with pytest.raises(InputError, match="action 3 does not exist"):
        env.step(3)


def test_public_names_are_there():
    for name in ("Scenario", "TutorEnv", *dir(zpdgym.envs)):
        assert getattr(zpdgym.envs, name) is not None
    with pytest.raises(AttributeError):
        _ = zpdgym.envs.nothing


def test_actions_that_are_not_whole_numbers_are_refused():
    env = Scenario.load("tiny").make(2)
    env.reset(seed=0)
    with pytest.raises(InputError, match="actions are float64 numbers, must be whole numbers"):
        env.step(np.array([0.5, 1.9]))


def test_a_loaded_scenario_is_made_as_its_name_is():
    env = zpdgym.make(Scenario.load("tiny", change={"schedule.lessons": 4}))
    assert env.reset(seed=0)[0].shape == (3, 11)
    assert env.horizon == 4
