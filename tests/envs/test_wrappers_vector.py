"""All of Gymnasium's wrappers of vector environments around ours, in the three ways of beginning anew.

The list of wrappers is Gymnasium's own: one that a later version adds has no recipe yet, and is noticed.
"""

import copy
import itertools
from functools import cache

import gymnasium
import numpy as np
import pytest
from gymnasium import wrappers as of_one
from gymnasium.vector import AutoresetMode
from gymnasium.wrappers import vector as wrappers

from tests.envs.wrapping import (
    COUNTS_AT_ONCE,
    MISSING,
    SILENCED,
    UNFIT,
    WIDELY,
    Recipe,
    Refusal,
    clipped,
    in_short,
    kept_to_the_folder,
    must_be_known,
    paid_as,
    play_many,
    same,
    same_rewards,
    seen_as,
    tensor,
    tripled,
    unchanged,
)

pytestmark = pytest.mark.filterwarnings("ignore:.*is out of date:DeprecationWarning")  # older versions stay
NAMES = sorted(wrappers.__all__)
STUDENTS = 3
AT_ONCE, NEXT, NEVER = AutoresetMode.SAME_STEP, AutoresetMode.NEXT_STEP, AutoresetMode.DISABLED


def items_of(env):
    if env.unwrapped.scenario.once:
        return (np.full(STUDENTS, item) for item in itertools.cycle(range(env.unwrapped.curriculum.n_items)))
    rng = np.random.default_rng(0)
    return (rng.integers(0, env.unwrapped.curriculum.n_items, STUDENTS) for _ in iter(int, 1))


@cache
def made(key, mode, render_mode):
    return gymnasium.make_vec(key, STUDENTS, autoreset_mode=mode, render_mode=render_mode, **in_short(key))


def make(key, mode, render_mode=None):
    """A new environment: a copy of the first, which is faster than reading the scenario again."""
    return copy.deepcopy(made(key, mode, render_mode))


@cache
def plain_play(key, mode, render_mode=None):
    env = make(key, mode, render_mode)
    return play_many(env, items_of(env), steps=env.unwrapped.horizon + 4)


def play_wrapped(env, recipe):
    return play_many(env, map(recipe.sent, items_of(env)), steps=env.unwrapped.horizon + 4)


def each(change):
    """The promise that every student's observation is changed in this way, the last ones of episodes too."""

    def promise(plain, mine, env):
        seen_as(lambda table: np.stack([change(row) for row in table]))(plain, mine, env)
        for theirs, ours in zip(plain.infos, mine.infos, strict=True):
            for i in np.flatnonzero(theirs.get("_final_obs", [])):
                np.testing.assert_array_equal(ours["final_obs"][i], change(theirs["final_obs"][i]))

    return promise


def from_the_end(plain, mine, env):
    sent, last = items_of(env), env.unwrapped.curriculum.n_items - 1
    for info, items in zip(mine.infos, sent, strict=False):
        lesson = info["item"] >= 0
        np.testing.assert_array_equal(info["item"][lesson], (last - items)[lesson])


def normalised(plain, mine, env):
    assert all(np.isfinite(seen).all() and seen.dtype == np.float32 for seen in mine.observations)
    seen = np.array(plain.observations).reshape(-1, *plain.observations[0].shape[1:])
    np.testing.assert_allclose(env.obs_rms.mean, seen.mean(axis=0), atol=1e-3)
    same_rewards(plain, mine)


def scaled(plain, mine, env):
    assert np.isfinite(mine.rewards).all()
    np.testing.assert_array_equal(np.sign(mine.rewards), np.sign(plain.rewards))
    same(mine.ends, plain.ends)


