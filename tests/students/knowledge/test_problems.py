"""Problems of several steps: against a second implementation, and against lessons of one step each."""

import math
import pickle

import numpy as np
import pytest
import zpdgym
from hypothesis import given, settings
from hypothesis import strategies as st
from zpdgym.envs import Scenario
from zpdgym.students import BKT, OUTCOME, Curriculum, InputError, Population, allocate_outcome, check_student

from tests.helpers import COMPILED, cohort
from tests.students.lessons import side_by_side

DIFFERENT = Population(
    [{"name": "fast", "share": 0.4, "shift": {"learn": 0.8}}, {"name": "slow", "share": 0.6}],
    sd={"prior": 0.8, "learn": 0.5, "guess": 0.3, "slip": 0.3, "forget": 0.4, "ability": 0.5},
)
NUMBERS = {
    "prior": [0.7, 0.6, 0.5, 0.4], "learn": [0.2, 0.3, 0.15, 0.25], "guess": [0.1, 0.2, 0.3, 0.25],
    "slip": [0.05, 0.1, 0.15, 0.1], "forget": 0.03, "durability": 0.5,
}  # fmt: skip


def problems(*more):
    """Four skills, c needs a and b; two problems beside questions of one skill, one item of two and an example."""
    return Curriculum.from_dict(
        {
            "name": "problems",
            "skills": [
                {"name": "a"}, {"name": "b", "prerequisites": ["a"]}, {"name": "c", "prerequisites": ["a", "b"]},
                {"name": "d"},
            ],
            "items": [
                *({"name": f"question {n}", "skills": [n], "minutes": 2.0} for n in "abcd"),
                {"name": "long", "steps": ["a", "b", "a", "c", "a"], "minutes": 7.0},
                {"name": "helped", "steps": ["d", "c"], "minutes": 4.0, "difficulty": 0.5, "approach": "guided"},
                {"name": "both", "skills": ["a", "d"], "minutes": 3.0},
                {"name": "example", "skills": ["d"], "approach": "example", "minutes": 2.0},
                *more,
            ],
        }
    )  # fmt: skip


@pytest.mark.kernels
@pytest.mark.parametrize("leak", [0.0, 0.3])
def test_lessons_equal_a_second_implementation(leak):
    model = BKT(problems(), population=DIFFERENT, leak=leak, **NUMBERS)
    seen, seen_exam = set[int](), list[np.ndarray]()

    def everything_else(state, students, out):
        seen.update(out["right_steps"].tolist())
        assert state["familiarity"] == pytest.approx(np.array([s.familiarity for s in students]))
        some = slice(0, 3)
        gains = np.array([[s.gain(m) for m in range(8)] for s in students[some]])
        assert model.expected_gain(state[some]) == pytest.approx(gains, abs=1e-9)
        p, mastery = model.forecast(state[some], np.full(3, 12.0))
        told = [s.after(12.0) for s in students[some]]
        assert p == pytest.approx(np.array([right for right, _ in told]), abs=1e-9)
        assert mastery == pytest.approx(np.array([left for _, left in told]), abs=1e-9)
        seen_exam.append(model.exam_gain(state[some], np.full(3, 12.0), model.curriculum.exam_items))

    side_by_side(model, n=30 if COMPILED else 4, lessons=40, days=(0.0, 0.0, 3.0), lowest=0, watch=everything_else)
    assert len(seen) > (20 if COMPILED else 4)
    assert np.abs(np.array(seen_exam)).max() > 0.01


@pytest.mark.parametrize("leak", [0.0, 0.3])
def test_students_of_problems_keep_their_promises(leak):
    model = BKT(problems(), population=DIFFERENT, leak=leak, **NUMBERS)
    assert "no_learning_without_prerequisite" not in model.invariants
    check_student(model, n=16)


@given(st.integers(0, 1000), st.lists(st.sampled_from("abcd"), min_size=2, max_size=8))
@settings(max_examples=20 if COMPILED else 3, deadline=None)
def test_a_problem_is_a_series_of_lessons_that_nobody_can_part(seed, steps):
    """The same luck, spent on items of one step: the same student, to the bit, and the same answers."""
    c, n = problems({"name": "this", "steps": steps, "minutes": 5.0}), 20
    whole = BKT(c, population=DIFFERENT, reference_minutes=2.0, **NUMBERS)
    alone = BKT(c.unfolded, population=DIFFERENT, reference_minutes=2.0, **NUMBERS)
    rng, problem = np.random.default_rng(seed), c.n_items - 1
    luck, state = rng.random((n, whole.lesson_draws)), cohort(whole, n, seed)
    other = state.copy()
    out = whole.step(state, np.full(n, problem), luck, allocate_outcome(n))
    right = np.zeros((n, len(steps)), bool)
    for s in range(len(steps)):
        u = np.ascontiguousarray(luck[:, 2 * s : 2 * s + alone.lesson_draws])
        u = np.pad(u, ((0, 0), (0, alone.lesson_draws - u.shape[1])))
        right[:, s] = alone.step(other, np.full(n, c.parts[problem, s]), u, allocate_outcome(n))["correct"]
    assert state.tobytes() == other.tobytes()
    assert np.array_equal(out["correct"], right.all(axis=1))
    assert np.array_equal((out["right_steps"][:, None] >> np.arange(len(steps))) & 1, right)
    assert out["answered"].all()
    assert (out["minutes"] == 5.0).all()


