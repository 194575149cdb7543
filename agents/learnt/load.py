"""A trained teacher from disk, put before the scenario whose items it knows."""

from __future__ import annotations

import re
from pathlib import Path
from typing import cast

from zpdgym.errors import InputError, shown
from zpdgym.files import is_file, is_folder

from ...envs.beliefs.refit import with_own_belief
from ...envs.scenario import Scenario
from ..problem import Problem
from .teacher import Teacher
from .teacher_files import CARD, IN_A_RUN

__all__ = ["load_teacher"]


def load_teacher(path: str | Path, *, scenario: str | Path | Scenario | None = None) -> Teacher:
    """A trained teacher from disk, ready to teach and to say why it chooses what it does (``explain``).

    Args:
        path: the teacher's folder (with ``teacher.json``), or that of a run which holds one
            ("results/mine/Algebra-v0/ppo_scorer/seed0").
        scenario: what it is to teach: a name, the path of a scenario file, or a ``Scenario``; None: the scenario that
            it was trained on, where that comes with zpdgym.

    Raises:
        InputError: there is no whole teacher, its scenario must be said, or it cannot teach this one.
    """
    if not isinstance(cast("object", path), str | Path):
        raise InputError(f"path={shown(path)} must be the folder of a teacher, or of a run")
    folder = Path(path)
    inner = folder / IN_A_RUN
    teacher = Teacher.load(inner if not is_file(folder / CARD) and is_folder(inner) else folder)
    world = trained_on(teacher, folder) if scenario is None else Scenario.load(scenario)
    if teacher.moves:  # it describes the items by what the tutor believes here
        world = with_own_belief(world)
    teacher.bind(Problem.of(world.make(1, seed=0, autoreset=False)))
    return teacher


def trained_on(teacher: Teacher, folder: Path) -> Scenario:
    """The scenario on the teacher's card, or what that was changed from: ``bind`` checks whether its items are these.

    Raises:
        InputError: it was trained on several, or on one that is not here.
    """
    first, *others = teacher.card["trained_on"]
    one = all(label.startswith(f"{first}/") for label in others)  # several kinds of its students
    label = str(first if others and one else teacher.card["scenario"])
    say = "say which one it is to teach: scenario=<name or file>"
    if not one:
        raise InputError(f"the teacher in {folder} was trained on several scenarios ({label}); {say}")
    try:
        return Scenario.load(re.split("[~,/]", label, maxsplit=1)[0])
    except InputError as error:
        raise InputError(
            f"the teacher in {folder} was trained on {label}, which is not found by name; {say}"
        ) from error
