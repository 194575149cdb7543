"""Whether a schedule fits its curriculum: what is said of lessons that were made up for it."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
from zpdgym.experiments.comparison.first import first_said, frustration
from zpdgym.experiments.comparison.pace import Pace, advice, pace_of
from zpdgym.experiments.comparison.rows import ComparisonTable
from zpdgym.experiments.comparison.show import markdown, terminal
from zpdgym.experiments.comparison.table import comparison
from zpdgym.experiments.store.columns import from_plain, to_plain
from zpdgym.experiments.store.runs import Run


def kept(tmp_path, known: list[float], *, per_session: int = 2, n: int = 10, days: float = 2.0) -> Run:
    """A run whose students know ``known`` [before, after lesson 1, …]; so many lessons a session."""
    lessons = len(known) - 1
    mastery = np.broadcast_to(np.array(known)[None, :, None], (n, lessons + 1, 4))
    day = np.broadcast_to(days * (np.arange(lessons) // per_session), (n, lessons))
    run = Run(tmp_path)
    run.write_arrays("lessons.npz", {"items": np.zeros((n, lessons), np.int16), "day": day, "mastery": mastery})
    return run


def calendar(sessions: int) -> list[float]:
    return [2.0 * session for session in range(sessions)]


def test_a_schedule_in_which_all_is_learnt_early_is_far_too_long(tmp_path):
    run = kept(tmp_path, [0.0, 0.25, 0.5, 0.75, 0.97, *[0.98] * 36])
    pace = pace_of("mastery", run, calendar(20), curves={})
    assert pace is not None
    assert (pace.value, pace.of, pace.unit, pace.week) == (2, 20, "session", 1)
    assert (pace.known, pace.most) == (pytest.approx(0.97), pytest.approx(0.98))
    said = advice(pace, who="mastery", learners="pupils")
    assert said == (
        "The schedule is far too long for this curriculum. Everything is learnt by session 2 of 20 (week 1): taught by "
        "mastery, pupils know 97 % of the skills then, and at most 98 % later. What comes after can hardly show which "
        "way of teaching is better: shorten to 2 sessions."
    )


def test_a_schedule_that_reaches_little_is_far_too_short(tmp_path):
    run = kept(tmp_path, [0.1, 0.12, 0.14, 0.16, 0.2])
    pace = pace_of("mastery", run, calendar(2), curves={})
    assert pace is not None
    assert pace.needed == pytest.approx(18)
    said = advice(pace, who="mastery", learners="pupils")
    assert said == (
        "The schedule is far too short for this curriculum. In 2 sessions pupils get from 10 % to 20 % of the skills, "
        "taught by mastery; at that pace all of them would take about 18 sessions. Lengthen the schedule, or choose "
        "fewer skills."
    )


@pytest.mark.parametrize(
    "known",
    [
        np.linspace(0, 0.6, 41),  # about right
        np.linspace(0, 1, 41),  # just enough
        np.full(41, 0.3),  # nobody learns anything, whatever the schedule
        [*np.linspace(0, 0.5, 11), *np.full(30, 0.5)],  # half of the skills and no more: not a matter of time
    ],
)
def test_of_any_other_schedule_nothing_is_said(tmp_path, known):
    pace = pace_of("mastery", kept(tmp_path, [float(v) for v in known]), calendar(20), curves={})
    assert pace is not None
    assert advice(pace, who="mastery", learners="pupils") is None


def test_a_policy_that_is_stuck_does_not_pass_for_done(tmp_path):
    run = kept(tmp_path, [0.0, 0.5, *[0.9] * 39])
    late = np.linspace(0, 1, 41)
    alone, beside = (pace_of("mastery", run, calendar(20), curves=curves) for curves in ({}, {"streak": late}))
    assert alone is not None
    assert beside is not None
    assert alone.too_long
    assert not beside.too_long
    assert (beside.value, beside.most, beside.policy) == (19, 1.0, "streak")


@pytest.mark.parametrize(("days", "unit", "value"), [(2.0, "session", 4), (0.0, "lesson", 8)])
def test_whoever_is_done_first_says_how_soon_it_can_be_done(tmp_path, days, unit, value):
    """Mastery learning is stuck below what another policy, whose lessons were not kept, has after eight lessons."""
    run = kept(tmp_path, [0.0, 0.5, *[0.9] * 39], days=days)
    quick = np.minimum(np.linspace(0, 5, 41), 1.0)
    pace = pace_of("mastery", run, calendar(20) if days else [0.0], curves={"streak": quick})
    assert pace is not None
    assert (pace.value, pace.unit, pace.policy, pace.known) == (value, unit, "streak", 1.0)
    assert pace.too_long


def test_one_session_is_counted_in_lessons(tmp_path):
    run = kept(tmp_path, [0.0, 0.5, 0.96, 0.96, 0.97, 0.97, 0.97, 0.97], per_session=99)
    pace = pace_of("mastery", run, [0.0], curves={})
    assert pace is not None
    assert (pace.value, pace.of, pace.unit) == (2, 7, "lesson")
    assert "by lesson 2 of 7: taught" in str(advice(pace, who="mastery", learners="pupils"))


def test_who_ends_early_keeps_what_is_known(tmp_path):
    """One of two students has all in one session and stops; the other goes on."""
    items = np.array([[0, 0, -1, -1], [0, 0, 0, 0]], np.int16)
    day = np.array([[0, 0, 0, 0], [0, 0, 2, 2]], np.float32)
    mastery = np.array([[[0], [0], [1], [1], [1]], [[0], [0], [0], [0], [1]]], np.float64)
    Run(tmp_path).write_arrays("lessons.npz", {"items": items, "day": day, "mastery": mastery})
    pace = pace_of("mastery", Run(tmp_path), calendar(2), curves={})
    assert pace is not None
    assert (pace.before, pace.most, pace.value) == (0.0, 1.0, 2)


def test_the_terminal_says_it_before_the_table_and_names_who_would_frustrate(compared):
    result, printed = compared
    table = from_plain(ComparisonTable, result.table, where="table.json")
    label, scenario = next(iter(table.scenarios.items()))
    assert scenario.pace is not None
    long = Pace(2, 20, "session", 1, 0.0, 0.97, 0.98, "mastery")
    rows = tuple(
        replace(row, right=0.4, mostly_wrong=0.7, mostly_wrong_highest=0.8, longest_wrong=12.0, frustrating=1)
        if row.policy == "random"
        else replace(row, frustrating=0)
        for row in scenario.policies
    )
    shown = replace(table, scenarios={label: replace(scenario, pace=long, policies=rows)})
    first = first_said(shown.scenarios[label])
    assert len(first) == 1
    parts = [str(getattr(part, "plain", "the table")) for part in terminal(shown, width=100)]
    assert parts.index(first[0]) < parts.index("the table")
    wrong = frustration(shown.scenarios[label])
    assert wrong[1:] == ["  random: 40 % right, 70 % of the students below half, 12 wrong in a row"]
    assert "\n".join(wrong) in markdown(shown).replace("  \n", "\n")
    assert f"* {first[0]}" in markdown(shown)
    assert not first_said(replace(scenario, pace=None))
    assert label in printed


def test_the_table_holds_what_the_runs_say_of_wrong_answers(compared):
    result, _ = compared
    table = from_plain(ComparisonTable, result.table, where="table.json")
    for label, scenario in table.scenarios.items():
        for row in scenario.policies:
            pupils = Run(result.folder / label / row.policy / "seed0").csv("students.csv")
            if row.policy == "no_teaching":
                assert np.isnan(row.right)
                assert row.frustrating is None
                continue
            assert row.right == pytest.approx(pupils["right"].mean())
            assert row.longest_wrong == pupils["longest_wrong"].median()
            assert row.mostly_wrong == pytest.approx((pupils["right"] < 0.5).mean())
            groups = {g.group: g for g in scenario.groups if g.policy == row.policy}
            for group, those in pupils.groupby("group"):
                assert groups[str(group)].right == pytest.approx(those["right"].mean())


def test_results_without_the_new_columns_stay_readable(compared, tmp_path):
    """As an older version wrote them."""
    result, _ = compared
    folder = tmp_path / "old"
    shutil.copytree(result.folder, folder)
    for path in folder.glob("*/*/seed*/students.csv"):
        run = Run(path.parent)
        frame = run.csv("students.csv").drop(columns=["right", "longest_wrong"])
        run.write_csv("students.csv", {str(name): frame[name] for name in frame.columns})
    made = comparison(folder, json.loads((folder / "experiment.json").read_text()))
    scenario = next(iter(made.scenarios.values()))
    assert all(np.isnan(row.right) and row.frustrating is None for row in scenario.policies)
    assert frustration(scenario) == []
    plain = to_plain(made)
    for part in plain["scenarios"].values():
        part.pop("pace", None)
        for row in [*part["policies"], *part["groups"]]:
            for name in ("right", "longest_wrong", "mostly_wrong", "mostly_wrong_highest", "frustrating"):
                row.pop(name, None)
    read = from_plain(ComparisonTable, plain, where="table.json")
    assert next(iter(read.scenarios.values())).pace is None
