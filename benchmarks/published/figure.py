"""One figure of a page: what it is of, ours, and the published one where there is one."""

from __future__ import annotations

from typing import NamedTuple


class Figure(NamedTuple):
    """``within`` is how far ours may be from the published one; a test holds it."""

    what: str
    ours: float
    published: float | None = None
    within: float | None = None
    digits: int = 3
    signed: bool = False

    @property
    def written(self) -> str:
        """Ours, as pages write it: .066, 15.62, +28.4."""
        return self._as_pages_do(f".{self.digits}f", self.ours)

    def __str__(self) -> str:
        line = f"{self.what:<54} {self.written:>9}"
        return line if self.published is None else f"{line}   {self._as_pages_do('g', self.published):>9}"

    def _as_pages_do(self, form: str, value: float) -> str:
        number = format(value, f"+{form}" if self.signed else form)
        return number.replace("0.", ".", 1) if number.lstrip("+-").startswith("0.") else number
