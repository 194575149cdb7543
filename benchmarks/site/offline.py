"""Whether built pages load anything from another host: scripts, styles, fonts, pictures, frames."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

LOADED = {"src", "srcset", "poster", "data", "background", "xlink:href", "action", "formaction"}
LINKS = {"a", "area"}
"""Elements whose ``href`` is followed by a reader, and not loaded."""
NOT_LOADED = {"canonical", "alternate", "next", "prev", "search", "index", "author"}
ELSEWHERE = re.compile(r"\s*(?:[a-z][a-z+.-]*:)?//", re.IGNORECASE)
IN_STYLE = re.compile(r"""(?:url\(\s*|@import\s+)["']?\s*((?:[a-z]+:)?//[^"')\s]+)""", re.IGNORECASE)
IN_SCRIPT = re.compile(r"""(?:fetch|import|importScripts|open)\s*\(?\s*["'`]((?:https?:)?//[^"'`]+)""")


class _Page(HTMLParser):
    """Collects what one page loads from elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self._inside = tag if tag in ("script", "style") else ""
        for name, value in given.items():
            followed = tag in LINKS or (tag == "link" and set(given.get("rel", "").split()) <= NOT_LOADED)
            loaded = name in LOADED or (name == "href" and not followed)
            if loaded and any(map(ELSEWHERE.match, value.split(","))):
                self.found.append(value)
            if name == "style":
                self.found += IN_STYLE.findall(value)

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.found += (IN_STYLE if self._inside == "style" else IN_SCRIPT).findall(data)


def loaded_from_elsewhere(folder: Path) -> Iterator[str]:
    """A line for whatever a page, style or script below a folder loads from another host.

    Example:
        >>> list(loaded_from_elsewhere(Path("there/is/no/such/folder")))
        []
    """
    for path in sorted(folder.rglob("*")):
        if path.suffix not in (".html", ".css", ".js", ".mjs", ".svg"):
            continue
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".css":
            found = IN_STYLE.findall(text)
        elif path.suffix in (".js", ".mjs"):
            found = IN_SCRIPT.findall(text)
        else:
            page = _Page()
            page.feed(text)
            found = page.found
        yield from (f"{path.relative_to(folder).as_posix()} loads {address}" for address in found)
