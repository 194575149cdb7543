"""What the tutor infers about a student from what it can see: the belief.

A belief's parameters are what a real tutor could know. It never looks at the simulated student.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt
from zpdgym.errors import InputError, Violations, unknown

from ...students.curriculum.curriculum import Curriculum
from ...students.jit import kernel
from ...students.model import FloatN, FloatNK, FloatNM, IntN, Outcome

__all__ = ["BKTBelief", "Belief", "build_belief"]

BeliefState: TypeAlias = npt.NDArray[Any]
"""One record of float64 per student; it begins with the fields ``belief`` (K,) and ``total``, their sum."""


class Belief(Protocol):
    """What a tutor believes about every skill of every student of a cohort.

    Attributes:
        kind: ``bkt``, ``elo``, ``exact``, ``half_life`` or ``fsrs``.
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

    def after(self, belief: FloatNK, days: float | FloatN) -> FloatNK:
        """(N, K) the belief after ``days`` (one number, or (N,)) without teaching."""
        ...

    def parameters(self) -> dict[str, Any]:
        """The numbers of this belief as plain lists; ``build_belief`` makes the same belief of them."""
        ...


def build_belief(parameters: Mapping[str, Any], curriculum: Curriculum) -> Belief:
    """The belief that these numbers describe.

    Args:
        parameters: ``kind`` (bkt, elo, exact, half_life, fsrs) and the arguments of that kind.
        curriculum: what is taught.

    Raises:
        InputError: an unknown kind or key, a missing key, or numbers out of range.
    """
    import inspect

    from .elo import EloBelief
    from .exact import ExactBelief
    from .memory import FSRSBelief, HalfLifeBelief

    kinds: dict[str, tuple[Any, Any]] = {
        "bkt": (BKTBelief, BKTParameters),
        "elo": (EloBelief, EloBelief),
        "exact": (ExactBelief, BKTParameters),
        "half_life": (HalfLifeBelief, HalfLifeBelief),
        "fsrs": (FSRSBelief, FSRSBelief),
    }
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

    def packed(self) -> npt.NDArray[np.float64]:
        """Leak, learn_first, then learn, guess and slip of every item, as kernels take them."""
        return np.concatenate([[self.leak, float(self.learn_first)], self.items.view(np.float64)])

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
        self._links, self._packed = pack_links(curriculum), self.numbers.packed()

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
        _bkt_update(state.view(np.float64), items, out, self._packed, self._links)

    def elapse(self, state: BeliefState, days: FloatN) -> None:
        """Each belief shrinks by exp(-forget days)."""
        _bkt_elapse(state.view(np.float64), days, self.numbers.forget)

    def expected_gain(self, belief: FloatNK) -> FloatNM:
        """(N, M) the sum over the item's skills of (1 - belief) learn gate: answers move it by 0 on average."""
        return bkt_expected_gain(self.numbers, self.curriculum, belief)

    def p_correct(self, belief: FloatNK) -> FloatNM:
        """(N, M) guess + (1 - guess - slip) times the product of the beliefs in the item's skills."""
        return bkt_p_correct(self.numbers, self.curriculum, belief)

    def after(self, belief: FloatNK, days: float | FloatN) -> FloatNK:
        """(N, K) the belief after ``days`` (one number, or (N,)) without teaching."""
        return belief * np.exp(-self.numbers.forget * np.reshape(days, (-1, 1)))

    def parameters(self) -> dict[str, Any]:
        """The numbers of this belief as plain lists."""
        return {"kind": self.kind, **self.numbers.to_dict()}


def bkt_expected_gain(numbers: BKTParameters, curriculum: Curriculum, belief: FloatNK) -> FloatNM:
    """(N, M) expected growth of the sum of the beliefs."""
    out = np.empty((len(belief), curriculum.n_items))
    known = np.ascontiguousarray(belief, np.float64)
    _bkt_gain(numbers.items, curriculum.item_skills, curriculum.parents, numbers.leak, known, out)
    return out


@kernel
def _bkt_gain(numbers, item_skills, parents, leak, belief, out):
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


def bkt_p_correct(numbers: BKTParameters, curriculum: Curriculum, belief: FloatNK) -> FloatNM:
    """(N, M) probability of a right answer if it were asked before anything is learnt."""
    out = np.empty((len(belief), curriculum.n_items))
    _bkt_right(numbers.items, curriculum.item_skills, np.ascontiguousarray(belief, np.float64), out)
    return out


@kernel
def _bkt_right(numbers, item_skills, belief, out):
    for i in range(belief.shape[0]):
        for m in range(item_skills.shape[0]):
            known = 1.0
            for s in range(item_skills.shape[1]):
                if item_skills[m, s] >= 0:
                    known *= belief[i, item_skills[m, s]]
            guess = numbers[m]["guess"]
            out[i, m] = guess + (1.0 - guess - numbers[m]["slip"]) * known


