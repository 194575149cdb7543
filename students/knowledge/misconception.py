"""Students who may have got a skill wrong: not known, known, or known in one of several wrong ways."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from zpdgym.errors import InputError, Violations, unknown

from ..curriculum.curriculum import EXAMPLE, EXPLANATION, Curriculum
from ..model import FloatN, FloatNK, FloatNM, IntN, Outcome, State, matrix
from ..parameters import CAUTIOUS, number, odds, pack, per_skill
from ..population import Population
from . import _misconception

__all__ = ["Misconceptions"]

PerSkill: TypeAlias = float | Sequence[float] | npt.NDArray[np.float64]

MOST_OPTIONS = 10  # what the column last_option of a scenario can show

_PROBABILITY = "it is a probability"


class Misconceptions:
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
        bugs: B, the wrong ways of having a skill, the same number for every skill, 1 … 9.
        options: how many options every item has, from B + 1 to 10.
        diagnostic: bugs that an item tells, by the item's name, e.g. ``{"fractions 2": [1, 3]}``; items not named tell
            none. None: items of the exam tell all bugs; a skill's other questions take turns with bug 1, 2, … B.
        prior: P(known at the start, given that all prerequisites are known), per skill.
        misconceived: P(one of the bugs at the start), all bugs alike, per skill.
        learn: P(unknown becomes right in one lesson), per skill.
        catch: P(unknown becomes a certain bug in one lesson with a question), per bug and skill.
        slip: P(another option than the right one in spite of knowing).
        stray: P(another option than the one that the bug leads to).
        sticky: factor on ``learn`` for leaving a bug.
        refute: a further factor where the student just chose the bug's own option on an item diagnostic for it.
        leak: share of the learning that is left while a prerequisite is not known; 0: none can be learnt (hard).

    Raises:
        InputError: parameters out of range, all of them together; an unknown item in ``diagnostic``.

    Attributes:
        diagnostic: (M, B) bool: item m leads a student with bug b + 1 to the bug's own option.
    """

    traits = ("prior", "learn", "bug", "slip")
    """Deviates: logits of prior, learn and slip (and stray); logarithm of the odds of having or catching a bug."""

    discrete = True
    mastered_at = 1.0
    ready_at = 1.0
    rest_draws = 0
    reports: frozenset[str] = frozenset({"option"})

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
    ) -> None:
        wrong = Violations("Misconceptions")
        self.curriculum = curriculum
        self.population = population or Population()
        self.population.check_traits(self.traits, "Misconceptions")
        self.bugs = _whole(bugs, "bugs", 1, MOST_OPTIONS - 1, wrong, "every bug has an option of its own")
        why = "the right one and one for each bug, and no more than a tutor's last_option can show"
        self.options = _whole(options, "options", self.bugs + 1, MOST_OPTIONS, wrong, why)
        self.prior = per_skill(prior, "prior", curriculum, 0.0, 1.0, wrong, _PROBABILITY)
        self.misconceived = per_skill(misconceived, "misconceived", curriculum, 0.0, 1.0, wrong, _PROBABILITY)
        self.learn = per_skill(learn, "learn", curriculum, 0.0, 1.0, wrong, _PROBABILITY)
        self.catch = per_skill(catch, "catch", curriculum, 0.0, 1.0, wrong, _PROBABILITY)
        self.slip = per_skill(slip, "slip", curriculum, 0.0, 1.0, wrong, _PROBABILITY)
        self.stray = per_skill(stray, "stray", curriculum, 0.0, 1.0, wrong, _PROBABILITY)
        self.sticky = number(sticky, "sticky", 0.0, 1.0, wrong, "bugs are no easier to leave than ignorance")
        self.refute = number(refute, "refute", 1.0, 100.0, wrong, "being refuted does not strengthen a bug")
        self.leak = number(leak, "leak", 0.0, 1.0, wrong, "it is a share of the learning")
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
        marks = [(name, np.float64) for name in self.traits[1:]]
        self.dtype = np.dtype([("group", np.int64), *marks, ("mind", np.float64, (curriculum.n_skills,))])
        self._every_item = np.arange(curriculum.n_items)
        self._population_draws = self.population.draws(self.traits)
        self.reset_draws = self._population_draws + curriculum.n_skills
        self.lesson_draws = 1 + curriculum.item_skills.shape[1]
        self.invariants = frozenset(
            {"answer_then_learn", "consistent_start", "elapse_composes", "forgetting_is_monotone"}
            | {"lessons_never_hurt", "never_improves_untaught", "time_changes_nothing"}
            | ({"no_learning_without_prerequisite"} if self.leak == 0.0 else set())
        )

    def allocate(self, n: int) -> State:
        """Room for ``n`` students, not yet reset."""
        return np.zeros(n, self.dtype)

    def reset(self, state: State, rows: IntN, u: FloatNM) -> None:
        """Fresh students: traits from the population, then the state of every skill, prerequisites first."""
        split = self._population_draws
        group, deviates = self.population.sample(u[:, :split], self.traits)
        state["group"][rows] = group
        _misconception.reset(matrix(state), rows, deviates, u, split, self._floats, self._ints)

    def p_all(self, state: State) -> FloatNM:
        """Probability of the right option of every item; of items that ask for no answer, if they asked."""
        return self.p_some(state, self._every_item)

    def p_some(self, state: State, items: IntN) -> FloatNM:
        """The same for these items only: (N, len(items))."""
        out = np.empty((len(state), len(items)))
        _misconception.p_some(matrix(state), items, out, self._floats, self._ints)
        return out

    def p_correct(self, state: State, items: IntN) -> FloatN:
        """The same for one chosen item each (0 where there is none)."""
        out = np.empty(len(state))
        _misconception.p_correct(matrix(state), items, out, self._floats, self._ints)
        return out

    def p_options(self, state: State, item: int) -> FloatNM:
        """Probability of every option of one item: (N, options), the right one first. What a tutor's Bayes needs."""
        out = np.empty((len(state), self.options))
        _misconception.p_options(matrix(state), item, out, self._floats, self._ints)
        return out

    def step(self, state: State, items: IntN, u: FloatNM, out: Outcome) -> Outcome:
        """Choose an option (where the item asks), then learn. ``u``: the option, then one per skill of the item."""
        _misconception.step(matrix(state), items, u, out, self._floats, self._ints)
        return out

    def elapse(self, state: State, days: FloatN, u: FloatNM) -> None:
        """Days pass, and nothing is forgotten: neither what is known nor what is known wrongly."""

    def mastery(self, state: State) -> FloatNK:
        """1 for a skill that is known rightly, else 0: (N, K)."""
        return (state["mind"] == 0.0).astype(np.float64)

    def mastery_sum(self, state: State, out: FloatN) -> FloatN:
        """The number of skills that are known rightly."""
        _misconception.mastery_sum(matrix(state), out, self._ints)
        return out

    def expected_gain(self, state: State) -> FloatNM:
        """Expected number of skills that each item sets right now: (N, M), exact."""
        out = np.empty((len(state), self.curriculum.n_items))
        _misconception.expected_gain(matrix(state), out, self._floats, self._ints)
        return out

    def _turns(self) -> npt.NDArray[np.bool_]:
        """(M, B) the default: the exam's items tell all bugs, the other questions of a skill one each, in turn."""
        c = self.curriculum
        told, turn = np.zeros((c.n_items, self.bugs), bool), np.zeros(c.n_skills, np.int64)
        for m in np.flatnonzero((c.approach != EXAMPLE) & (c.approach != EXPLANATION)):
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
        for name, listed in diagnostic.items():
            if name not in c.items:
                raise unknown("item in diagnostic", str(name), c.items)
            many = isinstance(listed, Sequence) and not isinstance(listed, str)
            wrong.unless(many, f"diagnostic: '{name}' has {listed!r}, must have a list of bugs")
            for n, b in enumerate(listed if many else []):
                bug = _whole(b, f"diagnostic['{name}'][{n}]", 1, self.bugs, wrong, "it is the number of a bug")
                told[c.items.index(name), bug - 1] = True
        return told

    def _pack(self) -> tuple[npt.NDArray[np.float64], IntN]:
        c = self.curriculum
        asks = (c.approach != EXAMPLE) & (c.approach != EXPLANATION)
        masks = (self.diagnostic * 2 ** np.arange(1, self.bugs + 1)).sum(axis=1)
        as_before = np.maximum(1.0 - self.prior - self.misconceived, CAUTIOUS)
        unknown_still = np.maximum(1.0 - self.learn - self.bugs * self.catch, CAUTIOUS)
        skills = [
            self.prior / as_before, self.misconceived / self.bugs / as_before,
            self.learn / unknown_still, self.catch / unknown_still,
            odds(self.learn), odds(self.slip), odds(self.stray),
        ]  # fmt: skip
        constants = [self.leak, self.sticky, self.refute, self.options]
        floats, ints = pack(c, constants, [c.minutes, asks], skills)
        return floats, np.concatenate([ints, masks, [self.bugs]])


def _whole(value: int, name: str, low: int, high: int, wrong: Violations, why: str) -> int:
    good = isinstance(value, int) and not isinstance(value, bool) and low <= value <= high
    wrong.unless(good, f"{name}={value!r} must be a whole number from {low} to {high}: {why}")
    return value if good else low
