"""What a calibration reads: a log, and its answers as one sequence per student and skill."""

from __future__ import annotations

import hashlib
import inspect
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from zpdgym.errors import InputError
from zpdgym.files import is_file

from ...configs.build import TARGET, build, load
from ...envs.beliefs.em import Floats, Ints, Sequences
from .logs import Log


def sequences(log: Log, skills: tuple[str, ...], *, forget: bool = False, compress: bool = True) -> Sequences:
    """The log's answers on these skills as one sequence per student and skill.

    Args:
        log: the answers.
        skills: names; answers on other skills are left out.
        forget: keep the days between answers.
        compress: count equal sequences once (only without days), which makes a fit several times faster.
    """
    index = np.array([skills.index(n) if n in skills else -1 for n in log.skills], np.int64)
    skill = index[log.skill]
    used = skill >= 0
    skill, correct = skill[used], log.correct[used]
    who = by_appearance(log.student[used])
    order = np.lexsort((np.arange(len(skill)), skill, who))
    skill, who, correct = skill[order], who[order], correct[order]
    first = np.ones(len(skill), bool)
    first[1:] = (skill[1:] != skill[:-1]) | (who[1:] != who[:-1])
    offsets = np.append(np.flatnonzero(first), len(skill)).astype(np.int64)
    days = np.zeros(len(skill))
    if forget and log.days is not None:
        days = np.where(first, 0.0, np.diff(log.days[used][order], prepend=0.0))
    count = np.ones(len(offsets) - 1)
    owner = skill[first]
    if compress and not forget:
        owner, correct, offsets, count = _distinct(owner, correct, offsets)
        days = np.zeros(len(correct))
    rows = np.repeat(owner, np.diff(offsets))
    ones = np.ones(len(rows))
    return Sequences(
        offsets=offsets,
        skill=owner,
        count=count,
        correct=correct,
        emission=rows,
        transition=rows,
        ready=ones,
        others=ones,
        days=days,
        n_skills=len(skills),
        n_emissions=len(skills),
        n_transitions=len(skills),
    )


def by_appearance(student: Ints) -> Ints:
    """Students numbered as they appear: pseudonyms are secret and new each time, so no sum may follow their order."""
    _, first, index = np.unique(student, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[index]


def _distinct(
    owner: Ints, correct: npt.NDArray[np.int8], offsets: Ints
) -> tuple[Ints, npt.NDArray[np.int8], Ints, Floats]:
    """Each different sequence once, with how often it occurs."""
    text = correct.astype(np.int8).tobytes()
    ends = zip(owner.tolist(), offsets[:-1].tolist(), offsets[1:].tolist(), strict=True)
    counted = Counter((k, text[i:j]) for k, i, j in ends)
    lengths = np.array([len(pattern) for _, pattern in counted], np.int64)
    return (
        np.array([k for k, _ in counted], np.int64),
        np.frombuffer(b"".join(pattern for _, pattern in counted), np.int8),
        np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        np.array(list(counted.values()), np.float64),
    )


def share_right(log: Log, skills: tuple[str, ...]) -> Floats:
    """(K,) share of right answers on each of these skills."""
    n = np.bincount(log.skill, minlength=len(log.skills))
    right = np.bincount(log.skill, log.correct, len(log.skills))
    share = np.divide(right, n, out=np.full(len(n), float(log.correct.mean())), where=n > 0)
    index = {name: k for k, name in enumerate(log.skills)}
    return np.array([share[index[name]] for name in skills])


def reading(data: Mapping[str, Any] | Log) -> dict[str, Any]:
    """How to read the log: as one line per answer unless it says otherwise."""
    if isinstance(data, Log):
        return {}
    return {TARGET: "zpdgym.experiments.read_long", **data}


def like(source: Mapping[str, Any], test: Any) -> dict[str, Any]:
    """How to read the test log: as the other one, with its own path."""
    if isinstance(test, Log):
        return {}
    return {**source, **(test if isinstance(test, Mapping) else {"path": str(test)})}


def read(source: Mapping[str, Any], key: bytes) -> Log:
    """Read the log; ``key`` makes the pseudonyms.

    Raises:
        InputError: it cannot be read, or the path is missing.
    """
    if not source.get("path"):
        raise InputError("data.path is missing: it names the log to read")
    target = load(str(source[TARGET]), f"data.{TARGET}")
    given = {"key": key} if "key" in inspect.signature(target).parameters else {}
    return build(source, "data", **given)


def described(source: Mapping[str, object], data: object) -> dict[str, object]:
    """What a log is, for the settings: how it is read, and a digest of its contents; not what its file is called."""
    if isinstance(data, Log):
        return {"answers": len(data), "sha256": _digest(data)}
    path = Path(str(source.get("path", "")))
    digest = hashlib.sha256(path.read_bytes()).hexdigest() if is_file(path) else ""
    return {**without_names(source), "sha256": digest}


def without_names(source: Mapping[str, object]) -> dict[str, object]:
    """How a log is read, without the file's name: it may be that of a school, a class or a learner."""
    return {key: value for key, value in source.items() if key not in ("path", "source")}


def _digest(log: Log) -> str:
    """Of everything but the pseudonyms, which are drawn anew each time."""
    days = b"" if log.days is None else log.days.tobytes()
    arrays = (by_appearance(log.student).tobytes(), log.skill.tobytes(), log.correct.tobytes(), days)
    return hashlib.sha256(b"".join((repr(log.skills).encode(), *arrays))).hexdigest()
