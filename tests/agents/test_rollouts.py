"""Teaching a cohort once: the same numbers for any chunks, true measures, and the published values of KT6KC."""

from __future__ import annotations

import numpy as np
import pytest
from zpdgym.agents import Problem, build_policy, rollout, teach
from zpdgym.agents.lesson_metrics import GOAL
from zpdgym.agents.rollouts import KEPT, at_once
from zpdgym.envs.scenario import Scenario
from zpdgym.errors import InputError

from tests import helpers

pytestmark = pytest.mark.kernels


def world(**change):
    """Four skills in a row, BKT students who forget, three sessions."""
    return helpers.world(
        student={"prior": 0.3, "forget": 0.03},
        schedule={"sessions": 3, "session_lessons": 5},
        replace={"curriculum": {"_target_": "zpdgym.students.chain", "n_skills": 4}},
        **change,
    )


def same(a, b):
    assert a.outcomes.keys() == b.outcomes.keys()
    for name, values in a.outcomes.items():
        np.testing.assert_array_equal(values, b.outcomes[name], err_msg=name)
    for name, values in a.kept.items():
        np.testing.assert_array_equal(values, b.kept[name], err_msg=name)


@pytest.mark.parametrize("name", ["random", "ready_random", "mastery", "greedy", "oracle_greedy", "no_teaching"])
def test_the_numbers_do_not_depend_on_the_chunks(name):
    whole = teach(world(), build_policy(name), n_students=30, cohort_seed=3, keep=20)
    parts = teach(world(), build_policy(name), n_students=30, cohort_seed=3, keep=20, chunk=7)
    env = world().make(30, seed=3, autoreset=False)
    direct = rollout(env, build_policy(name), keep=20)
    same(whole, parts)
    same(whole, direct)
    np.testing.assert_array_equal(whole.mastery_by_lesson, parts.mastery_by_lesson)
    tail = teach(world(), build_policy(name), n_students=12, first_student=18, cohort_seed=3)
    np.testing.assert_array_equal(tail.outcomes["exam"], whole.outcomes["exam"][18:])
    same(direct, rollout(env, build_policy(name), keep=20))  # the same environment once more: the same students


@pytest.mark.parametrize(("skills", "together"), [(3, 2000), (30, 2000), (60, 1022), (200, 306), (2000, 64)])
def test_of_large_curricula_fewer_students_are_taught_at_the_same_time(skills, together):
    replace = {
        "curriculum": {"_target_": "zpdgym.students.random_dag", "n_skills": skills, "seed": 1},
        "student": {"_target_": "zpdgym.students.BKT"},
    }
    assert at_once(Scenario.load("Tiny-v0", replace=replace)) == together


def test_the_policys_seed_changes_its_luck_and_nothing_else():
    a, b = (teach(world(), build_policy("random"), n_students=40, cohort_seed=0, seed=s, keep=40) for s in (0, 1))
    assert (a.kept["items"] != b.kept["items"]).any()
    np.testing.assert_array_equal(a.outcomes["pre"], b.outcomes["pre"])
    a, b = (teach(world(), build_policy("mastery"), n_students=40, cohort_seed=0, seed=s) for s in (0, 1))
    same(a, b)


@pytest.mark.parametrize("passes_over", [True, False])
def test_only_a_policy_that_says_so_is_told_whose_time_is_over(passes_over):
    policy, scenario, masks = build_policy("random"), world(actions={"finish": True, "finish_after": 2}), []
    policy.passes_over, finish_at = passes_over, 2 + np.arange(30) % 9

    def predict(*arguments, action_masks, **options):
        masks.append(action_masks)
        return np.where(finish_at == len(masks) - 1, scenario.curriculum.n_items, 0), None

    policy.predict = predict
    taught = teach(scenario, policy, n_students=30, cohort_seed=3)
    np.testing.assert_array_equal(taught.outcomes["lessons"], finish_at)
    asked = np.sum([some.any(axis=1) for some in masks], axis=0)
    np.testing.assert_array_equal(asked, finish_at + 1 if passes_over else len(masks))


