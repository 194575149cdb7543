"""What a table of a curriculum says that was hardly meant.

Rows that were sorted away from their skills, several skills taken for one, marks from 1 to 5 taken for logits. What is
certain is refused; what may be meant is a warning.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby

from zpdgym.errors import Violations

from .cells import Guesses, lines_told, spelling
from .rows import Row

Doubt = tuple[int, str]
"""A line, and what is said of it."""

_BETWEEN = re.compile(r"\s*(?:[,/&+\n]|\s(?:and|und|et|y)\s)\s*")
SHOWN = ("example", "explanation")
"""Approaches that ask for no answer."""
_FEW, _MANY = 4, 6  # rows: fewer stand in any order by chance; so many hardly
_EXTREME = 3.0  # logits: one in twenty
_MIDDLE, _BEST, _STEP = 3.0, 5.0, 0.5  # marks from 1 to 5: the ordinary one, the hardest, logits from one to the next


def doubts(rows: Sequence[Row], guesses: Guesses, wrong: Violations) -> list[Doubt]:
    """What was hardly meant; what cannot be meant is noted in ``wrong``, marks from 1 to 5 are made logits."""
    return [
        *_sorted_away(rows, wrong),
        *_several_in_one(rows, wrong),
        *_marks(rows, guesses, wrong),
        *_seconds(rows),
        *_unanswered(rows),
    ]


def _sorted_away(rows: Sequence[Row], wrong: Violations) -> list[Doubt]:
    """Rows without a skill belong to the one above, unless somebody sorted the table."""
    blank = [row for row in rows if row.blank]
    named = {row.skills[0] for row in rows if not row.blank}
    if not blank or len(named) < 2 or len(rows) < _FEW:
        return []
    lines = lines_told([row.line for row in blank])
    cure = "fill the column skill in every row"
    numbers = {"minutes": [row.minutes for row in rows], "difficulty": [row.difficulty for row in rows]}
    by = [column for column, values in numbers.items() if len(set(values)) > 2 and _in_order(values)]
    approaches = [row.approach for row in rows]
    by += ["approach"] if len(set(approaches)) > 2 and _in_order(approaches) else []
    first = {  # empty cells come last, however one sorts
        "skill": [not row.blank for row in rows],
        "topic": [bool(row.topic) for row in rows],
        "prerequisites": [row.prerequisites is not None for row in rows],
    }
    first = {column: sum(filled) for column, filled in first.items() if filled == sorted(filled, reverse=True)}
    by += [column for column, filled in first.items() if len(blank) >= filled > 2]
    if by and len(rows) >= _MANY:
        wrong.unless(
            False,
            f"the rows are sorted by {by[0]}, so those without a skill ({lines}) do not belong to the skill above "
            f"them any more; {cure}, and sort as you like",
        )
        return []
    texts = {
        "minutes": numbers["minutes"],
        "difficulty": numbers["difficulty"],
        "approach": approaches,
        "exam": [row.exam for row in rows],
        "item": [row.item.casefold() for row in rows],
    }
    perhaps = [c for c, values in texts.items() if len(set(values)) > 1 and (_in_order(values) or _in_groups(values))]
    perhaps += [*by, *(column for column, filled in first.items() if filled > 1)]
    if perhaps:
        told = f"the rows stand in the order of their {perhaps[0]}: if they were sorted, those without a skill"
        return [(blank[0].line, f"{told} ({lines}) were taken for items of the wrong one; {cure}")]
    return []


def _in_order(values: Sequence[str] | Sequence[float]) -> bool:
    ordered = sorted(values)
    return list(values) in (ordered, ordered[::-1])


def _in_groups(values: Sequence[object]) -> bool:
    """Whether equal values stand together: so does a sort by several columns, or by a list of one's own, leave them."""
    return len(list(groupby(values))) == len(set(values)) <= len(values) // 2


