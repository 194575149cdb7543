"""A scenario file becomes an environment: what is taught, to whom, when, what is seen and what is paid."""

from __future__ import annotations

import copy
import inspect
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from zpdgym.errors import InputError, shown, unknown
from zpdgym.names import check_name
from zpdgym.parameters import must_be_keys

from ..configs.build import CONFIGS, build, read_choice, student_section
from .lessons.catalogue import must_leave_something, read_actions
from .render import METADATA
from .scenario_file import (
    CONTROL,
    GROUPS,
    as_plain,
    check_kinds,
    find_scenario,
    follow_students,
    given_keys,
    read_scenario,
    set_numbers,
    short_hash,
)
from .schedule import Schedule
from .suite.control import Control
from .suite.outcome import OutcomeSpec

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from ..students.curriculum.curriculum import Curriculum
    from ..students.model import StudentModel
    from .beliefs.base import Belief
    from .observe import Observe
    from .own.reward import OwnReward
    from .single import TutorEnv
    from .tutor import TutorVectorEnv

__all__ = ["Scenario", "scenario_names"]

SEEN = "_seen"
BELIEF_SOURCES = ("fitted", "true_population", "given")


@dataclass(frozen=True, eq=False)
class Scenario:
    """Curriculum, students, schedule, observation, reward and primary outcome under one versioned name.

    Attributes:
        name: the versioned name, e.g. "Algebra-v0".
        label: the name, with a short hash behind it when anything differs from the file ("Algebra-v0~3f2a").
        sections: everything as a plain dictionary, resolved.
        given: what was said beside the file, by key ("schedule", "reward.kind") -> whether its section is another now.
    """

    name: str
    label: str
    sections: dict[str, Any]
    given: Mapping[str, bool] = field(default_factory=dict[str, bool], repr=False)

    def __post_init__(self) -> None:
        for part in (self.name, *self.label.split("/")):  # a kind of students stands behind a stroke
            check_name(part, "scenario: name")

    @classmethod
    def load(
        cls,
        scenario: str | Path | Scenario,
        *,
        replace: Mapping[str, str | Mapping[str, Any] | None] | None = None,
        change: Mapping[str, Any] | None = None,
    ) -> Scenario:
        """Read a scenario, with other sections or numbers if wanted.

        Args:
            scenario: a name ("kt6kc", "KT6KC-v0", "zpdgym/KT6KC-v0"; without a version the newest), or the path of a
                YAML file.
            replace: section (student, population, curriculum, schedule) to the name of a file in configs/<section>/,
                the path of a YAML file, or the section itself.
            change: single numbers, by dotted key ("student.learn") or nested.

        Raises:
            InputError: an unknown scenario, section or key (with the nearest), or a value that is refused.
        """
        if isinstance(scenario, Scenario):
            name, sections, checked, before = scenario.name, scenario.sections, True, scenario.given
            original = copy.deepcopy(sections) if scenario.label == name else None
        else:
            if not isinstance(cast("object", scenario), str | Path):
                raise InputError(f"scenario={shown(scenario)} must be a name, the path of a YAML file, or a Scenario")
            path = find_scenario(str(scenario))
            sections, checked = read_scenario(path), path.is_relative_to(CONFIGS)
            sections["student"] = student_section(sections["student"])
            name, before = str(sections["name"]), dict[str, bool]()
            original = copy.deepcopy(sections)
        was, sections = sections, copy.deepcopy(sections)
        must_be_keys({} if replace is None else replace, "replace", "section: name of a file, or the section itself")
        for group, choice in (replace or {}).items():
            if group not in GROUPS:
                raise unknown("section of a scenario", str(group), GROUPS)
            sections[group] = read_choice(group, choice) if isinstance(choice, str) else as_plain(choice)
        sections["student"] = student_section(sections["student"])
        numbers = cast("Mapping[str, object]", as_plain({} if change is None else change))
        set_numbers(sections, numbers)
        check_kinds(sections, f"scenario {name}")
        sections["student"] = student_section(sections["student"])
        if sections["student"] != was["student"] and "curriculum" not in (replace or {}):
            follow_students(sections, was["student"])
        label = name if sections == original else f"{name}~{short_hash(sections)}"
        loaded = cls(name, label, sections, {**before, **given_keys(replace or {}, numbers, was, sections)})
        loaded.check()
        loaded._check_unexpected(was["unexpected"] if checked or "curriculum" in (replace or {}) else {})
        return loaded

    def check(self) -> None:
        """Build everything once, so that whatever is wrong is said now.

        Raises:
            InputError: a section is wrong.
        """
        from .beliefs.build import must_follow_steps

        self._check_belief()
        must_follow_steps(str(self.sections["belief"].get("kind", "bkt")), self.curriculum)
        _ = self.rows, self.reward, self.finish_after, self.outcome, self.schedule, self.student, self.control
        must_leave_something(self)

    @cached_property
    def curriculum(self) -> Curriculum:
        """What is taught."""
        return build(self.sections["curriculum"], "curriculum")

    @cached_property
    def student(self) -> StudentModel:
        """Who is taught: the student model with its population."""
        return self.student_for(self.curriculum)

    def student_for(self, curriculum: Curriculum) -> StudentModel:
        """The same students, made for this curriculum.

        Raises:
            InputError: they do not fit it, or lack what every student must have.
        """
        from ..students.model import ATTRIBUTES, METHODS, must_teach_steps

        population = self.sections["population"]
        given: dict[str, Any] = {"curriculum": curriculum}
        if population is not None:
            given["population"] = build(population, "population")
        student = build(self.sections["student"], "student", ("population",), **given)
        missing = [name for name in (*ATTRIBUTES, *METHODS) if not hasattr(student, name)]
        if missing:
            who = f"{type(student).__module__}.{type(student).__name__}"
            raise InputError(
                f"student: {who} lacks {', '.join(missing)}; zpdgym.students.check_student tells what is asked"
            )
        must_teach_steps(type(cast("object", student)), curriculum)
        varied = population is not None and given["population"].traits
        if varied and not hasattr(student, "traits"):
            kind = type(student).__name__
            raise InputError(
                f"the population varies {', '.join(varied)}, but {kind} students do not say in 'traits' what can vary; "
                "population=alike fits any students"
            )
        return student

    @cached_property
    def band(self) -> tuple[float, float] | None:
        """The chances of a right answer at which difficulty teaches these students most; None: it is all one."""
        from .attainable import difficulty_band

        return difficulty_band(self)

    @cached_property
    def mastery_levels(self) -> npt.NDArray[np.float64]:
        """(K,) from which mastery on each skill counts as mastered."""
        from .attainable import mastery_levels

        return mastery_levels(self)

    @cached_property
    def schedule(self) -> Schedule:
        """When the teaching happens."""
        return Schedule.from_section(self.sections["schedule"])

    @cached_property
    def belief(self) -> Belief:
        """What the tutor makes of what it sees."""
        from .beliefs.build import build_belief

        return build_belief(self.belief_parameters, self.curriculum)

    @cached_property
    def belief_parameters(self) -> dict[str, Any]:
        """The numbers of the tutor's belief, from wherever the scenario says they come from.

        Raises:
            InputError: no fitted numbers exist for this scenario, or an unknown source.
        """
        self._check_belief()
        section = dict(self.sections["belief"])
        source, kind = section.pop("source", "fitted"), section.get("kind", "bkt")
        if source == "given":
            return section
        if source == "true_population":
            from .beliefs.build import true_population

            return true_population(kind, self.student) | self.what_is_seen
        return self._fitted(kind) | self.what_is_seen

    @property
    def what_is_seen(self) -> dict[str, object]:
        """What the section ``belief`` says the tutor sees of answers, or does not: its keys ``…_seen``."""
        return {key: value for key, value in self.sections["belief"].items() if key.endswith(SEEN)}

    def _check_belief(self) -> None:
        """What can be said of the section before anything is fitted."""
        from .beliefs.build import belief_class, kinds

        section = self.sections["belief"]
        if not isinstance(section, Mapping):
            raise InputError(f"belief={shown(section)} must be a section of keys, with kind and source")
        given = cast("Mapping[str, object]", section)
        source, kind = given.get("source", "fitted"), given.get("kind", "bkt")
        for key, value, known in (("source", source, BELIEF_SOURCES), ("kind", kind, kinds())):
            if not isinstance(value, str) or value not in known:
                raise unknown(f"belief.{key}", str(value), known)
        extra = sorted(str(key) for key in given if key not in ("kind", "source"))
        belief = belief_class(str(kind))
        takes = [name for name in inspect.signature(belief).parameters if name != "curriculum"]
        for key in extra:
            if key not in takes:
                raise unknown("key belief.", key, ("kind", "source", *takes))
        numbers = [key for key in extra if not key.endswith(SEEN)]
        if source != "given" and numbers:
            raise InputError(f"belief: {', '.join(numbers)} can only be set with source: given (it is {source})")

    @property
    def told(self) -> bool:
        """Whether the tutor is told what students know, as no tutor is (``belief.kind: truth``)."""
        from .beliefs.base import Privileged
        from .beliefs.build import belief_class

        return issubclass(cast("type", belief_class(self.sections["belief"].get("kind", "bkt"))), Privileged)

    def _fitted(self, kind: str) -> dict[str, Any]:
        path = CONFIGS / "scenario" / f"{self.name}.belief.json"
        if not path.exists():
            raise InputError(
                f"scenario {self.name}: the fitted belief {path.name} is missing; fit it "
                "(python -m zpdgym.envs.beliefs.fitting), or set belief.source=true_population or given"
            )
        stored = json.loads(path.read_text())
        if stored.get("kind") != kind:
            raise InputError(
                f"{path.name} holds a belief of kind {stored.get('kind')}, the scenario wants {kind}: "
                "zpdgym.evaluate and the commands fit it; else set belief.source=true_population or given"
            )
        keys = ("kind", *(k for k in stored if k not in ("kind", "about")))
        return {k: stored[k] for k in keys}

    @cached_property
    def outcome(self) -> OutcomeSpec:
        """What the scenario is judged by."""
        return OutcomeSpec.from_section(self.sections["outcome"])

    @cached_property
    def control(self) -> Control | None:
        """What nobody can pass, where the file says so; None elsewhere, and where anything is otherwise than there."""
        section = self.sections.get(CONTROL)
        return None if section is None or self.label != self.name else Control.from_section(section)

    @cached_property
    def reward(self) -> str | OwnReward:
        """The kind of reward, or the scenario's own."""
        from .reward import read_reward

        return read_reward(self.sections["reward"])

    @cached_property
    def observe(self) -> Observe:
        """What the tutor sees."""
        from .beliefs.build import belief_class
        from .observe import read_observe

        self._check_belief()
        return read_observe(self.sections["observe"], belief_class(self.sections["belief"].get("kind", "bkt")))

    @property
    def rows(self) -> str:
        """What a row of the observation is: "skills" or "items"."""
        return self.observe.rows

    @property
    def column_names(self) -> tuple[str, ...]:
        """The columns of the observation."""
        return self.observe.names

    @cached_property
    def _actions(self) -> Any:
        return read_actions(self.sections["actions"])

    @property
    def finish(self) -> bool:
        """Whether the tutor may end the teaching early."""
        return self._actions.finish

    @property
    def finish_after(self) -> int:
        """Lessons before the tutor may."""
        return self._actions.finish_after if self.finish else 0

    @property
    def once(self) -> bool:
        """Whether no item is shown twice."""
        return self._actions.once

    @property
    def locked(self) -> bool:
        """Whether an item is locked until what it builds on has been passed."""
        return self._actions.locked_until_passed

    def _check_unexpected(self, known: Mapping[str, object]) -> None:
        """Refuse kinds of students that nobody can be; ``known`` ones were looked at before."""
        for name, section in self.sections["unexpected"].items():
            if name not in known or known[name] != section:
                try:
                    self._other(name, section, "unexpected").check()
                except InputError as error:
                    told = str(error)
                    where = f"unexpected.{name}"
                    raise InputError(told if where in told else f"{where}: {told}") from error

    def unexpected(self) -> dict[str, Scenario]:
        """Other kinds of students under the same tutor, by name: each teacher is tried on them too.

        Belief parameters, observation and schedule stay as they are; student and population change.
        """
        return self.with_students(self.sections["unexpected"] or {})

    def with_students(self, kinds: Mapping[str, Any], *, where: str = "unexpected") -> dict[str, Scenario]:
        """The same tutor before students of these kinds, whatever the scenario itself does not expect.

        Args:
            kinds: name -> what changes: a section ``student`` or ``population``, or both.
            where: what to call the kinds when one of them is wrong.

        Raises:
            InputError: a kind changes nothing or something else, or its sections are refused.
        """
        others: dict[str, Scenario] = {}
        for name, section in kinds.items():
            other = self._other(name, section, where)
            other.__dict__["belief_parameters"] = self.belief_parameters
            other.check()
            others[str(name)] = other
        return others

    def _other(self, name: str, section: object, where: str) -> Scenario:
        """The same tutor before one kind of students, not checked yet and without the tutor's belief."""
        check_name(str(name), f"{where}: the name of a kind of students")
        if not isinstance(section, Mapping) or not section:
            raise InputError(f"{where}.{name} must hold a student or a population section, or both")
        changed = cast("Mapping[str, object]", section)
        for key in changed:
            if key not in ("student", "population"):
                raise unknown(f"key {where}.{name}.", str(key), ("student", "population"))
        sections = copy.deepcopy(self.sections)
        sections.update(copy.deepcopy(dict(changed)))
        sections["student"], sections["unexpected"] = student_section(sections["student"]), {}
        return Scenario(self.name, f"{self.label}/{name}", sections, self.given)

    def make(self, num_envs: int = 1, **options: Any) -> TutorVectorEnv:
        """The environment: ``num_envs`` students at once; the options are those of ``TutorVectorEnv``."""
        from .tutor import TutorVectorEnv

        return TutorVectorEnv(self, num_envs, **options)

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the sections only, and belief parameters that are not this scenario's own."""
        parameters = self.__dict__.get("belief_parameters")
        return (_restore, (self.name, self.label, self.sections, parameters, dict(self.given)))


