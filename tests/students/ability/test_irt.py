"""Students with abilities: item response theory still and in motion, and Elo's student."""

import hashlib
import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import kstest, norm
from zpdgym.envs.beliefs.build import build_belief
from zpdgym.students import IRT, Curriculum, DynamicIRT, Elo, InputError, Population, allocate_outcome, check_student
from zpdgym.students.check import INVARIANTS, check_curriculum
from zpdgym.students.curriculum.builders import chain, random_dag
from zpdgym.students.jit import kernel
from zpdgym.students.normal import average_sigmoid, deviate

from benchmarks.published.ability import irt
from tests.helpers import COMPILED, cohort, one_skill
from tests.students.lessons import after_golden_lessons, side_by_side

MANY = 20000 if COMPILED else 2000
PEOPLE = Population([{"name": "a", "share": 0.3, "shift": {"ability": 1.0}}, {"name": "b", "share": 0.7}])
LEARNERS = Population(sd={"ability": 0.6, "learn": 0.5}, correlation={"ability,learn": 0.4})
MOVERS = Population(sd={"ability": 0.6, "learn": 0.5, "forget": 0.5})
THREE = {"discrimination": np.linspace(0.6, 1.8, 10), "guess": [0.25] * 5 + [0.0] * 5, "scale": 1.7}
OPTIONS = [0, 2, 3, 4, 0, 5, 4, 4, 0, 4]

MODELS = [
    (IRT, {}),
    (IRT, {"population": PEOPLE, "abilities": "topic", "shared": 0.3, "start": [0.5, 0, 0, -1], **THREE}),
    (IRT, {"abilities": "skill", "shared": 0.8, "discrimination": 2.0}),
    (DynamicIRT, {}),
    (DynamicIRT, {"population": MOVERS, "forget": [0.1, 0, 0.02, 1], "feedback": 0.4, **THREE}),
    (DynamicIRT, {"noise": 0.0, "forget": 0.05, "feedback": 0.0}),
    (DynamicIRT, {"noise": 0.0, "learn": [0.1, 0.2, 0.3, 0.4]}),
    (Elo, {}),
    (Elo, {"population": LEARNERS, "learn": [0.1, 0.2, 0.3, 0.4], "transfer": 0.05, "options": OPTIONS}),
    (Elo, {"transfer": 0.0, "shared": 0.0}),
]


def topical():
    """The curriculum of the checks, its skills in two topics."""
    c = check_curriculum()
    return Curriculum(
        name="topical", skills=c.skills, items=c.items, q=c.q, prerequisites=c.prerequisites, difficulty=c.difficulty,
        minutes=c.minutes, approach=c.approach, topics=("x", "y", "x", "y"),
    )  # fmt: skip


def teach(model, state, item, right):
    """One lesson for everybody, answered right or wrong."""
    luck = np.full((len(state), 1), 0.0 if right else 1 - 1e-12)
    return model.step(state, np.full(len(state), item), luck, allocate_outcome(len(state)))


@pytest.mark.parametrize(("model", "arguments"), MODELS)
def test_lessons_equal_those_of_plain_python(model, arguments):
    side_by_side(model(topical(), **arguments), n=25, lessons=25, tolerance=1e-12, extremes=True)


@pytest.mark.parametrize(("model", "arguments"), MODELS if COMPILED else MODELS[1::3])
def test_the_models_keep_their_promises(model, arguments):
    report = check_student(model(check_curriculum(), **arguments))
    assert "answer_then_learn" in report.invariants


@pytest.mark.parametrize("model", [IRT, DynamicIRT, Elo])
def test_the_models_teach_other_curricula(model):
    check_student(model(random_dag(12 if COMPILED else 3, seed=0, items=[{}, {"difficulty": 1.0}])), n=8)


def test_the_golden_values_of_the_three_parameter_model():
    assert [figure.ours for figure in irt()] == pytest.approx([0.734242, 0.217276], abs=5e-7)


