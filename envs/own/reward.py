"""Rewards of one's own: what they are told of a lesson, how they are named, and how their payments are checked."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias, cast

import numpy as np
import numpy.typing as npt
from zpdgym.errors import InputError, Violations, shown
from zpdgym.parameters import Choice

from ...configs.build import TARGET, build
from .called import Handed, address, as_json, name_of, refuses

if TYPE_CHECKING:
    from ...students.model import FloatN, FloatNK, IntN, Outcome
    from ..scenario import Scenario
    from ..teaching import Teaching
    from ..vector_info import Info

__all__ = ["Lesson"]

Bools: TypeAlias = npt.NDArray[np.bool_]
LARGEST = float(np.finfo(np.float32).max)
"""No payment is larger: trainers count in float32."""


@dataclass(frozen=True, eq=False, repr=False)
class Lesson(Handed):
    """What a reward of one's own is told: one lesson of each of N students, before and after.

    "After" is when the next lesson could begin, so the days that pass before it have passed. Where the teaching has
    just ended it is the exam, so the changes of an episode's lessons add up to its outcome, net of forgetting. All
    arrays are the reward's own and cannot be written to.

    Attributes:
        scenario: what is taught, to whom; ``curriculum`` is in it.
        items: (N,) the item that was taught; -1 where there was no lesson.
        outcome: (N,) ``OUTCOME`` records, what a tutor can see of the lesson: answered, correct, quit, hints, minutes …
        ended: (N,) bool, whose teaching has just ended.
        lessons: (N,) how many lessons the student has had, with this one.
        day: (N,) the day of the lesson, from 0.
        beliefs_before: (N, K) what the tutor believed before the lesson.
        beliefs: (N, K) what it believes after.
        mastery_before: (N, K) the truth before the lesson, which no tutor knows.
        mastery: (N, K) the truth after.
        pre: (N,) the expected share of exam items right before the teaching; NaN but where it has just ended.
        exam: (N,) the same at the exam; NaN but where the teaching has just ended.
    """

    scenario: Scenario
    items: IntN
    outcome: Outcome
    ended: Bools
    lessons: IntN
    day: FloatN
    beliefs_before: FloatNK
    beliefs: FloatNK
    mastery_before: FloatNK
    mastery: FloatNK
    pre: FloatN
    exam: FloatN


Pays: TypeAlias = Callable[[Lesson], object]


@dataclass(frozen=True, eq=False)
class OwnReward:
    """A reward that is none of ours.

    Attributes:
        name: what messages call it.
        call: what pays: (N,) numbers for a ``Lesson``.
        spec: the section of a file that makes the same reward; None: it has no address, or nobody knows what it was
            made with.
    """

    name: str
    call: Pays
    spec: Mapping[str, object] | None

    def __str__(self) -> str:
        return self.name

    def __deepcopy__(self, memo: object) -> OwnReward:
        """Copies of an environment are paid by the same reward, as they were made with the same scenario."""
        return self

    def told(self) -> str | dict[str, object]:
        """How files name it."""
        return f"{self.name} (made in Python)" if self.spec is None else dict(self.spec)


Reward: TypeAlias = str | OwnReward | Pays | Mapping[str, object]
"""What ``reward=`` may be: a name, something that can be called, or a section with ``_target_``."""


@dataclass(frozen=True)
class RewardChoice(Choice):
    """One of our rewards by its name, or one's own."""

    @property
    def range(self) -> str:
        """The names, and what else there may be."""
        return f"{super().range}, or your own: a section with {TARGET}, in Python also a function"

    def read(self, value: object, name: str, wrong: Violations, sizes: Mapping[str, int]) -> str | OwnReward:
        """The name, or the reward of one's own."""
        section = section_of(value)
        if set(section) == {"kind"}:
            value = section["kind"]
        if callable(value) or isinstance(value, OwnReward) or TARGET in section:
            try:
                return own_reward(value)
            except InputError as error:
                wrong.unless(False, str(error))
                return str(self.options[0])
        return super().read(value, name, wrong, sizes)


def section_of(value: object) -> Mapping[str, object]:
    """The keys of a section; none where it is no section."""
    return cast("Mapping[str, object]", value) if isinstance(value, Mapping) else dict[str, object]()


