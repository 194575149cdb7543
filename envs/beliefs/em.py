"""Bayesian knowledge tracing fitted to answers by expectation-maximisation, all skills and starts in one kernel.

The model of one student and one skill, row by row: the days since the row before pass (what was known may be
forgotten), an answer is given, then something may be learnt.

    known at day 0       prior[skill]
    days pass            known -> unknown with probability 1 - exp(-forget[skill] * days)
    an answer            right with probability 1 - slip[e] if known (and the item's other skills too), else guess[e]
    a lesson             unknown -> known with probability ready * learn[t]

``e`` and ``t`` are the row's emission and transition class: one class per skill in the usual fit of a log, one per item
where a tutor's belief is fitted. ``ready`` (0 … 1) is how surely the prerequisites are there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ...students.jit import Whole, kernel
from .base import Bools, Floats, Ints
from .kernels.expect import expect

BOX = 0.001
"""Probabilities are kept inside [BOX, 1 - BOX]."""
FLAT = 0.999
"""guess + slip from here on: an answer says nothing about the skill."""


@dataclass(frozen=True)
class Sequences:
    """The rows of every student on every skill, one sequence after the other.

    Attributes:
        offsets: (Q + 1,) int64; sequence i is rows ``offsets[i]:offsets[i + 1]``, in order of time.
        skill: (Q,) int64 skill of each sequence.
        count: (Q,) float64 how many students have exactly this sequence.
        correct: (R,) int8; 1 right, 0 wrong, -1 a lesson without an answer.
        emission: (R,) int64 class of guess and slip.
        transition: (R,) int64 class of learn.
        ready: (R,) float64 in [0, 1]; multiplies learn (how surely the prerequisites are known).
        others: (R,) float64 in [0, 1]; how surely the other skills that the item needs are known.
        days: (R,) float64 >= 0; since the row before (first row: since day 0).
        n_skills, n_emissions, n_transitions: how many of each there are.
    """

    offsets: Ints
    skill: Ints
    count: Floats
    correct: npt.NDArray[np.int8]
    emission: Ints
    transition: Ints
    ready: Floats
    others: Floats
    days: Floats
    n_skills: int
    n_emissions: int
    n_transitions: int

    @property
    def sequence_of_row(self) -> Ints:
        """(R,) which sequence each row belongs to."""
        return np.repeat(np.arange(len(self.skill)), np.diff(self.offsets))


@dataclass(frozen=True)
class Parameters:
    """prior (K,), learn (L,), guess (E,), slip (E,), forget (K,) per day; all float64."""

    prior: Floats
    learn: Floats
    guess: Floats
    slip: Floats
    forget: Floats

    def arrays(self) -> tuple[Floats, Floats, Floats, Floats, Floats]:
        """prior, learn, guess, slip, forget."""
        return self.prior, self.learn, self.guess, self.slip, self.forget


@dataclass(frozen=True)
class Pseudocounts:
    """What a fit believes before it sees data, as counts added to those of the data (0: maximum likelihood).

    A Beta(a, b) prior is the pair (a - 1, b - 1). ``forget`` is (events, days) of a Gamma(events + 1, days) prior.
    Arrays are (class, 2): how often it happened, how often it did not. A single pair serves every class.
    """

    prior: Floats
    learn: Floats
    guess: Floats
    slip: Floats
    forget: Floats


NONE = Pseudocounts(*(np.zeros((1, 2)) for _ in range(5)))
"""No prior: maximum likelihood."""
BETA = Pseudocounts(
    prior=np.zeros((1, 2)),
    learn=np.array([[1.0, 7.0]]),
    guess=np.array([[1.0, 5.0]]),
    slip=np.array([[1.0, 9.0]]),
    forget=np.array([[0.5, 25.0]]),
)
"""learn ~ Beta(2, 8), guess ~ Beta(2, 6), slip ~ Beta(2, 10), forget ~ Gamma(1.5, 25 days): weak priors of ours."""


@dataclass(frozen=True)
class Fit:
    """The best start of every skill.

    Attributes:
        parameters: the estimates.
        log_likelihood: (K,) natural logarithm, without the prior.
        iterations: (S, K) passes that each start took.
        converged: (S, K) bool; the start settled before ``max_iterations``.
        objectives: (S, K) log-likelihood plus log prior of each start's unit (skills that share items are one unit).
        history: objective of the whole fit, start 0, after each pass while every skill was still moving.
    """

    parameters: Parameters
    log_likelihood: Floats
    iterations: Ints
    converged: Bools
    objectives: Floats
    history: Floats


@kernel
def _filter(
    offsets: Ints, skill: Ints, correct: npt.NDArray[np.int8], emission: Ints, transition: Ints, ready: Floats,
    others: Floats, days: Floats, prior: Floats, learn: Floats, guess: Floats, slip: Floats, forget: Floats,
    p: Floats, belief: Floats,
) -> None:  # fmt: skip
    """P(right answer) of every row before it is seen, and P(known) at that moment."""
    for i in range(skill.shape[0]):
        k = skill[i]
        known = prior[k]
        for r in range(offsets[i], offsets[i + 1]):
            if days[r] > 0.0:
                known *= np.exp(-forget[k] * days[r])
            belief[r] = known
            g, v = guess[emission[r]], others[r]
            right = v * (1.0 - slip[emission[r]]) + (1.0 - v) * g
            p[r] = known * right + (1.0 - known) * g
            if correct[r] == 1:
                known *= right / p[r]
            elif correct[r] == 0:
                known *= (1.0 - right) / (1.0 - p[r])
            known += (1.0 - known) * ready[r] * learn[transition[r]]


def predict(data: Sequences, parameters: Parameters) -> tuple[Floats, Floats]:
    """What the fitted model expected of every answer before it saw it.

    Returns:
        P(right answer) (R,) and P(skill known) (R,), each given the answers of the same sequence before that row.
    """
    p, belief = np.empty(len(data.correct)), np.empty(len(data.correct))
    _filter(
        data.offsets, data.skill, data.correct, data.emission, data.transition, data.ready, data.others, data.days,
        *parameters.arrays(), p, belief,
    )  # fmt: skip
    return p, belief


def fit(
    data: Sequences,
    *,
    starts: int = 5,
    seed: int = 0,
    pseudocounts: Pseudocounts = NONE,
    forget: bool = False,
    initial: Parameters | None = None,
    tolerance: float = 1e-6,
    max_iterations: int = 1000,
) -> Fit:
    """Fit the parameters of all skills at once.

    Every pass raises the objective (log-likelihood plus log prior) of every skill. guess + slip <= 1 is a constraint
    of every pass, so "known" never changes places with "unknown"; a skill that ends on it (``FLAT``) has answers that
    say nothing about it.

    Args:
        data: the rows.
        starts: how many starting points; the best one of each skill is kept.
        seed: of the starting points; the first is always the same.
        pseudocounts: ``NONE`` for maximum likelihood, ``BETA`` for weak priors, or one pair per class.
        forget: fit forgetting per day too; else it stays 0 (or what ``initial`` says).
        initial: where the first start begins.
        tolerance: a start of a skill has settled when its objective changes by less than this share of itself.
        max_iterations: a start that has not settled by then is reported as not converged.
    """
    unit, unit_of = _units(data)
    state = [np.stack(arrays) for arrays in zip(*_starting_points(data, starts, seed, forget, initial), strict=True)]
    settled = np.zeros((starts, 1 + max(int(group.max(initial=0)) for group in unit_of)), bool)
    iterations = np.zeros(settled.shape, np.int64)
    objective = np.full(settled.shape, -np.inf)
    likelihood = np.zeros((starts, data.n_skills))
    history: list[float] = []
    for _ in range(max_iterations + 1):
        active = ~settled[:, unit]
        fresh, counts = expectation(data, state, active)
        likelihood = np.where(active, fresh, likelihood)
        value = _objective(likelihood, state, pseudocounts, unit_of)
        if not settled[0].any():
            history.append(float(value[0].sum()))
        change = value - objective
        objective = np.where(settled, objective, value)
        settled |= change <= tolerance * np.abs(value)
        if settled.all() or iterations.max() == max_iterations:
            break
        iterations += ~settled
        maximise(state, counts, pseudocounts, ~settled, unit_of, forget)
    best = objective.argmax(axis=0)
    prior, learn, guess, slip, rate = (
        array[best[group], np.arange(len(group))] for array, group in zip(state, unit_of, strict=True)
    )
    return Fit(
        parameters=Parameters(prior, learn, guess, slip, rate),
        log_likelihood=likelihood[best[unit], np.arange(data.n_skills)],
        iterations=iterations[:, unit],
        converged=settled[:, unit],
        objectives=objective[:, unit],
        history=np.array(history),
    )


@kernel
def _link(offsets: Ints, skill: Ints, emission: Ints, transition: Ints, n_emissions: Whole, links: Bools) -> None:
    """Which classes each skill has among its rows: first those of guess and slip, then those of learn."""
    for i in range(skill.shape[0]):
        for r in range(offsets[i], offsets[i + 1]):
            links[skill[i], emission[r]] = True
            links[skill[i], n_emissions + transition[r]] = True


def _units(data: Sequences) -> tuple[Ints, tuple[Ints, ...]]:
    """Which skills share classes and so must settle together: unit of each skill, and of each class of each array."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    n_k, n_e, n_t = data.n_skills, data.n_emissions, data.n_transitions
    links = np.zeros((n_k, n_e + n_t), bool)
    _link(data.offsets, data.skill, data.emission, data.transition, n_e, links)
    row, column = np.nonzero(links)
    size = n_k + n_e + n_t
    graph = coo_array((np.ones(len(row)), (row, n_k + column)), shape=(size, size))
    _, component = connected_components(graph, directed=False)
    component = component.astype(np.int64)
    unit, answer, lesson = component[:n_k], component[n_k : n_k + n_e], component[n_k + n_e :]
    return unit, (unit, lesson, answer, answer, unit)


