"""A question as a grid: axes over what is taught, to whom and by whom, and the cells that they make.

An axis of the scenario, the students or an experiment's own numbers makes cells: each is a scenario of its own, with a
label and a folder. An axis of a policy's settings makes variants of that policy in every cell.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from zpdgym.errors import InputError, Violations, shown
from zpdgym.names import LONGEST_NAME, name_fault
from zpdgym.parameters import number_of, whole_of

from ..store.columns import Level
from .arguments import LESSONS, MOST_SEEDS, N_VALIDATION, SEED, TUNE_BUDGET, Axes, Named, Plain, Values
from .taken import TAKEN

SECTIONS = ("student", "population", "curriculum", "schedule")
"""Axes that put in another section as a whole."""
CHANGED = (*SECTIONS, "belief", "observe", "actions", "reward", "outcome")
"""Sections of which an axis may change one key."""
SETTINGS = {"lessons": LESSONS, "cohort_seed": SEED, "tune_budget": TUNE_BUDGET, "n_validation": N_VALIDATION}
"""Numbers of the experiment that an axis may vary."""
COHORT, DRAW = "cohort_seed", "draw"
"""The axis over other people; and over other parameters, with other people: its values are changes of the scenario."""
FIT_TO = "belief.fit_to"
FITS = ("cell", "base")
"""Whose students the tutor's belief was fitted to: those of the cell, or those of the scenario without the grid."""
BASE = "base_scenario"
"""What the axis over the experiment's scenarios is called, where there are several."""
MOST_CELLS, MOST_POINTS = 1000, 200
MOST_WORLDS = 10**6
"""So many worlds have training seeds that no other has."""
_RANGE = ("low", "high", "points", "log")
_LONGEST_LEVEL = 24
_SCENARIO, _POLICY = "scenario.", "policies."


@dataclass(frozen=True)
class Axis:
    """One thing that is varied.

    Attributes:
        key: what, as it is written in full: "scenario.student.forget", "schedule", "policies.ppo_scorer.gamma".
        name: what tables and contrasts call it: the last part of the key, or more where two axes end alike.
        values: what is put in.
        levels: what each value is called.
    """

    key: str
    name: str
    values: Values
    levels: tuple[Level, ...]

    @property
    def policy(self) -> str | None:
        """The policy whose setting it is; None: it makes cells."""
        return self.key.split(".")[1] if self.key.startswith(_POLICY) else None


@dataclass(frozen=True)
class Cell:
    """One scenario of a grid.

    Attributes:
        entry: the scenario as an experiment names it, with its label as ``name``; without a grid as it was given.
        base: the same without what the axes change.
        axes: the axis's name -> what its value is called.
        settings: numbers of the experiment that are others here.
        fit_to: "cell" or "base".
        world: which cohort or draw, counted from 0; each has trainings of its own.
    """

    entry: Named
    base: Named
    axes: Mapping[str, Level] = field(default_factory=dict)
    settings: Mapping[str, int] = field(default_factory=dict)
    fit_to: str = FITS[0]
    world: int = 0

    @property
    def label(self) -> str:
        """What a cell of a grid is called; "" without a grid."""
        return str(self.entry["name"]) if self.axes and isinstance(self.entry, Mapping) else ""

    def seeds(self, seeds: Sequence[int]) -> tuple[int, ...]:
        """The training seeds here: another world must not be taught by the teachers of the first."""
        return tuple(seed + MOST_SEEDS * self.world for seed in seeds)


def read_grid(given: object, wrong: Violations) -> dict[str, list[object]]:
    """The axes of an experiment as they were written, each key in full and each range as the points that it means.

    Args:
        given: ``grid`` of an experiment: axis -> values, or ``{low, high, points, log}``.
        wrong: where violations are noted.
    """
    if not isinstance(given, Mapping):
        wrong.unless(False, f"grid={shown(given)} must be axis: list of values")
        return {}
    found = dict[str, list[object]]()
    for key, values in cast("Mapping[object, object]", given).items():
        full, listed = full_key(str(key), wrong), _values(str(key), values, wrong)
        wrong.unless(full not in found, f"grid.{key} is there twice, as {full}")
        found[full] = listed
    n_cells = math.prod(len(v) for k, v in found.items() if not k.startswith(_POLICY))
    wrong.unless(n_cells <= MOST_CELLS, f"grid makes {n_cells:,} cells; at most {MOST_CELLS:,} are allowed")
    return found


