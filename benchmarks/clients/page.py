"""The snippets of the page on other libraries, which are what the clients run."""

from __future__ import annotations

import re
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "train-with.md"
SECTION = re.compile(r"^## (.+?)\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SHARED = re.compile(r"^<!-- file of every client: (\S+) -->\n```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def snippet(heading: str) -> str:
    """The Python of one section, as one script."""
    return "\n".join(BLOCK.findall(dict(SECTION.findall(PAGE.read_text(encoding="utf-8")))[heading]))


def shared_files() -> dict[str, str]:
    """File name -> text of what every snippet may import."""
    return dict(SHARED.findall(PAGE.read_text(encoding="utf-8")))
