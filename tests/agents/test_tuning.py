"""Tuning: the same students for every trial, every policy the same budget, the same result every time."""

from __future__ import annotations

import numpy as np
import pytest
from zpdgym.agents import build_policy, load_policy, teach
from zpdgym.agents.tuning import prepare
from zpdgym.envs.scenario import Scenario
from zpdgym.errors import InputError
from zpdgym.students.draws import spawn_seed

MASTERY = "zpdgym.agents.Mastery"


def scenario() -> Scenario:
    sections = {
        "curriculum": {"_target_": "zpdgym.students.chain", "n_skills": 5},
        "student": {"_target_": "zpdgym.students.BKT", "learn": 0.25, "prior": 0.3, "forget": 0.02},
        "schedule": {"sessions": 4, "session_lessons": 5, "days_between": 4, "retention_days": 7},
    }
    return Scenario.load("Tiny-v0", change={"belief": {"kind": "bkt", "source": "true_population"}}, replace=sections)


def test_the_best_trial_is_chosen_and_the_first_is_the_files_own():
    spec = {"_target_": MASTERY, "name": "mine", "threshold": 0.99, "tune": {"space": {"threshold": [0.5, 0.7, 0.9]}}}
    best, trials = prepare(spec, scenario(), cohort_seed=0, n_students=60)
    assert trials[0]["threshold"] == 0.99
    assert sorted(t["threshold"] for t in trials) == [0.5, 0.7, 0.9, 0.99]
    top = max(trials, key=lambda t: t["outcome"])
    assert best == {"_target_": MASTERY, "name": "mine", "threshold": top["threshold"]}
    again = teach(scenario(), build_policy(best), n_students=60, cohort_seed=spawn_seed(0, "validation"), metrics=False)
    assert again.mean("exam") == pytest.approx(top["outcome"])


def test_tuning_again_gives_the_same_trials_and_other_students_other_ones():
    spec = load_policy("mastery_tuned")
    first, again = (prepare(spec, scenario(), cohort_seed=1, n_students=40, budget=8) for _ in range(2))
    assert first == again
    assert len(first[1]) == 8
    assert len({tuple(t[k] for k in spec["tune"]["space"]) for t in first[1]}) == 8
    assert prepare(spec, scenario(), cohort_seed=2, n_students=40, budget=8)[1] != first[1]


def test_after_a_third_of_the_budget_the_search_stays_near_the_best():
    spec = load_policy("mastery_tuned")
    _, trials = prepare(spec, scenario(), cohort_seed=0, n_students=30, budget=12)
    space = list(spec["tune"]["space"])
    for n in range(4, 12):
        best = max(trials[:n], key=lambda t: t["outcome"])
        assert sum(trials[n][k] != best[k] for k in space) == 1


def test_a_setting_that_is_clearly_worse_is_stopped_early_and_never_chosen(monkeypatch):
    from zpdgym.agents import race as module

    taught = []
    plain = module.teach

    def counting(*args, **options):
        taught.append(options["n_students"])
        return plain(*args, **options)

    monkeypatch.setattr(module, "teach", counting)
    spec = {"_target_": MASTERY, "threshold": 0.9, "cap": 0, "tune": {"space": {"threshold": [0.05], "cap": [0]}}}
    best, trials = prepare(spec, scenario(), cohort_seed=0, n_students=400)
    assert taught == [100, 300, 100]
    assert best["threshold"] == 0.9
    assert trials[1]["outcome"] < trials[0]["outcome"]


def test_what_is_not_tuned_is_left_alone():
    spec = load_policy("mastery")
    assert prepare(spec, scenario(), cohort_seed=0) == (spec, [])
    tuned = load_policy("greedy_ready")
    assert prepare(tuned, scenario(), cohort_seed=0, budget=1)[0] == {k: v for k, v in tuned.items() if k != "tune"}


