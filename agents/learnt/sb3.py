"""Stable-Baselines3 on our students, and its models as our policies. The only door to torch, with ``networks``."""

from __future__ import annotations

import json
import random
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast

import numpy as np
import numpy.typing as npt
from zpdgym.errors import InputError

from ...students import draws
from ..problem import Actions, Asked, AskedPolicy, Observation, Problem
from .networks.compiled_dense import CONSTANT, Weights
from .networks.item_features import ItemFeatures
from .recipes import Learner, far

try:
    import torch
    from gymnasium import spaces
    from stable_baselines3.common.callbacks import BaseCallback
    from stable_baselines3.common.vec_env import VecEnv

    from .algorithms import algorithm_of, policy_of, policy_options, training_options
    from .networks.torch_scorer import ItemScorerPolicy
except ModuleNotFoundError as error:
    raise InputError(f"learnt teachers need the package {error.name}: pip install 'zpdgym[rl]'") from error

if TYPE_CHECKING:
    from ...envs.scenario_set import SeveralVectorEnv
    from ...envs.tutor import TutorVectorEnv
    from .teacher import Teacher

__all__ = ["SB3Policy", "TutorVecEnv"]


class TutorVecEnv(VecEnv):
    """A cohort of students as Stable-Baselines3 wants it: a ``VecEnv`` straight over our own environments.

    Nothing is wrapped student by student; trajectories are bit-equal to those of the environment inside. ``seed``
    hands its integer to ``reset`` as the cohort's seed (the base class would give every student seed + i, so that
    neighbouring seeds would share students). sb3-contrib finds the masks by ``env_method("action_masks")``.

    Args:
        env: a ``TutorVectorEnv`` made with ``autoreset=True``, or a ``SeveralVectorEnv``.
    """

    def __init__(self, env: TutorVectorEnv | SeveralVectorEnv) -> None:
        self.env = env  # the base class asks for the render mode at once
        super().__init__(env.num_envs, env.single_observation_space, env.single_action_space)
        self.returns: list[float] = []
        self._sums = np.zeros(env.num_envs)
        self._infos: list[dict[str, Any]] = [{} for _ in range(env.num_envs)]
        self._ended: npt.NDArray[np.int64] = np.zeros(0, np.int64)
        self._actions = np.zeros(env.num_envs, np.int64)
        self._next_seed: int | None = None

    def seed(self, seed: int | None = None) -> list[int | None]:
        """Start the next ``reset`` with this cohort seed; None goes on with the present cohort."""
        self._next_seed = seed
        return [seed] * self.num_envs

    def reset(self) -> Observation:
        """Put every student before the first lesson: (N, R, F)."""
        obs, _ = self.env.reset(seed=self._next_seed)
        self._next_seed = None
        self._sums[:] = 0.0
        return obs

    def step_async(self, actions: npt.NDArray[np.int64]) -> None:
        """Take note of what to teach."""
        self._actions = actions

    def step_wait(self) -> Any:
        """Give the lessons: observations, rewards, whether the teaching has ended, and infos."""
        obs, reward, terminated, truncated, info = self.env.step(self._actions)
        done = terminated | truncated
        self._sums += reward
        for row in self._ended:
            self._infos[row] = {}
        self._ended = np.flatnonzero(done)
        for row in self._ended:
            self._infos[row] = {"terminal_observation": info["final_obs"][row], "TimeLimit.truncated": False}
        self.returns.extend(self._sums[self._ended])
        self._sums[self._ended] = 0.0
        return obs, reward, done, self._infos

    def action_masks(self) -> npt.NDArray[np.bool_]:
        """(N, A) True where the scenario allows the action."""
        return self.env.action_masks()

    def get_images(self) -> Sequence[npt.NDArray[np.uint8]]:
        """A picture of each student's beliefs, where the environment was made with ``render_mode="rgb_array"``."""
        return cast("Sequence[npt.NDArray[np.uint8]]", self.env.render())

    def close(self) -> None:
        """Close the environment."""
        self.env.close()

    def get_attr(self, attr_name: str, indices: Any = None) -> list[Any]:
        """An attribute, once per student asked for."""
        if attr_name == "action_masks":
            return [self.action_masks for _ in self._get_indices(indices)]
        value = getattr(self.env, attr_name)
        return [value for _ in self._get_indices(indices)]

    def set_attr(self, attr_name: str, value: Any, indices: Any = None) -> None:
        """Refuse: all students share one environment."""
        raise NotImplementedError("TutorVecEnv: the students share one environment; set the attribute on .env")

    def env_method(self, method_name: str, *method_args: Any, indices: Any = None, **method_kwargs: Any) -> list[Any]:
        """``action_masks``, student by student; other methods belong to ``.env``."""
        if method_name != "action_masks":
            raise AttributeError(f"TutorVecEnv: call .env.{method_name}() instead; the students share one environment")
        return list(self.action_masks()[list(self._get_indices(indices))])

    def env_is_wrapped(self, wrapper_class: Any, indices: Any = None) -> list[bool]:
        """False: there are no wrappers."""
        return [False for _ in self._get_indices(indices)]


