"""The table of a comparison in LaTeX, and the file that puts everything together; all names in them are escaped."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..comparison.formats import number
from ..comparison.rows import Difference, Interval, PolicyRow
from ..reading.folder import Folder
from ..statistics import AHEAD, BEHIND, BETTER, CANNOT_TELL, NO_DIFFERENCE, WORSE
from .setting import other_people, place_name
from .words import outcome_name, tick_words

MARKS = {
    BETTER: "$++$",
    AHEAD: "$+$",
    NO_DIFFERENCE: "$\\approx$",
    BEHIND: "$-$",
    WORSE: "$--$",
    CANNOT_TELL: "?",
}
KINDS = {"baseline": "", "learnt": "$^{*}$", "privileged": "$^{\\circ}$"}
IMPOSSIBLE = "$^{\\times}$"
"""Marks a row of a control's table that cannot be true."""
MOST_ROWS = 45
"""A longer table runs over several pages."""
_ESCAPES = {
    "\\": "\\textbackslash{}", "{": "\\{", "}": "\\}", "$": "\\$", "&": "\\&", "#": "\\#", "%": "\\%", "_": "\\_",
    "^": "\\textasciicircum{}", "~": "\\textasciitilde{}", "<": "\\textless{}", ">": "\\textgreater{}",
    "|": "\\textbar{}", '"': "\\textquotedbl{}", "–": "--", "—": "---", "“": "``", "”": "''", "’": "'",
    "×": "$\\times$", "→": "$\\rightarrow$",
    "±": "$\\pm$", "≈": "$\\approx$", "°": "$^{\\circ}$", "−": "$-$", "[": "{[}", "]": "{]}",
}  # fmt: skip
_LAST_LATIN = "\u017f"
"""Letters up to here are known to pdflatex; others are told by their number."""


def escaped(text: str) -> str:
    r"""The text as LaTeX prints it letter by letter.

    Example:
        >>> escaped("50 % of ppo_scorer & co")
        '50 \\% of ppo\\_scorer \\& co'
    """
    return "".join(_ESCAPES.get(sign) or (sign if sign <= _LAST_LATIN else f"(U+{ord(sign):04X})") for sign in text)


def table(folder: Folder) -> str:
    """Every policy in every scenario: outcome with its interval, and the paired differences with their marks."""
    rows = [row for scenario in folder.table.scenarios.values() for row in scenario.policies]
    places = _places(folder, rows)
    heads = [*places, "policy", "seeds", "outcome", "against tuned mastery", "", "against best untrained", ""]
    lines, before = list[str](), ""
    for row in rows:
        if before not in ("", row.scenario):
            lines.append("\\midrule")
        before = row.scenario
        cells = [escaped(_level(row, name)) for name in places]
        name = escaped(row.policy) + KINDS[row.kind] + (IMPOSSIBLE if row.beats_control else "")
        cells += [name, str(row.seeds), _interval(row.outcome)]
        for difference, verdict in ((row.vs_tuned, row.vs_tuned_verdict), (row.vs_best, row.vs_best_verdict)):
            cells += [_interval(difference, signed=True), MARKS[verdict] if verdict else ""]
        lines.append(" & ".join(cells) + " \\\\")
    return environment(
        heads,
        lines,
        columns="l" * len(places) + "lrrrlrl",
        caption=_caption(folder, rows),
        label=label_of(folder),
        count=len(rows),
    )


def label_of(folder: Folder, *more: str) -> str:
    r"""What ``\ref`` calls a table of a comparison."""
    return f"tab:{re.sub(r'[^A-Za-z0-9]', '-', '-'.join([str(folder.experiment['name']), *more]))}"


def environment(
    heads: Sequence[str], lines: Sequence[str], *, columns: str, caption: str, label: str, count: int
) -> str:
    """A table with what stands around it; one of many rows may run over several pages.

    Args:
        heads: of its columns.
        lines: its rows in LaTeX.
        columns: how each column is set.
        caption: in LaTeX.
        label: for references.
        count: how many rows it has, lines between them not counted.
    """
    head = " & ".join(escaped(head) for head in heads) + " \\\\"
    about = [f"\\caption{{{caption}}}", f"\\label{{{label}}}"]
    needs = "% needs the packages booktabs and longtable, and \\usepackage[T1]{fontenc}"
    narrow = "\\setlength{\\tabcolsep}{4pt}"
    if count > MOST_ROWS:
        again = f"\\multicolumn{{{len(heads)}}}{{l}}{{Table \\ref{{{label}}}, continued}} \\\\"
        first = [f"{''.join(about)} \\\\", "\\toprule", head, "\\midrule", "\\endfirsthead"]
        opened = [f"\\begin{{longtable}}{{{columns}}}", *first, again, "\\toprule", head, "\\midrule", "\\endhead"]
        opened = ["{\\footnotesize", narrow, *opened]
        return "\n".join([needs, *opened, *lines, "\\bottomrule", "\\end{longtable}", "}", ""])
    opened = ["\\begin{table*}", "\\centering", "\\footnotesize", narrow, *about]
    opened += [f"\\begin{{tabular}}{{{columns}}}", "\\toprule", head, "\\midrule"]
    return "\n".join([needs, *opened, *lines, "\\bottomrule", "\\end{tabular}", "\\end{table*}", ""])


