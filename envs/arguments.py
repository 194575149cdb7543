"""What the environments take, and what of it a machine can hold."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from zpdgym.errors import InputError, shown
from zpdgym.parameters import LARGEST, Choice, Number, Switch, Table

from .own.reward import RewardChoice
from .render import FRAMES
from .reward import KINDS

if TYPE_CHECKING:
    from .teaching import Teaching

ARGUMENTS: Table = {
    "num_envs": Number("students taught at the same time", low=1, high=10**8, whole=True),
    "seed": Number("which cohort", low=0, high=LARGEST, whole=True, optional=True),
    "first_student": Number("who sits in row 0", low=0, high=2**62, whole=True),
    "autoreset": Switch("whether a row begins anew when its episode has ended", optional=True),
    "reward": RewardChoice("another kind of reward", options=tuple(KINDS), optional=True),
    "copy": Switch("whether every observation is an array of its own"),
    "privileged": Switch("whether the hidden truth is told"),
    "flat": Switch("whether an observation is one row of numbers"),
    "life": Number("which life of these students", low=0, high=2**62, whole=True),
    "render_mode": Choice("what is shown of the last lessons", options=tuple(FRAMES), optional=True),
}
"""What ``TutorVectorEnv`` takes."""


def must_fit(num_envs: int, each: int) -> None:
    """Refuse a cohort that this machine cannot hold, before memory is asked for.

    Args:
        num_envs: students taught at the same time.
        each: bytes that one of them takes.

    Raises:
        InputError: with what is needed and what there is.
    """
    needed, there = num_envs * each, _memory()
    if needed > there:
        told = f"needs {needed / 2**30:,.0f} GiB of memory, this machine has {there / 2**30:,.0f}"
        raise InputError(f"num_envs={num_envs:,} {told}; teach some of them at a time (first_student=…)")


def _memory() -> float:
    """Bytes of this machine; no bound where it does not tell."""
    try:
        return float(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    except (AttributeError, ValueError, OSError):  # Windows has no sysconf
        return float("inf")


def whole_numbers(actions: object) -> npt.NDArray[Any]:
    """Actions as an array of whole numbers, whatever they were given as."""
    try:
        given = np.asarray(actions)
    except ValueError as error:  # lists of different lengths
        raise InputError(f"actions={shown(actions)} must be whole numbers: one item a student") from error
    if given.dtype.kind not in "iu":
        raise InputError(f"actions are {given.dtype} numbers, must be whole numbers: one item a student")
    if given.dtype.kind == "u" and given.size and int(given.max()) > LARGEST:
        raise InputError(f"actions={shown(actions)} must be whole numbers of 64 bits")
    return given


def refused(env: Teaching, row: int, action: int) -> InputError:
    """The error for an action that the scenario does not allow in this row now."""
    where = f"row {row}: action {action}"
    if 0 <= action < env.curriculum.n_items:
        name, rules = env.action_names[action], env.scenario
        why = "was shown already" if rules.once else "is locked until what it builds on has been passed"
        return InputError(f"{where} ('{name}') is not allowed now: the item {why}; see action_masks()")
    if 0 <= action < env.n_actions:
        wait = env.scenario.finish_after - int(env.records["lesson"][row])
        return InputError(
            f"{where} (finish) is not allowed yet: {wait} more lesson{'s' * (wait != 1)} first; see action_masks()"
        )
    return InputError(f"{where} does not exist; actions are 0 … {env.n_actions - 1} ({env.action_names[-1]})")
