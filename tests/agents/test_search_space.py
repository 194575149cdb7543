"""What may be tuned: lists and ranges, read, refused in one line, and drawn from without repeating a setting."""

from __future__ import annotations

import math

import numpy as np
import pytest
from zpdgym.agents import load_policy
from zpdgym.agents.search_space import Proposals, Range, read_space
from zpdgym.errors import InputError

MASTERY = {"_target_": "zpdgym.agents.Mastery", "name": "mine", "threshold": 0.9}


def tunable(space, policy=None, **section):
    return read_space({**(policy or MASTERY), "tune": {"space": space, **section}})


def drawn(space, n, seed=0, best=None, budget=None):
    proposals, found = Proposals(space, np.random.default_rng(seed)), []
    while len(found) < n and (values := proposals.draw(best or {}, len(found), budget or n)) is not None:
        proposals.tried(values)
        found.append(values)
    return found


def test_a_range_is_read_from_a_mapping_and_few_whole_numbers_are_a_list():
    space = {"threshold": {"low": 0.5, "high": 0.99}, "cap": {"low": 0, "high": 6, "whole": True}}
    found = tunable(space).space
    assert found == {"threshold": Range(0.5, 0.99), "cap": [0, 1, 2, 3, 4, 5, 6]}
    assert tunable({"cap": {"low": 0, "high": 60, "whole": True}}).space == {"cap": Range(0, 60, whole=True)}


def test_whole_numbers_may_be_written_with_an_exponent():
    found = tunable({"threshold": [0.5]}, budget=1e1)
    assert (found.budget, type(found.budget)) == (10, int)
    learner = tunable({"gamma": [0.9]}, load_policy("ppo_scorer"), lessons=1e5)
    assert (learner.lessons, type(learner.lessons)) == (100_000, int)
    space = {"threshold": {"low": 0.5, "high": 0.99}, "ready": {"low": 0.0, "high": 0.9}}
    assert tunable(space, method="cma_es", lessons=1e5, patience=2e1).patience == 20
    with pytest.raises(InputError, match=r"budget=1\.5 must be a whole number of trials"):
        tunable({"threshold": [0.5]}, budget=1.5)


def test_a_search_begins_with_what_the_class_does_where_the_file_does_not_say():
    found = tunable({"threshold": [0.5], "cap": [3], "items": ["level"]})
    assert found.own == {"threshold": 0.9, "cap": 0, "items": "cycle"}
    learner = tunable({"hidden": [[32], [64]], "gae_lambda": [0.9], "gamma": [0.9]}, load_policy("ppo_scorer"))
    assert learner.own == {"hidden": [32], "gae_lambda": 0.8, "gamma": None}


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"low": 0.5}, "low=0.5 and high=None must be two numbers"),
        ({"low": 0.9, "high": 0.5}, "must be two numbers, low below high"),
        ({"low": 0.5, "high": 0.5}, "must be two numbers, low below high"),
        ({"low": "0", "high": 1}, "low='0' and high=1 must be two numbers"),
        ({"low": True, "high": 2}, "low=True and high=2 must be two numbers"),
        ({"low": 0.1, "high": math.nan}, "must be two numbers"),
        ({"low": 0.1, "high": math.inf}, "must be two numbers"),
        ({"low": 0.1, "high": 10**400}, "must be two numbers"),
        ({"low": [1], "high": {"a": 1}}, "must be two numbers"),
        ({"low": 0, "high": 1, "log": True}, "low=0 must be above 0 where log is true"),
        ({"low": 0.1, "high": 1, "log": "yes"}, "space.threshold.log='yes' must be true or false"),
        ({"low": 0.5, "high": 4, "whole": True}, "must be whole numbers where whole is true"),
        ({"low": 0.5, "high": 0.9, "lgo": True}, "unknown key 'tune.space.threshold.lgo'. Did you mean"),
        ({"low": 0.5, "high": 0.9, 3: True}, "unknown key 'tune.space.threshold.3'"),
        ({}, "must be two numbers"),
        ({"low": 0.5, "high": 1.5}, r"threshold=1.*must be a number in \(0, 1\].*from 0.5 to 1.5"),
        ({"low": -1, "high": 1}, r"threshold=-1.0 must be a number.*from -1.0 to 1.0"),
        (0.5, "must be a list of values to try, or a range"),
        ([], "must be a list of values to try"),
        ("abc", "must be a list of values to try"),
    ],
)
def test_a_bad_range_is_refused_in_one_line(given, says):
    with pytest.raises(InputError, match=says) as refused:
        tunable({"threshold": given})
    assert "\n" not in str(refused.value)


