"""The teaching environments: simulated students behind the Gymnasium interface."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zpdgym.lazy import lazy

from .scenario import register_scenarios

if TYPE_CHECKING:
    from .check import check_tutor_env
    from .scenario import Scenario, scenario_names
    from .scenario_set import ScenarioSet
    from .single import TutorEnv
    from .tutor import TutorVectorEnv

__getattr__, __dir__ = lazy(__name__, __path__)
register_scenarios()
