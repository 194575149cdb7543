"""From the settings of a verb to a scenario, and written out: what a command line comes down to."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from zpdgym.errors import InputError

if TYPE_CHECKING:
    from zpdgym.envs.scenario import Scenario
    from zpdgym.experiments.runs.arguments import Plain
    from zpdgym.experiments.runs.specification import Experiment

_HOW = ("files", "policy_change", "cluster")  # how the settings were given and where runs are made: no settings
_WORDS = ("name", "assumptions", "sources")  # sections of a scenario that change nothing


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
    from zpdgym.experiments.runs.lineup import entry_of, trains

    if lessons >= UPDATES * SMALLEST_ROLLOUT:
        return
    if learnt := [entry.name for entry in map(entry_of, policies) if trains(entry)]:
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


def resolved_job(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of a verb that is about one scenario and one policy, or about neither.

    Raises:
        InputError: an unknown scenario or policy, or a number in one of them that is refused.
    """
    from zpdgym.envs.scenario_file import GROUPS
    from zpdgym.experiments.runs.lineup import entry_of
    from zpdgym.experiments.store.runs import plain

    shown = {name: value for name, value in settings.items() if name not in _HOW}
    if "scenario" in shown:
        loaded = load_scenario(settings)
        sections = {key: section for key, section in loaded.sections.items() if key not in _WORDS}
        shown["scenario"] = {"name": loaded.name, "label": loaded.label, **sections}
        shown = {name: value for name, value in shown.items() if name not in GROUPS}
    if "policy" in shown:
        shown["policy"] = dict(entry_of(named_policy(settings)).spec)
    if shown.get("train_on"):
        shown["train_on"] = [_scenario(entry, "train_on") for entry in shown["train_on"]]
    return plain(shown)


def resolved_experiment(spec: Mapping[str, Any]) -> dict[str, Any]:
    """An experiment in which no name is left to be looked up; as a file it is the same experiment.

    Raises:
        InputError: whatever is wrong with the experiment, its scenarios and its policies.
    """
    from zpdgym.experiments.runs.lineup import entry_of
    from zpdgym.experiments.runs.scenarios import read_cells
    from zpdgym.experiments.runs.specification import Experiment
    from zpdgym.experiments.tracking import load_tracking

    asked = Experiment.of(spec)
    _ = read_cells(asked)
    return asked.to_dict() | {
        "scenarios": [_without_overruled(_scenario(entry), asked) for entry in asked.scenarios],
        "train_on": [_scenario(entry, "train_on") for entry in asked.train_on],
        "policies": [dict(entry_of(policy).spec) for policy in asked.policies],
        "tracking": load_tracking(asked.tracking),
    }


def _without_overruled(entry: Plain, experiment: Experiment) -> Plain:
    """The scenario without the sections and numbers that the grid sets in every cell."""
    from zpdgym.experiments.runs.entries import overruled

    for where in overruled(entry, experiment):
        part, _, key = where.partition(".")
        above, keys = entry[part], key.split(".")
        while keys[0] in above and len(keys) > 1:
            above = above[keys.pop(0)]
        del above[".".join(keys)]
    return entry


def resolved_matrix(spec: Mapping[str, Any], *, where: str | None) -> dict[str, Any]:
    """A matrix in which no name is left to be looked up; as a file it is the same matrix.

    Args:
        spec: the matrix.
        where: the file that it comes from, for messages.

    Raises:
        InputError: whatever is wrong with the matrix, its scenario, its students and its policies.
    """
    from pathlib import Path

    from zpdgym.experiments.comparison.robustness import plan_matrix
    from zpdgym.experiments.runs.lineup import entry_of
    from zpdgym.experiments.runs.scenarios import OWN, together
    from zpdgym.experiments.runs.specification import full_matrix
    from zpdgym.experiments.store.runs import plain

    plan, full = plan_matrix(spec, Path(), where=where), full_matrix(spec)
    kinds = plan.kinds or {}
    met = together(plan.experiment, kinds)
    named = [{"name": n, **{part: k.sections[part] for part in ("student", "population")}} for n, k in kinds.items()]
    return plain(
        {
            **full,
            "scenario": _scenario(full["scenario"]),
            "students": [kind for kind in named if kind["name"] in met and kind["name"] != OWN],
            "unseen": [kind for kind in named if kind["name"] not in met],
            "policies": [dict(entry_of(policy).spec) for policy in plan.experiment.policies],
        }
    )


def _scenario(entry: str | Mapping[str, Any], key: str = "scenarios") -> dict[str, Any]:
    """A scenario as an experiment names it, with every section that means something written out."""
    from zpdgym.envs.scenario_file import CONTROL, GROUPS
    from zpdgym.experiments.runs.scenarios import scenario_of

    loaded = scenario_of(key, entry)
    # a control is one by its file's name, and cannot be made one by a section
    sections = {name: section for name, section in loaded.sections.items() if name not in (*_WORDS, CONTROL)}
    return {
        "scenario": entry["scenario"] if isinstance(entry, Mapping) else entry,
        "name": loaded.label,
        "replace": {name: section for name, section in sections.items() if name in GROUPS},
        "change": {name: section for name, section in sections.items() if name not in GROUPS},
    }
