"""What there is to learn, and how simulated learners learn it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zpdgym.errors import InputError
from zpdgym.lazy import lazy

if TYPE_CHECKING:
    from .ability.difficulty_band import DifficultyBandLearner
    from .ability.irt import IRT, DynamicIRT, Elo
    from .ability.logistic import AFM, PFA
    from .check import StudentReport, check_student
    from .curriculum.curriculum import APPROACHES, Curriculum
    from .knowledge.bkt import BKT
    from .knowledge.kidlearn import KidLearnP, KidLearnQ
    from .knowledge.kt6kc import KT6KC
    from .knowledge.misconception import Misconceptions
    from .knowledge.structure import BLIM, KSS, TMS
    from .layers.affect import Affect
    from .layers.hints import Hints
    from .layers.minutes_by_outcome import MinutesByOutcome
    from .layers.mixture import Mixture
    from .layers.response_time import ResponseTime
    from .memory.actr import ACTR
    from .memory.dash import DAS3H, DASH
    from .memory.dhp import DHP
    from .memory.exponential import ExponentialForgetting, HalfLife, Memorize
    from .memory.fsrs import FSRS
    from .memory.mcm import MCM
    from .memory.power_law import PowerLaw
    from .model import OUTCOME, Outcome, StudentModel, allocate_outcome
    from .neural.dkt import DKT
    from .population import Population
    from .whole_learner import WholeLearner

__all__ = ["InputError"]  # with everything that the files below this folder offer; see ``zpdgym.lazy``
__getattr__, __dir__ = lazy(__name__, __path__)
