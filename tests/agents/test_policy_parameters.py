"""Every policy declares its parameters: nothing is missing, nothing is too much, and files and pages agree with it."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest
from zpdgym.agents import load_policy, policy_names
from zpdgym.agents.registry import NOT_ARGUMENTS
from zpdgym.agents.search_space import Range
from zpdgym.configs.build import TARGET, load
from zpdgym.errors import Violations
from zpdgym.parameters import rows

PAGES = sorted((Path(__file__).resolve().parents[2] / "docs" / "policies").glob("*.md"))
POLICIES = {name: load_policy(name) for name in policy_names()}
CLASSES = sorted({spec[TARGET] for spec in POLICIES.values()})


def read(table, name, value):
    """What is wrong with a value of one parameter."""
    wrong = Violations(name)
    if not (value is None and table[name].optional):
        table[name].read(value, name, wrong, {})
    return wrong.messages


@pytest.mark.parametrize("target", CLASSES)
def test_every_argument_of_a_policy_is_declared_and_nothing_else(target):
    policy = load(target, "policy")
    arguments = [name for name in inspect.signature(policy).parameters if name not in NOT_ARGUMENTS]
    assert set(policy.PARAMETERS) == set(arguments)
    for row in rows(policy):
        assert row.meaning, row.name
        assert row.range, row.name


@pytest.mark.parametrize("target", CLASSES)
def test_the_defaults_of_a_policy_are_in_their_ranges(target):
    policy = load(target, "policy")
    for name, argument in inspect.signature(policy).parameters.items():
        if name in policy.PARAMETERS and argument.default is not argument.empty:
            assert not read(policy.PARAMETERS, name, argument.default)


@pytest.mark.parametrize("name", POLICIES)
def test_what_a_policys_file_sets_and_tries_is_in_the_ranges(name):
    spec = POLICIES[name]
    table = load(spec[TARGET], "policy").PARAMETERS
    for key, value in spec.items():
        if key not in (TARGET, *NOT_ARGUMENTS):
            assert not read(table, key, value)
    for key, values in spec.get("tune", {}).get("space", {}).items():
        for value in Range(**values).tries() if isinstance(values, dict) else values:
            assert not read(table, key, value)


@pytest.mark.parametrize("target", [t for t in CLASSES if load(t, "policy").PARAMETERS])
def test_the_parameters_of_a_policy_are_on_a_page(target):
    assert any(f"<!-- parameters of {target} -->" in page.read_text(encoding="utf-8") for page in PAGES)
