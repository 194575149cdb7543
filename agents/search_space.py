"""What may be tuned: lists of values and ranges, read from a section ``tune``, and the settings drawn from them."""

from __future__ import annotations

import inspect
import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias, cast

import numpy as np
from zpdgym.errors import InputError, Violations, shown, unknown
from zpdgym.parameters import number_of, whole_of

from ..configs.build import TARGET, load
from .registry import build_policy

if TYPE_CHECKING:
    from .problem import Policy

Values: TypeAlias = dict[str, object]
"""Parameter -> value: one setting."""

BUDGET = 40
RANDOM_SHARE = 1 / 3
"""The share of the trials that are drawn from the whole space; the others are near the best so far."""
EVERY = 100_000
"""A space of at most this many settings is listed; a larger one is drawn from value by value."""
NEAR, WIDTH = 6, 0.15
"""So many neighbours a range offers, each a normal deviate of this share of the range away from the best."""
INSIDE = 5
"""At so many places of a range, its ends among them, the policy is asked whether it takes the value."""
MISSES = 1000
"""A space with a range counts as exhausted when so many draws in a row were settings that had been tried."""
LARGEST = 1e15
"""Beyond this the ends of a range are no numbers that anybody means."""
CMA_ES, USUAL_LESSONS = "cma_es", 800_000
"""How a section asks for a search by evolution, and the lessons of training students that it has without a number."""
LOOK = 5
"""After so many generations the middle of the cloud is tried on the validation students."""
KEYS, RANGE_KEYS = ("budget", "lessons", "method", "patience", "space"), ("low", "high", "log", "whole")
TOLD = ("outcome", "difference", "error", "students", "taught", "trained", "trainings", "given_up", "reward")
"""What a trial tells beside its settings; no parameter that is tuned may be called so."""


@dataclass(frozen=True)
class Range:
    """Every value between two numbers.

    Attributes:
        low: the smallest value.
        high: the largest one.
        log: whether ratios count and not differences: between .001 and .1 half of the draws lie below .01.
        whole: whether only whole numbers are meant.
    """

    low: float
    high: float
    log: bool = False
    whole: bool = False

    def at(self, place: float) -> float:
        """The value at a place from 0, the low end, to 1; in so few digits that it can be read and typed again."""
        low, high = self._scale
        value = low + min(max(place, 0.0), 1.0) * (high - low)
        value = math.exp(value) if self.log else value
        if self.whole:
            return int(min(max(round(value), self.low), self.high))
        value = float(f"{value:.3g}") if self.log else round(value, 3 - math.floor(math.log10(high - low)))
        return float(min(max(value, self.low), self.high))

    @property
    def _scale(self) -> tuple[float, float]:
        """The ends as draws see them: a whole number at the end is as likely as one inside."""
        low, high = (self.low - 0.5, self.high + 0.5) if self.whole else (self.low, self.high)
        return (math.log(low), math.log(high)) if self.log else (low, high)

    def place(self, value: object) -> float | None:
        """Where a value lies, from 0 to 1; None for one that is not in the range."""
        if isinstance(value, bool) or not isinstance(value, int | float) or not self.low <= value <= self.high:
            return None
        low, high = self._scale
        return ((math.log(value) if self.log else value) - low) / (high - low)

    def draw(self, generator: np.random.Generator) -> float:
        """Any value, all equally likely (on the scale of logarithms where that is asked for)."""
        return self.at(float(generator.random()))

    def near(self, value: object, generator: np.random.Generator) -> float:
        """A value near this one; any, where this one is not in the range."""
        place = self.place(value)
        return self.draw(generator) if place is None else self.at(place + WIDTH * float(generator.standard_normal()))

    def tries(self) -> list[float]:
        """Both ends and some values between them."""
        return list(dict.fromkeys(self.at(i / (INSIDE - 1)) for i in range(INSIDE)))


Space: TypeAlias = dict[str, "list[object] | Range"]
"""Parameter -> the values to try."""


@dataclass(frozen=True)
class Tunable:
    """What a section ``tune`` says.

    Attributes:
        space: what may vary.
        own: the policy's own setting, from which a search begins.
        budget: how many settings may be tried.
        lessons: how many lessons a trial of a learner is trained on, where the section says so; of a search by
            evolution, how many its training students may have in all.
        method: ``cma_es`` for a search by evolution; None: as all others.
        patience: after how many generations without a gain such a search ends; None: when its lessons are spent.
    """

    space: Space
    own: Values
    budget: int
    lessons: int | None = None
    method: str | None = None
    patience: int | None = None


