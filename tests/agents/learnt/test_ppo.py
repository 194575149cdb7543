"""The fast trainer: the same losses and teachers as Stable-Baselines3's loop, the same bytes every time."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from zpdgym.agents.learnt.teacher_files import CARD, WEIGHTS
from zpdgym.agents.problem import Problem
from zpdgym.agents.registry import build_policy, load_policy
from zpdgym.agents.rollouts import teach
from zpdgym.envs.scenario import Scenario
from zpdgym.errors import InputError

torch = pytest.importorskip("torch")
from stable_baselines3.common.logger import Logger  # noqa: E402
from zpdgym.agents.learnt import ppo as fast  # noqa: E402
from zpdgym.agents.learnt import sb3, training  # noqa: E402
from zpdgym.agents.learnt.networks import rollout_networks  # noqa: E402 (needs torch)
from zpdgym.agents.learnt.networks.item_features import ItemFeatures  # noqa: E402

FAST = {"trainer": "fast", "ready": 0.5}
KINDS = ("scorer", "flat", "flat with finish")


def _spec(name: str, **change):
    change = {"trainer": "fast"} | ({"ready": 0.5} if "scorer" in name else {}) | change
    return load_policy(name, change=change)


def _model(kind: str, tiny: Scenario, with_finish: Scenario, **change):
    """An untrained model with rollouts of 8 lessons of 24 students."""
    learner = build_policy(_spec("ppo_scorer" if kind == "scorer" else "ppo", **change))
    env = (with_finish if kind == "flat with finish" else tiny).make(24, seed=5, reward="gain")
    features = None
    if kind == "scorer":
        features = ItemFeatures.of(Problem.of(env), ready_at=0.5, done_at=2.0)
        obs, info = env.reset()
        features.standardise(obs, info["action_mask"])
    venv = sb3.TutorVecEnv(env)
    venv.seed(3)
    masked = kind == "flat with finish"
    return sb3.new_model(venv, learner, features, n_steps=8, seed=1, masked=masked)


class Recorder(fast.Loop):
    """A loop that also puts its lessons into the buffer of Stable-Baselines3."""

    def record(self) -> None:
        seen, model = [], self.model
        choose = self.network.choose

        def watched(t, obs, mask, *rest):
            actions = choose(t, obs, mask, *rest)
            seen.append((obs.copy(), mask.copy(), actions.copy()))
            return actions

        self.network.choose = watched
        self.collect()
        value = model.policy.predict_values
        start = np.ones(self.slot.shape[1])
        model.rollout_buffer.reset()
        for t, (obs, mask, actions) in enumerate(seen):
            masks = {"action_masks": mask} if hasattr(model.rollout_buffer, "action_masks") else {}
            with torch.no_grad():
                values = value(torch.from_numpy(obs))
            logs = torch.from_numpy(self.log_prob[t])
            model.rollout_buffer.add(obs, actions[:, None], self.reward[t], start, values, logs, **masks)
            start = self.ended[t]
        with torch.no_grad():
            last = value(torch.from_numpy(self.obs))
        model.rollout_buffer.compute_returns_and_advantage(last, self.ended[-1])


class Dealt:
    """Gives out orders that were drawn before."""

    def __init__(self, orders):
        self.orders = iter(orders)

    def permutation(self, n):
        return next(self.orders)


@pytest.mark.parametrize("kind", KINDS)
def test_one_update_is_that_of_stable_baselines(kind, tiny, with_finish, monkeypatch):
    """The same rollout, the same order of lessons: the same advantages, gradients and weights after six batches."""
    options = {"entropy": 0.02, "epochs": 2, "batch": 64, "learning_rate": 0.01}
    ours, theirs = (_model(kind, tiny, with_finish, **options) for _ in range(2))
    monkeypatch.setattr(fast, "LESSONS_AT_ONCE", 50)
    loop = Recorder(ours)
    loop.record()
    theirs.rollout_buffer = ours.rollout_buffer
    advantage = ours.rollout_buffer.advantages.reshape(-1)
    np.testing.assert_allclose(loop.rollout.advantage.numpy(), advantage, atol=2e-6)
    np.testing.assert_allclose(loop.rollout.target.numpy(), ours.rollout_buffer.returns.reshape(-1), atol=2e-6)

    steps, n = loop.slot.shape
    orders = [np.random.default_rng(k).permutation(steps * n) for k in range(2)]
    loop.rng = Dealt(orders)
    by_student = iter([(order % n) * steps + order // n for order in orders])  # SB3 lists student after student
    monkeypatch.setattr(np.random, "permutation", lambda n: next(by_student))
    theirs.set_logger(Logger(None, []))
    theirs.lr_schedule = lambda left: 0.01
    theirs.train()
    loop.update(0.01)
    for (name, a), (_, b) in zip(ours.policy.named_parameters(), theirs.policy.named_parameters(), strict=True):
        np.testing.assert_allclose(a.grad, b.grad, atol=1e-5, err_msg=name)
        np.testing.assert_allclose(a.detach(), b.detach(), atol=1e-4, err_msg=name)


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_sampled_has_the_probability_that_the_network_says(kind, tiny, with_finish):
    model = _model(kind, tiny, with_finish)
    loop = Recorder(model)
    loop.record()
    buffer = model.rollout_buffer
    obs = torch.from_numpy(buffer.observations.reshape(-1, *model.observation_space.shape))
    actions = torch.from_numpy(buffer.actions.reshape(-1)).long()
    masks = {}
    if hasattr(buffer, "action_masks"):
        masks = {"action_masks": buffer.action_masks.reshape(len(obs), -1)}
    with torch.no_grad():
        _, log_prob, _ = model.policy.evaluate_actions(obs, actions, **masks)
    np.testing.assert_allclose(loop.log_prob.reshape(-1), log_prob, atol=2e-6)


def test_sampling_follows_the_probabilities_and_avoids_what_is_forbidden():
    logits = np.tile(np.float32([0.0, -1e8, 1.0, 2.0]), 4000)
    slot, log_prob = np.zeros(4000, np.int64), np.zeros(4000, np.float32)
    luck = (np.arange(4000) + 0.5) / 4000
    rollout_networks._sample(np.arange(4001) * 4, logits, luck, slot, log_prob)
    wanted = np.exp([0.0, -np.inf, 1.0, 2.0]) / np.exp([0.0, 1.0, 2.0]).sum()
    np.testing.assert_allclose(np.bincount(slot, minlength=4) / 4000, wanted, atol=1e-3)
    np.testing.assert_allclose(log_prob, np.log(wanted[slot]), atol=1e-6)
    rollout_networks._sample(np.arange(2) * 4, logits[::-1].copy(), np.array([1.0 - 1e-17]), slot[:1], log_prob[:1])
    assert slot[0] == 3  # the last one that is allowed


@pytest.mark.parametrize("name", ["ppo", "ppo_scorer"])
def test_the_same_configuration_and_seed_give_the_same_bytes(name, tiny, tmp_path):
    for folder in "ab":
        training.train(tiny, _spec(name), lessons=3000, seed=1, n_validation=50).save(tmp_path / folder)
    for file in (CARD, WEIGHTS):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()
    other = training.train(tiny, _spec(name), lessons=3000, seed=2, n_validation=50)
    other.save(tmp_path / "c")
    assert (tmp_path / "c" / WEIGHTS).read_bytes() != (tmp_path / "a" / WEIGHTS).read_bytes()


@pytest.mark.slow
def test_both_trainers_lead_to_equally_good_teachers(tiny):
    gains = {}
    for trainer, seed in itertools.product(("sb3", "fast"), range(2)):
        teacher = training.train(tiny, _spec("ppo_scorer", trainer=trainer), lessons=60_000, seed=seed)
        assert teacher.card["settings"]["trainer"] == trainer
        gains[trainer, seed] = teach(tiny, teacher, n_students=2000, cohort_seed=77).outcomes["gain"].mean()
    best = teach(tiny, build_policy("optimal"), n_students=2000, cohort_seed=77).outcomes["gain"].mean()
    ours, theirs = (np.mean([gains[trainer, seed] for seed in range(2)]) for trainer in ("fast", "sb3"))
    assert abs(ours - theirs) < 0.02 * best
    assert ours >= 0.97 * best


def test_students_who_finish_early_and_a_row_per_item(with_finish):
    teacher = training.train(with_finish, _spec("ppo"), lessons=1500, seed=0, n_validation=50)
    assert teach(with_finish, teacher, n_students=60, cohort_seed=1).outcomes["lessons"].min() >= 2
    by_item = Scenario.load("tiny", change={"observe.rows": "items"})
    teacher = training.train(by_item, _spec("ppo_scorer", ready=[0.3, 0.8]), lessons=2000, seed=0, n_validation=20)
    assert len(teacher.card["training"]["trials"]) == 2
    assert teacher.curve[1]["reward"] > 0
    obs, mask = (f(by_item.make(5)) for f in (lambda env: env.reset()[0], lambda env: env.action_masks()))
    model = teacher.to_sb3()
    np.testing.assert_array_equal(
        model.predict(obs, deterministic=True, action_masks=mask)[0],
        teacher.predict(obs, deterministic=True, action_masks=mask)[0],
    )


def test_training_stops_when_the_seconds_are_spent(tiny):
    teacher = training.train(tiny, _spec("ppo"), lessons=50_000_000, seed=0, seconds=0.3, n_validation=10)
    assert teacher.card["training"]["lessons"] < 50_000_000


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_gpu_that_is_not_there_is_named(tiny):
    with pytest.raises(InputError, match=r"device=cuda.*no GPU.*device=cpu"):
        training.train(tiny, _spec("ppo", device="cuda"), lessons=300, seed=0, n_validation=10)


def test_settings_of_the_trainer_are_checked():
    with pytest.raises(InputError, match=r"trainer='slow'.*device='tpu'"):
        build_policy(load_policy("ppo", change={"trainer": "slow", "device": "tpu"}))
    with pytest.raises(InputError, match=r"device='cuda' needs trainer=fast"):
        build_policy(load_policy("ppo", change={"trainer": "sb3", "device": "cuda"}))
    with pytest.raises(InputError, match="network"):
        build_policy({"_target_": "zpdgym.agents.AttentionPPO", "trainer": "fast"})


# --- checkpoints -----------------------------------------------------------------------------------------------------


class Interrupted(Exception):
    pass


def _interrupt(after: int):
    """A watcher that stops the training after so many updates."""
    calls = itertools.count()

    def progress(done, wanted):
        if next(calls) == after:
            raise Interrupted

    return progress


@pytest.mark.parametrize(
    ("name", "change", "stops"),
    [("ppo", {}, (7,)), ("ppo_scorer", {}, (4, 9)), ("ppo_scorer", {"ready": [0.3, 0.8]}, (13, 16))],
)
def test_an_interrupted_training_ends_with_the_bytes_of_one_that_was_not(name, change, stops, tiny, tmp_path):
    """The last one is stopped in the second trial of its readiness threshold, and in the training after it."""
    spec, file = _spec(name, **change), tmp_path / "run" / "state.checkpoint"
    options = {"lessons": 12_000, "seed": 3, "n_validation": 60}
    training.train(tiny, spec, **options).save(tmp_path / "whole")
    for stop in stops:
        with pytest.raises(Interrupted):
            training.train(tiny, spec, **options, checkpoint=file, checkpoint_every=3, progress=_interrupt(stop))
        assert file.is_file()
    seen = []
    options["progress"] = lambda done, wanted: seen.append(done)
    resumed = training.train(tiny, spec, **options, checkpoint=file, checkpoint_every=3)
    assert seen[0] > 1000  # it did not begin again
    assert not file.exists()
    resumed.save(tmp_path / "resumed")
    for part in (CARD, WEIGHTS):
        assert (tmp_path / "resumed" / part).read_bytes() == (tmp_path / "whole" / part).read_bytes()


@pytest.fixture(scope="module")
def left_behind(tiny, tmp_path_factory):
    """The bytes of the checkpoint of an interrupted training of seed 0."""
    file = tmp_path_factory.mktemp("left") / "x"
    with pytest.raises(Interrupted):
        training.train(tiny, _spec("ppo"), **SHORT, checkpoint=file, checkpoint_every=1, progress=_interrupt(3))
    return file.read_bytes()


SHORT = {"lessons": 4000, "seed": 0, "n_validation": 10}


@pytest.mark.parametrize(
    ("damage", "change", "says"),
    [
        (lambda data: data[: len(data) // 2], {}, "not a whole checkpoint"),
        (lambda data: b"", {}, "not a whole checkpoint"),
        (lambda data: b"\x80\x04" + data, {}, "not a whole checkpoint"),
        (lambda data: data.replace(b'\\"format\\": 2', b'\\"format\\": 9'), {}, "format 9|it was changed: checksum"),
        (lambda data: data, {"seed": 1}, "another training: its seed is 0; here 1"),
        (lambda data: data, {"lessons": 5000}, "its lessons is 4000; here 5000"),
    ],
)
def test_a_checkpoint_that_does_not_fit_is_refused_in_one_line(damage, change, says, left_behind, tiny, tmp_path):
    (tmp_path / "x").write_bytes(damage(left_behind))
    with pytest.raises(InputError, match=says) as error:
        training.train(tiny, _spec("ppo"), **SHORT | change, checkpoint=tmp_path / "x")
    assert "\n" not in str(error.value)
    assert str(tmp_path / "x") in str(error.value)


def test_checkpoints_are_the_fast_trainers(tiny, tmp_path):
    with pytest.raises(InputError, match="trainer=fast"):
        training.train(tiny, _spec("ppo", trainer="sb3"), lessons=300, seed=0, checkpoint=tmp_path / "x")
    with pytest.raises(InputError, match="every=0"):
        training.train(tiny, _spec("ppo"), lessons=300, seed=0, checkpoint=tmp_path / "x", checkpoint_every=0)


def test_an_environment_goes_on_from_a_snapshot(with_finish):
    first, other = with_finish.make(20, seed=3), with_finish.make(20, seed=8)
    first.reset()
    other.reset()
    rng = np.random.default_rng(0)
    for _ in range(5):
        first.step(rng.integers(0, 3, 20))
    other.restore(first.snapshot())
    for _ in range(9):
        actions = rng.integers(0, 3, 20)
        ours, theirs = first.step(actions), other.step(actions)
        for a, b in zip(ours[:4], theirs[:4], strict=True):
            np.testing.assert_array_equal(a, b)
    with pytest.raises(InputError, match="another environment"):
        with_finish.make(21).restore(first.snapshot())
