"""Other valid values of a declared parameter, to see whether it matters."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from zpdgym.errors import InputError, Violations
from zpdgym.parameters import Choice, Number, Numbers, Parameter, Switch, number_of
from zpdgym.students.memory.fsrs import WEIGHTS

WORDS = re.compile(r"\b[a-z][a-z0-9_]*\b")
TIMES = {"mean": [[0.5, 0.5], [-0.5, -0.5]], "sd": [[0.3, 0.3], [0.3, 0.3]], "pace": 0.3, "rapid": [0.02, 0.01],
         "rapid_mean": -2.8, "rapid_sd": 0.5}  # fmt: skip
EVEN = [[[0.25] * 4] * 2] * 2
EXAMPLES: Mapping[tuple[str, str], tuple[object, ...]] = {
    ("Affect", "attention"): ({"flow": 0.3, "confused": 0.3, "frustrated": 0.3, "bored": 0.3},),
    ("Affect", "careless"): ({"flow": 0.3, "confused": 0.3, "frustrated": 0.3, "bored": 0.3},),
    ("Affect", "gaming"): ({"bored": 0.6},),
    ("BKT", "approaches"): ({"practice": [0.3, 0.3]},),
    ("DifficultyBandLearner", "approaches"): ({"practice": [0.3, 0.3]},),
    ("DifficultyBandLearner", "shape"): ({"width": 0.2}, {"centre": 0.2}, {"low": 0.1}, {"help": 2.0}),
    ("WholeLearner", "approaches"): (False,),
    ("KidLearnP", "comprehension"): ({"practice": [0.0, 0.2]},),
    ("KidLearnP", "required"): ([0.9] * 20,),
    ("KidLearnQ", "required"): ([0.9] * 20,),
    ("Misconceptions", "approaches"): ({"practice": [0.3, 0.3]},),
    ("Misconceptions", "diagnostic"): ({"skill 1 practice": [1]}, {"skill 1 practice 1": [1]}, {}),
    ("misconceptions", "options"): (5,),
    **{(kind, "minutes"): (TIMES,) for kind in ("bkt", "graph", "practice")},
    **{(kind, "hints"): (EVEN,) for kind in ("bkt", "graph", "practice")},
    ("misconceptions", "diagnostic"): ([[1, 1]] * 20, [[0, 0]] * 20),
    ("misconceptions", "approaches"): ({"practice": [0.3, 0.3]},),
    ("Classroom", "calendar"): (["skill 1 practice", "skill 1.1 practice"],),
    ("RiARiT", "levels"): ({"skill 1 practice": 0.1, "skill 1 practice +2": 0.15},),
    ("FSRSScheduler", "weights"): ([0.5, 2.0, *WEIGHTS["6"][2:]],),
    ("FSRS", "weights"): ([0.5, 2.0, *WEIGHTS["6"][2:]],),
    ("FSRS", "version"): ("5",),
    ("ScorerPPO", "ready"): (0.0, 0.3, [0.1, 0.3]),
    ("AttentionPPO", "ready"): (0.0, 0.3, [0.1, 0.3]),
    ("Mixture", "shares"): ([0.8, 0.1, 0.1],),
    ("Mixture", "names"): (["a", "b", "c"],),
    ("DASH", "spans"): ([0.5, 2.0, 10.0, 50.0],),
    ("DAS3H", "windows"): ([0.1, 2, 14, 60, float("inf")],),
    ("Population", "groups"): ([{"name": "a", "share": 0.5, "shift": {"learn": 1}}, {"name": "b", "share": 0.5}],),
    ("Population", "sd"): ({"learn": 1.0, "prior": 0.5},),
    ("Population", "correlation"): ({"learn,prior": 0.9},),
    ("observe", "columns"): (["belief", "ready", "tries", "was_last"],),
    ("chain", "items"): ([{"exam": True}],),
    ("chain", "name"): ("another",),
    ("tree", "items"): ([{"exam": True}],),
    ("tree", "name"): ("another",),
    ("random_dag", "items"): ([{"exam": True}],),
    ("random_dag", "name"): ("another",),
    ("independent", "items"): ([{"exam": True}],),
    ("independent", "name"): ("another",),
    ("independent", "skills"): (["a", "b"],),
    ("ScorerPPO", "imitate"): ("streak",),
    ("RobustPPO", "rollout"): (128, 96),
    ("ScorerPPO", "imitation"): (1, 256),
    ("read_curriculum", "path"): ("algebra.csv",),
    ("read_curriculum", "columns"): ({"exam": "topic"}, {"difficulty": "minutes"}),
    ("read_curriculum", "name"): ("another",),
}
"""Another value of what is declared in words only: (class or section, key) -> values."""
POOL: tuple[object, ...] = (0, 1, 2, 0.1, 0.25, 0.5, 0.9, 5, True, False)
"""Tried where a parameter says in words only what it takes."""


def others(declared: Parameter, value: object) -> Iterator[object]:
    """Values beside this one that the declaration allows, those that change much first."""
    seen: list[object] = [value]
    for other in _candidates(declared, value):
        if _allowed(declared, other) and not any(type(other) is type(known) and other == known for known in seen):
            seen.append(other)
            yield other


def _allowed(declared: Parameter, value: object) -> bool:
    wrong = Violations("")
    try:
        if value is not None:
            declared.read(value, "key", wrong, {"skill": 1, "item": 1})
    except InputError:
        return False
    return not wrong.messages


def _candidates(declared: Parameter, value: object) -> Iterator[object]:
    if isinstance(declared, Numbers):
        listed = list(cast("Sequence[float]", value)) if isinstance(value, list | tuple) else []
        yield from ([other, *listed[1:]] for other in _numbers(declared, listed[0] if listed else None))
        yield from ([*listed[:-1], other] for other in _numbers(declared, listed[-1] if listed else None))
        yield from ([other] * max(len(listed), 1) for other in _numbers(declared, None))
        yield from _numbers(declared, value)
    elif isinstance(declared, Number):
        yield from _numbers(declared, value)
    elif isinstance(declared, Switch):
        yield not value
    elif isinstance(declared, Choice):
        yield from declared.options
    else:
        yield from WORDS.findall(declared.range)
        yield from POOL
        if isinstance(value, Mapping):
            yield from ({**value, key: other} for key, inner in value.items() for other in _near(inner))
        elif isinstance(value, list | tuple):
            yield from ([*value[:i], other, *value[i + 1 :]] for i, inner in enumerate(value) for other in _near(inner))
    if declared.optional:
        yield None


def _near(value: object) -> list[Any]:
    number = number_of(value)
    return [] if number is None else [number * 3 + 0.1, number / 3, number + 1, number - 1]


def _numbers(declared: Number, value: object) -> Iterator[object]:
    number = number_of(value)
    low, high = max(declared.low, -10.0), min(declared.high, 10.0)
    tries = [] if number is None else [number * 0.5, number * 2, number + 1, number - 1]
    tries += [low + share * (high - low) for share in (0.5, 0.1, 0.9, 0.0, 1.0)]
    tries += [] if number is None else [number * 4, number / 8, number + 10]
    yield from ((round(other) if declared.whole else other) for other in tries)
