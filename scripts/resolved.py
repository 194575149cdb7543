"""What a command line comes down to, written out: scenarios with their sections, policies with their parameters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zpdgym.scripts.settings import load_scenario, named_policy

_HOW = ("files", "policy_change")  # how the settings were given, and no settings
_WORDS = ("name", "assumptions", "sources")  # sections of a scenario that change nothing


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
        shown["train_on"] = [_scenario(entry) for entry in shown["train_on"]]
    return plain(shown)


def resolved_experiment(spec: Mapping[str, Any]) -> dict[str, Any]:
    """An experiment in which no name is left to be looked up; as a file it is the same experiment.

    Raises:
        InputError: whatever is wrong with the experiment, its scenarios and its policies.
    """
    from zpdgym.experiments.runs.lineup import entry_of
    from zpdgym.experiments.runs.specification import Experiment
    from zpdgym.experiments.tracking import load_tracking

    asked = Experiment.of(spec)
    return asked.to_dict() | {
        "scenarios": [_scenario(entry) for entry in asked.scenarios],
        "train_on": [_scenario(entry) for entry in asked.train_on],
        "policies": [dict(entry_of(policy).spec) for policy in asked.policies],
        "tracking": load_tracking(asked.tracking),
    }


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
    from zpdgym.experiments.runs.specification import full_matrix
    from zpdgym.experiments.store.runs import plain

    plan, full = plan_matrix(spec, Path(), where=where), full_matrix(spec)
    _, *kinds = (plan.kinds or {}).items()  # the scenario's own students come first
    of_a_kind = ("student", "population")
    return plain(
        {
            **full,
            "scenario": _scenario(full["scenario"]),
            "students": [{"name": name, **{part: kind.sections[part] for part in of_a_kind}} for name, kind in kinds],
            "policies": [dict(entry_of(policy).spec) for policy in plan.experiment.policies],
        }
    )


def _scenario(entry: str | Mapping[str, Any]) -> dict[str, Any]:
    """A scenario as an experiment names it, with every section that means something written out."""
    from zpdgym.envs.scenario import Scenario
    from zpdgym.envs.scenario_file import GROUPS
    from zpdgym.experiments.runs.scenarios import with_medians

    full = with_medians(entry if isinstance(entry, Mapping) else {"scenario": entry})
    loaded = Scenario.load(full["scenario"], replace=full.get("replace"), change=full.get("change"))
    sections = {key: section for key, section in loaded.sections.items() if key not in _WORDS}
    return {
        "scenario": full["scenario"],
        "name": full.get("name", loaded.label),
        "replace": {key: section for key, section in sections.items() if key in GROUPS},
        "change": {key: section for key, section in sections.items() if key not in GROUPS},
    }
