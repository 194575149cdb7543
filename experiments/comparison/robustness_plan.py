"""The robust evaluation matrix, planned: which ways of teaching (rows) meet which kinds of students (columns)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zpdgym.errors import InputError, Violations, unknown

from ...configs.build import config_files, read_choice, student_section
from ..store.fingerprint import Fingerprint, fingerprint
from ..store.runs import Run, plain
from . import robustness_run
from .plan import TUNED, Entry, Experiment, check_entry, entry_of, load_scenarios, saved_files, trains

if TYPE_CHECKING:
    from ...envs.scenario import Scenario

OWN, MIXTURE, ANY = "own", "mixture", "any"
"""The scenario's own students; a row made for all kinds together; a row made for no students in particular."""
REFERENCES = ("no_teaching", "random")
PRIVILEGED = "oracle_greedy"
DEFAULTS: dict[str, Any] = {
    "name": "robustness",
    "scenario": "Algebra-v0",
    "students": None,
    "policies": ("ppo_scorer", TUNED, "greedy_ready", "streak", "zpdes_optimised", "interleaved"),
    "seeds": 10,
    "n_students": 1000,
    "n_validation": 300,
    "lessons": 300_000,
    "cohort_seed": 0,
    "tune_budget": 40,
}
OF_A_KIND = ("name", "student", "population")
_RESERVED = (OWN, MIXTURE, ANY, "student")
_FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")


@dataclass(frozen=True, eq=False)
class Matrix:
    """Who teaches whom, checked; nothing is written yet.

    Attributes:
        experiment: name, seeds, students and budgets, as for ``compare``.
        spec: the specification as plain data; ``Matrix.of`` of it is the same matrix.
        scenario: whose tutor teaches everywhere: curriculum, schedule, observation and belief.
        columns: the kinds of students by name, the scenario's own first.
        entries: the policies.
        notes: on rows and cells that the matrix does not have.
    """

    experiment: Experiment
    spec: Mapping[str, Any]
    scenario: Scenario
    columns: Mapping[str, Scenario]
    entries: tuple[Entry, ...]
    notes: tuple[str, ...]

    @classmethod
    def of(cls, spec: Mapping[str, Any]) -> Matrix:
        """A matrix from plain data, such as a file of ``configs/matrix``.

        Raises:
            InputError: an unknown key, policy, scenario or kind of students (with the nearest), a value that is
                refused, or a policy that cannot teach these students.
        """
        for key in spec:
            if key not in DEFAULTS:
                raise unknown("key robustness.", str(key), DEFAULTS)
        full = {**DEFAULTS, **{k: v for k, v in spec.items() if v is not None}}
        told = {k: v for k, v in full.items() if k not in ("scenario", "students")}
        experiment = Experiment.of(
            {**told, "scenarios": [full["scenario"]], "unexpected": False, "tracking": "none"}, where="robustness"
        )
        (scenario,) = load_scenarios(experiment)
        columns = _columns(full["students"], scenario)
        entries, notes = _entries(experiment, columns)
        return cls(experiment, plain(full), scenario, columns, entries, notes)

    def plans(self, folder: Path) -> Iterator[RowPlan]:
        """Every run of the matrix: each row, once per training seed where it is trained."""
        for entry in self.entries:
            trained, tuned = trains(entry), bool(entry.spec.get("tune")) and self.experiment.tune_budget > 1
            for home in homes(entry, self.columns, tuned=tuned):
                for seed in self.experiment.seeds if trained else self.experiment.seeds[:1]:
                    settings = self._settings(entry, home, seed, trained=trained, tuned=tuned)
                    files = [*saved_files(entry.spec), Path(robustness_run.__file__)]
                    yield RowPlan(
                        folder=folder / entry.name / home / f"seed{seed}",
                        entry=entry,
                        home=home,
                        seed=seed,
                        worlds=tuple(self.columns.values()) if home == MIXTURE else (self.columns[_whose(home)],),
                        columns=self.columns,
                        settings=settings,
                        fingerprint=fingerprint(settings, files=files),
                    )

    def _settings(self, entry: Entry, home: str, seed: int, *, trained: bool, tuned: bool) -> dict[str, Any]:
        """What a run depends on and nothing else."""
        kept = ("cohort_seed", "n_students", *(("n_validation",) if trained or tuned else ()))
        kept += ("lessons",) if trained else ("tune_budget",) if tuned else ()
        sections = {k: v for k, v in self.scenario.sections.items() if k not in ("student", "population", "unexpected")}
        students = {
            name: {part: world.sections[part] for part in ("student", "population")}
            for name, world in self.columns.items()
        }
        return plain(
            {
                "scenario": self.scenario.label,
                "policy": dict(entry.spec),
                "made_for": home,
                "seed": seed,
                **{key: getattr(self.experiment, key) for key in kept},
                "students": students,
                "sections": sections,
                "belief_parameters": self.scenario.belief_parameters,
            }
        )