def test_the_one_parameter_model_is_rasch_and_the_two_parameter_model_has_the_textbooks_information():
    rasch = IRT(one_skill(0.7), start=1.2, ability_sd=0.0)
    assert rasch.p_all(cohort(rasch, 1))[0, 0] == pytest.approx(1 / (1 + math.exp(-0.5)))
    steep = IRT(one_skill(0.7), start=1.2, ability_sd=0.0, discrimination=1.5)
    p = 1 / (1 + math.exp(-0.75))
    assert steep.information(cohort(steep, 1))[0, 0] == pytest.approx(1.5**2 * p * (1 - p))


@given(
    a=st.floats(0.2, 3), b=st.floats(-3, 3), c=st.floats(0, 0.5), theta=st.floats(-4, 4), d=st.sampled_from([1.0, 1.7])
)
@settings(max_examples=25)
def test_information_is_the_squared_slope_over_the_variance_of_the_answer(a, b, c, theta, d):
    model = IRT(one_skill(b), discrimination=a, guess=c, scale=d, start=theta, ability_sd=0.0)
    state, step = cohort(model, 1), 1e-5
    shifted = np.repeat(state, 3)
    shifted["general"] += [-step, 0, step]
    low, p, high = model.p_all(shifted)[:, 0]
    assume(p < 1.0 - 1e-6)  # nearer to 1 the difference is little more than rounding
    assert model.information(state)[0, 0] == pytest.approx(((high - low) / (2 * step)) ** 2 / (p * (1 - p)), rel=1e-4)


def test_no_answer_no_information():
    model = IRT(check_curriculum())
    informs = model.information(cohort(model, 3)) > 0
    assert np.array_equal(informs, np.tile([True, False, True, False] + [True] * 6, (3, 1)))


def test_a_scale_of_1_7_comes_within_a_hundredth_of_the_normal_ogive():
    model = IRT(one_skill(), ability_sd=3.0, scale=1.7)
    state = cohort(model, 500)
    assert np.abs(model.p_all(state)[:, 0] - norm.cdf(state["general"])).max() < 0.01


def test_discriminations_are_dealt_out_evenly_and_the_same_every_time():
    c = chain(40, items=[{}] * 5)
    logs = np.log(IRT(c, discrimination=1.5, discrimination_sd=0.3).discrimination / 1.5)
    assert kstest(logs, norm(0, 0.3).cdf).statistic < 0.01
    assert np.corrcoef(logs[:-1], logs[1:])[0, 1] < 0.5
    assert np.array_equal(
        logs[:10], np.log(IRT(chain(10), discrimination=1.5, discrimination_sd=0.3).discrimination / 1.5)
    )


def test_abilities_are_spread_and_shared_as_asked():
    model = IRT(topical(), abilities="skill", ability_sd=1.5, shared=0.36, start=[1, 0, 0, 0])
    state = cohort(model, MANY)
    theta = state["general"][:, None] + state["ability"]
    assert theta.mean(axis=0) == pytest.approx([1, 0, 0, 0], abs=7 / MANY**0.5)
    assert theta.std(axis=0) == pytest.approx([1.5] * 4, abs=5 / MANY**0.5)
    assert np.corrcoef(theta.T)[np.triu_indices(4, 1)] == pytest.approx([0.36] * 6, abs=5 / MANY**0.5)


def test_one_ability_for_everything_or_one_per_topic():
    c = topical()
    whole = IRT(c)
    state = cohort(whole, 50)
    assert np.ptp(whole.mastery(state), axis=1) == pytest.approx(0)
    topics = IRT(c, abilities="topic")
    mastery = topics.mastery(cohort(topics, 50))
    assert mastery[:, 0] == pytest.approx(mastery[:, 2])
    assert mastery[:, 1] == pytest.approx(mastery[:, 3])
    assert np.abs(mastery[:, 0] - mastery[:, 1]).min() > 0


def test_a_static_student_gains_nothing():
    model = IRT(check_curriculum())
    state = cohort(model, 5)
    kept = state.copy()
    for item in range(10):
        teach(model, state, item, right=True)
    model.elapse(state, np.full(5, 100.0), np.empty((5, 0)))
    assert np.array_equal(state, kept)
    assert not model.expected_gain(state).any()


def test_groups_of_a_population_shift_ability():
    model = IRT(one_skill(), population=PEOPLE, ability_sd=0.0)
    state = cohort(model, 200)
    assert state["general"].tolist() == [1.0 if g == 0 else 0.0 for g in state["group"]]


# DynamicIRT


