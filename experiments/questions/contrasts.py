"""Contrasts: how two policies differ in every cell of a grid, how that changes along an axis, how two axes interact."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from zpdgym.errors import InputError, Violations, shown

from ..comparison.judging import judged
from ..comparison.rows import Difference, Level
from ..statistics import AHEAD, BEHIND, BETTER, CANNOT_TELL, NO_DIFFERENCE, WORSE, Estimate
from .cells import Cell, Grid, PairedCells, Sample, find_axis, must_be_difference, must_know, named
from .rows import CHANGE, DIFFERENCE, INTERACTION, ContrastRow, ContrastTable

__all__ = ["contrasts"]

CHANGES = {
    BETTER: "grows",
    AHEAD: "grows, perhaps by less than is worth having",
    NO_DIFFERENCE: "no practical change",
    BEHIND: "falls, perhaps by less than matters",
    WORSE: "falls",
    CANNOT_TELL: CANNOT_TELL,
}
"""Verdict on a difference -> the same of a change: what falls may still be above 0."""
_CROSSED = re.compile(r"\s+(?:x|×|\*)\s+|\s*,\s*")


@dataclass(frozen=True)
class Contrast:
    """A question to a grid, as it is written: ``recall_threshold - mastery_tuned by forget x schedule``.

    Attributes:
        text: as it was written.
        policy: a policy or a role such as ``best_untrained``.
        minus: the one that is subtracted.
        by: the axes whose values are looked at one by one; the mean is taken over the others.
    """

    text: str
    policy: str
    minus: str
    by: tuple[str, ...] = ()

    @classmethod
    def of(cls, given: object, where: str = "contrasts") -> Contrast:
        """Read one.

        Args:
            given: the text.
            where: the key, for messages.

        Raises:
            InputError: it is not written so, or an axis is named twice.
        """
        policy, minus, behind = must_be_difference(given, where)
        by = tuple(_CROSSED.split(behind)) if behind else ()
        if not all(by) or any(" " in axis for axis in by):
            raise InputError(f"{where}={shown(given)}: behind 'by' must stand axes, with ' x ' between them")
        if len(set(by)) < len(by):
            raise InputError(f"{where}={shown(given)} names an axis twice")
        return cls(str(given).strip(), policy, minus, by)


def contrasts(cells: Sequence[Cell], asked: Sequence[object], *, smallest: float) -> ContrastTable:
    """Answer contrasts, all corrected for all rows together.

    Args:
        cells: of the grid.
        asked: each as ``Contrast.of`` reads it.
        smallest: the smallest difference worth having.

    Raises:
        InputError: a contrast cannot be read, or names a policy or an axis that the grid does not have.
    """
    grid, found, notes = Grid(cells), list[_Row](), dict[str, None]()
    known = [name for cell in cells for name in (*cell.outcomes, *cell.roles)]
    for contrast, by in understood(asked, grid.axes, known):
        made, lacking = _rows(contrast, by, grid, grid.pair(contrast.policy, contrast.minus))
        found += made
        notes |= dict.fromkeys(lacking)
    wrong = Violations("contrasts")
    wrong.unless(bool(found) or not asked, f"no row can be given: {'; '.join(notes)}")
    wrong.raise_any()
    return _table(found, tuple(notes), smallest)


def understood(
    asked: Sequence[object], axes: Iterable[str], policies: Iterable[str], *, key: str = "contrasts"
) -> list[tuple[Contrast, tuple[str, ...]]]:
    """Contrasts and the whole names of their axes; nothing is computed, so they can be checked before anything is run.

    Args:
        asked: each as ``Contrast.of`` reads it.
        axes: of the grid.
        policies: and roles, all that there are.
        key: where they stand, for messages.

    Raises:
        InputError: a contrast cannot be read, or names a policy or an axis that there is not.
    """
    axes, policies, found = list(axes), list(policies), list[tuple[Contrast, tuple[str, ...]]]()
    for n, given in enumerate(asked):
        where = f"{key}[{n}]"
        contrast = Contrast.of(given, where)
        for name in (contrast.policy, contrast.minus):
            must_know(name, policies, where)
        by = tuple(find_axis(axis, axes, where) for axis in contrast.by)
        if len(set(by)) < len(by):
            raise InputError(f"{where}={shown(contrast.text)} names an axis twice")
        found.append((contrast, by))
    return found


@dataclass(frozen=True)
class _Row:
    contrast: Contrast
    kind: str
    axes: dict[str, Level]
    against: str | None
    cells: int
    estimate: Estimate
    few: bool
    worlds: Sample | None


def _rows(contrast: Contrast, by: Sequence[str], grid: Grid, pair: PairedCells) -> tuple[list[_Row], list[str]]:
    """All rows of one contrast, and what is left out where a cell lacks one of the two policies."""
    found, lacking = list[_Row](), list[str]()
    for kind, axes, against, signs in _asked(by, grid):
        weights = dict[int, float]()
        missing = set[str]()
        for sign, fixed in signs:
            places = list(_places(grid, fixed))
            for place in places:
                if place not in pair.index:
                    missing.add(named(dict(zip(grid.axes, place, strict=True))) or "the only cell")
                    continue
                weights[pair.index[place]] = weights.get(pair.index[place], 0.0) + sign / len(places)
        if missing:
            lacking += [f"{contrast.policy} - {contrast.minus} is not there in {where}" for where in sorted(missing)]
            continue
        few, over = pair.too_few(weights), pair.over(weights)
        found.append(_Row(contrast, kind, axes, against, len(weights), pair.estimate(weights), few, over))
    return found, lacking


_Signs = list[tuple[float, Mapping[str, Level]]]


def _asked(by: Sequence[str], grid: Grid) -> Iterator[tuple[str, dict[str, Level], str | None, _Signs]]:
    """Kind, values of the axes, what it is set against, and the signed means over cells that make the number."""
    for values in itertools.product(*(grid.axes[axis] for axis in by)):
        here = dict(zip(by, values, strict=True))
        yield DIFFERENCE, here, None, [(1.0, here)]
    for axis in by:
        first, *others = grid.axes[axis]
        for value in others:
            yield CHANGE, {axis: value}, named({axis: first}), [(1.0, {axis: value}), (-1.0, {axis: first})]
    for one, two in itertools.combinations(by, 2):
        (first, *others), (second, *rest) = grid.axes[one], grid.axes[two]
        for a, b in itertools.product(others, rest):
            corners = [(1.0, a, b), (-1.0, first, b), (-1.0, a, second), (1.0, first, second)]
            signs: _Signs = [(sign, {one: value, two: other}) for sign, value, other in corners]
            yield INTERACTION, {one: a, two: b}, named({one: first, two: second}), signs


def _places(grid: Grid, fixed: Mapping[str, Level]) -> Iterator[tuple[Level, ...]]:
    """All combinations of the axes' values with some of them fixed."""
    return itertools.product(*((fixed[axis],) if axis in fixed else grid.axes[axis] for axis in grid.axes))


def _table(found: Sequence[_Row], notes: tuple[str, ...], smallest: float) -> ContrastTable:
    """The rows with what may be said of them."""
    told = judged({str(n): row.estimate for n, row in enumerate(found) if not row.few}, smallest)
    rows = list[ContrastRow]()
    for n, row in enumerate(found):
        said, estimate = told.get(str(n)), row.estimate
        corrected = (said.p, said.low, said.high) if said else ()
        p = None if row.few else estimate.p
        verdict = said and (said.verdict if row.kind == DIFFERENCE else CHANGES[said.verdict])
        rows.append(
            ContrastRow(
                contrast=row.contrast.text,
                kind=row.kind,
                policy=row.contrast.policy,
                minus=row.contrast.minus,
                axes=row.axes or None,
                against=row.against,
                cells=row.cells,
                over=row.worlds and row.worlds.axis,
                worlds=row.worlds and len(row.worlds.values),
                difference=Difference(estimate.value, *estimate.interval(), p, *corrected),
                verdict=verdict,
            )
        )
    return ContrastTable(smallest_difference=smallest, verdicts=len(told), rows=tuple(rows), notes=notes)
