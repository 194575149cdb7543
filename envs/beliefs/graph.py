"""The belief that carries evidence along prerequisites: skills are known or not, and not independent of each other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from ...students.model import FloatN, IntN, Outcome, StudentModel
from . import _graph
from .base import BeliefState, Floats, Ints, Numbers
from .bkt import fit_tracing
from .cliques import clique_tree, sampled, started
from .clues.belief import PACE, CluedBelief
from .clues.learnt import with_clues
from .course import CourseLog
from .kernels import steps as of_steps
from .kernels.lazy import LANES, foretell
from .kernels.tree import COUNTED, LEARN, TRIES, WIDTH, pack_tree
from .search import RIDGE, STUDENTS, seek
from .tracing import ITEMS, numbers_of

__all__ = ["GraphBelief"]

ROUNDS, ITERATIONS = 2, 12
"""Turns of the skills' own numbers and the shared ones in a fit, and steps of the search for the latter."""
FACTORED = 0.6
"""The share of a fit that the numbers of skills by themselves take, about."""


class GraphBelief(CluedBelief):
    """The joint probability of small groups of skills that hang together, each a skill with its prerequisites.

    A right answer on equations says something about fractions, and a wrong one on fractions about equations. Groups
    (cliques) that share skills agree about those and are independent given them. An answer is taken in exactly; after
    learning and forgetting every group is right for itself, and only what hangs together beyond it is lost.

    The same numbers as ``BKTBelief``, but ``prior`` is P(known at the start, given that all prerequisites are known).

    Args:
        curriculum: what is taught.
        prior, learn, guess, slip, forget, leak, learn_first: see ``BKTBelief``.
        minutes, hints, times_seen, hints_seen: of response times and hints; see ``CluedBelief``.

    Sources: junction trees, Lauritzen & Spiegelhalter 1988; projection after every step, Boyen & Koller 1998.
    """

    kind = "graph"
    local = False
    joint = True
    columns = ("open",)
    steps = True
    counted = 0
    """How many lessons on a skill are told apart; 0: none, and none are counted."""

    def prepare(self) -> None:
        """Lay out the record: beliefs, their sum, ``ready``, ``open``, and the tables of the cliques."""
        k, self.tree = self.curriculum.n_skills, clique_tree(self.taught)
        joint = self.tree.size + self.tree.between
        fields = [("belief", (k,)), ("total", ()), ("ready", (k,)), ("open", (k,)), ("joint", (joint,))]
        fields += [("tries", (k,))] if self.counted else []
        named = [(name, np.float64, shape) for name, shape in fields] + ([PACE] if self.clues.any else [])
        self.dtype = np.dtype(named, align=True)
        self._packed = self.pack_clues()
        self._links = of_steps.with_parts(pack_tree(self.taught, self.tree), self.curriculum)
        self._links[WIDTH] = self.dtype.itemsize // 8
        if self.counted:
            behind = ITEMS + self.items.view(np.float64).size
            self._links[[COUNTED, TRIES, LEARN]] = self.counted, 3 * k + 1 + joint, behind
        self._skills = np.array([k for clique in self.tree.cliques for k in clique], np.int64)
        self._alike = np.unique(self.taught.q, axis=0, return_inverse=True)[1].reshape(-1).astype(np.int64)
        self._start = np.zeros(1, self.dtype)
        self._start["joint"] = started(self.curriculum, self.tree, self.prior)
        _graph.sum_up(self._start.view(np.float64), self._links)

    @staticmethod
    def fit(log: CourseLog, *, seed: int) -> tuple[Numbers, float]:
        """Guess, slip, learn and forget of the ``bkt`` belief; priors, leak and the level of learn are sought again.

        What ``bkt`` takes for P(known) and for readiness is that of skills by themselves. Given what hangs together,
        other priors, another leak and other odds of learning, shifted alike for all items, foretell the log best.
        """

        def tell_first(share: float) -> None:
            log.tell(FACTORED * share)

        def tell(share: float) -> None:
            log.tell(FACTORED + (1.0 - FACTORED) * share)

        told = _Told(log.first(STUDENTS), fit_tracing(replace(log, tell=tell_first), seed)[0])
        own, shared = seek(told.losses, told.start, 2, rounds=ROUNDS, iterations=ITERATIONS, tell=tell)
        numbers, loss = told.numbers(own, shared), float(replace(told, log=log).run(own, shared).sum())
        return with_clues(GraphBelief.kind, numbers, log), loss

    @staticmethod
    def from_student(student: StudentModel) -> Numbers | None:
        """The numbers of students who are as this belief thinks."""
        return numbers_of(student)

    @property
    def update_kernel(self) -> tuple[Callable[..., None], Floats, Ints]:
        """The kernel that is all of ``update``, and what it takes beside records, items and outcome."""
        plain = of_steps.update_together if self.curriculum.has_steps else _graph.update
        return (_graph.update_with_clues if self.clues.any else plain), self._packed, self._links

    def update(self, state: BeliefState, items: IntN, out: Outcome) -> None:
        """Answer by Bayes' rule, then the chance of having learnt (or the other way round, ``learn_first``)."""
        kernel, numbers, links = self.update_kernel
        kernel(state.view(np.float64), items, out, numbers, links)

    def foretold(self, log: CourseLog) -> Floats:
        """(K,) the mean log-loss of the answers of a log, each foretold one lesson ahead: every skill's part of it."""
        loss = np.zeros(self.curriculum.n_skills)
        foretell(
            self._start.view(np.float64), log.items, self._alike, log.answers, log.gaps, log.owners, self._packed,
            self.forget, self._links, self._skills, loss, LANES,
        )  # fmt: skip
        return loss / max(int((log.answers >= 0).sum()), 1)

    def elapse(self, state: BeliefState, days: FloatN) -> None:
        """Every known skill is forgotten with probability 1 - exp(-forget days), independently."""
        _graph.elapse(state.view(np.float64), days, self.forget, self._links, self._skills)

    def sample(self, state: BeliefState, u: Floats) -> npt.NDArray[np.bool_]:
        """Draw what each student may know, all skills together, as likely as it is believed.

        Args:
            state: (N,) records.
            u: (N, C) uniforms in [0, 1), one for each clique of ``tree``.

        Returns:
            (N, K) whether the skill is known.
        """
        return sampled(self.tree, state["joint"], u) == 1


