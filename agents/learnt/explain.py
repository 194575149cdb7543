"""Why a trained teacher would show the next item: every candidate's score, and what of its row moved the score."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from zpdgym.errors import InputError, shown

from .networks.compiled_dense import Floats, forward, linear_layers, n_rows
from .networks.compiled_scorer import ScorerNetwork

if TYPE_CHECKING:
    import pandas as pd

    from .teacher import Teacher

__all__ = ["Explanation"]

Numbers = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Explanation:
    """What a trained teacher makes of one situation.

    Attributes:
        candidates: one row for each action, in order: ``item`` (its name), ``allowed`` (whether the teacher weighs it:
            the scenario allows it, and the teacher's own ``ready`` and ``done`` leave it), ``score`` (the logit; of a
            network that tells values, the value), ``probability`` and ``rank`` (1 is the best), both missing where
            it is not allowed. Of an item scorer also ``by_<column>`` for each column of the observation: the score
            less the score when this column, in the rows of this candidate, is replaced by the median of the column
            over the rows of all allowed candidates, which stay the same. It is missing for ``finish``, which has no
            row.
        chosen: the name of the best action, which the teacher takes unless it samples.
        action: its number.
        value: what the critic expects of the situation; of a network of values, the best one.
        text: the same in a sentence.
    """

    candidates: pd.DataFrame
    chosen: str
    action: int
    value: float | None
    text: str

    def __str__(self) -> str:
        return self.text


def explain(teacher: Teacher, observation: object, action_masks: object = None) -> Explanation:
    """Why this teacher would choose what it does; see ``Teacher.explain``."""
    import pandas as pd

    names, columns = teacher.action_names, tuple(teacher.card["columns"])
    if not names:
        raise InputError(
            f"policy {teacher.name} has met no scenario yet, so its items have no names: bind(problem) first, or "
            "zpdgym.load_teacher(path, scenario=…)"
        )
    if teacher.card["network"] == "recurrent":
        raise InputError(f"policy {teacher.name} remembers all lessons so far; one observation does not explain it")
    obs = _one_observation(observation, n_rows(teacher.card), columns)
    masks = _one_mask(action_masks, len(names))
    _, action, logits = teacher.logits(obs, masks)
    score: Numbers = np.full(len(names), np.nan)
    score[action] = logits
    best = int(action[logits.argmax()])
    share = np.exp(logits.astype(np.float64) - logits.max()) if teacher.draws else (action == best).astype(np.float64)
    probability, allowed = np.zeros(len(names)), np.zeros(len(names), np.bool_)
    probability[action], allowed[action] = share / share.sum(), True
    rank: Numbers = np.full(len(names), np.nan)
    rank[action[np.argsort(-logits, kind="stable")]] = np.arange(1, len(action) + 1)
    table: dict[str, object] = {"item": names, "allowed": allowed, "score": score}
    table["probability"] = np.where(allowed, probability, np.nan)
    table["rank"] = pd.array(rank, dtype="Int64")
    moved = _moved(teacher, obs, allowed) if isinstance(teacher.network, ScorerNetwork) else None
    if moved is not None:
        table |= {f"by_{name}": moved[:, j] for j, name in enumerate(columns)}
    chance = float(probability[best]) if teacher.draws else None
    text = f"{teacher.name} would choose {names[best]}{_how_sure(chance, len(action))}{_because(moved, best, columns)}."
    return Explanation(pd.DataFrame(table), names[best], best, _value(teacher, obs, masks, logits), text)


def _one_observation(observation: object, rows: int, columns: tuple[str, ...]) -> Floats:
    """(1, R, F) numbers of one student."""
    width = len(columns)
    wanted = f"one observation is {rows} rows x {width} columns ({', '.join(columns)}), or these {rows * width} numbers"
    try:
        with np.errstate(over="ignore"):
            given = np.asarray(observation).astype(np.float32)
    except (TypeError, ValueError) as error:
        raise InputError(f"observation={shown(observation)} is no table of numbers; {wanted}") from error
    if given.shape not in ((rows, width), (rows * width,), (1, rows, width), (1, rows * width)):
        raise InputError(f"the observation has shape {given.shape}; {wanted}")
    found = np.ascontiguousarray(given.reshape(rows, width))
    for row, column in np.argwhere(~np.isfinite(found)):
        raise InputError(
            f"the observation has {found[row, column]} in row {row}, column {columns[column]}; finite numbers expected"
        )
    return found[None]


def _one_mask(action_masks: object, n_actions: int) -> Mask:
    """(1, A) what the scenario allows; everything where nobody says."""
    if action_masks is None:
        return np.ones((1, n_actions), np.bool_)
    wanted = f"{n_actions} of true or false, one for each action"
    try:
        given = np.asarray(action_masks)
    except ValueError as error:
        raise InputError(f"action_masks={shown(action_masks)} must be {wanted}") from error
    if given.dtype != np.bool_ or given.shape not in ((n_actions,), (1, n_actions)):
        raise InputError(f"action_masks has shape {given.shape} and type {given.dtype}; it must be {wanted}")
    if not given.any():
        raise InputError("action_masks allows no action; at least one must be allowed")
    return np.ascontiguousarray(given.reshape(1, n_actions))


def _moved(teacher: Teacher, obs: Floats, allowed: Mask) -> Numbers:
    """(A, F) how far each column of its own rows moved each candidate's score."""
    # the candidates stay who they are: a replaced ``ready`` or ``belief`` must not take one away
    settings = {**teacher.card["settings"], "ready": -np.inf, "done": np.inf}
    network = type(teacher.network)({**teacher.card, "settings": settings}, teacher.weights)
    width, item_rows = obs.shape[2], network.features.arrays["item_rows"]
    candidates = np.flatnonzero(allowed)
    items = candidates[candidates < len(item_rows)]
    moved: Numbers = np.full((len(allowed), width), np.nan)
    if not len(items):
        return moved
    shown_rows = np.unique(item_rows[items])
    usual = np.median(obs[0, shown_rows[shown_rows >= 0]], axis=0)
    masks = np.repeat(allowed[None], width + 1, axis=0)
    for item in items:
        tried = np.repeat(obs, width + 1, axis=0)  # the last stays as it is
        rows = item_rows[item][item_rows[item] >= 0]
        for j in range(width):
            tried[j, rows, j] = usual[j]
        _, action, logits = network.pairs(tried, masks, None)
        own = logits[action == item].astype(np.float64)
        moved[item] = own[-1] - own[:-1]
    return moved


