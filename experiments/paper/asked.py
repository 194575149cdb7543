"""What was asked of a grid, for a paper: the answers as tables in LaTeX, and how they were found in sentences."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from ..questions.rows import ContrastTable, CrossingTable, WorldsTable
from ..questions.show import FILES, Answer, Sheet, sheets
from ..reading.answers import answers, drawn_values
from ..reading.folder import Folder
from .latex import environment, escaped, label_of
from .setting import other_people

DRAWS = "draws"
_NEGATIVE = re.compile(r"(?<![^\s\[(])-(?=[\d.])")


def tables(folder: Folder) -> dict[str, str]:
    """Name of a file without suffix -> its text, for whatever was asked or drawn by lot."""
    found = {DRAWS: _draws(folder)} if drawn_values(folder) else {}
    given: Mapping[str, Sequence[Answer]] = {
        FILES[ContrastTable]: [table for table in answers(folder, ContrastTable) if table.rows],
        FILES[CrossingTable]: answers(folder, CrossingTable),
        FILES[WorldsTable]: answers(folder, WorldsTable),
    }
    return found | {name: _answers(folder, name, every) for name, every in given.items() if every}


def sentences(folder: Folder) -> Iterator[str]:
    """What was asked, and for how many verdicts each answer is corrected."""
    for table in answers(folder, ContrastTable):
        asked = "; ".join(dict.fromkeys(row.contrast for row in table.rows))
        if asked:
            yield (
                f"Contrasts were asked of the grid: {asked}. Their verdicts and p-values go by intervals corrected by "
                f"Bonferroni for all {table.verdicts} rows of the contrasts together, apart from those of the table of "
                f"policies; {_paired(folder)}."
            )
    for table in answers(folder, CrossingTable):
        yield (
            f"Where along {table.axis} the lead changes between the two of {table.contrast} was sought by intervals "
            f"that hold for all {len(table.points)} values together (Bonferroni), with straight lines between the "
            f"values on the {'logarithmic' if table.scale == 'log' else table.scale} scale."
        )
    for table in answers(folder, WorldsTable):
        if table.together:
            over, count = table.together[0].over, table.together[0].worlds
            asked = "; ".join(dict.fromkeys(row.contrast for row in table.together))
            yield (
                f"Whether differences hold for other values of {over} was asked of {asked}: the mean over the {count} "
                f"{over}s has an interval by Student's t over {over}s, and verdicts corrected by Bonferroni for "
                f"{table.verdicts} verdict{'s' * (table.verdicts != 1)}; it is about {over}s like these, what is said "
                "of one is about the people in it."
            )


def _paired(folder: Folder) -> str:
    worlds = other_people(folder)
    if worlds:
        return f"neither trainings nor students are paired across {worlds[0]}s"
    return "trainings are not paired across cells, students are"


def _answers(folder: Folder, name: str, every: Sequence[Answer]) -> str:
    """One table for each set of columns; what explains a table stands in its caption."""
    pages = [page for answer in every for page in sheets(answer) if page.rows]
    groups = list[list[Sheet]]()
    for page in pages:
        if not groups or groups[-1][-1].notes or [*groups[-1][-1].heads] != [*page.heads]:
            groups.append([])
        groups[-1].append(page)
    texts = [
        _table(folder, group, label_of(folder, name, *([str(number)] if number > 1 else [])))
        for number, group in enumerate(groups, start=1)
    ]
    return "\n".join(texts)


def _table(folder: Folder, pages: Sequence[Sheet], label: str) -> str:
    heads, lines = [" ".join(head.split()) for head in pages[0].heads], list[str]()
    for page in pages:
        if len(pages) > 1:
            lines += ["\\midrule"] * bool(lines)
            lines.append(f"\\multicolumn{{{len(heads)}}}{{l}}{{\\textit{{{escaped(page.title)}}}}} \\\\")
        lines += [" & ".join(_printed(cell) for cell in row) + " \\\\" for row in page.rows]
    title = [pages[0].title] if len(pages) == 1 else ["differences over the cells of the grid"]
    told = [f"{folder.experiment['name']}: {title[0]}."]
    told += [f"{said.removesuffix('.')}." for page in pages for said in (*_joined(page.notes), *page.says)]
    words = pages[0].words
    return environment(
        heads,
        lines,
        columns="l" * words + "r" * (len(heads) - words),
        caption=_printed(" ".join(told)),
        label=label,
        count=sum(len(page.rows) for page in pages),
    )


def _printed(text: str) -> str:
    """The text in LaTeX, with signs before numbers as long as those of mathematics."""
    return escaped(_NEGATIVE.sub("−", text))


def _joined(notes: Sequence[str]) -> list[str]:
    """Notes as sentences: a line that is set in goes on with the one before it."""
    found = list[str]()
    for note in notes:
        if note.startswith(" ") and found:
            found[-1] = f"{found[-1]}; {note.strip()}"
        else:
            found.append(note.strip())
    return [note if note.startswith("p ") else f"{note[:1].upper()}{note[1:]}" for note in found]


def _draws(folder: Folder) -> str:
    """What was drawn for every draw."""
    drawn = drawn_values(folder)
    keys = list(dict.fromkeys(key for values in drawn.values() for key in values))
    rows = [[str(draw), *(_cell(values.get(key)) for key in keys)] for draw, values in drawn.items()]
    return environment(
        ["draw", *keys],
        [" & ".join(map(escaped, row)) + " \\\\" for row in rows],
        columns="l" + "r" * len(keys),
        caption=escaped(f"{folder.experiment['name']}: what was drawn by lot for the students of every draw."),
        label=label_of(folder, DRAWS),
        count=len(rows),
    )


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else "" if value is None else str(value)
