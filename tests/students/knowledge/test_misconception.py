"""Students with misconceptions: against plain Python, against exact chains, and what the chosen option is worth."""

import hashlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from zpdgym.students import InputError, Population, allocate_outcome, check_student
from zpdgym.students.check import check_curriculum
from zpdgym.students.curriculum.builders import chain, random_dag
from zpdgym.students.knowledge.misconception import Misconceptions

from benchmarks.published.misconceptions import (
    BOTH,
    NONE,
    ONE,
    TELLS,
    TWO,
    information,
    misconceptions,
    questions,
)
from benchmarks.published.misconceptions import PUPILS as MANY
from tests.helpers import cohort
from tests.students.lessons import golden_lessons, side_by_side

DIFFERENT = Population(
    [{"name": "fast", "share": 0.4, "shift": {"learn": 0.8}}, {"name": "prone", "share": 0.6, "shift": {"bug": 0.5}}],
    sd={"prior": 0.8, "learn": 0.5, "bug": 0.4, "slip": 0.3},
)


def teach(model, state, items, rng):
    n = len(state)
    return model.step(state, np.broadcast_to(items, n), rng.random((n, model.lesson_draws)), allocate_outcome(n))


APPROACHES = {"example": [1.8, 0.5], "explanation": [1.4, 0.0], "guided": [0.6, 2.5]}


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"bugs": 3, "options": 5, "leak": 0.3},
        {"bugs": 1, "options": 2},
        {"approaches": APPROACHES, "guided_refutes": 1.0, "refute": 4.0, "stray": 0.4, "misconceived": 0.5},
    ],
)
def test_lessons_equal_plain_python(arguments):
    model = Misconceptions(check_curriculum(), population=DIFFERENT, prior=[0.5, 0.4, 0.3, 0.3], **arguments)

    def options_too(state, students, out):
        assert model.p_options(state, 9) == pytest.approx(np.array([s.p_options(9) for s in students]))

    side_by_side(model, n=40, lessons=40, watch=options_too)


def test_who_chooses_what():
    """Every state on every kind of item, by the page: known, unknown, bug 1, bug 2."""
    model = Misconceptions(questions(), diagnostic=TELLS, slip=0.1, stray=0.2)
    state = cohort(model, 4)
    state["mind"][:, 0] = 0, -1, 1, 2
    known, guess = [0.9, 1 / 30, 1 / 30, 1 / 30], [0.25] * 4
    first, second, by_accident = (
        [0.2 / 3, 0.8, 0.2 / 3, 0.2 / 3],
        [0.2 / 3, 0.2 / 3, 0.8, 0.2 / 3],
        [0.8, *[0.2 / 3] * 3],
    )
    assert model.p_options(state, BOTH) == pytest.approx(np.array([known, guess, first, second]))
    assert model.p_options(state, ONE) == pytest.approx(np.array([known, guess, first, by_accident]))
    assert model.p_options(state, NONE) == pytest.approx(np.array([known, guess, by_accident, by_accident]))
    assert model.p_all(state)[:, TWO] == pytest.approx([0.9, 0.25, 0.8, 0.2 / 3])


@pytest.mark.parametrize("mind", [0, -1, 1, 2])
def test_options_come_as_often_as_told(mind):
    model, rng = (
        Misconceptions(questions(), diagnostic=TELLS, learn=0, catch=0, stray=0.3, slip=0.3),
        np.random.default_rng(3),
    )
    state = cohort(model, MANY)
    state["mind"] = mind
    out = teach(model, state, BOTH, rng)
    found = np.bincount(out["option"], minlength=4) / MANY
    assert found == pytest.approx(model.p_options(state, BOTH)[0], abs=4.5 * 0.5 / MANY**0.5)
    assert np.array_equal(out["correct"], out["option"] == 0)


def test_of_two_skills_the_more_basic_one_that_errs_decides():
    c = check_curriculum()  # item 8: skills 0 and 1, and 1 needs 0
    model = Misconceptions(c, diagnostic={"item 8": [1, 2]}, slip=[0.1, 0.2, 0, 0], stray=0.05)
    state = cohort(model, 5)
    state["mind"][:, :2] = [[0, 0], [0, 2], [1, 2], [-1, 2], [1, -1]]
    p = model.p_options(state, 8)
    assert p[0] == pytest.approx([0.72, *[0.28 / 3] * 3])
    assert np.argmax(p, axis=1).tolist() == [0, 2, 1, 0, 1]
    assert p[3] == pytest.approx(0.25)


