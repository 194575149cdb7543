"""Tuning by evolution: fair to every setting, blind to validation and test students, and the same every time."""

from __future__ import annotations

import builtins
import sys

import numpy as np
import pytest
from zpdgym.agents import TunedIndex, build_policy, evolution, load_policy, race, teach
from zpdgym.agents.evolution import LOOK, teach_each
from zpdgym.agents.search_space import read_space
from zpdgym.agents.tuning import budget_of, prepare
from zpdgym.errors import InputError
from zpdgym.experiments.runs.outcomes import search_columns
from zpdgym.students.draws import spawn_seed

from tests.helpers import world

pytest.importorskip("cma")

LESSONS_EACH = 20


def spec(*, lessons=12_000, name="mine", keys=("log_gain", "log_ready", "asks"), **section):
    space = {key: {"low": -6.0, "high": 6.0} for key in keys}
    tune = {"method": "cma_es", "lessons": lessons, "space": space, **section}
    return {"_target_": "zpdgym.agents.TunedIndex", "name": name, "tune": tune}


def search(given=None, cohort_seed=0, n_students=60, **options):
    return prepare(given or spec(), world(), cohort_seed=cohort_seed, n_students=n_students, **options)


@pytest.fixture
def taught(monkeypatch):
    """Whom a search teaches: the cohort and the students of training and of validation."""
    found = {"training": list[tuple[int, range, int]](), "validation": list[tuple[int, range]]()}
    each, alone = evolution.teach_each, race.teach

    def training(scenario, policies, *, n_students, cohort_seed, first):
        found["training"].append((cohort_seed, range(first, first + n_students), len(policies)))
        return each(scenario, policies, n_students=n_students, cohort_seed=cohort_seed, first=first)

    def validation(*args, first_student, n_students, cohort_seed, **options):
        found["validation"].append((cohort_seed, range(first_student, first_student + n_students)))
        return alone(*args, first_student=first_student, n_students=n_students, cohort_seed=cohort_seed, **options)

    monkeypatch.setattr(evolution, "teach_each", training)
    monkeypatch.setattr(race, "teach", validation)
    return found


@pytest.mark.parametrize("at_a_time", [10_000, 6])
def test_side_by_side_every_policy_teaches_as_it_would_alone(at_a_time, monkeypatch):
    monkeypatch.setattr(evolution, "at_once", lambda scenario: at_a_time)
    scenario, policies = world(), [build_policy(name) for name in ("random", "random", "leitner_queue")]
    luck = max(policy.draws for policy in policies)
    assert luck > 0
    for pair in (policies[:2], [policies[2], build_policy("leitner_queue")]):
        outcomes, lessons = teach_each(scenario, pair, n_students=9, cohort_seed=5, first=4)
        alone = [teach(scenario, p, n_students=9, cohort_seed=5, first_student=4, metrics=False) for p in pair]
        np.testing.assert_array_equal(outcomes, [one.outcomes["exam"] for one in alone])
        assert lessons == sum(one.lessons for one in alone)


def test_the_same_search_finds_the_same_and_other_students_something_else():
    first, again, other = search(), search(), search(cohort_seed=1)
    assert first == again
    assert first != other


def test_a_search_leaves_numpys_own_luck_alone():
    np.random.seed(3)  # noqa: NPY002
    wanted = np.random.random()  # noqa: NPY002
    np.random.seed(3)  # noqa: NPY002
    search(spec(lessons=3000))
    assert np.random.random() == wanted  # noqa: NPY002


def test_all_settings_of_a_generation_teach_the_same_students_and_no_generation_those_of_another(taught):
    search()
    seen = [student for _, students, _ in taught["training"] for student in students]
    assert len(seen) == len(set(seen)) == max(seen) + 1
    assert {size for *_, size in taught["training"]} == {7}  # 4 + 3 ln 3
    assert len({cohort for cohort, *_ in taught["training"]}) == 1


def test_training_validation_and_test_students_are_of_different_cohorts(taught):
    search()
    cohorts = [{cohort for cohort, *_ in taught[role]} for role in ("training", "validation")]
    assert cohorts[1] == {spawn_seed(0, "validation")}
    assert not cohorts[0] & cohorts[1]
    assert not (cohorts[0] | cohorts[1]) & {spawn_seed(0, role) for role in ("test", "calendar")}


