"""What a paper needs of a comparison: figures, tables in LaTeX, a paragraph on methods, and the sources."""

from __future__ import annotations

from zpdgym.lazy import lazy

__getattr__, __dir__ = lazy(__name__, __path__)
