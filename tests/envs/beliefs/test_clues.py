"""Beliefs that take response times and hints as evidence: against the joint, against those that do not, and fitted."""

from functools import cache

import numpy as np
import pytest
from zpdgym.envs.beliefs.build import build_belief
from zpdgym.envs.beliefs.course import course_log
from zpdgym.envs.beliefs.fitting import fit_belief
from zpdgym.errors import InputError
from zpdgym.students.curriculum.builders import chain
from zpdgym.students.model import allocate_outcome

from tests.helpers import one_skill, world
from tests.reference.joint import CluedJoint

KINDS = ("bkt", "graph")
NUMBERS = {"prior": 0.4, "learn": 0.2, "guess": 0.2, "slip": 0.1, "leak": 0.1}
MINUTES = {
    "mean": [[0.1, 0.2], [0.0, -0.3]], "sd": [[0.5, 0.6], [0.4, 0.5]], "pace": 0.3, "rapid": [0.016, 0.004],
    "rapid_mean": -2.8, "rapid_sd": 0.5,
}  # fmt: skip
HINTS = [[[0.3, 0.3, 0.3, 0.1], [0.4, 0.3, 0.2, 0.1]], [[0.8, 0.1, 0.06, 0.04], [0.9, 0.07, 0.02, 0.01]]]
CLUES = {"minutes": MINUTES, "hints": HINTS}


def seen(n, correct, minutes, hints):
    out = allocate_outcome(n)
    out["answered"], out["correct"], out["minutes"], out["hints"] = True, correct, minutes, hints
    return out


def course_of(belief, rows=slice(None), lessons=25):
    """Six students after lessons of any length, with or without hints and answers, or those in ``rows``."""
    rng, n = np.random.default_rng(2), 6
    state = belief.allocate(len(range(n)[rows]))
    for lesson in range(lessons):
        items, out = rng.integers(-1, belief.curriculum.n_items, n), allocate_outcome(n)
        out["answered"] = (items >= 0) & (rng.random(n) < 0.9)
        out["correct"] = out["answered"] & (rng.random(n) < 0.6)
        out["minutes"], out["hints"] = np.exp(rng.normal(0.0, 1.0, n)), rng.integers(0, 5, n) * (rng.random(n) < 0.4)
        belief.update(state, items[rows].copy(), out[rows].copy())
        if lesson % 5 == 4:
            belief.elapse(state, rng.choice([0.0, 4.0], n)[rows].copy())
    return state


@pytest.mark.kernels
@pytest.mark.parametrize("clues", [{"minutes": MINUTES}, {"hints": HINTS}, CLUES], ids=["times", "hints", "both"])
@pytest.mark.parametrize(("kind", "skills", "learn"), [("graph", 4, 0.0), ("graph", 1, 0.2), ("bkt", 1, 0.2)])
def test_answer_time_and_hints_are_taken_in_as_one_event(kind, skills, learn, clues):
    """Of skills that hang together without learning, of one skill with it: the joint itself, the student's pace too."""
    c = chain(skills, items=[{"difficulty": 0.0, "minutes": 1.5}, {"difficulty": 1.0, "minutes": 2.0}])
    numbers = {**NUMBERS, "learn": learn}
    belief, joint = build_belief({"kind": kind, **numbers, **clues}, c), CluedJoint(c, numbers, **clues)
    state, rng = belief.allocate(1), np.random.default_rng(skills)
    for _ in range(30):
        m, correct, hints = int(rng.integers(c.n_items)), bool(rng.random() < 0.6), int(rng.integers(0, 3))
        minutes = float(np.exp(rng.normal(-3.0 if rng.random() < 0.1 else 0.3, 0.6)))
        belief.update(state, np.array([m]), seen(1, correct, minutes, hints))
        joint.report(m, correct, minutes, hints)
        np.testing.assert_allclose(state["belief"][0], joint.marginal(), atol=1e-9)
    np.testing.assert_allclose(state["pace"][0], [joint.longer, joint.lessons], atol=1e-9)


@pytest.mark.kernels
@pytest.mark.parametrize("kind", KINDS)
def test_who_is_told_nothing_believes_as_without_clues(kind):
    """To the bit: where clues are not known, or are hidden, or fit the known and others alike."""
    plain = build_belief({"kind": kind, **NUMBERS, "forget": 0.05}, chain(3))
    alike = {"mean": [[0.1, -0.2]] * 2, "sd": [[0.5, 0.4]] * 2, "pace": 0.0, "rapid": [0.0, 0.0]}
    cases = (
        {**CLUES, "times_seen": False, "hints_seen": False},
        {"minutes": {**MINUTES, **alike}},
        {"hints": [HINTS[0], HINTS[0]]},
    )
    usual = course_of(plain)
    names = plain.dtype.fields or {}
    assert "pace" not in names
    for case in cases:
        state = course_of(build_belief({**plain.parameters(), **case}, chain(3)))
        for name in names:
            if case.get("times_seen", True):
                np.testing.assert_allclose(state[name], usual[name], atol=1e-12)
            else:
                np.testing.assert_array_equal(state[name], usual[name])


@pytest.mark.kernels
@pytest.mark.parametrize("kind", KINDS)
def test_a_rapid_guess_says_nothing_whether_right_or_wrong(kind):
    belief = build_belief({"kind": kind, **NUMBERS, "learn": 0.0, "minutes": MINUTES}, one_skill(0.0))
    state = belief.allocate(4)
    belief.update(state, np.zeros(4, np.int64), seen(4, [True, False, True, False], [0.06, 0.06, 1.0, 1.0], 0))
    np.testing.assert_allclose(state["belief"][:2], 0.4, atol=0.005)
    assert state["belief"][2, 0] > 0.7
    assert state["belief"][3, 0] < 0.15


