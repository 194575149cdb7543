"""Audit for bias: what it costs a group of students that the log behind the tutor's belief was skewed against it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np
import numpy.typing as npt
from zpdgym.errors import InputError, nearest, shown
from zpdgym.files import is_file, read_json, write_bytes, write_json
from zpdgym.parameters import Number, Table, read_arguments

from ...envs.beliefs.base import Numbers
from ...envs.beliefs.refit import with_numbers
from ...students.draws import spawn_seed
from ..metrics import Students
from ..runs.arguments import SEED, Named, writable
from ..runs.early import check_early_alone
from ..runs.lineup import Entry, entry_of, trains
from ..runs.outcomes import group_names, student_columns
from ..statistics import estimate
from ..store.runs import plain
from ..tuned import tuned_once
from .found import MEASURES, Audit, AuditRow, Span
from .logs import BALANCED, LOGS, OTHERS, Logs
from .show import markdown

if TYPE_CHECKING:
    from ...agents.problem import Policy
    from ...envs.scenario import Scenario

Floats = npt.NDArray[np.float64]
FEWEST = 10
"""So many students of a group stand in a log, and are tested, at least."""
AUDIT: Table = {
    "n_students": Number("how many test students", low=100, high=10**6, whole=True),
    "n_log": Number("students in every log", low=100, high=10**6, whole=True),
    "share": Number("of the group in the log that has few of it", low=0, high=1, unit="share"),
    "taught": Number("of the course, to the group in the log where it was not taught on", low=0, high=1, unit="share"),
    "cohort_seed": SEED,
    "seed": SEED,
}


def audit(
    scenario: str | Path | Scenario,
    policy: Named = "mastery_tuned",
    *,
    group: str | Sequence[str] | None = None,
    share: float = 0.05,
    taught: float = 1 / 3,
    n_students: int = 4000,
    n_log: int = 4000,
    cohort_seed: int = 0,
    seed: int = 0,
    out: str | Path | None = None,
) -> Audit:
    """Fit the tutor's belief to skewed logs and see whom that costs what, and whether anything helps.

    All beliefs teach the same test students by the same policy with the same settings; only the log that the belief was
    fitted to differs. What is tuned is tuned under the balanced log's belief. Fitted beliefs are kept, so that an
    audit that was interrupted goes on where it stopped.

    Args:
        scenario: a name, the path of a scenario file, or a ``Scenario``; its students are of two groups or more.
        policy: a name, the path of a policy file or a specification; nothing that would have to be trained.
        group: the group that logs are skewed against, or several, one after the other; None: those that end lowest and
            highest in the exam when the log is balanced.
        share: of the group in the log that has few of it.
        taught: the share of the course that the group was taught in the log where it was not taught on.
        n_students: test students.
        n_log: students in every log.
        cohort_seed: which test students; those of ``evaluate``.
        seed: which students are in the logs, and the policy's own luck.
        out: write ``audit.json`` and ``audit.md`` to this folder; None: write nothing.

    Raises:
        InputError: wrong arguments, a scenario without groups or without a fitted belief, a policy that is trained or
            looks inside students, or a group of whom there are too few.
    """
    from ...envs.scenario import Scenario

    given = read_arguments(AUDIT, locals(), "audit")
    folder = None if out is None else writable(out, "out")
    world, entry = Scenario.load(scenario), entry_of(policy)
    limits = {name: getattr(given, name) for name in ("share", "taught", "n_log")}
    names = _groups(world, entry, **limits)
    asked = None if group is None else named([group] if isinstance(group, str) else group, names)
    said = {"policy": entry.name, **vars(given)}
    _must_not_replace(folder, said if asked is None else {**said, "audited": asked})
    check_early_alone(entry, world)
    logs = Logs(world, seed=given.seed, **limits)
    first = logs.belief(BALANCED, 0)
    teacher, tuning = tuned_once(entry.spec, with_numbers(world, first), cohort_seed=given.cohort_seed)
    taught_by = Taught(world, teacher, given.n_students, given.cohort_seed, given.seed)
    balanced = taught_by(first)
    audited = asked or _ends(balanced)
    _must_be_tested(balanced, audited)
    _must_not_replace(folder, {**said, "audited": audited})
    settings = entry.spec if tuning is None else tuning["spec"]
    found = Audit(
        scenario=world.label,
        policy=entry.name,
        settings={k: v for k, v in plain(settings).items() if k != "tune"},
        belief=str(world.sections["belief"].get("kind", "bkt")),
        groups=names,
        audited=audited,
        rows=[row for name in audited for row in _rows(logs, taught_by, balanced, name)],
        **vars(given),
    )
    if folder is not None:
        write(found, folder)
    return found


def write(found: Audit, folder: Path) -> None:
    """Write ``audit.json`` and ``audit.md``, each in one step."""
    write_json(folder / "audit.json", {**asdict(found), "logs": {log: found.told(log) for log in LOGS}})
    write_bytes(folder / "audit.md", markdown(found).encode())


class Taught:
    """Test students taught by one policy under one belief after another, everything else the same."""

    def __init__(self, scenario: Scenario, teacher: Policy, n_students: int, cohort_seed: int, seed: int) -> None:
        self.scenario, self.teacher, self.n_students = scenario, teacher, n_students
        self.cohort_seed, self.seed = spawn_seed(cohort_seed, "test"), seed

    def __call__(self, numbers: Numbers) -> Students:
        """``MEASURES`` and the group's name of every student."""
        from ...agents.rollouts import teach

        world = with_numbers(self.scenario, numbers)
        taught = teach(world, self.teacher, n_students=self.n_students, cohort_seed=self.cohort_seed, seed=self.seed)
        found = student_columns(taught, world)
        lessons = np.where(found["lessons"] > 0, found["lessons"], np.nan)
        start = float(world.belief.allocate(1)["total"][0]) / world.curriculum.n_skills
        found |= {
            # misbelief is of growth, and at the start the tutor believes the same of everybody
            "overbelief": found["misbelief"] + start - found["mastery_pre"],
            "easy": found["wasted_mastered"] / lessons,
            "unready": found["wasted_unready"] / lessons,
        }
        return {name: found[name] for name in ("group", *MEASURES)}


