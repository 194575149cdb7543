"""Tuning one policy for one scenario: what was tried, what it cost, and a policy file that can be used at once."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import yaml
from zpdgym.errors import InputError, RunsFailed
from zpdgym.parameters import Table, must_be_keys, read_arguments

from ..envs.beliefs.refit import with_own_belief
from ..students.draws import spawn_seed
from .cluster.clusters import Chosen, Cluster, load_cluster
from .cluster.luggage import Luggage
from .runs.arguments import BUDGET, LESSONS, N_VALIDATION, RERUN, SEED, writable
from .runs.early import check_early_alone
from .runs.execute import Report
from .runs.lineup import Entry, check_entry, entry_of, must_keep_the_contract, trains
from .runs.plan import saved_files
from .store.fingerprint import fingerprint
from .store.locks import in_turn, writer_beside_others
from .store.runs import CHECKPOINT, POLICY, RUN, TUNING, Run, plain, to_do, write_bytes
from .workers import Engine, Failed, Job, run_jobs

if TYPE_CHECKING:
    from ..agents.race import Trial
    from ..envs.scenario import Scenario

__all__ = ["Tuned"]

Row = Mapping[str, Any]
TUNE: Table = {
    "budget": BUDGET,
    "lessons": replace(LESSONS, optional=True),
    "n_validation": N_VALIDATION,
    "cohort_seed": SEED,
    "rerun": RERUN,
}
USUAL_LESSONS = 300_000
"""What a learner's trials are trained on where nobody says otherwise: as many lessons as in a comparison."""


@dataclass(frozen=True, eq=False, repr=False)
class Tuned:
    """What tuning a policy found.

    Attributes:
        parameters: what was tuned.
        trials: the settings that were tried, the best first; see ``zpdgym.agents.race.Trial``, and
            ``zpdgym.agents.learnt.tuning.LearnerSearch`` for those of learners.
        own: the trial with the policy's own settings, from which the search began.
        spec: the specification with the best settings, which ``evaluate`` takes as a policy, and ``train`` where it
            learns.
        budget: what the search cost: ``settings``, lessons of ``training`` and of ``validation`` students, ``seconds``.
        folder: ``<out>/<scenario>/<policy>``; None: nothing was written.
        made: False where it was found before and not repeated.
    """

    parameters: tuple[str, ...]
    trials: tuple[Row, ...]
    own: Row
    spec: Row
    budget: Mapping[str, float]
    folder: Path | None
    made: bool

    @classmethod
    def of(cls, spec: Row, trials: Sequence[Row], *, seconds: float, folder: Path | None, made: bool) -> Tuned:
        """The result of a search: its best specification, and its trials in the order in which they were made."""
        from ..agents.search_space import TOLD
        from ..agents.tuning import budget_of

        parameters = tuple(k for k in trials[0] if k not in TOLD)
        chosen = {k: spec[k] for k in parameters}
        ordered = sorted(trials, key=lambda t: ({k: t[k] for k in parameters} != chosen, -t["outcome"]))
        budget = {**budget_of(trials), "seconds": round(seconds, 3)}
        return cls(parameters, tuple(ordered), trials[0], spec, budget, folder, made)

    def __repr__(self) -> str:
        best = self.trials[0]
        words = " ".join(f"{name}={best[name]}" for name in self.parameters)
        return f"<Tuned {self.spec.get('name')}: {best['outcome']:.4f} with {words}, best of {len(self.trials)}>"

    @property
    def policy(self) -> Path | None:
        """The policy file with the best settings; None: nothing was written."""
        return None if self.folder is None else self.folder / POLICY


