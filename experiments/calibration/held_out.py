"""How well a fitted model foretells answers that it has not seen, and whether it is honest about how sure it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from ...envs.beliefs.em import Floats, Ints, Parameters, Sequences, predict

Right = npt.NDArray[np.int8]
LAST_OPPORTUNITY = 20
FEWEST_STUDENTS = 20
"""Points of a curve with fewer students than this are left out: they show noise."""


def auc(right: Right, p: Floats) -> float:
    """The chance that a right answer got a higher prediction than a wrong one (ties count half); NaN without both."""
    from scipy.stats import rankdata

    positive = right == 1
    n, m = int(positive.sum()), int((~positive).sum())
    if not n or not m:
        return float("nan")
    return float((rankdata(p)[positive].sum() - n * (n + 1) / 2) / (n * m))


def log_loss(right: Right, p: Floats) -> float:
    """Mean of -log(probability of what happened), in nats."""
    return float(-np.log(np.where(right == 1, p, 1.0 - p)).mean())


def held_out(right: Right, p: Floats, share: Floats) -> dict[str, float]:
    """The quality of predictions of answers that the fit has not seen.

    Args:
        right: (R,) 1 or 0.
        p: (R,) predicted probability of a right answer.
        share: (R,) share of right answers on the row's skill in the log that the fit saw: the prediction to beat.
    """
    bounded = np.clip(share, 1e-6, 1 - 1e-6)
    bins = deciles(right, p)
    off = np.abs(np.array(bins["data"]) - np.array(bins["model"]))
    return {
        "answers": len(right),
        "log_loss": log_loss(right, p),
        "log_loss_of_skill_mean": log_loss(right, bounded),
        "auc": auc(right, p),
        "auc_of_skill_mean": auc(right, bounded),
        "rmse": float(np.sqrt(np.mean((right - p) ** 2))),
        "accuracy": float(np.mean((p >= 0.5) == (right == 1))),
        "calibration_error": float(np.average(off, weights=bins["answers"])),
    }


def opportunities(data: Sequences) -> Ints:
    """(R,) the how-manieth answer of this student on this skill each row is, from 1 on."""
    rows = np.arange(len(data.correct))
    return rows - data.offsets[:-1][data.sequence_of_row] + 1


def deciles(right: Right, p: Floats, bins: int = 10) -> dict[str, list[float]]:
    """Predicted against observed share of right answers in tenths of the predictions, the lowest first.

    Equal predictions stay together, so a part may be larger than a tenth, and there may be fewer than ``bins`` parts.
    """
    order = np.argsort(p, kind="stable")
    ends = np.array([len(part) for part in np.array_split(order, bins) if len(part)]).cumsum()
    bounds = np.unique(np.searchsorted(p[order], p[order[ends - 1]], side="right"))
    parts = np.split(order, bounds[:-1])
    return {
        "answers": [len(part) for part in parts],
        "model": [float(p[part].mean()) for part in parts],
        "data": [float(right[part].mean()) for part in parts],
    }


def calibration_table(right: Right, p: Floats, opportunity: Ints) -> dict[str, list[Any]]:
    """calibration.csv: predicted and observed share of right answers by opportunity and by tenth of the predictions."""
    table: dict[str, list[Any]] = {"by": [], "value": [], "answers": [], "model": [], "data": []}
    for n in range(1, LAST_OPPORTUNITY + 1):
        there = opportunity == n
        if there.sum() >= FEWEST_STUDENTS:
            _append(table, "opportunity", n, int(there.sum()), float(p[there].mean()), float(right[there].mean()))
    bins = deciles(right, p)
    for n, (count, model, data) in enumerate(zip(bins["answers"], bins["model"], bins["data"], strict=True), 1):
        _append(table, "decile", n, count, model, data)
    return table


def learning_curves(data: Sequences, parameters: Parameters, names: tuple[str, ...]) -> dict[str, list[Any]]:
    """learning_curves.csv: the share of right answers at each opportunity, in the data and as the model has it.

    Students stop practising when they are done, or bored, so the curve of those still there is not the curve of
    anyone's learning. Four columns tell the effects apart:

    - ``data``: share right among the students still there;
    - ``model``: what the model expected of the same students, each given their own earlier answers;
    - ``data_adjusted``: all who started: those still there as they answered, those who left as the model expects them
      to have gone on;
    - ``model_everyone``: all who started, by the model alone (no answer looked at).

    The skill "all skills" comes first: every skill weighted by the students who started it.
    """
    p, belief = predict(data, parameters)
    n = np.arange(1, LAST_OPPORTUNITY + 1)
    totals = _curve_totals(data, parameters, p, belief)
    table: dict[str, list[Any]] = {
        k: [] for k in ("skill", "opportunity", "students", "data", "model", "data_adjusted", "model_everyone")
    }
    everyone = {key: value.sum(axis=0) for key, value in totals.items()}
    for name, curve in [("all skills", everyone)] + [
        (name, {key: value[k] for key, value in totals.items()}) for k, name in enumerate(names)
    ]:
        started = curve["there"][0]
        for t in n[curve["there"] >= FEWEST_STUDENTS] - 1:
            there = curve["there"][t]
            values = [there, curve["right"][t] / there, curve["model"][t] / there, curve["adjusted"][t] / started]
            _append(table, name, int(t + 1), int(values[0]), *values[1:], curve["everyone"][t] / started)
    return table


def _curve_totals(data: Sequences, parameters: Parameters, p: Floats, belief: Floats) -> dict[str, Floats]:
    """Sums over students of each skill and opportunity, each (K, LAST_OPPORTUNITY)."""
    shape = (data.n_skills, LAST_OPPORTUNITY)
    totals = {key: np.zeros(shape) for key in ("there", "right", "model", "adjusted", "everyone")}
    weight = data.count[data.sequence_of_row]
    opportunity, skill = opportunities(data), data.skill[data.sequence_of_row]
    near = opportunity <= LAST_OPPORTUNITY
    cell = (skill[near], opportunity[near] - 1)
    for key, value in (("there", np.ones(len(p))), ("right", data.correct), ("model", p), ("adjusted", data.correct)):
        np.add.at(totals[key], cell, (weight * value)[near])

    _, learn, guess, slip, _ = parameters.arrays()
    last = data.offsets[1:] - 1
    k, e, t = data.skill, data.emission[last], data.transition[last]
    # what each student knew when leaving, and how the model goes on from there
    like1 = np.where(data.correct[last] == 1, 1 - slip[e], slip[e])
    like0 = np.where(data.correct[last] == 1, guess[e], 1 - guess[e])
    known = belief[last] * like1 / (belief[last] * like1 + (1 - belief[last]) * like0)
    length = np.diff(data.offsets)
    prior = parameters.prior[k]
    for n in range(LAST_OPPORTUNITY):
        gone = length <= n
        known = np.where(gone, known + (1 - known) * learn[t], known)
        expected = guess[e] + (1 - guess[e] - slip[e]) * known
        np.add.at(totals["adjusted"][:, n], k[gone], (data.count * expected)[gone])
        alone = 1 - (1 - prior) * (1 - learn[t]) ** n
        np.add.at(totals["everyone"][:, n], k, data.count * (guess[e] + (1 - guess[e] - slip[e]) * alone))
    return totals


def _append(table: Mapping[str, list[Any]], *values: Any) -> None:
    for column, value in zip(table.values(), values, strict=True):
        column.append(value)
