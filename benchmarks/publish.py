"""Make the leaderboard and every page that shows it: ``python -m benchmarks.publish``, 45 minutes on two cores at most.

That compares whatever ``configs/experiment/leaderboard.yaml`` names, and publishes it. Interrupted? The same command
goes on where it stopped: finished runs are not repeated. ``python benchmarks/publish.py results/algebra`` publishes a
comparison or a matrix that is finished already: its table and growth curves go into docs/results. A second argument is
the command that made the results, where it was not just ``zpdgym compare experiment=NAME``.

Where README.md or a page has the lines ``<!-- results of NAME -->`` and ``<!-- end -->``, a short table goes there: all
policies with their differences, or, of several scenarios, all policies by all scenarios. A picture of the same scenario
in another version gives way to the new one, and whoever shows it shows the new one.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from zpdgym.experiments.comparison.compare import compare
from zpdgym.experiments.comparison.rows import ComparisonTable, Difference, Interval, PolicyRow, ScenarioTable
from zpdgym.experiments.store.columns import from_plain

LEADERBOARD = "leaderboard"
ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs" / "results"
SVG = re.compile(r"<svg(?P<attributes>[^>]*-growth-title[^>]*)>(?P<inside>.*?)</svg>", re.DOTALL)
VERSION = re.compile(r"-v\d+$")
NONE = "no verdict: too few trainings"
LOOK = "<style>text{font:13px system-ui,sans-serif;fill:#222}svg{background:#fff}</style>"


def publish(folder: Path, command: str | None = None) -> list[Path]:
    """Write docs/results/<experiment>.md and .svg from the files of a finished experiment."""
    experiment = json.loads((folder / "experiment.json").read_text(encoding="utf-8"))
    name = experiment["name"]
    DOCS.mkdir(exist_ok=True)
    page, numbers = DOCS / f"{name}.md", folder / "table.json"
    result = from_plain(ComparisonTable, json.loads(numbers.read_text(encoding="utf-8")), where=str(numbers))
    pictures = draw_growth(folder, name, list(result.scenarios))
    table = (folder / "table.md").read_text(encoding="utf-8")
    several = leaderboard(result) + "\n\n" if len(pictures) > 1 else ""
    shown = "\n\n".join(
        f"![{label}: share of the skills known, lesson by lesson]({picture.name})"
        for label, picture in pictures.items()
    )
    made = f"`{command or f'zpdgym compare experiment={name}'}` and `python benchmarks/publish.py results/{name}`"
    made = "`python -m benchmarks.publish`" if (name, command) == (LEADERBOARD, None) else made
    words = (
        f"# Experiment {name}\n\nMade by {made}. Simulated students; nothing here was tried with children.\n\n"
        f"{several}{shown}\n\n"
    )
    page.write_text(words + table.removeprefix(f"# {name}\n\n"), encoding="utf-8")
    written = [page, *pictures.values()]
    short = leaderboard(result) if len(pictures) > 1 else short_table(result)
    between = re.compile(rf"(<!-- results of {re.escape(name)} -->\n).*?(<!-- end -->)", re.DOTALL)
    newest = give_way(name, list(pictures.values()))
    for text in (ROOT / "README.md", *(ROOT / "docs").glob("*.md")):
        before = text.read_text(encoding="utf-8")
        after = between.sub(lambda found: f"{found[1]}{short}\n{found[2]}", before)
        for old, new in newest.items():
            after = after.replace(f"results/{old})", f"results/{new})")
        if after != before:
            text.write_text(after, encoding="utf-8")
            written.append(text)
    return written


def publish_matrix(folder: Path) -> list[Path]:
    """Write docs/results/<name>.md and .svg from a finished robust evaluation matrix."""
    name = json.loads((folder / "matrix.json").read_text(encoding="utf-8"))["name"]
    page, picture = DOCS / f"{name}.md", DOCS / f"{name}.svg"
    picture.write_bytes((folder / "matrix.svg").read_bytes())
    table = (folder / "matrix.md").read_text(encoding="utf-8").replace("(matrix.svg)", f"({name}.svg)")
    made = f"Made by `zpdgym robustness` and `python benchmarks/publish.py results/{name}`"
    about = "with which settings, and what it means: [robustness](../robustness.md)"
    page.write_text(f"{table.rstrip()}\n\n{made}; {about}.\n", encoding="utf-8")
    return [page, picture]


def draw_growth(folder: Path, name: str, labels: list[str]) -> dict[str, Path]:
    """Write the growth curves of every scenario: its label -> the picture."""
    drawn = list(SVG.finditer((folder / "report.html").read_text(encoding="utf-8")))
    if len(drawn) != len(labels):
        sys.exit(f"{folder}/report.html has growth curves of {len(drawn)} scenarios, table.json has {len(labels)}")
    pictures = {}
    for label, found in zip(labels, drawn, strict=True):
        picture = DOCS / (f"{name}-{label}.svg" if len(labels) > 1 else f"{name}.svg")
        head = f'<svg xmlns="http://www.w3.org/2000/svg"{found["attributes"]}>{LOOK}'
        picture.write_text(f"{head}{found['inside']}</svg>\n", encoding="utf-8")
        pictures[label] = picture
    return pictures


def give_way(name: str, pictures: Sequence[Path]) -> dict[str, str]:
    """Delete the pictures of an experiment that show a scenario in another version: their names -> the new ones."""
    newest = {VERSION.sub("", picture.stem): picture for picture in pictures}
    gone = dict[str, str]()
    for old in sorted(DOCS.glob(f"{name}-*.svg")):
        new = newest.get(VERSION.sub("", old.stem))
        if new is not None and old != new and VERSION.search(old.stem):
            old.unlink()
            gone[old.name] = new.name
    return gone


def leaderboard(table: ComparisonTable) -> str:
    """Every policy's outcome in every scenario, and the learnt ones against the two that they must beat."""
    scenarios = table.scenarios
    rows: dict[str, dict[str, PolicyRow | None]] = {
        label: {row.policy: row for row in scenario.policies} | {gone.policy: None for gone in scenario.cannot_teach}
        for label, scenario in scenarios.items()
    }
    names = list(dict.fromkeys(name for found in rows.values() for name in found))
    names.sort(key=lambda name: -_mean_way([found.get(name) for found in rows.values()]))
    lines = [f"| | {' | '.join(scenarios)} |", f"|---|{'---:|' * len(scenarios)}"]
    for name in names:
        found = [row for row in (of.get(name) for of in rows.values()) if row]
        kind = {"learnt": " (learnt)", "privileged": " (privileged)"}.get(found[0].kind if found else "", "")
        cells = [_cell(scenarios[label], of.get(name)) for label, of in rows.items()]
        lines.append(f"| `{name}`{kind} | {' | '.join(cells)} |")
    notes = ["in brackets the share of the way from no teaching to the reference", "† best untrained policy"]
    notes += ["**bold**: a learnt policy that is better than that"]
    notes += ["‡ on fewer students (below)"] if "‡" in "".join(lines) else []
    lines += ["", f"Outcome; {'; '.join(notes)}."]
    lines += ["", "| learnt | scenario | against `mastery_tuned` | | against the best untrained | |"]
    lines.append("|---|---|---:|---|---:|---|")
    for label, scenario in scenarios.items():
        for row in scenario.policies:
            if row.kind == "learnt":
                tuned, best = (_with_interval(found, "+.3f") for found in (row.vs_tuned, row.vs_best))
                best = f"{best} (`{scenario.best_untrained}`)"
                verdicts = [verdict or NONE for verdict in (row.vs_tuned_verdict, row.vs_best_verdict)]
                lines.append(f"| `{row.policy}` | {label} | {tuned} | {verdicts[0]} | {best} | {verdicts[1]} |")
    return "\n".join(lines)


