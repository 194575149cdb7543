"""The comparison for people: in the terminal, as Markdown and as CSV."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..markdown import with_escaped_texts
from ..statistics import BETTER, FEWEST_SEEDS, WORSE
from ..store.columns import as_csv
from ..store.runs import write_bytes
from .failing import lines as failures
from .first import first_said, frustration, impossible
from .formats import (
    FEW,
    FEW_MEANS,
    IMPOSSIBLE,
    KIND_SIGNS,
    SIGNS,
    TextTable,
    batched,
    interval,
    number,
    p_value,
    percent,
    pipes,
    sign,
    spread,
)
from .harm_show import harm_cell, harm_notes, harm_sentence, harm_table
from .rows import ComparisonTable, Difference, GroupRow, PolicyRow, RefusedRow, ScenarioTable, UnexpectedRow
from .telling import beyond_bound, telling

if TYPE_CHECKING:
    from rich.console import RenderableType

FOOTNOTES = (
    ("*", "* learnt"),
    ("°optimal", "° optimal: sees only answers, but knows the model and plans to the exam; no tutor can do better"),
    ("°fully_observed", "° fully_observed: sees what is known at every moment and plans exactly; nobody can do better"),
    ("°", "° {inside}looks inside the simulated students, which no real teacher can"),
    ("", "† best untrained policy, chosen on validation students"),
    ("‡", "‡ slow, so fewer students: {fewer}; differences to others are on the same students"),
    ("", "± 95 % interval over training seeds and students, to its further side; differences are paired:"),
    ("", "  same students, same luck"),
    ("trained", "  trainings that fail rarely are not covered: of ten seeds, a third hold none of one failure in ten"),
    ("verdict", "better, worse: by more than {smallest:g}; ahead, behind: perhaps by less than that"),
    ("verdict", "≈ no practical difference: at most {smallest:g} either way; ? cannot tell: too few students or seeds"),
    ("verdict", "  verdicts: by intervals corrected for all {verdicts} of this table (Bonferroni), wider than ±"),
    (FEW, FEW_MEANS),
    ("worst", "worst 10 %: mean of the tenth who end lowest"),
    ("way", "way to {kind}: share of the way from no_teaching to {reference}"),
    (IMPOSSIBLE, "✗ wins where nobody can: a bug or a leak, whatever else the row says"),
    ("beyond", "  above 100 %: by luck of the sample ({beyond}); nobody can expect more than the bound"),
    (
        "ref.",
        "  {reference} ends highest of those who look inside, but is no bound: a policy may pass it (above 100 %)",
    ),
    ("believed", "wrongly believed: growth of the tutor's mean belief less growth of mean true mastery"),
    ("Brier", "belief, Brier: mean squared distance of the tutor's belief from true mastery; who sees it scores 0"),
)
"""Each with what it explains: it is printed where that is shown."""


TABLES = ("table.csv", "harm.csv", "groups.csv", "unexpected.csv", "table.md")


def save_tables(folder: Path, table: ComparisonTable) -> None:
    """Write ``TABLES``."""
    parts = table.scenarios.values()
    refused = [
        RefusedRow(scenario=label, policy=gone.policy, cannot_teach=gone.reason)
        for label, part in table.scenarios.items()
        for gone in part.cannot_teach
    ]
    sheets: list[list[Any]] = [
        [*(row for part in parts for row in (*part.policies, *(part.failed or ()))), *refused],
        [row for part in parts for row in part.harm],
        [row for part in parts for row in part.groups],
        [row for part in parts for row in part.unexpected],
    ]
    for name, text in zip(TABLES, (*map(as_csv, sheets), markdown(table)), strict=True):
        write_bytes(folder / name, text.encode())


def terminal(table: ComparisonTable, *, width: int) -> list[RenderableType]:
    """The comparison as it is printed: one table per scenario, complete at 100 columns, and what it says."""
    from rich.text import Text

    shown: list[RenderableType] = []
    for label, scenario in table.scenarios.items():
        shown.append(Text(f"\n{label}: {_primary(scenario)}", style="bold"))
        shown += [Text(line, style="bold yellow") for line in first_said(scenario)]
        shown += [Text(line, style="bold red") for line in impossible(scenario)]
        heads, rows = telling(*_main_table(scenario), scenario.policies)
        fitting = _fitting(heads, rows, width)
        shown.append(_rich(heads, rows, width=width))
        for kinds in batched(scenario.unexpected_kinds, 4):
            beside = any(row.policy == scenario.tuned for row in scenario.policies)
            title = f"{label}: on students that no policy expected{f'; differences to {scenario.tuned}' * beside}"
            shown += [Text(title, style="bold"), _rich(*_unexpected_table(scenario, kinds, short=True), width=width)]
        notes = [*_footnotes(scenario, heads[:fitting], rows), *outlying_runs(scenario), *_refusals(scenario)]
        shown.append(Text("\n".join([*notes, *scenario.notes]), style="dim"))
        shown += [Text("\n".join(gone), style="bold yellow")] if (gone := failures(scenario.failed)) else []
        shown += [Text("\n" + "\n".join(wrong), style="yellow")] if (wrong := frustration(scenario)) else []
        shown.append(Text("\n" + "\n".join(headlines(scenario)), style="bold"))
    if table.warning:
        shown.append(Text(table.warning, style="bold yellow"))
    return shown


def _footnotes(scenario: ScenarioTable, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """What explains the columns that are shown, and nothing else."""
    shown = {"", *(word for head in heads for word in head.split())}
    if "" in heads:
        shown |= {"verdict", FEW} if any(FEW in row for row in rows) else {"verdict"}
    shown |= {"trained"} if any(row.seeds > 1 for row in scenario.policies) else set()
    shown |= {mark for mark in (KIND_SIGNS["learnt"], "‡", IMPOSSIBLE) if any(mark in row[0] for row in rows)}
    inside = [row.policy for row in scenario.policies if row.kind == "privileged"]
    planned = [policy for policy in inside if f"°{policy}" in dict(FOOTNOTES)]
    shown |= {*(f"°{policy}" for policy in planned), *(["°"] if len(inside) > len(planned) else [])}
    beyond = beyond_bound(scenario.policies)
    shown |= {"beyond"} if beyond and "way" in shown else set()
    fewer = [f"{row.policy} {row.students}" for row in scenario.policies if _on_fewer(row.policy, scenario)]
    values = {
        "smallest": scenario.smallest_difference,
        "verdicts": scenario.verdicts,
        "kind": _reference(scenario),
        "reference": scenario.reference,
        "tuned": scenario.tuned,
        "fewer": ", ".join(fewer),
        "inside": "any other: " if planned else "",
        "beyond": ", ".join(beyond),
    }
    notes = [note.format(**values) for about, note in FOOTNOTES if about in shown]
    return [*notes, *(harm_notes(scenario) if "harmed" in shown or not scenario.harm else [])]


def outlying_runs(scenario: ScenarioTable) -> list[str]:
    """A line for each policy of which a training ended far from the others."""
    lines: list[str] = []
    for row in scenario.policies:
        if seeds := row.outlying_seeds:
            runs = f"seed{'s' * (len(seeds) > 1)} {', '.join(map(str, seeds))}"
            ends = f"runs from {row.lowest_run:.3f} to {row.highest_run:.3f}, interquartile mean {row.iqm:.3f}"
            lines.append(f"{row.policy}: {runs} ended far from the other {row.seeds - len(seeds)}: {ends}")
    return lines


def _refusals(scenario: ScenarioTable) -> list[str]:
    """A line for each policy that was to be compared and cannot teach this scenario."""
    return [f"{gone.policy}: cannot teach here: {gone.reason}" for gone in scenario.cannot_teach]


def _on_fewer(policy: str, scenario: ScenarioTable) -> bool:
    """Whether a policy taught only the first test students; how many of a group it taught tells nothing of that."""
    return any(row.policy == policy and row.students < scenario.students for row in scenario.policies)


def _reference(scenario: ScenarioTable) -> str | None:
    """Only exact values are called a bound; None where there is no reference."""
    return {"bound": "bound", "reference": "ref."}.get(scenario.reference_kind or "")


def markdown(table: ComparisonTable) -> str:
    """The comparison as Markdown, for a paper's appendix or an issue."""
    table = with_escaped_texts(table)
    parts = [f"# {table.experiment}"]
    if table.warning:
        parts.append(f"**{table.warning}**")
    if table.notes:
        parts.append("\n".join(f"* {note}" for note in table.notes))
    for label, scenario in table.scenarios.items():
        parts += [f"## {label}", _primary(scenario) + "."]
        parts.append(
            "\n".join(f"* {line}" for line in [*impossible(scenario), *first_said(scenario), *headlines(scenario)])
        )
        heads, rows = telling(*_main_table(scenario, wide=True), scenario.policies)
        parts.append(pipes(heads, rows))
        notes = _footnotes(scenario, heads, rows)
        notes += [*outlying_runs(scenario), *frustration(scenario), *_refusals(scenario)]
        notes += [*failures(scenario.failed), *scenario.notes]
        parts.append("\n".join(f"{note}  " for note in notes))
        if scenario.harm:
            parts += ["### Who loses and who gains in expectation", pipes(*harm_table(scenario))]
        parts += ["### Groups of students", pipes(*_group_table(scenario)), *_gap_table(scenario)]
        if scenario.unexpected:
            kinds = scenario.unexpected_kinds
            parts += ["### Students that no policy expected", pipes(*_unexpected_table(scenario, kinds))]
    return "\n\n".join(parts) + "\n"


