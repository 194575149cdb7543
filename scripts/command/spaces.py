"""Values below one key: Hydra's words for a sweep mean here what one search may try, or what an axis of a grid has."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import ChoiceSweep, Glob, IntervalSweep, Quote, QuotedString, RangeSweep
from hydra.errors import HydraException
from zpdgym.errors import InputError
from zpdgym.scripts.command.overrides import in_full

_OF_A_SPACE = re.compile(r"(\+\+)?((policy\.tune\.)?space|grid|sensitivity|draws)\.[^=]+=")
MOST = 10_000
"""A list of more values is no list that anybody means."""


def is_space(override: str) -> bool:
    """Whether an override says what a search may try of one parameter, or what values an axis has."""
    return _OF_A_SPACE.match(override) is not None


def plain_space(override: str) -> str:
    """The override with plain values in place of ``choice``, ``range`` and ``interval``, which would make it a sweep.

    Raises:
        InputError: what cannot be tried out, or a list without end.
    """
    try:
        parsed = OverridesParser.create().parse_override(override)
    except HydraException:
        return override  # a value that Hydra has no place for is quoted or refused as any other
    value, (key, _, typed) = parsed.value(), override.partition("=")
    if isinstance(value, IntervalSweep):
        return f"{key}={_interval(value)}"
    if isinstance(value, Glob):
        raise InputError(
            f"{in_full(key.lstrip('+'))}={typed}: glob names files; values are told by choice, range, interval"
        )
    if not isinstance(value, ChoiceSweep | RangeSweep):
        return override
    if isinstance(value, RangeSweep) and _length(value) > MOST:
        raise InputError(
            f"{in_full(key.lstrip('+'))}={typed} is a list of more than {MOST} values; int(interval(…, …)) is a range "
            "of whole numbers"
        )
    value.shuffle = False  # the search draws by itself, and by its seed
    return f"{key}=[{','.join(_written(one) for one in parsed.sweep_iterator(transformer=_itself))}]"


def _itself(value: object) -> object:
    return value


def _interval(given: IntervalSweep) -> str:
    whole = isinstance(given.start, int) and isinstance(given.end, int)
    words = [f"low: {given.start!r}", f"high: {given.end!r}"]
    words += ["log: true"] * ("log" in given.tags) + ["whole: true"] * whole
    return "{" + ", ".join(words) + "}"


def _length(given: RangeSweep) -> float:
    start, stop, step = given.start or 0, given.stop or 0, given.step
    return math.inf if not step else (stop - start) / step


def _written(value: object) -> str:
    """One value as Hydra reads it again."""
    if isinstance(value, str):
        return QuotedString(text=value, quote=Quote.single).with_quotes()
    if isinstance(value, list | tuple):
        inside: Sequence[object] = value
        return f"[{','.join(map(_written, inside))}]"
    if isinstance(value, dict):
        return "{" + ",".join(f"{key}: {_written(inner)}" for key, inner in value.items()) + "}"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return str(value)
