"""The policies that are packed: as they come, and item scorers with drawn weights, which need no training."""

from __future__ import annotations

from typing import Any

import numpy as np
from zpdgym.agents.learnt.networks.compiled_scorer import ScorerNetwork
from zpdgym.agents.learnt.networks.item_features import ItemFeatures
from zpdgym.agents.learnt.teacher import Teacher
from zpdgym.agents.problem import Problem
from zpdgym.agents.registry import build_policy, load_policy
from zpdgym.envs import Scenario
from zpdgym.envs.scenario_set import ScenarioSet

RULES = ("cycle", "level", "gain", "gain_per_minute", 0.65)
LESSONS = 20


def drawn(kind: str, scenario: Scenario, seed: int) -> Any:
    """A policy of this kind (mastery, tuned_index or ppo_scorer) whose settings are drawn."""
    rng = np.random.default_rng(seed)
    if kind == "ppo_scorer":
        return drawn_scorer(scenario, seed)
    spec = load_policy(kind)
    if kind == "tuned_index":
        weights = spec.pop("tune")["space"]
        return build_policy({**spec, **{name: float(rng.normal(scale=1.5)) for name in weights}})
    settings = {
        "threshold": float(rng.uniform(0.6, 0.98)),
        "ready": float(rng.choice([0.0, 0.4, 0.8])),
        "review_days": float(rng.choice([0.0, 3.0])),
        "cap": int(rng.choice([0, 6])),
        "items": RULES[seed % len(RULES)],
    }
    return build_policy({**spec, **settings})


def drawn_scorer(scenario: Scenario, seed: int, *, ready: float = 0.6) -> Teacher:
    """An item scorer with drawn weights, whose features are standardised over lessons with items at random."""
    rng = np.random.default_rng(seed)
    env = scenario.make(64, seed=0, autoreset=False)
    problem = Problem.of(env)
    features = ItemFeatures.of(problem, ready_at=ready, done_at=2.0)
    seen, masks = [env.reset(seed=0)[0]], [env.action_masks()]
    for _ in range(LESSONS):
        seen.append(env.step(rng.integers(0, env.curriculum.n_items, env.num_envs))[0])
        masks.append(env.action_masks())
    features.standardise(np.concatenate(seen), np.concatenate(masks))
    learner: Any = build_policy({**load_policy("ppo_scorer"), "ready": ready})
    weights = {f"constant.{name}": array for name, array in features.arrays.items()}
    settings = learner.settings()
    card = {"columns": [c.name for c in problem.columns], "rows": problem.rows, "n_items": env.curriculum.n_items}
    card |= {"n_skills": env.curriculum.n_skills, "settings": settings}
    for name, shape in ScorerNetwork.shapes(card, weights).items():
        if name not in weights:
            weights[name] = rng.normal(scale=0.5, size=shape).astype(np.float32)
    return Teacher.of(problem, learner, weights, {}, trained_on=ScenarioSet([scenario]))
