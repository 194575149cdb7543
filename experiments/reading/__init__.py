"""Results as they leave the tool: as data frames, set beside each other, joined, drawn and written for a paper."""

from __future__ import annotations

from zpdgym.lazy import lazy

__getattr__, __dir__ = lazy(__name__, __path__)
