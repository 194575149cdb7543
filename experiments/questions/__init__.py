"""What the cells of a grid answer: contrasts, crossings, other worlds, and what it takes to tell. Reads outcomes."""

from __future__ import annotations

from zpdgym.lazy import lazy

__getattr__, __dir__ = lazy(__name__, __path__)
