"""A lesson as one compiled call is what its parts are."""

import pickle
from types import ModuleType

import numba
import numpy as np
import pytest
from zpdgym.envs import Scenario, TutorEnv
from zpdgym.envs.beliefs.bkt import BKTBelief
from zpdgym.envs.lessons import call
from zpdgym.errors import InputError
from zpdgym.students import BKT
from zpdgym.students.address import fit_for_address
from zpdgym.students.knowledge import _bkt
from zpdgym.students.model import kernel_behind

from benchmarks.columns import HOMES
from tests.envs.lessons.test_ahead import played
from tests.helpers import COMPILED

BELIEFS = {
    "bkt": {"prior": 0.2, "learn": 0.15, "guess": 0.2, "slip": 0.1, "forget": 0.01},
    "elo": {"prior": -0.5, "learn": 0.3, "alpha": 0.8, "width": 1.5},
    "half_life": {"prior": 0.1},
    "fsrs": {"prior": 0.1},
}
STUDENTS = ("bkt_forgetting", "difficulty_band", "irt_2pl", "actr", "kt6kc", "pfa")
CLOCKS = ("half_life", "dash", "mcm", "power_law", "fsrs45", "fsrs6", "fsrs6_users")
"""For these, days only move a clock, or nearly."""
compiled = pytest.mark.skipif(not COMPILED, reason="kernels are plain Python here")


def taught(student, kind):
    """These students under a tutor with this kind of belief."""
    belief = {"kind": kind, "source": "given", **BELIEFS[kind]}
    return Scenario.load(HOMES.get(student, "practice"), replace={"student": student}, change={"belief": belief})


def in_parts(monkeypatch):
    monkeypatch.setattr(call, "compiled", lambda: False)


def one_call(env):
    """Whether lessons of an environment are one call; tells after the first."""
    return env._one_call


@compiled
@pytest.mark.parametrize("n", [1, 6])
@pytest.mark.parametrize(
    ("student", "kind"),
    [(student, kind) for student in STUDENTS for kind in BELIEFS] + [(student, "half_life") for student in CLOCKS],
)
def test_it_gives_the_bits_of_the_four_calls(student, kind, n, monkeypatch):
    scenario = taught(student, kind)
    env = scenario.make(n)
    shown = played(env, steps=60)
    assert one_call(env)
    assert env._lesson[call.DAYS] != 0 or env.student.rest_draws  # the days between sessions are a part of it
    in_parts(monkeypatch)
    other = scenario.make(n)
    assert played(other, steps=60) == shown
    assert not one_call(other)


@compiled
@pytest.mark.parametrize("n", [1, 6])
def test_facts_that_are_taught_by_their_own_memory_are_one_call(n, monkeypatch):
    scenario = taught("fsrs6", "fsrs")
    env = scenario.make(n)
    shown = played(env, steps=60)
    assert one_call(env)
    in_parts(monkeypatch)
    assert played(scenario.make(n), steps=60) == shown


@compiled
@pytest.mark.parametrize("n", [1, 6])
@pytest.mark.parametrize("world", [lambda tiny: taught("affect", "bkt"), lambda tiny: tiny], ids=["affect", "exact"])
def test_students_and_beliefs_that_are_more_than_a_kernel_are_taught_in_parts(world, n, tiny, monkeypatch):
    scenario = world(tiny)
    env = scenario.make(n)
    shown = played(env, steps=60)
    assert not one_call(env)
    in_parts(monkeypatch)  # what comes before and after by name, too
    assert played(scenario.make(n), steps=60) == shown


class Unteachable(BKT):
    """Who writes a step of its own, over the kernel's."""

    def step(self, state, items, u, out):
        kept = state.copy()
        super().step(state, items, u, out)
        state[...] = kept
        return out


class Deaf(BKTBelief):
    def update(self, state, items, out):
        pass


def test_a_step_or_an_update_of_ones_own_is_what_happens(tiny):
    curriculum = tiny.curriculum
    assert kernel_behind(BKT(curriculum), "step") is not None
    assert kernel_behind(Unteachable(curriculum), "step") is None
    assert kernel_behind(Deaf(curriculum, prior=0.2, learn=0.1, guess=0.2, slip=0.1, forget=0.0), "update") is None
    assert kernel_behind(object(), "step") is None


def plain():
    """The kernels of BKT, of which two are not compiled."""
    kernels = ModuleType("plain")
    uncompiled = {name: getattr(vars(_bkt)[name], "py_func", vars(_bkt)[name]) for name in ("step", "forecast")}
    vars(kernels).update(vars(_bkt) | uncompiled)
    return kernels


class Plain(BKT, kernels=plain()):
    pass


class Narrow(BKT):
    @property
    def packed(self):
        floats, ints = super().packed
        return floats, ints.astype(np.int32)


class Scattered(BKT):
    @property
    def packed(self):
        floats, ints = super().packed
        return np.repeat(floats, 2)[::2], ints


@compiled
@pytest.mark.parametrize("own", [Plain, Narrow, Scattered])
def test_what_cannot_be_handed_over_by_address_is_not(own):
    curriculum = {"_target_": "zpdgym.students.random_dag", "n_skills": 5, "seed": 1}

    def world(student):
        students = {
            "_target_": f"{student.__module__}.{student.__qualname__}",
            "prior": 0.3,
            "learn": 0.15,
            "forget": 0.01,
        }
        change = {"belief": {"kind": "bkt", "source": "given", **BELIEFS["bkt"]}}
        return Scenario.load("tiny", replace={"curriculum": curriculum, "student": students}, change=change)

    env, other = world(own).make(3), world(BKT).make(3)
    assert played(env, steps=40) == played(other, steps=40)
    assert not one_call(env)
    assert one_call(other)
    assert len(env._exam) == 0 < len(other._exam)


@compiled
def test_a_kernel_with_signatures_of_its_own_is_called_by_name():
    def kernel(s):
        s[0] = 1.0

    assert fit_for_address((numba.njit(kernel),), (), ())
    assert not fit_for_address((numba.njit("void(float64[:])")(kernel),), (), ())


@compiled
def test_addresses_do_not_travel():
    env = taught("bkt_forgetting", "bkt").make(2)
    played(env, steps=3)
    assert one_call(env)
    twin = pickle.loads(pickle.dumps(env))
    assert twin._lesson is None
    np.testing.assert_array_equal(env.step(np.array([0, 1]))[0], twin.step(np.array([0, 1]))[0])


@pytest.mark.kernels
def test_an_action_that_is_not_allowed_changes_nothing(tiny):
    env, single = tiny.make(3), TutorEnv(tiny)
    env.reset(seed=0)
    single.reset(seed=0)
    before = {name: values for name, values in env.snapshot().items()}
    with pytest.raises(InputError, match="row 2: action 99 does not exist"):
        env.step(np.array([0, 1, 99]))
    for name, values in env.snapshot().items():
        np.testing.assert_array_equal(values, before[name], err_msg=name)
    with pytest.raises(InputError, match="row 0: action -1 does not exist"):
        single.step(-1)
    assert single.cohort.records["lesson"][0] == 0
