"""What an experiment asks of its grid: read before anything is run, answered from the files of its runs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from zpdgym.errors import InputError, shown
from zpdgym.files import writing

from ..store.columns import Level
from .cells import find_axis
from .contrasts import Contrast, contrasts, understood
from .crossing import crossing
from .reading import BEST_LEARNER, BEST_UNTRAINED, cells_of, read_results
from .rows import ContrastTable
from .show import ENDINGS, FILES, Answer, names_of, save
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
        cls,
        asked: Sequence[str],
        axes: Mapping[str, Sequence[Level]],
        policies: Iterable[str],
        *,
        where: str,
        absent: Mapping[str, str] | None = None,
    ) -> Questions:
        """Read what is asked: "a - b", "a - b by forget x schedule", "a - b along forget".

        Args:
            asked: the lines.
            axes: the axes of the grid, with their values.
            policies: all that there are in any cell.
            where: what the lines are called, for messages.
            absent: policies that cannot be asked about -> why, in words to stand behind the name.

        Raises:
            InputError: a line cannot be read, or names a policy or an axis that there is not.
        """
        policies = [*policies, BEST_UNTRAINED, BEST_LEARNER]
        lines, crossings = list[str](), list[tuple[str, str]]()
        for n, line in enumerate(asked):
            for word in line.split():
                if word in (absent or {}) and word not in axes:
                    raise InputError(f"{where}[{n}]={shown(line)}: {word} {(absent or {})[word]}")
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

    def answers(self, folder: Path) -> tuple[list[Answer], list[str]]:
        """The answers, from the files of a finished comparison.

        Args:
            folder: of the comparison.

        Returns:
            the answers, and a line for each question that cannot be answered, because a run failed in some cell, say.
        """
        if not self.contrasts and not self.crossings:
            return [], []
        found, said = list[Answer](), list[str]()
        try:
            scenes = read_results(folder)
            cells, smallest = cells_of(scenes), scenes[0].about.smallest_difference
        except InputError as error:
            return [], [f"no question is answered: {error}"]
        asked: list[tuple[str, Callable[[], Answer]]] = []
        if self.contrasts:
            asked.append(("contrasts", lambda: contrasts(cells, self.contrasts, smallest=smallest)))
        for difference, axis in self.crossings:
            along = partial(crossing, cells, difference, axis, smallest=smallest)
            asked.append((f"{difference}{ALONG}{axis}", along))
        if self.over and (lines := [line for line in self.contrasts if not _names(line, self.over)]):
            # the means are rows of the contrasts, too: corrected alike, there is one number and one word to quote
            over = partial(worlds, cells, lines, smallest=smallest, over=self.over)
            asked.append((f"over {self.over}", lambda: over(together=_verdicts(found))))
        for question, answer in asked:
            try:
                found.append(answer())
            except InputError as error:  # what was asked is understood by now; what is lacking is in the cells
                said.append(f"not answered: {question}: {error}")
        return found, said


def _verdicts(found: Sequence[Answer]) -> int | None:
    """For how many verdicts the contrasts that were answered are corrected."""
    return next((answer.verdicts or None for answer in found if isinstance(answer, ContrastTable)), None)


def _names(line: str, axis: str) -> bool:
    """Whether a contrast has an axis of its own rows for the worlds."""
    return axis in Contrast.of(line).by


def answer_files(questions: Questions) -> list[str]:
    """The names of all files that answers to these questions may be written to."""
    n_crossings = max(len(questions.crossings), 1)
    return [name for kind in FILES for number in range(1, n_crossings + 1) for name in names_of(kind, number)]


def write_answers(folder: Path, answers: Sequence[Answer]) -> None:
    """Write answers into the folder of a comparison; those of questions that are asked no more are removed.

    The files of a second answer of a kind have a number.
    """
    written, counted = set[str](), Counter[type[Answer]]()
    for answer in answers:
        counted[type(answer)] += 1
        written |= {path.name for path in save(folder, answer, number=counted[type(answer)])}
    for stem in FILES.values():
        for path in [*folder.glob(f"{stem}.*"), *folder.glob(f"{stem}-*")]:
            if path.name not in written and path.suffix[1:] in ENDINGS:
                with writing(path):
                    path.unlink()
