"""zpdgym: which item should a tutor show this learner next?

The public face, light to import: simulators, learners and trackers are loaded when they are first used.

    make, make_vec        a scenario as a Gymnasium environment, for one student or for many at once
    evaluate, train, tune how well a policy teaches; a teacher that learns; the best settings of a policy
    compare, calibrate    policies against each other, with intervals; students from a real log
    load, figure, export  what a comparison found: data frames, figures, and what a paper needs
    diff, merge           two results set beside each other, or put together
    load_teacher          a trained teacher from disk, which explains its choices
    pack                  a tutor to take away, as data and a program that reads it
    list_scenarios, list_policies, list_students      what there is
    trust                 let files name classes of another module
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gymnasium
from zpdgym import moved as _moved
from zpdgym.configs.build import config_files
from zpdgym.envs import scenario as _scenario  # registers every scenario with Gymnasium, from the file names alone
from zpdgym.errors import InputError

if TYPE_CHECKING:
    from zpdgym.agents.learnt.load import load_teacher
    from zpdgym.configs.trust import trust
    from zpdgym.envs.scenario import Scenario
    from zpdgym.envs.tutor import TutorVectorEnv
    from zpdgym.experiments.calibration.calibrate import calibrate
    from zpdgym.experiments.comparison.compare import compare
    from zpdgym.experiments.evaluate import evaluate, train
    from zpdgym.experiments.packed.pack import pack
    from zpdgym.experiments.paper.export import export
    from zpdgym.experiments.paper.figure import figure
    from zpdgym.experiments.reading.diff import diff
    from zpdgym.experiments.reading.merge import merge
    from zpdgym.experiments.reading.results import load
    from zpdgym.experiments.tuning import tune

__version__ = "0.1.0"
__all__ = [
    "__version__",
    "calibrate",
    "compare",
    "diff",
    "evaluate",
    "export",
    "figure",
    "list_policies",
    "list_scenarios",
    "list_students",
    "load",
    "load_teacher",
    "make",
    "make_vec",
    "merge",
    "pack",
    "train",
    "trust",
    "tune",
]

_LAZY = {
    "calibrate": "zpdgym.experiments.calibration.calibrate",
    "compare": "zpdgym.experiments.comparison.compare",
    "evaluate": "zpdgym.experiments.evaluate",
    "diff": "zpdgym.experiments.reading.diff",
    "export": "zpdgym.experiments.paper.export",
    "figure": "zpdgym.experiments.paper.figure",
    "load": "zpdgym.experiments.reading.results",
    "load_teacher": "zpdgym.agents.learnt.load",
    "merge": "zpdgym.experiments.reading.merge",
    "pack": "zpdgym.experiments.packed.pack",
    "train": "zpdgym.experiments.evaluate",
    "trust": "zpdgym.configs.trust",
    "tune": "zpdgym.experiments.tuning",
}
_PACKAGES = ("students", "envs", "agents", "experiments", "configs", "scripts")
_moved.install()


def make(scenario: str | Scenario, **kwargs: Any) -> gymnasium.Env[Any, Any]:
    """A scenario as a Gymnasium environment in which one student is taught.

    Args:
        scenario: a name ("kt6kc" is the newest version, "KT6KC-v0" that one), the path of a scenario file, or a
            ``Scenario``: ``zpdgym.envs.Scenario.load("practice", replace={"student": "pfa"})``.
        **kwargs: passed on to ``zpdgym.envs.TutorEnv``; ``flat=True`` makes the observation one row of numbers.

    Raises:
        InputError: there is no such scenario (the nearest name is proposed), or several students are asked for.
    """
    if "num_envs" in kwargs:
        raise InputError("zpdgym.make: num_envs is of zpdgym.make_vec, which teaches several students at a time")
    if not isinstance(scenario, str) or scenario.endswith((".yaml", ".yml")):
        return _scenario.make_env(scenario=scenario, **kwargs)
    name = f"zpdgym/{_scenario.find_scenario(scenario).stem}"
    if name not in gymnasium.registry:
        return _scenario.make_env(scenario, **kwargs)
    return gymnasium.make(gymnasium.spec(name), **kwargs)  # by its name Gymnasium would call an older version outdated


def make_vec(scenario: str, num_envs: int = 1, **kwargs: Any) -> TutorVectorEnv:
    """A scenario as one environment in which ``num_envs`` students are taught at the same time.

    Args:
        scenario: as for ``make``.
        num_envs: N, how many students.
        **kwargs: passed on to ``zpdgym.envs.TutorVectorEnv``; ``flat=True`` makes each observation one row of numbers.

    Raises:
        InputError: there is no such scenario; the nearest name is proposed.
    """
    return _scenario.make_vec_env(scenario=scenario, num_envs=num_envs, **kwargs)


def list_scenarios() -> list[str]:
    """The names of the scenarios that come with zpdgym, e.g. "KT6KC-v0"; the Gymnasium id is "zpdgym/" and the name."""
    return _scenario.scenario_names()


def list_policies() -> list[str]:
    """The names of the policies that come with zpdgym, and of those in the folder that ``ZPDGYM_CONFIG_DIR`` names."""
    return sorted(config_files("policy"), key=str.lower)


def list_students() -> list[str]:
    """The names of the student models that come with zpdgym, and of those in the folder of one's own."""
    return sorted(config_files("student"), key=str.lower)


def __getattr__(name: str) -> Any:
    import importlib

    if name in _PACKAGES:  # ``zpdgym.agents.check_policy`` after ``import zpdgym`` alone
        return importlib.import_module(f"zpdgym.{name}")
    if name not in _LAZY:
        raise AttributeError(f"module 'zpdgym' has no attribute {name!r}")
    return getattr(importlib.import_module(_LAZY[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
