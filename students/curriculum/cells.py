"""What all readers of a curriculum's table share: cells as people write them, and what is guessed of them."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

_INVISIBLE = str.maketrans({"\u00a0": " ", "\u202f": " ", "\u200b": "", "\ufeff": "", "\u00ad": ""})
SAME = str.maketrans({"’": "'", "‘": "'", "‐": "-", "‑": "-", "–": "-", "—": "-", "−": "-"})
"""Signs that people do not tell apart."""


class Guesses:
    """What was taken for something that it does not say in our words, each with the lines where."""

    def __init__(self, said: Sequence[str] = ()) -> None:
        self._lines: dict[str, list[int]] = {text: [] for text in said}

    def note(self, text: str, line: int | None = None) -> None:
        """Take note of a guess, in a line where there is one."""
        lines = self._lines.setdefault(text, [])
        lines.extend([] if line is None else [line])

    def told(self) -> list[str]:
        """Each guess once, with its first lines."""
        return [f"{text} ({lines_told(lines)})" if lines else text for text, lines in self._lines.items()]


def cleaned(cell: str) -> str:
    """The cell without spaces around it, and without what nobody sees."""
    return unicodedata.normalize("NFC", cell.translate(_INVISIBLE)).strip()


def spelling(name: str) -> str:
    """What two spellings of one name have in common: all but capitals, kinds of spaces, dashes and quotes."""
    return " ".join(name.translate(SAME).casefold().split())


def lines_told(numbers: Sequence[int]) -> str:
    """The first six lines: "lines 2, 3"."""
    shown_ = [str(number) for number in numbers[:6]] + (["…"] if len(numbers) > 6 else [])
    return f"line{'s' * (len(numbers) > 1)} {', '.join(shown_)}"
