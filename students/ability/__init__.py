"""Students whose skills are a matter of degree: abilities on a logit scale."""

from __future__ import annotations

from zpdgym.lazy import lazy

__getattr__, __dir__ = lazy(__name__, __path__)
