"""The belief that carries evidence along prerequisites: skills are known or not, and not independent of each other."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ...students.model import FloatN, IntN, Outcome, StudentModel
from . import _graph
from .base import BeliefState, Floats, Ints, Numbers
from .bkt import fit_tracing
from .cliques import clique_tree, started
from .course import CourseLog
from .tracing import TracingBelief, numbers_of

__all__ = ["GraphBelief"]


class GraphBelief(TracingBelief):
    """The joint probability of small groups of skills that hang together, each a skill with its prerequisites.

    A right answer on equations says something about fractions, and a wrong one on fractions about equations. Groups
    (cliques) that share skills agree about those and are independent given them. An answer is taken in exactly; after
    learning and forgetting every group is right for itself, and only what hangs together beyond it is lost.

    The same numbers as ``BKTBelief``, but ``prior`` is P(known at the start, given that all prerequisites are known).

    Args:
        curriculum: what is taught.
        prior, learn, guess, slip, forget, leak, learn_first: see ``BKTBelief``.

    Sources: junction trees, Lauritzen & Spiegelhalter 1988; projection after every step, Boyen & Koller 1998.
    """

    kind = "graph"
    local = False
    joint = True
    columns = ("open",)

    def prepare(self) -> None:
        """Lay out the record: beliefs, their sum, ``ready``, ``open``, and the tables of the cliques."""
        k, self.tree = self.curriculum.n_skills, clique_tree(self.curriculum)
        joint = self.tree.size + self.tree.between
        fields = [("belief", (k,)), ("total", ()), ("ready", (k,)), ("open", (k,)), ("joint", (joint,))]
        self.dtype = np.dtype([(name, np.float64, shape) for name, shape in fields], align=True)
        self._packed, self._links = self.pack(), _graph.pack_tree(self.curriculum, self.tree)
        self._skills = np.array([k for clique in self.tree.cliques for k in clique], np.int64)
        self._start = np.zeros(1, self.dtype)
        self._start["joint"] = started(self.curriculum, self.tree, self.prior)
        _graph.sum_up(self._start.view(np.float64), self._links)

    @staticmethod
    def fit(log: CourseLog, *, seed: int) -> tuple[Numbers, float]:
        """The numbers of the ``bkt`` belief, with priors given the prerequisites that lead to the same P(known)."""
        numbers, loss = fit_tracing(log, seed)
        wanted = np.asarray(numbers["prior"], np.float64)
        prior: Floats = wanted
        for _ in range(log.curriculum.n_skills):  # what a skill needs settles one level of prerequisites in each turn
            tried: Numbers = {**numbers, "prior": prior}
            ready = GraphBelief(log.curriculum, **tried).allocate(1)["ready"][0]
            before, prior = prior, np.clip(wanted / np.maximum(ready, 1e-9), 0.001, 0.999)
            if np.array_equal(before, prior):
                break
        return {**numbers, "prior": prior}, loss

    @staticmethod
    def from_student(student: StudentModel) -> Numbers | None:
        """The numbers of students who are as this belief thinks."""
        return numbers_of(student)

    @property
    def update_kernel(self) -> tuple[Callable[..., None], Floats, Ints]:
        """The kernel that is all of ``update``, and what it takes beside records, items and outcome."""
        return _graph.update, self._packed, self._links

    def update(self, state: BeliefState, items: IntN, out: Outcome) -> None:
        """Answer by Bayes' rule, then the chance of having learnt (or the other way round, ``learn_first``)."""
        _graph.update(state.view(np.float64), items, out, self._packed, self._links)

    def elapse(self, state: BeliefState, days: FloatN) -> None:
        """Every known skill is forgotten with probability 1 - exp(-forget days), independently."""
        _graph.elapse(state.view(np.float64), days, self.forget, self._links, self._skills)
