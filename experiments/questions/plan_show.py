"""A plan for people: what the pilot says of luck, half-widths by size, and what is enough."""

from __future__ import annotations

from ..comparison.formats import interval, number
from ..statistics import HEADLINE_SEEDS
from .planning import BETTER
from .rows import PlanRow, PlanTable
from .show import Sheet

ENOUGH = "*"


def sheets(table: PlanTable) -> list[Sheet]:
    """The plan of one scenario as tables of texts."""
    heads = ("policy", "seeds", "students", "difference", "sd of\ntrainings", "sd of\nstudents", "sd of\nlessons")
    pilot = [
        [
            row.policy,
            str(row.seeds),
            f"{row.students:,}",
            interval(row.difference, signed=True),
            interval(row.between_seeds) if row.seeds > 1 else "",
            number(row.between_students),
            number(row.lessons) if row.seeds > 1 else "",
        ]
        for row in table.spreads
    ]
    return [
        Sheet(f"{table.scenario}: the pilot's luck in differences to {table.baseline}", heads, pilot),
        *_sizes(table),
        Sheet(f"{table.scenario}: what is enough", (), (), _notes(table), [_goal(table), *table.says]),
    ]


def _goal(table: PlanTable) -> str:
    """What the plan is for."""
    told = f"lies above {table.smallest_difference:g}" if table.wanted == BETTER else "is without 0"
    corrected = f", corrected for {table.verdicts} verdict{'s' * (table.verdicts > 1)}," if table.verdicts else ""
    return (
        f"If the true difference is {table.difference:g}, its interval{corrected} {told} with a chance of "
        f"{table.power:g} or more with:"
    )


def _sizes(table: PlanTable) -> list[Sheet]:
    """Half-widths and powers: of what trains a table each, seeds by students; of all others one."""
    cells = {(row.policy, row.seeds, row.students): row for row in table.grid}
    students = sorted({row.students for row in table.grid})
    heads = [f"{n:,}\nstudents" for n in students]
    pages, alone = list[Sheet](), list[list[str]]()
    for policy in dict.fromkeys(row.policy for row in table.grid):
        seeds = sorted({row.seeds for row in table.grid if row.policy == policy})
        lines = [[str(s), *(_cell(cells[policy, s, n]) for n in students)] for s in seeds]
        if seeds == [1]:
            alone.append([policy, *lines[0][1:]])
        else:
            pages.append(Sheet(f"{policy}: half-width of the interval, and power", ["seeds", *heads], lines))
    if alone:
        pages.append(Sheet("What does not train: half-width of the interval, and power", ["", *heads], alone))
    return pages


def _cell(row: PlanRow) -> str:
    return f"{row.half_width:.3f} {row.power:.2f}{ENOUGH if row.enough else ' '}"


def _notes(table: PlanTable) -> list[str]:
    return [
        f"{ENOUGH} enough: a power of {table.power:g} or more",
        "Simulated with normal luck of the sizes that the pilot saw; trainings that fail now and then need more seeds.",
        f"A headline needs {HEADLINE_SEEDS} training seeds, whatever the power.",
        "Cautiously: with a standard deviation of trainings that is not exceeded in four pilots of five.",
        "Times: both policies' runs, one after the other, by the pilot's runs (its lessons of training, its stages).",
    ]
