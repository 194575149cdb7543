"""Students who remember: against the equations in plain Python, published values, theory, and their promises."""

import hashlib
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from zpdgym.students import (
    DHP,
    ExponentialForgetting,
    HalfLife,
    InputError,
    Memorize,
    Population,
    PowerLaw,
    allocate_outcome,
    check_student,
)
from zpdgym.students.check import check_curriculum
from zpdgym.students.curriculum.builders import chain, tree
from zpdgym.students.curriculum.curriculum import EXAMPLE

from benchmarks.published.memory import half_lives
from tests.helpers import cohort, one_skill
from tests.students.lessons import after_golden_lessons, side_by_side

MODELS = [ExponentialForgetting, HalfLife, Memorize, DHP]
DIFFERENT = Population(
    [{"name": "fast", "share": 0.4, "shift": {"learn": 0.5}}, {"name": "slow", "share": 0.6}],
    sd={"prior": 0.5, "learn": 0.3, "forget": 0.4},
)
VARIANTS = [
    (ExponentialForgetting, {}),
    (ExponentialForgetting, {"only_when_right": True, "gain": 0.7, "prior": 0.5, "forget": [0.1, 0.2, 0.3, 0.4]}),
    (HalfLife, {}),
    (HalfLife, {"right": 0.4, "wrong": -0.9, "bias": -1.0, "bias_sd": 0.5, "plus": 1.0, "prior": 0.6}),
    (Memorize, {}),
    (Memorize, {"alpha": 0.0, "beta": 2.0, "forget": 0.8, "prior": [0.0, 1.0, 0.3, 0.5], "prior_days_sd": 0.4}),
    (DHP, {}),
    (DHP, {"difficulty": [1, 4.5, 10, 18], "prior": 0.5, "prior_days": 6.0}),
]


def teach(model, state, luck, item=0):
    """One lesson on one item for everybody, with the same luck."""
    n = len(state)
    return model.step(state, np.full(n, item), np.full((n, model.lesson_draws), luck), allocate_outcome(n))


def wait(model, state, days):
    model.elapse(state, np.full(len(state), float(days)), np.empty((len(state), 0)))


@pytest.mark.parametrize(("model_class", "arguments"), VARIANTS)
def test_lessons_equal_the_equations_in_plain_python(model_class, arguments):
    model = model_class(check_curriculum(), population=DIFFERENT, **arguments)
    side_by_side(model, n=30, lessons=60, days=(*[0.0] * 7, 1.0, 1.0, 12.5))


def test_the_published_half_lives_of_half_life_regression():
    """srs-benchmark's weights; three successes and one failure after the first lesson."""
    found = half_lives()
    assert found[0] == pytest.approx(2**2.7245)
    assert found[-1] == pytest.approx(2 ** (2.5819 * 3**0.5 - 0.8674 + 2.7245))


def test_half_lives_and_recall_stay_within_the_authors_bounds():
    model = HalfLife(one_skill(), right=10.0, wrong=-10.0)
    state = cohort(model, 1)
    assert model.mastery(state)[0, 0] == 0.0001  # never met
    for luck in (0.0, 0.0, 0.0):
        teach(model, state, luck)
    assert math.log(2) / state["memory"]["rate"][0, 0] == pytest.approx(274.0)
    assert model.mastery(state)[0, 0] == 0.9999
    for _ in range(20):
        wait(model, state, 10000.0)
        teach(model, state, 1 - 1e-9)
    assert math.log(2) / state["memory"]["rate"][0, 0] == pytest.approx(15 / 1440)


def test_exponential_forgetting_is_the_published_curve():
    model = ExponentialForgetting(one_skill(), forget_sd=0.0, prior_days_sd=0.0)
    state = cohort(model, 1)
    assert model.mastery(state)[0, 0] == pytest.approx(math.exp(-0.077))
    for reviews, luck in enumerate((0.0, 1 - 1e-9, 0.0), start=1):  # right, wrong, right: all of them strengthen
        teach(model, state, luck)
        wait(model, state, 5.0)
        assert model.mastery(state)[0, 0] == pytest.approx(math.exp(-0.077 * (5 + 1 / 1440) / (1 + reviews)))


def test_strengthening_only_by_right_answers_is_a_choice():
    model = ExponentialForgetting(one_skill(), forget_sd=0.0, prior_days_sd=0.0, only_when_right=True)
    state = cohort(model, 1)
    teach(model, state, 0.0)
    assert state["memory"]["strength"][0, 0] == 2.0
    teach(model, state, 1 - 1e-9)
    assert state["memory"]["strength"][0, 0] == 2.0


