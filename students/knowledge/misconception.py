"""Students who may have got a skill wrong: not known, known, or known in one of several wrong ways."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
from zpdgym.errors import InputError, Violations, unknown
from zpdgym.parameters import Number, Parameter, Table

from ..curriculum.curriculum import APPROACHES, GUIDED, Curriculum
from ..model import FloatNK, FloatNM, IntN, KernelModel, State, Traits, matrix
from ..parameters import CAUTIOUS, PerSkill, approach_factors, logits_of, odds, pack, probability, share
from ..population import Population
from . import _misconception

__all__ = ["Misconceptions"]


MOST_OPTIONS = 10  # what the column last_option of a scenario can show
ALIKE = {approach: (1.0, 1.0) for approach in APPROACHES}


class Misconceptions(KernelModel, kernels=_misconception):
    """A student who does not know a skill, knows it, or has it wrong in one of a few ways that show in the answers.

    For each skill a student is in one of the states unknown, right, or bug 1 … B. Items are multiple choice: option 0
    is the right one, option b is what bug b leads to, the others are nobody's mistake in particular. Who knows takes
    the right option and sometimes slips; who does not guesses; who has a bug takes the bug's option where the item is
    *diagnostic* for it, and is right by accident where it is not. So the chosen option tells a tutor what a wrong (or
    a right) answer is about, and the choice of items decides whether it shows. Answers first, then learns. Bugs are
    harder to leave than ignorance, and easier where the item and its feedback just refuted them. In the manner of
    Brown & Burton (1978). Equations and the source of every default: docs/students/misconceptions.md.

    Args:
        curriculum: what is taught; difficulties play no part.
        population: individual differences in ``traits``; None: all students are alike.
        bugs, options, diagnostic, …: see ``PARAMETERS``.

    Raises:
        InputError: parameters out of range, all of them together; an unknown item in ``diagnostic``.

    Attributes:
        diagnostic: (M, B) bool: item m leads a student with bug b + 1 to the bug's own option.
    """

    TRAITS: ClassVar[Traits] = {
        **logits_of("prior", "learn"),
        "bug": "logarithm of the odds of having or catching a bug",
        "slip": "logits of slip and stray",
    }

    PARAMETERS: ClassVar[Table] = {
        "bugs": Number(
            "wrong ways of having a skill, the same number for every skill (B)",
            low=1, high=MOST_OPTIONS - 1, whole=True, why="every bug has an option of its own",
        ),
        "options": Number(
            "how many options every item has, more than bugs", low=2, high=MOST_OPTIONS, whole=True,
            why="the right one and one for each bug, and no more than a tutor's last_option can show",
        ),
        "diagnostic": Parameter(
            "bugs that an item tells, by the item's name, the others none; none: items of the exam tell all bugs, and "
            "a skill's other questions take turns with bug 1, 2, … B",
            allowed="item: [bugs]", optional=True,
        ),
        "prior": probability("chance of knowing a skill at the start if all its prerequisites are known", each="skill"),
        "misconceived": probability(
            "chance of one of the bugs at the start, all bugs alike; with prior 1 or less", each="skill",
        ),
        "learn": probability("chance that unknown becomes right in one lesson", each="skill"),
        "catch": probability(
            "chance that unknown becomes a certain bug in a lesson with a question; with learn and all bugs 1 or less",
            each="skill",
        ),
        "slip": probability("chance of another option than the right one in spite of knowing", each="skill"),
        "stray": probability("chance of another option than the one that the bug leads to", each="skill"),
        "sticky": Number(
            "factor on learn for leaving a bug", low=0, high=1, why="bugs are no easier to leave than ignorance"
        ),
        "refute": Number(
            "a further factor where the student just chose the bug's own option on an item diagnostic for it",
            low=1, high=100, why="being refuted does not strengthen a bug",
        ),
        "leak": share(
            "share of the learning that is left while a prerequisite is not known; 0: none can be learnt",
            of="the learning",
        ),
        "approaches": Parameter(
            "factors on the odds of learning for who does not know the skill and for who has a bug, by approach; none: "
            "all approaches teach alike",
            allowed="approach: [unknown, with a bug], each in [0, 100]",
            optional=True,
        ),
        "guided_refutes": share(
            "how far any wrong answer to a guided item refutes a bug, whichever it is; 1: as its own option does",
            of="refute",
        ),
    }  # fmt: skip

    discrete = True
    mastered_at = 1.0
    ready_at = 1.0
    reports = frozenset({"option"})

    def __init__(
        self,
        curriculum: Curriculum,
        *,
        population: Population | None = None,
        bugs: int = 2,
        options: int = 4,
        diagnostic: Mapping[str, Sequence[int]] | None = None,
        prior: PerSkill = 0.2,
        misconceived: PerSkill = 0.3,
        learn: PerSkill = 0.2,
        catch: PerSkill = 0.05,
        slip: PerSkill = 0.1,
        stray: PerSkill = 0.1,
        sticky: float = 0.4,
        refute: float = 2.5,
        leak: float = 0.0,
        approaches: Mapping[str, Sequence[float]] | None = None,
        guided_refutes: float = 0.0,
    ) -> None:
        values, wrong = self._read(curriculum, population, locals())
        self.bugs, self.options, self.prior, self.misconceived = (
            values.bugs, values.options, values.prior, values.misconceived
        )  # fmt: skip
        self.learn, self.catch, self.slip, self.stray = values.learn, values.catch, values.slip, values.stray
        self.sticky, self.refute, self.leak = values.sticky, values.refute, values.leak
        self.guided_refutes = values.guided_refutes
        self.approaches = approach_factors(approaches, ALIKE, wrong, "unknown, with a bug")
        text = f"options={self.options} must be more than bugs={self.bugs}: the right one and one for each bug"
        wrong.unless(bool(wrong.messages) or self.options > self.bugs, text)
        start, lesson = self.prior + self.misconceived, self.learn + self.bugs * self.catch
        for k, name in enumerate(curriculum.skills):
            text = (
                f"prior={self.prior[k]:g} and misconceived={self.misconceived[k]:g} of '{name}' must sum to 1 or less"
            )
            wrong.unless(start[k] <= 1.0 + 1e-9, text)
            text = (
                f"learn={self.learn[k]:g} and {self.bugs} times catch={self.catch[k]:g} of '{name}' must sum to 1 or "
            )
            wrong.unless(lesson[k] <= 1.0 + 1e-9, text + "less: what else can become of the unknown in one lesson?")
        self.diagnostic = self._given(diagnostic, wrong) if diagnostic is not None else self._turns()
        wrong.raise_any()
        self._floats, self._ints = self._pack()
        marks: list[Any] = [(name, np.float64) for name in self.traits[1:]]
        k = curriculum.n_skills
        self._lay_out(*marks, ("mind", np.float64, (k,)), draws=k)
        self.lesson_draws = 1 + curriculum.item_skills.shape[1]
        self.invariants = frozenset(
            {"answer_then_learn", "consistent_start", "elapse_composes", "forgetting_is_monotone"}
            | {"lessons_never_hurt", "never_improves_untaught", "time_changes_nothing"}
            | ({"no_learning_without_prerequisite"} if self.leak == 0.0 else set())
        )

    def p_options(self, state: State, item: int) -> FloatNM:
        """Probability of every option of one item: (N, options), the right one first. What a tutor's Bayes needs."""
        out = np.empty((len(state), self.options))
        _misconception.p_options(matrix(state), item, out, self._floats, self._ints)
        return out

    def mastery(self, state: State) -> FloatNK:
        """1 for a skill that is known rightly, else 0: (N, K)."""
        return (state["mind"] == 0.0).astype(np.float64)

    def _turns(self) -> npt.NDArray[np.bool_]:
        """(M, B) the default: the exam's items tell all bugs, the other questions of a skill one each, in turn."""
        c = self.curriculum
        told, turn = np.zeros((c.n_items, self.bugs), bool), np.zeros(c.n_skills, np.int64)
        for m in np.flatnonzero(c.asks):
            if c.exam[m]:
                told[m] = True
                continue
            k = int(np.flatnonzero(c.q[m])[0])
            told[m, turn[k] % self.bugs] = True
            turn[k] += 1
        return told

    def _given(self, diagnostic: Mapping[str, Sequence[int]], wrong: Violations) -> npt.NDArray[np.bool_]:
        c = self.curriculum
        if not isinstance(diagnostic, Mapping):
            raise InputError(f"diagnostic must map items' names to lists of bugs, not {diagnostic!r}")
        told = np.zeros((c.n_items, self.bugs), bool)
        number = Number("bug", low=1, high=self.bugs, whole=True, why="it is the number of a bug")
        for name, listed in diagnostic.items():
            if name not in c.items:
                raise unknown("item in diagnostic", str(name), c.items)
            many = isinstance(listed, Sequence) and not isinstance(listed, str)
            wrong.unless(many, f"diagnostic: '{name}' has {listed!r}, must have a list of bugs")
            for n, b in enumerate(listed if many else []):
                told[c.items.index(name), int(number.one(b, f"diagnostic['{name}'][{n}]", wrong)) - 1] = True
        return told

    def _pack(self) -> tuple[npt.NDArray[np.float64], IntN]:
        c = self.curriculum
        masks = (self.diagnostic * 2 ** np.arange(1, self.bugs + 1)).sum(axis=1)
        as_before = np.maximum(1.0 - self.prior - self.misconceived, CAUTIOUS)
        unknown_still = np.maximum(1.0 - self.learn - self.bugs * self.catch, CAUTIOUS)
        skills = [
            self.prior / as_before, self.misconceived / self.bugs / as_before,
            self.learn / unknown_still, self.catch / unknown_still,
            odds(self.learn), odds(self.slip), odds(self.stray),
        ]  # fmt: skip
        constants = [self.leak, self.sticky, self.refute, self.options]
        guided = self.guided_refutes * (c.approach == GUIDED)
        floats, ints = pack(c, constants, [c.minutes, c.asks, *self.approaches[c.approach].T, guided], skills)
        return floats, np.concatenate([ints, masks, [self.bugs]])
