"""The comparison for people: in the terminal, as Markdown and as CSV."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..statistics import BETTER, CANNOT_TELL, NO_DIFFERENCE, WORSE
from ..store.runs import write_bytes

if TYPE_CHECKING:
    from rich.console import RenderableType

Row = Mapping[str, Any]

SIGNS = {BETTER: "better", WORSE: "worse", NO_DIFFERENCE: "≈", CANNOT_TELL: "?"}
KIND_SIGNS = {"learnt": "*", "privileged": "°", "baseline": ""}
FOOTNOTES = (
    ("*", "* learnt"),
    ("°", "° looks inside the simulated students, which no real teacher can"),
    ("", "† best untrained policy, chosen on validation students"),
    ("‡", "‡ slow, so fewer students: {fewer}; differences to others are on the same students"),
    ("", "± 95 % interval over training seeds and students; differences are paired: same students, same luck"),
    ("verdict", "≈ no practical difference: the whole interval (Holm over policies) lies within {smallest:g} of 0,"),
    ("verdict", "  or it excludes 0, but the difference is not larger than {smallest:g}"),
    ("verdict", "? cannot tell: too few students or seeds to exclude either no difference or one above {smallest:g}"),
    ("verdict", "  all verdicts use intervals corrected for the number of policies (Holm), wider than those shown"),
    ("worst", "worst 10 %: mean of the tenth who end lowest"),
    ("worse", "worse off: share who end more than {smallest:g} lower than under {tuned}"),
    ("way", "way to {kind}: share of the way from no_teaching to {reference}"),
    ("ref.", "  {reference} looks one lesson ahead only, so a policy may pass it (above 100 %)"),
    ("–", "in band –: these students never have a chance of success inside the band"),
)
"""Each with what it explains: it is printed where that is shown."""


def save_tables(folder: Path, table: Mapping[str, Any]) -> None:
    """Write ``table.csv``, ``groups.csv``, ``unexpected.csv`` and ``table.md``."""
    scenarios = table["scenarios"]
    refused = [{"scenario": label} | gone for label, part in scenarios.items() for gone in part["cannot_teach"]]
    refused = [{"scenario": r["scenario"], "policy": r["policy"], "cannot_teach": r["reason"]} for r in refused]
    for name, key, more in (("table", "policies", refused), ("groups", "groups", []), ("unexpected", "unexpected", [])):
        rows = [row for scenario in scenarios.values() for row in scenario[key]]
        write_bytes(folder / f"{name}.csv", as_csv([*rows, *more]).encode())
    write_bytes(folder / "table.md", markdown(table).encode())


def terminal(table: Mapping[str, Any], *, width: int) -> list[RenderableType]:
    """The comparison as it is printed: one table per scenario, complete at 100 columns, and what it says."""
    from rich.text import Text

    shown: list[RenderableType] = []
    for label, scenario in table["scenarios"].items():
        shown.append(Text(f"\n{label}: {_primary(scenario)}", style="bold"))
        heads, rows = _main_table(scenario)
        fitting = _fitting(heads, rows, width)
        shown.append(_rich(heads, rows, width=width))
        for kinds in batched(scenario["unexpected_kinds"], 4):
            title = f"{label}: on students that no policy expected; differences to {scenario['tuned']}"
            shown += [Text(title, style="bold"), _rich(*_unexpected_table(scenario, kinds, short=True), width=width)]
        notes = _footnotes(scenario, heads[:fitting], rows)
        shown.append(Text("\n".join([*notes, *_refusals(scenario), *scenario["notes"]]), style="dim"))
        shown.append(Text("\n" + "\n".join(headlines(scenario)), style="bold"))
    if table["warning"]:
        shown.append(Text(table["warning"], style="bold yellow"))
    return shown


def _footnotes(scenario: Mapping[str, Any], heads: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """What explains the columns that are shown, and nothing else."""
    shown = {"", *(word for head in heads for word in head.split())}
    if "" in heads:
        shown.add("verdict")
    shown |= {sign for sign in (*KIND_SIGNS.values(), "‡") if any(sign in row[0] for row in rows)}
    if any("–" in row[: len(heads)] for row in rows):
        shown.add("–")
    values = {"smallest": scenario["smallest_difference"], "kind": _reference(scenario)}
    values |= {key: scenario[key] for key in ("reference", "tuned")}
    fewer = [f"{row['policy']} {row['students']}" for row in scenario["policies"] if _on_fewer(row, scenario)]
    values["fewer"] = ", ".join(fewer)
    return [note.format(**values) for about, note in FOOTNOTES if about in shown]


def _refusals(scenario: Mapping[str, Any]) -> list[str]:
    """A line for each policy that was to be compared and cannot teach this scenario."""
    return [f"{gone['policy']}: cannot teach here: {gone['reason']}" for gone in scenario["cannot_teach"]]


def _on_fewer(row: Row, scenario: Mapping[str, Any]) -> bool:
    return row["students"] < scenario["students"]


def _reference(scenario: Mapping[str, Any]) -> str | None:
    """Only exact values are called a bound; None where there is no reference."""
    return {"bound": "bound", "reference": "ref."}.get(scenario["reference_kind"])


def batched(values: Sequence[str], size: int) -> list[Sequence[str]]:
    """The values in portions of at most ``size``."""
    return [values[i : i + size] for i in range(0, len(values), size)]


def markdown(table: Mapping[str, Any]) -> str:
    """The comparison as Markdown, for a paper's appendix or an issue."""
    parts = [f"# {table['experiment']}"]
    if table["warning"]:
        parts.append(f"**{table['warning']}**")
    for label, scenario in table["scenarios"].items():
        parts += [f"## {label}", _primary(scenario) + "."]
        parts.append("\n".join(f"* {line}" for line in headlines(scenario)))
        heads, rows = _main_table(scenario, wide=True)
        parts.append(pipes(heads, rows))
        notes = _footnotes(scenario, heads, rows)
        parts.append("\n".join(f"{note}  " for note in [*notes, *_refusals(scenario), *scenario["notes"]]))
        parts += ["### Groups of students", pipes(*_group_table(scenario))]
        if scenario["unexpected"]:
            kinds = scenario["unexpected_kinds"]
            parts += ["### Students that no policy expected", pipes(*_unexpected_table(scenario, kinds))]
    return "\n\n".join(parts) + "\n"


