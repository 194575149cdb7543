"""The sweeps that the pages show do what they say, without W&B's server: they are told of validation students only."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml
from zpdgym.experiments import tracking
from zpdgym.scripts.cli import main

ROOT = Path(__file__).resolve().parents[2]
SWEEP = ROOT / "examples" / "wandb_sweep.yaml"
SMALL = ["n_validation=20", "lessons=600", "tracking=none"]


def as_the_agent_does(sweep: dict[str, Any], tried: dict[str, Any]) -> list[str]:
    """The command of one trial, put together by W&B's own code."""
    utils = pytest.importorskip("wandb.sdk.launch.sweeps.utils")
    found = utils.create_sweep_command_args({"args": {name: {"value": value} for name, value in tried.items()}})
    macros = {**found, "env": ["/usr/bin/env"], "interpreter": ["python"], "program": [sweep.get("program")]}
    line = list[str]()
    for part in map(str, utils.create_sweep_command(list(sweep["command"]))):
        line += macros[part[2:-1]] if part.startswith("${") else [part]
    return line


def tried(sweep: dict[str, Any], share: float) -> dict[str, Any]:
    """One setting of the sweep's space."""
    found = dict[str, Any]()
    for name, space in sweep["parameters"].items():
        values = space.get("values") or [space["min"] ** (1 - share) * space["max"] ** share]
        found[name] = values[int(share * len(values)) if share < 1 else -1]
    return found


@pytest.fixture
def shown(tmp_path, monkeypatch):
    """What a tracker was shown, run by run."""
    found = dict[str, dict[str, Any]]()
    monkeypatch.setattr(tracking.NoTracker, "run", lambda self, name, **contents: found.update({name: contents}))
    monkeypatch.chdir(tmp_path)
    return found


def test_a_trial_of_the_wandb_sweep_trains_and_logs_what_is_optimised(shown, capsys):
    sweep = yaml.safe_load(SWEEP.read_text(encoding="utf-8"))
    for share in (0.0, 0.4, 1.0):
        env, program, verb, *given = as_the_agent_does(sweep, tried(sweep, share))
        assert (env, program) == ("/usr/bin/env", "zpdgym")
        assert "tracking=online" in given  # without an account: as a tracker of ours would show it
        typed = {name.partition("=")[0] for name in SMALL}
        line = [verb, *(part for part in given if part.partition("=")[0] not in typed), *SMALL]
        assert main(line) == 0, capsys.readouterr().err
    assert len(shown) == 3
    axis, _, column = sweep["metric"]["name"].partition("/")
    assert (axis, sweep["metric"]["goal"]) == ("validation", "maximize")
    for name, contents in shown.items():
        folder = Path("results/wandb_sweep", name)
        (outcome,) = contents["curves"][axis][column]
        assert outcome == json.loads((folder / "validation.json").read_text())["mean"]
        assert contents["curves"][axis]["lessons"] == [600]
        assert contents["settings"]["policy"]["learning_rate"] > 0
        assert contents["settings"]["kind"] == "learnt"


def test_the_sweep_file_has_only_what_the_policy_and_the_verb_take():
    from zpdgym.scripts.train import VERB

    sweep = yaml.safe_load(SWEEP.read_text(encoding="utf-8"))
    known = {key.name for key in VERB.keys} | {group.name for group in VERB.groups}
    given = [part.partition("=")[0] for part in sweep["command"] if "=" in part]
    assert set(given) <= known
    assert len(given) == len(set(given))
    assert all(re.fullmatch(r"policy\.\w+", name) for name in sweep["parameters"])


def test_the_search_with_hydra_that_the_page_shows(shown, capsys):
    page = (ROOT / "docs" / "verbs" / "index.md").read_text(encoding="utf-8")
    (command,) = re.findall(r"^    (zpdgym train -m .*policy\.learning_rate=.*)$", page, re.MULTILINE)
    typed = {name.partition("=")[0] for name in SMALL}
    _, *line = shlex.split(command)
    line = [part.replace("range(1000,1003)", "1000") for part in line if part.partition("=")[0] not in typed]
    assert main([*line, *SMALL]) == 0, capsys.readouterr().err
    rates = {contents["settings"]["policy"]["learning_rate"] for contents in shown.values()}
    assert len(rates) == len(shown) == 3
    assert all(contents["curves"]["validation"]["outcome"] for contents in shown.values())
