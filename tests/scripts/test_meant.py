"""A name or a file without its key, or a file without its ending: the message says what was meant."""

from __future__ import annotations

from pathlib import Path

import pytest
from zpdgym.agents import build_policy
from zpdgym.envs.scenario import Scenario
from zpdgym.errors import InputError
from zpdgym.experiments.comparison.compare import load_experiment

from tests.scripts.helpers import fails


@pytest.fixture(autouse=True)
def _with_files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("mine.yaml").write_text("a: 1\n")


@pytest.mark.parametrize(
    "typed",
    [
        ("compare", "experiment=mine"),
        ("compare", "scenario=mine", "policies=streak"),
        ("compare", "scenarios=mine", "policies=streak"),
        ("compare", "scenario=tiny", "policies=mine"),
        ("compare", "scenario=tiny", "policies=streak", "grid.schedule=mine,once_a_week"),
        ("evaluate", "scenario=tiny", "policy=mine"),
        ("evaluate", "scenario=tiny", "policy=random", "student=mine"),
        ("robustness", "matrix=mine"),
    ],
)
def test_a_file_without_its_ending_is_recognised(capsys, typed):
    assert "'mine'. Did you mean the file 'mine.yaml'? Choices: " in fails(capsys, *typed)


@pytest.mark.parametrize("read", [load_experiment, Scenario.load, build_policy])
def test_so_it_is_from_python(read):
    with pytest.raises(InputError, match=r"Did you mean the file 'mine\.yaml'"):
        read("mine")


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        (("compare", "mine.yaml"), "must be written key=value: experiment=mine.yaml or scenario=mine.yaml;"),
        (("robustness", "mine.yaml"), "must be written key=value: matrix=mine.yaml or scenario=mine.yaml;"),
        (("evaluate", "mine.yaml"), "must be written key=value: scenario=mine.yaml or policy=mine.yaml;"),
        (("compare", "quickstart"), "must be written key=value: experiment=quickstart;"),
        (("train", "practice"), "must be written key=value: scenario=practice;"),
        (("train", "nothing"), "must be written key=value; zpdgym"),
    ],
)
def test_a_name_or_a_file_alone_is_given_its_key(capsys, typed, says):
    assert says in fails(capsys, *typed)
