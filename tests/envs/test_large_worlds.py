"""The yardstick of large worlds is honest: given the same luck it shows and pays the same."""

from __future__ import annotations

import numpy as np
import pytest
from zpdgym.envs import Scenario, TutorEnv

from benchmarks.large.__main__ import PLAIN, WORLDS, lessons, main, world
from benchmarks.large.plain import PlainTutor
from tests.envs.test_scalar_env import OurLuck


@pytest.mark.parametrize("name", WORLDS)
@pytest.mark.parametrize("student", [0, 5])
def test_plain_and_compiled_show_and_pay_the_same(name, student):
    scenario = world(name)
    if scenario.curriculum.n_items > 500:  # the same words, fewer of them
        scenario = Scenario.load(scenario, change={"curriculum.n_skills": 8, "schedule.sessions": 6})
    plain, ours = PlainTutor(scenario, OurLuck(3, student)), TutorEnv(scenario, first_student=student)
    theirs, mine = plain.reset()[0], ours.reset(seed=3)[0]
    for item in lessons(scenario, 1, plain.horizon)[:, 0].tolist():
        np.testing.assert_allclose(theirs, mine, atol=1e-6)
        theirs, reward, over, _, info = plain.step(item)
        mine, paid, ended, _, told = ours.step(item)
        np.testing.assert_array_equal(info["action_mask"], told["action_mask"])
        assert reward == pytest.approx(paid, abs=1e-9)
        assert over == ended
    assert ended
    np.testing.assert_allclose(theirs, mine, atol=1e-6)


def test_the_benchmark_measures_and_prints(capsys):
    found = main(["--quick"])
    assert all(best["256 students"] > next(iter(best.values())) for best in found.values())
    assert {name for name, best in found.items() if PLAIN in best} == set(WORLDS)
    shown = capsys.readouterr().out
    assert "200 questions" in shown
    assert "problems of steps" in shown
