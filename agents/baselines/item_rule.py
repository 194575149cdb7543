"""Which item of a skill: the one rule that all skill-by-skill policies share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from zpdgym.errors import unknown

from ...students.curriculum.curriculum import Curriculum
from ...students.jit import inline, kernel
from ..problem import Actions, Observation, Problem, must_foresee

__all__ = ["ItemRule"]

ITEM_RULES = ("cycle", "level", "gain", "gain_per_minute")
_CYCLE, _LEVEL, _GAIN, _GAIN_PER_MINUTE, _SUCCESS = range(5)
END = -1
"""In place of a skill: end the teaching."""


class ItemRule:
    """How an item is chosen once the skill is.

    A skill's *ladder* holds the items that belong to it: first what is shown (explanations and examples), then what is
    worked at (guided, practice), each from easy to hard, items of one skill before those of several. An item of
    several skills belongs to the last of them in curriculum order, when the others have been taught.

    * ``cycle``: up the ladder, one item per lesson on the skill, and again from the bottom.
    * ``level``: the shown items once each, then the worked item whose place on the ladder is the belief's place
      between 0 and 1 (hard items when the skill is nearly known).
    * ``gain``: the item from which the tutor's own belief expects to gain most.
    * ``gain_per_minute``: the same, divided by the item's minutes.
    * a number between 0 and 1: the shown items once each, then the worked item that the tutor's belief expects to be
      answered rightly with the probability nearest to this (Klinkenberg, Straatemeier & van der Maas 2011 use .75).

    Args:
        rule: one of ``ITEM_RULES`` or a number in (0, 1).

    Raises:
        InputError: no such rule.
    """

    def __init__(self, rule: str | float) -> None:
        self.target = 0.0
        if isinstance(rule, float) and 0 < rule < 1:
            self.rule, self.target = _SUCCESS, rule
        elif rule in ITEM_RULES:
            self.rule = ITEM_RULES.index(rule)
        else:
            raise unknown("rule items=", str(rule), (*ITEM_RULES, "0.5"))
        self.needs = frozenset({"tries"} if self.rule == _CYCLE else {"tries", "belief"})

    def bind(self, problem: Problem) -> None:
        """Lay out the ladders of this curriculum."""
        if self.rule in (_GAIN, _GAIN_PER_MINUTE):
            must_foresee(problem, "choosing items by their gain")
        self.problem = problem
        self.ladder, self.shown = ladders(problem.curriculum)
        self.tries = column_reader(problem, "tries")
        self.belief = column_reader(problem, "belief") if self.rule != _CYCLE else (0, np.float64(0.0))
        self.minutes = (
            problem.curriculum.minutes if self.rule == _GAIN_PER_MINUTE else np.ones(len(problem.curriculum.minutes))
        )
        self.finish = -1 if problem.finish is None else problem.finish

    def __call__(
        self, observation: Observation, skills: npt.NDArray[np.int64], masks: npt.NDArray[np.bool_]
    ) -> Actions:
        """The item of each student's chosen skill.

        Args:
            observation: (N, K, F).
            skills: (N,) the chosen skill, ``END`` to end the teaching.
            masks: (N, A) what the scenario allows; the next allowed item of the ladder replaces a forbidden one.

        Returns:
            (N,) actions.
        """
        values = np.empty((0, 0))
        if self.rule >= _GAIN:
            believed = self.problem.believed(observation)
            if self.rule == _SUCCESS:
                values = -np.abs(self.problem.belief.p_correct(believed) - self.target)
            else:
                values = self.problem.belief.expected_gain(believed)
        out = np.empty(len(skills), np.int64)
        _pick(
            observation, skills, masks, values, self.ladder, self.shown, self.minutes,
            self.tries, self.belief, np.int64(self.rule), np.int64(self.finish), out,
        )  # fmt: skip
        return out


def column_reader(problem: Problem, name: str) -> tuple[int, np.float64]:
    """What a kernel needs to read a column: its position and its scale."""
    j = problem.index(name)
    return j, np.float64(problem.columns[j].scale)


def column_readers(problem: Problem, names: Sequence[str]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """The same for several columns: their positions and their scales."""
    read = [column_reader(problem, name) for name in names]
    return np.array([j for j, _ in read], np.int64), np.array([scale for _, scale in read], np.float64)


def ladders(curriculum: Curriculum) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """The items of every skill in teaching order: (K, L) padded with -1, and (K,) how many of them are shown.

    A skill all of whose items belong to later skills gets all items that exercise it.
    """
    q, place = curriculum.q, np.empty(curriculum.n_skills, np.int64)
    place[curriculum.order] = np.arange(curriculum.n_skills)
    owner = np.where(q, place[None, :], -1).argmax(axis=1)
    shown = ~curriculum.asks
    stage = np.array([3, 1, 0, 2])[curriculum.approach]  # practice, example, explanation, guided
    rows: list[Any] = []
    for k in range(curriculum.n_skills):
        own = np.flatnonzero(owner == k)
        own = own if len(own) else np.flatnonzero(q[:, k])
        keys = np.lexsort((own, curriculum.difficulty[own], stage[own], q[own].sum(axis=1), ~shown[own]))
        rows.append(own[keys])
    table = np.full((curriculum.n_skills, max(len(r) for r in rows)), -1, np.int64)
    for k, row in enumerate(rows):
        table[k, : len(row)] = row
    return table, np.array([shown[row].sum() for row in rows], np.int64)


@inline
def rung(rule, tries, belief, shown, count):
    """The place on a ladder of ``count`` items, the first ``shown`` of which are examples or explanations."""
    if rule == 0 or tries < shown or count == shown:
        return tries % count
    return shown + min(np.int64(belief * (count - shown)), count - shown - 1)


@inline
def best_rung(values, ladder, minutes, masks, first, count):
    """The allowed place from ``first`` on with the largest value per unit of cost; the first of equals."""
    best, at = -np.inf, first
    for j in range(first, count):
        m = ladder[j]
        value = values[m] / minutes[m]
        if masks[m] and value > best:
            best, at = value, j
    return at


@inline
def first_allowed(masks):
    """The first action that the scenario allows."""
    for a in range(masks.shape[0]):
        if masks[a]:
            return a
    return 0


@kernel
def _pick(observation, skills, masks, values, ladder, shown, minutes, tries, belief, rule, finish, out):
    for i in range(len(skills)):
        k = skills[i]
        if k < 0:
            out[i] = finish
            continue
        count = 0
        while count < ladder.shape[1] and ladder[k, count] >= 0:
            count += 1
        done = np.int64(observation[i, k, tries[0]] * tries[1] + 0.5)
        if rule == 2 or rule == 3:
            at = best_rung(values[i], ladder[k], minutes, masks[i], 0, count)
        elif rule == 4 and done >= shown[k] and shown[k] < count:
            at = best_rung(values[i], ladder[k], minutes, masks[i], shown[k], count)
        else:
            at = rung(rule, done, observation[i, k, belief[0]] * belief[1], shown[k], count)
        out[i] = -1
        for step in range(count):
            m = ladder[k, (at + step) % count]
            if masks[i, m]:
                out[i] = m
                break
        if out[i] < 0:
            out[i] = first_allowed(masks[i])
