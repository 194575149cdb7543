"""Problems of several steps in what a comparison leaves: lessons, their table, the report; and what is refused."""

from __future__ import annotations

import json

import numpy as np
import pytest
import yaml
import zpdgym
from zpdgym.agents.registry import build_policy, load_policy
from zpdgym.envs import Scenario
from zpdgym.errors import InputError
from zpdgym.experiments.packed.contents import check_packable
from zpdgym.students import Curriculum
from zpdgym.students.curriculum.steps import answers_of

from tests.helpers import quiet

PROBLEMS = {
    "name": "two trains",
    "skills": [{"name": "equations"}, {"name": "graphs", "prerequisites": ["equations"]}, {"name": "units"}],
    "items": [
        *({"name": f"question on {name}", "skills": [name], "minutes": 2} for name in ("equations", "graphs", "units")),
        {"name": "two trains", "steps": ["units", "equations", "graphs", "equations"], "minutes": 5},
        {"name": "a tank", "steps": ["equations", "units"], "minutes": 3},
    ],
}


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """The path of a scenario with problems, where tutors know their students' numbers."""
    folder = tmp_path_factory.mktemp("world")
    (folder / "trains.json").write_text(json.dumps(PROBLEMS))
    sections = Scenario.load("Tiny-v0").sections | {
        "name": "Trains-v0",
        "curriculum": {"_target_": "zpdgym.students.read_curriculum", "path": str(folder / "trains.json")},
        "student": {"_target_": "zpdgym.students.BKT", "prior": 0.3, "learn": 0.3, "forget": 0.02},
        "schedule": {"sessions": 3, "session_minutes": 20, "days_between": 2, "retention_days": 7},
        "belief": {"kind": "graph", "source": "true_population"},
        "unexpected": {},
    }
    (folder / "trains.yaml").write_text(yaml.safe_dump({k: v for k, v in sections.items() if v is not None}))
    return str(folder / "trains.yaml")


@pytest.fixture(scope="module")
def results(world, tmp_path_factory):
    specification = {
        "name": "trains", "scenarios": [world], "policies": ["mastery", "mastery_tuned", "random"], "n_students": 40,
        "tune_budget": 2, "n_validation": 20,
    }  # fmt: skip
    return zpdgym.compare(specification, results=tmp_path_factory.mktemp("results"), **quiet()).folder


def test_the_table_of_lessons_says_every_step(results):
    lessons, c = zpdgym.load(results).lessons(), Curriculum.from_dict(PROBLEMS)
    long = lessons["item_name"].map({name: len([s for s in row if s >= 0]) or 1 for name, row in
                                     zip(c.items, c.item_steps.tolist(), strict=True)})  # fmt: skip
    assert len(lessons) > 100
    assert (lessons["steps"].str.len() == long).all()
    assert set(lessons["steps"].str.len()) == {1, 2, 4}
    assert ((lessons["correct"] == 1) == ~lessons["steps"].str.contains("0")).all()
    kept = np.load(next(results.rglob("mastery/**/lessons.npz")))
    asked = answers_of(c, kept["items"].astype(int), kept["correct"], kept["right_steps"])
    assert ((asked == 1).any(axis=2) & (kept["correct"] == 0)).any(), "there are problems of which a part was right"


def test_the_report_does_not_call_a_problem_with_one_wrong_step_wrong(results):
    page = (results / "report.html").read_text()
    assert "Of a problem of several steps, the mark of a skill is right where all its steps on it were." in page
    assert "right (problems: in all steps)" in page


def test_problems_are_not_packed(world):
    with pytest.raises(InputError, match=r"problems of several steps cannot be packed \('two trains' has some\)"):
        check_packable(Scenario.load(world), build_policy(load_policy("mastery")))


@pytest.mark.parametrize("name", ["expectimax", "monte_carlo", "most_informative", "optimal"])
def test_policies_that_look_into_one_answer_refuse_problems_in_one_line(world, name):
    with pytest.raises(InputError, match=r"problems (of|have) several steps") as refused:
        zpdgym.evaluate(world, name, n_students=4)
    assert "\n" not in str(refused.value)
