"""Students for whom the structure of the subject decides what can be learnt next: BLIM, TMS and KSS."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from zpdgym.errors import InputError, Violations

from ..curriculum.curriculum import EXAMPLE, EXPLANATION, PRACTICE, Curriculum
from ..model import FloatN, FloatNK, FloatNM, IntN, Outcome, State, matrix
from ..parameters import number, odds, pack, per_item, per_skill
from ..population import Population
from . import _structure as _spaces

__all__ = ["BLIM", "KSS", "TMS", "knowledge_states"]

PerSkill: TypeAlias = float | Sequence[float] | npt.NDArray[np.float64]
PerItem: TypeAlias = float | Sequence[float] | npt.NDArray[np.float64]

MAX_ENUMERATED = 15
"""Skills up to which ``knowledge_states`` writes the states out: there are at most 2^15 of them."""

TMS_FIRST, TMS_LATER = 0.6, 0.7  # P(learning) a skill without prerequisites, and one with (EduSim, "binary")
TMS_START = 0.5  # states (0, 0) and (1, 0) are equally likely at the start
TMS_ERRORS = (0.1, 0.3)  # between which an item's guess and slip are drawn

_PROBABILITY = "it is a probability"


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
    states = np.zeros((1, curriculum.n_skills), bool)
    for k in curriculum.order:
        larger = states[states[:, curriculum.prerequisites[k]].all(axis=1)].copy()
        larger[:, k] = True
        states = np.concatenate([states, larger])
    return states[np.argsort(states.sum(axis=1), kind="stable")]


class _KnowledgeSpace:
    """What BLIM and TMS share: known or not, and only the outer fringe can be learnt."""

    traits = ("prior", "learn", "guess", "slip")
    """Deviates on the logit scale of the probabilities."""

    discrete = True
    mastered_at = 1.0
    ready_at = 1.0
    rest_draws = 0
    reports: frozenset[str] = frozenset()
    invariants = frozenset(
        {"consistent_start", "no_learning_without_prerequisite", "never_improves_untaught", "lessons_never_hurt"}
        | {"time_changes_nothing", "forgetting_is_monotone", "elapse_composes"}
    )
    _learn_first: bool

    def __init__(
        self,
        curriculum: Curriculum,
        population: Population | None,
        prior: PerSkill,
        learn: PerSkill,
        guess: PerItem,
        slip: PerItem,
        wrong: Violations,
    ) -> None:
        self.curriculum = c = curriculum
        self.population = population or Population()
        self.population.check_traits(self.traits, wrong.subject)
        self.prior = per_skill(prior, "prior", c, 0.0, 1.0, wrong, _PROBABILITY)
        self.learn = per_skill(learn, "learn", c, 0.0, 1.0, wrong, _PROBABILITY)
        self.guess = per_item(guess, "guess", c, 0.0, 1.0, wrong, _PROBABILITY)
        self.slip = per_item(slip, "slip", c, 0.0, 1.0, wrong, _PROBABILITY)
        for m in np.flatnonzero(self.guess + self.slip >= 1.0):
            text = f"guess={self.guess[m]:g} and slip={self.slip[m]:g} of '{c.items[m]}' must sum to less than 1: "
            wrong.unless(False, text + "who knows must answer better than who guesses")
        wrong.raise_any()
        asks = (c.approach != EXAMPLE) & (c.approach != EXPLANATION)
        items = [odds(self.guess), odds(self.slip), c.minutes, asks]
        self._floats, self._ints = pack(c, [self._learn_first], items, [odds(self.prior), odds(self.learn)])
        marks = [(name, np.float64) for name in self.traits[1:]]
        self.dtype = np.dtype([("group", np.int64), *marks, ("known", np.float64, (c.n_skills,))])
        self._every_item = np.arange(c.n_items)
        self._population_draws = self.population.draws(self.traits)
        self.reset_draws = self._population_draws + c.n_skills
        self.lesson_draws = 1 + c.item_skills.shape[1]

    def allocate(self, n: int) -> State:
        """Room for ``n`` students, not yet reset."""
        return np.zeros(n, self.dtype)

    def reset(self, state: State, rows: IntN, u: FloatNM) -> None:
        """Fresh students: traits from the population, then what they know, prerequisites first."""
        split = self._population_draws
        group, deviates = self.population.sample(u[:, :split], self.traits)
        state["group"][rows] = group
        _spaces.reset(matrix(state), rows, deviates, u, split, self._floats, self._ints)

    def p_all(self, state: State) -> FloatNM:
        """Probability of a right answer to every item from what is known now: (N, M)."""
        return self.p_some(state, self._every_item)

    def p_some(self, state: State, items: IntN) -> FloatNM:
        """The same for these items only: (N, len(items))."""
        out = np.empty((len(state), len(items)))
        _spaces.p_some(matrix(state), items, out, self._floats, self._ints)
        return out

    def p_correct(self, state: State, items: IntN) -> FloatN:
        """The same for one chosen item each (0 where there is none)."""
        out = np.empty(len(state))
        _spaces.p_correct(matrix(state), items, out, self._floats, self._ints)
        return out

    def step(self, state: State, items: IntN, u: FloatNM, out: Outcome) -> Outcome:
        """One lesson. ``u``: the answer, then one per skill of the item."""
        _spaces.step(matrix(state), items, u, out, self._floats, self._ints)
        return out

    def elapse(self, state: State, days: FloatN, u: FloatNM) -> None:
        """Days pass and change nothing: these students do not forget."""

    def mastery(self, state: State) -> FloatNK:
        """1 for a known skill, else 0: (N, K)."""
        return np.array(state["known"])

    def mastery_sum(self, state: State, out: FloatN) -> FloatN:
        """The number of known skills."""
        _spaces.mastery_sum(matrix(state), out, self._ints)
        return out

    def expected_gain(self, state: State) -> FloatNM:
        """Expected number of skills learnt from each item now: (N, M), exact."""
        out = np.empty((len(state), self.curriculum.n_items))
        _spaces.expected_gain(matrix(state), out, self._floats, self._ints)
        return out

    def forecast(self, state: State, days: FloatN) -> tuple[FloatNM, FloatNK]:
        """Right answers (N, M) and mastery (N, K) after so many days without a lesson: those of now."""
        return self.p_all(state), self.mastery(state)

    def outer_fringe(self, state: State) -> npt.NDArray[np.bool_]:
        """Which skills each student is ready to learn: unknown, with all prerequisites known; (N, K)."""
        out = np.empty((len(state), self.curriculum.n_skills), bool)
        _spaces.outer_fringe(matrix(state), out, self._ints)
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
        prior: P(known at the start, given that all prerequisites are known), per skill.
        learn: lambda, P(learning in one lesson) a skill of the outer fringe, per skill.
        guess: eta, P(right answer by someone who lacks a skill of the item), per item.
        slip: beta, P(wrong answer by someone who knows all of them), per item; guess + slip < 1.

    Raises:
        InputError: parameters out of range, all of them together.

    Source: Doignon & Falmagne (1985, 1999); Falmagne & Doignon (2011), Learning Spaces; docs/students/blim.md.
    """

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
        super().__init__(curriculum, population, prior, learn, guess, slip, Violations("BLIM"))


