"""Lessons a second that other libraries train with, by what they are given: everything in one run, in turns.

    .venv/bin/python -m benchmarks.clients.speed [SCENARIO]

PPO of the same size everywhere: two layers of 64, 2048 lessons an update, batches of 256, 4 epochs, one thread for
torch. Each entry trains in turn with the others, five times over, in one environment that has both libraries, and the
median is told: seconds of the clock, because ``SubprocVecEnv`` works in other processes. *alone* is the same without
learning: actions by lot.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = "1"

LESSONS, ROUNDS, UPDATES = 2048, 5, 3
Work = Callable[[int], object]
"""What trains, or only teaches, for so many lessons."""


def sb3(students: object) -> tuple[Work, Work]:
    """PPO of Stable-Baselines3, and the same environment with actions by lot."""
    import numpy as np
    from stable_baselines3 import PPO

    n = students.num_envs
    model = PPO("MlpPolicy", students, n_steps=LESSONS // n, batch_size=256, n_epochs=4, seed=0, device="cpu")
    by_lot = np.random.default_rng(0).integers(students.action_space.n, size=(LESSONS, n))

    def alone(lessons: int) -> None:
        students.reset()
        for step in range(lessons // n):
            students.step(by_lot[step % LESSONS])

    return model.learn, alone


def torchrl(env: object, width: int, n_actions: int) -> tuple[Work, Work]:
    """PPO of torchrl, and the same environment with actions by lot."""
    import torch
    from tensordict.nn import TensorDictModule
    from torchrl.collectors import Collector
    from torchrl.modules import MLP, ProbabilisticActor, ValueOperator
    from torchrl.objectives import ClipPPOLoss
    from torchrl.objectives.value import GAE

    layers = {"in_features": width, "num_cells": [64, 64], "activation_class": torch.nn.Tanh}
    scores = TensorDictModule(MLP(out_features=n_actions, **layers), in_keys=["observation"], out_keys=["logits"])
    chance = torch.distributions.Categorical
    actor = ProbabilisticActor(scores, in_keys=["logits"], distribution_class=chance, return_log_prob=True)
    critic = ValueOperator(MLP(out_features=1, **layers), in_keys=["observation"])
    loss = ClipPPOLoss(actor, critic)
    advantages = GAE(gamma=0.99, lmbda=0.95, value_network=critic)
    optimiser = torch.optim.Adam(loss.parameters(), lr=3e-4)

    def learn(lessons: int) -> None:
        collector = Collector(
            env, actor, frames_per_batch=LESSONS, total_frames=lessons, auto_register_policy_transforms=True
        )
        for taught in collector:
            advantages(taught)
            flat = taught.reshape(-1)
            for _ in range(4):
                for rows in torch.randperm(len(flat)).split(256):
                    parts = loss(flat[rows])
                    optimiser.zero_grad()
                    (parts["loss_objective"] + parts["loss_critic"] + parts["loss_entropy"]).backward()
                    optimiser.step()

    def alone(lessons: int) -> None:
        env.rollout(lessons // max(env.batch_size.numel(), 1), break_when_any_done=False)

    return learn, alone


def entries(scenario: str) -> dict[str, tuple[Work, Work]]:
    """What the table compares."""
    import zpdgym
    from stable_baselines3.common.env_util import make_vec_env
    from stable_baselines3.common.vec_env import DummyVecEnv, SubprocVecEnv
    from torchrl.envs import GymEnv, GymWrapper, SerialEnv
    from zpdgym.agents import TutorVecEnv
    from zpdgym.envs.registration import flat_id

    one = zpdgym.make(scenario, flat=True)
    size = (one.observation_space.shape[0], int(one.action_space.n))
    name = f"zpdgym:{flat_id(one.unwrapped.scenario.name)}"

    def many(n: int) -> object:
        students = zpdgym.make_vec(scenario, n, flat=True, autoreset_mode="Disabled")
        return GymWrapper(students, categorical_action_encoding=True)

    def single() -> object:
        return GymEnv(name, categorical_action_encoding=True)

    return {
        "SB3, DummyVecEnv, 8 students": sb3(make_vec_env(name, 8, vec_env_cls=DummyVecEnv)),
        "SB3, SubprocVecEnv, 8 students": sb3(make_vec_env(name, 8, vec_env_cls=SubprocVecEnv)),
        "SB3, TutorVecEnv, 8 students": sb3(TutorVecEnv(zpdgym.make_vec(scenario, 8))),
        "SB3, TutorVecEnv, 64 students": sb3(TutorVecEnv(zpdgym.make_vec(scenario, 64))),
        "SB3, TutorVecEnv, 256 students": sb3(TutorVecEnv(zpdgym.make_vec(scenario, 256))),
        "torchrl, GymEnv, 1 student": torchrl(single(), *size),
        "torchrl, SerialEnv, 8 students": torchrl(SerialEnv(8, single), *size),
        "torchrl, GymWrapper, 8 students": torchrl(many(8), *size),
        "torchrl, GymWrapper, 64 students": torchrl(many(64), *size),
        "torchrl, GymWrapper, 256 students": torchrl(many(256), *size),
    }


def measure(scenario: str) -> None:
    """Print the table."""
    import torch

    torch.set_num_threads(1)
    compared = entries(scenario)
    rates: dict[str, list[list[float]]] = {name: [[], []] for name in compared}
    for turn in range(ROUNDS + 1):  # the first compiles and warms up
        for name, works in compared.items():
            for kind, work in enumerate(works):
                started = time.perf_counter()
                work(LESSONS * UPDATES)
                if turn:
                    rates[name][kind].append(LESSONS * UPDATES / (time.perf_counter() - started))
    slowest = [statistics.median(rate) for rate in next(iter(rates.values()))]
    cores = os.cpu_count()
    print(
        f"{time.strftime('%Y-%m-%d')}, {scenario}, Python {sys.version.split()[0]}, {cores} cores; lessons a second\n"
    )
    print("| | training | ratio | alone | ratio |\n|---|---:|---:|---:|---:|")
    for name, both in rates.items():
        learnt, alone = (statistics.median(rate) for rate in both)
        print(f"| {name} | {learnt:.0f} | {learnt / slowest[0]:.1f} | {alone:.0f} | {alone / slowest[1]:.1f} |")


if __name__ == "__main__":
    if (asked := sys.argv[1:])[:1] == ["--here"]:
        measure(asked[1])
    else:
        from benchmarks.clients.clients import Client
        from benchmarks.clients.environment import ROOT, environment, run

        folder = ROOT / ".clients" / "speed"
        folder.mkdir(parents=True, exist_ok=True)
        both = Client("speed", ("stable-baselines3", "sb3-contrib", "torchrl"))
        command = [str(environment(both, folder)), str(Path(__file__)), "--here", *(asked or ["Algebra-v0"])]
        print(run(command, folder, folder / "run.log"))
