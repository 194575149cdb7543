"""Training a teacher: trials of the readiness threshold, the learning curve, and which teacher is kept."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import numpy.typing as npt
from zpdgym.errors import InputError

from ...envs.check import must_pay_by_rows
from ...envs.own.reward import OwnReward
from ...envs.scenario import Scenario
from ...envs.scenario_set import ScenarioSet, SeveralVectorEnv
from ...students import draws
from ..problem import Observation, Policy, Problem, require
from ..registry import build_policy, load_policy
from ..rollouts import teach
from ..tuning import prepare
from . import ppo as fast
from .checkpoints import Checkpoint
from .guides import IMITATION, NOBODY
from .networks.compiled_dense import CONSTANT, Weights
from .networks.item_features import ItemFeatures
from .networks.scenario_set_features import ScenarioSetFeatures
from .paid import take_reward
from .recipes import Learner, PPOLearner
from .sb3 import LenientVecEnv, TutorVecEnv, learn, new_model, put_weights, torch_settings, weights_of
from .scorers import ScorerPPO
from .teacher import NETWORKS, Teacher, curriculum_hash

if TYPE_CHECKING:
    from ...envs.tutor import TutorVectorEnv

TRIAL, TRIAL_UPDATES = 0.15, 8
"""The share of all lessons that the trial of one readiness threshold takes, and how many updates it has at least.

