"""Moods, response times and hints around any student: against plain Python, alone and stacked, ours and a user's."""

import hashlib
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from zpdgym.students import (
    BKT,
    KT6KC,
    Affect,
    Hints,
    InputError,
    MinutesByOutcome,
    Population,
    ResponseTime,
    allocate_outcome,
    check_student,
)
from zpdgym.students.check import check_curriculum
from zpdgym.students.curriculum.builders import chain

from tests.helpers import COMPILED, cohort
from tests.students.layers.inside import BAND, without_effects
from tests.students.lessons import side_by_side

LAYERS = {
    Affect: {"sd": {"engagement": 1.0, "learn": 0.4}},
    ResponseTime: {"sd": {"speed": 0.3, "learn": 0.4}, "correlation": {"learn,speed": 0.5}},
    Hints: {"sd": {"patience": 1.0, "learn": 0.4}},
    MinutesByOutcome: {"sd": {"learn": 0.4}},
}


class Chooser:
    """A user's student, in plain NumPy with small fields: four options, ratings, and a p_all that is its own state."""

    reset_draws, lesson_draws, rest_draws = 1, 1, 0
    discrete, mastered_at, ready_at = False, 0.95, 0.5
    reports, invariants = frozenset({"option", "rating"}), frozenset({"answer_then_learn", "time_changes_nothing"})

    def __init__(self, curriculum):
        self.curriculum, self.population = curriculum, Population()
        shape = (curriculum.n_items,)
        self.dtype = np.dtype([("group", np.int32), ("seen", np.int8), ("p", np.float64, shape), ("last", np.bool_)])

    def allocate(self, n):
        return np.zeros(n, self.dtype)

    def reset(self, state, rows, u):
        state["group"][rows], state["seen"][rows], state["last"][rows] = 0, 0, False
        state["p"][rows] = 0.2 + 0.6 * u[:, :1]

    def p_all(self, state):
        return state["p"]

    def p_correct(self, state, items):
        return np.where(items >= 0, state["p"][np.arange(len(state)), items], 0.0)

    def step(self, state, items, u, out):
        assert u.shape[1] == 1
        taught = items >= 0
        correct = taught & (u[:, 0] < self.p_correct(state, items))
        out["answered"], out["correct"] = taught, correct
        out["minutes"] = np.where(taught, self.curriculum.minutes[items], 0.0)
        out["option"] = np.where(taught, np.where(correct, 0, 2), -1)
        out["rating"] = np.where(taught, np.where(correct, 3, 1), 0)
        state["seen"][taught] = 1
        state["last"][taught] = correct[taught]
        state["p"][taught, items[taught]] += 0.1 * (1 - state["p"][taught, items[taught]])
        return out

    def elapse(self, state, days, u):
        pass

    def mastery(self, state):
        return state["p"].copy()

    def mastery_sum(self, state, out):
        return np.sum(state["p"], axis=1, out=out)


def teach_both(model, n=12):
    """The model and its plain version must agree event by event; what happened on the way."""
    happened = set()

    def note(state, plain, out):
        happened.update(field for field in ("quit", "hints") if out[field].any())

    side_by_side(model, n=n, days=(0.0, 0.0, 0.0, 0.0, 2.0), watch=note)
    return happened


@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize("inner", ["bkt", BAND], ids=["bkt", "band"])
def test_lessons_equal_a_second_implementation(layer, inner):
    happened = teach_both(layer(check_curriculum(), student=inner, population=Population(**LAYERS[layer])))
    assert happened >= {Affect: {"quit"}, Hints: {"hints"}}.get(layer, set())


@pytest.mark.parametrize("layer", LAYERS)
def test_so_they_do_around_students_who_learn_first_and_answer_then(layer):
    teach_both(layer(chain(6), student="kt6kc"))


