"""Tuning a policy on validation students, and making ready what it needs from a class of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .race import N_STUDENTS, Floats, Race, Spec, Trial, beside, rehearsed, search_luck, several
from .search_space import BUDGET, CMA_ES, Proposals, read_space

if TYPE_CHECKING:
    from ..envs.scenario import Scenario


def prepare(
    spec: Mapping[str, Any],
    scenario: Scenario | Sequence[Scenario],
    *,
    cohort_seed: int,
    n_students: int = N_STUDENTS,
    budget: int = BUDGET,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[Spec, list[Trial]]:
    """Make a policy ready to teach: tune what its specification says is tuned, and rehearse what it rehearses.

    Args:
        spec: a specification as ``load_policy`` gives it; ``tune: {budget, space}`` says what may be tuned.
        scenario: what will be taught; several: the settings with the best mean over all of them are chosen.
        cohort_seed: the experiment's; tuning uses its cohort "validation", rehearsals its cohort "calendar", so that
            test students stay unseen.
        n_students: validation students per trial.
        budget: the largest number of trials (the smaller of this and the specification's counts).
        progress: called with (trials done, trials in all).

    Returns:
        The specification to build and teach with (without ``tune``), and the trials, [] where nothing is tuned.

    Raises:
        InputError: ``tune`` is not as it must be, or the policy cannot teach this scenario, or it rehearses and there
            are several.
    """
    if spec.get("tune") and budget > 1:
        return _search(spec, scenario, cohort_seed, n_students, budget, progress)
    return rehearsed({k: v for k, v in spec.items() if k != "tune"}, scenario, cohort_seed=cohort_seed), []


def _search(
    spec: Mapping[str, Any],
    scenario: Scenario | Sequence[Scenario],
    cohort_seed: int,
    n_students: int,
    budget: int,
    progress: Callable[[int, int], None] | None,
) -> tuple[Spec, list[Trial]]:
    """Find the settings with the best mean primary outcome over the validation students.

    The first trial is the specification's own settings. A third of the budget goes to settings drawn at random, the
    rest to neighbours of the best so far (one parameter changed). All trials teach the same students with the same
    luck, so differences are paired; one that is clearly worse than the best so far on a quarter of them is not tried on
    the rest. Every policy gets the same budget. With several scenarios, the outcome of a student is the mean over the
    students of that number in all of them.
    """
    base = {k: v for k, v in spec.items() if k != "tune"}
    tunable = read_space(spec, budget)
    if tunable.method == CMA_ES:
        from .evolution import evolve

        return evolve(
            spec, scenario, tunable, cohort_seed=cohort_seed, n_students=n_students,
            progress=lambda share: progress(round(share * budget), budget) if progress else None,
        )  # fmt: skip
    space, budget = tunable.space, tunable.budget
    proposals, race = Proposals(space, search_luck(spec, cohort_seed)), Race(several(scenario), cohort_seed, n_students)
    best, found, tried = tunable.own, base, list[tuple[dict[str, Any], Floats, int]]()
    values: dict[str, Any] | None = best
    while values is not None:
        proposals.tried(values)
        ready = rehearsed(base | values, scenario, cohort_seed=cohort_seed)
        before = race.lessons
        outcomes, won = race.run(ready)
        tried.append((values, outcomes, race.lessons - before))
        if won:
            best, found = values, ready
        if progress:
            progress(len(tried), budget)
        values = proposals.draw(best, len(tried), budget)
    assert race.best is not None
    return found, [values | beside(outcomes, race.best) | {"taught": lessons} for values, outcomes, lessons in tried]


def found_by_search(spec: Mapping[str, Any], trials: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What files tell of a search: the specification that it chose, what it cost, and every trial."""
    return {"spec": dict(spec), "budget": budget_of(trials), "trials": list(trials)}


def budget_of(trials: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """What a search cost, whatever was tuned: ``settings``, lessons of ``training`` and of ``validation``."""
    training, validation = (sum(int(trial.get(name, 0)) for trial in trials) for name in ("trained", "taught"))
    return {"settings": len(trials), "training": training, "validation": validation}
