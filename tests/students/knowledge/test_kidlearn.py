"""KidLearn students: against the plain ones, the equations of the source, and their promises."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from zpdgym.configs.build import build, read_choice
from zpdgym.students import InputError, KidLearnP, KidLearnQ, Population, allocate_outcome, check_student
from zpdgym.students.check import check_curriculum
from zpdgym.students.curriculum.builders import chain, random_dag
from zpdgym.students.curriculum.curriculum import PRACTICE

from benchmarks.published.knowledge import chances_of_the_steps
from tests.helpers import cohort, one_skill
from tests.students.lessons import digest_of_lessons, side_by_side

DIFFERENT = Population(
    [{"name": "quick", "share": 0.4, "shift": {"learn": 0.8}}, {"name": "others", "share": 0.6}],
    sd={"ability": 0.7, "learn": 0.5},
)
WITH_LIMITS = Population(sd={"ability": 0.7, "learn": 0.5, "comprehension": 0.6})


def ladder(*levels):
    """One skill with an item at each required level, and the model's ``required`` for them."""
    return one_skill(*[0.0] * len(levels)), list(levels)


def teach(model, state, item, *luck):
    return model.step(state, np.array([item]), np.array([luck]), allocate_outcome(1))


@pytest.mark.parametrize(("make", "population"), [(KidLearnQ, DIFFERENT), (KidLearnP, WITH_LIMITS)])
@pytest.mark.parametrize("share", [1.0, [0.7, 1.0, 0.4, 0.9]])
def test_lessons_equal_the_plain_students(make, population, share):
    numbers = {"start": [0.2, 0.1, 0.3, 0.0], "share": share, "answer_reach": 0.3, "ceiling": 0.95}
    side_by_side(make(check_curriculum(), population=population, **numbers), n=40, lessons=40)


@pytest.mark.parametrize("steepness", [10.0, 20.0])
def test_the_chance_to_learn_is_the_sources(steepness):
    """0 beyond .4, else 1 / (1 + exp(-K (c - q + .07))): 1/2 where .07 is missing."""
    c, levels = ladder(0.07, 0.2, 0.399, 0.401)
    model = KidLearnQ(c, required=levels, steepness=steepness)
    gain = model.expected_gain(cohort(model, 1))[0] / np.array(levels) * model.top[0]
    right = [1 / (1 + math.exp(steepness * (q - 0.07))) for q in levels[:3]]
    assert gain == pytest.approx([0.5, *right[1:], 0.0])


def test_the_answer_uses_its_own_offset():
    """The offset of .1 that the source documents: 1/2 where .1 is missing; 0 beyond .6."""
    c, levels = ladder(0.1, 0.5, 0.599, 0.601)
    model = KidLearnQ(c, required=levels)
    state = cohort(model, 1)
    assert model.p_all(state)[0, 0] == pytest.approx(0.5)
    assert model.p_all(state)[0, 2] == pytest.approx(1 / (1 + math.exp(20 * 0.499)))
    assert model.p_all(state)[0, 3] == 0.0
    state["level"] = 0.5
    assert model.p_all(state)[0, 1] == pytest.approx(1 / (1 + math.exp(-2)))


def test_an_item_of_several_skills_is_answered_with_their_geometric_mean():
    c = check_curriculum()
    model = KidLearnQ(c)
    state = cohort(model, 1)
    state["level"] = [[0.25, 0.15, 0.2, 0.05]]
    skills = [1, 2, 3]  # of item 9
    alone = [1 / (1 + math.exp(20 * (model.required[9, k] - state["level"][0, k] - 0.1))) for k in skills]
    assert model.p_all(state)[0, 9] == pytest.approx(math.prod(alone) ** (1 / 3))


def test_a_lesson_teaches_first_and_is_answered_then():
    c, levels = ladder(0.1)
    model = KidLearnQ(c, required=levels)
    state = cohort(model, 1)
    assert model.p_all(state)[0, 0] == pytest.approx(0.5)
    out = teach(model, state, 0, 0.8, 0.0)
    assert out["correct"][0]  # .8 is luck enough only for those who have just learnt it
    assert state["level"][0, 0] == 0.1


def test_a_success_climbs_to_the_items_level_or_a_share_of_the_way():
    c, levels = ladder(0.2, 0.3)
    for share, expected in ((1.0, 0.2), (0.25, 0.05)):
        model = KidLearnQ(c, required=levels, share=share)
        state = cohort(model, 1)
        teach(model, state, 0, 0.5, 0.0)
        assert state["level"][0, 0] == pytest.approx(expected)
        teach(model, state, 0, 0.5, 0.999)
        assert state["level"][0, 0] == pytest.approx(expected)


