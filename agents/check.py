"""check_policy: does a policy keep the contract?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ..students.errors import Violations
from .policies import build_policy, load_policy
from .problem import Policy, Problem

if TYPE_CHECKING:
    from ..envs.scenario import Scenario

ATTRIBUTES = {"name": str, "privileged": bool, "learnt": bool, "draws": int, "needs": frozenset}


def check_policy(
    policy: str | Mapping[str, Any] | Policy, scenario: str | Scenario = "Tiny-v0", *, n_students: int = 12
) -> None:
    """Test a policy against the contract on some simulated students; say everything that is wrong at once.

    It must have the attributes of ``Policy``, give whole-number actions that the scenario allows, leave its arguments
    as they were, repeat itself, and decide for each student by that student's rows alone.

    Args:
        policy: a name, a specification, or a policy object.
        scenario: where to try it.
        n_students: how many students.

    Raises:
        InputError: naming every promise that is broken.
    """
    from ..envs.scenario import Scenario

    given = load_policy(policy) if isinstance(policy, str | Mapping) else policy
    chosen = Scenario.load(scenario) if isinstance(scenario, str) else scenario
    built: Any = build_policy(given) if isinstance(given, Mapping) else given
    wrong = Violations(f"policy {getattr(built, 'name', type(built).__name__)}")
    for attribute, kind in ATTRIBUTES.items():
        value = getattr(built, attribute, None)
        wrong.unless(isinstance(value, kind), f"{attribute}={value!r} must be a {kind.__name__}")
    wrong.raise_any()
    env = chosen.make(n_students, seed=0, autoreset=False)
    built.bind(Problem.of(env, privileged=built.privileged))
    _check_lessons(built, env, wrong)
    wrong.raise_any()


def _check_lessons(policy: Any, env: Any, wrong: Violations) -> None:
    """Teach a few lessons; at each, ask the policy again in other ways and compare."""
    n, state, half = env.num_envs, None, None
    observation, info = env.reset(seed=0)
    start = np.ones(n, bool)
    luck = np.random.default_rng(0)
    for lesson in range(min(env.horizon, 5)):
        u = luck.random((n, policy.draws)) if policy.draws else None
        masks = info["action_mask"]
        ask = {"episode_start": start, "deterministic": True, "action_masks": masks, "u": u}
        frozen = observation.copy()
        actions, following = policy.predict(observation, state, **ask)
        actions = np.asarray(actions)
        fine = actions.shape == (n,) and np.issubdtype(actions.dtype, np.integer)
        wrong.unless(fine, f"predict must give ({n},) whole numbers, not {actions.shape} {actions.dtype}")
        wrong.unless(np.array_equal(observation, frozen), "predict changed the observation; it must only read it")
        wrong.raise_any()
        legal = (actions >= 0) & (actions < env.n_actions)
        legal &= masks[np.arange(n), np.clip(actions, 0, env.n_actions - 1)]
        wrong.unless(
            bool(legal.all()), f"lesson {lesson}: action {actions[~legal][:1]} is not allowed: see action_masks"
        )
        again = policy.predict(observation, state, **ask)[0]
        wrong.unless(np.array_equal(actions, again), f"lesson {lesson}: asked twice, it answered differently")
        half = _check_rows(policy, observation, half, ask, actions, wrong)
        wrong.raise_any()
        state = following
        observation, _, _, _, info = env.step(actions)
        start = np.zeros(n, bool)


def _check_rows(policy: Any, observation: Any, half: Any, ask: dict[str, Any], actions: Any, wrong: Violations) -> Any:
    """Every second student alone must get the same items as within the cohort."""
    if policy.privileged:  # its probe is of the whole cohort
        return None
    part = {k: v[::2] if isinstance(v, np.ndarray) else v for k, v in ask.items()}
    alone, following = policy.predict(observation[::2].copy(), half, **part)
    same = np.array_equal(np.asarray(alone), actions[::2])
    wrong.unless(same, "a student's item depends on who else is in the cohort; it must depend on the own row alone")
    return following