def document(folder: Folder, *, parts: Sequence[str], figures: Sequence[tuple[str, str]]) -> str:
    """A file that can be compiled: the paragraph on methods, the table, the figures, the sources.

    Args:
        folder: the comparison.
        parts: files without suffix, in order; ``references`` come last in any case.
        figures: the file of each, and its caption.
    """
    lines = [
        "\\documentclass{article}", "\\usepackage[T1]{fontenc}", "\\usepackage[utf8]{inputenc}",
        "\\usepackage[a4paper,margin=16mm]{geometry}", "\\usepackage{booktabs,longtable,graphicx}",
        "\\begin{document}", f"\\section*{{{escaped(str(folder.experiment['name']))}}}",
    ]  # fmt: skip
    lines += [f"\\input{{{name}}}" for name in parts if name != "references"]
    for file, caption in figures:
        lines += [
            "\\begin{figure*}", "\\centering", f"\\includegraphics{{{file}}}", f"\\caption{{{escaped(caption)}}}",
            "\\end{figure*}",
        ]  # fmt: skip
    if "references" in parts:
        lines += ["\\nocite{*}", "\\bibliographystyle{plain}", "\\bibliography{references}"]
    return "\n".join([*lines, "\\end{document}", ""])


def _places(folder: Folder, rows: Sequence[PolicyRow]) -> list[str]:
    """The columns that say where a row is: the axes of the cells, or the scenario."""
    axes = [name for name in folder.axes if any(name in (c.axes or {}) for c in folder.compared.values())]
    return axes or (["scenario"] if len({row.scenario for row in rows}) > 1 else [])


def _level(row: PolicyRow, name: str) -> str:
    if name == "scenario":
        return row.scenario
    level = (row.axes or {}).get(name)
    return "" if level is None else tick_words(level)


def _interval(found: Interval | Difference | None, *, signed: bool = False) -> str:
    if found is None or found.value != found.value:
        return ""
    value, low, high = (number(v, "{:+.3f}" if signed else "{:.3f}") for v in (found.value, found.low, found.high))
    return f"${value}$ {{[}}${low}$, ${high}${{]}}"


def _caption(folder: Folder, rows: Sequence[PolicyRow]) -> str:
    scenarios = list(folder.table.scenarios.values())
    outcomes = ", ".join(dict.fromkeys(outcome_name(scenario.primary) for scenario in scenarios))
    smallest = ", ".join(dict.fromkeys(f"{scenario.smallest_difference:g}" for scenario in scenarios))
    counts = list(dict.fromkeys(scenario.verdicts for scenario in scenarios))
    corrected = f"all {counts[0]} of them" if len(counts) == 1 else f"all of a scenario ({', '.join(map(str, counts))})"
    kinds = {row.kind for row in rows}
    where = dict.fromkeys(place_name(folder, label) for label in folder.table.scenarios)
    others = "".join(f"; every {axis} has other people" for axis in other_people(folder))
    told = [
        f"{escaped(str(folder.experiment['name']))}: {escaped(outcomes)} in {escaped('; '.join(where))}, mean over "
        "test students and runs, with 95\\,\\% intervals over training seeds and students; differences are paired "
        f"student by student{escaped(others)}.",
        "$++$ better and $--$ worse by more than the smallest difference worth having "
        f"({smallest}); $+$ ahead and $-$ behind, perhaps by less; $\\approx$ no practical difference; ? cannot tell. "
        f"These marks go by intervals corrected for {corrected} (Bonferroni), which are wider than those shown.",
    ]
    told += ["$^{*}$ learnt."] * ("learnt" in kinds)
    told += ["$^{\\circ}$ looks inside the simulated students: a reference, no competitor."] * ("privileged" in kinds)
    told += [f"{IMPOSSIBLE} wins where nobody can: a bug or a leak."] * any(row.beats_control for row in rows)
    return " ".join(told)
