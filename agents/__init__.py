"""Policies: who chooses the next item."""

from __future__ import annotations

import importlib
from typing import Any

_PLACES = {
    "Policy": "problem",
    "Problem": "problem",
    "Rollout": "rollouts",
    "build_policy": "policies",
    "check_policy": "check",
    "load_policy": "policies",
    "policy_names": "policies",
    "rollout": "rollouts",
    "teach": "rollouts",
}

__all__ = sorted(_PLACES)  # pyright: ignore[reportUnsupportedDunderAll]


def __getattr__(name: str) -> Any:
    if name in _PLACES:
        return getattr(importlib.import_module(f"{__name__}.{_PLACES[name]}"), name)
    raise AttributeError(f"module '{__name__}' has no attribute '{name}'")


def __dir__() -> list[str]:
    return __all__
