"""What a user may put into an environment: rewards and columns of the observation of one's own."""

from __future__ import annotations

from zpdgym.lazy import lazy

__getattr__, __dir__ = lazy(__name__, __path__)