def headlines(scenario: ScenarioTable) -> list[str]:
    """What the table says, in sentences: the best learner against the two policies that it has to beat."""
    rows = {row.policy: row for row in scenario.policies}
    if scenario.best_learner is None:
        best = rows[scenario.best_untrained]
        told = f"Best untrained policy (on validation students): {best.policy}, {interval(best.outcome)}."
        return [told, *_later_sentence(scenario, best, rows)]
    row, lines = rows[scenario.best_learner], list[str]()
    others = list[tuple[str, str, Difference | None, str | None]]()
    if scenario.tuned in rows:
        others.append(("tuned mastery learning", scenario.tuned, row.vs_tuned, row.vs_tuned_verdict))
    if scenario.best_untrained != scenario.tuned:
        others.append(("the best untrained policy", scenario.best_untrained, row.vs_best, row.vs_best_verdict))
    for role, other, difference, says in others:
        assert difference is not None  # a learnt policy is neither of them
        told = f"{row.policy} against {role} ({other}): {interval(difference, signed=True)}"
        if says is None:
            trained = f"{row.seeds} training seed{'s' * (row.seeds > 1)}"
            lines.append(f"{told}: no verdict from {trained}; {FEWEST_SEEDS} are the fewest.")
            continue
        p = p_value(difference.p_corrected)
        p = f"p {p[0]} {p[1:]}" if p.startswith("<") else f"p = {p}"
        lines.append(f"{told}, {p} corrected for {scenario.verdicts} verdicts: {says}.")
    lines += _later_sentence(scenario, row, rows)
    if row.more_skills is None:  # nothing to set it beside
        return lines
    lines.append(f"{row.more_skills.value:+.1f} skills of {scenario.skills} at the exam.")
    lines.append(harm_sentence(scenario, row.policy))
    return lines