def chain_of_one_skill(model, item):
    """The exact transition matrix over unknown, known, bug 1, bug 2 by one lesson on an item, from the page."""
    t, b, r, u = model.learn[0], model.catch[0], model.sticky, model.refute
    leave = [t * r * (1 + (u - 1) * (1 - model.stray[0]) * model.diagnostic[item, bug]) for bug in (0, 1)]
    return np.array(
        [[1 - t - 2 * b, t, b, b], [0, 1, 0, 0], [0, leave[0], 1 - leave[0], 0], [0, leave[1], 0, 1 - leave[1]]]
    )


@pytest.mark.parametrize("item", [BOTH, ONE, NONE])
def test_the_learning_curve_is_the_exact_chain(item):
    model, rng = Misconceptions(questions(), diagnostic=TELLS), np.random.default_rng(4)
    state, matrix = cohort(model, MANY), chain_of_one_skill(model, item)
    expected = np.array([0.5, 0.2, 0.15, 0.15])
    for _ in range(6):
        found = [(state["mind"][:, 0] == mind).mean() for mind in (-1, 0, 1, 2)]
        assert found == pytest.approx(expected, abs=4.5 * 0.5 / MANY**0.5)
        one_each = cohort(model, 4)
        one_each["mind"][:, 0] = -1, 0, 1, 2
        assert model.expected_gain(one_each)[:, item] == pytest.approx(matrix[:, 1] - [0, 1, 0, 0])
        teach(model, state, item, rng)
        expected = expected @ matrix


@pytest.mark.parametrize("approach", ["practice", "example", "explanation", "guided"])
def test_approaches_teach_the_unknown_and_the_mistaken_differently(approach):
    """By the page: a factor on the odds of each; a wrong answer to a guided item refutes whichever bug it is."""
    c = chain(1, items=[{"approach": "practice"}, {"approach": approach}])
    model = Misconceptions(
        c, diagnostic={c.items[1]: [1]}, stray=0.3,
        approaches=APPROACHES, guided_refutes=0.5, refute=4.0,
    )  # fmt: skip
    new, stuck = APPROACHES.get(approach, (1.0, 1.0))
    asks, guided = approach in ("practice", "guided"), 0.5 if approach == "guided" else 0.0
    odds = 0.25 * stuck  # of learn = .2
    leave = odds / (1 + odds) * 0.4
    own, other, bug = leave * 4, leave * (1 + guided * 3), 0.05 if asks else 0.0
    learnt = 0.2 / 0.7 * new / (0.2 / 0.7 * new + 1 + 0.1 / 0.7) if asks else 0.25 * new / (1 + 0.25 * new)
    told = leave + asks * (0.7 * (own - leave) + 0.2 * (other - leave))
    untold = leave + asks * 0.3 * (other - leave)
    state = cohort(model, 4)
    state["mind"][:, 0] = -1, 0, 1, 2
    assert model.expected_gain(state)[:, 1] == pytest.approx([learnt, 0, told, untold])
    for mind, expected in ((-1, learnt), (1, told), (2, untold)):
        many, rng = cohort(model, MANY), np.random.default_rng(6)
        many["mind"] = mind
        teach(model, many, 1, rng)
        assert (many["mind"] == 0).mean() == pytest.approx(expected, abs=4.5 * (expected / MANY) ** 0.5)
        assert bug == 0 or mind != -1 or (many["mind"] == 2).any()


def test_the_option_tells_which_bug_and_right_or_wrong_does_not():
    model = Misconceptions(questions(), diagnostic=TELLS)
    assert information(model, BOTH, lambda option: option) == pytest.approx(0.7259, abs=1e-4)  # docs
    assert information(model, BOTH, lambda option: int(option > 0)) == pytest.approx(0.0, abs=1e-12)
    assert information(model, NONE, lambda option: option) == pytest.approx(0.0, abs=1e-12)
    assert information(model, ONE, lambda option: option) > 0.6


