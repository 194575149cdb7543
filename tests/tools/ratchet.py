"""How often each folder of the product says ``Any``: a number that may only fall.

``python -m tests.tools.ratchet`` lowers the numbers in ``any_counts.json`` to what is there now. One that has risen is
only written with ``--rise``: for files that moved to another folder, not for a type that could be said.
"""

from __future__ import annotations

import argparse
import ast
import json
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.tools import imports

KEPT = Path(__file__).with_name("any_counts.json")
LOWER = "python -m tests.tools.ratchet"


def counted() -> dict[str, int]:
    """Folder -> how often ``Any`` stands in its files, import statements aside."""
    found = Counter[str]()
    for path in imports.sources(*imports.PRODUCT):
        found[imports.name_of(path.parent)] += uses(path.read_text(encoding="utf-8"))
    return {folder: number for folder, number in sorted(found.items()) if number}


def uses(source: str) -> int:
    """How often ``Any`` stands in a source; ``typing.Any`` counts as well."""
    names = (getattr(node, "id", getattr(node, "attr", None)) for node in ast.walk(ast.parse(source)))
    return sum(name == "Any" for name in names)


def kept() -> dict[str, int]:
    """The numbers that may only fall."""
    return json.loads(KEPT.read_text(encoding="utf-8"))


def changes(before: Mapping[str, int], now: Mapping[str, int]) -> tuple[list[str], list[str]]:
    """What has risen and what has fallen, a line each."""
    risen, fallen = [], []
    for folder in sorted({*before, *now}):
        old, new = before.get(folder, 0), now.get(folder, 0)
        if old != new:
            (risen if new > old else fallen).append(f"{folder}: {old} -> {new}")
    return risen, fallen


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog=LOWER, description=__doc__)
    parser.add_argument("--rise", action="store_true", help="also write the numbers that have risen")
    rise = parser.parse_args(arguments).rise
    before, now = (kept() if KEPT.exists() else {}), counted()
    risen, fallen = changes(before, now)
    written = now if rise else {f: min(n, before.get(f, 0)) for f, n in now.items()}
    KEPT.write_text(json.dumps({f: n for f, n in written.items() if n}, indent=1) + "\n", encoding="utf-8")
    print("\n".join([*(f"lowered {line}" for line in fallen), *(f"risen {line}" for line in risen)]) or "as before")
    return int(bool(risen) and not rise)


if __name__ == "__main__":
    sys.exit(main())