def _restore(
    name: str,
    label: str,
    sections: dict[str, Any],
    parameters: dict[str, Any] | None,
    given: Mapping[str, bool],
) -> Scenario:
    scenario = Scenario(name, label, sections, given)
    if parameters is not None:
        scenario.__dict__["belief_parameters"] = parameters
    return scenario


def scenario_names() -> list[str]:
    """The versioned names of all bundled scenarios, from the files' names alone."""
    return sorted(p.stem for p in (CONFIGS / "scenario").glob("*-v*.yaml"))


def make_env(scenario: str | Scenario, render_mode: str | None = None, **options: Any) -> TutorEnv:
    """The environment of one student, as ``gymnasium.make`` builds it."""
    from .single import TutorEnv

    return TutorEnv(Scenario.load(scenario), render_mode=render_mode, **options)


vars(make_env)["metadata"] = METADATA  # where Gymnasium looks for the render modes of an id


def make_vec_env(
    scenario: str, num_envs: int = 1, *, max_episode_steps: int | None = None, **options: Any
) -> TutorVectorEnv:
    """The environment of ``num_envs`` students, as ``gymnasium.make_vec`` builds it.

    Raises:
        InputError: ``max_episode_steps`` would end the teaching before its schedule does.
    """
    env = Scenario.load(scenario).make(num_envs, **options)
    if max_episode_steps is not None and max_episode_steps <= env.horizon:
        raise InputError(
            f"max_episode_steps={max_episode_steps}: the schedule has up to {env.horizon} lessons, and the end of the "
            "teaching is observed; for shorter teaching load the scenario with another schedule"
        )
    return env
