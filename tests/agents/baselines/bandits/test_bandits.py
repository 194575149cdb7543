"""Bandits over skills: the rules on plain bandits against textbook behaviour, and what they do in teaching."""

from __future__ import annotations

import functools
from collections import deque

import numpy as np
import pytest
from zpdgym.agents import Problem, build_policy, check_policy, load_policy, teach
from zpdgym.agents.baselines.bandits.arms import (
    BetaThompson,
    LinearUpperConfidence,
    UpperConfidence,
    WindowedUpperConfidence,
    gamma,
)
from zpdgym.envs.scenario import Scenario
from zpdgym.errors import InputError

from benchmarks.published.plain_bandits import (
    games,
    linear_and_plain,
    regret,
    thompson_to_least,
    ucb_growth,
    ucb_to_bound,
    window_to_plain,
)
from tests import helpers

NAMES = ("ucb", "ucb_window", "thompson", "linucb")
TARGET = "zpdgym.agents.baselines.bandits.skill_bandits."
kernels = pytest.mark.kernels

world = functools.partial(helpers.world, schedule={"sessions": 5, "session_lessons": 6})


def taught(policy, scenario, n=5, seed=0):
    """Teach n students and yield (observation, memory after the decision, actions, luck) lesson by lesson."""
    env = scenario.make(n, seed=seed, autoreset=False)
    observation, info = env.reset(seed=seed)
    policy.bind(Problem.of(env))
    luck, state = np.random.default_rng(seed), None
    for _ in range(env.horizon):
        u = luck.random((n, policy.draws))
        actions, state = policy.predict(observation, state, action_masks=info["action_mask"], u=u)
        yield observation, state, actions, u
        observation, _, _, _, info = env.step(actions)


# --- the rules alone, on plain bandits ---


def test_ucb1_has_logarithmic_regret_below_the_bound_of_its_theorem():
    assert ucb_to_bound() < 1.0
    assert ucb_growth() < 1.25  # the same again for ten times the plays; square-root growth has 3.2
    gap, t = 0.4, 20_000
    worse = regret(UpperConfidence(), np.array([0.9, 0.5]), t, 1, noise=False)[-1] / gap
    same = t  # without noise both bounds are equal in the end: sqrt(2 ln t / n) = gap + sqrt(2 ln t / (t - n))
    for _ in range(100):
        same = 2 * np.log(t) / (gap + np.sqrt(2 * np.log(t) / max(t - same, 1))) ** 2
    assert abs(worse - same) < 2


def test_thompson_sampling_comes_near_to_the_least_regret_that_is_possible():
    assert 0.5 < thompson_to_least() < 1.2
    means = np.array([0.5, 0.4, 0.4, 0.3])
    lost = [regret(rule, means, 8000, 50)[-1] for rule in (BetaThompson(), UpperConfidence())]
    assert lost[0] < 0.4 * lost[1]


def test_a_window_forgets_what_used_to_pay_and_costs_more_where_nothing_changes():
    assert window_to_plain(changes=True) < 1 / 3
    assert window_to_plain(changes=False) > 2
    steady = regret(WindowedUpperConfidence(window=200), np.array([0.9, 0.5]), 4000, 50)
    assert (steady[3999] - steady[2999]) / (steady[2999] - steady[1999]) > 0.9  # a window makes regret linear


def test_linucb_beats_ucb_where_payments_are_linear_in_what_is_seen_of_the_arms():
    linear, plain = linear_and_plain()
    assert linear[-1] < 0.25 * plain[-1]
    assert linear[-1] - linear[999] < 0.5 * linear[999]


@kernels
@pytest.mark.parametrize("window", [None, 4])
def test_upper_bounds_are_those_of_a_plain_program(window):
    rule = UpperConfidence(explore=0.5) if window is None else WindowedUpperConfidence(explore=0.5, window=window)
    memory, luck = games(rule, 3, 3), np.random.default_rng(0)
    played = [deque(maxlen=window) for _ in range(3)]
    allowed = np.ones((3, 3), bool)
    for lesson in range(40):
        allowed[1, 2] = lesson > 20
        arms = rule.choose(memory, allowed)
        payments = luck.integers(-8, 9, 3) / 8
        for i in range(3):
            paid = [[p for a, p in played[i] if a == arm] for arm in range(3)]
            bounds = [
                np.inf if not p else sum(p) / len(p) + 0.5 * np.sqrt(np.log(len(played[i])) / len(p)) for p in paid
            ]
            assert arms[i] == max(np.flatnonzero(allowed[i]), key=lambda a: (bounds[a], -a))
        skipped = lesson % 7 == 3
        rule.learn(memory, np.where([False, skipped, False], -1, arms), payments)
        for i in range(3):
            if not (i == 1 and skipped):
                played[i].append((arms[i], payments[i]))


