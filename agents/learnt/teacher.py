"""A trained teacher: chooses items with its weights alone, needs no torch, and can be saved and read safely."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import numpy.typing as npt
from zpdgym.errors import InputError, Violations
from zpdgym.files import is_file
from zpdgym.parameters import Switch, Table, Text, read

from ...students.jit import kernel
from ..problem import Actions, Asked, AskedPolicy, Observation, Problem, require
from .networks.compiled_attention import AttentionNetwork
from .networks.compiled_dense import (
    CONSTANT,
    FlatNetwork,
    QuantileNetwork,
    ValueNetwork,
    Weights,
    n_actions,
)
from .networks.compiled_lstm import RecurrentNetwork
from .networks.compiled_scorer import ScorerNetwork
from .teacher_files import CARD, WEIGHTS, read_teacher, write_teacher

if TYPE_CHECKING:
    from ...envs.scenario_set import ScenarioSet
    from ...students.curriculum.curriculum import Curriculum
    from .explain import Explanation
    from .recipes import Learner

__all__ = ["Saved", "Teacher"]

NETWORKS: dict[str, Any] = {
    "flat": FlatNetwork,
    "values": ValueNetwork,
    "quantiles": QuantileNetwork,
    "recurrent": RecurrentNetwork,
    "scorer": ScorerNetwork,
    "attention": AttentionNetwork,
}
"""What a teacher's card may name as its network."""
ALGORITHMS = ("PPO", "A2C", "DQN", "QRDQN", "RecurrentPPO")


