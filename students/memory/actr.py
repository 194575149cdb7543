"""Students whose memory is a set of decaying traces, one for each lesson: ACT-R's declarative memory."""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np
from zpdgym.parameters import Number, Table

from ..curriculum.curriculum import Curriculum
from ..model import FloatNK, KernelModel, State, Traits, matrix
from ..parameters import PerSkill, pack, share
from ..population import Population
from . import _actr
from .clock import FORGETS

__all__ = ["ACTR"]


SECONDS_PER_DAY = 86400.0


def _activation(meaning: str, *, each: str = "") -> Number:
    return Number(meaning, low=-10, high=10, unit="activation", why="it is an activation", each=each)


class ACTR(KernelModel, kernels=_actr):
    """A student in whom every lesson leaves a trace; the stronger the memory already is, the faster the trace fades.

    ACT-R's declarative memory with the spacing effect (Pavlik & Anderson 2005, *Cognitive Science* 29, 559-586; 2008,
    *Journal of Experimental Psychology: Applied* 14, 101-117). Answers first, learns then. A skill is what is
    remembered; one is recalled with P = 1 / (1 + exp((tau - m) / s)), where the activation m is

        m = beta + ln(sum over its traces k of b_k age_k^-d_k)      d_k = c exp(m at the moment of study k) + a

    and d_1 = a. Ages are in seconds of psychological time: a lesson's minutes count 60 each, a day between sessions
    counts 86400 h, and no age is below 1 second, so that no activation is infinite. Page: docs/students/actr.md.

    Args:
        curriculum: what is taught. Prerequisites, difficulty and approach change nothing in memory.
        population: individual differences in ``traits``; None: all students are alike.
        a, c, s, …: see ``PARAMETERS``; ``zpdgym list student actr`` prints them.

    Raises:
        InputError: parameters out of range, all of them together.

    Example:
        >>> from zpdgym.students import check_curriculum
        >>> ACTR(check_curriculum()).invariants >= {"elapse_composes", "forgetting_is_monotone"}
        True
    """

    TRAITS: ClassVar[Traits] = {"activation": "added to every activation", "decay": "logarithm of all decays"}

    PARAMETERS: ClassVar[Table] = {
        "a": Number(
            "decay of a trace that is left when nothing is remembered (and of the first one)",
            low=0.001, high=5, why="it is a decay; memories must fade",
        ),
        "c": Number(
            "how much faster a trace decays for every unit of exp(activation) at its study",
            low=0, high=5, why="it is a decay per exp(activation)",
        ),
        "s": Number(
            "noise of the activation; the smaller, the more recall is all or nothing",
            low=0.01, high=10, unit="activation", why="it is a noise in units of activation",
        ),
        "tau": _activation("activation at which recall is a half"),
        "h": share("seconds of psychological time per second between sessions", of="the time between sessions"),
        "b": Number(
            "weight of a trace that is left by a lesson without an answer (example, explanation); with one it is 1",
            low=0.001, high=100, why="it is the weight of a trace",
        ),
        "base": _activation("beta, the skill's own addition to its activation", each="skill"),
        "capacity": Number(
            "traces kept per skill; as long as a skill has had no more lessons everything is exact; from then on each "
            "lesson makes one trace of the two that are most alike",
            low=2, high=1024, whole=True, unit="traces", why="it counts traces",
        ),
    }  # fmt: skip

    discrete = False
    remembered = True
    mastered_at = 0.95
    ready_at = 0.5
    lesson_draws = 1
    invariants = FORGETS | {"consistent_start"}
    shared_clock = "clock"

    def __init__(
        self,
        curriculum: Curriculum,
        *,
        population: Population | None = None,
        a: float = 0.177,
        c: float = 0.217,
        s: float = 0.255,
        tau: float = -0.704,
        h: float = 0.025,
        b: float = 1.0,
        base: PerSkill = 0.0,
        capacity: int = 32,
    ) -> None:
        values, wrong = self._read(curriculum, population, locals())
        wrong.raise_any()
        self.a, self.c, self.s, self.tau = values.a, values.c, values.s, values.tau
        self.h, self.b, self.base, self.capacity = values.h, values.b, values.base, values.capacity
        k = curriculum.n_skills
        marks = [(name, np.float64) for name in ("level", "pace", "clock")]
        traces = [("traces", np.float64, (k,)), ("trace", np.float64, (k, 3, -(-self.capacity // 8) * 8))]
        self._lay_out(*marks, *traces, draws=0)
        lengths, length = np.unique(60.0 * curriculum.minutes, return_inverse=True)
        constants = [self.a, self.c, 1.0 / self.s, math.exp(-self.tau), SECONDS_PER_DAY * self.h]
        items = [curriculum.minutes, curriculum.asks, np.where(curriculum.asks, 1.0, self.b), length]
        floats, whole = pack(curriculum, constants, items, [np.exp(self.base)])
        self._floats, self._ints = np.concatenate([floats, lengths]), np.append(whole, [len(lengths), self.capacity])

    def activation(self, state: State) -> FloatNK:
        """Activation m of every skill now: (N, K); ln(1e-290) = -667.7 in place of -inf for what was never studied.

        For a history with exact times set ``state["clock"]`` (seconds of psychological time) before each lesson and
        before asking.

        Example:
            >>> from zpdgym.students import allocate_outcome
            >>> from zpdgym.students import chain
            >>> model = ACTR(chain(1))
            >>> state, item, u = model.allocate(1), np.zeros(1, np.int64), np.zeros((1, 1))
            >>> model.reset(state, np.arange(1), np.zeros((1, model.reset_draws)))
            >>> for second in (0.0, 100.0):
            ...     state["clock"] = second
            ...     _ = model.step(state, item, u, allocate_outcome(1))
            >>> state["clock"] = 300.0
            >>> model.activation(state).round(6).tolist()
            [[-0.511275]]
        """
        out = np.empty((len(state), self.curriculum.n_skills))
        _actr.strength(matrix(state), np.zeros(len(state)), out, self._floats, self._ints)
        _actr.activation(out, out)
        return out

    def latency(self, state: State, *, scale: float = 1.0, fixed: float = 0.0) -> FloatNK:
        """Seconds that recalling each skill takes now, ``scale * exp(-activation) + fixed``: (N, K).

        It is no part of a lesson's minutes. The defaults are ACT-R's convention, not a fit; a skill that was never
        studied has an absurdly large latency (1e290 seconds).
        """
        return scale * np.exp(-self.activation(state)) + fixed