@kernels
@pytest.mark.parametrize("kind", ["bkt", "graph"])
def test_linucb_sees_what_can_be_learnt_now_as_the_belief_says_it(kind, monkeypatch):
    numbers = {"kind": kind, "source": "given", "prior": 0.4, "learn": 0.3, "guess": 0.2, "slip": 0.1}
    policy, env, _ = helpers.bound("linucb", Scenario.load("algebra", change={"belief": numbers}), n=5)
    seen, _ = env.reset()
    for lesson in range(6):
        seen, *_ = env.step(np.arange(5) * 7 + lesson)
    told = list[np.ndarray]()
    choose = policy.arms.choose

    def listen(memory, allowed, features, u):
        told.append(features)
        return choose(memory, allowed, features, u)

    monkeypatch.setattr(policy.arms, "choose", listen)
    policy.predict(seen, u=np.full((5, policy.draws), 0.5))
    believed, order = policy.problem.believed(seen), env.curriculum.order
    wanted = (1 - believed.belief) * believed.ready if kind == "bkt" else believed.open
    np.testing.assert_allclose(told[0][:, :, 3], wanted[:, order], atol=1e-12)


def test_linucb_is_ridge_regression_with_a_bonus():
    rule, luck = LinearUpperConfidence(3, explore=0.7), np.random.default_rng(0)
    memory, chosen, payments = games(rule, 1, 4), [], []
    for _ in range(25):
        seen = luck.normal(size=(1, 4, 3))
        arm = int(rule.choose(memory, np.ones((1, 4), bool), seen)[0])
        a = np.eye(3) + sum((np.outer(x, x) for x in chosen), np.zeros((3, 3)))
        w = np.linalg.solve(a, sum((p * x for p, x in zip(payments, chosen, strict=True)), np.zeros(3)))
        bounds = seen[0] @ w + 0.7 * np.sqrt(np.einsum("ap,pq,aq->a", seen[0], np.linalg.inv(a), seen[0]))
        assert arm == bounds.argmax()
        chosen.append(seen[0, arm])
        payments.append(luck.normal())
        rule.learn(memory, np.array([arm]), np.array(payments[-1:]))


def test_gamma_draws_have_the_gamma_distribution():
    from scipy import stats

    for shape in (1.0, 1.3, 7.5):
        drawn = [gamma(shape, np.uint64(key), 3) for key in range(1, 4001)]
        assert stats.kstest(drawn, stats.gamma(shape).cdf).pvalue > 0.01


@kernels
def test_thompson_sampling_chooses_an_arm_as_often_as_it_is_believed_best():
    rule, n = BetaThompson(failures=2.0), 4000
    memory = games(rule, n, 2)
    for arm, payment in ((0, 1.0), (0, 1.0), (0, 2.0), (1, 0.5), (1, -1.0)):  # cut off at 0 and 1
        rule.learn(memory, np.full(n, arm), np.full(n, payment))
    assert memory["successes"][0].tolist() == [3.0, 0.5]
    assert memory["failures"][0].tolist() == [0.0, 1.5]
    luck = np.random.default_rng(0)
    better = (luck.beta(4.0, 2.0, 100_000) > luck.beta(1.5, 3.5, 100_000)).mean()
    chosen = rule.choose(memory, np.ones((n, 2), bool), None, luck.random((n, 1)))
    assert abs((chosen == 0).mean() - better) < 0.02
    with pytest.raises(ValueError, match="give u"):
        rule.choose(memory, np.ones((n, 2), bool))
    with pytest.raises(ValueError, match="looks at features"):
        LinearUpperConfidence(2).choose(games(LinearUpperConfidence(2), n, 2), np.ones((n, 2), bool))


@kernels
def test_thompson_sampling_discounts_what_is_old():
    rule = BetaThompson(discount=0.5)
    memory = games(rule, 1, 2)
    for arm in (0, 1, 1):
        rule.learn(memory, np.array([arm]), np.array([1.0]))
    assert memory["successes"][0].tolist() == [0.25, 1.5]


# --- teaching ---


@kernels
@pytest.mark.parametrize("name", NAMES)
def test_every_bandit_keeps_the_contract(name):
    for progress in ("belief", "success"):
        spec = load_policy(name) | {"progress": progress, "ready": 0.3}
        check_policy(spec, world(), n_students=6)
        check_policy(spec, world(**{"actions": {"finish": True, "finish_after": 2}}), n_students=6)
    assert not build_policy(name).privileged