def _starting_points(
    data: Sequences, starts: int, seed: int, forget: bool, initial: Parameters | None
) -> Iterator[tuple[Floats, ...]]:
    sizes = (data.n_skills, data.n_transitions, data.n_emissions, data.n_emissions)
    rate = 0.02 if forget else 0.0
    usual = [np.full(n, x) for n, x in zip((*sizes, data.n_skills), (0.5, 0.2, 0.2, 0.1, rate), strict=True)]
    first = usual if initial is None else list(initial.arrays())
    yield tuple(array.copy() for array in first)
    for start in range(1, starts):
        generator = np.random.default_rng([seed, start])
        ranges = ((0.1, 0.9), (0.05, 0.5), (0.05, 0.45), (0.02, 0.4))
        drawn = [generator.uniform(low, high, n) for n, (low, high) in zip(sizes, ranges, strict=True)]
        rates = generator.uniform(0.005, 0.08, data.n_skills) if forget else first[-1].copy()
        yield (*drawn, rates)


def expectation(
    data: Sequences, state: list[Floats], active: Bools
) -> tuple[Floats, tuple[Floats, Floats, Floats, Floats]]:
    """Log-likelihood (S, K) and the expected counts, each (S, class, …), under the present parameters."""
    starts = len(active)
    likelihood = np.zeros((starts, data.n_skills))
    counts = (
        np.zeros((starts, data.n_skills, 2)),
        np.zeros((starts, data.n_transitions, 2)),
        np.zeros((starts, data.n_emissions, 2, 2)),
        np.zeros((starts, data.n_skills, 2)),
    )
    prior, learn, guess, slip, rate = state
    expect(
        data.offsets, data.skill, data.count, data.correct, data.emission, data.transition, data.ready, data.others,
        data.days, prior, learn, guess, slip, rate, active, likelihood, *counts,
    )  # fmt: skip
    return likelihood, counts


