"""Plays histories in Python and again in JavaScript, and counts where the two choose otherwise."""

from __future__ import annotations

import json
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from zpdgym.agents.problem import Problem
from zpdgym.envs import Scenario
from zpdgym.experiments.packed.bundle import BUNDLE
from zpdgym.experiments.packed.contents import contents

CHOSEN, ITEM, CORRECT, OPTION, MINUTES, HINTS, FIELDS = range(7)
Floats = npt.NDArray[np.float64]
OVER, FINISH = -2, -1
"""In place of a choice: the history has ended; the tutor would end the teaching."""
OWN = 0.5
"""How many lessons are as the tutor chose; the others are with any item."""
REPLAY = Path(__file__).with_name("replay.mjs")


@dataclass(frozen=True)
class Found:
    """What came of it.

    Attributes:
        histories: how many there were.
        choices: how many choices were compared.
        differing: how many differ, those of near ties among them.
        near: how many of those are near ties, scores that differ by less than 1e-5.
        ties: how many of all choices are near ties.
        finished: how often the tutor ended the teaching.
        off: the largest difference of any belief after the last lesson.
        python: seconds of playing.
        node: seconds of playing again.
    """

    histories: int
    choices: int
    differing: int
    near: int
    ties: int
    finished: int
    off: float
    python: float
    node: float

    @property
    def agrees(self) -> bool:
        """Whether all choices are the same but for near ties, of which fewer than one in a thousand may differ."""
        return self.differing == self.near and self.near < max(self.choices / 1000, 1)


def played(scenario: Scenario, policy: Any, n: int, seed: int) -> tuple[Floats, Floats]:
    """(N, T, ``FIELDS``) what was chosen and what happened, and (N, K) what is believed in the end."""
    env, rng = scenario.make(n, seed=seed, autoreset=False), np.random.default_rng(seed)
    policy.bind(Problem.of(env))
    observation, _ = env.reset(seed=seed)
    lessons: Floats = np.full((n, env.horizon, FIELDS), float(OVER))
    for t in range(env.horizon):
        here, masks = ~env.done, env.action_masks()
        if not here.any():
            break
        chosen, _ = policy.predict(observation, None, None, True, action_masks=masks)
        any_item = rng.integers(0, env.curriculum.n_items, n)
        actions = np.where(rng.random(n) < OWN, chosen, any_item)
        told = np.where(chosen == env.finish, FINISH, chosen) if env.finish is not None else chosen
        lessons[here, t, CHOSEN] = told[here]
        observation, *_ = env.step(actions)
        taught = here & (env.items >= 0)
        out = env.outcome
        answers = np.where(out["answered"], out["correct"], -1)
        for field, values in (
            (ITEM, env.items), (CORRECT, answers), (OPTION, out["option"]), (MINUTES, out["minutes"]),
            (HINTS, out["hints"]),
        ):  # fmt: skip
            lessons[taught, t, field] = values[taught]
    return lessons, env.belief_state["belief"].copy()


def replayed(packed: dict[str, Any], lessons: Floats, believed: Floats) -> dict[str, Any]:
    """What node says of these histories: all counts of ``Found`` that it knows, and its seconds.

    Raises:
        RuntimeError: what went wrong there.
    """
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        (here / "tutor.mjs").write_bytes(BUNDLE.read_bytes())
        (here / "tutor.json").write_text(json.dumps(packed), encoding="utf-8")
        lessons.tofile(here / "lessons")
        believed.tofile(here / "believed")
        sizes = [str(size) for size in (*lessons.shape, believed.shape[1])]
        run = subprocess.run(["node", str(REPLAY), folder, *sizes], capture_output=True, text=True, check=False)
    if run.returncode:
        raise RuntimeError(run.stderr)
    return json.loads(run.stdout)


def compare(scenario: Scenario, policy: Any, n: int, seed: int = 0) -> Found:
    """Play so many histories in Python, all at once, and then in node, one after the other in one process."""
    start = time.process_time()
    lessons, believed = played(scenario, policy, n, seed)
    python = time.process_time() - start
    return Found(histories=n, python=python, **replayed(contents(scenario, policy), lessons, believed))
