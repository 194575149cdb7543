"""What was asked of the cells of a grid, on the page: the answers from their files, and which of them to quote."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..figures.markup import Markup, join, tag
from ..figures.tables import table as html_table
from ..language.translate import in_files, texts, tr
from ..questions.rows import ContrastTable, CrossingTable, WorldsTable
from ..questions.show import Answer, Sheet, saved, sheets
from .results import AGAIN, TABLE, read_keys

ASKED, TITLE = "asked", texts("What was asked of all scenarios")
"""Address and heading of the section."""
VERDICT = "verdict"
QUOTE = texts(
    "These numbers answer what was asked before anything was run, so they are the ones to quote: the number, its "
    "interval, and the word beside it, which is corrected for everything that was asked. The same difference may stand "
    "in the part of a scenario below with another word, because there it is corrected for all that is looked at there."
)


@dataclass(frozen=True)
class OfAll:
    """What there is to say of all scenarios together.

    Attributes:
        answers: to what was asked of them.
        notes: on axes that changed nothing.
    """

    answers: Sequence[Answer] = ()
    notes: Sequence[str] = ()


def of_all(folder: Path) -> OfAll:
    """What the files of a comparison, which were read before, say of all scenarios together."""
    notes = [str(note) for note in read_keys(folder / TABLE).get("notes") or ()]
    contrasts = saved(folder, ContrastTable, way_out=AGAIN)
    crossings = saved(folder, CrossingTable, way_out=AGAIN)
    return OfAll([*contrasts, *crossings, *saved(folder, WorldsTable, way_out=AGAIN)], notes)


def asked(about: OfAll) -> Markup | None:
    """The section of all answers; None where nothing was asked and nothing is to be noted."""
    if not about.answers and not about.notes:
        return None
    notes = [
        tag("p", tag("strong", f"{tr('Without effect.')} "), in_files(f"{note}."), class_="caution")
        for note in about.notes
    ]
    quoted = tr(QUOTE) if any(isinstance(answer, ContrastTable) for answer in about.answers) else None
    shown = [_sheet(page) for answer in about.answers for page in sheets(answer)]
    return tag("section", tag("h2", tr(TITLE)), notes, tag("p", quoted) if quoted else None, shown, id=ASKED)


def _sheet(page: Sheet) -> str:
    """One answer as the terminal gives it, in English."""
    said = tag("p", tag("strong", " ".join(page.says))) if page.says else None
    heads = [" ".join(head.split()) or (VERDICT if j else "where") for j, head in enumerate(page.heads)]
    words = [j for j, head in enumerate(heads) if j < page.words or head == VERDICT]
    table = html_table(page.title, heads, page.rows, words=words) if page.rows else None
    # a line that begins with spaces goes on with the one before
    notes = "; ".join(page.notes).replace(";   ", " ") + "."
    small = tag("p", tag("small", notes)) if page.notes else None
    return in_files(join(table, said, small))
