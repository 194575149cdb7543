"""One check for every name that becomes a folder or a file."""

from __future__ import annotations

import re
import unicodedata

from zpdgym.errors import InputError, shown

LONGEST_NAME = 100
"""How many bytes a name may have that becomes a folder or a file."""
_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.~+-]*")
_RESERVED = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])(\..*)?|[a-z]:.*", re.IGNORECASE)
"""What Windows does not let be a file's name, and what begins with a drive there."""


def name_fault(name: object, *, plain: bool = False) -> str | None:
    """What is wrong with a name that becomes a folder or a file, wherever it comes from; None: nothing.

    Args:
        name: to be looked at.
        plain: allow letters, digits and some signs only, as in all names that are typed.

    Returns:
        what it must be, in words to stand behind the name.
    """
    if plain and not (isinstance(name, str) and _PLAIN.fullmatch(name)):
        return "must be letters, digits, '_', '-' or '.': it names a folder"
    if not isinstance(name, str) or not name.strip():
        return "must be a text: it names a file or a folder"
    if any(sign in "/\\" or unicodedata.category(sign) in ("Cc", "Cs", "Zl", "Zp") for sign in name):
        return "must be without '/', '\\' and control characters: it names a file or a folder"
    if name.startswith(".") or name != name.strip() or name.endswith("."):
        return "must neither begin with '.' or a space nor end with one: it names a file or a folder"
    if len(name.encode()) > LONGEST_NAME:
        return f"must be at most {LONGEST_NAME} bytes long: it names a file or a folder"
    if _RESERVED.fullmatch(name):
        return "must be another one: Windows keeps it for a device or a drive"
    return None


def check_name(name: object, where: str, *, plain: bool = False) -> str:
    """The name, which becomes a folder or a file.

    Args:
        name: to be looked at.
        where: what it is, for the message: "name".
        plain: as in ``name_fault``.

    Raises:
        InputError: it could lead elsewhere, or is no name of a file on some system.
    """
    if (fault := name_fault(name, plain=plain)) is not None:
        raise InputError(f"{where}={shown(name)} {fault}")
    return str(name)
