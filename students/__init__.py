"""What there is to learn, and how simulated learners learn it."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .base import OUTCOME, Outcome, StudentModel, allocate_outcome
    from .bkt import BKT
    from .check import StudentReport, check_student
    from .curriculum import APPROACHES, Curriculum
    from .errors import InputError
    from .fsrs import FSRS
    from .irt import IRT, DynamicIRT, Elo
    from .kidlearn import KidLearnP, KidLearnQ
    from .kt6kc import KT6KC
    from .population import Population
    from .zpd import DifficultyBandLearner

_HOME = {
    "APPROACHES": "curriculum",
    "BKT": "bkt",
    "Curriculum": "curriculum",
    "DifficultyBandLearner": "zpd",
    "DynamicIRT": "irt",
    "Elo": "irt",
    "FSRS": "fsrs",
    "IRT": "irt",
    "InputError": "errors",
    "KT6KC": "kt6kc",
    "KidLearnP": "kidlearn",
    "KidLearnQ": "kidlearn",
    "OUTCOME": "base",
    "Outcome": "base",
    "Population": "population",
    "StudentModel": "base",
    "StudentReport": "check",
    "allocate_outcome": "base",
    "check_student": "check",
}

__all__ = [
    "APPROACHES",
    "BKT",
    "FSRS",
    "IRT",
    "KT6KC",
    "OUTCOME",
    "Curriculum",
    "DifficultyBandLearner",
    "DynamicIRT",
    "Elo",
    "InputError",
    "KidLearnP",
    "KidLearnQ",
    "Outcome",
    "Population",
    "StudentModel",
    "StudentReport",
    "allocate_outcome",
    "check_student",
]


def __getattr__(name: str) -> Any:
    """Load a public name when it is first used, so that importing the package compiles nothing."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f".{_HOME[name]}", __name__), name)
