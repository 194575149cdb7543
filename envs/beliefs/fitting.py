"""The tutor's belief, fitted to a log of a scenario's own students: what a real tutor could know, and no more.

``python -m zpdgym.envs.beliefs.fitting Algebra-v0`` writes configs/scenario/Algebra-v0.belief.json again.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import numpy.typing as npt
from zpdgym.files import write_bytes

from .base import Numbers
from .build import belief_class
from .course import CourseLog, course_log, silent

if TYPE_CHECKING:
    from ..scenario import Scenario

__all__ = ["fit_belief"]


def fit_belief(
    scenario: Scenario, *, n_students: int = 4000, seed: int = 0, tell: Callable[[float], None] | None = None
) -> dict[str, Any]:
    """Fit the scenario's kind of belief to a simulated log of its students, taught in plain order.

    Args:
        scenario: whose students, curriculum and schedule; its own belief is not used.
        n_students: N, how many students the log has.
        seed: which students; unrelated to all cohorts of experiments.
        tell: told now and then which share of the work is done, about.

    Returns:
        The arguments of ``zpdgym.envs.build_belief`` as plain lists, and under ``about`` where they come from.
    """
    kind = str(scenario.sections["belief"].get("kind", "bkt"))
    log = course_log(scenario, n_students=n_students, seed=seed, tell=tell or silent)
    numbers, loss = fit_to_log(kind, log, seed=seed)
    about = {
        "made_by": f"python -m zpdgym.envs.beliefs.fitting {scenario.name}",
        "log": "simulated students of this scenario, taught in plain order with a review pass",
        "students": n_students,
        "lessons": log.items.shape[1] // scenario.curriculum.parts.shape[1],  # a log has a column for every step
        "answers": int((log.answers >= 0).sum()),
        "seed": seed,
        "log_loss": round(loss, 5),
    }
    return {"kind": kind, **numbers, "about": about}


def fit_to_log(kind: str, log: CourseLog, *, seed: int) -> tuple[Numbers, float]:
    """Fit a kind of belief to a log that there is: its numbers as plain lists, and the log-loss of one answer ahead."""
    numbers, loss = belief_class(kind).fit(log, seed=seed)
    return {name: _rounded(value) for name, value in numbers.items()}, loss


def _rounded(value: object) -> object:
    """Plain numbers and lists of five places, of whatever depth."""
    if isinstance(value, Mapping):
        return {name: _rounded(part) for name, part in cast("Mapping[str, object]", value).items()}
    return value if isinstance(value, bool) else np.round(np.asarray(cast("npt.ArrayLike", value)), 5).tolist()


def main(names: Sequence[str]) -> None:
    """Write configs/scenario/<name>.belief.json of the scenarios named."""
    from ...configs.build import CONFIGS
    from ..scenario import Scenario

    for name in names:
        scenario = Scenario.load(name)
        belief = fit_belief(scenario)
        path = CONFIGS / "scenario" / f"{scenario.name}.belief.json"
        lines = [f" {json.dumps(key)}: {json.dumps(value)}" for key, value in belief.items()]
        write_bytes(path, ("{\n" + ",\n".join(lines) + "\n}\n").encode())
        print(f"{path.name}: log-loss {belief['about']['log_loss']} over {belief['about']['answers']:,} answers")


if __name__ == "__main__":
    main(sys.argv[1:])
