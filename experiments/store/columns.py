"""Rows that go into files: dataclasses whose fields are the columns, with what they mean and what they are counted in.

One declaration serves whoever writes the file, whoever reads it, and the page that explains it.
"""

from __future__ import annotations

import dataclasses
import functools
import types
import typing
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from zpdgym.errors import InputError

from .sheets import as_csv as table_as_csv

if TYPE_CHECKING:
    import pandas as pd

Level: TypeAlias = bool | int | float | str
"""A value of an axis of a grid; a longer one is called by its name."""
RowType = TypeVar("RowType")
_MEANING, _UNIT, _ALWAYS = "meaning", "unit", "always"
_REQUIRED: Any = object()


class Part:
    """What belongs to one number and stands beside it in a file: ``outcome``, ``outcome_low``, ``outcome_high``.

    The field ``value`` has the number's own name there, the others are appended to it.
    """


@dataclass(frozen=True)
class Column:
    """A column of a file.

    Attributes:
        name: its name; of a number with parts, the number's.
        parts: what stands beside it: the endings of further columns, such as ``_low``.
        meaning: what it says.
        unit: what it is counted in; "" for names and words.
    """

    name: str
    parts: tuple[str, ...]
    meaning: str
    unit: str


def column(meaning: str, unit: str = "", *, always: bool = False, default: Any = _REQUIRED) -> Any:
    """Declare a field of a row.

    Args:
        meaning: what it says, for the page.
        unit: what it is counted in.
        always: also written where it is None; other fields are left out then.
        default: its value where a file does not have it.
    """
    given = {} if default is _REQUIRED else {"default": default}
    return dataclasses.field(metadata={_MEANING: meaning, _UNIT: unit, _ALWAYS: always}, **given)


def columns(row: type) -> list[Column]:
    """The columns of a row, in the order in which they are written."""
    kinds, found = _kinds(row), list[Column]()
    for declared in dataclasses.fields(row):
        kind = kinds[declared.name]
        parts = tuple(_beside("", name) for name in _fields(kind)) if _is_part(kind) else ("",)
        about = declared.metadata
        found.append(Column(declared.name, tuple(filter(None, parts)), about[_MEANING], about[_UNIT]))
    return found


def names(row: type) -> list[str]:
    """The names of the columns of a row that has no parts."""
    return [declared.name for declared in dataclasses.fields(row)]


def to_plain(row: Any) -> dict[str, Any]:
    """A row as it is written: name of the column -> value, without what it does not have."""
    return dict(_written(row))


def _written(row: Any) -> Iterator[tuple[str, Any]]:
    for declared in dataclasses.fields(row):
        value = getattr(row, declared.name)
        if isinstance(value, Part):
            yield from (
                (_beside(declared.name, name), inner)
                for name in _fields(type(value))
                if (inner := getattr(value, name)) is not None
            )
        elif value is not None or declared.metadata[_ALWAYS]:
            yield declared.name, _plain(value)


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value):
        return to_plain(value)
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in typing.cast("Mapping[str, Any]", value).items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in typing.cast("Sequence[Any]", value)]
    return value


def from_plain(row: type[RowType], data: Mapping[str, Any], *, where: str) -> RowType:
    """A row from what was written; columns that nobody declared are passed over.

    Args:
        row: what it is.
        data: name of the column -> value, as JSON gives it: None stands for NaN too.
        where: the file, for messages.

    Raises:
        InputError: a column is missing, or holds something of another kind.
    """
    if not isinstance(data, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]  # what a changed file may hold
        raise _changed(where, row.__name__, data)
    kinds, given = _kinds(row), dict[str, Any]()
    for declared in dataclasses.fields(typing.cast("Any", row)):
        kind = kinds[declared.name]
        if declared.name in data:
            given[declared.name] = _read(kind, declared.name, data, f"{where}: {row.__name__}")
        elif declared.default is dataclasses.MISSING:
            raise InputError(f"{where}: {row.__name__} has no {declared.name}: make it again with this version")
    return row(**given)


def as_csv(rows: Sequence[object]) -> str:
    """Rows as CSV, all numbers in full precision, in the columns of ``as_frame``."""
    import pandas as pd

    frame, flat = as_frame(rows), [_flat(to_plain(row)) for row in rows]
    for name in _inside(rows):  # as they are: a whole number stays one where other rows have none
        frame[name] = pd.Series([row.get(name) for row in flat], dtype=object)
    return table_as_csv(frame)


