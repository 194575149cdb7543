"""Students for whom the structure of the subject decides what can be learnt next: BLIM, TMS and KSS."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
from zpdgym.errors import InputError, Violations
from zpdgym.parameters import Number, Table

from ..curriculum.curriculum import PRACTICE, Curriculum
from ..model import FloatN, FloatNK, FloatNM, IntN, KernelModel, State, Traits, matrix
from ..parameters import PerItem, PerSkill, logits_of, odds, pack, probability, share
from ..population import Population
from . import _knowledge_space, _kss

__all__ = ["BLIM", "KSS", "TMS", "knowledge_states"]


MAX_ENUMERATED = 15
"""Skills up to which ``knowledge_states`` writes the states out: there are at most 2^15 of them."""

TMS_FIRST, TMS_LATER = 0.6, 0.7  # P(learning) a skill without prerequisites, and one with (EduSim, "binary")
TMS_START = 0.5  # states (0, 0) and (1, 0) are equally likely at the start
TMS_ERRORS = (0.1, 0.3)  # between which an item's guess and slip are drawn


def knowledge_states(curriculum: Curriculum) -> npt.NDArray[np.bool_]:
    """All sets of skills that somebody can know: with every skill also its prerequisites.

    Args:
        curriculum: at most 15 skills.

    Returns:
        (S, K) bool, one state per row, by their size; the first is empty, the last complete.

    Raises:
        InputError: more than 15 skills.

    Source: the down-sets of the prerequisites are an ordinal knowledge space (Doignon & Falmagne 1985; Falmagne &
    Doignon 2011, Learning Spaces).
    """
    if curriculum.n_skills > MAX_ENUMERATED:
        raise InputError(
            f"'{curriculum.name}' has {curriculum.n_skills} skills; the knowledge states of at most {MAX_ENUMERATED} "
            "can be written out: there may be 2 to the number of skills"
        )
    states = states_up_to(2**MAX_ENUMERATED, curriculum)
    assert states is not None  # there are at most as many
    return states


def states_up_to(most: int, curriculum: Curriculum) -> npt.NDArray[np.bool_] | None:
    """(S, K) what ``knowledge_states`` gives, of any number of skills; None: there are more than ``most``."""
    states = np.zeros((1, curriculum.n_skills), bool)
    for k in curriculum.order:
        larger = states[states[:, curriculum.prerequisites[k]].all(axis=1)].copy()
        larger[:, k] = True
        states = np.concatenate([states, larger])
        if len(states) > most:
            return None
    return states[np.argsort(states.sum(axis=1), kind="stable")]


class _KnowledgeSpace(KernelModel, kernels=_knowledge_space):
    """What BLIM and TMS share: known or not, and only the outer fringe can be learnt."""

    TRAITS: ClassVar[Traits] = logits_of("prior", "learn", "guess", "slip")

    discrete = True
    mastered_at = 1.0
    ready_at = 1.0
    invariants = frozenset(
        {"consistent_start", "no_learning_without_prerequisite", "never_improves_untaught", "lessons_never_hurt"}
        | {"time_changes_nothing", "forgetting_is_monotone", "elapse_composes"}
    )
    _learn_first: bool
    prior: npt.NDArray[np.float64]
    learn: npt.NDArray[np.float64]
    guess: npt.NDArray[np.float64]
    slip: npt.NDArray[np.float64]

    def _finish(self, wrong: Violations) -> None:
        """Check what guess and slip must hold together, pack the numbers and lay out the records."""
        c = self.curriculum
        for m in np.flatnonzero(self.guess + self.slip >= 1.0):
            text = f"guess={self.guess[m]:g} and slip={self.slip[m]:g} of '{c.items[m]}' must sum to less than 1: "
            wrong.unless(False, text + "who knows must answer better than who guesses")
        wrong.raise_any()
        items = [odds(self.guess), odds(self.slip), c.minutes, c.asks]
        self._floats, self._ints = pack(c, [self._learn_first], items, [odds(self.prior), odds(self.learn)])
        marks = [(name, np.float64) for name in self.traits[1:]]
        self._lay_out(*marks, ("known", np.float64, (c.n_skills,)), draws=c.n_skills)
        self.lesson_draws = 1 + c.item_skills.shape[1]

    def mastery(self, state: State) -> FloatNK:
        """1 for a known skill, else 0: (N, K)."""
        return np.array(state["known"])

    def forecast(self, state: State, days: FloatN) -> tuple[FloatNM, FloatNK]:
        """Right answers (N, M) and mastery (N, K) after so many days without a lesson: those of now."""
        return self.p_all(state), self.mastery(state)

    def outer_fringe(self, state: State) -> npt.NDArray[np.bool_]:
        """Which skills each student is ready to learn: unknown, with all prerequisites known; (N, K)."""
        out = np.empty((len(state), self.curriculum.n_skills), bool)
        _knowledge_space.outer_fringe(matrix(state), out, self._ints)
        return out


class BLIM(_KnowledgeSpace):
    """A student in a knowledge state: knows a set of skills, and can learn only what that set has prepared.

    The states are the sets that contain with every skill its prerequisites (``knowledge_states``). Answers are those
    of the basic local independence model: right in spite of not knowing (lucky guess, eta) or wrong in spite of
    knowing (careless error, beta), independently of all other answers. After the answer each skill of the item that
    lies in the outer fringe of the state is learnt with its probability lambda.

    Args:
        curriculum: what is taught.
        population: individual differences in ``traits``; None: all students are alike.
        prior, learn, guess, slip: see ``PARAMETERS``.

    Raises:
        InputError: parameters out of range, all of them together.

    Source: Doignon & Falmagne (1985, 1999); Falmagne & Doignon (2011), Learning Spaces; docs/students/blim.md.
    """

    PARAMETERS: ClassVar[Table] = {
        "prior": probability("chance of knowing a skill at the start if all its prerequisites are known", each="skill"),
        "learn": probability("chance of learning a skill of the outer fringe in one lesson (lambda)", each="skill"),
        "guess": probability("chance of a right answer by someone who lacks a skill of the item (eta)", each="item"),
        "slip": probability(
            "chance of a wrong answer by someone who knows all of them (beta); with guess less than 1", each="item",
        ),
    }  # fmt: skip

    _learn_first = False
    invariants = _KnowledgeSpace.invariants | {"answer_then_learn"}

    def __init__(
        self,
        curriculum: Curriculum,
        *,
        population: Population | None = None,
        prior: PerSkill = 0.3,
        learn: PerSkill = 0.3,
        guess: PerItem = 0.1,
        slip: PerItem = 0.05,
    ) -> None:
        values, wrong = self._read(curriculum, population, locals())
        self.prior, self.learn, self.guess, self.slip = values.prior, values.learn, values.guess, values.slip
        self._finish(wrong)


class TMS(_KnowledgeSpace):
    """A student who masters skills in order, one lesson at a time, and is seen through items that err; never forgets.

    The two-skill student of Tang, Chen, Li, Liu & Ying (2019) as EduSim runs it, for any curriculum: a lesson first
    teaches each skill of the item whose prerequisites are all mastered, with its probability, and is answered then.

    Args:
        curriculum: what is taught; the published one is ``curriculum=tms``, two skills with four items each.
        population: individual differences in ``traits``; None: all students are alike.
        prior, learn, …: see ``PARAMETERS``.

    Raises:
        InputError: parameters out of range, all of them together.

    Source: Tang et al. (2019), A reinforcement learning approach to personalized learning recommendation systems,
    British Journal of Mathematical and Statistical Psychology 72; EduSim (MIT), "binary"; docs/students/tms.md.
    """

    PARAMETERS: ClassVar[Table] = {
        "prior": probability(
            "chance of mastering a skill at the start if all its prerequisites are; none: 1/2 for skills without "
            "prerequisites, 0 for all others", each="skill", optional=True,
        ),
        "learn": probability(
            "chance of learning in one lesson; none: .6 for skills without prerequisites, .7 for all others",
            each="skill", optional=True,
        ),
        "guess": probability(
            "chance of a right answer by someone who lacks a skill of the item; none: drawn, see seed",
            each="item", optional=True,
        ),
        "slip": probability(
            "chance of a wrong answer by someone who masters all of them, with guess less than 1; none: drawn, see "
            "seed", each="item", optional=True,
        ),
        "seed": Number(
            "of the guess and slip that are not given: each drawn once, evenly between .1 and .3", low=0, whole=True
        ),
    }  # fmt: skip

    _learn_first = True
    invariants = _KnowledgeSpace.invariants | {"learn_then_answer"}

    def __init__(
        self,
        curriculum: Curriculum,
        *,
        population: Population | None = None,
        prior: PerSkill | None = None,
        learn: PerSkill | None = None,
        guess: PerItem | None = None,
        slip: PerItem | None = None,
        seed: int = 0,
    ) -> None:
        values, wrong = self._read(curriculum, population, locals())
        uniform = np.random.default_rng(values.seed).random  # the bit generator's doubles, as in random_dag
        low, high = TMS_ERRORS
        drawn = low + (high - low) * uniform((2, curriculum.n_items))
        later = curriculum.prerequisites.any(axis=1)
        self.prior = np.where(later, 0.0, TMS_START) if values.prior is None else values.prior
        self.learn = np.where(later, TMS_LATER, TMS_FIRST) if values.learn is None else values.learn
        self.guess = drawn[0] if values.guess is None else values.guess
        self.slip = drawn[1] if values.slip is None else values.slip
        self._finish(wrong)


def _ability(meaning: str, *, whole: bool = False) -> Number:
    return Number(meaning, low=-20, high=20, whole=whole, why="it is an ability")


class KSS(KernelModel, kernels=_kss):
    """A student on a map of concepts, who learns only near the last one visited and only once its parents are strong.

    Abilities per skill, up to 5, and a position. An item is answered by its abilities alone (3PL). A visit then raises
    the skill by half of what it lacks, shrunk exponentially by what its prerequisites lack, and raises its successors
    by half of that each, theirs by a quarter, and so on. A visit to a skill that the last one does not lead to teaches
    nothing and moves nobody. No chance but in the answers; no forgetting.

    Args:
        curriculum: what is taught; the published one is ``curriculum=kss``. An item's difficulty is on the scale of
            the abilities.
        population: individual differences in ``traits``; None: all students start from the same distribution.
        start_lowest, start_highest, …: see ``PARAMETERS``.

    Raises:
        InputError: parameters out of range, all of them together.

    Source: Liu et al. (2019), Exploiting cognitive structure for adaptive learning, KDD, as in the environments of
    EduSim (MIT) and of its successors, without their bugs; docs/students/kss.md.
    """

    TRAITS: ClassVar[Traits] = {"ability": "added to all first abilities", "learn": "logarithm of the increments"}

    PARAMETERS: ClassVar[Table] = {
        "start_lowest": _ability(
            "lowest whole number among which every ability is drawn at the start, itself included", whole=True,
        ),
        "start_highest": _ability("highest of these numbers, itself included", whole=True),
        "start_step": Number(
            "how much lower each next skill of the curriculum starts",
            low=0, high=10, why="it is a difference of abilities",
        ),
        "learn": share(
            "share of what a skill lacks that a visit adds, with all prerequisites at the ceiling",
            of="what is missing",
        ),
        "spread": share("share of a skill's increment that each direct successor gets", of="the increment"),
        "ceiling": _ability("highest ability"),
        "slope": Number(
            "steepness of the answers: discrimination times scaling constant",
            low=0.01, high=100, why="it is a steepness",
        ),
        "guess": Number(
            "chance of a right answer without any ability",
            low=0, high=0.99, unit="probability", why="it is a probability below 1",
        ),
    }  # fmt: skip

    discrete = False
    mastered_at = 0.5  # the source counts a concept as mastered from P(right answer) = 1/2
    ready_at = 0.5
    lesson_draws = 1
    invariants = frozenset(
        {"answer_then_learn", "lessons_never_hurt", "time_changes_nothing", "forgetting_is_monotone", "elapse_composes"}
    )

    def __init__(
        self,
        curriculum: Curriculum,
        *,
        population: Population | None = None,
        start_lowest: int = -3,
        start_highest: int = 0,
        start_step: float = 0.1,
        learn: float = 0.5,
        spread: float = 0.5,
        ceiling: float = 5.0,
        slope: float = 8.5,
        guess: float = 0.25,
    ) -> None:
        values, wrong = self._read(curriculum, population, locals())
        self.start_lowest, self.start_highest = values.start_lowest, values.start_highest
        text = f"start_lowest={start_lowest!r} must not exceed start_highest={start_highest!r}"
        wrong.unless(bool(wrong.messages) or self.start_lowest <= self.start_highest, text)
        wrong.raise_any()
        self.start_step, self.learn, self.spread = values.start_step, values.learn, values.spread
        self.ceiling, self.slope, self.guess = values.ceiling, values.slope, values.guess
        c = curriculum
        self.reference, self.influence, self.leads_to = _references(c), self._influence(), _leads_to(c)
        self._floats, self._ints = self._pack()
        marks: list[Any] = [("learn", np.float64), ("last", np.float64), ("ability", np.float64, (c.n_skills,))]
        self._lay_out(*marks, draws=c.n_skills)

    def _begin(self, state: State, rows: IntN, deviates: FloatNM, luck: FloatNM) -> None:
        """Students who have visited nothing: one draw per ability."""
        drawn = self.start_lowest + np.floor((self.start_highest - self.start_lowest + 1) * luck)
        super()._begin(state, rows, deviates, drawn - self.start_step * np.arange(self.curriculum.n_skills))

    def forecast(self, state: State, days: FloatN) -> tuple[FloatNM, FloatNK]:
        """Right answers (N, M) and mastery (N, K) after so many days without a lesson: those of now."""
        return self.p_all(state), self.mastery(state)

    def legal(self, state: State) -> npt.NDArray[np.bool_]:
        """Which skills each student's last visit leads to; all of them before the first visit. (N, K)."""
        last = state["last"].astype(np.int64)
        return self.leads_to[last] | (last < 0)[:, None]

    def _influence(self) -> npt.NDArray[np.float64]:
        """(K, K) what an increment of one adds to each skill: the sum over all paths of ``spread`` ^ length."""
        share = np.eye(self.curriculum.n_skills)
        for k in self.curriculum.order:
            for parent in np.flatnonzero(self.curriculum.prerequisites[k]):
                share[:, k] += self.spread * share[:, parent]
        return share

    def _pack(self) -> tuple[FloatN, IntN]:
        c = self.curriculum
        constants = [self.learn, self.ceiling, self.slope, self.guess]
        heirs = [np.flatnonzero(row) for row in self.influence]
        most = max(len(listed) for listed in heirs)
        who, share = np.full((c.n_skills, most), -1), np.zeros((c.n_skills, most))
        for k, listed in enumerate(heirs):
            who[k, : len(listed)], share[k, : len(listed)] = listed, self.influence[k, listed]
        skills = [self.reference, *self.leads_to.T, *share.T]
        floats, whole = pack(c, constants, [c.difficulty, c.minutes, c.asks], skills)
        return floats, np.concatenate([whole, [most], who.ravel()])


def _references(curriculum: Curriculum) -> npt.NDArray[np.float64]:
    """(K,) difficulty of each skill's reference item: its own practice item nearest to 0; 0 where it has none."""
    c, difficulty = curriculum, np.zeros(curriculum.n_skills)
    alone = (c.q.sum(axis=1) == 1) & (c.approach == PRACTICE)
    for k in range(c.n_skills):
        own = c.difficulty[alone & c.q[:, k]]
        if len(own):
            difficulty[k] = own[np.argmin(np.abs(own))]
    return difficulty


def _leads_to(curriculum: Curriculum) -> npt.NDArray[np.bool_]:
    """(K, K) which skills a visit leads to (row: the last skill visited).

    Itself, its successors and prerequisites, the prerequisites of these and their successors. Skills that no chain of
    prerequisites and successors connects with it are open as well: the source's map is of one piece and has none.
    """
    up = curriculum.prerequisites
    near = np.eye(curriculum.n_skills, dtype=bool) | up | up.T | (up @ up) | (up @ up.T)
    connected = near
    for _ in range(curriculum.n_skills.bit_length()):  # every pass doubles the distance
        connected = connected @ connected
    return near | ~connected
