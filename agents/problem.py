"""What every policy is told and asked: the problem and the contract."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Protocol, TypeAlias, runtime_checkable

import numpy as np
import numpy.typing as npt
from zpdgym.errors import InputError, Violations
from zpdgym.parameters import Table, read

from ..envs.beliefs.base import Believed
from ..envs.observe import BUG_COLUMNS

if TYPE_CHECKING:
    from ..students.curriculum.curriculum import Curriculum

__all__ = ["Baseline", "Policy", "Problem", "require"]

Actions = npt.NDArray[np.int64]
Observation = npt.NDArray[np.float32]
Memory: TypeAlias = dict[str, npt.NDArray[Any]]
"""What a policy remembers of each student: arrays whose first axis is the student."""


@dataclass(frozen=True, eq=False)
class Problem:
    """What a policy may know before the first lesson: everything but the students.

    Attributes:
        scenario: the scenario's label, for messages and files.
        curriculum: K skills, M items.
        columns: the columns of the observation, in order; each has ``name``, ``scale``, ``low``, ``high``, ``text``.
        rows: what a row of the observation is: "skills" (R = K) or "items" (R = M).
        n_actions: A; actions 0 … M-1 are the items.
        finish: the action that ends the teaching (M), or None where the scenario has none.
        horizon: the largest possible number of lessons.
        schedule: lessons or minutes per session, days between sessions, days to the exam.
        belief: the tutor's model of the students, with ``expected_gain``, ``p_correct`` and ``after``, which take
            what ``believed`` reads from an observation.
        mastered_at: a skill counts as mastered from this value on.
        action_names: (A,) the items' names, then "finish" where there is one.
        probe: the truth about the students (``mastery()``, ``p_all()``, ``expected_gain()``, ``student``); None
            unless the policy is privileged.
        catalogue: whether some items are forbidden at times, by ``actions`` of the scenario; masks say which.
    """

    scenario: str
    curriculum: Curriculum
    columns: tuple[Any, ...]
    rows: str
    n_actions: int
    finish: int | None
    horizon: int
    schedule: Any
    belief: Any
    mastered_at: float
    action_names: tuple[str, ...]
    probe: Any = None
    catalogue: bool = False

    @classmethod
    def of(cls, env: Any, *, privileged: bool = False) -> Problem:
        """The problem that an environment (``TutorVectorEnv`` or ``TutorEnv``) poses."""
        wanted = env.scenario.outcome.mastered_at
        return cls(
            scenario=env.scenario.label,
            curriculum=env.curriculum,
            columns=tuple(env.columns),
            rows=env.rows,
            n_actions=env.n_actions,
            finish=env.finish,
            horizon=env.horizon,
            schedule=env.schedule,
            belief=env.belief,
            mastered_at=env.student.mastered_at if wanted is None else wanted,
            action_names=tuple(env.action_names),
            probe=env.probe if privileged else None,
            catalogue=env.scenario.once or env.scenario.locked,
        )

    def index(self, name: str) -> int:
        """The position of a column in the observation.

        Raises:
            InputError: the scenario does not show this column.
        """
        for j, column in enumerate(self.columns):
            if column.name == name:
                return j
        shown = ", ".join(c.name for c in self.columns)
        raise InputError(f"scenario {self.scenario} does not show the column '{name}' (it shows {shown})")

    def column(self, observation: Observation, name: str) -> npt.NDArray[np.float64]:
        """One column of an observation in natural units (lessons, days, …): (N, R) float64."""
        j = self.index(name)
        return observation[:, :, j].astype(np.float64) * self.columns[j].scale

    @property
    def bugs(self) -> tuple[str, ...]:
        """The columns that say how likely it is that a skill is known wrongly, one for each bug that is shown."""
        shown = {column.name for column in self.columns}
        return tuple(name for name in BUG_COLUMNS if name in shown)

    def believed(self, observation: Observation) -> Believed:
        """What the tutor believes of every skill, as its predictions take it: ``problem.belief.p_correct(believed)``.

        Raises:
            InputError: the scenario does not show the column ``belief``, or has rows of items.
        """
        if self.rows != "skills":
            raise InputError(f"beliefs are shown by observe.rows=skills; scenario {self.scenario} has {self.rows}")
        shown = {column.name for column in self.columns}
        more = {name: self.column(observation, name) for name in ("ready", "open", "tries") if name in shown}
        if self.bugs:
            more["bugs"] = np.stack([self.column(observation, name) for name in self.bugs], axis=2)
        return Believed(self.column(observation, "belief"), **more)


@runtime_checkable
class Policy(Protocol):
    """Whoever chooses the next item: a rule, a plan, a trained teacher.

    A policy decides for a whole cohort at once. Row i of the actions depends on row i of the arguments (and of the
    state) alone, and equal history and equal ``u`` give equal actions, whatever N. ``check_policy`` tests this.

    Attributes:
        name: what tables print.
        privileged: True when it looks inside the students (``problem.probe``); tables say so.
        learnt: True when its parameters come from training by reinforcement.
        draws: how many uniforms ``u`` it needs per lesson; 0 for a policy without luck.
        needs: the names of the columns that it reads.
    """

    name: str
    privileged: bool
    learnt: bool
    draws: int
    needs: frozenset[str]

    def bind(self, problem: Problem) -> None:
        """Get ready to teach this problem; called once before the first lesson.

        Raises:
            InputError: the policy cannot teach here, e.g. the scenario does not show a column that it needs.
        """
        ...

    def predict(
        self,
        observation: Observation,
        state: Any = None,
        episode_start: npt.NDArray[np.bool_] | None = None,
        deterministic: bool = False,
        *,
        action_masks: npt.NDArray[np.bool_] | None = None,
        u: npt.NDArray[np.float64] | None = None,
    ) -> tuple[Actions, Any]:
        """Choose the next action of every student.

        Args:
            observation: (N, R, F) float32.
            state: what the previous call returned, None before the first lesson; a dict of arrays whose first axis is
                the student, or None for policies that remember nothing.
            episode_start: (N,) True where a new student sits down; None: where ``state`` is None.
            deterministic: the most probable action instead of a sampled one; only learnt policies differ by it.
            action_masks: (N, A) True where the scenario allows the action; None: everything is allowed.
            u: (N, draws) the policy's own uniforms in [0, 1).

        Returns:
            (N,) int64 actions, and the state for the next call.
        """
        ...


def require(policy: Policy, problem: Problem, rows: str = "skills") -> None:
    """Refuse in one clear line when the scenario does not show what the policy needs, or has the wrong rows.

    Raises:
        InputError: naming the policy, the scenario, what is missing and how to get it.
    """
    shown = {c.name for c in problem.columns}
    missing = sorted(policy.needs - shown)
    if missing:
        raise InputError(
            f"policy {policy.name} needs the column{'s' * (len(missing) > 1)} {', '.join(missing)}, which scenario "
            f"{problem.scenario} does not show; add to observe.columns (shown: {', '.join(sorted(shown))})"
        )
    if policy.needs and problem.rows != rows:
        raise InputError(
            f"policy {policy.name} needs observe.rows={rows}; scenario {problem.scenario} has {problem.rows}"
        )


def must_foresee(problem: Problem, who: str) -> None:
    """Refuse in one clear line when the belief foretells gains from more than the scenario shows.

    Raises:
        InputError: naming who looks ahead, the scenario, what is missing and how to get it.
    """
    for name in problem.belief.columns:
        shown = [column.name for column in problem.columns]
        if name not in shown:
            raise InputError(
                f"{who} looks ahead, for which a {problem.belief.kind} belief needs the column {name}, which scenario "
                f"{problem.scenario} does not show; add to observe.columns (shown: {', '.join(sorted(shown))})"
            )


class Asked(NamedTuple):
    """What one call of ``Policy.predict`` asks; see there."""

    observation: Observation
    state: Any
    episode_start: npt.NDArray[np.bool_] | None
    deterministic: bool
    action_masks: npt.NDArray[np.bool_] | None
    u: npt.NDArray[np.float64] | None

    def masks(self, n_actions: int) -> npt.NDArray[np.bool_]:
        """(N, A) what is allowed; everything where nobody says."""
        if self.action_masks is None:
            return np.ones((len(self.observation), n_actions), np.bool_)
        return self.action_masks


class AskedPolicy(ABC):
    """The face that all policies of ours show: ``predict`` as everybody calls it, on top of one ``answer``."""

    def predict(
        self,
        observation: Observation,
        state: Any = None,
        episode_start: npt.NDArray[np.bool_] | None = None,
        deterministic: bool = False,
        *,
        action_masks: npt.NDArray[np.bool_] | None = None,
        u: npt.NDArray[np.float64] | None = None,
    ) -> tuple[Actions, Any]:
        """Choose the next action of every student; see ``Policy.predict``."""
        return self.answer(Asked(observation, state, episode_start, deterministic, action_masks, u))

    @abstractmethod
    def answer(self, asked: Asked) -> tuple[Actions, Any]:
        """The actions (N,), and the state for the next call."""


class Baseline(AskedPolicy):
    """What our untrained policies share: reading their parameters, the check of what they need, and predict().

    Most need no memory, for what a tutor can know is in the columns: they give ``choose``. A policy that remembers
    gives ``blank``, one student's memory before the first lesson, and ``decide``, which changes it.

    A policy takes its parameters in a constructor of its own. Policies of one family, which have parameters in common,
    are dataclasses instead: each says its own parameters as fields, inherits the others, and gives ``configure``.
    """

    PARAMETERS: ClassVar[Table] = {}
    name = "baseline"
    privileged = False
    learnt = False
    draws = 0
    needs: frozenset[str] = frozenset()
    problem: Problem

    def checked(self, arguments: Mapping[str, Any], wrong: Violations | None = None) -> Any:
        """The arguments of the constructor (``locals()`` at its top) or the fields as ``PARAMETERS`` reads them.

        Args:
            arguments: by name.
            wrong: what is wrong with them otherwise, told together with the rest.

        Raises:
            InputError: all that is not allowed, in one line.
        """
        wrong = wrong or Violations(f"policy {self.name}")
        values = read(self.PARAMETERS, arguments, wrong)
        wrong.raise_any()
        return values

    def __post_init__(self) -> None:
        """A dataclass has been given its fields."""
        self.settle()

    def settle(self, wrong: Violations | None = None) -> None:
        """Check the fields; from now on they hold the values as ``PARAMETERS`` reads them.

        Args:
            wrong: as for ``checked``.
        """
        given = self.checked(vars(self), wrong)
        for name in self.PARAMETERS:
            setattr(self, name, getattr(given, name))
        self.configure(given)

    def configure(self, given: SimpleNamespace) -> None:
        """Prepare once what follows from the parameters; for families of policies, which are dataclasses."""

    def bind(self, problem: Problem) -> None:
        """Check that the scenario shows what the policy needs, and prepare its tables."""
        require(self, problem)
        self.problem = problem
        self.prepare(problem)

    def prepare(self, problem: Problem) -> None:
        """Compute once what does not change during the lessons."""

    def blank(self) -> Memory:
        """One student's memory before the first lesson, without the axis of students; {}: nothing is remembered."""
        return {}

    def choose(self, observation: Observation, masks: npt.NDArray[np.bool_], u: Any) -> Actions:
        """The actions (N,) for these students; ``masks`` (N, A) is always given, ``u`` is (N, draws)."""
        # not abstract: a policy that remembers has no use for it
        raise NotImplementedError(f"policy {self.name} must have choose(), or decide() if it remembers")

    def decide(self, observation: Observation, memory: Memory, masks: npt.NDArray[np.bool_], u: Any) -> Actions:
        """The same for a policy that remembers: ``memory`` is its own copy, arrays (N, …), to be changed in place."""
        return self.choose(observation, masks, u)

    def answer(self, asked: Asked) -> tuple[Actions, Any]:
        """By ``decide``, which gets a memory of its own and masks in any case."""
        n, u = len(asked.observation), asked.u
        if self.draws and (u is None or u.shape != (n, self.draws)):
            raise ValueError(f"policy {self.name} draws: give u of shape ({n}, {self.draws})")
        memory = self._recall(n, asked.state, asked.episode_start)
        return self.decide(asked.observation, memory, asked.masks(self.problem.n_actions), u), memory or None

    def _recall(self, n: int, state: Any, episode_start: npt.NDArray[np.bool_] | None) -> Memory:
        """A copy of the memory, blank for new students; the caller keeps its own."""
        blank = self.blank()
        if state is None:
            return {name: np.repeat(values[None], n, axis=0) for name, values in blank.items()}
        memory = {name: state[name].copy() for name in blank}
        if episode_start is not None and episode_start.any():
            for name, values in blank.items():
                memory[name][episode_start] = values
        return memory