def test_one_step_may_open_the_door_for_the_next():
    c = problems({"name": "up", "steps": ["a", "b"], "minutes": 4.0})
    model = BKT(c, prior=0.0, learn=1.0 - 1e-12)
    state = cohort(model, 1)
    model.step(state, np.array([8]), np.full((1, model.lesson_draws), 0.5), allocate_outcome(1))
    assert model.mastery(state)[0].tolist() == [1, 1, 0, 0]


def test_the_outcome_of_a_problem_says_every_step_and_other_items_say_none():
    assert OUTCOME.itemsize == 16  # the room of the steps was padding: nothing else has moved
    assert [OUTCOME.fields[name][1] for name in ("option", "right_steps", "minutes")] == [5, 6, 8]
    model, never, always = BKT(problems(), prior=0.0, learn=0.0, guess=0.5), 0.9999, 0.0
    luck = np.full((4, model.lesson_draws), never)
    luck[0, 0] = luck[0, 4] = luck[1, 0] = always  # steps 0 and 2 of the first, the question of the second
    out = model.step(cohort(model, 4), np.array([4, 0, 7, -1]), luck, allocate_outcome(4))
    assert out["right_steps"].tolist() == [0b101, 0, 0, 0]
    assert out["correct"].tolist() == [False, True, False, False]
    assert out["answered"].tolist() == [True, True, False, False]
    assert out["minutes"].tolist() == [7.0, 2.0, 2.0, 0.0]
    again = model.step(cohort(model, 4), np.array([0, -1, 4, 7]), luck, out)
    assert again["right_steps"].tolist() == [0, 0, 0, 0], "what was there before is overwritten"


def test_a_curriculum_without_problems_has_the_kernels_that_it_had():
    plain = Curriculum.from_dict({"skills": [{"name": "a"}], "items": [{"name": "q", "skills": ["a"]}]})
    model = BKT(plain)
    assert pickle.loads(pickle.dumps(BKT(problems()))).kernels is BKT(problems()).kernels
    assert model.kernels.__name__.endswith("._bkt")
    assert hasattr(model, "exam_gain")
    assert BKT(problems()).kernels.__name__.endswith("._bkt_steps")
    assert hasattr(BKT(problems()), "exam_gain")
    whole = Curriculum.from_dict(problems().to_dict() | {
        "items": [item | {"exam": item["name"] in ("long", "both")} for item in problems().to_dict()["items"]]
    })  # fmt: skip
    assert not hasattr(BKT(whole), "exam_gain"), "what is known together is not followed so far"
    assert plain.unfolded is plain
    assert plain.parts.tolist() == [[0]]
    assert plain.item_steps.shape == (1, 0)


WITH_STEPS = ("bkt", "bkt_forgetting", "typical", "assist2009", "assist2015", "statics", "spanish")
OF_ITEMS = ("kt_idem", "item_learning")
OF_ONE_CURRICULUM = ("kt6kc", "mixed_kt6kc", "dkt")


@pytest.mark.parametrize("name", [n for n in zpdgym.list_students() if n not in OF_ONE_CURRICULUM])
def test_all_students_but_bkt_refuse_problems_in_one_line(name):
    """Layers and mixtures among them; those that are left out have a curriculum of their own."""
    scenario = Scenario.load("practice", replace={"student": name})
    if name in WITH_STEPS:
        assert scenario.student_for(problems()).kernels.__name__.endswith("._bkt_steps")
        return
    with pytest.raises(InputError) as refused:
        scenario.student_for(problems())
    no_steps = "students have no steps, as item 'long' of the curriculum 'problems' does; BKT"
    assert ("must be left out where items have steps" if name in OF_ITEMS else no_steps) in str(refused.value)
    assert "\n" not in str(refused.value)


def test_numbers_of_items_and_too_many_skills_are_refused():
    c = problems()
    with pytest.raises(InputError, match="guess_by_item must be left out where items have steps"):
        BKT(c, guess_by_item=np.full(8, 0.1), slip_by_item=np.full(8, 0.1))
    names = [f"s{n}" for n in range(14)]
    wide = {
        "skills": [{"name": n, "prerequisites": names[:6] if n == "s13" else []} for n in names],
        "items": [{"name": n, "skills": [n]} for n in names] + [{"name": "wide", "steps": names[6:]}],
    }
    with pytest.raises(InputError, match="item 'wide': its steps' skills and what these build on directly are 14"):
        BKT(Curriculum.from_dict(wide))
    assert math.isclose(BKT(c).minutes_factor[0], 1.0)
