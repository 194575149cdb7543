"""A translator's file: read, checked against what the page says, and looked up."""

from __future__ import annotations

import gettext
import string
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from zpdgym.errors import InputError, shown

from .extract import TEMPLATE

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog, Message

NEEDS = "lang= needs the package babel: pip install 'zpdgym[report]'"
ENOUGH = 200
"""Which form goes with a number is told to the script up to here; above, numbers that end alike go alike."""


@dataclass(frozen=True, eq=False)
class Catalogue:
    """A language that a page is made in.

    Attributes:
        name: the language as HTML names it, such as ``de`` or ``pt-BR``.
        direction: ``ltr`` or ``rtl``.
        said: the sentence of each message; of one with a number a tuple of its forms.
        form: which of the forms goes with a number.
        of_script: the messages that the page's script says.
        missing: how many sentences of the page are not translated.
        sentences: how many it has.
    """

    name: str
    direction: str
    said: dict[str, str | tuple[str, ...]]
    form: Callable[[int], int]
    of_script: frozenset[str]
    missing: int
    sentences: int

    def one(self, message: str) -> str:
        """The sentence in this language; in English where the translator left it open."""
        said = self.said.get(message, message)
        return said if isinstance(said, str) else said[0]

    def many(self, one: str, many: str, n: float) -> str:
        """The form that goes with a number; of a broken number that of the whole ones above it."""
        said = self.said.get(one)
        if said is None or isinstance(said, str):
            return one if n == 1 else many
        return said[self.form(int(n) if float(n).is_integer() else int(n) + 2)]

    def for_script(self) -> dict[str, object]:
        """What the page's script needs to say its sentences."""
        said = {m: s for m, s in self.said.items() if m in self.of_script}
        return {"said": said, "forms": [self.form(n) for n in range(ENOUGH)]}


def read_catalogue(path: str | Path) -> Catalogue:
    """Read a language from a ``.po`` file.

    Args:
        path: the translator's file; its header names the language (``Language: de``).

    Raises:
        InputError: it cannot be read, names no language, or a sentence of it has other ``{names}`` than in English.
    """
    try:
        from babel import Locale, UnknownLocaleError
        from babel.messages.pofile import PoFileError, read_po
    except ModuleNotFoundError as error:
        raise InputError(NEEDS) from error
    try:
        with Path(path).open("rb") as file:
            read = read_po(file, abort_invalid=True)
    except (OSError, PoFileError, UnicodeDecodeError, ValueError, LookupError) as error:
        raise InputError(f"lang={shown(str(path))}: no file of translations that can be read ({error})") from error
    if not read.locale_identifier:
        raise InputError(f"lang={shown(str(path))}: its header names no language; write one, such as Language: de")
    try:
        direction = Locale.parse(read.locale_identifier).text_direction
    except (UnknownLocaleError, ValueError) as error:
        raise InputError(f"lang={shown(str(path))}: {error}; write one such as Language: de") from error
    with TEMPLATE.open("rb") as file:
        wanted = read_po(file)
    messages = {_key(message): message for message in wanted if message.id}
    said = _said(read, messages, path)
    return Catalogue(
        name=read.locale_identifier.replace("_", "-"),
        direction=direction,
        said=said,
        form=gettext.c2py(read.plural_expr),
        of_script=frozenset(k for k, m in messages.items() if any(place.endswith(".js") for place, _ in m.locations)),
        missing=len(messages) - len(said),
        sentences=len(messages),
    )


def _key(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


def _said(read: Catalog, messages: dict[str, Message], path: str | Path) -> dict[str, str | tuple[str, ...]]:
    """What is translated of the page's sentences; all that is wrong with them is told together."""
    said: dict[str, str | tuple[str, ...]] = {}
    wrong: list[str] = []
    for message in read:
        if not message.id or message.fuzzy or _key(message) not in messages:
            continue
        forms = (message.string,) if isinstance(message.string, str) else tuple(message.string or ())
        if not forms or not all(forms):
            continue
        allowed = _names(message.id if isinstance(message.id, str) else message.id[1])
        wrong += [f"{shown(form)} has {_told(form)}, where {_key(message)!r} has {_listed(allowed)}"
                  for form in forms if not _fits(form, allowed, plural=len(forms) > 1)]  # fmt: skip
        said[_key(message)] = forms if isinstance(messages[_key(message)].id, tuple) else forms[0]
    if wrong:
        raise InputError(f"lang={shown(str(path))}: {'; '.join(wrong)}")
    return said


def _names(text: str) -> frozenset[str]:
    """The names in braces.

    Raises:
        ValueError: braces that are none of a name.
    """
    found = list(string.Formatter().parse(text))
    if any(spec or conversion or (name is not None and not name.isidentifier()) for _, name, spec, conversion in found):
        raise ValueError(text)
    return frozenset(name for _, name, _, _ in found if name is not None)


def _fits(form: str, allowed: frozenset[str], *, plural: bool) -> bool:
    """A form says what the English sentence says; one that goes with a single number need not say which."""
    try:
        names = _names(form)
    except ValueError:
        return False
    return names <= allowed and allowed - names <= ({"n"} if plural else set())


def _told(form: str) -> str:
    try:
        return _listed(_names(form))
    except ValueError:
        return "braces that hold more than a name"


def _listed(names: frozenset[str]) -> str:
    return " ".join(f"{{{name}}}" for name in sorted(names)) or "no name in braces"
