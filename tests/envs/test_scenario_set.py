"""Training on several scenarios side by side, and teachers that go to curricula which they never saw."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from gymnasium.wrappers import vector as wrappers
from zpdgym.agents import teach
from zpdgym.agents.learnt.networks.item_features import ItemFeatures
from zpdgym.agents.learnt.networks.scenario_set_features import ScenarioSetFeatures
from zpdgym.agents.learnt.teacher import Saved, Teacher
from zpdgym.agents.learnt.training import train
from zpdgym.agents.problem import Problem
from zpdgym.agents.registry import build_policy, load_policy
from zpdgym.envs.scenario import Scenario
from zpdgym.envs.scenario_set import ScenarioSet
from zpdgym.errors import InputError

from tests.envs.wrapping import COUNTS_AT_ONCE


def network(n_skills: int, seed: int, **change) -> Scenario:
    """Tiny's students on a random network of skills."""
    curriculum = {"_target_": "zpdgym.students.random_dag", "n_skills": n_skills, "seed": seed}
    student = {"_target_": "zpdgym.students.BKT", "prior": 0.2, "learn": 0.25, "guess": 0.2, "slip": 0.1}
    belief = {"kind": "bkt", "source": "true_population"}
    return Scenario.load(
        "tiny",
        replace={"curriculum": curriculum, "student": student, "schedule": {"lessons": 3 * n_skills}},
        change={"belief": belief} | change,
    )


@pytest.fixture(scope="module")
def worlds() -> list[Scenario]:
    return [network(5, 1), network(3, 2), network(8, 3)]


@pytest.fixture(scope="module")
def spec() -> dict:
    return dict(load_policy("ppo_scorer", change={"trainer": "fast", "ready": 0.5, "evaluations": 2}))


@pytest.fixture(scope="module")
def teacher(worlds, spec) -> Teacher:
    return train(worlds, spec, lessons=12_000, seed=0, n_validation=60)


def test_every_student_is_taught_as_in_the_scenarios_own_environment(worlds):
    together = ScenarioSet(worlds).make(10, seed=4)
    alone = [env.scenario.make(env.num_envs, seed=env.cohort_seed) for env in together.envs]
    assert [env.num_envs for env in alone] == [4, 3, 3]
    (obs, info), found = together.reset(), [env.reset() for env in alone]
    rng = np.random.default_rng(0)
    for _ in range(30):
        first = 0
        for j, (env, (own, own_info)) in enumerate(zip(alone, found, strict=True)):
            rows, n_rows = slice(first, first + env.num_envs), own.shape[1]
            np.testing.assert_array_equal(obs[rows, :n_rows], own)
            assert not obs[rows, n_rows:-1].any()
            np.testing.assert_allclose(obs[rows, -1, 0], (j + 1) / 3)
            np.testing.assert_array_equal(info["action_mask"][rows, : env.n_actions], own_info["action_mask"])
            assert not info["action_mask"][rows, env.n_actions :].any()
            first += env.num_envs
        actions = np.array([rng.choice(np.flatnonzero(mask)) for mask in info["action_mask"]])
        obs, reward, ended, _, info = together.step(actions)
        steps = [env.step(part) for env, part in zip(alone, np.split(actions, [4, 7]), strict=True)]
        np.testing.assert_array_equal(reward, np.concatenate([step[1] for step in steps]))
        np.testing.assert_array_equal(ended, np.concatenate([step[2] for step in steps]))
        if ended.any():
            row = int(np.flatnonzero(ended)[0])
            j = int(together.member[row])
            last = steps[j][4]["final_obs"][row - [0, 4, 7][j]]
            np.testing.assert_array_equal(info["final_obs"][row][: len(last)], last)
        found = [(step[0], step[4]) for step in steps]


def test_the_info_of_several_scenarios_is_that_of_each_with_all_rows(worlds):
    """The same keys at the start and at every step, masks beside them, and zeros where a scenario has less."""
    together = ScenarioSet(worlds).make(6, seed=4)
    _, info = together.reset()
    alone = [env.scenario.make(env.num_envs, seed=env.cohort_seed) for env in together.envs]
    keys, told = set(info), [env.reset()[1] for env in alone]
    ended = 0
    for _ in range(30):
        assert set(info) - {"final_obs", "_final_obs", "final_info", "_final_info"} == keys
        for key in ("correct", "item", "days", "_action_mask"):
            np.testing.assert_array_equal(info[key], np.concatenate([own[key] for own in told]))
        for i in np.flatnonzero(info.get("_final_info", [])):
            j, own_row = divmod(int(i), 2)
            mine, own = info["final_info"]["privileged"], told[j]["final_info"]["privileged"]
            assert mine["exam"][i] == own["exam"][own_row]
            assert mine["mastery"].shape == (6, 8)
            np.testing.assert_array_equal(mine["mastery"][i, : own["mastery"].shape[1]], own["mastery"][own_row])
            assert not mine["mastery"][i, own["mastery"].shape[1] :].any()
            assert info["_final_obs"][i]
            ended += 1
        actions = np.zeros(6, np.int64)
        info = together.step(actions)[4]
        told = [env.step(actions[:2])[4] for env in alone]
    assert ended >= 6


