"""Every rule keeps to what a catalogue allows: no item twice, none that is locked."""

from __future__ import annotations

import re

import pytest
from zpdgym.agents.problem import Problem
from zpdgym.agents.registry import build_policy, load_policy, policy_names
from zpdgym.agents.rollouts import teach
from zpdgym.envs.scenario import Scenario
from zpdgym.errors import InputError

WORLDS = {
    "no question twice": Scenario.load("placement"),
    "one ability": Scenario.load("itempool"),
    "locked": Scenario.load("tiny", change={"actions.locked_until_passed": True}),
}


def baselines():
    made = ((name, build_policy(load_policy(name))) for name in policy_names() if name != "saved")
    return [name for name, policy in made if not policy.learnt]


@pytest.mark.parametrize("world", WORLDS)
@pytest.mark.parametrize("policy", baselines())
def test_it_is_kept_to(policy, world):
    scenario, chosen = WORLDS[world], build_policy(load_policy(policy))
    if refused := refusal(policy, scenario):
        assert re.match(rf"policy {policy}\b(?!.* is not allowed now)", refused)
        return
    if hasattr(chosen, "rehearse"):
        chosen = build_policy({**load_policy(policy), **chosen.rehearse(scenario, cohort_seed=0)})
    found = teach(scenario, chosen, n_students=5, cohort_seed=1, metrics=True)
    assert (found.outcomes["lessons"] <= scenario.make(1).horizon).all()


def refusal(policy, scenario):
    """Why it cannot be bound to this scenario; nothing where it can."""
    chosen = build_policy(load_policy(policy))
    try:
        if not hasattr(chosen, "rehearse"):
            chosen.bind(Problem.of(scenario.make(1), privileged=True))
    except InputError as error:
        return str(error)
    return ""