def headlines(scenario: Mapping[str, Any]) -> list[str]:
    """What the table says, in sentences: the best learner against the two policies that it has to beat."""
    rows = {row["policy"]: row for row in scenario["policies"]}
    learner = scenario["best_learner"]
    if learner is None:
        best = rows[scenario["best_untrained"]]
        return [f"Best untrained policy (on validation students): {best['policy']}, {_interval(best, 'outcome')}."]
    row, lines = rows[learner], []
    others = {"vs_tuned": scenario["tuned"], "vs_best": scenario["best_untrained"]}
    if others["vs_best"] == others["vs_tuned"]:
        del others["vs_best"]
    for key, other in others.items():
        role = "tuned mastery learning" if key == "vs_tuned" else "the best untrained policy"
        says = row[f"{key}_verdict"]
        p = _p(row[f"{key}_p_holm"])
        spread, p = _interval(row, key, signed=True), f"p {p[0]} {p[1:]}" if p.startswith("<") else f"p = {p}"
        lines.append(f"{learner} against {role} ({other}): {spread}, {p} after Holm's correction: {says}.")
    lines.append(
        f"{row['more_skills']:+.1f} skills of {scenario['skills']} at the exam; "
        f"{100 * row['worse_off']:.0f} in 100 simulated students end more than "
        f"{scenario['smallest_difference']:g} lower than under {scenario['tuned']}."
    )
    return lines


Table = tuple[Sequence[str], Sequence[Sequence[str]]]


def _main_table(scenario: Mapping[str, Any], *, wide: bool = False) -> Table:
    """Column heads and rows; ``wide`` adds the columns that a terminal has no room for."""
    heads = ["policy", "outcome", "vs mastery\ntuned", "", "worst\n10 %", "worse\noff", "skills", "hours"]
    reference = _reference(scenario)
    heads += [f"way to\n{reference}"] if reference else []
    never_in_band = not any(row["in_band"] for row in scenario["policies"] if row["in_band"] == row["in_band"])
    if wide:
        heads += ["vs best untrained", " ", "IQM", "seeds", "sampled", "wasted", "in band", "quit"]
        heads += ["minutes to mastery", "reached", "p Holm"]
    rows = []
    for row in scenario["policies"]:
        cells = [
            _name(row, scenario),
            _spread(row, "outcome"),
            _spread(row, "vs_tuned", signed=True),
            SIGNS.get(row["vs_tuned_verdict"] or "", ""),
            _number(row, "worst_decile"),
            _percent(row, "worse_off"),
            _number(row, "skills_mastered", "{:.1f}"),
            f"{row['minutes'] / 60:.1f}",
            *([_percent(row, "of_the_way")] if reference else []),
        ]
        if wide:
            cells += [
                _spread(row, "vs_best", signed=True),
                SIGNS.get(row["vs_best_verdict"] or "", ""),
                _number(row, "iqm"),
                str(row["seeds"]),
                _spread(row, "sampled"),
                _percent(row, "wasted"),
                "–" if never_in_band else _percent(row, "in_band"),
                _percent(row, "quit"),
                _number(row, "minutes_to_mastery", "{:.0f}"),
                _percent(row, "reached"),
                _p(row.get("vs_tuned_p_holm")),
            ]
        rows.append(cells)
    return heads, rows


