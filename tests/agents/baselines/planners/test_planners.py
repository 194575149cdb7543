"""Planners, adaptive testing, oracles with foresight: the rules against plain Python, and the contract."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from zpdgym.agents import Problem, build_policy, check_policy, teach
from zpdgym.agents.baselines.adaptive_testing import fisher_information
from zpdgym.agents.baselines.planners.believed import Believed
from zpdgym.envs.beliefs.build import build_belief
from zpdgym.envs.beliefs.simulation import chance_right, gain_of
from zpdgym.envs.beliefs.simulation import teach as teach_mind
from zpdgym.envs.scenario import Scenario
from zpdgym.errors import InputError
from zpdgym.students.model import allocate_outcome

from tests.helpers import bound

PLANNERS = ("expectimax", "monte_carlo", "cross_entropy")
CHEAP = {
    "expectimax": {"depth": 2, "candidates": 3},
    "monte_carlo": {"simulations": 2, "horizon": 3, "candidates": 2},
    "cross_entropy": {"horizon": 3, "samples": 6, "elite": 2, "rounds": 2},
    "oracle_lookahead": {"depth": 2, "futures": 3},
    "cat": {"among": 2, "ready": 0.3},
    "closest_to_p": {},
}
TARGET = {
    **{name: f"zpdgym.agents.baselines.planners.lookahead.{kind}" for name, kind in
       zip(PLANNERS, ("Expectimax", "MonteCarlo", "CrossEntropy"), strict=True)},
    "oracle_lookahead": "zpdgym.agents.OracleLookahead",
    "cat": "zpdgym.agents.CAT",
    "closest_to_p": "zpdgym.agents.ClosestToP",
}  # fmt: skip
BKT = {"kind": "bkt", "source": "given", "prior": [0.3, 0.2, 0.25], "learn": 0.3, "guess": 0.2, "slip": 0.1}
ELO = {"kind": "elo", "source": "given", "prior": -0.5, "learn": [0.4, 0.5, 0.3, 0.4], "width": 1.5, "alpha": 0.8}


def spec(name, **parameters):
    return {"_target_": TARGET[name], **parameters}


def world(belief=None, *, lessons=6, items=None, **change) -> Scenario:
    """Three skills in a row with one practice item each (unless items are given), BKT students."""
    items = items or [{"exam": True}]
    curriculum = {"_target_": "zpdgym.students.chain", "n_skills": 3, "items": items}
    numbers = {**(belief or BKT)}
    if numbers["kind"] != "elo" and len(items) == 1:
        numbers["learn"] = [0.3, 0.2, 0.45]
    student = {"_target_": "zpdgym.students.BKT", "learn": 0.3, "prior": 0.2, "guess": 0.2, "slip": 0.1}
    sections = {"curriculum": curriculum, "student": student, "schedule": {"lessons": lessons, "retention_days": 0}}
    return Scenario.load("Tiny-v0", replace=sections, change={"belief": numbers, **change})


MIXED = [{"approach": "example", "minutes": 2.0}, {"difficulty": 0.8, "minutes": 3.0}, {"minutes": 1.0, "exam": True}]


def observations(env, n, seed=0, **columns):
    """(n, K, F) random beliefs with the readiness that follows from them; other columns as given."""
    rng, c = np.random.default_rng(seed), env.curriculum
    belief = rng.random((n, c.n_skills)) ** 1.5
    ready = np.array([[np.prod(b[c.prerequisites[k]]) for k in range(c.n_skills)] for b in belief])
    given = {"belief": belief, "ready": ready, "tries": rng.integers(0, 4, belief.shape), "time_left": env.horizon}
    problem, table = Problem.of(env), np.zeros((n, c.n_skills, len(env.columns)), np.float32)
    for name, values in {**given, **columns}.items():
        j = problem.index(name)
        table[:, :, j] = np.asarray(values, float) / env.columns[j].scale
    return table


def choices(policy, observation, u=None):
    masks = np.ones((len(observation), policy.problem.n_actions), bool)
    if policy.draws and u is None:
        u = np.random.default_rng(1).random((len(observation), policy.draws))
    return policy.predict(observation, action_masks=masks, u=u)[0]


@pytest.mark.kernels
@pytest.mark.parametrize("name", CHEAP)
def test_they_keep_the_contract(name):
    policy = spec(name, **CHEAP[name])
    check_policy(policy, world(items=MIXED), n_students=6)
    check_policy(policy, world(ELO, items=MIXED, **{"actions": {"finish": True, "finish_after": 2}}), n_students=6)
    assert build_policy(name).name == name
    assert getattr(build_policy(name), "planner", False) == (name in PLANNERS)


@pytest.mark.kernels
@pytest.mark.parametrize("numbers", [BKT, {**BKT, "leak": 0.2, "learn_first": True}, ELO])
def test_a_mind_is_taught_as_the_belief_is(numbers):
    scenario = world(numbers, items=MIXED)
    env = scenario.make(1, seed=0)
    belief = build_belief(scenario.belief_parameters, scenario.curriculum)
    believed = Believed(Problem.of(env), "test", per="lesson", ready=0.0)
    state, rng, mind = belief.allocate(1), np.random.default_rng(0), np.zeros((6, 3))
    mind[0] = state["belief"][0]
    for _ in range(40):
        item = int(rng.integers(9))
        np.testing.assert_allclose(
            [gain_of(mind, m, believed.floats, believed.ints) for m in range(9)],
            belief.expected_gain(mind[:1])[0], atol=1e-12,
        )  # fmt: skip
        np.testing.assert_allclose(
            [chance_right(mind, m, believed.floats, believed.ints) for m in range(9)],
            belief.p_correct(mind[:1])[0], atol=1e-12,
        )  # fmt: skip
        out = allocate_outcome(1)
        out["answered"] = item % 3 != 0
        out["correct"] = out["answered"] & (rng.random() < 0.6)
        belief.update(state, np.array([item]), out)
        if numbers["kind"] == "elo":
            mind[1] = state["answers"][0]  # a mind counts lessons, which observations show; Elo counts answers
            mind[1, item // 3] -= out["answered"][0]
        teach_mind(mind, item, bool(out["correct"][0]), believed.floats, believed.ints)
        np.testing.assert_allclose(mind[0], state["belief"][0], atol=1e-9)


def test_an_item_of_two_skills_is_learnt_from_as_the_belief_learns():
    from zpdgym.students.curriculum.curriculum import Curriculum

    c = Curriculum(
        name="two", skills=("a", "b"), items=("one", "both"), q=np.array([[1, 0], [1, 1]], bool),
        prerequisites=np.array([[0, 0], [1, 0]], bool), difficulty=np.zeros(2), minutes=np.ones(2),
        approach=np.zeros(2, int), topics=(), exam=np.array([True, False]),
    )  # fmt: skip
    belief = build_belief({"kind": "bkt", "prior": [0.4, 0.3], "learn": 0.3, "guess": 0.2, "slip": 0.1}, c)

    class World:
        curriculum, schedule = c, Scenario.load("tiny").schedule

    World.belief = belief
    believed = Believed(World, "test", per="lesson", ready=0.0)  # pyright: ignore[reportArgumentType]
    state, mind = belief.allocate(1), np.zeros((6, 2))
    mind[0] = state["belief"][0]
    for correct in (True, False, True):
        out = allocate_outcome(1)
        out["answered"], out["correct"] = True, correct
        belief.update(state, np.array([1]), out)
        teach_mind(mind, 1, correct, believed.floats, believed.ints)
        np.testing.assert_allclose(mind[0], state["belief"][0], atol=1e-12)


def plain_value(belief, items, lessons, depth, numbers):
    """Q of each item by the definition, for a chain of skills with one practice item each."""
    learn, guess, slip = numbers["learn"], numbers["guess"], numbers["slip"]

    def taught(b, k, y):
        b = list(b)
        like, unlike = (1 - slip, guess) if y else (slip, 1 - guess)
        b[k] = b[k] * like / (b[k] * like + (1 - b[k]) * unlike)
        b[k] += (1 - b[k]) * learn[k] * (b[k - 1] if k else 1.0)
        return b

    def q(b, k, left, lessons):
        gain = (1 - b[k]) * learn[k] * (b[k - 1] if k else 1.0)
        if left == 1 or lessons == 1:
            return gain
        p = guess + (1 - guess - slip) * b[k]
        return gain + sum(
            chance * max(q(taught(b, k, y), a, left - 1, lessons - 1) for a in items)
            for y, chance in ((1, p), (0, 1 - p))
        )

    return [q(list(belief), k, depth, lessons) for k in items]


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_expectimax_takes_the_item_with_the_largest_value_of_the_whole_tree(depth):
    policy, env, _ = bound(spec("expectimax", depth=depth, candidates=3), world())
    seen = observations(env, 30)
    chosen = choices(policy, seen)
    beliefs = policy.problem.column(seen, "belief")
    different = 0
    for i in range(30):
        values = plain_value(
            beliefs[i], range(3), env.horizon, depth, env.belief.parameters() | {"guess": 0.2, "slip": 0.1}
        )
        assert values[chosen[i]] == pytest.approx(max(values), abs=1e-9)
        different += int(np.argmax(values)) != int(env.belief.expected_gain(beliefs[i : i + 1])[0].argmax())
    assert (different > 0) == (depth > 1)  # foresight changes choices


def test_foresight_ends_with_the_budget():
    deep, env, _ = bound(spec("expectimax", depth=3, candidates=3), world())
    greedy, *_ = bound("greedy", world())
    seen = observations(env, 40, time_left=1)
    np.testing.assert_array_equal(choices(deep, seen), choices(greedy, seen))
    assert (choices(deep, observations(env, 40)) != choices(greedy, seen)).any()


@pytest.mark.parametrize("per", ["lesson", "minute"])
@pytest.mark.parametrize("name", PLANNERS)
def test_with_a_horizon_of_one_lesson_every_planner_is_greedy(name, per):
    one = {"depth": 1} if name == "expectimax" else {"horizon": 1}
    for ready in (0.0, 0.5):
        policy, env, _ = bound(spec(name, per=per, ready=ready, **one), world(items=MIXED))
        greedy, *_ = bound({"_target_": "zpdgym.agents.Greedy", "per": per, "ready": ready}, world(items=MIXED))
        seen = observations(env, 60)
        np.testing.assert_array_equal(choices(policy, seen), choices(greedy, seen))


def open_loop(belief, sequence, learn):
    total, b = 0.0, list(belief)
    for k in sequence:
        gain = (1 - b[k]) * learn[k] * (b[k - 1] if k else 1.0)
        total, b[k] = total + gain, b[k] + gain
    return total


def test_cross_entropy_finds_the_best_sequence():
    policy, env, _ = bound(spec("cross_entropy", horizon=4, samples=60, elite=6, rounds=5), world())
    seen = observations(env, 15)
    chosen = choices(policy, seen)
    for i, belief in enumerate(policy.problem.column(seen, "belief")):
        values = {s: open_loop(belief, s, [0.3, 0.2, 0.45]) for s in itertools.product(range(3), repeat=4)}
        best = max(values.values())
        assert max(v for s, v in values.items() if s[0] == chosen[i]) == pytest.approx(best, rel=0.01)


def test_monte_carlo_estimates_the_value_of_going_on_greedily():
    """With many simulations it takes the item with the largest exact value of one item and then greedy."""
    policy, env, _ = bound(spec("monte_carlo", simulations=400, horizon=3, candidates=3), world())
    seen = observations(env, 12)
    chosen = choices(policy, seen)
    learn, guess, slip = [0.3, 0.2, 0.45], 0.2, 0.1

    def gains(b):
        return [(1 - b[k]) * learn[k] * (b[k - 1] if k else 1.0) for k in range(3)]

    def value(b, k, left):
        now = gains(b)[k]
        if left == 1:
            return now
        p, later = guess + (1 - guess - slip) * b[k], 0.0
        for like, unlike, chance in ((1 - slip, guess, p), (slip, 1 - guess, 1 - p)):
            c = list(b)
            c[k] = b[k] * like / (b[k] * like + (1 - b[k]) * unlike)
            c[k] += (1 - c[k]) * learn[k] * (c[k - 1] if k else 1.0)
            later += chance * value(c, int(np.argmax(gains(c))), left - 1)
        return now + later

    for i, belief in enumerate(policy.problem.column(seen, "belief")):
        values = [value(list(belief), k, 3) for k in range(3)]
        assert values[chosen[i]] == pytest.approx(max(values), abs=0.01)


def test_planners_with_luck_decide_by_their_own_u_alone():
    policy, env, _ = bound(spec("monte_carlo", simulations=1, horizon=4, candidates=3), world())
    seen = np.repeat(observations(env, 1, belief=[[0.5, 0.45, 0.5]]), 64, axis=0)
    u = np.random.default_rng(0).random((64, 1))
    chosen = choices(policy, seen, u)
    np.testing.assert_array_equal(chosen, choices(policy, seen, u))
    assert len(np.unique(chosen)) > 1


def test_expectimax_is_at_least_as_good_as_greedy_where_skills_open_others():
    scenario = Scenario.load("tiny")
    outcomes = [
        teach(scenario, build_policy(p), n_students=1500, cohort_seed=3, metrics=False).mean("exam")
        for p in ("greedy", spec("expectimax", depth=4, candidates=3), "optimal")
    ]
    assert outcomes[0] < outcomes[1] <= outcomes[2] + 0.005


def test_the_information_of_an_answer_is_that_of_the_three_parameter_model():
    a, b, c, ability = 1.2, 0.0, 0.25, 0.5  # students.md 17
    p = c + (1 - c) / (1 + np.exp(-a * (ability - b)))
    slope = a * (p - c) * (1 - p) / (1 - c)
    assert p == pytest.approx(0.734242, abs=1e-6)
    assert fisher_information(np.array([p]), np.array([slope]))[0] == pytest.approx(0.217276, abs=1e-6)
    assert fisher_information(np.array([1.0]), np.array([0.0]))[0] == 0.0


@pytest.mark.parametrize("numbers", [BKT, ELO])
def test_cat_takes_the_most_informative_item_that_asks(numbers):
    policy, env, _ = bound("cat", world(numbers, items=MIXED))
    seen = observations(env, 40)
    chosen = choices(policy, seen)
    for i, belief in enumerate(policy.problem.column(seen, "belief")):
        information = np.full(9, -np.inf)
        for m in (n for n in range(9) if n % 3):
            b = np.clip(belief[m // 3], 1e-9, 1 - 1e-9)
            if numbers["kind"] == "bkt":
                p = 0.2 + 0.7 * b
                slope = 0.7 * b * (1 - b)
            else:
                p = 1 / (1 + np.exp(env.belief.items["difficulty"][m] - np.log(b / (1 - b))))
                slope = p * (1 - p)
            information[m] = slope**2 / (p * (1 - p))
        assert information[chosen[i]] == pytest.approx(information.max(), rel=1e-6)


@pytest.mark.kernels
def test_closest_to_p_takes_the_nearest_item_and_one_of_the_best_few_if_wanted():
    policy, env, _ = bound(spec("closest_to_p", p=0.6), world(ELO, items=MIXED))
    seen = observations(env, 40)
    p = env.belief.p_correct(policy.problem.column(seen, "belief"))
    distance = np.abs(p - 0.6)
    distance[:, ::3] = np.inf  # examples do not ask
    np.testing.assert_array_equal(choices(policy, seen), distance.argmin(axis=1))
    few, *_ = bound(spec("closest_to_p", p=0.6, among=3), world(ELO, items=MIXED))
    rank = distance.argsort(axis=1, kind="stable")
    for u, place in ((0.1, 0), (0.5, 1), (0.99, 2)):
        np.testing.assert_array_equal(choices(few, seen, np.full((40, 1), u)), rank[:, place])
    ready, *_ = bound(spec("closest_to_p", p=0.6, ready=0.5), world(ELO, items=MIXED))
    is_ready = np.repeat(policy.problem.column(seen, "ready") >= 0.5, 3, axis=1)
    np.testing.assert_array_equal(choices(ready, seen), np.where(is_ready, distance, np.inf).argmin(axis=1))


@pytest.mark.kernels
def test_where_no_item_asks_or_is_allowed_the_first_allowed_one_is_taken():
    only_examples, env, _ = bound("cat", world(items=[{"approach": "example", "exam": True}]))
    assert (choices(only_examples, observations(env, 3)) == 0).all()
    for name in PLANNERS:
        policy, env, _ = bound(spec(name, **CHEAP[name]), world(**{"actions": {"finish": True}}))
        masks = np.zeros((2, env.n_actions), bool)
        masks[:, env.finish] = True
        actions, _ = policy.predict(observations(env, 2), action_masks=masks, u=np.full((2, policy.draws), 0.5))
        assert (actions == env.finish).all()


@pytest.mark.kernels
def test_oracle_lookahead_of_one_lesson_is_oracle_greedy():
    scenario = world(items=MIXED)
    one = teach(scenario, build_policy(spec("oracle_lookahead", depth=1)), n_students=50, cohort_seed=0, keep=50)
    greedy = teach(scenario, build_policy("oracle_greedy"), n_students=50, cohort_seed=0, keep=50)
    np.testing.assert_array_equal(one.kept["items"], greedy.kept["items"])


def test_oracle_lookahead_sees_what_a_skill_opens_and_leaves_the_students_alone():
    """The first skill is hard to learn and opens an easy one; alone, a third skill is the better lesson."""
    scenario = world(lessons=8)
    student = scenario.student
    student.learn[:] = 0.30, 0.35, 0.9  # chain: a opens b opens c
    policy, env, _ = bound(spec("oracle_lookahead", depth=6, futures=200, candidates=3), scenario, n=4)
    env.state["left"] = [[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 0, 1]]
    before = env.state.copy()
    actions, _ = policy.predict(observations(env, 4), u=np.full((4, 1), 0.3))
    np.testing.assert_array_equal(env.state, before)
    assert actions.tolist()[:3] == [0, 1, 2]


def test_bad_parameters_are_refused_together():
    for name, parameters, message in [
        ("expectimax", {"depth": 0, "ready": 2.0}, "policy expectimax: depth=0 .*; ready=2.0"),
        ("expectimax", {"per": "hour"}, "must be one of lesson, minute"),
        ("monte_carlo", {"simulations": 0.5, "horizon": -1}, "simulations=0.5 .*; horizon=-1"),
        ("cross_entropy", {"elite": 9, "samples": 8}, "elite=9 must be at most samples=8"),
        ("cat", {"ready": -1, "among": 0}, "ready=-1 .*; among=0"),
        ("closest_to_p", {"p": 1.0, "among": 0}, "p=1.0 .*; among=0"),
        ("oracle_lookahead", {"depth": 0, "futures": 0}, "depth=0 .*; futures=0"),
        ("oracle_lookahead", {"per": "day"}, "must be one of lesson, minute"),
    ]:
        with pytest.raises(InputError, match=message):
            build_policy(spec(name, **parameters))


def test_a_belief_of_another_kind_is_refused():
    class Strange:
        kind = "strange"

    env = world().make(1, seed=0)
    problem = Problem.of(env)
    object.__setattr__(problem, "belief", Strange())
    kinds = "bkt, elo, exact, graph, misconceptions, practice, states, truth"
    with pytest.raises(InputError, match=f"expectimax plans on a belief of kind {kinds}, not strange"):
        build_policy("expectimax").bind(problem)
