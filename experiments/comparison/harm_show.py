"""Who loses and who gains in expectation, for people: a column, a sentence, a table."""

from __future__ import annotations

from .formats import TextTable, percent, spread
from .rows import HarmRow, ScenarioTable, TaughtShare

NOT_MEASURED = "harm: not measured, because every student lived once (lives=64 measures it)"
OVER_LIVES = "vs mastery_tuned over all lives"
"""Not the difference of the other tables: that is of one life, and of all students."""
_UNTOLD = "?"


def harm_of(scenario: ScenarioTable, policy: str, group: str | None = None) -> HarmRow | None:
    """The row of a policy; None where it was not measured."""
    return next((row for row in scenario.harm if (row.policy, row.group) == (policy, group)), None)


def harm_cell(scenario: ScenarioTable, policy: str) -> str:
    """Who is harmed, as it stands in the main table: in brackets the floor, "?" where nothing can be told."""
    row = harm_of(scenario, policy)
    if row is None or row.harmed is None:
        return ""
    told = percent(row.harmed.value) if row.harmed_told else _UNTOLD
    return f"({told})" if policy == scenario.tuned else told


def under_trainings(kind: str, seeds: int) -> str:
    """Of which trainings a share of harmed students is true: of those that were made; "" where nothing is trained.

    The intervals of shares hold the luck of lives and students, and no spread between trainings.
    """
    if kind != "learnt":
        return ""
    return "under this training" if seeds == 1 else f"under these {seeds} trainings"


def _trainings_of(scenario: ScenarioTable, policy: str) -> str:
    return next(under_trainings(row.kind, row.seeds) for row in scenario.policies if row.policy == policy)


def harm_notes(scenario: ScenarioTable) -> list[str]:
    """What explains the column, or that there is none."""
    row = harm_of(scenario, scenario.tuned)
    if row is None:
        # where lives were asked for and failed, another note says so
        return [] if any(run.policy == scenario.tuned for run in scenario.failed or ()) else [NOT_MEASURED]
    lives = min(row.lives for row in scenario.harm)  # the floor has more
    learnt = any(row.kind == "learnt" for row in scenario.harm)
    made = ["  of learnt policies: under the trainings that were made; others may harm more or fewer"]
    return [
        f"harmed: of {row.students} students, those who over many lives (same student, other luck) would end more than",
        f"  {scenario.smallest_difference:g} lower than under {scenario.tuned}: estimated from {lives} lives each, "
        "the luck taken out;",
        f"  ({scenario.tuned}): the floor, this policy against itself; ? cannot tell from so few lives",
        *(made if learnt else []),
    ]


def harm_sentence(scenario: ScenarioTable, policy: str) -> str:
    """Who loses and who gains under one policy."""
    row = harm_of(scenario, policy)
    if row is None or row.harmed is None or row.gained is None:
        return f"{policy}: how many students it harms is not measured (lives={0 if row is None else row.lives})."
    lost = _told(row.harmed, told=row.harmed_told)
    won = _told(row.gained, told=row.gained_told)
    made = _trainings_of(scenario, policy)
    return (
        f"{policy} against {scenario.tuned}, in expectation over lives"
        f"{f', {made}' if made else ''}: harmed by more than "
        f"{scenario.smallest_difference:g}: {lost}; gaining more than that: {won} "
        f"(reliability of a student's difference {row.reliability:.2f})."
    )


def _told(found: TaughtShare, *, told: bool) -> str:
    ends = f"{100 * found.low:.0f} to {100 * found.high:.0f} in 100 students"
    return f"{100 * found.value:.0f} in 100 students ({ends})" if told else f"cannot tell ({ends})"


def harm_table(scenario: ScenarioTable) -> TextTable:
    """Every policy, and every group under the best learner and under tuned mastery learning itself."""
    heads = ["policy", "group", "students", OVER_LIVES, "reliability", "harmed", "between", "gained", "between"]
    in_groups = {scenario.best_learner, scenario.tuned}
    rows = [
        [
            f"{row.policy} against itself" if row.policy == scenario.tuned else row.policy,
            row.group or "all",
            str(row.students),
            spread(row.difference, signed=True),
            "" if row.reliability is None else f"{row.reliability:.2f}",
            *_cells(row.harmed, told=row.harmed_told),
            *_cells(row.gained, told=row.gained_told),
        ]
        for row in scenario.harm
        if row.group is None or row.policy in in_groups
    ]
    return heads, rows


def _cells(found: TaughtShare | None, *, told: bool) -> tuple[str, str]:
    if found is None:
        return "not measured", ""
    ends = f"{100 * found.low:.0f} to {100 * found.high:.0f} %"
    return (percent(found.value) if told else "cannot tell"), ends