def test_a_value_inside_a_range_that_the_class_refuses_is_found_before_the_search():
    learner = load_policy("ppo_scorer")
    with pytest.raises(InputError, match=r"batch=2\.75 must be a whole number.*whole: true"):
        tunable({"batch": {"low": 1, "high": 8}}, learner)
    assert tunable({"batch": {"low": 1, "high": 80, "whole": True}}, learner).space["batch"].whole
    with pytest.raises(InputError, match=r"unknown key|has no|lerning_rate"):
        tunable({"lerning_rate": [0.1]}, learner)


@pytest.mark.parametrize(
    ("section", "policy", "says"),
    [
        ({"lessons": 100}, None, "lessons are for policies that learn"),
        ({"lessons": 0}, "ppo_scorer", "lessons=0 must be a whole number of lessons"),
        ({"lessons": True}, "ppo_scorer", "lessons=True must be a whole number of lessons"),
        ({"budget": 1.5}, "ppo_scorer", "budget=1.5 must be a whole number of trials"),
    ],
)
def test_the_rest_of_the_section_is_checked(section, policy, says):
    space = {"threshold" if policy is None else "gamma": [0.5]}
    with pytest.raises(InputError, match=says):
        tunable(space, policy and load_policy(policy), **section)


def test_a_parameter_that_trials_tell_by_their_own_names_cannot_be_tuned(own_module):
    own_module(
        "own_taught",
        "from zpdgym.agents import Linear\n\nclass Mine(Linear):\n"
        "    def __init__(self, taught=1):\n        super().__init__()\n        self.taught = taught\n",
    )
    spec = {"_target_": "own_taught.Mine", "tune": {"space": {"taught": [1, 2]}}}
    with pytest.raises(InputError, match=r"space\.taught: a parameter of this name cannot be tuned"):
        read_space(spec)


def test_draws_stay_inside_and_are_spread_as_asked():
    generator = np.random.default_rng(0)
    flat, steep, whole = Range(2, 3), Range(0.001, 0.1, log=True), Range(1, 30, whole=True)
    values = [flat.draw(generator) for _ in range(500)]
    assert all(2 <= value <= 3 for value in values)
    assert 0.4 < np.mean(np.array(values) < 2.5) < 0.6
    values = [steep.draw(generator) for _ in range(500)]
    assert all(0.001 <= value <= 0.1 and float(f"{value:.3g}") == value for value in values)
    assert 0.4 < np.mean(np.array(values) < 0.01) < 0.6
    values = [whole.draw(generator) for _ in range(3000)]
    assert set(values) == set(range(1, 31))
    assert all(type(value) is int for value in values)
    assert 50 < values.count(1) < 150  # the ends are as likely as the others
    assert [r.tries()[0] for r in (flat, steep, whole)] == [2.0, 0.001, 1]
    assert [r.tries()[-1] for r in (flat, steep, whole)] == [3.0, 0.1, 30]


def test_neighbours_change_one_parameter_and_stay_near():
    space = {"a": Range(0, 1), "b": [1, 2, 3]}
    best = {"a": 0.5, "b": 2}
    near = [values for values in drawn(space, 60, best=best)[20:]]
    assert all(sum(values[k] != best[k] for k in best) == 1 for values in near)
    moved = [abs(values["a"] - 0.5) for values in near if values["a"] != 0.5]
    assert len(moved) > 20
    assert np.mean(moved) < 0.2
    assert Range(0, 1).near("cycle", np.random.default_rng(0)) != Range(0, 1).near("cycle", np.random.default_rng(1))


def test_no_setting_comes_twice_and_the_same_seed_gives_the_same():
    space = {"a": Range(0.001, 1, log=True), "b": [True, False], "c": Range(1, 9, whole=True)}
    best = {"a": 0.1, "b": True, "c": 5}
    found = drawn(space, 40, best=best)
    assert len({tuple(values.items()) for values in found}) == 40
    assert found == drawn(space, 40, best=best)
    assert found != drawn(space, 40, seed=1, best=best)


def test_a_space_that_is_exhausted_ends_the_search():
    assert sorted(v["a"] for v in drawn({"a": Range(1, 3, whole=True)}, 40, best={"a": 2})) == [1, 2, 3]
    assert len(drawn({"a": [1, 2], "b": [1, 2]}, 40, best={"a": 1, "b": 1})) == 4
