"""Sentences of a page, in whatever language it is made.

The English sentence is its own key, with names in braces for what is put into it. Whole sentences, not pieces: other
languages order them otherwise. ``extract`` finds the sentences by the names of these functions, so that their first
arguments are written out where they are called, or are taken from something that ``texts`` marks.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol, TypeVar

from ..figures.markup import Markup, escape, tag

T = TypeVar("T")


class Spoken(Protocol):
    """A language in which sentences can be said."""

    def one(self, message: str) -> str:
        """The sentence in this language."""
        ...

    def many(self, one: str, many: str, n: float) -> str:
        """The one of its forms that goes with a number."""
        ...


_SPOKEN: ContextVar[Spoken | None] = ContextVar("spoken", default=None)


@contextmanager
def speaking(language: Spoken | None) -> Iterator[None]:
    """All that is said inside is said in this language; None: in English."""
    token = _SPOKEN.set(language)
    try:
        yield
    finally:
        _SPOKEN.reset(token)


def texts(marked: T) -> T:
    """The same: it marks sentences that are written here and said elsewhere. Keys of dictionaries are none."""
    return marked


def tr(message: str, /, **parts: str | float) -> str:
    """A sentence in the language of the page.

    Args:
        message: the English sentence, with ``{names}`` for its parts.
        parts: what is put in; markup makes the whole sentence markup, in which all else is escaped.

    Example:
        >>> tr("{teacher} taught {skill}.", teacher="Nobody", skill="adding")
        'Nobody taught adding.'
    """
    spoken = _SPOKEN.get()
    return _put_in(message if spoken is None else spoken.one(message), parts)


def tr_many(one: str, many: str, n: float, /, **parts: str | float) -> str:
    """A sentence about a number of things, in the form that goes with the number, which is put in as ``{n}``.

    Example:
        >>> [tr_many("{n} lesson", "{n} lessons", n) for n in (1, 12)]
        ['1 lesson', '12 lessons']
    """
    spoken = _SPOKEN.get()
    message = (one if n == 1 else many) if spoken is None else spoken.many(one, many, n)
    return _put_in(message, {"n": f"{n:,.0f}".replace(",", "\u202f"), **parts})


def in_files(text: str | None) -> str:
    """What stands in files, or in the terminal, in English: marked as such on a page that speaks otherwise."""
    said = "" if text is None else text
    return said if _SPOKEN.get() is None else tag("div" if isinstance(said, Markup) else "span", said, lang="en")


def _put_in(message: str, parts: dict[str, str | float]) -> str:
    if not any(isinstance(part, Markup) for part in parts.values()):
        return message.format(**parts)
    whole = {name: part if isinstance(part, Markup) else escape(part) for name, part in parts.items()}
    return Markup(escape(message).format(**whole))
