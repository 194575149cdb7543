"""What an experiment asks of its grid: read before anything is run, answered from the files of its runs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from zpdgym.errors import InputError, shown

from ..store.columns import Level
from .cells import find_axis
from .contrasts import Contrast, contrasts, understood
from .crossing import crossing
from .reading import BEST_LEARNER, BEST_UNTRAINED, cells_of, read_results
from .show import Answer, save
from .worlds import worlds

ALONG = " along "
OVER = ("cohort", "draw")
"""Axes whose values are worlds drawn by lot."""


@dataclass(frozen=True)
class Questions:
    """What is asked of a grid.

    Attributes:
        contrasts: differences by axes, as ``contrasts`` takes them.
        crossings: differences and the axis of numbers along which the lead may change.
        over: the axis of worlds, if there is one: the same differences are asked over it, too.
    """

    contrasts: tuple[str, ...]
    crossings: tuple[tuple[str, str], ...]
    over: str | None

    @classmethod
    def of(
        cls, asked: Sequence[str], axes: Mapping[str, Sequence[Level]], policies: Iterable[str], *, where: str
    ) -> Questions:
        """Read what is asked: "a - b", "a - b by forget x schedule", "a - b along forget".

        Args:
            asked: the lines.
            axes: the axes of the grid, with their values.
            policies: all that there are in any cell.
            where: what the lines are called, for messages.

        Raises:
            InputError: a line cannot be read, or names a policy or an axis that there is not.
        """
        policies = [*policies, BEST_UNTRAINED, BEST_LEARNER]
        lines, crossings = list[str](), list[tuple[str, str]]()
        for n, line in enumerate(asked):
            difference, along, axis = line.partition(ALONG)
            if not along:
                lines.append(line)
                continue
            here = f"{where}[{n}]"
            full = find_axis(axis.strip(), axes, here)
            numbers = all(isinstance(v, int | float) and not isinstance(v, bool) for v in axes[full])
            if not numbers or len(axes[full]) < 2:
                raise InputError(f"{here}={shown(line)}: along {full} there must be two numbers at least")
            _ = understood([difference], axes, policies, key=where)
            crossings.append((difference.strip(), full))
        _ = understood(lines, axes, policies, key=where)
        return cls(tuple(lines), tuple(crossings), next((axis for axis in OVER if axis in axes), None))

    def answers(self, folder: Path) -> list[Answer]:
        """The answers, from the files of a finished comparison.

        Args:
            folder: of the comparison.

        Raises:
            InputError: a cell lacks what an answer needs.
        """
        if not self.contrasts and not self.crossings:
            return []
        scenes = read_results(folder)
        cells, smallest = cells_of(scenes), scenes[0].about.smallest_difference
        found: list[Answer] = [contrasts(cells, self.contrasts, smallest=smallest)] if self.contrasts else []
        found += [crossing(cells, difference, axis, smallest=smallest) for difference, axis in self.crossings]
        if self.over and (lines := [line for line in self.contrasts if not _names(line, self.over)]):
            found.append(worlds(cells, lines, smallest=smallest, over=self.over))
        return found


def _names(line: str, axis: str) -> bool:
    """Whether a contrast has an axis of its own rows for the worlds."""
    return axis in Contrast.of(line).by


def write_answers(folder: Path, answers: Sequence[Answer]) -> list[str]:
    """Write answers into the folder of a comparison.

    Returns:
        the names of the files; those of a second answer of a kind have a number.
    """
    found, counted = list[str](), Counter[type]()
    for answer in answers:
        counted[type(answer)] += 1
        found += [path.name for path in save(folder, answer, number=counted[type(answer)])]
    return found
