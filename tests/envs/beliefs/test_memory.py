"""The tutor's memory beliefs: against the students whose equations they share, the package, and a simulated log."""

import numpy as np
import pytest
from zpdgym.envs import Scenario, check_tutor_env
from zpdgym.envs.beliefs.build import build_belief, true_population
from zpdgym.envs.beliefs.course import course_log
from zpdgym.envs.beliefs.fitting import fit_belief
from zpdgym.envs.beliefs.memory.memory_base import foretell
from zpdgym.envs.beliefs.refit import with_own_belief
from zpdgym.errors import InputError
from zpdgym.students import FSRS
from zpdgym.students.curriculum.builders import chain
from zpdgym.students.memory.exponential import HalfLife
from zpdgym.students.memory.fsrs import WEIGHTS
from zpdgym.students.model import allocate_outcome

from tests.helpers import answers, pair

FACTS = {
    "_target_": "zpdgym.students.chain",
    "n_skills": 6,
    "items": [{"approach": "example", "minutes": 0.5}, {"minutes": 1.5, "exam": True}],
}
KINDS = [{"kind": "half_life", "prior": 0.1}, {"kind": "fsrs", "prior": [0.1, 0.2, 0.0], "guess": 0.05, "slip": 0.02}]


def facts(student, kind, **change):
    """A small scenario of facts: two weeks, ten lessons a day."""
    sections = {
        "curriculum": FACTS,
        "student": student,
        "schedule": {"sessions": 14, "session_lessons": 10, "days_between": 1, "retention_days": 14},
    }
    belief = {"kind": kind, "source": "fitted"}
    return Scenario.load(
        "Practice-v0",
        replace=sections,
        change={"unexpected": {}, "belief": belief, "reward": {"kind": "belief_gain"}, **change},
    )


def see(belief, state, item, correct=True, answered=True, minutes=0.0, rating=0):
    out = allocate_outcome(len(state))
    out["answered"], out["correct"], out["minutes"], out["rating"] = answered, correct, minutes, rating
    belief.update(state, np.full(len(state), item), out)
    return state["belief"][0].copy()


@pytest.mark.kernels
@pytest.mark.parametrize("model", [FSRS, HalfLife])
def test_a_belief_with_the_students_own_numbers_is_the_truth(model):
    """Facts have one item each here, so a tutor sees all that happens to a memory."""
    c, n, rng = chain(5, items=[{"approach": "example"}, {"minutes": 3.0}]), 30, np.random.default_rng(0)
    student = model(c)
    belief = build_belief(true_population("fsrs" if model is FSRS else "half_life", student), c)
    truth, state, out = student.allocate(n), belief.allocate(n), allocate_outcome(n)
    student.reset(truth, np.arange(n), rng.random((n, student.reset_draws)))
    for lesson in range(60):
        # the floor of recall (1e-4) lets the luckiest recall what they never met
        items, luck = rng.integers(-1, 10, n), 0.001 + 0.999 * rng.random((n, student.lesson_draws))
        student.step(truth, items, luck, out)
        belief.update(state, items, out)
        if lesson % 5 == 4:
            days = rng.choice([0.0, 0.3, 1.0, 8.0], n)
            student.elapse(truth, days, np.empty((n, 0)))
            belief.elapse(state, days)
    np.testing.assert_allclose(state["belief"], student.mastery(truth), atol=2e-4)  # the floor and ceiling of recall


@pytest.mark.kernels
def test_half_lives_and_stabilities_are_the_published_ones():
    """srs-benchmark's half-life regression, and FSRS-6 as the package fsrs 6.3.2 computes it."""
    belief = build_belief({"kind": "half_life"}, chain(1))
    state = belief.allocate(1)
    for correct in (True, True, True, False):
        see(belief, state, 0, correct)
    assert belief.strength(state)[0, 0] == pytest.approx(80.3977, abs=1e-4)
    belief = build_belief({"kind": "fsrs"}, chain(1))
    state, seen = belief.allocate(1), []
    for days, correct in ((0, 1), (2, 1), (11, 1), (46, 1), (163, 0), (3, 1)):
        belief.elapse(state, np.array([float(days)]))
        see(belief, state, 0, bool(correct))
        seen.append([belief.strength(state)[0, 0], state["memory"][0, 0, 2]])
    stability = [2.3065, 10.964332, 46.280217, 162.862202, 4.716044, 9.763148]
    difficulty = [2.118104, 2.111214, 2.104331, 2.097455, 7.387716, 7.375556]
    np.testing.assert_allclose(np.array(seen).T, [stability, difficulty], atol=1e-6)


