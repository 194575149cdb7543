"""Teachers of A2C, DQN, QR-DQN, PPO with a memory, and the scorer with attention: training, decisions, files."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from zpdgym.agents.check import check_policy
from zpdgym.agents.learnt.teacher import Saved, Teacher
from zpdgym.agents.learnt.teacher_files import CARD, WEIGHTS
from zpdgym.agents.problem import Problem
from zpdgym.agents.registry import build_policy, load_policy
from zpdgym.agents.rollouts import teach
from zpdgym.envs.scenario import Scenario
from zpdgym.errors import InputError

from tests.agents.learnt.helpers import rewrite_card

torch = pytest.importorskip("torch")
from zpdgym.agents.learnt import sb3, training  # noqa: E402 (needs torch)

NAMES = ("a2c", "dqn", "qrdqn", "ppo_recurrent", "ppo_attention")
MODELS = dict(zip(NAMES, ("A2C", "DQN", "QRDQN", "RecurrentPPO", "MaskablePPO"), strict=True))
WITHOUT_MASKS = ("a2c", "dqn", "qrdqn", "ppo_recurrent")


@pytest.fixture(scope="module")
def teachers(tiny) -> dict[str, Teacher]:
    return {name: training.train(tiny, name, lessons=6000, seed=1, n_validation=100) for name in NAMES}


@pytest.fixture(scope="module")
def finishing(with_finish) -> dict[str, Teacher]:
    return {name: training.train(with_finish, name, lessons=3000, seed=0, n_validation=30) for name in NAMES}


def _lessons(scenario: Scenario, n: int = 300, lessons: int = 4) -> list[tuple[np.ndarray, np.ndarray]]:
    """Observations and masks of a few lessons of random teaching."""
    env = scenario.make(n, seed=3)
    obs, info = env.reset()
    found = [(obs, info["action_mask"])]
    rng = np.random.default_rng(0)
    for _ in range(lessons - 1):
        obs, *_, info = env.step(rng.integers(0, env.curriculum.n_items, n))
        found.append((obs, info["action_mask"]))
    return found


def _decide(teacher: Teacher, lessons: Any, rows: slice, deterministic: bool) -> tuple[np.ndarray, Any]:
    """The teacher's actions lesson by lesson for some of the students, and what it remembers in the end."""
    state, actions, luck = None, [], np.random.default_rng(2)
    for t, (obs, masks) in enumerate(lessons):
        u = luck.random((len(obs), 1))[rows]
        start = np.full(len(u), t == 0)
        chosen, state = teacher.predict(obs[rows], state, start, deterministic, action_masks=masks[rows], u=u)
        actions.append(chosen)
    return np.stack(actions), state


# --- training --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_each_trains_and_keeps_the_contract(name, teachers, tiny):
    teacher = teachers[name]
    assert teacher.learnt
    assert len(teacher.curve) >= 2
    assert check_policy(teacher).startswith(name)
    assert 0.3 < teach(tiny, teacher, n_students=100, cohort_seed=9).mean("exam") < 1


@pytest.mark.parametrize("name", NAMES)
def test_the_same_configuration_and_seed_give_the_same_bytes(name, tiny, tmp_path):
    for folder in ("a", "b"):
        training.train(tiny, name, lessons=2000, seed=1, n_validation=20).save(tmp_path / folder)
    for file in (CARD, WEIGHTS):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()


def test_dqn_remembers_lessons_as_they_were(tiny):
    """Stable-Baselines3 stores the observation before a step after that step: it must not have been overwritten."""
    learner = build_policy(load_policy("dqn", change={"ahead": 1, "num_envs": 8}))
    venv = sb3.TutorVecEnv(tiny.make(8))
    model = sb3.new_model(venv, learner, None, n_steps=4, seed=0, masked=False)
    venv.seed(7)
    model.learn(8 * 20, log_interval=None)
    env = tiny.make(8, seed=7)
    obs, _ = env.reset(seed=7)
    memory = model.replay_buffer
    for t in range(20):
        np.testing.assert_array_equal(memory.observations[t], obs)
        obs, reward, ended, _, info = env.step(memory.actions[t, :, 0])
        after = np.array([info["final_obs"][i] if ended[i] else obs[i] for i in range(8)])
        np.testing.assert_array_equal(memory.next_observations[t], after)
        np.testing.assert_allclose(memory.rewards[t], reward, rtol=1e-6)
        np.testing.assert_array_equal(memory.dones[t], ended)