@dataclass(frozen=True)
class _Told:
    """A log, the numbers of skills taken by themselves, and what a point of the search makes of them."""

    log: CourseLog
    factored: Numbers

    @property
    def start(self) -> Floats:
        """(K,) logits of the priors to begin with: what the factored belief says of a skill and its prerequisites."""
        prior = np.asarray(self.factored["prior"], np.float64)
        parents = np.where(self.log.curriculum.prerequisites, prior, 1.0).min(axis=1)
        return _logit(np.clip(prior / np.maximum(parents, 1e-9), 0.05, 0.95))

    def numbers(self, own: Floats, shared: Floats) -> Numbers:
        """The arguments of the belief.

        Args:
            own: (K,) logits of the priors.
            shared: by how much the odds of learning and of the leak are shifted, in logits.
        """
        leak = np.clip(self.factored["leak"], 0.01, 0.99) if self.log.curriculum.prerequisites.any() else 0.0
        learn = np.clip(self.factored["learn"], 1e-6, 1.0 - 1e-6)
        return {
            **self.factored,
            "prior": _probability(own),
            "learn": _probability(_logit(learn) + shared[0]),
            "leak": float(_probability(_logit(leak) + shared[1])) if leak else 0.0,
        }

    def losses(self, own: Floats, shared: Floats) -> Floats:
        """(K,) each skill's part of the mean log-loss of one answer ahead, and the pull of its prior to one half."""
        return self.run(own, shared) + RIDGE * own**2 / len(own)

    def run(self, own: Floats, shared: Floats) -> Floats:
        """(K,) each skill's part of the mean log-loss of one answer ahead."""
        return GraphBelief(self.log.curriculum, **self.numbers(own, shared)).foretold(self.log)


def _logit(p: npt.ArrayLike) -> Floats:
    share = np.asarray(p, np.float64)
    return np.log(share / (1.0 - share))


def _probability(logits: npt.ArrayLike) -> Floats:
    return 1.0 / (1.0 + np.exp(-np.asarray(logits, np.float64)))