def test_a_classroom_follows_one_calendar_made_with_a_class_of_its_own():
    told = []
    spec, trials = prepare(
        load_policy("classroom"), scenario(), cohort_seed=0, n_students=40, budget=5,
        progress=lambda done, total: told.append((done, total)),
    )  # fmt: skip
    assert told == [(n, 5) for n in range(1, 6)]
    assert len(trials) == 5
    assert len(spec["calendar"]) == 20
    assert "calendar" not in trials[0]
    taught = teach(scenario(), build_policy(spec), n_students=9, cohort_seed=4, keep=9)
    assert (taught.kept["items"] == taught.kept["items"][0]).all()
    assert [scenario().curriculum.items[m] for m in taught.kept["items"][0]] == spec["calendar"]


@pytest.mark.parametrize("plan", ["gain", "mastery", "blocked"])
def test_the_plans_of_a_classroom(plan):
    spec = {"_target_": "zpdgym.agents.Classroom", "plan": plan, "first_pass": 0.5, "threshold": 0.7}
    ready, _ = prepare(spec, scenario(), cohort_seed=0)
    skills = [scenario().curriculum.items.index(name) for name in ready["calendar"]]
    if plan == "blocked":
        assert skills == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 0, 1, 2, 3, 4, 0, 1, 2, 3, 4]
    else:
        assert skills[0] == 0
        assert len(set(skills)) > 1
    with pytest.raises(InputError, match="has no calendar yet"):
        teach(scenario(), build_policy(spec), n_students=1, cohort_seed=0)
    with pytest.raises(InputError, match="item in the calendar"):
        teach(scenario(), build_policy(spec | {"calendar": ["algebra"]}), n_students=1, cohort_seed=0)


def test_a_calendar_that_is_given_is_followed_and_none_is_made():
    given = [scenario().curriculum.items[m] for m in (3, 0)]
    spec = load_policy("classroom", change={"calendar": given})
    with pytest.raises(InputError, match=r"given already, so nothing is left to tune: take tune away"):
        prepare(spec, scenario(), cohort_seed=0)
    ready, trials = prepare({**spec, "tune": None}, scenario(), cohort_seed=0)
    taught = teach(scenario(), build_policy(ready), n_students=3, cohort_seed=0, keep=3)
    assert not trials
    assert taught.kept["items"][0, :5].tolist() == [3, 0, 3, 0, 3]


@pytest.mark.parametrize("calendar", [[1], [["a"]], [], "a", 5, {"a": 1}, [None]])
def test_a_calendar_is_a_list_of_names(calendar):
    with pytest.raises(InputError, match=r"classroom: calendar=.* must be a list of names of items"):
        build_policy(load_policy("classroom", change={"calendar": calendar}))


def test_the_class_of_a_calendar_is_not_privileged():
    """The calendar comes from what the tutor sees: other students behind the same answers would not change it."""
    from zpdgym.agents.baselines.classroom import Classroom

    assert not Classroom.privileged
    made = Classroom(plan="gain").rehearse(scenario(), cohort_seed=0)["calendar"]
    assert made == Classroom(plan="gain").rehearse(scenario(), cohort_seed=0)["calendar"]
    assert np.isin(made, scenario().curriculum.items).all()


@pytest.mark.parametrize(
    ("section", "message"),
    [
        ({"budget": 3}, "tune must hold space"),
        ({"space": {"threshold": [0.5]}, "budgte": 3}, r": unknown key 'tune\.budgte'\. Did you mean 'tune\.budget'"),
        ({"space": {"threshold": 0.5, "cap": [1]}, "budget": 0}, "budget=0 .*space.threshold=0.5 must be a list"),
        ({"space": {}}, "at least one parameter"),
    ],
)
def test_a_wrong_tune_section_is_refused(section, message):
    with pytest.raises(InputError, match=message):
        prepare({"_target_": MASTERY, "threshold": 0.9, "tune": section}, scenario(), cohort_seed=0, n_students=5)
