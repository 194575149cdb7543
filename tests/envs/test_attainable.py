"""Where difficulty teaches most, and from where a skill counts as mastered, found by trying."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from zpdgym.envs.attainable import mastery_levels
from zpdgym.envs.scenario import Scenario
from zpdgym.students import chain

from benchmarks.columns import world

BAND = {"_target_": "zpdgym.students.DifficultyBandLearner", "engagement": False, "guess": 0.0, "feedback": 1.0}


def band(**student):
    return Scenario.load("practice", replace={"student": {**BAND, **student}}, change={"belief": belief()}).band


def belief():
    return {"kind": "bkt", "source": "given", "prior": 0.3, "learn": 0.15, "guess": 0.2, "slip": 0.1}


def test_the_band_is_that_of_the_kernel():
    low, high = band(kernel="band", shape={"low": 0.3, "high": 0.7})
    assert (low, high) == (pytest.approx(0.3, abs=0.1), pytest.approx(0.7, abs=0.1))  # one step of difficulty
    low, high = band(kernel="gaussian", shape={"center": 0.0, "width": 1.0})
    half = 1.0 / (1.0 + np.exp(-np.sqrt(2.0 * np.log(2.0))))  # exp(-gap² / 2) = 1/2
    assert (low, high) == (pytest.approx(1.0 - half, abs=0.01), pytest.approx(half, abs=0.01))


def test_guessing_moves_the_chances_of_the_band():
    low, _ = band(kernel="gaussian", shape={"center": 0.0, "width": 1.0}, guess=0.25)
    assert low == pytest.approx(0.25 + 0.75 * (1.0 - 0.7646), abs=0.01)


@pytest.mark.parametrize("name", ["kt6kc", "half_life", "elo", "pfa", "irt_1pl", "kt_idem", "dkt"])
def test_students_to_whom_difficulty_is_all_one_have_no_band(name):
    assert world(name).band is None


def test_the_bands_of_the_scenarios_are_those_of_the_page():
    bands = {name: Scenario.load(name).band for name in ("algebra", "game", "practice", "kt6kc", "tiny")}
    assert bands == {
        "algebra": (0.126, 0.804), "game": (0.063, 0.781), "practice": (0.087, 0.746), "kt6kc": None, "tiny": None,
    }  # fmt: skip


class Slipping:
    """Two skills that rise to ``top``, half of what is missing a lesson."""

    discrete, mastered_at, lesson_draws, reset_draws, invariants = False, 0.95, 0, 0, frozenset()

    def __init__(self, *top, speed=0.5):
        self.curriculum, self.top, self.speed = chain(len(top)), np.array(top), speed

    def allocate(self, n):
        return np.zeros(n, [("level", np.float64, (len(self.top),))])

    def reset(self, state, rows, u):
        state["level"][rows] = 0.0

    def step(self, state, items, u, out):
        rows = np.arange(len(items))
        state["level"][rows, items] += self.speed * (1.0 - state["level"][rows, items])
        return out

    def mastery(self, state):
        return state["level"] * self.top


def levels(student, wanted=None):
    outcome = SimpleNamespace(mastered_at=wanted)
    return mastery_levels(SimpleNamespace(student=student, outcome=outcome, curriculum=student.curriculum)).tolist()


def test_a_level_that_slips_keep_out_of_reach_is_lowered_to_what_can_be_reached():
    assert levels(Slipping(0.8, 1.0)) == [pytest.approx(0.95 * 0.8), 0.95]
    assert levels(Slipping(0.97)) == [0.95]  # within reach, if barely
    assert levels(Slipping(0.8, speed=0.005)) == [0.95]  # still rising: not known to be out of reach
    assert levels(Slipping(0.8), wanted=0.9) == [0.9]  # the scenario's own word counts


@pytest.mark.parametrize("name", ["dkt", "difficulty_band", "mcm", "kss", "irt_3pl", "bkt"])
def test_bundled_students_keep_their_level(name):
    scenario = world(name)
    assert (scenario.mastery_levels == scenario.student.mastered_at).all()
