"""The belief about one ability: integrals by quadrature, and an independent library for adaptive tests, beside it."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.integrate import quad
from zpdgym.agents import CAT
from zpdgym.agents.problem import Problem
from zpdgym.envs import Scenario
from zpdgym.envs.beliefs.base import Believed
from zpdgym.envs.beliefs.build import build_belief, true_population
from zpdgym.envs.beliefs.course import course_log
from zpdgym.envs.beliefs.placement.ability import AbilityBelief
from zpdgym.errors import InputError
from zpdgym.students import IRT, DynamicIRT, Population, independent
from zpdgym.students.check import check_curriculum
from zpdgym.students.model import allocate_outcome

# catsim 0.21.0: MaxInfoSelector() on the items of ItemPool-v0, at the logit of our belief, answered rightly where
# the question is easier than the ability; then log_likelihood() of the thirty answers at -1, 0 and 1
OF_CATSIM = {
    -2: (
        [171, 192, 158, 124, 1, 153, 148, 35, 30, 25, 177, 182, 54, 49, 187,
         78, 59, 83, 107, 112, 88, 136, 141, 8, 117, 64, 165, 13, 170, 146],
        (-22.41820734376919, -43.74261470172286, -72.15431579105119),
    ),
    -1: (
        [171, 192, 158, 103, 69, 35, 124, 1, 137, 187, 30, 64, 153, 98, 132,
         182, 59, 93, 127, 25, 14, 9, 88, 122, 54, 166, 4, 161, 156, 117],
        (-13.310671354660792, -24.628316502636114, -47.627672933023874),
    ),
    0: (
        [171, 192, 137, 82, 48, 103, 14, 69, 166, 77, 132, 43, 9, 111, 98,
         195, 145, 72, 35, 106, 161, 38, 140, 4, 127, 22, 174, 64, 17, 158],
        (-21.30919382205513, -13.599379110125241, -20.27461576543552),
    ),
    1: (
        [171, 82, 27, 48, 179, 145, 22, 56, 111, 174, 51, 85, 17, 140, 80,
         77, 114, 14, 46, 169, 90, 109, 106, 143, 12, 75, 198, 138, 43, 135],
        (-45.11650072212474, -23.61734376719556, -13.236786031949238),
    ),
    2: (
        [171, 82, 27, 179, 56, 90, 85, 22, 114, 143, 20, 51, 119, 172, 80,
         15, 109, 44, 138, 73, 167, 102, 196, 131, 174, 10, 39, 160, 145, 75],
        (-71.23681457846733, -42.54942823199781, -21.258903421089084),
    ),
}  # fmt: skip


def answered(belief, state, item, right):
    out = allocate_outcome(len(state))
    out["answered"], out["correct"] = True, right
    belief.update(state, np.full(len(state), item), out)


@pytest.mark.parametrize("ability", OF_CATSIM)
def test_it_asks_and_weighs_as_an_independent_library_does(ability):
    env = Scenario.load("ItemPool-v0").make(1)
    belief, rule = env.belief, CAT()
    rule.bind(Problem.of(env))
    state, given = belief.allocate(1), []
    prior = state["posterior"][0].copy()
    for _ in range(30):
        masks = np.ones((1, 200), bool)
        masks[0, given] = False
        values = np.where(masks[0], rule.value(Believed.of(state))[0], -1.0)
        given.append(int(values.argmax()))
        answered(belief, state, given[-1], ability > belief.curriculum.difficulty[given[-1]])
    asked, likelihood = OF_CATSIM[ability]
    assert given == asked
    at = [int(np.argmin(np.abs(belief.nodes - node))) for node in (-1.0, 0.0, 1.0)]
    ours = np.log(state["posterior"][0][at] / prior[at])
    np.testing.assert_allclose(ours - ours[1], np.array(likelihood) - likelihood[1], atol=1e-9)


def sigmoid(x):
    return 1 / (1 + math.exp(-x))


NUMBERS = {"ability_sd": 1.3, "discrimination": [0.7, 1.0, 1.6, 1.2, 0.9], "guess": [0.0, 0.2, 0.1, 0.0, 0.25]}


@pytest.mark.kernels
def test_it_is_the_posterior_by_quadrature():
    curriculum = check_curriculum()
    k, m = curriculum.n_skills, curriculum.n_items
    numbers = {"start": np.linspace(-0.5, 0.8, k).tolist(), "ability_sd": 1.3, "scale": 1.7}
    numbers |= {name: np.resize(NUMBERS[name], m).tolist() for name in ("discrimination", "guess")}
    belief = build_belief({"kind": "ability", **numbers}, curriculum)
    rng, state = np.random.default_rng(3), belief.allocate(1)
    answers = [(int(rng.integers(m)), bool(rng.random() < 0.6)) for _ in range(12)]
    for item, right in answers:
        answered(belief, state, item, right)

    def weight(ability):
        total = math.exp(-0.5 * (ability / 1.3) ** 2)
        for item, right in answers:
            own = np.flatnonzero(curriculum.q[item])
            level = ability + np.mean([numbers["start"][s] for s in own]) - curriculum.difficulty[item]
            guess = numbers["guess"][item]
            p = guess + (1 - guess) * sigmoid(1.7 * numbers["discrimination"][item] * level)
            total *= p if right else 1 - p
        return total

    def expected(value):
        of = {"epsabs": 1e-14, "epsrel": 1e-12, "limit": 200}
        return quad(lambda x: value(x) * weight(x), -7, 7, **of)[0] / quad(weight, -7, 7, **of)[0]

    mean = expected(lambda x: x)
    assert state["mean"][0] == pytest.approx(mean, abs=1e-6)
    assert state["sd"][0] == pytest.approx(math.sqrt(expected(lambda x: (x - mean) ** 2)), abs=1e-6)
    for skill in range(k):
        truth = expected(lambda x, skill=skill: sigmoid(1.7 * (x + numbers["start"][skill])))
        assert state["belief"][0, skill] == pytest.approx(truth, abs=1e-6)
    assert state["total"][0] == pytest.approx(state["belief"][0].sum(), abs=1e-12)


@pytest.mark.parametrize(("questions", "enough"), [(24, False), (25, True)])
def test_a_standard_error_of_two_fifths_takes_25_even_questions(questions, enough):
    """Of a Rasch test at p = .5 one answer tells .25 (Lord 1980): 1 / .4² = 6.25 takes 25, with little prior."""
    curriculum = independent(n_skills=1)
    belief = build_belief({"kind": "ability", "ability_sd": 5.0}, curriculum)
    state = belief.allocate(1)
    for n in range(questions):
        answered(belief, state, 0, n % 2 == 0)
    told = 1.0 / state["sd"][0] ** 2
    assert told == pytest.approx(questions / 4 + 1 / 25, rel=0.06)
    assert (questions / 4 >= 1 / 0.4**2) is enough


def test_what_is_only_shown_says_nothing():
    belief = build_belief({"kind": "ability"}, check_curriculum())
    state, out = belief.allocate(2), allocate_outcome(2)
    belief.update(state, np.array([0, -1]), out)
    belief.elapse(state, np.array([3.0, 0.0]))
    assert state.tobytes() == belief.allocate(2).tobytes()
    assert not belief.expected_gain(Believed.of(state)).any()
    np.testing.assert_array_equal(belief.after(Believed.of(state), np.array([1.0, 9.0])), state["belief"])


def test_who_is_sure_foretells_as_the_students_answer():
    student = IRT(check_curriculum(), discrimination_sd=0.3, guess=0.1)
    belief = build_belief(true_population("ability", student), student.curriculum)
    students = student.allocate(50)
    student.reset(students, np.arange(50), np.random.default_rng(0).random((50, student.reset_draws)))
    known = student.mastery(students)
    np.testing.assert_allclose(belief.p_correct(known), student.p_all(students), atol=1e-9)


def test_students_say_their_numbers():
    groups = [{"name": "a", "share": 0.25, "shift": {"ability": -1.0}}, {"name": "b", "share": 0.75}]
    student = IRT(
        independent(n_skills=2), start=0.5, ability_sd=0.8, population=Population(groups, sd={"ability": 0.6})
    )
    told = true_population("ability", student)
    assert told["start"] == [0.25, 0.25]
    assert told["ability_sd"] == pytest.approx(math.sqrt(0.8**2 + 0.6**2 + 0.25 * 0.75))
    for other in (IRT(independent(n_skills=2), abilities="topic"), DynamicIRT(independent(n_skills=2))):
        with pytest.raises(InputError, match="has no numbers for a ability belief"):
            true_population("ability", other)


def test_a_log_tells_the_spread_and_the_discrimination():
    sections = {
        "curriculum": {
            "_target_": "zpdgym.students.independent",
            "n_skills": 3,
            "items": [{"difficulty": b} for b in (-1.0, 0.0, 1.0)],
        },
        "student": {"_target_": "zpdgym.students.IRT", "start": 0.7, "ability_sd": 1.4, "discrimination": 1.5},
        "population": None,
    }
    scenario = Scenario.load("tiny", replace=sections, change={"belief": {"kind": "ability", "source": "given"}})
    curriculum = scenario.curriculum
    log = course_log(scenario, n_students=600, seed=0)
    numbers, loss = AbilityBelief.fit(log, seed=0)
    assert numbers["ability_sd"] == pytest.approx(1.4, abs=0.2)
    assert numbers["discrimination"][0] == pytest.approx(1.5, abs=0.2)
    np.testing.assert_allclose(numbers["start"], 0.7, atol=0.25)
    assert loss == pytest.approx(AbilityBelief(curriculum, **numbers).foretold(log).sum())
    assert loss < AbilityBelief(curriculum).foretold(log).sum()


def test_its_posterior_is_as_wide_as_it_errs():
    env = Scenario.load("ItemPool-v0").make(2000, seed=5, autoreset=False)
    env.reset(seed=5)
    rng = np.random.default_rng(1)
    order = rng.permuted(np.tile(np.arange(200), (2000, 1)), axis=1)[:, :30]
    for t in range(29):
        env.step(order[:, t])
    mastery, state = env.probe.mastery()[:, 0], env.belief_state
    errors = (np.log(mastery / (1 - mastery)) - state["mean"]) / state["sd"]
    assert abs(errors.mean()) < 0.08
    assert errors.std() == pytest.approx(1.0, abs=0.06)


@pytest.mark.parametrize(
    ("numbers", "says"),
    [
        ({"ability_sd": 0}, r"ability_sd=0 must be in \[0.001, 5\]"),
        ({"guess": 0.95, "scale": 20}, r"guess=0.95 must be in \[0, 0.9\].*scale=20 must be in \[0.1, 10\]"),
        ({"prior": 0.2}, "unknown key 'belief.prior'"),
    ],
)
def test_what_is_out_of_range_is_said(numbers, says):
    with pytest.raises(InputError, match=says):
        build_belief({"kind": "ability", **numbers}, check_curriculum())
