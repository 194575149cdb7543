"""Policies: who chooses the next item."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zpdgym.lazy import lazy

if TYPE_CHECKING:
    from .check import check_policy
    from .problem import Baseline, Policy, Problem, require
    from .registry import build_policy, load_policy, policy_names
    from .rollouts import Rollout, rollout, teach

__getattr__, __dir__ = lazy(__name__, __path__)
