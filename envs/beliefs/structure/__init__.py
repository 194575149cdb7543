"""The belief over the knowledge states that prerequisites leave possible."""

from __future__ import annotations

from zpdgym.lazy import lazy

__getattr__, __dir__ = lazy(__name__, __path__)
