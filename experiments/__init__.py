"""Evidence: runs on disk, cohorts, statistics, tracking, comparison, calibration and the report."""

from __future__ import annotations

from zpdgym.lazy import lazy

__getattr__, __dir__ = lazy(__name__, __path__)
