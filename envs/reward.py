"""What is paid for teaching: always the change of a value, so that an episode's rewards add up to its outcome."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from zpdgym.errors import InputError
from zpdgym.parameters import Choice, Table, read_section

from ..configs.build import TARGET
from ..students.exam import sit_exam
from ..students.jit import kernel
from ..students.model import FloatN, FloatNK, FloatNM, State, StudentModel
from .own.reward import OwnReward, own_reward, section_of

KINDS = {
    "gain": "the change of the number of skills truly mastered",
    "belief_gain": "the change of the sum of the tutor's beliefs",
    "exam": "paid once, at the end: marks in the exam minus those right before the teaching, expected",
    "log_score": "the change of the mean log score of the tutor's beliefs, in nats, less the price of the lessons",
    "recall": "the change of the number of skills that would still be mastered at the exam if the teaching stopped now",
}
"""One learnt skill is worth 1 (one mark of the exam, for ``exam``), net of what is forgotten until the exam.

Where exam items have marks, ``gain`` and ``recall`` count every skill as much as the exam does (``Curriculum.worth``).
"""

LEAST = 1e-6

SECTION: Table = {"kind": Choice("what is paid for", options=tuple(KINDS))}
"""What a scenario's section ``reward`` may hold."""


def read_reward(section: object) -> str | OwnReward:
    """The kind of reward from a scenario's ``reward`` section, or the reward of one's own that it names.

    Raises:
        InputError: an unknown key or kind, or no reward.
    """
    if TARGET in section_of(section):
        return own_reward(section)
    return read_section(SECTION, section, "reward", {"kind": "belief_gain"}).kind


def mastery_later(student: StudentModel, state: State, days: FloatN, u: FloatNM) -> FloatNK:
    """(n, K) what untaught students would know after some days.

    Exact where the model has ``forecast_mastery(state, days)`` or ``forecast``; otherwise one possible future with the
    luck ``u`` (n, rest_draws). The state is left as it is.
    """
    alone, exact = (getattr(student, name, None) for name in ("forecast_mastery", "forecast"))
    if alone is not None:
        return alone(state, days)
    if exact is not None:
        return exact(state, days)[1]
    later = state.copy()
    student.elapse(later, days, u)
    return student.mastery(later)


def exam_now(student: StudentModel, state: State, exam_items: npt.NDArray[np.int64]) -> FloatN:
    """(n,) the expected share of exam items right if the exam were now: without help, whatever the mood."""
    sit = getattr(student, "p_exam", None)
    if sit is not None:
        return _share_of(sit(state, exam_items, None, None))
    some = getattr(student, "p_some", None)
    if some is None:
        return exam_share(student.p_all(state), exam_items)
    return _share_of(some(state, exam_items))


def examination(
    student: StudentModel, state: State, days: FloatN, u: FloatNM, exam_items: npt.NDArray[np.int64]
) -> tuple[FloatN, FloatN, FloatNK]:
    """The expected share of exam items right now and after some days, (n,) each, and mastery (n, K) then.

    Mastery is as the model's ``forecast`` tells it.
    """
    now, later, mastery = sit_exam(student, state, exam_items, days, u)
    return _share_of(now), _share_of(later), mastery


def _share_of(p: FloatNM) -> FloatN:
    """(n,) the share, from the exam's items alone."""
    return exam_share(p, np.arange(p.shape[1], dtype=np.int64))


def exam_share(p: FloatNM, exam_items: npt.NDArray[np.int64]) -> FloatN:
    """(n,) the expected share of exam items right."""
    if not len(exam_items):
        raise InputError("the curriculum has no exam item: mark some, or give every skill a practice item")
    share = np.empty(len(p))
    _mean_of(p, exam_items, share)
    return share


def log_score(belief: FloatNK, mastery: FloatNK) -> FloatN:
    """(n,) how good the tutor's beliefs are: mean over skills of m log b + (1 - m) log(1 - b), in nats; 0 at best.

    A proper score: nobody can expect a better one than by saying what they believe. Where a skill is known to a degree,
    that is set beside the score of a tutor who knows m itself (minus the Kullback-Leibler divergence), so that 0 is the
    best there, too. A belief counts as ``LEAST`` away from 0 and 1 at least, so that one that was sure and wrong costs
    13.8 nats of its skill and not everything.
    """
    out = np.empty(len(belief))
    _log_score(belief, mastery, out)
    return out


@kernel
def _log_score(belief: FloatNK, mastery: FloatNK, out: FloatN) -> None:
    for i in range(out.shape[0]):
        total = 0.0
        for k in range(belief.shape[1]):
            b = min(max(belief[i, k], LEAST), 1.0 - LEAST)
            m = mastery[i, k]
            total += m * math.log(b) + (1.0 - m) * math.log(1.0 - b)
            if 0.0 < m < 1.0:  # m log m is 0 at both ends, where its logarithm is not
                total -= m * math.log(m) + (1.0 - m) * math.log(1.0 - m)
        out[i] = total / belief.shape[1]


def skills_counted(mastery: FloatNK, worth: FloatN) -> FloatN:
    """(n,) skills mastered, each as much as it counts (K,)."""
    out = np.empty(len(mastery))
    _sum_of(mastery, worth, out)
    return out


@kernel
def _sum_of(values: FloatNK, weights: FloatN, out: FloatN) -> None:
    for i in range(out.shape[0]):  # in this order: BLAS would add otherwise where there are more students
        total = 0.0
        for k in range(weights.shape[0]):
            total += values[i, k] * weights[k]
        out[i] = total


@kernel
def _mean_of(p: FloatNM, items: npt.NDArray[np.int64], out: FloatN) -> None:
    for i in range(out.shape[0]):
        total = 0.0
        for n in range(items.shape[0]):
            total += p[i, items[n]]
        out[i] = total / items.shape[0]
