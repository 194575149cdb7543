"""What the item scorer is told where the belief itself says what is open of each skill."""

from __future__ import annotations

import numpy as np
import pytest
from zpdgym.agents.learnt.networks.item_features import OVERALL, PREDICTED, ROW, ItemFeatures
from zpdgym.agents.problem import Problem
from zpdgym.envs.scenario import Scenario

GRAPH = {"kind": "graph", "source": "given", "prior": 0.4, "learn": 0.3, "guess": 0.2, "slip": 0.1, "leak": 0.15}


LEARN = np.random.default_rng(0).uniform(0.05, 0.6, (122, 7))
LEARN[::3, 0] = 0.0
"""Of the items of Algebra, after 0, 1, … 6 and more lessons on the skill; some teach nothing at first."""


@pytest.fixture(scope="module", params=["graph", "practice"])
def scenario(request) -> Scenario:
    """Items of one and of two skills, with both beliefs that say what is open of a skill."""
    given = GRAPH if request.param == "graph" else {**GRAPH, "kind": "practice", "learn": LEARN.tolist()}
    return Scenario.load("algebra", change={"schedule.sessions": 4, "belief": given})


def described(scenario, lessons=30):
    """Features of eight students after some random lessons, with what they are made of."""
    env, rng = scenario.make(8, seed=3), np.random.default_rng(0)
    obs, info = env.reset()
    for _ in range(lessons):
        obs, *_, info = env.step(rng.integers(env.curriculum.n_items, size=8))
    features = ItemFeatures.of(Problem.of(env), ready_at=0.0, done_at=2.0)
    names = features.names(tuple(column.name for column in env.columns))
    return Problem.of(env), features, obs, info["action_mask"], names


@pytest.mark.kernels
def test_an_item_promises_what_the_belief_itself_expects_of_it(scenario):
    problem, features, obs, masks, names = described(scenario)
    found = features(obs, masks)
    believed = problem.believed(obs)
    assert believed.open is not None
    assert believed.ready is not None
    expected = problem.belief.expected_gain(believed)[masks]
    x = {name: found.x[:, j] for j, name in enumerate(names)}
    np.testing.assert_allclose(x["gain"], expected, atol=1e-6)
    student = np.repeat(np.arange(8), np.diff(found.start))
    skills = problem.curriculum.item_skills[found.action]
    there = skills >= 0
    of_item = np.where(there, believed.open[student[:, None], skills], 0.0).sum(axis=1) / there.sum(axis=1)
    np.testing.assert_allclose(x["unknown"], of_item, atol=1e-6)
    np.testing.assert_allclose(x["mean_unknown"], believed.open.mean(axis=1)[student], atol=1e-6)
    alone = (1 - believed.belief) * believed.ready
    assert np.abs(alone - believed.open).max() > 0.02  # or skills might as well be independent
    assert {"gain", "unknown", "mean_unknown"} <= {*PREDICTED, *ROW, *OVERALL}


@pytest.mark.kernels
def test_what_is_open_counts_for_what_was_predicted_before(scenario):
    """Belief and readiness as in the lesson before: a prediction that was kept is still made anew."""
    problem, features, obs, masks, names = described(scenario)
    gain = names.index("gain")
    before = features(obs, masks).x[:, gain].copy()
    obs[:, :, problem.index("open")] *= 0.5
    after = features(obs, masks).x[:, gain]
    fresh = described(scenario)[1](obs, masks).x[:, gain]
    np.testing.assert_array_equal(after, fresh)
    assert (after < before).any()


def test_where_the_belief_says_nothing_of_it_the_product_stands():
    given = {**GRAPH, "kind": "bkt", "prior": 0.2}
    scenario = Scenario.load("algebra", change={"schedule.sessions": 4, "belief": given})
    problem, features, obs, masks, names = described(scenario)
    assert len(features.arrays["columns"]) == 6
    found = features(obs, masks)
    overall = found.x[found.start[:-1], names.index("mean_unknown")]
    alone = (1 - problem.column(obs, "belief")) * problem.column(obs, "ready")
    np.testing.assert_allclose(overall, alone.mean(axis=1), atol=1e-6)


