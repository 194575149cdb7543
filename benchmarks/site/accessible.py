"""What the theme's pages lack for readers by keyboard or by ear, as axe tells it; mended in the built pages."""

from __future__ import annotations

import re
from pathlib import Path

SIGNATURE = re.compile(r"<dl>\s*((?:<dd>.*?</dd>\s*)+)</dl>", re.DOTALL)
"""The parameters of a function, one a line: a list of definitions without anything that is defined."""
EMPTY_HEAD = re.compile(r'<th class="(head[^"]*)"><p></p></th>')
"""A heading of a column that needs none."""
MENDED = (
    ('<p class="caption" role="heading">', '<p class="caption" role="heading" aria-level="2">'),
    ('<aside class="sidebar-drawer">', '<aside class="sidebar-drawer" aria-label="All pages">'),
    ('<aside class="toc-drawer">', '<aside class="toc-drawer" aria-label="On this page">'),
    # A box that scrolls must be reachable by the keyboard.
    ("<pre>", '<pre tabindex="0">'),
    ('<div class="table-wrapper', '<div tabindex="0" role="group" aria-label="Table" class="table-wrapper'),
    ('<div id="search-results"></div>', '<h1>Search</h1>\n<div id="search-results"></div>'),
)


def mended(page: str) -> str:
    """A built page with what it lacked.

    Example:
        >>> mended("<pre>text</pre>")
        '<pre tabindex="0">text</pre>'
    """
    for before, after in MENDED:
        page = page.replace(before, after)
    page = EMPTY_HEAD.sub(r'<td class="\1"></td>', page)
    return SIGNATURE.sub(lambda found: _lines(found[1]), page)


def _lines(parameters: str) -> str:
    inside = parameters.replace("<dd>", '<span class="sig-line">').replace("</dd>", "</span>")
    return f'<span class="sig-lines">{inside}</span>'


def mend(folder: Path) -> None:
    """Mend every page below a folder that the theme has made; what was packed to be played with is left as it is."""
    for path in sorted(set(folder.rglob("*.html")) - set((folder / "play").rglob("*.html"))):
        path.write_text(mended(path.read_text(encoding="utf-8")), encoding="utf-8")
