"""The rows of a curriculum's table: cells as spreadsheets write them, made into names and numbers."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from zpdgym.errors import Violations, nearest, unknown

from .curriculum import APPROACHES, MAX_DIFFICULTY, MAX_MINUTES

COLUMNS = ("skill", "topic", "prerequisites", "item", "approach", "difficulty", "minutes", "exam")
OPTIONAL_COLUMNS = ("topic", "exam")

_YES, _NO = ("yes", "x", "true", "1"), ("no", "false", "0", "")
_WORDS = {"easy": "-0.5", "medium": "0", "hard": "0.8"}
_SPREADSHEETS_ERROR = re.compile(r"#(REF!|NAME\?|N/A|VALUE!|DIV/0!|NULL!|NUM!)")
_DECIMAL_COMMA = re.compile(r"[-+]?\d*,(\d{1,2}|\d{4,})")  # with three digits it may part thousands
_INVISIBLE = str.maketrans({"\u00a0": " ", "\u202f": " ", "\u200b": "", "\ufeff": "", "\u00ad": ""})
_SAME = str.maketrans({"’": "'", "‘": "'", "‐": "-", "‑": "-", "–": "-", "—": "-", "−": "-"})


@dataclass
class Row:
    """One item as the table has it; ``skills`` is never empty."""

    line: int
    blank: bool  # the skill is that of the row above
    skills: list[str]
    topic: str
    prerequisites: list[str] | None  # None: the cell is blank
    item: str
    approach: str
    difficulty: float
    minutes: float
    exam: bool
    said_no: bool  # and not just nothing


def cleaned(cell: str) -> str:
    """The cell without spaces around it, and without what nobody sees."""
    return unicodedata.normalize("NFC", cell.translate(_INVISIBLE)).strip()


def spelling(name: str) -> str:
    """What two spellings of one name have in common: all but capitals, kinds of spaces, dashes and quotes."""
    return " ".join(name.translate(_SAME).casefold().split())


def read_header(cells: Sequence[str], where: str) -> list[str]:
    """The names of the columns.

    Raises:
        InputError: one is missing, unknown or there twice.
    """
    names = [cleaned(cell).lower() for cell in cells]
    while names and not names[-1]:
        names.pop()
    wrong = Violations(where)
    for column in COLUMNS:
        wrong.unless(
            column in names or column in OPTIONAL_COLUMNS,
            f"the column '{column}' is missing (found: {', '.join(names) or 'none'})",
        )
    for column in dict.fromkeys(names):
        wrong.unless(names.count(column) == 1, f"the column '{column}' is given twice")
        if column not in COLUMNS:
            wrong.unless(False, f"{unknown('column', column, COLUMNS)}; delete what is no column of a curriculum")
    wrong.raise_any()
    return names


def names_columns(cells: Sequence[str]) -> bool:
    """Whether these cells are the names of columns, most of them at least."""
    return len({cleaned(cell).lower() for cell in cells} & set(COLUMNS)) >= 3


def read_row(given: Mapping[str, str], line: int, above: str, delimiter: str, wrong: Violations) -> Row | None:
    """The row in these cells; None, with what is wrong noted, where it is no item."""
    cell = {column: cleaned(text) for column, text in given.items()}
    own = names_in(cell.get("skill", ""))
    skills = own or ([above] if above else [])
    item = cell.get("item", "")
    for column, text in cell.items():
        wrong.unless(
            not _SPREADSHEETS_ERROR.match(text), f"line {line}: {column} '{text}' is an error of the spreadsheet"
        )
    if item and not (own or cell.get("approach") or cell.get("difficulty")):
        wrong.unless(False, f"line {line}: '{item}' is no item: delete totals and notes, or let them begin with #")
        return None
    if not skills or not item:
        wrong.unless(bool(item), f"line {line}: the column item is empty; every row is an item with a name")
        wrong.unless(bool(skills), f"line {line}: the column skill is empty, and there is no skill above it")
        return None
    for column in ("topic", "prerequisites"):
        wrong.unless(
            not (len(skills) > 1 and cell.get(column)),
            f"line {line}: {column} must be empty in a row with several skills; write it in a row of one skill",
        )
        wrong.unless(
            bool(own) or not cell.get(column),
            f"line {line}: {column} '{cell.get(column)}' stands in a row without a skill: write the skill, too",
        )
    wrong.unless(len(set(skills)) == len(skills), f"line {line}: a skill is named twice in '{cell.get('skill')}'")
    approach = cell.get("approach", "").lower()
    wrong.unless(approach in APPROACHES, f"line {line}: approach '{approach}' must be one of {', '.join(APPROACHES)}")
    exam = cell.get("exam", "").lower()
    wrong.unless(exam in _YES + _NO, f"line {line}: exam '{exam}' must be yes, no or empty")
    return Row(
        line=line,
        blank=not own,
        skills=skills,
        topic=cell.get("topic", ""),
        prerequisites=names_in(cell["prerequisites"]) if cell.get("prerequisites") else None,
        item=item,
        approach=approach,
        difficulty=_number(cell, "difficulty", -MAX_DIFFICULTY, MAX_DIFFICULTY, line, delimiter, wrong),
        minutes=_number(cell, "minutes", 0.0, MAX_MINUTES, line, delimiter, wrong),
        exam=exam in _YES,
        said_no=bool(exam) and exam in _NO,
    )


def names_in(cell: str) -> list[str]:
    """The names in a cell, which semicolons part."""
    return [name.strip() for name in cell.split(";") if name.strip()]


def _number(
    cell: Mapping[str, str], column: str, low: float, high: float, line: int, delimiter: str, wrong: Violations
) -> float:
    """The number in a cell, with a decimal point or a decimal comma, and with any minus sign."""
    text = cell.get(column, "")
    comma = delimiter != "," or _DECIMAL_COMMA.fullmatch(text.translate(_SAME))
    try:
        value = float(text.translate(_SAME).replace(",", ".") if comma else text.translate(_SAME))
    except ValueError:
        value = float("nan")
    above_low = value > low if column == "minutes" else value >= low
    bound = f"({low:g}, {high:g}]" if column == "minutes" else f"[{low:g}, {high:g}]"
    hint = ""
    if column == "difficulty" and (text.lower() in _WORDS or text.endswith("%")):
        hint = f": in logits, such as {', '.join(f'{number} for {word}' for word, number in _WORDS.items())}"
    wrong.unless(above_low and value <= high, f"line {line}: {column} '{text}' must be a number in {bound}{hint}")
    return value


def no_such(skill: str, skills: Sequence[str]) -> str:
    """The message for an unknown skill: the nearest name, but not a list of all of them."""
    near = nearest(skill, skills)
    return f"unknown skill '{skill}'" + (f". Did you mean '{near}'?" if near else "")
