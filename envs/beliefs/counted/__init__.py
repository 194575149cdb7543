"""The belief that counts lessons, and how the chances to learn after each are fitted."""

from __future__ import annotations

from zpdgym.lazy import lazy

__getattr__, __dir__ = lazy(__name__, __path__)
