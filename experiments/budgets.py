"""What the searches for settings cost, of learners and of baselines alike, for whoever sets them side by side."""

from __future__ import annotations

from collections.abc import Mapping

from .store.runs import TUNING, Run


def searches_in_words(runs: Mapping[str, Run]) -> str | None:
    """How many settings and lessons the searches of policies took, in a sentence.

    How many seconds stands in ``run.json`` and on the terminal: tables and reports do not depend on the machine.

    Args:
        runs: policy -> a finished run of it.

    Returns:
        None where no learner was tuned, for that of baselines alone nobody asks; results of older versions tell no
        lessons.
    """
    costs = {policy: run.json(TUNING).get("budget") for policy, run in runs.items() if run.has(TUNING)}
    told = {policy: cost for policy, cost in costs.items() if cost is not None}
    if not any(cost["training"] for cost in told.values()):
        return None
    words = "; ".join(_one(policy, cost) for policy, cost in told.items())
    return f"Settings were sought on validation students, each before its policy taught a test student: {words}."


def _one(policy: str, cost: Mapping[str, int]) -> str:
    training = f" ({cost['training']:,} of them training)" if cost["training"] else ""
    return f"{policy} {cost['settings']} settings, {cost['training'] + cost['validation']:,} lessons{training}"
