"""The tutor's belief for a scenario that differs from its file: fitted to a log of the students that it has now."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from zpdgym.files import cache_folder, found_or_made
from zpdgym.moved import with_former_names
from zpdgym.notes import under_way
from zpdgym.sources import digest_of, digest_of_folders

from .base import Numbers

if TYPE_CHECKING:
    from ..scenario import Scenario

TAUGHT = ("curriculum", "student", "population", "schedule")
"""The sections that a log of students depends on."""
MEANINGLESS = {"kind": "bkt", "prior": 0.3, "learn": 0.2, "guess": 0.2, "slip": 0.1}
"""A belief that every scenario can have; ``graph`` takes the same numbers and says what is open, too."""


def with_own_belief(scenario: Scenario) -> Scenario:
    """The scenario with a belief that a tutor of these students could have.

    The numbers beside a bundled scenario were fitted to its students. Where curriculum, students, population or
    schedule are others (``curriculum.path=…``, ``scenario.student.learn=.3``, a scenario file of one's own), the
    belief is fitted again, to a simulated log of those. That takes half a minute for 30 skills; the numbers are kept in
    the user's cache folder.

    Args:
        scenario: returned as it is, where ``belief.source`` is not ``fitted`` or the stored numbers are its own.

    Raises:
        InputError: the scenario's sections are wrong.
    """
    if not is_fitted_anew(scenario):
        return scenario
    return with_numbers(scenario, _numbers(scenario))


def with_numbers(scenario: Scenario, numbers: Numbers) -> Scenario:
    """The scenario with a tutor who believes by these numbers, which belong to this object and not to its file.

    What the tutor sees of answers stays as the scenario says.
    """
    return _believing(scenario, {**numbers, **scenario.what_is_seen})


def _believing(scenario: Scenario, numbers: Numbers) -> Scenario:
    other = replace(scenario)
    other.__dict__["belief_parameters"] = numbers
    return other


def is_fitted_anew(scenario: Scenario) -> bool:
    """Whether ``with_own_belief`` fits a belief, unless it finds the numbers that it once fitted."""
    return scenario.sections["belief"].get("source", "fitted") == "fitted" and not _is_bundled(scenario)


def with_any_belief(scenario: Scenario) -> Scenario:
    """The scenario as it is before its belief is fitted, with numbers that mean nothing.

    What does not depend on what is believed, such as which columns there are, can be looked at before minutes of
    fitting.
    """
    if not is_fitted_anew(scenario):
        return scenario
    return _believing(scenario, {**MEANINGLESS, "kind": "graph" if scenario.observe.joint else "bkt"})


def kept_in() -> Path:
    """The folder where fitted numbers are kept, so that a second run of a command does not fit again."""
    return cache_folder() / "beliefs"


def _is_bundled(scenario: Scenario) -> bool:
    from ...configs.build import CONFIGS
    from ..scenario_file import read_scenario

    folder = CONFIGS / "scenario"
    file = folder / f"{scenario.name}.yaml"
    if not file.is_file() or not (folder / f"{scenario.name}.belief.json").is_file():
        return False
    stored, kind = read_scenario(file), scenario.sections["belief"].get("kind", "bkt")
    return stored["belief"].get("kind", "bkt") == kind and all(
        with_former_names(stored[name]) == with_former_names(scenario.sections[name]) for name in TAUGHT
    )


def _numbers(scenario: Scenario) -> Numbers:
    from .fitting import fit_belief

    what = f"{scenario.label}: fitting the tutor's belief to a simulated log of these students"
    return kept_numbers(scenario, lambda tell: fit_belief(scenario, tell=tell), told=what)


def kept_numbers(
    scenario: Scenario,
    fit: Callable[[Callable[[float], None]], Numbers],
    *,
    told: str,
    about: Sequence[object] = (),
) -> Numbers:
    """The numbers of a belief that was fitted for a scenario before, or that is fitted now and kept.

    Args:
        scenario: its students, curriculum, schedule and kind of belief.
        fit: finds the numbers; it is given whom to tell which share is done.
        told: what is said while it is fitted.
        about: what else the numbers depend on.
    """
    from .build import belief_class

    kind = scenario.sections["belief"].get("kind", "bkt")
    if must_suit := getattr(belief_class(kind), "must_suit", None):
        must_suit(scenario.curriculum)  # before minutes of fitting
    taught = {name: scenario.sections[name] for name in TAUGHT}
    curriculum = scenario.curriculum.to_dict()  # a file's contents, not its name
    source = digest_of_folders("students", "envs")  # an edit elsewhere does not make anybody fit again
    key = digest_of([str(kind), json.loads(json.dumps(taught, default=str)), curriculum, source, *about])

    def made() -> dict[str, object]:
        with under_way(told) as tell:
            return fit(lambda share: tell(f"{share:.0%}"))

    way_out = "delete it, and the belief is fitted again"
    numbers = found_or_made(kept_in() / f"{key[:24]}.json", made, way_out=way_out)
    return {name: value for name, value in numbers.items() if name != "about"}
