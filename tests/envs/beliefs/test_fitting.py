"""The tutor's fitted belief: the plain course it is fitted to, what it finds, and that the committed files are it."""

import json

import numpy as np
import pytest
import zpdgym
from zpdgym.configs.build import CONFIGS
from zpdgym.envs.beliefs import fitting
from zpdgym.envs.beliefs.bkt import Course
from zpdgym.envs.beliefs.build import build_belief, true_population
from zpdgym.envs.beliefs.course import course, course_log
from zpdgym.envs.beliefs.em import Parameters
from zpdgym.envs.beliefs.fitting import fit_belief
from zpdgym.envs.scenario import Scenario
from zpdgym.errors import InputError
from zpdgym.students.curriculum.builders import chain

BKT = "zpdgym.students.BKT"


def scenario(tmp_path, **sections):
    text = {
        "name": "small",
        "curriculum": {
            "_target_": "zpdgym.students.chain",
            "n_skills": 3,
            "items": [{"approach": "example", "minutes": 1.5}, {"difficulty": 0.0}, {"difficulty": 1.0}],
        },
        "student": {"_target_": BKT, "prior": [0.6, 0.5, 0.4], "learn": 0.25, "guess": 0.2, "slip": 0.1,
                    "forget": 0.03, "familiarity_rate": 0.0, "familiarity_known": 0.0},
        "schedule": {"sessions": 8, "session_lessons": 6, "days_between": 3, "retention_days": 7},
        **sections,
    }  # fmt: skip
    path = tmp_path / "small.yaml"
    path.write_text(json.dumps(text))
    return Scenario.load(str(path))


def test_the_course_takes_every_skill_in_order_and_then_reviews():
    curriculum = chain(3, items=[{"difficulty": 0.0}, {"difficulty": 1.0}])
    items = course(curriculum, 4)
    skills = items // 2
    assert skills[0].tolist() == [0] * 12 + [1] * 12 + [2] * 12 + [0] * 4 + [1] * 4 + [2] * 4
    assert (skills == skills[0]).all()
    assert all(sorted(row[n : n + 2]) == [0, 1] for row in items.tolist() for n in range(0, 12, 2))
    assert len({tuple(row[:12]) for row in items.tolist()}) == 4  # each student in another order


def test_the_log_holds_only_what_a_tutor_sees(tmp_path):
    small = scenario(tmp_path)
    log = course_log(small, n_students=50, seed=1)
    examples = log.items % 3 == 0
    assert (log.answers[examples] == -1).all()
    assert (log.answers[~examples] >= 0).all()
    assert log.day[0] == 0
    assert np.unique(np.diff(log.day)).tolist() == [0.0, 3.0]
    again = course_log(small, n_students=20, seed=1)
    assert np.array_equal(again.answers, log.answers[:20])  # more students leave the first as they are


def test_the_belief_finds_what_the_students_are_like(tmp_path):
    small = scenario(tmp_path)
    found = fit_belief(small, n_students=1200)
    belief = build_belief({k: v for k, v in found.items() if k != "about"}, small.curriculum)
    assert belief.kind == "bkt"
    student = small.student
    asks = [m for m in range(9) if m % 3]
    assert np.array(found["guess"])[asks] == pytest.approx(student.item_guess[asks], abs=0.05)
    assert np.array(found["slip"])[asks] == pytest.approx(student.item_slip[asks], abs=0.04)
    assert np.abs(np.array(found["learn"]) - student.item_learn(familiarity=0.0)).mean() < 0.06
    assert found["prior"] == pytest.approx([0.6, 0.3, 0.12], abs=0.06)  # known only with what comes before it
    assert found["forget"] == pytest.approx([0.03] * 3, abs=0.01)
    assert found["leak"] == 0.0
    assert found["learn_first"] is False
    assert found["about"]["log_loss"] < 0.6


def test_the_belief_of_students_who_learn_first_says_so():
    found = fit_belief(Scenario.load("kt6kc"), n_students=300)
    assert found["learn_first"] is True
    assert found["learn"] == pytest.approx([0.2] * 6, abs=0.03)


