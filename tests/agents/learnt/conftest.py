"""Scenarios and teachers that several files of this folder ask for; a teacher is trained once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from zpdgym.envs.scenario import Scenario

from tests.agents.learnt.helpers import PPO

if TYPE_CHECKING:
    from zpdgym.agents.learnt.teacher import Teacher


@pytest.fixture(scope="session")
def with_finish() -> Scenario:
    """A world in which the teacher may end the teaching after two lessons."""
    return Scenario.load("tiny", change={"actions.finish": True, "actions.finish_after": 2})


@pytest.fixture(scope="session")
def teachers(tiny) -> dict[str, Teacher]:
    """Teachers who have learnt a little by PPO, by the name of their policy."""
    pytest.importorskip("torch")
    from zpdgym.agents.learnt import training

    return {name: training.train(tiny, name, lessons=3000, seed=1, n_validation=100) for name in PPO}
