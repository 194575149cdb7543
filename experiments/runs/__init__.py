"""What makes a run's numbers: an experiment, who teaches whom in it, and one run from its first lesson to its files.

Everything in this folder counts in the fingerprint of every run, and it imports nothing that does not count.
"""

from __future__ import annotations

from zpdgym.lazy import lazy

__getattr__, __dir__ = lazy(__name__, __path__)
