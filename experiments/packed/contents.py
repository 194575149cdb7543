"""What ``tutor.json`` holds: all that a tutor needs to follow one pupil and to choose, and nothing about anybody."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import cast

from zpdgym.errors import InputError, Violations, shown

from ...agents.problem import Problem
from ...envs.beliefs.bkt import BKTBelief
from ...envs.observe import ALL_COLUMNS, BUG_COLUMNS
from ...envs.scenario import Scenario
from ...students.curriculum.curriculum import APPROACHES, Curriculum
from .beliefs import Data, Tracked, check_belief, expectations, packed_belief
from .digest import CHECKSUM, checksum
from .policies import FALLBACK, Packable, check_policy, packed_ladders, packed_policy

_SURROGATE = re.compile("[\ud800-\udfff]")
CHANGED = "~"
"""Stands before the short hash in the label of a scenario that is not as its file says."""
BLIND = " (options hidden)"
FORMAT = 1
"""Of ``tutor.json``; ``tutor.js`` reads no other."""


@dataclass(frozen=True)
class About:
    """What a packed tutor is, in words and counts.

    Attributes:
        scenario: what it teaches.
        policy: who chooses.
        chooser: of which kind that is.
        belief: the kind of belief, and whether it is told no options.
        skills: how many skills there are.
        items: how many items.
        made_by: the version of zpdgym that packed it.
        course: what to call what it teaches: the scenario, or the curriculum where anything of it was changed.
    """

    scenario: str
    policy: str
    chooser: str
    belief: str
    skills: int
    items: int
    made_by: str
    course: str

    @classmethod
    def of(cls, packed: Mapping[str, object]) -> About:
        """The same of what ``contents`` gave."""
        policy, belief, curriculum = (
            cast("Mapping[str, object]", packed[name]) for name in ("policy", "belief", "curriculum")
        )
        skills, items = (len(cast("Sequence[object]", curriculum[name])) for name in ("skills", "items"))
        believes = str(belief["kind"]) + ("" if belief.get("options_seen", True) else BLIND)
        names = (str(packed["scenario"]), str(policy["name"]), str(policy["kind"]), believes)
        course = str(curriculum["name"]) if CHANGED in names[0] else names[0]
        return cls(*names, skills, items, str(packed["made_by"]), course)


def check_packable(scenario: Scenario, policy: object) -> None:
    """Refuse what cannot be packed, before anything is written.

    Raises:
        InputError: everything that stands against it, in one line.
    """
    wrong = Violations(f"packing {scenario.label}")
    check_policy(policy, wrong)
    check_belief(str(scenario.sections["belief"].get("kind", BKTBelief.kind)), scenario.belief, wrong)
    wrong.unless(
        scenario.rows == "skills", f"an observation with a row for each of the {scenario.rows} cannot be packed"
    )
    own = [name for name in scenario.column_names if name not in ALL_COLUMNS]
    wrong.unless(not own, f"a column of your own is code, and cannot be packed ({', '.join(own)})")
    wrong.unless(not (scenario.once or scenario.locked), "items that are forbidden at times (actions) cannot be packed")
    curriculum = scenario.curriculum
    told = f"problems of several steps cannot be packed ('{curriculum.name}' has some): its tutor takes one answer"
    wrong.unless(not curriculum.has_steps, f"{told} a lesson")
    named = [curriculum.name, *curriculum.skills, *curriculum.items, *curriculum.topics]
    torn = [name for name in named if _SURROGATE.search(name)]
    wrong.unless(not torn, f"{shown(torn[:1])} has half a letter in it, which no file can hold")
    wrong.raise_any()


def contents(scenario: Scenario, policy: object) -> Data:
    """The packed tutor as plain data.

    Args:
        scenario: what it teaches.
        policy: who chooses, which is put before the scenario here.

    Raises:
        InputError: it cannot be packed, or cannot teach this scenario.
    """
    check_packable(scenario, policy)
    problem, chooser = Problem.of(scenario.make(1, seed=0, autoreset=False)), cast("Packable", policy)
    belief = cast("Tracked", problem.belief)
    chooser.bind(problem)
    found: Data = {
        "format": FORMAT,
        "made_by": f"zpdgym {version('zpdgym')}",
        "scenario": scenario.label,
        "curriculum": _curriculum(problem.curriculum),
        "schedule": _schedule(scenario, problem),
        "observation": _observation(scenario, problem),
        "belief": packed_belief(belief, problem.curriculum),
        "expects": expectations(belief, problem.curriculum),
        "policy": packed_policy(chooser),
        "ladders": packed_ladders(problem.curriculum),
        "fallback": FALLBACK,
    }
    return {**found, CHECKSUM: checksum(found)}


def _curriculum(curriculum: Curriculum) -> Data:
    def listed(table: Iterable[Iterable[int]]) -> list[list[int]]:
        return [[int(x) for x in row if x >= 0] for row in table]

    names = zip(curriculum.items, listed(curriculum.item_skills), strict=True)
    items = [
        {
            "name": name,
            "skills": skills,
            "minutes": float(curriculum.minutes[m]),
            "approach": APPROACHES[curriculum.approach[m]],
            "asks": bool(curriculum.asks[m]),
        }
        for m, (name, skills) in enumerate(names)
    ]
    return {
        "name": curriculum.name,
        "skills": list(curriculum.skills),
        "topics": list(curriculum.topics),
        "items": items,
        "prerequisites": listed(curriculum.parents),
        "order": curriculum.order.tolist(),
    }


def _schedule(scenario: Scenario, problem: Problem) -> Data:
    schedule = scenario.schedule
    return {
        "by_minutes": schedule.by_minutes,
        "sessions": schedule.sessions,
        "per_session": schedule.session_minutes if schedule.by_minutes else float(schedule.session_lessons),
        "total": schedule.total,
        "days_between": schedule.days_between.tolist(),
        "total_days": schedule.total_days,
        "retention_days": schedule.retention_days,
        "horizon": problem.horizon,
        "finish": scenario.finish,
        "finish_after": scenario.finish_after,
    }


def _observation(scenario: Scenario, problem: Problem) -> Data:
    columns = [{"name": column.name, "scale": float(column.scale)} for column in problem.columns]
    shown = [name for name in scenario.column_names if name in BUG_COLUMNS]
    bugs = cast("int", problem.belief.dtype["bugs"].shape[1]) if shown else 0
    if len(shown) != bugs:
        raise InputError(f"packing {scenario.label}: all {bugs} bugs must be shown or none (observe.columns)")
    return {"columns": columns, "joint": scenario.observe.joint, "bugs": bugs}