def episodes(played, mode):
    """The return and length of every episode that ended, added up by hand."""
    found, paid, lessons = [], np.zeros(STUDENTS), np.zeros(STUDENTS, int)
    waiting = np.zeros(STUDENTS, bool)
    for reward, ended in zip(played.rewards, played.ends, strict=True):
        paid[~waiting] += reward[~waiting]
        lessons[~waiting] += 1
        for i in np.flatnonzero(ended):
            found.append((pytest.approx(paid[i]), int(lessons[i])))
            paid[i] = lessons[i] = 0
        waiting = ended & (mode == NEXT)
    return found


def counted(plain, mine, env):
    unchanged(plain, mine, env)
    if COUNTS_AT_ONCE or env.metadata["autoreset_mode"] != AT_ONCE:
        told = list(zip(env.return_queue, env.length_queue, strict=True))
        assert told == episodes(plain, env.metadata["autoreset_mode"])
    assert [bool(ended.any()) for ended in plain.ends] == ["episode" in info for info in mine.infos]


def listed(plain, mine, env):
    unchanged(plain, mine, env)
    for ours, theirs, ended in zip(mine.infos, plain.infos, plain.ends, strict=True):
        for i, row in enumerate(ours):
            assert {"correct", "item", "days", "action_mask"} <= set(row)
            assert ("final_info" in row) == ended[i]
            np.testing.assert_array_equal(row["action_mask"], theirs["action_mask"][i])


def alike(plain, mine, env):
    same(map(np.asarray, mine.observations), plain.observations)
    np.testing.assert_allclose(mine.rewards, plain.rewards, rtol=1e-6)
    same(mine.ends, plain.ends)


def filmed(plain, mine, env):
    unchanged(plain, mine, env)
    env.close()
    from moviepy import VideoFileClip

    film = VideoFileClip(f"{env.video_folder}/rl-video-episode-0.mp4")
    assert film.fps == env.metadata["render_fps"]
    film.close()


def watched(plain, mine, env):
    unchanged(plain, mine, env)
    assert env.window is not None
    env.close()


def in_a_hurry(env):
    env.metadata = {**env.metadata, "render_fps": 10_000}
    return env


def negated(env):
    space = gymnasium.spaces.Box(-1.0, 0.0, env.single_observation_space.shape, np.float32)
    return {"func": np.negative, "single_observation_space": space}


def negated_one_by_one(env):
    space = negated(env)["single_observation_space"]
    return {"wrapper": of_one.TransformObservation, "func": np.negative, "observation_space": space}


def taking_the_rest(env):
    return {"func": lambda items: env.unwrapped.curriculum.n_items - 1 - items}


def taking_the_rest_one_by_one(env):
    return {"wrapper": of_one.TransformAction, "action_space": None, **taking_the_rest(env)}


