"""How a tutor chooses, as plain data: a network's numbers, an index's weights, or the settings of mastery learning."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from zpdgym.errors import Violations

from ...agents.baselines.item_rule import ITEM_RULES, ladders
from ...agents.baselines.mastery import Mastery
from ...agents.baselines.tuned_index import TunedIndex
from ...agents.learnt.networks.compiled_scorer import ScorerNetwork
from ...agents.learnt.teacher import Teacher
from ...students.curriculum.curriculum import Curriculum

Packable: TypeAlias = Mastery | TunedIndex | Teacher
Data: TypeAlias = dict[str, object]
FALLBACK = {"right_in_a_row": 3, "lessons": 10}
"""When a skill is left by who looks at answers alone: after so many right answers in a row, or so many lessons."""


def check_policy(policy: object, wrong: Violations) -> None:
    """Note what keeps a policy from being packed."""
    name = getattr(policy, "name", type(policy).__name__)
    network = getattr(policy, "network", None)
    scorer = isinstance(policy, Teacher) and type(network) is ScorerNetwork
    wrong.unless(
        scorer or type(policy) in (Mastery, TunedIndex),
        f"policy {name} cannot be packed (trained item scorers such as ppo_scorer, tuned_index, and mastery with its "
        "tuned forms can)",
    )


def packed_policy(policy: Packable) -> Data:
    """The policy, which has been bound to the problem that it is packed for."""
    if isinstance(policy, Mastery):
        return {"kind": "mastery", "name": policy.name, **_mastery(policy)}
    if isinstance(policy, TunedIndex):
        return {"kind": "tuned_index", "name": policy.name, **_index(policy)}
    return {"kind": "scorer", "name": policy.name, **_scorer(policy)}


def packed_ladders(curriculum: Curriculum) -> Data:
    """The items of every skill in the order in which they are shown, and how many of them ask nothing."""
    table, shown = ladders(curriculum)
    return {"items": _lists(table), "shown": shown.tolist()}


def _mastery(policy: Mastery) -> Data:
    rule = policy.rule
    name = ITEM_RULES[rule.rule] if rule.rule < len(ITEM_RULES) else "success"
    settings = {key: float(getattr(policy, key)) for key in ("threshold", "ready", "review_days")}
    items = {"rule": name, "target": float(rule.target)}
    return {**settings, "cap": int(policy.cap), "finish": bool(policy.finish), "items": items}


def _index(policy: TunedIndex) -> Data:
    _, children, below = policy.links
    return {
        "weights": dict(zip(policy.PARAMETERS, policy.weights.tolist(), strict=True)),
        "constant": policy.constant.tolist(),
        "order": policy.order.tolist(),
        "lasts": policy.lasts.tolist(),
        "children": _lists(children),
        "below": _lists(below),
    }


def _scorer(teacher: Teacher) -> Data:
    """Its first layer by what it belongs to, for raw features; the layers behind; the tables that it looks up."""
    network: ScorerNetwork = teacher.network
    by_item, row, student, predicted, _ = network.first.parts
    tables, settings = network.features.arrays, teacher.card["settings"]
    return {
        "of_item": by_item.tolist(),
        "of_row": row.tolist(),
        "of_student": student.tolist(),
        "of_predicted": predicted.tolist(),
        "layers": [{"weight": weight.tolist(), "bias": bias.tolist()} for weight, bias in network.rest],
        "prior": network.prior.tolist(),
        "preferred": network.features.prior_predicted.tolist(),
        "ready": float(settings["ready"]),
        "done": float(settings["done"]),
        **{name: tables[name].tolist() for name in ("gain", "right", "kept")},
        "log_cost": tables["constant"][:-1, 1].tolist(),
        "children": _lists(tables["children"]),
    }


def _lists(table: npt.NDArray[np.int64]) -> list[list[int]]:
    """The rows of a table that is padded with -1."""
    return [[int(x) for x in row if x >= 0] for row in table]
