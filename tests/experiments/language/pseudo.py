"""A language that nobody speaks: Hebrew letters, longer words, from right to left; and what a page says besides.

Whatever Latin letters a page made in it still has were never looked up in a catalogue.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable
from html.parser import HTMLParser
from pathlib import Path

from zpdgym.experiments.language.extract import TEMPLATE

LATIN, HEBREW = "abcdefghijklmnopqrstuvwxyz", "אבגדהוזחטיכלמנסעפצקרשתאבגד"
_AS_HEBREW = str.maketrans(LATIN + LATIN.upper(), HEBREW * 2)
_PIECES = re.compile(r"(\{\w+\})")
_WORD = re.compile(r"[A-Za-z]{2,}")
LONGER, LONGEST = 0.4, 24
"""By so much, and by so many letters at most, the last word is longer than in English, as in German or Finnish."""
SPOKEN = ("aria-label", "aria-valuetext", "alt", "title", "placeholder", "label")
NOT_SAID = frozenset({"style", "script", "code", "pre", "bdi"})
EMPTY = frozenset({"meta", "link", "input", "br", "hr", "col"})


def pseudo(message: str) -> str:
    """The sentence in this language; the names in braces stay."""
    said = "".join(p if _PIECES.fullmatch(p) else p.translate(_AS_HEBREW) for p in _PIECES.split(message))
    plain = _PIECES.sub("", message).strip()
    return said + "ש" * min(round(LONGER * len(plain)), LONGEST) * bool(_WORD.search(plain))


def write_pseudo(path: Path) -> Path:
    """A translator's file in which everything is translated."""
    from babel.messages.pofile import read_po, write_po

    with TEMPLATE.open("rb") as file:
        read = read_po(file, locale="he")
    read.fuzzy = False
    for message in read:
        if message.id:
            forms = message.id if isinstance(message.id, tuple) else (message.id,)
            said = [pseudo(form) for form in forms]
            message.string = said[0] if len(said) == 1 else tuple([said[0], *[said[1]] * (read.num_plurals - 1)])
    text = io.BytesIO()
    write_po(text, read)
    path.write_bytes(text.getvalue())
    return path


class _Said(HTMLParser):
    """Collects what a reader reads or hears, leaving out what comes from files and is marked as such."""

    def __init__(self) -> None:
        super().__init__()
        self.inside: list[tuple[str, bool]] = []
        self.said: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        hidden = tag in NOT_SAID or ("lang" in given and tag != "html")
        if not hidden and not self._hidden():
            self.said += [value for name in SPOKEN if (value := given.get(name))]
        if tag not in EMPTY:
            self.inside.append((tag, hidden))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Nothing is inside."""

    def handle_endtag(self, tag: str) -> None:
        while self.inside and self.inside.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if not self._hidden() and data.strip():
            self.said.append(data)

    def _hidden(self) -> bool:
        return any(hidden for _, hidden in self.inside)


def untranslated(page: str, names: Iterable[str]) -> list[str]:
    """What a page says with Latin letters, apart from names of the user's files."""
    reader = _Said()
    reader.feed(page)
    longest_first = sorted({name for name in names if name}, key=len, reverse=True)
    known = re.compile("|".join(map(re.escape, longest_first)) or "$^")
    return [said for said in dict.fromkeys(reader.said) if _WORD.search(known.sub("", said))]
