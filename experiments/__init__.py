"""Evidence: runs on disk, cohorts, statistics, tracking, comparison, calibration and the report."""

from __future__ import annotations

import importlib
from typing import Any

_PLACES = {
    "Comparison": "compare",
    "Evaluation": "evaluate",
    "Experiment": "plan",
    "Mirror": "tracking",
}

__all__ = sorted(_PLACES)  # pyright: ignore[reportUnsupportedDunderAll]


def __getattr__(name: str) -> Any:
    if name in _PLACES:
        return getattr(importlib.import_module(f"{__name__}.{_PLACES[name]}"), name)
    raise AttributeError(f"module '{__name__}' has no attribute '{name}'")


def __dir__() -> list[str]:
    return __all__
