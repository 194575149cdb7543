"""What a grid was asked, and what it answered: contrasts, crossings and worlds, from the files of a comparison."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import cast

from zpdgym.errors import InputError, shown

from ..comparison.rows import Level
from ..questions.rows import ContrastRow, ContrastTable, CrossingTable, WorldsTable
from ..questions.show import AnswerType, saved
from ..runs.grid import DRAW
from ..store.columns import to_plain
from .folder import AGAIN, EXPERIMENT, Folder

ASKED = {
    ContrastTable: "contrasts: zpdgym compare … contrasts=['POLICY - POLICY'] asks for them",
    CrossingTable: "crossings: zpdgym compare … sensitivity=[AXIS], or a contrast along AXIS, asks for them",
    WorldsTable: "worlds: zpdgym compare … contrasts=['POLICY - POLICY'] with cohorts= or draws= asks for them",
}
"""What a comparison must have been asked for an answer of each kind."""
Rows = list[dict[str, object]]
"""Name of a column -> value, for every row."""


def answers(folder: Folder, kind: type[AnswerType]) -> list[AnswerType]:
    """The answers of a kind, in order; none where nothing of the kind was asked.

    Raises:
        InputError: a file of them holds something else than was written.
    """
    return saved(folder.path, kind, way_out=AGAIN)


def must_be_answered(folder: Folder, kind: type[AnswerType]) -> list[AnswerType]:
    """The answers of a kind.

    Raises:
        InputError: nothing of the kind was asked.
    """
    found = answers(folder, kind)
    if not found:
        raise InputError(f"{folder.path} has no {ASKED[kind]}")
    return found


def contrast_rows(folder: Folder) -> list[ContrastRow]:
    """Every number of every contrast.

    Raises:
        InputError: no contrast was asked for.
    """
    return [row for table in must_be_answered(folder, ContrastTable) for row in table.rows]


def sensitivity_rows(folder: Folder) -> Rows:
    """The difference at every value that was tried.

    Raises:
        InputError: no crossing was asked for.
    """
    return [
        {"contrast": table.contrast, **to_plain(point)}
        for table in must_be_answered(folder, CrossingTable)
        for point in table.points
    ]


def crossing_rows(folder: Folder) -> Rows:
    """Where the lead changes for certain; of a question without such a place one row with the answer.

    Raises:
        InputError: no crossing was asked for.
    """
    rows = Rows()
    for table in must_be_answered(folder, CrossingTable):
        about: dict[str, object] = {"contrast": table.contrast, "axis": table.axis, "answer": table.answer}
        places: Rows = [to_plain(place) for place in table.crossings] or [{}]
        rows += [{**about, **place, "says": table.says} for place in places]
    return rows


def world_rows(folder: Folder) -> Rows:
    """The difference in each cohort or draw, with what was drawn for it.

    Raises:
        InputError: no contrast was asked for over cohorts or draws.
    """
    drawn = drawn_values(folder)
    return [
        {"contrast": row.contrast, "world": row.world, **drawn.get(row.world, {}), **_rest(to_plain(row))}
        for table in must_be_answered(folder, WorldsTable)
        for row in table.worlds
    ]


def together_rows(folder: Folder) -> Rows:
    """What all cohorts or draws say together.

    Raises:
        InputError: as ``world_rows``.
    """
    tables = must_be_answered(folder, WorldsTable)
    return [_rest(to_plain(row), ()) for table in tables for row in table.together]


def _rest(row: Mapping[str, object], without: tuple[str, ...] = ("contrast", "world")) -> dict[str, object]:
    """The row with its axes as columns of their own."""
    axes = cast("Mapping[str, object]", row.get("axes") or {})
    return {**axes, **{key: value for key, value in row.items() if key not in (*without, "axes")}}


def drawn_values(folder: Folder) -> dict[Level, dict[str, object]]:
    """The number of each draw of the students' parameters -> what was drawn: "student.forget" -> its value.

    Raises:
        InputError: ``experiment.json`` holds no such values where it says that there are some.
    """
    grid: object = folder.experiment.get("grid") or {}
    where = f"{folder.path / EXPERIMENT}: grid"
    if not isinstance(grid, Mapping):
        raise InputError(f"{where}={shown(grid)} is no axes: {AGAIN}")
    draws = cast("Mapping[str, object]", grid).get(DRAW) or []
    if not isinstance(draws, list):
        raise InputError(f"{where}.{DRAW}={shown(draws)} is no list of what was drawn: {AGAIN}")
    return {i: dict(_drawn(one, f"{where}.{DRAW}[{i}]")) for i, one in enumerate(cast("list[object]", draws))}


def _drawn(one: object, where: str) -> Iterator[tuple[str, object]]:
    if not isinstance(one, Mapping):
        raise InputError(f"{where}={shown(one)} is not what was drawn: {AGAIN}")
    for key, value in cast("Mapping[str, object]", one).items():
        yield key.removeprefix("scenario."), value