def test_and_stacked():
    section = {"_target_": "zpdgym.students.Affect", "student": BAND}
    model = ResponseTime(
        check_curriculum(),
        student={"_target_": "zpdgym.students.Hints", "student": section, "scored_right": False},
        population=Population(
            [{"name": "a", "share": 0.5, "shift": {"speed": 0.4}}, {"name": "b", "share": 0.5}],
            sd={"engagement": 1.0, "patience": 0.5, "ability": 0.5},
            correlation={"ability,engagement": 0.6, "engagement,patience": -0.3},
        ),
    )
    assert teach_both(model) == {"quit", "hints"}
    assert model.traits == ("ability", "learn", "forget", "engagement", "patience", "speed")


@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize("inner", ["bkt", "bkt_forgetting", BAND, "kt6kc", "fsrs6", "chooser"], ids=str)
def test_a_layer_around_any_student_keeps_that_students_promises(layer, inner):
    curriculum = chain(6) if inner in ("kt6kc", "chooser") else check_curriculum()
    model = layer(curriculum, student=Chooser(curriculum) if inner == "chooser" else inner)
    report = check_student(model)
    assert set(report.invariants) == model.student.invariants
    assert hasattr(model, "expected_gain") == hasattr(model.student, "expected_gain")
    assert hasattr(model, "forecast") == (hasattr(model.student, "forecast") and layer is not Hints)


@pytest.mark.parametrize("scored", [True, False])
def test_a_stack_of_layers_keeps_them_too(scored):
    c = check_curriculum()
    model = ResponseTime(c, student=Hints(c, student=Affect(c, student="bkt"), scored_right=scored))
    check_student(model)
    assert model.reports == {"hints", "quit"}
    assert isinstance(model.student.student.student, BKT)


def test_the_record_of_the_student_inside_comes_first():
    c = check_curriculum()
    for layer in LAYERS:
        model = layer(c, student="bkt")
        inner = model.student.dtype
        assert model.dtype.names[: len(inner.names)] == inner.names
        assert [model.dtype.fields[n] for n in inner.names] == [inner.fields[n] for n in inner.names]
        assert model.dtype.itemsize - inner.itemsize <= (c.n_items if layer is MinutesByOutcome else 4) * 8


def test_layers_that_do_nothing_change_nothing():
    """The same luck, with and without layers: the same answers and knowledge."""
    c, rng, n = check_curriculum(), np.random.default_rng(0), 20
    bare = BKT(c, forget=0.05)
    wrapped = ResponseTime(
        c, student=Hints(c, student=Affect(c, student=bare, **without_effects()), base=-50.0, difficulty=0.0), rapid=0.0
    )
    u = rng.random((n, wrapped.reset_draws))
    a, b = bare.allocate(n), wrapped.allocate(n)
    bare.reset(a, np.arange(n), u[:, : bare.reset_draws].copy())
    wrapped.reset(b, np.arange(n), u)
    for _ in range(20):
        items, luck = rng.integers(-1, c.n_items, n), rng.random((n, wrapped.lesson_draws))
        x = bare.step(a, items, luck[:, : bare.lesson_draws].copy(), allocate_outcome(n))
        y = wrapped.step(b, items, luck, allocate_outcome(n))
        assert np.array_equal(x["correct"], y["correct"])
        assert wrapped.p_all(b) == pytest.approx(bare.p_all(a), abs=1e-15)
        assert np.array_equal(bare.expected_gain(a), wrapped.expected_gain(b))
        for model, state in ((bare, a), (wrapped, b)):
            model.elapse(state, np.full(n, 0.5), np.empty((n, 0)))
    assert np.array_equal(a["left"], b["left"])
    assert y["minutes"].std() > x["minutes"].std()


def test_an_answer_that_a_layer_changes_carries_no_option_and_the_rating_that_fits():
    c = chain(6)
    hints = Hints(c, student=Chooser(c), base=50.0, difficulty=0.0, help=1.0)
    out = hints.step(cohort(hints, 5), np.zeros(5, np.int64), np.full((5, 4), 0.999), allocate_outcome(5))
    assert out["correct"].all()
    assert set(out["option"]) == {-1}
    assert set(out["rating"]) == {2}
    careless = Affect(c, student=Chooser(c), careless={"flow": 1.0})
    out = careless.step(cohort(careless, 5), np.zeros(5, np.int64), np.zeros((5, 5)), allocate_outcome(5))
    assert not out["correct"].any()
    assert set(out["option"]) == {-1}
    assert set(out["rating"]) == {1}
    honest = Affect(c, student=Chooser(c))
    out = honest.step(cohort(honest, 5), np.zeros(5, np.int64), np.zeros((5, 5)), allocate_outcome(5))
    assert set(out["option"]) == {0}
    assert set(out["rating"]) == {3}


