"""The six-skill students of Clement, Oudeyer & Lopes (EDM 2016): binary skills that build on each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
from zpdgym.errors import InputError, Violations
from zpdgym.parameters import Number, Switch, Table

from ..curriculum.builders import chain
from ..curriculum.curriculum import Curriculum
from ..model import FloatNK, FloatNM, IntN, KernelModel, State, Traits, matrix
from ..parameters import logits_of, probability
from ..population import Population, normals
from . import _kt6kc

__all__ = ["KT6KC", "kt6kc_graph"]

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

CHAIN: dict[str, object] = {"_target_": "zpdgym.students.chain", "n_skills": N_SKILLS, "name": "KT6KC"}
"""The curriculum of model 0, as KT6KC-v0 has it."""

PERTURBATION_MEAN = 0.05
PERTURBATION_SD = 0.005**0.5
SMALLEST_DRAW = 0.01  # replaces a negative draw on T, guess and slip, which would make the parameter larger


class KT6KC(KernelModel, kernels=_kt6kc):
    """A student with six skills that build on each other; learns first, then answers; never forgets.

    An exercise on skill i teaches it with probability ``T_i + sum_j D_ij known_j``, and is then answered right with
    probability ``1 - slip`` or ``guess``. Only the exercise's skill matters: difficulty, minutes and approach do not
    change learning here, as in the source (minutes are reported).

    Args:
        curriculum: six skills with one item each, item i exercising skill i. Its prerequisites are what a tutor is
            told; what really depends on what is ``model`` (``kt6kc_graph`` is the curriculum that tells it).
        population: individual differences in ``traits``; None: all students are alike.
        model, guess, slip, perturbed: see ``PARAMETERS``.

    Raises:
        InputError: a curriculum of another shape, or parameters out of range.

    Source: Clement, Oudeyer & Lopes (2016), A comparison of automatic teaching strategies for heterogeneous student
    populations, EDM; re-derived from its equations.
    """

    TRAITS: ClassVar[Traits] = logits_of("learn", "guess", "slip")

    PARAMETERS: ClassVar[Table] = {
        "model": Number(
            "which of the five published models; 0 is the chain 1, 2, …, 6",
            low=0, high=len(MODELS) - 1, whole=True, why="it is the number of a model",
        ),
        "guess": probability("chance of a right answer without knowing"),
        "slip": probability("chance of a wrong answer in spite of knowing; with guess less than 1"),
        "perturbed": Switch(
            "whether each student subtracts an own normal draw with mean .05 and variance .005 from every parameter "
            "that is not 0: the published heterogeneous population"
        ),
    }  # fmt: skip

    discrete = True
    mastered_at = 1.0
    ready_at = 1.0
    lesson_draws = 2

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
        values, wrong = self._read(curriculum, population, locals())
        self.guess, self.slip = values.guess, values.slip
        text = f"guess={guess!r} and slip={slip!r} must sum to less than 1: knowing must help"
        wrong.unless(self.guess + self.slip < 1.0, text)
        wrong.raise_any()
        self.model, self.perturbed = values.model, values.perturbed
        self.learn, self.depends = _tables(self.model)
        self._floats, self._ints = np.array(curriculum.minutes, np.float64), np.zeros(0, np.int64)
        self._varied = np.concatenate([self.learn, np.full(2 * N_SKILLS, 1.0), self.depends.ravel()]) > 0.0
        blocks: list[Any] = [(name, np.float64, (N_SKILLS,)) for name in ("known", "learn", "guess", "slip")]
        blocks += [("depends", np.float64, (N_SKILLS, N_SKILLS))]
        own = int(self._varied.sum()) if self.perturbed else 0
        self._lay_out(("odds", np.float64, (3,)), *blocks, draws=own)
        self.invariants = frozenset(
            {"learn_then_answer", "consistent_start", "elapse_composes", "forgetting_is_monotone"}
            | {"lessons_never_hurt", "never_improves_untaught"}
            | ({"no_learning_without_prerequisite"} if self._needs_prerequisites() else set())
        )

    @staticmethod
    def own_curriculum(section: Mapping[str, object]) -> dict[str, object]:
        """The curriculum that students of this specification really have: a scenario whose students change takes it."""
        model = section.get("model", 0)
        graph = {"_target_": "zpdgym.students.kt6kc_graph", "model": model}
        return graph if model in range(1, len(MODELS)) else dict(CHAIN)

    def _begin(self, state: State, rows: IntN, deviates: FloatNM, luck: FloatNM) -> None:
        """Students who know nothing, each with the parameters of the model or, perturbed, with own ones."""
        base = np.concatenate([self.learn, np.full(N_SKILLS, self.guess), np.full(N_SKILLS, self.slip)])
        values = np.tile(np.concatenate([base, self.depends.ravel()]), (len(rows), 1))
        if self.perturbed:
            _perturb(values, luck, self._varied)
        super()._begin(state, rows, deviates, values)

    def p_all(self, state: State) -> FloatNM:
        """Probability of a right answer to every exercise, (N, 6)."""
        out = np.empty((len(state), N_SKILLS))
        _kt6kc.p_all(matrix(state), out)
        return out

    def mastery(self, state: State) -> FloatNK:
        """1 for a known skill, else 0: (N, 6)."""
        return np.array(state["known"])

    def _needs_prerequisites(self) -> bool:
        """Can no skill be learnt while one of the curriculum's prerequisites is missing?"""
        for k, parents in enumerate(self.curriculum.prerequisites):
            for missing in np.flatnonzero(parents):
                everything_else = np.delete(self.depends[k], missing).sum()
                if self.learn[k] + everything_else > 0.0:
                    return False
        return True


def kt6kc_graph(model: int = 0) -> Curriculum:
    """The six skills of the KT6KC students with the prerequisites that one of the five published models really has.

    A skill needs every skill that helps to learn it; where two do (model 1), each alone helps by half.

    Args:
        model: which of the published models; 0 is the chain 1, 2, …, 6.

    Returns:
        A curriculum whose skills are called "skill 1" … "skill 6", with one practice item each.

    Raises:
        InputError: no such model.

    Example:
        >>> kt6kc_graph(3).order.tolist()
        [0, 1, 2, 4, 3, 5]
    """
    wrong = Violations("curriculum kt6kc_graph")
    KT6KC.PARAMETERS["model"].read(model, "model", wrong, {})
    wrong.raise_any()
    return replace(chain(N_SKILLS, name="KT6KC"), prerequisites=_tables(int(model))[1] > 0.0)


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
    draws = np.zeros_like(values)
    draws[:, varied] = PERTURBATION_MEAN + PERTURBATION_SD * normals(u)
    probabilities = slice(0, 3 * N_SKILLS)
    # a negative draw on D is kept: a dependency may become stronger
    draws[:, probabilities] = np.where(draws[:, probabilities] < 0.0, SMALLEST_DRAW, draws[:, probabilities])
    draws[:, ~varied] = 0.0
    np.maximum(values - draws, 0.0, out=values)
