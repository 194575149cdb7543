"""All of Gymnasium's wrappers around every environment of one student, each with what it promises.

The list of wrappers is Gymnasium's own: one that a later version adds has no recipe yet, and is noticed.
"""

import copy
from functools import cache

import gymnasium
import numpy as np
import pytest
from gymnasium import wrappers
from gymnasium.envs.registration import EnvSpec

from tests.envs.wrapping import (
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
    play,
    same,
    same_rewards,
    seen_as,
    tensor,
    tripled,
    unchanged,
)

pytestmark = pytest.mark.filterwarnings("ignore:.*is out of date:DeprecationWarning")  # older versions stay
NAMES = sorted(set(wrappers.__all__) - {"vector"})
ITEMS = np.random.default_rng(0).integers(0, 1 << 30, 2000)


def items_of(env, *, times=1):
    """The items that are taught, each ``times`` times; where none may be shown twice, all in turn."""
    if env.get_wrapper_attr("scenario").once:
        return np.repeat(np.resize(np.arange(env.get_wrapper_attr("curriculum").n_items), len(ITEMS)), times)
    return np.repeat(ITEMS % env.get_wrapper_attr("curriculum").n_items, times)


@cache
def made(key, render_mode):
    return gymnasium.make(key, render_mode=render_mode, **in_short(key))


def make(key, render_mode=None):
    """A new environment: a copy of the first, which is faster than reading the scenario again."""
    return copy.deepcopy(made(key, render_mode))


@cache
def plain_play(key, *, times=1, render_mode=None):
    env = make(key, render_mode)
    return play(env, items_of(env, times=times))


def delayed(plain, mine, env):
    n = plain.lessons
    assert not np.any(mine.observations[0])
    same(mine.observations[1 : n + 1], plain.observations[:n])
    same_rewards(plain, mine)