@pytest.mark.kernels
@pytest.mark.parametrize("kind", KINDS)
def test_a_quick_right_answer_and_one_without_hints_speak_for_knowledge(kind):
    belief = build_belief({"kind": kind, **NUMBERS, **CLUES}, one_skill(0.0))
    state = belief.allocate(4)
    belief.update(state, np.zeros(4, np.int64), seen(4, True, [0.7, 2.5, 1.0, 1.0], [0, 0, 0, 2]))
    assert state["belief"][0, 0] > state["belief"][1, 0] + 0.1
    assert state["belief"][2, 0] > state["belief"][3, 0] + 0.2


@pytest.mark.kernels
@pytest.mark.parametrize("kind", KINDS)
def test_whoever_is_always_slow_is_not_taken_for_ignorant(kind):
    """After twenty lessons at twice the time a slow answer says less than the first one did."""
    belief = build_belief({"kind": kind, **NUMBERS, "learn": 0.0, "minutes": MINUTES}, one_skill(0.0))
    slow, fresh = belief.allocate(1), belief.allocate(1)
    for _ in range(20):
        belief.update(slow, np.array([0]), seen(1, True, 2.0, 0))
    slow["belief"] = slow["total"] = 0.4
    if kind == "graph":
        slow["joint"] = fresh["joint"]
    for state in (slow, fresh):
        belief.update(state, np.array([0]), seen(1, True, 2.0, 0))
    assert slow["belief"][0, 0] > fresh["belief"][0, 0] + 0.05


@pytest.mark.kernels
@pytest.mark.parametrize("kind", KINDS)
def test_each_student_has_a_belief_of_its_own_and_its_numbers_make_it_again(kind):
    belief = build_belief({"kind": kind, **NUMBERS, **CLUES, "forget": 0.05}, chain(3))
    everybody = course_of(belief)
    np.testing.assert_array_equal(everybody[2:4], course_of(belief, slice(2, 4)))
    again = build_belief(belief.parameters(), chain(3))
    np.testing.assert_array_equal(course_of(again), everybody)
    assert again.parameters() == belief.parameters()


@cache
def fitted(layer, kind="graph", **numbers):
    """Three skills in a row of students inside a layer, and what a fit to 800 of them finds."""
    inside = {"_target_": "zpdgym.students.BKT", "learn": 0.3, "prior": 0.3, "guess": 0.3}
    student = {"_target_": f"zpdgym.students.{layer}", "student": inside, **numbers}
    scenario = world(replace={"student": student}, belief={"kind": kind, "source": "fitted"})
    return scenario, {k: v for k, v in fit_belief(scenario, n_students=800).items() if k != "about"}


def test_the_fit_finds_how_long_lessons_take_and_what_rapid_guesses_are():
    """Who knows answers rightly in less time by (1 - slip - 1/2)(ease + contrast); a guess takes .06 minutes."""
    _, found = fitted("ResponseTime", rapid=0.05)
    told = found["minutes"]
    assert told["mean"][1][1] == pytest.approx(-0.28, abs=0.08)
    assert told["mean"][0][1] > told["mean"][1][1] + 0.2
    assert told["rapid_mean"] == pytest.approx(np.log(0.06), abs=0.1)
    assert sum(told["rapid"]) == pytest.approx(0.05, abs=0.01)
    assert told["pace"] == 0.3  # the least: those to come may differ
    assert "hints" not in found


def test_the_fit_finds_that_whoever_does_not_know_asks_for_hints():
    scenario, found = fitted("Hints", kind="bkt")
    table = np.array(found["hints"])
    assert (table[0, :, 0] < table[1, :, 0] - 0.2).all()
    assert "minutes" not in found  # longer by their hints alone
    assert build_belief(found, scenario.curriculum).parameters()["hints"] == found["hints"]


def test_times_that_tell_nothing_are_not_kept():
    _, found = fitted("ResponseTime", kind="bkt", ease=0.0, contrast=0.0, rapid=0.0)
    assert "minutes" not in found


def test_logs_of_students_who_report_neither_say_neither():
    log = course_log(world(), n_students=5, seed=0)
    assert log.minutes is None
    assert log.hints is None


@pytest.mark.parametrize(
    ("numbers", "says"),
    [
        ({"minutes": 3}, "minutes must be a section with the keys mean, sd, pace"),
        (
            {"minutes": {**MINUTES, "sd": [[0.5, 0.5], [0.5, 0.0]]}},
            r"minutes.sd=.* must be \(2, 2\) numbers in \[",
        ),
        ({"minutes": {**MINUTES, "pace": "slow"}}, r"minutes.pace='slow' must be a number in \[0, 20\]"),
        ({"hints": [[0.5, 0.5]]}, r"hints must be a \(2, 2, 4\) table of chances above 0, of which every row adds up"),
        ({"times_seen": "no"}, "times_seen='no' must be true or false"),
    ],
)
@pytest.mark.parametrize("kind", KINDS)
def test_wrong_numbers_are_refused_in_one_line(kind, numbers, says):
    with pytest.raises(InputError, match=says):
        build_belief({"kind": kind, **NUMBERS, **numbers}, one_skill(0.0))
