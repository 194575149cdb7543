"""A policy that asks nothing is told of; the policies that pages show as templates ask."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from zpdgym.agents import check_policy
from zpdgym.configs.build import config_files
from zpdgym.envs import Scenario, scenario_names
from zpdgym.scripts.cli import main

ROOT = Path(__file__).resolve().parents[2]
SHOWS = '''
class Shows:
    """The first item of the skill that is believed least known, which often is an example."""

    name, privileged, learnt, draws = "shows", False, False, 0
    needs = frozenset({"belief"})

    def bind(self, problem):
        self.problem, self.first = problem, problem.curriculum.q.argmax(axis=0)

    def predict(self, observation, state=None, episode_start=None, deterministic=False, *, action_masks=None, u=None):
        return self.first[self.problem.column(observation, "belief").argmin(axis=1)], state
'''
SILENT = "it asks nothing, for every item that it chose is only read"


WITH_RULES = tuple(name for name in scenario_names() if Scenario.load(name).once)
"""Where items may be forbidden, which the short policies of pages do not look at."""


def made(source: str, name: str) -> Any:
    known: dict[str, Any] = {"np": np}
    exec(source, known)  # the source of this file, and of our pages
    return known[name]


def shown_on(page: str, name: str) -> Any:
    blocks = (ROOT / page).read_text(encoding="utf-8").split("```python\n")[1:]
    (source,) = [block.partition("```")[0] for block in blocks if f"class {name}:\n" in block]
    return made(source, name)


@pytest.mark.parametrize(("page", "name"), [("README.md", "LeastKnown"), ("docs/policies/index.md", "Weakest")])
@pytest.mark.parametrize("scenario", [name for name in config_files("scenario") if name not in WITH_RULES])
def test_the_policies_that_pages_show_ask_in_every_scenario(page, name, scenario):
    said = check_policy(shown_on(page, name), scenario)
    assert said.startswith(f"{'least_known' if name == 'LeastKnown' else 'weakest'} keeps the contract")
    assert SILENT not in said


def test_check_policy_says_that_a_policy_asks_nothing():
    assert SILENT in check_policy(made(SHOWS, "Shows"), "practice")
    assert SILENT not in check_policy(made(SHOWS, "Shows"), "tiny")  # whose items all ask


def test_evaluate_says_that_nobody_was_asked(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("my_shows.py").write_text(SHOWS)
    for policy, asked in (
        ("policy._target_=my_shows.Shows", False),
        ("policy=random", True),
        ("policy=no_teaching", True),
    ):
        assert main(["evaluate", "scenario=practice", policy, "n_students=20"]) == 0
        assert ("Nobody was asked anything" in capsys.readouterr().out) is not asked
