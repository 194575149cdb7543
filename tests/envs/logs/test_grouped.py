"""Logs whose groups are known: who is in them, what skews them, and what mends them."""

from __future__ import annotations

import numpy as np
import pytest
from zpdgym.envs.beliefs.course import course_log
from zpdgym.envs.logs.grouped import _students as students
from zpdgym.envs.logs.grouped import grouped_log
from zpdgym.envs.scenario import Scenario
from zpdgym.errors import InputError

SLOW, FAST = 1, 0


@pytest.fixture(scope="module")
def world() -> Scenario:
    return Scenario.load("practice", replace={"population": "fast_slow"})


@pytest.fixture(scope="module")
def even(world):
    return grouped_log(world, [0.5, 0.5], n_students=60, seed=3)


def lessons_of(log, group):
    return log.log.items[log.group == group]


def test_every_group_has_the_share_that_was_asked_for(world):
    for share in (0.05, 0.5, 0.8):
        log = grouped_log(world, [1 - share, share], n_students=60, seed=0)
        assert np.bincount(log.group).tolist() == [60 - round(60 * share), round(60 * share)]
        assert len(log.log.items) == 60
        # who comes first is no matter of groups: fits look at the first students alone
        assert share == 0.05 or 0 < log.group[:20].mean() < 1


def test_a_group_in_the_log_answers_as_it_does_in_a_log_of_everybody(world):
    everybody, log = course_log(world, n_students=3000, seed=0), grouped_log(world, [0.9, 0.1], n_students=2000, seed=0)
    fast, slow = (float((log.log.answers[log.group == g] == 1).mean()) for g in (FAST, SLOW))
    assert fast > slow + 0.1
    assert (fast + slow) / 2 == pytest.approx(float((everybody.answers == 1).mean()), abs=0.01)


def test_logs_with_other_shares_are_of_the_same_students_as_far_as_both_need_them(world):
    few, even = (students(world, np.array(sizes), 5) for sizes in ([36, 4], [20, 20]))
    for group in (FAST, SLOW):
        one, other = (who[groups == group] for who, groups in (few, even))
        shared = min(len(one), len(other))
        assert one[:shared].tolist() == other[:shared].tolist()
        assert (np.diff(one) > 0).all()


def test_an_unfinished_group_has_no_lesson_after_a_third_and_nobody_else_loses_any(even):
    cut = even.unfinished(even.of(SLOW), 1 / 3)
    end = round(even.log.items.shape[1] / 3)
    assert (lessons_of(cut, SLOW)[:, end:] == -1).all()
    assert (cut.log.answers[cut.group == SLOW, end:] == -1).all()
    assert np.array_equal(lessons_of(cut, SLOW)[:, :end], lessons_of(even, SLOW)[:, :end])
    assert np.array_equal(lessons_of(cut, FAST), lessons_of(even, FAST))
    assert (even.log.items >= 0).all()  # the log that it was made of is as it was


def test_unfinished_rows_are_continued_as_those_of_others_who_were_like_them(even):
    end = round(even.log.items.shape[1] / 3)
    whole = even.unfinished(even.of(SLOW), 1 / 3).continued(even.of(SLOW), even.of(FAST), 1 / 3, seed=0)
    rest = {row.tobytes() for row in lessons_of(even, FAST)[:, end:]}
    assert all(row.tobytes() in rest for row in lessons_of(whole, SLOW)[:, end:])
    assert np.array_equal(whole.log.answers[:, :end], even.log.answers[:, :end])
    donors = len({row.tobytes() for row in lessons_of(whole, SLOW)[:, end:]})
    assert donors > 5  # not one student for all

    def right(answers):
        return (answers == 1).sum(axis=1)

    slow = even.group == SLOW
    late, early = (right(log.log.answers[slow, end:]).mean() for log in (whole, even))
    fast = right(even.log.answers[~slow, end:]).mean()
    assert early < late < fast  # nearer to those who went on than they were, and below them


def test_levelled_groups_have_as_many_rows_as_the_largest_and_nobody_is_left_out(world):
    few = grouped_log(world, [0.9, 0.1], n_students=60, seed=0)
    level = few.levelled(seed=0)
    assert np.bincount(level.group).tolist() == [54, 54]
    for group in (FAST, SLOW):
        assert {row.tobytes() for row in lessons_of(level, group)} == {row.tobytes() for row in lessons_of(few, group)}


def test_the_same_seed_makes_the_same_log_and_another_one_another(world, even):
    again, other = (grouped_log(world, [0.5, 0.5], n_students=60, seed=seed) for seed in (3, 4))
    assert np.array_equal(again.log.answers, even.log.answers)
    assert not np.array_equal(other.log.answers, even.log.answers)


def test_a_group_of_whom_there_are_too_few_is_named(world, monkeypatch):
    for name in ("AT_ONCE", "MOST"):
        monkeypatch.setattr(f"zpdgym.envs.logs.grouped.{name}", 10)
    with pytest.raises(InputError, match=r"the group '\w+ learners' is too rare: of 10 students \d are of it"):
        grouped_log(world, [0.5, 0.5], n_students=60, seed=0)


def test_times_and_hints_are_cut_and_continued_with_the_lessons_that_they_are_of():
    inside = {"_target_": "zpdgym.students.ResponseTime", "student": {"_target_": "zpdgym.students.BKT"}}
    student = {"_target_": "zpdgym.students.Hints", "student": inside}
    world = Scenario.load("practice", replace={"population": "fast_slow", "student": student})
    even = grouped_log(world, [0.5, 0.5], n_students=40, seed=3)
    theirs, others = even.of(SLOW), even.of(FAST)
    end = round(even.log.items.shape[1] / 3)
    cut = even.unfinished(theirs, 1 / 3)
    ended = cut.continued(theirs, others, 1 / 3, seed=0)
    for name in ("minutes", "hints"):
        before, after, whole = (log.log.cells[name] for log in (even, cut, ended))
        assert (before[theirs, end:] > 0).any()
        assert (after[theirs, end:] == 0).all()
        np.testing.assert_array_equal(after[others], before[others])
        for row in theirs:
            who = others[(even.log.items[others, end:] == ended.log.items[row, end:]).all(axis=1)]
            assert any(np.array_equal(whole[row, end:], before[one, end:]) for one in who)
