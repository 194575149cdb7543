"""Who gains, who loses, who is often wrong, and who would be flagged when."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from zpdgym.experiments.comparison.pace import Pace
from zpdgym.experiments.comparison.rows import HarmRow, Interval, TaughtShare
from zpdgym.experiments.figures.bars import Shares, shares_chart, told
from zpdgym.experiments.report.first import first_of_all
from zpdgym.experiments.report.gainers import shares_in_expectation, shares_in_one_run, who_gains
from zpdgym.experiments.report.mistakes import how_often_wrong, warning
from zpdgym.experiments.report.results import read_experiment, read_lessons
from zpdgym.experiments.report.taught.risk import ENOUGH, at_risk, ends_low, when_flagged

from tests.experiments.report.outline import Outline


@pytest.fixture(scope="module")
def world(experiment):
    return read_experiment(experiment)[1][0]


def said(markup) -> str:
    return Outline(f"<div>{markup}</div>").said.replace("\u00a0", " ")


def test_shares_are_those_of_the_files_and_add_up(world):
    rows = shares_in_one_run(world)
    base = world.mastery.runs[0].csv("students.csv")
    for row, group in zip(rows, (None, "fast learners", "slow learners"), strict=True):
        worse = []
        for run in world.teacher.runs:
            own = run.csv("students.csv")
            here = [group in (None, g) for g in base["group"]]
            worse.append(np.mean([o < b - 0.02 for o, b, h in zip(own["exam"], base["exam"], here, strict=True) if h]))
        assert row.worse == pytest.approx([np.mean(worse)] * 2)
        assert [w for w, _ in row.trainings] == pytest.approx(worse)
        assert row.worse[0] + row.same[0] + row.better[0] == pytest.approx(1)
        assert not row.open
        assert row.floor is None


def test_one_run_of_luck_is_called_so_and_a_floor_is_drawn(world):
    row = Shares("all pupils", 100, (0.3, 0.3), (0.5, 0.5), None, ((0.25, 0.55), (0.35, 0.45)))
    today = said(who_gains(world, "k", [row]))
    assert "In this one run of luck." in today
    assert "was not measured here" in today
    with_floor = replace(row, floor=0.25)
    later = said(who_gains(world, "k", [with_floor], in_expectation=True))
    assert "one run of luck. " not in later
    assert "the luck was taken out" in later
    assert "The broken line is the floor" in later
    assert "Worse by luck alone" in later
    assert "by luck alone 25 % worse; single trainings: worse 25 % and 35 %" in told(with_floor).replace("\u00a0", " ")


def test_a_bar_has_two_dots_for_each_training_and_its_parts_fill_it():
    row = Shares("a", 10, (0.3, 0.3), (0.5, 0.5), 0.1, ((0.25, 0.55), (0.35, 0.45)))
    outline = Outline(shares_chart("k", "Who", [row, replace(row, name="b", trainings=())], "mastery"))
    circles = [float(a["cx"]) for tag, a in outline.found if tag == "circle"]
    parts = [a for tag, a in outline.found if tag == "rect" and a.get("height") == "24"]
    widths = [float(a["width"]) for a in parts]
    left, wide = float(parts[0]["x"]), sum(widths[:5])
    assert wide == pytest.approx(400)
    assert [(x - left) / wide for x in circles] == pytest.approx([0.25, 0.45, 0.35, 0.55])
    dashed = [float(a["x1"]) for tag, a in outline.found if a.get("stroke-dasharray") == "4 2"]
    assert [(x - left) / wide for x in dashed] == pytest.approx([0.1, 0.1])


def test_a_group_of_which_nothing_can_be_told_has_an_empty_bar():
    nothing = Shares("a", 10, (np.nan, np.nan), (np.nan, np.nan))
    outline = Outline(shares_chart("k", "Who", [nothing], "mastery"))
    assert outline.said.count("we cannot tell") == 2, "on the bar, and in the description"
    assert not [a for tag, a in outline.found if tag == "circle"]
    assert "nan" not in outline.said


def lives(world, policy, group=None, harmed=0.2, told=True):
    """What a table says of harm, made up."""
    share = TaughtShare(harmed, harmed - 0.02, harmed + 0.02)
    return HarmRow(
        scenario="Algebra-v0", policy=policy, kind="learnt", group=group, students=300, lives=8,
        difference=Interval(0.03, 0.02, 0.04), harmed=share, harmed_told=told, gained=replace(share, value=0.5),
        gained_told=told,
    )  # fmt: skip


def test_where_students_lived_several_times_the_bars_are_of_what_they_can_expect(world):
    teacher, tuned = world.teacher.policy, world.table.tuned
    rows = (
        lives(world, teacher, "slow learners", told=False), lives(world, teacher), lives(world, tuned, harmed=0.01),
    )  # fmt: skip
    everybody, slow = shares_in_expectation(replace(world, table=replace(world.table, harm=rows)))
    assert (everybody.worse, everybody.better, everybody.floor) == ((0.2, 0.2), (0.5, 0.5), 0.01)
    assert everybody.same == pytest.approx((0.3, 0.3))
    assert slow.untold, "the noise of a pupil is not known to be small"
    shown = said(who_gains(world, "k", [everybody, slow], in_expectation=True))
    assert "nan" not in shown
    assert "perhaps" not in shown
    assert shares_in_expectation(replace(world, table=replace(world.table, harm=()))) == []


def test_a_share_that_is_not_told_exactly_is_drawn_from_and_to(world):
    row = replace(lives(world, world.teacher.policy, told=False), noise=0.01, harmed_told=True)
    row = replace(row, gained=TaughtShare(0.6, 0.5, 0.7), harmed=TaughtShare(0.1, 0.09, 0.11))
    (shares,) = shares_in_expectation(replace(world, table=replace(world.table, harm=(row,))))
    assert (shares.worse, shares.better) == ((0.1, 0.1), (0.5, 0.7))
    assert shares.same == pytest.approx((0.2, 0.4))
    shown = said(who_gains(world, "k", [shares], in_expectation=True))
    assert "10 % worse, 20 % to 40 % the same, 50 % to 70 % better" in shown
    assert "the lives do not tell more exactly (95 % intervals)" in shown
    outline = Outline(shares_chart("k", "Who", [shares], "mastery"))
    widths = [float(a["width"]) for tag, a in outline.found if tag == "rect" and a.get("height") == "24"]
    assert widths == pytest.approx([40, 0, 80, 80, 200])
    all_open = replace(row, harmed_told=False, harmed=TaughtShare(0.4, 0, 0.9), gained=TaughtShare(0.4, 0, 0.9))
    (nothing,) = shares_in_expectation(replace(world, table=replace(world.table, harm=(all_open,))))
    assert nothing.untold
    full = replace(row, gained=TaughtShare(0.85, 0.8, 1.0))
    (shares,) = shares_in_expectation(replace(world, table=replace(world.table, harm=(full,))))
    assert (shares.better, shares.same) == (pytest.approx((0.8, 0.9)), pytest.approx((0.0, 0.1)))
    noisy = replace(row, noise=0.019)
    (nothing,) = shares_in_expectation(replace(world, table=replace(world.table, harm=(noisy,))))
    assert nothing.untold


def with_rows(world, **changed):
    ways = {name: replace(way, row=replace(way.row, **changed)) for name, way in world.ways.items()}
    return replace(world, ways=ways)


def test_would_frustrate_stands_beside_the_verdict_and_in_the_table(world):
    wrong = {"right": 0.38, "mostly_wrong": 0.7, "mostly_wrong_highest": 0.81, "longest_wrong": 12.0}
    bad = with_rows(world, **wrong, frustrating=1)
    flag = said(warning(bad))
    assert flag.startswith("Would frustrate. Under the learnt teacher pupils get 38 % of their answers right, and 70 %")
    assert "of them get fewer than half right (81 % in the worst training)." in flag
    assert "prior" in flag
    assert "Half of the pupils are at some time wrong 12 times in a row or more." in flag
    assert "is once wrong" not in flag
    assert "yes, in 1 of 2 trainings" in said(how_often_wrong(bad))
    good = with_rows(world, frustrating=0)
    assert warning(good) is None
    every_way, _ = said(how_often_wrong(good)).split("How often pupils of each group")
    assert "yes" not in every_way
    assert "Would frustrate?" in every_way


def test_old_results_say_that_it_was_not_measured(world):
    old = with_rows(world, right=np.nan, mostly_wrong=np.nan, frustrating=None)
    assert warning(old) is None
    assert "not measured" in said(how_often_wrong(old))


def test_flags_are_what_a_tutor_sees_and_early_ones_need_enough_answers(world):
    """Recomputed here pupil by pupil, from the answers."""
    lessons = read_lessons(world, world.teacher)
    outcome = world.teacher.pupils["exam"][: lessons.n_students]
    rows = when_flagged(lessons, outcome)
    low = set(sorted(range(len(outcome)), key=lambda i: (outcome[i], i))[: round(len(outcome) / 4)])
    assert set(np.flatnonzero(ends_low(outcome))) == low
    assert [row.words for row in rows] == ["week 1", "week 2", "week 3", "week 4"]
    for week, row in enumerate(rows, start=1):
        shares = {}
        for i in range(lessons.n_students):
            answers = [
                lessons.correct[i, t]
                for t in range(lessons.horizon)
                if lessons.items[i, t] >= 0 and lessons.day[i, t] < 7 * week and lessons.correct[i, t] >= 0
            ]
            if len(answers) >= ENOUGH:
                shares[i] = sum(answers) / len(answers)
        caught = set(sorted(shares, key=lambda i: (shares[i], i))[: max(1, round(len(shares) / 3))])
        assert row.share == pytest.approx(len(caught) / lessons.n_students)
        assert row.found == pytest.approx(len(caught & low) / len(low))
        if caught:
            assert row.low_if_flagged == pytest.approx(len(caught & low) / len(caught))
    assert 0 < rows[-1].share < 0.4, "a flag that nearly everybody wears says nothing"
    assert rows[-1].low_if_flagged > rows[-1].low_if_not
    shown = said(at_risk(world, lessons, read_lessons(world, world.mastery)))
    assert "By the end of week 1" in shown
    assert "slow learners" in shown


def test_a_schedule_that_does_not_fit_is_the_first_thing_said(world):
    long = Pace(3, 12, "session", 1, 0.1, 0.97, 0.98, world.mastery.policy)
    box = said(first_of_all([replace(world, table=replace(world.table, pace=long))]))
    assert "far too long for this curriculum. Everything is learnt by session 3 of 12 (week 1)" in box
    assert "“mastery learning (tuned)”" in box
    fits = replace(long, value=11)
    assert first_of_all([replace(world, table=replace(world.table, pace=fits))]) is None


def test_the_pace_of_old_results_is_read_from_their_lessons(world):
    assert world.table.pace is not None
    old = replace(world, table=replace(world.table, pace=None))
    assert first_of_all([old]) == first_of_all([world])
