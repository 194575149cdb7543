"""Luck as a pure function of who, when and what for, so that every policy meets the same students with the same luck.

A draw is keyed by (seed, stream, student, episode, lesson, slot) through the finaliser of splitmix64 (Steele, Lea &
Flood 2014, OOPSLA, "Fast splittable pseudorandom number generators"; constants of Stafford's variant 13). It does not
depend on the cohort's size, its split, or on threads.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .jit import Whole, inline, kernel

RESET, LESSON, REST, POLICY = 0, 1, 2, 3
"""The streams: who a student is; answers and learning; nights between sessions; a policy's own coin."""

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX2 = np.uint64(0x94D049BB133111EB)
_S30, _S27, _S31, _S11 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(11)
_TO_UNIT = 1.0 / 9007199254740992.0  # 2^-53


@inline
def mix(z: np.uint64) -> np.uint64:
    """The splitmix64 finaliser: 64 well-mixed bits from 64 bits."""
    z = (z ^ (z >> _S30)) * _MIX1
    z = (z ^ (z >> _S27)) * _MIX2
    return z ^ (z >> _S31)


@inline
def student_key(seed: Whole, stream: Whole, student: Whole, episode: Whole) -> np.uint64:
    """One student's key in one episode for one stream; a lesson's draws continue from it."""
    z = mix(np.uint64(seed) + _GOLDEN * (np.uint64(stream) + np.uint64(1)))
    z = mix(z + _GOLDEN * (np.uint64(student) + np.uint64(1)))
    return mix(z + _GOLDEN * (np.uint64(episode) + np.uint64(1)))


@inline
def uniform(key: np.uint64, lesson: Whole, slot: Whole) -> float:
    """The uniform draw in [0, 1) of one slot of one lesson."""
    z = mix(key + _GOLDEN * (np.uint64(lesson) + np.uint64(1)))
    return np.float64(mix(z + _GOLDEN * (np.uint64(slot) + np.uint64(1))) >> _S11) * _TO_UNIT


@kernel
def _fill(seed, stream, students, episodes, lessons, out):
    for i in range(out.shape[0]):
        base = mix(
            student_key(seed, stream, students[i], episodes[i]) + _GOLDEN * (np.uint64(lessons[i]) + np.uint64(1))
        )
        for slot in range(out.shape[1]):
            z = mix(base + _GOLDEN * (np.uint64(slot) + np.uint64(1)))
            out[i, slot] = np.float64(z >> _S11) * _TO_UNIT


def draw(
    seed: int,
    *,
    stream: int,
    students: npt.NDArray[np.int64],
    episodes: npt.NDArray[np.int64],
    lessons: npt.NDArray[np.int64],
    count: int,
) -> npt.NDArray[np.float64]:
    """The uniforms that these students meet at these lessons.

    Args:
        seed: the cohort's seed, a whole number in [0, 2^63).
        stream: ``RESET``, ``LESSON``, ``REST`` or ``POLICY``.
        students: (N,) who; an identity, not a row number.
        episodes: (N,) which life of that student.
        lessons: (N,) which lesson (0 for ``RESET``).
        count: how many draws each student needs.

    Returns:
        (N, count) float64 in [0, 1).
    """
    out = np.empty((len(students), count))
    _fill(np.int64(seed), np.int64(stream), students, episodes, lessons, out)
    return out


def spawn_seed(seed: int, role: str) -> int:
    """A seed for one role ("training", "validation", "test", …) of an experiment, unrelated to those of other roles."""
    import hashlib

    digest = hashlib.sha256(f"{int(seed)}/{role}".encode()).digest()
    return int.from_bytes(digest[:8], "little") >> 1


def life_seed(seed: int, life: int) -> int:
    """The seed of what happens to a cohort in one of its lives: its own in life 0, another one in every other life."""
    return seed if life == 0 else spawn_seed(seed, f"life/{life}")
