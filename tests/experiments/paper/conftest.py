"""Small grids that were asked something, and whose policies came from files and classes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.experiments.made_grid import made, small

MINE = "_target_: zpdgym.agents.Streak\nname: mine\n"
ASKED = {"contrasts": ["mine - mastery_tuned by slip", "streak - mine"], "sensitivity": ["student.slip"]}
CHANGED = [{"scenario": "tiny", "change": {"student.guess": 0.3}}]


@pytest.fixture(scope="session")
def asked(tmp_path_factory) -> Path:
    """Cells along a number, a policy of a file of another name, one by its class; contrasts and crossings."""
    folder = tmp_path_factory.mktemp("asked")
    (folder / "some_file.yaml").write_text(MINE)
    policies = [str(folder / "some_file.yaml"), "zpdgym.agents.Streak"]
    grid = {"student.slip": [0.0123456, 0.05, 0.3]}
    return made(small(name="asked", policies=policies, scenarios=CHANGED, grid=grid, **ASKED), folder)


@pytest.fixture(scope="session")
def drawn(tmp_path_factory) -> Path:
    """Three draws of two parameters, over which a contrast is asked."""
    draws = {"number": 3, "student.slip": {"low": 0.05, "high": 0.3}, "student.guess": [0.1, 0.2]}
    spec = small(name="drawn", policies=["streak"], draws=draws, contrasts=["streak - mastery_tuned"])
    del spec["grid"]
    return made(spec, tmp_path_factory.mktemp("drawn"))


@pytest.fixture(scope="session")
def cohorts(tmp_path_factory) -> Path:
    """Three cohorts."""
    spec = small(name="cohorts", policies=["streak"], cohorts=3, cohort_seed=5, contrasts=["streak - mastery_tuned"])
    del spec["grid"]
    return made(spec, tmp_path_factory.mktemp("cohorts"))