def _value(teacher: Teacher, obs: Floats, masks: Mask, logits: Floats) -> float | None:
    """What the network expects of this situation."""
    network, weights = teacher.network, teacher.weights
    if not network.sampled:
        return float(logits.max())
    if isinstance(network, ScorerNetwork):
        pooled, (mean, factor) = network.features(obs, masks).pooled, network.features.arrays["pooled_scale"]
        names = [f"critic.{2 * j}" for j in range(len(teacher.card["settings"]["value_hidden"]) + 1)]
        return float(forward((pooled - mean) * factor, linear_layers(weights, names))[0, 0])
    inner = forward(obs.reshape(1, -1), network.layers[:-1], rectify_last=True)
    return float(forward(inner, linear_layers(weights, ["value_net"]))[0, 0])


def _how_sure(chance: float | None, n_candidates: int) -> str:
    if n_candidates == 1:
        return ", the only candidate"
    return f", the best of {n_candidates}" if chance is None else f" ({chance:.0%}, of {n_candidates} candidates)"


def _because(moved: Numbers | None, best: int, columns: tuple[str, ...]) -> str:
    """The two columns that moved the score of the chosen one most."""
    if moved is None:
        return "; its network reads the whole table at once, so no column of one row speaks for it"
    if np.isnan(moved[best]).any():
        return "; it has no row of its own"
    most = [j for j in np.argsort(-np.abs(moved[best]), kind="stable")[:2] if moved[best, j] != 0.0]
    if not most:
        return "; no column of its row moved its score"
    said = " and ".join(f"{columns[j]} ({moved[best, j]:+.2f})" for j in most)
    return f"; its score was moved most by {said}, against the median of the candidates"
