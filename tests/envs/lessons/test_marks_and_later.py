"""What an exam asks: items that count more than others, and what is left of it some time later."""

from __future__ import annotations

import numpy as np
import pytest
from zpdgym.agents.registry import build_policy, load_policy
from zpdgym.agents.rollouts import teach
from zpdgym.envs.check import check_tutor_env
from zpdgym.envs.scenario import Scenario
from zpdgym.envs.single import TutorEnv
from zpdgym.errors import InputError
from zpdgym.experiments.evaluate import evaluate

from tests.helpers import world

SHORT = {"sessions": 3, "session_minutes": 30, "days_between": 2, "retention_days": 5}


def exam_prep(**change):
    return Scenario.load("ExamPrep-v0", change={f"schedule.{key}": value for key, value in SHORT.items()} | change)


def final(scenario, n=12, **options):
    """What is told of students who were taught at random."""
    env = scenario.make(n, seed=4, autoreset=False, **options)
    _, info = env.reset(seed=4)
    rng, told, paid = np.random.default_rng(0), {}, np.zeros(n)
    start = env.probe.mastery()
    while not env.done.all():
        _, reward, _, _, info = env.step(rng.integers(0, env.curriculum.n_items, n))
        paid += reward
        if "final_info" in info:
            for name, values in info["final_info"]["privileged"].items():
                told.setdefault(name, np.zeros_like(values))[info["_final_info"]] = values[info["_final_info"]]
    return env, told, paid, start


def test_the_mark_is_the_mean_over_marks():
    env, told, _, _ = final(exam_prep())
    c = env.curriculum
    state = env.state.copy()
    right = env.student.p_all(state)
    by_hand = sum(c.exam_marks[m] * right[:, m] for m in range(c.n_items)) / 84
    np.testing.assert_allclose(told["post"], by_hand, rtol=1e-12)


@pytest.mark.parametrize("kind", ["gain", "recall"])
def test_rewards_count_a_skill_as_the_exam_does(kind):
    env, told, paid, start = final(exam_prep(), reward=kind)
    marks = np.zeros(env.curriculum.n_skills)
    for item in env.curriculum.exam_items:
        marks[env.curriculum.item_skills[item, 0]] += 1
    counted = told["mastery"] @ marks * len(marks) / marks.sum()
    assert marks.sum() == 84
    # fresh students of this kind forget nothing, so that what they would know at the exam is what they know
    np.testing.assert_allclose(paid, counted - start @ marks * len(marks) / marks.sum(), atol=1e-9)


def test_the_reward_for_the_exam_is_paid_in_marks():
    _, told, paid, _ = final(exam_prep(), reward="exam")
    np.testing.assert_allclose(paid, (told["exam"] - told["pre"]) * 84, atol=1e-9)


def test_the_contract_holds_with_marks():
    check_tutor_env(exam_prep())


@pytest.mark.parametrize("student", ["bkt", "das3h", "irt_dynamic", "whole_learner", "fsrs6"])
def test_what_is_left_later_is_an_exam_that_is_later(student):
    """The same students with the same luck, examined 40 days later, know what is said to be left by then."""
    given = {"kind": "bkt", "source": "given", "prior": 0.3, "learn": 0.2, "guess": 0.2, "slip": 0.1}
    who = {"student": student, "population": None}
    days = {"schedule.retention_days": 5, "outcome.later_days": 40}, {"schedule.retention_days": 45}
    now, then = (Scenario.load("practice", replace=who, change={"belief": given, **change}) for change in days)
    one, other = (final(scenario)[1] for scenario in (now, then))
    assert one["later"].tobytes() == other["exam"].tobytes()
    assert "later" not in other
    assert (one["later"] <= one["exam"] + 1e-12).all()


def test_nobody_is_changed_by_being_asked_later():
    with_it = exam_prep()
    assert with_it.outcome.later_days == 60
    sections = {**with_it.sections, "outcome": {"primary": "exam", "smallest_difference": 0.02}}
    without = Scenario(with_it.name, "without", sections)
    one, other = final(with_it), final(without)
    for name in other[1]:
        assert one[1][name].tobytes() == other[1][name].tobytes(), name
    assert one[0].state.tobytes() == other[0].state.tobytes()


def test_one_student_is_told_the_same():
    env, told, _, _ = final(exam_prep(), n=3)
    single = TutorEnv(exam_prep(), seed=4, first_student=2)
    rng, alone = np.random.default_rng(0), None
    single.reset(seed=4)
    while alone is None:
        item = int(rng.integers(0, env.curriculum.n_items, 3)[2])
        *_, info = single.step(item)
        alone = info.get("final_info")
    assert alone["privileged"]["later"] == told["later"][2]


@pytest.mark.parametrize("policy", ["random", "no_teaching"])
def test_rollouts_tell_it_whatever_the_chunks(policy):
    scenario = exam_prep()
    whole = teach(scenario, build_policy(load_policy(policy)), n_students=20, cohort_seed=1, seed=0)
    parts = teach(scenario, build_policy(load_policy(policy)), n_students=20, cohort_seed=1, seed=0, chunk=7)
    assert whole.outcomes["later"].tobytes() == parts.outcomes["later"].tobytes()
    assert np.isfinite(whole.outcomes["later"]).all()
    assert (whole.outcomes["later"] <= whole.outcomes["exam"] + 1e-12).all()


def test_it_stands_in_the_rows_of_students_only_where_it_is_asked_for():
    assert "later" in evaluate(exam_prep(), "random", n_students=5).per_student
    assert "later" not in evaluate(world(), "random", n_students=5).per_student


@pytest.mark.parametrize("days", [0, -1, 4000, "two"])
def test_days_that_cannot_be_are_refused(days):
    with pytest.raises(InputError, match=r"outcome\.later_days=.* must be a number in \(0, 3650\]"):
        Scenario.load("tiny", change={"outcome.later_days": days})
