"""The greedy oracle: what a lesson does for the exam, which greed is followed, and that it is not below random."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import zpdgym
from zpdgym.agents.problem import Problem
from zpdgym.agents.references.oracle import OracleGreedy
from zpdgym.agents.references.oracle_index import OracleIndex
from zpdgym.agents.registry import build_policy
from zpdgym.agents.rollouts import teach
from zpdgym.envs.reward import examination
from zpdgym.envs.scenario import Scenario
from zpdgym.errors import InputError
from zpdgym.students import allocate_outcome
from zpdgym.students.exam import exam_gain, foresees_exam

from benchmarks.columns import world
from tests.helpers import COMPILED, bound, cohort
from tests.helpers import world as small_world

MIXED = {
    "_target_": "zpdgym.students.Mixture",
    "students": [{"_target_": "zpdgym.students.BKT"}, {"_target_": "zpdgym.students.HalfLife"}],
}


class _Without:
    """A student model that does not tell what a lesson does for the exam, nor that its skills are apart."""

    def __init__(self, model):
        self.model = model

    def __getattr__(self, name):
        if name in ("exam_gain", "shared_clock"):
            raise AttributeError(name)
        return getattr(self.model, name)


def somewhat_taught(scenario, n, lessons=40):
    model, rng = scenario.student, np.random.default_rng(1)
    state, out = cohort(model, n), allocate_outcome(n)
    for _ in range(lessons):
        items = rng.integers(0, model.curriculum.n_items, n)
        model.step(state, items, rng.random((n, model.lesson_draws)), out)
    return model, state, rng.uniform(0.0, 30.0, n)


def by_luck(model, state, days, item, futures):
    """Mean and standard error of what one lesson changes in the exam's forecast, over so many futures."""
    n, rng, exam_items = len(state), np.random.default_rng(2), model.curriculum.exam_items
    copies = np.repeat(state, futures)
    rest = np.zeros((len(copies), model.rest_draws))
    model.step(copies, np.full(len(copies), item), rng.random((len(copies), model.lesson_draws)),
               allocate_outcome(len(copies)))  # fmt: skip
    later = examination(model, copies, np.repeat(days, futures), rest, exam_items)[1].reshape(n, futures)
    change = later - examination(model, state, days, rest[:n], exam_items)[1][:, None]
    return change.mean(axis=1), change.std(axis=1) / np.sqrt(futures)


@pytest.mark.kernels
def test_bkt_students_say_exactly_what_two_copies_say_and_what_luck_says_of_two_skills():
    scenario = Scenario.load("algebra")
    model, state, days = somewhat_taught(scenario, 12 if COMPILED else 3)
    said = model.exam_gain(state, days, model.curriculum.exam_items)
    tried = exam_gain(_Without(model), state, days, model.curriculum.exam_items)
    alone = model.curriculum.q.sum(axis=1) == 1
    np.testing.assert_allclose(said[:, alone], tried[:, alone], atol=1e-14)
    assert said.max() > 0.001
    two = np.flatnonzero(~alone)
    best = int(two[said[:, two].max(axis=0).argmax()])
    mean, error = by_luck(model, state, days, best, 3000)
    assert (np.abs(said[:, best] - mean) < 4.5 * error + 1e-9).all()


@pytest.mark.parametrize(
    "name", ["half_life", "das3h", "power_law", "blim", "affect", "response_time", "hints", "fsrs6"]
)
def test_copies_that_are_examined_say_what_luck_says(name):
    model, state, days = somewhat_taught(world(name), 8)
    before = state.copy()
    gains = exam_gain(model, state, days, model.curriculum.exam_items)
    np.testing.assert_array_equal(state, before)
    scale = np.abs(gains).max()
    for item in (1, 10, 30):
        mean, error = by_luck(model, state, days, item, 2000)
        assert (np.abs(gains[:, item] - mean) < 5.0 * error + 0.02 * scale).all()


