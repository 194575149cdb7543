"""Problems of several steps: a fixed series of lessons of one answer each, which nobody can part."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, cast

import numpy as np
import numpy.typing as npt
from zpdgym.errors import Violations, shown

if TYPE_CHECKING:
    from .curriculum import Curriculum

FEWEST, MOST_STEPS = 2, 8
"""How many steps a problem may have: their answers stand in the bits of one byte."""

IntML = npt.NDArray[np.int64]


def listed_steps(items: Sequence[Mapping[str, object]], names: Sequence[str], wrong: Violations) -> IntML:
    """(M, L) the skills of the items' key ``steps``, padded with -1; L is 0 where no item has it."""
    index, rows = {name: k for k, name in enumerate(names)}, list[list[int]]()
    for item in items:
        rows.append([])
        if "steps" not in item:
            continue
        given, who = item["steps"], f"item '{item['name']}'"
        listed = [str(skill) for skill in cast("Sequence[object]", given)] if isinstance(given, list | tuple) else []
        fine = FEWEST <= len(listed) <= MOST_STEPS
        told = f"{who}: steps={shown(given)} must be a list of {FEWEST} to {MOST_STEPS} skills, one a step, in order"
        wrong.unless(fine, told)
        for skill in listed:
            wrong.unless(skill in index, f"{who} names the skill '{skill}' in steps, which does not exist")
        also = item.get("skills")
        same = also is None or (
            isinstance(also, list | tuple) and {str(s) for s in cast("Sequence[object]", also)} == set(listed)
        )
        wrong.unless(same, f"{who}: skills={shown(also)} must be those of its steps, or be left out")
        rows[-1] = [index[skill] for skill in listed if skill in index] if fine else []
    long = max(map(len, rows), default=0)
    return np.array([[*row, *[-1] * (long - len(row))] for row in rows], np.int64).reshape(len(rows), long)


def check_steps(curriculum: Curriculum, asks: npt.NDArray[np.bool_], wrong: Violations) -> None:
    """Note what is wrong with a curriculum's steps: their skills, how many there are, and what asks for no answer."""
    for m in np.flatnonzero((curriculum.item_steps != -1).any(axis=1)):
        row, who = curriculum.item_steps[m], f"item '{curriculum.items[m]}'"
        own = row[row >= 0]
        packed = len(own) == np.count_nonzero(row != -1) and (row[: len(own)] >= 0).all()
        fine = bool(packed) and FEWEST <= len(own) <= MOST_STEPS and int(own.max()) < curriculum.n_skills
        wrong.unless(
            fine, f"{who}: steps={row.tolist()} must be {FEWEST} to {MOST_STEPS} indices of skills, then -1 to the end"
        )
        same = fine and np.array_equal(np.unique(own), np.flatnonzero(curriculum.q[m]))
        wrong.unless(not fine or same, f"{who}: its row of q must be the skills of its steps")
        told = f"{who}: approach must be practice or guided: steps are answered, examples and explanations are read"
        wrong.unless(bool(asks[m]), told)


def unfold(curriculum: Curriculum) -> tuple[Curriculum, IntML]:
    """A curriculum in which every step is an item of its own, and which of these each item is made of.

    A step has its problem's difficulty and approach and its even share of the minutes; steps of one skill that are
    alike in these are one item, so that what is known of it is not scattered. Items without steps stay as they are.

    Returns:
        the curriculum, of M' items, and (M, max(L, 1)) which of them each item is, in order, padded with -1.
    """
    c, count = curriculum, np.count_nonzero(curriculum.item_steps >= 0, axis=1)
    plain, place = np.flatnonzero(count == 0), dict[tuple[int, float, float, int], int]()
    parts = np.full(c.item_steps.shape, -1, np.int64)
    parts[plain, 0] = np.arange(len(plain))
    names = [c.items[m] for m in plain]
    for m in np.flatnonzero(count):
        alike = float(c.difficulty[m]), float(c.minutes[m]) / int(count[m]), int(c.approach[m])
        for s, skill in enumerate(c.item_steps[m, : count[m]].tolist()):
            part = place.setdefault((skill, *alike), len(names))
            if part == len(names):
                names.append(f"{c.items[m]}, step {s + 1}")
            parts[m, s] = part
    skills, difficulty, minutes, approach = (np.array([key[n] for key in place]) for n in range(4))
    q = np.zeros((len(place), c.n_skills), bool)
    q[np.arange(len(place)), skills] = True
    never = np.zeros(len(place), np.int64)
    unfolded = replace(
        c,
        items=tuple(names),
        q=np.concatenate([c.q[plain], q]),
        difficulty=np.concatenate([c.difficulty[plain], difficulty]),
        minutes=np.concatenate([c.minutes[plain], minutes]),
        approach=np.concatenate([c.approach[plain], approach]),
        exam=np.concatenate([c.exam[plain], never]),
        marks=np.concatenate([c.marks[plain], never]) if len(c.marks) and c.marks[plain].any() else [],
        item_steps=np.zeros((0, 0), np.int64),
    )
    parts.setflags(write=False)
    return unfolded, parts


def answers_of(
    curriculum: Curriculum,
    items: npt.NDArray[np.int64],
    answers: npt.NDArray[np.int8],
    right_steps: npt.NDArray[np.uint8],
) -> npt.NDArray[np.int8]:
    """The answers of lessons, step by step: 1 right, 0 wrong, -1 none.

    Args:
        curriculum: what was taught.
        items: (…,) the item of each lesson, -1 where there was none.
        answers: (…,) 1 right, 0 wrong, -1 where none was asked for; of a problem whether all steps were right.
        right_steps: (…,) bit s says that step s of a problem was right.

    Returns:
        (…, max(L, 1)); of an item without steps the one answer, then -1.
    """
    there = np.greater_equal(items, 0)
    parts = np.where(np.expand_dims(there, -1), curriculum.parts[items], -1)
    if not curriculum.has_steps:
        return np.where(parts >= 0, answers[..., None], -1).astype(np.int8)
    bits = (right_steps[..., None] >> np.arange(parts.shape[-1], dtype=np.uint8)) & 1
    long: npt.NDArray[np.int64] = np.count_nonzero(curriculum.item_steps >= 0, axis=1)
    problem = np.logical_and(long[items] > 0, answers >= 0)
    return np.where(parts >= 0, np.where(problem[..., None], bits, answers[..., None]), -1).astype(np.int8)


def steps_in_words(
    curriculum: Curriculum,
    items: npt.NDArray[np.int64],
    answers: npt.NDArray[np.int8],
    right_steps: npt.NDArray[np.uint8],
) -> list[str]:
    """The answers of (R,) lessons as texts, a digit a step: "1011" is a problem whose second step was wrong.

    Of an item without steps it is "1", "0" or, where nothing was asked, "".
    """
    rows = answers_of(curriculum, items, answers, right_steps)
    return ["".join(str(answer) for answer in row.tolist() if answer >= 0) for row in rows]


def steps_from_words(words: Sequence[str]) -> npt.NDArray[np.uint8]:
    """(R,) the bits of such texts, as beliefs and logs take them; texts of one answer have none."""
    return np.array(
        [sum(int(word[s]) << s for s in range(len(word))) if len(word) > 1 else 0 for word in words], np.uint8
    )
