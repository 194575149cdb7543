"""Students that a neural network imitates: deep knowledge tracing, trained on answers and run as a simulator."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
from zpdgym.errors import Violations

from ..curriculum.curriculum import EXAMPLE, EXPLANATION, PRACTICE, Curriculum
from ..model import FloatN, FloatNK, FloatNM, IntN, Outcome, State, matrix
from ..parameters import number
from ..population import Population
from . import _dkt
from .dkt_files import read_network

__all__ = ["DKT"]


class DKT:
    """A student whose next answer a neural network foretells from all earlier ones.

    Deep Knowledge Tracing (Piech et al. 2015, NeurIPS 28) used as a simulator: the answer is drawn from the network's
    prediction and fed back into it. The network is one layer of long short-term memory, trained before with the
    regularisers of Yeung & Yeung (2018); here it only runs, without torch. It has seen what happened in a log, not
    what would have happened under another teacher: read docs/students/dkt.md before training policies on it.

    Args:
        curriculum: what is taught; it must be the one that the network was trained on.
        weights: a folder with ``dkt.json`` and ``weights.safetensors``, or its ``dkt.json``: one that comes with
            zpdgym ("Practice-v0"), else a path.
        population: named groups only; the network has no traits that could differ between students.
        mastered_at: a skill counts as mastered from this probability of a right answer on. Predictions end where the
            log's best students do, who slip, so .95 would hardly ever be reached.

    Attributes:
        card: what ``dkt.json`` says about the network and its training.
        weights: the arrays by name, float32: ``input`` (3 M, 4 H; per item a wrong answer, a right one, shown without
            a question), ``recurrent`` (H, 4 H), ``bias`` (4 H,), ``output`` (M, H), ``output_bias`` (M,), ``start``
            (2, H: hidden and cell state). Gates: input, forget, candidate, output.
        asks: (M,) bool, whether an item asks for an answer.
        references: for each skill the items whose prediction is its mastery.

    Raises:
        InputError: weights that are missing, damaged or of another curriculum; a skill that no item asks about.
    """

    traits: tuple[str, ...] = ()

    discrete = False
    ready_at = 0.5
    lesson_draws = 1
    rest_draws = 0
    reports: frozenset[str] = frozenset()
    invariants = frozenset({"answer_then_learn", "elapse_composes", "forgetting_is_monotone", "time_changes_nothing"})

    def __init__(
        self,
        curriculum: Curriculum,
        *,
        weights: str | Path,
        population: Population | None = None,
        mastered_at: float = 0.8,
    ) -> None:
        wrong = Violations("DKT")
        self.curriculum = curriculum
        self.population = population or Population()
        self.mastered_at = number(mastered_at, "mastered_at", 0.0, 1.0, wrong, "it is a probability")
        self.asks = (curriculum.approach != EXAMPLE) & (curriculum.approach != EXPLANATION)
        self.references = tuple(_references(curriculum, k, self.asks, wrong) for k in range(curriculum.n_skills))
        wrong.raise_any()
        self.card, self.weights = read_network(weights, curriculum)
        self.population.check_traits(self.traits, "DKT")
        self._floats, self._ints = self._pack()
        hidden = (self.weights["recurrent"].shape[0],)
        self.dtype = np.dtype([("group", np.int64), ("hidden", np.float64, hidden), ("cell", np.float64, hidden)])
        self.reset_draws = self.population.draws(self.traits)
        self._item_rows = np.arange(curriculum.n_items)
        self._skill_rows = curriculum.n_items + np.arange(curriculum.n_skills)

    def allocate(self, n: int) -> State:
        """Room for ``n`` students, not yet reset."""
        return np.zeros(n, self.dtype)

    def reset(self, state: State, rows: IntN, u: FloatNM) -> None:
        """Fresh students, all in the state that the network learnt for the start; they differ by their answers only."""
        state["group"][rows] = self.population.sample(u, self.traits)[0]
        _dkt.reset(matrix(state), rows, self._floats, self._ints)

    def p_all(self, state: State) -> FloatNM:
        """Probability of a right answer to every item; of items that ask for none, that of their skills' references."""
        return self._chances(state, self._item_rows)

    def p_some(self, state: State, items: IntN) -> FloatNM:
        """The same for these items only: (N, E)."""
        return self._chances(state, items)

    def p_correct(self, state: State, items: IntN) -> FloatN:
        """The same for one chosen item each."""
        out = np.empty(len(state))
        _dkt.p_correct(matrix(state), items, out, self._floats, self._ints)
        return out

    def step(self, state: State, items: IntN, u: FloatNM, out: Outcome) -> Outcome:
        """Answer (where the item asks) as foretold, then tell the network what was answered."""
        _dkt.step(matrix(state), items, u, out, self._floats, self._ints)
        return out

    def elapse(self, state: State, days: FloatN, u: FloatNM) -> None:
        """Days change nothing: the network sees the order of lessons, not their dates."""

    def forecast(self, state: State, days: FloatN) -> tuple[FloatNM, FloatNK]:
        """The same as now, whatever the days."""
        return self.p_all(state), self.mastery(state)

    def mastery(self, state: State) -> FloatNK:
        """Probability of a right answer to each skill's reference item: (N, K)."""
        return self._chances(state, self._skill_rows)

    def mastery_sum(self, state: State, out: FloatN) -> FloatN:
        """The sum of mastery over skills."""
        _dkt.mastery_sum(matrix(state), out, self._floats, self._ints)
        return out

    def expected_gain(self, state: State) -> FloatNM:
        """Expected change of the sum of mastery by each item now, over both answers: (N, M), exact; may be negative."""
        out = np.empty((len(state), self.curriculum.n_items))
        _dkt.expected_gain(matrix(state), out, self._floats, self._ints)
        return out

    def _chances(self, state: State, outputs: IntN) -> FloatNM:
        out = np.empty((len(state), len(outputs)))
        _dkt.chances(matrix(state), outputs, out, self._floats, self._ints)
        return out

    def _pack(self) -> tuple[npt.NDArray[np.float64], IntN]:
        """The network, and one output row more for every skill; see ``_dkt``."""
        c, w = self.curriculum, {name: array.astype(np.float64) for name, array in self.weights.items()}
        output = np.column_stack([w["output_bias"], w["output"]])
        skills = np.stack([output[list(items)].mean(axis=0) for items in self.references])
        for m in np.flatnonzero(~self.asks):  # never asked, so never trained: what its skills' references would give
            output[m] = skills[c.q[m]].mean(axis=0)
        rows = np.concatenate([output, skills])
        parts = [w["start"], w["bias"], w["recurrent"], w["input"], rows[:, 1:], rows[:, 0], c.minutes]
        begin = np.cumsum([0] + [part.size for part in parts])
        sizes = [self.weights["recurrent"].shape[0], c.n_items, c.n_skills]
        ints = np.concatenate([sizes, begin[1:7], self.asks])
        return np.concatenate([part.ravel() for part in parts]), ints.astype(np.int64)


def _references(curriculum: Curriculum, skill: int, asks: npt.NDArray[np.bool_], wrong: Violations) -> tuple[int, ...]:
    """The item that stands for a skill: of its own practice the one nearest to difficulty 0.

    A skill without practice of its own is stood for by whatever asks about it alone, else by all that asks about it.
    """
    c = curriculum
    about = c.q[:, skill] & asks
    alone = about & (c.q.sum(axis=1) == 1)
    for kind in (alone & (c.approach == PRACTICE), alone):
        own = np.flatnonzero(kind)
        if len(own):
            return (int(own[np.argmin(np.abs(c.difficulty[own]))]),)
    wrong.unless(bool(about.any()), f"no item asks for an answer on the skill '{c.skills[skill]}'; a DKT needs one")
    return tuple(int(m) for m in np.flatnonzero(about))
