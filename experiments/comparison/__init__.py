"""Policies, seeds and kinds of students compared: from the specification to the table."""

from __future__ import annotations

from zpdgym.lazy import lazy

__getattr__, __dir__ = lazy(__name__, __path__)
