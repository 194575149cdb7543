"""Columns that say nothing are left out with a reason; no way leads to a reference that somebody passes."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import zpdgym
from zpdgym.experiments.comparison import show, table, telling
from zpdgym.experiments.metrics import Limits, summary

from benchmarks.columns import not_applying
from tests.experiments.comparison.small import rows_of

NAN = float("nan")


def test_what_is_empty_or_the_same_for_all_says_nothing():
    columns = {"in_band": [NAN, None], "quit": [0.0, 0.0, NAN], "wasted": [0.2, 0.2], "minutes": [3.0, 4.0]}
    assert telling.silent(columns) == {
        "in_band": telling.EMPTY["in_band"],
        "quit": "nobody gives up",
        "wasted": "0.2 under every policy",
    }


def test_students_who_learn_nothing_are_not_said_to_learn_at_any_difficulty():
    found = telling.silent({"in_band": [NAN, NAN], "gain": [0.0, 0.0]})
    assert found["in_band"] == "no lesson changes these students"
    found = telling.silent({"in_band": [NAN, NAN], "gain": [0.0, 0.1]})
    assert found["in_band"] == telling.EMPTY["in_band"]


def test_who_never_gets_there_has_no_time_to_mastery():
    found = telling.silent(
        {"reached": [0.0, 0.0], "minutes_to_mastery": [130.0, 130.0], "lessons_to_mastery": [80, 80]}
    )
    assert set(found.values()) == {"nobody had four fifths of the skills mastered at once"}
    assert len(found) == 3


def test_tables_leave_them_out_and_the_notes_say_why(compared):
    scenario = rows_of(compared[0]).scenarios["Tiny-v0"]
    gone = telling.left_out(scenario.policies)
    assert {"in_band", "quit", "sampled"} <= gone.keys()  # three skills of one difficulty; nobody gives up or learns
    heads, rows = telling.telling(*show._main_table(scenario, wide=True), scenario.policies)
    assert not {"in band", "quit", "sampled"} & set(heads)
    assert {len(row) for row in rows} == {len(heads)}
    (note,) = [note for note in scenario.notes if note.startswith("Left out")]
    assert "quit (nobody gives up)" in note
    text = (compared[0].folder / "table.md").read_text()
    assert note in text
    assert "| wrongly believed |" in text
    report = (compared[0].folder / "report.html").read_text()
    assert ">Gave up<" not in report
    assert "“Gave up” (nobody gives up)" in report
    assert telling.LEFT_OUT not in report


def test_of_one_row_nothing_is_left_out(compared):
    scenario = rows_of(compared[0]).scenarios["Tiny-v0"]
    assert telling.left_out(scenario.policies[:1]) == {}


def test_where_no_lesson_changes_the_exam_the_table_says_so(compared):
    scenario = rows_of(compared[0]).scenarios["Tiny-v0"]
    alike = tuple(replace(row, outcome=replace(row.outcome, value=0.5)) for row in scenario.policies)
    notes = telling.notes_on_columns("exam", alike)
    assert notes[0] == "No lesson changes what is measured here: exam is 0.500 whoever teaches."
    assert not any(note.startswith("No lesson") for note in telling.notes_on_columns("exam", scenario.policies))


def ways(reference, **means):
    """The notes and the ways of a scenario whose policies have these mean outcomes."""
    scenario = object.__new__(table._Scenario)
    kinds = {"oracle_greedy": "privileged", "optimal": "privileged", "ppo": "learnt"}
    scenario.reference = reference
    made: Any = {
        name: SimpleNamespace(policy=name, kind=kinds.get(name, "baseline"), outcome=np.full((1, 4), mean), n=4)
        for name, mean in means.items()
    }
    scenario.taught = made
    return scenario._on_the_way(), [scenario._of_the_way(taught) for taught in made.values()]


def test_no_way_leads_to_a_reference_that_an_untrained_policy_passes():
    notes, found = ways("oracle_greedy", no_teaching=0.1, random=0.96, sm2=0.97, oracle_greedy=0.87)
    assert found == [None] * 4
    assert notes == [
        "The way to the reference is not given: sm2 (0.970) passes oracle_greedy (0.870), the best of those who look "
        "inside the students, which is no bound."
    ]
    notes, found = ways("oracle_greedy", no_teaching=0.1, random=0.5, oracle_greedy=0.9, ppo=0.98)
    assert notes == []
    assert found == pytest.approx([0.0, 0.5, 1.0, 1.1])  # a teacher that learnt to plan may pass it
    notes, found = ways("optimal", no_teaching=0.1, random=0.6001, optimal=0.6)
    assert notes == []  # by luck of the draw only
    assert found[1] == pytest.approx(1.0, abs=1e-3)


def test_the_way_leads_to_a_bound_or_else_to_the_best_of_those_who_look_inside():
    def of(name, mean, kind="privileged", n=4):
        return name, SimpleNamespace(policy=name, kind=kind, outcome=np.full((1, n), mean), n=n)

    inside = dict([of("oracle_greedy", 0.6), of("oracle_per_minute", 0.7), of("oracle_lookahead", 0.8, n=2)])
    assert table._best_reference(inside) == "oracle_per_minute"  # the other one taught fewer students
    assert table._best_reference(dict([of("oracle_lookahead", 0.8), of("oracle_greedy", 0.8)])) == "oracle_lookahead"
    assert table._best_reference(inside | dict([of("fully_observed", 0.5)])) == "fully_observed"
    assert table._best_reference(inside | dict([of("fully_observed", 0.5), of("optimal", 0.4)])) == "optimal"
    assert table._best_reference(dict([of("random", 0.9, "baseline")])) is None


def test_files_without_what_the_tutor_wrongly_believes_are_read():
    names = ("exam", "pre", "gain", "mastery_exam", "skills_mastered", "lessons", "minutes", "lessons_to_mastery",
             "minutes_to_mastery", "reached", "wasted_mastered", "wasted_unready", "in_band", "quit")  # fmt: skip
    found = summary({name: np.ones(3) for name in names}, primary="exam", limits=Limits(9, 9.0))
    assert np.isnan(found["misbelief"])
    assert found["in_band"] == 1.0


EXPECTED = {
    "irt_1pl": {"outcome", "gain", "reached", "in_band"},
    "kt_idem": {"in_band"},
    "hints": set(),
    "kt6kc": {"in_band"},
}


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_which_columns_apply_to_some_students(name):
    gone = not_applying(name, n_students=20)
    assert EXPECTED[name] <= gone.keys()
    assert "quit" in gone
    assert ("outcome" in gone) == name.startswith("irt")


@pytest.mark.slow
@pytest.mark.parametrize("name", zpdgym.list_students())
def test_which_columns_apply_to_all_students(name):
    """Every column that is shown tells policies apart, and every other one has a reason in words."""
    gone = not_applying(name, n_students=100)
    static = name in ("irt_1pl", "irt_2pl", "irt_3pl")
    assert ("outcome" in gone, "gain" in gone, "mastery_exam" in gone) == (static,) * 3
    assert ("quit" in gone) == (name not in ("affect", "difficulty_band", "mixture", "whole_learner"))
    assert "misbelief" not in gone
    assert all(len(why) > 9 for why in gone.values())
    times = {"reached", "lessons_to_mastery", "minutes_to_mastery"}
    assert times <= gone.keys() or not times & gone.keys()
