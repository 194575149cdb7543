"""How fast teachers train: native batched students against SB3 over plain scalar environments, in the same run.

Same world (30 skills, BKT students, 200 lessons), same observation, same networks and hyper-parameters (PPO, 4 epochs,
batches of 4096 lessons, rollouts of 16 384, one thread). Bars, in frames per second of SB3's DummyVecEnv of 16 scalar
environments: with SB3's loop the row scorer at least 2.7 times and the flat network at least 2 times, with our loop at
least 4 and 5 times; the scorer at least as fast per lesson as SB3's own flat network; the simulator at most 3 % and the
rollout at most 40 % of training time.

    .venv/bin/python -m benchmarks.training [--quick]
"""

from __future__ import annotations

import argparse
import os
import time
from typing import Any

os.environ.setdefault("NUMBA_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import gymnasium
import numpy as np
import torch
from stable_baselines3 import PPO
from stable_baselines3.common.vec_env import DummyVecEnv
from zpdgym.agents.learnt.networks.item_features import ItemFeatures
from zpdgym.agents.learnt.ppo import Loop
from zpdgym.agents.learnt.recipes import FlatPPO, Learner
from zpdgym.agents.learnt.sb3 import TutorVecEnv, new_model
from zpdgym.agents.learnt.scorers import ScorerPPO
from zpdgym.agents.problem import Problem

from benchmarks.policies import world
from benchmarks.scalar_env import ScalarBKTStudent, ScalarTutorEnv

ROLLOUT = 16_384
BARS = {"scorer": {"sb3": 2.7, "fast": 4.0}, "flat": {"sb3": 2.0, "fast": 5.0}}
SIMULATOR_BAR, ROLLOUT_BAR = 0.03, 0.40


class Masked(gymnasium.Wrapper):
    """The scalar environment with the method that sb3-contrib asks for masks."""

    def action_masks(self) -> np.ndarray:
        return np.ones(self.action_space.n, bool)


class Watched(TutorVecEnv):
    """The native bridge with a clock around the simulator."""

    seconds = 0.0

    def step_wait(self) -> Any:
        start = time.process_time()
        result = super().step_wait()
        self.seconds += time.process_time() - start
        return result


def learner(kind: str) -> Learner:
    return ScorerPPO(name=kind, reward="belief_gain") if kind == "scorer" else FlatPPO(name=kind, reward="belief_gain")


def frames_per_second(model: Any, rollouts: int) -> tuple[float, float]:
    """Frames a second over some rollouts with their updates, and the share of the time that the rollouts took."""
    collect, spent = model.collect_rollouts, []

    def timed(*args: Any, **kwargs: Any) -> bool:
        start = time.process_time()
        result = collect(*args, **kwargs)
        spent.append(time.process_time() - start)
        return result

    model.learn(ROLLOUT, log_interval=None)  # compiles the kernels, warms the caches
    model.collect_rollouts = timed
    if hasattr(model.env, "seconds"):
        model.env.seconds = 0.0
    start = time.process_time()
    model.learn(ROLLOUT * rollouts, log_interval=None)
    total = time.process_time() - start
    return ROLLOUT * rollouts / total, sum(spent) / total


def measure_loop(loop: Loop, rollouts: int) -> dict[str, float]:
    """Frames a second of our own loop, and the shares of the time that rollouts and simulator took."""
    env, spent = loop.venv.env, {"rollout": 0.0, "simulator": 0.0}

    def clocked(name: str, function: Any) -> Any:
        def run(*args: Any) -> Any:
            start = time.process_time()
            result = function(*args)
            spent[name] += time.process_time() - start
            return result

        return run

    loop.collect(), loop.update(1e-3)  # compiles the kernels, warms the caches
    env.step, collect = clocked("simulator", env.step), clocked("rollout", loop.collect)
    start = time.process_time()
    for _ in range(rollouts):
        collect()
        loop.update(1e-3)
    total = time.process_time() - start
    return {"rate": ROLLOUT * rollouts / total} | {name: seconds / total for name, seconds in spent.items()}


def measure(kind: str, rollouts: int, trainer: str) -> dict[str, float]:
    """Rates of "scalar" students or, on native ones, of the trainer "sb3" or "fast"."""
    scenario, settings = world(), learner(kind)
    problem = Problem.of(scenario.make(1))
    if trainer == "scalar":
        env: Any = DummyVecEnv([lambda: Masked(ScalarTutorEnv(scenario, ScalarBKTStudent(scenario.student)))] * 16)
    else:
        env = Watched(scenario.make(256, reward=settings.reward))
    chosen: Any = settings.settings()
    features = ItemFeatures.of(problem, ready_at=chosen["ready"], done_at=chosen["done"]) if kind == "scorer" else None
    model = new_model(env, settings, features, n_steps=ROLLOUT // env.num_envs, seed=0, masked=False)
    if trainer == "fast":
        return measure_loop(Loop(model), rollouts)
    rate, rollout_share = frames_per_second(model, rollouts)
    share = env.seconds / (ROLLOUT * rollouts / rate) if trainer == "sb3" else float("nan")
    return {"rate": rate, "rollout": rollout_share, "simulator": share}


def sb3_default() -> PPO:
    """PPO with the network that SB3 takes when nothing is said, on native students, otherwise the same settings."""
    env = TutorVecEnv(world().make(256, reward="belief_gain"))
    options: dict[str, Any] = {"n_steps": ROLLOUT // 256, "batch_size": 4096, "n_epochs": 4, "learning_rate": 1e-3}
    return PPO("MlpPolicy", env, device="cpu", seed=0, **options)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="one rollout an entry instead of six")
    rollouts = 1 if parser.parse_args().quick else 6
    torch.set_num_threads(1)
    print(f"{'network':8} {'students':24} {'frames/s':>9} {'ratio':>6} {'rollout':>8} {'simulator':>10}")
    native: dict[str, dict[str, float]] = {}
    for kind in ("scorer", "flat"):
        plain = measure(kind, max(rollouts // 3, 1), "scalar")
        print(f"{kind:8} {'16 scalar, DummyVecEnv':24} {plain['rate']:9.0f} {1:6.1f} {plain['rollout']:8.0%}")
        native[kind] = measure(kind, rollouts, "sb3")
        report(kind, "sb3", "256 native, TutorVecEnv", native[kind], plain["rate"])
        report(kind, "fast", "256 native, our loop", measure(kind, rollouts, "fast"), plain["rate"])
    print(f"scorer against our flat network, per lesson: {native['scorer']['rate'] / native['flat']['rate']:.2f}")
    usual, _ = frames_per_second(sb3_default(), rollouts)
    faster = native["scorer"]["rate"] / usual
    print(f"scorer against SB3's own flat network (two separate 64-64 tanh): {faster:.2f} of {usual:.0f} frames/s")
    print(f"bar: the scorer is at least as fast per lesson as the flat network: {_verdict(faster >= 1)}")


def report(kind: str, trainer: str, name: str, row: dict[str, float], plain: float) -> None:
    """One line of the table, with what its bars say."""
    ratio, bar = row["rate"] / plain, BARS[kind][trainer]
    print(
        f"{kind:8} {name:24} {row['rate']:9.0f} {ratio:6.1f} {row['rollout']:8.0%} {row['simulator']:10.1%}   "
        f"bars: ratio >= {bar} {_verdict(ratio >= bar)}, rollout <= 40 % {_verdict(row['rollout'] <= ROLLOUT_BAR)}, "
        f"simulator <= 3 % {_verdict(row['simulator'] <= SIMULATOR_BAR)}"
    )


def _verdict(passed: bool) -> str:
    return "passed" if passed else "MISSED"


if __name__ == "__main__":
    main()
