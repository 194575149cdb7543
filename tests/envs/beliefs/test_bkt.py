"""The tutor's belief: Bayes' rule where it can be checked by hand, and against the truth that it does not see."""

import itertools

import numpy as np
import pytest
from zpdgym.envs import Scenario
from zpdgym.envs.beliefs.build import build_belief
from zpdgym.errors import InputError
from zpdgym.students.curriculum.builders import chain, tree
from zpdgym.students.model import allocate_outcome

from tests.helpers import answers, pair

TEXTBOOK = {"kind": "bkt", "prior": 0.5, "learn": 0.1, "guess": 0.2, "slip": 0.1}
ELO = {"kind": "elo", "prior": -1.0, "learn": [0.3, 0.1, 0.1, 0.2], "forget": 0.05, "guess": 0.1, "leak": 0.2}


def see(belief, state, item, correct=True, answered=True):
    out = allocate_outcome(len(state))
    out["answered"], out["correct"] = answered, correct
    belief.update(state, np.full(len(state), item), out)
    return state["belief"][0].copy()


@pytest.mark.kernels
def test_the_textbook_example():
    """BKT with prior .5, learn .1, guess .2, slip .1 and the answers 1 0 1 1 (Corbett & Anderson 1995)."""
    belief = build_belief(TEXTBOOK, chain(1))
    state, predicted, after = belief.allocate(1), [], []
    for correct in (1, 0, 1, 1):
        predicted.append(belief.p_correct(state["belief"])[0, 0])
        after.append(see(belief, state, 0, correct)[0])
    np.testing.assert_allclose(predicted, [0.55, 0.785455, 0.515593, 0.765799], atol=1e-6)
    np.testing.assert_allclose(after, [0.836364, 0.450847, 0.808284, 0.954937], atol=1e-6)


def brute_force(numbers, curriculum, steps):
    """The posterior over all combinations of two independent skills by enumeration."""
    joint = {}
    for known in itertools.product((0, 1), repeat=2):
        joint[known] = np.prod([p if x else 1 - p for x, p in zip(known, numbers["prior"], strict=True)])
    for item, correct in steps:
        skills = np.flatnonzero(curriculum.q[item])
        right = {k: 1 - numbers["slip"] if all(k[s] for s in skills) else numbers["guess"] for k in joint}
        joint = {k: v * (right[k] if correct else 1 - right[k]) for k, v in joint.items()}
        total = sum(joint.values())
        moved = dict.fromkeys(joint, 0.0)
        for known, mass in joint.items():
            choices = [[(1, 1.0)] if known[s] else [(1, numbers["learn"]), (0, 1 - numbers["learn"])] for s in (0, 1)]
            choices = [c if s in skills else [(known[s], 1.0)] for s, c in enumerate(choices)]
            for (x, p), (y, q) in itertools.product(*choices):
                moved[x, y] += mass / total * p * q
        joint = moved
    return np.array([sum(v for k, v in joint.items() if k[s]) for s in (0, 1)])


@pytest.mark.kernels
def test_items_of_two_skills_follow_bayes_rule():
    numbers = {"prior": [0.3, 0.6], "learn": 0.2, "guess": 0.25, "slip": 0.1}
    for kind, steps in (("bkt", [(2, 0)]), ("bkt", [(0, 1), (2, 1)]), ("exact", [(2, 0), (0, 1), (2, 1), (1, 0)])):
        belief = build_belief({"kind": kind, **numbers}, pair())
        state = belief.allocate(1)
        for item, correct in steps:
            seen = see(belief, state, item, correct)
        np.testing.assert_allclose(seen, brute_force(numbers, pair(), steps), atol=1e-12, err_msg=kind)
        np.testing.assert_allclose(state["total"], seen.sum())


@pytest.mark.kernels
@pytest.mark.parametrize("learn_first", [False, True])
def test_the_exact_belief_is_the_filter_where_skills_are_independent(learn_first):
    numbers = {**TEXTBOOK, "forget": 0.1, "learn_first": learn_first}
    two = [build_belief({**numbers, "kind": kind}, chain(1)) for kind in ("bkt", "exact")]
    states = [b.allocate(1) for b in two]
    for correct in (1, 0, 0, 1):
        seen = [see(b, s, 0, correct) for b, s in zip(two, states, strict=True)]
        np.testing.assert_allclose(*seen)
        for b, s in zip(two, states, strict=True):
            b.elapse(s, np.array([2.0]))
        np.testing.assert_allclose(states[0]["belief"], states[1]["belief"])