def test_a_trait_that_layer_and_student_have_is_one_and_the_same():
    model = Affect(
        check_curriculum(), student="difficulty_band", population=Population(sd={"engagement": 1.0, "ability": 1.0})
    )
    state = cohort(model, 20)
    assert np.array_equal(state["affect_engagement"], state["engagement"])
    assert model.reset_draws == model.student.reset_draws
    assert "engagement" in model.student.traits


def test_traits_of_layer_and_student_correlate_and_share_the_group():
    population = Population(
        [{"name": "quick", "share": 0.5, "shift": {"speed": 1.0, "learn": 1.0}}, {"name": "slow", "share": 0.5}],
        sd={"speed": 0.5, "ability": 0.5}, correlation={"ability,speed": 0.8},
    )  # fmt: skip
    model, n = ResponseTime(check_curriculum(), student="bkt", population=population), 4000 if COMPILED else 400
    state = cohort(model, n)
    quick = state["group"] == 0
    assert state["time_speed"][quick].mean() == pytest.approx(1.0, abs=0.1)
    assert state["time_speed"][~quick].mean() == pytest.approx(0.0, abs=0.1)
    assert np.array_equal(np.log(state["learn"]) > 0.5, quick)
    own = state["time_speed"] - quick
    assert np.corrcoef(own, state["ability"])[0, 1] == pytest.approx(0.8, abs=0.03 if COMPILED else 0.1)
    bare = BKT(check_curriculum(), population=population.only(BKT.traits))
    alone = bare.allocate(n)
    bare.reset(
        alone, np.arange(n), np.random.default_rng(0).random((n, model.reset_draws))[:, : bare.reset_draws].copy()
    )
    assert all(np.array_equal(alone[name], state[name]) for name in alone.dtype.names)


@given(
    attention=st.floats(0, 0.8), careless=st.floats(0, 1), gaming=st.floats(0, 0.2), help_=st.floats(0, 1),
    rapid=st.floats(0, 1), spread=st.floats(0, 3), seed=st.integers(0, 1000),
)  # fmt: skip
@settings(max_examples=8)
def test_promises_hold_for_any_parameters(attention, careless, gaming, help_, rapid, spread, seed):
    c, rng = check_curriculum(), np.random.default_rng(seed)
    moods = {name: dict.fromkeys(("flow", "confused", "frustrated", "bored"), value) for name, value in (
        ("attention", attention), ("careless", careless), ("gaming", gaming))}  # fmt: skip
    model = ResponseTime(
        c, student=Hints(c, student=Affect(c, student="bkt", **moods), help=help_), rapid=rapid, spread=spread
    )
    state = cohort(model, 10, seed)
    for _ in range(8):
        before = model.mastery(state)
        out = model.step(state, rng.integers(-1, 10, 10), rng.random((10, model.lesson_draws)), allocate_outcome(10))
        assert (model.mastery(state) >= before).all()
        assert np.isfinite(out["minutes"]).all()
        assert not (out["correct"] & ~out["answered"]).any()
        p, gain = model.p_all(state), model.expected_gain(state)
        assert ((p >= 0) & (p <= 1)).all()
        assert (gain <= model.student.student.student.expected_gain(state) + 1e-12).all()
        model.elapse(state, rng.random(10), np.empty((10, 0)))