class TMS(_KnowledgeSpace):
    """A student who masters skills in order, one lesson at a time, and is seen through items that err; never forgets.

    The two-skill student of Tang, Chen, Li, Liu & Ying (2019) as EduSim runs it, for any curriculum: a lesson first
    teaches each skill of the item whose prerequisites are all mastered, with its probability, and is answered then.

    Args:
        curriculum: what is taught; the published one is ``curriculum=tms``, two skills with four items each.
        population: individual differences in ``traits``; None: all students are alike.
        prior: P(mastered at the start, given that all prerequisites are), per skill. None: 1/2 for skills without
            prerequisites, 0 for all others.
        learn: P(learning in one lesson), per skill. None: .6 for skills without prerequisites, .7 for all others.
        guess: P(right answer by someone who lacks a skill of the item), per item. None: see ``seed``.
        slip: P(wrong answer by someone who masters all of them), per item; guess + slip < 1. None: see ``seed``.
        seed: of the guess and slip that are not given: each drawn once, evenly between .1 and .3.

    Raises:
        InputError: parameters out of range, all of them together.

    Source: Tang et al. (2019), A reinforcement learning approach to personalized learning recommendation systems,
    British Journal of Mathematical and Statistical Psychology 72; EduSim (MIT), "binary"; docs/students/tms.md.
    """

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
        wrong = Violations("TMS")
        whole = isinstance(seed, int) and not isinstance(seed, bool) and seed >= 0
        wrong.unless(whole, f"seed={seed!r} must be a whole number from 0 on")
        uniform = np.random.default_rng(seed if whole else 0).random  # the bit generator's doubles, as in random_dag
        low, high = TMS_ERRORS
        drawn = low + (high - low) * uniform((2, curriculum.n_items))
        later = curriculum.prerequisites.any(axis=1)
        super().__init__(
            curriculum,
            population,
            np.where(later, 0.0, TMS_START) if prior is None else prior,
            np.where(later, TMS_LATER, TMS_FIRST) if learn is None else learn,
            drawn[0] if guess is None else guess,
            drawn[1] if slip is None else slip,
            wrong,
        )