@pytest.mark.kernels
@pytest.mark.parametrize("name", ["exponential_forgetting", "half_life", "memorize", "dhp", "actr"])
def test_skills_that_are_apart_are_taught_at_once_with_the_same_result(name):
    model, state, days = somewhat_taught(world(name), 7)
    items, before = np.append(model.curriculum.exam_items, model.curriculum.exam_items[:2]), state.copy()
    one_by_one = exam_gain(_Without(model), state, days, items)
    assert len({*model.curriculum.minutes.tolist()}) > 1
    assert np.ptp(one_by_one) > 0.001
    assert model.shared_clock == "clock"
    np.testing.assert_allclose(exam_gain(model, state, days, items), one_by_one, atol=1e-13)
    np.testing.assert_array_equal(state, before)


def test_a_mixture_asks_each_model():
    model = Scenario.load(world("bkt"), replace={"student": MIXED}).student
    state, days, items = cohort(model, 12), np.full(12, 5.0), model.curriculum.exam_items
    gains = model.exam_gain(state, days, items)
    first = state["model"] == 0
    assert 0 < first.sum() < 12
    inside = model.students[0]
    np.testing.assert_array_equal(
        gains[first],
        exam_gain(
            inside, model._part(state.view(np.float64).reshape(12, -1), 0, np.flatnonzero(first)), days[first], items
        ),
    )
    assert not foresees_exam(world("mixture").student)


@pytest.mark.parametrize(("name", "greed"), [("memorize", "exam"), ("dhp", "mastery"), ("pfa", "mastery")])
def test_the_greed_that_serves_the_exam_is_followed_and_beats_random(name, greed):
    check_greed(name, greed, 40)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "greed"), [("mcm", "exam"), ("actr", "mastery")])
def test_so_it_is_where_one_greed_is_below_random(name, greed):
    check_greed(name, greed, 100)
    other = teach(
        world(name), OracleGreedy(greed={"exam": "mastery", "mastery": "exam"}[greed]), n_students=100, cohort_seed=3
    )
    assert other.mean("exam") < teach(world(name), build_policy("random"), n_students=100, cohort_seed=3).mean("exam")


@pytest.mark.slow
@pytest.mark.parametrize("name", zpdgym.list_students())
def test_it_is_never_below_random(name):
    found = [
        teach(world(name), build_policy(p), n_students=100, cohort_seed=4).mean("exam")
        for p in ("random", "oracle_greedy")
    ]
    assert found[1] >= found[0]


def check_greed(name, greed, n):
    scenario, policy = world(name), OracleGreedy()
    exam = teach(scenario, policy, n_students=n, cohort_seed=3, metrics=False).mean("exam")
    assert policy._greed() == greed
    assert exam > teach(scenario, build_policy("random"), n_students=n, cohort_seed=3, metrics=False).mean("exam")
    alone = OracleGreedy(greed=greed)
    assert teach(scenario, alone, n_students=n, cohort_seed=3, metrics=False).mean("exam") == exam


def test_the_item_that_does_most_for_the_exam_is_shown():
    policy, env, observation = bound({"_target_": "zpdgym.agents.OracleGreedy", "greed": "exam"}, world("fsrs6"))
    gains = env.probe.exam_gain()
    assert policy.predict(observation)[0].tolist() == gains.argmax(axis=1).tolist()
    assert (gains.max(axis=1) > 0.0).all()


def test_looking_one_lesson_ahead_is_the_same_greed_for_the_exam():
    scenario = world("memorize")
    ahead = {"_target_": "zpdgym.agents.OracleLookahead", "greed": "exam", "depth": 1}
    greedy = {"_target_": "zpdgym.agents.OracleGreedy", "greed": "exam"}
    shown = [
        teach(scenario, build_policy(spec), n_students=20, cohort_seed=0, keep=20).kept["items"]
        for spec in (ahead, greedy)
    ]
    np.testing.assert_array_equal(*shown)


