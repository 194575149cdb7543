"""From the settings of a verb to a scenario."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from zpdgym.errors import InputError

if TYPE_CHECKING:
    from zpdgym.envs.scenario import Scenario


def load_scenario(settings: Mapping[str, Any]) -> Scenario:
    """The scenario that a command line asks for: the file with its replaced sections and changed numbers.

    Raises:
        InputError: an unknown name or key, a value that is refused, or students who do not fit another curriculum.
    """
    scenario = _load(_entry(settings))
    _tell_schedule(settings, scenario)
    return scenario


def scenario_entry(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The same as an experiment names it: ``scenario``, ``replace`` and ``change``.

    Raises:
        InputError: as ``load_scenario``; the mistake is told in terms of the command line.
    """
    from zpdgym.experiments.runs.scenarios import MEDIANS

    entry = _entry(settings)
    _tell_schedule(settings, _load(entry))
    if entry["change"] != settings["scenario"]["change"]:
        kinds = ", ".join(entry["change"]["unexpected"])
        sys.stderr.write(f"another curriculum: {MEDIANS} ({kinds})\n")
    return entry


def tell_if_too_short(policies: Iterable[Any], lessons: int) -> None:
    """Say on stderr when a policy is to be trained for too few lessons to learn anything."""
    from zpdgym.agents.learnt.recipes import SMALLEST_ROLLOUT, UPDATES
    from zpdgym.experiments.runs.lineup import entry_of

    if lessons >= UPDATES * SMALLEST_ROLLOUT:
        return
    if learnt := [entry.name for entry in map(entry_of, policies) if entry.kind == "learnt"]:
        few = f"fewer than {UPDATES} updates of {SMALLEST_ROLLOUT} lessons, so it stays about as it began"
        sys.stderr.write(f"lessons={lessons} teaches {', '.join(learnt)} next to nothing: {few}; 300000 is usual\n")


def tell_if_no_fewer(fewer: Mapping[str, int], n_students: int) -> None:
    """Say on stderr when a policy that shall teach fewer test students than the others teaches as many."""
    for policy, count in fewer.items():
        if count >= n_students:
            told = f"is not fewer than n_students={n_students}: {policy} teaches as many test students as the others"
            sys.stderr.write(f"fewer_students.{policy}={count} {told}\n")


def named_policy(settings: Mapping[str, Any]) -> Mapping[str, Any]:
    """The policy under a name that tells it from the same one with other parameters: ``ppo_scorer~3f2a``.

    A sweep over a parameter thus fills one folder per value. A name that the user gave stays.
    """
    import hashlib
    import json

    from zpdgym.experiments.runs.lineup import entry_of

    policy, change = settings["policy"], settings["policy_change"]
    if not change:
        return policy
    mark = hashlib.sha256(json.dumps(change, sort_keys=True).encode()).hexdigest()[:4]
    return {**policy, "name": f"{entry_of(policy).name}~{mark}"}


def _tell_schedule(settings: Mapping[str, Any], scenario: Scenario) -> None:
    """Say on stderr that another curriculum does not bring another schedule with it."""
    replace, change = settings["scenario"]["replace"], settings["scenario"]["change"]
    if "curriculum" not in replace or "schedule" in replace or "schedule" in change:
        return
    curriculum, schedule = scenario.curriculum, scenario.schedule
    lessons, skills = schedule.horizon(curriculum.minutes), curriculum.n_skills
    key = "lessons" if "lessons" in scenario.sections["schedule"] else "sessions"
    told = f"{lessons} lesson{'s' * (lessons != 1)} at most for {skills} skill{'s' * (skills != 1)}"
    where = f"scenario.schedule.{key}=… or another schedule=… changes that"
    sys.stderr.write(f"another curriculum: the schedule stays {scenario.name}'s, {told}; {where}\n")


def _load(entry: Mapping[str, Any]) -> Scenario:
    from zpdgym.envs.scenario import Scenario

    try:
        return Scenario.load(entry["scenario"], replace=entry["replace"], change=entry["change"])
    except InputError as error:
        if "numbers for" not in str(error) or "student" in entry["replace"]:
            raise
        # the scenario's own students have one number per skill of its own curriculum
        raise InputError(f"add student=typical, who fits any curriculum; here {error}") from error


def _entry(settings: Mapping[str, Any]) -> dict[str, Any]:
    """What to load; see ``docs/curriculum.md`` for unexpected students under another curriculum."""
    from zpdgym.experiments.runs.scenarios import with_medians

    section = settings["scenario"]
    return with_medians({"scenario": section["name"], "replace": section["replace"], "change": section["change"]})