def read_space(spec: Mapping[str, object], budget: int = BUDGET) -> Tunable:
    """What a policy's section ``tune`` lets vary, and how much may be tried.

    Args:
        spec: a specification with such a section.
        budget: the largest number of settings; the smaller of this and the section's own counts.

    Raises:
        InputError: what is wrong with the section, or a value in it that the policy refuses.
    """
    section, name = spec.get("tune"), f"policy {spec.get('name', '')}"
    if not isinstance(section, Mapping) or set(section) - set(KEYS) or "space" not in section:
        strange = [] if not isinstance(section, Mapping) else [str(key) for key in section if key not in KEYS]
        if strange:
            raise InputError(f"{name}: {unknown('key tune.', strange[0], KEYS)}")
        raise InputError(
            f"{name}: tune must hold space (parameter: list of values, or a range) and may hold budget, and lessons "
            f"where the policy learns; or method: {CMA_ES} with lessons and patience"
        )
    policy, wrong, given = build_policy(spec), Violations(f"{name}: tune"), section["space"]
    own = cast("int", whole_of(section.get("budget", BUDGET)))
    lessons = cast("int | None", whole_of(section.get("lessons")))
    wrong.unless(_count(own), f"budget={shown(own)} must be a whole number of trials, at least 1")
    wrong.unless(
        lessons is None or _count(lessons), f"lessons={shown(lessons)} must be a whole number of lessons, at least 1"
    )
    evolves = _evolves(cast("Mapping[str, object]", section), policy, wrong)
    wrong.unless(
        lessons is None or section.get("method") is not None or is_recipe(policy),
        f"lessons are for policies that learn and for method: {CMA_ES}; take it away",
    )
    fine = isinstance(given, Mapping) and len(given) > 0
    wrong.unless(fine, f"space={shown(given)} must name at least one parameter")
    space: Space = {}
    own_values = _own_values(spec)
    for key, values in given.items() if fine else ():
        space[key] = _values(f"space.{key}", values, wrong)
        wrong.unless(key not in TOLD, f"space.{key}: a parameter of this name cannot be tuned: trials tell it")
    wrong.unless(
        not getattr(policy, "rehearsed", False),
        "what a rehearsal would make is given already, so nothing is left to tune: take tune away (policy.tune=null)",
    )
    wrong.raise_any()
    for key, values in space.items():  # a value that the class refuses is not left for the search to come upon
        for value in values.tries() if isinstance(values, Range) else values:
            _must_take(spec, key, value, values)
        if key not in own_values:
            told = f"give the policy a value of its own for '{key}' too, to start from"
            raise InputError(f"{name}: tune: space.{key}: {told}")
    own_setting = {key: own_values[key] for key in space}
    if evolves:
        _must_evolve(name, space, own_setting)
        patience = cast("int | None", whole_of(section.get("patience")))
        return Tunable(space, own_setting, budget, lessons or USUAL_LESSONS, CMA_ES, patience)
    return Tunable({k: _listed(v) for k, v in space.items()}, own_setting, min(own, budget), lessons)


def _evolves(section: Mapping[str, object], policy: Policy, wrong: Violations) -> bool:
    """Whether the section asks for a search by evolution; what is wrong with how it does is noted."""
    method, patience = section.get("method"), whole_of(section.get("patience"))
    wrong.unless(method in (None, CMA_ES), f"method={shown(method)} must be {CMA_ES}, or not there")
    evolves = method == CMA_ES
    alone = f"patience={shown(patience)} needs method: {CMA_ES} beside it"
    wrong.unless(patience is None or method is not None, alone)
    wrong.unless(
        patience is None or (_count(patience) and cast("int", patience) >= LOOK),
        f"patience={shown(patience)} must be a whole number of generations, at least {LOOK}: so many pass before the "
        "validation students are looked at",
    )
    wrong.unless(not evolves or "budget" not in section, f"budget counts settings; method: {CMA_ES} has lessons")
    wrong.unless(not evolves or not is_recipe(policy), f"method: {CMA_ES} is for policies that are not trained")
    return evolves


def _must_evolve(name: str, space: Space, own: Values) -> None:
    """Refuse a space that no cloud of settings can move in."""
    wrong = Violations(f"{name}: tune")
    wrong.unless(len(space) > 1, f"method: {CMA_ES} needs at least two parameters, space has {len(space)}")
    for key, values in space.items():
        ranged = isinstance(values, Range)
        wrong.unless(ranged, f"space.{key} must be a range such as {{low: 0, high: 1}}: method: {CMA_ES} has no lists")
        inside = not isinstance(values, Range) or values.place(own[key]) is not None
        wrong.unless(inside, f"space.{key} must hold the policy's own value {shown(own[key])}, where the search begins")
    wrong.raise_any()


def _own_values(spec: Mapping[str, object]) -> Values:
    """What the policy is built with: what its specification says, else what its class does."""
    arguments = inspect.signature(load(str(spec[TARGET]), "policy")).parameters.values()
    defaults = {one.name: list(one.default) if isinstance(one.default, tuple) else one.default for one in arguments}
    plain = (bool, int, float, str, list, dict, type(None))
    return {name: value for name, value in defaults.items() if isinstance(value, plain)} | dict(spec)


def is_recipe(policy: Policy) -> bool:
    """Whether a policy is a recipe that training turns into a teacher."""
    from .learnt.recipes import Learner

    return isinstance(policy, Learner)


def _count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1


