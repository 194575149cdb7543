"""What helps a training: a policy that is imitated first, and a critic that sees the truth."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from zpdgym.agents.problem import Problem
from zpdgym.agents.registry import build_policy, load_policy
from zpdgym.agents.rollouts import teach
from zpdgym.agents.tuning import prepare
from zpdgym.envs.scenario import Scenario
from zpdgym.envs.scenario_set import ScenarioSet
from zpdgym.errors import InputError
from zpdgym.experiments.comparison.compare import compare

from tests.helpers import quiet

torch = pytest.importorskip("torch")
from zpdgym.agents.learnt import ppo as fast  # noqa: E402
from zpdgym.agents.learnt import sb3, training  # noqa: E402
from zpdgym.agents.learnt.networks.item_features import ItemFeatures  # noqa: E402
from zpdgym.agents.learnt.networks.truth_critic import TruthCritic  # noqa: E402

SMALL = {"trainer": "fast", "ready": 0.0, "evaluations": 1}


def spec(**change: Any) -> dict[str, Any]:
    return load_policy("ppo_scorer", change=SMALL | change)


def model_of(scenario: Scenario, students: int = 24, steps: int = 8) -> Any:
    env = scenario.make(students, seed=5, reward="gain")
    features = ItemFeatures.of(Problem.of(env), ready_at=0.0, done_at=2.0)
    obs, info = env.reset()
    features.standardise(obs, info["action_mask"])
    venv = sb3.TutorVecEnv(env)
    venv.seed(3)
    return sb3.new_model(venv, cast("Any", build_policy(spec())), features, n_steps=steps, seed=1, masked=False)


def agreement(scenario: Scenario, teacher: Any, other: str) -> float:
    """How often the teacher chooses what another policy chooses, in the situations of that policy."""
    env, guide = scenario.make(300, seed=77, autoreset=False), build_policy(other)
    guide.bind(Problem.of(env))
    teacher.bind(Problem.of(env))
    obs, info = env.reset()
    same = []
    for _ in range(env.horizon):
        mask = info["action_mask"]
        told = guide.predict(obs, action_masks=mask)[0]
        same.append((teacher.predict(obs, deterministic=True, action_masks=mask)[0] == told).mean())
        obs, _, _, _, info = env.step(told)
    return float(np.mean(same))


def test_who_only_imitates_chooses_as_its_guide(tiny: Scenario) -> None:
    imitating = training.train(
        tiny, spec(imitate="mastery_no_finish", imitation=60_000), lessons=20_000, seed=0, n_validation=100
    )
    trained = training.train(tiny, spec(), lessons=20_000, seed=0, n_validation=100)
    like, unlike = (agreement(tiny, one.last, "mastery_no_finish") for one in (imitating, trained))
    assert like > 0.9
    assert unlike < like - 0.2


def test_a_guide_that_is_tuned_is_tuned_for_this_scenario(tiny: Scenario) -> None:
    learner = cast("Any", build_policy(spec(imitate="mastery_tuned")))
    found = cast("Any", training._guide(learner, tiny, 0, 50))
    tuned, trials = prepare(load_policy("mastery_tuned"), tiny, cohort_seed=0, n_students=50)
    assert len(trials) > 1
    assert found.threshold == cast("Any", build_policy(tuned)).threshold


def test_a_guided_training_is_the_same_bytes_every_time(tiny: Scenario) -> None:
    one, other = (
        training.train(tiny, spec(imitate="streak", imitation=2000), lessons=6000, seed=3, n_validation=50)
        for _ in range(2)
    )
    assert all(np.array_equal(one.weights[name], other.weights[name]) for name in one.weights)


@pytest.mark.parametrize("guide", ["random", "oracle_greedy", "ppo"])
def test_who_draws_lots_or_sees_the_truth_or_learns_is_not_imitated(tiny: Scenario, guide: str) -> None:
    with pytest.raises(InputError, match=f"imitate='{guide}' must be a policy that does not learn"):
        build_policy(spec(imitate=guide))


def test_who_is_not_there_or_is_oneself_is_not_imitated_either(tmp_path, monkeypatch) -> None:
    with pytest.raises(InputError, match=r"imitate='tuned_indx': unknown policy 'tuned_indx'. Did you mean"):
        build_policy(spec(imitate="tuned_indx"))
    monkeypatch.chdir(tmp_path)
    Path("mine.yaml").write_text("_target_: zpdgym.agents.ScorerPPO\nimitate: mine.yaml\n")
    with pytest.raises(InputError, match=r"imitate='mine.yaml' must be a policy that does not learn"):
        build_policy("mine.yaml")


def test_a_comparison_with_a_guide_whom_nobody_can_imitate_is_refused_before_anything_is_written(
    tmp_path, monkeypatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("mine.yaml").write_text("_target_: zpdgym.agents.ScorerPPO\nname: mine\nimitate: ppo\n")
    small = {"scenarios": ["tiny"], "policies": ["mine.yaml"], "seeds": 1, "n_students": 10, "n_validation": 10}
    with pytest.raises(InputError, match="imitate='ppo' must be"):
        compare({"name": "x", **small}, **quiet())
    assert [path.name for path in tmp_path.iterdir()] == ["mine.yaml"]


def test_several_scenarios_have_no_guide(tiny: Scenario) -> None:
    with pytest.raises(InputError, match="imitate='streak' needs one scenario"):
        training.train([tiny, tiny], spec(imitate="streak"), lessons=1000, seed=0)


@pytest.mark.parametrize("setting", [{"critic": "truth"}, {"imitate": "streak"}])
def test_the_loop_of_stable_baselines_knows_neither(setting: dict[str, str]) -> None:
    with pytest.raises(InputError, match=f"{next(iter(setting))}='.*' needs trainer=fast"):
        build_policy(spec(trainer="sb3", **setting))


def test_slopes_of_imitation_are_those_of_the_cross_entropy(tiny: Scenario) -> None:
    loop = fast.Loop(model_of(tiny))
    rng = np.random.default_rng(0)
    logits = torch.tensor(rng.normal(size=(5, 4)), requires_grad=True)
    values, target = torch.tensor(rng.normal(size=5), requires_grad=True), torch.tensor(rng.normal(size=5))
    slot = torch.tensor([2, -1, 0, 3, -1])
    batch = fast.Rollout(slot, torch.zeros(5), torch.zeros(5), target)
    told = slot >= 0
    loss = torch.nn.functional.cross_entropy(logits[told], slot[told], reduction="sum")
    (loss + loop.model.vf_coef * (values - target).square().sum()).backward()
    by_logit, by_value = loop._imitation(logits.detach(), values.detach(), batch)
    assert torch.allclose(by_logit, cast("Any", logits.grad))
    assert torch.allclose(by_value, cast("Any", values.grad))


def test_the_slots_of_a_guide_are_its_actions_among_those_that_are_scored(tiny: Scenario) -> None:
    model = model_of(tiny)
    loop, features = fast.Loop(model), model.policy.item_features
    told = np.arange(24, dtype=np.int64) % tiny.curriculum.n_items
    loop.scorer.follow(0, loop.obs, loop.mask, told, loop.slot[0])
    found = features(loop.obs, loop.mask)
    for row in range(24):
        scored = found.action[found.start[row] : found.start[row + 1]].tolist()
        assert loop.slot[0, row] == (scored.index(told[row]) if told[row] in scored else -1)


def test_the_critic_that_sees_the_truth_is_told_every_students_own(tiny: Scenario) -> None:
    other = Scenario.load("tiny", change={"student.prior": 0.9})
    env = ScenarioSet([tiny, other]).make(10, seed=0, reward="gain")
    env.reset()
    model, venv = model_of(tiny, students=10), sb3.TutorVecEnv(env)
    model.get_env = lambda: venv
    critic = TruthCritic(model, (2, 10), "cpu")
    critic.see(0, torch.zeros(10, critic.n_pooled))
    truth = critic.seen[0, :, critic.n_pooled :].numpy()
    mastery = np.concatenate([one.probe.mastery() for one in env.envs])
    assert np.array_equal(truth[:, :-2], mastery.astype(np.float32))
    assert np.array_equal(truth[:, -2:].argmax(axis=1), env.member)


def test_who_sees_the_truth_foretells_better_what_is_still_to_be_gained(tiny: Scenario) -> None:
    """The variance of what came of lessons that is left when a critic has said what it expects."""
    left = {}
    for critic in ("tutor", "truth"):
        loop = fast.Loop(model_of(tiny, students=256, steps=12), critic=critic)
        loop.model.gamma = loop.model.gae_lambda = 1.0
        for _ in range(60):
            loop.collect()
            loop.update(0.005)
        loop.collect()
        left[critic] = float((loop.rollout.advantage).var())
    assert left["truth"] < 0.9 * left["tutor"]


def test_a_teacher_takes_nothing_of_the_truth_along(tiny: Scenario) -> None:
    plain, judged = (
        training.train(tiny, spec(critic=critic), lessons=4000, seed=0, n_validation=50)
        for critic in ("tutor", "truth")
    )
    assert {name: a.shape for name, a in plain.weights.items()} == {name: a.shape for name, a in judged.weights.items()}
    assert any((plain.weights[name] != judged.weights[name]).any() for name in plain.weights)
    assert 0.0 < teach(tiny, judged, n_students=50, cohort_seed=1, metrics=False).mean("exam") < 1.0


def test_an_interrupted_training_with_such_a_critic_goes_on_to_the_same_bytes(tiny: Scenario, tmp_path: Any) -> None:
    whole = training.train(tiny, spec(critic="truth"), lessons=6000, seed=0, n_validation=50)
    place = tmp_path / "state.checkpoint"

    class Killed(Exception):
        pass

    def kill(done: int, wanted: int) -> None:
        if done > 3000:
            raise Killed

    more: dict[str, Any] = {"n_validation": 50, "checkpoint": place, "checkpoint_every": 1}
    with pytest.raises(Killed):
        training.train(tiny, spec(critic="truth"), lessons=6000, seed=0, progress=kill, **more)
    assert place.exists()
    again = training.train(tiny, spec(critic="truth"), lessons=6000, seed=0, **more)
    assert all(np.array_equal(whole.weights[name], again.weights[name]) for name in whole.weights)


@pytest.mark.parametrize(("name", "gamma"), [("tiny", 0.99), ("Algebra-v1", 1 - 1 / 400)])
def test_without_gamma_a_teacher_looks_as_far_ahead_as_the_course_is_long(name: str, gamma: float) -> None:
    model = model_of(Scenario.load(name), students=16, steps=2)
    assert model.gamma == pytest.approx(gamma)


def test_of_several_courses_the_longest_says_how_far_ahead(tiny: Scenario) -> None:
    longer = Scenario.load("tiny", change={"schedule.lessons": 300})
    env = ScenarioSet([tiny, longer]).make(4, seed=0, reward="gain")
    learner = cast("Any", build_policy(spec(hidden=[4])))
    features = ItemFeatures.of(Problem.of(env.envs[0]), ready_at=0.0, done_at=2.0)
    model = sb3.new_model(sb3.TutorVecEnv(env), learner, features, n_steps=2, seed=1, masked=False)
    assert model.gamma == pytest.approx(1 - 1 / 300)


def test_a_gamma_that_is_given_is_taken(tiny: Scenario) -> None:
    learner = cast("Any", build_policy(spec(gamma=0.5)))
    env = sb3.TutorVecEnv(tiny.make(4))
    features = ItemFeatures.of(Problem.of(tiny.make(1)), ready_at=0.0, done_at=2.0)
    assert sb3.new_model(env, learner, features, n_steps=2, seed=1, masked=False).gamma == 0.5
