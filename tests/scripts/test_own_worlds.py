"""A curriculum or students of one's own: the tutor's belief is fitted to them, not to those of the scenario's file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import zpdgym
from zpdgym.envs.beliefs import fitting as beliefs
from zpdgym.envs.beliefs import refit as beliefs_refit
from zpdgym.envs.beliefs.refit import with_own_belief
from zpdgym.envs.scenario import Scenario

TEMPLATE = Path(__file__).resolve().parents[2] / "docs" / "curriculum-template.csv"
OWN = {"curriculum": {"_target_": "zpdgym.students.read_curriculum", "path": str(TEMPLATE)}}


@pytest.fixture
def fits(tmp_path, monkeypatch):
    """Keeps fitted numbers in a folder of the test, and counts the fits."""
    calls, fit = [], beliefs.fit_belief

    def counted(scenario, **options):
        calls.append(scenario.label)
        return fit(scenario, n_students=300, **options)

    monkeypatch.setattr(beliefs_refit, "kept_in", lambda: tmp_path / "beliefs")
    monkeypatch.setattr(beliefs, "fit_belief", counted)
    return calls


def test_a_scenario_as_in_its_file_keeps_the_numbers_beside_it(fits):
    for name in ("kt6kc", "algebra", "tiny"):
        scenario = Scenario.load(name)
        assert with_own_belief(scenario) is scenario
    shorter = Scenario.load("kt6kc", change={"reward.kind": "exam"})  # students, and what they are taught, stay
    assert with_own_belief(shorter) is shorter
    assert fits == []


def test_other_students_are_fitted_once(fits, capsys):
    changed = Scenario.load("kt6kc", replace={"student": "bkt"})
    first, second = with_own_belief(changed), with_own_belief(changed)
    assert fits == [changed.label]
    assert "fitting the tutor's belief" in capsys.readouterr().err
    assert first.belief_parameters == second.belief_parameters != Scenario.load("kt6kc").belief_parameters
    assert first.label == changed.label  # the name tells the sections apart, which are the same
    other = Scenario.load("kt6kc", replace={"student": "bkt"}, change={"student.learn": 0.4})
    assert np.mean(with_own_belief(other).belief_parameters["learn"]) > np.mean(first.belief_parameters["learn"])


def test_the_contents_of_a_curriculum_count_not_its_name(fits, tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text(TEMPLATE.read_text())
    section = {**OWN["curriculum"], "path": str(path)}
    scenario = Scenario.load("kt6kc", replace={"student": "bkt", "curriculum": section})
    with_own_belief(scenario)
    path.write_text(TEMPLATE.read_text().replace("0.8", "0.9"))
    with_own_belief(Scenario.load("kt6kc", replace={"student": "bkt", "curriculum": section}))
    assert len(fits) == 2


@pytest.mark.usefixtures("fits")
def test_an_educators_table_is_taught_at_once():
    scenario = Scenario.load("algebra", replace={**OWN, "student": "typical"})
    found = zpdgym.evaluate(scenario, "mastery", n_students=20)
    assert found.scenario.startswith("Algebra-v1~")
    assert found.mastery_by_lesson[-1] > found.mastery_by_lesson[0]
