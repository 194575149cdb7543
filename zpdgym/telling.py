"""What takes long says on stderr what it is, and how far."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager

EVERY = 10.0
"""Seconds between two lines where stderr is no terminal."""
OFTEN = 0.2
"""Seconds between two looks at a terminal."""


@contextmanager
def telling(what: str) -> Generator[Callable[[str], None]]:
    """Say what is done now; what comes out is told how far it is, in words.

    On a terminal that stands behind the line and changes in place; elsewhere it is a line every ten seconds.

    Args:
        what: what is done, with the name of the thing that it is done to.
    """
    steer = sys.stderr.isatty()
    sys.stderr.write(what if steer else f"{what}\n")
    sys.stderr.flush()
    last, width = time.monotonic(), 0

    def tell(how_far: str) -> None:
        nonlocal last, width
        now = time.monotonic()
        if now - last < (OFTEN if steer else EVERY):
            return
        last, width = now, max(width, len(how_far))
        sys.stderr.write(f"\r{what}: {how_far:<{width}}" if steer else f"{what}: {how_far}\n")
        sys.stderr.flush()

    try:
        yield tell
    finally:
        if steer:
            sys.stderr.write("\n")
