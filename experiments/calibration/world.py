"""From fitted skills to a scenario file that the other verbs can use at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from zpdgym.errors import InputError, Violations, unknown
from zpdgym.parameters import whole_of

from ...students.knowledge.presets import PARAMETERS, logit

if TYPE_CHECKING:
    from ...envs.beliefs.em import Floats

DEFAULTS: dict[str, Any] = {"n_skills": 30, "seed": 0, "n_students": 1000, "forget": 0.01}
"""How many of the fitted skills the world has (0: all), which draw of them, how many simulated students its tutor's
belief is fitted to, and forgetting per day where the log does not tell it."""

REFERENCE_MINUTES = 2.0
ITEMS: tuple[dict[str, Any], ...] = (
    {"approach": "example", "difficulty": -0.4, "minutes": 1.5},
    {"approach": "guided", "difficulty": -0.8, "minutes": 2.5},
    {"approach": "practice", "difficulty": 0.0, "minutes": REFERENCE_MINUTES, "exam": True},
    {"approach": "practice", "difficulty": 0.9, "minutes": 3.5},
)
"""The items that every fitted skill gets. The log knows none: the practice item of difficulty 0 has the fitted guess,
slip and (for a newcomer) learn exactly, the others follow from it by the rules of the BKT student."""

POPULATION: dict[str, Any] = {
    "_target_": "zpdgym.students.Population",
    "groups": [
        {"name": "slower learners", "share": 0.3, "shift": {"learn": -0.7}},
        {"name": "typical learners", "share": 0.4},
        {"name": "faster learners", "share": 0.3, "shift": {"learn": 0.7}},
    ],
    "sd": {"learn": 0.3, "prior": 0.5},
    "correlation": {"learn,prior": 0.3},
}
SCHEDULE: dict[str, Any] = {"sessions": 12, "session_minutes": 20, "days_between": [2, 2, 3], "retention_days": 14}


def world_settings(given: Mapping[str, Any] | None) -> dict[str, Any]:
    """The settings of a world with what was left out filled in.

    Raises:
        InputError: an unknown key (with the nearest), or numbers out of range.
    """
    settings = {**DEFAULTS, **(given or {})}
    for key in settings:
        if key not in DEFAULTS:
            raise unknown("key world.", str(key), DEFAULTS)
    wrong = Violations("world")
    for key, least in (("n_skills", 0), ("seed", 0), ("n_students", 100)):
        value = settings[key] = whole_of(settings[key])
        whole = isinstance(value, int) and not isinstance(value, bool) and value >= least
        wrong.unless(whole, f"{key}={value!r} must be a whole number of at least {least}")
    rate = settings["forget"]
    number = isinstance(rate, int | float) and not isinstance(rate, bool) and 0 <= rate <= 1
    wrong.unless(number, f"forget={rate!r} must be in [0, 1]: it is a rate per day")
    wrong.raise_any()
    return settings


def world_sections(
    name: str,
    skills: Sequence[str],
    parameters: Mapping[str, Floats],
    settings: Mapping[str, Any],
    *,
    source: str,
    fitted_forgetting: bool,
) -> dict[str, Any]:
    """The sections of a scenario whose students are those of the log, without the tutor's belief.

    Args:
        name: of the scenario.
        skills: (K,) names of the fitted skills that can be used.
        parameters: prior, learn, guess, slip and forget of each, (K,) float64.
        settings: of ``world_settings``.
        source: where the numbers come from, in words.
        fitted_forgetting: whether ``forget`` was fitted to the log; else the settings' prior is used.

    Raises:
        InputError: there is no usable skill.
    """
    if not len(skills):
        raise InputError("world: every fitted skill is degenerate (guess or slip above .5), so none can be used")
    wanted = settings["n_skills"] or len(skills)
    chosen = np.arange(len(skills))
    if wanted < len(skills):
        chosen = np.sort(np.random.default_rng([settings["seed"], 77]).permutation(len(skills))[:wanted])
    values = {p: np.asarray(parameters[p])[chosen] for p in (*PARAMETERS, "forget")}
    numbers: dict[str, Any] = {p: values[p].round(4).tolist() for p in PARAMETERS}
    forget: Any = settings["forget"]
    if fitted_forgetting:
        forget = values["forget"].round(5).tolist()
    # a newcomer learns from the practice item of difficulty 0 exactly as fast as was fitted
    reference = {"level_start": 0.0, "reference_minutes": REFERENCE_MINUTES}
    student = {"_target_": "zpdgym.students.BKT", **numbers, "forget": forget, **reference}
    right = values["guess"] + values["prior"] * (1 - values["guess"] - values["slip"])
    gradual = {
        "_target_": "zpdgym.students.DifficultyBandLearner",
        "start": logit(right).round(3).tolist(),
        "learn": 0.3,
        "forget": forget,
    }
    if not fitted_forgetting:
        student["durability"] = 0.5
    sooner = (3 * values["forget"]).round(5).tolist() if fitted_forgetting else 3 * forget
    slower = {**POPULATION, "groups": [{"name": "all slower", "share": 1.0, "shift": {"learn": -0.7}}]}
    return {
        "name": name,
        "curriculum": {
            "_target_": "zpdgym.students.independent",
            "name": name,
            "skills": [_skill_name(str(skills[k])) for k in chosen.tolist()],
            "items": [dict(item) for item in ITEMS],
        },
        "student": student,
        "population": POPULATION,
        "schedule": SCHEDULE,
        "observe": {"rows": "skills"},
        "actions": {"finish": False},
        "reward": {"kind": "belief_gain"},
        "outcome": {"primary": "exam", "smallest_difference": 0.02},
        "unexpected": {
            "slow": {"population": slower},
            "forgetful": {"student": {**student, "forget": sooner}},
            "gradual": {"student": gradual, "population": None},
        },
        "assumptions": [
            f"The {len(chosen)} skills answer like skills of {source}: how many pupils know them at the "
            "start, how fast they are learnt, how often pupils guess and slip.",
            "Each skill is known or not, and no skill needs another: the log says nothing about that.",
            "How pupils differ from each other, how they forget, how items of one skill differ, and the timetable "
            "are assumptions of ours, not of the log.",
        ],
        "sources": {
            "student.prior, learn, guess, slip": f"fitted to {source}; skills with guess or slip above .5 left out",
            "student.forget": f"fitted to {source}"
            if fitted_forgetting
            else "prior: a guess of ours; swept by unexpected",
            "population": "prior: logit learning rates spread by about .6, correlated .3 with what is known before",
            "curriculum.items": "prior: the log has no items; only the practice item of difficulty 0 is as fitted",
            "unexpected": "prior: half the odds of learning; three times the forgetting; another family, who "
            "start with the log's share of right answers and learn gradually",
            "schedule": "prior: three sessions of 20 minutes a week for four weeks, exam two weeks later",
            "belief": "fitted to a simulated log of this world's pupils taught in plain order",
        },
    }


def with_belief(sections: dict[str, Any], plan: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """A world's sections with its tutor's belief, and where that comes from."""
    from ...envs.beliefs.fitting import fit_belief
    from ...envs.scenario import Scenario
    from ...envs.scenario_file import DEFAULTS

    world = Scenario(sections["name"], sections["name"], {**DEFAULTS, **sections})
    belief = fit_belief(world, n_students=plan["n_students"], seed=plan["seed"])
    about = {**belief.pop("about"), "made_by": "zpdgym calibrate"}
    return {**sections, "belief": {"source": "given", **belief}}, about


def _skill_name(name: str) -> str:
    return f"skill {name}" if name.isdecimal() else name
