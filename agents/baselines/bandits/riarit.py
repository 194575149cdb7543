"""RiARiT: a bandit over items that keeps an estimate of the student's level (Clement, Roy, Oudeyer & Lopes)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
from zpdgym.errors import Violations
from zpdgym.parameters import Number, Parameter, Table

from ....students.curriculum.curriculum import Curriculum
from ....students.jit import kernel
from ...problem import Actions, Memory, Observation, Problem
from ..answer_history import AnswerFollower, Int
from ..item_rule import column_reader, first_allowed, ladders
from .zpdes import KEEP, LEAST_WEIGHT, SHARE_OF_LUCK

__all__ = ["RiARiT"]


@dataclass(frozen=True)
class Levels(Parameter):
    """A table of levels by the items' names."""

    allowed: str = "item's name: level, or item's name: {skill's name: level}"

    def read(self, value: Any, name: str, wrong: Violations, sizes: Mapping[str, int]) -> Any:
        """The table; its names and numbers are checked when the policy is bound."""
        wrong.unless(isinstance(value, Mapping), f"{name}={value!r} must be a table: item's name -> level")
        return value if isinstance(value, Mapping) else {}


class RiARiT(AnswerFollower):
    """Practise items that are a little above the student's level, most of all those that have been moving it.

    Every item asks for a level of each of its skills (see ``levels``); the policy keeps an estimate of the student's
    level of each skill, 0 at first. After an answer to an item that asks for level q of a skill estimated at c: a right
    answer with q > c, or a wrong one with q < c, moves the estimate by ``rate`` * (q - c); anything else says nothing.
    The item's weight becomes keep * weight + (1 - keep) * progress, where progress is the mean of these q - c over the
    item's skills, at least 0. An item is open when all it builds on has been reached (``open_at`` times the level of
    the next easier items of its skills, ``open_at`` times the highest level of their prerequisites) and at least one of
    its skills is not beyond ``close_at`` times its level. An item that opens gets the largest weight of the open ones.
    Items are drawn as in ``ZPDES``; where none is open, among those whose requirements are met.

    Explanations and examples, which ask nothing, are shown once each before the first other item of their skill.

    Items that ``levels`` does not name: the easiest items of a skill with J different difficulties ask for 1/J, the
    next for 2/J, …, the hardest for 1; an item of several skills belongs to the last of them in curriculum order and
    asks for the full level of the others.

    Raises:
        InputError: a parameter out of range; when it is bound: names that the curriculum does not have.

    Source: Clement, Roy, Oudeyer & Lopes (2015), Multi-armed bandits for intelligent tutoring systems, Journal of
    Educational Data Mining 7(2), 20-48; written from the rules, no code of the original is used. There, experts write
    the table of levels and requirements; here the curriculum gives it.
    """

    PARAMETERS: ClassVar[Table] = {
        "rate": Number("how far an answer moves the estimate", low=0, high=1, above=True),
        "keep": KEEP,
        "start_weight": Number("weight of an item that is open at the start", low=0, high=1, above=True),
        "open_at": Number("share of a level that opens what builds on it", low=0, high=1, unit="share"),
        "close_at": Number("share of its level beyond which an item closes; 1: nothing closes", low=0, high=1,
                           unit="share"),
        "levels": Levels("the level in (0, 1] that an item asks for in all its skills, or in each by name; none: from "
                         "the curriculum", optional=True),
    }  # fmt: skip
    name = "riarit"
    draws = 1

    def __init__(
        self,
        *,
        rate: float = 0.6,
        keep: float = 0.2,
        start_weight: float = 0.05,
        open_at: float = 0.6,
        close_at: float = 0.9,
        levels: Mapping[str, Any] | None = None,
    ) -> None:
        given = self.checked(locals())
        self.rate, self.keep, self.start_weight = given.rate, given.keep, given.start_weight
        self.open_at, self.close_at, self.levels = given.open_at, given.close_at, dict(given.levels or {})

    def prepare(self, problem: Problem) -> None:
        """Fix what every item asks for and builds on."""
        curriculum = problem.curriculum
        self.skills, self.owner = curriculum.item_skills, _owners(curriculum)
        self.ladder, self.shown = ladders(curriculum)
        self.asked = required_levels(curriculum, self.levels)
        self.needed_skills, levels = _requirements(curriculum, self.asked)
        self.needed_levels = self.open_at * levels
        self.works = np.isin(np.arange(curriculum.n_items), _worked(self.ladder, self.shown))
        self.tries = column_reader(problem, "tries")

    def start(self) -> Memory:
        """Level 0 in everything, every item new."""
        curriculum = self.problem.curriculum
        return {
            "arm": np.array(-1),
            "level": np.zeros(curriculum.n_skills),
            "weight": np.full(curriculum.n_items, self.start_weight),
            "open": np.zeros(curriculum.n_items, bool),
        }

    def follow(self, observation: Observation, memory: Memory, answers: Int) -> None:
        """Move the estimates and weigh the item."""
        level, weight = memory["level"], memory["weight"]
        _estimate(level, weight, memory["arm"], answers, self.skills, self.asked, self.rate, self.keep)

    def next_lesson(
        self, observation: Observation, memory: Memory, masks: npt.NDArray[np.bool_], u: Any
    ) -> tuple[Int, Actions]:
        """Open and close, draw, and show first what is to be shown."""
        skills, actions = np.empty(len(observation), np.int64), np.empty(len(observation), np.int64)
        arm, numbers = memory["arm"], (self.close_at, self.start_weight)
        _draw_item(
            memory["level"], memory["weight"], memory["open"], arm, self.works, self.needed_skills, self.needed_levels,
            self.skills, self.asked, numbers, masks, u,
        )  # fmt: skip
        _show_first(observation, self.tries, self.owner, self.ladder, self.shown, masks, arm, skills, actions)
        return skills, actions


