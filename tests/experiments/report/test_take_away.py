"""What a teacher takes home: the plan by sessions counts as a class does, and its files are what they say they are."""

from __future__ import annotations

import base64
import re
from datetime import date

import numpy as np
import pytest
from zpdgym.errors import InputError
from zpdgym.experiments.report.results import read_experiment, read_lessons
from zpdgym.experiments.report.taught.take_away import CLASS, LEAST, MOST, Session, calendar, first_day, plan, take_away
from zpdgym.scripts.cli import main
from zpdgym.students.curriculum.readers import read

START = date(2027, 1, 11)


@pytest.fixture(scope="module")
def world(experiment):
    return read_experiment(experiment)[1][0]


@pytest.fixture(scope="module")
def lessons(world):
    return read_lessons(world, world.teacher)


def test_a_session_counts_the_pupils_of_the_class_who_work_on_a_skill(lessons):
    for session in plan(lessons):
        at_work = np.zeros(lessons.curriculum.n_skills)
        for i in range(lessons.n_students):
            on_that_day = [
                t for t in range(lessons.horizon) if lessons.taught[i, t] and int(lessons.day[i, t]) + 1 == session.day
            ]
            at_work += lessons.skills[i, on_that_day].any(axis=0)
        pupils = np.rint(CLASS * at_work / lessons.n_students)
        assert [pupils[k] for k, _ in session.focus] == [n for _, n in session.focus]
        assert sorted((n for _, n in session.focus), reverse=True) == [n for _, n in session.focus]
        shown = {k for k, _ in session.focus}
        assert len(shown) == min(MOST, int((pupils >= LEAST).sum()))
        assert all(pupils[k] <= session.focus[-1][1] for k in range(len(pupils)) if k not in shown) or len(shown) < MOST


def test_a_skill_is_new_once_when_half_of_the_class_has_met_it(lessons):
    sessions = plan(lessons)
    new = [k for session in sessions for k in session.new]
    assert len(new) == len(set(new))
    met = lessons.skills.any(axis=1).mean(axis=0)
    assert set(new) == set(np.flatnonzero(met >= 0.5))


def test_the_page_links_the_plan_and_says_how_to_get_a_calendar(world, lessons):
    without = str(take_away(world, lessons, "w0", None))
    assert 'download="plan-w0.csv"' in without
    assert "start=2027-01-11" in without
    assert ".ics" not in without
    dated = str(take_away(world, lessons, "w0", START))
    held = re.search(r'download="plan-w0.ics" href="data:text/calendar;charset=utf-8;base64,([^"]+)"', dated)
    assert held
    text = base64.b64decode(held[1]).decode()
    assert text.count("BEGIN:VEVENT") == len(plan(lessons))


def test_a_calendar_holds_long_names_of_any_script_in_lines_of_75_octets():
    skills = ["كسور وأعداد عشرية وأكثر من ذلك بكثير في فصل طويل", "Bruchrechnung; mit, Zeichen\\", "三" * 60]
    sessions = [Session(1, ((0, 20), (1, 9)), (0,)), Session(4, ((2, 25),), (1, 2))]
    text = calendar("Course, one", skills, sessions, START)
    assert text.endswith("END:VCALENDAR\r\n")
    lines = text.split("\r\n")
    assert max(len(line.encode()) for line in lines) <= 75
    whole = text.replace("\r\n ", "").split("\r\n")
    assert [line for line in whole if line.startswith("DTSTART")] == [
        "DTSTART;VALUE=DATE:20270111",
        "DTSTART;VALUE=DATE:20270114",
    ]
    told = [line.removeprefix("DESCRIPTION:") for line in whole if line.startswith("DESCRIPTION:")]
    plain = [re.sub(r"\\([\\;,])", r"\1", line) for line in told]
    assert skills[0] in plain[0]
    assert f"{skills[1]} (9 of {CLASS})" in plain[0]
    assert skills[2] in plain[1]
    uids = [line for line in whole if line.startswith("UID")]
    assert len(set(uids)) == 2
    assert calendar("Course, one", skills, sessions, START) == text


@pytest.mark.parametrize("wrong", ["11.1.2027", "2027-02-30", "tomorrow", 7])
def test_a_first_day_that_is_none_is_refused(wrong):
    with pytest.raises(InputError, match=r"start=.* must be a day, written 2027-01-11"):
        first_day(wrong)


@pytest.mark.parametrize("far", ["0001-01-01", "9999-12-31"])
def test_a_first_day_that_leaves_no_room_for_a_plan_is_refused(far):
    with pytest.raises(InputError, match="must be a day from 1900-01-01 to 2999-12-31"):
        first_day(far)


def test_our_own_reader_takes_scope_and_sequence_back(world, page, tmp_path):
    held = re.search(r'download="scope-and-sequence-w0.csv" href="data:text/csv;charset=utf-8;base64,([^"]+)"', page)
    assert held
    path = tmp_path / "taken.csv"
    path.write_bytes(base64.b64decode(held[1]))
    again = read(path, name="taken").curriculum
    own = world.curriculum
    needs = {own.skills[k]: {own.skills[j] for j in np.flatnonzero(own.prerequisites[k])} for k in range(own.n_skills)}
    assert needs == {
        again.skills[k]: {again.skills[j] for j in np.flatnonzero(again.prerequisites[k])}
        for k in range(again.n_skills)
    }


def test_the_verb_takes_one_first_day_beside_folders(experiment, capsys):
    assert main(["report", str(experiment), "start=2027-01-11"]) == 0
    assert 'download="plan-w0.ics"' in (experiment / "report.html").read_text()
    assert main(["report", str(experiment)]) == 0
    before = (experiment / "report.html").read_bytes()
    assert b".ics" not in before
    capsys.readouterr()
    for wrong, said in (
        ([str(experiment), "start=soon"], "start='soon' must be a day, written 2027-01-11"),
        (
            [str(experiment), "start=2027-01-11", "start=2027-01-12"],
            "'start=2027-01-12': it was said before, start=2027-01-11",
        ),
        (["start=2027-01-11"], "give the folder of an experiment"),
    ):
        assert main(["report", *wrong]) == 2
        assert said in capsys.readouterr().err
    assert (experiment / "report.html").read_bytes() == before
