"""An audit for people: tables for the terminal and a page in Markdown."""

from __future__ import annotations

from ..comparison.formats import TextTable, number, pipes
from ..markdown import escaped
from .found import Audit, AuditRow, Span
from .logs import BALANCED, LOGS, OTHERS

HEADS = {
    "belief_brier": "Brier",
    "overbelief": "believed too much",
    "exam": "exam",
    "easy": "easy",
    "unready": "too early",
}
PER_CENT = ("easy", "unready")


def table(found: Audit, audited: str, who: str) -> TextTable:
    """What the logs skewed against a group did to some students: what they have with the balanced one, then changes."""
    rows = [[row.log, *(_cell(row, name) for name in HEADS)] for row in found.of(audited, who)]
    return ["belief fitted to", *HEADS.values()], rows


def terminal(found: Audit) -> list[str]:
    """What is printed: of every group that logs were skewed against, the group itself and everybody else."""
    lines: list[str] = []
    for audited in found.audited:
        for who in (audited, OTHERS):
            heads, rows = table(found, audited, who)
            widths = [max(map(len, column)) for column in zip(heads, *rows, strict=True)]
            lines += [title(found, audited, who), ""]
            for first, *others in (heads, *rows):
                cells = [cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True)]
                lines.append("  " + "  ".join([first.ljust(widths[0]), *cells]))
            lines.append("")
    lines += [f"{log}: {found.told(log)}" for log in LOGS]
    return [*lines, "", *notes(found)]


def _cell(row: AuditRow, name: str) -> str:
    times, form = (100, "{:.1f}") if name in PER_CENT else (1, "{:.3f}")
    if row.log == BALANCED:
        return number(row.found[name].value * times, form) + " %" * (name in PER_CENT)
    span = row.difference[name]
    half = max(span.high - span.value, span.value - span.low)
    changed = number(span.value * times, form.replace(":", ":+"))
    return f"{changed} ± {number(half * times, form)}{'*' if _clear(span) else ' '}"


def _clear(span: Span) -> bool:
    return span.low > 0 or span.high < 0


def title(found: Audit, audited: str, who: str) -> str:
    """Whom a table is about."""
    students = found.of(audited, who)[0].students
    about = who if who == audited else f"{who}, the logs skewed against {audited}"
    return f"{about} ({students:,} test students)"


def notes(found: Audit) -> list[str]:
    """What the columns and rows mean, and what the numbers leave out."""
    return [
        f"{found.scenario}, belief of kind {found.belief}, taught by {found.policy} with the same settings throughout; "
        f"{found.n_students:,} test students, {found.n_log:,} students in every log.",
        "First row: what they have when the log is balanced. Other rows: how far it is above that, ± 95 % interval "
        "over the test students, who are the same (* without 0; not corrected for how many there are); of shares of "
        "lessons in points per cent.",
        "Intervals know nothing of the luck of a log: what the second row shows is no effect of a skew.",
        "Brier: the belief's mean squared distance from the truth. believed too much: mean belief less mean true "
        "mastery at the exam. easy: lessons on what was mastered already. too early: lessons that the student was not "
        "ready for.",
    ]


def markdown(found: Audit) -> str:
    """The whole audit as a page; every group is on it."""
    parts = [f"# Audit of {escaped(found.scenario)}", *(escaped(note) for note in notes(found))]
    parts += [pipes(["log", "what it is"], [[log, escaped(found.told(log))] for log in LOGS]).replace("---:", "---")]
    for audited in found.audited:
        parts.append(f"## Against {escaped(audited)}")
        # with two groups everybody else is the other one
        others = {OTHERS} if len(found.groups) == 2 else set[str]()
        for who in dict.fromkeys(row.who for row in found.rows if row.audited == audited and row.who not in others):
            heads, rows = table(found, audited, who)
            parts += [f"**{escaped(title(found, audited, who))}**", pipes(heads, rows)]
    return "\n\n".join(parts) + "\n"