RECIPES = {
    "VectorizeTransformObservation": Recipe(each(np.negative), negated_one_by_one),
    "VectorizeTransformAction": Recipe(from_the_end, taking_the_rest_one_by_one),
    "VectorizeTransformReward": Recipe(paid_as(tripled), {"wrapper": of_one.TransformReward, "func": tripled}),
    "DictInfoToList": Recipe(listed),
    "TransformObservation": Recipe(seen_as(np.negative), negated),
    "FlattenObservation": Recipe(each(np.ravel)),
    "ReshapeObservation": Recipe(
        each(lambda row: row.reshape(1, -1)),
        lambda env: {"shape": (1, int(np.prod(env.single_observation_space.shape)))},
    ),
    "RescaleObservation": Recipe(
        each(lambda row: row * np.float32(2) - np.float32(1)), {"min_obs": np.float32(-1), "max_obs": np.float32(1)}
    ),
    "DtypeObservation": Recipe(each(np.float16), {"dtype": np.float16}),
    "NormalizeObservation": Recipe(normalised),
    "TransformAction": Recipe(from_the_end, taking_the_rest),
    "TransformReward": Recipe(paid_as(tripled), {"func": tripled}),
    "ClipReward": Recipe(paid_as(clipped), {"min_reward": -0.01, "max_reward": 0.01}),
    "NormalizeReward": Recipe(scaled),
    "RecordEpisodeStatistics": Recipe(counted),
    "RecordVideo": Recipe(filmed, render_mode="rgb_array", needs=("moviepy",)),
    "HumanRendering": Recipe(watched, {}, in_a_hurry, "rgb_array", needs=("pygame",)),
    "ArrayConversion": Recipe(alike, {"env_xp": np, "target_xp": np}, needs=("array_api_compat",)),
    "JaxToNumpy": Recipe(alike, needs=("array_api_compat", "jax")),
    "JaxToTorch": Recipe(alike, sent=tensor, needs=("array_api_compat", "jax", "torch")),
    "NumpyToTorch": Recipe(alike, sent=tensor, needs=("array_api_compat", "torch")),
}
NO_PICTURE = "our observation is a table of numbers, and no picture"
NUMBERS = "an action is an item's number, and numbers side by side have nothing in common"
UNUSABLE = {
    "FilterObservation": Refusal("our observation is one table", "Dict|^$", {"filter_keys": ["obs"]}),
    "GrayscaleObservation": Refusal(NO_PICTURE, "image|^$"),
    "ResizeObservation": Refusal(NO_PICTURE, "image|bounds|opencv|^$", {"shape": (8, 8)}),
    "ClipAction": Refusal(NUMBERS, "Box|^$"),
    "RescaleAction": Refusal(NUMBERS, "Box|^$", {"min_action": np.float32(-1), "max_action": np.float32(1)}),
}
MODES = {
    "TransformObservation": {NEXT, NEVER},
    "NormalizeObservation": {NEXT},
    "RecordVideo": {NEXT, NEVER},
    "VectorizeTransformObservation": {NEXT, NEVER},
    "FlattenObservation": {NEXT, NEVER},
    "ReshapeObservation": {NEXT, NEVER},
    "RescaleObservation": {NEXT, NEVER},
    "DtypeObservation": {NEXT, NEVER},
    **{name: {NEXT, NEVER} for name in ("ArrayConversion", "JaxToNumpy", "JaxToTorch", "NumpyToTorch")},  # final_obs
}
"""Where Gymnasium itself refuses or warns of some ways of beginning anew; everywhere else it takes all three."""


no_window = kept_to_the_folder(RECIPES)


def test_every_wrapper_has_a_recipe_or_a_reason():
    must_be_known(NAMES, RECIPES, UNUSABLE)


@pytest.mark.filterwarnings(*SILENCED)
@pytest.mark.parametrize("name", [name for name in NAMES if name in RECIPES])
@pytest.mark.parametrize("mode", AutoresetMode)
@pytest.mark.parametrize("key", WIDELY)
def test_a_wrapper_keeps_its_promise(key, mode, name):
    recipe = RECIPES[name]
    env = make(key, mode, recipe.render_mode)
    if recipe.says_what_is_missing(wrappers, name, env):
        return
    if mode not in MODES.get(name, AutoresetMode):
        with pytest.raises((*UNFIT, UserWarning, BufferError), match=r"autoreset.mode|AutoresetMode|DLPack|^$"):
            play_wrapped(recipe.wrap(wrappers, name, env), recipe)
        return
    wrapped = recipe.wrap(wrappers, name, env)
    mine = play_wrapped(wrapped, recipe)
    recipe.promise(plain_play(key, mode, recipe.render_mode), mine, wrapped)
    assert wrapped.unwrapped.action_masks().shape == (STUDENTS, env.single_action_space.n)


@pytest.mark.parametrize("name", [name for name in NAMES if name in UNUSABLE])
@pytest.mark.parametrize("key", WIDELY)
def test_what_does_not_fit_is_refused_by_gymnasium(key, name):
    refusal = UNUSABLE[name]
    with pytest.raises((*UNFIT, *MISSING), match=refusal.match):
        getattr(wrappers, name)(make(key, NEXT), **refusal.arguments)
