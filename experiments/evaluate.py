"""How well one policy teaches in one scenario, and training a teacher: the two questions that Python users ask."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import numpy.typing as npt
from zpdgym.errors import InputError, shown
from zpdgym.parameters import Table, read_arguments

from ..envs.beliefs.refit import with_any_belief, with_own_belief
from .metrics import Limits, summary
from .runs.arguments import LESSONS, N_STUDENTS, SEED
from .runs.early import able_early
from .runs.lineup import check_learner
from .runs.outcomes import student_columns
from .statistics import estimate
from .tuned import tuned_once

if TYPE_CHECKING:
    import pandas as pd

    from ..agents.learnt.teacher import Teacher
    from ..agents.problem import Policy
    from ..envs.own.reward import Reward
    from ..envs.scenario import Scenario

__all__ = ["Evaluation"]

Progress = Callable[[int, int], None]
SHARE = (0.0, 1.0)
POSSIBLE = {"gain": (-1.0, 1.0), "log_score": (-np.inf, 0.0)}
"""Between what a primary outcome lies, where it is no share."""
EVALUATE: Table = {"n_students": N_STUDENTS, "cohort_seed": SEED, "seed": SEED}
TRAIN: Table = {"lessons": LESSONS, "seed": SEED, "cohort_seed": SEED}


@dataclass(frozen=True, eq=False, repr=False)
class Evaluation:
    """What came of teaching a cohort of test students once with one policy.

    Attributes:
        scenario: the scenario's label.
        policy: the policy's name.
        primary: the column of the scenario's primary outcome.
        outcomes: column name -> (N,) array, one entry per student; see ``docs/evidence.md``.
        mastery_by_lesson: (T+1,) float64 mean true mastery of all who started, before the first lesson and after each.
        calibration: column of ``belief.csv`` -> (10,) array: what the tutor's beliefs were worth, by their size.
        limits: where times to mastery end.
        tuning: what the tuning found; None for a policy that is not tuned.
    """

    scenario: str
    policy: str
    primary: str
    outcomes: Mapping[str, npt.NDArray[Any]]
    mastery_by_lesson: npt.NDArray[np.float64]
    calibration: Mapping[str, npt.NDArray[np.float64]]
    limits: Limits
    tuning: Mapping[str, Any] | None

    def __repr__(self) -> str:
        found = self.summary()
        interval = f"[{found['outcome_low']:.3f}, {found['outcome_high']:.3f}]"
        students = f"{len(self.outcomes[self.primary])} students"
        outcome = f"{self.primary} {found['outcome']:.3f} {interval}"
        return f"<Evaluation of {self.policy} in {self.scenario}: {outcome}, {students}>"

    @property
    def per_student(self) -> pd.DataFrame:
        """One row per student: the columns of ``students.csv``."""
        import pandas as pd

        return pd.DataFrame(dict(self.outcomes))

    def summary(self) -> dict[str, float]:
        """Every number of the run (``zpdgym.experiments.metrics.MEANING``), the outcome with its 95 % interval."""
        found = summary(self.outcomes, primary=self.primary, limits=self.limits)
        values, (lowest, highest) = self.outcomes[self.primary], POSSIBLE.get(self.primary, SHARE)
        if len(values) == 1:  # one student says nothing about others
            return found | {"outcome_low": lowest, "outcome_high": highest}
        low, high = estimate(values[None], generator=np.random.default_rng(0)).interval()
        # with few students it would reach beyond what there can be, and what is cut off there covers nothing
        return found | {"outcome_low": max(low, lowest), "outcome_high": min(high, highest)}


def evaluate(
    scenario: str | Path | Scenario,
    policy: str | Mapping[str, Any] | Policy,
    *,
    n_students: int = 1000,
    cohort_seed: int = 0,
    seed: int = 0,
    progress: Progress | None = None,
) -> Evaluation:
    """Teach ``n_students`` test students once with a policy.

    The students are those of ``compare`` with the same ``cohort_seed``. A tuned policy is tuned on validation students
    first, exactly as in ``compare``; where episodes are longer than those of our scenarios on fewer of them, which
    stderr says. What was found is kept, and not sought again.

    Args:
        scenario: a name ("kt6kc"), the path of a scenario file, or a ``Scenario``.
        policy: a name ("mastery"), the path of a policy file, a specification with ``_target_``, a trained ``Teacher``,
            or any object that is a ``Policy``.
        n_students: N, how many students.
        cohort_seed: which students.
        seed: the policy's own luck.
        progress: called with the students and lessons done so far.

    Raises:
        InputError: an unknown scenario or policy, a policy that cannot teach this scenario, or a learnt policy that
            was not trained yet.
    """
    from ..agents.check import must_decide_by_rows
    from ..agents.registry import as_policy, load_policy
    from ..agents.rollouts import teach
    from ..envs.scenario import Scenario
    from ..students.draws import spawn_seed

    given = read_arguments(EVALUATE, locals(), "evaluate")
    n_students, cohort_seed, seed = given.n_students, given.cohort_seed, given.seed
    # whatever is wrong with the policy is said before a belief is fitted, which may take minutes
    loaded, built = Scenario.load(scenario), as_policy(policy)
    able_early(built, loaded)
    world, tuning, chosen = with_own_belief(loaded), None, built
    if not hasattr(built, "rehearse"):  # who rehearses with a class can only be bound after that
        must_decide_by_rows(built, world)
    if isinstance(policy, str | Mapping):
        chosen, tuning = tuned_once(load_policy(policy), world, cohort_seed=cohort_seed)
    taught = teach(
        world,
        chosen,
        n_students=n_students,
        cohort_seed=spawn_seed(cohort_seed, "test"),
        seed=seed,
        progress=progress,
    )
    assert taught.mastery_by_lesson is not None  # metrics are on
    assert taught.calibration is not None
    return Evaluation(
        scenario=world.label,
        policy=taught.policy,
        primary=world.outcome.primary,
        outcomes=student_columns(taught, world),
        mastery_by_lesson=taught.mastery_by_lesson,
        calibration=taught.calibration,
        limits=Limits.of(world),
        tuning=tuning,
    )


def _several(scenarios: object) -> Sequence[str]:
    if not isinstance(scenarios, list | tuple):
        raise InputError(f"scenario={shown(scenarios)} must be a name, a path, a Scenario, or a list of them")
    return cast("Sequence[str]", scenarios)


def train(
    scenario: str | Path | Scenario | Sequence[str | Path | Scenario],
    policy: str | Mapping[str, Any],
    *,
    lessons: int,
    seed: int,
    cohort_seed: int = 0,
    reward: Reward | None = None,
    progress: Progress | None = None,
) -> Teacher:
    """Train a teacher; hand it to ``evaluate``, or ``save`` it into a folder.

    Args:
        scenario: a name, the path of a scenario file, or a ``Scenario``; several: an item scorer is trained on all of
            them side by side, and can then teach any scenario that shows the same columns.
        policy: a learnt policy ("ppo_scorer", "ppo"), or a specification with ``_target_``.
        lessons: how many lessons of simulated students it learns from.
        seed: of its initial weights, its choices and its training students.
        cohort_seed: the experiment's; the teacher that is best on its validation students is returned.
        reward: what training pays instead of what the policy says: the name of a kind ("scenario": what the scenario
            pays), your own function or object, or a section with ``_target_``.
        progress: called with (lessons done, lessons wanted).

    Raises:
        InputError: an unknown name, a policy that does not learn, or the extra ``rl`` is not installed.
    """
    from ..agents.learnt.paid import must_reach
    from ..agents.learnt.recipes import Learner
    from ..agents.learnt.training import train as train_teacher
    from ..agents.registry import build_policy, load_policy
    from ..envs.scenario import Scenario
    from ..envs.scenario_set import ScenarioSet

    given = read_arguments(TRAIN, locals(), "train")
    lessons, seed, cohort_seed = given.lessons, given.seed, given.cohort_seed
    wanted = [scenario] if isinstance(scenario, str | Path | Scenario) else list(_several(scenario))
    if not wanted:
        raise InputError(f"scenario={shown(scenario)} must name at least one")
    loaded, change = [Scenario.load(one) for one in wanted], {} if reward is None else {"reward": reward}
    spec = load_policy(policy, change=change)
    built = build_policy(spec)
    if isinstance(built, Learner):
        for one in loaded:
            check_learner(built, with_any_belief(one))
            if reward is None:
                must_reach(built, one, loaded)
        built.must_be_for(len(loaded))
    _ = ScenarioSet(loaded)
    worlds = [with_own_belief(one) for one in loaded]
    return train_teacher(worlds, spec, lessons=lessons, seed=seed, cohort_seed=cohort_seed, progress=progress)
