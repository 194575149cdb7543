"""A grid at a glance: one row for each cell and each policy that was asked about."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from ..comparison.failing import lines as failures
from ..comparison.first import impossible
from ..comparison.formats import FEW, FEW_MEANS, KIND_SIGNS, sign, spread
from ..comparison.rows import ComparisonTable, PolicyRow, ScenarioTable
from ..runs.grid import text, without_axes
from .show import Sheet, terminal

if TYPE_CHECKING:
    from rich.console import RenderableType


def at_a_glance(table: ComparisonTable, policies: Collection[str], *, width: int) -> list[RenderableType]:
    """The table of a grid as it is printed; what it leaves out stands in ``table.csv`` and ``table.md``.

    Args:
        table: with axes.
        policies: the rows that are shown in every cell, beside the baseline and the best untrained policy.
        width: of the terminal.
    """
    return terminal([sheet(table, policies)], width=width)


def sheet(table: ComparisonTable, policies: Collection[str]) -> Sheet:
    """The same as texts."""
    axes, cells = list(table.axes or {}), list(table.scenarios.values())
    first = cells[0]
    yardsticks = [first.tuned, *([first.baseline] if first.baseline else [])]
    heads = [", ".join(_cell_axes(table)), "policy", first.primary]
    for name in yardsticks:
        heads += [f"vs {name.replace('_', chr(10))}", ""]
    rows = [
        _row(cell, row, yardsticks)
        for cell in cells
        for row in cell.policies
        if row.policy in (*policies, *yardsticks, cell.best_untrained)
    ]
    rest = {row.policy for cell in cells for row in cell.policies} - {*policies, *yardsticks}
    title = f"{table.experiment}: {len(cells)} cell{'s' * (len(cells) > 1)} over {', '.join(axes)}"
    return Sheet(title, heads, rows, _notes(table, rows, rest), words=2)


def _cell_axes(table: ComparisonTable) -> list[str]:
    """The axes that make cells."""
    return list(dict.fromkeys(axis for cell in table.scenarios.values() for axis in cell.axes or {}))


def _row(cell: ScenarioTable, row: PolicyRow, yardsticks: Collection[str]) -> list[str]:
    where = ", ".join(text(level) for level in (cell.axes or {}).values())
    mark = " †" if row.policy == cell.best_untrained else ""
    told = {cell.tuned: (row.vs_tuned, row.vs_tuned_verdict)}
    if cell.baseline:
        told[cell.baseline] = (row.vs_baseline, row.vs_baseline_verdict)
    numbers = list[str]()
    for name in yardsticks:
        difference, verdict = told[name]
        numbers += [spread(difference, signed=True), sign(verdict, difference, row.kind)]
    return [where, f"{row.policy}{KIND_SIGNS[row.kind]}{mark}", spread(row.outcome), *numbers]


def _refusals(table: ComparisonTable) -> list[str]:
    """One line for each policy that cannot teach some cells and each reason, in how many."""
    told = Counter(
        (gone.policy, without_axes(gone.reason, label))
        for label, cell in table.scenarios.items()
        for gone in cell.cannot_teach
    )
    where = {n: f"in {n} of {len(table.scenarios)} cells" for n in told.values() if n < len(table.scenarios)}
    return [f"{policy}: cannot teach {where.get(n, 'here')}: {reason}" for (policy, reason), n in told.items()]


def _notes(table: ComparisonTable, rows: Sequence[Sequence[str]], rest: Collection[str]) -> list[str]:
    cells = list(table.scenarios.values())
    first = cells[0]
    trainings = "training seeds and " if any(row.seeds > 1 for cell in cells for row in cell.policies) else ""
    notes = [
        "* learnt; † best untrained policy of its cell, chosen on validation students",
        f"± 95 % interval over {trainings}{first.students} unseen students, to its further side; paired",
        f"verdicts: corrected for all {first.verdicts} of all cells together (Bonferroni), by wider intervals than ±; "
        f"by {first.smallest_difference:g} or more: better, worse",
    ]
    notes += [FEW_MEANS] if any(FEW in row for row in rows) else []
    notes += [f"in table.csv and table.md, too: {', '.join(sorted(rest))}"] if rest else []
    told = Counter(note for cell in cells for note in cell.notes if "(fit_to: base)" in note)
    said = [note if n == len(cells) else f"{n} of {len(cells)} cells: {note}" for note, n in told.items()]
    refused = _refusals(table)
    return [
        *notes,
        *(table.notes or ()),
        *said,
        *refused,
        *(line for cell in cells for line in (*impossible(cell), *failures(cell.failed))),
    ]
