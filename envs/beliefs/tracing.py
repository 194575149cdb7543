"""What beliefs have in common that think of a skill as known or not: their numbers, gains and forecasts.

The belief of a skill is the chance that it is known. ``bkt`` follows every skill by itself, ``exact`` all of them
together; both memory beliefs are of this form between lessons too.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import cached_property
from typing import Any, ClassVar, TypeAlias

import numpy as np
import numpy.typing as npt
from zpdgym.errors import InputError, Violations

from ...students.curriculum.curriculum import Curriculum
from ...students.jit import Truth, inline, kernel
from ...students.model import FloatN, FloatNK, FloatNM, StudentModel
from .base import Alike, Believed, Bools, Floats, Ints, Simulation, marginal, vector
from .kernels.folding import gain_of_problems, right_in_problems

ITEM = np.dtype([("learn", np.float64), ("guess", np.float64), ("slip", np.float64)], align=True)
Items: TypeAlias = npt.NDArray[Any]
"""(M,) records of ``ITEM``."""
LEAK, LEARN_FIRST, ITEMS = 0, 1, 2  # of the packed numbers: two switches, then learn, guess and slip of each item


class Tracing(Alike):
    """The numbers of such a belief, checked, and what follows from them; see ``BKTBelief``."""

    kind: ClassVar[str]

    def __init__(
        self,
        curriculum: Curriculum,
        *,
        prior: Any,
        learn: Any,
        guess: Any,
        slip: Any,
        forget: Any = 0.0,
        leak: float = 0.0,
        learn_first: bool = False,
    ) -> None:
        self.curriculum, self.taught = curriculum, curriculum.unfolded
        k, m = curriculum.n_skills, self.taught.n_items
        wrong = Violations("belief")
        self.prior = vector(prior, k, "prior", 0.0, 1.0, wrong)
        self.forget = vector(forget, k, "forget", 0.0, 100.0, wrong)
        self.items: Items = np.zeros(m, ITEM)
        for name, value in (("learn", learn), ("guess", guess), ("slip", slip)):
            self.items[name] = vector(value, m, name, 0.0, 1.0, wrong)
        share: Any = leak  # what a file holds may be of any kind
        switch: Any = learn_first
        number = isinstance(share, int | float) and 0 <= share <= 1
        wrong.unless(number, f"leak={leak!r} must be a number in [0, 1]")
        wrong.unless(isinstance(switch, bool), f"learn_first={learn_first!r} must be true or false")
        total = self.items["guess"] + self.items["slip"]
        worst = int(np.argmax(total))
        wrong.unless(
            bool(total[worst] < 1),
            f"guess={self.items['guess'][worst]:g} and slip={self.items['slip'][worst]:g} of item "
            f"'{self.taught.items[worst]}' must add up to less than 1: who knows must answer better than who guesses",
        )
        wrong.raise_any()
        self.leak, self.learn_first = float(leak), bool(learn_first)

        self.prepare()

    def prepare(self) -> None:
        """Compute once what all students share, when the numbers are known."""

    def expected_gain(self, believed: Believed | FloatNK) -> FloatNM:
        """(N, M) the sum over the item's skills of learn times what a lesson can move.

        That is ``open`` and, for the rest that is not known, the leak; where a belief has no ``open``, (1 - belief)
        times the product of the beliefs in the prerequisites takes its place. It is the growth of the sum of the
        beliefs that is expected: the answer itself moves it by 0 on average. Of a problem it is the sum over its steps,
        of which those of one skill teach what is then still unknown.

        Raises:
            InputError: this belief needs ``open`` and is told P(known) alone.
        """
        if self._open(believed) is None and "open" in self.columns:
            raise InputError(
                f"belief: kind {self.kind} foretells gains from Believed(belief, open=...), not from P(known) alone: "
                "from an observation with the column open (observe.columns)"
            )
        belief, gain = self._marginal(believed), self._gains(believed)
        return self._folded(gain_of_problems, belief, gain) if self.curriculum.has_steps else gain

    def _gains(self, believed: Believed | FloatNK) -> FloatNM:
        """(N, M') the same of every item of the unfolded curriculum; without ``open`` skills are independent."""
        belief, c = self._marginal(believed), self.taught
        out, open_ = np.empty((len(belief), c.n_items)), self._open(believed)
        if open_ is None:
            _gain(self.items, c.item_skills, c.parents, self.leak, belief, out)
        else:
            _gain_of_open(self.items, c.item_skills, self.leak, belief, open_, out)
        return out

    def p_correct(self, believed: Believed | FloatNK) -> FloatNM:
        """(N, M) guess + (1 - guess - slip) times the product of the beliefs in the item's skills.

        It is the chance of a right answer if it were asked before anything is learnt. Where a belief says what is
        ready and open, a skill all of whose prerequisites the item exercises, too, counts as known given those. Of a
        problem it is the chance that all steps are right, with what may be learnt between two steps of one skill.
        """
        right = self._right(believed)
        if not self.curriculum.has_steps:
            return right
        belief, gain = self._marginal(believed), self._gains(believed)
        return self._folded(right_in_problems, self.items, belief, gain, right)

    def _folded(self, fold: Callable[..., None], *of_parts: Floats | Items) -> FloatNM:
        """(N, M) of items what ``fold`` makes of their parts."""
        out = np.empty((len(of_parts[-1]), self.curriculum.n_items))
        fold(self.curriculum.parts, self.taught.q.argmax(axis=1), *of_parts, out)
        return out

    def _marginal(self, believed: Believed | FloatNK) -> FloatNK:
        return np.ascontiguousarray(marginal(believed, self.curriculum.n_skills), np.float64)

    def _right(self, believed: Believed | FloatNK) -> FloatNM:
        """(N, M') how likely a right answer to every item of the unfolded curriculum is."""
        belief, c = self._marginal(believed), self.taught
        open_ = self._open(believed)
        if open_ is not None and isinstance(believed, Believed) and believed.ready is not None:
            out, ready = np.empty((len(belief), c.n_items)), np.ascontiguousarray(believed.ready, np.float64)
            _right_together(self.items, c.item_skills, self._together, belief, ready, open_, out)
            return out
        out = np.empty((len(belief), c.n_items))
        _right(self.items, c.item_skills, belief, out)
        return out

    @cached_property
    def _together(self) -> Bools:
        """(M, S) the skills of items all of whose prerequisites, of which there are some, stand in the same item."""
        c, needs = self.taught, np.array(self.curriculum.prerequisites, np.int64)
        inside = np.array(c.q) & ((np.array(c.q, np.int64) @ needs.T) == needs.sum(axis=1)) & (needs.sum(axis=1) > 0)
        return inside[np.arange(c.n_items)[:, None], c.item_skills] & (c.item_skills >= 0)

    def _open(self, believed: Believed | FloatNK) -> FloatNK | None:
        """What is open of each skill, where the belief says so itself and it is given."""
        if self.joint and isinstance(believed, Believed) and believed.open is not None:
            return np.ascontiguousarray(believed.open, np.float64)
        return None


class TracingBelief(Tracing, ABC):
    """What ``BKTBelief`` and ``ExactBelief`` share: everything but what they remember of a student."""

    kind: ClassVar[str]

    @abstractmethod
    def prepare(self) -> None:
        """Lay out the record of a student."""

    def pack(self) -> Floats:
        """Leak, learn_first, then learn, guess and slip of every item, as kernels take them."""
        return np.concatenate([[self.leak, float(self.learn_first)], self.items.view(np.float64)])

    def after(self, believed: Believed | FloatNK, days: float | FloatN) -> FloatNK:
        """(N, K) the belief after ``days`` (one number, or (N,)) without teaching."""
        return marginal(believed, self.curriculum.n_skills) * np.exp(-self.forget * np.reshape(days, (-1, 1)))

    def parameters(self) -> dict[str, Any]:
        """The numbers of this belief as plain lists."""
        return {
            "kind": self.kind,
            "prior": self.prior.tolist(),
            **{n: self.items[n].tolist() for n in ("learn", "guess", "slip")},
            "forget": self.forget.tolist(),
            "leak": self.leak,
            "learn_first": self.learn_first,
        }

    def simulation(self) -> Simulation:
        """The numbers as planners take them: skills as independent, because policies see one number a skill.

        Raises:
            InputError: there are problems of several steps.
        """
        if self.curriculum.has_steps:
            raise InputError(
                f"planners do not try problems of several steps, and '{self.curriculum.name}' has some; "
                "policies that look one lesson ahead take them (policy=greedy)"
            )
        columns = [*(self.items[name] for name in ("learn", "guess", "slip")), np.zeros(len(self.items))]
        switches = [self.leak, float(self.learn_first)]
        return Simulation([0.0, *switches, *[0.0] * 4], np.column_stack(columns))


def numbers_of(student: StudentModel) -> dict[str, Any] | None:
    """What such a belief would be told if the students' own numbers were known; None: they have no such numbers.

    The prior is the students' own: P(known at the start, given that all prerequisites are known).
    """
    from ...students.knowledge.bkt import BKT
    from ...students.knowledge.kt6kc import KT6KC
    from ...students.knowledge.structure import BLIM, TMS

    if isinstance(student, BKT):
        return {
            "prior": student.prior.tolist(),
            "learn": student.item_learn().tolist(),
            "guess": student.item_guess.tolist(),
            "slip": student.item_slip.tolist(),
            "forget": student.forget.tolist(),
            "leak": student.leak,
        }
    if isinstance(student, KT6KC):
        return {"prior": 0.0, "learn": 0.2, "guess": 0.1, "slip": 0.1, "learn_first": True}
    if isinstance(student, BLIM | TMS):
        learn = _of_items(student.learn, student.curriculum)
        if learn is None:
            return None
        return {
            "prior": student.prior.tolist(),
            "learn": learn,
            "guess": student.guess.tolist(),
            "slip": student.slip.tolist(),
            "learn_first": isinstance(student, TMS),
        }
    return None


def _of_items(of_skills: FloatN, curriculum: Curriculum) -> list[float] | None:
    """(M,) what all skills of an item have in common; None: those of an item differ, and a belief has one number."""
    each = np.where(curriculum.q, of_skills, np.nan)
    low, high = np.nanmin(each, axis=1), np.nanmax(each, axis=1)
    return low.tolist() if (low == high).all() else None


@kernel
def _gain(numbers: Items, item_skills: Ints, parents: Ints, leak: float, belief: Floats, out: Floats) -> None:
    """A kernel, not a matrix product, whose rounding may depend on N."""
    open_ = np.empty(belief.shape[1])
    for i in range(belief.shape[0]):
        for k in range(belief.shape[1]):
            gate = 1.0
            for j in range(parents.shape[1]):
                if parents[k, j] >= 0:
                    gate *= belief[i, parents[k, j]]
            open_[k] = (1.0 - belief[i, k]) * (leak + (1.0 - leak) * gate)
        for m in range(item_skills.shape[0]):
            total = 0.0
            for s in range(item_skills.shape[1]):
                if item_skills[m, s] >= 0:
                    total += open_[item_skills[m, s]]
            out[i, m] = total * numbers[m]["learn"]


@kernel
def _gain_of_open(numbers: Items, item_skills: Ints, leak: float, belief: Floats, open_: Floats, out: Floats) -> None:
    worth = np.empty(belief.shape[1])
    for i in range(belief.shape[0]):
        for k in range(belief.shape[1]):
            closed = max(1.0 - belief[i, k] - open_[i, k], 0.0)  # numbers of an observation are rounded
            worth[k] = open_[i, k] + leak * closed
        for m in range(item_skills.shape[0]):
            total = 0.0
            for s in range(item_skills.shape[1]):
                if item_skills[m, s] >= 0:
                    total += worth[item_skills[m, s]]
            out[i, m] = total * numbers[m]["learn"]


@kernel
def _right(numbers: Items, item_skills: Ints, belief: Floats, out: Floats) -> None:
    for i in range(belief.shape[0]):
        for m in range(item_skills.shape[0]):
            known = 1.0
            for s in range(item_skills.shape[1]):
                if item_skills[m, s] >= 0:
                    known *= belief[i, item_skills[m, s]]
            guess = numbers[m]["guess"]
            out[i, m] = guess + (1.0 - guess - numbers[m]["slip"]) * known


@kernel
def _right_together(
    numbers: Items, item_skills: Ints, together: Bools, belief: Floats, ready: Floats, open_: Floats,
    out: Floats,
) -> None:  # fmt: skip
    """With P(known, given the prerequisites) of skills whose prerequisites stand in the same item."""
    given = np.empty(belief.shape[1])
    for i in range(belief.shape[0]):
        for k in range(belief.shape[1]):
            given[k] = (ready[i, k] - open_[i, k]) / ready[i, k] if ready[i, k] > 0.0 else 0.0
            given[k] = min(max(given[k], 0.0), 1.0)
        for m in range(item_skills.shape[0]):
            known = 1.0
            for s in range(item_skills.shape[1]):
                k = item_skills[m, s]
                if k >= 0:
                    known *= given[k] if together[m, s] else belief[i, k]
            guess = numbers[m]["guess"]
            out[i, m] = guess + (1.0 - guess - numbers[m]["slip"]) * known


@inline
def learnt(belief: float, learn: float, open_: float) -> float:
    """One skill's belief after an expected lesson, without an answer; ``open_``: how far its prerequisites let it."""
    return belief + (1.0 - belief) * learn * open_


@inline
def forecast(known: float, guess: float, slip: float) -> float:
    """The chance of a right answer; ``known``: that all of the item's skills are."""
    return guess + (1.0 - guess - slip) * known


@inline
def informed(belief: float, known: float, evidence: float, guess: float, slip: float, correct: Truth) -> float:
    """One skill's belief after an answer that had the chance ``evidence``: Bayes' rule."""
    if_all = 1.0 - slip if correct else slip
    if_not = guess if correct else 1.0 - guess
    if evidence > 0.0:
        return (belief * if_not + (if_all - if_not) * known) / evidence
    return belief
