"""What there is to learn: skills, their prerequisites, items; built by rule or read from files."""

from __future__ import annotations

from zpdgym.lazy import lazy

__getattr__, __dir__ = lazy(__name__, __path__)
