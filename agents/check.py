"""check_policy: does a policy keep the contract?"""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from zpdgym.errors import InputError, shown, unknown
from zpdgym.parameters import Number, Table, read_arguments

from .problem import Policy, Problem, require
from .registry import build_policy

if TYPE_CHECKING:
    from ..envs.scenario import Scenario

__all__ = ["check_policy"]

ATTRIBUTES = {"name": str, "privileged": bool, "learnt": bool, "draws": int, "needs": frozenset}
CHECK: Table = {"n_students": Number("how many students", low=2, high=10_000, whole=True)}
LESSONS = 6
FEW = 16
"""So many students are enough to notice a policy that counts on itself before a cohort is taught.

Half of them fill whole blocks of matrix products, too, so that equally good items do not change places by rounding.
"""


class BrokenPromise(AssertionError):
    """A policy does not keep the contract.

    Attributes:
        text: which promise it breaks, without the policy's name.
    """

    def __init__(self, policy: str, text: str) -> None:
        super().__init__(f"policy {policy}: {text}")
        self.text = text


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
    chosen = scenario if isinstance(scenario, Scenario) else Scenario.load(scenario)
    for column in sorted(built.needs - {*ALL_COLUMNS, *chosen.column_names}):
        _promise(built, False, f"needs: {unknown('column', str(column), ALL_COLUMNS)}")
    if missing := sorted(built.needs - {*chosen.column_names}):
        raise InputError(
            f"policy {built.name} needs {', '.join(missing)}, which {chosen.label} does not show: name a scenario that "
            'does, as in check_policy(policy, "practice")'
        )
    env = chosen.make(n_students, seed=0, autoreset=False)
    _promise(built, (why := unasked(built)) is None, str(why))
    _kept(built.name, "bind", built.bind, Problem.of(env, privileged=built.privileged))
    lessons = _Lessons(built, env, every=True)
    lessons.whole()
    if not built.privileged:  # its probe is always of the whole cohort
        lessons.part()
    silent = "" if lessons.asks() else "; in these it asks nothing, for every item that it chose is only read"
    return f"{built.name} keeps the contract ({n_students} students, {lessons.n} lessons of {chosen.label}){silent}"


def must_decide_by_rows(policy: Policy, scenario: Scenario) -> None:
    """Refuse a policy that counts on itself, before it teaches: its numbers would depend on how it is asked.

    A few students are taught a few lessons. Ours are not asked: tests do that.

    Raises:
        InputError: asked twice, or about some of the students alone, it answers otherwise, or it gives no actions.
    """
    if type(policy).__module__.partition(".")[0] == "zpdgym":
        return
    env = scenario.make(FEW, seed=0, autoreset=False, reward="exam")
    problem = Problem.of(env, privileged=policy.privileged)
    require(policy, problem, rows=problem.rows)
    if (why := unasked(policy)) is not None:
        raise InputError(f"policy {policy.name}: {why}")
    policy.bind(problem)
    lessons = _Lessons(policy, env, every=False)
    try:
        lessons.whole()
        if not policy.privileged:
            lessons.part()
    except BrokenPromise as broken:
        raise InputError(f"policy {policy.name} in {scenario.label}: {broken.text}") from broken


def unasked(policy: Policy) -> str | None:
    """Why ``predict`` cannot be called as it will be; None: it can."""
    try:
        call = inspect.signature(policy.predict)
    except (TypeError, ValueError):  # what is compiled may not say what it takes
        return None
    try:
        call.bind(None, None, None, True, action_masks=None, u=None)
    except TypeError as error:
        return f"predict must take (observation, state, episode_start, deterministic, *, action_masks, u): {error}"
    return None