class LenientVecEnv(TutorVecEnv):
    """The same for algorithms that know no masks: who chooses what is forbidden gets an allowed action at random.

    So a forbidden action is never worth more than the best allowed one, and the values of the others are right. The
    teacher itself takes the best allowed action.

    Args:
        env: made with ``autoreset=True``.
    """

    def __init__(self, env: TutorVectorEnv | SeveralVectorEnv) -> None:
        super().__init__(env)
        self._luck = np.random.default_rng(0)

    def seed(self, seed: int | None = None) -> list[int | None]:
        """Start the next ``reset`` with this cohort seed, and the random actions with it."""
        self._luck = np.random.default_rng(seed)
        return super().seed(seed)

    def step_async(self, actions: npt.NDArray[np.int64]) -> None:
        """Take note of what to teach."""
        masks = self.env.action_masks()
        rows = np.flatnonzero(~masks[np.arange(self.num_envs), actions])
        actions = np.array(actions)
        if len(rows):
            luck = np.where(masks[rows], self._luck.random((len(rows), masks.shape[1])), -1.0)
            actions[rows] = luck.argmax(axis=1)
        super().step_async(actions)


def new_model(
    env: VecEnv, learner: Learner, features: ItemFeatures | None, *, n_steps: int, seed: int, masked: bool
) -> Any:
    """An untrained model of Stable-Baselines3 or sb3-contrib with the settings of a learnt policy.

    Args:
        env: any ``VecEnv`` of the scenario; a ``TutorVecEnv`` where the settings leave ``gamma`` to the course.
        learner: the settings.
        features: what a scorer is told, None for other networks.
        n_steps: lessons of each student between updates.
        seed: of the initial weights and of the choices.
        masked: whether the scenario forbids actions.
    """
    settings, network = learner.settings(), learner.network
    if settings["gamma"] is None:
        inside = cast("TutorVecEnv", env).env
        settings["gamma"] = far(max(one.horizon for one in getattr(inside, "envs", [inside])))
    arrays = None if features is None else features.arrays
    return algorithm_of(learner.algorithm, network, masked=masked)(
        policy_of(network),
        env,
        policy_kwargs=policy_options(network, settings, arrays),
        seed=draws.spawn_seed(seed, "policy") % 2**32,
        device="cpu",
        **training_options(learner.algorithm, settings, features, n_steps=n_steps, n_envs=env.num_envs),
    )


class Watcher(Protocol):
    """Whoever looks on while a model learns."""

    def before_rollout(self, model: Any) -> bool:
        """Called before every rollout; False ends the training."""
        ...

    def at_end(self, model: Any) -> None:
        """Called once, when the training has ended."""
        ...


class _Watch(BaseCallback):
    def __init__(self, watcher: Watcher) -> None:
        super().__init__()
        self.watcher, self.go_on = watcher, True

    def _on_rollout_start(self) -> None:
        self.go_on = self.watcher.before_rollout(self.model)

    def _on_step(self) -> bool:
        return self.go_on

    def _on_training_end(self) -> None:
        self.watcher.at_end(self.model)


def learn(model: Any, lessons: int, watcher: Watcher, rates: tuple[float, float]) -> None:
    """Train a model for these lessons; its learning rate falls between two shares of its full value."""
    full, (first, last) = model.learning_rate, rates
    model.lr_schedule = lambda left: full * (last + (first - last) * left)
    model.learn(lessons, callback=_Watch(watcher), log_interval=None)


def weights_of(model: Any) -> Weights:
    """The network's arrays by torch's names, and the scorer's tables."""
    # SB3 lists a shared trunk three times, and beside the values those that the targets come from
    twice = ("pi_features_extractor.", "vf_features_extractor.", "q_net_target.", "quantile_net_target.")
    state = {k: v.cpu().numpy().copy() for k, v in model.policy.state_dict().items() if not k.startswith(twice)}
    if isinstance(model.policy, ItemScorerPolicy):
        state |= {CONSTANT + k: np.array(v) for k, v in model.policy.item_features.arrays.items()}
    return state