def _rows(logs: Logs, taught: Taught, balanced: Students, audited: str) -> Iterator[AuditRow]:
    """What became of each group, and of all others together, under every log that is skewed against one."""
    group = balanced["group"]
    for log, kind in LOGS.items():
        seen = balanced if log == BALANCED else taught(logs.belief(log, logs.names.index(audited)))
        whose = {audited: group == audited}
        if not kind.own:
            whose |= {OTHERS: group != audited, **{name: group == name for name in logs.names if name != audited}}
        for who, those in whose.items():
            pairs = {name: (seen[name][those], balanced[name][those]) for name in MEASURES}
            yield AuditRow(
                audited=audited,
                log=log,
                who=who,
                students=int(those.sum()),
                found={name: _span(now) for name, (now, _) in pairs.items()},
                difference={name: _span(now, before) for name, (now, before) in pairs.items()},
            )


def _span(values: Floats, minus: Floats | None = None) -> Span:
    """The mean over those for whom there is a value, with lessons, and its interval over students."""
    beside = np.zeros_like(values) if minus is None else minus
    there = ~np.isnan(values) & ~np.isnan(beside)
    if there.sum() < 2:
        return Span(np.nan, np.nan, np.nan)
    found = estimate(values[None, there], beside[None, there], generator=np.random.default_rng(0))
    return Span(found.value, *found.interval())


def _ends(balanced: Students) -> list[str]:
    """The groups that end lowest and highest in the exam."""
    present = np.unique(balanced["group"]).tolist()
    means = {name: float(balanced["exam"][balanced["group"] == name].mean()) for name in present}
    return [min(present, key=means.__getitem__), max(present, key=means.__getitem__)]


def _must_not_replace(folder: Path | None, said: Mapping[str, object]) -> None:
    """Another audit's results stay; the same one's are written again, the same bytes."""
    file = None if folder is None else folder / "audit.json"
    if file is None or not is_file(file):
        return
    found = read_json(file, way_out="delete it, or give another name")
    there: Mapping[str, object] = cast("Mapping[str, object]", found) if isinstance(found, Mapping) else {}
    for key, value in said.items():
        if there.get(key) != value:
            key = "group" if key == "audited" else key
            raise InputError(
                f"{file} is of another audit, with {key}={shown(there.get('audited' if key == 'group' else key))} and "
                f"not {shown(value)}: give this one another name (name=...), or delete that one"
            )


def _must_be_tested(balanced: Students, audited: Sequence[str]) -> None:
    if np.isnan(balanced["easy"]).all():
        raise InputError("policy: it gives no lessons, so that what is believed of students makes no difference")
    for name in audited:
        theirs = balanced["group"] == name
        if theirs.sum() < FEWEST:
            raise InputError(
                f"n_students={len(theirs)}: {theirs.sum()} of them are of the group '{name}', fewer than {FEWEST}; "
                "test more"
            )


def named(parts: Sequence[str], names: Sequence[str]) -> list[str]:
    """The groups that are meant by what stood between commas, which names may have inside.

    Raises:
        InputError: there is no such group; which there are.
    """
    found, left = list[str](), [str(part).strip() for part in parts]
    while left:
        sizes = [n for n in range(len(left), 0, -1) if ", ".join(left[:n]) in names]
        if not sizes:
            near = nearest(", ".join(left), names)
            meant = f" Did you mean '{near}'?" if near else ""
            raise InputError(f"unknown group '{', '.join(left)}'.{meant} Groups: {'; '.join(names)}")
        found.append(", ".join(left[: sizes[0]]))
        left = left[sizes[0] :]
    return list(dict.fromkeys(found))


def _groups(world: Scenario, entry: Entry, *, share: float, taught: float, n_log: int) -> list[str]:
    """The names of the groups.

    Raises:
        InputError: nothing can be audited here, or not with these arguments.
    """
    names, source = group_names(world), world.sections["belief"].get("source", "fitted")
    if source != "fitted":
        raise InputError(f"belief.source={source} is fitted to no log; say belief.source=fitted")
    if world.told:
        raise InputError("belief.kind=truth is told who knows what, whatever stands in a log")
    if len(names) < 2:
        raise InputError(
            f"the students of {world.label} are all of one group; name groups in their population, or take "
            "another, such as population=fast_slow"
        )
    if not 0 < share < 1 / len(names):
        raise InputError(
            f"share={share:g} must be above 0 and below {1 / len(names):.3g}, what each of {len(names)} groups has in "
            "a balanced log"
        )
    if not 0 < taught < 1:
        raise InputError(f"taught={taught:g} must be above 0 and below 1: it is a share of the course")
    if share * n_log < FEWEST:
        raise InputError(f"share={share:g} of n_log={n_log} students is fewer than {FEWEST}")
    if entry.kind == "privileged":
        raise InputError(f"policy {entry.name} looks inside the students; no log changes what it does")
    if trains(entry):
        raise InputError(f"policy {entry.name} has to be trained first; zpdgym train, then policy=saved policy.path=…")
    return names