def required_levels(curriculum: Curriculum, given: Mapping[str, Any]) -> npt.NDArray[np.float64]:
    """The level in [0, 1] that each item asks for in each of its skills: (M, K), 0 for skills that are not its own.

    Args:
        curriculum: what is taught.
        given: as ``levels`` of ``RiARiT``.

    Raises:
        InputError: a name that the curriculum does not have, or a level out of (0, 1].
    """
    asked, owner = curriculum.q.astype(np.float64), _owners(curriculum)
    ladder, shown = ladders(curriculum)
    for k in range(curriculum.n_skills):
        own = ladder[k][ladder[k] >= 0]
        own = own[owner[own] == k]  # not the items that a skill without items of its own borrows
        work = own[shown[k] :] if shown[k] < len(own) else own
        steps, place = np.unique(curriculum.difficulty[work], return_inverse=True)
        asked[work, k] = (place + 1) / max(len(steps), 1)
    wrong = Violations("policy riarit: levels")
    for name, value in given.items():
        wrong.unless(name in curriculum.items, f"curriculum '{curriculum.name}' has no item '{name}'")
        if name in curriculum.items:
            _write_level(asked, curriculum, str(name), value, wrong)
    wrong.raise_any()
    return asked


def _write_level(
    asked: npt.NDArray[np.float64], curriculum: Curriculum, name: str, value: Any, wrong: Violations
) -> None:
    m = curriculum.items.index(name)
    own = [curriculum.skills[k] for k in np.flatnonzero(curriculum.q[m])]
    for skill, level in (value if isinstance(value, Mapping) else dict.fromkeys(own, value)).items():
        wrong.unless(skill in own, f"item '{name}' does not exercise '{skill}' (it exercises {', '.join(own)})")
        fine = isinstance(level, int | float) and 0 < level <= 1
        wrong.unless(fine, f"item '{name}': level {level!r} must be a number in (0, 1]")
        if skill in own and fine:
            asked[m, curriculum.skills.index(skill)] = level


def _owners(curriculum: Curriculum) -> npt.NDArray[np.int64]:
    """(M,) the skill that each item belongs to: the last of its skills in curriculum order."""
    place = np.empty(curriculum.n_skills, np.int64)
    place[curriculum.order] = np.arange(curriculum.n_skills)
    return np.where(curriculum.q, place[None, :], -1).argmax(axis=1)