def as_frame(rows: Sequence[object]) -> pd.DataFrame:
    """Rows as a data frame; columns in order of first appearance.

    A field that holds a mapping becomes columns of its own, under the names in it.
    """
    import pandas as pd

    flat = [_flat(to_plain(row)) for row in rows]
    columns = list(dict.fromkeys(key for row in flat for key in row))
    return pd.DataFrame(flat, columns=columns)


def _inside(rows: Sequence[Any]) -> set[str]:
    """The names in all mappings that rows hold."""
    values = (getattr(row, name) for row in rows for name in names(type(row)))
    return {key for value in values if isinstance(value, Mapping) for key in typing.cast("Mapping[str, object]", value)}


def _flat(row: Mapping[str, object]) -> dict[str, object]:
    found = dict[str, object]()
    for key, value in row.items():
        if isinstance(value, Mapping):
            found |= typing.cast("Mapping[str, object]", value)
        else:
            found[key] = "; ".join(map(str, typing.cast("list[object]", value))) if isinstance(value, list) else value
    return found


def _read(kind: Any, name: str, data: Mapping[str, Any], where: str) -> Any:
    value, alone = data[name], _alone(kind)
    if value is None:
        if kind is alone and kind is not float:
            raise _changed(where, name, value)
        return float("nan") if kind is float else None
    if _is_part(kind):
        inner = {part: data.get(_beside(name, part)) for part in _fields(alone)}
        parts = _kinds(alone)
        return alone(**{part: _one(parts[part], value, where, _beside(name, part)) for part, value in inner.items()})
    return _one(kind, value, where, name)


def _one(kind: Any, value: Any, where: str, name: str) -> Any:
    """A value as its kind has it."""
    optional, kind = kind is not _alone(kind), _alone(kind)
    origin, inside = typing.get_origin(kind), typing.get_args(kind)
    if value is None and (optional or kind is float):
        return None if optional else float("nan")
    if origin is tuple and isinstance(value, list | tuple):
        return tuple(_one(inside[0], inner, where, name) for inner in typing.cast("Sequence[Any]", value))
    if inside and origin not in (tuple, types.UnionType) and isinstance(value, Mapping):
        entries = typing.cast("Mapping[str, Any]", value).items()
        return {key: _one(inside[1], inner, where, f"{name}.{key}") for key, inner in entries}
    if isinstance(kind, type) and dataclasses.is_dataclass(kind):
        return from_plain(kind, typing.cast("Mapping[str, Any]", value), where=where.partition(": ")[0])
    if kind is float and (value in ("inf", "-inf") or (isinstance(value, int | float) and not isinstance(value, bool))):
        return float(value) if isinstance(value, str) else value
    if isinstance(kind, types.UnionType) and type(value) in inside:
        return value
    if kind in (int, str, bool) and isinstance(value, kind) and (kind is bool) == isinstance(value, bool):
        return value
    raise _changed(where, name, value)


def _changed(where: str, name: str, value: object) -> InputError:
    return InputError(
        f"{where}.{name} is {_short(value)}, which it cannot be: the file was changed; make it again with the command "
        "that made it"
    )


def _short(value: object) -> str:
    text = "null" if value is None else repr(value)
    return text if len(text) <= 40 else f"{text[:37]}…"


def _alone(kind: Any) -> Any:
    """``X`` of ``X | None``."""
    if isinstance(kind, types.UnionType) and types.NoneType in typing.get_args(kind):
        return next(inner for inner in typing.get_args(kind) if inner is not type(None))
    return kind


def _is_part(kind: Any) -> bool:
    alone = _alone(kind)
    return isinstance(alone, type) and issubclass(alone, Part)


def _beside(name: str, part: str) -> str:
    return name if part == "value" else f"{name}_{part}"


@functools.cache
def _fields(part: Any) -> tuple[str, ...]:
    return tuple(declared.name for declared in dataclasses.fields(_alone(part)))


@functools.cache
def _kinds(row: type) -> dict[str, Any]:
    return typing.get_type_hints(row)