def test_the_posterior_finds_the_bug_from_the_options_chosen():
    """Bayes over the four states with ``p_options``; three lessons on an item that tells both bugs."""
    model, rng = Misconceptions(questions(), diagnostic=TELLS, learn=0, catch=0), np.random.default_rng(5)
    state, each = cohort(model, MANY), cohort(model, 4)
    each["mind"][:, 0] = -1, 0, 1, 2
    belief = np.tile([0.5, 0.2, 0.15, 0.15], (MANY, 1))
    for _ in range(3):
        option = teach(model, state, BOTH, rng)["option"]
        belief *= model.p_options(each, BOTH)[:, option].T
        belief /= belief.sum(axis=1, keepdims=True)
    truth = np.array([1, 2, 3, 0])[state["mind"][:, 0].astype(int)]  # mind -1 is the last of 0, 1, 2, -1
    bugged = truth >= 2
    assert belief[np.arange(MANY), truth][bugged].mean() > 0.7
    assert (belief.argmax(axis=1) == truth)[bugged].mean() > 0.7
    sure = belief.max(axis=1)
    right = belief.argmax(axis=1) == truth
    assert right.mean() == pytest.approx(sure.mean(), abs=4.5 * 0.5 / MANY**0.5)  # the posterior is calibrated


def test_a_tutor_who_minds_the_options_sets_more_pupils_right():
    """Of the items that tell one bug each: stay while the bug's option is chosen; else try the other one."""
    found = [figure.ours for figure in misconceptions() if "tutor" in figure.what]
    minding, taking_turns, always_telling, never_telling = found
    assert never_telling + 0.1 < taking_turns
    assert taking_turns + 0.05 < minding < always_telling
    exact = 1 - (1 - 0.08) ** 8, 1 - (1 - 0.08 * (1 + 1.5 * 0.9)) ** 8
    assert (never_telling, always_telling) == pytest.approx(exact, abs=4.5 * 0.5 / MANY**0.5)


def test_prerequisites_gate_what_is_learnt_and_not_what_is_got_wrong():
    for leak in (0.0, 0.5):
        model, rng = Misconceptions(chain(2), prior=0, misconceived=0, leak=leak), np.random.default_rng(7)
        state = cohort(model, MANY)
        teach(model, state, 1, rng)
        mind = state["mind"][:, 1]
        assert (mind == 0).mean() == pytest.approx(0.2 * leak, abs=4.5 * 0.5 / MANY**0.5 if leak else 0)
        assert (mind > 0).mean() == pytest.approx(0.1, abs=4.5 * 0.5 / MANY**0.5)
        assert model.expected_gain(state[mind < 0][:1])[0, 1] == pytest.approx(0.2 * leak)


def test_two_skills_of_one_item_do_not_open_each_other_in_one_lesson():
    model = Misconceptions(check_curriculum(), prior=0, misconceived=0, learn=1.0, catch=0)
    state = cohort(model)
    model.step(state, np.array([8]), np.full((1, model.lesson_draws), 0.5), allocate_outcome(1))
    assert state["mind"][0].tolist() == [0, -1, -1, -1]


def test_examples_teach_without_bugs_and_refute_none():
    c = check_curriculum()
    model, rng = Misconceptions(c, prior=0, misconceived=0, learn=0.3), np.random.default_rng(8)
    state = cohort(model, MANY)
    out = teach(model, state, 1, rng)
    assert not out["answered"].any()
    assert set(out["option"]) == {-1}
    assert (state["mind"][:, 0] == 0).mean() == pytest.approx(0.3, abs=4.5 * 0.5 / MANY**0.5)
    assert not (state["mind"] > 0).any()
    state["mind"][:, 0] = 1
    assert model.expected_gain(state[:1])[0, :2] == pytest.approx([0.3 * 0.4 * (1 + 1.5 * 0.9), 0.3 * 0.4])


def test_by_default_the_exam_tells_all_bugs_and_other_questions_take_turns():
    items = [
        {"approach": a, "difficulty": d, "minutes": 1.0}
        for a, d in (("example", 0.0), ("practice", -1.0), ("practice", 0.0), ("practice", 1.0), ("guided", 2.0))
    ]
    model = Misconceptions(chain(2, items=items))
    assert model.diagnostic.astype(int).tolist() == 2 * [[0, 0], [1, 0], [1, 1], [0, 1], [1, 0]]


def test_the_start_is_as_asked_and_prerequisites_come_first():
    model = Misconceptions(chain(3), prior=0.5, misconceived=0.3, bugs=3)
    mind = cohort(model, MANY)["mind"]
    assert [(mind[:, 0] == b).mean() for b in (0, 1, 2, 3)] == pytest.approx([0.5, 0.1, 0.1, 0.1], abs=2.5 / MANY**0.5)
    assert ((mind[:, 1] != 0) | (mind[:, 0] == 0)).all()
    assert [(mind[:, k] == 0).mean() for k in range(3)] == pytest.approx([0.5, 0.25, 0.125], abs=2.5 / MANY**0.5)
    assert (mind[:, 2] > 0).mean() == pytest.approx(0.3, abs=2.5 / MANY**0.5)


