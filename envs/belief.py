"""What the tutor infers about a student from what it can see: the belief.

A belief's parameters are what a real tutor could know. It never looks at the simulated student.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

from ..students.base import FloatN, FloatNK, FloatNM, IntN, Outcome
from ..students.curriculum import Curriculum
from ..students.errors import InputError, Violations, unknown
from ..students.jit import inline, kernel

BeliefState: TypeAlias = npt.NDArray[Any]
"""One structured record per student; its field ``belief`` is (K,), its field ``total`` their sum."""
MAX_EXACT_SKILLS = 10


class Belief(Protocol):
    """What a tutor believes about every skill of every student of a cohort.

    Attributes:
        kind: ``bkt``, ``elo`` or ``exact``.
        dtype: one student's record, with ``belief`` (K,) in [0, 1] and ``total``, their sum.
        local: True when a lesson moves the belief about the item's own skills only.
    """

    kind: str
    dtype: np.dtype[Any]
    local: bool

    def allocate(self, n: int) -> BeliefState:
        """Room for ``n`` students, already reset."""
        ...

    def reset(self, state: BeliefState, rows: IntN) -> None:
        """What the tutor believes about somebody it has never seen, into these rows."""
        ...

    def update(self, state: BeliefState, items: IntN, out: Outcome) -> None:
        """Learn from one lesson each: ``items`` (N,), -1 where there was none; ``out`` (N,) what was seen of it."""
        ...

    def elapse(self, state: BeliefState, days: FloatN) -> None:
        """Let ``days`` (N,) pass."""
        ...

    def expected_gain(self, belief: FloatNK) -> FloatNM:
        """(N, M) how much the tutor expects the sum of its beliefs to grow by teaching each item now."""
        ...

    def p_correct(self, belief: FloatNK) -> FloatNM:
        """(N, M) how likely the tutor thinks a right answer to each item is."""
        ...

    def after(self, belief: FloatNK, days: float) -> FloatNK:
        """(N, K) the belief after ``days`` without teaching."""
        ...

    def parameters(self) -> dict[str, Any]:
        """The numbers of this belief as plain lists; ``build_belief`` makes the same belief of them."""
        ...


def build_belief(parameters: Mapping[str, Any], curriculum: Curriculum) -> Belief:
    """The belief that these numbers describe.

    Args:
        parameters: ``kind`` (bkt, elo, exact) and the arguments of that kind.
        curriculum: what is taught.

    Raises:
        InputError: an unknown kind or key, a missing key, or numbers out of range.
    """
    import inspect

    kinds: dict[str, tuple[Any, Any]] = {"bkt": (BKTBelief, BKTParameters)}
    given = dict(parameters)
    kind = str(given.pop("kind", ""))
    if kind not in kinds:
        raise unknown("belief.kind", kind, kinds)
    belief, numbers = kinds[kind]
    takes = {n: p.default for n, p in inspect.signature(numbers).parameters.items() if n != "curriculum"}
    for key in given:
        if key not in takes:
            raise unknown("key belief.", key, takes)
    missing = [n for n, default in takes.items() if default is inspect.Parameter.empty and n not in given]
    if missing:
        raise InputError(f"belief: kind {kind} needs {', '.join(missing)}")
    return belief(curriculum, **given)


def vector(value: Any, size: int, name: str, low: float, high: float, wrong: Violations) -> npt.NDArray[np.float64]:
    """``size`` numbers from one number or a list, checked against their bounds."""
    try:
        array = np.asarray(value, np.float64)
    except (TypeError, ValueError):
        wrong.unless(False, f"{name}={value!r} must be numbers")
        return np.zeros(size)
    if array.shape not in ((), (size,)):
        wrong.unless(False, f"{name} has shape {array.shape}, must be one number or ({size},)")
        return np.zeros(size)
    outside = array[~((array >= low) & (array <= high))]
    wrong.unless(not outside.size, f"{name}={outside.flat[0] if outside.size else 0:g} must be in [{low:g}, {high:g}]")
    return np.ascontiguousarray(np.broadcast_to(array, (size,)))


ITEM = np.dtype([("learn", np.float64), ("guess", np.float64), ("slip", np.float64)], align=True)


class BKTParameters:
    """The numbers that the ``bkt`` and the ``exact`` belief share, checked."""

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
        k, m = curriculum.n_skills, curriculum.n_items
        wrong = Violations("belief")
        self.prior = vector(prior, k, "prior", 0.0, 1.0, wrong)
        self.forget = vector(forget, k, "forget", 0.0, 100.0, wrong)
        self.items = np.zeros(m, ITEM)
        for name, value in (("learn", learn), ("guess", guess), ("slip", slip)):
            self.items[name] = vector(value, m, name, 0.0, 1.0, wrong)
        number = isinstance(leak, int | float) and 0 <= leak <= 1
        wrong.unless(number, f"leak={leak!r} must be a number in [0, 1]")
        wrong.unless(isinstance(learn_first, bool), f"learn_first={learn_first!r} must be true or false")
        total = self.items["guess"] + self.items["slip"]
        worst = int(np.argmax(total))
        wrong.unless(
            bool(total[worst] < 1),
            f"guess={self.items['guess'][worst]:g} and slip={self.items['slip'][worst]:g} of item "
            f"'{curriculum.items[worst]}' must add up to less than 1: who knows must answer better than who guesses",
        )
        wrong.raise_any()
        self.leak, self.learn_first = float(leak), bool(learn_first)

    def to_dict(self) -> dict[str, Any]:
        """Plain lists, as the files have them."""
        return {
            "prior": self.prior.tolist(),
            **{n: self.items[n].tolist() for n in ("learn", "guess", "slip")},
            "forget": self.forget.tolist(),
            "leak": self.leak,
            "learn_first": self.learn_first,
        }


class BKTBelief:
    """The filter of Bayesian knowledge tracing (Corbett & Anderson 1995), one probability a skill.

    An item of several skills is answered rightly when all of them are known (or guessed); each skill's posterior is
    exact given independent skills. Learning is gated by the belief in the prerequisites. A lesson without an answer
    moves the belief by learning alone.

    Args:
        curriculum: what is taught.
        prior: (K,) P(known at the start).
        learn: (M,) P(an unknown skill is learnt by one lesson with the item), its prerequisites known.
        guess: (M,) P(right answer without the skills).
        slip: (M,) P(wrong answer in spite of them).
        forget: (K,) rate per day; a skill is still known after d days with probability exp(-forget d).
        leak: the share of ``learn`` that is left when a prerequisite is unknown.
        learn_first: whether a lesson teaches before it asks.

    Each of the numbers may be given as one number for all. Source: reference equations of BKT and, for item-level
    guess, slip and learn, Pardos & Heffernan 2011 (KT-IDEM).
    """

    kind = "bkt"
    local = True

    def __init__(self, curriculum: Curriculum, **numbers: Any) -> None:
        self.curriculum = curriculum
        self.numbers = BKTParameters(curriculum, **numbers)
        self.dtype = np.dtype([("belief", np.float64, (curriculum.n_skills,)), ("total", np.float64)], align=True)
        self._item_skills = np.array(curriculum.item_skills)
        self._parents = np.array(curriculum.parents)
        self._switches = np.array([self.numbers.leak, float(self.numbers.learn_first)])

    def allocate(self, n: int) -> BeliefState:
        """Room for ``n`` students, already reset."""
        state = np.zeros(n, self.dtype)
        self.reset(state, np.arange(n))
        return state

    def reset(self, state: BeliefState, rows: IntN) -> None:
        """The prior into these rows."""
        state["belief"][rows] = self.numbers.prior
        state["total"][rows] = self.numbers.prior.sum()

    def update(self, state: BeliefState, items: IntN, out: Outcome) -> None:
        """Answer by Bayes' rule, then the chance of having learnt (or the other way round, ``learn_first``)."""
        _bkt_update(self.numbers.items, self._item_skills, self._parents, self._switches, state, items, out)

    def elapse(self, state: BeliefState, days: FloatN) -> None:
        """Each belief shrinks by exp(-forget days)."""
        _bkt_elapse(self.numbers.forget, state, days)

    def expected_gain(self, belief: FloatNK) -> FloatNM:
        """(N, M) the sum over the item's skills of (1 - belief) learn gate: answers move it by 0 on average."""
        return bkt_expected_gain(self.numbers, self.curriculum, belief)

    def p_correct(self, belief: FloatNK) -> FloatNM:
        """(N, M) guess + (1 - guess - slip) times the product of the beliefs in the item's skills."""
        return bkt_p_correct(self.numbers, self.curriculum, belief)

    def after(self, belief: FloatNK, days: float) -> FloatNK:
        """(N, K) the belief after ``days`` without teaching."""
        return belief * np.exp(-self.numbers.forget * days)

    def parameters(self) -> dict[str, Any]:
        """The numbers of this belief as plain lists."""
        return {"kind": self.kind, **self.numbers.to_dict()}


