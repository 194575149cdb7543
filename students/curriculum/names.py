"""Names in a curriculum's table: which skill a prerequisite means, and what an item is called that has no name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from zpdgym.errors import Violations, nearest

from .cells import Guesses, spelling
from .doubts import parts_of
from .rows import Row, names_in

_NUMBERED = re.compile(r"(?P<number>\d+(?:\.\d+)*)[.):]?\s+(?P<name>\S.*)")
MOST_LIKENESSES = 20
"""For so many unknown names a likeness is looked for: no more are shown."""


class Skills:
    """The skills of a table, by everything that a prerequisite may call them.

    Args:
        own: skill -> its first row of its own.
    """

    def __init__(self, own: Mapping[str, Row]) -> None:
        self.own = own
        self._spelt = {spelling(skill): skill for skill in own}
        numbered = {skill: found for skill in own if (found := _NUMBERED.fullmatch(skill))}
        self._bare = {spelling(found["name"]): skill for skill, found in numbered.items()}
        self._numbers = {row.number.rstrip("."): skill for skill, row in own.items() if row.number}
        self._numbers |= {found["number"]: skill for skill, found in numbered.items()}
        self._lines = {str(row.line): skill for skill, row in own.items()}
        self._told: dict[str, str] = {}

    def named(self, cell: str, line: int, guesses: Guesses, wrong: Violations) -> list[str]:
        """The skills that a cell of prerequisites means; what cannot be known is noted as wrong."""
        found = list[str]()
        for name in names_in(cell.replace("\n", ";")):
            if (one := self._one(name, line, guesses)) is not None:
                found.append(one)
                continue
            parts = parts_of(name)
            several = [self._one(part, line, guesses) for part in parts]
            if len(parts) > 1 and None not in several:
                guesses.note(f"prerequisites '{name}' are {len(parts)} skills", line)
                found += [skill for skill in several if skill is not None]
            else:
                wrong.unless(False, f"line {line}: prerequisite: {self.unknown(name)}")
        return list(dict.fromkeys(found))

    def _one(self, name: str, line: int, guesses: Guesses) -> str | None:
        """The skill of that name; by another spelling, without its number, by its number, by its line."""
        if name in self.own:
            return name
        skill = self._spelt.get(spelling(name)) or self._bare.get(spelling(name))
        if skill is None and (told := name.rstrip(".")).replace(".", "").isdigit():
            skill = self._numbers.get(told) if self._numbers else self._lines.get(told)
        if skill is not None:
            guesses.note(f"prerequisite '{name}' is '{skill}'", line)
        return skill

    def unknown(self, skill: str) -> str:
        """The message for an unknown skill: the nearest name, but not a list of all of them."""
        if skill not in self._told:
            near = nearest(skill, list(self.own) if len(self._told) < MOST_LIKENESSES else ())
            self._told[skill] = f"unknown skill '{skill}'" + (f". Did you mean '{near}'?" if near else "")
        return self._told[skill]


def name_items(rows: Sequence[Row], guesses: Guesses, wrong: Violations) -> None:
    """Give every item a name of its own: what has none is called by skill and approach, twins of two skills by both.

    Two items of one skill under one name are refused: they may be one that was copied.
    """
    first, told_once = dict[str, Row](), ""
    taken = {row.item for row in rows if row.item}
    for row in rows:
        if not row.item:
            row.item = _free(f"{' + '.join(row.skills)}: {row.approach}", taken)
            told_once = told_once or f"items without a name are called by skill and approach, such as '{row.item}'"
            guesses.note(told_once, row.line)
        elif row.item in first:
            before = first[row.item]
            if before.skills == row.skills:
                told = f"item name '{row.item}' was used in line {before.line} already"
                wrong.unless(False, f"line {row.line}: {told}")
                continue
            called = _free(f"{' + '.join(row.skills)}: {row.item}", taken)
            guesses.note(f"a second item '{row.item}', of another skill, is called '{called}'", row.line)
            row.item = called
        first.setdefault(row.item, row)
        taken.add(row.item)


def _free(name: str, taken: Iterable[str]) -> str:
    """The name, with a number where it is taken."""
    number, found = 1, name
    while found in taken:
        number += 1
        found = f"{name} {number}"
    return found


def check_skills(rows: Sequence[Row], skills: Sequence[str], names: Skills, wrong: Violations) -> None:
    """Every skill has a row of its own, is spelt in one way, and says its topic and prerequisites once."""
    said: dict[tuple[str, str], tuple[int, str]] = {}
    for row in rows:
        for skill in row.skills:
            if skill not in names.own:
                wrong.unless(False, f"line {row.line}: {names.unknown(skill)}; give it a row of its own")
        if len(row.skills) > 1:
            continue
        for column, text in (("topic", row.topic), ("prerequisites", row.prerequisites or "")):
            here = _same(text)
            line, there = said.setdefault((row.skills[0], column), (row.line, here)) if here else (0, here)
            wrong.unless(
                here == there,
                f"line {row.line}: {column} of '{row.skills[0]}' differ from line {line}; write them in one row only",
            )
    alike: dict[str, list[str]] = {}
    for skill in skills:
        alike.setdefault(spelling(skill), []).append(f"'{skill}' (line {names.own[skill].line})")
    for told in alike.values():
        told_apart = f"skill names {' and '.join(told)} differ only in capital letters, spaces or dashes"
        wrong.unless(len(told) == 1, told_apart)


def _same(text: str) -> str:
    """What two cells have in common that say the same: order, capitals and spaces do not matter."""
    return ";".join(sorted(spelling(name) for name in names_in(text)))
