"""What a figure shows where: which axis of the grid runs along x, which has a colour, and which a panel of its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from zpdgym.errors import InputError, shown, unknown

from ..comparison.rows import Level, PolicyRow
from ..questions.cells import find_axis
from ..reading.folder import FinishedRun, Folder
from ..runs.grid import level_named
from ..runs.lineup import PRIVILEGED, REFERENCES
from ..runs.specification import TUNED

POLICY, SCENARIO = "policy", "scenario"
MOST_HUES = 8
"""So many colours can be told apart by everybody."""


@dataclass(frozen=True, eq=False)
class Taught:
    """One policy in one scenario: a point or a line of a figure.

    Attributes:
        row: its row of the table.
        axes: the axis's name -> its value.
        base: the policy's name without what its variant varies.
        runs: one per seed.
    """

    row: PolicyRow
    axes: Mapping[str, Level]
    base: str
    runs: tuple[FinishedRun, ...]


@dataclass(frozen=True)
class Channels:
    """What is shown where: the name of an axis, ``policy`` or ``scenario``; None: nothing.

    Attributes:
        x: along the horizontal axis.
        hue: by colour, marker and dash.
        col: in a panel of its own.
        levels: name -> its values, in order.
        looks: name -> value -> the number of its look, as far as there are looks: the same in all figures of a folder.
    """

    x: str | None
    hue: str | None
    col: str | None
    levels: Mapping[str, tuple[Level, ...]]
    looks: Mapping[str, Mapping[Level, int]]

    @property
    def shown(self) -> tuple[str, ...]:
        """Everything that is shown somewhere."""
        return tuple(name for name in (self.x, self.hue, self.col) if name is not None)

    def of(self, taught: Taught, name: str | None) -> Level | None:
        """The value of one of them; None where it does not concern the policy."""
        if name == POLICY:
            named = set(self.shown)
            own = {key for key in taught.axes if f",{key}=" in taught.row.policy}
            return taught.base if own and own <= named else taught.row.policy
        return taught.row.scenario if name == SCENARIO else taught.axes.get(name or "")


def taught_in(folder: Folder) -> list[Taught]:
    """Every policy in every scenario, as the table has them."""
    found = list[Taught]()
    for label, scenario in folder.table.scenarios.items():
        for row in scenario.policies:
            runs = tuple(run for run in folder.runs if run.scenario == label and run.policy == row.policy)
            if len(runs) != row.seeds:
                raise InputError(
                    f"{folder.path}: the table has {row.seeds} runs of {row.policy} in {label}, and {len(runs)} are "
                    "finished: repeat zpdgym compare"
                )
            found.append(Taught(row, runs[0].axes, runs[0].base, runs))
    return found


def chosen(
    every: Sequence[Taught],
    folder: Folder,
    *,
    policies: Sequence[str],
    scenarios: Sequence[str],
    only: Mapping[str, object],
    all_policies: bool,
) -> list[Taught]:
    """Those that a figure shows: what was asked for, else what the experiment was made for and what all is set beside.

    Raises:
        InputError: an unknown name, with the nearest one; or nothing is left.
    """
    for name in policies:
        if name not in {other for t in every for other in (t.row.policy, t.base)}:
            raise unknown("policy", name, {t.row.policy for t in every})
    for name in scenarios:
        if name not in {t.row.scenario for t in every}:
            raise unknown("scenario", name, {t.row.scenario for t in every})
    left = [t for t in every if not scenarios or t.row.scenario in scenarios]
    for given, value in only.items():
        name = axis_named(f"only.{given}", given, folder.axes)
        level = level_named(value, folder.axes[name])
        if level is None:
            raise unknown(f"value for only.{given}", str(value), map(str, folder.axes[name]))
        left = [t for t in left if t.axes.get(name, level) == level]
    asked = {TUNED, *(_name_of(policy) for policy in folder.experiment.get("policies", ()))}
    lines = {*REFERENCES, *PRIVILEGED} - asked
    if policies:
        left = [t for t in left if t.row.policy in policies or t.base in policies]
    elif not all_policies:
        left = [t for t in left if not {t.row.policy, t.base} & lines]
    if not left:
        raise InputError(f"{folder.path}: nothing is left to draw: choose others with policies=, scenarios= or only.")
    return left


def channels(
    taught: Sequence[Taught], folder: Folder, *, x: str | None, hue: str | None, col: str | None, points: bool
) -> Channels:
    """What is shown where: what was asked for, and the axes that nobody placed in the places that are left.

    Args:
        taught: what is to be drawn.
        folder: the comparison.
        x: as asked for.
        hue: as asked for.
        col: as asked for.
        points: whether what varies may run along x; else lessons or thresholds do.

    Raises:
        InputError: an unknown name, with the nearest one; one that is shown twice; or more varies than is shown.
    """
    places = {"x": x, "hue": hue, "col": col}
    if not points and x is not None:
        raise InputError(f"x={x}: this kind of figure has an x of its own; give the axis hue= or col=")
    given = {key: _named(key, name, folder.axes) for key, name in places.items() if name is not None}
    for name in given.values():
        if list(given.values()).count(name) > 1:
            raise InputError(
                f"{name} is shown twice ({', '.join(f'{k}={v}' for k, v in given.items())}): once is enough"
            )
    levels: dict[str, tuple[Level, ...]] = {
        name: tuple(value for value in values if any(t.axes.get(name) == value for t in taught))
        for name, values in folder.axes.items()
    }
    levels[SCENARIO] = tuple(dict.fromkeys(t.row.scenario for t in taught))
    varied = [name for name in folder.axes if len(levels[name]) > 1]
    cells = [name for name in varied if any(name in (c.axes or {}) for c in folder.compared.values())]
    waiting = [name for name in cells if name not in given.values()]
    if points and "x" not in given and (waiting or set(cells) & set(given.values())):
        given["x"] = waiting.pop(0) if waiting else POLICY
    if (not points or given.get("x") in folder.axes) and POLICY not in given.values():
        given.setdefault("hue", POLICY)
    if waiting and "col" not in given:
        given["col"] = waiting.pop(0)
    if not folder.axes and len(levels[SCENARIO]) > 1 and SCENARIO not in given.values() and "col" not in given:
        given["col"] = SCENARIO
    if points and "x" not in given:
        given["x"] = POLICY
    found = Channels(given.get("x"), given.get("hue"), given.get("col"), levels, looks(folder))
    policies = tuple(dict.fromkeys(str(found.of(t, POLICY)) for t in taught))
    found = replace(found, levels={**levels, POLICY: policies})
    _must_tell_apart(taught, found, varied)
    return found


def _named(key: str, given: str, axes: Iterable[str]) -> str:
    """The axis, ``policy`` or ``scenario`` that a name means.

    Raises:
        InputError: it means none of them; the nearest is proposed.
    """
    return given if given in (POLICY, SCENARIO) else axis_named(key, given, [*axes, POLICY, SCENARIO])


def axis_named(key: str, given: str, axes: Iterable[str]) -> str:
    """The axis that a name means, by its short name or with what stands before it: "student.forget".

    Raises:
        InputError: there is no such axis; the nearest is proposed.
    """
    known = list(axes)
    if not isinstance(given, str):
        raise InputError(f"{key}={shown(given)} must be the name of an axis: {', '.join(known)}")
    return find_axis(given, known, key)


def _must_tell_apart(taught: Sequence[Taught], found: Channels, varied: Sequence[str]) -> None:
    hues = len(found.levels[found.hue]) if found.hue else 0
    if hues > MOST_HUES:
        which = "policies=" if found.hue == POLICY else f"only.{found.hue}="
        raise InputError(f"{hues} values of {found.hue} are more than colours can tell apart ({MOST_HUES}): {which}")
    places = set[tuple[object, ...]]()
    for t in taught:
        place = tuple(found.of(t, name) for name in found.shown)
        if place in places:
            more = [name for name in (*varied, POLICY, SCENARIO) if name not in found.shown]
            name = more[0] if more else POLICY
            raise InputError(
                f"{name} varies and is shown nowhere: give it x=, hue= or col=, or choose one value "
                f"({'policies=' if name == POLICY else 'scenarios=' if name == SCENARIO else f'only.{name}='}…)"
            )
        places.add(place)


def looks(folder: Folder) -> dict[str, dict[Level, int]]:
    """What every policy, scenario and value of an axis looks like, whatever else a figure shows.

    Policies that were asked for come first, then tuned mastery learning, then the other reference lines. Where a policy
    stands for its variants it looks like the first. What comes later than there are looks has none of its own.
    """
    named = dict.fromkeys((of.policy, of.base) for of in folder.runs)
    lines = [TUNED, *(name for name in (*REFERENCES, *PRIVILEGED) if name != TUNED)]
    ordered = sorted(named, key=lambda pair: lines.index(pair[1]) if pair[1] in lines else -1)
    policies: dict[Level, int] = {policy: i for i, (policy, _) in enumerate(ordered)}
    for policy, base in ordered:
        policies.setdefault(base, policies[policy])
    found: dict[str, dict[Level, int]] = {POLICY: policies, SCENARIO: {s: i for i, s in enumerate(folder.compared)}}
    return found | {name: {level: i for i, level in enumerate(levels)} for name, levels in folder.axes.items()}


def _name_of(policy: object) -> str:
    """What a policy is called that was asked for by name, by file or with all its settings."""
    if isinstance(policy, Mapping):
        return str(policy.get("name", ""))
    return Path(str(policy)).stem if str(policy).endswith((".yaml", ".yml")) else str(policy)