@pytest.mark.skipif(not COUNTS_AT_ONCE, reason="this Gymnasium does not count the lessons of SameStep")
def test_gymnasiums_wrappers_take_several_scenarios(worlds):
    env = wrappers.DictInfoToList(wrappers.RecordEpisodeStatistics(ScenarioSet(worlds).make(6, seed=4)))
    plain = ScenarioSet(worlds).make(6, seed=4)
    env.reset(seed=7), plain.reset(seed=7)
    paid = np.zeros(6)
    for _ in range(30):
        _, _, ended, _, infos = env.step(np.zeros(6, np.int64))
        paid += plain.step(np.zeros(6, np.int64))[1]
        for i in np.flatnonzero(ended):
            assert infos[i]["episode"]["r"] == pytest.approx(paid[i])
            assert "final_info" in infos[i]
            paid[i] = 0.0
    assert env.unwrapped.envs[0].records["episode"].any()


def test_rows_of_several_scenarios_may_have_seeds_of_their_own(worlds):
    own, common = ScenarioSet(worlds).make(6, seed=0), ScenarioSet(worlds).make(6, seed=0)
    np.testing.assert_array_equal(own.reset(seed=[9] * 6)[0], common.reset(seed=9)[0])
    for _ in range(20):
        np.testing.assert_array_equal(own.step(np.zeros(6, int))[0], common.step(np.zeros(6, int))[0])
    own.reset(seed=[1, None, 1, 1, 1, 1])
    assert own.envs[0].cohort_seed == 1
    for given, message in (
        ({"seed": [1, 2]}, "a list of 2, must have one for each of 6 students"),
        ({"seed": -1}, "seed=-1 must be one whole number"),
        ({"options": {"reset_mask": np.ones(6, bool)}}, "students of several scenarios have no options"),
    ):
        with pytest.raises(InputError, match=message):
            own.reset(**given)


@pytest.mark.parametrize(
    ("actions", "message"),
    [([0, 0], r"shape \(2,\), must be \(3,\)"), ([0.5] * 3, "float64 numbers"), ([[0], [0, 1], [0]], "whole numbers")],
)
def test_actions_of_another_shape_or_kind_are_refused(worlds, actions, message):
    together = ScenarioSet(worlds).make(3, seed=4)
    together.reset()
    with pytest.raises(InputError, match=message):
        together.step(actions)


def test_a_foreign_action_is_refused_before_anybody_is_taught(worlds):
    together = ScenarioSet(worlds).make(3, seed=4)
    together.reset()
    with pytest.raises(InputError, match=r"row 1: action 3 is not allowed in Tiny-v0~"):
        together.step(np.array([0, 3, 0]))
    assert [int(env.records["lesson"].sum()) for env in together.envs] == [0, 0, 0]


def test_features_are_those_of_each_students_own_scenario(worlds):
    together = ScenarioSet(worlds).make(10, seed=4)
    obs, info = together.reset()
    members = [ItemFeatures.of(Problem.of(env), ready_at=0.0, done_at=2.0) for env in together.envs]
    features = ScenarioSetFeatures(members, [env.n_actions for env in together.envs])
    found = features(obs, info["action_mask"])
    first = 0
    for env, member in zip(together.envs, members, strict=True):
        rows = slice(first, first + env.num_envs)
        own = member(np.ascontiguousarray(obs[rows, : env._n_rows]), env.action_masks())
        pairs = slice(found.start[rows.start], found.start[rows.stop])
        np.testing.assert_array_equal(found.x[pairs], own.x)
        np.testing.assert_array_equal(found.action[pairs], own.action)
        np.testing.assert_array_equal(found.pooled[rows], own.pooled)
        first = rows.stop
    with pytest.raises(ValueError, match="next to each other"):
        features(obs[::-1], info["action_mask"][::-1])


def test_a_set_of_one_trains_the_same_teacher_as_the_scenario(worlds, spec):
    one, other = (train(s, spec, lessons=2000, seed=3, n_validation=20) for s in (worlds[0], [worlds[0]]))
    assert one.card == other.card
    for name, array in one.weights.items():
        np.testing.assert_array_equal(array, other.weights[name], err_msg=name)
    assert not one.moves


