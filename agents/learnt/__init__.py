"""Teachers that learn: recipes, training, and the trained teacher on disk."""

from __future__ import annotations

from zpdgym.lazy import lazy

__getattr__, __dir__ = lazy(__name__, __path__)