def _later_sentence(scenario: ScenarioTable, row: PolicyRow, rows: Mapping[str, PolicyRow]) -> list[str]:
    """What is left of it so many days after the exam: who teaches for a date may leave less for later."""
    if row.later is None or row.later_vs_tuned is None or scenario.tuned not in rows:
        return []
    days = f"{scenario.later_days:g} days after the exam"
    difference = f"{interval(row.later_vs_tuned, signed=True)} against {scenario.tuned}"
    return [f"{days} {row.policy} has {row.later.value:.3f} left: {difference} (not corrected)."]


def _main_table(scenario: ScenarioTable, *, wide: bool = False) -> TextTable:
    """Column heads and rows; ``wide`` adds the columns that a terminal has no room for."""
    harmed = ["harmed"] if scenario.harm else []
    beside = any(row.policy == scenario.tuned for row in scenario.policies)
    against = ["vs mastery\ntuned", ""] if beside else []
    later = [] if scenario.later_days is None else [f"{scenario.later_days:g} days\nlater"]
    heads = ["policy", "outcome", *against, *later, "worst\n10 %", *harmed, "skills", "hours"]
    reference = _reference(scenario)
    heads += [f"way to\n{reference}"] if reference else []
    if wide:
        heads += ["vs best untrained", " ", "IQM", "seeds", "sampled", "wasted", "in band", "quit"]
        heads += ["minutes to mastery", "reached", "wrongly believed", "belief: Brier", "p"]
    rows: list[list[str]] = []
    for row in scenario.policies:
        cells = [
            _name(row, scenario),
            spread(row.outcome),
            *([spread(row.vs_tuned, signed=True), sign(row.vs_tuned_verdict, row.vs_tuned, row.kind)] * beside),
            *(spread(row.later) for _ in later),
            number(row.worst_decile.value),
            *([harm_cell(scenario, row.policy)] if scenario.harm else []),
            number(row.skills_mastered, "{:.1f}"),
            f"{row.minutes / 60:.1f}",
            *([percent(row.of_the_way)] if reference else []),
        ]
        if wide:
            cells += [
                spread(row.vs_best, signed=True),
                sign(row.vs_best_verdict, row.vs_best, row.kind),
                number(row.iqm),
                str(row.seeds),
                spread(row.sampled),
                percent(row.wasted),
                percent(row.in_band),
                percent(row.quit),
                number(row.minutes_to_mastery, "{:.0f}"),
                percent(row.reached),
                number(row.misbelief, "{:+.3f}"),
                number(row.belief_brier),
                p_value(row.vs_tuned and row.vs_tuned.p_corrected),
            ]
        rows.append(cells)
    return heads, rows


