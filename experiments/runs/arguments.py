"""The numbers that several functions of experiments take, declared once, and the folders that they write to."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from zpdgym.errors import InputError, shown
from zpdgym.files import is_folder
from zpdgym.parameters import Number, Switch

Named: TypeAlias = str | Mapping[str, Any]
"""A scenario, a policy or a kind of students: by name, or as a mapping that says more."""
Values: TypeAlias = Sequence[Any]
"""What an axis of a grid puts in: numbers, names, or whatever stands in a section."""
Axes: TypeAlias = Mapping[str, Values]
Plain: TypeAlias = dict[str, Any]
"""What a file holds."""
MOST_STUDENTS = 10**7
SEED = Number("which luck", low=0, whole=True)
N_STUDENTS = Number("how many students are taught", low=1, high=MOST_STUDENTS, whole=True)
N_TEST = Number("how many test students", low=10, high=MOST_STUDENTS, whole=True)
N_VALIDATION = Number("how many validation students", low=10, high=MOST_STUDENTS, whole=True)
LESSONS = Number("lessons that a learnt policy is trained on", low=1, high=10**10, whole=True)
BUDGET = Number(
    "how many settings are tried", low=2, high=10**6, whole=True, why="the first trial has the policy's own settings"
)
TUNE_BUDGET = Number("settings that a tuned policy may try", low=1, high=10**6, whole=True)
LIVES = Number("how many times students live", low=0, high=1000, whole=True)
JOBS = Number("how many processes", low=1, high=4096, whole=True, optional=True)
RERUN = Switch("whether other runs are moved aside")
MOST_SEEDS = 1000


def writable(folder: object, name: str) -> Path:
    """A folder that can be written to, or made; nothing is made here.

    Args:
        folder: where results shall go.
        name: the argument, for messages.

    Raises:
        InputError: it is no path, something else than a folder lies there or above it, or it is read-only.
    """
    if not isinstance(folder, str | Path) or not str(folder).strip() or not str(folder).isprintable():
        raise InputError(f"{name}={shown(folder)} must be the path of a folder")
    path = Path(folder)
    if any(len(part.encode()) > 255 for part in path.parts):
        raise InputError(f"{name}={shown(str(folder))}: no folder can have a name of so many letters")
    for place in (path, *path.parents):
        if is_folder(place):
            if not os.access(place, os.W_OK | os.X_OK):
                raise InputError(f"{name}={shown(str(folder))}: '{place}' cannot be written to")
            return path
        if os.path.lexists(place):
            raise InputError(f"{name}={shown(str(folder))} must be a folder: '{place}' is none")
    return path
