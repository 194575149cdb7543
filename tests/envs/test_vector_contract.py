"""The environment of many students is what Gymnasium's own vector environment makes of as many single ones."""

import gymnasium
import numpy as np
import pytest
import zpdgym
from gymnasium.vector import AutoresetMode, SyncVectorEnv
from zpdgym.envs import Scenario, TutorEnv
from zpdgym.envs.check import random_actions
from zpdgym.errors import InputError

from tests.helpers import SCENARIOS

SEEDS = [7, 7, 11, 3]


def single_ones(scenario, mode):
    """Four environments of one student, whom rows 0 to 3 of ours teach."""
    loaded = Scenario.load(scenario)
    return SyncVectorEnv([lambda i=i: TutorEnv(loaded, first_student=i) for i in range(4)], autoreset_mode=mode)


def assert_same(ours, theirs):
    """The same answers, in value and bits; masks included, and what each row does not have set apart."""
    for mine, other in zip(ours[:-1], theirs[:-1], strict=True):
        np.testing.assert_array_equal(mine, other)
    assert_same_info(ours[-1], theirs[-1])


def assert_same_info(mine, other):
    assert set(mine) == set(other)
    for key in (key for key in other if not key.startswith("_")):
        np.testing.assert_array_equal(mine[f"_{key}"], other[f"_{key}"])
        if isinstance(other[key], dict):
            assert_same_info(mine[key], other[key])
        else:
            assert mine[key].dtype == other[key].dtype
            for row in np.flatnonzero(other[f"_{key}"]):
                np.testing.assert_array_equal(mine[key][row], other[key][row])


@pytest.mark.kernels
@pytest.mark.parametrize("name", ["tiny", "game"])
@pytest.mark.parametrize("mode", [AutoresetMode.NEXT_STEP, AutoresetMode.DISABLED])
def test_four_students_are_four_environments_of_one(name, mode):
    mine, theirs = zpdgym.make_vec(name, 4, autoreset_mode=mode), single_ones(name, mode)
    assert mine.metadata["autoreset_mode"] == mine.autoreset_mode == mode
    assert_same(mine.reset(seed=SEEDS), theirs.reset(seed=list(SEEDS)))
    rng, over = np.random.default_rng(0), np.zeros(4, bool)
    for _ in range(60):
        if mode == AutoresetMode.DISABLED and over.any():
            assert_same(mine.reset(options={"reset_mask": over}), theirs.reset(options={"reset_mask": over.copy()}))
        actions = rng.integers(0, mine.curriculum.n_items, 4)
        returned = mine.step(actions)
        assert_same(returned, theirs.step(actions))
        over = returned[2]


@pytest.mark.kernels
@pytest.mark.parametrize("name", ["tiny", "game"])
def test_beginning_anew_at_once_differs_only_in_what_is_told_of_the_lesson(name):
    """Gymnasium tells there what the reset says; ours tells of the lesson, and both have it in ``final_info``."""
    mode = AutoresetMode.SAME_STEP
    mine, theirs = zpdgym.make_vec(name, 4), single_ones(name, mode)
    assert_same(mine.reset(seed=SEEDS), theirs.reset(seed=list(SEEDS)))
    rng, episodes = np.random.default_rng(0), 0
    for _ in range(60):
        actions = rng.integers(0, mine.curriculum.n_items, 4)
        ours, others = mine.step(actions), theirs.step(actions)
        for one, other in zip(ours[:4], others[:4], strict=True):
            np.testing.assert_array_equal(one, other)
        assert set(ours[4]) == set(others[4])
        if "final_info" in ours[4]:
            rows = ours[4]["_final_info"]
            np.testing.assert_array_equal(rows, others[4]["_final_info"])
            episodes += rows.sum()
            for i in np.flatnonzero(rows):
                np.testing.assert_array_equal(ours[4]["final_obs"][i], others[4]["final_obs"][i])
                for key in ("correct", "item", "days"):
                    last = others[4]["final_info"][key][i]
                    assert ours[4]["final_info"][key][i] == last
                    assert ours[4][key][i] == last
            truth = others[4]["final_info"]["final_info"]["privileged"]
            for key in ("pre", "post", "exam", "mastery", "quit"):
                np.testing.assert_array_equal(ours[4]["final_info"]["privileged"][key][rows], truth[key][rows])
    assert episodes >= 4