def test_lessons_add_their_gain_and_a_wrong_answer_leaves_a_share():
    model = DynamicIRT(check_curriculum(), learn=[0.1, 0.2, 0.3, 0.4], feedback=0.25, noise=0.0)
    state = cohort(model, 1)
    before = state["ability"][0].copy()
    assert teach(model, state, 9, right=True)["correct"][0]  # skills 1, 2 and 3
    assert state["ability"][0] - before == pytest.approx([0, 0.2, 0.3, 0.4])
    assert not teach(model, state, 9, right=False)["correct"][0]
    assert state["ability"][0] - before == pytest.approx([0, 0.25, 0.375, 0.5])
    out = teach(model, state, 1, right=False)  # a worked example
    assert not out["answered"][0]
    assert state["ability"][0, 0] - before[0] == pytest.approx(0.1)


@pytest.mark.parametrize("forget", [0.0, 0.08])
def test_days_make_a_walk_with_the_moments_of_the_theory(forget):
    noise, days = 0.3, 9.0
    model = DynamicIRT(one_skill(), noise=noise, forget=forget, ability_sd=0.0, start=-0.5, learn=2.0)
    state, rng = cohort(model, MANY), np.random.default_rng(3)
    teach(model, state, 0, right=True)
    for part in (2.0, 7.0):
        model.elapse(state, np.full(MANY, part), rng.random((MANY, 1)))
    kept = math.exp(-forget * days)
    variance = noise**2 * days if forget == 0 else noise**2 * (1 - kept**2) / (2 * forget)
    theory = norm(-0.5 + 2.0 * kept, variance**0.5)
    assert kstest(state["ability"][:, 0], theory.cdf).pvalue > 0.001


def test_in_the_long_run_the_spread_is_that_of_an_ornstein_uhlenbeck_process():
    model = DynamicIRT(one_skill(), noise=0.3, forget=0.1, ability_sd=0.0, start=0.4)
    state = cohort(model, MANY)
    model.elapse(state, np.full(MANY, 1000.0), np.random.default_rng(0).random((MANY, 1)))
    assert state["ability"].mean() == pytest.approx(0.4, abs=5 * 0.67 / MANY**0.5)
    assert state["ability"].std() == pytest.approx(0.3 / math.sqrt(0.2), rel=5 / MANY**0.5)


@kernel
def deviates(u, out):
    for i in range(len(u)):
        out[i] = deviate(u[i])


def test_normal_deviates_are_those_of_the_inverse_distribution():
    last = np.nextafter(1.0, 0.0)
    u = np.concatenate([[2.0**-53, 1e-12, 1e-11, 0.075, 0.925, last], np.linspace(0.001, 0.999, 999)])
    out = np.empty(len(u))
    deviates(u, out)
    assert out == pytest.approx(norm.ppf(u), rel=1e-14, abs=1e-15)
    deviates(np.zeros(1), out)
    assert out[0] == pytest.approx(norm.ppf(2.0**-54))


@kernel
def averages(mean, sd, out):
    for i in range(len(out)):
        out[i] = average_sigmoid(mean[i], sd[i])


def test_the_average_over_abilities_is_an_integral():
    rng = np.random.default_rng(0)
    sd = np.concatenate([[0.0, 1e-9, 1e-3, 2.0, 2.0001], rng.uniform(0, 30, 20), rng.uniform(0, 2, 15)])
    mean, out = rng.normal(0, 4, len(sd)), np.empty(len(sd))
    averages(mean, sd, out)

    def integral(m, s):
        return quad(lambda z: norm.pdf(z) / (1 + math.exp(-m - s * z)), -9, 9, points=[-m / max(s, 1)], limit=200)[0]

    assert out == pytest.approx([integral(m, s) for m, s in zip(mean, sd, strict=True)], abs=2e-8)


def test_the_forecast_is_the_mean_of_many_futures():
    model = DynamicIRT(check_curriculum(), noise=0.4, forget=0.03, guess=0.2, discrimination=1.5)
    state = np.repeat(cohort(model, 1, seed=4), MANY)
    p, mastery = model.forecast(state[:1], np.array([20.0]))
    model.elapse(state, np.full(MANY, 20.0), np.random.default_rng(1).random((MANY, 4)))
    assert model.p_all(state).mean(axis=0) == pytest.approx(p[0], abs=5 * 0.4 / MANY**0.5)
    assert model.mastery(state).mean(axis=0) == pytest.approx(mastery[0], abs=5 * 0.4 / MANY**0.5)


