"""The bridge to Stable-Baselines3: our environment for its algorithms, and its models as our policies."""

from __future__ import annotations

import numpy as np
import pytest
from zpdgym.agents.learnt.teacher import Saved
from zpdgym.agents.problem import Policy
from zpdgym.agents.rollouts import teach
from zpdgym.envs.scenario import Scenario
from zpdgym.errors import InputError

torch = pytest.importorskip("torch")
from zpdgym.agents.learnt import sb3  # noqa: E402 (needs torch)


def test_the_vec_env_gives_the_trajectories_of_the_environment_inside(tiny):
    venv, env = sb3.TutorVecEnv(tiny.make(20)), tiny.make(20, seed=7)
    venv.seed(7)
    seen, (wanted, _) = venv.reset(), env.reset(seed=7)
    rng = np.random.default_rng(1)
    for _ in range(15):
        np.testing.assert_array_equal(seen, wanted)
        actions = rng.integers(0, env.n_actions, 20)
        seen, reward, done, infos = venv.step(actions)
        wanted, reward_wanted, terminated, _, info = env.step(actions)
        np.testing.assert_array_equal(reward, reward_wanted)
        np.testing.assert_array_equal(done, terminated)
        for row in range(20):
            assert set(infos[row]) == ({"terminal_observation", "TimeLimit.truncated"} if done[row] else set())
            if done[row]:
                np.testing.assert_array_equal(infos[row]["terminal_observation"], info["final_obs"][row])


def test_an_observation_is_not_overwritten_by_the_next_step(tiny):
    venv = sb3.TutorVecEnv(tiny.make(4))
    first = venv.reset()
    kept = first.copy()
    venv.step(np.zeros(4, np.int64))
    np.testing.assert_array_equal(first, kept)


def test_the_pictures_of_all_students_are_put_side_by_side(tiny):
    env = sb3.TutorVecEnv(tiny.make(4, render_mode="rgb_array"))
    env.reset()
    height, width, _ = env.env.render()[0].shape
    assert env.render().shape == (2 * height, 2 * width, 3)


def test_neighbouring_seeds_share_no_students(tiny):
    """The base class would seed student i with seed + i."""
    after = []
    for seed in (0, 1):
        venv = sb3.TutorVecEnv(tiny.make(50))
        assert venv.seed(seed) == [seed] * 50
        venv.reset()
        after.append(venv.step(np.zeros(50, np.int64))[0][:, 0, 7])
    assert not np.array_equal(after[0][1:], after[1][:-1])


def test_sb3_contrib_finds_the_masks(with_finish):
    from sb3_contrib.common.maskable.utils import get_action_masks, is_masking_supported

    venv = sb3.TutorVecEnv(with_finish.make(5))
    venv.reset()
    assert is_masking_supported(venv)
    np.testing.assert_array_equal(get_action_masks(venv), venv.env.action_masks())
    assert not get_action_masks(venv)[:, -1].any()
    assert venv.env_is_wrapped(object) == [False] * 5
    with pytest.raises(AttributeError, match="share one environment"):
        venv.env_method("close")
    with pytest.raises(NotImplementedError):
        venv.set_attr("x", 1)
    with pytest.raises(AttributeError):
        venv.get_attr("no_such_thing")
    venv.close()


def _model(kind: str, scenario: Scenario, flat: bool = False):
    import sb3_contrib
    import stable_baselines3
    from gymnasium import spaces

    venv = sb3.TutorVecEnv(scenario.make(4))
    if flat:
        venv.observation_space = spaces.Box(0.0, 1.0, (int(np.prod(venv.observation_space.shape)),), np.float32)
    options = {"n_steps": 16, "batch_size": 16} if "PPO" in kind else {}
    if kind == "RecurrentPPO":
        options |= {"policy_kwargs": {"lstm_hidden_size": 8}}
    make = getattr(stable_baselines3, kind, None) or getattr(sb3_contrib, kind)
    return make("MlpLstmPolicy" if kind == "RecurrentPPO" else "MlpPolicy", venv, device="cpu", seed=0, **options)


@pytest.mark.parametrize("kind", ["PPO", "A2C", "DQN", "MaskablePPO", "RecurrentPPO"])
def test_any_model_of_sb3_is_a_policy(kind, tiny):
    policy = sb3.SB3Policy(_model(kind, tiny))
    assert isinstance(policy, Policy)
    for deterministic in (True, False):
        whole = teach(tiny, policy, n_students=30, cohort_seed=2, deterministic=deterministic)
        fewer = teach(tiny, policy, n_students=9, cohort_seed=2, deterministic=deterministic)
        np.testing.assert_array_equal(whole.outcomes["exam"][:9], fewer.outcomes["exam"])


def test_a_model_for_flattened_observations_is_a_policy(tiny):
    assert teach(tiny, sb3.SB3Policy(_model("PPO", tiny, flat=True)), n_students=5, cohort_seed=0).n_students == 5


def test_a_model_keeps_to_the_masks_that_it_never_saw(with_finish):
    policy = sb3.SB3Policy(_model("PPO", with_finish))
    taught = teach(with_finish, policy, n_students=40, cohort_seed=2, deterministic=False)
    assert taught.outcomes["lessons"].min() >= 2
    with pytest.raises(InputError, match="masks"):
        teach(with_finish, sb3.SB3Policy(_model("DQN", with_finish)), n_students=2, cohort_seed=0)


def test_a_model_of_another_shape_is_refused(tiny):
    policy = sb3.SB3Policy(_model("PPO", tiny))
    with pytest.raises(InputError, match="shape"):
        teach(Scenario.load("kt6kc"), policy, n_students=2, cohort_seed=0)
    with pytest.raises(InputError, match="actions"):
        teach(Scenario.load("tiny", change={"actions.finish": True}), policy, n_students=2, cohort_seed=0)


@pytest.mark.parametrize("kind", ["PPO", "A2C", "DQN", "MaskablePPO", "RecurrentPPO"])
def test_a_zip_of_sb3_is_loaded_when_it_is_trusted(kind, tiny, tmp_path):
    _model(kind, tiny).save(tmp_path / "mine.zip")
    policy = Saved(str(tmp_path / "mine.zip"), trust=True)
    assert type(policy.model).__name__ == kind
    assert teach(tiny, policy, n_students=5, cohort_seed=0).n_students == 5


def test_a_trusted_zip_that_is_no_model_is_refused(tmp_path):
    (tmp_path / "x.zip").write_bytes(b"PK nothing")
    with pytest.raises(InputError, match="not a model"):
        sb3.load_sb3_zip(tmp_path / "x.zip", trust=True)
