"""What there is to learn, and how simulated learners learn it."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .actr import ACTR
    from .affect import Affect
    from .base import OUTCOME, Outcome, StudentModel, allocate_outcome
    from .bkt import BKT
    from .check import StudentReport, check_student
    from .curriculum import APPROACHES, Curriculum
    from .dash import DAS3H, DASH
    from .dhp import DHP
    from .dkt import DKT
    from .errors import InputError
    from .fsrs import FSRS
    from .hints import Hints
    from .irt import IRT, DynamicIRT, Elo
    from .kidlearn import KidLearnP, KidLearnQ
    from .kt6kc import KT6KC
    from .logistic import AFM, PFA
    from .mcm import MCM
    from .memory import ExponentialForgetting, HalfLife, Memorize
    from .misconception import Misconceptions
    from .mixture import Mixture
    from .population import Population
    from .power_law import PowerLaw
    from .response_time import ResponseTime
    from .spaces import BLIM, KSS, TMS
    from .whole_learner import WholeLearner
    from .zpd import DifficultyBandLearner

_HOME = {
    "ACTR": "actr",
    "AFM": "logistic",
    "APPROACHES": "curriculum",
    "Affect": "affect",
    "BKT": "bkt",
    "BLIM": "spaces",
    "Curriculum": "curriculum",
    "DAS3H": "dash",
    "DASH": "dash",
    "DHP": "dhp",
    "DKT": "dkt",
    "DifficultyBandLearner": "zpd",
    "DynamicIRT": "irt",
    "Elo": "irt",
    "ExponentialForgetting": "memory",
    "FSRS": "fsrs",
    "HalfLife": "memory",
    "Hints": "hints",
    "IRT": "irt",
    "InputError": "errors",
    "KSS": "spaces",
    "KT6KC": "kt6kc",
    "KidLearnP": "kidlearn",
    "KidLearnQ": "kidlearn",
    "MCM": "mcm",
    "Memorize": "memory",
    "Misconceptions": "misconception",
    "Mixture": "mixture",
    "OUTCOME": "base",
    "Outcome": "base",
    "PFA": "logistic",
    "Population": "population",
    "PowerLaw": "power_law",
    "ResponseTime": "response_time",
    "StudentModel": "base",
    "StudentReport": "check",
    "TMS": "spaces",
    "WholeLearner": "whole_learner",
    "allocate_outcome": "base",
    "check_student": "check",
}

__all__ = [
    "ACTR",
    "AFM",
    "APPROACHES",
    "BKT",
    "BLIM",
    "DAS3H",
    "DASH",
    "DHP",
    "DKT",
    "FSRS",
    "IRT",
    "KSS",
    "KT6KC",
    "MCM",
    "OUTCOME",
    "PFA",
    "TMS",
    "Affect",
    "Curriculum",
    "DifficultyBandLearner",
    "DynamicIRT",
    "Elo",
    "ExponentialForgetting",
    "HalfLife",
    "Hints",
    "InputError",
    "KidLearnP",
    "KidLearnQ",
    "Memorize",
    "Misconceptions",
    "Mixture",
    "Outcome",
    "Population",
    "PowerLaw",
    "ResponseTime",
    "StudentModel",
    "StudentReport",
    "WholeLearner",
    "allocate_outcome",
    "check_student",
]


def __getattr__(name: str) -> Any:
    """Load a public name when it is first used, so that importing the package compiles nothing."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f".{_HOME[name]}", __name__), name)
