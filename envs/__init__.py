"""The teaching environments: simulated students behind the Gymnasium interface."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zpdgym.lazy import lazy

from .registration import register_scenarios

if TYPE_CHECKING:
    from .check import check_tutor_env as check_tutor_env
    from .scenario import Scenario as Scenario
    from .scenario import scenario_names as scenario_names
    from .scenario_set import ScenarioSet as ScenarioSet
    from .single import TutorEnv as TutorEnv
    from .suite.check import check_scenario as check_scenario
    from .tutor import TutorVectorEnv as TutorVectorEnv

__getattr__, __dir__ = lazy(__name__, __path__)
register_scenarios()