def fault_of(answer: object, n: int) -> str | None:
    """What is wrong with the form of what ``predict`` answers for ``n`` students; None: nothing."""
    if not isinstance(answer, tuple) or len(cast("tuple[object, ...]", answer)) != 2:
        size = f" of {len(cast('tuple[object, ...]', answer))}" if isinstance(answer, tuple) else ""
        return f"predict must give actions and state, not {type(answer).__name__}{size}"
    given = cast("tuple[object, object]", answer)[0]
    try:
        actions = np.asarray(given)
    except ValueError:  # lists of different lengths
        actions = np.asarray(None)
    if actions.shape == (n,) and actions.dtype.kind in "iu":
        return None
    what = type(given).__name__ if actions.dtype.kind == "O" else f"{actions.shape} {actions.dtype}"
    return f"predict must give an array of ({n},) whole numbers, not {what}"


def _promise(policy: Any, kept: bool, text: str) -> None:
    if not kept:
        raise BrokenPromise(getattr(policy, "name", type(policy).__name__), text)


def _kept(name: str, part: str, call: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
    """What the policy answers; a failure of its own is a broken promise too."""
    try:
        return call(*arguments, **options)
    except (InputError, AssertionError):
        raise
    except Exception as error:
        raise BrokenPromise(name, f"{part} raised {type(error).__name__}: {error}") from error


class _Lessons:
    """A few lessons, and what the policy was asked and answered in them.

    Args:
        policy: who teaches.
        env: of whom.
        every: look at every promise; else only at those without which its numbers mean nothing, and let what it raises
            tell its own file and line.
    """

    def __init__(self, policy: Any, env: Any, *, every: bool) -> None:
        self.policy, self.env, self.n, self.every = policy, env, min(env.horizon, LESSONS), every
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
            if self.every:
                _promise(self.policy, np.array_equal(observation, frozen), "predict changed the observation")
                self._legal(actions, ask["action_masks"])
            again = self._ask(frozen.copy(), before, ask)[0]
            _promise(
                self.policy, np.array_equal(actions, again), f"lesson {lesson}: asked twice, it answered otherwise"
            )
            self.seen.append((frozen, ask, np.array(actions)))
            try:
                observation, _, _, _, info = self.env.step(actions)
            except InputError:  # a forbidden action, which the teaching itself tells of its own students
                return
        if self.every and not self.policy.privileged:
            observation, ask, first = self.seen[0]
            fresh = self._ask(observation, state, ask)[0]
            text = "with episode_start a new student must be taught as if state were None"
            _promise(self.policy, np.array_equal(fresh, first), text)

    def asks(self) -> bool:
        """Whether any item that was chosen asks for an answer."""
        asking = np.append(self.env.curriculum.asks, False)  # to end the teaching is no question
        return any(bool(asking[actions].any()) for _, _, actions in self.seen)

    def _ask(self, observation: Any, state: Any, ask: Mapping[str, Any], *, alone: bool = False) -> tuple[Any, Any]:
        when = "asked about every second student alone, " if alone else ""
        given, named = (observation, state), dict(ask)
        if not self.every:  # as it will be asked: by position, whatever the arguments are called
            given = (*given, named.pop("episode_start"), named.pop("deterministic"))
        if self.every or alone:  # what fails when some are alone did not fail for all of them together
            answer = _kept(self.policy.name, f"{when}predict", self.policy.predict, *given, **named)
        else:
            answer = self.policy.predict(*given, **named)
        fault = fault_of(answer, len(observation))
        _promise(self.policy, fault is None, f"{when}{fault}")
        return answer

    def _legal(self, actions: Any, masks: Any) -> None:
        n, actions = self.env.num_envs, np.asarray(actions)
        inside = (actions >= 0) & (actions < self.env.n_actions)
        inside &= masks[np.arange(n), np.clip(actions, 0, self.env.n_actions - 1)]
        _promise(self.policy, bool(inside.all()), f"action {actions[~inside][:1]} is not allowed; see action_masks")

    def part(self) -> None:
        """Ask the same questions about every second student alone."""
        state = None
        for observation, ask, actions in self.seen:
            half = {k: v[::2].copy() if isinstance(v, np.ndarray) else v for k, v in ask.items()}
            alone, state = self._ask(observation[::2].copy(), state, half, alone=True)
            text = "a student's item depends on who else is in the cohort; it must depend on the own row alone"
            _promise(self.policy, np.array_equal(alone, actions[::2]), text)
