"""What a run's teacher or tuning depends on, and what only its evaluation does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .scenarios import ANY, MIXTURE

EVALUATION = ("n_students", "unexpected")
"""Settings of a run that only say whom it teaches in the end.

Whatever is not named here counts for the teacher, too: who trains once too often has lost time, who keeps a teacher of
other settings is wrong.
"""
_SECTIONS = "sections"


def preparation(settings: Mapping[str, Any], home: str) -> dict[str, Any]:
    """Those of a run's settings that its teacher, its tuning and its students' lives depend on.

    Args:
        settings: of the run.
        home: whom the policy is made for: of a matrix a kind of students, "mixture" or "any".
    """
    left = {key: value for key, value in settings.items() if key not in EVALUATION}
    left[_SECTIONS] = _without_unexpected(settings[_SECTIONS])
    if "train_on" in settings:
        left["train_on"] = [
            {**world, _SECTIONS: _without_unexpected(world[_SECTIONS])} for world in settings["train_on"]
        ]
    if "students" in settings and home != MIXTURE:
        left["students"] = {} if home == ANY else {home: settings["students"][home]}
    return left


def _without_unexpected(sections: Mapping[str, Any]) -> dict[str, Any]:
    """Sections of a scenario without what nobody meets in training, and without what only words are made of."""
    left = {name: section for name, section in sections.items() if name != "unexpected"}
    if isinstance(left.get("outcome"), Mapping):
        left["outcome"] = {key: value for key, value in left["outcome"].items() if key != "smallest_difference"}
    return left
