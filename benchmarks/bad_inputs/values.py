"""What is wrong for a declared parameter, as Python, YAML and the command line can say it; drawn by hypothesis."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from typing import Any, Literal

import numpy as np
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from zpdgym.parameters import Choice, Number, Numbers, Parameter, Switch

Way = Literal["python", "yaml", "line"]
"""How a value is given: as an object, in a YAML file, or behind the ``=`` of a command line."""

LONG = "x" * 300
CONTROL = "a\x07\x1b[31m\u2028b"
HUGE = 10**400
PLAIN: tuple[Any, ...] = ("abc", "", LONG, CONTROL, "1 000", "0,5", "½", "[a]", math.nan, True, [], {}, {"a": {"b": 1}})
OBJECTS: tuple[Any, ...] = (
    1j, b"1", object(), {1}, range(2), np.nan, np.bool_(True), np.datetime64("2026-01-01"), np.array("x"), int, len,
)  # fmt: skip
LINES = (
    "abc", "''", LONG, CONTROL, "1 000", "½", "nan", "true", "[]", "{}", "{a:{b:1}}", "[a]", "[[1]]", "1e999x", "1__0",
)  # fmt: skip


def wrong(parameter: Parameter, way: Way) -> st.SearchStrategy[Any]:
    """Values that a parameter must refuse; on a command line they are texts."""
    if way == "line":
        return st.one_of(st.sampled_from(LINES), _outside(parameter).map(_typed)).filter(
            lambda text: not _is_right(parameter, text)
        )
    others = PLAIN if way == "yaml" else (*PLAIN, *OBJECTS, HUGE, -HUGE)
    return st.one_of(st.sampled_from(others), _outside(parameter), _none(parameter)).filter(
        lambda value: not _is_right(parameter, value)
    )


def _none(parameter: Parameter) -> st.SearchStrategy[Any]:
    return st.nothing() if parameter.optional else st.none()


def _outside(parameter: Parameter) -> st.SearchStrategy[Any]:
    """Values of the right type beyond the range."""
    if isinstance(parameter, Number):
        numbers = _numbers(parameter)
        if isinstance(parameter, Numbers):
            return st.lists(numbers, min_size=1, max_size=3)
        return st.one_of(numbers, st.lists(numbers, min_size=1, max_size=2)) if parameter.each else numbers
    if isinstance(parameter, Choice):
        texts = [str(option) for option in parameter.options]
        return st.one_of(st.sampled_from(texts).map(lambda text: f"{text}x"), st.integers(7, 9), st.lists(st.none()))
    if isinstance(parameter, Switch):
        return st.sampled_from([0, 1, "yes", "no", "on", 0.0])
    return st.sampled_from([{"zz": [1, {"y": 2}]}, [[None]], -1.5])


def _numbers(number: Number) -> st.SearchStrategy[Any]:
    """Just outside the range, far outside, and between whole numbers."""
    found: list[st.SearchStrategy[Any]] = [st.just(math.nan)]
    for bound, sign, open_ in ((number.low, -1, number.above), (number.high, 1, number.below)):
        if math.isfinite(bound):
            found += [st.just(sign * math.inf), st.just(bound if open_ else _beyond(bound, sign, number.whole))]
            found.append(st.integers(1, 10**12).map(partial(_far, bound, sign, number.whole)))
    if number.whole:
        found.append(st.floats(0.01, 0.99).map(lambda x: (number.low if math.isfinite(number.low) else 0) + x))
    return st.one_of(found)


def _beyond(bound: float, sign: int, whole: bool) -> float | int:
    return int(bound) + sign if whole else math.nextafter(bound, sign * math.inf)


def _far(bound: float, sign: int, whole: bool, steps: int) -> float | int:
    return int(bound) + sign * steps if whole else bound + sign * steps / 1000


def _is_right(parameter: Parameter, value: Any) -> bool:
    """Whether the value is allowed after all, as another reading of it."""
    if (
        type(parameter) is Parameter
        and isinstance(value, str | dict | list)
        and value in ("''", "", "{}", "[]", {}, [])
    ):
        return True  # nothing of what may be there
    if isinstance(value, list | tuple | range | np.ndarray) and isinstance(parameter, Numbers):
        return bool(np.size(value)) and np.ndim(value) == 1 and all(_one(parameter, v) for v in value)
    if isinstance(value, str) and _number(value) is not None:
        return _one(parameter, _number(value))
    if isinstance(parameter, Choice):
        return value in [str(o) for o in parameter.options] if isinstance(value, str) else False
    if isinstance(parameter, Switch):
        return value is True or (isinstance(value, np.bool_)) or value in ("true", "yes", "on", "no", "off", "false")
    return _one(parameter, value)


def _one(parameter: Parameter, value: Any) -> bool:
    if (
        not isinstance(parameter, Number)
        or isinstance(value, bool)
        or not isinstance(value, int | float | np.integer | np.floating)
    ):
        return False
    if isinstance(value, int) and abs(value) >= 2**63:
        return False
    inside = parameter.low <= value <= parameter.high
    edge = (parameter.above and value == parameter.low) or (parameter.below and value == parameter.high)
    return bool(inside and not edge and not (parameter.whole and (math.isinf(value) or value % 1)))


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _typed(value: Any) -> str:
    """A value as it is typed behind an ``=``."""
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    if isinstance(value, list):
        return f"[{','.join(_typed(v) for v in value)}]"
    if isinstance(value, dict):
        return "{" + ",".join(f"{key}:{_typed(v)}" for key, v in value.items()) + "}"
    return repr(value) if isinstance(value, int | float) else str(value)


def drawn(strategy: st.SearchStrategy[Any], count: int, number: int) -> list[Any]:
    """So many examples of a strategy, always the same for one seed."""
    found = list[Any]()

    @seed(number)
    @settings(
        max_examples=count, database=None, deadline=None, phases=[Phase.generate],
        suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
    )  # fmt: skip
    @given(strategy)
    def collect(value: Any) -> None:
        found.append(value)

    collect()
    return found


def drawn_from(slots: Sequence[tuple[Any, Parameter]], way: Way, count: int, number: int) -> list[tuple[Any, Any]]:
    """(slot, wrong value) for so many of these places, each place as often as the others."""
    order = np.random.default_rng(number).permutation(len(slots))
    chosen = [slots[int(order[n % len(slots)])] for n in range(count)]
    found = list[tuple[Any, Any]]()
    for n, (slot, parameter) in enumerate(chosen):
        values = drawn(wrong(parameter, way), 12, number + n)
        found.append((slot, values[n % len(values)]))
    return found
