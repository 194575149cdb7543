"""A policy made ready for one evaluation: tuned once for a scenario, and what was found is kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

from zpdgym.files import cache_folder, found_or_made
from zpdgym.notes import under_way

from .runs.lineup import ready_policy
from .runs.plan import saved_files
from .store.fingerprint import fingerprint
from .store.runs import plain

if TYPE_CHECKING:
    from ..agents.problem import Policy
    from ..envs.scenario import Scenario

MOST, LEAST = 1000, 50
"""Validation students on whom a setting is tried: as many as ``compare`` takes, and never fewer than these."""
LESSON = 50
"""What a lesson costs by itself, in rows of what is taught, about."""
WORK = 1000 * 81_000
"""Lessons times rows over all students of one trial: a little more than our largest scenario has."""


def tuned_once(
    spec: Mapping[str, object], scenario: Scenario, *, cohort_seed: int
) -> tuple[Policy, dict[str, object] | None]:
    """The policy, tuned on validation students where its specification says so; see ``ready_policy``.

    Args:
        spec: as ``load_policy`` gives it.
        scenario: what it will teach.
        cohort_seed: the experiment's.
    """
    from ..agents.registry import build_policy
    from ..agents.search_space import read_space

    if not spec.get("tune"):
        return ready_policy(spec, scenario, cohort_seed=cohort_seed)
    n_students, tunable = students(scenario), read_space(spec)

    def tune() -> dict[str, object]:
        what = f"{scenario.label}: tuning {spec.get('name', 'the policy')} on {n_students} validation students"
        with under_way(f"{what}{' (episodes are long)' if n_students < MOST else ''}") as tell:
            _, tuning = ready_policy(
                spec,
                scenario,
                cohort_seed=cohort_seed,
                n_students=n_students,
                progress=lambda done, settings: tell(
                    f"{done} of at most {settings} settings"
                    if tunable.method is None
                    else f"{done / settings:.0%} of at most {tunable.lessons:,} lessons"
                ),
            )
        assert tuning is not None  # what is tuned has settings that were found
        return dict(tuning)

    depends_on = plain(
        {
            "policy": dict(spec),
            "cohort_seed": cohort_seed,
            "n_validation": n_students,
            "sections": scenario.sections,
            "belief_parameters": scenario.belief_parameters,
        }
    )
    mark = fingerprint(depends_on, files=saved_files(spec)).value
    path = cache_folder() / "tuned" / f"{mark[:24]}.json"
    found = found_or_made(path, tune, way_out="delete it, and the settings are sought again")
    return build_policy(cast("Mapping[str, object]", found["spec"])), found


def students(scenario: Scenario) -> int:
    """How many validation students a setting is tried on: fewer, where their episodes are long or wide."""
    curriculum = scenario.curriculum
    each = scenario.schedule.horizon(curriculum.minutes) * (LESSON + curriculum.n_skills + curriculum.n_items)
    return max(LEAST, min(MOST, WORK // each))
