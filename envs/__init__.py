"""The teaching environments: simulated students behind the Gymnasium interface."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .scenario import Scenario, register_scenarios, scenario_names

if TYPE_CHECKING:
    from .check import check_tutor_env
    from .single import TutorEnv
    from .tutor import TutorVectorEnv

__all__ = ["Scenario", "TutorEnv", "TutorVectorEnv", "check_tutor_env", "scenario_names"]

_LAZY = {"TutorEnv": "single", "TutorVectorEnv": "tutor", "check_tutor_env": "check"}

register_scenarios()


def __getattr__(name: str) -> Any:
    """Import what needs compiled kernels only when it is asked for."""
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f".{_LAZY[name]}", __name__), name)
