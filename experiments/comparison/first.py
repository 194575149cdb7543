"""What a reader must know before the table: a schedule that does not fit, and ways of teaching that would frustrate."""

from __future__ import annotations

from ..mistakes import LIMITS
from .pace import advice
from .rows import PolicyRow, ScenarioTable


def first_said(scenario: ScenarioTable) -> list[str]:
    """Sentences to print above a scenario's table; none where nothing is out of the ordinary."""
    pace = scenario.pace
    said = advice(pace, who=pace.policy, learners="students") if pace else None
    return [said] if said else []


def impossible(scenario: ScenarioTable) -> list[str]:
    """A line for each learnt policy that wins where nobody can; nothing where all is as it must be."""
    return [
        f"{row.policy} wins on the control {row.scenario}: {row.beats_control}; nobody can, so this is a bug or a leak"
        for row in scenario.policies
        if row.beats_control
    ]


def frustration(scenario: ScenarioTable) -> list[str]:
    """Which policies would frustrate the typical student, the worst first; nothing where it was not measured."""
    found = [row for row in scenario.policies if row.frustrating]
    found.sort(key=lambda row: -row.mostly_wrong_highest)
    if not found:
        return []
    return [f"would frustrate (a prior): {LIMITS}, in at least one run:", *(f"  {_mistakes(row)}" for row in found)]


def _mistakes(row: PolicyRow) -> str:
    runs = f" in {row.frustrating} of {row.seeds} runs" if row.seeds > 1 else ""
    most = f" (worst run {100 * row.mostly_wrong_highest:.0f} %)" if row.seeds > 1 else ""
    return (
        f"{row.policy}{runs}: {100 * row.right:.0f} % right, {100 * row.mostly_wrong:.0f} % of the students{most} "
        f"below half, {row.longest_wrong:.0f} wrong in a row"
    )