def test_without_metrics_the_exam_is_the_same():
    full = teach(world(), build_policy("mastery"), n_students=20, cohort_seed=1)
    fast = teach(world(), build_policy("mastery"), n_students=20, cohort_seed=1, metrics=False)
    assert fast.mastery_by_lesson is None
    for name, values in fast.outcomes.items():
        np.testing.assert_array_equal(values, full.outcomes[name])


def test_measures_agree_with_a_plain_count():
    scenario, n = world(), 25
    taught = teach(scenario, build_policy("random"), n_students=n, cohort_seed=0, keep=n)
    curriculum, kept = scenario.curriculum, taught.kept
    env = scenario.make(n, seed=0, autoreset=False, privileged=True)
    _, _ = env.reset(seed=0)
    learnt, unready, band = np.zeros(n, int), np.zeros(n, int), np.zeros(n, int)
    low, high = scenario.band
    believed, known = env.believed().mean(axis=1), env.probe.mastery().mean(axis=1)
    first = np.full(n, np.nan)
    first[(env.probe.mastery().mean(axis=1) >= GOAL)] = 0
    for t in range(env.horizon):
        items = kept["items"][:, t].astype(np.int64)
        mastery, p = env.probe.mastery(), env.probe.p_all()
        np.testing.assert_allclose(mastery, kept["mastery"][:, t])
        for i, m in enumerate(items):
            skill = int(np.flatnonzero(curriculum.q[m])[0])
            learnt[i] += mastery[i, skill] == 1
            unready[i] += mastery[i, skill] < 1 and (mastery[i, curriculum.prerequisites[skill]] < 1).any()
            band[i] += low <= p[i, m] <= high
        _, _, _, _, info = env.step(items)
        np.testing.assert_array_equal(kept["correct"][:, t], info["correct"])
        np.testing.assert_allclose(kept["day"][:, t], info["days"])
        first[np.isnan(first) & (env.probe.mastery().mean(axis=1) >= GOAL)] = t + 1
    np.testing.assert_array_equal(taught.outcomes["wasted_mastered"], learnt)
    np.testing.assert_array_equal(taught.outcomes["wasted_unready"], unready)
    np.testing.assert_allclose(taught.outcomes["in_band"], band / env.horizon)
    np.testing.assert_array_equal(taught.outcomes["lessons_to_mastery"], first)
    np.testing.assert_array_equal(taught.outcomes["reached"], ~np.isnan(first))
    truth = info["final_info"]["privileged"]
    np.testing.assert_array_equal(taught.outcomes["exam"], truth["exam"])
    np.testing.assert_allclose(taught.outcomes["mastery_exam"], truth["mastery"].mean(axis=1))
    beliefs = env.belief_state.copy()
    env.belief.elapse(beliefs, np.full(n, scenario.schedule.retention_days))
    grown = beliefs["belief"].mean(axis=1) - believed - (truth["mastery"].mean(axis=1) - known)
    np.testing.assert_allclose(taught.outcomes["misbelief"], grown)
    np.testing.assert_allclose(taught.mastery_by_lesson, kept["mastery"].mean(axis=(0, 2)), atol=1e-3)
    assert taught.lessons == n * env.horizon


def test_what_is_known_at_the_end_stands_to_the_end_of_what_is_kept():
    schedule = {"sessions": 3, "session_minutes": 12}
    items = [{"approach": "practice", "minutes": 1}, {"approach": "example", "minutes": 5}]
    curriculum = {"_target_": "zpdgym.students.chain", "n_skills": 3, "items": items}
    scenario = Scenario.load("tiny", replace={"curriculum": curriculum, "schedule": schedule})
    taught = teach(scenario, build_policy("random"), n_students=6, cohort_seed=0, keep=6)
    mastery, lessons = taught.kept["mastery"], taught.outcomes["lessons"].max()
    assert lessons + 1 < mastery.shape[1]  # the minutes are over before the largest possible number of lessons
    np.testing.assert_array_equal(mastery[:, lessons:], np.repeat(mastery[:, [lessons]], mastery.shape[1] - lessons, 1))
    np.testing.assert_allclose(taught.mastery_by_lesson, mastery.mean(axis=(0, 2)), atol=1e-3)
    assert taught.mastery_by_lesson is not None
    assert taught.mastery_by_lesson[-1] > 0.1


