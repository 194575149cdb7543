"""When sessions end, days pass, students quit and the teaching is over."""

import re

import numpy as np
import pytest
from zpdgym.configs.build import config_files, read_yaml
from zpdgym.envs import Scenario
from zpdgym.envs.schedule import Schedule
from zpdgym.errors import InputError
from zpdgym.scripts.cli import main

GAME = "game"


def column(env, observation, name):
    j = [c.name for c in env.columns].index(name)
    return observation[:, 0, j] * env.columns[j].scale


@pytest.mark.parametrize(
    ("section", "said"),
    [
        ({}, "give either lessons"),
        ({"lessons": 5, "session_minutes": 3}, "given: lessons, session_minutes"),
        ({"lessons": 0}, "lessons=0 must be a whole number"),
        ({"lessons": True}, "lessons=True"),
        ({"lessons": "many"}, "lessons='many'"),
        ({"lessons": 5, "sessions": 2}, "lessons means one session"),
        ({"session_lessons": 5}, "sessions is missing"),
        ({"sessions": 2, "session_minutes": -1}, "session_minutes=-1"),
        ({"sessions": 3, "session_lessons": 5, "days_between": []}, "empty list"),
        ({"sessions": 3, "session_lessons": 5, "days_between": [1, -2]}, "days_between=-2"),
        ({"lessons": 5, "retention_days": "long"}, "retention_days='long'"),
        ({"lesons": 5}, "Did you mean 'schedule.lessons'"),
    ],
)
def test_bad_schedules_are_refused(section, said):
    with pytest.raises(InputError, match=said):
        Schedule.from_section(section)


def test_days_between_repeat():
    schedule = Schedule.from_section({"sessions": 6, "session_minutes": 30, "days_between": [2, 2, 3]})
    assert schedule.session_days.tolist() == [0, 2, 4, 7, 9, 11]
    assert schedule.total == 180
    assert schedule.horizon(np.array([4.0, 7.0])) == 45


@pytest.mark.kernels
def test_sessions_of_lessons_end_after_their_lessons():
    env = Scenario.load(
        "kt6kc", replace={"schedule": {"sessions": 3, "session_lessons": 2, "days_between": [1, 4]}}
    ).make(1)
    observation, _ = env.reset(seed=0)
    days, left, total = [], [], []
    for _ in range(6):
        observation, _, ended, _, info = env.step(np.zeros(1, np.int64))
        days.append(info["days"][0])
        last = info["final_obs"][0][None] if ended[0] else observation
        left.append(float(column(env, last, "session_left")[0]))
        total.append(round(float(column(env, last, "time_left")[0]), 6))
    assert days == [0, 0, 1, 1, 5, 5]
    assert left == [1, 2, 1, 2, 1, 0]
    assert total == [5, 4, 3, 2, 1, 0]
    assert ended[0]


def minutes_scenario(session_minutes=5, sessions=3, items=({"minutes": 3}, {"minutes": 12})):
    return Scenario.load(
        "tiny",
        replace={
            "curriculum": {
                "_target_": "zpdgym.students.chain",
                "n_skills": 1,
                "items": [{"approach": "practice", "difficulty": 0.0, **i} for i in items],
            },
            "student": {"_target_": "zpdgym.students.BKT", "overhead_minutes": 0.0},
            "schedule": {"sessions": sessions, "session_minutes": session_minutes, "days_between": [2, 3]},
        },
        change={"observe.columns": ["belief", "time_left", "session_left", "session", "days_since", "lesson"]},
    )


@pytest.mark.kernels
def test_an_overrun_is_deducted_from_the_next_session():
    env = minutes_scenario().make(1)  # marks at 5, 10 and 15 minutes
    env.reset(seed=0)
    seen = []
    for _ in range(5):
        observation, _, ended, _, info = env.step(np.zeros(1, np.int64))  # 3 minutes each
        last = info["final_obs"][0][None] if ended[0] else observation
        seen.append((info["days"][0], round(float(column(env, last, "session_left")[0]), 5), bool(ended[0])))
    # after 3, 6 (first mark passed, 1 over), 9, 12 (second mark, 2 over), 15 minutes
    assert seen == [(0, 2, False), (0, 4, False), (2, 1, False), (2, 3, False), (5, 0, True)]


@pytest.mark.kernels
def test_a_lesson_may_pass_two_marks_and_begin_in_the_last_minute():
    env = minutes_scenario().make(1)
    env.reset(seed=0)
    observation, _, ended, _, _ = env.step(np.ones(1, np.int64))  # 12 minutes: two sessions are over at once
    assert not ended[0]
    assert column(env, observation, "session")[0] == 2
    assert env.records["day"][0] == 5
    assert column(env, observation, "days_since")[0] == 5
    _, _, ended, _, info = env.step(np.ones(1, np.int64))  # begins with 3 minutes left, takes 12
    assert ended[0]
    assert info["days"][0] == 5


def test_tenths_of_minutes_hit_the_marks():
    env = minutes_scenario(session_minutes=0.3, sessions=3, items=({"minutes": 0.1},)).make(1)
    env.reset(seed=0)
    days = [env.step(np.zeros(1, np.int64))[-1]["days"][0] for _ in range(9)]
    assert days == [0, 0, 0, 2, 2, 2, 5, 5, 5]


