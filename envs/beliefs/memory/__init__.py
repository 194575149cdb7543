"""Skills as memories that fade: what the tutor believes of them, between lessons and in them."""

from __future__ import annotations

from zpdgym.lazy import lazy

__getattr__, __dir__ = lazy(__name__, __path__)
