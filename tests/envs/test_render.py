"""What people see of the lessons: lines, pictures, and lines that are printed by themselves."""

import copy
import io
import pickle
import sys

import gymnasium
import numpy as np
import pytest
import zpdgym
from gymnasium.vector import AutoresetMode
from zpdgym.envs import Scenario, TutorEnv
from zpdgym.errors import InputError

BY = {
    "class": lambda mode: TutorEnv(Scenario.load("tiny"), render_mode=mode),
    "make": lambda mode: zpdgym.make("tiny", render_mode=mode),
    "id": lambda mode: gymnasium.make("zpdgym/Tiny-v0", render_mode=mode),
    "flat id": lambda mode: gymnasium.make("zpdgym/Tiny-flat-v0", render_mode=mode),
}


def lines_of(env, lessons):
    """What ``render`` gives at the start and after each lesson."""
    env.reset(seed=0)
    lines = [env.render()]
    for _ in range(lessons):
        env.step(0)
        lines.append(env.render())
    return lines


def test_a_lesson_is_told_in_one_line_and_drawn():
    env = gymnasium.make("zpdgym/Algebra-v1", render_mode="ansi")
    env.reset(seed=0)
    assert "before the first lesson" in env.render()
    env.step(2)
    line = env.render()
    assert line.startswith("lesson 1 · day 0 · Practice: 584 + 279 · ")
    assert "\n" not in line
    env = gymnasium.make("zpdgym/Tiny-v0", render_mode="rgb_array")
    env.reset(seed=0)
    env.step(0)
    picture = env.render()
    assert picture.dtype == np.uint8
    assert len(np.unique(picture.reshape(-1, 3), axis=0)) == 3


def test_the_day_told_is_that_of_the_lesson_not_of_the_next():
    env = TutorEnv(Scenario.load("practice"), render_mode="ansi")
    env.reset(seed=0)
    days = set()
    while True:
        _, _, over, _, info = env.step(0)
        assert f" · day {info['days']:g} · " in env.render()
        days.add(info["days"])
        if over:
            break
    assert len(days) > 1


@pytest.mark.parametrize("by", BY)
def test_a_person_sees_every_lesson_as_it_is_taught(by, capsys):
    lines = lines_of(BY[by]("ansi"), 6)
    assert capsys.readouterr().out == ""
    env = BY[by]("human")
    assert env.render_mode == "human"
    assert lines_of(env, 6) == [None] * 7, "Gymnasium: nothing is returned where a person looks on"
    assert capsys.readouterr().out.splitlines() == lines, "and nothing is printed twice"
    env.reset()
    assert capsys.readouterr().out.startswith("before the first lesson")


def test_nothing_is_printed_of_a_lesson_that_is_refused(capsys):
    env = BY["class"]("human")
    env.reset(seed=0)
    capsys.readouterr()
    with pytest.raises(InputError):
        env.step(99)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "utf-8"])
def test_lessons_are_printed_whatever_signs_the_terminal_knows(encoding, monkeypatch):
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding=encoding))
    env = BY["class"]("human")
    env.reset(seed=0)
    env.step(0)
    sys.stdout.flush()
    assert raw.getvalue().decode(encoding).splitlines()[1].startswith("lesson 1 ")


def test_lessons_are_taught_where_nothing_can_be_printed(monkeypatch):
    monkeypatch.setattr(sys, "stdout", None)
    env = BY["class"]("human")
    env.reset(seed=0)
    assert not env.step(0)[2]


def test_copies_go_on_printing(capsys):
    env = BY["class"]("human")
    env.reset(seed=0)
    for one in (copy.deepcopy(env), pickle.loads(pickle.dumps(env))):
        capsys.readouterr()
        one.step(0)
        assert capsys.readouterr().out.startswith("lesson 1 ")


@pytest.mark.parametrize("mode", ["ansi", "rgb_array"])
def test_gymnasium_collects_what_was_shown(mode):
    env = gymnasium.make("zpdgym/Tiny-v0", render_mode=f"{mode}_list")
    env.reset(seed=0)
    env.step(0)
    alone = lines_of(BY["id"](mode), 1)
    for one, other in zip(env.render(), alone, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("mode", ["ansi", "rgb_array"])
@pytest.mark.parametrize("autoreset_mode", AutoresetMode)
def test_of_many_students_each_is_shown_as_alone(mode, autoreset_mode):
    env = gymnasium.make_vec("zpdgym/Tiny-v0", 3, autoreset_mode=autoreset_mode, render_mode=mode)
    alone = [TutorEnv(Scenario.load("tiny"), first_student=i, render_mode=mode) for i in range(3)]
    env.reset(seed=4)
    for one in alone:
        one.reset(seed=4)
    for lesson in range(5):
        for i, one in enumerate(alone):
            np.testing.assert_array_equal(env.render()[i], one.render())
            one.step((lesson + i) % 3)
        env.step((lesson + np.arange(3)) % 3)
    env.step(np.zeros(3, np.int64))
    for one in alone:
        one.step(0)
        if autoreset_mode == AutoresetMode.SAME_STEP:  # what is shown is the episode that has just begun
            one.reset()
    for shown, one in zip(env.render(), alone, strict=True):
        np.testing.assert_array_equal(shown, one.render())


def test_an_unknown_render_mode_is_refused(tiny):
    with pytest.raises(InputError, match=r"unknown render_mode 'humane'\. Did you mean 'human'"):
        TutorEnv(tiny, render_mode="humane")
    with pytest.raises(InputError, match="unknown render_mode '3'"):
        TutorEnv(tiny, render_mode=3)
    with pytest.raises(InputError, match="render_mode='human' must be one of ansi, rgb_array"):
        tiny.make(2, render_mode="human")


def test_rendering_without_a_mode_is_warned_of(tiny):
    for env in (TutorEnv(tiny), tiny.make(2)):
        env.reset(seed=0)
        with pytest.warns(UserWarning, match="make the environment with one"):
            assert env.render() is None