def _group_table(scenario: Mapping[str, Any]) -> Table:
    heads = ["policy", "group", "students", "outcome", "vs mastery_tuned", "worst 10 %", "quit", "never mastered"]
    rows = [
        [
            _name(row, scenario),
            row["group"],
            str(row["students"]),
            _spread(row, "outcome"),
            _spread(row, "vs_tuned", signed=True),
            _number(row, "worst_decile"),
            _percent(row, "quit"),
            _percent(row, "never_mastered"),
        ]
        for row in scenario["groups"]
    ]
    return heads, rows


def _unexpected_table(scenario: Mapping[str, Any], kinds: Sequence[str], *, short: bool = False) -> Table:
    """One row per policy in the order of the main table, and for each kind of students the outcome and the difference.

    Args:
        scenario: its part of the table.
        kinds: which kinds of students.
        short: the difference alone; for tuned mastery learning, which the others are set against, the outcome.
    """
    cells = {(row["policy"], row["students_kind"]): row for row in scenario["unexpected"]}
    heads = ["policy"]
    for kind in kinds:
        words = kind.replace("_", "\n" if short else " ")
        heads += [words] if short else [words, "vs mastery tuned"]
    rows = []
    for row in scenario["policies"]:
        there = [cells.get((row["policy"], kind), {}) for kind in kinds]
        if not any(there):
            continue
        line = [_name(row, scenario)]
        for cell in there:
            outcome, difference = _number(cell, "outcome"), _spread(cell, "vs_tuned", signed=True)
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
        table.add_row(*(Text(cell, style=styles.get(cell, "")) for cell in row[: len(table.columns)]))
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


def pipes(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table; the first column holds words, the others numbers."""
    lines = [[head.replace("\n", " ") for head in heads], ["---", *["---:"] * (len(heads) - 1)], *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', '/') for cell in line)} |" for line in lines)


def as_csv(rows: Sequence[Row]) -> str:
    """All numbers in full precision; columns in order of first appearance."""
    import pandas as pd

    flat = [{k: "; ".join(v) if isinstance(v, list) else v for k, v in row.items()} for row in rows]
    columns = list(dict.fromkeys(key for row in flat for key in row))
    return pd.DataFrame(flat, columns=columns).to_csv(index=False, lineterminator="\n")


def _primary(scenario: Mapping[str, Any]) -> str:
    words = {
        "exam": "expected share of exam items right",
        "gain": "gain in the expected share of exam items right",
        "post": "expected share of exam items right after the last lesson",
        "mastery_exam": "mean mastery at the exam",
    }
    return f"{words.get(scenario['primary'], scenario['primary'])}, {scenario['students']} unseen students"


def _name(row: Row, scenario: Mapping[str, Any]) -> str:
    mark = " †" if row["policy"] == scenario["best_untrained"] else ""
    return f"{row['policy']}{KIND_SIGNS[row['kind']]}{'‡' * _on_fewer(row, scenario)}{mark}"


def _number(row: Row, key: str, form: str = "{:.3f}") -> str:
    value = row.get(key)
    return "" if value is None or value != value else form.format(value)


def _percent(row: Row, key: str) -> str:
    value = row.get(key)
    return "" if value is None or value != value else f"{100 * value:.0f} %"


def _p(value: float | None) -> str:
    """A p-value; nobody needs to know how far below .001 it is."""
    return "" if value is None else "<.001" if value < 0.001 else f"{value:.2g}"


def _spread(row: Row, key: str, *, signed: bool = False) -> str:
    """The value and half the width of its interval, which is symmetric; "" where there is none."""
    value = row.get(key)
    if value is None or value != value:
        return ""
    half = row[f"{key}_high"] - value
    return f"{value:+.3f} ± {half:.3f}" if signed else f"{value:.3f} ± {half:.3f}"


def _interval(row: Row, key: str, *, signed: bool = False) -> str:
    """The value and its interval, for sentences."""
    form = "{:+.3f} [{:+.3f}, {:+.3f}]" if signed else "{:.3f} [{:.3f}, {:.3f}]"
    return form.format(row[key], row[f"{key}_low"], row[f"{key}_high"])
