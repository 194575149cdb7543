"""What the page says of lessons, weeks and rules, recomputed from the run's files by other means."""

from __future__ import annotations

import csv
import io
import re
from base64 import b64decode
from statistics import median

import pytest
from zpdgym.experiments.report.results import read_experiment, read_lessons
from zpdgym.experiments.report.taught.choosing import asked_or_replayed
from zpdgym.experiments.report.taught.features import situations
from zpdgym.experiments.report.taught.rules import explain, follow, split

from tests.experiments.report.outline import Outline


@pytest.fixture(scope="module")
def world(experiment):
    return read_experiment(experiment)[1][0]


@pytest.fixture(scope="module")
def taught(world) -> list[list[tuple[int, float, int]]]:
    """Per pupil of the teacher's typical run, (skill, day, answer) of every lesson, read from the file itself."""
    kept = world.teacher.runs[world.teacher.typical].arrays("lessons.npz")
    skill_of = [int(row.argmax()) for row in world.curriculum.q]
    rows = zip(kept["items"].tolist(), kept["day"].tolist(), kept["correct"].tolist(), strict=True)
    return [
        [(skill_of[item], day, answer) for item, day, answer in zip(*row, strict=True) if item >= 0] for row in rows
    ]


@pytest.fixture(scope="module")
def said(page) -> str:
    return re.sub(r"\s+", " ", Outline(page).said)


@pytest.fixture(scope="module")
def spreadsheet(page) -> list[dict[str, str]]:
    link = next(a for tag, a in Outline(page).found if tag == "a" and "download" in a)
    text = b64decode(link["href"].partition("base64,")[2]).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def number(cell: str) -> float:
    return float("nan") if cell == "–" else float(cell.replace("\u00a0%", "").replace("−", "-"))


def test_weeks_and_lessons_of_the_spreadsheet_are_those_of_the_file(world, taught, spreadsheet):
    n = len(taught)
    names = list(world.curriculum.skills)
    for row in spreadsheet:
        k = names.index(row["Skill"])
        first = [next((t + 1 for t, (skill, _, _) in enumerate(pupil) if skill == k), None) for pupil in taught]
        met = sorted(f for f in first if f is not None)
        by_half = row["Half of the pupils have met it by lesson"]
        assert by_half == (str(met[(n - 1) // 2]) if len(met) > (n - 1) // 2 else "–")
        assert number(row["Pupils who meet it"]) == pytest.approx(100 * len(met) / n, abs=0.51)
        lessons = sum(skill == k for pupil in taught for skill, _, _ in pupil) / n
        assert number(row["Lessons per pupil"]) == pytest.approx(lessons, abs=0.051)
        for week in (1, 2, 3, 4):
            by_then = sum(any(skill == k and day < 7 * week for skill, day, _ in pupil) for pupil in taught)
            shown = number(row[f"Met by the end of week {week}"])
            assert shown == pytest.approx(100 * by_then / n, abs=0.51)
        last = [
            max(t + 1 for t, (skill, _, _) in enumerate(p) if skill == k)
            for p, f in zip(taught, first, strict=True)
            if f
        ]
        assert number(row["Typical last lesson"]) == pytest.approx(median(last), abs=0.51)


def test_no_skill_stands_before_what_it_needs(spreadsheet):
    seen: set[str] = set()
    for row in spreadsheet:
        assert set(filter(None, row["Prerequisites"].split("; "))) <= seen
        seen.add(row["Skill"])


def test_the_calendar_ends_where_the_page_says(world, taught, said):
    most = max(map(len, taught))
    still = [sum(len(pupil) >= t for pupil in taught) / len(taught) for t in range(1, most + 1)]
    end = max(t for t, share in enumerate(still, start=1) if share >= 0.1 - 1e-9)
    assert f"fewer than a tenth of the pupils are still taught: lesson {end} under {world.teacher.called}" in said


def test_the_map_in_words_says_by_which_lesson_half_have_met_a_skill(world, taught, said):
    for k, name in enumerate(world.curriculum.skills):
        met = sorted(t for p in taught for t in [next((t for t, s in enumerate(p, 1) if s[0] == k), None)] if t)
        if len(met) > (len(taught) - 1) // 2:
            assert f"{name}: by lesson {met[(len(taught) - 1) // 2]} against" in said


def test_agreement_is_that_at_the_moves_and_the_page_says_so(world, taught, said):
    lessons = read_lessons(world, world.teacher)
    learn, test = split(lessons)
    made_from, _ = situations(lessons.of(learn))
    held_out, where = situations(lessons.of(test))
    found = explain(made_from, held_out, (len(learn), len(test)))
    choice, _ = follow(found.rules, held_out)
    moves, right, stays, alike = 0, 0, 0, 0
    asked = asked_or_replayed(lessons.of(test)).possible
    for named, (i, t) in zip(choice.tolist(), where.tolist(), strict=True):
        pupil = taught[int(test[i])]
        if t and pupil[t][0] == pupil[t - 1][0]:
            stays += 1
            continue
        moves += 1
        right += named == pupil[t][0]
        alike += asked[i, t, pupil[t][0]]
    assert moves
    assert stays
    percent = f"{100 * right / moves:.0f} %"
    assert f"the {moves} lessons (of {moves + stays} lessons looked at) in which the teacher moved on" in said
    assert f"There the list names the right skill in {percent} of them." in said
    assert (
        "Textbook mastery learning, replayed from what the teacher saw, would choose the same skill in "
        f"{100 * alike / moves:.0f} % of the moves" in said
    )


def test_how_often_pupils_are_wrong_is_what_the_answers_say(world, said):
    """Right, below half, below half in the worst training, longest run of the one in the middle."""
    right, half, runs = [], [], []
    for run in world.teacher.runs:
        pupils = run.csv("students.csv")
        asked = [(r, w) for r, w in zip(pupils["right"], pupils["longest_wrong"], strict=True) if r == r]
        right.append(100 * sum(r for r, _ in asked) / len(asked))
        half.append(100 * sum(r < 0.5 for r, _ in asked) / len(asked))
        runs.append(median(w for _, w in asked))
    shown = [sum(right) / len(right), sum(half) / len(half), max(half)]
    cells = "".join(f"{value:.0f} %" for value in shown)
    assert f"learnt teacher{cells}{sum(runs) / len(runs):.0f}" in said
