"""What those get who take nothing but an id: specifications, flat observations, students of their own."""

import copy
import pickle

import gymnasium
import numpy as np
import pytest
import zpdgym
from gymnasium.envs.registration import EnvSpec
from gymnasium.vector import AsyncVectorEnv, SyncVectorEnv, VectorEnv
from zpdgym.envs import Scenario, TutorEnv, scenario_names
from zpdgym.envs.check import random_actions
from zpdgym.envs.registration import flat_id
from zpdgym.errors import InputError

from tests.helpers import SCENARIOS

NAMES = scenario_names()
IDS = [key for name in NAMES for key in (f"zpdgym/{name}", flat_id(name))]


def test_every_scenario_has_two_ids():
    assert flat_id("Tiny-v0") == "zpdgym/Tiny-flat-v0"
    assert {key for key in gymnasium.registry if key.startswith("zpdgym/")} == set(IDS)


@pytest.mark.parametrize("key", IDS)
def test_a_specification_is_equal_to_what_json_makes_of_it(key):
    spec = gymnasium.spec(key)
    plain = EnvSpec.from_json(spec.to_json())
    assert type(plain) is EnvSpec
    assert spec == plain
    assert plain == spec
    assert pickle.loads(pickle.dumps(spec)) == spec
    assert spec != gymnasium.spec(next(other for other in IDS if other != key))


@pytest.mark.filterwarnings("ignore:.*is out of date:DeprecationWarning")  # what Gymnasium says of older versions
@pytest.mark.parametrize("name", NAMES)
def test_the_limit_never_fires(name):
    """The shortest item as often as there is time for it: the teaching ends, and is not cut."""
    env = gymnasium.make(f"zpdgym/{name}")
    scenario = Scenario.load(name)
    horizon = scenario.schedule.horizon(scenario.curriculum.minutes)
    assert env.spec.max_episode_steps == horizon + 1
    _, info = env.reset(seed=0)
    minutes, lessons, over = scenario.curriculum.minutes, 0, False
    while not over:
        allowed = info["action_mask"][: len(minutes)]
        _, _, over, truncated, info = env.step(int(np.where(allowed, minutes, np.inf).argmin()))
        lessons += 1
        assert not truncated
    assert lessons <= horizon


def test_a_limit_that_would_cut_the_teaching_is_refused_of_many_students():
    with pytest.raises(InputError, match="max_episode_steps=6: the schedule has up to 6 lessons"):
        gymnasium.make_vec("zpdgym/Tiny-v0", num_envs=2, max_episode_steps=6)
    changed = copy.deepcopy(gymnasium.spec("zpdgym/Tiny-v0"))
    changed.max_episode_steps = 3
    assert gymnasium.make(changed).spec.max_episode_steps == 3, "Gymnasium's own wrapper may cut, where it is asked to"


@pytest.mark.filterwarnings("ignore:.*is out of date:DeprecationWarning")  # what Gymnasium says of older versions
@pytest.mark.kernels
@pytest.mark.parametrize("name", SCENARIOS)
def test_flat_observations_are_the_tables_row_after_row(name):
    whole, flat = (zpdgym.make_vec(name, 3, seed=1, flat=flat) for flat in (False, True))
    alone = gymnasium.make(flat_id(name), seed=1)
    rng = np.random.default_rng(0)
    (table, info), row, own = whole.reset(), flat.reset()[0], alone.reset()[0]
    for _ in range(30):
        np.testing.assert_array_equal(row, table.reshape(3, -1))
        np.testing.assert_array_equal(own, row[0])
        assert flat.observation_space.contains(row)
        assert alone.observation_space.contains(own)
        actions = random_actions(info["action_mask"], rng)
        (table, *_, info), row = whole.step(actions), flat.step(actions)[0]
        own, _, over, _, _ = alone.step(actions[0])
        own = alone.reset()[0] if over else own
    assert flat.single_observation_space.shape == alone.observation_space.shape == (row.shape[1],)


def test_the_last_flat_observation_is_flat_too():
    env = zpdgym.make_vec("tiny", 2, seed=0, flat=True)
    env.reset()
    while "final_obs" not in (info := env.step(np.zeros(2, np.int64))[4]):
        pass
    assert info["final_obs"][0].shape == env.single_observation_space.shape


def first_answers(env):
    """Forty answers of each student to items all over the curriculum: lucky guesses are never the same for all."""
    env.reset()
    return np.array([env.step(np.full(env.num_envs, 3 * j))[4]["correct"] for j in range(40)])


def unseeded():
    return gymnasium.make("zpdgym/Algebra-v1")


@pytest.mark.parametrize("several", [SyncVectorEnv, AsyncVectorEnv])
def test_copies_that_nobody_seeded_teach_different_students(several):
    env = several([unseeded] * 12)
    try:
        answers, seeds = first_answers(env), env.call("get_wrapper_attr", "cohort_seed")
    finally:
        env.close()
    assert len({tuple(student) for student in answers.T.tolist()}) > 6
    assert len(set(seeds)) == 12


def test_nobody_meets_the_same_cohort_twice_without_a_seed():
    env = zpdgym.make_vec("algebra", 2)
    copies = [copy.deepcopy(env), pickle.loads(pickle.dumps(env)), zpdgym.make_vec("algebra", 2), env]
    for one in copies:
        one.reset()
    seeds = {one.cohort_seed for one in copies}
    assert len(seeds) == 4
    assert all(0 <= seed < 1 << 63 for seed in seeds)
    started = copy.deepcopy(env)
    assert started.cohort_seed == env.cohort_seed, "a copy of a running environment goes on as it does"
    env.reset()
    assert env.cohort_seed in seeds, "the next episode is the same cohort's"


def test_with_a_seed_it_is_the_same_cohort_wherever_the_seed_comes_from():
    by_reset, by_make = zpdgym.make_vec("algebra", 4), zpdgym.make_vec("algebra", 4, seed=3)
    np.testing.assert_array_equal(by_reset.reset(seed=3)[0], by_make.reset()[0])
    actions = np.arange(4)
    np.testing.assert_array_equal(by_reset.step(actions)[4]["correct"], by_make.step(actions)[4]["correct"])


def test_one_student_has_nothing_by_which_other_libraries_tell_vector_environments():
    env = TutorEnv(Scenario.load("tiny"))
    for name in ("num_envs", "single_observation_space", "single_action_space", "autoreset"):
        assert hasattr(env.cohort, name)
        assert not hasattr(env, name), name
    assert not hasattr(env, "is_vector_env")
    assert not isinstance(env, VectorEnv)
    assert env.horizon == 6
    assert env.scenario.name == "Tiny-v0"
