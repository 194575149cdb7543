"""Two comparisons that were made apart, on two machines, say, become one: all their finished runs, and one table."""

from __future__ import annotations

import json
import os
import shlex
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

from zpdgym.errors import InputError
from zpdgym.files import is_folder, writing

from ..comparison.rows import Compared, PolicyRuns
from ..comparison.show import save_tables
from ..comparison.table import comparison
from ..kept_files import FILES, must_agree
from ..report import write_report
from ..runs.arguments import writable
from ..store.columns import to_plain
from ..store.runs import TEACHER, Run, seal_experiment, write_json, write_yaml
from .folder import EXPERIMENT, SCENARIO, TABLE, FinishedRun, Folder

__all__ = ["Merged"]

SPECIFICATION = "experiment.yaml"
_JOINED = ("seeds", "policies", "scenarios", "grid", "axes", "contrasts")
"""What two comparisons may have different values of, which are put together."""
_FIRST = ("name", "tracking")
"""What is taken from the first."""
_WRITTEN = ("compared", "again")
"""What is made anew."""
_OF_RUNS = ("policies", "cannot_teach", "failed", "notes")
"""What of a scenario is put together; everything else must be the same."""


@dataclass(frozen=True, eq=False)
class Merged:
    """Two comparisons as one.

    Attributes:
        folder: where it is.
        runs: how many runs it has.
        said: lines about runs that are not in its table.
    """

    folder: Path
    runs: int
    said: tuple[str, ...]


def merge(first: str | Path, second: str | Path, *, into: str | Path) -> Merged:
    """Put two comparisons together that differ in nothing but seeds, policies and scenarios.

    Every run's files are verified by their checksums and copied; the table is made from them. The two folders stay as
    they are.

    Args:
        first: a comparison's folder.
        second: another one.
        into: the folder to write; it must not exist.

    Raises:
        InputError: they differ in something else, the same run is there twice with different fingerprints, runs are
            damaged, or ``into`` exists. Nothing is written then.
    """
    one, other = Folder.read(first), Folder.read(second)
    target = writable(into, "into")
    if os.path.lexists(target):
        raise InputError(f"into={target} exists: give a folder that does not")
    must_agree(one.path, other.path)
    specification = _specification(one, other)
    compared = {label: _compared(label, one, other) for label in (*one.compared, *other.compared)}
    runs, said = _runs(one, other)
    kept = {(run.scenario, run.policy, run.seed) for run in runs}
    compared = {label: _with(about, label, kept) for label, about in compared.items()}
    specification["name"] = target.name
    place = " results=" + shlex.quote(str(target.parent)) if target.parent != Path("results") else ""
    about = {
        **specification,
        "compared": {label: to_plain(part) for label, part in compared.items()},
        "again": f"zpdgym compare experiment={shlex.quote(str(target / SPECIFICATION))}{place}",
    }
    scenarios = {label: other for label in other.compared} | {label: one for label in one.compared}
    temporary = target.with_name(f".{target.name}.{os.getpid()}")
    with writing(target):
        try:
            _write(temporary, about, specification, runs, scenarios)
            for source in (one.path / FILES, other.path / FILES):
                if is_folder(source):
                    shutil.copytree(source, temporary / FILES, dirs_exist_ok=True)
            temporary.rename(target)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)  # gone already where all went well
    return Merged(target, len(runs), tuple(said))


def _specification(one: Folder, other: Folder) -> dict[str, object]:
    """What both ask for, together."""
    found = dict[str, object]()
    for key in dict.fromkeys([*one.experiment, *other.experiment]):
        a, b = one.experiment.get(key), other.experiment.get(key)
        if key in _JOINED:
            found[key] = _joined(key, a, b)
        elif key in _FIRST:
            found[key] = a
        elif key not in _WRITTEN:
            if a != b:
                raise InputError(
                    f"{one.path} and {other.path} differ in {key}: {_word(a)} and {_word(b)}; only seeds, policies and "
                    "scenarios may differ"
                )
            found[key] = a
    return {key: value for key, value in found.items() if value is not None}


def _joined(key: str, a: object, b: object) -> object:
    if isinstance(a, Mapping) and isinstance(b, Mapping):
        one, other = cast("Mapping[str, object]", a), cast("Mapping[str, object]", b)
        if set(one) != set(other):
            raise InputError(f"{key}: the axes are {', '.join(one) or 'none'} and {', '.join(other) or 'none'}")
        return {name: _joined(f"{key}.{name}", one[name], other[name]) for name in one}
    if (a is None or a == {}) != (b is None or b == {}) and key in ("grid", "axes"):
        raise InputError(f"{key}: one of the two is a grid and the other is none")
    first, second = (list(cast("Sequence[object]", value or ())) for value in (a, b))
    if isinstance(a, Mapping) or isinstance(b, Mapping):  # an axis of a range, say: equal or not
        raise InputError(f"{key} differs: {_word(a)} and {_word(b)}")
    names = {_name(value): value for value in first}
    for value in second:
        if names.setdefault(_name(value), value) != value:
            raise InputError(
                f"{key}: {_name(value)} is another one in each: {_word(names[_name(value)])}, {_word(value)}"
            )
    together = list(names.values())
    numbers = all(isinstance(value, int | float) and not isinstance(value, bool) for value in together)
    return sorted(together, key=lambda value: cast("float", value)) if numbers else together


