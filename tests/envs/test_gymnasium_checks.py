"""Gymnasium's own checks, over every environment that has an id; and what recorders of lessons rely on."""

import copy
import itertools
import pickle

import gymnasium
import numpy as np
import pytest
from gymnasium.envs.registration import EnvSpec
from gymnasium.utils.env_checker import check_env
from gymnasium.vector import AutoresetMode, SyncVectorEnv
from zpdgym.envs import Scenario, TutorEnv

from tests.envs.wrapping import IDS, WIDELY, play, same, unchanged

pytestmark = pytest.mark.filterwarnings("ignore:.*is out of date:DeprecationWarning")  # older versions stay
MODES = list(AutoresetMode)


def items_of(env, shape=2000):
    """Items at random; where none may be shown twice, one order again and again, which is longer than an episode."""
    rng, base = np.random.default_rng(0), env.unwrapped
    n_items = base.curriculum.n_items
    if not base.scenario.once:
        return rng.integers(0, n_items, shape)
    lessons, *students = np.atleast_1d(shape)
    order = np.resize(rng.permutation(n_items), lessons)
    return np.repeat(order[:, None], students[0], axis=1) if students else order


@pytest.mark.parametrize("key", IDS)
def test_gymnasium_finds_nothing_to_say(key):
    """In every render mode, too; from 1.4 on it also checks that no data is used again, as a test below does."""
    check_env(gymnasium.make(f"zpdgym.envs:{key}").unwrapped)


@pytest.mark.parametrize("privileged", [False, True])
@pytest.mark.parametrize("key", IDS)
def test_the_passive_checker_is_silent_for_a_whole_episode(key, privileged):
    env = gymnasium.make(key, disable_env_checker=False, privileged=privileged)
    assert "PassiveEnvChecker" in str(env)
    seen = play(env, items_of(env))
    assert not any(info.get("TimeLimit.truncated") for info in seen.infos)


def arrays(data):
    """All arrays in what an environment returned."""
    if isinstance(data, np.ndarray) and data.dtype != object:
        yield data
    elif isinstance(data, dict):
        yield from itertools.chain.from_iterable(map(arrays, data.values()))
    elif isinstance(data, tuple | list | np.ndarray):
        yield from itertools.chain.from_iterable(map(arrays, data))


def kept_and_compared(env, items):
    """Play on with everything kept as it was returned, beside copies made at once: later steps must not change it."""
    calls = [env.reset(seed=3)]
    copies, over = copy.deepcopy(calls), False
    for item in items:
        again = np.any(over) and env.metadata.get("autoreset_mode", AutoresetMode.DISABLED) == AutoresetMode.DISABLED
        if again:
            calls.append(env.reset(options={"reset_mask": over} if isinstance(over, np.ndarray) else None))
            copies.append(copy.deepcopy(calls[-1]))
        calls.append(env.step(item))
        copies.append(copy.deepcopy(calls[-1]))
        over = calls[-1][2]
    for call, kept in zip(calls, copies, strict=True):
        same(arrays(call), arrays(kept))
    for one, other in itertools.pairwise(calls):
        assert not any(np.shares_memory(mine, its) for mine in arrays(one) for its in arrays(other))


@pytest.mark.parametrize("key", IDS)
def test_what_was_returned_stays_as_it_was(key):
    env = gymnasium.make(key, privileged=True).unwrapped
    kept_and_compared(env, items_of(env)[: env.horizon + 3])


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("key", WIDELY)
def test_what_was_returned_of_many_students_stays_as_it_was(key, mode):
    env = gymnasium.make_vec(key, 3, autoreset_mode=mode, privileged=True)
    kept_and_compared(env, items_of(env, (env.horizon + 3, 3)))


@pytest.mark.parametrize("key", IDS)
def test_an_environment_is_made_again_from_its_specification(key):
    env = gymnasium.make(key, seed=5, first_student=2, reward="gain", privileged=True, render_mode="ansi")
    read = EnvSpec.from_json(env.spec.to_json())
    assert env.spec == read
    for spec in (env.spec, read, pickle.loads(pickle.dumps(env.spec)), copy.deepcopy(env.spec)):
        again = gymnasium.make(spec)
        assert again.unwrapped.render_mode == "ansi"
        unchanged(play(env, items_of(env)), play(again, items_of(env)), again)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("key", IDS)