@pytest.mark.parametrize("name", NAMES)
def test_masks_hold_while_learning_and_afterwards(name, finishing, with_finish):
    """The teaching cannot be ended before two lessons, whether or not the algorithm knows masks."""
    for deterministic in (True, False):
        taught = teach(with_finish, finishing[name], n_students=60, cohort_seed=1, deterministic=deterministic)
        assert taught.outcomes["lessons"].min() >= 2
    check_policy(finishing[name], with_finish)


def test_what_is_forbidden_becomes_an_allowed_action_at_random(with_finish):
    venv = sb3.LenientVecEnv(with_finish.make(400))
    venv.seed(1)
    venv.reset()
    finish = with_finish.curriculum.n_items
    actions = np.where(np.arange(400) % 2, finish, 0)
    venv.step_async(actions)
    given = venv._actions
    assert (actions[1::2] == finish).all()  # the learner's own record stays
    assert (given[::2] == 0).all()
    assert (np.bincount(given[1::2], minlength=finish + 1)[:finish] > 30).all()
    assert (given < finish).all()
    venv.step_wait()
    venv.step(np.zeros(400, np.int64))
    venv.step_async(np.full(400, finish))
    assert (venv._actions == finish).all()  # now it is allowed


@pytest.mark.parametrize(
    ("name", "change", "says"),
    [
        ("a2c", {"gae_lambda": 2, "hidden": []}, r"(?s)gae_lambda=2.*hidden"),
        ("dqn", {"buffer": 0, "explore_last": -1}, r"(?s)buffer=0.*explore_last=-1"),
        ("qrdqn", {"quantiles": 0.5}, "quantiles"),
        ("ppo_recurrent", {"memory": 0}, "memory"),
        ("ppo_attention", {"width": 0, "layers": 0}, r"(?s)width.*layers"),
        ("dqn", {"entropy": 0.1}, "entropy"),
    ],
)
def test_wrong_settings_are_refused_in_one_line(name, change, says):
    with pytest.raises(InputError, match=says):
        build_policy(load_policy(name, change=change))


def test_attention_needs_skills_as_rows():
    by_item = Scenario.load("tiny", change={"observe.rows": "items"})
    with pytest.raises(InputError, match=r"observe.rows=skills"):
        training.train(by_item, "ppo_attention", lessons=500, seed=0, n_validation=10)


def test_the_flat_ones_learn_from_a_table_with_a_row_per_item():
    by_item = Scenario.load("tiny", change={"observe.rows": "items"})
    teacher = training.train(by_item, "dqn", lessons=1500, seed=0, n_validation=10)
    assert teach(by_item, teacher, n_students=20, cohort_seed=1).mean("exam") > 0


# --- decisions -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("deterministic", [True, False])
def test_decisions_do_not_depend_on_who_else_is_in_the_cohort(name, deterministic, teachers, tiny):
    lessons = _lessons(tiny)
    teacher = teachers[name]
    whole, memory = _decide(teacher, lessons, slice(0, 300), deterministic)
    for cut in ([0, 1, 300], [0, 7, 130, 300]):
        parts = [_decide(teacher, lessons, slice(a, b), deterministic) for a, b in itertools.pairwise(cut)]
        np.testing.assert_array_equal(np.concatenate([p[0] for p in parts], axis=1), whole)
        for key in memory or {}:
            assert np.concatenate([p[1][key] for p in parts]).tobytes() == memory[key].tobytes()
        obs, masks = lessons[-1]
        bits = [teacher.logits(obs[a:b], masks[a:b])[2] for a, b in itertools.pairwise(cut)]
        assert np.concatenate(bits).tobytes() == teacher.logits(obs, masks)[2].tobytes()


def test_values_have_no_probabilities_to_draw_from(teachers, tiny):
    for name in ("dqn", "qrdqn"):
        assert teachers[name].draws == 0
        obs, _ = _lessons(tiny)[-1]
        np.testing.assert_array_equal(
            teachers[name].predict(obs)[0], teachers[name].predict(obs, deterministic=True)[0]
        )


