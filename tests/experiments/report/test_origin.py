"""What the report says of a scenario's assumptions and sources is true of the scenario as it was simulated."""

from __future__ import annotations

import json
from pathlib import Path

from zpdgym.configs.build import CONFIGS
from zpdgym.envs.scenario import Scenario
from zpdgym.experiments.report.origin import of_unexpected, origin
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
    assert said["changes"][-1] == "The assumptions that Algebra-v1 states no longer apply and are left out."


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


def test_settings_that_nobody_can_read_are_left_to_the_sources():
    moody = {
        "_target_": "zpdgym.students.Affect", "attention": {"flow": 1.0, "bored": 0.7, "frustrated": 0.6},
        "student": {"_target_": "zpdgym.students.BKT", "prior": 0.3, "learn": 0.2, "guess": 0.2, "slip": 0.1},
    }  # fmt: skip
    said = origin(Scenario.load("kt6kc", replace={"student": moody}))
    sentence = said["changes"][0]
    assert sentence.startswith("The students of the scenario were replaced: Affect (its numbers stand among the sour")
    assert not any(sign in sentence for sign in "={}[]")
    assert "student=(BKT, prior=0.3, learn=0.2, guess=0.2, slip=0.1)" in said["sources"]["student"]
    assert "keys" not in str(said["sources"])
    people = {"_target_": "zpdgym.students.Population", "groups": [{"name": "all", "share": 1.0}], "sd": {"learn": 0.3}}
    said = origin(Scenario.load("algebra", replace={"population": people}))
    assert said["changes"][0].startswith("The population of the scenario was replaced: Population (its numbers stand")


def test_kinds_of_unexpected_pupils_are_told_in_a_sentence():
    algebra = Scenario.load("algebra")
    about = {"name": "Algebra-v0", "sections": algebra.sections, "sources": algebra.sections["sources"]}
    said = {kind: of_unexpected(about, kind) for kind in algebra.sections["unexpected"]}
    assert said["quick_forgetting"] == (
        "They forget more quickly than the teacher expects (three times the rate of forgetting; a prior guess)."
    )
    assert "neither too easy nor too hard for them (a band of difficulty)" in said["difficulty_band"]
    own = {"name": "mine", "sections": {"unexpected": {"slow": {"student": {"_target_": "zpdgym.students.FSRS"}}}}}
    assert "slowly" not in of_unexpected(own, "slow"), "one's own kind may mean something else by that name"
    assert of_unexpected(own, "afm").startswith("Answers the better, the more lessons a skill has had")
    assert of_unexpected({"name": "mine"}, "nobody") == ""


def test_every_bundled_scenario_explains_its_unexpected_pupils():
    for path in sorted((CONFIGS / "scenario").glob("*.yaml")):
        scenario = Scenario.load(path.stem)
        about = {"name": path.stem, "sections": scenario.sections, "sources": scenario.sections["sources"]}
        for kind in scenario.sections["unexpected"] or {}:
            assert of_unexpected(about, kind).endswith("."), (path.stem, kind)


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