class Teacher(AskedPolicy):
    """A policy that was learnt: its network, and the problem that it was trained for.

    Decisions are computed row by row by compiled kernels in a fixed order of additions, so they are bit-equal for
    every number of students and every split of a cohort. Training computes the same numbers with torch, to about
    1e-6.

    Attributes:
        card: what the teacher is, as plain values: network, settings, columns, scenario, curriculum, training.
        weights: the arrays of the network by torch's names, and the constant tables of the scorer.
        last: the teacher as it was when training ended, if that is not this one (which is the best on validation
            students); only straight after training.
        curve: the learning curve with seconds; only straight after training.
        moves: whether it may teach other curricula than the one that it was trained on: an item scorer that was
            trained on several scenarios, or where somebody says so (``Saved(..., transfer=True)``).
        action_names: (A,) what its actions are called in the scenario that it was last put before; empty before that.
    """

    privileged = False
    learnt = True
    passes_over = True
    """Students for whom nothing is allowed cost it nothing, so it need not be asked about those whose time is over."""

    def __init__(self, card: dict[str, Any], weights: Weights) -> None:
        self.card = card
        self.weights = weights
        self.name: str = card["name"]
        self.moves = len(card["trained_on"]) > 1
        self.needs: frozenset[str] = frozenset(card["columns"])
        self.action_names: tuple[str, ...] = ()
        self.last: Teacher | None = None
        self.curve: list[dict[str, float]] = []
        self.network = NETWORKS[card["network"]](card, weights)
        self.features = self.network.features
        self.draws = int(self.network.sampled)

    @classmethod
    def of(
        cls, problem: Problem, learner: Learner, weights: Weights, training: dict[str, Any], *, trained_on: ScenarioSet
    ) -> Teacher:
        """The teacher that a training on these scenarios has made; ``problem`` is that of the first."""
        labels = [scenario.label for scenario in trained_on.scenarios]
        card = {**_identity(problem), "scenario": trained_on.label, "trained_on": labels, **_plain(learner)}
        teacher = cls({**card, "training": training}, weights)
        teacher.action_names = problem.action_names
        return teacher

    def bind(self, problem: Problem) -> None:
        """Check that this is the problem that the teacher was trained for, or get ready for another if it may.

        Raises:
            InputError: other columns, rows, items or prerequisites, each named.
        """
        require(self, problem, rows=self.card["rows"])
        here = _identity(problem)
        learnt: str = self.card["scenario"]
        refusal = f"policy {self.name} was trained on {learnt} and cannot teach {problem.scenario}:"
        version = f"; scenario={learnt} is the version that it learnt" * _other_version(learnt, problem.scenario)
        for key, what in (("columns", "other columns are shown"), ("finish", "the 'finish' action is another")):
            if here[key] != self.card[key]:
                raise InputError(f"{refusal} {what} ({self.card[key]}; here {here[key]}){version}")
        if self.moves:
            self._move(problem, {**here, "scenario": self.card["scenario"]})
        elif here["curriculum"] != self.card["curriculum"]:
            more = "; policy.transfer=true lets it try" if self.features is not None else ""
            raise InputError(f"{refusal} the curriculum is another{more}{version}")
        self.action_names = problem.action_names

    def _move(self, problem: Problem, here: dict[str, Any]) -> None:
        """Describe the items of this problem from now on; the network and its standardisation stay."""
        settings, old = self.card["settings"], self.features.arrays
        features = self.network.features_class.of(problem, ready_at=settings["ready"], done_at=settings["done"])
        features.take_scales(old["scale"], old["pooled_scale"])
        kept = {name: array for name, array in self.weights.items() if not name.startswith(CONSTANT)}
        self.weights = kept | {CONSTANT + name: array for name, array in features.arrays.items()}
        self.card = {**self.card, **here}
        self.network = NETWORKS[self.card["network"]](self.card, self.weights)
        self.features = self.network.features

    def answer(self, asked: Asked) -> tuple[Actions, Any]:
        """The next action of every student: the most probable one, or one sampled with ``u`` (N, 1).

        A network that tells values has no probabilities: its best action is taken either way. The state is what a
        network that remembers keeps: a dict of float32 arrays (N, width). Where nothing is allowed the action is -1.

        Raises:
            InputError: a sampled action is wanted without ``u``.
        """
        obs, u = np.ascontiguousarray(asked.observation, np.float32), asked.u
        single = obs.ndim == 2
        if single:
            obs = obs[None]
        masks = np.ones((len(obs), self.n_actions), np.bool_)
        if asked.action_masks is not None:
            masks = np.ascontiguousarray(asked.action_masks, np.bool_).reshape(len(obs), self.n_actions)
        best_only = asked.deterministic or not self.draws
        if u is None and not best_only:
            raise InputError(f"policy {self.name}: sampling needs one uniform per student (u), or deterministic=True")
        luck = np.zeros(len(obs)) if best_only or u is None else np.ascontiguousarray(u[:, 0], np.float64)
        memory = self.network.remember(obs, asked.state, asked.episode_start)
        start, action, logits = self.network.pairs(obs, masks, memory)
        chosen = np.empty(len(obs), np.int64)
        _choose(start, action, logits, luck, best_only, chosen)
        return (chosen[0] if single else chosen), (asked.state if memory is None else memory)

    def __repr__(self) -> str:
        return f"Teacher({self.name!r}, trained for {self.card['scenario']})"

    @property
    def n_actions(self) -> int:
        """A, how many actions the teacher chooses among."""
        return n_actions(self.card)

    def logits(
        self, obs: Observation, masks: npt.NDArray[np.bool_]
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.float32]]:
        """The preference for every action in question, student by student; a network that remembers begins afresh.

        Returns:
            ``start`` (N + 1,), ``action`` (P,) and their ``logits`` (P,): the pairs of student i are
            ``start[i]`` … ``start[i + 1] - 1``. Where the network tells values, they stand in place of logits.
        """
        return self.network.pairs(obs, masks, self.network.remember(obs, None, None))

    def explain(self, observation: object, *, action_masks: object = None) -> Explanation:
        """Why it would choose what it does in one situation: every candidate's score, and what moved it.

        Args:
            observation: of one student: rows x columns as the environment gives it, the same as one row of numbers,
                or a batch of one.
            action_masks: (A,) what the scenario allows now (``info["action_mask"]``); None: everything.

        Raises:
            InputError: a teacher that has met no scenario yet or that remembers earlier lessons, or an observation or
                masks of the wrong form.
        """
        from .explain import explain

        return explain(self, observation, action_masks)

    def save(self, folder: str | Path) -> None:
        """Write ``teacher.json`` and ``weights.safetensors`` into a folder."""
        write_teacher(Path(folder), self.card, self.weights)

    @classmethod
    def load(cls, folder: str | Path) -> Teacher:
        """Read a teacher; nothing in its files is executed.

        Raises:
            InputError: one line that names the file and what is wrong with it.
        """
        card, weights = read_teacher(Path(folder))
        _check(Path(folder), card, weights)
        return cls(card, weights)

    def to_sb3(self) -> Any:
        """The same teacher as the model of Stable-Baselines3 or sb3-contrib that it was, without an environment.

        A teacher that teaches many curricula becomes the model for the one that it was last put before (``bind``;
        straight after training the first), because such a model has observations of one shape. Its ``predict`` takes
        observations (R, F) or (N, R, F); ``action_masks`` where it is a MaskablePPO, and ``state`` and
        ``episode_start`` where it is a RecurrentPPO.
        """
        from .sb3 import to_sb3

        return to_sb3(self)