def _objective(likelihood: Floats, state: list[Floats], pseudo: Pseudocounts, unit_of: tuple[Ints, ...]) -> Floats:
    """Log-likelihood plus log prior (up to a constant) of each start and unit: (S, U)."""
    prior, learn, guess, slip, forget = state
    n_units = 1 + max(int(group.max(initial=0)) for group in unit_of)
    total = np.zeros((len(prior), n_units))
    terms = [likelihood]
    for p, pair in ((prior, pseudo.prior), (learn, pseudo.learn), (guess, pseudo.guess), (slip, pseudo.slip)):
        terms.append(pair[:, 0] * np.log(p) + pair[:, 1] * np.log1p(-p))
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = pseudo.forget[:, 0] * np.log(forget) - pseudo.forget[:, 1] * forget
    terms.append(np.where(forget > 0, rate, 0.0))
    for term, group in zip(terms, (unit_of[0], *unit_of), strict=True):
        for row, values in zip(total, term, strict=True):
            row += np.bincount(group, np.broadcast_to(values, group.shape), n_units)
    return total


def maximise(
    state: list[Floats],
    counts: tuple[Floats, ...],
    pseudo: Pseudocounts,
    moving: Bools,
    unit_of: tuple[Ints, ...],
    forget: bool,
) -> None:
    """The parameters that the expected counts call for, in place, where the unit still moves."""
    n_prior, n_learn, n_answer, n_forget = counts
    guess_n, slip_n = n_answer[:, :, 0, :] + pseudo.guess, n_answer[:, :, 1, ::-1] + pseudo.slip
    guess, slip = _share(guess_n, state[2]), _share(slip_n, state[3])
    # where the free maximum has guess + slip > 1 the constrained one lies on guess = 1 - slip, both states pooled
    pooled = _share(np.stack([guess_n[..., 0] + slip_n[..., 1], guess_n[..., 1] + slip_n[..., 0]], axis=-1), guess)
    swapped = guess + slip > 1.0
    guess, slip = np.where(swapped, pooled, guess), np.where(swapped, 1.0 - pooled, slip)
    fresh = [_share(n_prior + pseudo.prior, state[0]), _share(n_learn + pseudo.learn, state[1]), guess, slip]
    if forget:
        events, days = n_forget[..., 0] + pseudo.forget[:, 0], n_forget[..., 1] + pseudo.forget[:, 1]
        fresh.append(np.where(days > 0, np.clip(events / np.where(days > 0, days, 1.0), 1e-6, 5.0), state[4]))
    for array, value, group in zip(state, fresh, unit_of, strict=False):
        array[...] = np.where(moving[:, group], value, array)


def _share(counts: Floats, otherwise: Floats) -> Floats:
    """First count over both, inside the box; where there is no count at all, what it was."""
    total = counts.sum(axis=-1)
    share = np.clip(counts[..., 0] / np.where(total > 0, total, 1.0), BOX, 1.0 - BOX)
    return np.where(total > 0, share, otherwise)
