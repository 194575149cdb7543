"""A learnt teacher decides: the same for everybody in a cohort, with NumPy as with torch, among ready items."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from zpdgym.agents.learnt.teacher import Teacher
from zpdgym.agents.problem import Problem
from zpdgym.agents.rollouts import teach
from zpdgym.envs.scenario import Scenario
from zpdgym.errors import InputError

from tests.agents.learnt.helpers import PPO

torch = pytest.importorskip("torch")


def _observations(scenario: Scenario, n: int = 300) -> tuple[np.ndarray, np.ndarray]:
    env = scenario.make(n, seed=3)
    obs, info = env.reset()
    rng = np.random.default_rng(0)
    for _ in range(3):
        obs, *_, info = env.step(rng.integers(0, env.curriculum.n_items, n))
    return obs, info["action_mask"]


@pytest.mark.parametrize("name", PPO)
@pytest.mark.parametrize("deterministic", [True, False])
def test_decisions_do_not_depend_on_who_else_is_in_the_cohort(name, deterministic, teachers, tiny):
    obs, masks = _observations(tiny)
    u = np.random.default_rng(2).random((len(obs), 1))
    teacher = teachers[name]
    whole, _ = teacher.predict(obs, deterministic=deterministic, action_masks=masks, u=u)
    for cut in ([0, 300], [0, 1, 300], [0, 7, 130, 300]):
        parts = [
            teacher.predict(obs[a:b], deterministic=deterministic, action_masks=masks[a:b], u=u[a:b])[0]
            for a, b in itertools.pairwise(cut)
        ]
        np.testing.assert_array_equal(np.concatenate(parts), whole)
        bits = [teacher.logits(obs[a:b], masks[a:b])[2] for a, b in itertools.pairwise(cut)]
        assert np.concatenate(bits).tobytes() == teacher.logits(obs, masks)[2].tobytes()


@pytest.mark.parametrize("name", PPO)
@pytest.mark.parametrize("deterministic", [True, False])
def test_who_may_be_taught_nothing_gets_no_action_and_changes_nobody_elses(name, deterministic, teachers, tiny):
    obs, masks = _observations(tiny, n=40)
    teacher, u = teachers[name], np.random.default_rng(1).random((40, 1))
    wanted, _ = teacher.predict(obs, deterministic=deterministic, action_masks=masks, u=u)
    over = np.arange(40) % 3 == 0
    over[-2:] = True
    actions, _ = teacher.predict(obs, deterministic=deterministic, action_masks=masks & ~over[:, None], u=u)
    np.testing.assert_array_equal(actions, np.where(over, -1, wanted))


def test_one_student_without_a_batch_dimension(teachers, tiny):
    obs, masks = _observations(tiny)
    whole, _ = teachers["ppo_scorer"].predict(obs, deterministic=True, action_masks=masks)
    assert teachers["ppo_scorer"].predict(obs[4], deterministic=True)[0] == whole[4]


def test_sampling_needs_the_policys_uniforms(teachers, tiny):
    with pytest.raises(InputError, match="uniform"):
        teachers["ppo"].predict(_observations(tiny)[0])


def test_sampled_actions_follow_the_probabilities(teachers, tiny):
    teacher, (obs, masks) = teachers["ppo"], _observations(tiny, 1)
    many = np.repeat(obs, 4000, axis=0)
    u = ((np.arange(4000) + 0.5) / 4000)[:, None]
    actions, _ = teacher.predict(many, u=u)
    logits = teacher.logits(obs, masks)[2].astype(float)
    wanted = np.exp(logits) / np.exp(logits).sum()
    np.testing.assert_allclose(np.bincount(actions, minlength=len(wanted)) / 4000, wanted, atol=1e-3)


def test_only_ready_items_are_scored_and_all_allowed_ones_when_there_are_none(teachers, tiny):
    obs, masks = _observations(tiny)
    obs[:, :, 0], obs[:, :, 1] = 0.5, 0.0
    obs[:, 1, 1] = 0.95
    features = teachers["ppo_scorer"].features
    q = tiny.curriculum.q
    found = features(obs, masks)
    np.testing.assert_array_equal(np.unique(found.action), np.flatnonzero(q[:, 1]))
    obs[:, 1, 1] = 0.1
    np.testing.assert_array_equal(np.diff(features(obs, masks).start), masks.sum(axis=1))
    unmasked = teachers["ppo_scorer_unmasked"].features(obs, masks)
    np.testing.assert_array_equal(np.diff(unmasked.start), masks.sum(axis=1))


def test_logits_do_not_depend_on_which_other_items_are_scored(teachers, tiny):
    obs, masks = _observations(tiny)
    teacher = teachers["ppo_scorer_unmasked"]
    start, action, logits = teacher.logits(obs, masks)
    fewer = masks.copy()
    fewer[:, 0] = False
    _, action_fewer, logits_fewer = teacher.logits(obs, fewer)
    # the share of items that may be chosen is itself a feature; apart from it nothing may change
    assert len(logits_fewer) == (action != 0).sum()
    np.testing.assert_array_equal(action_fewer, action[action != 0])
    assert start[-1] == len(logits)


def test_standardised_features_are_named_and_finite(tiny):
    from zpdgym.agents.learnt.networks.item_features import ItemFeatures

    env = tiny.make(30)
    obs, info = env.reset()
    features = ItemFeatures.of(Problem.of(env), ready_at=0.5, done_at=2.0)
    found = features(obs, info["action_mask"])
    names = ItemFeatures.names(tuple(c.name for c in env.columns))
    assert found.x.shape[1] == len(names) == len(set(names))
    assert np.isfinite(found.x).all()
    assert np.isfinite(found.pooled).all()
    gain = found.x[:, names.index("gain")]
    wanted = env.belief.expected_gain(obs[:, :, 0].astype(float))
    rows = np.repeat(np.arange(30), np.diff(found.start))
    ready = found.x[:, names.index("ready")]
    known_ready = ready > 0.999  # the prediction counts a prerequisite's belief once, the gate of the model likewise
    np.testing.assert_allclose(gain[known_ready], wanted[rows, found.action][known_ready], atol=0.02)


@pytest.mark.parametrize("name", PPO)
def test_to_sb3_decides_alike_without_an_environment(name, teachers, tiny):
    obs, masks = _observations(tiny)
    model = teachers[name].to_sb3()
    options = {"action_masks": masks} if name != "ppo" else {}
    actions, _ = model.predict(obs, deterministic=True, **options)
    np.testing.assert_array_equal(actions, teachers[name].predict(obs, deterministic=True, action_masks=masks)[0])
    assert model.predict(obs[0], deterministic=True)[0] == actions[0]


def test_a_teacher_is_not_let_into_another_world(teachers):
    with pytest.raises(InputError, match="curriculum"):
        teach(Scenario.load("KT6KC-v0"), teachers["ppo"], n_students=2, cohort_seed=0)
    fewer = Scenario.load("tiny", change={"observe.columns": ["belief", "ready"]})
    with pytest.raises(InputError, match="column"):
        teach(fewer, teachers["ppo"], n_students=2, cohort_seed=0)


@pytest.mark.parametrize(
    ("trained_on", "taught", "hint"),
    [
        ("Algebra-v0", "Algebra-v1", "; scenario=Algebra-v0 is the version that it learnt"),
        ("Algebra-v0", "KT6KC-v1", ""),
        ("Algebra-v1~33a9", "Algebra-v1", ""),
    ],
)
def test_who_learnt_an_older_version_says_which(trained_on, taught, hint, teachers):
    card = {**teachers["ppo_scorer"].card, "scenario": trained_on}
    with pytest.raises(InputError, match="was trained on") as told:
        Teacher(card, teachers["ppo_scorer"].weights).bind(Problem.of(Scenario.load(taught).make(1, seed=0)))
    said = str(told.value)
    assert said.startswith(f"policy ppo_scorer was trained on {trained_on} and cannot teach {taught}: other columns")
    assert said.endswith(hint or ")")
