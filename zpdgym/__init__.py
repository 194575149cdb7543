"""zpdgym: which item should a tutor show this learner next?

The public face, light to import: simulators, learners and trackers are loaded when they are first used.

    make, make_vec        a scenario as a Gymnasium environment, for one student or for many at once
    evaluate, train       how well a policy teaches; a teacher that learns
    list_scenarios, list_policies, list_students      what there is
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import gymnasium

if TYPE_CHECKING:
    from zpdgym.envs.tutor import TutorVectorEnv
    from zpdgym.experiments.evaluate import evaluate, train

__version__ = "0.1.0"
__all__ = [
    "__version__",
    "evaluate",
    "list_policies",
    "list_scenarios",
    "list_students",
    "make",
    "make_vec",
    "train",
]

_LAZY = {"evaluate": "zpdgym.experiments.evaluate", "train": "zpdgym.experiments.evaluate"}
_CONFIGS = Path(__file__).resolve().parent.parent / "configs"
if not _CONFIGS.is_dir():  # installed as a wheel: the folder lies inside the package
    _CONFIGS = Path(__file__).resolve().parent / "configs"


def make(scenario: str, **kwargs: Any) -> gymnasium.Env[Any, Any]:
    """A scenario as a Gymnasium environment in which one student is taught.

    Args:
        scenario: a name ("kt6kc" is the newest version, "KT6KC-v0" that one) or the path of a scenario file.
        **kwargs: passed on to ``zpdgym.envs.tutor.TutorEnv``.

    Raises:
        InputError: there is no such scenario; the nearest name is proposed.
    """
    if scenario.endswith((".yaml", ".yml")):
        from zpdgym.envs.scenario import make_env

        return make_env(scenario=scenario, **kwargs)
    return gymnasium.make(_identifier(scenario), **kwargs)


def make_vec(scenario: str, num_envs: int = 1, **kwargs: Any) -> TutorVectorEnv:
    """A scenario as one environment in which ``num_envs`` students are taught at the same time.

    Args:
        scenario: as for ``make``.
        num_envs: N, how many students.
        **kwargs: passed on to ``zpdgym.envs.tutor.TutorVectorEnv``.

    Raises:
        InputError: there is no such scenario; the nearest name is proposed.
    """
    from zpdgym.envs.scenario import make_vec_env

    return make_vec_env(scenario=scenario, num_envs=num_envs, **kwargs)


def list_scenarios() -> list[str]:
    """The names of the scenarios that come with zpdgym, e.g. "KT6KC-v0"; the Gymnasium id is "zpdgym/" and the name."""
    return _names("scenario")


def list_policies() -> list[str]:
    """The names of the policies that come with zpdgym."""
    return _names("policy")


def list_students() -> list[str]:
    """The names of the student models that come with zpdgym."""
    return _names("student")


def _names(group: str) -> list[str]:
    return sorted((path.stem for path in (_CONFIGS / group).glob("*.yaml")), key=str.lower)


def _identifier(scenario: str) -> str:
    from zpdgym.envs.scenario import Scenario

    return f"zpdgym/{Scenario.load(scenario).name}"


def _register() -> None:
    """Tell Gymnasium every scenario by its file name, without reading the file."""
    for name in list_scenarios():
        if f"zpdgym/{name}" not in gymnasium.registry:
            gymnasium.register(
                id=f"zpdgym/{name}",
                entry_point="zpdgym.envs.scenario:make_env",
                vector_entry_point="zpdgym.envs.scenario:make_vec_env",
                kwargs={"scenario": name},
            )


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module 'zpdgym' has no attribute {name!r}")
    import importlib

    return getattr(importlib.import_module(_LAZY[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)


_register()
