"""MCM students: against hand computation, exact enumeration, a second implementation, and their promises."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from zpdgym.students import MCM, InputError, Population, allocate_outcome, check_student
from zpdgym.students.check import check_curriculum
from zpdgym.students.curriculum.builders import chain
from zpdgym.students.memory.mcm import MATERIALS

from tests.helpers import COMPILED, cohort
from tests.students.lessons import digest_of_lessons_and_rests, side_by_side

DIFFERENT = Population([{"name": "all", "share": 1.0, "shift": {"forget": 0.2}}], sd={"forget": 0.4, "encode": 0.5})
THREE = {"mu": 1.0, "nu": 2.0, "omega": 1.0, "xi": 0.5, "integrators": 3}  # tau 2, 4, 8 days; gamma 4/7, 2/7, 1/7


def study(model, state, *, day, recalled=True, encoded=True, item=0):
    """One lesson on this day, with the luck that decides its two chances as asked."""
    n, state["clock"] = len(state), day
    luck = np.full((n, model.lesson_draws), 0.0)
    luck[:, 0::2] = 0.0 if recalled else 1.0 - 1e-12
    luck[:, 1::2] = 0.0 if encoded else 1.0 - 1e-12
    return model.step(state, np.full(n, item), luck, allocate_outcome(n))


def test_the_cascade_is_the_papers():
    model = MCM(chain(1), **THREE)
    assert model.tau == pytest.approx([2.0, 4.0, 8.0])
    assert model.gamma == pytest.approx([4 / 7, 2 / 7, 1 / 7])
    for material, (mu, nu, omega, xi) in MATERIALS.items():
        model = MCM(chain(1), material=material)
        total = sum(xi**i for i in range(1, 101))
        assert model.omega == omega
        assert model.tau == pytest.approx([mu * nu**i for i in range(1, len(model.tau) + 1)])
        assert model.gamma == pytest.approx([xi**i / total for i in range(1, len(model.tau) + 1)], rel=1e-8)
        assert model.gamma.sum() == pytest.approx(1.0, abs=1e-12)
    assert [len(MCM(chain(1), material=m).tau) for m in MATERIALS] == [30, 19, 100]


def test_two_studies_by_hand():
    """Three integrators, studied on day 0 and day 3, recalled then; every number written out."""
    model = MCM(chain(1), **THREE)
    state = cohort(model)
    assert model.strength(state)[0, 0] == 0.0
    study(model, state, day=0.0, recalled=False)
    assert state["store"][0, 0, :3].tolist() == [1.0, 1.0, 1.0]  # epsilon 1, nothing was there
    state["clock"] = 3.0
    x = [math.exp(-3 / 2), math.exp(-3 / 4), math.exp(-3 / 8)]
    s = [x[0], (4 * x[0] + 2 * x[1]) / 6, (4 * x[0] + 2 * x[1] + x[2]) / 7]
    assert model.strength(state)[0, 0] == pytest.approx(s[2], abs=1e-14)
    assert model.mastery(state)[0, 0] == pytest.approx(s[2], abs=1e-14)
    failed = state.copy()
    assert study(model, state, day=3.0)["correct"][0]
    assert state["store"][0, 0, :3] == pytest.approx([x[i] + 9 * (1 - s[i]) for i in range(3)], abs=1e-14)
    assert not study(model, failed, day=3.0, recalled=False)["correct"][0]
    assert failed["store"][0, 0, :3] == pytest.approx([x[i] + 1 - s[i] for i in range(3)], abs=1e-14)
    state["clock"] = failed["clock"] = 13.0
    weights, leak = [4 / 7, 2 / 7, 1 / 7], [math.exp(-10 / 2), math.exp(-10 / 4), math.exp(-10 / 8)]
    after = sum(w * e * (x[i] + 9 * (1 - s[i])) for i, (w, e) in enumerate(zip(weights, leak, strict=True)))
    assert model.strength(state)[0, 0] == pytest.approx(after, abs=1e-14)
    after = sum(w * e * (x[i] + 1 - s[i]) for i, (w, e) in enumerate(zip(weights, leak, strict=True)))
    assert model.strength(failed)[0, 0] == pytest.approx(after, abs=1e-14)


def test_strength_may_exceed_one_and_recall_may_not():
    model = MCM(chain(1), **THREE)
    state = cohort(model)
    for day in (0.0, 4.0):
        study(model, state, day=day)
    full = state["store"].copy()
    state["clock"] = 4.0
    assert model.strength(state)[0, 0] > 1.0
    assert model.mastery(state)[0, 0] == 1.0
    study(model, state, day=4.0)  # all s_i are above 1 now: nothing is added, and nothing taken away
    assert np.array_equal(state["store"], full)


def test_a_lesson_that_is_not_encoded_leaves_the_memory_as_it_was():
    model = MCM(chain(1))
    state = cohort(model)
    study(model, state, day=0.0)
    state["clock"] = 2.0
    before = model.strength(state).copy()
    study(model, state, day=2.0, encoded=False)
    state["clock"] = 2.0
    assert model.strength(state) == pytest.approx(before, abs=1e-15)


def enumerate_recall(days, test, mu, nu, omega, xi, n=100):
    """Exact expected recall after studies on these days, over all ways in which recall and encoding may have gone."""
    tau = [mu * nu**i for i in range(1, n + 1)]
    gamma = [xi**i for i in range(1, n + 1)]
    below = np.cumsum(gamma)
    ways = [(1.0, [0.0] * n)]
    for position, day in enumerate([*days, test]):
        gap = day - days[position - 1] if position else 0.0
        ways = [(w, [v * math.exp(-gap / t) for v, t in zip(x, tau, strict=True)]) for w, x in ways]
        recall = [min(1.0, sum(g * v for g, v in zip(gamma, x, strict=True)) / below[-1]) for _, x in ways]
        if position == len(days):
            return sum(w * r for (w, _), r in zip(ways, recall, strict=True))
        split = []
        for (w, x), r in zip(ways, recall, strict=True):
            s = np.cumsum(np.array(gamma) * x) / below
            split.append((w * (1 - omega), x))
            for chance, size in ((r, 9.0), (1 - r, 1.0)):
                split.append((w * omega * chance, [v + size * max(0.0, 1 - si) for v, si in zip(x, s, strict=True)]))
        ways = [(w, x) for w, x in split if w > 0.0]
    raise AssertionError


@pytest.mark.parametrize("material", MATERIALS)
def test_mean_recall_is_that_of_exact_enumeration(material):
    """All outcomes of three studies, with all 100 integrators of the paper, against a cohort's mean."""
    model, n = MCM(chain(1), material=material), 20000 if COMPILED else 40
    state, rng = cohort(model, n), np.random.default_rng(5)
    exact = [enumerate_recall([0.0, 2.0, 9.0][:k], (0.0, 2.0, 9.0, 30.0)[k], *MATERIALS[material]) for k in (1, 2, 3)]
    for day, following, expected in zip((0.0, 2.0, 9.0), (2.0, 9.0, 30.0), exact, strict=True):
        state["clock"] = day
        model.step(state, np.zeros(n, np.int64), rng.random((n, 2)), allocate_outcome(n))
        state["clock"] = following
        recall = model.mastery(state)[:, 0]
        assert recall.mean() == pytest.approx(expected, abs=4.5 * recall.std() / n**0.5 + 1e-7)


