"""A checksum over what a packed tutor says, however its file is laid out; ``digest.js`` computes the same."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterator, Mapping, Sequence
from typing import cast

CHECKSUM = "checksum"


def checksum(packed: Mapping[str, object]) -> str:
    """The SHA-256 of everything in a packed tutor but the checksum itself."""
    return hashlib.sha256(b"".join(_laid_out({k: v for k, v in packed.items() if k != CHECKSUM}))).hexdigest()


def _laid_out(value: object) -> Iterator[bytes]:
    """A letter for the kind, then lengths, letters in UTF-8, and numbers as 64-bit floats."""
    if value is None:
        yield b"n"
    elif isinstance(value, bool):
        yield b"t" if value else b"f"
    elif isinstance(value, int | float):
        yield b"d" + struct.pack(">d", value)
    elif isinstance(value, str):
        yield b"s" + _text(value)
    elif isinstance(value, Mapping):
        section = cast("Mapping[str, object]", value)
        yield b"o" + struct.pack(">I", len(section))
        for key in sorted(section):
            yield _text(key)
            yield from _laid_out(section[key])
    else:
        parts = cast("Sequence[object]", value)
        yield b"a" + struct.pack(">I", len(parts))
        for part in parts:
            yield from _laid_out(part)


def _text(text: str) -> bytes:
    data = text.encode()
    return struct.pack(">I", len(data)) + data