@pytest.mark.kernels
def test_finish_ends_the_teaching_without_a_lesson():
    env = Scenario.load(GAME).make(3, autoreset=False)
    env.reset(seed=0)
    env.step(np.zeros(3, np.int64))
    _, _, ended, _, info = env.step(np.array([0, env.finish, 0]))
    assert ended[1]
    assert info["item"].tolist() == [0, -1, 0]
    assert env.records["lesson"].tolist() == [2, 1, 2]
    assert info["_final_info"].tolist() == [False, True, False]
    assert not info["final_info"]["privileged"]["quit"][1]


def test_the_exam_is_as_long_after_the_last_lesson_whenever_the_teaching_ends():
    """Finishing at the start of a session leaves fewer days until the exam: some have passed already."""
    scenario = minutes_scenario()
    sections = {"student.forget": 0.1, "schedule.retention_days": 14, "actions.finish": True}
    env = Scenario.load(scenario, change=sections).make(400, autoreset=False)
    env.reset(seed=1)
    for _ in range(2):
        env.step(np.zeros(400, np.int64))  # the second lesson ends the first session: two days pass
    known = env.probe.mastery()[:, 0]
    truth = env.step(np.full(400, env.finish))[-1]["final_info"]["privileged"]
    np.testing.assert_allclose(truth["mastery"][:, 0], known * np.exp(-0.1 * 12))


def quitters(autoreset):
    env = Scenario.load(GAME).make(300, autoreset=autoreset)
    env.reset(seed=4)
    return env


def test_who_gives_up_is_examined_and_paid_and_replaced():
    env, gave_up = quitters(True), 0
    for _ in range(20):
        _, _, ended, _, info = env.step(np.full(300, 4, np.int64))  # far too hard
        if ended.any():
            truth = info["final_info"]["privileged"]
            gave_up += int(truth["quit"].sum())
            assert not truth["quit"][~info["_final_info"]].any()
            assert (truth["exam"] >= 0).all()
    assert gave_up > 20
    assert env.records["episode"].sum() == gave_up


def test_who_gives_up_stays_on_the_calendar():
    env = quitters(False)
    lessons = None
    for _ in range(400):
        env.step(np.full(300, 4, np.int64))
        if lessons is None and env.done.sum() > 20:
            away, lessons = env.done.copy(), env.records["lesson"].copy()
            mastery = env.probe.mastery().sum(axis=1)
    np.testing.assert_array_equal(env.records["lesson"][away], lessons[away])
    assert (env.records["session"][away] == 13).all()
    assert (env.records["day"][away] == 13).all()
    faded = env.probe.mastery().sum(axis=1)[away]
    assert (faded <= mastery[away]).all()
    assert faded.sum() < mastery[away].sum()


def test_luck_at_a_lesson_is_what_draws_say():
    from zpdgym.students import draws

    env = Scenario.load("algebra").make(3, first_student=7)
    env.reset(seed=11)
    for _ in range(5):
        env.step(np.zeros(3, np.int64))
    expected = draws.draw(
        11,
        stream=draws.LESSON,
        students=np.arange(7, 10),
        episodes=np.zeros(3, np.int64),
        lessons=np.full(3, 5),
        count=env.student.lesson_draws,
    )
    np.testing.assert_array_equal(env._u, expected)


BUNDLED = {name: Schedule.from_section(read_yaml(path)) for name, path in config_files("schedule").items()}
WORDS = {"spacing": "the days between sessions", "exam": "the days to the exam"}


@pytest.mark.parametrize("name", BUNDLED)
def test_what_a_bundled_schedule_says_of_others_is_so(name):
    said = config_files("schedule")[name].read_text(encoding="utf-8").partition("\n")[0]
    for others, word in re.findall(r"gainst ([\w ]+?) the (\w+) alone", said):
        for other in others.split(" and "):
            assert BUNDLED[name].differences(BUNDLED[other]) == (WORDS[word],)
            assert BUNDLED[name].total == BUNDLED[other].total


def test_there_are_pairs_that_differ_in_one_thing_and_the_others_say_so():
    alone = {frozenset((one, other)): BUNDLED[one].differences(BUNDLED[other]) for one in BUNDLED for other in BUNDLED}
    pairs = [pair for pair, found in alone.items() if found == ("the days between sessions",)]
    assert frozenset(("seven_weeks", "twenty_weeks")) in pairs
    assert frozenset(("seven_weeks", "twenty_days")) in pairs
    assert BUNDLED["ten_weeks"].differences(BUNDLED["once_a_week"]) == ("the days to the exam",)
    assert len(BUNDLED["seven_weeks"].differences(BUNDLED["once_a_week"])) == 4


def test_the_list_says_in_what_schedules_differ(capsys):
    assert main(["list", "schedule", "seven_weeks"]) == 0
    told = " ".join(capsys.readouterr().out.split())
    assert "twenty_weeks the days between sessions alone" in told
    assert "the days to the exam (4 things)" in told
    assert main(["list", "schedules"]) == 0
    assert "sessions, spacing and exam are others" in " ".join(capsys.readouterr().out.split())
    assert main(["list", "schedule", "seven_week"]) == 2
