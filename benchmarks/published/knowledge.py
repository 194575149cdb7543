"""Students who know a skill or do not, exactly: over all states of knowledge, without a draw."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from zpdgym.configs.build import build, read_choice
from zpdgym.students import BLIM, TMS, KidLearnQ
from zpdgym.students.curriculum.builders import chain
from zpdgym.students.knowledge.kt6kc import MODELS
from zpdgym.students.knowledge.structure import knowledge_states

from benchmarks.published.figure import Figure
from tests.helpers import cohort

STATES = (np.arange(64)[:, None] >> np.arange(6)) & 1
"""What the six skills of KT6KC can be: all 64, whether they can be reached or not."""
Choice = Callable[[npt.NDArray[np.float64]], list[tuple[int, float]]]
"""What is taught, from the probabilities of learning each skill: skills with their weights."""


def blim() -> list[Figure]:
    """A chain of six skills, nothing known at the start: share of the skills known."""
    taught = {"at random": fringe_curve(fringe=False), "from the outer fringe": fringe_curve(fringe=True)}
    return [
        Figure(f"share known after {lessons} lessons, taught {how}", curve[lessons - 1], digits=4)
        for how, curve in taught.items()
        for lessons in (10, 20, 40)
    ]


def fringe_curve(*, fringe: bool, lessons: int = 40) -> list[float]:
    """Expected share of a chain of six that is known after every lesson, in the fringe or at random."""
    model, states = BLIM(chain(6), prior=0.0, learn=0.3), knowledge_states(chain(6))
    students = cohort(model, len(states))
    students["known"] = states
    ready, now, shares = model.outer_fringe(students), np.zeros(7), []
    now[0] = 1.0
    for _ in range(lessons):
        reached = np.zeros(7)
        for k, weight in enumerate(now):
            p = 0.3 * (ready[k].any() if fringe else ready[k].mean())
            reached[k] += weight * (1 - p)
            reached[min(k + 1, 6)] += weight * p
        now = reached
        shares.append(float(now @ states.mean(axis=1)))
    return shares


def tms() -> list[Figure]:
    """Two lessons on uniformly random skills, from the two published starts."""
    return [Figure("skills gained in two random lessons", two_random_lessons(), 0.596, within=0.0005, digits=5)]


def two_random_lessons() -> float:
    """Over everything that can happen to the published student, from the model's own probabilities."""
    model = published_tms()

    def gain(known: tuple[float, ...], lessons: int) -> float:
        if lessons == 0:
            return 0.0
        student = cohort(model, 1)
        student["known"] = known
        p, total = model.expected_gain(student)[0], 0.0
        for item in range(8):
            after = tuple(max(a, float(model.curriculum.q[item, k])) for k, a in enumerate(known))
            learnt = p[item] * (1 + gain(after, lessons - 1)) if p[item] > 0 else 0.0
            total += (learnt + (1 - p[item]) * gain(known, lessons - 1)) / 8
        return total

    return 0.5 * gain((0.0, 0.0), 2) + 0.5 * gain((1.0, 0.0), 2)


def published_tms() -> TMS:
    """The student of the source, on its two skills."""
    return TMS(build(read_choice("curriculum", "tms") or {}, "curriculum"))


def kidlearn() -> list[Figure]:
    """One skill with items of difficulty -1, 0 and 1, taught from easy to hard."""
    steps = chances_of_the_steps()
    figures = [Figure(f"chance of step {k} by one lesson", p) for k, p in enumerate(steps, 1)]
    return [*figures, Figure("lessons on average", sum(1 / p for p in steps), digits=2)]


def chances_of_the_steps() -> list[float]:
    """How likely a lesson on each of the three items is to lift a student who stands on the level below."""
    model = KidLearnQ(chain(1, items=[{"difficulty": d} for d in (-1.0, 0.0, 1.0)]))
    state, chances = cohort(model, 1), []
    for item, required in enumerate(model.required[:, 0]):
        missing = required - state["level"][0, 0]
        chances.append(float(model.expected_gain(state)[0, item] * model.top[0] / missing))
        state["level"] = required
    return chances


def kt6kc() -> list[Figure]:
    """Model 0: share of the six skills known. The published runs have 300 students."""
    runs = {25: 0.144, 50: 0.269, 100: 0.537}
    random, best = exact_curve(0, at_random, 100), exact_curve(0, best_next, 100)
    return [
        *(Figure(f"after {n} exercises at random", random[n - 1], runs[n], within=0.01, digits=4) for n in runs),
        *(Figure(f"after {n} exercises on the best next skill", best[n - 1], digits=4) for n in runs),
    ]


def exact_curve(model: int, choose: Choice, lessons: int) -> list[float]:
    """Expected share of known skills after each lesson, over the 64 states of knowledge."""
    p, now, curve = learning(model), np.zeros(64), []
    now[0] = 1.0
    for _ in range(lessons):
        after = np.zeros(64)
        for s in np.flatnonzero(now):
            for k, weight in choose(p[s]):
                after[s] += now[s] * weight * (1 - p[s, k])
                after[s | 1 << k] += now[s] * weight * p[s, k]
        now = after
        curve.append(float(now @ STATES.mean(axis=1)))
    return curve


def learning(model: int) -> npt.NDArray[np.float64]:
    """(64, 6) P(learning) in every state of knowledge, from the table of the source."""
    alone, links = MODELS[model]
    table = np.zeros((64, 6))
    for s, known in enumerate(STATES):
        for k in range(6):
            total = (0.2 if k in alone else 0.0) + sum(d * known[j] for (c, j), d in links.items() if c == k)
            table[s, k] = 0.0 if known[k] else total
    return table


def at_random(p: npt.NDArray[np.float64]) -> list[tuple[int, float]]:
    """Every skill alike."""
    return [(k, 1 / len(p)) for k in range(len(p))]


def best_next(p: npt.NDArray[np.float64]) -> list[tuple[int, float]]:
    """The skill that is learnt most surely; it takes somebody who knows the truth."""
    return [(int(np.argmax(p)), 1.0)]
