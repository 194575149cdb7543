"""From an experiment's specification to the runs that it consists of, checked before anything is written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zpdgym.files import is_folder

from ...students.draws import spawn_seed
from ..store.fingerprint import Fingerprint, digest_of, fingerprint
from ..store.runs import CHECKPOINT, Run, plain
from .early import check_early
from .grid import Cell
from .lineup import Entry, LineUp, entry_of, homes, learnt_with, line_up, matrix_line_up, trains
from .lives import FLOOR
from .preparing import preparation
from .scenarios import ANY, MIXTURE, OWN, WITHOUT, kinds_of_students, load_cells, load_train_on, together
from .specification import TUNED, Experiment

if TYPE_CHECKING:
    from ...envs.scenario import Scenario


@dataclass(frozen=True)
class RunPlan:
    """One run to be made: everything that a worker needs.

    Attributes:
        name: the run's folder below the experiment's.
        folder: where the run goes.
        scenario: what is taught to whom; in a matrix, to the scenario's own students.
        entry: who teaches.
        home: the scenario's label; in a matrix the kind of students that the policy is made for, "mixture" or "any".
        seed: the policy's seed.
        settings: what ``config.yaml`` will hold.
        fingerprint: of the settings, the source and the data, and of what the teacher or the tuning depends on.
        made_for: the scenarios that the teacher is trained on or the policy tuned on.
        kinds: of a matrix every kind of students by name; None: this run is one of a comparison.
        mastery: folder of the tuned mastery policy's run, which learnt teachers are set beside; None: there is none.
        trained_by: folder of the run that trains the same teacher for another scenario; None: this run trains it.
        same_as: folder and fingerprint of a run that is the same but for the label of its cell; None: there is none.
        lives: how many times students live, beside and not in what the fingerprint covers; 0: once, nothing is written.
    """

    name: str
    folder: Path
    scenario: Scenario
    entry: Entry
    home: str
    seed: int
    settings: Mapping[str, Any]
    fingerprint: Fingerprint
    made_for: tuple[Scenario, ...]
    kinds: Mapping[str, Scenario] | None = None
    mastery: Path | None = None
    trained_by: Path | None = None
    same_as: tuple[Path, Fingerprint] | None = None
    lives: int = 0

    @property
    def run(self) -> tuple[Run, Fingerprint]:
        """The run's folder with the fingerprint that it should have."""
        return Run(self.folder), self.fingerprint

    @property
    def cohort_seed(self) -> int:
        """The experiment's: all students of the run follow from it."""
        return int(self.settings["cohort_seed"])

    @property
    def tuning_cohort(self) -> int:
        """Whose validation students a policy that does not learn is tuned on: others for each seed but the first."""
        again = self.settings.get("tune_seed")
        return self.cohort_seed if again is None else spawn_seed(self.cohort_seed, f"tuning {again}")

    @property
    def trained(self) -> bool:
        """Whether a teacher is trained, here or in another run."""
        return "lessons" in self.settings

    @property
    def n_validation(self) -> int:
        """Validation students of a training: those of a matrix are shared out among kinds, as many of each."""
        shared = len(self.made_for) if self.kinds is not None else 1
        return int(self.settings["n_validation"]) * shared

    @property
    def checkpoint(self) -> str | None:
        """The file in which an interrupted training waits for being repeated; None where the trainer writes none."""
        kept = self.entry.spec.get("trainer") == "fast" and self.trained
        return f"{CHECKPOINT}{str(self.fingerprint.prepared)[:16]}" if kept else None