More updates, of fewer lessons each at the full learning rate, tell thresholds apart earlier, but what they spoil is not
made good by the training that follows.
"""


def train(
    scenario: Scenario | Sequence[Scenario],
    spec: str | Mapping[str, Any],
    *,
    lessons: int,
    seed: int,
    seconds: float | None = None,
    cohort_seed: int = 0,
    n_validation: int = 1000,
    threads: int = 1,
    progress: Callable[[int, int], None] | None = None,
    on_evaluate: Callable[[dict[str, float]], None] | None = None,
    checkpoint: str | Path | None = None,
    checkpoint_every: int = 10,
    go_on: Callable[[int, npt.NDArray[np.float64]], bool] | None = None,
) -> Teacher:
    """Train a teacher on simulated students of a scenario.

    The same arguments give the same bytes of weights. Along the way the teacher is tried (argmax) on validation
    students, whom training never meets, and the best one is returned (of equally good ones, within a standard error
    of the paired difference, the latest); test students are not touched.

    Args:
        scenario: where to teach. Several: an item scorer is trained on all of them side by side (the same number of
            students each; validation students are shared out likewise, and their mean outcome is what counts), and
            can then teach any scenario that shows the same columns.
        spec: a learnt policy by name ("ppo_scorer") or its specification.
        lessons: how many lessons to train on.
        seed: of the policy: its initial weights, its choices, and the training students.
        seconds: stop after this many seconds of processor time, evaluations included; where it cuts in, results
            depend on the machine. None: no limit.
        cohort_seed: the experiment's; validation students come from it.
        n_validation: how many validation students.
        threads: of torch; more than one is slower on small machines.
        progress: called after every update with (lessons done, lessons wanted).
        on_evaluate: called with each row of the learning curve.
        checkpoint: a file for the state of the training (fast trainer only). Where it is there, the training goes on
            from it, to the same bytes as if it had never stopped; when the training ends, it is deleted.
        checkpoint_every: updates between two writings.
        go_on: called with every row of the final learning curve: the lessons so far, and the primary outcome of every
            validation student; where it gives False, the training is given up.

    Returns:
        The teacher that was best on validation students. ``card["training"]["curve"]`` is the learning curve, a list
        of rows (lessons, seconds, reward: mean return of the training students since the row before, validation: mean
        primary outcome of the validation students, taught: how many lessons they had), the first of which is the
        teacher before any training; ``last`` is the teacher at the end.

    Raises:
        InputError: the policy does not learn, or cannot be trained here.
    """
    learner = _learner(spec)
    if lessons < 1:
        raise InputError(f"lessons={lessons} must be at least 1")
    several = ScenarioSet(learner.worlds([scenario] if isinstance(scenario, Scenario) else scenario))
    learner.must_be_for(len(several.scenarios))
    learner = take_reward(learner, several)
    if isinstance(learner.reward, OwnReward):
        for one in several.scenarios:
            must_pay_by_rows(one, learner.reward)
    curve = Curve(several, lessons=lessons, seconds=seconds)
    curve.cohort, curve.progress, curve.on_evaluate = (cohort_seed, n_validation), progress, on_evaluate
    if checkpoint is not None:
        curve.resume(_checkpoint(checkpoint, checkpoint_every, learner, curve, seed))
    with torch_settings(threads):
        start: Weights | None = None
        if isinstance(learner, ScorerPPO) and learner.imitate != NOBODY:
            curve.guide = _guide(learner, several.scenarios[0], cohort_seed, n_validation)
        if isinstance(learner, ScorerPPO) and isinstance(learner.ready, tuple):
            learner, start = _choose_ready(learner, curve, seed)
        curve.begin(learner)
        curve.go_on = go_on
        rates = (1.0 if start is None else 1.0 - TRIAL, 0.0)
        left = max(lessons - curve.spent, 1)
        _learn(learner, curve, left, seed, start, rates=rates, shape=learner.rollout_shape(left))
    if curve.checkpoint is not None:
        curve.checkpoint.remove()
    return curve.result(seed)


def _checkpoint(path: str | Path, every: int, learner: Learner, curve: Curve, seed: int) -> Checkpoint:
    if not (isinstance(learner, PPOLearner) and learner.trainer == "fast"):
        raise InputError(f"policy {learner.name}: checkpoints need policy.trainer=fast")
    if isinstance(learner.reward, OwnReward) and learner.reward.spec is None:
        raise InputError(
            f"policy {learner.name}: reward {learner.reward} was made in Python, and no file can tell whether it is "
            "the same again; checkpoints need one with an address: reward={'_target_': 'my_module.MyReward'}"
        )
    training = {
        "scenario": curve.several.label,
        "curriculum": [curriculum_hash(s.curriculum) for s in curve.several.scenarios],
        "policy": learner.name,
        "settings": learner.settings(),
        "lessons": curve.lessons,
        "seed": seed,
        "validation students": curve.cohort,
    }
    return Checkpoint(path, training, every=every)


def _choose_ready(learner: ScorerPPO, curve: Curve, seed: int) -> tuple[ScorerPPO, Weights]:
    """A short training with each readiness threshold of the list; the best on validation students goes on."""
    values = cast(tuple[float, ...], learner.ready)
    for ready in values[len(curve.trials) :]:
        trial = replace(learner, ready=ready, evaluations=1)
        curve.begin(trial, is_trial=True)
        lessons = max(int(curve.lessons * TRIAL), 1)
        shape = trial.rollout_shape(lessons, updates=TRIAL_UPDATES)
        _learn(trial, curve, lessons, seed, None, rates=(1.0, 1.0 - TRIAL), shape=shape)
        validation = curve.rows[curve.chosen]["validation"]
        curve.trials.append({"ready": ready, "validation": validation})
        curve.starts.append(curve.tried[curve.chosen][1])
        curve.untrained.append(curve.before)
    best = int(np.argmax([trial["validation"] for trial in curve.trials]))
    curve.before = curve.untrained[best]
    return replace(learner, ready=values[best]), curve.starts[best]


def _learn(
    learner: Learner,
    curve: Curve,
    lessons: int,
    seed: int,
    start: Weights | None,
    *,
    rates: tuple[float, float],
    shape: tuple[int, int],
) -> None:
    """Train for these lessons, from scratch or from the weights ``start``; the curve remembers the best teacher.

    The learning rate falls between the shares ``rates`` of its full value; ``shape`` says how many students are taught
    at a time, and how many lessons of each between updates.
    """
    n, n_steps = shape
    members = curve.several.scenarios
    env = (members[0] if len(members) == 1 else curve.several).make(
        n, seed=draws.spawn_seed(seed, "training"), reward=learner.reward
    )
    venv = TutorVecEnv(env) if learner.heeds_masks else LenientVecEnv(env)
    features = None
    if isinstance(learner, ScorerPPO):
        features = _features(env, learner)
        if start is None:
            _standardise(features, venv)
        else:
            features.take_scales(start[CONSTANT + "scale"], start[CONSTANT + "pooled_scale"])
    model = new_model(venv, learner, features, n_steps=n_steps, seed=seed, masked=env.finish is not None)
    if isinstance(features, ScenarioSetFeatures):
        model.policy.item_features = features
    if start is None:
        curve.before = weights_of(model)
    else:
        put_weights(model, start)
    venv.seed(draws.spawn_seed(seed, "training"))
    curve.wanted = lessons
    curve.model = model
    curve.before_training()
    if isinstance(learner, PPOLearner) and learner.trainer == "fast":
        state, curve.loop_state = curve.loop_state, None
        fast.learn(
            model, lessons, curve, rates, device=learner.device,
            critic=learner.critic if isinstance(learner, ScorerPPO) else "tutor",
            guide=_bound(learner, curve.guide, env) if start is None else None,
            state=state, on_update=curve.after_update,
        )  # fmt: skip
    else:
        learn(model, lessons, curve, rates)
    curve.spent += model.num_timesteps
    venv.close()


def _learner(spec: str | Mapping[str, Any]) -> Learner:
    learner = build_policy(load_policy(spec))
    if not isinstance(learner, Learner):
        name = getattr(learner, "name", spec)
        raise InputError(
            f"policy {name} does not learn from training: evaluate it, or choose ppo_scorer or another policy that "
            "zpdgym list policies calls learnt"
        )
    return learner


def _guide(learner: ScorerPPO, scenario: Scenario, cohort_seed: int, n_validation: int) -> Policy:
    """The policy that is imitated first, tuned for this scenario as it would be to teach itself."""
    spec = load_policy(learner.imitate)
    ready, _ = prepare(spec, scenario, cohort_seed=cohort_seed, n_students=n_validation)
    return build_policy(ready)


def _bound(
    learner: PPOLearner, guide: Policy | None, env: TutorVectorEnv | SeveralVectorEnv
) -> tuple[Policy, int] | None:
    """Who is imitated here, and for how many lessons."""
    if guide is None or not isinstance(learner, ScorerPPO):
        return None
    guide.bind(Problem.of(cast("TutorVectorEnv", env)))
    return guide, learner.imitation or IMITATION


def _features(env: TutorVectorEnv | SeveralVectorEnv, learner: ScorerPPO) -> ItemFeatures:
    """What the scorer is told in this environment, not yet standardised."""
    kind, found = NETWORKS[learner.network].features_class, []
    envs = env.envs if isinstance(env, SeveralVectorEnv) else [env]
    for member in envs:
        problem = Problem.of(member)
        require(cast(Policy, learner), problem, rows=problem.rows)
        found.append(kind.of(problem, ready_at=float(cast(float, learner.ready)), done_at=learner.done))
    return found[0] if len(found) == 1 else ScenarioSetFeatures(found, [member.n_actions for member in envs])


def _standardise(features: ItemFeatures, venv: TutorVecEnv) -> None:
    """Over the first lessons of some training students of every scenario under a random choice of ready items."""
    rng = np.random.default_rng(0)
    obs: Observation = venv.reset()
    env: Any = venv.env
    envs = env.envs if isinstance(env, SeveralVectorEnv) else [env]
    watched = slice(64 if len(envs) == 1 else None)
    seen: list[Observation] = []
    masks: list[npt.NDArray[np.bool_]] = []
    horizon = max(env.horizon for env in envs)
    every = max(horizon // 32, 1)
    for lesson in range(horizon):
        mask = venv.action_masks()
        if lesson % every == 0:
            seen.append(obs[watched].copy())
            masks.append(mask[watched].copy())
        found = features(obs, mask)
        pick = found.start[:-1] + (rng.random(len(obs)) * np.diff(found.start)).astype(np.int64)
        obs = cast(Observation, venv.step(found.action[pick])[0])
    features.standardise(np.concatenate(seen), np.concatenate(masks))
    venv.returns.clear()


KEPT = ("trials", "starts", "untrained", "spent", "rows", "tried")
"""What a checkpoint keeps of a curve."""


class Curve:
    """Tries the teacher on validation students now and then and remembers the best one."""

    def __init__(self, several: ScenarioSet, *, lessons: int, seconds: float | None) -> None:
        self.several, self.lessons, self.seconds = several, lessons, seconds
        self.cohort: tuple[int, int] = (0, 1000)
        self.progress: Callable[[int, int], None] | None = None
        self.on_evaluate: Callable[[dict[str, float]], None] | None = None
        self.go_on: Callable[[int, npt.NDArray[np.float64]], bool] | None = None
        self.given_up = False
        self.trials: list[dict[str, float]] = []
        self.started = time.process_time()
        self.spent = 0  # lessons of the trainings before this one
        self.cost = 0.0  # seconds of the last evaluation
        self.wanted = lessons  # of the training that goes on
        self.model: Any = None
        self.guide: Policy | None = None  # who is imitated first
        self.is_trial = False  # whether the training that goes on is one of a readiness threshold
        self.starts: list[Weights] = []  # the best ones of the trials
        self.untrained: list[Weights] = []  # what the trials began with
        self.before: Weights = {}  # what the training begins with, trials included
        self.checkpoint: Checkpoint | None = None
        self.loop_state: dict[str, Any] | None = None  # of the interrupted training that the next one goes on from
        self.rows: list[dict[str, float]] = []
        self.tried: list[tuple[npt.NDArray[np.float64], Weights]] = []

    def begin(self, learner: Learner, *, is_trial: bool = False) -> None:
        """Forget the curve, unless an interrupted training goes on; a training with these settings follows."""
        self.learner, self.is_trial = learner, is_trial
        if self.loop_state is None:
            self.rows, self.tried = [], []

    def resume(self, checkpoint: Checkpoint) -> None:
        """Leave the state at this place from now on; take it up when one lies there."""
        self.checkpoint = checkpoint
        if (state := checkpoint.read()) is not None:
            for name in KEPT:
                setattr(self, name, state[name])
            self.started -= state["seconds"]
            self.loop_state = state["loop"]

    def after_update(self, loop: fast.Loop) -> None:
        """Write the checkpoint when that is due."""
        if self.checkpoint is not None and loop.updates % self.checkpoint.every == 0:
            state = {name: getattr(self, name) for name in KEPT}
            self.checkpoint.write({**state, "seconds": time.process_time() - self.started, "loop": loop.state()})

    @property
    def chosen(self) -> int:
        """The latest row that is not worse than the best one by more than a standard error of the paired difference.

        The students are the same in every row. Picking the highest mean among near-equals would pick luck.
        """
        best = self.tried[int(np.argmax([row["validation"] for row in self.rows]))][0]
        for index in range(len(self.tried) - 1, -1, -1):
            behind = best - self.tried[index][0]
            if behind.mean() <= behind.std() / np.sqrt(len(behind)):
                return index
        raise AssertionError("the best row is not behind itself")

    def before_training(self) -> None:
        """Row 0 of the curve: the teacher before any lesson, with the threshold that the trials have chosen."""
        if not self.is_trial and not self.rows:
            self._evaluate(self.before, lessons=0)

    def before_rollout(self, model: Any) -> bool:
        """Report the progress, try the teacher when that is due, and stop when the seconds are spent."""
        self.model, done = model, model.num_timesteps
        if self.progress is not None:
            self.progress(min(self.spent + done, self.lessons), self.lessons)
        tries = len(self.rows) - (not self.is_trial)  # row 0 is none
        if done and done >= self.wanted * (tries + 1) / self.learner.evaluations:
            self._evaluate(weights_of(model))
        used = time.process_time() - self.started + self.cost
        return not self.given_up and (self.seconds is None or used < self.seconds)

    def at_end(self, model: Any) -> None:
        """Try the teacher a last time."""
        self.model = model
        if not self.rows or self.rows[-1]["lessons"] < self.spent + model.num_timesteps:
            self._evaluate(weights_of(model))

    def _evaluate(self, weights: Weights, *, lessons: int | None = None) -> None:
        began = time.process_time()
        venv: Any = self.model.get_env()
        cohort_seed, n = self.cohort
        found, taught_there = [], 0
        for scenario in self.several.scenarios:
            taught = teach(
                scenario,
                self._teacher(weights, {}),
                n_students=max(n // len(self.several.scenarios), 1),
                cohort_seed=draws.spawn_seed(cohort_seed, "validation"),
                metrics=False,
            )
            found.append(np.asarray(taught.outcomes[scenario.outcome.primary], np.float64))
            taught_there += int(taught.outcomes["lessons"].sum())
        outcome = np.concatenate(found)
        row = {
            "lessons": self.spent + self.model.num_timesteps if lessons is None else lessons,
            "seconds": began - self.started,
            "reward": float(np.mean(venv.returns)) if venv.returns else float("nan"),
            "validation": float(outcome.mean()),
            "taught": taught_there,
        }
        venv.returns.clear()
        self.rows.append(row)
        self.tried.append((outcome, weights))
        self.cost = time.process_time() - began
        if self.on_evaluate is not None:
            self.on_evaluate(row)
        if self.go_on is not None:
            self.given_up = not self.go_on(int(row["lessons"]), outcome)

    def _teacher(self, weights: Weights, training: dict[str, Any]) -> Teacher:
        env: Any = self.model.get_env().env
        first = env.envs[0] if isinstance(env, SeveralVectorEnv) else env
        return Teacher.of(Problem.of(first), self.learner, weights, training, trained_on=self.several)

    def result(self, seed: int) -> Teacher:
        """The best teacher, with the last one beside it."""
        keep = ("lessons", "reward", "validation")
        training = {
            "seed": seed,
            "cohort_seed": self.cohort[0],
            "lessons": self.spent,
            "trials": self.trials,
            "curve": [{k: None if math.isnan(row[k]) else row[k] for k in keep} for row in self.rows],
        }
        chosen = self.chosen
        training_of_best = {**training, "chosen": int(self.rows[chosen]["lessons"])}
        best = self._teacher(self.tried[chosen][1], training_of_best)
        best.curve = self.rows
        best.last = self._teacher(weights_of(self.model), {**training, "chosen": self.spent})
        return best