def test_the_start_of_exponential_forgetting_has_the_published_spread():
    model = ExponentialForgetting(chain(10))
    state = cohort(model, 2000)
    assert np.log(state["memory"]["rate"]).mean() == pytest.approx(math.log(0.077), abs=0.03)
    assert np.log(state["memory"]["rate"]).std() == pytest.approx(1.0, abs=0.03)
    assert np.log(-state["memory"]["last"]).std() == pytest.approx(1.0, abs=0.03)


def test_memorize_changes_the_rate_by_the_published_shares():
    model = Memorize(one_skill(), alpha=0.25, beta=0.5, forget=0.2, forget_sd=0.0)
    state = cohort(model, 1)
    for luck, rate in ((0.0, 0.2), (0.0, 0.15), (0.0, 0.1125), (1 - 1e-9, 0.16875)):
        teach(model, state, luck)
        assert state["memory"]["rate"][0, 0] == pytest.approx(rate)
    wait(model, state, 2.0)
    assert model.mastery(state)[0, 0] == pytest.approx(math.exp(-0.16875 * (2 + 1 / 1440)))


def test_the_half_lives_of_dhp_follow_the_published_numbers():
    """By hand: difficulty 5, recalled after 2 days, forgotten after 6 more."""
    model = DHP(one_skill(minutes=1e-9), difficulty=5)
    state = cohort(model, 1)
    teach(model, state, 0.0)
    first = -1 / math.log2(0.675)
    assert state["memory"]["half_life"][0, 0] == pytest.approx(first)
    wait(model, state, 2.0)
    p = 2 ** (-2 / first)
    assert model.mastery(state)[0, 0] == pytest.approx(p)
    teach(model, state, 0.0)
    second = first * (1 + math.exp(3.81) * 5**-0.534 * first**-0.127 * (1 - p) ** 0.97)
    assert state["memory"]["half_life"][0, 0] == pytest.approx(second)
    wait(model, state, 6.0)
    p = 2 ** (-6 / second)
    teach(model, state, 1 - 1e-9)
    third = math.exp(-0.041) * 5**-0.041 * second**0.377 * (1 - p) ** -0.227
    assert state["memory"]["half_life"][0, 0] == pytest.approx(third)
    assert state["memory"]["difficulty"][0, 0] == 7.0


def test_the_difficulties_of_dhp_are_one_to_ten_and_never_exceed_the_hardest():
    model = DHP(chain(10))
    state = cohort(model, 500)
    values, counts = np.unique(state["memory"]["difficulty"], return_counts=True)
    assert values.tolist() == list(range(1, 11))
    assert counts.min() > 400
    for _ in range(12):
        teach(model, state, 1 - 1e-9)
        wait(model, state, 30.0)
    assert state["memory"]["difficulty"][:, 0].max() == 18.0


def test_the_cheapest_reviews_of_ssp_mmc_cost_what_was_published():
    """Ye, Su & Cao 2022: minimal expected costs of difficulties 1 to 6, by value iteration over our students."""
    grid = 1.05 ** np.arange(-30, 122)
    cost = np.zeros((19, len(grid)))
    for d in range(18, 0, -1):
        cost[d] = _solve(d, grid, cost[min(d + 2, 18)] if d < 18 else None)
    found = [cost[d][_node(DHP(one_skill(), difficulty=d))] for d in range(1, 7)]
    assert found == pytest.approx([15.62, 20.81, 24.91, 29.20, 33.01, 37.17], abs=0.006)


