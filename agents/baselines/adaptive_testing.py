"""Computerised adaptive testing turned to teaching: items chosen by how informative or how hard they are."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
from zpdgym.errors import InputError
from zpdgym.parameters import Number, Table

from ...students.jit import kernel
from ..problem import Actions, Baseline, Believed, Observation, Problem
from .greedy import item_ready
from .item_rule import column_reader, first_allowed
from .parameters import READY_ITEMS, count

__all__ = ["CAT", "ClosestToP", "MostInformative"]

Float = npt.NDArray[np.float64]
STEP = 1e-4  # logits; the error of the central difference is about its square
LEAST = 1e-9  # keeps logits finite


def fisher_information(p: Float, slope: Float) -> Float:
    """What one answer tells about an ability: ``slope^2 / (p (1 - p))``.

    Args:
        p: probability of a right answer.
        slope: its derivative by the ability, in 1/logit. For the three-parameter model with discrimination a and guess
            c it is ``a (p - c) (1 - p) / (1 - c)``, which gives ``a^2 ((p - c) / (1 - c))^2 (1 - p) / p``.
    """
    spread = p * (1.0 - p)
    return np.where(spread > 0, slope * slope / np.maximum(spread, 1e-300), 0.0)


class _Choice(Baseline, ABC):
    """The item that asks for an answer with the largest value; one of the best few, if wanted."""

    PARAMETERS: ClassVar[Table] = {
        "ready": READY_ITEMS,
        "among": count("one of so many best items, all equally likely; 1: always the best, the first on ties"),
    }

    def __init__(self, *, ready: float, among: int) -> None:
        self.ready, self.among = ready, among
        self.draws = 1 if among > 1 else 0
        self.needs = frozenset({"belief", "ready"} if ready > 0 else {"belief"})

    def prepare(self, problem: Problem) -> None:
        """Find out which items ask."""
        self.asks = problem.curriculum.asks
        self.read_ready = column_reader(problem, "ready" if self.ready > 0 else "belief")

    @abstractmethod
    def value(self, believed: Believed) -> Float:
        """(N, M) what is wanted of an item."""

    def choose(self, observation: Observation, masks: npt.NDArray[np.bool_], u: Any) -> Actions:
        """The best item that is allowed, asks and is ready."""
        values = self.value(self.problem.believed(observation))
        out = np.empty(len(observation), np.int64)
        luck = np.zeros(len(observation)) if u is None else np.ascontiguousarray(u[:, 0])
        skills = self.problem.curriculum.item_skills
        _among_best(
            observation, values, masks, self.asks, skills, self.read_ready, self.ready, self.among, luck, out
        )  # fmt: skip
        return out


class CAT(_Choice):
    """The item whose answer tells most about the student: the largest Fisher information at the believed ability.

    The ability is the belief on the scale of logits; the derivative of the believed chance of a right answer by it is
    taken numerically, all skills of an item moving together, so that it works for every belief. It is the rule of
    adaptive *testing*: it finds out what is known and cares for nothing else.

    Raises:
        InputError: a parameter out of range.
    """

    name = "cat"

    def __init__(self, *, ready: float = 0.0, among: int = 1) -> None:
        super().__init__(**vars(self.checked(locals())))

    def value(self, believed: Believed) -> Float:
        """(N, M) Fisher information."""
        inside = np.clip(believed.belief, LEAST, 1.0 - LEAST)
        ability, chance = np.log(inside / (1.0 - inside)), self.problem.belief.p_correct
        higher, lower = (chance(1.0 / (1.0 + np.exp(-(ability + step)))) for step in (STEP, -STEP))
        return fisher_information(chance(inside), (higher - lower) / (2.0 * STEP))


class ClosestToP(_Choice):
    """The item that the tutor's belief expects to be answered rightly with a probability nearest to ``p``.

    Math Garden's rule (Klinkenberg, Straatemeier & van der Maas 2011), which offers .6 (hard), .75 and .9 (easy).

    Raises:
        InputError: a parameter out of range.
    """

    PARAMETERS: ClassVar[Table] = {
        "p": Number("the wanted chance of a right answer", low=0, high=1, above=True, below=True, unit="probability"),
        **_Choice.PARAMETERS,
    }
    name = "closest_to_p"

    def __init__(self, *, p: float = 0.75, ready: float = 0.0, among: int = 1) -> None:
        given = self.checked(locals())
        super().__init__(ready=given.ready, among=given.among)
        self.p = given.p

    def value(self, believed: Believed) -> Float:
        """(N, M) minus the distance from the wanted chance."""
        return -np.abs(self.problem.belief.p_correct(believed) - self.p)


class MostInformative(_Choice):
    """The question whose answer is expected to tell most about what the student knows, in nats; then it may stop.

    The mutual information of the answer and of whether all that the question needs is known. An answer depends on
    nothing else, so it is also what is expected to be learnt about the whole knowledge state, one question ahead
    (greedy maximum information, the stepwise Kullback-Leibler rule). Where all questions are guessed and missed alike,
    it is the half-split rule of Falmagne & Doignon: the question whose right answer is nearest to an even chance.

    Raises:
        InputError: a parameter out of range.
    """

    PARAMETERS: ClassVar[Table] = {
        "stop": Number("finish where no question is expected to tell so much, if finishing is allowed; 0: never",
                       low=0, high=1, unit="nats"),
        **_Choice.PARAMETERS,
    }  # fmt: skip
    name = "most_informative"

    def __init__(self, *, stop: float = 0.0, ready: float = 0.0, among: int = 1) -> None:
        given = self.checked(locals())
        super().__init__(ready=given.ready, among=given.among)
        self.stop = given.stop

    def prepare(self, problem: Problem) -> None:
        """Refuse problems of several steps: their answers tell more than whether all their skills are known.

        Raises:
            InputError: there are some.
        """
        if problem.curriculum.has_steps:
            told = f"'{problem.curriculum.name}' has problems of several steps"
            raise InputError(f"policy {self.name} weighs questions of one answer, and {told}; policy=closest_to_p fits")
        super().prepare(problem)

    def value(self, believed: Believed) -> Float:
        """(N, M) nats."""
        chance, nothing = self.problem.belief.p_correct, np.zeros_like(believed.belief)
        right, unable, able = chance(believed), chance(everything(nothing)), chance(everything(nothing + 1.0))
        knows = np.clip((right - unable) / np.maximum(able - unable, 1e-12), 0.0, 1.0)
        return entropy(right) - knows * entropy(able) - (1.0 - knows) * entropy(unable)

    def choose(self, observation: Observation, masks: npt.NDArray[np.bool_], u: object) -> Actions:
        """The most informative question, or ``finish``."""
        chosen, finish = super().choose(observation, masks, u), self.problem.finish
        if self.stop <= 0 or finish is None:
            return chosen
        told = self.value(self.problem.believed(observation))
        told[~(masks[:, : told.shape[1]] & self.asks)] = 0.0
        return np.where(masks[:, finish] & (told.max(axis=1) < self.stop), finish, chosen)


def everything(level: Float) -> Believed:
    """Students of whom every skill is believed known to this level, (N, K), and everything open that is not."""
    return Believed(level, ready=np.ones_like(level), open=1.0 - level, tries=np.zeros_like(level))


def entropy(p: Float) -> Float:
    """Of a right or wrong answer with chance p, in nats."""
    inside = np.clip(p, LEAST, 1.0 - LEAST)
    return -inside * np.log(inside) - (1.0 - inside) * np.log(1.0 - inside)


@kernel
def _among_best(observation, values, masks, asks, skills, ready, threshold, among, luck, out):
    """Ready items that ask, else items that ask, else any allowed one."""
    n_items = values.shape[1]
    fits, used = np.empty(n_items, np.bool_), np.empty(n_items, np.bool_)
    for i in range(values.shape[0]):
        found, asking = 0, 0
        for m in range(n_items):
            used[m] = False
            asked = masks[i, m] and asks[m]
            fits[m] = asked and (threshold <= 0 or item_ready(observation[i], skills[m], ready, threshold))
            asking += asked
            found += fits[m]
        if found == 0:
            found = asking
            for m in range(n_items):
                fits[m] = masks[i, m] and asks[m]
        out[i] = first_allowed(masks[i])
        if found == 0:
            continue
        for _ in range(np.int64(luck[i] * min(among, found)) + 1):
            at = -1
            for m in range(n_items):
                if fits[m] and not used[m] and (at < 0 or values[i, m] > values[i, at]):
                    at = m
            used[at], out[i] = True, at
