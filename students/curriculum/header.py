"""Which column of a table is what: by our name, by what the reader was told, by another word for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from zpdgym.errors import InputError, Violations, nearest, shown, unknown

from .cells import Guesses, cleaned, spelling
from .words import COLUMNS, MEANT, NEEDED, NUMBERS_OF_ROWS, STEPS, USUAL, plain_header


@dataclass
class Header:
    """Which column of the table is what.

    Attributes:
        at: column of ours -> where it stands.
        numbers: where a column with numbers of rows stands; -1: nowhere.
        width: how many columns have a name.
    """

    at: dict[str, int]
    numbers: int
    width: int


def read_header(cells: Sequence[str], columns: Mapping[str, str], guesses: Guesses, where: str) -> Header:
    """Read the names of the columns.

    Args:
        cells: the names of the columns.
        columns: column of ours -> what it is called in this table.
        guesses: takes note of other words, and of columns that are not read.
        where: the file and the line, for messages.

    Raises:
        InputError: no column says the skill, one is there twice, or a name is nearly one of ours.
    """
    names, wrong = [cleaned(cell) for cell in cells], Violations(where)
    while names and not names[-1]:
        names.pop()
    at = _as_told(names, columns, wrong)
    _by_name(names, at, wrong)
    _by_another_word(names, at, guesses, wrong)
    numbers = _others(names, at, guesses, wrong)
    unread = [name for n, name in enumerate(names) if name and n not in at.values()]
    for column in NEEDED:
        perhaps = f"columns.{column}='{unread[0] if unread else '…'}'"
        told = f"no column says the {column} (found: {_listed(names)}); name it, perhaps {perhaps}"
        wrong.unless(column in at, told)
    wrong.raise_any()
    for column, value in USUAL.items():
        if column not in at:
            guesses.note(f"no column says the {column}: {value} for every item")
    return Header(at, numbers, len(names))


def _as_told(names: Sequence[str], columns: Mapping[str, str], wrong: Violations) -> dict[str, int]:
    """Where the columns stand that the reader was told of."""
    at = dict[str, int]()
    for column, called in columns.items():
        if column not in COLUMNS:
            raise InputError(f"curriculum: {unknown('key columns.', str(column), COLUMNS)}")
        found = [n for n, name in enumerate(names) if spelling(name) == spelling(cleaned(str(called)))]
        told = f"columns.{column}={shown(called)} is the name of {len(found)} columns, must be of one"
        wrong.unless(len(found) == 1, f"{told} of: {_listed(names)}")
        if found:
            at[column] = found[0]
    return at


def _by_name(names: Sequence[str], at: dict[str, int], wrong: Violations) -> None:
    """Add the columns that are called as we call them."""
    taken = set(at.values())
    for column in COLUMNS:
        exact = [n for n, name in enumerate(names) if plain_header(name) == column and n not in taken]
        wrong.unless(len(exact) < 2, f"the column '{column}' is given twice")
        if exact and column not in at:
            at[column] = exact[0]


def _by_another_word(names: Sequence[str], at: dict[str, int], guesses: Guesses, wrong: Violations) -> None:
    """Add those that have another word for it, one each."""
    taken = set(at.values())
    for column in COLUMNS:
        meant = [n for n, name in enumerate(names) if MEANT.get(plain_header(name)) == column and n not in taken]
        if column in at or not meant:
            continue
        several = f"{' and '.join(repr(names[n]) for n in meant)} may each be the {column}"
        wrong.unless(len(meant) == 1, f"{several}: say which, columns.{column}='{names[meant[0]]}'")
        at[column] = meant[0]
        guesses.note(f"'{names[meant[0]]}' is the {column}")


def _others(names: Sequence[str], at: Mapping[str, int], guesses: Guesses, wrong: Violations) -> int:
    """What the other columns are: near misses, a column of numbers (where it stands is given back), or not read."""
    taken, numbers, free = set(at.values()), -1, [column for column in COLUMNS if column not in at]
    for n, name in enumerate(names):
        if n in taken or not name:
            continue
        told = f"the column '{name}': problems of several steps cannot stand in a table; write the curriculum as .json"
        wrong.unless(plain_header(name) not in STEPS, f"{told} (docs/curriculum.md)")
        near = nearest(plain_header(name), free)
        wrong.unless(not near, f"unknown column '{name}'. Did you mean '{near}'? If so: columns.{near}='{name}'")
        if plain_header(name) in NUMBERS_OF_ROWS:
            numbers = n
        elif not near:
            guesses.note(f"the column '{name}' is not read")
    return numbers


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names) or "none"


def names_columns(cells: Sequence[str], columns: Mapping[str, str]) -> bool:
    """Whether these cells are the names of columns: the skill and another, or the skill alone."""
    ours = {spelling(cleaned(str(name))): column for column, name in columns.items()}
    found = [ours.get(spelling(cleaned(cell))) or _column(plain_header(cleaned(cell))) for cell in cells]
    filled = [cell for cell in cells if cleaned(cell)]
    known = {column for column in found if column}
    return len(known) >= 3 or ("skill" in known and (len(known) == 2 or len(filled) == 1))


def _column(plain: str) -> str | None:
    return plain if plain in COLUMNS else MEANT.get(plain)