def test_the_validation_students_choose_and_training_does_not_depend_on_them(taught):
    found, trials = search()
    of_training = list(taught["training"])
    taught["training"].clear()
    _, others = search(n_students=200)
    assert taught["training"] == of_training
    assert [(t["trained"], t.get("reward")) for t in trials] == [(t["trained"], t.get("reward")) for t in others]
    top = max((t for t in trials if t["students"] == 60), key=lambda t: t["outcome"])
    keys = list(spec()["tune"]["space"])
    assert [found[key] for key in keys] == [top[key] for key in keys]
    again = teach(world(), build_policy(found), n_students=60, cohort_seed=spawn_seed(0, "validation"), metrics=False)
    assert again.mean("exam") == pytest.approx(top["outcome"])


def test_the_policys_own_setting_is_the_first_and_costs_no_training():
    _, trials = search()
    assert {key: trials[0][key] for key in ("log_gain", "log_ready", "asks")} == {
        "log_gain": 1.0, "log_ready": 1.0, "asks": 0.0
    }  # fmt: skip
    assert trials[0]["trained"] == 0
    assert "reward" not in trials[0]
    assert all(trial["trained"] > 0 and 0 <= trial["reward"] <= 1 for trial in trials[1:])


def test_lessons_are_spent_to_the_end_of_a_generation(taught):
    told = []
    _, trials = search(progress=lambda done, wanted: told.append((done, wanted)))
    cost = budget_of(trials)
    assert 12_000 <= cost["training"] < 12_000 + 7 * 8 * LESSONS_EACH
    assert cost["settings"] == len(trials)
    assert told[-1] == (40, 40)
    generations = len(taught["training"])
    assert len(trials) == 1 + -(-generations // LOOK)


def test_more_lessons_mean_more_students_in_a_generation(taught):
    search(spec(lessons=12_000))
    few = len(taught["training"][0][1])
    taught["training"].clear()
    search(spec(lessons=120_000, patience=5))
    assert few == 8
    assert len(taught["training"][0][1]) == 120_000 // (60 * 7 * LESSONS_EACH)


def test_with_patience_a_search_ends_when_nothing_is_gained(taught):
    flat = {**spec(lessons=200_000, patience=10, keys=("order", "asks")), "log_gain": 0.0, "log_ready": 0.0}
    flat["tune"]["space"] = {key: {"low": -1e-9, "high": 1e-9} for key in ("gain", "late_gain")}
    _, trials = search({**flat, "order": 1.0})  # weights so small change no choice
    assert len(taught["training"]) == 10
    assert [trial["outcome"] for trial in trials] == [trials[0]["outcome"]] * 3


def test_it_finds_what_teaches_better():
    worst = {**spec(lessons=60_000), "log_gain": -1.0, "log_ready": -1.0}
    found, trials = search(worst, n_students=200)
    fresh = {"n_students": 200, "cohort_seed": 99, "metrics": False}
    untuned = {k: v for k, v in worst.items() if k != "tune"}
    before, after = (teach(world(), build_policy(one), **fresh).mean("exam") for one in (untuned, found))
    assert after > before + 0.1
    assert trials[0]["outcome"] == pytest.approx(before, abs=0.05)


def test_any_policy_with_ranges_is_tuned_and_several_scenarios_count_alike():
    space = {"ready": {"low": 0.0, "high": 1.0}, "threshold": {"low": 0.3, "high": 1.0}}
    given = {**load_policy("mastery"), "tune": {"method": "cma_es", "lessons": 4000, "space": space}}
    worlds = [world(), world(student={"learn": 0.5})]
    found, trials = prepare(given, worlds, cohort_seed=0, n_students=20)
    assert {"ready", "threshold"} <= set(found)
    assert budget_of(trials)["training"] >= 4000


def test_the_curve_is_that_of_a_training():
    _, trials = search()
    curve = search_columns(trials)
    assert curve is not None
    assert curve["lessons"] == np.cumsum([trial["trained"] for trial in trials]).tolist()
    assert curve["validation"] == [trial["outcome"] for trial in trials]
    assert np.isnan(curve["reward"][0])
    streak = prepare(load_policy("streak"), world(), cohort_seed=0, n_students=10, budget=3)[1]
    assert search_columns(streak) is None
    assert search_columns([]) is None


def test_a_budget_of_one_setting_tunes_nobody():
    found, trials = search(budget=1)
    assert (found, trials) == ({"_target_": "zpdgym.agents.TunedIndex", "name": "mine"}, [])


@pytest.mark.parametrize(
    ("section", "message"),
    [
        ({"method": "annealing"}, "method='annealing' must be cma_es, or not there"),
        ({"lessons": 0}, "lessons=0 must be a whole number of lessons"),
        ({"patience": 1.5}, "patience=1.5 must be a whole number of generations"),
        ({"budget": 20}, "budget counts settings; method: cma_es has lessons"),
        ({"space": {"asks": [0.0, 1.0], "order": {"low": 0, "high": 1}}}, "space.asks must be a range"),
        ({"space": {"log_gain": {"low": 2, "high": 3}, "asks": {"low": 0, "high": 1}}}, "own value 1.0, where"),
        ({"space": {"asks": {"low": 0, "high": 1}}}, "needs at least two parameters, space has 1"),
        ({"patience": 4}, r"patience=4 must be a whole number of generations, at least 5: so many pass before"),
        ({"method": None}, "lessons are for policies that learn and for method: cma_es"),
        ({"method": None, "lessons": None, "patience": 3}, "patience=3 needs method: cma_es beside it"),
    ],
)
def test_what_is_wrong_with_a_section_is_told_in_one_line(section, message):
    given = spec()
    with pytest.raises(InputError, match=message) as told:
        read_space({**given, "tune": {**given["tune"], **section}})
    assert "\n" not in str(told.value)


def test_a_policy_that_looks_inside_is_tuned_on_the_truth_about_its_own_students():
    """Side by side with others each sees its own block of the cohort, as it would alone."""
    scenario, zero = world(student={"prior": 0.4}), dict.fromkeys(TunedIndex.PARAMETERS, 0.0)
    settings = [{"gain": 1.0}, {"belief": 1.0}, {"order": 1.0}]
    policies = [build_policy({"_target_": "zpdgym.agents.OracleIndex", **zero, **one}) for one in settings]
    others = [build_policy({"_target_": "zpdgym.agents.OracleGreedy", "greed": greed}) for greed in ("exam", "mastery")]
    for together in (policies, others):
        found, _ = teach_each(scenario, together, n_students=7, cohort_seed=3, first=5)
        for policy, outcomes in zip(together, found, strict=True):
            alone = teach(scenario, policy, n_students=7, cohort_seed=3, first_student=5).outcomes["exam"]
            np.testing.assert_array_equal(outcomes, alone)
        assert len({outcomes.tobytes() for outcomes in found}) == len(together) or together is others


def test_the_index_on_the_truth_can_be_tuned():
    given = {**spec(keys=("log_gain", "open", "belief")), "_target_": "zpdgym.agents.OracleIndex"}
    found, trials = search(given)
    assert len(trials) > 3
    assert found["_target_"] == "zpdgym.agents.OracleIndex"
    assert max(trial["outcome"] for trial in trials) >= trials[0]["outcome"]


def test_a_learner_is_not_tuned_by_evolution():
    space = {"gamma": {"low": 0.9, "high": 1.0}, "learning_rate": {"low": 0.0001, "high": 0.01}}
    with pytest.raises(InputError, match="method: cma_es is for policies that are not trained"):
        read_space({**load_policy("ppo_scorer"), "tune": {"method": "cma_es", "space": space}})


def test_without_the_package_one_line_says_what_brings_it(monkeypatch):
    plain = builtins.__import__

    def without(name, *args, **options):
        if name == "cma":
            raise ModuleNotFoundError("No module named 'cma'", name="cma")
        return plain(name, *args, **options)

    monkeypatch.delitem(sys.modules, "cma", raising=False)
    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(InputError, match=r"'cma' is not installed: pip install 'zpdgym\[tune\]'"):
        search()