class Saved:
    """A teacher from disk as a policy: ``policy=saved policy.path=…``; making one gives the policy itself."""

    PARAMETERS: ClassVar[Table] = {
        "path": Text("where the teacher is", allowed="a folder with teacher.json, or a zip of Stable-Baselines3"),
        "trust": Switch("load a zip, which can run any code in it"),
        "transfer": Switch("let it teach another curriculum than it was trained on (item scorers only)"),
    }
    learnt = True
    privileged = False

    def __new__(cls, path: str, *, trust: bool = False, transfer: bool = False) -> Any:
        """The policy that lies at ``path``.

        Raises:
            InputError: what lies there cannot be read, or teaches one curriculum only and shall teach others.
        """
        wrong = Violations("policy saved")
        read(cls.PARAMETERS, locals(), wrong)
        wrong.raise_any()
        if is_file(path) and trust:
            from .sb3 import load_sb3_zip

            return load_sb3_zip(path, trust=True)
        teacher = Teacher.load(path)
        if transfer and teacher.features is None:
            raise InputError(
                f"policy.transfer=true: the {teacher.card['network']} network of {path} is made for one curriculum; "
                "only item scorers can teach another"
            )
        teacher.moves = teacher.moves or transfer
        return teacher


def curriculum_hash(curriculum: Curriculum) -> str:
    """A fingerprint of skills, items and prerequisites."""
    text = json.dumps(curriculum.to_dict(), sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _other_version(one: str, other: str) -> bool:
    """Whether two scenarios are versions of one, as Algebra-v0 and Algebra-v1."""
    versions = [re.fullmatch(r"(.+)-v\d+", label) for label in (one, other)]
    return one != other and all(versions) and len({found[1] for found in versions if found}) == 1


def _identity(problem: Problem) -> dict[str, Any]:
    return {
        "scenario": problem.scenario,
        "curriculum": curriculum_hash(problem.curriculum),
        "n_skills": problem.curriculum.n_skills,
        "n_items": problem.curriculum.n_items,
        "rows": problem.rows,
        "columns": [c.name for c in problem.columns],
        "finish": problem.finish is not None,
    }


def _plain(learner: Learner) -> dict[str, Any]:
    settings = {k: list(v) if isinstance(v, tuple) else v for k, v in learner.settings().items()}
    return {"name": learner.name, "algorithm": learner.algorithm, "network": learner.network, "settings": settings}


@kernel
def _choose(start, action, logits, luck, deterministic, chosen):
    """The most probable action (the first of equals), or the one where the cumulative probability passes ``luck``."""
    for i in range(chosen.shape[0]):
        first, last = start[i], start[i + 1]
        if first == last:
            chosen[i] = -1
            continue
        best = first
        for p in range(first + 1, last):
            if logits[p] > logits[best]:
                best = p
        if not deterministic:
            total = 0.0
            for p in range(first, last):
                total += np.exp(np.float64(logits[p]) - logits[best])
            left = luck[i] * total
            for p in range(first, last):
                left -= np.exp(np.float64(logits[p]) - logits[best])
                if left < 0.0:
                    best = p
                    break
        chosen[i] = action[best]


def _check(folder: Path, card: dict[str, Any], weights: Weights) -> None:
    """Refuse a card or arrays that do not fit together: kernels look things up without checking bounds."""
    path = folder / CARD
    try:
        network = NETWORKS[card["network"]]
        shapes = network.shapes(card, weights)
        fine = network.sound(card) and card["algorithm"] in ALGORITHMS and card["rows"] in ("skills", "items")
        fine = fine and isinstance(card["name"], str) and isinstance(card["finish"], bool)
        fine = fine and all(isinstance(c, str) for c in card["columns"])
        fine = fine and all(isinstance(label, str) for label in card["trained_on"])
        fine = fine and isinstance(card["trained_on"], list) and bool(card["trained_on"])
        fine = fine and isinstance(card.get("training", {}), dict)
        fine = fine and isinstance(card["curriculum"], str) and isinstance(card["scenario"], str)
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        raise InputError(f"{path} is not a complete teacher: {type(error).__name__} {error}") from error
    if not fine:
        raise InputError(f"{path} is not a complete teacher: a key has a value of the wrong kind")
    for name, shape in shapes.items():
        found = weights[name].shape if name in weights else "nothing"
        if found != shape:
            raise InputError(f"{folder / WEIGHTS}: the array {name} should have shape {shape}; found {found}")
    for name in weights:
        if name not in shapes:
            raise InputError(f"{folder / WEIGHTS}: the array {name} does not belong to this teacher")
    if not network.in_bounds(card, weights):
        raise InputError(f"{folder / WEIGHTS}: a table points to rows or columns that do not exist")
