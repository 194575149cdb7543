"""The contract of policies in one place: what they are told and asked, how to build, check and run them."""

from __future__ import annotations

from .check import check_policy
from .policies import build_policy, load_policy, policy_names, policy_sentence
from .problem import Baseline, Policy, Problem, require
from .rollouts import Rollout, rollout, teach

__all__ = [
    "Baseline",
    "Policy",
    "Problem",
    "Rollout",
    "build_policy",
    "check_policy",
    "load_policy",
    "policy_names",
    "policy_sentence",
    "require",
    "rollout",
    "teach",
]
