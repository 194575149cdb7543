"""What adaptive tests believe: which knowledge state somebody is in, or how able."""

from __future__ import annotations

from zpdgym.lazy import lazy

__getattr__, __dir__ = lazy(__name__, __path__)
