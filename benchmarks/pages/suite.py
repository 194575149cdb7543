"""All scenarios in one screen: the table between the marks of README.md is written again from finished comparisons.

    python -m benchmarks.pages.suite results/controls results/vocabulary results/remediation results/tutor
    python -m benchmarks.pages.suite docs/results/leaderboard.md docs/results/examprep.md docs/results/placement.md

A comparison is given by its folder, or by the page that it was published on. For each scenario: the best policy without
training and what it reaches, how far the reference that looks inside students is above it (*room*), and the best learnt
teacher less the best untrained policy, with its 95 % interval and the verdict of the comparison. On controls, which
nobody may win, whether a row is impossible. A scenario that stands in several comparisons is read from the first; one
of the table that stands in none of them keeps its row. Variants of a scenario, such as a low dosage, stand on its page.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from zpdgym.experiments.comparison.rows import ComparisonTable, PolicyRow, ScenarioTable
from zpdgym.experiments.store.columns import from_plain

from benchmarks.pages.scenarios import PAGES, table, there

README = Path(__file__).resolve().parents[2] / "README.md"
ROW = re.compile(r"^\| (?P<cells>\[(?P<label>[\w-]+)\].*) \|$", re.MULTILINE)
AHEAD_OF = re.compile(
    r"^\* (?P<learnt>\S+) against the best untrained policy \((?P<best>\S+)\): (?P<value>[-+\d.]+) "
    r"\[(?P<low>[-+\d.]+), (?P<high>[-+\d.]+)\](?:.*? verdicts: (?P<verdict>.*))?\.$",
    re.MULTILINE,
)
MARKS = re.compile(r"(<!-- suite -->\n).*?(<!-- end -->)", re.DOTALL)
FEW = "no verdict: too few trainings"
HEADS = [
    "scenario", "best untrained policy", "room above it", "best learnt teacher", "less the best untrained", "verdict",
]  # fmt: skip


def scenarios(folders: Sequence[Path]) -> dict[str, ScenarioTable]:
    """Every scenario with a page of its own by its label, from the first comparison that has it."""
    found: dict[str, ScenarioTable] = {}
    for folder in folders:
        numbers = folder / "table.json"
        told = from_plain(ComparisonTable, json.loads(numbers.read_text(encoding="utf-8")), where=str(numbers))
        found = {**{label: one for label, one in told.scenarios.items() if (PAGES / f"{label}.md").exists()}, **found}
    return found


def room(scenario: ScenarioTable, best: PolicyRow) -> str:
    """How far the reference, or the proven bound of a control, is above the best untrained policy."""
    rows = {row.policy: row for row in scenario.policies}
    if scenario.control_bound is not None:
        value = scenario.control_value
        return "none (nobody learns)" if value is None else f"{value - best.outcome.value:+.3f} (bound)"
    if scenario.reference is None:
        return "not known"
    above = rows[scenario.reference].vs_best  # paired: a slow reference may have taught fewer students
    if above is None:
        return "none"
    return _room(f"{above.value:+.3f}", scenario.reference)


def _room(above: str, reference: str) -> str:
    """The room that a reference tells; one that looks a lesson ahead only may stand below those that look further."""
    return f"{'not known: ' if above.startswith('-') else ''}{above} (`{reference}`)"


def row(label: str, scenario: ScenarioTable) -> list[str]:
    """A scenario's row."""
    rows = {row.policy: row for row in scenario.policies}
    best = rows[scenario.best_untrained]
    first = [f"[{label}](docs/scenarios/{label}.md)", f"`{best.policy}` {best.outcome.value:.3f}", room(scenario, best)]
    learnt = rows.get(scenario.best_learner or "")
    if learnt is None or learnt.vs_best is None:
        return [*first, "–", "–", "–"]
    found = learnt.vs_best
    difference = f"{found.value:+.3f} [{found.low:+.3f}, {found.high:+.3f}]"
    verdict = learnt.vs_best_verdict or FEW
    if scenario.control_bound is not None:
        impossible = [one.policy for one in scenario.policies if one.beats_control]
        verdict = f"control: **not clean** ({', '.join(impossible)})" if impossible else "control: clean"
    return [*first, f"`{learnt.policy}` {learnt.outcome.value:.3f} ({learnt.seeds})", difference, verdict]


def published(page: Path) -> dict[str, list[str]]:
    """The rows of all scenarios of a published page, from its sentences and tables.

    Raises:
        SystemExit: a scenario of the page has no sentence on the best untrained policy, or no row of it.
    """
    found = dict[str, list[str]]()
    for part in re.split(r"^## ", page.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
        label = part.split("\n", 1)[0]
        if (PAGES / f"{label}.md").exists():
            found[label] = _as_published(label, part, page)
    return found


def _as_published(label: str, part: str, page: Path) -> list[str]:
    said = AHEAD_OF.search(part)
    tables = [line for line in part.splitlines() if line.startswith("| ")]
    if said is None or not tables:
        raise SystemExit(f"{page}: {label} does not say how the learnt policy stands beside the best untrained one")
    heads, *lines = [[cell.strip() for cell in line.strip("|").split("|")] for line in tables]
    ways, above = (next((heads.index(h) for h in heads if h.startswith(head)), None) for head in ("way to", "vs best"))
    outcomes, seeds, room = dict[str, str](), dict[str, str](), "not known"
    for cells in lines:
        if len(cells) != len(heads) or cells[0].startswith(("-", "policy")):
            continue
        name = re.split(r"[°*‡ ]", cells[0])[0]
        outcomes.setdefault(name, cells[1].split(" ")[0])
        seeds.setdefault(name, cells[heads.index("seeds")] if "seeds" in heads else "")
        if (
            "°" in cells[0]
            and ways is not None
            and above is not None
            and cells[ways] == "100 %"
            and room == "not known"
        ):
            room = _room(cells[above].split(" ")[0], name)
    best, learnt = said["best"], said["learnt"]
    link = f"[{label}](docs/scenarios/{label}.md)"
    difference = f"{said['value']} [{said['low']}, {said['high']}]"
    verdict = said["verdict"] or FEW
    return [
        link,
        f"`{best}` {outcomes[best]}",
        room,
        f"`{learnt}` {outcomes[learnt]} ({seeds[learnt]})",
        difference,
        verdict,
    ]


def rows_of(text: str) -> dict[str, list[str]]:
    """The rows that stand in a table already, by label."""
    return {found["label"]: found["cells"].split(" | ") for found in ROW.finditer(text)}


def suite(rows: Mapping[str, list[str]]) -> str:
    """The table: by name, controls at the end."""
    return table([HEADS, *sorted(rows.values(), key=lambda cells: (cells[-1].startswith("control"), cells[0]))])


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("comparisons", type=there, nargs="+", help="folders, or published pages (.md)")
    given: list[Path] = parser.parse_args(arguments).comparisons
    new = {label: cells for path in given if path.suffix == ".md" for label, cells in published(path).items()}
    folders = scenarios([path for path in given if path.suffix != ".md"])
    new |= {label: row(label, one) for label, one in folders.items()}
    before = README.read_text(encoding="utf-8")
    marked = MARKS.search(before)
    if marked is None:
        parser.error(f"{README.name} has no line <!-- suite -->")
    made = suite(rows_of(marked[0]) | new)
    README.write_text(MARKS.sub(lambda marks: f"{marks[1]}{made}\n{marks[2]}", before), encoding="utf-8")


if __name__ == "__main__":
    main()
