"""Policies that answer wrongly, or count on themselves: evaluate names what check_policy names, in the same words."""

from __future__ import annotations

import re

import numpy as np
import pytest
import zpdgym
from zpdgym.agents import build_policy, check_policy, rollout
from zpdgym.agents.check import must_decide_by_rows
from zpdgym.errors import InputError, RunsFailed
from zpdgym.scripts.cli import main

from tests.helpers import world

N = 5


class Mine:
    """Always the first item, or whatever ``answer`` gives."""

    name, privileged, learnt, draws, needs = "mine", False, False, 0, frozenset()

    def __init__(self, answer=None):
        self.answer, self.asked, self.count = answer, 0, None

    def bind(self, problem):
        self.problem = problem

    def predict(self, observation, state=None, episode_start=None, deterministic=False, *, action_masks=None, u=None):
        self.asked += 1
        if self.answer is None:
            return np.zeros(len(observation), np.int64), None
        return self.answer(self, observation, state)


def items(n, item=0):
    return np.full(n, item, np.int64)


WRONG = {
    "None": lambda me, seen, _: None,
    "no state": lambda me, seen, _: items(len(seen)),
    "a list of both": lambda me, seen, _: [items(len(seen)), None],
    "three": lambda me, seen, _: (items(len(seen)), None, None),
    "no actions": lambda me, seen, _: (None, None),
    "floats": lambda me, seen, _: (np.zeros(len(seen)), None),
    "truths": lambda me, seen, _: (np.zeros(len(seen), bool), None),
    "texts": lambda me, seen, _: (["a"] * len(seen), None),
    "one for all": lambda me, seen, _: (0, None),
    "one too many": lambda me, seen, _: (items(len(seen) + 1), None),
    "one too few": lambda me, seen, _: (items(len(seen) - 1), None),
    "a column": lambda me, seen, _: (items(len(seen))[:, None], None),
    "nested": lambda me, seen, _: ([[0]] * len(seen), None),
    "ragged": lambda me, seen, _: ([[0]] * (len(seen) - 1) + [[0, 1]], None),
    "a mapping": lambda me, seen, _: ({"item": 0}, None),
}


def taught(policy):
    return rollout(world().make(N, seed=0, autoreset=False), policy)


@pytest.mark.parametrize("how", WRONG)
def test_an_answer_of_the_wrong_form_is_named_alike(how):
    with pytest.raises(AssertionError) as promised:
        check_policy(Mine(WRONG[how]), world(), n_students=N)
    said = re.sub(r"^policy mine: ", "", str(promised.value))
    assert said.startswith("predict must give ")
    with pytest.raises(InputError) as refused:
        taught(Mine(WRONG[how]))
    assert re.sub(r"^policy mine in Tiny-v0~\w+: ", "", str(refused.value)) == said
    with pytest.raises(InputError, match=r"policy mine in Tiny-v0.*: predict must give"):
        zpdgym.evaluate(world(), Mine(WRONG[how]), n_students=N)


def test_a_list_of_whole_numbers_is_an_answer():
    plain = taught(Mine()).outcomes["exam"]
    for answer in (
        lambda me, seen, _: ([0] * len(seen), None),
        lambda me, seen, _: ((0,) * len(seen), None),
        lambda me, seen, _: (np.zeros(len(seen), np.uint16), None),
    ):
        np.testing.assert_array_equal(taught(Mine(answer)).outcomes["exam"], plain)
        assert check_policy(Mine(answer), world(), n_students=N).startswith("mine keeps the contract")


def counts_calls(me, seen, _):
    return items(len(seen), me.asked % 9), None


