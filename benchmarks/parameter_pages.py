"""Writes the parameter tables of the pages again: ``python -m benchmarks.parameter_pages``.

A page holds ``<!-- parameters of zpdgym.students.BKT -->`` and ``<!-- end -->``; the table between them is made from
the class's ``PARAMETERS`` and the defaults of its constructor. A test compares.
"""

from __future__ import annotations

import re
from pathlib import Path

from zpdgym.configs.build import load
from zpdgym.parameters import markdown

DOCS = Path(__file__).resolve().parent.parent / "docs"
PLACE = re.compile(r"(<!-- parameters of ([\w.]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def renewed(page: str) -> str:
    """The page with every table of parameters as the code has it."""
    return PLACE.sub(lambda found: f"{found[1]}{markdown(load(found[2], 'page'))}\n{found[3]}", page)


def main() -> None:
    for path in sorted(DOCS.rglob("*.md")):
        page = path.read_text(encoding="utf-8")
        if (new := renewed(page)) != page:
            path.write_text(new, encoding="utf-8")
            print(path.relative_to(DOCS))


if __name__ == "__main__":
    main()