def _solve(d, grid, after_forgetting):
    """Expected cost from each half-life on, at this difficulty: the table of the SSP-MMC scheduler."""
    model = DHP(one_skill(minutes=1e-9), difficulty=d)
    days = [np.arange(1, max(1, round(h * math.log(0.3) / math.log(0.5))) + 1) for h in grid[:-1]]
    h, t = np.repeat(grid[:-1], [len(x) for x in days]), np.concatenate(days)
    state = cohort(model, len(h))
    state["memory"]["last"], state["clock"], state["memory"]["half_life"] = 0.0, t, h[:, None]
    state["memory"]["rate"] = math.log(2) / h[:, None]
    p = model.mastery(state)[:, 0]
    ends = []
    for luck in (0.0, np.nextafter(1.0, 0.0)):
        then = state.copy()
        teach(model, then, luck)
        nearest = np.round(np.log(then["memory"]["half_life"][:, 0]) / math.log(1.05)).astype(int) + 30
        ends.append(np.clip(nearest, 0, len(grid) - 1))
    starts = np.concatenate([[0], np.cumsum([len(x) for x in days])[:-1]])
    cost = np.full(len(grid), 2000.0)
    cost[-1] = 0.0
    while True:
        forgotten = cost if after_forgetting is None else after_forgetting
        new = np.minimum.reduceat(p * (3 + cost[ends[0]]) + (1 - p) * (9 + forgotten[ends[1]]), starts)
        if np.abs(new - cost[:-1]).max() < 1e-6:
            return cost
        cost[:-1] = np.minimum(new, cost[:-1])


def _node(model):
    state = cohort(model, 1)
    return round(math.log(state["memory"]["half_life"][0, 0]) / math.log(1.05)) + 30


@pytest.mark.parametrize("model_class", MODELS)
def test_the_model_keeps_its_promises(model_class):
    check_student(model_class)
    check_student(model_class(tree(6, branching=2), population=DIFFERENT, prior=0.5))


@pytest.mark.parametrize("model_class", MODELS)
def test_a_fact_never_met_is_not_known_and_its_first_lesson_makes_the_trace(model_class):
    model = model_class(one_skill(), prior=0.0)
    state = cohort(model, 1)
    assert model.mastery(state)[0, 0] <= 0.0001
    before = state["memory"]["rate"].copy()
    assert not teach(model, state, 0.5)["correct"][0]
    assert np.array_equal(state["memory"]["rate"], before)
    assert model.mastery(state)[0, 0] > 0.99


@pytest.mark.parametrize("model_class", MODELS)
def test_an_example_refreshes_a_fact_and_asks_nothing(model_class):
    model = model_class(one_skill(approach=EXAMPLE))
    state = cohort(model, 1)
    teach(model, state, 0.0)
    wait(model, state, 3.0)
    rate = state["memory"]["rate"].copy()
    out = teach(model, state, 0.0)
    assert not out["answered"][0]
    assert model.mastery(state)[0, 0] > 0.99
    strengthened = model_class is ExponentialForgetting  # every review strengthens there
    assert np.array_equal(state["memory"]["rate"], rate) != strengthened


@pytest.mark.parametrize("model_class", [*MODELS, PowerLaw])
def test_the_exceptions_are_real(model_class):
    """Facts have no prerequisites, and while one is studied the others fade."""
    c = chain(2)
    model = model_class(c, prior=[0.0, 1.0])
    state = cohort(model, 200)
    start = model.mastery(state)
    assert (start[:, 1] > start[:, 0]).any()  # no consistent_start
    item = int(np.flatnonzero(c.q[:, 1])[0])
    teach(model, state, 0.5, item)
    after = model.mastery(state)
    assert (after[:, 1] > start[:, 1]).any()  # no no_learning_without_prerequisite
    for _ in range(600):  # ten hours of lessons on the second skill
        teach(model, state, 0.5, item)
    teach(model, state, 0.5, int(np.flatnonzero(c.q[:, 0])[0]))
    met = model.mastery(state)[:, 0]
    for _ in range(200):
        teach(model, state, 0.5, item)
    assert (model.mastery(state)[:, 0] < met).any()  # no lessons_never_hurt


@pytest.mark.parametrize("model_class", [HalfLife, Memorize, DHP])
def test_a_wrong_answer_makes_a_fact_fade_faster(model_class):
    model = model_class(one_skill())
    right, wrong = cohort(model, 1), cohort(model, 1)
    for state, luck in ((right, 0.0), (wrong, 1 - 1e-9)):
        for moment in (0.0, 0.0, luck):
            teach(model, state, moment)
            wait(model, state, 4.0)
    assert model.mastery(right)[0, 0] > model.mastery(wrong)[0, 0] + 0.05


def test_spacing_helps_dhp_and_not_half_life_regression():
    """The same three right answers: HLR counts them only; DHP rewards reviews of what was half forgotten."""
    left = {}
    for model in (HalfLife(one_skill()), DHP(one_skill(), difficulty=5)):
        for gap in (0.0, 1.0):
            state = cohort(model, 1)
            for _ in range(4):
                teach(model, state, 0.0)
                wait(model, state, gap)
            wait(model, state, 10.0 - gap)
            left[type(model), gap] = model.mastery(state)[0, 0]
    assert left[DHP, 1.0] > left[DHP, 0.0] + 0.3
    assert left[HalfLife, 1.0] == pytest.approx(left[HalfLife, 0.0], abs=1e-3)