def test_exact_beliefs_have_priors_given_the_prerequisites(tmp_path):
    small = scenario(tmp_path, belief={"kind": "exact", "source": "fitted"})
    found = fit_belief(small, n_students=600)
    assert found["prior"] == pytest.approx([0.6, 0.5, 0.4], abs=0.1)
    build_belief({k: v for k, v in found.items() if k != "about"}, small.curriculum)


def test_elo_beliefs_foretell_students_whose_ability_grows(tmp_path):
    small = scenario(
        tmp_path,
        curriculum={
            "_target_": "zpdgym.students.chain",
            "n_skills": 2,
            "items": [{"difficulty": 0.0}, {"difficulty": 1.0}],
        },
        student={"_target_": "zpdgym.students.DifficultyBandLearner", "start": -1.0, "forget": 0.01},
        belief={"kind": "elo", "source": "fitted"},
    )
    found = fit_belief(small, n_students=200)
    build_belief({k: v for k, v in found.items() if k != "about"}, small.curriculum)
    log = course_log(small, n_students=200, seed=0)
    share = log.answers[log.answers >= 0].mean()
    assert found["about"]["log_loss"] < -share * np.log(share) - (1 - share) * np.log(1 - share) - 0.02
    assert found["prior"] == pytest.approx([-1.0] * 2, abs=0.6)


def test_the_belief_foretells_answers_as_well_as_the_true_average_parameters_do():
    algebra = Scenario.load("Algebra-v0")
    log = course_log(algebra, n_students=250, seed=99)
    losses = []
    for numbers in (algebra.belief_parameters, true_population("bkt", algebra.student)):
        found = (np.array(numbers[name], float) for name in ("prior", "learn", "guess", "slip", "forget"))
        told = Course(log, numbers["leak"])
        losses.append(told.follow(Parameters(*found))[2])
    assert losses[0] < losses[1] + 0.001


def test_so_does_the_graph_belief_and_better_than_skills_taken_by_themselves():
    algebra = Scenario.load("Algebra-v1")
    log = course_log(algebra, n_students=250, seed=99)
    fitted, true = (
        build_belief(numbers, algebra.curriculum)
        for numbers in (algebra.belief_parameters, true_population("graph", algebra.student))
    )
    losses = [belief.foretold(log).sum() for belief in (fitted, true)]
    assert losses[0] < losses[1] + 0.001
    factored = Scenario.load("Algebra-v0").belief_parameters
    found = (np.array(factored[name], float) for name in ("prior", "learn", "guess", "slip", "forget"))
    assert losses[0] < Course(log, factored["leak"]).follow(Parameters(*found))[2] - 0.003


def nearly(made):
    """What equals a number of a belief, or many, but for rounding."""
    if isinstance(made, dict):
        return {name: nearly(part) for name, part in made.items()}
    if isinstance(made, list):
        return [nearly(part) for part in made]
    return made if isinstance(made, str | bool) else pytest.approx(made, abs=2e-3)


@pytest.mark.slow
@pytest.mark.parametrize("path", sorted((CONFIGS / "scenario").glob("*.belief.json")), ids=lambda p: p.name)
def test_the_committed_beliefs_are_made_again(path):
    committed = json.loads(path.read_text())
    made = fit_belief(
        Scenario.load(path.name.removesuffix(".belief.json")),
        n_students=committed["about"]["students"],
        seed=committed["about"]["seed"],
    )
    assert made["about"] == {**committed["about"], "log_loss": pytest.approx(committed["about"]["log_loss"], abs=1e-4)}
    for key in set(committed) - {"about"}:
        assert committed[key] == nearly(made[key]), key


def test_a_kind_that_the_curriculum_is_too_large_for_is_refused_before_anything_is_fitted(monkeypatch):
    monkeypatch.setattr(fitting, "course_log", lambda *_, **__: pytest.fail("the log was made"))
    with pytest.raises(InputError, match=r"kind exact is for at most 10 skills .*'algebra' has 30: use kind graph"):
        zpdgym.evaluate(Scenario.load("algebra", change={"belief": {"kind": "exact", "source": "fitted"}}), "mastery")


def test_a_key_that_no_belief_has_is_named_wherever_its_numbers_come_from():
    for source in ("fitted", "given", "true_population"):
        with pytest.raises(InputError, match=r"unknown key 'belief\.knd'\. Did you mean 'belief\.kind'"):
            _ = Scenario.load("practice", change={"belief": {"knd": "graph", "source": source}}).observe
