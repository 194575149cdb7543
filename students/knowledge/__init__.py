"""Students who know a skill or do not, and how knowledge is built on knowledge."""

from __future__ import annotations

from zpdgym.lazy import lazy

__getattr__, __dir__ = lazy(__name__, __path__)
