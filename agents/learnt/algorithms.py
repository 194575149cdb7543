"""Which class of Stable-Baselines3 or sb3-contrib trains a learner, with which network and settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sb3_contrib import QRDQN, MaskablePPO, RecurrentPPO
from stable_baselines3 import A2C, DQN, PPO

from .networks.item_features import ItemFeatures
from .networks.torch_attention import AttentionScorerPolicy
from .networks.torch_scorer import ItemScorerPolicy, ScoredRolloutBuffer, Trunk

POLICIES: dict[str, Any] = {
    "recurrent": "MlpLstmPolicy",
    "scorer": ItemScorerPolicy,
    "attention": AttentionScorerPolicy,
}
"""The policy of each network that is not SB3's own plain one."""
SCORERS = {
    "scorer": ("ready", "done", "hidden", "value_hidden", "prior"),
    "attention": ("ready", "done", "hidden", "value_hidden", "prior", "width", "layers"),
}
"""The settings of the networks that score items one by one."""


def algorithm_of(name: str, network: str, *, masked: bool) -> Any:
    """The class that trains; ``masked``: the scenario forbids actions, which PPO then learns with masks."""
    known = {"A2C": A2C, "DQN": DQN, "QRDQN": QRDQN, "RecurrentPPO": RecurrentPPO}
    return known.get(name) or (MaskablePPO if masked or network in SCORERS else PPO)


def policy_of(network: str) -> Any:
    """The policy's class or SB3's name for it."""
    return POLICIES.get(network, "MlpPolicy")


def policy_options(network: str, settings: Mapping[str, Any], arrays: Any) -> dict[str, Any]:
    """``policy_kwargs`` for a network with these settings; ``arrays`` are the tables of a scorer."""
    if network in SCORERS:
        return {"arrays": arrays, **{k: settings[k] for k in SCORERS[network]}}
    hidden = tuple(settings["hidden"])
    trunk = {"features_extractor_class": Trunk, "features_extractor_kwargs": {"hidden": hidden}}
    if network == "values":
        return {**trunk, "net_arch": []}
    if network == "quantiles":
        return {**trunk, "net_arch": [], "n_quantiles": settings["quantiles"]}
    heads = {**trunk, "net_arch": {"pi": [], "vf": []}}
    if network == "recurrent":
        heads |= {"lstm_hidden_size": settings["memory"], "enable_critic_lstm": False}
    return heads


def training_options(
    algorithm: str, settings: Mapping[str, Any], features: ItemFeatures | None, *, n_steps: int, n_envs: int
) -> dict[str, Any]:
    """The settings of the algorithm by SB3's names."""
    common = {"learning_rate": settings["learning_rate"], "gamma": settings["gamma"]}
    if algorithm in ("DQN", "QRDQN"):
        return common | {
            "train_freq": (n_steps, "step"),
            "gradient_steps": settings["steps"],
            "batch_size": settings["batch"],
            "buffer_size": settings["buffer"],
            "learning_starts": 4 * settings["batch"],
            "target_update_interval": max(settings["target_every"], n_envs),
            "exploration_fraction": settings["explore"],
            "exploration_final_eps": settings["explore_last"],
            "n_steps": settings["ahead"],
        }
    common |= {"n_steps": n_steps, "gae_lambda": settings["gae_lambda"], "ent_coef": settings["entropy"]}
    if algorithm == "A2C":
        return common | {"use_rms_prop": False, "normalize_advantage": True}
    lessons = n_steps * n_envs
    batch = next(b for b in range(min(settings["batch"], lessons), 0, -1) if lessons % b == 0)
    common |= {"batch_size": batch, "n_epochs": settings["epochs"]}
    if features is not None:
        common |= {"rollout_buffer_class": ScoredRolloutBuffer, "rollout_buffer_kwargs": {"features": features}}
    return common
