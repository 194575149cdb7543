"""Put an experiment's table and growth curves into docs/results: ``python benchmarks/publish.py results/algebra``.

Where README.md has the lines ``<!-- results of NAME -->`` and ``<!-- end -->``, a short table goes between them.

A second argument is the command that made the results, where it was not just ``zpdgym compare experiment=NAME``.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs" / "results"
SVG = re.compile(r"<svg(?P<attributes>[^>]*-growth-title[^>]*)>(?P<inside>.*?)</svg>", re.DOTALL)
LOOK = "<style>text{font:13px system-ui,sans-serif;fill:#222}svg{background:#fff}</style>"


def publish(folder: Path, command: str | None = None) -> list[Path]:
    """Write docs/results/<experiment>.md and .svg from the files of a finished experiment."""
    experiment = json.loads((folder / "experiment.json").read_text(encoding="utf-8"))
    name = experiment["name"]
    DOCS.mkdir(exist_ok=True)
    page, picture = DOCS / f"{name}.md", DOCS / f"{name}.svg"
    drawn = SVG.search((folder / "report.html").read_text(encoding="utf-8"))
    if drawn is None:
        sys.exit(f"{folder}/report.html has no growth curves")
    head = f'<svg xmlns="http://www.w3.org/2000/svg"{drawn["attributes"]}>{LOOK}'
    picture.write_text(f"{head}{drawn['inside']}</svg>\n", encoding="utf-8")
    table = (folder / "table.md").read_text(encoding="utf-8")
    words = (
        f"# Experiment {name}\n\nMade by `{command or f'zpdgym compare experiment={name}'}` and "
        f"`python benchmarks/publish.py results/{name}`. Simulated students; nothing here was tried with children.\n\n"
        f"![Share of the skills known, lesson by lesson]({name}.svg)\n\n"
    )
    page.write_text(words + table, encoding="utf-8")
    written, readme = [page, picture], ROOT / "README.md"
    short = short_table(json.loads((folder / "table.json").read_text(encoding="utf-8")))
    between = re.compile(rf"(<!-- results of {re.escape(name)} -->\n).*?(<!-- end -->)", re.DOTALL)
    before = readme.read_text(encoding="utf-8")
    after = between.sub(lambda found: f"{found[1]}{short}\n{found[2]}", before)
    if after != before:
        readme.write_text(after, encoding="utf-8")
        written.append(readme)
    return written


def short_table(table: dict[str, Any]) -> str:
    """Outcome and difference to tuned mastery learning of every policy, scenario by scenario, as Markdown."""
    lines: list[str] = []
    for label, scenario in table["scenarios"].items():
        lines += [f"| {label} | outcome | against `{scenario['tuned']}` | |", "|---|---:|---:|---|"]
        for row in sorted(scenario["policies"], key=lambda row: -row["outcome"]):
            kind = {"learnt": " (learnt)", "privileged": " (privileged)"}.get(row["kind"], "")
            kind += " (best untrained)" if row["policy"] == scenario["best_untrained"] else ""
            verdict = "reference" if row["kind"] == "privileged" else row.get("vs_tuned_verdict") or ""
            difference = "" if row["policy"] == scenario["tuned"] else _with_interval(row, "vs_tuned", "+.3f")
            lines.append(
                f"| `{row['policy']}`{kind} | {_with_interval(row, 'outcome', '.3f')} | {difference} | {verdict} |"
            )
    return "\n".join(lines)


def _with_interval(row: dict[str, Any], key: str, form: str) -> str:
    half = (row[f"{key}_high"] - row[f"{key}_low"]) / 2
    return f"{row[key]:{form}} ± {half:.3f}"


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3) or not (Path(sys.argv[1]) / "experiment.json").exists():
        sys.exit("usage: python benchmarks/publish.py FOLDER-OF-A-FINISHED-EXPERIMENT [COMMAND]")
    for path in publish(Path(sys.argv[1]), *sys.argv[2:]):
        print(path)
