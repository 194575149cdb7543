"""One small grid, made once for all tests that only read it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.experiments.made_grid import make_grid


@pytest.fixture(scope="session")
def grid(tmp_path_factory) -> Path:
    return make_grid(tmp_path_factory.mktemp("results"))