def _must_take(spec: Mapping[str, object], key: str, value: object, values: list[object] | Range) -> None:
    """Refuse a value that the policy refuses, and name the range that it comes from."""
    try:
        _ = build_policy({**spec, key: value})
    except InputError as error:
        if not isinstance(values, Range):
            raise
        hint = (
            ""
            if values.whole or float(values.low) % 1 or float(values.high) % 1
            else ", in whole steps with whole: true, or int(interval(…)) on the command line"
        )
        raise InputError(f"{error} (of tune.space.{key}, from {values.low} to {values.high}{hint})") from error


def _values(key: str, given: object, wrong: Violations) -> list[object] | Range:
    """A list of values, or a range; what is wrong with it is noted."""
    if isinstance(given, Mapping):
        return _range(key, cast("Mapping[str, object]", given), wrong)
    listed = isinstance(given, list | tuple) and len(cast("Sequence[object]", given)) > 0
    wrong.unless(
        listed, f"{key}={shown(given)} must be a list of values to try, or a range such as {{low: 0, high: 1}}"
    )
    return list(cast("Sequence[object]", given)) if listed else []


def _range(key: str, given: Mapping[str, object], wrong: Violations) -> list[object] | Range:
    for name in given:
        if name not in RANGE_KEYS:
            wrong.unless(False, str(unknown(f"key tune.{key}.", str(name), RANGE_KEYS)))
            return []
    log, whole, ends = given.get("log", False), given.get("whole", False), (given.get("low"), given.get("high"))
    for name, switch in (("log", log), ("whole", whole)):
        wrong.unless(isinstance(switch, bool), f"{key}.{name}={shown(switch)} must be true or false")
    numbers = [number for number in map(number_of, ends) if number is not None and abs(number) <= LARGEST]
    fine = len(numbers) == 2 and numbers[0] < numbers[1]
    wrong.unless(fine, f"{key}: low={shown(ends[0])} and high={shown(ends[1])} must be two numbers, low below high")
    if not fine:
        return []
    low, high = map(float, numbers)
    positive, round_ends = not log or low > 0, not whole or (low % 1 == 0 and high % 1 == 0)
    wrong.unless(positive, f"{key}: low={ends[0]} must be above 0 where log is true")
    wrong.unless(round_ends, f"{key}: low={ends[0]} and high={ends[1]} must be whole numbers where whole is true")
    return Range(low, high, bool(log), bool(whole)) if positive and round_ends else []


def _listed(values: list[object] | Range) -> list[object] | Range:
    """A range of few whole numbers as the list that it is, so that each is tried at most once."""
    few = isinstance(values, Range) and values.whole and not values.log and values.high - values.low < 2 * NEAR
    return list(range(int(values.low), int(values.high) + 1)) if few and isinstance(values, Range) else values


class Proposals:
    """Settings of a space, each drawn at most once.

    Args:
        space: what may vary.
        generator: whose draws decide.
    """

    def __init__(self, space: Space, generator: np.random.Generator) -> None:
        self.space, self.generator = space, generator
        self.done: set[tuple[str, ...]] = set()
        self.lists = {k: v for k, v in space.items() if not isinstance(v, Range)}
        self.ranges = {k: v for k, v in space.items() if isinstance(v, Range)}
        self.size = math.inf if self.ranges else math.prod(len(v) for v in self.lists.values())

    def _key(self, values: Mapping[str, object]) -> tuple[str, ...]:
        return tuple(repr(values.get(k)) for k in self.space)

    def tried(self, values: Mapping[str, object]) -> None:
        """Do not draw these again."""
        self.done.add(self._key(values))

    def draw(self, best: Mapping[str, object], trial: int, budget: int) -> Values | None:
        """The setting of trial number ``trial``; None when the budget is spent or all settings have been tried."""
        if trial >= budget:
            return None
        if self.size > budget and trial >= budget * RANDOM_SHARE and (new := self._new(self._neighbours(best))):
            return new[int(self.generator.integers(len(new)))]
        if self.size <= EVERY:
            new = self._new(self._all())
            return new[int(self.generator.integers(len(new)))] if new else None
        for _ in range(MISSES):
            values = {k: self._drawn(v) for k, v in self.space.items()}
            if self._key(values) not in self.done:
                return values
        return None

    def _new(self, settings: list[Values]) -> list[Values]:
        return [values for values in settings if self._key(values) not in self.done]

    def _neighbours(self, best: Mapping[str, object]) -> list[Values]:
        """The settings that differ from the best in one parameter; of a range some that are near."""
        listed = [{**best, k: value} for k, values in self.lists.items() for value in values if value != best.get(k)]
        ranged = [
            {**best, k: values.near(best.get(k), self.generator)}
            for k, values in self.ranges.items()
            for _ in range(NEAR)
        ]
        return [*listed, *ranged]

    def _drawn(self, values: list[object] | Range) -> object:
        return values.draw(self.generator) if isinstance(values, Range) else values[self._one_of(values)]

    def _one_of(self, values: Sequence[object]) -> int:
        return int(self.generator.integers(len(values)))

    def _all(self) -> list[Values]:
        return [dict(zip(self.lists, values, strict=True)) for values in itertools.product(*self.lists.values())]