@kernels
@pytest.mark.parametrize("progress", ["belief", "success"])
def test_skills_are_paid_with_the_progress_of_their_own_lessons(progress):
    spec = {"_target_": TARGET + "UCB1", "explore": 0.2, "progress": progress, "recent": 4}
    policy = build_policy(spec)
    paid, history, before = np.zeros((5, 3)), [[[] for _ in range(3)] for _ in range(5)], None
    for observation, memory, _, _ in taught(policy, world()):
        problem = policy.problem
        belief, days, tries, right = (
            problem.column(observation, c) for c in ("belief", "days_since", "tries", "successes")
        )
        for i in range(5):
            if before is None:
                continue
            old_belief, old_tries, old_right, arm = before[0][i], before[1][i], before[2][i], before[3][i]
            assert tries[i, arm] > old_tries[arm] + 0.5
            kept = problem.belief.after(old_belief[None], days[i, arm])[0]
            if old_tries[arm] % 3 > 0.5:  # each ladder begins with an example, which asks nothing
                history[i][arm].append(right[i, arm] > old_right[arm] + 0.5)
            last = history[i][arm][-4:]
            half = len(last) // 2
            rise = np.mean(last[-half:]) - np.mean(last[:-half]) if len(last) > 2 else 0.0
            paid[i, arm] += belief[i, arm] - kept[arm] if progress == "belief" else rise
        np.testing.assert_allclose(memory["paid"], paid, atol=1e-6)
        before = belief, tries, right, memory["arm"]
    assert memory["plays"].sum() == 5 * 29
    assert np.abs(paid).max() > 0.1


@kernels
def test_right_answers_without_progress_pay_nothing():
    scenario = world(observe={"rows": "skills"})
    policy = build_policy({"_target_": TARGET + "UCB1", "progress": "success", "items": "cycle"})
    env = scenario.make(1, seed=0)
    observation, _ = env.reset(seed=0)
    policy.bind(problem := Problem.of(env))
    state, count = None, np.zeros(3)
    for _ in range(20):
        for name in ("tries", "successes"):  # always right, on whichever skill
            observation[0, :, problem.index(name)] = count / problem.columns[problem.index(name)].scale
        observation[0, :, problem.index("last_correct")] = 1.0
        _, state = policy.predict(observation, state)
        count[state["arm"][0]] += 1
    assert (state["paid"] == 0).all()
    assert state["plays"].sum() == 19


@kernels
def test_a_student_who_had_no_lesson_teaches_the_bandit_nothing():
    policy = build_policy("thompson")
    env = world().make(2, seed=0)
    observation, _ = env.reset(seed=0)
    policy.bind(Problem.of(env))
    u = np.full((2, 1), 0.3)
    state = policy.predict(observation, None, u=u)[1]
    again = policy.predict(observation, state, u=u)[1]
    assert (again["successes"] == 0).all()
    assert (again["failures"] == 0).all()
    with pytest.raises(ValueError, match="draws"):
        policy.predict(observation, None)


@kernels
def test_only_ready_skills_are_arms_and_all_where_none_is():
    policy = build_policy({"_target_": TARGET + "UCB1", "ready": 0.5})
    env = world().make(1, seed=0)
    observation, _ = env.reset(seed=0)
    policy.bind(problem := Problem.of(env))
    observation[0, :, problem.index("ready")] = [0.4, 0.6, 0.2]
    assert policy.predict(observation)[1]["arm"].tolist() == [1]
    observation[0, :, problem.index("ready")] = [0.4, 0.3, 0.2]
    assert policy.predict(observation)[1]["arm"].tolist() == [0]


@kernels
@pytest.mark.parametrize(
    ("spec", "message"),
    [
        (
            {"_target_": TARGET + "UCB1", "explore": -1, "progress": "score", "recent": 1},
            "explore=-1 .*score.*recent=1",
        ),
        ({"_target_": TARGET + "SlidingWindowUCB", "window": 0, "ready": 2}, "window=0 must be .*ready=2"),
        ({"_target_": TARGET + "Thompson", "failures": 0.5, "discount": 0}, "failures=0.5 .*discount=0"),
        ({"_target_": TARGET + "LinUCB", "explore": 1000, "recent": 70}, r"explore=1000 .*recent=70"),
    ],
)
def test_bad_parameters_are_refused_together(spec, message):
    with pytest.raises(InputError, match=message):
        build_policy(spec)


def test_bandits_teach_with_an_elo_belief_and_days_between():
    scenario = Scenario.load("game")
    results = [
        teach(scenario, build_policy(n), n_students=200, cohort_seed=1, metrics=False) for n in (*NAMES, "random")
    ]
    exams = [r.mean("exam") for r in results]
    assert min(exams[:-1]) > exams[-1]


def test_bandits_that_see_readiness_teach_more_than_luck():
    scenario = Scenario.load("kt6kc")
    luck = teach(scenario, build_policy("random"), n_students=300, cohort_seed=1).mean("exam")
    for name in NAMES:
        ready = teach(scenario, build_policy(load_policy(name) | {"ready": 0.8}), n_students=300, cohort_seed=1)
        assert ready.mean("exam") > luck + 0.1, name
