"""HTML and SVG written as nested calls; every text is escaped unless it is markup already."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from typing import TypeAlias

_VOID = frozenset(
    {"br", "hr", "meta", "link", "col", "input", "path", "rect", "circle", "line", "polyline", "polygon", "stop"}
)
_SVG_EMPTY = _VOID - {"br", "hr", "meta", "link", "col", "input"}
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")


class Markup(str):
    """Text that is HTML already and must not be escaped again."""


Child: TypeAlias = "str | int | Iterable[Child] | None"


def escape(text: object) -> Markup:
    """Text of a user's file as harmless HTML: no markup, no unprintable characters.

    Example:
        >>> escape("<b>'x' & y</b>")
        '&lt;b&gt;&#x27;x&#x27; &amp; y&lt;/b&gt;'
    """
    return Markup(html.escape(_UNPRINTABLE.sub("\ufffd", str(text)), quote=True))


def join(*children: Child) -> Markup:
    """Children in order as one piece of markup; plain strings are escaped, None is nothing."""
    parts: list[str] = []
    for child in children:
        if child is None:
            continue
        if isinstance(child, Markup):
            parts.append(child)
        elif isinstance(child, str | int):
            parts.append(escape(child))
        else:
            parts.append(join(*child))
    return Markup("".join(parts))


def tag(name: str, /, *children: Child, **attributes: str | float | None) -> Markup:
    """One element. ``class_`` is class, underscores are hyphens, an attribute that is None is left out.

    Example:
        >>> tag("p", "1 < 2", class_="note")
        '<p class="note">1 &lt; 2</p>'
    """
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{number(value) if isinstance(value, int | float) else escape(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    if name in _VOID and not children:
        return Markup(f"<{name}{written}/>" if name in _SVG_EMPTY else f"<{name}{written}>")
    return Markup(f"<{name}{written}>{join(*children)}</{name}>")


def name_of(text: object) -> Markup:
    """A name from a user's file, kept apart from the direction of the text around it (right-to-left scripts)."""
    return tag("bdi", str(text))


def number(value: float) -> str:
    """A coordinate with at most two decimals, written the same way everywhere."""
    text = f"{float(value):.2f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text