def tune(
    scenario: str | Path | Scenario,
    policy: str | Row,
    *,
    space: Mapping[str, object] | None = None,
    budget: int = 40,
    lessons: int | None = None,
    n_validation: int = 1000,
    cohort_seed: int = 0,
    out: str | Path | None = None,
    rerun: bool = False,
    cluster: Chosen = None,
    progress: Callable[[int, int], None] | None = None,
) -> Tuned:
    """Find the settings with which a policy teaches best, by trying them out on simulated students.

    The search is that of ``compare`` with the same ``cohort_seed``. The students chose the settings, so the best
    setting's mean is a little too good: ``evaluate`` teaches others. A learner is trained anew with every setting, and
    none of these trainings is kept: ``train`` it with ``spec``.

    Args:
        scenario: a name ("kt6kc"), the path of a scenario file, or a ``Scenario``.
        policy: a name ("mastery_tuned"), the path of a policy file, or a specification with ``_target_``; what may
            vary stands in its section ``tune``, under ``space``, or in the argument.
        space: parameter -> the values to try, or a range such as ``{"low": 0.001, "high": 0.03, "log": True}``; they
            take the place of those that the policy's own section has for the same parameters.
        budget: the largest number of settings that are tried; the policy's own section may say less.
        lessons: of a learner, how many lessons it is trained on with each setting; None: 300 000. The policy's own
            section may say less.
        n_validation: on how many students each is tried.
        cohort_seed: which students.
        out: keep what was found in ``<out>/<scenario>/<policy>/`` (``tuning.json``, ``policy.yaml``, and
            ``config.yaml``, ``run.json`` and ``done`` as every run has them), and do not repeat it when it is there
            already; None: write nothing. The search of a learner that was interrupted goes on there.
        rerun: move what was found there with other settings or by other code aside, instead of refusing.
        cluster: where the search is made, as for ``compare``: as a whole, by one worker; None: here.
        progress: called with (settings tried, settings in all).

    Raises:
        InputError: an unknown name, a number that is too small, nothing to tune, or a policy that cannot teach this
            scenario; nothing was written then.
    """
    from ..agents.tuning import found_by_search
    from ..envs.scenario import Scenario

    given = read_arguments(TUNE, locals(), "tune")
    out = None if out is None else writable(out, "out")
    loaded, entry = Scenario.load(scenario), entry_of(policy if space is None else with_space(policy, space))
    if not entry.spec.get("tune"):
        raise InputError(
            f"policy {entry.name} has nothing to tune: say what may vary, space.<parameter>=… (--help behind the "
            "policy lists its parameters), or give it a section tune with space (parameter: list of values, or a range)"
        )
    given.lessons = _lessons(given.lessons, entry)
    check_early_alone(entry, loaded)
    world = with_own_belief(loaded)
    check_entry(entry, world)
    must_keep_the_contract(entry, world)
    where = load_cluster(cluster)
    if out is None:
        search = _Search(entry, world, given)
        with search.at(where, home=None) as engine:
            found, trials, seconds = search.by(engine, progress)
        return Tuned.of(found, trials, seconds=seconds, folder=None, made=True)
    settings = _settings(world, entry, given)
    mark = fingerprint(settings, files=saved_files(entry.spec))
    run = Run(Path(out) / world.label / entry.name)
    so_far = f"{CHECKPOINT}{mark.value[:16]}"
    search = _Search(entry, world, given, run.path / so_far)
    with search.at(where, home=Path(out)) as engine, writer_beside_others(Path(out)), in_turn(run.path):
        missing = to_do([(run, mark)], rerun=given.rerun)
        if missing:
            if trains(entry):  # what takes so long is begun with the settings, and goes on where it was
                run.start(settings, keep=so_far)
            found, trials, seconds = search.by(engine, progress)
            run.start(settings)
            run.write_json(TUNING, found_by_search(found, trials))
            write_bytes(run.path / POLICY, _policy_file(found, entry, world, settings, len(trials)).encode())
            seeds = {"cohort": given.cohort_seed, "validation": spawn_seed(given.cohort_seed, "validation")}
            run.finish(mark, kind=entry.kind, seeds=seeds, seconds={"tune": seconds})
    return Tuned.of(
        run.chosen(entry.spec),
        run.json(TUNING)["trials"],
        seconds=run.json(RUN)["seconds"]["tune"],
        folder=run.path,
        made=bool(missing),
    )


def _lessons(given: int | None, entry: Entry) -> int | None:
    """On how many lessons a learner is trained with each setting; None: the policy is not trained."""
    if trains(entry):
        return given or USUAL_LESSONS
    if given is not None:
        evolves = (
            "; a search by evolution has its own: policy.tune.lessons=…" if entry.spec["tune"].get("method") else ""
        )
        raise InputError(f"lessons={given}: policy {entry.name} does not learn, so there are no such lessons{evolves}")
    return None


def with_space(policy: str | Row, space: Mapping[str, object]) -> dict[str, object]:
    """A policy's specification with these parameters in the space of its section ``tune``; None takes one out of it.

    Raises:
        InputError: there is no such policy, or the space is no mapping.
    """
    from ..agents.registry import load_policy

    must_be_keys(space, "space", "parameter: values")
    spec = load_policy(policy)
    section = spec.get("tune") or {}
    if not isinstance(section, Mapping) or not isinstance(section.get("space", {}), Mapping):
        return spec  # told of by whoever reads the section
    mixed = {**section.get("space", {}), **space}
    return {**spec, "tune": {**section, "space": {k: v for k, v in mixed.items() if v is not None}}}