@pytest.mark.kernels
def test_ratings_are_read_where_students_give_them():
    belief = build_belief({"kind": "fsrs"}, chain(1))
    for rating, expected in ((0, 2.3065), (2, 1.2931), (3, 2.3065), (4, 8.2956)):
        state = belief.allocate(1)
        see(belief, state, 0, True, rating=rating)
        assert belief.strength(state)[0, 0] == pytest.approx(expected)
    state = belief.allocate(1)
    see(belief, state, 0, False, rating=1)
    assert belief.strength(state)[0, 0] == pytest.approx(0.212)


@pytest.mark.kernels
@pytest.mark.parametrize("kind", ["half_life", "fsrs"])
def test_a_wrong_answer_is_put_down_to_the_skill_least_likely_recalled(kind):
    belief = build_belief({"kind": kind}, pair())
    state = belief.allocate(1)
    see(belief, state, 0)
    belief.elapse(state, np.array([3.0]))
    see(belief, state, 1)
    belief.elapse(state, np.array([1.0]))
    before = belief.strength(state)[0]
    assert state["belief"][0, 0] < state["belief"][0, 1]
    assert belief.p_correct(state["belief"])[0, 2] == pytest.approx(state["belief"][0].prod())
    see(belief, state, 2, correct=False)
    after = belief.strength(state)[0]
    assert after[0] < before[0]
    assert after[1] == before[1]
    assert state["belief"][0] == pytest.approx([1.0, 1.0])  # both have just been seen


@pytest.mark.kernels
@pytest.mark.parametrize("numbers", KINDS, ids=["half_life", "fsrs"])
class TestEveryMemoryBelief:
    def cohort(self, numbers, n=5):
        belief = build_belief(numbers, chain(3, items=[{"approach": "practice"}, {"approach": "example"}]))
        state, rng = belief.allocate(n), np.random.default_rng(0)
        for _ in range(12):
            out = answers(rng, n)
            out["minutes"] = 2.0
            belief.update(state, rng.integers(-1, 6, n), out)
            belief.elapse(state, rng.choice([0.0, 1.0, 4.0], n))
        return belief, state

    def test_days_only_forget(self, numbers):
        belief, state = self.cohort(numbers)
        later = state.copy()
        belief.elapse(later, np.full(5, 3.0))
        assert (later["belief"] <= state["belief"]).all()

    def test_after_is_what_a_memory_of_typical_strength_does(self, numbers):
        belief = build_belief({**numbers, "typical": 5.0}, chain(3))
        state = belief.allocate(1)
        state["memory"][:, :, 1], state["memory"][:, :, 0] = 5.0, [[0.0, -1.0, -9.0]]
        belief.elapse(state, np.array([1.0]))
        later = state.copy()
        belief.elapse(later, np.array([4.0]))
        np.testing.assert_allclose(belief.after(state["belief"], 4.0), later["belief"], atol=1e-12)
        halfway = belief.after(state["belief"], np.array([1.5]))
        np.testing.assert_allclose(belief.after(halfway, 2.5), later["belief"], atol=1e-12)
        assert (belief.after(np.zeros((1, 3)), 2.0) == 0).all()

    def test_expected_gain_is_what_a_lesson_without_minutes_brings(self, numbers):
        belief, state = self.cohort(numbers)
        gain, before = belief.expected_gain(state["belief"])[:, 2], state["total"].copy()
        see(belief, state, 2, correct=False)
        np.testing.assert_allclose(state["total"] - before, gain, atol=1e-9)

    def test_right_answers_make_memories_stronger_than_wrong_ones(self, numbers):
        belief, state = self.cohort(numbers)
        belief.elapse(state, np.full(5, 2.0))
        right, wrong = state.copy(), state.copy()
        see(belief, right, 0, True)
        see(belief, wrong, 0, False)
        assert (belief.strength(right)[:, 0] > belief.strength(wrong)[:, 0]).all()

    def test_environments_keep_the_contract_with_it(self, numbers):
        belief = {**numbers, "prior": 0.1, "source": "given"}
        check_tutor_env(facts("fsrs6", numbers["kind"], belief=belief), n_students=3, lessons=25)


