"""Lists as they are typed: ``a,b``, in brackets or not, of names and paths with whatever signs. Light to import."""

from __future__ import annotations

import itertools
import os
import re
from collections.abc import Iterator
from pathlib import Path

from zpdgym.files import is_file, is_folder

_NAMED = re.compile(r"[\w.]+=")
"""What stands behind a comma inside the name of a cell or a variant: ``ppo_scorer,gamma=0.9``."""
_OPEN, _CLOSED = "([{", ")]}"


def parts(text: str) -> list[str]:
    """What a list holds that was typed without brackets.

    A comma inside quotes or brackets is none of the list's, nor one inside a path that there is, nor one inside the
    name of a cell or a variant.
    """
    pieces, found = _pieces(text), list[str]()
    while pieces:
        n = next((n for n in range(len(pieces), 1, -1) if _is_there(",".join(pieces[:n]))), 1)
        part, pieces = ",".join(pieces[:n]).strip(), pieces[n:]
        if found and n == 1 and _NAMED.match(part) and not _is_there(part):
            found[-1] += f",{part}"
        else:
            found.append(part)
    return found


def inside(text: str) -> str | None:
    """What stands between the brackets of a list; None: it is none in brackets, or several are."""
    bare, depth = text.strip(), 0
    if not (bare.startswith("[") and bare.endswith("]")):
        return None
    for sign in bare[:-1]:
        depth += (sign == "[") - (sign == "]")
        if not depth:
            return None
    return bare[1:-1]


def one_of_many(part: str) -> str:
    """A part as it stands in a list for Hydra: quoted where it has a comma of its own."""
    return quoted(part) if len(_pieces(part)) > 1 else part


def quoted(text: str) -> str:
    """A text as Hydra reads it whatever signs are in it; ``~/`` is the home folder, as in a shell."""
    home = f"~{os.sep}"
    bare = str(Path(text.strip()).expanduser()) if text.strip().startswith(home) else text.strip()
    escaped = bare.replace("'", "\\'")
    return f"'{escaped}'"


def _pieces(text: str) -> list[str]:
    """The text between commas that are neither in quotes nor in brackets; where those do not match, between all."""
    cuts = list(_cuts(text))
    if cuts and cuts[-1] < 0:
        return text.split(",")
    ends = [-1, *cuts, len(text)]
    return [text[start + 1 : end] for start, end in itertools.pairwise(ends)]


def _cuts(text: str) -> Iterator[int]:
    """Where the commas are; -1 at the end of a text in which something is left open."""
    depth, quote = 0, ""
    for i, sign in enumerate(text):
        if quote:
            quote = "" if sign == quote and text[i - 1] != "\\" else quote
        elif sign in "'\"":
            quote = sign
        elif sign in _OPEN + _CLOSED:
            depth += 1 if sign in _OPEN else -1
        elif sign == "," and not depth:
            yield i
    if depth or quote:
        yield -1


def _is_there(text: str) -> bool:
    path = Path(text.strip()).expanduser()
    return is_file(path) or is_folder(path)