def test_a_teacher_with_what_is_open_is_the_same_when_it_was_saved(scenario, tmp_path):
    pytest.importorskip("torch")
    import zpdgym
    from zpdgym.agents.learnt import training

    teacher = training.train(scenario, "ppo_scorer", lessons=2000, seed=0, n_validation=10)
    teacher.save(tmp_path)
    again = zpdgym.load_teacher(tmp_path, scenario=scenario)
    _, _, obs, masks, _ = described(scenario)
    for one, other in zip(teacher.logits(obs, masks), again.logits(obs, masks), strict=True):
        assert one.tobytes() == other.tobytes()
    assert len(again.weights["constant.columns"]) == 7


def remediation(**belief) -> Scenario:
    """Two rules a skill, of which a question tells one or both; the numbers of the belief are given."""
    return Scenario.load("remediation", change={"belief.source": "true_population", **belief})


@pytest.mark.kernels
def test_with_bugs_an_item_promises_what_the_belief_expects_of_just_these():
    problem, features, obs, masks, names = described(remediation())
    found, believed = features(obs, masks), problem.believed(obs)
    assert believed.bugs is not None
    x = {name: found.x[:, j] for j, name in enumerate(names)}
    expected = problem.belief.expected_gain(believed)[masks]
    np.testing.assert_allclose(x["gain"], expected, atol=1e-6)
    np.testing.assert_allclose(x["p_correct"], problem.belief.p_correct(believed)[masks], atol=1e-6)
    blind = problem.belief.expected_gain(believed._replace(bugs=None))[masks]
    assert np.abs(blind - expected).max() > 0.05  # or bugs might as well not be told apart


@pytest.mark.kernels
def test_another_bug_counts_where_all_else_is_as_before():
    problem, features, obs, masks, names = described(remediation())
    gain, one, two = names.index("gain"), problem.index("bug_1"), problem.index("bug_2")
    before = features(obs, masks).x[:, gain].copy()
    obs[:, :, [one, two]] = obs[:, :, [two, one]]
    after = features(obs, masks).x[:, gain]
    np.testing.assert_array_equal(after, described(remediation())[1](obs, masks).x[:, gain])
    assert (after != before).any()


def test_bugs_that_are_not_all_shown_are_not_told_apart():
    columns = [c for c in remediation().column_names if c != "bug_2"]
    problem, features, obs, masks, names = described(remediation(**{"observe.columns": columns}))
    assert len(features.arrays["columns"]) == 7
    believed = problem.believed(obs)
    expected = problem.belief.expected_gain(believed._replace(bugs=None))[masks]
    np.testing.assert_allclose(features(obs, masks).x[:, names.index("gain")], expected, atol=1e-6)


@pytest.mark.kernels
def test_a_problem_promises_nearly_what_its_steps_teach():
    """Skills count by their steps; that the second step on a skill may teach what the first left closed is left out."""
    given = {"kind": "graph", "source": "true_population"}
    problem, features, obs, masks, names = described(Scenario.load("tutor", change={"belief": given}), lessons=12)
    found, believed = features(obs, masks), problem.believed(obs)
    expected = problem.belief.expected_gain(believed)[masks]
    gain = found.x[:, names.index("gain")]
    np.testing.assert_allclose(gain, expected, atol=0.006)
    assert np.corrcoef(gain, expected)[0, 1] > 0.9995
    right = features.arrays["right"]
    assert right.shape[1] == 17 + problem.curriculum.item_skills.shape[1]
    np.testing.assert_allclose(right[:, 17:].sum(axis=1), 1.0, atol=1e-6)
    assert np.ptp(right[:, 17:][right[:, 17:] > 0]) > 0.3