def _several_in_one(rows: Sequence[Row], wrong: Violations) -> list[Doubt]:
    known = {spelling(row.skills[0]): row.skills[0] for row in rows if len(row.skills) == 1}
    found: dict[str, int] = {}  # the first line of each
    for row in rows:
        if row.blank or len(row.skills) > 1:
            continue
        name = row.skills[0]
        parts = parts_of(name)
        there = [known[spelling(part)] for part in parts if spelling(part) in known]
        if len(parts) < 2 or not (there or "\n" in name):
            continue
        shown, meant = " ".join(name.split()), "; ".join(known.get(spelling(part), part) for part in parts)
        certain = "\n" in name or (len(there) == len(parts) and not row.topic and row.prerequisites is None)
        told = f"'{shown}' was taken for one skill of that name; if it is several, write '{meant}'"
        if certain:
            wrong.unless(False, f"line {row.line}: skill '{shown}' must be one skill, or several as '{meant}'")
        else:
            found.setdefault(told, row.line)
    return [(line, told) for told, line in found.items()]


def parts_of(cell: str) -> list[str]:
    """The names in a cell, if something other than semicolons parts them."""
    return [part for part in _BETWEEN.split(cell) if part]


def _marks(rows: Sequence[Row], guesses: Guesses, wrong: Violations) -> list[Doubt]:
    """Difficulties are logits around each skill's ordinary exercise, which has 0; schools write marks.

    Those from 1 to 5 are known everywhere, with 3 in the middle; whatever else looks like marks is refused, because
    nobody can tell which end is hard, or where the middle is.
    """
    values = [row.difficulty for row in rows]
    if not values or any(value != value for value in values):
        return []
    whole = all(value == int(value) for value in values)
    cure = "write logits: 0 for a skill's ordinary exercise, -0.5 for an easy one, 0.8 for a hard one"
    if whole and min(values) >= 1 and _EXTREME <= max(values) <= _BEST:
        for row in rows:
            row.difficulty = (row.difficulty - _MIDDLE) * _STEP
        least = (1 - _MIDDLE) * _STEP
        guesses.note(f"difficulty 1 to 5 is marks, 5 the hardest: taken for {least:g} to {-least:g} logits, 3 for 0")
        return []
    if whole and min(values) >= 1 and max(values) >= _EXTREME:
        lines = lines_told([row.line for row in rows if row.difficulty >= _EXTREME])
        wrong.unless(
            False, f"difficulty {min(values):g} to {max(values):g} looks like marks ({lines} the hardest); {cure}"
        )
        return []
    if len(rows) >= _FEW and (min(values) > 0 or (whole and min(values) >= 0 and len(set(values)) > 2)):
        told = f"difficulty {min(values):g} to {max(values):g} was taken for logits"
        return [(rows[0].line, f"{told}; if it is something else, {cure}")]
    extreme = [row for row in rows if abs(row.difficulty) >= _EXTREME]
    if extreme:
        lines = lines_told([row.line for row in extreme])
        told = f"difficulty {extreme[0].difficulty:g} ({lines}) was taken for logits: nearly nobody "
        return [(extreme[0].line, f"{told}{'can' if extreme[0].difficulty > 0 else 'fails to'} do it; {cure}")]
    return []


def _seconds(rows: Sequence[Row]) -> list[Doubt]:
    shortest = min((row.minutes for row in rows), default=0.0)
    if len(rows) < 2 or shortest < 20:
        return []
    return [(rows[0].line, f"every item takes {shortest:g} minutes or more; if these are seconds, write minutes")]


def _unanswered(rows: Sequence[Row]) -> list[Doubt]:
    """Explanations and worked examples ask for nothing, so an exam can hardly mean them."""
    told = "is in the exam, but asks for no answer: mark an exercise of that skill instead"
    return [(row.line, f"'{row.item}' ({row.approach}) {told}") for row in rows if row.exam and row.approach in SHOWN]
