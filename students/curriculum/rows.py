"""The rows of a curriculum's table: cells as spreadsheets write them, made into names and numbers."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from zpdgym.errors import Violations

from .cells import SAME, Guesses, cleaned, spelling
from .curriculum import APPROACHES, MAX_DIFFICULTY, MAX_MARKS, MAX_MINUTES
from .header import Header
from .words import APPROACH, EASE, IN_UNITS, NO, NOTHING, TOTALS, UNITS, USUAL_MINUTES, YES

_SPREADSHEETS_ERROR = re.compile(r"#(REF!|NAME\?|N/A|VALUE!|DIV/0!|NULL!|NUM!)")
_FORMULA = re.compile(r"[=@][^\s,;=].*", re.DOTALL)  # so it begins, or may be run as one, in a spreadsheet
_DECIMAL_COMMA = re.compile(r"[-+]?\d*,(\d{1,2}|\d{4,})")  # with three digits it may part thousands
_DATE = re.compile(
    r"\d{4}-\d\d-\d\d.*|\d{1,2}[./]\s?([A-Za-zäé]{3,}\.?|\d{1,2}[./]\d{2,4})|[A-Za-z]{3}-\d\d|\d\d:\d\d.*"
)


@dataclass
class Row:
    """One item as the table has it; ``skills`` is never empty, ``item`` is where nobody has named it."""

    line: int
    blank: bool  # the skill is that of the row above
    skills: list[str]
    topic: str
    prerequisites: str | None  # as written; None: the cell is blank
    item: str
    approach: str
    difficulty: float
    minutes: float
    exam: int  # its marks; 0: it is not in the exam
    said_no: bool  # and not just nothing
    number: str = ""  # what stands in a column of numbers


def read_row(
    cells: Sequence[str], header: Header, line: int, above: str, delimiter: str, guesses: Guesses, wrong: Violations
) -> Row | None:
    """The row in these cells; None, with what is wrong noted, where it is no item."""
    cell = {column: cleaned(cells[n]) if n < len(cells) else "" for column, n in header.at.items()}
    own = names_in(cell.get("skill", ""))
    skills, item = own or ([above] if above else []), " ".join(cell.get("item", "").split())
    for column, text in cell.items():
        wrong.unless(
            not _SPREADSHEETS_ERROR.match(text), f"line {line}: {column} '{text}' is an error of the spreadsheet"
        )
        told = f"line {line}: {column} '{text}' is a formula; write its result, or save the table anew"
        wrong.unless(not _FORMULA.fullmatch(text), told)
    asked = [column for column in ("approach", "difficulty") if column in header.at]
    bare = bool(asked) and not any(cell[column] for column in asked)
    first = own[0] if own else item
    if bare and ((item and not own) or spelling(first).rstrip(":") in TOTALS):
        wrong.unless(False, f"line {line}: '{first}' is no item: delete totals and notes, or let them begin with #")
        return None
    if not skills:
        wrong.unless(False, f"line {line}: the column skill is empty, and there is no skill above it")
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
    needs = cell.get("prerequisites", "")
    return Row(
        line=line,
        blank=not own,
        skills=skills,
        topic=cell.get("topic", ""),
        prerequisites=needs if needs.casefold() not in NOTHING else None,
        item=item,
        approach=_approach(cell, item, line, guesses, wrong),
        difficulty=_difficulty(cell, line, delimiter, guesses, wrong),
        minutes=_minutes(cell, line, delimiter, guesses, wrong),
        exam=_marks(cell, line, wrong),
        said_no=cell.get("exam", "").casefold() in NO - {""},
        number=cleaned(cells[header.numbers]) if 0 <= header.numbers < len(cells) else "",
    )


def names_in(cell: str) -> list[str]:
    """The names in a cell, which semicolons part."""
    return [name.strip() for name in cell.split(";") if name.strip()]


def _marks(cell: Mapping[str, str], line: int, wrong: Violations) -> int:
    """What the item counts in the exam: 1 where the cell just says yes."""
    text = cell.get("exam", "").casefold()
    if text in YES | NO:
        return int(text in YES)
    whole = re.fullmatch(r"(\d+)([.,]0*)?", text)
    fine = whole is not None and int(whole[1]) <= MAX_MARKS
    told = f"line {line}: exam '{text}' must be yes, no or empty, or the item's marks, a whole number up to {MAX_MARKS}"
    wrong.unless(fine, told)
    return int(whole[1]) if whole is not None else 0


def _approach(cell: Mapping[str, str], item: str, line: int, guesses: Guesses, wrong: Violations) -> str:
    """How the item is worked at; where nobody says it, what its name begins with ("Example: …"), else practice."""
    text = cell.get("approach", "").casefold()
    if not text:
        begins = APPROACH.get(item.partition(":")[0].strip().casefold(), "") if ":" in item else ""
        if begins:
            guesses.note("where no approach is said, the item's name begins with it", line)
        elif "approach" in cell:
            guesses.note("an empty approach is practice", line)
        return begins or APPROACHES[0]
    meant = APPROACH.get(text)
    wrong.unless(meant is not None, f"line {line}: approach '{text}' must be one of {', '.join(APPROACHES)}")
    if meant is not None and meant != text:
        guesses.note(f"approach '{cell['approach']}' is {meant}", line)
    return meant or APPROACHES[0]


def _difficulty(cell: Mapping[str, str], line: int, delimiter: str, guesses: Guesses, wrong: Violations) -> float:
    text = cell.get("difficulty", "")
    if not text:
        if "difficulty" in cell:
            guesses.note("an empty difficulty is 0, the skill's ordinary exercise", line)
        return 0.0
    if text.casefold() in EASE:
        value = EASE[text.casefold()]
        guesses.note(f"difficulty '{text}' is {value:g} logits", line)
        return value
    value, hint = _number(text, delimiter), ""
    if value is None:
        hint = ": in logits, such as -0.5 for easy, 0 for medium, 0.8 for hard"
        hint = _date_hint(text) or hint * (text.endswith("%") or text.isalpha())
    fine = value is not None and abs(value) <= MAX_DIFFICULTY
    bound = f"[-{MAX_DIFFICULTY:g}, {MAX_DIFFICULTY:g}]"
    wrong.unless(fine, f"line {line}: difficulty '{text}' must be a number in {bound}{hint}")
    return value if value is not None else float("nan")


def _minutes(cell: Mapping[str, str], line: int, delimiter: str, guesses: Guesses, wrong: Violations) -> float:
    text = cell.get("minutes", "")
    if not text:
        if "minutes" in cell:
            guesses.note(f"an empty cell of minutes is {USUAL_MINUTES:g}", line)
        return USUAL_MINUTES
    value, with_unit = _number(text, delimiter), IN_UNITS.fullmatch(text.casefold())
    if value is None and with_unit is not None and with_unit["unit"] in UNITS:
        number = _number(with_unit["number"], delimiter)
        value = None if number is None else number * UNITS[with_unit["unit"]]
        if value is not None:
            guesses.note(f"minutes '{text}' are {value:.4g}", line)
    fine = value is not None and 0.0 < value <= MAX_MINUTES
    told = f"line {line}: minutes '{text}' must be a number in (0, {MAX_MINUTES:g}]{_date_hint(text)}"
    wrong.unless(fine, told)
    return value if value is not None else float("nan")


def _number(text: str, delimiter: str) -> float | None:
    """A number with a decimal point or a decimal comma, and with any minus sign; None: it is none."""
    same = text.translate(SAME)
    if delimiter != "," or _DECIMAL_COMMA.fullmatch(same):
        same = same.replace(",", ".")
    try:
        value = float(same)
    except ValueError:
        return None
    return value if value == value else None


def _date_hint(text: str) -> str:
    made = ": the spreadsheet has made a date or a time of it; format the column as text, and write the number again"
    return made if _DATE.fullmatch(text) else ""