def _group_table(scenario: ScenarioTable) -> TextTable:
    heads = ["policy", "group", "students", "outcome", "vs mastery_tuned", "worst 10 %", "quit", "never mastered"]
    rows = [
        [
            _name(row, scenario),
            row.group,
            str(row.students),
            spread(row.outcome),
            spread(row.vs_tuned, signed=True),
            number(row.worst_decile),
            percent(row.quit),
            percent(row.never_mastered),
        ]
        for row in scenario.groups
    ]
    return telling(heads, rows, scenario.policies)


def _gap_table(scenario: ScenarioTable) -> list[str]:
    """How far the group that knew least is behind the one that knew most, under every policy; nothing of one group."""
    rows = [row for row in scenario.policies if row.gap is not None]
    if not rows:
        return []
    heads = ["policy", "gap before", "gap at the exam"]
    cells = [[_name(row, scenario), number(row.gap_before), spread(row.gap)] for row in rows]
    between = f"Exam items right, {rows[0].gap_between} (who knew most before the teaching, and who knew least):"
    return [between, pipes(heads, cells)]


def _unexpected_table(scenario: ScenarioTable, kinds: Sequence[str], *, short: bool = False) -> TextTable:
    """One row per policy in the order of the main table, and for each kind of students the outcome and the difference.

    Args:
        scenario: its part of the table.
        kinds: which kinds of students.
        short: the difference alone; for tuned mastery learning, which the others are set against, the outcome.
    """
    cells: dict[tuple[str, str], UnexpectedRow] = {(row.policy, row.students_kind): row for row in scenario.unexpected}
    heads = ["policy"]
    for kind in kinds:
        words = kind.replace("_", "\n" if short else " ")
        heads += [words] if short else [words, "vs mastery tuned"]
    rows: list[list[str]] = []
    for row in scenario.policies:
        there = [cells.get((row.policy, kind)) for kind in kinds]
        if not any(there):
            continue
        line = [_name(row, scenario)]
        for cell in there:
            outcome, difference = number(cell and cell.outcome.value), spread(cell and cell.vs_tuned, signed=True)
            line += [difference or f"{outcome}        "] if short else [outcome, difference]
        rows.append(line)
    return heads, rows


def _rich(heads: Sequence[str], rows: Sequence[Sequence[str]], *, width: int) -> RenderableType:
    """A table for the terminal; the last columns are left out where the terminal is too narrow for them."""
    from rich import box
    from rich.table import Table as RichTable
    from rich.text import Text

    table = RichTable(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for j, head in enumerate(heads[: _fitting(heads, rows, width)]):
        needed = _width(head, rows, j)
        table.add_column(head, justify="left" if j == 0 else "right", min_width=needed, vertical="bottom")
    styles = {SIGNS[BETTER]: "green", SIGNS[WORSE]: "red"}
    for row in rows:
        whole = "bold red" if row[0].endswith(IMPOSSIBLE) else ""
        table.add_row(*(Text(cell, style=whole or styles.get(cell, "")) for cell in row[: len(table.columns)]))
    return table


def _fitting(heads: Sequence[str], rows: Sequence[Sequence[str]], width: int) -> int:
    """How many columns a terminal of this width has room for; three at least."""
    used = 1
    for j, head in enumerate(heads):
        used += _width(head, rows, j) + 2
        if used > width and j > 2:
            return j
    return len(heads)


def _width(head: str, rows: Sequence[Sequence[str]], j: int) -> int:
    return max(len(part) for part in (*head.split("\n"), *(row[j] for row in rows)))


def _primary(scenario: ScenarioTable) -> str:
    words = {
        "exam": "expected share of exam items right",
        "gain": "gain in the expected share of exam items right",
        "post": "expected share of exam items right after the last lesson",
        "mastery_exam": "mean mastery at the exam",
        "log_score": "mean log score of what the tutor believes of each skill (nats), less the price of lessons",
    }
    return f"{words.get(scenario.primary, scenario.primary)}, {scenario.students} unseen students"


def _name(row: PolicyRow | GroupRow, scenario: ScenarioTable) -> str:
    mark = " †" if row.policy == scenario.best_untrained else ""
    wrong = f" {IMPOSSIBLE}" if isinstance(row, PolicyRow) and row.beats_control else ""
    return f"{row.policy}{KIND_SIGNS[row.kind]}{'‡' * _on_fewer(row.policy, scenario)}{mark}{wrong}"
