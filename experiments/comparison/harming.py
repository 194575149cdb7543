"""Who loses and who gains in expectation, from the lives that the runs of a comparison left on disk."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..harm import harms
from ..statistics import estimate
from ..store.runs import LIVES
from .judging import Floats
from .rows import HarmRow, Interval, TaughtShare
from .taught import Taught


@dataclass(frozen=True, eq=False)
class Lives:
    """A policy's students, each in several lives.

    Attributes:
        kind: "baseline", "learnt" or "privileged".
        outcome: (S, L, N) primary outcome of each training, life and student, in the lives that all policies have.
        itself: (S, L', N) the same in one half of all lives less that in the other half.
        groups: (N,) name of each student's group.
    """

    kind: str
    outcome: Floats
    itself: Floats
    groups: npt.NDArray[np.object_]

    @classmethod
    def of(cls, taught: Taught, lives: int) -> Lives:
        """What the runs of a policy wrote."""
        outcome = np.stack([run.arrays(LIVES)["outcome"] for run in taught.runs if run.has(LIVES)])
        groups = np.array(taught.students[0]["group"][: outcome.shape[2]], object)
        first, second = np.split(outcome[:, : outcome.shape[1] // 2 * 2], 2, axis=1)
        return cls(taught.kind, outcome[:, :lives], first - second, groups)


def harm_rows(label: str, lives: Mapping[str, Lives], tuned: str, *, smallest: float, seed: int) -> list[HarmRow]:
    """Every policy beside tuned mastery learning, all students first, then the groups; its own rows are the floor.

    Args:
        label: of the scenario.
        lives: of every policy.
        tuned: the policy that all are set beside; it has lives enough to be set beside itself.
        smallest: the smallest difference worth having.
        seed: of the draws. Every row has the same, so that equal lives are told of in equal words.
    """
    base = lives[tuned]
    asked: list[tuple[str, Lives, str | None, Floats]] = []
    for name, own in lives.items():
        differences = own.itself if own is base else own.outcome - base.outcome[:, :, : own.outcome.shape[2]]
        asked += [(name, own, group, differences[:, :, here]) for group, here in _groups(own.groups)]
    generators = [np.random.default_rng(seed) for _ in asked]
    means = [
        estimate(part.mean(axis=1), generator=generator)
        for (*_, part), generator in zip(asked, generators, strict=True)
    ]
    answers = harms([part for *_, part in asked], smallest, generators=generators)
    return [
        HarmRow(
            scenario=label,
            policy=name,
            kind=own.kind,
            group=group,
            students=part.shape[2],
            lives=part.shape[1],
            difference=Interval.of(mean),
            reliability=said and said.reliability,
            noise=said and said.noise,
            harmed=said and TaughtShare(said.harmed.value, said.harmed.low, said.harmed.high),
            gained=said and TaughtShare(said.gained.value, said.gained.low, said.gained.high),
            harmed_told=bool(said and said.harmed.told),
            gained_told=bool(said and said.gained.told),
        )
        for (name, own, group, part), mean, said in zip(asked, means, answers, strict=True)
    ]


def _groups(names: npt.NDArray[np.object_]) -> Iterator[tuple[str | None, npt.NDArray[np.bool_]]]:
    """All students, then each group where there are several."""
    yield None, np.ones(len(names), bool)
    groups = sorted(set(names.tolist()))
    if len(groups) > 1:
        yield from ((str(group), names == group) for group in groups)
