"""What holds for all tests: how hypothesis looks for examples, and the smallest scenario."""

from __future__ import annotations

import pytest
from hypothesis import settings
from zpdgym.envs.scenario import Scenario

# The first example of a kernel compiles it, which no deadline could allow for.
settings.register_profile("zpdgym", deadline=None)
settings.load_profile("zpdgym")


@pytest.fixture(scope="session")
def tiny() -> Scenario:
    """Tiny-v0: a few skills, six lessons."""
    return Scenario.load("tiny")