def to_sb3(teacher: Teacher) -> Any:
    """A trained teacher as a Stable-Baselines3 model without an environment; see ``Teacher.to_sb3``."""
    card, network = teacher.card, teacher.card["network"]
    rows = card["n_skills"] if card["rows"] == "skills" else card["n_items"]
    arrays = None if teacher.features is None else teacher.features.arrays
    model = algorithm_of(card["algorithm"], network, masked=card["finish"])(
        policy_of(network),
        None,
        policy_kwargs=policy_options(network, card["settings"], arrays),
        device="cpu",
        _init_setup_model=False,
        **({"buffer_size": 1} if network in ("values", "quantiles") else {}),  # it would take gigabytes
    )
    model.observation_space = spaces.Box(0.0, 1.0, (rows, len(card["columns"])), np.float32)
    model.action_space = spaces.Discrete(teacher.n_actions)
    model.n_envs = 1
    with torch_settings(torch.get_num_threads()):
        model._setup_model()
    put_weights(model, teacher.weights)
    return model


def put_weights(model: Any, weights: Weights) -> None:
    """Put the arrays of a teacher into a model of the same shape."""
    state = {k: torch.from_numpy(np.array(v)) for k, v in weights.items() if not k.startswith(CONSTANT)}
    for name in model.policy.state_dict():
        if name not in state:  # what ``weights_of`` leaves out
            once = name.replace("pi_features", "features").replace("vf_features", "features")
            state[name] = state[once.replace("net_target.", "net.")]
    model.policy.load_state_dict(state)


class SB3Policy(AskedPolicy):
    """Any model of Stable-Baselines3 or sb3-contrib as a policy: PPO, A2C, DQN, MaskablePPO, RecurrentPPO.

    Where the model has a distribution over actions, forbidden ones are taken out and sampling uses the policy's own
    keyed uniforms; other models (DQN) take their best action. Networks run on blocks of 256 students, the last one
    filled up, so that decisions do not depend on how many students there are.

    Args:
        model: the model; it may have been trained on (R, F) observations or on the flattened ones.
        name: what tables print.
    """

    privileged = False
    learnt = True
    draws = 1
    needs: frozenset[str] = frozenset()
    BLOCK = 256

    def __init__(self, model: Any, name: str = "sb3") -> None:
        self.model = model
        self.name = name

    def bind(self, problem: Problem) -> None:
        """Check that the model's spaces are those of the scenario.

        Raises:
            InputError: another number of actions, or another shape of the observation.
        """
        rows = problem.curriculum.n_skills if problem.rows == "skills" else problem.curriculum.n_items
        shape, found = (rows, len(problem.columns)), tuple(self.model.observation_space.shape)
        if found not in (shape, (shape[0] * shape[1],)):
            raise InputError(f"policy {self.name}: its observations have shape {found}; {problem.scenario} has {shape}")
        actions, here = int(self.model.action_space.n), problem.n_actions
        if actions != here:
            raise InputError(f"policy {self.name}: it has {actions} actions; {problem.scenario} has {here}")
        if not hasattr(self.model.policy, "get_distribution") and problem.finish is not None:
            raise InputError(f"policy {self.name} cannot keep to action masks, which {problem.scenario} has")

    def answer(self, asked: Asked) -> tuple[Actions, Any]:
        """The next action of every student; ``state`` holds the memory of a recurrent model."""
        n, state, begins, u = len(asked.observation), asked.state, asked.episode_start, asked.u
        obs = np.asarray(asked.observation, np.float32).reshape(n, *self.model.observation_space.shape)
        start = np.zeros(n, np.float32) if begins is None else begins.astype(np.float32)
        masks = asked.masks(int(self.model.action_space.n))
        if state is None and hasattr(self.model.policy, "lstm_actor"):
            state = self._no_memory(n)
        luck = None if asked.deterministic or u is None else u[:, 0]
        actions, memory = np.empty(n, np.int64), {k: np.empty_like(v) for k, v in (state or {}).items()}
        self.model.policy.set_training_mode(False)
        for first in range(0, n, self.BLOCK):
            rows = slice(first, min(first + self.BLOCK, n))
            part = {k: _filled(v[rows], self.BLOCK) for k, v in (state or {}).items()}
            score, part = self._scores(_filled(obs[rows], self.BLOCK), part, _filled(start[rows], self.BLOCK))
            count = rows.stop - rows.start
            actions[rows] = _pick(score[:count], masks[rows], None if luck is None else luck[rows])
            for key, value in part.items():
                memory[key][rows] = value[:count]
        return actions, memory or None

    def _scores(self, obs: Any, memory: Any, start: Any) -> tuple[npt.NDArray[np.float64], dict[str, Any]]:
        """(BLOCK, A) probabilities, or 1 at the chosen action; and the new memory."""
        policy = self.model.policy
        with torch.no_grad():
            if memory:
                cells = tuple(torch.from_numpy(memory[k].swapaxes(0, 1).copy()) for k in ("hidden", "cell"))
                distribution, cells = policy.get_distribution(torch.from_numpy(obs), cells, torch.from_numpy(start))
                memory = {k: c.numpy().swapaxes(0, 1) for k, c in zip(("hidden", "cell"), cells, strict=True)}
                return distribution.distribution.probs.double().numpy(), memory
            if hasattr(policy, "get_distribution"):
                probs = policy.get_distribution(torch.from_numpy(obs)).distribution.probs
                return probs.double().numpy(), {}
        chosen, _ = self.model.predict(obs, deterministic=True)
        return np.eye(int(self.model.action_space.n))[chosen], {}

    def _no_memory(self, n: int) -> dict[str, npt.NDArray[np.float32]]:
        lstm = self.model.policy.lstm_actor
        return {k: np.zeros((n, lstm.num_layers, lstm.hidden_size), np.float32) for k in ("hidden", "cell")}