@pytest.mark.kernels
@pytest.mark.parametrize("numbers", [TEXTBOOK, {**TEXTBOOK, "kind": "exact"}, ELO])
class TestEveryBelief:
    def cohort(self, numbers, n=5):
        numbers = numbers if numbers["kind"] == "elo" else {**numbers, "forget": [0.1, 0.2, 0.0], "leak": 0.1}
        belief = build_belief(numbers, tree(3, items=[{"approach": "practice"}, {"approach": "example"}]))
        state, rng = belief.allocate(n), np.random.default_rng(0)
        for _ in range(12):
            out = answers(rng, n)
            belief.update(state, rng.integers(-1, 6, n), out)
        return belief, state

    def test_after_is_elapse(self, numbers):
        belief, state = self.cohort(numbers)
        later = state.copy()
        belief.elapse(later, np.full(5, 3.0))
        np.testing.assert_allclose(belief.after(state["belief"], 3.0), later["belief"], atol=1e-9)
        np.testing.assert_allclose(belief.after(state["belief"], np.full(5, 3.0)), later["belief"], atol=1e-9)

    def test_without_an_answer_only_learning_moves_it(self, numbers):
        belief, state = self.cohort(numbers)
        gain = belief.expected_gain(state["belief"])[:, 1]
        before = state["total"].copy()
        belief.update(state, np.full(5, 1), allocate_outcome(5))
        assert (state["total"] >= before).all()
        if belief.kind != "exact":  # whose gate knows how skills hang together
            np.testing.assert_allclose(state["total"] - before, gain, atol=1e-9)

    def test_a_right_answer_is_better_news_than_a_wrong_one(self, numbers):
        belief, state = self.cohort(numbers)
        right, wrong = state.copy(), state.copy()
        assert (see(belief, right, 0, True) >= see(belief, wrong, 0, False)).all()
        assert ((belief.p_correct(state["belief"]) >= 0) & (belief.p_correct(state["belief"]) <= 1)).all()


def test_expected_gain_is_what_happens_on_average():
    belief = build_belief({**TEXTBOOK, "leak": 0.2}, chain(2))
    state = belief.allocate(1)
    see(belief, state, 0, True)
    for item in (0, 1):
        p = belief.p_correct(state["belief"])[0, item]
        after = []
        for correct in (True, False):
            copy = state.copy()
            after.append(see(belief, copy, item, correct).sum())
        mean = p * after[0] + (1 - p) * after[1] - state["total"][0]
        np.testing.assert_allclose(belief.expected_gain(state["belief"])[0, item], mean)


def test_on_tiny_the_belief_is_exactly_right():
    """Of the students believed to know a skill with probability p a share p knows it."""
    env = Scenario.load("tiny").make(20000, autoreset=False, reward="exam")
    env.reset(seed=0)
    rng = np.random.default_rng(0)
    for _ in range(5):
        env.step(rng.integers(0, 3, 20000))
    believed, known = env.believed().ravel(), env.probe.mastery().ravel()
    for low in np.arange(0, 1, 0.2):
        here = (believed >= low) & (believed < low + 0.2)
        error = abs(known[here].mean() - believed[here].mean())
        assert error < 4 * np.sqrt(0.25 / here.sum()), f"believed {low:.1f} to {low + 0.2:.1f}"


def test_a_lesson_with_a_weak_prerequisite_teaches_less():
    belief = build_belief({**TEXTBOOK, "prior": [0.1, 0.1]}, chain(2))
    gain = belief.expected_gain(np.array([[0.1, 0.1], [0.9, 0.1]]))
    assert gain[0, 1] == pytest.approx(0.9 * 0.1 * 0.1)
    assert gain[1, 1] == pytest.approx(0.9 * 0.1 * 0.9)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"kind": "bkd"}, "Did you mean 'bkt'"),
        ({"lern": 0.1}, "lern"),
        ({"learn": [0.1, 0.2]}, r"learn has shape \(2,\), must be one number or \(3,\)"),
        ({"guess": 0.95}, "must add up to less than 1"),
        ({"prior": "high"}, "prior='high' must be numbers"),
        ({"prior": "0.3"}, "prior='0.3' must be numbers"),
        ({"guess": True}, "guess=True must be numbers"),
        ({"prior": 1.5, "slip": -1}, r"prior=1.5 must be in \[0, 1\]; slip=-1"),
        ({"leak": 2}, "leak=2 must be a number"),
        ({"learn_first": 1}, "learn_first=1 must be true or false"),
    ],
)
def test_bad_numbers_are_refused(change, said):
    with pytest.raises(InputError, match=said):
        build_belief({**TEXTBOOK, **change}, chain(3))


def test_missing_numbers_are_named():
    with pytest.raises(InputError, match="kind bkt needs learn, guess"):
        build_belief({"kind": "bkt", "prior": 0.5, "slip": 0.1}, chain(3))
    with pytest.raises(InputError, match="kind elo needs learn"):
        build_belief({"kind": "elo", "prior": 0.5}, chain(3))


def test_the_exact_belief_refuses_large_worlds():
    with pytest.raises(InputError, match="at most 10 skills"):
        build_belief({**TEXTBOOK, "kind": "exact"}, chain(11))
