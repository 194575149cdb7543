"""What a comparison found, on the page of its scenario: between ``<!-- compared -->`` and ``<!-- end -->``.

``python -m benchmarks.pages.compared results/vocabulary`` reads a finished comparison and writes the page of its first
scenario again: who is ahead by how much, groups, what the teacher does in rules, and what came of the other scenarios
of the comparison. A picture of the curriculum that was learnt goes to docs/results. Several folders of one scenario go
onto its page together: ``results/remediation results/remediation_low_dosage``.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from zpdgym.experiments.comparison.rows import Difference, Interval, PolicyRow
from zpdgym.experiments.figures.calendar import calendar, calendar_chart
from zpdgym.experiments.figures.words import listed
from zpdgym.experiments.report.results import World, read_experiment, read_lessons
from zpdgym.experiments.report.taught.choosing import differing
from zpdgym.experiments.report.taught.features import situations
from zpdgym.experiments.report.taught.rules import agreement, explain, split
from zpdgym.experiments.report.taught.why import mastery_rule

from benchmarks.pages.better_beliefs import Comparison, difference, estimated, value
from benchmarks.pages.decisions import as_columns, in_percent, rule_table
from benchmarks.pages.scenarios import PAGES, table, there
from benchmarks.publish import DOCS, LOOK

MARKS = re.compile(r"(<!-- compared -->\n).*?(<!-- end -->)", re.DOTALL)
FEW = "no verdict: too few trainings"
ALWAYS = ("random", "no_teaching")
SVG = re.compile(r"<svg(?P<attributes>[^>]*)>(?P<inside>.*)</svg>", re.DOTALL)
DECIDES = 0.02
"""Rules that decide a smaller share of the lessons are left to the report."""


class Found(NamedTuple):
    """A scenario of a comparison.

    Attributes:
        folder: of the comparison.
        experiment: its file.
        world: the scenario.
    """

    folder: Path
    experiment: Mapping[str, Any]
    world: World


def of_all(folders: Sequence[Path]) -> list[Found]:
    """The scenarios of all these comparisons."""
    found = list[Found]()
    for folder in folders:
        experiment, worlds = read_experiment(folder)
        found += [Found(folder, experiment, world) for world in worlds]
    return found


def between(found: Interval | Difference | None) -> str:
    """A difference with its interval."""
    return "–" if found is None else f"{found.value:+.3f} [{found.low:+.3f}, {found.high:+.3f}]"


def shown(world: World) -> list[PolicyRow]:
    """The rows that the page has, best first: whoever is spoken of, and who shows what the numbers are worth."""
    part = world.table
    learnt = [row.policy for row in part.policies if row.kind == "learnt"]
    names = {part.reference, part.best_untrained, part.tuned, *learnt, *ALWAYS}
    return sorted((row for row in part.policies if row.policy in names), key=lambda row: -row.outcome.value)


def results(world: World) -> str:
    """Who is where, the tenth who end lowest, and the gap between groups."""
    part = world.table
    later = part.later_days is not None
    heads = ["policy", part.primary, *["later"] * later, "the worst tenth", f"less `{part.tuned}`", ""]
    rows = [heads, *(_row(world, row, later=later) for row in shown(world))]
    unit = world.unit
    scale = f", of {unit.scale:g} {unit.words}" if unit.scale > 1 else ""
    said = f"{world.table.students} unseen students{scale}; ± is half a 95 % interval over trainings and students."
    return f"{table(rows)}\n\n{said}"


def _row(world: World, row: PolicyRow, *, later: bool) -> list[str]:
    part = world.table
    mark = {"learnt": " (learnt)", "privileged": " (privileged)"}.get(row.kind, "")
    mark += " (best untrained)" if row.policy == part.best_untrained else ""
    half = max(row.outcome.high - row.outcome.value, row.outcome.value - row.outcome.low)
    verdict = row.vs_tuned_verdict or (FEW if row.kind == "learnt" else "")
    then = [f"{row.later.value:.3f}" if row.later else "–"] * later
    outcome = f"{row.outcome.value:.3f} ± {half:.3f}"
    return [f"`{row.policy}`{mark}", outcome, *then, f"{row.worst_decile.value:.3f}", between(row.vs_tuned), verdict]


def ahead(world: World) -> str:
    """How much room there is, and how the teacher stands beside the best that needs no training."""
    part = world.table
    rows = {row.policy: row for row in part.policies}
    best, learnt = rows[part.best_untrained], rows.get(part.best_learner or "")
    room, above = "", rows[part.reference].vs_best if part.reference in rows else None
    if above is not None:
        blind = "" if above.value > 0 else ", for it looks one lesson ahead only"
        room = (
            f"`{part.reference}`, which looks inside students, less `{best.policy}`, the best that needs no training: "
            f"{between(above)}{blind}. "
        )
    if learnt is None or learnt.vs_best is None:
        return room.strip()
    corrected = f", corrected for {part.verdicts} verdicts" if learnt.vs_best_verdict else ""
    return (
        f"{room}`{learnt.policy}` ({learnt.seeds} trainings) less `{best.policy}`: {between(learnt.vs_best)}, "
        f"**{learnt.vs_best_verdict or FEW}**{corrected}."
    )


def groups(world: World) -> str:
    """Every named group under the teacher, the best untrained policy and tuned mastery learning, and the gap."""
    part = world.table
    names = dict.fromkeys([part.best_learner, part.best_untrained, part.tuned])
    rows = {row.policy: row for row in part.policies}
    spoken = [rows[name] for name in names if name in rows]
    found = list(dict.fromkeys(group.group for group in part.groups))
    if len(found) < 2:
        return "Its students are not parted into groups."
    cells = {(group.policy, group.group): group.outcome.value for group in part.groups}
    heads = ["group", *(f"`{row.policy}`" for row in spoken)]
    lines = [[group, *(f"{cells[row.policy, group]:.3f}" for row in spoken)] for group in found]
    gaps = [row for row in spoken if row.gap is not None]
    if gaps:
        before = gaps[0].gap_before
        start = "" if before is None else f" ({before:+.3f} before)"
        apart = [f"{gap.value:.3f} [{gap.low:.3f}, {gap.high:.3f}]" for gap in (row.gap for row in spoken) if gap]
        lines.append([f"gap: {gaps[0].gap_between}{start}", *apart])
    return table([heads, *lines])


def rules(world: World) -> str:
    """What the teacher does as a list of rules, and how far the list is to be trusted, above all where it matters."""
    teacher = world.teacher
    if not teacher.lessons_kept:
        return f"The lessons of `{teacher.policy}` were not kept."
    lessons = read_lessons(world, teacher)
    learn, test = split(lessons)
    made_from, _ = situations(lessons.of(learn))
    held = lessons.of(test)
    held_out, where = situations(held)
    found = explain(made_from, held_out, (len(learn), len(test)))
    differs, _ = differing(held, mastery_rule(world))
    apart = held_out.moved & differs[where[:, 0], where[:, 1]]
    right = agreement(found.choice, held_out.chosen)
    share = f"{in_percent(float(apart.sum() / max(found.moves, 1)))} of its moves to another skill"
    agrees = in_percent(float(right[apart].mean()) if apart.any() else float("nan"))
    return (
        f"`{teacher.policy}` in rules, found in the lessons of {len(learn)} students and tried on {len(test)} others: "
        f"the list names the right skill in {in_percent(found.agreement)} of the moves. In {share} "
        f"`{world.table.tuned}` would surely have chosen another; there the list is right in {agrees}.\n\n"
        f"{rule_table(found, made_from, least=DECIDES)}"
    )


def habits(world: World) -> str:
    """How the teacher and tuned mastery learning teach, in numbers."""
    ways = [way for way in (world.teacher, world.mastery) if way.lessons_kept]
    sessions = int(world.about["schedule"]["sessions"])
    columns = [as_columns(read_lessons(world, way), sessions) for way in ways]
    names = dict.fromkeys(name for one in columns for name in one)
    heads = ["", *(f"`{way.policy}`" for way in ways)]
    return table([heads, *([name, *(f"{one.get(name, 0.0):.2f}" for one in columns)] for name in names)])


def picture(world: World, name: str) -> str:
    """Draw the curriculum that was learnt beside that of tuned mastery learning; the line that shows it."""
    ways = [way for way in (world.teacher, world.mastery) if way.lessons_kept]
    if not ways:
        return ""
    drawn = [calendar(way.name, read_lessons(world, way)) for way in ways]
    said = f"{world.label}: which skill when, under {listed([way.name for way in ways])}"
    found = SVG.fullmatch(str(calendar_chart(name, world.curriculum, drawn, said)))
    if found is None:
        raise SystemExit(f"{world.label}: the calendar is not one SVG")
    (DOCS / f"{name}.svg").write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg"{found["attributes"]}>{LOOK}{found["inside"]}</svg>\n',
        encoding="utf-8",
    )
    return (
        f"![{said}](../results/{name}.svg)\n\nRows are skills in the order of the curriculum, time goes to the right; "
        "the darker, the more of all students work on the skill then."
    )


def set_beside(folder: Path, world: World, other: World) -> str:
    """Every policy in both scenarios, and what the other one costs it: the same students with the same luck."""
    told, column = Comparison(folder), world.table.primary
    rows = [["policy", *(f"`{one.label}`" for one in (world, other)), "difference"]]
    for row in sorted(world.table.policies, key=lambda row: -row.outcome.value):
        here, there = (told.runs(one.label, row.policy, column) for one in (world, other))
        if here is not None and there is not None:
            rows.append([f"`{row.policy}`", value(here), value(there), difference(estimated(there, here))])
    return table(rows)


def _scenario_of(entry: object) -> str:
    return str(entry["scenario"]) if isinstance(entry, Mapping) else str(entry)


def block(found: Sequence[Found]) -> str:
    """Everything between the marks."""
    (home, experiment, world), *others = found
    folders = list(dict.fromkeys(one.folder for one in found))
    commands = [f"`zpdgym compare experiment={folder.name}`" for folder in folders]
    here = " ".join(f"results/{folder.name}" for folder in folders)
    tables = [f"[{folder.name}](../results/{folder.name}.md)" for folder in folders]
    made = (
        f"Made on {date.today():%Y-%m-%d} by {listed(commands)} and `python -m benchmarks.pages.compared {here}`; "
        f"learnt teachers from {experiment['lessons']:,} lessons each. Every policy, all columns: {listed(tables)}."
    )
    parts = [
        made,
        results(world),
        ahead(world),
        groups(world),
        rules(world),
        habits(world),
        picture(world, f"{home.name}-learnt"),
    ]
    for folder, of, other in others:
        trained = f" (trained on {listed(list(map(_scenario_of, of['train_on'])))})" if of["train_on"] else ""
        parts += [f"**{_title(other)}**{trained}:", results(other), ahead(other)]
        if folder == home and other.about["schedule"] == world.about["schedule"]:
            parts.append(set_beside(folder, world, other))
    return "\n\n".join(part for part in parts if part)


def _title(world: World) -> str:
    """What the other scenarios of a comparison are, in words."""
    words = world.label.split("~")[0].replace("_", " ")
    return words[:1].upper() + words[1:]


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", type=there, nargs="+")
    folders: list[Path] = parser.parse_args(arguments).folders
    found = of_all(folders)
    path = PAGES / f"{found[0].world.label}.md"
    before = path.read_text(encoding="utf-8")
    if not MARKS.search(before):
        parser.error(f"{path.name} has no line <!-- compared -->")
    made = block(found)
    path.write_text(MARKS.sub(lambda marks: f"{marks[1]}{made}\n{marks[2]}", before), encoding="utf-8")


if __name__ == "__main__":
    main()