# Elo


def test_elos_rule_moves_two_equals_by_half_its_step():
    """The estimator's golden value: theta = b = 0, K = .4, a right answer: +.2 (and the opponent -.2)."""
    for correct, moved in ((True, 0.2), (False, -0.2)):
        belief = build_belief(
            {"kind": "elo", "prior": 0.0, "learn": 0.0, "alpha": 0.4, "beta": 0.0, "guess": 0.0}, one_skill()
        )
        state, out = belief.allocate(1), allocate_outcome(1)
        out["answered"], out["correct"] = True, correct
        belief.update(state, np.zeros(1, np.int64), out)
        assert state["ability"][0, 0] == pytest.approx(moved)


def test_options_are_there_to_guess_from():
    model = Elo(check_curriculum(), options=OPTIONS, ability_sd=0.0, start=-10)
    p = model.p_all(cohort(model, 1))[0]
    assert p == pytest.approx([1 / k if k else 0 for k in OPTIONS], abs=1e-3)
    fair = Elo(one_skill(), options=4, ability_sd=0.0)
    assert fair.p_all(cohort(fair, 1))[0, 0] == pytest.approx(0.25 + 0.75 / 2)


def test_practice_raises_the_items_skills_and_everything_a_little():
    model = Elo(check_curriculum(), learn=0.1, transfer=0.03)
    state = cohort(model, 1)
    before = state["general"][0] + state["ability"][0].copy()
    teach(model, state, 8, right=False)  # skills 0 and 1: the answer does not matter
    assert state["general"][0] + state["ability"][0] - before == pytest.approx([0.13, 0.13, 0.03, 0.03])


# Promises, and what is not promised


@pytest.mark.parametrize("model", [IRT, DynamicIRT, Elo])
def test_skills_may_start_above_their_prerequisites(model):
    """The exception to consistent_start: abilities are drawn without looking at the prerequisites."""
    model = model(chain(2), **({"abilities": "skill"} if model is IRT else {}))
    mastery = model.mastery(cohort(model, 50))
    assert (mastery[:, 1] > mastery[:, 0]).any()


@pytest.mark.parametrize("model", [DynamicIRT, Elo])
def test_skills_are_learnt_without_their_prerequisites(model):
    """The exception to no_learning_without_prerequisite: these models know none."""
    model = model(chain(2), start=-3, ability_sd=0.0)
    state = cohort(model, 1)
    teach(model, state, model.curriculum.n_items - 1, right=True)
    assert model.mastery(state)[0, 1] > model.mastery(cohort(model, 1))[0, 1]


def test_wandering_raises_skills_and_composes_on_average_only():
    """The exceptions to forgetting_is_monotone, time_changes_nothing and elapse_composes."""
    model = DynamicIRT(one_skill(), noise=0.1, forget=0.05)
    state, u = cohort(model, 50), np.random.default_rng(0).random((50, 1))
    before, halves = model.mastery(state), state.copy()
    model.elapse(state, np.full(50, 4.0), u)
    assert (model.mastery(state) > before).any()
    for _ in range(2):
        model.elapse(halves, np.full(50, 2.0), u)
    assert np.abs(model.mastery(halves) - model.mastery(state)).max() > 1e-3


def test_transfer_improves_skills_that_are_not_taught():
    """The exception to never_improves_untaught."""
    model = Elo(chain(2), transfer=0.05)
    state = cohort(model, 1)
    before = model.mastery(state)[0, 1]
    teach(model, state, 0, right=True)
    assert model.mastery(state)[0, 1] > before


def test_every_invariant_is_declared_or_an_exception():
    static, moving, elo = IRT(chain(2)), DynamicIRT(chain(2)), Elo(chain(2))
    assert set(INVARIANTS) - static.invariants - {"learn_then_answer", "elapse_composes_on_average"} == {
        "consistent_start"
    }
    assert "elapse_composes_on_average" in moving.invariants
    assert "elapse_composes" in DynamicIRT(chain(2), noise=0.0).invariants
    assert "never_improves_untaught" not in elo.invariants
    assert "never_improves_untaught" in Elo(chain(2), transfer=0.0).invariants