def counts_tens(me, seen, _):
    return items(len(seen), me.asked // 10 % 9), None


def counts_from_the_first_lesson_on(me, seen, state):
    me.count = items(len(seen)) if state is None else me.count + 1
    return me.count % 9, {"seen": items(len(seen))}


def counts_rows_for_ever(me, seen, _):
    me.count = items(len(seen)) if me.count is None else me.count
    return me.count, None


def adds_up_rows_for_ever(me, seen, _):
    return items(len(seen)) + counts_rows_for_ever(me, seen, _)[0], None


def has_luck_of_its_own(me, seen, _):
    return np.random.default_rng().integers(0, 9, len(seen)), None


def looks_round(me, seen, _):
    sums = seen[:, :, 0].sum(axis=1)
    return np.argsort(np.argsort(sums, kind="stable")), None


def goes_by_the_number(me, seen, _):
    return items(len(seen), len(seen) % 9), None


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (counts_calls, "lesson 0: asked twice, it answered otherwise"),
        (counts_tens, "asked twice, it answered otherwise"),
        (counts_from_the_first_lesson_on, "lesson 1: asked twice, it answered otherwise"),
        (has_luck_of_its_own, "lesson 0: asked twice, it answered otherwise"),
        (looks_round, "depends on who else is in the cohort"),
        (goes_by_the_number, "depends on who else is in the cohort"),
        (counts_rows_for_ever, r"asked about every second student alone, predict must give an array of \(\d,\)"),
        (adds_up_rows_for_ever, "asked about every second student alone, predict raised ValueError"),
    ],
)
def test_who_counts_on_itself_is_named_before_it_teaches(answer, message):
    with pytest.raises(InputError, match=f"policy mine in Tiny-v0.*: .*{message}") as caught:
        zpdgym.evaluate(world(), Mine(answer), n_students=30)
    assert "\n" not in str(caught.value)
    with pytest.raises(AssertionError, match=f"policy mine: .*{message}"):
        check_policy(Mine(answer), world(), n_students=4)


def test_who_keeps_its_memory_in_the_state_is_not():
    def remembers(me, seen, state):
        count = items(len(seen)) if state is None else state["count"] + 1
        return count % 9, {"count": count}

    def never_begins_anew(me, seen, state):  # evaluate never asks for it
        return remembers(me, seen, state)

    for answer in (remembers, never_begins_anew):
        policy = Mine(answer)
        before = taught(Mine(answer)).outcomes["exam"]
        must_decide_by_rows(policy, world())
        np.testing.assert_array_equal(taught(policy).outcomes["exam"], before)
        assert zpdgym.evaluate(world(), policy, n_students=N).policy == "mine"


def test_it_costs_a_few_questions_and_ours_are_not_asked():
    policy = Mine()
    must_decide_by_rows(policy, world())
    assert policy.asked == 18  # six lessons, twice all of them and once every second
    ours = zpdgym.agents.build_policy("linear")
    must_decide_by_rows(ours, world())
    assert not hasattr(ours, "problem")


def test_a_failure_of_its_own_is_told_as_before():
    def fails(me, seen, _):
        raise ZeroDivisionError("nothing to divide by")

    with pytest.raises(ZeroDivisionError):
        zpdgym.evaluate(world(), Mine(fails), n_students=N)
    with pytest.raises(InputError, match=r"row 0: action 99 does not exist"):
        zpdgym.evaluate(world(), Mine(lambda me, seen, _: (items(len(seen), 99), None)), n_students=N)


class Peeking(Mine):
    """One that looks inside the students, and counts."""

    privileged = True

    def predict(self, observation, state=None, *more, **others):
        assert len(self.problem.probe.mastery()) == len(observation)
        self.asked += 1
        return items(len(observation), self.asked % 3), None


def test_one_that_looks_inside_is_asked_twice_too():
    with pytest.raises(InputError, match="asked twice"):
        zpdgym.evaluate(world(), Peeking(), n_students=N)


OWN = """
import numpy as np


class Counter:
    name, privileged, learnt, draws, needs = "counter", False, False, 0, frozenset()

    def __init__(self, how="counts"):
        self.how, self.asked = how, 0

    def bind(self, problem):
        pass

    def predict(self, observation, state=None, episode_start=None, deterministic=False, *, action_masks=None, u=None):
        self.asked += 1
        if self.how == "fails":
            raise ZeroDivisionError("no")
        if self.how == "floats":
            return np.zeros(len(observation)), None
        return np.full(len(observation), self.asked % 3), None
"""


@pytest.fixture
def own(own_module):
    return own_module("counter_for_test", OWN)