def test_an_environment_of_many_is_made_again_from_its_specification(key, mode):
    env = gymnasium.make_vec(key, 3, autoreset_mode=mode.value, seed=5, first_student=2, reward="gain")
    read = EnvSpec.from_json(env.spec.to_json())
    assert env.spec == read
    for spec in (env.spec, read, pickle.loads(pickle.dumps(env.spec))):
        again = gymnasium.make_vec(spec)
        assert (again.num_envs, again.autoreset_mode, again.reward) == (3, mode, "gain")
        np.testing.assert_array_equal(again.reset(seed=3)[0], env.reset(seed=3)[0])


@pytest.mark.parametrize("key", IDS)
def test_a_pickled_environment_of_one_student_goes_on_as_the_original(key):
    env = gymnasium.make(key)
    env.reset(seed=2)
    items = items_of(env)
    env.step(items[0])
    others = pickle.loads(pickle.dumps(env)), copy.deepcopy(env)
    for item in items[1:30]:
        returned = env.step(item)
        for other in others:
            same(other.step(item)[:4], returned[:4])
        if returned[2]:
            first = env.reset()[0]
            for other in others:
                np.testing.assert_array_equal(other.reset()[0], first)


@pytest.mark.parametrize("key", IDS)
def test_gymnasiums_own_vector_environment_takes_it(key):
    """With ids, wrappers and renderings of its own."""
    env = gymnasium.make_vec(key, 2, vectorization_mode="sync", render_mode="rgb_array", wrappers=[lambda env: env])
    assert isinstance(env, SyncVectorEnv)
    env.reset(seed=[4, 4])
    env.step(np.zeros(2, np.int64))
    assert [frame.ndim for frame in env.render()] == [3, 3]
    assert env.call("action_masks")[0].shape == (env.single_action_space.n,)
    env.reset(options={"reset_mask": np.array([True, False])})
    assert [records["lesson"].item() for records in env.get_attr("records")] == [0, 1]


def shape_of(info):
    """The names, kinds and shapes in an info, which recorders stack lesson upon lesson."""
    return {
        key: shape_of(value) if isinstance(value, dict) else (type(value), np.shape(value), np.asarray(value).dtype)
        for key, value in info.items()
    }


@pytest.mark.parametrize("privileged", [False, True])
@pytest.mark.parametrize("key", IDS)
def test_every_info_of_an_episode_has_the_same_shape(key, privileged):
    """As Minari's recorder wants it of those that it keeps; what is told at the end, and only then, is one key more."""
    env = gymnasium.make(key, privileged=privileged)
    first = shape_of(env.reset(seed=1)[1])
    seen = play(env, items_of(env))
    for ended, info in zip(seen.ends, seen.infos, strict=True):
        assert ended == ("final_info" in info)
        info.pop("final_info", None)
        assert shape_of(info) == first


def test_a_recorder_may_draw_seeds_of_64_bits_and_send_options_of_its_own():
    """Minari does both at every reset."""
    env = TutorEnv(Scenario.load("tiny"))
    first, _ = env.reset(seed=(1 << 64) - 1, options={"minari_autoseed": True})
    again, _ = env.reset(seed=(1 << 64) - 1)
    np.testing.assert_array_equal(first, again)
    assert 0 <= env.cohort_seed < 1 << 63


@pytest.mark.parametrize("key", IDS)
def test_a_recorded_episode_is_taught_again(key):
    """From the specification as JSON, the seed and the actions, as a file of recorded lessons holds them."""
    env = gymnasium.make(key)
    seen = play(env, items_of(env))
    recovered = gymnasium.make(EnvSpec.from_json(env.spec.to_json()))
    actions = [info["item"] for info in seen.infos]
    unchanged(seen, play(recovered, actions), recovered)