def test_looking_further_ahead_serves_the_exam_where_the_exam_can_be_foreseen():
    ahead = build_policy({"_target_": "zpdgym.agents.OracleLookahead", "depth": 3, "candidates": 2, "futures": 2})
    scenario = world("memorize")
    exam = teach(scenario, ahead, n_students=20, cohort_seed=3, metrics=False).mean("exam")
    assert ahead._greed() == "exam"
    assert exam > teach(scenario, build_policy("random"), n_students=20, cohort_seed=3, metrics=False).mean("exam")


def test_without_a_forecast_the_exam_cannot_be_looked_at():
    with pytest.raises(InputError, match="greed=exam needs the optional method forecast, which PFA has not"):
        bound({"_target_": "zpdgym.agents.OracleGreedy", "greed": "exam"}, world("pfa"))
    _, env, _ = bound("oracle_greedy", world("pfa"))
    with pytest.raises(InputError, match="PFA students cannot tell what a lesson does for the exam"):
        env.probe.exam_gain()


def test_a_model_that_tells_only_what_lessons_do_for_the_exam_is_enough():
    scenario = world("bkt")
    scenario.__dict__["student"] = _OnlyExam(scenario.student)
    policy = OracleGreedy()
    exam = teach(scenario, policy, n_students=20, cohort_seed=3, metrics=False).mean("exam")
    assert policy._greed() == "exam"
    assert exam > teach(scenario, build_policy("random"), n_students=20, cohort_seed=3, metrics=False).mean("exam")
    with pytest.raises(InputError, match="needs the optional method expected_gain"):
        teach(scenario, OracleGreedy(greed="mastery"), n_students=2, cohort_seed=3, metrics=False)


class _OnlyExam(_Without):
    def __getattr__(self, name):
        if name == "expected_gain":
            raise AttributeError(name)
        return getattr(self.model, name)


@pytest.mark.kernels
def test_the_index_on_the_truth_scores_by_what_is_true_and_not_by_what_is_believed():
    """With the gain alone it is the oracle that is greedy for mastery; open and ready are those of who knows what."""
    scenario = small_world(student={"prior": 0.4})
    zero = dict.fromkeys(OracleIndex.PARAMETERS, 0.0)
    greedy = build_policy({"_target_": "zpdgym.agents.OracleGreedy", "greed": "mastery", "per": "minute"})
    by_gain = build_policy({"_target_": "zpdgym.agents.OracleIndex", **zero, "gain": 1.0})
    by_open = build_policy({"_target_": "zpdgym.agents.OracleIndex", **zero, "open": 1.0})
    assert by_gain.privileged
    env = scenario.make(30, seed=2, autoreset=False)
    for policy in (greedy, by_gain, by_open):
        policy.bind(Problem.of(env, privileged=True))
    observation, info = env.reset(seed=2)
    rng, needs = np.random.default_rng(0), np.array(env.curriculum.prerequisites, bool)
    while not env.done.all():
        masks = info["action_mask"]
        wanted, chosen = (policy.predict(observation, action_masks=masks)[0] for policy in (greedy, by_gain))
        np.testing.assert_array_equal(chosen, wanted)
        known = env.probe.mastery() > 0
        can = ~known & np.stack([known[:, row].all(axis=1) for row in needs], axis=1)
        skills = env.curriculum.item_skills[by_open.predict(observation, action_masks=masks)[0], 0]
        assert (can[np.arange(30), skills] | ~can.any(axis=1)).all()
        observation, *_, info = env.step(rng.integers(env.curriculum.n_items, size=30))


def test_the_index_on_the_truth_is_refused_where_students_do_not_tell():
    scenario = small_world()
    policy = build_policy("oracle_index")
    env = scenario.make(1, seed=0)
    problem = Problem.of(env, privileged=True)
    hidden = dataclasses.replace(problem, probe=_Probe(problem.probe))
    with pytest.raises(InputError, match="policy oracle_index needs the optional method expected_gain, which _Model"):
        policy.bind(hidden)


class _Model:
    pass


class _Probe:
    def __init__(self, probe):
        self.probe, self.student = probe, _Model()

    def __getattr__(self, name):
        return getattr(self.probe, name)
