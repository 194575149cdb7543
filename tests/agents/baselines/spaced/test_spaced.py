"""Spaced repetition: what each rule reads and chooses, that it keeps the contract, and what it is worth."""

import math

import numpy as np
import pytest
from zpdgym.agents import build_policy, check_policy, policy_names, teach
from zpdgym.agents.baselines.spaced.cards import DUE
from zpdgym.agents.registry import policy_sentence
from zpdgym.envs.scenario import Scenario, scenario_names
from zpdgym.errors import InputError

from tests import helpers
from tests.agents.baselines.spaced.facts import HERE, facts

NOT_LEARNT = ("Algebra-v0", "ItemPool-v0", "Placebo-v0", "Placement-v0")
"""Where nothing can be learnt, and a scenario that is tried in a newer version."""
NAMES = (
    "leitner", "leitner_queue", "sm2", "fsrs_scheduler", "memorize_review", "recall_threshold",
    "recall_threshold_true", "most_forgotten", "worst_first",
)  # fmt: skip


def bound(spec, n=1, **change):
    return helpers.bound(spec, facts(**change), n)[:2]


def columns(env, n=1, **values):
    observation = np.zeros((n, env.curriculum.n_skills, len(env.columns)), np.float32)
    for name, value in {"ready": 1.0, "last_correct": 0.5, **values}.items():
        j = [c.name for c in env.columns].index(name)
        observation[:, :, j] = np.asarray(value, float) / env.columns[j].scale
    return observation


def seen(policy, n, skills, day=0.0):
    """The state of students who have been taught these skills, in this order."""
    state = {name: np.repeat(values[None], n, axis=0) for name, values in policy.blank().items()}
    for lesson, k in enumerate(skills):
        state["cards"][:, k, 1] = lesson
    state["clock"][:, 3] = len(skills)
    return state


def next_skill(policy, env, skills, **values):
    u = np.full((1, policy.draws), 0.5) if policy.draws else None
    return int(policy.predict(columns(env, **values), seen(policy, 1, skills), u=u)[0][0])


@pytest.mark.kernels
def test_most_forgotten_and_threshold_read_the_belief():
    most, env = bound({"_target_": HERE + "MostForgotten", "threshold": 0.8})
    near, _ = bound({"_target_": HERE + "Threshold", "threshold": 0.8})
    both, _ = bound({"_target_": HERE + "Threshold", "threshold": 0.8, "side": "both"})
    belief = [0.99, 0.7, 0.3, 0.82, 0.0, 0.0]
    assert [next_skill(p, env, [0, 1, 2, 3], belief=belief) for p in (most, near, both)] == [2, 1, 3]
    fresh = [0.99, 0.9, 0.95, 0.9, 0.0, 0.0]  # nothing has fallen to the threshold: something new
    assert [next_skill(p, env, [0, 1, 2, 3], belief=fresh) for p in (most, near, both)] == [4, 4, 1]
    everything = [3, 1, 0, 2, 4, 5]  # nothing is due and nothing new: what is nearest, longest not seen first
    assert [next_skill(p, env, everything, belief=[0.99, 0.9, 0.95, 0.9, 1, 1]) for p in (most, near)] == [3, 3]


@pytest.mark.kernels
def test_the_privileged_threshold_reads_the_truth_and_says_so():
    policy, env = bound({"_target_": HERE + "Threshold", "threshold": 0.5, "truth": True, "items": "cycle"})
    assert policy.privileged
    assert "belief" not in policy.needs
    env.state["memory"][0, :, 0] = [50.0, 1.0, 9.0, 1.0, 0.0, 0.0]
    env.state["clock"] = 5000.0
    nearest = np.abs(env.probe.mastery()[0, :4] - 0.5).argmin()
    assert next_skill(policy, env, [0, 1, 2, 3], belief=1.0) == nearest
    assert not build_policy("recall_threshold").privileged


@pytest.mark.kernels
def test_worst_first_practises_what_was_answered_wrong_most():
    policy, env = bound({"_target_": HERE + "WorstFirst", "threshold": 0.6})
    state = seen(policy, 1, [0, 1, 2])
    state["cards"][0, :3, 3:5] = [[8, 6], [4, 2], [2, 1]]  # answers, right ones: .7, .5, .5
    assert policy.predict(columns(env), state)[0][0] == 1  # seen longer ago than the other one half
    state["cards"][0, :3, 4] = [6, 4, 2]
    assert policy.predict(columns(env), state)[0][0] == 3  # all are above: something new


@pytest.mark.kernels
def test_memorize_makes_skills_due_with_the_chance_of_a_poisson_process():
    n, belief, days, q = 40_000, 0.6, 3.0, 4.0
    policy, env = bound({"_target_": HERE + "Memorize", "q": q})
    state, rng = seen(policy, n, [0, 1, 2]), np.random.default_rng(0)
    state["last"][:] = 2
    observation = columns(env, n, belief=belief, days_since=days, last_correct=1.0)
    _, state = policy.predict(observation, state, u=rng.random((n, 6)))
    due = np.isfinite(state["cards"][:, :, DUE])
    assert due[:, :3].mean(axis=0) == pytest.approx([1 - math.exp(-(1 - belief) / math.sqrt(q) * days)] * 3, abs=0.01)
    assert not due[:, 3:].any()  # what was never taught cannot be due


@pytest.mark.kernels
def test_memorize_reviews_what_is_due_and_then_introduces():
    policy, env = bound({"_target_": HERE + "Memorize"})
    state = seen(policy, 1, [0, 1, 2])
    state["cards"][0, :3, DUE] = [np.inf, 0.0, 0.0]
    observation, u = columns(env, belief=[0.1, 0.5, 0.4, 0, 0, 0]), np.full((1, 6), 0.99)
    taught = []
    for _ in range(4):
        action, state = policy.predict(observation, state, u=u)
        taught.append(int(action[0]))
        observation = columns(env, belief=[0.1, 0.5, 0.4, 0, 0, 0], last_correct=1.0)
    assert taught == [2, 1, 3, 4]


