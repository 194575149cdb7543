"""The lowest versions that pyproject.toml allows, as constraints for pip, which always takes the highest.

python -m tests.tools.lowest > lowest.txt

Imports nothing of ours, so that it can be asked before anything is installed.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

LOWEST = re.compile(r"([\w.-]+)>=([\w.]+)")


def requirements(project: dict[str, Any]) -> list[str]:
    """What is required, always or by an extra."""
    return [*project["dependencies"], *(one for extra in project["optional-dependencies"].values() for one in extra)]


def lowest(project: dict[str, Any]) -> Iterator[str]:
    """Each requirement at its lower bound.

    Raises:
        ValueError: one has none, so that any version however old would be allowed.
    """
    for requirement in requirements(project):
        found = LOWEST.match(requirement)
        if found is None:
            raise ValueError(f"{requirement} has no lower bound")
        yield f"{found[1]}=={found[2]}"


if __name__ == "__main__":
    text = (Path(__file__).resolve().parents[2] / "pyproject.toml").read_text(encoding="utf-8")
    print("\n".join(lowest(tomllib.loads(text)["project"])))
