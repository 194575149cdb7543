"""Expectation-maximisation for knowledge tracing, on students whose parameters are known."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from zpdgym.envs.beliefs.em import Sequences, fit

from benchmarks.published.figure import Figure

NAMES = ("prior", "learn", "guess", "slip")
LOW, HIGH = (0.1, 0.05, 0.1, 0.03), (0.6, 0.3, 0.3, 0.15)


def calibration() -> list[Figure]:
    """Mean absolute errors over four truths: ten skills, 50 answers a student."""
    usual = np.mean([errors_of_fit(seed, starts=5) for seed in range(4)], axis=0)
    large = np.mean([errors_of_fit(seed, n_students=10_000, starts=2) for seed in range(4)], axis=0)
    return [
        *(Figure(f"{name}, 1000 students", error) for name, error in zip(NAMES, usual, strict=True)),
        *(Figure(f"{name}, 10 000 students", error) for name, error in zip(NAMES, large, strict=True)),
    ]


def errors_of_fit(seed: int, *, starts: int, n_students: int = 1000) -> npt.NDArray[np.float64]:
    """Mean over skills of how far prior, learn, guess and slip are off."""
    data, truth = taught(seed, n_students=n_students)
    found = fit(data, starts=starts)
    assert found.converged.all(), "a fit that has not settled says nothing about the method"
    return np.array([np.abs(a - b).mean() for a, b in zip(found.parameters.arrays(), truth, strict=False)])


def taught(
    seed: int,
    *,
    n_skills: int = 10,
    n_students: int = 1000,
    length: int = 50,
    forget: npt.NDArray[np.float64] | None = None,
    days: float = 0.0,
    hidden: float = 0.0,
) -> tuple[Sequences, list[npt.NDArray[np.float64]]]:
    """A log of students who are asked a random skill at each step; ``days`` pass halfway."""
    g = np.random.default_rng(seed)
    truth = [g.uniform(a, b, n_skills) for a, b in zip(LOW, HIGH, strict=True)]
    prior, learn, guess, slip = truth
    known = g.random((n_students, n_skills)) < prior
    ready = np.where(g.random((length, n_students)) < hidden, 0.3, 1.0)
    asked, right, who = g.integers(0, n_skills, (length, n_students)), [], np.arange(n_students)
    for t in range(length):
        k = asked[t]
        if t == length // 2 and forget is not None:
            known &= g.random(known.shape) < np.exp(-forget * days)
        right.append(g.random(n_students) < np.where(known[who, k], 1 - slip[k], guess[k]))
        known[who, k] |= g.random(n_students) < learn[k] * ready[t]
    student, skill = np.tile(who, length), asked.ravel()
    when = np.repeat(np.where(np.arange(length) >= length // 2, days, 0.0), n_students)
    order = np.lexsort((np.arange(len(student)), skill, student))
    student, skill, when = student[order], skill[order], when[order]
    key = student * n_skills + skill
    first = np.concatenate([[True], key[1:] != key[:-1]])
    data = Sequences(
        offsets=np.append(np.flatnonzero(first), len(key)).astype(np.int64),
        skill=skill[first].astype(np.int64),
        count=np.ones(first.sum()),
        correct=np.concatenate(right)[order].astype(np.int8),
        emission=skill.astype(np.int64),
        transition=skill.astype(np.int64),
        ready=ready.ravel()[order],
        others=np.ones(len(key)),
        days=np.where(first, when, np.diff(when, prepend=0.0)),
        n_skills=n_skills,
        n_emissions=n_skills,
        n_transitions=n_skills,
    )
    return data, truth