@dataclass(frozen=True)
class RowPlan:
    """One run: a row of the matrix under one seed, before every kind of students.

    Attributes:
        folder: where the run goes.
        entry: who teaches.
        home: the kind of students that it is trained or tuned on; ``mixture``: all kinds; ``any``: neither.
        seed: the policy's seed.
        worlds: the scenarios of that kind or those kinds.
        columns: every kind of students by name.
        settings: what ``config.yaml`` will hold.
        fingerprint: of the settings, the source and the data.
    """

    folder: Path
    entry: Entry
    home: str
    seed: int
    worlds: tuple[Scenario, ...]
    columns: Mapping[str, Scenario]
    settings: Mapping[str, Any]
    fingerprint: Fingerprint

    @property
    def name(self) -> str:
        """The run's folder below the experiment's."""
        return f"{self.entry.name}/{self.home}/seed{self.seed}"

    @property
    def run(self) -> tuple[Run, Fingerprint]:
        """The run's folder with the fingerprint that it should have."""
        return Run(self.folder), self.fingerprint

    @property
    def effort(self) -> float:
        """About how much work the run is, in lessons of evaluation."""
        world, s = self.worlds[0], self.settings
        horizon = world.schedule.horizon(world.curriculum.minutes)
        tried = int(s.get("n_validation", 0)) * len(self.worlds) * int(s.get("tune_budget", 1))
        return horizon * (len(self.columns) * int(s["n_students"]) + tried) + 10.0 * int(s.get("lessons", 0))


def homes(entry: Entry, columns: Mapping[str, Scenario], *, tuned: bool) -> list[str]:
    """The rows of a policy: one per kind of students and one for all, where it is made for students; else one."""
    from ...agents.registry import build_policy

    trained, rehearses = trains(entry), hasattr(build_policy(entry.spec), "rehearse")
    if not (trained or tuned or rehearses):
        return [ANY]
    return [*columns, *([] if _no_mixture(entry) else [MIXTURE])]


def _whose(home: str) -> str:
    return OWN if home == ANY else home


def _no_mixture(entry: Entry) -> str | None:
    """Why a policy cannot be made for several kinds of students together; None where it can."""
    from ...agents.registry import build_policy

    policy: Any = build_policy(entry.spec)
    if trains(entry) and policy.network != "scorer":
        return "only an item scorer (ppo_scorer) is trained on several kinds of students together"
    return "it rehearses with one class" if hasattr(policy, "rehearse") else None


def _columns(wanted: Any, scenario: Scenario) -> dict[str, Scenario]:
    """The kinds of students by name, the scenario's own first, all before the same tutor."""
    unexpected = scenario.sections["unexpected"] or {}
    listed = list(unexpected) if wanted is None else wanted
    wrong, kinds = Violations("robustness"), dict[str, Any]()
    if not isinstance(listed, list | tuple) or not listed:
        raise InputError(f"robustness.students={listed!r} must list at least one kind of students beside the own ones")
    for kind in listed:
        name, section = _kind(kind, unexpected)
        fine = bool(_FILE_NAME.fullmatch(name)) and name not in _RESERVED
        words = f"letters, digits, '_' or '-', and none of {', '.join(_RESERVED)}: it names a folder"
        wrong.unless(fine, f"students: the name {name!r} must be {words}")
        wrong.unless(name not in kinds, f"students: {name!r} is there twice; give one another name")
        kinds[name] = section
    wrong.raise_any()
    return {OWN: scenario, **scenario.with_students(kinds, where="robustness.students")}


def _kind(kind: Any, unexpected: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    """Name and sections of one kind of students.

    A name is one of the scenario's unexpected kinds, else a file of ``configs/student``, all of them alike.
    """
    if isinstance(kind, str):
        if kind in unexpected:
            return kind, unexpected[kind]
        students = config_files("student")
        if not kind.endswith((".yaml", ".yml")) and kind not in students:
            raise unknown("kind robustness.students.", kind, {*unexpected, *students})
        return Path(kind).stem, {"student": student_section(kind), "population": None}
    if not isinstance(kind, Mapping):
        raise InputError(f"robustness.students: {kind!r} must be a name, or keys: {', '.join(OF_A_KIND)}")
    for key in kind:
        if key not in OF_A_KIND:
            raise unknown("key robustness.students.", str(key), OF_A_KIND)
    if "name" not in kind or len(kind) == 1:
        raise InputError("robustness.students: give each kind a name, and a student or a population, or both")
    section = {key: kind[key] for key in ("student", "population") if key in kind}
    if isinstance(section.get("population"), str):
        section["population"] = read_choice("population", section["population"])
    return str(kind["name"]), section


def _entries(experiment: Experiment, columns: Mapping[str, Scenario]) -> tuple[tuple[Entry, ...], tuple[str, ...]]:
    """The policies that were asked for, and the reference rows; what they must do, they can."""
    asked = [entry_of(policy) for policy in experiment.policies]
    names = [entry.name for entry in asked]
    for name in names:
        if names.count(name) > 1:
            raise InputError(f"robustness.policies: two policies are called '{name}'; give one another name")
    more = [name for name in (TUNED, *REFERENCES, PRIVILEGED) if name not in names]
    entries, notes = [], list[str]()
    for entry in (*asked, *map(entry_of, more)):
        refused = _refused(entry, columns)
        if refused and entry.kind != "privileged":
            raise InputError(next(iter(refused.values())))
        if len(refused) == len(columns) and entry.name in names:
            raise InputError(f"{entry.name} cannot teach any of these students: {next(iter(refused.values()))}")
        if len(refused) < len(columns):
            entries.append(entry)
        notes += [f"{entry.name} cannot teach {column}: {reason}" for column, reason in refused.items()]
        reason = _no_mixture(entry)
        notes += [f"{entry.name} has no row for the mixture: {reason}"] if reason else []
    return tuple(entries), tuple(notes)


def _refused(entry: Entry, columns: Mapping[str, Scenario]) -> dict[str, str]:
    """The kinds of students that a policy cannot teach, with the reason."""
    found = {}
    for name, world in columns.items():
        try:
            check_entry(entry, world)
        except InputError as refusal:
            found[name] = str(refusal)
    return found
