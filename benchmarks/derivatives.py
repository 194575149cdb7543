"""The derivatives of the fast trainer, written by hand, against torch's own graph on the same rollout, in one run.

Both give the gradient of PPO's loss over the same 4096 lessons of a world of 30 skills, on one thread: ours in parts
of 1024 lessons, torch's over all at once and in the same parts. Times are medians of processor time, taken in turn.

    .venv/bin/python -m benchmarks.derivatives [--times 40]
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

import numpy as np
import torch
from zpdgym.agents.learnt.networks.item_features import ItemFeatures
from zpdgym.agents.learnt.networks.rollout_networks import ScorerRollout
from zpdgym.agents.learnt.networks.torch_scorer import NEVER
from zpdgym.agents.learnt.ppo import LESSONS_AT_ONCE, Loop, Rollout
from zpdgym.agents.learnt.sb3 import TutorVecEnv, new_model
from zpdgym.agents.problem import Problem

from benchmarks.training import ROLLOUT, learner, world

BATCH = 4096


def loop_of(kind: str) -> Loop:
    """A loop with one rollout behind it."""
    scenario, settings = world(), learner(kind)
    env = TutorVecEnv(scenario.make(256, reward=settings.reward))
    problem = Problem.of(scenario.make(1))
    features = ItemFeatures.of(problem, ready_at=0.8, done_at=0.98) if kind == "scorer" else None
    loop = Loop(new_model(env, settings, features, n_steps=ROLLOUT // 256, seed=0, masked=False))
    loop.collect()
    return loop


def looked_at(loop: Loop, rows: np.ndarray) -> tuple[torch.Tensor, torch.Tensor]:
    """Logits and values of these lessons as torch computes them, with its graph."""
    policy, network, chosen = loop.model.policy, loop.network, torch.from_numpy(rows)
    if not isinstance(network, ScorerRollout):
        seen = policy.features_extractor.layers(network.obs.index_select(0, chosen))  # pyright: ignore
        return policy.action_net(seen), policy.value_net(seen)[:, 0]
    first, count = network.start[rows], network.start[rows + 1] - network.start[rows]
    begin, width, pairs = np.cumsum(count) - count, int(count.max()), np.arange(count.sum())
    place = torch.from_numpy(pairs + np.repeat(np.arange(len(rows)) * width - begin, count))
    x = network.x.index_select(0, torch.from_numpy(pairs + np.repeat(first - begin, count)))
    flat = torch.full((len(rows) * width,), NEVER).scatter(0, place, policy.pair_logits(x))
    return flat.view(len(rows), width), policy.pooled_values(network.pooled.index_select(0, chosen))[:, 0]


def by_graph(loop: Loop, rows: np.ndarray, at_once: int) -> None:
    """Set the gradient as ``Loop.differentiate`` does, by torch's graph."""
    model = loop.model
    model.policy.optimizer.zero_grad()
    batch = Rollout(*(column.index_select(0, torch.from_numpy(rows)) for column in loop.rollout))
    gain = (batch.advantage - batch.advantage.mean()) / (batch.advantage.std() + 1e-8)
    clip = model.clip_range(1.0)
    for first in range(0, len(rows), at_once):
        part = slice(first, first + at_once)
        logits, values = looked_at(loop, rows[part])
        log_prob = torch.log_softmax(logits, dim=1).gather(1, batch.slot[part, None])[:, 0]
        ratio = (log_prob - batch.log_prob[part]).exp()
        clipped = torch.min(gain[part] * ratio, gain[part] * ratio.clamp(1 - clip, 1 + clip))
        loss = model.vf_coef * ((values - batch.target[part]) ** 2).sum() - clipped.sum()
        (loss / len(rows)).backward()


def gradient(loop: Loop) -> torch.Tensor:
    """All derivatives in one list."""
    return torch.cat([p.grad.flatten().clone() for p in loop.model.policy.parameters() if p.grad is not None])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=40)
    times = parser.parse_args().times
    torch.set_num_threads(1)
    for kind in ("scorer", "flat"):
        loop, rows = loop_of(kind), np.random.default_rng(0).permutation(ROLLOUT)[:BATCH]
        ways: dict[str, Callable[[], None]] = {
            "by hand": lambda loop=loop, rows=rows: loop.differentiate(rows),
            "graph, all at once": lambda loop=loop, rows=rows: by_graph(loop, rows, BATCH),
            "graph, in parts": lambda loop=loop, rows=rows: by_graph(loop, rows, LESSONS_AT_ONCE),
        }
        found: dict[str, torch.Tensor] = {}
        spent: dict[str, list[float]] = {name: [] for name in ways}
        for _ in range(times):
            for name, way in ways.items():
                start = time.process_time()
                way()
                spent[name].append(time.process_time() - start)
                found[name] = gradient(loop)
        for name in ways:
            away = float((found[name] - found["by hand"]).abs().max())
            print(f"{kind:7} {name:20} {np.median(spent[name]) * 1e3:6.1f} ms   differs by {away:.0e}")


if __name__ == "__main__":
    main()