def pack_links(curriculum: Curriculum) -> npt.NDArray[np.int64]:
    """The curriculum as belief kernels take it: K, M, S, P, the items' skills (M S), the skills' parents (K P)."""
    skills, parents = curriculum.item_skills, curriculum.parents
    sizes = [curriculum.n_skills, curriculum.n_items, skills.shape[1], parents.shape[1]]
    return np.concatenate([sizes, skills.ravel(), parents.ravel()]).astype(np.int64)


LINKS = 4  # the first four of ``pack_links`` are sizes
LEAK, LEARN_FIRST, ITEMS = 0, 1, 2  # of the packed numbers: two switches, then learn, guess and slip of each item


@kernel
def _bkt_update(s, items, out, numbers, links):
    """Learn and answer, or answer and learn. Helpers would cost more than they do: see students/_bkt.py."""
    skills, width, n_parents = links[0], links[2], links[3]
    parents, leak, learn_first = LINKS + links[1] * width, numbers[LEAK], numbers[LEARN_FIRST] > 0.0
    alone, scratch = width == 1 and not learn_first, np.empty(width)
    for i in range(items.shape[0]):
        m = items[i]
        if m < 0:
            continue
        at, first, n = i * (skills + 1), LINKS + m * width, ITEMS + 3 * m
        learn, guess, slip = numbers[n], numbers[n + 1], numbers[n + 2]
        answered, correct, change = out[i]["answered"], out[i]["correct"], 0.0
        if alone:  # the usual case, without loops over the item's skills
            k, ready = links[first], 1.0
            for parent in range(parents + k * n_parents, parents + (k + 1) * n_parents):
                ready *= s[at + max(links[parent], 0)] if links[parent] >= 0 else 1.0
            before = s[at + k]
            after = before
            if answered:
                hit = np.float64(correct)
                if_known = slip + hit * (1.0 - 2.0 * slip)
                if_not = 1.0 - guess + hit * (2.0 * guess - 1.0)
                evidence = before * if_known + (1.0 - before) * if_not
                after = before * if_known / evidence if evidence > 0.0 else before
            after += (1.0 - after) * learn * (leak + (1.0 - leak) * ready)
            s[at + k] = after
            s[at + skills] += after - before
            continue
        for turn in range(2):
            if learn_first == (turn == 0):
                for slot in range(width):
                    k = links[first + slot]
                    if k < 0:
                        break
                    ready = 1.0
                    for parent in range(parents + k * n_parents, parents + (k + 1) * n_parents):
                        ready *= s[at + max(links[parent], 0)] if links[parent] >= 0 else 1.0
                    scratch[slot] = (1.0 - s[at + k]) * learn * (leak + (1.0 - leak) * ready)
                for slot in range(width):
                    if links[first + slot] >= 0:
                        s[at + links[first + slot]] += scratch[slot]
                        change += scratch[slot]
            elif answered:
                # P(answer | k known) = rest P(. | all known) + (1 - rest) P(. | guessing), rest: the other skills
                if_all = 1.0 - slip if correct else slip
                if_not = guess if correct else 1.0 - guess
                for slot in range(width):
                    scratch[slot] = s[at + links[first + slot]] if links[first + slot] >= 0 else 1.0
                for slot in range(width):
                    k = links[first + slot]
                    if k < 0:
                        break
                    rest = 1.0
                    for other in range(width):
                        if other != slot:
                            rest *= scratch[other]
                    if_known = rest * if_all + (1.0 - rest) * if_not
                    evidence = scratch[slot] * if_known + (1.0 - scratch[slot]) * if_not
                    if evidence > 0.0:
                        s[at + k] = scratch[slot] * if_known / evidence
                        change += s[at + k] - scratch[slot]
        s[at + skills] += change


@kernel
def _bkt_elapse(s, days, forget):
    n_skills = forget.shape[0]
    keep, known_for = np.ones(n_skills), 0.0  # ``keep`` was computed for this gap: most rows share one
    for i in range(days.shape[0]):
        if days[i] <= 0.0:
            continue
        if days[i] != known_for:
            known_for = days[i]
            for k in range(n_skills):
                keep[k] = np.exp(-forget[k] * known_for)
        at, total = i * (n_skills + 1), 0.0
        for k in range(n_skills):
            s[at + k] *= keep[k]
            total += s[at + k]
        s[at + n_skills] = total


def true_population(kind: str, student: Any) -> dict[str, Any]:
    """The numbers of a belief straight from the student model: an ablation, since no tutor could know them.

    Raises:
        InputError: the model does not say them (``tutor_parameters(kind)``).
    """
    from ...students.knowledge.bkt import BKT
    from ...students.knowledge.kt6kc import KT6KC
    from .memory import true_memory

    if kind in ("half_life", "fsrs"):
        return true_memory(kind, student)
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
