"""What stands beside a figure's axes, in its legend and below it: words with units."""

from __future__ import annotations

from collections.abc import Mapping

from ...configs.build import TARGET, load
from ..comparison.rows import Level
from ..reading.folder import Folder
from ..statistics import HEADLINE_SEEDS
from .channels import POLICY, SCENARIO, Channels, Taught

OUTCOMES = {
    "exam": "exam items right (share)",
    "post": "exam items right at once (share)",
    "gain": "gain in exam items right (share)",
    "mastery_exam": "mastery at the exam (share)",
}
"""The column of a primary outcome -> what an axis calls it."""
OWN_AXIS = {POLICY: "policy", SCENARIO: "scenario", "cohort_seed": "cohort", "lessons": "lessons of training"}


def outcome_name(primary: str) -> str:
    """What a primary outcome is called in a sentence."""
    return OUTCOMES[primary].removesuffix(" (share)")


def outcome_words(taught: Taught) -> str:
    """What an axis with the primary outcome is called."""
    return OUTCOMES[taught.runs[0].primary]


def axis_words(folder: Folder, name: str) -> str:
    """What an axis of the grid is called, with its unit where the student that it changes declares one."""
    unit = next((unit for label in folder.compared if (unit := _unit(folder.about(label), name))), "")
    return f"{OWN_AXIS.get(name, name.replace('_', ' '))}{f' ({unit})' if unit else ''}"


def level_words(name: str, level: Level | None) -> str:
    """A value of an axis, a policy or a scenario, in a legend."""
    if isinstance(level, bool):
        return f"{name.replace('_', ' ')}: {'yes' if level else 'no'}"
    if isinstance(level, int | float):
        return f"{name.replace('_', ' ')} {level:g}"
    text = str(level)
    if name in (POLICY, SCENARIO):
        return text if name == SCENARIO else text.replace("_", " ").replace(",", ", ")
    return f"{name.replace('_', ' ')}: {text.replace('_', ' ')}"


def tick_words(level: Level) -> str:
    """A value of an axis where a tick stands."""
    return (
        f"{level:g}" if isinstance(level, int | float) and not isinstance(level, bool) else str(level).replace("_", " ")
    )


def caption(
    kind: str, folder: Folder, taught: list[Taught], channels: Channels, only: Mapping[str, object] | None = None
) -> str:
    """What must be said below a figure: who was taught where, what was repeated, what an interval is.

    Args:
        kind: of the figure.
        folder: the comparison.
        taught: what is drawn.
        channels: what is shown where.
        only: axis -> the one value that is drawn.
    """
    students = sorted({t.row.students for t in taught})
    seeds = sorted({t.row.seeds for t in taught if t.row.kind == "learnt"})
    who = f"{_range(students)} simulated test students, the same for every policy"
    ran = (
        f"; learnt policies: {_range(seeds)} training seed{'s' * (seeds != [1])}, untrained ones one run"
        if seeds
        else ""
    )
    few = f" A quick look: a headline needs {HEADLINE_SEEDS} seeds." if seeds and min(seeds) < HEADLINE_SEEDS else ""
    panels = f" One panel for each {channels.col.replace('_', ' ')}." if channels.col else ""
    over = "training seeds and students" if seeds else "students"
    what = _WHAT[kind].format(name=folder.experiment["name"], over=over)
    worlds = sorted({str(folder.about(t.row.scenario)["name"]) for t in taught})
    fixed = "".join(f", {axis.replace('_', ' ')} {value}" for axis, value in (only or {}).items())
    return f"{what} {', '.join(worlds)}{fixed}.{panels} {who}{ran}.{few}"


_WHAT: Mapping[str, str] = {
    "outcome": "{name}: mean primary outcome with 95 % intervals over {over}, as in the table.",
    "training": "{name}: primary outcome of the validation students during training, mean over seeds, straight "
    "between the looks; bands: 95 % "
    "intervals over seeds (none with one seed).",
    "mastery": "{name}: share of all skills mastered after each lesson, mean over students and seeds; bands: 95 % "
    "intervals over training seeds (none for untrained policies, which have one run).",
    "profile": "{name}: share of the students whose outcome exceeds each threshold; bands: pointwise 95 % intervals "
    "over {over}.",
    "pareto": "{name}: mean primary outcome against minutes of lessons per student, with 95 % intervals over "
    "{over}; the line joins policies that no other one passes in both.",
}


def _range(counts: list[int]) -> str:
    return str(counts[0]) if len(counts) == 1 else f"{counts[0]} to {counts[-1]}"


def _unit(about: Mapping[str, object], name: str) -> str:
    sections = about.get("sections")
    section = sections.get("student") if isinstance(sections, Mapping) else None
    while isinstance(section, Mapping):
        target = str(section.get(TARGET, ""))
        if target.startswith("zpdgym.") and name in (declared := getattr(load(target, "student"), "PARAMETERS", {})):
            return str(getattr(declared[name], "unit", ""))
        section = section.get("student")
    return ""