def joined_axes(first: Plain, then: Plain) -> Plain:
    """Two grids as one: an axis of the second in the place of the first's, however either is written."""
    silent = Violations("grid")  # what is no axis is told when the whole is read
    full = {full_key(str(key), silent): key for key in then}
    kept = {key: values for key, values in first.items() if full_key(str(key), silent) not in full}
    return {**kept, **then}


def axes_of(grid: Axes) -> tuple[Axis, ...]:
    """The axes of a grid, with short names.

    Raises:
        InputError: two values of an axis are called alike, or one is too long to be called anything.
    """
    names = _short_names(list(grid))
    found = list[Axis]()
    for key, values in grid.items():
        levels = tuple(range(len(values))) if key == DRAW else tuple(_level(key, value) for value in values)
        called = [text(level) for level in levels]
        for word in called:
            if called.count(word) > 1:
                raise InputError(f"experiment.grid.{key}: two values are called {word}; give one another name")
        put_in = tuple(v["value"] if _is_named(v) else v for v in values)
        found.append(Axis(key, names[key], put_in, levels))
    return tuple(found)


def cells_of(
    scenarios: Sequence[Named], grid: Axes, *, fit_to: str = FITS[0], cohort_seed: int = 0
) -> tuple[Cell, ...]:
    """The cells that a grid makes of every scenario; without a grid the scenarios themselves.

    Args:
        scenarios: as an experiment names them; what an axis sets there goes before what they set themselves.
        grid: the axes, as ``read_grid`` gives them.
        fit_to: where no axis says otherwise.
        cohort_seed: the experiment's; every draw has students of its own.

    Raises:
        InputError: as ``axes_of``.
    """
    axes = [axis for axis in axes_of(grid) if axis.policy is None]
    if not axes:
        return tuple(Cell(entry, entry, fit_to=fit_to) for entry in scenarios)
    several = len(scenarios) > 1
    return tuple(
        _cell(entry, tuple(zip(axes, chosen, strict=True)), several=several, fit_to=fit_to, cohort_seed=cohort_seed)
        for entry in scenarios
        for chosen in itertools.product(*(range(len(axis.values)) for axis in axes))
    )


def cell_axes(scenarios: Sequence[Named], grid: Axes) -> dict[str, tuple[Level, ...]]:
    """Every axis by name with what its values are called; those of policies, and of several scenarios, too."""
    axes = axes_of(grid)
    if not axes:
        return {}
    base = {BASE: tuple(_base_name(entry) for entry in scenarios)} if len(scenarios) > 1 else {}
    return base | {axis.name: axis.levels for axis in axes}


@dataclass(frozen=True)
class Variant:
    """A policy with settings of a grid.

    Attributes:
        name: the policy's, and what is set: "ppo_scorer,gamma=0.9".
        axes: the axis's name -> what its value is called.
        settings: what is set.
    """

    name: str
    axes: Mapping[str, Level]
    settings: Plain


def variants_of(policy: str, grid: Axes) -> tuple[Variant, ...]:
    """The variants of a policy that a grid asks for; none where no axis is about it."""
    axes = [axis for axis in axes_of(grid) if axis.policy == policy]
    if not axes:
        return ()
    found = list[Variant]()
    for chosen in itertools.product(*(range(len(axis.values)) for axis in axes)):
        levels = {axis.name: axis.levels[i] for axis, i in zip(axes, chosen, strict=True)}
        settings = {axis.key.split(".", 2)[2]: axis.values[i] for axis, i in zip(axes, chosen, strict=True)}
        found.append(Variant(_label(policy, levels), levels, settings))
    return tuple(found)


def varied_policies(grid: Axes) -> set[str]:
    """The policies of which a grid varies settings."""
    return {axis.policy for axis in axes_of(grid) if axis.policy is not None}