@pytest.mark.kernels
@pytest.mark.parametrize("name", SCENARIOS)
def test_a_row_with_a_seed_of_its_own_is_that_cohorts_student(name):
    env = zpdgym.make_vec(name, 4, first_student=5)
    observation, _ = env.reset(seed=SEEDS)
    for i, seed in enumerate(SEEDS):
        alone = zpdgym.make_vec(name, 1, first_student=5 + i, seed=seed)
        np.testing.assert_array_equal(alone.reset()[0][0], observation[i])
    together = zpdgym.make_vec(name, 4, first_student=5)
    together.reset(seed=[3, 3, 3, 3])
    common = zpdgym.make_vec(name, 4, first_student=5)
    _, info = common.reset(seed=3)
    rng = np.random.default_rng(1)
    for _ in range(30):
        actions = random_actions(info["action_mask"], rng)
        *returned, info = common.step(actions)
        for one, other in zip(together.step(actions)[:3], returned[:3], strict=True):
            np.testing.assert_array_equal(one, other)


def test_a_seed_of_none_leaves_a_row_in_its_cohort():
    env = zpdgym.make_vec("tiny", 3, seed=4)
    first, _ = env.reset()
    again, _ = env.reset(seed=[None, 9, None])
    assert env.records["episode"].tolist() == [1, 0, 1]
    assert env.cohort_seed == 4
    kept = env.snapshot()
    copy = zpdgym.make_vec("tiny", 3)
    copy.restore(kept)
    np.testing.assert_array_equal(copy.reset()[0], env.reset()[0])
    assert first.shape == again.shape


def test_a_reset_of_some_rows_leaves_the_others_where_they_are():
    env = zpdgym.make_vec("practice", 3, seed=0, autoreset_mode="Disabled")
    env.reset()
    for _ in range(7):
        before, *_ = env.step(np.arange(3))
    mask = np.array([False, True, False])
    after, info = env.reset(options={"reset_mask": mask})
    np.testing.assert_array_equal(after[~mask], before[~mask])
    np.testing.assert_array_equal(info["_correct"], mask)
    assert env.records["lesson"].tolist() == [7, 0, 7]
    assert env.records["episode"].tolist() == [0, 1, 0]


def test_the_keys_of_the_info_are_the_same_at_the_start_and_at_every_step():
    env = zpdgym.make_vec("tiny", 2, seed=0)
    keys = set(env.reset()[1])
    for _ in range(12):
        info = env.step(np.zeros(2, np.int64))[4]
        ended = "_final_info" in info
        assert set(info) - {"final_obs", "_final_obs", "final_info", "_final_info"} == keys
        assert not ended or info["_final_info"].any()
        assert all(len(info[key]) == 2 for key in keys)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"seed": [1, 2]}, "a list of 2, must have one for each of 3 students"),
        ({"seed": [1, 2, -1]}, "seed=-1 must be one whole number"),
        ({"seed": 1.5}, "seed=1.5 must be one whole number"),
        ({"seed": True}, "seed=True must be one whole number"),
        ({"options": {"reset_mask": np.zeros(3, bool)}}, "at least one of them true"),
        ({"options": {"reset_mask": np.ones(2, bool)}}, r"array of 3 booleans.*bool of shape \(2,\)"),
        ({"options": {"reset_mask": [1, 0, 1]}}, "it is int64"),
        ({"options": {"mask": np.ones(3, bool)}}, "the only option is reset_mask; given: mask"),
    ],
)
def test_a_wrong_reset_is_refused_and_changes_nothing(given, message):
    env = zpdgym.make_vec("tiny", 3, seed=0)
    env.reset()
    before = env.snapshot()
    with pytest.raises(InputError, match=message):
        env.reset(**given)
    np.testing.assert_array_equal(env.snapshot()["records"], before["records"])


def test_some_rows_cannot_be_reset_before_all_were():
    env = zpdgym.make_vec("tiny", 2, seed=0)
    with pytest.raises(gymnasium.error.ResetNeeded):
        env.reset(options={"reset_mask": np.array([True, False])})


def test_modes_that_do_not_exist_or_contradict_each_other_are_refused():
    with pytest.raises(InputError, match="autoreset_mode='later' must be one of NextStep, SameStep, Disabled"):
        zpdgym.make_vec("tiny", 2, autoreset_mode="later")
    with pytest.raises(InputError, match="autoreset='no' must be true or false"):
        zpdgym.make_vec("tiny", 2, autoreset="no")
    with pytest.raises(InputError, match="contradict each other"):
        zpdgym.make_vec("tiny", 2, autoreset=False, autoreset_mode="NextStep")
    assert zpdgym.make_vec("tiny", 2, autoreset=False).autoreset_mode == AutoresetMode.DISABLED
