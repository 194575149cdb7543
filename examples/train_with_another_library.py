"""A teacher trained by plain PyTorch, without any of our learners: REINFORCE with a learnt baseline on Tiny-v0.

python examples/train_with_another_library.py [updates]
"""

import sys

import torch
import zpdgym


class Network(torch.nn.Module):
    """Which item to choose, by lot, and the value of the situation, from the flattened table of the observation."""

    name, privileged, learnt, draws, needs = "reinforce", False, True, 0, frozenset()

    def __init__(self, rows: int, columns: int, n_actions: int) -> None:
        super().__init__()
        linear, inputs, outputs = torch.nn.Linear, rows * columns, n_actions + 1
        self.layers = torch.nn.Sequential(torch.nn.Flatten(), linear(inputs, 64), torch.nn.Tanh(), linear(64, outputs))

    def forward(self, observation):
        out = self.layers(torch.as_tensor(observation))
        return torch.distributions.Categorical(logits=out[:, :-1]), out[:, -1]

    def bind(self, problem) -> None:
        """With this and ``predict`` it is a policy like any other."""

    def predict(self, observation, state=None, episode_start=None, deterministic=False, *, action_masks=None, u=None):
        return self(observation)[0].logits.argmax(dim=1).numpy(), state


def train(network: Network, updates: int, n_students: int = 256) -> None:
    """One whole episode of every student, then one step of Adam; again and again."""
    env = zpdgym.make_vec("tiny", n_students)
    optimiser = torch.optim.Adam(network.parameters(), lr=0.01)
    observation, _ = env.reset(seed=1)
    for _ in range(updates):
        lessons = []
        for _ in range(env.horizon):  # all episodes of Tiny-v0 are equally long; the next one begins by itself
            chosen, value = network(observation)
            action = chosen.sample()
            observation, reward, *_ = env.step(action.numpy())
            lessons.append((chosen.log_prob(action), value, torch.tensor(reward, dtype=torch.float32)))
        logs, values, rewards = (torch.stack(column) for column in zip(*lessons, strict=True))
        better = rewards.flip(0).cumsum(0).flip(0) - values  # what was still to come, less what was expected
        loss = -(logs * better.detach()).mean() + better.square().mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()


if __name__ == "__main__":
    torch.manual_seed(0)
    one = zpdgym.make("tiny")
    network = Network(*one.observation_space.shape, one.action_space.n)
    for policy in ("random", "greedy_ready", "optimal", network):
        print(zpdgym.evaluate("tiny", policy, n_students=4000))
    train(network, updates=int(sys.argv[1]) if len(sys.argv) > 1 else 300)
    print("trained:", zpdgym.evaluate("tiny", network, n_students=4000))