def own_reward(given: object, where: str = "reward") -> OwnReward:
    """A reward of one's own from what names or makes it.

    Args:
        given: a section with ``_target_`` (a class, which is made with the other keys, or a function, which gets them
            with every lesson), something that can be called, or a class that is made without arguments.
        where: the key, for messages.

    Raises:
        InputError: there is no such name, it is no reward, or it does not take what it is given.
    """
    if isinstance(given, OwnReward):
        return given
    if isinstance(given, Mapping):
        section = cast("Mapping[str, object]", given)
        if "kind" in section:
            both = f"kind={shown(section['kind'])} and {TARGET}={shown(section.get(TARGET))}"
            raise InputError(f"{where}: {both} contradict each other: give one")
        name, call, spec = str(section.get(TARGET)), cast("object", build(section, where)), as_json(section)
    elif isinstance(given, type):
        name = name_of(given)
        if (why := refuses(given)) is not None:
            raise InputError(f"{where}: the class {name} cannot be made without arguments ({why}): give one that was")
        call, spec = cast("object", given()), address(given, {})
    else:
        call, name, spec = given, name_of(given), _spec(given)
    if not callable(call):
        raise InputError(f"{where}: {name} cannot be called, it must pay for a lesson: reward(lesson)")
    if (why := refuses(call, "lesson")) is not None:
        raise InputError(f"{where}: {name} must take one lesson, reward(lesson): {why}")
    return OwnReward(name, call, spec)


class Payer:
    """Pays the rewards of one environment by a reward of one's own.

    Args:
        env: the environment.
        own: its reward.
    """

    def __init__(self, env: Teaching, own: OwnReward) -> None:
        self._env, self.own = env, own
        self._before = (np.zeros((0, 0)), np.zeros((0, 0)))

    def look(self) -> None:
        """Note what is believed and true before a lesson."""
        self._before = self._values()

    def pay(self, reward: FloatN, ended: Bools, day: FloatN, truth: Info | None) -> None:
        """Pay for the lesson that was taught since ``look``, before anybody begins anew.

        Args:
            reward: (N,) filled; 0 where there was neither a lesson nor an end of the teaching.
            ended: (N,) whose episode has just ended.
            day: (N,) when the lesson was.
            truth: what ``examine`` tells of those, where there is somebody.

        Raises:
            InputError: the reward pays something else than one finite number for each student.
        """
        env, (beliefs, mastery) = self._env, self._values()
        pre, exam = np.full((2, len(reward)), np.nan)
        if truth is not None:
            rows = np.flatnonzero(ended)
            pre[rows], exam[rows], mastery[rows] = (truth[name][rows] for name in ("pre", "exam", "mastery"))
            beliefs[rows] = env.beliefs_at_exam(rows)["belief"]
        lesson = Lesson(
            env.scenario, env.items.copy(), env.outcome.copy(), ended.copy(), env.records["lesson"].copy(), day.copy(),
            self._before[0], beliefs, self._before[1], mastery, pre, exam,
        )  # fmt: skip
        reward[:] = self._checked(self.own.call(lesson), (lesson.items >= 0) | ended)

    def _values(self) -> tuple[FloatNK, FloatNK]:
        return self._env.believed(), np.array(self._env.student.mastery(self._env.state), np.float64)

    def _checked(self, given: object, paid: Bools) -> FloatN:
        """What the reward gave as float64, 0 where nobody is paid."""
        n = len(paid)
        wanted = f"reward {self.own.name} must give {n} finite numbers (at most 3e38), one a student: shape ({n},)"
        try:
            values = np.asarray(given)
        except (ValueError, TypeError, RuntimeError) as error:  # lists of different lengths, arrays of other libraries
            raise InputError(f"{wanted}, not {type(given).__name__} ({error})") from error
        if values.shape != (n,) or values.dtype.kind not in "biuf":
            what = "None" if given is None else f"shape {values.shape} of {values.dtype}"
            raise InputError(f"{wanted}, not {what}")
        values = np.where(paid, values, 0).astype(np.float64)
        if not (fine := np.abs(values) <= LARGEST).all():
            row = int(np.argmin(fine))
            raise InputError(f"{wanted}; row {row} is {values[row]}")
        return values


def _spec(given: object) -> Mapping[str, object] | None:
    """The section that makes the same reward; None where that cannot be told."""
    if isinstance(given, functools.partial):
        part = cast("functools.partial[object]", given)
        return None if part.args else address(part.func, part.keywords)
    if dataclasses.is_dataclass(given):
        made = {
            field.name: cast("object", getattr(given, field.name)) for field in dataclasses.fields(given) if field.init
        }
        return address(type(given), made)
    return address(given, {}) if hasattr(given, "__qualname__") else None
