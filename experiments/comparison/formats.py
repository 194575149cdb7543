"""Numbers, intervals and tables as text, the same for comparisons and matrices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from ..statistics import AHEAD, BEHIND, BETTER, CANNOT_TELL, FEWEST_SEEDS, NO_DIFFERENCE, WORSE
from .rows import Difference, Interval

TextTable: TypeAlias = tuple[Sequence[str], Sequence[Sequence[str]]]
"""Column heads and rows."""

SIGNS = {BETTER: "better", AHEAD: "ahead", NO_DIFFERENCE: "≈", BEHIND: "behind", WORSE: "worse", CANNOT_TELL: "?"}
FEW = "few"
"""Stands for the verdict of a policy that was trained with too few seeds for one."""
FEW_MEANS = (
    f"few: trained with fewer than {FEWEST_SEEDS} seeds, so no p and no verdict; ± of one seed knows no training luck"
)
IMPOSSIBLE = "✗"
"""Marks a row of a control's table that cannot be true."""
KIND_SIGNS = {"learnt": "*", "privileged": "°", "baseline": ""}


def number(value: float | None, form: str = "{:.3f}") -> str:
    """The number; "" where there is none. What is rounded to zero has no sign.

    Example:
        >>> number(-0.0004), number(-0.0004, "{:+.3f}"), number(-0.0006, "{:+.3f}")
        ('0.000', '0.000', '-0.001')
    """
    if value is None or value != value:
        return ""
    text = form.format(value)
    return text.lstrip("+-") if not float(text) else text


def percent(value: float | None) -> str:
    """A share per cent; "" where there is none."""
    return "" if value is None or value != value else f"{100 * value:.0f} %"


def p_value(value: float | None) -> str:
    """A p-value; nobody needs to know how far below .001 it is."""
    return "" if value is None else "<.001" if value < 0.001 else f"{value:.2g}"


def spread(found: Interval | Difference | None, *, signed: bool = False) -> str:
    """The value and how far its interval reaches, to the further side; "" where there is none."""
    if found is None or found.value != found.value:
        return ""
    half = max(found.high - found.value, found.value - found.low)
    return f"{number(found.value, '{:+.3f}' if signed else '{:.3f}')} ± {half:.3f}"


def interval(found: Interval | Difference, *, signed: bool = False) -> str:
    """The value and its interval, for sentences."""
    value, low, high = (number(v, "{:+.3f}" if signed else "{:.3f}") for v in (found.value, found.low, found.high))
    return f"{value} [{low}, {high}]"


def sign(verdict: str | None, difference: Interval | Difference | None, kind: str) -> str:
    """What stands in a table for a verdict on a difference; "" where none could be given."""
    if verdict is not None:
        return SIGNS[verdict]
    return "" if difference is None or kind == "privileged" else FEW


def batched(values: Sequence[str], size: int) -> list[Sequence[str]]:
    """The values in portions of at most ``size``."""
    return [values[i : i + size] for i in range(0, len(values), size)]


def pipes(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table of escaped texts; the first column holds words, the others numbers."""
    lines = [[head.replace("\n", " ") for head in heads], ["---", *["---:"] * (len(heads) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
