"""Tuning one policy for one scenario: what was tried, and a policy file that can be used at once."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from zpdgym.errors import InputError
from zpdgym.parameters import Table, read_arguments

from ..envs.beliefs.refit import with_own_belief
from ..students.draws import spawn_seed
from .runs.arguments import BUDGET, N_VALIDATION, RERUN, SEED, writable
from .runs.lineup import Entry, check_entry, entry_of, must_keep_the_contract
from .runs.plan import saved_files
from .store.fingerprint import fingerprint
from .store.runs import POLICY, TUNING, Run, only_writer, plain, to_do, write_bytes

if TYPE_CHECKING:
    from ..envs.scenario import Scenario

__all__ = ["Tuned"]

Row = Mapping[str, Any]
TUNE: Table = {"budget": BUDGET, "n_validation": N_VALIDATION, "cohort_seed": SEED, "rerun": RERUN}


@dataclass(frozen=True, eq=False, repr=False)
class Tuned:
    """What tuning a policy found.

    Attributes:
        parameters: what was tuned.
        trials: the settings that were tried, the best first; see ``zpdgym.agents.tuning.Trial``.
        own: the trial with the policy's own settings, from which the search began.
        spec: the specification with the best settings, which ``evaluate`` takes as a policy.
        folder: ``<out>/<scenario>/<policy>``; None: nothing was written.
        made: False where it was found before and not repeated.
    """

    parameters: tuple[str, ...]
    trials: tuple[Row, ...]
    own: Row
    spec: Mapping[str, Any]
    folder: Path | None
    made: bool

    @classmethod
    def of(cls, spec: Mapping[str, Any], trials: Sequence[Row], *, folder: Path | None, made: bool) -> Tuned:
        """The result of a search: its best specification, and its trials in the order in which they were made."""
        parameters = tuple(k for k in trials[0] if k not in ("outcome", "difference", "error", "students"))
        chosen = {k: spec[k] for k in parameters}
        ordered = sorted(trials, key=lambda t: ({k: t[k] for k in parameters} != chosen, -t["outcome"]))
        return cls(parameters, tuple(ordered), trials[0], spec, folder, made)

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
    policy: str | Mapping[str, Any],
    *,
    budget: int = 40,
    n_validation: int = 1000,
    cohort_seed: int = 0,
    out: str | Path | None = None,
    rerun: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> Tuned:
    """Find the settings with which a policy teaches best, by trying them out on simulated students.

    The search is that of ``compare`` with the same ``cohort_seed``. The students chose the settings, so the best
    setting's mean is a little too good: ``evaluate`` teaches others.

    Args:
        scenario: a name ("kt6kc"), the path of a scenario file, or a ``Scenario``.
        policy: a name ("mastery_tuned"), the path of a policy file, or a specification with ``_target_``; it has a
            section ``tune`` with ``space`` (parameter: list of values).
        budget: the largest number of settings that are tried; the policy's own section may say less.
        n_validation: on how many students each is tried.
        cohort_seed: which students.
        out: keep what was found in ``<out>/<scenario>/<policy>/`` (``tuning.json``, ``policy.yaml``, and
            ``config.yaml``, ``run.json`` and ``done`` as every run has them), and do not repeat it when it is there
            already; None: write nothing.
        rerun: move what was found there with other settings or by other code aside, instead of refusing.
        progress: called with (settings tried, settings in all).

    Raises:
        InputError: an unknown name, a number that is too small, nothing to tune, or a policy that cannot teach this
            scenario; nothing was written then.
    """
    from ..agents.tuning import prepare
    from ..envs.scenario import Scenario

    given = read_arguments(TUNE, locals(), "tune")
    budget, n_validation, cohort_seed, rerun = given.budget, given.n_validation, given.cohort_seed, given.rerun
    out = None if out is None else writable(out, "out")
    loaded, entry = Scenario.load(scenario), entry_of(policy)
    if not entry.spec.get("tune"):
        raise InputError(
            f"policy {entry.name} has nothing to tune: give it a section tune with space (parameter: list of values), "
            "or choose a policy that has one"
        )
    world = with_own_belief(loaded)
    check_entry(entry, world)
    must_keep_the_contract(entry, world)
    options = {"cohort_seed": cohort_seed, "n_students": n_validation, "budget": budget, "progress": progress}
    if out is None:
        found, trials = prepare(entry.spec, world, **options)
        return Tuned.of(found, trials, folder=None, made=True)
    settings = _settings(world, entry, cohort_seed=cohort_seed, n_validation=n_validation, budget=budget)
    mark = fingerprint(settings, files=saved_files(entry.spec))
    run = Run(Path(out) / world.label / entry.name)
    with only_writer(Path(out)):
        missing = to_do([(run, mark)], rerun=rerun)
        if missing:
            started = time.perf_counter()
            found, trials = prepare(entry.spec, world, **options)
            run.start(settings)
            run.write_json(TUNING, {"spec": found, "trials": trials})
            write_bytes(run.path / POLICY, _policy_file(found, entry, world, settings, len(trials)).encode())
            seeds = {"cohort": cohort_seed, "validation": spawn_seed(cohort_seed, "validation")}
            run.finish(mark, kind=entry.kind, seeds=seeds, seconds={"tune": time.perf_counter() - started})
    return Tuned.of(run.chosen(entry.spec), run.json(TUNING)["trials"], folder=run.path, made=bool(missing))


def _settings(scenario: Scenario, entry: Entry, *, cohort_seed: int, n_validation: int, budget: int) -> dict[str, Any]:
    """What the tuning depends on and nothing else."""
    return plain(
        {
            "scenario": scenario.label,
            "policy": dict(entry.spec),
            "cohort_seed": cohort_seed,
            "n_validation": n_validation,
            "tune_budget": budget,
            "sections": scenario.sections,
            "belief_parameters": scenario.belief_parameters,
        }
    )


def _policy_file(spec: Mapping[str, Any], entry: Entry, scenario: Scenario, settings: Row, n_trials: int) -> str:
    """The policy file, under a name that tells the tuned policy from the one that it was made of."""
    students = f"{settings['n_validation']} validation students (cohort_seed={settings['cohort_seed']})"
    named = {"name": f"{entry.name}~{scenario.label}", **{k: v for k, v in spec.items() if k != "name"}}
    text = yaml.safe_dump(plain(named), sort_keys=False, allow_unicode=True, width=120)
    return f"# {entry.name} as it is best in {scenario.label}, of {n_trials} settings on {students}.\n{text}"