def text(level: Level) -> str:
    """What a value is called, as it is written in labels: true, 0.01, once_a_week."""
    return str(level).lower() if isinstance(level, bool) else str(level)


def without_axes(told: str, label: str) -> str:
    """What is told of a cell with the name of its scenario in the place of the cell's own, so that cells tell alike."""
    return told.replace(label, label.partition(",")[0])


def level_named(value: object, levels: Sequence[Level]) -> Level | None:
    """The value of an axis that somebody calls so, a number however written (0.8, .8, 8e-1); None: there is none."""
    number = number_of(value) if not isinstance(value, str) else _number_in(value)
    for level in levels:
        same = number is not None and not isinstance(level, bool) and number_of(level) == number
        if same or str(value) in (str(level), text(level)):
            return level
    return None


def _number_in(written: str) -> float | None:
    try:
        return float(written)
    except ValueError:
        return None


def _cell(entry: Named, chosen: Sequence[tuple[Axis, int]], *, several: bool, fit_to: str, cohort_seed: int) -> Cell:
    full: Plain = dict(entry) if isinstance(entry, Mapping) else {"scenario": entry}
    replace, change = dict(full.get("replace") or {}), dict(full.get("change") or {})
    settings, levels, world = dict[str, int](), dict[str, Level](), 0
    for axis, i in chosen:
        levels[axis.name] = axis.levels[i]
        if axis.key in (COHORT, DRAW):  # by what it is and not by its place: values that come later leave it as it was
            world = i if axis.key == DRAW else (int(axis.values[i]) - cohort_seed) % MOST_WORLDS
        if axis.key == FIT_TO:
            fit_to = axis.values[i]
        elif axis.key in SETTINGS:
            settings[axis.key] = axis.values[i]
        elif axis.key == DRAW:
            change |= {key.removeprefix(_SCENARIO): value for key, value in axis.values[i].items()}
            settings[COHORT] = cohort_seed + i
        elif axis.key in SECTIONS:
            replace[axis.key] = axis.values[i]
        else:
            change[axis.key.removeprefix(_SCENARIO)] = axis.values[i]
    for section in [key for key, value in replace.items() if value in ("none", None)]:
        change[section] = replace.pop(section)
    named = {"name": _label(_base_name(entry), levels)}
    cell = {**full, **({"replace": replace} if replace else {}), **({"change": change} if change else {}), **named}
    own = {BASE: _base_name(entry)} if several else {}
    return Cell(cell, entry, own | levels, settings, fit_to, world)


def _base_name(entry: object) -> str:
    if isinstance(entry, Mapping):
        given = cast("Mapping[str, object]", entry)
        return str(given.get("name") or _base_name(given.get("scenario")))
    from ...envs.scenario_file import find_scenario

    path = find_scenario(str(entry))
    return path.stem


def _label(base: str, levels: Mapping[str, Level]) -> str:
    """What a cell or a variant is called; a long one by eight digits that tell it from others."""
    label = ",".join([base, *(f"{name}={text(level)}" for name, level in levels.items())])
    if len(label.encode()) <= LONGEST_NAME:
        return label
    return f"{base[:60]},{hashlib.sha256(label.encode()).hexdigest()[:8]}"


def full_key(key: str, wrong: Violations, *, where: str = "grid") -> str:
    """The key of an axis in full; what is no axis is noted."""
    top, _, below = key.partition(".")
    if key in (*SECTIONS, *SETTINGS, FIT_TO, DRAW):
        return key
    if top == "scenario" and below.partition(".")[0] in CHANGED:
        return below if below in (*SECTIONS, FIT_TO) else key
    if top in CHANGED and below:
        return f"{_SCENARIO}{key}"
    if top in ("policies", "policy") and below.count("."):
        return f"{_POLICY}{below}"
    known = [*SECTIONS, *SETTINGS, FIT_TO, DRAW, *(f"scenario.{section}.<key>" for section in CHANGED)]
    wrong.unless(False, f"{where}.{key} is no axis; there are {', '.join([*known, 'policies.<policy>.<key>'])}")
    return key


