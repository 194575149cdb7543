"""Recipes of the teachers that score every item with one small network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, TypeAlias, cast

from zpdgym.errors import InputError, Violations, shown
from zpdgym.files import as_plain
from zpdgym.parameters import Choice, Number, Parameter, Table, Text

from ...envs.scenario_file import UNEXPECTED, students_by_name
from .guides import IMITATION, NOBODY, must_be_imitable
from .recipes import COUNT, AsGiven, PPOLearner, widths

if TYPE_CHECKING:
    from ...envs.scenario import Scenario

__all__ = ["AttentionPPO", "RobustPPO", "ScorerPPO"]

PRIOR_WEIGHTS = (1.0, 4.0)
"""How an untrained scorer weighs what the belief predicts per minute, per standard deviation, and readiness."""
Kind: TypeAlias = str | Mapping[str, object]
"""A kind of students: by name, or as keys (``students_by_name``)."""


@dataclass(frozen=True)
class Kinds(Parameter):
    """A list of kinds of students, as ``students`` of a matrix holds it."""

    def read(self, value: object, name: str, wrong: Violations, sizes: Mapping[str, int]) -> tuple[Kind, ...]:
        """The kinds; none of them where it is no such list. Which there are, only a scenario knows."""
        listed = cast("Sequence[object]", value) if isinstance(value, list | tuple) else ()
        good = bool(listed) and all(isinstance(kind, str | Mapping) for kind in listed)
        wrong.unless(good, f"{name}={shown(value)} must be a list of names (or of mappings) with at least one entry")
        return tuple(cast("Kind", as_plain(kind)) for kind in listed) if good else ()


@dataclass(kw_only=True)
class ScorerPPO(PPOLearner):
    """MaskablePPO (sb3-contrib) with ONE small network that scores every item that may be shown now.

    A limit ``done`` makes the first 100 000 lessons better, but a skill that is wrongly believed known is then never
    practised again while another one is open. With a list for ``ready`` each value is tried for a seventh of the
    lessons, and the one that is best on validation students goes on from there.
    """

    PARAMETERS: ClassVar[Table] = {
        **PPOLearner.PARAMETERS,
        "ready": AsGiven(
            "items whose skills are believed ready to less than this are not scored; 0: all are; a list: the best "
            "of its values is found in trials",
            low=0,
            high=1,
            most=9,
            single=True,
        ),
        "done": Number("items whose skills are all believed known to this are not scored; 2: all are", low=0, high=2),
        "hidden": widths("widths of the scorer's ReLU layers"),
        "value_hidden": widths("widths of the critic's ReLU layers"),
        "prior": AsGiven(
            "how strongly an untrained scorer prefers a large predicted gain per minute, and readiness; training "
            "changes both weights",
            low=0,
            high=100,
            least=2,
            most=2,
        ),
        "critic": Choice(
            "what judges lessons in training: a critic that sees what the tutor sees, or one that sees the truth, too "
            "(trainer=fast); the teacher never does",
            options=("tutor", "truth"),
        ),
        "imitate": Text(
            "who is imitated first (trainer=fast), made ready as to teach",
            allowed="a policy that does not learn, or nobody",
        ),
        "imitation": Number(
            f"how many of all lessons it teaches; null: {IMITATION // 1000} {IMITATION % 1000}",
            unit="lessons",
            optional=True,
            **COUNT,
        ),
    }
    network: ClassVar[str] = "scorer"
    needs: ClassVar[frozenset[str]] = frozenset({"belief", "ready"})
    learning_rate: float = 1e-2
    gae_lambda: float = 0.8
    ready: float | tuple[float, ...] = 0.8
    done: float = 2.0
    hidden: tuple[int, ...] = (32,)
    value_hidden: tuple[int, ...] = (64, 64)
    prior: tuple[float, ...] = PRIOR_WEIGHTS
    critic: str = "tutor"
    imitate: str = NOBODY
    imitation: int | None = None
    trainer: str = "fast"

    def _check(self, wrong: Violations) -> None:
        super()._check(wrong)
        fast = self.trainer == "fast"
        wrong.unless(fast or self.critic == "tutor", f"critic={self.critic!r} needs trainer=fast")
        wrong.unless(fast or self.imitate == NOBODY, f"imitate={self.imitate!r} needs trainer=fast")
        guided = self.imitation is None or self.imitate != NOBODY
        wrong.unless(guided, f"imitation={self.imitation} needs a policy to imitate, imitate=…")
        wrong.raise_any()
        if self.imitate != NOBODY:
            must_be_imitable(self.imitate, f"policy {self.name}: imitate={self.imitate!r}")

    def must_be_for(self, scenarios: int) -> None:
        """Refuse to be trained on so many scenarios together.

        Raises:
            InputError: there are several, and a policy that is tuned for one of them is to be imitated.
        """
        super().must_be_for(scenarios)
        if scenarios > 1 and self.imitate != NOBODY:
            raise InputError(
                f"policy {self.name}: imitate={self.imitate!r} needs one scenario to learn in, not {scenarios}"
            )


@dataclass(kw_only=True)
class RobustPPO(ScorerPPO):
    """``ScorerPPO`` trained on several kinds of students side by side, so that it suits whoever comes.

    The tutor does not know whom it meets: curriculum, schedule, observation and the numbers of its belief are those of
    the scenario whatever the kind, as in the columns of a robust evaluation matrix.
    """

    PARAMETERS: ClassVar[Table] = {
        **ScorerPPO.PARAMETERS,
        "students": Kinds(
            "the kinds of students that it is trained on beside the scenario's own, as many of each; unexpected: all "
            "that the scenario's file does not expect",
            allowed="a list, as students of a matrix",
        ),
    }
    students: tuple[Kind, ...] = (UNEXPECTED,)

    def worlds(self, scenarios: Sequence[Scenario]) -> tuple[Scenario, ...]:
        """Each scenario with its own students, then with each of the other kinds.

        Raises:
            InputError: a kind that there is not, or that cannot learn what the scenario teaches.
        """
        found: list[Scenario] = []
        for scenario in scenarios:
            found.append(scenario)
            kinds = students_by_name(self.students, scenario.sections["unexpected"] or {}, "policy.students")
            for name, section in kinds.items():
                try:
                    found += scenario.with_students({name: section}, where="policy.students").values()
                except InputError as error:
                    label = f"policy {self.name}: students of kind {name} in {scenario.label}"
                    raise InputError(f"{label}: {error}") from error
        return tuple(found)


@dataclass(kw_only=True)
class AttentionPPO(ScorerPPO):
    """The scorer of ``ScorerPPO`` with attention between each skill, its prerequisites and those that need it."""

    PARAMETERS: ClassVar[Table] = {
        **ScorerPPO.PARAMETERS,
        "width": Number("numbers that a skill is described by", **COUNT),
        "layers": Number("layers of attention: how many prerequisites far a skill can look", **COUNT),
    }
    network: ClassVar[str] = "attention"
    trainer: str = "sb3"
    width: int = 16
    layers: int = 2
