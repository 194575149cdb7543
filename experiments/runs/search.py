"""The search for a learner's settings: a job of its own that the trainings of all seeds wait for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ...students.draws import spawn_seed
from ..store.fingerprint import Fingerprint, fingerprint
from ..store.runs import CHECKPOINT, TUNING, Run
from .lineup import Entry
from .plan import RunPlan, saved_files

if TYPE_CHECKING:
    from ...envs.scenario import Scenario

TRAINING_COST = 40.0
"""A lesson of training takes about so many times as long as one of evaluation; for the progress bar only."""
LOOKS = 8
"""How often a training is looked at, about; likewise."""
FOLDER = "tuning"
"""Where a search lies, beside the runs of the seeds."""
_OF_THE_SEARCH = ("policy", "made_for", "cohort_seed", "n_validation", "lessons", "train_on", "tune_budget")
_OF_THE_WORLD = ("scenario", "students", "sections", "belief_parameters")


@dataclass(frozen=True)
class SearchPlan:
    """One search to be made: everything that a worker needs.

    Attributes:
        name: its folder below the experiment's.
        folder: where it goes.
        entry: the learner, with a section ``tune``.
        made_for: the scenarios that it is trained on.
        n_validation: how many validation students.
        cohort_seed: the experiment's.
        budget: how many settings may be tried.
        lessons: how many lessons each training has.
        settings: what ``config.yaml`` will hold: nothing about seeds or test students.
        fingerprint: of the settings, the source and the data.
    """

    name: str
    folder: Path
    entry: Entry
    made_for: tuple[Scenario, ...]
    n_validation: int
    cohort_seed: int
    budget: int
    lessons: int
    settings: Mapping[str, object]
    fingerprint: Fingerprint

    @property
    def run(self) -> tuple[Run, Fingerprint]:
        """The folder with the fingerprint that it should have."""
        return Run(self.folder), self.fingerprint

    @property
    def made(self) -> bool:
        """Whether it is finished."""
        return Run(self.folder).done == self.fingerprint.value

    @property
    def effort(self) -> float:
        """About how much work it is, in lessons of evaluation."""
        scenario = self.made_for[0]
        looks = LOOKS * self.n_validation * scenario.schedule.horizon(scenario.curriculum.minutes)
        return float(self.budget * (TRAINING_COST * self.lessons + looks))


def search_of(run: RunPlan) -> SearchPlan | None:
    """The search that a run waits for; None where it trains nobody, or with the settings that its policy has."""
    tuned = run.entry.spec.get("tune") and run.settings.get("tune_budget", 1) > 1
    if not (run.trained and tuned) or run.trained_by is not None:
        return None
    together = "train_on" in run.settings  # then it does not matter who is taught in the end
    kept = _OF_THE_SEARCH if together else (*_OF_THE_SEARCH, *_OF_THE_WORLD)
    settings = {key: value for key, value in run.settings.items() if key in kept}
    return SearchPlan(
        name=f"{run.name.rpartition('/')[0]}/{FOLDER}",
        folder=run.folder.parent / FOLDER,
        entry=run.entry,
        made_for=run.made_for,
        n_validation=run.n_validation,
        cohort_seed=run.cohort_seed,
        budget=int(run.settings["tune_budget"]),
        lessons=int(run.settings["lessons"]),
        settings=settings,
        fingerprint=fingerprint(settings, files=saved_files(run.entry.spec)),
    )


def searches(runs: Iterable[RunPlan]) -> list[SearchPlan]:
    """The searches that runs wait for, each once."""
    found = [search for run in runs if (search := search_of(run)) is not None]
    return list({search.folder: search for search in found}.values())


def make_search(plan: SearchPlan, report: Callable[[float], None]) -> None:
    """Search, and write what was found.

    Args:
        plan: what to search.
        report: told the share that is done, now and then.
    """
    from ...agents.learnt.tuning import search
    from ...agents.tuning import found_by_search

    run = Run(plan.folder)
    trials_so_far = f"{CHECKPOINT}{plan.fingerprint.value[:16]}"
    run.start(plan.settings, keep=trials_so_far)
    found = search(
        plan.entry.spec,
        plan.made_for,
        lessons=plan.lessons,
        cohort_seed=plan.cohort_seed,
        n_validation=plan.n_validation,
        budget=plan.budget,
        checkpoint=run.path / trials_so_far,
        progress=lambda done, settings: report(done / settings),
    )
    run.write_json(TUNING, found_by_search(found.spec, found.trials))
    seeds = {"cohort": plan.cohort_seed, "validation": spawn_seed(plan.cohort_seed, "validation")}
    run.finish(plan.fingerprint, kind=plan.entry.kind, seeds=seeds, seconds={"tune": found.seconds})


def settled(plan: RunPlan, run: Run) -> Mapping[str, object]:
    """What a run trains with: where its learner is tuned the settings that the search found, which the run notes.

    A run that is made alone, without its search, makes that first.
    """
    search = search_of(plan)
    if search is None:
        return plan.entry.spec
    if not search.made:
        make_search(search, lambda share: None)
    other = Run(search.folder)
    run.write_json(TUNING, other.json(TUNING))
    return other.chosen(plan.entry.spec)