def _filled(values: npt.NDArray[Any], size: int) -> npt.NDArray[Any]:
    """The rows, and zeros up to ``size`` rows."""
    full = np.zeros((size, *values.shape[1:]), values.dtype)
    full[: len(values)] = values
    return full


def _pick(score: npt.NDArray[np.float64], masks: npt.NDArray[np.bool_], luck: Any) -> Actions:
    allowed = np.where(masks, score, 0.0)
    if luck is None:
        return np.where(masks, score, -1.0).argmax(axis=1)
    # a model that gives all allowed actions probability 0 leaves no choice but an even one
    allowed = np.where(allowed.sum(axis=1, keepdims=True) > 0, allowed, masks)
    rising = np.cumsum(allowed, axis=1)
    return (rising > luck[:, None] * rising[:, -1:]).argmax(axis=1)


def load_sb3_zip(path: str | Path, *, trust: bool = False) -> SB3Policy:
    """A model that Stable-Baselines3 or sb3-contrib saved as a zip.

    Args:
        path: the file.
        trust: such a file holds pickled Python objects: loading one can run any code. Only True loads it.

    Raises:
        InputError: not trusted, no such file, not a model of a kind that we know.
    """
    if not trust:
        raise InputError(
            f"{path}: a zip of Stable-Baselines3 can run any code when it is loaded; if you made it yourself or trust "
            "who did, say policy.trust=true"
        )
    import sb3_contrib
    import stable_baselines3

    try:
        with zipfile.ZipFile(path) as archive:
            data = json.loads(archive.read("data"))
    except (OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise InputError(f"{path} is not a model that Stable-Baselines3 saved ({error})") from error
    name = _algorithm(data)
    model_class = getattr(sb3_contrib, name, None) or getattr(stable_baselines3, name)
    return SB3Policy(model_class.load(path, device="cpu"), name=Path(path).stem)


def _algorithm(data: dict[str, Any]) -> str:
    """The class that saved this file; the file itself names only its policy's."""
    module = str(data.get("policy_class", {}).get("__module__", ""))
    for part, name in (("recurrent", "RecurrentPPO"), ("maskable", "MaskablePPO"), ("zpdgym", "MaskablePPO"),
                       ("qrdqn", "QRDQN"), ("dqn", "DQN"), ("tqc", "TQC"), ("sac", "SAC")):  # fmt: skip
        if part in module:
            return name
    return "PPO" if "clip_range" in data else "A2C"


@contextmanager
def torch_settings(threads: int) -> Iterator[None]:
    """Torch on this many threads; its global generator, NumPy's and Python's are left as they were found."""
    before = torch.get_num_threads()
    states = torch.get_rng_state(), np.random.get_state(), random.getstate()  # noqa: NPY002
    torch.set_num_threads(threads)
    try:
        yield
    finally:
        torch.set_num_threads(before)
        torch.set_rng_state(states[0])
        np.random.set_state(states[1])  # noqa: NPY002
        random.setstate(states[2])