def test_no_teaching_is_the_untaught_student_after_the_same_calendar():
    taught = teach(world(), build_policy("no_teaching"), n_students=400, cohort_seed=0)
    assert (taught.outcomes["lessons"] == 0).all()
    assert np.isnan(taught.outcomes["in_band"]).all()
    gone = 8 + 7  # two pauses of four days, and the week before the exam
    before = taught.mean("mastery_pre")
    assert taught.mean("mastery_exam") == pytest.approx(before * np.exp(-0.03 * gone), abs=0.03)
    assert taught.mastery_by_lesson[0] == before
    assert (np.diff(taught.mastery_by_lesson) <= 0).all()
    assert taught.mean("mastery_post") == taught.mastery_by_lesson[-1]
    assert taught.mean("exam") < taught.mean("post") < taught.mean("pre")


def test_who_finishes_early_has_fewer_lessons_and_is_examined_all_the_same():
    scenario = world(actions={"finish": True, "finish_after": 3})
    eager = {"_target_": "zpdgym.agents.Mastery", "threshold": 0.3}
    taught = teach(scenario, build_policy(eager), n_students=60, cohort_seed=0, keep=60)
    lessons = taught.outcomes["lessons"]
    assert lessons.min() >= 3
    assert lessons.min() < lessons.max()
    assert np.isfinite(taught.outcomes["exam"]).all()
    np.testing.assert_array_equal((taught.kept["items"] >= 0).sum(axis=1), lessons)
    assert (taught.kept["correct"][taught.kept["items"] < 0] == -1).all()


def test_keeping_only_what_is_wanted_and_telling_progress():
    told = []
    taught = teach(
        world(), build_policy("linear"), n_students=5, cohort_seed=0, keep=2, record=("items",), chunk=3,
        progress=lambda students, lessons: told.append((students, lessons)),
    )  # fmt: skip
    assert set(taught.kept) == {"items"}
    assert taught.kept["items"].shape == (2, 15)
    assert told[-1] == (5, 75)
    assert told == sorted(told)
    with pytest.raises(InputError, match="Did you mean 'items'"):
        teach(world(), build_policy("linear"), n_students=2, cohort_seed=0, keep=1, record=("item",))
    assert set(teach(world(), build_policy("linear"), n_students=2, cohort_seed=0, keep=1).kept) == set(KEPT)


def test_an_environment_that_starts_again_by_itself_is_refused():
    with pytest.raises(ValueError, match="autoreset=False"):
        rollout(world().make(2, seed=0), build_policy("random"))


def test_only_privileged_policies_get_a_probe():
    env = world().make(2, seed=0, autoreset=False)
    assert Problem.of(env).probe is None
    assert Problem.of(env, privileged=True).probe is env.probe
    assert Problem.of(env).column(env.reset()[0], "time_left")[0, 0] == 15.0
    with pytest.raises(InputError, match="does not show the column 'mood'"):
        Problem.of(env).index("mood")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "expected"), [("random", (0.1389, 0.2775, 0.5426)), ("oracle_greedy", (0.7665, 0.9877, 1.0))]
)
def test_kt6kc_has_the_exact_values(name, expected):
    """E[min(6, Bin(t, q))] / 6 with q = 1/30 (random) and 0.2 (oracle), Clement, Oudeyer & Lopes 2016."""
    taught = teach(Scenario.load("KT6KC-v0"), build_policy(name), n_students=20_000, cohort_seed=0)
    np.testing.assert_allclose(taught.mastery_by_lesson[[25, 50, 100]], expected, atol=0.01)
