"""The sentences of the report: what is said of differences, of fewer pupils, of other worlds."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

from zpdgym.experiments.comparison.rows import Difference, Interval
from zpdgym.experiments.report import write_report
from zpdgym.experiments.report.page import OF_LESSONS
from zpdgym.experiments.report.results import read_experiment
from zpdgym.experiments.report.verdicts import in_short
from zpdgym.experiments.statistics import CANNOT_TELL, NO_DIFFERENCE, WORSE
from zpdgym.experiments.store.runs import write_json

from tests.experiments.report.made_up import WAYS, make_results, mastery_at, small_curriculum
from tests.experiments.report.outline import Outline


def said_with(
    folder: Path,
    *,
    about: dict | None = None,
    row: dict | None = None,
    experiment: dict | None = None,
    policy: str = "ppo_scorer",
    part: dict | None = None,
) -> str:
    """The text of a page whose files say something else in places; the files are as before afterwards."""
    files = [folder / "Small-v0" / "scenario.json", folder / "table.json", folder / "experiment.json"]
    before = [f.read_text() for f in files]
    scenario, table, specification = (json.loads(text) for text in before)
    for found in table["scenarios"]["Small-v0"]["policies"]:
        if found["policy"] == policy:
            found |= row or {}
    table["scenarios"]["Small-v0"] |= part or {}
    write_json(files[0], scenario | (about or {}))
    write_json(files[1], table)
    write_json(files[2], specification | (experiment or {}))
    try:
        return re.sub(r"\s+", " ", Outline(write_report(folder).read_text(encoding="utf-8")).said)
    finally:
        for file, text in zip(files, before, strict=True):
            file.write_text(text)


def test_the_verdict_is_said_in_words(experiment):
    ends = {"vs_tuned_low_corrected": -0.1, "vs_tuned_high_corrected": 0.2}
    unclear = said_with(experiment, row={"vs_tuned_verdict": CANNOT_TELL, **ends})
    assert re.search(r"exam questions right of 8 \(taken alone: between [0-9. a-z]+ more\)\. Because 5 comp", unclear)
    assert "is asked for: from 0.8 fewer to 1.6 more. So we cannot tell which of the two is better." in unclear
    assert "That is no practical difference" not in unclear
    small = said_with(experiment, row={"vs_tuned_verdict": NO_DIFFERENCE})
    assert "That is no practical difference: it is not above the smallest difference worth having (0.2 exam" in small


def test_numbers_that_are_read_together_have_the_same_decimals(experiment):
    """Eight questions: .004 of the exam is .03 of a question, so all that is said beside it has two decimals."""
    ends = {"vs_tuned": 0.004, "vs_tuned_low": 0.001, "vs_tuned_high": 0.1}
    skills = {"more_skills": 1.0, "more_skills_low": 0.5, "more_skills_high": 2.0}
    said = said_with(experiment, row={**ends, **skills})
    assert "1.00 more skills of 8 (between 0.50 and 2.00 more)" in said
    assert "0.03 more exam questions right of 8 (between 0.01 and 0.80 more)" in said
    assert "+0.01 to +0.80" in said
    plain = said_with(experiment, row={**ends, **skills, "vs_tuned": 0.05, "vs_tuned_low": 0.02})
    assert "1.0 more skills of 8 (between 0.5 and 2.0 more)" in plain
    assert "0.4 more exam questions right of 8 (between 0.2 and 0.8 more)" in plain


def test_a_difference_of_nothing_is_as_many_not_zero_more(experiment):
    none = {"vs_tuned": 0.0001, "vs_tuned_low": -0.1, "vs_tuned_high": 0.1, "more_skills": 0.0}
    said = said_with(experiment, row=none)
    assert "know as many skills of 8 (" in said
    assert ") as the same pupils under mastery learning (tuned), and have as many exam questions right of 8 (" in said
    assert not re.search(r"\b0\.0+ (more|fewer) (skills|exam)", said)


def test_what_is_left_later_is_said_where_the_scenario_asks_for_it(experiment, page):
    left = {"later_vs_tuned": -0.05, "later_vs_tuned_low": -0.08, "later_vs_tuned_high": -0.02}
    said = said_with(
        experiment, row={"later": 0.5, "later_low": 0.4, "later_high": 0.6, **left}, part={"later_days": 60}
    )
    told = "Asked again 60 days after the exam, they have 0.4 fewer exam questions right than under mastery learning"
    assert f"{told} (tuned) (between 0.2 and 0.6 fewer)." in said
    assert "Asked again" not in page


def test_who_taught_fewer_pupils_is_marked_and_the_note_says_how_many(experiment, page):
    said = said_with(experiment, policy="random", row={"students": 25})
    assert "random lessons‡" in said
    assert "marked ‡ taught only the first of the 60 pupils, because it takes long to decide: random lessons 25" in said
    assert "its differences are to the same pupils under the other way of teaching." in said
    assert "‡" not in page


def test_who_taught_fewer_pupils_may_have_met_none_of_a_group(experiment):
    table = experiment / "table.json"
    before = table.read_text()
    content = json.loads(before)
    part = content["scenarios"]["Small-v0"]
    part["groups"] = [g for g in part["groups"] if (g["policy"], g["group"]) != ("random", "slow learners")]
    write_json(table, content)
    try:
        assert "Gap between the group" in write_report(experiment).read_text(encoding="utf-8")
    finally:
        table.write_text(before)


def test_a_learner_that_stands_higher_than_the_one_the_page_is_about_is_named(experiment, page):
    row = {"kind": "learnt", "outcome": 1.0, "seeds": 2}
    said = said_with(experiment, policy="random", row=row)
    assert "Higher than the learnt teacher in the table below: “random lessons”. These sentences are about" in said
    assert "on validation pupils" in said
    assert "in the table below:" not in page


def without_learner(folder: Path, **ways: object) -> Path:
    """The results of untrained policies alone."""
    lines = {name: way for name, way in WAYS.items() if way[0] != "learnt"}
    return make_results(folder, small_curriculum(), ways=lines | {name: ("baseline", 1, w) for name, w in ways.items()})


def test_without_a_learner_the_page_is_about_what_was_asked_for(tmp_path):
    folder = without_learner(tmp_path, recall_threshold=mastery_at(0.7), streak=mastery_at(0.6))
    table = json.loads((folder / "table.json").read_text())["scenarios"]["Small-v0"]["policies"]
    validation = {row["policy"]: row["validation"] for row in table}
    best = max(("recall_threshold", "streak"), key=lambda name: validation[name])
    _, (world,) = read_experiment(folder)
    assert world.teacher.policy == best
    said = Outline(write_report(folder).read_text(encoding="utf-8")).said
    assert f"on this page is {world.teacher.called}: this experiment has no learnt teacher" in said
    assert "the one that was asked for, of several the best on validation pupils, stands in its place" in said
    # the sections that need lessons are about whose lessons there are, and say so
    instead = f"This is about “mastery learning (textbook)”: the lessons of {world.teacher.called} were not"
    assert said.count(instead) == len(OF_LESSONS)
    assert world.teacher.called in Outline(in_short([world])).said


def test_reference_lines_alone_leave_textbook_mastery_learning(tmp_path):
    _, (world,) = read_experiment(without_learner(tmp_path))
    assert (world.teacher.policy, world.explained) == ("mastery", world)


def test_who_is_best_on_validation_pupils_is_not_said_to_be_best_on_others(tmp_path):
    _, (world,) = read_experiment(without_learner(tmp_path))
    tuned = replace(world.table, best_untrained="mastery_tuned")
    for outcome, above in ((1.0, True), (0.0, False)):
        ways = {
            name: replace(way, row=replace(way.row, outcome=Interval(outcome, outcome, outcome)))
            if name in ("random", "mastery", "no_teaching")
            else way
            for name, way in world.ways.items()
        }
        said = Outline(in_short([replace(world, table=tuned, ways=ways)])).said
        assert "did best of all that need no training on validation pupils" in said
        assert ("on those of this page " in said and " end above it" in said) is above


def test_several_scenarios_begin_with_a_line_for_each(experiment, page):
    assert 'id="in-short"' not in page
    _, (world,) = read_experiment(experiment)
    way = world.teacher
    best = next(w for w in world.ways.values() if w.kind == "baseline" and w is not world.mastery)
    table = replace(world.table, best_untrained=best.policy)

    def said_of(difference, verdict):
        row = replace(way.row, vs_best=Difference(*difference, p=0.5), vs_best_verdict=verdict)
        return replace(world, table=table, ways=dict(world.ways) | {way.policy: replace(way, row=row)})

    lost = said_of((-0.1, -0.2, -0.05), WORSE)
    even = said_of((0.0, -0.01, 0.01), NO_DIFFERENCE)
    said = Outline(in_short([lost, even])).said
    assert f"Small-v0: {best.called} wins: 0.8 more exam questions right of 8 than under the learnt teacher (b" in said
    assert "between 0.4 and 1.6 more" in said
    assert "no winner, no practical difference: under the learnt teacher as many exam questions right of 8 as" in said


def test_a_reference_that_is_beaten_is_explained(experiment):
    why = "it sees everything but plans no further than the next lessons"
    assert why in said_with(experiment, row={"outcome": 1.0}).lower()


def test_the_command_for_this_page_is_the_one_that_was_given(experiment):
    said = said_with(experiment, experiment={"again": "zpdgym compare experiment=my/own.yaml"})
    assert "The experiment: zpdgym compare experiment=my/own.yaml. Only" in said
    assert "its command was not kept" in said_with(experiment, experiment={"name": "nobody_knows_it"})
    assert "The experiment: zpdgym compare experiment=quickstart. Only" in said_with(
        experiment, experiment={"name": "quickstart"}
    )


def test_a_curriculum_of_ones_own_goes_by_its_own_name(experiment):
    changes = ["The curriculum of the scenario was replaced: small."]
    said = said_with(experiment, about={"replaced": ["curriculum"], "changes": changes, "assumptions": []})
    assert "Your curriculum: small" in said
    assert "In the files: Small-v0" in said
    assert changes[0] in said