@pytest.mark.kernels
def test_new_skills_wait_for_their_prerequisites_and_for_the_cap():
    policy, env = bound({"_target_": HERE + "Leitner", "ready": 0.6, "new_per_session": 2})
    state, answers = None, {"last_correct": 1.0}
    taught = []
    for _ in range(4):
        observation = columns(env, ready=[1, 0.5, 0.7, 0.8, 1, 1], **answers)
        action, state = policy.predict(observation, state)
        taught.append(int(action[0]))
    assert taught == [0, 2, 0, 2]  # 1 is not ready; two a session; then what is nearest to due, round and round
    observation = columns(env, ready=[1, 0.5, 0.7, 0.8, 1, 1], days_since=1.0, **answers)
    taught = []
    for _ in range(4):
        action, state = policy.predict(observation, state)
        taught.append(int(action[0]))
        observation = columns(env, ready=[1, 0.5, 0.7, 0.8, 1, 1], **answers)
    assert taught == [3, 4, 3, 4]


@pytest.mark.kernels
def test_a_shown_item_is_followed_by_its_question_and_may_not_block_the_rest():
    shown = [{"approach": "example", "minutes": 1.0}, {"minutes": 1.0, "exam": True}]
    policy, env = bound({"_target_": HERE + "FSRSScheduler"}, items=shown)
    state, taught, observation = None, [], columns(env)
    for right in (0.5, 0.5, 1.0, 1.0, 1.0):
        tries = np.bincount(np.array(taught, int) // 2, minlength=6)
        observation = columns(env, tries=tries, last_correct=right)
        action, state = policy.predict(observation, state)
        taught.append(int(action[0]))
    assert taught[:4] == [0, 1, 2, 3]  # the example of the first skill, its question, the next skill
    never, env = bound({"_target_": HERE + "SM2"}, items=[{"approach": "explanation", "minutes": 1.0, "exam": True}])
    state, taught = None, []
    for _ in range(14):
        action, state = never.predict(columns(env), state)
        taught.append(int(action[0]))
    assert set(taught) == set(range(6))  # nothing ever asks: what was shown twice counts as right


@pytest.mark.kernels
@pytest.mark.parametrize("name", NAMES)
def test_every_scheduler_keeps_the_contract(name):
    check_policy(name, facts(), n_students=6)
    check_policy(name, facts(**{"actions": {"finish": True, "finish_after": 2}}), n_students=6)
    assert policy_sentence(name).endswith(".")
    assert name in policy_names()
    assert build_policy(name).name == name
    assert build_policy(name).privileged == (name == "recall_threshold_true")


@pytest.mark.parametrize("scenario", [name for name in scenario_names() if name not in NOT_LEARNT])
def test_every_scheduler_teaches_every_scenario_in_which_something_can_be_learnt(scenario):
    world = Scenario.load(scenario)
    untaught = teach(world, build_policy("no_teaching"), n_students=60, cohort_seed=0, metrics=False).mean("exam")
    for name in NAMES:
        taught = teach(world, build_policy(name), n_students=60, cohort_seed=0, metrics=False)
        assert taught.mean("exam") > untaught + 0.05, name


def test_reviews_pay_where_facts_are_forgotten():
    world = facts(n_skills=30, lessons=15, sessions=14, days=[1])
    scores = {
        name: teach(world, build_policy(name), n_students=200, cohort_seed=0, metrics=False).mean("exam")
        for name in ("random", "linear", "fsrs_scheduler", "sm2", "recall_threshold", "recall_threshold_true")
    }
    for name in ("fsrs_scheduler", "sm2", "recall_threshold"):
        assert scores[name] > max(scores["random"], scores["linear"]) + 0.01, scores


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ({"_target_": HERE + "Leitner", "boxes": 0, "ready": 2}, "boxes=0 must be .*ready=2 must be"),
        ({"_target_": HERE + "Leitner", "wrong": "frist"}, "must be one of first, one_down"),
        ({"_target_": HERE + "LeitnerQueue", "new": 1.5}, "new=1.5 must be a number in"),
        ({"_target_": HERE + "SM2", "right": 3, "wrong": 3, "new_per_session": -1}, "right=3 .*wrong=3 .*new_per_sess"),
        ({"_target_": HERE + "SM2", "easiness": "later"}, "easiness='later' must be one of"),
        ({"_target_": HERE + "SM2", "on_wrong": "drop"}, "on_wrong='drop' must be one of"),
        ({"_target_": HERE + "FSRSScheduler", "retention": 1, "weights": [1.0]}, "21 numbers.*retention=1 "),
        ({"_target_": HERE + "Memorize", "q": 0}, "q=0 must be"),
        ({"_target_": HERE + "Threshold", "threshold": 1.5, "truth": 1}, "threshold=1.5 .*truth=1 must be true"),
        ({"_target_": HERE + "Threshold", "side": "above"}, "side='above' must be one of"),
        ({"_target_": HERE + "MostForgotten", "threshold": -1}, "threshold=-1"),
        ({"_target_": HERE + "WorstFirst", "threshold": 7, "items": "gian"}, "threshold=7"),
    ],
)
def test_bad_parameters_are_refused_together(spec, said):
    with pytest.raises(InputError, match=said):
        build_policy(spec)


@pytest.mark.kernels
def test_draws_of_the_wrong_shape_are_refused():
    policy, env = bound("leitner_queue")
    with pytest.raises(ValueError, match="give u of shape"):
        policy.predict(columns(env))