def _values(key: str, given: object, wrong: Violations) -> list[object]:
    """The values of an axis; what is wrong with them is noted."""
    if isinstance(given, Mapping) and set(cast("Mapping[str, object]", given)) <= set(_RANGE) and given:
        return _points(key, cast("Plain", given), wrong)
    if not isinstance(given, list | tuple) or not given:
        wrong.unless(False, f"grid.{key}={shown(given)} must be a list of values, or {{low, high, points, log}}")
        return []
    values = list(cast("Values", given))
    if key in SETTINGS:
        return [int(SETTINGS[key].one(value, f"grid.{key}", wrong)) for value in values]
    for value in values if key == DRAW else ():
        fine = isinstance(value, Mapping) and bool(value)
        wrong.unless(fine, f"grid.{key}={shown(value)} must be changes of the scenario: {{student.forget: .02}}")
    if key == FIT_TO:
        for value in values:
            wrong.unless(value in FITS, f"grid.{key}={shown(value)} must be one of {', '.join(FITS)}")
    return values


def _points(key: str, given: Plain, wrong: Violations) -> list[object]:
    """So many numbers between two ends, on an even or a logarithmic scale."""
    low, high, points, log = (
        given.get(name, usual) for name, usual in zip(_RANGE, (None, None, 5, False), strict=True)
    )
    numbers = all(isinstance(end, int | float) and not isinstance(end, bool) for end in (low, high))
    fine = numbers and math.isfinite(low) and math.isfinite(high) and low < high
    wrong.unless(fine, f"grid.{key}: low={shown(low)} must be a number below high={shown(high)}")
    points = whole_of(points)
    count = points if isinstance(points, int) else 0
    whole = isinstance(points, int) and not isinstance(points, bool) and 2 <= points <= MOST_POINTS
    wrong.unless(whole, f"grid.{key}: points={shown(points)} must be a whole number in [2, {MOST_POINTS}]")
    wrong.unless(isinstance(log, bool), f"grid.{key}: log={shown(log)} must be true or false")
    wrong.unless(
        not (fine and log is True and low <= 0), f"grid.{key}: low={shown(low)} must be above 0 with log: true"
    )
    if not (fine and whole and isinstance(log, bool)) or (log and low <= 0):
        return []
    steps = (i / (count - 1) for i in range(count))
    between = ((low * (high / low) ** step) if log else (low + (high - low) * step) for step in steps)
    # six digits are enough to tell neighbours apart, and names of folders stay readable
    return [float(f"{value:.6g}") for value in between]


def _is_named(value: object) -> bool:
    return isinstance(value, Mapping) and set(cast("Mapping[str, object]", value)) == {"name", "value"}


def _level(key: str, value: object) -> Level:
    """What a value is called.

    Raises:
        InputError: it is too long for that, or its name is none.
    """
    if _is_named(value):
        called: Level = str(cast("Plain", value)["name"])
    elif isinstance(value, bool | int | float):
        return value
    elif value is None:
        return "none"
    elif isinstance(value, str):
        called = Path(value).stem if value.endswith((".yaml", ".yml", ".csv", ".json")) else value
    else:
        called = json.dumps(value, separators=(" ", ":"), default=str)
    fault = name_fault(called)
    if fault is None and "," not in called and "=" not in called and len(called) <= _LONGEST_LEVEL:
        return called
    raise InputError(
        f"experiment.grid.{key}={shown(value)} needs a name of at most {_LONGEST_LEVEL} letters: "
        "{name: slow, value: …}"
    )


def _short_names(keys: Sequence[str]) -> dict[str, str]:
    """The shortest ending of each key that no other key has and no column; other people are called ``cohort``."""
    return {key: "cohort" if key == COHORT else next(_endings_alone(key, keys)) for key in keys}


def _endings_alone(key: str, keys: Sequence[str]) -> Iterator[str]:
    parts = key.split(".")
    for n in range(1, len(parts) + 1):
        ending = ".".join(parts[-n:])
        if ending not in TAKEN and sum(ending == ".".join(other.split(".")[-n:]) for other in keys) == 1:
            yield ending
    yield f"{'experiment' if key in SETTINGS else 'scenario'}.{key}"