def _name(value: object) -> str:
    if isinstance(value, Mapping) and "name" in value:
        return str(cast("Mapping[str, object]", value)["name"])
    return json.dumps(value, sort_keys=True, default=str)


def _compared(label: str, one: Folder, other: Folder) -> Compared:
    """What is said of a scenario, of both together."""
    a, b = one.compared.get(label), other.compared.get(label)
    if a is None or b is None:
        return cast("Compared", a or b)
    for key, value in to_plain(a).items():
        if key not in _OF_RUNS and to_plain(b).get(key) != value:
            raise InputError(
                f"{one.path} and {other.path} differ in {label}: {key}: {value} and {to_plain(b).get(key)}"
            )
    if one.about(label) != other.about(label):
        raise InputError(f"{one.path} and {other.path} differ in {label}: {SCENARIO} is not the same")
    policies = {of.policy: of for of in a.policies}
    for of in b.policies:
        known = policies.setdefault(of.policy, of)
        if (known.kind, known.axes) != (of.kind, of.axes):
            raise InputError(f"{of.policy} is another policy in {one.path} than in {other.path}")
        policies[of.policy] = replace(known, seeds=tuple(sorted({*known.seeds, *of.seeds})))
    refused = {of.policy: of for of in (*a.cannot_teach, *b.cannot_teach)}
    failed = tuple(dict.fromkeys((*(a.failed or ()), *(b.failed or ()))))
    notes = tuple(dict.fromkeys((*a.notes, *b.notes)))
    return replace(
        a, policies=tuple(policies.values()), cannot_teach=tuple(refused.values()), failed=failed or None, notes=notes
    )


def _runs(one: Folder, other: Folder) -> tuple[list[FinishedRun], list[str]]:
    """All runs of both, of what does not train the first alone; and what is left out, in words."""
    found: dict[tuple[str, str, int], FinishedRun] = {}
    untrained: dict[tuple[str, str], FinishedRun] = {}
    said = list[str]()
    for of in (*one.runs, *other.runs):
        key = of.scenario, of.policy, of.seed
        if key in found:
            if of.origin["fingerprint"] != found[key].origin["fingerprint"]:
                raise InputError(f"{found[key].run.path} and {of.run.path} are one run with two fingerprints")
            continue
        like = next((run for (*place, _), run in found.items() if place == [of.scenario, of.policy]), None)
        if like is not None:
            _must_be_alike(like.run, of.run)
        if not of.run.has(TEACHER):
            first = untrained.setdefault((of.scenario, of.policy), of)
            if first is not of:
                said.append(f"{of.run.path} stays where it is: {of.policy} does not train, and has one run")
                continue
        found[key] = of
    return list(found.values()), said


def _must_be_alike(one: Run, other: Run) -> None:
    """Refuse runs of one policy that differ in more than the seed."""
    a, b = ({key: value for key, value in run.config().items() if key != "seed"} for run in (one, other))
    if a != b:
        key = next(key for key in {**a, **b} if a.get(key) != b.get(key))
        raise InputError(f"{one.path} and {other.path} differ in {key}: {_word(a.get(key))} and {_word(b.get(key))}")
    parts = [{k: v for k, v in run.json("run.json")["parts"].items() if k != "settings"} for run in (one, other)]
    if parts[0] != parts[1]:
        which = ", ".join(sorted(k for k in {**parts[0], **parts[1]} if parts[0].get(k) != parts[1].get(k)))
        raise InputError(f"{one.path} and {other.path} were made with different {which}: they cannot be put together")


def _with(about: Compared, label: str, kept: set[tuple[str, str, int]]) -> Compared:
    """The same with the seeds of the runs that are there; what failed in one and was made in the other did not fail."""
    policies = list[PolicyRuns]()
    for of in about.policies:
        seeds = tuple(seed for seed in of.seeds if (label, of.policy, seed) in kept)
        policies += [replace(of, seeds=seeds)] if seeds else []
    failed = tuple(of for of in about.failed or () if (label, of.policy, of.seed) not in kept or of.lacks != "run")
    return replace(about, policies=tuple(policies), failed=failed or None)


def _write(
    folder: Path,
    about: Mapping[str, object],
    specification: Mapping[str, object],
    runs: Sequence[FinishedRun],
    scenarios: Mapping[str, Folder],
) -> None:
    for of in runs:
        shutil.copytree(of.run.path, folder / of.scenario / of.policy / f"seed{of.seed}")
    write_yaml(folder / SPECIFICATION, {key: value for key, value in specification.items() if key != "axes"})
    write_json(folder / EXPERIMENT, about)
    for label, source in scenarios.items():
        shutil.copyfile(source.path / label / SCENARIO, folder / label / SCENARIO)
    table = comparison(folder, about)
    write_json(folder / TABLE, to_plain(table))
    save_tables(folder, table)
    seal_experiment(folder, [TABLE, *(f"{label}/{SCENARIO}" for label in scenarios)])
    write_report(folder)


def _word(value: object) -> str:
    text = "none" if value is None else str(value)
    return text if len(text) <= 60 else f"{text[:57]}…"