def bkt_expected_gain(numbers: BKTParameters, curriculum: Curriculum, belief: FloatNK) -> FloatNM:
    """(N, M) expected growth of the sum of the beliefs."""
    gate = np.ones_like(belief)
    for column in curriculum.parents.T:
        gate *= np.where(column >= 0, belief[:, column], 1.0)
    gate = numbers.leak + (1 - numbers.leak) * gate
    return ((1 - belief) * gate) @ curriculum.q.T.astype(np.float64) * numbers.items["learn"]


def bkt_p_correct(numbers: BKTParameters, curriculum: Curriculum, belief: FloatNK) -> FloatNM:
    """(N, M) probability of a right answer if it were asked before anything is learnt."""
    known = np.ones((len(belief), curriculum.n_items))
    for column in curriculum.item_skills.T:
        known *= np.where(column >= 0, belief[:, column], 1.0)
    guess, slip = numbers.items["guess"], numbers.items["slip"]
    return guess + (1 - guess - slip) * known


@inline
def _bkt_learn(belief, skills, parents, learn, leak, gates):
    for s in range(skills.shape[0]):
        k = skills[s]
        gate = 1.0
        if k >= 0:
            for j in parents[k]:
                if j >= 0:
                    gate *= belief[j]
        gates[s] = leak + (1.0 - leak) * gate
    for s in range(skills.shape[0]):
        k = skills[s]
        if k >= 0:
            belief[k] += (1.0 - belief[k]) * learn * gates[s]