def test_a_teacher_with_a_memory_uses_it_and_begins_afresh(teachers, tiny):
    teacher, lessons = teachers["ppo_recurrent"], _lessons(tiny)
    obs, masks = lessons[-1]
    _, state = _decide(teacher, lessons, slice(0, 300), True)
    assert {k: v.shape for k, v in state.items()} == {"hidden": (300, 64), "cell": (300, 64)}
    kept = {k: v.copy() for k, v in state.items()}
    start = np.arange(300) % 3 == 0
    _, after = teacher.predict(obs, state, start, True, action_masks=masks)
    _, fresh = teacher.predict(obs, None, None, True, action_masks=masks)
    for key in state:
        np.testing.assert_array_equal(state[key], kept[key])
        np.testing.assert_array_equal(after[key][start], fresh[key][start])
        assert (after[key][~start] != fresh[key][~start]).any(axis=1).all()


def test_the_lstm_is_the_textbook_one(teachers, tiny):
    """One lesson by the equations (Hochreiter & Schmidhuber 1997, with forget gates), in plain NumPy."""
    teacher, (obs, _) = teachers["ppo_recurrent"], _lessons(tiny)[1]
    w = {k: v.astype(float) for k, v in teacher.weights.items()}
    rng = np.random.default_rng(0)
    before = {k: rng.normal(size=(len(obs), 64)).astype(np.float32) for k in ("hidden", "cell")}
    read = np.maximum(
        obs.reshape(len(obs), -1) @ w["features_extractor.layers.0.weight"].T + w["features_extractor.layers.0.bias"], 0
    )
    gates = read @ w["lstm_actor.weight_ih_l0"].T + w["lstm_actor.bias_ih_l0"]
    gates += before["hidden"] @ w["lstm_actor.weight_hh_l0"].T + w["lstm_actor.bias_hh_l0"]
    let_in, keep, new, let_out = np.split(gates, 4, axis=1)
    cell = before["cell"] / (1 + np.exp(-keep)) + np.tanh(new) / (1 + np.exp(-let_in))
    _, after = teacher.predict(obs, before, deterministic=True)
    np.testing.assert_allclose(after["cell"], cell, atol=2e-5)
    np.testing.assert_allclose(after["hidden"], np.tanh(cell) / (1 + np.exp(-let_out)), atol=2e-5)


def test_attention_looks_at_neighbours_and_no_further(teachers):
    """In a chain of six skills, two layers carry what happens at the last skill two skills back, and not three."""
    chain = Scenario.load("kt6kc")
    teacher = training.train(chain, load_policy("ppo_attention", change={"ready": 0.0}), lessons=500, seed=0,
                             n_validation=5)  # fmt: skip
    obs, _ = _lessons(chain, 40)[-1]
    changed = obs.copy()
    changed[:, 5, 0] = 1.0 - changed[:, 5, 0]
    rows, other = (teacher.network._rows(o) for o in (obs, changed))
    moved = np.abs(rows - other).max(axis=(0, 2))
    assert (moved[:3] == 0).all()
    assert (moved[3:] > 0).all()  # the neighbours, and the mean of all skills


def test_a_layer_of_attention_equals_plain_numpy(teachers, tiny):
    teacher, (obs, _) = teachers["ppo_attention"], _lessons(tiny, 20)[-1]
    w = {k: v.astype(float) for k, v in teacher.weights.items()}
    kinds = teacher.weights["constant.kinds"]
    x = np.maximum(obs @ w["enter.weight"].T + w["enter.bias"], 0)
    for layer in ("graph.0", "graph.1"):
        query, key, value = (x @ w[f"{layer}.{p}.weight"].T + w[f"{layer}.{p}.bias"] for p in ("query", "key", "value"))
        new = np.empty_like(x)
        for n, i in np.ndindex(x.shape[:2]):
            near = np.flatnonzero(kinds[i])
            score = np.array([query[n, i] @ key[n, j] / 4 + w[f"{layer}.lean"][kinds[i, j] - 1] for j in near])
            share = np.exp(score) / np.exp(score).sum()
            said = sum(s * value[n, j].reshape(3, -1)[kinds[i, j] - 1] for s, j in zip(share, near, strict=True))
            new[n, i] = np.maximum(x[n, i] + said, 0)
        x = new
    whole = np.concatenate([x, x.mean(axis=1, keepdims=True)], axis=1) @ w["context.weight"].T
    np.testing.assert_allclose(teacher.network._rows(obs), whole, atol=2e-5)


