"""The six-skill students of Clement, Oudeyer & Lopes (EDM 2016): binary skills that build on each other."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from zpdgym.errors import InputError, Violations

from ..curriculum.curriculum import Curriculum
from ..model import FloatN, FloatNK, FloatNM, IntN, Outcome, State, matrix
from ..parameters import number
from ..population import Population
from . import _kt6kc

__all__ = ["KT6KC"]

N_SKILLS = 6
FULL = 0.2  # every parameter that is not 0, unless marked

MODELS: tuple[tuple[tuple[int, ...], dict[tuple[int, int], float]], ...] = (
    ((0,), {(1, 0): FULL, (2, 1): FULL, (3, 2): FULL, (4, 3): FULL, (5, 4): FULL}),
    ((0, 1), {(2, 0): 0.1, (2, 1): 0.1, (3, 2): FULL, (4, 3): FULL, (5, 4): FULL}),
    ((0, 2), {(1, 0): FULL, (3, 1): FULL, (4, 2): FULL, (5, 3): FULL}),
    ((0,), {(1, 0): FULL, (2, 1): FULL, (4, 2): FULL, (3, 4): FULL, (5, 3): FULL}),
    ((0,), {(1, 0): FULL, (3, 1): FULL, (2, 3): FULL, (4, 2): FULL, (5, 4): FULL}),
)
"""The five published models: skills learnt without help, and (child, parent): dependency. Skills count from 0 here."""

PERTURBATION_MEAN = 0.05
PERTURBATION_SD = 0.005**0.5
SMALLEST_DRAW = 0.01  # replaces a negative draw on T, guess and slip, which would make the parameter larger


class KT6KC:
    """A student with six skills that build on each other; learns first, then answers; never forgets.

    An exercise on skill i teaches it with probability ``T_i + sum_j D_ij known_j``, and is then answered right with
    probability ``1 - slip`` or ``guess``. Only the exercise's skill matters: difficulty, minutes and approach do not
    change learning here, as in the source (minutes are reported).

    Args:
        curriculum: six skills with one item each, item i exercising skill i. Its prerequisites are what a tutor is
            told; what really depends on what is ``model``.
        population: individual differences in ``traits``; None: all students are alike.
        model: which of the five published models, 0 … 4. Model 0 is the chain 1, 2, …, 6.
        guess: P(right answer without knowing).
        slip: P(wrong answer in spite of knowing).
        perturbed: draw the published heterogeneous population: from every parameter that is not 0 each student
            subtracts an own normal draw with mean .05 and variance .005.

    Raises:
        InputError: a curriculum of another shape, or parameters out of range.

    Source: Clement, Oudeyer & Lopes (2016), A comparison of automatic teaching strategies for heterogeneous student
    populations, EDM; re-derived from its equations.
    """

    traits = ("learn", "guess", "slip")
    """Deviates on the logit scale of the probabilities of learning, guessing and slipping."""

    discrete = True
    mastered_at = 1.0
    ready_at = 1.0
    lesson_draws = 2
    rest_draws = 0
    reports: frozenset[str] = frozenset()

    def __init__(
        self,
        curriculum: Curriculum,
        *,
        population: Population | None = None,
        model: int = 0,
        guess: float = 0.1,
        slip: float = 0.1,
        perturbed: bool = False,
    ) -> None:
        if not (curriculum.q.shape == (N_SKILLS, N_SKILLS) and np.array_equal(curriculum.q, np.eye(N_SKILLS))):
            shape = f"{curriculum.n_items} items on {curriculum.n_skills} skills"
            raise InputError(
                f"KT6KC needs 6 skills with one item each, in the same order; '{curriculum.name}' has {shape}"
            )
        wrong = Violations("KT6KC")
        valid = isinstance(model, int) and not isinstance(model, bool) and 0 <= model < len(MODELS)
        wrong.unless(valid, f"model={model!r} must be a whole number from 0 to {len(MODELS) - 1}")
        wrong.unless(isinstance(perturbed, bool), f"perturbed={perturbed!r} must be true or false")
        self.guess = number(guess, "guess", 0.0, 1.0, wrong, "it is a probability")
        self.slip = number(slip, "slip", 0.0, 1.0, wrong, "it is a probability")
        text = f"guess={guess!r} and slip={slip!r} must sum to less than 1: knowing must help"
        wrong.unless(self.guess + self.slip < 1.0, text)
        wrong.raise_any()
        self.curriculum = curriculum
        self.population = population or Population()
        self.population.check_traits(self.traits, "KT6KC")
        self.model, self.perturbed = model, perturbed
        self.learn, self.depends = _tables(model)
        blocks: list[Any] = [(name, np.float64, (N_SKILLS,)) for name in ("known", "learn", "guess", "slip")]
        blocks += [("depends", np.float64, (N_SKILLS, N_SKILLS))]
        self.dtype = np.dtype([("group", np.int64), ("odds", np.float64, (3,)), *blocks])
        self._population_draws = self.population.draws(self.traits)
        self._varied = np.concatenate([self.learn, np.full(2 * N_SKILLS, 1.0), self.depends.ravel()]) > 0.0
        self.reset_draws = self._population_draws + (int(self._varied.sum()) if perturbed else 0)
        self._minutes = np.array(curriculum.minutes)
        self.invariants = frozenset(
            {"learn_then_answer", "consistent_start", "elapse_composes", "forgetting_is_monotone"}
            | {"lessons_never_hurt", "never_improves_untaught"}
            | ({"no_learning_without_prerequisite"} if self._needs_prerequisites() else set())
        )

    def allocate(self, n: int) -> State:
        """Room for ``n`` students, not yet reset."""
        return np.zeros(n, self.dtype)

    def reset(self, state: State, rows: IntN, u: FloatNM) -> None:
        """Fresh students, who know nothing."""
        split = self._population_draws
        group, deviates = self.population.sample(u[:, :split], self.traits)
        base = np.concatenate([self.learn, np.full(N_SKILLS, self.guess), np.full(N_SKILLS, self.slip)])
        values = np.tile(np.concatenate([base, self.depends.ravel()]), (len(rows), 1))
        if self.perturbed:
            _perturb(values, u[:, split:], self._varied)
        state["group"][rows] = group
        _kt6kc.reset(matrix(state), rows, deviates, values)

    def p_all(self, state: State) -> FloatNM:
        """Probability of a right answer to every exercise if it taught nothing: (N, 6)."""
        out = np.empty((len(state), N_SKILLS))
        _kt6kc.p_all(matrix(state), out)
        return out

    def p_correct(self, state: State, items: IntN) -> FloatN:
        """The same for one chosen exercise each (0 where there is none)."""
        return np.where(items >= 0, self.p_all(state)[np.arange(len(state)), items], 0.0)

    def step(self, state: State, items: IntN, u: FloatNM, out: Outcome) -> Outcome:
        """Learn, then answer. ``u``: learning, answer."""
        _kt6kc.step(matrix(state), items, u, out, self._minutes)
        return out

    def elapse(self, state: State, days: FloatN, u: FloatNM) -> None:
        """Days pass and change nothing: these students do not forget."""

    def mastery(self, state: State) -> FloatNK:
        """1 for a known skill, else 0: (N, 6)."""
        return np.array(state["known"])

    def mastery_sum(self, state: State, out: FloatN) -> FloatN:
        """The number of known skills."""
        np.sum(state["known"], axis=1, out=out)
        return out

    def expected_gain(self, state: State) -> FloatNM:
        """P(learning) from each exercise now: (N, 6), exact."""
        out = np.empty((len(state), N_SKILLS))
        _kt6kc.expected_gain(matrix(state), out)
        return out

    def _needs_prerequisites(self) -> bool:
        """Can no skill be learnt while one of the curriculum's prerequisites is missing?"""
        for k, parents in enumerate(self.curriculum.prerequisites):
            for missing in np.flatnonzero(parents):
                everything_else = np.delete(self.depends[k], missing).sum()
                if self.learn[k] + everything_else > 0.0:
                    return False
        return True


def _tables(model: int) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """(6,) T and (6, 6) D of one of the published models."""
    alone, links = MODELS[model]
    learn, depends = np.zeros(N_SKILLS), np.zeros((N_SKILLS, N_SKILLS))
    learn[list(alone)] = FULL
    for (child, parent), value in links.items():
        depends[child, parent] = value
    return learn, depends


def _perturb(values: FloatNM, u: FloatNM, varied: npt.NDArray[np.bool_]) -> None:
    """Subtract each student's own draws; columns are T (6), guess (6), slip (6), D (36)."""
    from scipy.special import ndtri

    draws = np.zeros_like(values)
    draws[:, varied] = PERTURBATION_MEAN + PERTURBATION_SD * ndtri(np.maximum(u, 2.0**-54))
    probabilities = slice(0, 3 * N_SKILLS)
    # a negative draw on D is kept: a dependency may become stronger
    draws[:, probabilities] = np.where(draws[:, probabilities] < 0.0, SMALLEST_DRAW, draws[:, probabilities])
    draws[:, ~varied] = 0.0
    np.maximum(values - draws, 0.0, out=values)
