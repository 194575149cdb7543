"""What stands beside a figure's axes, in its legend and below it: words with units."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ...configs.build import TARGET, load
from ..comparison.rows import Level
from ..questions.cells import OTHER_PEOPLE
from ..reading.folder import Folder
from ..statistics import HEADLINE_SEEDS
from .channels import POLICY, SCENARIO, Channels, Taught
from .setting import other_people, place_name

OUTCOMES = {
    "exam": "exam items right (share)",
    "post": "exam items right at once (share)",
    "gain": "gain in exam items right (share)",
    "mastery_exam": "mastery at the exam (share)",
    "log_score": "log score of beliefs (nats)",
}
"""The column of a primary outcome -> what an axis calls it."""
_IN_SENTENCES = {
    "exam": "share of exam items right",
    "post": "share of exam items right at once",
    "gain": "gain in the share of exam items right",
    "mastery_exam": "mastery at the exam",
    "log_score": "mean log score of the tutor's beliefs",
}
FEWEST_DIGITS = 3
OWN_AXIS = {POLICY: "policy", SCENARIO: "scenario", "cohort_seed": "cohort", "lessons": "lessons of training"}


def outcome_name(primary: str) -> str:
    """What a primary outcome is called in a sentence."""
    return _IN_SENTENCES[primary]


def outcome_words(taught: Taught) -> str:
    """What an axis with the primary outcome is called."""
    return OUTCOMES[taught.runs[0].primary]


def axis_words(folder: Folder, name: str) -> str:
    """What an axis of the grid is called, with its unit where the student that it changes declares one."""
    unit = next((unit for label in folder.compared if (unit := _unit(folder.about(label), name))), "")
    return f"{OWN_AXIS.get(name, name.replace('_', ' '))}{f' ({unit})' if unit else ''}"


def level_words(name: str, level: Level | None, among: Sequence[Level] = ()) -> str:
    """A value of an axis, a policy or a scenario, in a legend.

    Args:
        name: of the axis.
        level: the value.
        among: all values of the axis, from which it must be told.
    """
    if isinstance(level, bool):
        return f"{name.replace('_', ' ')}: {'yes' if level else 'no'}"
    if isinstance(level, int | float):
        return f"{name.replace('_', ' ')} {short_number(level, among)}"
    text = str(level)
    if name in (POLICY, SCENARIO):
        return text if name == SCENARIO else text.replace("_", " ").replace(",", ", ")
    return f"{name.replace('_', ' ')}: {text.replace('_', ' ')}"


def short_number(level: float, among: Sequence[Level] = ()) -> str:
    """A number with three digits, or as many as tell it from the others."""
    others = [other for other in among if isinstance(other, int | float) and other != level]
    for digits in range(FEWEST_DIGITS, 17):
        text = _with_digits(level, digits)
        if all(_with_digits(other, digits) != text for other in others):
            return text
    return repr(level)


def _with_digits(number: float, digits: int) -> str:
    return str(number) if isinstance(number, int) else f"{float(f'{number:.{digits}g}'):g}"


def tick_words(level: Level) -> str:
    """A value of an axis where there is room for all its digits."""
    if isinstance(level, bool):
        return str(level).lower()
    return f"{level:g}" if isinstance(level, float) else str(level).replace("_", " ")


def ticks_words(levels: Sequence[Level]) -> list[str]:
    """The values of an axis where its ticks stand."""
    return [_tick(level, levels) for level in levels]


def _tick(level: Level, among: Sequence[Level]) -> str:
    if isinstance(level, bool):
        return "yes" if level else "no"
    return short_number(level, among) if isinstance(level, int | float) else tick_words(level)


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
    seeds = sorted({t.row.seeds for t in taught if t.row.kind == "learnt"})
    ran = (
        f"; learnt policies: {_range(seeds)} training seed{'s' * (seeds != [1])}, untrained ones one run"
        if seeds
        else ""
    )
    few = f" A quick look: a headline needs {HEADLINE_SEEDS} seeds." if seeds and min(seeds) < HEADLINE_SEEDS else ""
    over = "training seeds and students" if seeds else "students"
    what = _WHAT[kind].format(
        name=folder.experiment["name"], over=over, outcome=outcome_name(taught[0].runs[0].primary)
    )
    worlds = dict.fromkeys(place_name(folder, t.row.scenario) for t in taught)
    fixed = "".join(f", {axis.replace('_', ' ')} {_level(value)}" for axis, value in (only or {}).items())
    return f"{what} {'; '.join(worlds)}{fixed}.{_panels(channels.col)} {_who(kind, folder, taught)}{ran}.{few}"


def _who(kind: str, folder: Folder, taught: Sequence[Taught]) -> str:
    """The students whose numbers a figure shows."""
    validation = kind == "training"
    counts = {folder.compared[t.row.scenario].n_validation if validation else t.row.students for t in taught}
    shown = {axis for axis in other_people(folder) if len({t.axes.get(axis) for t in taught}) > 1}
    others = "".join(f"; every {axis} has other people" for axis in shown)
    which = "validation" if validation else "simulated test"
    return f"{_range(sorted(counts))} {which} students, the same for every policy{others}"


def _panels(col: str | None) -> str:
    if col is None:
        return ""
    return (
        f" One panel for each {'' if col in (POLICY, SCENARIO, *OTHER_PEOPLE) else 'value of '}{col.replace('_', ' ')}."
    )


def _level(value: object) -> str:
    return tick_words(value) if isinstance(value, bool | int | float) else str(value)


_WHAT: Mapping[str, str] = {
    "outcome": "{name}: mean {outcome} with 95 % intervals over {over}, as in the table.",
    "training": "{name}: mean {outcome} of the validation students during training, mean over seeds too, straight "
    "between the looks; bands: 95 % intervals over seeds (none with one seed).",
    "mastery": "{name}: share of all skills mastered after each lesson, mean over students and seeds; bands: 95 % "
    "intervals over training seeds (none for untrained policies, which have one run).",
    "profile": "{name}: share of the students whose {outcome} exceeds each threshold; bands: pointwise 95 % intervals "
    "over {over}.",
    "pareto": "{name}: mean {outcome} against minutes of lessons per student, with 95 % intervals over "
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