def test_the_graph_says_who_is_whose_prerequisite(tiny):
    from zpdgym.agents.learnt.networks.compiled_attention import GraphFeatures

    found = GraphFeatures.of(Problem.of(tiny.make(2)), ready_at=0.5, done_at=2.0)
    np.testing.assert_array_equal(found.arrays["kinds"], [[1, 3, 3], [2, 1, 0], [2, 0, 1]])
    place, share = found.places()
    np.testing.assert_array_equal(share.sum(axis=1), 1)
    assert place[-1, 0] == 3  # finish hears the mean of all


# --- files -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_a_saved_teacher_teaches_the_same(name, teachers, tiny, tmp_path):
    teachers[name].save(tmp_path)
    loaded = Saved(str(tmp_path))
    for deterministic in (True, False):
        kept = [
            teach(tiny, t, n_students=100, cohort_seed=3, deterministic=deterministic, keep=100).kept["items"]
            for t in (loaded, teachers[name])
        ]
        np.testing.assert_array_equal(*kept)


@pytest.mark.parametrize("name", NAMES)
def test_to_sb3_decides_alike(name, teachers, finishing, tiny, with_finish):
    for teacher, scenario in ((teachers[name], tiny), (finishing[name], with_finish)):
        model = teacher.to_sb3()
        assert type(model).__name__ == MODELS[name]
        state, memory = None, None
        for t, (obs, masks) in enumerate(_lessons(scenario)):
            start = np.full(len(obs), t == 0)
            if not masks.all():
                continue  # the model knows no masks
            options: dict[str, Any] = {"action_masks": masks} if name == "ppo_attention" else {}
            wanted, memory = model.predict(obs, memory, start, deterministic=True, **options)
            actions, state = teacher.predict(obs, state, start, True, action_masks=masks)
            assert (actions == wanted).mean() > 0.995  # equal but for ties in the last bit
        if name == "ppo_recurrent":
            for found, key in zip(memory, ("hidden", "cell"), strict=True):
                np.testing.assert_allclose(found[0], state[key], atol=1e-5)


@pytest.mark.parametrize("name", NAMES)
def test_plain_sb3_code_evaluates_the_model_to_the_same_lessons(name, teachers, tiny):
    """What evaluate_policy of Stable-Baselines3 earns with the model is what the teacher earns."""
    from stable_baselines3.common.evaluation import evaluate_policy

    venv = sb3.TutorVecEnv(tiny.make(40, reward="gain"))
    venv.seed(5)
    earned, _ = evaluate_policy(teachers[name].to_sb3(), venv, n_eval_episodes=40, return_episode_rewards=True,
                                warn=False)  # fmt: skip
    taught = teach(tiny, teachers[name], n_students=40, cohort_seed=5)
    np.testing.assert_allclose(np.mean(earned), taught.mean("gain") / 0.7 * 3, rtol=1e-6)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda c: c.update(network="other"), "not a complete teacher"),
        (lambda c: c.update(algorithm="SAC"), "wrong kind"),
        (lambda c: c.pop("algorithm"), "not a complete teacher"),
        (lambda c: c["settings"].update(hidden=[63]), "should have shape"),
        (lambda c: c["settings"].pop("hidden"), "not a complete teacher"),
        (lambda c: c.update(n_items=4), "should have shape"),
    ],
)
def test_damaged_cards_are_refused(name, change, says, teachers, tmp_path):
    teachers[name].save(tmp_path)
    rewrite_card(tmp_path, change)
    with pytest.raises(InputError, match=says):
        Teacher.load(tmp_path)


@pytest.mark.parametrize("name", NAMES)
def test_half_a_file_is_refused(name, teachers, tmp_path):
    teachers[name].save(tmp_path)
    data = (tmp_path / WEIGHTS).read_bytes()
    (tmp_path / WEIGHTS).write_bytes(data[: len(data) // 2])
    with pytest.raises(InputError, match="truncated"):
        Teacher.load(tmp_path)


@pytest.mark.parametrize(
    "kinds",
    [np.full((3, 3), 4), np.zeros((3, 3), np.int64), np.eye(3, dtype=np.float32), np.ones((2, 2), np.int64)],
)
def test_a_graph_that_would_mislead_the_kernels_is_refused(kinds, teachers, tmp_path):
    good = teachers["ppo_attention"]
    bad = Teacher(good.card, good.weights)
    bad.weights = {**good.weights, "constant.kinds": kinds}
    bad.save(tmp_path)
    with pytest.raises(InputError, match=r"do not exist|should have shape"):
        Teacher.load(tmp_path)
