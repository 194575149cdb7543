"""The tutor's belief for a scenario that differs from its file: fitted to a log of the students that it has now."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from zpdgym.errors import CannotWrite, InputError
from zpdgym.files import cache_folder, plain, read_json, write_json
from zpdgym.moved import with_former_names
from zpdgym.sources import digest_of, digest_of_folders
from zpdgym.telling import telling

if TYPE_CHECKING:
    from ..scenario import Scenario

TAUGHT = ("curriculum", "student", "population", "schedule")
"""The sections that a log of students depends on."""
_CHECKSUM = "checksum"


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
    if scenario.sections["belief"].get("source", "fitted") != "fitted" or _is_bundled(scenario):
        return scenario
    fitted = type(scenario)(scenario.name, scenario.label, scenario.sections)
    # as for unexpected students: the numbers belong to this object, not to the file of its name
    fitted.__dict__["belief_parameters"] = _numbers(scenario)
    return fitted


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


def _numbers(scenario: Scenario) -> dict[str, Any]:
    from .fitting import fit_belief

    kind = scenario.sections["belief"].get("kind", "bkt")
    taught = {name: scenario.sections[name] for name in TAUGHT}
    curriculum = scenario.curriculum.to_dict()  # a file's contents, not its name
    source = digest_of_folders("students", "envs")  # an edit elsewhere does not make anybody fit again
    key = digest_of([str(kind), json.loads(json.dumps(taught, default=str)), curriculum, source])
    kept = kept_in() / f"{key[:24]}.json"
    if not kept.exists():
        what = f"{scenario.label}: fitting the tutor's belief to a simulated log of these students"
        with telling(what) as tell:
            fitted = plain(fit_belief(scenario, tell=lambda share: tell(f"{share:.0%}")), strict=True)
        try:
            write_json(kept, fitted | {_CHECKSUM: digest_of(fitted)})
        except CannotWrite as error:
            sys.stderr.write(f"{error}; it is fitted again the next time\n")
            return {name: value for name, value in fitted.items() if name != "about"}
    way_out = "delete it, and the belief is fitted again"
    stored = read_json(kept, way_out=way_out)
    if not isinstance(stored, dict) or "kind" not in stored:
        raise InputError(f"{kept} holds no belief: {way_out}")
    stored = cast("dict[str, Any]", stored)
    numbers = {name: value for name, value in stored.items() if name != _CHECKSUM}
    if stored.get(_CHECKSUM, total := digest_of(numbers)) != total:
        raise InputError(f"{kept} was changed since (checksum): {way_out}")
    return {name: value for name, value in numbers.items() if name != "about"}