def test_the_trajectory_of_the_first_release():
    """Golden: a change here is a change of every scenario with these students, and needs new versions of them."""
    c = check_curriculum()
    model = ResponseTime(
        c, student=Hints(c, student=Affect(c, student="bkt")), population=Population(sd={"speed": 0.3})
    )
    rng, n = np.random.default_rng(5), 8
    state, seen = cohort(model, n), []
    for t in range(20):
        out = model.step(state, (np.arange(n) + t) % 10, rng.random((n, model.lesson_draws)), allocate_outcome(n))
        model.elapse(state, np.full(n, 0.5 * (t % 5 == 4)), np.empty((n, 0)))
        seen += [out["correct"], out["hints"], np.round(out["minutes"], 9)]
    seen += [np.round(model.p_all(state), 10), np.round(model.mastery(state), 10)]
    text = b"".join(np.asarray(x, np.float64).tobytes() for x in seen)
    assert hashlib.sha256(text).hexdigest()[:16] == "5914553aede95cf0"


def test_layers_travel_to_other_processes():
    c = check_curriculum()
    model = ResponseTime(c, student=Hints(c, student=Affect(c, student="bkt")))
    again = pickle.loads(pickle.dumps(model))
    assert cohort(model, 3).tobytes() == cohort(again, 3).tobytes()
    assert not hasattr(again, "forecast")  # hints have none
    assert hasattr(pickle.loads(pickle.dumps(Affect(c, student="bkt"))), "forecast")


@pytest.mark.parametrize(
    ("layer", "arguments", "message"),
    [
        (Affect, {"attention": {"bored": 1.2}}, r"attention.bored=1.2 must be a number in \[0, 1\]: it is a prob"),
        (Affect, {"attention": {"board": 0.2}}, "unknown mood in attention 'board'. Did you mean 'bored'"),
        (Affect, {"attention": 0.2}, "attention must map moods to numbers, not 0.2"),
        (Affect, {"gaming": {"flow": 0.1}}, "attention.flow=1 and gaming.flow=0.1 must sum to at most 1"),
        (Affect, {"quit_base": "low", "boredom": -1}, "boredom=-1.*quit_base='low'"),
        (Affect, {"population": Population(sd={"engagment": 1.0})}, r"Affect \(BKT\).*Did you mean 'engagement'"),
        (Affect, {"student": 3}, "student=3 must be a student model, a specification or a name"),
        (Affect, {"student": "btk"}, "unknown student 'btk'. Did you mean 'bkt'"),
        (Affect, {"student": {"_target_": "zpdgym.students.BKT", "lern": 1}}, "Did you mean .*learn"),
        (Affect, {"student": {"_target_": "zpdgym.students.Affect", "student": "bkt"}}, "one layer is enough"),
        (Affect, {"student": KT6KC(chain(6))}, "the KT6KC inside was built for the curriculum 'chain', not 'check'"),
        (
            Affect,
            {"student": BKT(check_curriculum()), "population": Population(sd={"learn": 1.0})},
            "the BKT inside was built with a population of its own; give its specification instead",
        ),
        (ResponseTime, {"spread": -1, "rapid": 2}, "spread=-1.*rapid=2"),
        (MinutesByOutcome, {"first": [1, 1, 1]}, "first has 3 numbers, must have 4: one for each rating"),
        (
            MinutesByOutcome,
            {"first": 1, "later": [1, 1, 0, 1]},
            r"first=1 must be a list.*later\[2\]=0 must be a number in",
        ),
        (Hints, {"most": 0}, r"most=0 must be a whole number in \[1, 20\]"),
        (Hints, {"scored_right": "yes"}, "scored_right='yes' must be true or false"),
        (
            Affect,
            {
                "student": {"_target_": "zpdgym.students.Mixture", "students": ["bkt", BAND]},
                "population": Population(correlation={"engagement,learn": 0.5}),
            },
            "put Affect around each student of the mixture instead",
        ),
    ],
)
def test_mistakes_are_told(layer, arguments, message):
    with pytest.raises(InputError, match=message):
        layer(check_curriculum(), **{"student": "bkt", **arguments})


def test_a_model_may_be_given_with_a_population_of_the_layer_alone():
    c = check_curriculum()
    model = Affect(c, student=BKT(c), population=Population(sd={"engagement": 1.0}))
    assert cohort(model, 50)["affect_engagement"].std() > 0.5
    assert Affect(c, student=BKT(c, population=Population(sd={"learn": 1.0}))).population.sd == {"learn": 1.0}
