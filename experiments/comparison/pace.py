"""How soon what can be learnt is learnt: whether a schedule is far too long or far too short for its curriculum."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..language.translate import tr
from ..store.columns import Part
from ..store.runs import LESSONS, Run

NEARLY_ALL = 0.95
"""Of all that is ever gained: what is then missing no schedule of a sensible length brings."""
TOO_LONG, KNOWN = 0.4, 0.8
"""A schedule is far too long if nearly all is gained by this share of it, and this share of the skills is known."""
TOO_SHORT, SOME = 4.0, 0.01
"""It is far too short if all skills would take so many times as long; a gain below ``SOME`` is none at all."""


@dataclass(frozen=True)
class Pace(Part):
    """When nearly all that any policy ever brings is there, under the policy that is first.

    Attributes:
        value: after so many sessions (or lessons, where there is a single session); all of them where it never is.
        of: how many there are.
        unit: "session" or "lesson".
        week: in which week that is, from 1.
        before: mean true mastery before the first lesson.
        known: the same by then.
        most: the highest that it ever is, under any policy that looks inside nobody.
        policy: who taught.
    """

    value: int
    of: int
    unit: str
    week: int
    before: float
    known: float
    most: float
    policy: str

    @property
    def too_long(self) -> bool:
        """Whether most of the time brings nothing new."""
        return self.most - self.before > SOME and self.known >= KNOWN and self.value <= TOO_LONG * self.of

    @property
    def needed(self) -> float:
        """How many sessions (or lessons) all skills would take at the mean pace; infinite where nothing is gained."""
        gained = self.most - self.before
        return self.of * (1 - self.before) / gained if gained > SOME else np.inf

    @property
    def too_short(self) -> bool:
        """Whether only a small part can be learnt in the time that there is."""
        return TOO_SHORT * self.of < self.needed < np.inf


def pace_of(
    policy: str, run: Run, session_days: Sequence[float], *, curves: Mapping[str, npt.NDArray[np.floating]]
) -> Pace | None:
    """The pace of whoever is done first, by the calendar of one run; None where nobody was taught.

    Args:
        policy: who taught in ``run``.
        run: with ``lessons.npz``: when sessions end, and exactly what was known then.
        session_days: the day of each session; sessions of one day count as one.
        curves: of all policies that look inside nobody, (T + 1,) mean true mastery before the first lesson and after
            each. One that is stuck must not pass for done: what is there to gain is the most that any of them brings.
    """
    kept = run.arrays(LESSONS, "items", "day", "mastery")
    taught, mastery = kept["items"] >= 0, kept["mastery"]
    if not taught.any():
        return None
    days = sorted(set(session_days))
    by_session = len(days) > 1
    if by_session:
        ends = [(taught & (kept["day"] <= day + 1e-3)).sum(axis=1) for day in (-1.0, *days)]
        rows = np.arange(len(taught))
        own = np.array([mastery[rows, end].mean(dtype=np.float64) for end in ends])
        marks = np.array([round(float(end.mean())) for end in ends])
    else:
        longest = int(taught.sum(axis=1).max())
        own = mastery[:, : longest + 1].mean(axis=(0, 2), dtype=np.float64)
        marks = np.arange(longest + 1)
    known = {policy: own} | {
        name: np.asarray(curve, np.float64)[np.minimum(marks, len(curve) - 1)]
        for name, curve in curves.items()
        if name != policy
    }
    before, most = float(own[0]), max(float(curve.max()) for curve in (own, *curves.values()))
    goal = before + NEARLY_ALL * (most - before) - 1e-12
    done = {name: int(np.argmax(curve >= goal)) for name, curve in known.items() if (curve >= goal).any()}
    first = min(done, key=lambda name: done[name]) if done else policy
    enough = done.get(first, len(own) - 1)
    return Pace(
        value=enough,
        of=len(own) - 1,
        unit="session" if by_session else "lesson",
        week=int(days[max(enough - 1, 0)] // 7) + 1 if by_session else 1,
        before=before,
        known=float(known[first][enough]),
        most=most,
        policy=first,
    )


def advice(pace: Pace, *, who: str, learners: str) -> str | None:
    """What to say first of a schedule that is far too long or short; None of any other.

    Args:
        pace: of the policy that is first.
        who: what that policy is called.
        learners: what those who learn are called, such as "pupils".
    """
    then, most = (f"{100 * share:.0f} %" for share in (pace.known, pace.most))
    parts = {"who": who, "learners": learners, "then": then, "most": most}
    if pace.too_long:
        parts["when"] = (
            tr("session {value} of {of} (week {week})", value=pace.value, of=pace.of, week=str(pace.week))
            if pace.unit == "session"
            else tr("lesson {value} of {of}", value=pace.value, of=pace.of)
        )
        parts["later"] = tr("hardly more later") if most == then else tr("at most {most} later", most=most)
        said = [
            tr("The schedule is far too long for this curriculum."),
            tr("Everything is learnt by {when}: taught by {who}, {learners} know {then} of the skills then, and "
               "{later}.", **parts)
            if pace.known >= NEARLY_ALL
            else tr("Nearly all that is ever learnt is learnt by {when}: taught by {who}, {learners} know {then} of "
                    "the skills then, and {later}.", **parts),
            tr("What comes after can hardly show which way of teaching is better: shorten to {time}.",
               time=_time(pace.unit, str(pace.value))),
        ]  # fmt: skip
        return " ".join(said)
    if pace.too_short:
        parts |= {"room": _time(pace.unit, str(pace.of)), "before": f"{100 * pace.before:.0f} %"}
        said = [
            tr("The schedule is far too short for this curriculum."),
            tr("In {room} {learners} get from {before} to {most} of the skills, taught by {who}; at that pace all of "
               "them would take about {needed}.", needed=_time(pace.unit, _round(pace.needed)), **parts),
            tr("Lengthen the schedule, or choose fewer skills."),
        ]  # fmt: skip
        return " ".join(said)
    return None


def _time(unit: str, number: str) -> str:
    """A number of sessions or lessons, in words."""
    return tr("{number} sessions", number=number) if unit == "session" else tr("{number} lessons", number=number)


def _round(value: float) -> str:
    """Two digits that count: more would pretend to know."""
    return f"{float(f'{value:.1e}'):.0f}"
