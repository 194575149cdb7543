"""check_policy: does a policy keep the contract?"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from zpdgym.errors import InputError, shown, unknown
from zpdgym.parameters import Number, Table, read_arguments

from .problem import Policy, Problem
from .registry import build_policy

if TYPE_CHECKING:
    from ..envs.scenario import Scenario

__all__ = ["check_policy"]

ATTRIBUTES = {"name": str, "privileged": bool, "learnt": bool, "draws": int, "needs": frozenset}
CHECK: Table = {"n_students": Number("how many students", low=2, high=10_000, whole=True)}
LESSONS = 6


def check_policy(
    policy: str | Mapping[str, Any] | Policy | Callable[[], Policy],
    scenario: str | Scenario = "Tiny-v0",
    *,
    n_students: int = 12,
) -> str:
    """Check that a policy keeps what every policy must keep, on some simulated students.

    It has the attributes of ``Policy``; its actions are whole numbers that the scenario allows; it only reads its
    arguments; asked twice, it answers the same; it decides for each student by that student's rows alone; and it
    begins afresh with every new student.

    Args:
        policy: a name, a specification, a policy, or a class that makes one without arguments.
        scenario: where to try it.
        n_students: how many students.

    Returns:
        One sentence that says what was looked at.

    Raises:
        AssertionError: the first promise that is broken, in a sentence.
        InputError: the policy cannot teach this scenario.
    """
    from ..envs.observe import ALL_COLUMNS
    from ..envs.scenario import Scenario

    n_students = read_arguments(CHECK, locals(), "check_policy").n_students
    built: Any = build_policy(policy) if isinstance(policy, str | Mapping) else policy
    built = _kept(built.__name__, "made without arguments, it", built) if isinstance(built, type) else built
    if not hasattr(built, "predict"):
        raise InputError(f"check_policy needs a policy, its name or its class, not {shown(built)}")
    for attribute, kind in ATTRIBUTES.items():
        value = getattr(built, attribute, None)
        _promise(built, isinstance(value, kind), f"{attribute}={value!r} must be a {kind.__name__}")
    for column in sorted(built.needs - set(ALL_COLUMNS)):
        _promise(built, False, f"needs: {unknown('column', str(column), ALL_COLUMNS)}")
    chosen = scenario if isinstance(scenario, Scenario) else Scenario.load(scenario)
    env = chosen.make(n_students, seed=0, autoreset=False)
    _kept(built.name, "bind", built.bind, Problem.of(env, privileged=built.privileged))
    lessons = _Lessons(built, env)
    lessons.whole()
    if not built.privileged:  # its probe is always of the whole cohort
        lessons.part()
    return f"{built.name} keeps the contract ({n_students} students, {lessons.n} lessons of {chosen.label})"


def _promise(policy: Any, kept: bool, text: str) -> None:
    if not kept:
        raise AssertionError(f"policy {getattr(policy, 'name', type(policy).__name__)}: {text}")


def _kept(name: str, part: str, call: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
    """What the policy answers; a failure of its own is a broken promise too."""
    try:
        return call(*arguments, **options)
    except (InputError, AssertionError):
        raise
    except Exception as error:
        raise AssertionError(f"policy {name}: {part} raised {type(error).__name__}: {error}") from error


class _Lessons:
    """A few lessons, and what the policy was asked and answered in them."""

    def __init__(self, policy: Any, env: Any) -> None:
        self.policy, self.env, self.n = policy, env, min(env.horizon, LESSONS)
        self.seen: list[tuple[Any, dict[str, Any], Any]] = []

    def whole(self) -> None:
        """Teach; at every lesson look at the actions, and ask once more."""
        n, state, luck = self.env.num_envs, None, np.random.default_rng(0)
        observation, info = self.env.reset(seed=0)
        for lesson in range(self.n):
            ask = {
                "episode_start": np.full(n, lesson == 0),
                "deterministic": True,
                "action_masks": info["action_mask"],
                "u": luck.random((n, self.policy.draws)) if self.policy.draws else None,
            }
            before, frozen = copy.deepcopy(state), observation.copy()
            actions, state = self._ask(observation, state, ask)
            _promise(self.policy, np.array_equal(observation, frozen), "predict changed the observation")
            self._legal(actions, ask["action_masks"])
            again = self._ask(observation, before, ask)[0]
            _promise(
                self.policy, np.array_equal(actions, again), f"lesson {lesson}: asked twice, it answered otherwise"
            )
            self.seen.append((frozen, ask, np.array(actions)))
            observation, _, _, _, info = self.env.step(actions)
        if not self.policy.privileged:
            observation, ask, first = self.seen[0]
            fresh = self._ask(observation, state, ask)[0]
            text = "with episode_start a new student must be taught as if state were None"
            _promise(self.policy, np.array_equal(fresh, first), text)

    def _ask(self, observation: Any, state: Any, ask: Mapping[str, Any]) -> tuple[Any, Any]:
        answer = _kept(self.policy.name, "predict", self.policy.predict, observation, state, **ask)
        pair = isinstance(answer, tuple) and len(answer) == 2
        _promise(self.policy, pair, f"predict must give actions and state, not {type(answer).__name__}")
        return answer

    def _legal(self, actions: Any, masks: Any) -> None:
        n = self.env.num_envs
        fine = isinstance(actions, np.ndarray) and actions.shape == (n,) and np.issubdtype(actions.dtype, np.integer)
        kind = f"{getattr(actions, 'shape', '')} {getattr(actions, 'dtype', type(actions).__name__)}"
        _promise(self.policy, fine, f"predict must give an array of ({n},) whole numbers, not {kind}")
        inside = (actions >= 0) & (actions < self.env.n_actions)
        inside &= masks[np.arange(n), np.clip(actions, 0, self.env.n_actions - 1)]
        _promise(self.policy, bool(inside.all()), f"action {actions[~inside][:1]} is not allowed; see action_masks")

    def part(self) -> None:
        """Ask the same questions about every second student alone."""
        state = None
        for observation, ask, actions in self.seen:
            half = {k: v[::2] if isinstance(v, np.ndarray) else v for k, v in ask.items()}
            alone, state = self._ask(observation[::2].copy(), state, half)
            text = "a student's item depends on who else is in the cohort; it must depend on the own row alone"
            _promise(self.policy, np.array_equal(alone, actions[::2]), text)