@given(
    seed=st.integers(0, 1000), prior=st.floats(0, 1), days=st.floats(0, 1000), forget=st.floats(1e-6, 50),
    alpha=st.floats(0, 0.99), beta=st.floats(0, 20), right=st.floats(0, 10), wrong=st.floats(-10, 10),
)  # fmt: skip
@settings(max_examples=8)
def test_promises_hold_for_any_parameters(seed, prior, days, forget, alpha, beta, right, wrong):
    c, common = check_curriculum(), {"population": DIFFERENT, "prior": prior, "prior_days": days}
    models = (
        ExponentialForgetting(c, forget=forget, forget_sd=2.0, **common),
        HalfLife(c, right=right, wrong=wrong, bias_sd=1.0, **common),
        Memorize(c, alpha=alpha, beta=beta, forget=forget, **common),
        DHP(c, **common),
    )
    for model in models:
        rng, state = np.random.default_rng(seed), cohort(model, 12, seed)
        for _ in range(12):
            before, items = model.mastery(state), rng.integers(-1, c.n_items, 12)
            gain = model.expected_gain(state)
            assert np.isfinite(gain).all()
            model.step(state, items, rng.random((12, model.lesson_draws)), allocate_outcome(12))
            middle = model.mastery(state)
            untaught = ~(c.q[items] & (items >= 0)[:, None])
            assert (middle <= before + 1e-12)[untaught].all()
            told, pass_by = model.forecast(state, np.full(12, days))[1], state.copy()
            wait(model, pass_by, days)
            assert np.array_equal(model.mastery(pass_by), told)
            wait(model, state, rng.random())
            assert (model.mastery(state) <= middle + 1e-12).all()
            assert ((model.p_all(state) >= 0) & (model.p_all(state) <= 1)).all()


def test_a_million_students_with_thirty_facts_fit_in_eight_gibibytes():
    assert all(model(chain(30)).dtype.itemsize <= 8 * 1024 for model in MODELS)


GOLDEN = {
    ExponentialForgetting: "a4dd82991915df0a",
    HalfLife: "11f9e7b480a80d23",
    Memorize: "8d21bd82778f8b5f",
    DHP: "8604e7b49065baf7",
}


@pytest.mark.parametrize("model_class", MODELS)
def test_the_trajectory_of_the_first_release(model_class):
    """Golden: a change here is a change of every scenario with these students, and needs new versions of them."""
    seen = after_golden_lessons(model_class(check_curriculum(), population=DIFFERENT), days=0.25)
    digest = hashlib.sha256((np.round(seen, 10) + 0.0).tobytes()).hexdigest()[:16]
    assert digest == GOLDEN[model_class]


@pytest.mark.parametrize(
    ("model_class", "arguments", "message"),
    [
        (
            ExponentialForgetting,
            {"forget": 0.0},
            "forget=0.0 must be a number in .*: it is a rate per day",
        ),
        (ExponentialForgetting, {"only_when_right": 1}, "only_when_right=1 must be true or false"),
        (ExponentialForgetting, {"forget": [0.1, 0.2]}, "forget has 2 numbers for 4 skills"),
        (HalfLife, {"right": -0.0061}, "right=-0.0061 must be .*: right answers must not shorten the half-life"),
        (HalfLife, {"prior": 1.5, "plus": -1}, "plus=-1 must be .* prior=1.5 must be"),
        (Memorize, {"alpha": -0.004}, "alpha=-0.004 must be .*: a right answer must not raise the forgetting rate"),
        (Memorize, {"beta": -0.1}, "beta=-0.1 must be .*: a wrong answer must not lower the forgetting rate"),
        (DHP, {"difficulty": 19}, r"difficulty=19 must be a number in \[1, 18\]"),
        (DHP, {"recalled": [1, 2]}, "recalled=.* must be four numbers: a, b, c, e"),
        (DHP, {"population": Population(sd={"speed": 1.0})}, "speed"),
    ],
)
def test_mistakes_are_told(model_class, arguments, message):
    with pytest.raises(InputError, match=message):
        model_class(check_curriculum(), **arguments)
