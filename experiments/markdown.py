"""Names in Markdown: what others called a policy or a group stands there as text, not as a link, a tag or a new row."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping, Sequence
from typing import TypeVar, cast

Content = TypeVar("Content")

_MARKUP = re.compile(
    r"""[\\`|*]                        # code, columns, emphasis
    | <(?=[A-Za-z/!?])                 # a tag or a comment; "<.001" is none
    | &(?=\#?\w+;)                     # an entity
    | \[(?=[^\]]*\](?:[(:\[]))         # a link, an image, the address of a link
    | :(?=//) | (?<=www)\.             # addresses that become links by themselves
    | @(?=[\w-]+\.\w)
    | ~(?=~) | \$
    | (?<!\w)_ | _(?!\w)               # emphasis; mastery_tuned is none
    | ^[\#>+=~-]""",
    re.VERBOSE,
)
_BREAKS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


def escaped(text: str) -> str:
    """The text as Markdown shows it letter by letter, on one line."""
    return _MARKUP.sub(lambda found: f"\\{found[0]}", _BREAKS.sub(" ", text))


def with_escaped_texts(content: Content) -> Content:
    """The same rows with every text in them escaped: names, notes and reasons alike."""
    return cast("Content", _changed(content))


def _changed(content: object) -> object:
    if isinstance(content, str):
        return escaped(content)
    if dataclasses.is_dataclass(content) and not isinstance(content, type):
        names = [declared.name for declared in dataclasses.fields(content)]
        return dataclasses.replace(content, **{name: _changed(getattr(content, name)) for name in names})
    if isinstance(content, Mapping):
        inside = cast("Mapping[str, object]", content)
        return {escaped(name): _changed(value) for name, value in inside.items()}
    if isinstance(content, list | tuple):
        return tuple(_changed(value) for value in cast("Sequence[object]", content))
    return content