@pytest.mark.parametrize("arguments", [{}, {"population": DIFFERENT, "leak": 0.2, "bugs": 3, "options": 6}])
def test_the_model_keeps_its_promises(arguments):
    for c in (check_curriculum(), random_dag(12, seed=3, items=[{"difficulty": d} for d in (0.0, 1.0)])):
        report = check_student(Misconceptions(c, **arguments))
        assert ("no_learning_without_prerequisite" in report.invariants) == ("leak" not in arguments)


def test_the_exceptions_are_real():
    """A leak lets a skill be learnt without its prerequisite."""
    model = Misconceptions(chain(2), prior=0, misconceived=0, leak=1.0)
    state = cohort(model)
    model.step(state, np.array([1]), np.zeros((1, model.lesson_draws)), allocate_outcome(1))
    assert model.mastery(state)[0].tolist() == [0, 1]


@given(
    prior=st.floats(0, 1), learn=st.floats(0, 1), rest=st.floats(0, 1), slip=st.floats(0, 1), stray=st.floats(0, 1),
    sticky=st.floats(0, 1), refute=st.floats(1, 100), bugs=st.integers(1, 9), seed=st.integers(0, 1000),
)  # fmt: skip
@settings(max_examples=10)
def test_promises_hold_for_any_parameters(prior, learn, rest, slip, stray, sticky, refute, bugs, seed):
    model = Misconceptions(
        check_curriculum(), bugs=bugs, options=10, prior=prior, misconceived=(1 - prior) * rest, learn=learn,
        catch=(1 - learn) * rest / bugs, slip=slip, stray=stray, sticky=sticky, refute=refute,
    )  # fmt: skip
    rng, state = np.random.default_rng(seed), cohort(model, 20, seed)
    for _ in range(15):
        before = model.mastery(state)
        gain = model.expected_gain(state)
        assert ((gain >= 0) & (gain <= 4 - before.sum(axis=1)[:, None] + 1e-12)).all()
        out = teach(model, state, rng.integers(-1, 10, 20), rng)
        assert (model.mastery(state) >= before).all()
        assert np.isin(state["mind"], np.arange(-1, bugs + 1)).all()
        assert ((out["option"] >= -1) & (out["option"] < 10)).all()
        for item in (0, 8, 9):
            p = model.p_options(state, item)
            assert ((p >= 0) & (p <= 1)).all()
            assert p.sum(axis=1) == pytest.approx(1.0)


def test_the_trajectory_of_the_first_release():
    """Golden: a change here is a change of every scenario with these students, and needs new versions of them."""
    model = Misconceptions(check_curriculum(), population=DIFFERENT)
    told = list(golden_lessons(model))
    state, seen = told[-1][0], [out["option"].astype(np.float64) for _, out in told]
    seen += [model.p_all(state).ravel(), model.mastery(state).ravel()]
    digest = hashlib.sha256(np.round(np.concatenate(seen), 10).tobytes()).hexdigest()[:16]
    assert digest == "b1938f4bded7646b"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"bugs": 0}, r"bugs=0 must be a whole number in \[1, 9\]: every bug has an option of its own"),
        ({"bugs": 4, "options": 4}, "options=4 must be more than bugs=4"),
        ({"options": 2.5}, "options=2.5 must be a whole number"),
        ({"learn": 1.4}, r"learn=1.4 must be a number in \[0, 1\]"),
        ({"prior": 0.8}, "prior=0.8 and misconceived=0.3 of 'root' must sum to 1 or less"),
        ({"learn": 0.5, "catch": 0.3}, "learn=0.5 and 2 times catch=0.3 of 'root' must sum to 1 or less"),
        ({"refute": 0.5}, "refute=0.5 must be a number .* does not strengthen a bug"),
        ({"diagnostic": {"item 77": [1]}}, "unknown item in diagnostic 'item 77'"),
        ({"diagnostic": {"item 7": [3]}}, r"diagnostic\['item 7'\]\[0\]=3 must be a whole number in \[1, 2\]"),
        ({"diagnostic": {"item 7": 1}}, "'item 7' has 1, must have a list of bugs"),
        ({"diagnostic": [1, 2]}, "diagnostic must map items' names"),
        ({"population": Population(sd={"speed": 1.0})}, "speed"),
        ({"slip": 2, "leak": -1}, "slip=2.*leak=-1"),
    ],
)
def test_mistakes_are_told(arguments, message):
    with pytest.raises(InputError, match=message):
        Misconceptions(check_curriculum(), **arguments)