def _worked(ladder: npt.NDArray[np.int64], shown: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """The items that are arms: those that ask something, and all of a skill where none does."""
    rows = [row[row >= 0] for row in ladder]
    return np.concatenate([row[n:] if n < len(row) else row for row, n in zip(rows, shown, strict=True)])


def _requirements(
    curriculum: Curriculum, asked: npt.NDArray[np.float64]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """What each item builds on, as (M, R) skills (-1 where there is no more) and (M, R) levels.

    The next lower level that an item of its own skill asks for, the level that it asks for in its other skills, and the
    highest level that can be reached in the prerequisites of any of them. A skill is reached by the items that belong
    to it; what those do not reach is not built on, or nobody could go on.
    """
    owner, rows = _owners(curriculum), list[dict[int, float]]()
    belongs = owner[:, None] == np.arange(curriculum.n_skills)
    reached = np.where(belongs, asked, 0.0).max(axis=0)
    for m in range(curriculum.n_items):
        k, others = owner[m], np.flatnonzero(curriculum.q[m])
        lower = asked[belongs[:, k] & (asked[:, k] < asked[m, k]), k].max(initial=0.0)
        row = {int(j): float(min(asked[m, j], reached[j])) for j in others} | {int(k): float(lower)}
        for j in np.flatnonzero(curriculum.prerequisites[others].any(axis=0)):
            if not curriculum.q[m, j]:
                row[int(j)] = float(reached[j])
        rows.append(row)
    width = max(len(row) for row in rows)
    skills, levels = np.full((len(rows), width), -1, np.int64), np.zeros((len(rows), width))
    for m, row in enumerate(rows):
        skills[m, : len(row)], levels[m, : len(row)] = list(row), list(row.values())
    return skills, levels


@kernel
def _estimate(level, weight, arms, answers, skills, asked, rate, keep):
    for i in range(len(arms)):
        m, right = arms[i], answers[i] == 1
        if m < 0 or answers[i] < 0:
            continue
        moved, n = 0.0, 0
        for s in range(skills.shape[1]):
            k = skills[m, s]
            if k < 0:
                break
            above = asked[m, k] - level[i, k]
            n += 1
            if (right and above > 0.0) or (not right and above < 0.0):
                moved += above
                level[i, k] += rate * above
        weight[i, m] = max(keep * weight[i, m] + (1.0 - keep) * max(0.0, moved / n), LEAST_WEIGHT)


@kernel
def _draw_item(
    level, weight, is_open, arms, works, needed_skills, needed_levels, skills, asked, numbers, masks, u
):  # fmt: skip
    close_at, start_weight = numbers
    n_items = len(works)
    met, part = np.empty(n_items, np.bool_), np.empty(n_items, np.bool_)
    for i in range(len(arms)):
        highest, n_part = 0.0, 0
        for m in range(n_items):
            if is_open[i, m]:
                highest = max(highest, weight[i, m])
        highest = highest if highest > 0.0 else start_weight
        for m in range(n_items):
            met[m] = works[m]
            for r in range(needed_skills.shape[1]):
                k = needed_skills[m, r]
                if k >= 0 and level[i, k] < needed_levels[m, r]:
                    met[m] = False
                    break
            below = False
            for s in range(skills.shape[1]):
                k = skills[m, s]
                if k >= 0 and level[i, k] <= close_at * asked[m, k]:
                    below = True
            now = met[m] and below
            if now and not is_open[i, m]:
                weight[i, m] = highest
            is_open[i, m] = now
            part[m] = now and masks[i, m]
            n_part += part[m]
        if n_part == 0:
            for m in range(n_items):
                part[m] = met[m] and masks[i, m]
                n_part += part[m]
        total = 0.0
        for m in range(n_items):
            if part[m]:
                total += weight[i, m]
        left, arms[i] = u[i, 0] * total * (1.0 + SHARE_OF_LUCK * n_part), -1
        for m in range(n_items):
            if part[m]:
                arms[i] = m
                left -= weight[i, m] + SHARE_OF_LUCK * total
                if left < 0.0:
                    break
        if arms[i] < 0:
            arms[i] = first_allowed(masks[i])


@kernel
def _show_first(observation, tries, owner, ladder, shown, masks, arms, skills, actions):
    for i in range(len(arms)):
        actions[i] = arms[i]
        skills[i] = owner[arms[i]]
        k = skills[i]
        done = int(observation[i, k, tries[0]] * tries[1] + 0.5)
        if done < shown[k] and ladder[k, done] != arms[i] and masks[i, ladder[k, done]]:
            actions[i], arms[i] = ladder[k, done], -1
