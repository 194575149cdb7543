"""Runs on disk, their fingerprints, the processes that make them, and their mirrors in trackers."""

from __future__ import annotations

from zpdgym.lazy import lazy

__getattr__, __dir__ = lazy(__name__, __path__)
