"""What a scenario must be to stand beside others: worth teaching in, or a control that nobody may win."""

from __future__ import annotations

from zpdgym.lazy import lazy

__getattr__, __dir__ = lazy(__name__, __path__)
