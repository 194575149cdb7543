"""One size fits all: a calendar of items that is the same for everybody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, cast

import numpy as np
import numpy.typing as npt
from zpdgym.errors import InputError, Violations, shown, unknown
from zpdgym.parameters import Choice, Number, Parameter, Table

from ...students import draws
from ..problem import Actions, Baseline, Observation, Problem, must_foresee
from .item_rule import ladders
from .parameters import PER

if TYPE_CHECKING:
    from ...envs.scenario import Scenario

__all__ = ["Classroom"]

CLASS_SIZE = 400
"""Students of the class that a calendar is made with; they are never evaluated."""


@dataclass(frozen=True)
class Calendar(Parameter):
    """A list of names of items."""

    allowed: str = "names of items"

    def read(self, value: Any, name: str, wrong: Violations, sizes: Mapping[str, int]) -> Any:
        """The list; whether there are such items is seen when the policy is bound."""
        named = (
            list(cast("Sequence[object]", value)) if isinstance(value, Sequence) and not isinstance(value, str) else []
        )
        fine = bool(named) and all(isinstance(item, str) for item in named)
        wrong.unless(fine, f"{name}={shown(value)} must be a list of names of items, at least one")
        return named if fine else None


class Classroom(Baseline):
    """Follow a calendar: lesson t shows the same item to everybody, whatever they answered.

    The calendar is made beforehand with a class of its own (``rehearse``). At each lesson, of the items that the plan
    allows, it takes the one with the best expected gain by the tutor's belief, averaged over that class; everybody is
    taught it; and so on. It never looks inside a student. The plans:

    * ``gain``: every item whose skills have an average readiness of at least ``ready``;
    * ``mastery``: the items of the first skill in curriculum order whose average belief is below ``threshold`` and
      whose average readiness is at least ``ready`` (the lowest average belief where there is none);
    * ``blocked``: the items of one skill after the other in curriculum order, each for an equal part of the first
      ``first_pass`` of the budget; what is left is a review, one lesson each, round and round.

    Raises:
        InputError: a parameter out of range.
    """

    PARAMETERS: ClassVar[Table] = {
        "plan": Choice("what the class is taught: any ready item, the first skill that it does not know, or skill "
                       "after skill", options=("gain", "mastery", "blocked")),
        "ready": Number("average readiness from which a skill is taught", low=0, high=1, unit="belief"),
        "threshold": Number("for `mastery`: average belief from which the class goes on",
                            low=0, high=1, above=True, unit="belief"),
        "first_pass": Number("for `blocked`: how much of the budget goes to the first pass; the rest is review",
                             low=0, high=1, above=True, unit="share"),
        "per": PER,
        "calendar": Calendar("the names of the items, lesson by lesson, and again from the start; none: made by the "
                             "rehearsal", optional=True),
    }  # fmt: skip
    name = "classroom"
    needs = frozenset({"lesson"})

    def __init__(
        self,
        *,
        plan: str = "gain",
        ready: float = 0.5,
        threshold: float = 0.8,
        first_pass: float = 0.8,
        per: str = "lesson",
        calendar: Sequence[str] | None = None,
    ) -> None:
        given = self.checked(locals())
        self.plan, self.ready, self.threshold = given.plan, given.ready, given.threshold
        self.first_pass, self.per, self.calendar = given.first_pass, given.per, given.calendar

    @property
    def rehearsed(self) -> bool:
        """Whether there is a calendar: one that was given is followed, and none is made."""
        return self.calendar is not None

    def prepare(self, problem: Problem) -> None:
        """Find the calendar's items in this curriculum."""
        if self.calendar is None:
            raise InputError("policy classroom has no calendar yet: zpdgym.agents.tuning.prepare(...) makes one")
        index = {name: m for m, name in enumerate(problem.curriculum.items)}
        for name in self.calendar:
            if name not in index:
                raise unknown(f"item in the calendar for scenario {problem.scenario}", name, index)
        self.actions = np.array([index[name] for name in self.calendar], np.int64)

    def choose(self, observation: Observation, masks: npt.NDArray[np.bool_], u: Any) -> Actions:
        """The calendar's item; where a catalogue forbids that, the next of the calendar that is allowed."""
        lesson = np.rint(self.problem.column(observation, "lesson")[:, 0]).astype(np.int64) % len(self.actions)
        chosen = self.actions[lesson]
        for i in np.flatnonzero(~masks[np.arange(len(chosen)), chosen]):
            on = np.roll(self.actions, -lesson[i])
            fine = on[masks[i, on]]
            chosen[i] = fine[0] if len(fine) else masks[i].argmax()
        return chosen

    def rehearse(self, scenario: Scenario, *, cohort_seed: int) -> dict[str, Any]:
        """Make the calendar with a class of its own.

        Args:
            scenario: what is taught.
            cohort_seed: the experiment's; the class is its cohort "calendar".

        Returns:
            ``{"calendar": [...]}``, to be put into the policy's specification.
        """
        env = scenario.make(CLASS_SIZE, seed=draws.spawn_seed(cohort_seed, "calendar"), autoreset=False)
        problem = Problem.of(env)
        must_foresee(problem, f"policy {self.name}")
        allowed = _Plan(self, problem)
        costs = problem.curriculum.minutes if self.per == "minute" else np.ones(problem.curriculum.n_items)
        calendar: list[str] = []
        observation, _ = env.reset()
        while not env.done.all():
            here = observation[~env.done]
            gains = problem.belief.expected_gain(problem.believed(here)).mean(axis=0) / costs
            open_ = env.action_masks()[~env.done, : len(gains)].all(axis=0)  # for everybody who is still there
            fine = allowed(here) & open_
            gains[~(fine if fine.any() else open_)] = -np.inf
            item = int(gains.argmax())
            calendar.append(problem.curriculum.items[item])
            observation = env.step(np.full(CLASS_SIZE, item, np.int64))[0]
        return {"calendar": calendar}


class _Plan:
    """Which items a plan allows at each lesson, given what is believed about the class."""

    def __init__(self, policy: Classroom, problem: Problem) -> None:
        self.policy, self.problem, self.curriculum = policy, problem, problem.curriculum
        self.ladder = ladders(problem.curriculum)[0]
        self.reviews = 0

    def __call__(self, observation: Observation) -> npt.NDArray[np.bool_]:
        policy, order = self.policy, self.curriculum.order
        if policy.plan == "blocked":
            used = 1.0 - float(observation[:, 0, self.problem.index("time_left")].mean(dtype=np.float64))
            place = int(used / policy.first_pass * len(order) + 1e-5)
            if place >= len(order):
                place = self.reviews % len(order)
                self.reviews += 1
            return self._own(order[place])
        belief = self.problem.column(observation, "belief").mean(axis=0)
        ready = self.problem.column(observation, "ready").mean(axis=0) >= policy.ready
        if policy.plan == "mastery":
            waiting = [k for k in order if ready[k] and belief[k] < policy.threshold]
            return self._own(waiting[0] if waiting else int(belief.argmin()))
        fine = np.array(~(self.curriculum.q & ~ready).any(axis=1))
        return fine if fine.any() else np.ones(self.curriculum.n_items, bool)

    def _own(self, skill: int) -> npt.NDArray[np.bool_]:
        chosen = np.zeros(self.curriculum.n_items, bool)
        own = self.ladder[skill]
        chosen[own[own >= 0]] = True
        return chosen