@dataclass(frozen=True, eq=False)
class Plan:
    """An experiment with everything that it consists of; nothing is written yet.

    Attributes:
        experiment: the specification.
        scenarios: what is taught to whom.
        cells: the scenario's label -> its place in the grid.
        line_ups: the scenario's label -> its policies.
        kinds: of a matrix every kind of students by name, the scenario's own first; None: a comparison.
        runs: every run.
    """

    experiment: Experiment
    scenarios: tuple[Scenario, ...]
    cells: Mapping[str, Cell]
    line_ups: Mapping[str, LineUp]
    kinds: Mapping[str, Scenario] | None
    runs: tuple[RunPlan, ...]

    @classmethod
    def of(cls, experiment: Experiment, folder: Path) -> Plan:
        """The plan of an experiment whose runs go below a folder.

        Raises:
            InputError: whatever is wrong with the experiment.
        """
        for policy in experiment.policies:
            _ = entry_of(policy)
        check_early(experiment)
        loaded = load_cells(experiment)
        scenarios = tuple(scenario for scenario, _ in loaded)
        cells = {scenario.label: cell for scenario, cell in loaded}
        if experiment.students is None:
            train_on = load_train_on(experiment, scenarios)
            line_ups = line_up(experiment, scenarios, train_on)
            kinds = None
        else:
            train_on = ()
            kinds = kinds_of_students(experiment, scenarios[0])
            line_ups = {scenarios[0].label: matrix_line_up(experiment, kinds)}
        runs = [
            run
            for scenario in scenarios
            for entry in line_ups[scenario.label].entries
            for run in plan_runs(
                _of_cell(experiment, cells[scenario.label]),
                scenario, entry, folder, train_on=train_on, kinds=kinds,
            )
        ]  # fmt: skip
        return cls(experiment, scenarios, cells, line_ups, kinds, tuple(_beside_mastery(_share(_share_training(runs)))))

    def only(self, runs: Iterable[RunPlan]) -> Plan:
        """The same with some of its runs; scenarios of which none is left are gone."""
        kept = tuple(runs)
        labels = {run.scenario.label for run in kept}
        return replace(
            self, runs=kept, scenarios=tuple(s for s in self.scenarios if s.label in labels),
            line_ups={label: lined_up for label, lined_up in self.line_ups.items() if label in labels},
        )  # fmt: skip


def _of_cell(experiment: Experiment, cell: Cell) -> Experiment:
    """The experiment with the numbers that it has in one cell."""
    return replace(experiment, seeds=cell.seeds(experiment.seeds), **cell.settings)


def plan_runs(
    experiment: Experiment,
    scenario: Scenario,
    entry: Entry,
    folder: Path,
    *,
    train_on: tuple[Scenario, ...] = (),
    kinds: Mapping[str, Scenario] | None = None,
) -> Iterator[RunPlan]:
    """The runs of one policy: one per seed where it is trained, else one; in a matrix for everybody it is made for."""
    trained, tuned = trains(entry), bool(entry.spec.get("tune")) and experiment.tune_budget > 1
    if kinds is not None:
        yield from _matrix_runs(experiment, scenario, entry, folder, kinds, trained=trained, tuned=tuned)
        return
    made_for = train_on if trained and train_on else (scenario,)
    met = learnt_with(entry, made_for) if trained else ()
    for seed in experiment.seeds if trained or (tuned and experiment.tune_seeds) else experiment.seeds[:1]:
        name = f"{scenario.label}/{entry.name}/seed{seed}"
        settings = _settings(experiment, scenario, entry, seed, trained=trained)
        again = not trained and seed != experiment.seeds[0]
        if again:
            settings["tune_seed"] = seed
        if trained and train_on:
            settings["train_on"] = [
                plain({"label": s.label, "sections": s.sections, "belief_parameters": s.belief_parameters})
                for s in train_on
            ]
        if met:
            settings["learnt_with"] = [plain({"label": s.label, **_students_of(s)}) for s in met]
        prepared = preparation(settings, scenario.label)
        mark = fingerprint(settings, files=saved_files(entry.spec), preparation=prepared)
        yield RunPlan(
            name, folder / name, scenario, entry, scenario.label, seed, settings, mark, made_for,
            lives=0 if again else _lives(experiment, entry),
        )  # fmt: skip


def _matrix_runs(
    experiment: Experiment,
    scenario: Scenario,
    entry: Entry,
    folder: Path,
    kinds: Mapping[str, Scenario],
    *,
    trained: bool,
    tuned: bool,
) -> Iterator[RunPlan]:
    """The runs of one policy of a matrix: for everybody whom it is made for, one or one per seed."""
    met = together(experiment, kinds)
    for home in homes(entry, kinds, tuned=tuned, left_out=met if experiment.leave_one_out else ()):
        seeds = experiment.seeds[: _trainings(experiment, home) if trained else 1]
        made_for = tuple(kinds[name] for name in _made_for(home, met))
        for seed in seeds:
            name = f"{entry.name}/{home}/seed{seed}"
            settings = _matrix_settings(experiment, kinds, entry, home, seed, trained=trained, tuned=tuned)
            prepared = preparation(settings, home)
            mark = fingerprint(settings, files=saved_files(entry.spec), preparation=prepared)
            yield RunPlan(name, folder / name, scenario, entry, home, seed, settings, mark, made_for, kinds)


def _trainings(experiment: Experiment, home: str) -> int | None:
    """How many seeds a learnt row of a matrix has; None: all."""
    if home.startswith(WITHOUT):
        return experiment.leave_one_out
    return None if home in (OWN, MIXTURE, ANY) else experiment.specialists


