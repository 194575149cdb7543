"""What a run's teacher or tuning depends on, and what only its evaluation does."""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import cast

from .scenarios import MIXTURE, WITHOUT

EVALUATION = ("n_students", "unexpected")
"""Settings of a run that only say whom it teaches in the end.

Whatever is not named here counts for the teacher, too: who trains once too often has lost time, who keeps a teacher of
other settings is wrong.
"""
_SECTIONS = "sections"


_Section = Mapping[str, object]


def preparation(settings: _Section, home: str) -> dict[str, object]:
    """Those of a run's settings that its teacher, its tuning and its students' lives depend on.

    Args:
        settings: of the run.
        home: whom the policy is made for: of a matrix a kind of students, "mixture", "without_<kind>" or "any".
    """
    left = {key: value for key, value in settings.items() if key not in EVALUATION}
    left |= _without_unexpected(left)
    if "train_on" in settings:
        left["train_on"] = [_without_unexpected(world) for world in cast("list[_Section]", settings["train_on"])]
    if "students" in settings:
        unseen = cast("list[str]", left.pop("unseen", []))
        students = cast("_Section", settings["students"]).items()
        left["students"] = {name: section for name, section in students if _meets(home, name, unseen)}
    return left


def _meets(home: str, name: str, unseen: Container[str]) -> bool:
    """Whether a policy that is made for these students meets those in training or tuning."""
    if home == MIXTURE or home.startswith(WITHOUT):
        return name not in unseen and home != WITHOUT + name
    return home == name


def _without_unexpected(world: _Section) -> dict[str, object]:
    """A scenario without the sections that nobody meets in training, and without what only words are made of."""
    left = {name: section for name, section in cast("_Section", world[_SECTIONS]).items() if name != "unexpected"}
    if isinstance(outcome := left.get("outcome"), Mapping):
        given = cast("_Section", outcome).items()
        left["outcome"] = {key: value for key, value in given if key != "smallest_difference"}
    return {**world, _SECTIONS: left}