@pytest.mark.parametrize(
    ("numbers", "said"),
    [
        ({"kind": "half_life", "right": -1, "bias": 11}, "right=-1 must be in .0, 10.; bias=11"),
        ({"kind": "fsrs", "weights": [1.0, 2.0]}, "must be 21 numbers"),
        ({"kind": "fsrs", "weights": "many"}, "must be 21 numbers"),
        ({"kind": "fsrs", "weights": [200.0, *WEIGHTS["6"][1:]], "typical": 0}, r"weights\[0\]=200 .*typical=0"),
        ({"kind": "fsrs", "guess": 0.6, "slip": 0.5}, "must add up to less than 1"),
        ({"kind": "half_life", "rihgt": 1}, "Did you mean 'belief.right'"),
        ({"kind": "halflife"}, "Did you mean 'half_life'"),
    ],
)
def test_bad_numbers_are_refused(numbers, said):
    with pytest.raises(InputError, match=said):
        build_belief(numbers, chain(3))


def test_students_of_other_kinds_have_no_numbers_for_it():
    with pytest.raises(InputError, match="BKT has no numbers for a half_life belief"):
        true_population("half_life", Scenario.load("practice").student)


def log_loss(scenario, numbers, n_students=300, seed=99):
    """How well a belief foretells the answers of students whom the fit has not seen."""
    log, c = course_log(scenario, n_students=n_students, seed=seed), scenario.curriculum
    belief = build_belief({k: v for k, v in numbers.items() if k != "about"}, c)
    loss, state = np.zeros(c.n_skills), belief.allocate(n_students)
    guess, slip = (float(belief.items[name][0]) for name in ("guess", "slip"))
    gaps = np.diff(log.day, prepend=0.0)
    foretell(
        state.view(np.float64), log.items, log.answers, gaps, c.minutes, log.owners, guess, slip, belief.packed,
        belief.links, loss,
    )  # fmt: skip
    return loss.sum() / (log.answers >= 0).sum()


def test_the_fit_finds_what_fsrs_students_are_like():
    scenario = facts({"_target_": "zpdgym.students.FSRS", "p_first": 0.3}, "fsrs")
    found = fit_belief(scenario, n_students=800)
    assert np.array(found["weights"])[[0, 2, 8, 11]] == pytest.approx(np.array(WEIGHTS["6"])[[0, 2, 8, 11]], rel=0.25)
    assert found["prior"] == pytest.approx([0.3] * 6, abs=0.08)
    assert max(found["guess"], found["slip"]) < 0.05
    truth = true_population("fsrs", scenario.student)
    assert log_loss(scenario, found) < log_loss(scenario, truth) + 0.002


def test_the_fit_finds_what_half_life_students_are_like():
    scenario = facts({"_target_": "zpdgym.students.HalfLife", "bias": 0.5, "right": 1.2}, "half_life")
    found = fit_belief(scenario, n_students=800)
    assert found["right"] == pytest.approx(1.2, abs=0.2)
    assert found["bias"] == pytest.approx([0.5] * 6, abs=0.7)
    assert found["prior"] == pytest.approx([0.0] * 6, abs=0.02)
    truth = true_population("half_life", scenario.student)
    assert log_loss(scenario, found) < log_loss(scenario, truth) + 0.002
    assert log_loss(scenario, found) < log_loss(scenario, {"kind": "half_life"}) - 0.05


def test_a_scenario_chooses_it_and_it_is_fitted_to_that_scenarios_own_students(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr("zpdgym.envs.fit_belief.__kwdefaults__", {"n_students": 60, "seed": 0})
    fitted = with_own_belief(Scenario.load("practice", change={"belief.kind": "fsrs"}))
    assert fitted.make(2).belief.kind == "fsrs"