@pytest.mark.parametrize(("how", "message"), [("counts", "asked twice, it answered otherwise"), ("floats", "float64")])
def test_no_comparison_begins_with_such_a_policy(own, capsys, how, message):
    spec = {"_target_": "counter_for_test.Counter", "how": how}
    plan = {"name": "x", "scenarios": ["tiny"], "policies": ["linear", spec], "n_students": 20, "tracking": "none"}
    with pytest.raises(InputError, match=f"policy counter in Tiny-v0: .*{message}"):
        zpdgym.compare(plan, results=own / "results")
    tuned = {**spec, "tune": {"budget": 2, "space": {"how": [how]}}}
    with pytest.raises(InputError, match=message):
        zpdgym.tune("tiny", tuned, out=own / "tuned")
    assert not (own / "results").exists()
    assert not (own / "tuned").exists()
    typed = ("policies=[linear,{_target_: counter_for_test.Counter, how: " + how + "}]", "name=x", "scenarios=[tiny]")
    assert main(["compare", *typed]) == 2
    assert main(["evaluate", "scenario=tiny", "policy=custom", "policy._target_=counter_for_test.Counter"]) == 2
    errors = capsys.readouterr().err.splitlines()
    assert [message in line for line in errors if line.startswith("zpdgym compare: policy counter in Tiny")] == [True]


def test_one_that_fails_by_itself_still_stops_no_other(own):
    spec = {"_target_": "counter_for_test.Counter", "how": "fails"}
    plan = {"name": "x", "scenarios": ["tiny"], "policies": ["linear", spec], "n_students": 10, "n_validation": 10}
    plan |= {"unexpected": False, "lives": 0, "tracking": "none", "seeds": 1, "tune_budget": 1}
    found = zpdgym.compare(plan, results=own / "results", jobs=1)
    assert [run.why for run in found.failed] == ["ZeroDivisionError: no (counter_for_test.py:17)"]
    with pytest.raises(RunsFailed):
        found.all_made()


def test_arguments_may_have_other_names():
    class Renamed(Mine):
        def predict(self, seen, memory, fresh, best, *, action_masks, u):
            assert fresh.shape == (len(seen),)
            assert action_masks.flags["C_CONTIGUOUS"]
            return items(len(seen)), None

    plain = zpdgym.evaluate(world(), Mine(), n_students=N).outcomes["exam"]
    np.testing.assert_array_equal(zpdgym.evaluate(world(), Renamed(), n_students=N).outcomes["exam"], plain)


def test_equally_good_items_are_no_memory():
    rng = np.random.default_rng(0)
    first, second = (rng.standard_normal(shape).astype(np.float32) for shape in ((11, 32), (32,)))

    def scores(me, seen, _):
        return (np.maximum(seen @ first, 0) @ second).repeat(3, axis=1).argmax(axis=1), None

    def scores_flat(me, seen, _):
        hidden = np.maximum(seen.reshape(-1, seen.shape[2]) @ first, 0)
        return (hidden @ second).reshape(len(seen), -1).argmax(axis=1), None

    for answer in (scores, scores_flat):
        must_decide_by_rows(Mine(answer), world())


class Unasked:
    """A policy that does not take what it is asked with."""

    name, privileged, learnt, draws, needs = "unasked", False, False, 0, frozenset()

    def bind(self, problem):
        pass

    def predict(self, observation):
        return np.zeros(len(observation), np.int64), None


class Needy(Unasked):
    """A policy that wants to see what there is not."""

    name = "needy"

    def __init__(self, column):
        self.needs = frozenset({column})


def test_a_policy_that_cannot_be_asked_is_told_how_it_will_be():
    with pytest.raises(InputError, match=r"policy unasked: predict must take \(observation, state, .*too many pos"):
        zpdgym.evaluate("tiny", Unasked(), n_students=10)
    with pytest.raises(AssertionError, match=r"policy unasked: predict must take"):
        check_policy(Unasked())


@pytest.mark.parametrize("column", ["beleif", "last_hints"])
def test_a_column_that_is_not_shown_is_named_for_policies_of_ones_own_too(column):
    with pytest.raises(InputError, match=f"policy needy needs the column {column}, which scenario Tiny-v0"):
        zpdgym.evaluate("tiny", Needy(column), n_students=10)


def test_a_class_that_cannot_be_made_is_named_with_its_line(own_module):
    own_module(
        "broken_for_test",
        "class Broken:\n    def bind(self): ...\n    def __init__(self, *, path):\n        open(path)\n",
    )
    spec = {"_target_": "broken_for_test.Broken", "path": "nix.pt2"}
    said = r"broken_for_test.Broken could not be made: FileNotFoundError: .*nix.pt2.*broken_for_test.py, line 4\)"
    with pytest.raises(InputError, match=said):
        build_policy(spec)
