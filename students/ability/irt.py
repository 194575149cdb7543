"""Students with abilities on a logit scale: item response theory, the same with growth and drift, Elo's student."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
from zpdgym.parameters import Choice, Number, Table

from ..curriculum.curriculum import Curriculum
from ..model import FloatNM, IntN, KernelModel, Outcome, State, Traits, matrix
from ..parameters import PerItem, PerSkill, logits, logits_of, pack, share
from ..population import Population, normals
from . import _irt, _irt_dynamic

__all__ = ["IRT", "DynamicIRT", "Elo"]


MASTERED_AT = 0.95
READY_AT = 0.5
GOLDEN = (5.0**0.5 - 1.0) / 2.0

START = logits("mean ability at the start", -10, 10, each="skill")
ABILITY_SD = logits("spread of every ability between students at the start", 0, 5)
SHARED = share(
    "share of that variance that the abilities of one student have in common: their correlation", of="the variance",
)  # fmt: skip
DISCRIMINATION = Number(
    "how sharply an item tells the able from the others (a)",
    low=0.01, high=10, each="item", why="the able do better, but not without limit",
)  # fmt: skip
GUESS = Number(
    "chance of a right answer without any ability (c)",
    low=0, high=0.9, unit="probability", each="item", why="it is a probability that leaves room for ability",
)  # fmt: skip
SCALE = Number(
    "scaling constant (D)", low=0.1, high=10, why="it is 1, or 1.7 to come near the normal ogive"
)  # fmt: skip


class _Able(KernelModel, kernels=_irt):
    """What all students with abilities share: where abilities come from, and how they answer."""

    TRAITS: ClassVar[Traits] = logits_of("ability")

    discrete = False
    mastered_at = MASTERED_AT
    ready_at = READY_AT
    lesson_draws = 1

    def _finish(
        self,
        values: Any,
        *,
        groups: Sequence[int],
        discrimination: npt.NDArray[np.float64] | float,
        guess: npt.NDArray[np.float64],
        scale: float = 1.0,
        learning: Sequence[float] = (1.0, 0.0, 0.0),
        gain: Any = 0.0,
        rate: Any = 0.0,
        fields: Sequence[Any] = (),
    ) -> None:
        """Say where abilities come from, pack the numbers for the kernels and lay out the records.

        ``groups`` (K,): skills of one number vary together; -1: with the student only. ``learning``: feedback,
        transfer, variance of the wandering; ``gain`` and ``rate`` (K,); ``fields``: of the record, after abilities.
        """
        c, k = self.curriculum, self.curriculum.n_skills
        self.start, self.ability_sd, self.shared = values.start, values.ability_sd, values.shared
        self.groups = np.array(groups)
        alone = self.groups[0] < 0
        self.general_sd = self.ability_sd * (1.0 if alone else math.sqrt(self.shared))
        self.own_sd = self.ability_sd * (0.0 if alone else math.sqrt(1.0 - self.shared))
        self.discrimination, self.guess, self.scale = np.broadcast_to(discrimination, c.n_items), guess, scale
        items = [self.scale * self.discrimination, c.difficulty, self.guess, 1.0 / c.q.sum(axis=1), c.minutes, c.asks]
        skills = [np.broadcast_to(gain, k), np.broadcast_to(rate, k)]
        self._floats, self._ints = pack(c, [self.scale, *learning], items, skills)
        own: list[Any] = [("general", np.float64), ("ability", np.float64, (k,)), *fields]
        self._lay_out(*own, draws=2 + int(self.groups.max()))

    def _begin(self, state: State, rows: IntN, deviates: FloatNM, luck: FloatNM) -> None:
        """One general draw, then one per ability beside it."""
        normal = normals(luck)
        state["general"][rows] = deviates[:, 0] + self.general_sd * normal[:, 0]
        state["ability"][rows] = self.start + self.own_sd * normal[:, 1 + self.groups]
        self._begin_learning(state, rows, deviates)

    def _begin_learning(self, state: State, rows: IntN, deviates: FloatNM) -> None:
        """The fields beyond the abilities: static students have none."""


class IRT(_Able):
    """A student who answers by ability and never changes: item response theory with one, two or three parameters.

    P(right) = c + (1 - c) / (1 + exp(-D a (theta - b))) (Lord 1980): ability theta, an item's difficulty b (the
    curriculum's), discrimination a and guessing c. With a = 1 and c = 0 it is the 1PL, with c = 0 the 2PL model. An
    item with several skills meets the mean of its abilities. Nothing is learnt or forgotten: a check of tests and
    beliefs, and what a teacher's gain must vanish on. Page: docs/students/irt.md.

    Args:
        curriculum: what is asked.
        population: individual differences in ``traits``; None: students differ by ``ability_sd`` only.
        start, ability_sd, …: see ``PARAMETERS``.

    Raises:
        InputError: parameters out of range, all of them together.
    """

    PARAMETERS: ClassVar[Table] = {
        "start": START,
        "ability_sd": ABILITY_SD,
        "abilities": Choice(
            "one ability for everything, or one for each topic or skill", options=("student", "topic", "skill")
        ),
        "shared": SHARED,
        "discrimination": DISCRIMINATION,
        "discrimination_sd": Number(
            "spread of the logarithm of a over items, dealt out to them in a fixed order, without a draw",
            low=0, high=2, why="it is on the log scale",
        ),
        "guess": GUESS,
        "scale": SCALE,
    }  # fmt: skip

    invariants = frozenset(
        {"answer_then_learn", "elapse_composes", "forgetting_is_monotone", "lessons_change_nothing"}
        | {"lessons_never_hurt", "never_improves_untaught", "no_learning_without_prerequisite", "time_changes_nothing"}
    )

    def __init__(
        self,
        curriculum: Curriculum,
        *,
        population: Population | None = None,
        start: PerSkill = 0.0,
        ability_sd: float = 1.0,
        abilities: str = "student",
        shared: float = 0.5,
        discrimination: PerItem = 1.0,
        discrimination_sd: float = 0.0,
        guess: PerItem = 0.0,
        scale: float = 1.0,
    ) -> None:
        values, wrong = self._read(curriculum, population, locals())
        wrong.raise_any()
        k, topics = curriculum.n_skills, list(dict.fromkeys(curriculum.topics))
        groups = {"student": [-1] * k, "topic": [topics.index(t) for t in curriculum.topics], "skill": list(range(k))}
        self.abilities = values.abilities
        spread = _spread(curriculum.n_items, values.discrimination_sd)
        self._finish(
            values, groups=groups[self.abilities], discrimination=spread * values.discrimination,
            guess=values.guess, scale=values.scale,
        )  # fmt: skip

    @property
    def step_kernel(self) -> Callable[..., None]:
        """They only answer."""
        return _irt.answer

    def step(self, state: State, items: IntN, u: FloatNM, out: Outcome) -> Outcome:
        """Answer (where the item asks) and learn nothing. ``u``: the answer."""
        self.step_kernel(matrix(state), items, u, out, self._floats, self._ints)
        return out

    def expected_gain(self, state: State) -> FloatNM:
        """Nothing is learnt: zeros (N, M)."""
        return np.zeros((len(state), self.curriculum.n_items))

    def information(self, state: State) -> FloatNM:
        """Fisher information of one answer to each item about the ability that it measures: (N, M), 1/logits².

        D² a² (1 - P) / P ((P - c) / (1 - c))² (Lord 1980); 0 for items that ask for no answer.
        """
        out = np.empty((len(state), self.curriculum.n_items))
        _irt.information(matrix(state), out, self._floats, self._ints)
        return out


class DynamicIRT(_Able, kernels=_irt_dynamic):
    """A student who answers by ability, which grows with every lesson and wanders and fades between them.

    Item response theory in time: growth per lesson, a Wiener process over days (Wilson, Karklin, Han & Ekanadham
    2016; their temporal model), and optional decay towards the start, which makes it an Ornstein-Uhlenbeck process;
    days compose exactly in distribution. Page: docs/students/irt_dynamic.md.

    Args:
        curriculum: what is taught.
        population: individual differences in ``traits``; None: students differ by ``ability_sd`` only.
        start, ability_sd, …: see ``PARAMETERS``.

    Raises:
        InputError: parameters out of range, all of them together.
    """

    TRAITS: ClassVar[Traits] = {
        **_Able.TRAITS,
        "learn": "logarithm of the gain",
        "forget": "logarithm of the forgetting rate",
    }

    PARAMETERS: ClassVar[Table] = {
        "start": START,
        "ability_sd": ABILITY_SD,
        "shared": SHARED,
        "learn": logits("what a lesson adds to the item's skills", 0, 10, each="skill"),
        "feedback": share("share of the gain that a wrong answer leaves; 1: the answer does not matter", of="the gain"),
        "noise": Number(
            "standard deviation of a skill's wandering after one day (gamma)",
            low=0, high=5, unit="logits", why="it is in logits after one day",
        ),
        "forget": Number("rate at which a skill returns to its start", low=0, high=100, unit="per day", each="skill"),
        "discrimination": DISCRIMINATION,
        "guess": GUESS,
        "scale": SCALE,
    }  # fmt: skip

    def __init__(
        self,
        curriculum: Curriculum,
        *,
        population: Population | None = None,
        start: PerSkill = 0.0,
        ability_sd: float = 1.0,
        shared: float = 0.5,
        learn: PerSkill = 0.1,
        feedback: float = 1.0,
        noise: float = 0.05,
        forget: PerSkill = 0.0,
        discrimination: PerItem = 1.0,
        guess: PerItem = 0.0,
        scale: float = 1.0,
    ) -> None:
        values, wrong = self._read(curriculum, population, locals())
        wrong.raise_any()
        k = curriculum.n_skills
        self.learn, self.feedback, self.noise, self.forget = values.learn, values.feedback, values.noise, values.forget
        self._finish(
            values, groups=range(k), discrimination=values.discrimination, guess=values.guess, scale=values.scale,
            learning=(self.feedback, 0.0, self.noise**2), gain=self.learn, rate=self.forget,
            fields=[("learn", np.float64), ("forget", np.float64), ("start", np.float64, (k,))],
        )  # fmt: skip
        self.rest_draws = k if self.noise > 0.0 else 0
        still = {"elapse_composes", "forgetting_is_monotone"}
        still |= set() if self.forget.any() else {"time_changes_nothing"}
        self.invariants = frozenset(
            {"answer_then_learn", "lessons_never_hurt", "never_improves_untaught"}
            | (still if self.noise == 0.0 else {"elapse_composes_on_average"})
        )

    def _begin_learning(self, state: State, rows: IntN, deviates: FloatNM) -> None:
        state["learn"][rows] = np.exp(deviates[:, 1])
        state["forget"][rows] = np.exp(deviates[:, 2])
        state["start"][rows] = state["ability"][rows]


class Elo(_Able):
    """A student as Elo ratings see one: an ability per skill and a general one, and every practice raises both.

    Elo is a way to *estimate* abilities from answers (Pelánek 2016; the tutor's ``EloBelief`` does that); this is the
    student who fits it: P(right) = 1/k + (1 - 1/k) / (1 + exp(-(theta - b))) for an item with k options, theta the
    general ability plus that in the item's skills (their mean). Page: docs/students/elo.md.

    Args:
        curriculum: what is taught.
        population: individual differences in ``traits``; None: students differ by ``ability_sd`` only.
        start, ability_sd, …: see ``PARAMETERS``.

    Raises:
        InputError: parameters out of range, all of them together.
    """

    TRAITS: ClassVar[Traits] = {**_Able.TRAITS, "learn": "logarithm of both gains"}

    PARAMETERS: ClassVar[Table] = {
        "start": START,
        "ability_sd": ABILITY_SD,
        "shared": share("share of that variance that is the general ability's", of="the variance"),
        "learn": logits("what a lesson adds to the ability in the item's skills", 0, 10, each="skill"),
        "transfer": logits("what a lesson adds to the general ability, and so to every skill", 0, 10),
        "options": Number(
            "number of answers to choose from; 0: an open question, nothing to guess",
            low=0, high=100, whole=True, each="item", why="it counts the answers to choose from",
        ),
    }  # fmt: skip

    def __init__(
        self,
        curriculum: Curriculum,
        *,
        population: Population | None = None,
        start: PerSkill = 0.0,
        ability_sd: float = 1.0,
        shared: float = 0.5,
        learn: PerSkill = 0.08,
        transfer: float = 0.02,
        options: PerItem = 0,
    ) -> None:
        values, wrong = self._read(curriculum, population, locals())
        self.learn, self.transfer, self.options = values.learn, values.transfer, values.options
        for m in np.flatnonzero(self.options == 1.0):
            text = f"options=1 of '{curriculum.items[m]}' must be 0 (an open question) or from 2 on: "
            wrong.unless(False, text + "with one answer there is no choice")
        wrong.raise_any()
        guess = np.where(self.options >= 2.0, 1.0 / np.maximum(self.options, 2.0), 0.0)
        self._finish(
            values, groups=range(curriculum.n_skills), discrimination=1.0, guess=guess,
            learning=(1.0, self.transfer, 0.0), gain=self.learn, fields=[("learn", np.float64)],
        )  # fmt: skip
        self.invariants = frozenset(
            {"answer_then_learn", "elapse_composes", "forgetting_is_monotone", "lessons_never_hurt"}
            | {"time_changes_nothing"}
            | ({"never_improves_untaught"} if self.transfer == 0.0 else set())
        )

    def _begin_learning(self, state: State, rows: IntN, deviates: FloatNM) -> None:
        state["learn"][rows] = np.exp(deviates[:, 1])


def _spread(count: int, sd: float) -> npt.NDArray[np.float64]:
    """(count,) log-normal factors with median 1: normal quantiles at the golden-ratio sequence, even for any count."""
    return np.exp(sd * normals(np.arange(0.5, count) * GOLDEN % 1.0))
