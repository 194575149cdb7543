"""Which skill when: all pupils count, nothing is shown of the last few, and no skill stands before what it needs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from zpdgym.experiments.figures.calendar import LEVELS, calendar, calendar_chart, in_words, last_lesson
from zpdgym.experiments.figures.lessons import Lessons, when_taught
from zpdgym.experiments.figures.stretches import stretches
from zpdgym.experiments.report.taught.sequence import out_of_order, sequence
from zpdgym.students.curriculum.builders import chain
from zpdgym.students.curriculum.curriculum import Curriculum


def lessons_of(skills: list[list[int]], curriculum: Curriculum, *, days: list[float] | None = None) -> Lessons:
    """Lessons in which each pupil (row) is taught these skills; -1 after the end."""
    skill = np.array(skills)
    first = np.array([np.flatnonzero(curriculum.q[:, k])[0] for k in range(curriculum.n_skills)])
    items = np.where(skill >= 0, first[skill], -1)
    n, horizon = items.shape
    day = np.broadcast_to(np.arange(horizon) if days is None else np.array(days), items.shape).astype(float)
    shape = (n, horizon, curriculum.n_skills)
    seen, mastery = {"belief": np.zeros(shape)}, np.zeros((n, horizon + 1, curriculum.n_skills))
    return Lessons(
        curriculum, items, np.ones(items.shape, np.int8), day, seen, mastery, None, np.zeros((n, horizon), bool)
    )


def test_when_half_have_met_a_skill_counts_everybody():
    lessons = lessons_of([[0, 0, 1, 2]] * 4, chain(n_skills=4))
    taught = when_taught(lessons)
    assert taught.first[:3].tolist() == [1, 3, 4]
    assert np.isnan(taught.first[3])
    assert taught.last[:3].tolist() == [2, 3, 4]
    assert taught.lessons.tolist() == [2, 1, 1, 0]
    assert taught.share.tolist() == [1, 1, 1, 0]
    assert taught.met_by(np.full(4, 3)).tolist() == [1, 1, 0, 0]


def test_a_skill_that_few_fast_pupils_reach_does_not_come_before_what_it_needs():
    """One fast pupil has the third skill in lesson 3; the others reach the second in lesson 6 and no further."""
    fast, slow = [0, 1, 2, 2, 2, 2], [0, 0, 0, 0, 0, 1]
    curriculum = chain(n_skills=3)
    taught = when_taught(lessons_of([fast, slow, slow, slow], curriculum))
    assert taught.first[:2].tolist() == [1, 6]
    assert np.isnan(taught.first[2])
    assert taught.share.tolist() == [1, 1, 0.25]
    assert sequence(curriculum, taught) == [0, 1, 2]


def test_a_skill_stands_below_what_it_needs_even_where_most_meet_it_earlier():
    """Most know the first skill already and are never taught it."""
    curriculum = chain(n_skills=3)
    taught = when_taught(lessons_of([[1, 2, 2], [1, 2, 2], [0, 1, 2], [1, 0, 2]], curriculum))
    assert np.isnan(taught.first[0]) or taught.first[0] > taught.first[1]
    assert sequence(curriculum, taught) == [0, 1, 2]
    assert out_of_order(curriculum, taught) == [0, 0.25, 0]


def test_the_calendar_weighs_by_pupils_and_stops_where_few_are_left():
    """Ten pupils have four lessons on the first skill; only one of them goes on, for sixteen more, on the second."""
    skills = [[0] * 4 + [1] * 16] + [[0] * 4 + [-1] * 16] * 10
    lessons = lessons_of(skills, chain(n_skills=2))
    shown = calendar("who", lessons, bins=2)
    assert last_lesson(lessons) == shown.end == 4
    assert shown.edges.tolist() == [0, 2, 4]
    assert shown.shares.tolist() == [[1, 1], [0, 0]]
    more = lessons_of([[0] * 4 + [1] * 4] * 2 + [[0] * 4 + [-1] * 4] * 8, chain(n_skills=2))
    assert calendar("who", more, bins=2).shares.tolist() == [[1, 0], [0, pytest.approx(0.2)]]


def test_the_calendar_in_words_is_true_and_the_legend_names_every_shade():
    lessons = lessons_of([[0] * 5 + [1] * 5] * 3 + [[0] * 10], chain(n_skills=2))
    shown = calendar("who", lessons)
    said = in_words(lessons, shown).replace("\u00a0", " ")
    assert said.startswith(
        "who, up to lesson 10. On what most pupils are: lessons 1 to 2: skill 1 100 %; lessons 3 to 4"
    )
    assert said.endswith("lessons 9 to 10: skill 2 75 % and skill 1 25 %")
    chart = calendar_chart("key", lessons.curriculum, [shown, replace(shown, end=5)], said)
    for _, colour in LEVELS:
        assert f'fill="{colour}"' in chart
    assert "40\u00a0% or more" in chart
    assert said.split(". ")[1].split(";")[0] in chart.replace("\u00a0", " ")


def test_time_is_cut_into_weeks_days_or_lessons():
    curriculum, skills = chain(n_skills=2), [[0, 0, 1, 1], [0, 1, -1, -1]]
    weeks = stretches(lessons_of(skills, curriculum, days=[0, 3, 7, 14]))
    assert [(w.words, w.done.tolist()) for w in weeks] == [("week 1", [2, 2]), ("week 2", [3, 2]), ("week 3", [4, 2])]
    days = stretches(lessons_of(skills, curriculum, days=[0, 0, 1, 5]))
    assert [(d.words, d.done.tolist()) for d in days] == [("day 1", [2, 2]), ("day 2", [3, 2]), ("day 6", [4, 2])]
    one = stretches(lessons_of(skills, curriculum, days=[0, 0, 0, 0]))
    assert [(s.words, s.done.tolist()) for s in one] == [
        ("lesson 1", [1, 1]), ("lesson 2", [2, 2]), ("lesson 3", [3, 2]), ("lesson 4", [4, 2])
    ]  # fmt: skip
    year = stretches(lessons_of([[0] * 40], curriculum, days=[7.0 * week for week in range(40)]))
    assert len(year) == 12
    assert year[-1].words == "week 40"
