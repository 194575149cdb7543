"""The networks of learnt teachers, in torch for training and compiled for teaching."""

from __future__ import annotations

from zpdgym.lazy import lazy

__getattr__, __dir__ = lazy(__name__, __path__)