def _cell(scenario: ScenarioTable, row: PolicyRow | None) -> str:
    """Outcome and share of the way; bold for a winner, daggers for fewer students and the best untrained policy."""
    if row is None:
        return "–"
    way = "" if row.of_the_way is None else f" ({100 * row.of_the_way:.0f} %)"
    text = f"{row.outcome.value:.3f}{way}"
    text = f"**{text}**" if row.policy == scenario.winner else text
    text += " ‡" * (row.students < scenario.students)
    return f"{text} †" if row.policy == scenario.best_untrained else text


def _mean_way(rows: Sequence[PolicyRow | None]) -> float:
    """By which policies are ordered: the mean share of the way, none where a policy cannot teach."""
    ways = [row.of_the_way if row and row.of_the_way is not None else 0.0 for row in rows]
    return sum(ways) / len(ways)


def short_table(table: ComparisonTable) -> str:
    """Outcome and difference to tuned mastery learning of every policy, scenario by scenario, as Markdown."""
    lines: list[str] = []
    for label, scenario in table.scenarios.items():
        lines += [f"| {label} | outcome | against `{scenario.tuned}` | |", "|---|---:|---:|---|"]
        for row in sorted(scenario.policies, key=lambda row: -row.outcome.value):
            kind = {"learnt": " (learnt)", "privileged": " (privileged)"}.get(row.kind, "")
            kind += " (best untrained)" if row.policy == scenario.best_untrained else ""
            none = "reference" if row.kind == "privileged" else NONE if row.vs_tuned else ""
            verdict = row.vs_tuned_verdict or none
            difference = _with_interval(row.vs_tuned, "+.3f")
            outcome = _with_interval(row.outcome, ".3f")
            lines.append(f"| `{row.policy}`{kind} | {outcome} | {difference} | {verdict} |")
    return "\n".join(lines)


def _with_interval(found: Interval | Difference | None, form: str) -> str:
    """The interval to its further side."""
    return f"{found.value:{form}} ± {max(found.high - found.value, found.value - found.low):.3f}" if found else ""


def main(arguments: Sequence[str]) -> list[Path]:
    """Publish what the arguments say; the pages and pictures that were written."""
    if not arguments:
        compare(LEADERBOARD, results=ROOT / "results").all_made()
        return publish(ROOT / "results" / LEADERBOARD)
    folder = Path(arguments[0])
    if len(arguments) == 1 and (folder / "matrix.json").exists():
        return publish_matrix(folder)
    if len(arguments) < 3 and (folder / "experiment.json").exists():
        return publish(folder, *arguments[1:])
    sys.exit("usage: python -m benchmarks.publish [FOLDER-OF-A-FINISHED-EXPERIMENT-OR-MATRIX [COMMAND]]")


if __name__ == "__main__":
    print(*main(sys.argv[1:]), sep="\n")
