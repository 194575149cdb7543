"""A tutor to take away: what it believes and how it chooses as plain data, and a program that plays with them."""

from __future__ import annotations

from zpdgym.lazy import lazy

__getattr__, __dir__ = lazy(__name__, __path__)