def test_the_teacher_goes_to_an_unseen_curriculum_and_beats_chance(teacher, tmp_path):
    unseen = network(12, 9)
    teacher.save(tmp_path)
    loaded = Teacher.load(tmp_path)
    taught = teach(unseen, loaded, n_students=300, cohort_seed=5, metrics=False)
    again = teach(unseen, teacher, n_students=300, cohort_seed=5, metrics=False)
    np.testing.assert_array_equal(taught.outcomes["exam"], again.outcomes["exam"])
    by_chance = teach(unseen, build_policy("random"), n_students=300, cohort_seed=5, metrics=False)
    difference = taught.outcomes["exam"] - by_chance.outcomes["exam"]
    assert difference.mean() > 3 * difference.std() / np.sqrt(300)


def test_where_it_was_trained_it_decides_as_the_network_that_was_trained(teacher, worlds):
    """The tables of the scenario at hand are used, whichever one was taught before."""
    for scenario in (*worlds, worlds[0]):
        env = scenario.make(20, seed=1)
        obs, info = env.reset()
        teacher.bind(Problem.of(env))
        members = ItemFeatures.of(Problem.of(env), ready_at=0.5, done_at=2.0)
        members.take_scales(teacher.weights["constant.scale"], teacher.weights["constant.pooled_scale"])
        start, action, logits = teacher.logits(obs, info["action_mask"])
        found = members(obs, info["action_mask"])
        np.testing.assert_array_equal(action, found.action)
        hidden = (found.x - members.arrays["scale"][0]) * members.arrays["scale"][1]
        hidden = np.maximum(hidden @ teacher.weights["scorer.0.weight"].T + teacher.weights["scorer.0.bias"], 0)
        expected = (hidden @ teacher.weights["scorer.2.weight"].T + teacher.weights["scorer.2.bias"])[:, 0]
        expected += found.x[:, members.prior] @ (teacher.weights["prior"] * members.arrays["scale"][1, members.prior])
        # the prior's shift is the same for all items of a student
        for first, last in pairwise(start):
            np.testing.assert_allclose(
                logits[first:last] - logits[first], expected[first:last] - expected[first], atol=2e-4
            )


@pytest.mark.parametrize("trainer", ["sb3", "fast"])
def test_both_trainers_learn_on_several_scenarios(trainer, worlds, spec):
    taught = train(worlds, {**spec, "trainer": trainer}, lessons=12_000, seed=1, n_validation=60)
    curve = [row["validation"] for row in taught.card["training"]["curve"]]
    untaught = np.mean(
        [teach(s, build_policy("random"), n_students=20, cohort_seed=3, metrics=False).mean("exam") for s in worlds]
    )
    assert curve[-1] > untaught
    assert taught.card["trained_on"] == [s.label for s in worlds]


def test_an_interrupted_training_on_several_ends_with_the_same_bytes(teacher, worlds, spec, tmp_path):
    file = tmp_path / "state.checkpoint"

    class Cut(Exception):
        pass

    def cut(done, wanted):
        if done > 6000:
            raise Cut

    options = {"lessons": 12_000, "seed": 0, "n_validation": 60, "checkpoint": file, "checkpoint_every": 2}
    with pytest.raises(Cut):
        train(worlds, spec, progress=cut, **options)
    assert file.exists()
    resumed = train(worlds, spec, **options)
    moved = network(5, 1)
    for one in (teacher, resumed):
        one.bind(Problem.of(moved.make(1, seed=0)))
    for name, array in teacher.weights.items():
        np.testing.assert_array_equal(array, resumed.weights[name], err_msg=name)


def test_a_teacher_of_one_scenario_moves_only_when_told(worlds, spec, tmp_path):
    train(worlds[0], spec, lessons=600, seed=0, n_validation=20).save(tmp_path)
    with pytest.raises(InputError, match=r"the curriculum is another; policy\.transfer=true lets it try"):
        teach(worlds[2], Saved(str(tmp_path)), n_students=5, cohort_seed=0)
    assert teach(worlds[2], Saved(str(tmp_path), transfer=True), n_students=5, cohort_seed=0).mean("exam") > 0


def test_what_cannot_be_trained_together_is_refused_in_one_line(worlds, spec):
    with pytest.raises(InputError, match=r"policy ppo: its network is made for one curriculum.*here 3"):
        train(worlds, "ppo", lessons=100, seed=0)
    other = network(4, 0, **{"actions.finish": True})
    with pytest.raises(InputError, match=r"must show the same: actions.finish of Tiny-v0~.* is True"):
        train([worlds[0], other], spec, lessons=100, seed=0)
    with pytest.raises(InputError, match="at least one scenario"):
        train([], spec, lessons=100, seed=0)
    with pytest.raises(InputError, match="num_envs=2 must be at least 3"):
        ScenarioSet(worlds).make(2, seed=0)
