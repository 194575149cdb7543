"""What can be put around any student: moods, hints, response times, mixtures."""

from __future__ import annotations

from zpdgym.lazy import lazy

__getattr__, __dir__ = lazy(__name__, __path__)