def in_quarters(observation):
    return np.minimum(np.ravel(observation) // 0.25, 3).astype(np.int64)


def stacked(plain, mine, env):
    n = plain.lessons
    same(mine.observations[0], [plain.observations[0]] * 2)
    for i in range(1, n + 1):
        same(mine.observations[i], plain.observations[i - 1 : i + 1])
    same_rewards(plain, mine)


def timed(plain, mine, env):
    same([seen["obs"] for seen in mine.observations], plain.observations)
    assert [int(seen["time"][0]) for seen in mine.observations[: plain.lessons + 2]] == [*range(plain.lessons + 1), 0]
    same_rewards(plain, mine)


def filtered(plain, mine, env):
    same([seen["obs"] for seen in mine.observations], plain.observations)
    same_rewards(plain, mine)


def normalised(plain, mine, env):
    np.testing.assert_allclose(env.obs_rms.mean, np.mean(plain.observations, axis=0), atol=1e-3)
    same_rewards(plain, mine)


def in_pairs(plain, mine, env):
    """Every step is two lessons, the second only where the first did not end the teaching."""
    n, paid = plain.lessons, plain.rewards
    sums = [sum(paid[i : min(i + 2, n)]) for i in range(0, n, 2)]
    np.testing.assert_allclose(mine.rewards[: len(sums)], sums, atol=1e-12)
    assert mine.lessons == len(sums)


def highest_of_pairs(plain, mine, env):
    in_pairs(plain, mine, env)
    for i in range(1, (plain.lessons - 1) // 2 + 1):
        np.testing.assert_array_equal(mine.observations[i], np.max(plain.observations[2 * i - 1 : 2 * i + 1], axis=0))


def from_the_end(plain, mine, env):
    last = env.get_wrapper_attr("curriculum").n_items - 1
    same([info["item"] for info in mine.infos], last - items_of(env)[: len(mine.infos)])


def sticky(plain, mine, env):
    taught, sent = [info["item"] for info in mine.infos[: mine.lessons]], items_of(env).tolist()
    assert taught[0] == sent[0]
    assert all(taught[i] in (sent[i], taught[i - 1]) for i in range(1, mine.lessons))


def scaled(plain, mine, env):
    """Rewards are divided by a number that changes slowly; their signs stay."""
    assert np.isfinite(mine.rewards).all()
    np.testing.assert_array_equal(np.sign(mine.rewards), np.sign(plain.rewards))
    # in two sessions a single student may be paid nothing at all
    assert mine.rewards != plain.rewards or not any(plain.rewards)


def cut(plain, mine, env):
    assert mine.lessons == 3
    same(mine.rewards[:3], plain.rewards[:3])


def without_a_reset(plain, mine, env):
    """The step after the end brings the first observation of the next episode; its item is not taught."""
    n = plain.lessons
    same(mine.observations[: n + 2], plain.observations[: n + 2])
    same(mine.rewards[: n + 1], [*plain.rewards[:n], 0.0])
    assert mine.infos[n]["item"] == -1


def counted(plain, mine, env):
    n = plain.lessons
    told = mine.infos[n - 1]["episode"]
    assert (told["l"], told["r"]) == (n, pytest.approx(sum(plain.rewards[:n])))
    assert [i for i, info in enumerate(mine.infos) if "episode" in info] == [n - 1]
    same_rewards(plain, mine)


def pictured(plain, mine, env):
    n = plain.lessons
    same(mine.observations[:n], plain.frames[:n])
    same_rewards(plain, mine)


def grey(plain, mine, env):
    assert {(seen.shape, seen.dtype) for seen in mine.observations} == {(plain.frames[0].shape[:2], np.dtype(np.uint8))}
    same_rewards(plain, mine)


def small(plain, mine, env):
    assert {seen.shape for seen in mine.observations} == {(16, 20, 3)}
    same_rewards(plain, mine)


def noisy(plain, mine, env):
    unchanged(plain, mine, env)
    assert all(one.shape == other.shape for one, other in zip(mine.frames, plain.frames, strict=True))
    assert 0.2 < np.mean(mine.frames[0] != plain.frames[0]) < 0.8


def collected(plain, mine, env):
    unchanged(plain, mine, env)
    assert [len(frames) for frames in mine.frames[:3]] == [1, 1, 1]
    same([frames[0] for frames in mine.frames[: plain.lessons]], plain.frames[: plain.lessons])


def filmed(plain, mine, env):
    unchanged(plain, mine, env)
    env.close()
    from moviepy import VideoFileClip

    film = VideoFileClip(f"{env.video_folder}/rl-video-episode-0.mp4")
    assert film.fps == env.metadata["render_fps"]
    assert film.n_frames == plain.lessons + 1
    film.close()


def watched(plain, mine, env):
    unchanged(plain, mine, env)
    assert env.window is not None
    assert mine.frames == [None] * len(mine.frames)
    env.close()


def alike(plain, mine, env):
    same(map(np.asarray, mine.observations), plain.observations)
    np.testing.assert_allclose(mine.rewards, plain.rewards, rtol=1e-6)
    assert mine.ends == plain.ends


def with_pixels(env):
    return wrappers.AddRenderObservation(env)


def with_time(env):
    return wrappers.TimeAwareObservation(env, flatten=False)


def in_a_hurry(env):
    env.metadata = {**env.metadata, "render_fps": 10_000}
    return env


def taking_the_rest(env):
    return {"func": lambda item: env.get_wrapper_attr("curriculum").n_items - 1 - item, "action_space": None}


def flat_space(env):
    space = env.observation_space
    return {"func": np.negative, "observation_space": gymnasium.spaces.Box(-1.0, 0.0, space.shape, np.float32)}


NAMESPACE = {"env_xp": np, "target_xp": np}
RECIPES = {
    "DelayObservation": Recipe(delayed, {"delay": 1}),
    "DtypeObservation": Recipe(seen_as(np.float16), {"dtype": np.float16}),
    "DiscretizeObservation": Recipe(
        seen_as(in_quarters), {"bins": 4, "multidiscrete": True}, wrappers.FlattenObservation
    ),
    "FilterObservation": Recipe(filtered, {"filter_keys": ["obs"]}, with_time),
    "FlattenObservation": Recipe(seen_as(np.ravel)),
    "FrameStackObservation": Recipe(stacked, {"stack_size": 2}),
    "GrayscaleObservation": Recipe(grey, {}, with_pixels, "rgb_array"),
    "TransformObservation": Recipe(seen_as(np.negative), flat_space),
    "MaxAndSkipObservation": Recipe(highest_of_pairs, {"skip": 2}, times=2),
    "NormalizeObservation": Recipe(normalised),
    "AddRenderObservation": Recipe(pictured, render_mode="rgb_array"),
    "ResizeObservation": Recipe(small, {"shape": (16, 20)}, with_pixels, "rgb_array", needs=("cv2",)),
    "ReshapeObservation": Recipe(
        seen_as(lambda observation: observation.reshape(1, -1)),
        lambda env: {"shape": (1, int(np.prod(env.observation_space.shape)))},
    ),
    "RescaleObservation": Recipe(
        seen_as(lambda observation: observation * np.float32(2) - np.float32(1)),
        {"min_obs": np.float32(-1), "max_obs": np.float32(1)},
    ),
    "TimeAwareObservation": Recipe(timed, {"flatten": False}),
    "TransformAction": Recipe(from_the_end, taking_the_rest),
    "StickyAction": Recipe(sticky, {"repeat_action_probability": 0.5}),
    "RepeatAction": Recipe(in_pairs, {"num_repeats": 2}, times=2),
    "ClipReward": Recipe(paid_as(clipped), {"min_reward": -0.01, "max_reward": 0.01}),
    "TransformReward": Recipe(paid_as(tripled), {"func": tripled}),
    "NormalizeReward": Recipe(scaled),
    "TimeLimit": Recipe(cut, {"max_episode_steps": 3}),
    "Autoreset": Recipe(without_a_reset, by_itself=True),
    "PassiveEnvChecker": Recipe(unchanged),
    "OrderEnforcing": Recipe(unchanged),
    "RecordEpisodeStatistics": Recipe(counted),
    "AddWhiteNoise": Recipe(noisy, {"probability_of_noise_per_pixel": 0.5}, render_mode="rgb_array"),
    "ObstructView": Recipe(noisy, {"obstructed_pixels_ratio": 0.7, "obstruction_width": 4}, render_mode="rgb_array"),
    "RenderCollection": Recipe(collected, render_mode="rgb_array"),
    "RecordVideo": Recipe(filmed, render_mode="rgb_array", needs=("moviepy",)),
    "HumanRendering": Recipe(watched, {}, in_a_hurry, "rgb_array", needs=("pygame",)),
    "ArrayConversion": Recipe(unchanged, NAMESPACE, needs=("array_api_compat",)),
    "JaxToNumpy": Recipe(alike, needs=("array_api_compat", "jax")),
    "JaxToTorch": Recipe(alike, sent=tensor, needs=("array_api_compat", "jax", "torch")),
    "NumpyToTorch": Recipe(alike, sent=tensor, needs=("array_api_compat", "torch")),
}
NUMBERS = "an action is an item's number, and numbers side by side have nothing in common"
UNUSABLE = {
    "ClipAction": Refusal(NUMBERS, "Box|^$"),
    "RescaleAction": Refusal(NUMBERS, "Box|^$", {"min_action": np.float32(-1), "max_action": np.float32(1)}),
    "DiscretizeAction": Refusal(NUMBERS, "Box", {"bins": 3}),
    "AtariPreprocessing": Refusal("it is for the games of one console", "opencv|frame-skip|Box"),
}


no_window = kept_to_the_folder(RECIPES)


def test_every_wrapper_has_a_recipe_or_a_reason():
    must_be_known(NAMES, RECIPES, UNUSABLE)


@pytest.mark.filterwarnings(*SILENCED)
@pytest.mark.parametrize("name", [name for name in NAMES if name in RECIPES])
@pytest.mark.parametrize("key", WIDELY)
def test_a_wrapper_keeps_its_promise(key, name):
    recipe = RECIPES[name]
    env = make(key, recipe.render_mode)
    if recipe.says_what_is_missing(wrappers, name, env):
        return
    if env.get_wrapper_attr("scenario").once and (recipe.times > 1 or name == "StickyAction"):
        pytest.skip("no item may be shown twice here")
    wrapped = recipe.wrap(wrappers, name, env)
    mine = play(wrapped, map(recipe.sent, items_of(env).tolist()), by_itself=recipe.by_itself)
    plain = plain_play(key, times=recipe.times, render_mode=recipe.render_mode)
    recipe.promise(plain, mine, wrapped)
    masks = wrapped.get_wrapper_attr("action_masks")()
    assert masks.shape == (env.action_space.n,)
    np.testing.assert_array_equal(masks, np.asarray(mine.infos[-1]["action_mask"]))


@pytest.mark.parametrize("name", [name for name in NAMES if name in UNUSABLE])
@pytest.mark.parametrize("key", WIDELY)
def test_what_does_not_fit_is_refused_by_gymnasium(key, name):
    refusal = UNUSABLE[name]
    with pytest.raises((*UNFIT, *MISSING), match=refusal.match):
        getattr(wrappers, name)(make(key), **refusal.arguments)


@pytest.mark.parametrize("key", WIDELY)
def test_wrappers_upon_wrappers_are_made_again_from_their_specification(key):
    env = wrappers.FlattenObservation(wrappers.RecordEpisodeStatistics(gymnasium.make(key, seed=3)))
    env = wrappers.ClipReward(env, -1.0, 1.0)
    again = gymnasium.make(EnvSpec.from_json(env.spec.to_json()))
    assert str(again) == str(env)
    ours, theirs = (play(one, items_of(one)) for one in (env, again))
    unchanged(ours, theirs, again)
