"""Tuning one policy for one scenario, kept on disk: what was tried, and a policy file that can be used at once."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from zpdgym.errors import InputError

from ..students.draws import spawn_seed
from .comparison.plan import Entry, check_entry, saved_files
from .store.fingerprint import fingerprint
from .store.runs import POLICY, TUNING, Run, only_writer, plain, to_do, write_bytes

if TYPE_CHECKING:
    from ..envs.scenario import Scenario

__all__ = ["Tuned"]

Row = Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class Tuned:
    """What tuning a policy found.

    Attributes:
        folder: ``results/<name>/<scenario>/<policy>``.
        parameters: what was tuned.
        trials: the settings that were tried, the best first; see ``zpdgym.agents.tuning.Trial``.
        own: the trial with the policy's own settings, from which the search began.
        spec: the specification with the best settings.
        made: False where it was found before and not repeated.
    """

    folder: Path
    parameters: tuple[str, ...]
    trials: tuple[Row, ...]
    own: Row
    spec: Mapping[str, Any]
    made: bool

    @property
    def policy(self) -> Path:
        """The policy file with the best settings."""
        return self.folder / POLICY


def tune_policy(
    scenario: Scenario,
    entry: Entry,
    folder: Path,
    *,
    cohort_seed: int,
    n_validation: int,
    budget: int,
    rerun: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> Tuned:
    """Tune a policy on validation students, exactly as ``compare`` does, unless that was done before.

    Writes ``<folder>/<scenario>/<policy>/``: ``tuning.json``, ``policy.yaml``, and ``config.yaml``, ``run.json`` and
    ``done`` as every run has them.

    Args:
        scenario: what is taught.
        entry: the policy; its specification has a section ``tune``.
        folder: ``results/<name>``.
        cohort_seed: whose validation students.
        n_validation: how many of them.
        budget: the largest number of settings that are tried.
        rerun: move what was found with other settings or by other code aside, instead of refusing.
        progress: called with (trials done, trials in all).

    Raises:
        InputError: there is nothing to tune, or the policy cannot teach this scenario; nothing was written then.
    """
    from ..agents.tuning import tune

    if not entry.spec.get("tune"):
        raise InputError(
            f"policy {entry.name} has nothing to tune: give it a section tune with space (parameter: list of values), "
            "or choose a policy that has one"
        )
    check_entry(entry, scenario)
    settings = _settings(scenario, entry, cohort_seed=cohort_seed, n_validation=n_validation, budget=budget)
    mark = fingerprint(settings, files=saved_files(entry.spec))
    run = Run(folder / scenario.label / entry.name)
    with only_writer(folder):
        missing = to_do([(run, mark)], rerun=rerun)
        if missing:
            started = time.perf_counter()
            found, trials = tune(
                entry.spec, scenario, cohort_seed=cohort_seed, n_students=n_validation, budget=budget, progress=progress
            )
            run.start(settings)
            run.write_json(TUNING, {"spec": found, "trials": trials})
            write_bytes(run.path / POLICY, _policy_file(found, entry, scenario, settings, len(trials)).encode())
            seeds = {"cohort": cohort_seed, "validation": spawn_seed(cohort_seed, "validation")}
            run.finish(mark, kind=entry.kind, seeds=seeds, seconds={"tune": time.perf_counter() - started})
    return _read(run, made=bool(missing))


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


def _read(run: Run, *, made: bool) -> Tuned:
    stored = run.json(TUNING)
    trials = stored["trials"]
    parameters = tuple(k for k in trials[0] if k not in ("outcome", "difference", "error", "students"))
    chosen = {k: stored["spec"][k] for k in parameters}
    ordered = sorted(trials, key=lambda t: ({k: t[k] for k in parameters} != chosen, -t["outcome"]))
    return Tuned(run.path, parameters, tuple(ordered), trials[0], stored["spec"], made)