@inline
def _bkt_answer(belief, skills, guess, slip, correct, before):
    """Every skill's posterior given the others' priors: P(answer | k known) = rest P(.|all) + (1 - rest) P(.|guess)."""
    if_all = 1.0 - slip if correct else slip
    if_not = guess if correct else 1.0 - guess
    for s in range(skills.shape[0]):
        before[s] = belief[skills[s]] if skills[s] >= 0 else 1.0
    for s in range(skills.shape[0]):
        k = skills[s]
        if k >= 0:
            rest = 1.0
            for t in range(skills.shape[0]):
                if t != s:
                    rest *= before[t]
            if_known = rest * if_all + (1.0 - rest) * if_not
            evidence = before[s] * if_known + (1.0 - before[s]) * if_not
            if evidence > 0.0:
                belief[k] = before[s] * if_known / evidence


@kernel
def _bkt_update(numbers, item_skills, parents, switches, state, items, out):
    leak, learn_first = switches[0], switches[1] > 0.5
    scratch = np.empty(item_skills.shape[1])
    for i in range(items.shape[0]):
        m = items[i]
        if m < 0:
            continue
        belief, skills = state[i].belief, item_skills[m]
        before = 0.0
        for s in range(skills.shape[0]):
            if skills[s] >= 0:
                before += belief[skills[s]]
        if learn_first:
            _bkt_learn(belief, skills, parents, numbers[m].learn, leak, scratch)
        if out[i].answered:
            _bkt_answer(belief, skills, numbers[m].guess, numbers[m].slip, out[i].correct, scratch)
        if not learn_first:
            _bkt_learn(belief, skills, parents, numbers[m].learn, leak, scratch)
        after = 0.0
        for s in range(skills.shape[0]):
            if skills[s] >= 0:
                after += belief[skills[s]]
        state[i].total += after - before


@kernel
def _bkt_elapse(forget, state, days):
    keep = np.ones(forget.shape[0])
    known_for = 0.0  # the gap that ``keep`` was computed for: most rows share one
    for i in range(days.shape[0]):
        d = days[i]
        if d <= 0.0:
            continue
        if d != known_for:
            for k in range(forget.shape[0]):
                keep[k] = np.exp(-forget[k] * d)
            known_for = d
        belief, total = state[i].belief, 0.0
        for k in range(forget.shape[0]):
            belief[k] *= keep[k]
            total += belief[k]
        state[i].total = total


def true_population(kind: str, student: Any) -> dict[str, Any]:
    """The numbers of a belief straight from the student model: an ablation, since no tutor could know them.

    Raises:
        InputError: the model does not say them (``tutor_parameters(kind)``).
    """
    from ..students.bkt import BKT
    from ..students.kt6kc import KT6KC

    if isinstance(student, BKT):
        return {
            "kind": kind,
            "prior": (student.prior if kind == "exact" else _marginal_prior(student)).tolist(),
            "learn": student.item_learn().tolist(),
            "guess": student.item_guess.tolist(),
            "slip": student.item_slip.tolist(),
            "forget": student.forget.tolist(),
            "leak": student.leak,
        }
    if isinstance(student, KT6KC):
        return {"kind": kind, "prior": 0.0, "learn": 0.2, "guess": 0.1, "slip": 0.1, "learn_first": True}
    raise InputError(f"belief.source=true_population: {type(student).__name__} has no numbers for a {kind} belief")


def _marginal_prior(student: Any) -> npt.NDArray[np.float64]:
    """P(known at the start): the model's prior holds where all prerequisites are known."""
    marginal = np.array(student.prior)
    for k in student.curriculum.order:
        marginal[k] *= marginal[student.curriculum.prerequisites[k]].prod()
    return marginal