def test_no_skill_climbs_beyond_its_prerequisite():
    items = [{"difficulty": d} for d in (-1.0, 0.0, 1.0)]
    model = KidLearnQ(chain(2, items=items))
    state = cohort(model, 1)
    gain = model.expected_gain(state)[0]
    assert (gain[:3] > 0).any()
    assert not gain[3:].any()
    teach(model, state, 3, 0.5, 0.0)
    assert not state["level"].any()
    state["level"][0, 0] = model.required[1, 0]
    assert (model.expected_gain(state)[0, 3:] > 0).tolist() == [True, True, False]


def test_every_skill_of_any_network_can_be_learnt_completely():
    c = random_dag(12, seed=3, items=[{"difficulty": d} for d in (-1.0, 0.5, 1.5)])
    model = KidLearnQ(c)
    state, rng = cohort(model, 1), np.random.default_rng(0)
    for _ in range(3000):
        best = model.expected_gain(state).argmax(axis=1)
        model.step(state, best, rng.random((1, model.lesson_draws)), allocate_outcome(1))
    assert model.mastery(state).min() == 1.0


def test_difficulty_becomes_the_required_level_on_the_logit_scale():
    model = KidLearnQ(check_curriculum(), reference=0.25)
    logit = lambda p: math.log(p / (1 - p))  # noqa: E731
    assert model.required[0, 0] == pytest.approx(0.25)
    assert logit(model.required[5, 2]) == pytest.approx(logit(0.25) + 1.0)
    assert not model.required[0, 1:].any()
    assert model.top == pytest.approx(model.required.max(axis=0))


def test_no_shortcut_leads_up_a_skill():
    model = KidLearnQ(chain(1, items=[{"difficulty": d} for d in (-1.0, 0.0, 1.0)]))
    assert model.expected_gain(cohort(model, 1))[0, 2] == 0.0
    assert all(p > 0.1 for p in chances_of_the_steps())


def test_required_levels_may_be_given_per_item_or_per_item_and_skill():
    c = chain(2)
    assert np.array_equal(KidLearnQ(c, required=[0.3, 0.4]).required, [[0.3, 0.0], [0.0, 0.4]])
    assert np.array_equal(KidLearnQ(c, required=[[0.3, 0.9], [0.9, 0.4]]).required, [[0.3, 0.0], [0.0, 0.4]])


def test_comprehension_of_the_approach_multiplies_learning_and_answering():
    model = KidLearnP(check_curriculum())
    state, q = cohort(model, 200), KidLearnQ(check_curriculum())
    assert state["comprehension"].min() < 0.05
    assert state["comprehension"].max() > 0.95
    alike = q.allocate(200)
    q.reset(alike, np.arange(200), np.zeros((200, q.reset_draws)))
    factor = state["comprehension"][:, model.curriculum.approach]
    assert model.p_all(state) == pytest.approx(factor * q.p_all(alike))
    assert model.expected_gain(state) == pytest.approx(factor * q.expected_gain(alike))


def test_comprehension_stays_in_its_range_and_may_be_shifted():
    narrow = {"practice": [0.8, 1.0], "example": [0.0, 0.1]}
    state = cohort(KidLearnP(check_curriculum(), comprehension=narrow), 300)
    practice, example, explanation, _ = state["comprehension"].T
    assert 0.8 <= practice.min() <= practice.max() <= 1.0
    assert 0.0 <= example.min() <= example.max() <= 0.1
    assert 0.4 < explanation.mean() < 0.6
    low = Population([{"name": "low", "share": 1.0, "shift": {"comprehension": -2.0}}])
    shifted = cohort(KidLearnP(check_curriculum(), population=low, comprehension=narrow), 300)
    assert (shifted["comprehension"] < state["comprehension"]).all()


def test_a_student_who_makes_nothing_of_practice_learns_from_examples():
    model = KidLearnP(check_curriculum(), comprehension={"practice": [0, 0], "example": [1, 1]})
    gain = model.expected_gain(cohort(model, 1))[0]
    assert gain[1] > 0.0  # the example of the first skill
    assert not gain[model.curriculum.approach == PRACTICE].any()


@pytest.mark.parametrize(
    "model",
    [
        KidLearnQ(check_curriculum(), population=DIFFERENT, start=0.2),
        KidLearnP(check_curriculum(), population=WITH_LIMITS, share=0.6),
        KidLearnQ(random_dag(30, seed=1)),
    ],
    ids=["q", "p", "thirty skills"],
)
def test_the_model_keeps_its_promises(model):
    report = check_student(model)
    assert "learn_then_answer" in report.invariants
    assert "time_changes_nothing" in report.invariants