class KSS:
    """A student on a map of concepts, who learns only near the last one visited and only once its parents are strong.

    Abilities per skill, up to 5, and a position. An item is answered by its abilities alone (3PL). A visit then raises
    the skill by half of what it lacks, shrunk exponentially by what its prerequisites lack, and raises its successors
    by half of that each, theirs by a quarter, and so on. A visit to a skill that the last one does not lead to teaches
    nothing and moves nobody. No chance but in the answers; no forgetting.

    Args:
        curriculum: what is taught; the published one is ``curriculum=kss``. An item's difficulty is on the scale of
            the abilities.
        population: individual differences in ``traits``; None: all students start from the same distribution.
        start_lowest, start_highest: between which whole numbers, both included, every ability is drawn at the start.
        start_step: how much lower each next skill of the curriculum starts.
        learn: share of what a skill lacks that a visit adds, with all prerequisites at the ceiling.
        spread: share of a skill's increment that each direct successor gets.
        ceiling: the highest ability.
        slope: steepness of the answers: discrimination times scaling constant.
        guess: P(right answer without any ability).

    Raises:
        InputError: parameters out of range, all of them together.

    Source: Liu et al. (2019), Exploiting cognitive structure for adaptive learning, KDD, as in the environments of
    EduSim (MIT) and of its successors, without their bugs; docs/students/kss.md.
    """

    traits = ("ability", "learn")
    """Deviates: added to all start abilities; the logarithm of the increments."""

    discrete = False
    mastered_at = 0.5  # the source counts a concept as mastered from P(right answer) = 1/2
    ready_at = 0.5
    lesson_draws = 1
    rest_draws = 0
    reports: frozenset[str] = frozenset()
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
        wrong = Violations("KSS")
        self.curriculum = c = curriculum
        self.population = population or Population()
        self.population.check_traits(self.traits, "KSS")
        for name, value in (("start_lowest", start_lowest), ("start_highest", start_highest)):
            whole = isinstance(value, int) and not isinstance(value, bool) and -20 <= value <= 20
            wrong.unless(whole, f"{name}={value!r} must be a whole number in [-20, 20]: it is an ability")
        text = f"start_lowest={start_lowest!r} must not exceed start_highest={start_highest!r}"
        wrong.unless(bool(wrong.messages) or start_lowest <= start_highest, text)
        self.start_lowest, self.start_highest = start_lowest, start_highest
        self.start_step = number(start_step, "start_step", 0.0, 10.0, wrong, "it is a difference of abilities")
        self.learn = number(learn, "learn", 0.0, 1.0, wrong, "it is a share of what is missing")
        self.spread = number(spread, "spread", 0.0, 1.0, wrong, "it is a share of the increment")
        self.ceiling = number(ceiling, "ceiling", -20.0, 20.0, wrong, "it is an ability")
        self.slope = number(slope, "slope", 0.01, 100.0, wrong, "it is a steepness")
        self.guess = number(guess, "guess", 0.0, 0.99, wrong, "it is a probability below 1")
        wrong.raise_any()
        self.reference, self.influence, self.leads_to = _references(c), self._influence(), _leads_to(c)
        self._floats, self._ints = self._pack()
        marks: list[Any] = [("learn", np.float64), ("last", np.float64), ("ability", np.float64, (c.n_skills,))]
        self.dtype = np.dtype([("group", np.int64), *marks])
        self._every_item = np.arange(c.n_items)
        self._population_draws = self.population.draws(self.traits)
        self.reset_draws = self._population_draws + c.n_skills

    def allocate(self, n: int) -> State:
        """Room for ``n`` students, not yet reset."""
        return np.zeros(n, self.dtype)

    def reset(self, state: State, rows: IntN, u: FloatNM) -> None:
        """Fresh students, who have visited nothing: traits from the population, then one draw per ability."""
        split, choices = self._population_draws, self.start_highest - self.start_lowest + 1
        group, deviates = self.population.sample(u[:, :split], self.traits)
        drawn = self.start_lowest + np.floor(choices * u[:, split:])
        starts = drawn - self.start_step * np.arange(self.curriculum.n_skills)
        state["group"][rows] = group
        _spaces.kss_reset(matrix(state), rows, deviates, starts, self._floats, self._ints)

    def p_all(self, state: State) -> FloatNM:
        """Probability of a right answer to every item: (N, M)."""
        return self.p_some(state, self._every_item)

    def p_some(self, state: State, items: IntN) -> FloatNM:
        """The same for these items only: (N, len(items))."""
        out = np.empty((len(state), len(items)))
        _spaces.kss_p_some(matrix(state), items, out, self._floats, self._ints)
        return out

    def p_correct(self, state: State, items: IntN) -> FloatN:
        """The same for one chosen item each (0 where there is none)."""
        out = np.empty(len(state))
        _spaces.kss_p_correct(matrix(state), items, out, self._floats, self._ints)
        return out

    def step(self, state: State, items: IntN, u: FloatNM, out: Outcome) -> Outcome:
        """Answer, then learn. ``u``: the answer."""
        _spaces.kss_step(matrix(state), items, u, out, self._floats, self._ints)
        return out

    def elapse(self, state: State, days: FloatN, u: FloatNM) -> None:
        """Days pass and change nothing: these students do not forget."""

    def mastery(self, state: State) -> FloatNK:
        """Probability of a right answer to each skill's reference item: (N, K)."""
        out = np.empty((len(state), self.curriculum.n_skills))
        _spaces.kss_mastery(matrix(state), out, self._floats, self._ints)
        return out

    def mastery_sum(self, state: State, out: FloatN) -> FloatN:
        """Sum of the masteries."""
        _spaces.kss_mastery_sum(matrix(state), out, self._floats, self._ints)
        return out

    def expected_gain(self, state: State) -> FloatNM:
        """Change of the sum of masteries from each item now: (N, M), exact."""
        out = np.empty((len(state), self.curriculum.n_items))
        _spaces.kss_expected_gain(matrix(state), out, self._floats, self._ints)
        return out

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
        asks = (c.approach != EXAMPLE) & (c.approach != EXPLANATION)
        constants = [self.learn, self.ceiling, self.slope, self.guess]
        heirs = [np.flatnonzero(row) for row in self.influence]
        most = max(len(listed) for listed in heirs)
        who, share = np.full((c.n_skills, most), -1), np.zeros((c.n_skills, most))
        for k, listed in enumerate(heirs):
            who[k, : len(listed)], share[k, : len(listed)] = listed, self.influence[k, listed]
        skills = [self.reference, *self.leads_to.T, *share.T]
        floats, whole = pack(c, constants, [c.difficulty, c.minutes, asks], skills)
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
