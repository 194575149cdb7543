"""A packed tutor chooses in JavaScript as it does in Python, whatever pupils answer and whatever they were shown."""

from __future__ import annotations

import shutil

import pytest
from zpdgym.agents.registry import build_policy, load_policy
from zpdgym.envs import Scenario
from zpdgym.envs.observe import DEFAULT_COLUMNS
from zpdgym.experiments.packed.contents import contents

from benchmarks.packed.histories import compare, played, replayed
from benchmarks.packed.teachers import drawn
from benchmarks.packed.worlds import SHOWN, at_random, home, world
from tests.experiments.packed.helpers import changed

pytestmark = pytest.mark.skipif(
    shutil.which("node") is None, reason="node is not on the PATH: nobody looked at what tutor.js does"
)
KINDS, POLICIES = ("bkt", "graph", "misconceptions"), ("ppo_scorer", "tuned_index", "mastery")


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("kind", KINDS)
def test_it_chooses_the_same_items(kind, policy):
    """Items of several skills, sessions by the minute, days that pass: all at once."""
    scenario = world(kind, "knotted")
    found = compare(scenario, drawn(policy, scenario, seed=KINDS.index(kind)), 25, seed=3)
    assert found.choices > 500
    assert found.agrees, found
    assert found.off < 1e-9


@pytest.mark.parametrize(("policy", "seed"), [("ppo_scorer", 2), ("mastery", 3)])
def test_it_ends_the_teaching_where_the_policy_would(policy, seed):
    scenario = world("bkt", "knotted")
    found = compare(scenario, drawn(policy, scenario, seed), 20)
    assert found.finished > 0
    assert found.agrees, found


@pytest.mark.parametrize("seed", range(5))
def test_mastery_learning_has_five_rules_for_items(seed):
    """With items of one skill, which a bkt belief follows by a formula of its own."""
    scenario = world("bkt", "Practice-v1")
    found = compare(scenario, drawn("mastery", scenario, seed), 10, seed)
    assert (found.choices, found.differing) == (10 * 80, 0)


@pytest.mark.parametrize(
    ("kind", "policy", "columns"),
    [
        ("graph", "mastery", DEFAULT_COLUMNS),  # readiness is then a product of beliefs
        ("misconceptions", "tuned_index", SHOWN),  # nobody is told which bug it may be
        ("bkt", "ppo_scorer", ["belief", "ready"]),  # neither lessons nor the time that is left
        ("bkt", "tuned_index", SHOWN),
    ],
)
def test_it_sees_what_its_scenario_shows(kind, policy, columns):
    base = home(kind, "Practice-v1")
    change = {"observe.columns": list(columns), "belief": {**base.belief_parameters, "source": "given"}}
    scenario = at_random(Scenario.load("Practice-v1", change=change))
    found = compare(scenario, drawn(policy, scenario, seed=1), 10)
    assert (found.choices, found.differing) == (10 * 80, 0)


def test_another_tutor_would_be_noticed():
    scenario = world("bkt", "Practice-v1")
    policy = drawn("mastery", scenario, seed=0)
    lessons, believed = played(scenario, policy, 10, seed=0)
    packed = contents(scenario, policy)
    assert replayed(packed, lessons, believed)["differing"] == 0
    other = build_policy({**load_policy("mastery"), "threshold": 0.5, "items": "level"})
    assert replayed(contents(scenario, other), lessons, believed)["differing"] > 0
    assert replayed(changed(packed, "belief.learn", [0.6] * 32), lessons, believed)["off"] > 1e-3