_Found = tuple[Row, "list[Trial]", float]
"""The best specification, what was tried, and how long it took."""


@dataclass(frozen=True, eq=False)
class _Search:
    """One search, wherever it is made.

    Attributes:
        entry: the policy.
        scenario: where it teaches.
        given: the numbers.
        checkpoint: where a learner's finished trials are kept meanwhile; None: nowhere.
    """

    entry: Entry
    scenario: Scenario
    given: SimpleNamespace
    checkpoint: Path | None = None

    @contextmanager
    def at(self, cluster: Cluster, home: Path | None) -> Generator[Engine | None]:
        """Have a cluster at hand.

        Raises:
            InputError: it cannot be reached, does not run what this machine runs, or lacks what the search reads.
        """
        with cluster.open(home=home, jobs=1) as engine:
            if engine is not None:
                engine.accept([self.luggage])
            yield engine

    @property
    def luggage(self) -> Luggage:
        """What it takes along to another machine."""
        settings, moved = _settings(self.scenario, self.entry, self.given), replace(self, checkpoint=None)
        return Luggage(Path(), None, moved, settings, tuple(saved_files(self.entry.spec)))

    def by(self, engine: Engine | None, progress: Callable[[int, int], None] | None) -> _Found:
        """Have it made by an engine; None: here.

        Raises:
            RunsFailed: it failed elsewhere.
        """
        if engine is None:
            return self.made(progress)
        found, budget, name = dict[str, _Found](), self.given.budget, f"{self.scenario.label}/{self.entry.name}"

        def fail(name: str, why: Failed) -> bool:
            raise RunsFailed(f"{name} failed: {why.said}")

        run_jobs(
            _made,
            [Job(name, self, luggage=self.luggage)],
            workers=1,
            engine=engine,
            on_progress=lambda _, share: progress(round(share * budget), budget) if progress else None,
            on_done=found.__setitem__,
            on_failed=fail,
        )
        return found[name]

    def made(self, progress: Callable[[int, int], None] | None) -> _Found:
        """Make it."""
        entry, given = self.entry, self.given
        if trains(entry):
            from ..agents.learnt.tuning import search

            found = search(
                entry.spec,
                self.scenario,
                lessons=given.lessons,
                cohort_seed=given.cohort_seed,
                n_validation=given.n_validation,
                budget=given.budget,
                checkpoint=self.checkpoint,
                progress=progress,
            )
            return found.spec, found.trials, found.seconds
        from ..agents.tuning import prepare

        started = time.perf_counter()
        spec, trials = prepare(
            entry.spec,
            self.scenario,
            cohort_seed=given.cohort_seed,
            n_students=given.n_validation,
            budget=given.budget,
            progress=progress,
        )
        return spec, trials, time.perf_counter() - started


def _made(search: _Search, report: Report) -> _Found:
    """What a worker does."""
    return search.made(lambda done, settings: report(done / settings))


def _settings(scenario: Scenario, entry: Entry, given: SimpleNamespace) -> dict[str, object]:
    """What the tuning depends on and nothing else."""
    return plain(
        {
            "scenario": scenario.label,
            "policy": dict(entry.spec),
            "cohort_seed": given.cohort_seed,
            "n_validation": given.n_validation,
            "tune_budget": given.budget,
            **({} if given.lessons is None else {"lessons": given.lessons}),
            "sections": scenario.sections,
            "belief_parameters": scenario.belief_parameters,
        }
    )


def _policy_file(spec: Row, entry: Entry, scenario: Scenario, settings: Row, n_trials: int) -> str:
    """The policy file, under a name that tells the tuned policy from the one that it was made of."""
    students = f"{settings['n_validation']} validation students (cohort_seed={settings['cohort_seed']})"
    named = {"name": f"{entry.name}~{scenario.label}", **{k: v for k, v in spec.items() if k != "name"}}
    text = yaml.safe_dump(plain(named), sort_keys=False, allow_unicode=True, width=120)
    lessons = f", trained on {settings['lessons']} lessons each" if "lessons" in settings else ""
    return f"# {entry.name} as it is best in {scenario.label}, of {n_trials} settings{lessons} on {students}.\n{text}"