def test_the_best_spacing_is_neither_none_nor_all_of_the_retention_interval():
    """Two studies of foreign words and a test ten days later: recall rises with the gap, then falls (exact)."""
    recall = [enumerate_recall([0.0, gap], gap + 10.0, *MATERIALS["swahili"]) for gap in (0.01, 1.0, 3.0, 10.0, 60.0)]
    best = int(np.argmax(recall))
    assert 0 < best < 4
    assert recall[best] > recall[0] + 0.1
    assert recall[best] > recall[4] + 0.02


@pytest.mark.parametrize(
    "arguments", [{}, {"population": DIFFERENT, "material": "facts", "boost": 4.0, **THREE, "omega": 0.8}]
)
def test_lessons_equal_a_second_implementation(arguments):
    side_by_side(MCM(check_curriculum(), **arguments), n=10, lessons=30 if COMPILED else 5, days=(0.0, 0.5, 3.0))


@pytest.mark.parametrize(
    "arguments", [{}, {"population": DIFFERENT, "material": "objects", "omega": 1.0, "integrators": 5}]
)
@pytest.mark.parametrize("curriculum", [check_curriculum(), chain(30)])
@pytest.mark.skipif(not COMPILED, reason="a million lessons")
def test_the_model_keeps_its_promises(arguments, curriculum):
    check_student(MCM(curriculum, **arguments), n=16)


