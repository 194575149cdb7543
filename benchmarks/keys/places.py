"""Every key of scenarios and policies, as declared, and the small runs in which each could matter."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import Any
from zlib import crc32

from zpdgym.agents import load_policy, policy_names
from zpdgym.agents.learnt.recipes import Learner
from zpdgym.agents.registry import NOT_ARGUMENTS
from zpdgym.configs.build import TARGET, config_files, load, student_section
from zpdgym.envs import observe, reward, scenario, schedule
from zpdgym.envs.beliefs.build import belief_class, kinds
from zpdgym.envs.lessons import catalogue
from zpdgym.envs.suite import outcome
from zpdgym.errors import InputError
from zpdgym.parameters import Choice, Number, Numbers, Parameter, Switch, Table
from zpdgym.students import Population

from benchmarks.keys import runs
from benchmarks.keys.values import EXAMPLES, others

VALUES, CONTEXTS, TRIES, SLOW_TRIES = 6, 2, 160, 24
"""Values that are tried of a key, and of every key beside it; changes in all until it is given up, in slow runs too."""
GIVEN = ("curriculum", "population", "student", "students")
"""Arguments that other sections give."""

Run = Callable[[Mapping[str, Any]], str]
"""What came of a run with this section, as a digest; a section that is refused raises ``InputError``."""


@dataclass(frozen=True)
class Found:
    """What came of changing a key.

    Attributes:
        what: "effect", "message" (the value is refused, and the key is named) or "nothing".
        how: with which change, in words, or the message.
        beside: whether another key was changed in both, without which there was none.
        before, after: the two sections, where there was an effect.
    """

    what: str
    how: str = ""
    beside: bool = False
    before: Mapping[str, Any] = field(default_factory=dict[str, Any])
    after: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True)
class Key:
    """One key, and where to look whether it matters.

    Attributes:
        kind: the kind of section: "student", "policy", "schedule", …
        owner: the class, or the section.
        name: the key.
        declared: what is declared of it.
        bases: sections to begin with, each with the run in which it is looked at.
        beside: the other keys of the section, which may make this one matter.
        slow: whether a run takes more than a moment.
    """

    kind: str
    owner: str
    name: str
    declared: Parameter
    bases: tuple[tuple[Mapping[str, Any], Run], ...] = field(compare=False, repr=False)
    beside: Table = field(compare=False, repr=False)
    slow: bool = False

    @property
    def id(self) -> str:
        """What tests and tables call it."""
        return f"{self.owner.removeprefix('zpdgym.')}.{self.name}"

    def found(self) -> Found:
        """What comes of changing it, tried with other values, and with every other key changed beside it."""
        tries, message = 0, ""
        for base, run in self.bases:
            for context in self._contexts(base):
                before = {**base, **context}
                try:
                    result = run(before)
                except InputError:
                    continue
                for value in islice(self._others(before.get(self.name)), VALUES):
                    tries += 1
                    after = {**before, self.name: value}
                    try:
                        if run(after) != result:
                            how = " ".join(f"{key}={told}" for key, told in {**context, self.name: value}.items())
                            return Found("effect", how, bool(context), before, after)
                    except InputError as error:
                        message = message or (str(error) if self.name in str(error) else "")
                if tries > (SLOW_TRIES if self.slow else TRIES):
                    break
        return Found("message", message) if message else Found("nothing")

    @property
    def quick(self) -> bool:
        """Whether it belongs to those that are tried often: all sections, and a part of the classes."""
        return not self.slow and (self.kind not in ("student", "trait", "policy") or crc32(self.id.encode()) % 12 == 0)

    def _others(self, value: object) -> Iterator[object]:
        yield from EXAMPLES.get((self.owner.rpartition(".")[2], self.name), ())
        yield from others(self.declared, value)

    def _contexts(self, base: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        """As it is; then every other key changed, for some matter beside others only."""
        yield {}
        for name, declared in self.beside.items():
            if name != self.name:
                several = VALUES if isinstance(declared, Choice | Switch) else CONTEXTS
                yield from ({name: value} for value in islice(others(declared, base.get(name)), several))


def all_keys() -> list[Key]:
    """Every key, each once."""
    found = [*students(), *populations(), *curricula(), *sections(), *beliefs(), *policies()]
    return list({key.id: key for key in found}.values())


def students() -> Iterator[Key]:
    """Every parameter of every class of students that a file names, and every trait that may differ."""
    seen = set[str]()
    for name in config_files("student"):
        section = student_section(name)
        owner = str(section[TARGET])
        if owner in seen or (run := runs.student_run(section)) is None:
            continue
        seen.add(owner)
        bases = [(section, run), *(({**section, **more}, run) for more in runs.BESIDE.get(owner, ()))]
        yield from _of_a_class("student", owner, section, bases)
        for trait in getattr(load(owner, "student"), "TRAITS", {}):
            key, declared = f"sd.{trait}", Number("spread of a trait", low=0, high=5)
            several = [section, *_changed(owner, section)]
            traits = tuple(({key: 0.0}, runs.trait_run(one, trait)) for one in several)
            yield Key("trait", owner, key, declared, traits, {})


def _changed(owner: str, section: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The section with every number in turn in the middle of its range: nobody differs in what is 0."""
    for name, declared in getattr(load(owner, "student"), "PARAMETERS", {}).items():
        if isinstance(declared, Number) and not isinstance(declared, Numbers) and name not in GIVEN:
            yield from ({**section, name: value} for value in islice(others(declared, None), 1))


