"""Lives: the same people, other luck."""

import numpy as np
import pytest
from zpdgym.agents import build_policy, load_policy, teach
from zpdgym.envs.scenario import Scenario
from zpdgym.students import draws


def taught(policy="ready_random", scenario="Game-v0", **options):
    world = Scenario.load(scenario)
    return teach(world, build_policy(load_policy(policy)), n_students=12, cohort_seed=5, **options).outcomes


@pytest.mark.parametrize("policy", ["ready_random", "mastery", "no_teaching"])
def test_other_lives_are_of_the_same_people(policy):
    first, other = taught(policy), taught(policy, life=3)
    for who in ("student", "group", "pre"):
        np.testing.assert_array_equal(first[who], other[who])
    if policy != "no_teaching":
        assert (first["exam"] != other["exam"]).sum() > 6


def test_life_0_is_the_usual_one_and_lives_repeat():
    for life in (0, 2):
        np.testing.assert_array_equal(taught(life=life)["exam"], taught(life=life)["exam"])
    np.testing.assert_array_equal(taught()["exam"], taught(life=0)["exam"])
    assert draws.life_seed(7, 0) == 7
    assert len({draws.life_seed(7, life) for life in range(50)}) == 50


def test_lives_do_not_depend_on_how_a_cohort_is_split():
    whole, split = taught(life=4), taught(life=4, chunk=5)
    for name, values in whole.items():
        np.testing.assert_array_equal(values, split[name], err_msg=name)


def test_nights_differ_too():
    restless = Scenario.load(
        "Practice-v0", replace={"student": {"_target_": "zpdgym.students.DynamicIRT", "noise": 0.3}}
    )
    policy = build_policy(load_policy("no_teaching"))
    exams = [teach(restless, policy, n_students=40, cohort_seed=1, life=life).outcomes for life in (0, 1)]
    np.testing.assert_array_equal(exams[0]["pre"], exams[1]["pre"])
    assert (exams[0]["exam"] != exams[1]["exam"]).all()
