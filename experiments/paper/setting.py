"""Where a comparison took place, and with whom, in words: scenarios and what differs from their files, and students."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import cast

from zpdgym.errors import InputError
from zpdgym.files import plain

from ...configs.build import CONFIGS, TARGET, load, student_section
from ...envs.scenario_file import read_scenario
from ..questions.cells import OTHER_PEOPLE
from ..reading.answers import drawn_values
from ..reading.folder import Folder, Told
from ..runs.grid import COHORT, DRAW, FITS

_NOT_TAUGHT = ("name", "assumptions", "sources", "unexpected")
"""Sections that say nothing of whom the table is about."""
_BELIEFS = {
    "fitted": "fitted to a simulated log of such students, who were taught in plain order",
    "given": "given with the scenario",
    "true_population": "that of the true population of students",
}
"""Where the numbers of a belief come from -> the same in words."""
_FIT_TO = {
    FITS[0]: "the tutor knows the students of each cell",
    FITS[1]: "the tutor knows the students as they are without what the grid changes",
}
MOST_VALUES = 3
"""So many different values are listed; of more their range is told."""


def place_name(folder: Folder, label: str) -> str:
    """What a scenario, or the scenario of a cell, is called, with what differs from its file beside the axes."""
    about = folder.about(label)
    name, called = str(about["name"]), _without_axes(folder, label)
    inside = [name] if called.partition("~")[0] != name else []
    axes = _axis_keys(folder)
    changed = [
        f"students {' of '.join(_kinds(about['sections'][key]))}" if key == "student" else key
        for key in _changed(folder, about)
        if not any(key == axis or key.startswith(f"{axis}.") for axis in axes)
    ]
    inside += [f"changed: {', '.join(changed)}"] if changed else []
    return f"{called} ({'; '.join(inside)})" if inside else called


def other_people(folder: Folder) -> list[str]:
    """The axes whose values have students of their own."""
    return [name for name in OTHER_PEOPLE if len(folder.axes.get(name, ())) > 1]


def places(folder: Folder) -> list[str]:
    """Sentences on every scenario: skills and lessons, the schedule, the students, what the tutor believes."""
    found: dict[str, list[str]] = {}
    for label in folder.compared:
        found.setdefault(place_name(folder, label), []).append(label)
    told = list[str]()
    for name, labels in found.items():
        told += _place(folder, name if len(found) > 1 else "The scenario", labels)
    fits = folder.axes.get("fit_to") or [str((folder.experiment.get("belief") or {}).get("fit_to", FITS[0]))]
    if folder.axes and list(fits) != [FITS[0]]:
        told.append(f"Belief: {'; '.join(f'{fit}: {_FIT_TO.get(str(fit), fit)}' for fit in map(str, fits))}.")
    return told


def people(folder: Folder) -> list[str]:
    """Sentences on who was taught: how many, which are the same people, and what was drawn of them by lot."""
    students, validation = (
        one_of(getattr(about, name) for about in folder.compared.values()) for name in ("n_students", "n_validation")
    )
    same = f"every policy taught the same {students} simulated test students"
    name = next((axis for axis in OTHER_PEOPLE if axis in folder.axes), None)
    seeds = _cohort_seeds(folder, name)
    each = f" of each {name}" if len(seeds) > 1 else ""
    drawn = f"The parameters of the students were drawn by lot: {_ranges(folder)}." if name == DRAW else ""
    told = [f"Every{same[5:]} (cohort seed {seeds[0]}) with the same luck."]
    if each:
        told = [
            f"In each of {len(seeds)} {name}s {same} with the same luck; every {name} has other people (cohort seeds "
            f"{', '.join(map(str, seeds))})."
        ]
    told += [drawn] * bool(drawn)
    if each and not folder.experiment.get("train_on"):
        told.append(f"Policies were tuned and trained anew in every {name}.")
    told.append(
        f"Another {validation} validation students{each} served for tuning and for choosing the best policy of a kind; "
        "no setting was chosen on test students."
    )
    return told


def _cohort_seeds(folder: Folder, name: str | None) -> list[object]:
    """The seed of every cohort that was taught."""
    seed = int(folder.experiment.get("cohort_seed", 0))
    if name is None:
        return [seed]
    return [seed + i for i in range(len(folder.axes[name]))] if name == DRAW else list(folder.axes[name])


def retention(folder: Folder) -> str:
    """How long after the last lesson the exam is, in words."""
    days = one_of(folder.about(label)["schedule"]["retention_days"] for label in folder.compared)
    return f"{days} day{'s' * (days != '1')}"


def one_of(values: Iterable[object]) -> str:
    """The different values, in words."""
    return " or ".join(dict.fromkeys(f"{v:g}" if isinstance(v, float) else str(v) for v in values))


def _without_axes(folder: Folder, label: str) -> str:
    return label.partition(",")[0] if folder.compared[label].axes else label


def _axis_keys(folder: Folder) -> list[str]:
    """What the axes change: "student.forget", "schedule"."""
    grid = cast("Mapping[str, object]", folder.experiment.get("grid") or {})
    drawn = [key for values in drawn_values(folder).values() for key in values]
    return [*drawn, *(key.removeprefix("scenario.") for key in grid if key not in (COHORT, DRAW))]


def _changed(folder: Folder, about: Told) -> Iterator[str]:
    """What differs from the scenario's file; of a file of one's own, what the experiment says that it changes."""
    path = CONFIGS / "scenario" / f"{about['name']}.yaml"
    if path.is_file():
        original = read_scenario(path)
        original["student"] = student_section(original["student"])
        yield from _different(cast("Told", plain(original, strict=True)), cast("Told", about.get("sections") or {}))
        return
    entries = cast("list[object]", folder.experiment.get("scenarios") or [])
    if len(entries) == 1 and isinstance(entries[0], Mapping):  # of several nobody knows which one this is
        entry = cast("Told", entries[0])
        yield from cast("Told", entry.get("replace") or {})
        yield from _dotted(cast("Told", entry.get("change") or {}))


def _dotted(change: Told) -> Iterator[str]:
    """The keys of changes, nested ones with those above them."""
    for key, value in change.items():
        if isinstance(value, Mapping) and TARGET not in value:
            yield from (f"{key}.{inner}" for inner in _dotted(cast("Told", value)))
        else:
            yield key


def _different(before: Told, now: Told) -> Iterator[str]:
    for name in now:
        old, new = before.get(name), now[name]
        if name in _NOT_TAUGHT or old == new:
            continue
        if not isinstance(old, Mapping) or not isinstance(new, Mapping) or old.get(TARGET) != new.get(TARGET):
            yield name
            continue
        inside = {**cast("Told", old), **cast("Told", new)}
        yield from (f"{name}.{key}" for key in inside if old.get(key) != new.get(key))


def _kinds(section: object) -> list[str]:
    """The classes of students, from the outside in."""
    found = list[str]()
    while isinstance(section, Mapping):
        given = cast("Told", section)
        found.append(str(given.get(TARGET, "")).rpartition(".")[2])
        section = given.get("student")
    return [name for name in found if name] or ["of their own"]


def _place(folder: Folder, name: str, labels: list[str]) -> Iterator[str]:
    every, told = [folder.compared[label] for label in labels], [folder.about(label) for label in labels]
    skills, lessons = (one_of(getattr(about, key) for about in every) for key in ("skills", "horizon"))
    schedules = one_of(_schedule(about["schedule"]) for about in told)
    yield f"{name} has {skills} skills and at most {lessons} lessons, in {schedules}."
    sections = [cast("Told", about["sections"]) for about in told if about.get("sections")]
    if not sections:  # results of version 0.1 say no more
        return
    yield f"Its students: {'; or '.join(dict.fromkeys(_students(one['student'], sections) for one in sections))}."
    groups = one_of(", ".join(about["groups"]) for about in told)
    if any(one.get("population") for one in sections):
        yield f"They differ from each other in their parameters (groups: {groups})."
    belief = [cast("Told", one["belief"]) for one in sections]
    kinds = one_of(one.get("kind", "bkt") for one in belief)
    sources = one_of(_BELIEFS.get(str(one.get("source", "fitted")), str(one.get("source"))) for one in belief)
    yield f"What the tutor believes of them ({kinds}) is {sources}."


def _schedule(schedule: Told) -> str:
    """How lessons are spread over days."""
    days = cast("list[float]", schedule["session_days"])
    count = len(days)
    if schedule.get("by_minutes"):
        each = f" of {schedule['session_minutes']:g} minutes"
    else:
        each = f" of {schedule['session_lessons']} lessons"
    over = f" over {days[-1] - days[0]:g} days" if count > 1 else ""
    return f"{count} session{'s' * (count > 1)}{each}{over}"


def _students(section: object, every: list[Told]) -> str:
    """A model of students with its numbers, and with the model inside it; what is varied has no number."""
    if not isinstance(section, Mapping):
        return str(section)
    given = cast("Told", section)
    target = str(given.get(TARGET, ""))
    meaning = _first_sentence(target)
    alike = [cast("Told", one["student"]) for one in every if isinstance(one["student"], Mapping)]
    numbers = [
        f"{key} {str(value).lower() if isinstance(value, bool) else f'{value:g}'}"
        for key, value in given.items()
        if isinstance(value, int | float) and all(key not in one or one[key] == value for one in alike)
    ]
    inside = "; ".join(part for part in (meaning, ", ".join(numbers)) if part)
    told = f"{target.rpartition('.')[2]}{f' ({inside})' if inside else ''}"
    inner = given.get("student")
    return f"{told} around {_students(inner, [])}" if isinstance(inner, Mapping) else told


def _first_sentence(target: str) -> str:
    """What a model of ours is, as its class says."""
    if not target.startswith("zpdgym."):
        return ""
    try:
        text = load(target, "student").__doc__ or ""
    except InputError:  # a class of another version
        return ""
    first = text.strip().partition("\n")[0].rstrip(".")
    return first[:1].lower() + first[1:]


def _ranges(folder: Folder) -> str:
    """What was drawn, from where to where."""
    found: dict[str, list[object]] = {}
    for values in drawn_values(folder).values():
        for key, value in values.items():
            found.setdefault(key, []).append(value)
    return "; ".join(f"{key} {_range(values)}" for key, values in found.items())


def _range(values: list[object]) -> str:
    different = list(dict.fromkeys(values))
    numbers = [v for v in different if isinstance(v, int | float) and not isinstance(v, bool)]
    if len(numbers) == len(different) > MOST_VALUES:
        return f"from {min(numbers):g} to {max(numbers):g}"
    return ", ".join(f"{v:g}" if isinstance(v, float) else str(v) for v in different)
