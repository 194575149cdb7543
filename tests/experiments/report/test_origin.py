"""What the report says of a scenario's assumptions and sources is true of the scenario as it was simulated."""

from __future__ import annotations

import json
from pathlib import Path

from zpdgym.envs.scenario import Scenario
from zpdgym.experiments.report.origin import origin
from zpdgym.experiments.runs.scenarios import with_medians
from zpdgym.students.knowledge.bkt import BKT


class Halver(BKT):
    """Forgets half of everything overnight.

    More that nobody needs.
    """


def test_an_unchanged_scenario_says_what_its_file_says():
    scenario = Scenario.load("algebra")
    said = origin(scenario)
    assert said["assumptions"] == scenario.sections["assumptions"]
    assert said["sources"] == scenario.sections["sources"]
    assert said["changes"] == []


def test_replaced_sections_take_their_sources_and_all_assumptions_with_them():
    chain = {"_target_": "zpdgym.students.chain", "n_skills": 4}
    said = origin(Scenario.load("algebra", replace={"curriculum": chain, "student": "typical"}))
    assert said["assumptions"] == []
    text = str(said)
    for false in ("thirty", "30 skills", "122 items", "draw_parameters", "the same draw"):
        assert false not in text
    assert said["sources"]["curriculum"] == "chosen for this experiment: chain, n_skills=4"
    assert said["sources"]["student"].startswith("chosen for this experiment: BKT, prior=0.467, ")
    assert "population.groups" in said["sources"]
    assert any("every skill is like the one in the middle there" in c for c in said["changes"])
    assert said["changes"][-1] == "The assumptions that Algebra-v0 states no longer apply and are left out."


def test_a_spreadsheet_of_ones_own_is_told_without_jargon():
    """No name of a function, no folder, no rounding error, and medians that came by themselves are no change."""
    path = Path(__file__).resolve().parents[3] / "docs" / "curriculum-template.csv"
    own = {"_target_": "zpdgym.students.read_curriculum", "path": str(path)}
    entry = with_medians({"scenario": "algebra", "replace": {"curriculum": own, "student": "typical"}})
    scenario = Scenario.load("algebra", replace=entry["replace"], change=entry["change"])
    said = origin(scenario)
    text = json.dumps(said)
    for jargon in ("read_curriculum", "path=", str(path.parent), "0.4669", "changed for this experiment", "_target_"):
        assert jargon not in text.replace("Changed", "changed"), jargon
    assert said["changes"][0] == "The curriculum is your own, from the file curriculum-template.csv."
    assert said["changes"][1].startswith("The students of the scenario were replaced. A pupil like those of Algebra-v0")
    assert said["changes"][2].startswith("The pupils that no teacher expects have numbers for every skill")
    assert said["sources"]["curriculum"] == "your own: curriculum-template.csv"
    middle = said["sources"]["unexpected.quick_forgetting.student.prior"]
    assert middle == "0.467: the one in the middle of the numbers that the scenario gives for its skills"
    assert said["sources"]["unexpected.quick_forgetting"] == "prior: three times the rate of forgetting"


def test_a_bundled_curriculum_is_not_called_ones_own():
    kss = {"_target_": "zpdgym.students.read_curriculum", "path": "kss.csv"}
    said = origin(Scenario.load("algebra", replace={"curriculum": kss, "student": "typical"}))
    assert said["changes"][0] == "The curriculum is the bundled one, from the file kss.csv."
    assert said["sources"]["curriculum"] == "bundled: kss.csv"


def test_a_student_of_ones_own_is_named_and_speaks_for_itself():
    student = {"_target_": f"{__name__}.Halver", "learn": 0.2}
    said = origin(Scenario.load("kt6kc", replace={"student": student}))
    assert said["sources"]["student"] == f"your own: {__name__}.Halver, learn=0.2"
    assert "student.model" not in said["sources"]
    assert said["changes"][0].endswith("learn=0.2. Forgets half of everything overnight.")


def test_changed_numbers_are_named_and_no_source_speaks_for_them():
    said = origin(Scenario.load("kt6kc", change={"student.slip": 0.2, "schedule.lessons": 50}))
    assert said["sources"]["student.slip"] == "changed to 0.2 for this experiment"
    assert said["sources"]["schedule.lessons"] == "changed to 50 for this experiment"
    assert said["sources"]["student.model"].endswith("(student.slip changed for this experiment)")
    assert len(said["assumptions"]) == 3
    assert said["changes"] == [
        "Changed for this experiment: student.slip = 0.2, schedule.lessons = 50.",
        "Where a sentence above speaks of what was replaced or changed, the new values hold.",
    ]


def test_a_replaced_schedule_leaves_the_other_assumptions():
    said = origin(Scenario.load("algebra", replace={"schedule": "once_a_week"}))
    assert len(said["assumptions"]) == 6
    assert "schedule.retention_days" not in said["sources"]
    assert said["changes"][0].startswith("The schedule of the scenario was replaced: sessions=10, ")
