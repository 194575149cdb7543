"""What the runs of one policy left on disk, as arrays of seeds times students."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from ..statistics import FEWEST_SEEDS
from ..store.runs import LIVES, STUDENTS, TEACHER, VALIDATION, Run
from .judging import Floats


@dataclass(frozen=True, eq=False)
class Taught:
    """A policy's runs in one scenario.

    Attributes:
        policy: its name.
        kind: "baseline", "learnt" or "privileged".
        runs: one per training seed.
        primary: the column of the primary outcome.
    """

    policy: str
    kind: str
    runs: tuple[Run, ...]
    primary: str

    @cached_property
    def students(self) -> list[dict[str, npt.NDArray[Any]]]:
        """The rows of every run, column by column."""
        return [run.columns(STUDENTS) for run in self.runs]

    @cached_property
    def outcome(self) -> Floats:
        """(S, N) primary outcome."""
        return self.column(self.primary)

    @property
    def n(self) -> int:
        """How many students each run taught: the first so many of the test students."""
        return self.outcome.shape[1]

    @property
    def trained(self) -> bool:
        """Whether the runs are trainings; a saved teacher was trained before, and its runs have no luck of that."""
        return all(run.has(TEACHER) for run in self.runs)

    @property
    def has_lives(self) -> bool:
        """Whether its students lived several times: under every training; of what is only tuned, in the first run."""
        return all(run.has(LIVES) for run in (self.runs if self.trained else self.runs[:1]))

    @property
    def enough_seeds(self) -> bool:
        """Whether there are enough runs for a verdict: of what does not train, one is."""
        return not self.trained or len(self.runs) >= FEWEST_SEEDS

    def column(self, name: str, file: str = STUDENTS) -> Floats:
        """(S, N) one column of ``students.csv``, or of another file of the runs."""
        tables = self.students if file == STUDENTS else [run.columns(file) for run in self.runs]
        return np.stack([np.asarray(table[name], np.float64) for table in tables])

    @cached_property
    def typical(self) -> int:
        """Index of the run whose mean outcome is in the middle (the lower one of two)."""
        means = [float(outcome.mean()) for outcome in self.outcome]
        return int(np.argsort(means, kind="stable")[(len(means) - 1) // 2])

    @cached_property
    def validation(self) -> float:
        """Mean primary outcome of the validation students."""
        return float(np.mean([run.json(VALIDATION)["mean"] for run in self.runs]))
