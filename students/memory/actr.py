"""Students whose memory is a set of decaying traces, one for each lesson: ACT-R's declarative memory."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from zpdgym.errors import Violations

from ..curriculum.curriculum import EXAMPLE, EXPLANATION, Curriculum
from ..model import FloatN, FloatNK, FloatNM, IntN, Outcome, State, matrix
from ..parameters import number, pack, per_skill
from ..population import Population
from . import _actr

__all__ = ["ACTR"]

PerSkill: TypeAlias = float | Sequence[float] | npt.NDArray[np.float64]

SECONDS_PER_DAY = 86400.0
MOST_TRACES = 1024


class ACTR:
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
        a: decay of a trace that is left when nothing is remembered (and of the first one).
        c: how much faster a trace decays for every unit of exp(activation) at its study.
        s: noise of the activation; the smaller, the more recall is all or nothing.
        tau: activation at which recall is a half.
        h: seconds of psychological time per second between sessions.
        b: weight of a trace that is left by a lesson without an answer (example, explanation); with an answer it is 1.
        base: beta, the skill's own addition to its activation, per skill.
        capacity: traces kept per skill, at least 2. As long as a skill has had no more lessons everything is exact;
            from then on each lesson makes one trace of the two that are most alike.

    Raises:
        InputError: parameters out of range, all of them together.

    Example:
        >>> from zpdgym.students import check_curriculum
        >>> ACTR(check_curriculum()).invariants >= {"elapse_composes", "forgetting_is_monotone"}
        True
    """

    traits = ("activation", "decay")
    """Deviates: an addition to every activation (activation / s is in logits); the logarithm of all decays."""

    discrete = False
    mastered_at = 0.95
    ready_at = 0.5
    lesson_draws = 1
    rest_draws = 0
    reports: frozenset[str] = frozenset()
    invariants = frozenset(
        {"answer_then_learn", "consistent_start", "elapse_composes", "forgetting_is_monotone"}
        | {"never_improves_untaught"}
    )

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
        wrong = Violations("ACTR")
        self.curriculum = curriculum
        self.population = population or Population()
        self.population.check_traits(self.traits, "ACTR")
        self.a = number(a, "a", 0.001, 5.0, wrong, "it is a decay; memories must fade")
        self.c = number(c, "c", 0.0, 5.0, wrong, "it is a decay per exp(activation)")
        self.s = number(s, "s", 0.01, 10.0, wrong, "it is a noise in units of activation")
        self.tau = number(tau, "tau", -10.0, 10.0, wrong, "it is an activation")
        self.h = number(h, "h", 0.0, 1.0, wrong, "it is a share of the time between sessions")
        self.b = number(b, "b", 0.001, 100.0, wrong, "it is the weight of a trace")
        self.base = per_skill(base, "base", curriculum, -10.0, 10.0, wrong, "it is an activation")
        whole = isinstance(capacity, int) and not isinstance(capacity, bool) and 2 <= capacity <= MOST_TRACES
        wrong.unless(whole, f"capacity={capacity!r} must be a whole number in [2, {MOST_TRACES}]: it counts traces")
        wrong.raise_any()
        self.capacity = capacity
        k = curriculum.n_skills
        marks = [(name, np.float64) for name in ("level", "pace", "clock")]
        traces = [("traces", np.float64, (k,)), ("trace", np.float64, (k, 3, -(-capacity // 8) * 8))]
        self.dtype = np.dtype([("group", np.int64), *marks, *traces])
        self._lengths, length = np.unique(60.0 * curriculum.minutes, return_inverse=True)
        asks = (curriculum.approach != EXAMPLE) & (curriculum.approach != EXPLANATION)
        constants = [self.a, self.c, 1.0 / self.s, math.exp(-self.tau)]
        items = [curriculum.minutes, asks, np.where(asks, 1.0, self.b), length]
        self._floats, whole = pack(curriculum, constants, items, [np.exp(self.base)])
        self._ints = np.append(whole, capacity)
        self.reset_draws = self.population.draws(self.traits)

    def allocate(self, n: int) -> State:
        """Room for ``n`` students, not yet reset."""
        return np.zeros(n, self.dtype)

    def reset(self, state: State, rows: IntN, u: FloatNM) -> None:
        """Fresh students, who have studied nothing yet: recall is 0."""
        group, deviates = self.population.sample(u, self.traits)
        _actr.reset(matrix(state), rows, deviates, self.dtype.itemsize // 8)
        state["group"][rows] = group

    def p_all(self, state: State) -> FloatNM:
        """Probability of recalling all skills of every item; of items that ask for no answer, if they asked."""
        return self._answers(self.mastery(state))

    def p_correct(self, state: State, items: IntN) -> FloatN:
        """The same for one chosen item each."""
        out = np.empty(len(state))
        _actr.p_correct(matrix(state), items, out, self._floats, self._ints)
        return out

    def step(self, state: State, items: IntN, u: FloatNM, out: Outcome) -> Outcome:
        """Answer (where the item asks), then leave a trace at this moment, then let the item's minutes pass."""
        _actr.step(matrix(state), items, u, out, self._floats, self._ints)
        return out

    def elapse(self, state: State, days: FloatN, u: FloatNM) -> None:
        """Days pass between sessions: 86400 h seconds of psychological time each."""
        state["clock"] += SECONDS_PER_DAY * self.h * days

    def mastery(self, state: State) -> FloatNK:
        """Probability of recall now: (N, K)."""
        return self._recall(self._strength(state, 0.0))

    def mastery_sum(self, state: State, out: FloatN) -> FloatN:
        """Expected number of skills recalled."""
        _actr.row_sums(self.mastery(state), out)
        return out

    def expected_gain(self, state: State) -> FloatNM:
        """Change of ``mastery_sum`` by each item now, its minutes included, in which all else fades: (N, M), exact."""
        out = np.empty((len(state), self.curriculum.n_items))
        later = np.stack([self._strength(state, seconds) for seconds in self._lengths])
        now = self._strength(state, 0.0)
        _actr.expected_gain(matrix(state), now, later, self._lengths, out, self._floats, self._ints)
        return out

    def forecast(self, state: State, days: FloatN) -> tuple[FloatNM, FloatNK]:
        """Right answers (N, M) and mastery (N, K) after so many days without a lesson: exact."""
        mastery = self._recall(self._strength(state, SECONDS_PER_DAY * self.h * days))
        return self._answers(mastery), mastery

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
        out = self._strength(state, 0.0)
        _actr.activation(out, out)
        return out

    def latency(self, state: State, *, scale: float = 1.0, fixed: float = 0.0) -> FloatNK:
        """Seconds that recalling each skill takes now, ``scale * exp(-activation) + fixed``: (N, K).

        It is no part of a lesson's minutes. The defaults are ACT-R's convention, not a fit; a skill that was never
        studied has an absurdly large latency (1e290 seconds).
        """
        return scale * np.exp(-self.activation(state)) + fixed

    def _strength(self, state: State, ahead: float | FloatN) -> FloatNK:
        """exp(activation) so many seconds of psychological time from now: (N, K)."""
        out = np.empty((len(state), self.curriculum.n_skills))
        seconds = np.ascontiguousarray(np.broadcast_to(ahead, len(state)), np.float64)
        _actr.strength(matrix(state), seconds, out, self._floats, self._ints)
        return out

    def _recall(self, strength: FloatNK) -> FloatNK:
        _actr.recall(strength, strength, self._floats)
        return strength

    def _answers(self, recalled: FloatNK) -> FloatNM:
        out = np.empty((len(recalled), self.curriculum.n_items))
        _actr.answers(recalled, out, self._ints)
        return out