@given(mu=st.floats(1e-6, 1e6), nu=st.floats(1, 100), omega=st.floats(0, 1), xi=st.floats(1e-6, 1),
       boost=st.floats(0, 1000), integrators=st.integers(1, 120), seed=st.integers(0, 1000))  # fmt: skip
@settings(max_examples=15 if COMPILED else 1)
def test_promises_hold_for_any_parameters(mu, nu, omega, xi, boost, integrators, seed):
    model = MCM(check_curriculum(), mu=mu, nu=nu, omega=omega, xi=xi, boost=boost, integrators=integrators)
    rng, state = np.random.default_rng(seed), cohort(model, 10, seed)
    for _ in range(15 if COMPILED else 3):
        model.step(state, rng.integers(-1, 10, 10), rng.random((10, model.lesson_draws)), allocate_outcome(10))
        after, days = model.mastery(state), rng.choice([0.0, 0.1, 10.0], 10)
        expected = model.forecast(state, days)[1]
        assert np.isfinite(model.expected_gain(state)).all()
        model.elapse(state, days, np.empty((10, 0)))
        later = model.mastery(state)
        assert later == pytest.approx(expected, abs=1e-9)
        assert (later <= after + 1e-12).all()
        assert ((later >= 0) & (later <= 1)).all()


def test_exceptions_are_real():
    """A lesson's minutes let everything else fade; a skill can be learnt before its prerequisites."""
    model = MCM(chain(2))
    state = cohort(model)
    study(model, state, day=0.0, item=1)
    assert model.mastery(state)[0, 0] == 0.0 < model.mastery(state)[0, 1]
    before = model.mastery(state)[0, 1]
    study(model, state, day=float(state["clock"][0]), item=0)
    assert model.mastery(state)[0, 1] < before


def test_lessons_without_an_answer_store_as_after_failed_recall():
    model = MCM(check_curriculum(), **THREE)  # item 0 is practice on skill 0, item 1 an example
    example, failed = cohort(model), cohort(model)
    for state, item in ((example, 1), (failed, 0)):
        study(model, state, day=0.0)
        out = study(model, state, day=2.0, recalled=item == 1, item=item)
        assert (bool(out["answered"][0]), bool(out["correct"][0])) == (item == 0, False)
    assert np.array_equal(example["store"], failed["store"])


def test_the_trajectory_of_the_first_release():
    """Golden: a change here is a change of every scenario with these students."""
    assert digest_of_lessons_and_rests(MCM(check_curriculum(), population=DIFFERENT)) == "d4e6d4bde9df7ea5"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"material": "swahilli"}, "unknown material 'swahilli'. Did you mean 'swahili'"),
        ({"mu": 0}, "mu=0 must be a number in .* it is in days"),
        ({"omega": 1.5}, r"omega=1.5 must be a number in \[0, 1\]: it is a probability"),
        ({"integrators": 0}, "integrators=0 must be a whole number"),
        ({"integrators": True}, "integrators=True"),
        ({"nu": 0.5, "xi": 2, "boost": -1}, r"nu=0.5.*xi=2.*boost=-1"),
        ({"population": Population(sd={"speed": 1.0})}, "speed"),
    ],
)
def test_mistakes_are_told(arguments, message):
    with pytest.raises(InputError, match=message):
        MCM(check_curriculum(), **arguments)