@given(
    start=st.floats(-10, 10), sd=st.floats(0, 5), shared=st.floats(0, 1), learn=st.floats(0, 10),
    feedback=st.floats(0, 1), noise=st.floats(0, 5), forget=st.floats(0, 100), guess=st.floats(0, 0.9),
    discrimination=st.floats(0.01, 10), days=st.floats(0, 1000), seed=st.integers(0, 1000),
)  # fmt: skip
@settings(max_examples=15)
def test_promises_hold_for_any_parameters(
    start, sd, shared, learn, feedback, noise, forget, guess, discrimination, days, seed
):
    common = {"start": start, "ability_sd": sd, "shared": shared}
    item = {"guess": guess, "discrimination": discrimination}
    dynamic = {"learn": learn, "feedback": feedback, "noise": noise, "forget": forget}
    for model in (
        IRT(check_curriculum(), **common, **item),
        DynamicIRT(check_curriculum(), **common, **item, **dynamic),
        Elo(check_curriculum(), **common, learn=learn, transfer=noise),
    ):
        rng, state = np.random.default_rng(seed), cohort(model, 8, seed)
        for _ in range(6):
            before = model.mastery(state)
            model.step(state, rng.integers(-1, 10, 8), rng.random((8, 1)), allocate_outcome(8))
            after = model.mastery(state)
            assert (after >= before).all()
            gain = model.expected_gain(state)
            assert ((gain >= 0) & (gain <= 4 - after.sum(axis=1)[:, None] + 1e-9)).all()
            model.elapse(state, np.full(8, days), rng.random((8, model.rest_draws)))
            told = [model.p_all(state), model.mastery(state)]
            told += model.forecast(state, np.full(8, days)) if hasattr(model, "forecast") else []
            for values in told:
                assert ((values >= 0) & (values <= 1)).all()


@pytest.mark.parametrize(
    ("index", "digest"), [(1, "d943d218433910a2"), (4, "90943955159e4d9d"), (8, "021e1a29e88dd1ec")]
)
def test_the_trajectory_of_the_first_release(index, digest):
    """Golden: a change here is a change of every scenario with these students, and needs new versions of them."""
    make, arguments = MODELS[index]
    told = after_golden_lessons(make(topical(), **arguments), stride=3, days=0.25)
    text = " ".join(f"{value:.10f}" for value in told)
    assert hashlib.sha256(text.encode()).hexdigest()[:16] == digest


@pytest.mark.parametrize(
    ("make", "arguments", "message"),
    [
        (IRT, {"guess": 1.0}, r"guess=1.0 must be a number in \[0, 0.9\]: it is a probability"),
        (IRT, {"discrimination": [1.0] * 3}, "discrimination has 3 numbers for 10 items"),
        (IRT, {"discrimination": 0.0, "scale": 0}, r"discrimination=0.0.*scale=0 must"),
        (IRT, {"discrimination_sd": 3.0}, "discrimination_sd=3.0 must be a number in .* log scale"),
        (IRT, {"abilities": "topics"}, "abilities='topics' must be one of student, topic, skill"),
        (IRT, {"start": 11, "ability_sd": -1, "shared": 2}, r"start=11.*ability_sd=-1.*shared=2"),
        (IRT, {"population": Population(sd={"learn": 1.0})}, "IRT students do not have"),
        (DynamicIRT, {"learn": -0.1, "noise": -1, "forget": -1}, r"learn=-0.1.*noise=-1.*forget=-1.*rate per day"),
        (DynamicIRT, {"feedback": 1.5}, "feedback=1.5 must be a number in .* share of the gain"),
        (
            Elo,
            {"options": [1] + [4] * 9},
            "options=1 of 'item 0' must be 0 .an open question. or from 2 on",
        ),
        (Elo, {"options": 2.5}, "options=2.5 must be a whole number"),
        (Elo, {"transfer": -1, "learn": "much"}, "learn='much'.*transfer=-1"),
    ],
)
def test_mistakes_are_told(make, arguments, message):
    with pytest.raises(InputError, match=message):
        make(check_curriculum(), **arguments)
