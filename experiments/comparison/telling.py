"""Which columns of a comparison tell its policies apart, and why the others do not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

from ..language.translate import texts, tr
from .rows import Difference, Interval, PolicyRow

Cell = TypeVar("Cell")

HEADS: Mapping[str, str] = {
    "worst\n10 %": "worst_decile", "Worst tenth": "worst_decile",
    "skills": "skills_mastered", "Skills": "skills_mastered", "More skills": "more_skills",
    "hours": "minutes", "Hours": "minutes",
    "way to\nref.": "of_the_way", "way to\nbound": "of_the_way",
    "sampled": "sampled", "wasted": "wasted", "in band": "in_band", "quit": "quit", "Gave up": "quit",
    "minutes to mastery": "minutes_to_mastery", "reached": "reached", "never mastered": "reached",
    "Never mastered": "reached", "wrongly believed": "misbelief",
    "belief: Brier": "belief_brier",
}  # fmt: skip
"""Head of a column, as tables and the report have it -> field of the row."""

EMPTY: Mapping[str, str] = texts({
    "normalised_gain": "there was nothing to gain",
    "in_band": "difficulty is all one to these students, or (a network) they know no other items",
    "misbelief": "the runs are older than this column",
    "belief_brier": "the runs are older than this column",
    "sampled": "nobody learnt to teach",
})  # fmt: skip
"""Why there is nothing in a column."""
EQUAL: Mapping[tuple[str, float], str] = texts({
    ("quit", 0.0): "nobody gives up",
    ("reached", 0.0): "nobody had four fifths of the skills mastered at once",
    ("reached", 1.0): "everybody had four fifths of the skills mastered at once",
    ("skills_mastered", 0.0): "nobody ends with a skill mastered",
    ("in_band", 0.0): "no lesson is in the band",
    ("gain", 0.0): "no lesson changes these students",
    ("normalised_gain", 0.0): "no lesson changes these students",
    ("gain_per_hour", 0.0): "no lesson changes these students",
    ("wasted_mastered", 0.0): "nothing was mastered while it was taught",
    ("wasted_unready", 0.0): "nobody was taught what they were not ready for",
})  # fmt: skip
"""Why a column holds the same everywhere."""
TIMES = ("lessons_to_mastery", "minutes_to_mastery")
SILENT = ("of_the_way",)
"""Columns for whose absence another note gives the reason."""
LEFT_OUT = "Left out, for they say nothing here"
"""How the note on them begins."""
SAME = 1e-9


def left_out(policies: Sequence[PolicyRow]) -> dict[str, str]:
    """Field -> why its column says nothing here.

    Args:
        policies: the rows of one scenario; of one row alone nothing can be said, and nothing is left out.
    """
    fields = dict.fromkeys([*HEADS.values(), "gain"]) if len(policies) > 1 else ()
    found = silent({field: [_number(row, field) for row in policies] for field in fields})
    return {field: why for field, why in found.items() if field != "gain"}


def silent(columns: Mapping[str, Sequence[float | None]]) -> dict[str, str]:
    """Name -> why this column says nothing: there is nothing in it, or the same for every policy.

    Args:
        columns: name -> one number a policy; None or NaN where it has none.
    """
    found: dict[str, str] = {}
    for name, given in columns.items():
        values = [value for value in given if value is not None and value == value]
        if not values:
            found[name] = tr(EMPTY[name]) if name in EMPTY else tr("there is nothing to compute it from")
        elif max(values) - min(values) < SAME:
            value = round(values[0], 9)
            equal = EQUAL.get((name, value))
            found[name] = tr(equal) if equal else tr("{value} under every policy", value=f"{value:.3g}")
    nothing = tr(EQUAL["gain", 0.0])
    if "in_band" in found and found.get("gain") == nothing:
        found["in_band"] = nothing
    if "reached" in found:  # the budget, for all, is what there is instead of a time
        found |= {name: found["reached"] for name in TIMES if name in found}
    return found


def beyond_bound(policies: Sequence[PolicyRow]) -> list[str]:
    """Who ends above an exact bound by no more than its own interval, which is luck of the sample."""
    bound = next((row for row in policies if "bound" in row.marks), None)
    if bound is None:
        return []
    fair = [row for row in policies if row.kind != "privileged" and (row.of_the_way or 0.0) > 1.0]
    return [row.policy for row in fair if row.outcome.low <= bound.outcome.value]


def _number(row: PolicyRow, field: str) -> float | None:
    value = getattr(row, field)
    return value.value if isinstance(value, Interval | Difference) else value


def telling(
    heads: Sequence[str], rows: Sequence[Sequence[Cell]], policies: Sequence[PolicyRow]
) -> tuple[list[str], list[list[Cell]]]:
    """A table without the columns that say nothing here."""
    gone = left_out(policies)
    kept = [j for j, head in enumerate(heads) if HEADS.get(head) not in gone]
    return [heads[j] for j in kept], [[row[j] for j in kept] for row in rows]


def notes_on_columns(primary: str, policies: Sequence[PolicyRow]) -> list[str]:
    """What a reader must know of columns that are not there, and of an outcome that no policy changes."""
    outcomes, notes = [row.outcome.value for row in policies], list[str]()
    if len(policies) > 1 and max(outcomes) - min(outcomes) < SAME:
        notes.append(f"No lesson changes what is measured here: {primary} is {outcomes[0]:.3f} whoever teaches.")
    words = {field: head.replace("\n", " ") for head, field in reversed(list(HEADS.items()))}
    gone = [f"{words[field]} ({why})" for field, why in left_out(policies).items() if field not in SILENT]
    return [*notes, f"{LEFT_OUT}: {'; '.join(gone)}."] if gone else notes
