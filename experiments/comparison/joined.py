"""What is asked for, joined with what the folder holds: a comparison grows, and nothing that was made leaves it unsaid.

A folder's table is made of all finished runs, with today's fingerprint, that its specification names. Asking for some
policies, scenarios or seeds again adds to that specification; ``drop`` takes out of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from zpdgym.errors import InputError, unknown

from ...configs.build import read_yaml
from ..kept_files import named_from
from ..questions.stated import stated_early
from ..runs.arguments import Axes, Named, Values
from ..runs.grid import cells_of
from ..runs.lineup import REFERENCES, entry_of
from ..runs.plan import Plan, RunPlan
from ..runs.specification import TUNED, Experiment
from ..store.runs import Run, plain

SPECIFICATION = "experiment.yaml"


@dataclass(frozen=True)
class Joined:
    """A comparison as it will be.

    Attributes:
        plan: what the table is made of: what is asked for, and what is finished from before.
        asked: the runs of it that are asked for now, and are made where they are not finished.
        said: lines about what is in the table from before, what is not, and what was left out.
    """

    plan: Plan
    asked: tuple[RunPlan, ...]
    said: tuple[str, ...]

    @classmethod
    def of(cls, asked: Experiment, folder: Path, *, drop: Sequence[str] = ()) -> Joined:
        """The plan of an experiment in a folder that may hold an earlier form of it.

        Args:
            asked: what is asked for now.
            folder: where it lies.
            drop: policies, scenarios or cells to leave out of the table; their runs stay.

        Raises:
            InputError: whatever is wrong with the experiment; a grid over other axes than the one that is there; or
                nothing of that name can be dropped.
        """
        together, said = specified(asked, folder)
        dropped = _Dropped.of(drop, together)
        said += dropped.unasked(together)
        _ = stated_early(dropped.left(together))
        plan = Plan.of(dropped.left(together), folder)
        wanted = Plan.of(dropped.left(asked), folder) if together != asked else plan
        mine = {_key(run) for run in wanted.runs}
        runs = [run for run in plan.runs if not dropped.run(run)]
        extra = [run for run in runs if _key(run) not in mine]
        finished = {run.folder for run in extra if _is_finished(run)}
        kept = plan.only(run for run in runs if _key(run) in mine or run.folder in finished)
        alone = _without_reference(kept)
        kept = kept.only(run for run in kept.runs if run.scenario.label not in alone) if alone else kept
        said += [*_from_before(extra, finished), *_others(extra, finished, alone), *dropped.said]
        return cls(kept, tuple(run for run in kept.runs if _key(run) in mine), tuple(said))


def specified(asked: Experiment, folder: Path) -> tuple[Experiment, list[str]]:
    """What is asked for together with what a folder holds, and lines about what cannot be joined.

    Raises:
        InputError: the folder holds a grid over other axes.
    """
    before, said = _stored(folder)
    return _together(asked, before, said) if before else asked, said


@dataclass(frozen=True)
class _Dropped:
    """What is left out of a table."""

    names: frozenset[str]
    said: tuple[str, ...]

    @classmethod
    def of(cls, names: Sequence[str], together: Experiment) -> _Dropped:
        policies = [entry_of(policy).name for policy in together.policies]
        labels = [cell.label for cell in cells_of(together.scenarios, together.grid) if cell.axes]
        scenarios = [_name_of_scenario(entry) for entry in together.scenarios]
        for name in names:
            if name in REFERENCES and name not in policies:
                raise InputError(f"drop={name}: it is a reference line, which every comparison has")
            if name not in (*policies, *labels, *scenarios):
                raise unknown("policy or scenario in drop=", name, [*policies, *labels, *scenarios])
        left = [name for name in policies if name not in names]
        if not left:
            raise InputError(f"drop={','.join(names)} leaves no policy to compare")
        told = tuple(f"{name} is left out of this table (drop=); its runs stay where they are" for name in names)
        return cls(frozenset(names), told)

    def left(self, experiment: Experiment) -> Experiment:
        """The experiment without the policies and scenarios that are dropped."""
        if not self.names:
            return experiment
        policies = tuple(p for p in experiment.policies if entry_of(p).name not in self.names)
        scenarios = tuple(s for s in experiment.scenarios if _name_of_scenario(s) not in self.names)
        if not scenarios:
            raise InputError(f"drop={','.join(sorted(self.names))} leaves no scenario to compare in")
        grid = {axis: values for axis, values in experiment.grid.items() if not self._is_of_one(axis)}
        contrasts = tuple(line for line in experiment.contrasts if not self._mentions(line))
        return replace(experiment, policies=policies, scenarios=scenarios, contrasts=contrasts, grid=grid)

    def unasked(self, together: Experiment) -> list[str]:
        """A line for each question that is not asked any more, because it is about what is dropped."""
        return [f"not asked any more: {line}" for line in together.contrasts if self._mentions(line)]

    def _mentions(self, line: str) -> bool:
        return any(word in self.names or word.partition(",")[0] in self.names for word in line.split())

    def _is_of_one(self, axis: str) -> bool:
        """Whether an axis of the grid varies settings of a policy that is dropped."""
        return axis.startswith("policies.") and axis.split(".")[1] in self.names

    def run(self, run: RunPlan) -> bool:
        """Whether a run is one of a policy, a scenario or a cell that is dropped."""
        return run.scenario.label in self.names or run.entry.name in self.names


def _key(run: RunPlan) -> tuple[str, str, int | None]:
    """What makes a run the same one: those of untrained policies are made once, under whatever seed comes first."""
    return run.scenario.label, run.entry.name, run.seed if run.trained or "tune_seed" in run.settings else None


def _stored(folder: Path) -> tuple[Experiment | None, list[str]]:
    """The specification of the comparison that a folder holds, if there is one that can be read; else why not."""
    path = folder / SPECIFICATION
    if not path.is_file():
        return None, []
    try:
        return Experiment.of(named_from(read_yaml(path), folder)), []
    except InputError as error:
        return None, [f"this table is of what was asked for now alone, for what was there cannot be read: {error}"]


def _together(asked: Experiment, before: Experiment, said: list[str]) -> Experiment:
    """What is asked for, and after it what was there and is not asked for; what cannot be joined is said."""
    policies = _joined(asked.policies, before.policies, lambda p: entry_of(p).name, said)
    scenarios = _joined(asked.scenarios, before.scenarios, _name_of_scenario, said)
    seeds = tuple(dict.fromkeys([*asked.seeds, *before.seeds]))
    grid = _grids(asked, before)
    together = replace(asked, policies=policies, scenarios=scenarios, seeds=tuple(sorted(seeds)), grid=grid)
    contrasts = tuple(dict.fromkeys([*asked.contrasts, *before.contrasts]))
    sensitivity = tuple(dict.fromkeys([*asked.sensitivity, *before.sensitivity]))
    return replace(together, contrasts=contrasts, sensitivity=sensitivity)


def _joined(
    asked: Sequence[Named], before: Sequence[Named], name_of: Callable[[Named], str], said: list[str]
) -> tuple[Named, ...]:
    """Those asked for, then the others by name; what cannot be read any more is said."""
    found = {name_of(one): one for one in asked}
    for one in before:
        try:
            found.setdefault(name_of(one), one)
        except InputError as error:
            said.append(f"not in this table any more: {error}")
    return tuple(found.values())


def _grids(asked: Experiment, before: Experiment) -> Axes:
    """The values of every axis, those asked for and those from before, each in the order of its own.

    Raises:
        InputError: the axes are others.
    """
    if not before.grid or not asked.grid or set(asked.grid) != set(before.grid):
        if before.grid == asked.grid:
            return asked.grid
        raise InputError(
            f"{asked.name} holds a grid over {', '.join(before.grid) or 'nothing'}, and this one is over "
            f"{', '.join(asked.grid) or 'nothing'}: give this experiment another name (name=…)"
        )
    return {axis: _values(values, before.grid[axis]) for axis, values in asked.grid.items()}


def _values(asked: Values, before: Values) -> Values:
    every = [*asked, *(value for value in before if value not in asked)]
    numbers = all(isinstance(value, int | float) and not isinstance(value, bool) for value in every)
    return sorted(every) if numbers and len(every) > len(asked) else every


def _name_of_scenario(entry: Named) -> str:
    """A scenario by the name that joins two ways of asking for it; a changed one by all that is said of it."""
    from ...envs.scenario_file import find_scenario

    if isinstance(entry, str):
        return find_scenario(entry).stem
    if "name" in entry:
        return str(entry["name"])
    if not entry.get("replace") and not entry.get("change"):
        return find_scenario(str(entry.get("scenario"))).stem
    return str(plain(dict(entry)))


def _is_finished(run: RunPlan) -> bool:
    found = Run(run.folder)
    return found.done == run.fingerprint.value and found.damage is None


def _without_reference(plan: Plan) -> set[str]:
    """The scenarios in which nothing is left that others could be set beside."""
    there = {run.scenario.label for run in plan.runs if run.entry.name == TUNED}
    return {run.scenario.label for run in plan.runs} - there


def _from_before(extra: Iterable[RunPlan], finished: set[Path]) -> list[str]:
    """What stands in the table without being asked for now."""
    kept = [run for run in extra if run.folder in finished]
    if not kept:
        return []
    policies = list(dict.fromkeys(run.entry.name for run in kept))
    labels = list(dict.fromkeys(run.scenario.label for run in kept))
    where = f"{len(labels)} scenarios" if len(labels) > 3 else ", ".join(labels)
    return [
        f"in this table from before, with {len(kept)} finished run{'s' * (len(kept) > 1)}: {', '.join(policies)} in "
        f"{where}; drop=NAME leaves one out"
    ]


def _others(extra: Iterable[RunPlan], finished: set[Path], alone: set[str]) -> list[str]:
    """What was asked for before and is not in the table: its runs are of other settings, or were never finished."""
    left = [run for run in extra if run.folder not in finished or run.scenario.label in alone]
    other = [run for run in left if Run(run.folder).done is not None]
    unmade = len(left) - len(other)
    lines = [_listed(other, "made with other settings or other code")] if other else []
    if unmade:
        lines.append(f"not in this table: {unmade} run{'s' * (unmade > 1)} asked for before and not finished")
    return lines


def _listed(runs: Sequence[RunPlan], why: str) -> str:
    rows = dict.fromkeys(f"{run.scenario.label}/{run.entry.name}" for run in runs)
    first, more = list(rows)[:4], len(rows) - 4
    others = f" and {more} more" if more > 0 else ""
    return f"not in this table: {', '.join(first)}{others}: {why}; ask for them again with rerun=true"
