"""The closing table of a sweep: one line a combination, the best first where there is something to rank by."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from zpdgym.scripts.command.verbs import Ranked

Row = tuple[int, str, "str | Ranked"]
"""Exit code, the combination as it was typed, and what came of it."""

RANKED = (
    "The best first, by validation students. Test students are for the end, when nothing is chosen any more: zpdgym "
    "compare."
)
_SEED = re.compile(r"(?:^|(?<= ))seed=\S+ ?")


def closing(rows: Sequence[Row]) -> list[str]:
    """The lines of the table.

    Combinations that differ in the seed only are one setting, and settings are ranked by their means: one seed's lead
    is luck. What was taught elsewhere is not beside it but below.
    """
    width = max((len(typed) for _, typed, _ in rows), default=0)
    ranked = [(typed, found) for _, typed, found in rows if isinstance(found, Ranked)]
    if not ranked:
        return [f"{typed:<{width}}  {found}" for _, typed, found in rows]
    values = dict[tuple[str, str], list[float]]()
    for typed, found in ranked:
        values.setdefault((found.among, _setting(typed)), []).append(found.value)
    means = {key: math.fsum(of) / len(of) for key, of in values.items()}
    places = list(dict.fromkeys(found.among for _, found in ranked))
    ranked.sort(key=lambda row: (places.index(row[1].among), -means[row[1].among, _setting(row[0])], _setting(row[0])))
    lines = [RANKED]
    for typed, found in ranked:
        key = found.among, _setting(typed)
        of_seeds = f" (mean of {len(values[key])} seeds {means[key]:.4f})" if len(values[key]) > 1 else ""
        lines.append(f"{typed:<{width}}  {found.text}{of_seeds}  {found.folder}")
    return lines + [f"{typed:<{width}}  {found}" for _, typed, found in rows if not isinstance(found, Ranked)]


def _setting(typed: str) -> str:
    """What was typed, without the seed."""
    return _SEED.sub("", typed).strip()