def _made_for(home: str, met: Iterable[str]) -> list[str]:
    """The kinds of students that a row is made for, of those that rows for several kinds are made for."""
    if home == MIXTURE or home.startswith(WITHOUT):
        return [name for name in met if home != WITHOUT + name]
    return [OWN if home == ANY else home]


def _students_of(world: Scenario) -> dict[str, Any]:
    return {part: world.sections[part] for part in ("student", "population")}


def _lives(experiment: Experiment, entry: Entry) -> int:
    """How many lives a run needs: the yardstick more, to be set beside itself; what is slow or no real teacher none."""
    if experiment.lives < 2 or entry.kind == "privileged" or entry.name in experiment.fewer_students:
        return 0
    return experiment.lives * (FLOOR if entry.name == TUNED else 1)


def _share_training(runs: Iterable[RunPlan]) -> Iterator[RunPlan]:
    """The same runs, but a teacher that several scenarios have in common is trained for the first of them only."""
    trained: dict[tuple[str, int], RunPlan] = {}
    for run in runs:
        first = trained.setdefault((run.entry.name, run.seed), run) if "train_on" in run.settings else run
        yield run if first is run else replace(run, trained_by=first.folder)


def _share(runs: Iterable[RunPlan]) -> Iterator[RunPlan]:
    """The same runs; those of untrained policies note the first one that is like them but for the label of its cell.

    A teacher's files name the scenario that it was trained on, so trainings are not shared.
    """
    first = dict[tuple[str, str], RunPlan]()
    for run in runs:
        if run.trained or run.kinds is not None:
            yield run
            continue
        same = first.setdefault((run.entry.name, digest_of({**run.settings, "scenario": None})), run)
        yield run if same is run else replace(run, same_as=(same.folder, same.fingerprint))


def _beside_mastery(runs: Iterable[RunPlan]) -> list[RunPlan]:
    """The same runs; in a comparison learnt teachers wait for tuned mastery learning, which they are set beside."""
    runs = list(runs)
    # from the end, so that of several the first one counts
    tuned = {run.home: run.folder for run in reversed(runs) if run.entry.name == TUNED and run.kinds is None}
    return [replace(run, mastery=tuned.get(run.home)) if run.trained else run for run in runs]


def _settings(experiment: Experiment, scenario: Scenario, entry: Entry, seed: int, *, trained: bool) -> dict[str, Any]:
    """What a run depends on and nothing else, so that a change concerns only the runs that it changes."""
    fewer = experiment.fewer_students.get(entry.name, max(experiment.n_students, experiment.n_validation))
    settings: dict[str, Any] = {
        "scenario": scenario.label,
        "policy": dict(entry.spec),
        "seed": seed,
        "cohort_seed": experiment.cohort_seed,
        "n_students": min(fewer, experiment.n_students),
        "n_validation": min(fewer, experiment.n_validation),
        "unexpected": experiment.unexpected,
    }
    if trained:
        settings["lessons"] = experiment.lessons
    if "tune" in entry.spec or trained:
        settings["tune_budget"] = experiment.tune_budget
    settings["sections"] = scenario.sections
    settings["belief_parameters"] = scenario.belief_parameters
    return plain(settings)


def _matrix_settings(
    experiment: Experiment,
    kinds: Mapping[str, Scenario],
    entry: Entry,
    home: str,
    seed: int,
    *,
    trained: bool,
    tuned: bool,
) -> dict[str, Any]:
    """The same of a run of a matrix: the kinds of students are settings there."""
    scenario = kinds[OWN]
    kept = ("cohort_seed", "n_students", *(("n_validation",) if trained or tuned else ()))
    kept += (*(("lessons",) if trained else ()), *(("tune_budget",) if tuned else ()))
    sections = {k: v for k, v in scenario.sections.items() if k not in ("student", "population", "unexpected")}
    students = {name: _students_of(world) for name, world in kinds.items()}
    unseen = [name for name in kinds if name not in together(experiment, kinds)]
    return plain(
        {
            "scenario": scenario.label,
            "policy": dict(entry.spec),
            "made_for": home,
            "seed": seed,
            **{key: getattr(experiment, key) for key in kept},
            "students": students,
            **({"unseen": unseen} if unseen else {}),
            "sections": sections,
            "belief_parameters": scenario.belief_parameters,
        }
    )


def saved_files(spec: Mapping[str, Any]) -> list[Path]:
    """The files of a saved teacher, where the policy is one."""
    path = Path(str(spec["path"])) if spec.get("path") else None
    return sorted(p for p in path.rglob("*") if p.is_file()) if path is not None and is_folder(path) else []