def test_the_exceptions_are_real():
    """No answer_then_learn, no lessons_change_nothing, and prerequisites limit the height but are no threshold."""
    items = [{"difficulty": d} for d in (-1.0, 0.0, 1.0)]
    model = KidLearnQ(chain(2, items=items))
    state = cohort(model, 1)
    state["level"][0, 0] = model.required[0, 0]
    before = model.mastery(state)[0]
    assert before[0] < model.ready_at
    out = teach(model, state, 3, 0.7, 0.0)
    assert model.mastery(state)[0, 1] > before[1]
    assert out["correct"][0]  # from what was known before, p was below .7


@given(
    start=st.floats(0, 1), reference=st.floats(0.01, 0.99), steepness=st.floats(0, 200), reach=st.floats(0, 1),
    share=st.floats(0.001, 1), seed=st.integers(0, 1000),
)  # fmt: skip
@settings(max_examples=10)
def test_promises_hold_for_any_parameters(start, reference, steepness, reach, share, seed):
    c = check_curriculum()
    model = KidLearnP(
        c, population=WITH_LIMITS, start=start, reference=reference, steepness=steepness, reach=reach, share=share
    )
    rng, state = np.random.default_rng(seed), cohort(model, 20, seed)
    for _ in range(15):
        before = model.mastery(state)
        for k in range(c.n_skills):
            assert (before[:, k] <= before[:, c.prerequisites[k]].min(axis=1, initial=1.0) + 1e-12).all()
        items = rng.integers(-1, c.n_items, 20)
        model.step(state, items, rng.random((20, model.lesson_draws)), allocate_outcome(20))
        after = model.mastery(state)
        assert (after >= before - 1e-12).all()
        assert not (after > before)[~(c.q[items] & (items >= 0)[:, None])].any()
        p, gain = model.p_all(state), model.expected_gain(state)
        assert ((p >= 0) & (p <= 1)).all()
        assert ((gain >= 0) & (gain <= 4)).all()


@pytest.mark.parametrize("name", ["kidlearn_q", "kidlearn_p"])
@pytest.mark.parametrize("curriculum", [check_curriculum(), random_dag(30, seed=2), chain(4)], ids=lambda c: c.name)
def test_the_configured_students_fit_any_curriculum(name, curriculum):
    model = build(read_choice("student", name) or {}, "student", curriculum=curriculum)
    assert model.expected_gain(cohort(model, 50)).max() > 0.0
    assert model.dtype.itemsize <= 8192


@pytest.mark.parametrize(("make", "digest"), [(KidLearnQ, "0315e9fd1ece71ec"), (KidLearnP, "413729fbf3b771fb")])
def test_the_trajectory_of_the_first_release(make, digest):
    """Golden: a change here is a change of every scenario with these students, and needs new versions of them."""
    assert digest_of_lessons(make(check_curriculum(), population=DIFFERENT, start=0.1)) == digest


@pytest.mark.parametrize(
    ("make", "arguments", "message"),
    [
        (KidLearnQ, {"reach": 1.4}, r"reach=1.4 must be a number in \[0, 1\]: levels lie between 0 and 1"),
        (KidLearnQ, {"share": 0}, "share=0 must be a number in .*: it is a share of the step"),
        (KidLearnQ, {"start": [0.1]}, "start has 1 numbers for 4 skills"),
        (KidLearnQ, {"required": [0.1]}, r"required has shape \(1,\), must be \(10,\) or \(10, 4\)"),
        (KidLearnQ, {"required": [0.1] * 9 + [1.2]}, r"required=1.2 of 'item 9' in 'left' must be in \(0, 1\]"),
        (KidLearnQ, {"required": "easy"}, "required='easy' must be one number per item"),
        (KidLearnQ, {"population": Population(sd={"prior": 1.0})}, "prior"),
        (KidLearnP, {"comprehension": {"game": [0, 1]}}, "unknown approach 'game'"),
        (KidLearnP, {"comprehension": {"practice": 0.5}}, "must be two numbers"),
        (KidLearnP, {"comprehension": {"practice": [0.5, 0.2]}}, r"must not fall: \[lowest, highest\]"),
        (KidLearnP, {"comprehension": [0, 1]}, "comprehension must map approaches"),
        (KidLearnP, {"ceiling": 2}, "KidLearnP: ceiling=2"),
        (KidLearnQ, {"offset": 2, "ceiling": -1}, r"offset=2.*ceiling=-1"),  # all that is wrong
    ],
)
def test_mistakes_are_told(make, arguments, message):
    with pytest.raises(InputError, match=message):
        make(check_curriculum(), **arguments)