def _of_a_class(
    kind: str,
    owner: str,
    section: Mapping[str, Any],
    bases: Sequence[tuple[Mapping[str, Any], Run]],
    *,
    slow: bool = False,
) -> Iterator[Key]:
    target = load(owner, kind)
    arguments = inspect.signature(target).parameters
    table: Table = {
        name: declared
        for name, declared in getattr(target, "PARAMETERS", {}).items()
        if name in arguments and name not in (*GIVEN, *NOT_ARGUMENTS)
    }
    usual = {
        name: arguments[name].default
        for name in table
        if arguments[name].default is not inspect.Parameter.empty and name not in section
    }
    full = tuple(({**usual, **base}, run) for base, run in bases)
    for name, declared in table.items():
        yield Key(kind, owner, name, declared, full, table, slow)


def populations() -> Iterator[Key]:
    """What a population may say."""
    section = {TARGET: "zpdgym.students.Population", "groups": None, "sd": {"learn": 0.5, "prior": 0.5}}
    owner = str(section[TARGET])
    for name, declared in Population.PARAMETERS.items():
        yield Key("population", owner, name, declared, ((section, runs.population_run),), {})


def curricula() -> Iterator[Key]:
    """The arguments of everything that makes a curriculum."""
    for target, section in runs.CURRICULA.items():
        for name in inspect.signature(load(target, "curriculum")).parameters:
            yield Key(
                "curriculum", target, name, Parameter(""), (({TARGET: target, **section}, runs.curriculum_run),), {}
            )


def sections() -> Iterator[Key]:
    """The sections of a scenario that are no class."""
    tables: Mapping[str, Table] = {
        "schedule": schedule.SECTION,
        "observe": observe.SECTION,
        "actions": catalogue.ACTIONS,
        "outcome": outcome.OUTCOME,
        "reward": reward.SECTION,
    }
    for section, table in tables.items():
        run = runs.reward_run if section == "reward" else partial(runs.section_run, section)
        bases = tuple((base, run) for base in runs.SECTIONS[section])
        bases += (({"finish": False}, runs.rules_run),) * (section == "actions")
        for name, declared in table.items():
            yield Key(section, section, name, declared, bases, table, slow=section == "reward")
    for name, options, source in (
        ("kind", tuple(kinds()), "true_population"),
        ("source", scenario.BELIEF_SOURCES, "fitted"),
    ):
        base: dict[str, Any] = {"kind": "bkt", "source": source}
        yield Key("belief", "belief", name, Choice("", options=options), ((base, runs.belief_run),), {})


def beliefs() -> Iterator[Key]:
    """The numbers of every kind of belief."""
    for kind in kinds():
        made = belief_class(kind)
        base: dict[str, Any] = {"kind": kind, "source": "given", **runs.BELIEFS.get(kind, {})}
        arguments = [name for name in inspect.signature(made).parameters if name != "curriculum"]
        for name in arguments:
            usual = inspect.signature(made).parameters[name].default
            declared = Switch("") if isinstance(usual, bool) else Parameter("")
            base.setdefault(name, None if usual is inspect.Parameter.empty else usual)
            beside: Table = {other: Number("", low=0.05, high=0.95) for other in arguments}
            told = {**base, **runs.CLUES} if name in runs.CLUES else base
            yield Key("belief", f"belief.{kind}", name, declared, ((told, runs.belief_run),), beside)


def policies() -> Iterator[Key]:
    """Every parameter of every class of policies that a file names."""
    seen = set[str]()
    for name in policy_names():
        spec = load_policy(name)
        owner = str(spec[TARGET])
        if owner in seen or owner == "zpdgym.agents.Saved":
            continue
        seen.add(owner)
        base = {key: value for key, value in spec.items() if key != "tune"}
        trained = issubclass(load(owner, "policy"), Learner)
        if trained:
            small = {key: value for key, value in runs.SMALL.items() if key in load(owner, "policy").PARAMETERS}
            bases: list[tuple[Mapping[str, Any], Run]] = [
                ({**base, **small, **more}, runs.learner_run) for more in ({}, *runs.BESIDE.get(owner, ()))
            ]
        else:
            bases = [(base, partial(runs.policy_run, world)) for world in runs.WORLDS]
        yield from _of_a_class("policy", owner, base, bases, slow=trained or owner in runs.SLOW)
