"""Bad inputs drawn from what is declared: parameters of classes, keys of verbs, sections of scenarios, arguments."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import cache, partial
from typing import Any

import yaml
import zpdgym
from zpdgym.agents import build_policy, load_policy
from zpdgym.agents.check import CHECK as POLICY_CHECK
from zpdgym.configs.build import TARGET, build, config_files, load, read_yaml, student_section
from zpdgym.envs import Scenario, arguments, observe, reward, scenario, schedule
from zpdgym.envs.check import CHECK
from zpdgym.envs.lessons import catalogue
from zpdgym.envs.suite import outcome
from zpdgym.experiments.bounds import BOUNDS, bounds
from zpdgym.experiments.calibration.calibrate import CALIBRATE
from zpdgym.experiments.comparison.making import MAKING
from zpdgym.experiments.evaluate import EVALUATE, TRAIN
from zpdgym.experiments.runs.specification import NUMBERS
from zpdgym.experiments.tuning import TUNE
from zpdgym.parameters import Choice, Number, Parameter, Switch, Table
from zpdgym.scripts.cli import load_verb
from zpdgym.scripts.command.verbs import Key
from zpdgym.students.check import ARGUMENTS as STUDENT_CHECK

from benchmarks.bad_inputs.trial import Case
from benchmarks.bad_inputs.values import Way, drawn_from

WORLDS = ("tiny", "kt6kc", "practice", "algebra")
SECTIONS: Mapping[str, Table] = {
    "schedule": {key: schedule.SECTION[key] for key in ("lessons", "retention_days")},
    "actions": catalogue.ACTIONS,
    "outcome": outcome.OUTCOME,
    "reward": reward.SECTION,
    "observe": observe.SECTION,
    "belief": {"kind": Choice("", options=("bkt", "exact")), "source": Choice("", options=scenario.BELIEF_SOURCES)},
}
"""What the sections of a scenario hold."""
ARGUMENTS: Mapping[str, Table] = {
    "evaluate": EVALUATE,
    "train": TRAIN,
    "tune": TUNE,
    # an experiment that says None means the usual
    "compare": {**{key: replace(declared, optional=True) for key, declared in NUMBERS.items()}, **MAKING},
    "make_vec": arguments.ARGUMENTS,
    "make": {key: arguments.ARGUMENTS[key] for key in ("seed", "first_student", "privileged", "reward")},
    "calibrate": CALIBRATE,
    "bounds": BOUNDS,
    "check_tutor_env": CHECK,
    "check_student": STUDENT_CHECK,
    "check_policy": POLICY_CHECK,
}
"""What the public functions take."""
LOG = "student,skill,correct\n" + "".join(f"p{s},s{k},{(s + k) % 2}\n" for s in range(40) for k in range(3))

Slots = Iterator[tuple[Callable[[Any], Case], Parameter]]
"""Places for a value: what makes a case of one, and what is declared of it."""


def cases(count: int, seed: int) -> Iterator[Case]:
    """So many cases or a few more, shared out evenly among the kinds of places."""
    ways: list[tuple[Slots, Way]] = [
        (_class_slots(), "python"),
        (_class_slots(files=True), "yaml"),
        (_class_slots(line=True), "line"),
        (_section_slots(), "python"),
        (_section_slots(line=True), "line"),
        (_key_slots(), "line"),
        (_argument_slots(), "python"),
    ]
    each = -(-count // len(ways))
    for number, (slots, way) in enumerate(ways):
        for make, value in drawn_from(list(slots), way, each, seed + 1000 * number):
            yield make(value)


def _class_slots(*, files: bool = False, line: bool = False) -> Slots:
    """Every parameter of every class that a file of ours names."""
    for group, name, world, spec in _specifications():
        table: Table = getattr(load(spec[TARGET], group), "PARAMETERS", {})
        arguments = inspect.signature(load(spec[TARGET], group)).parameters
        for parameter, declared in table.items():
            if parameter not in arguments:
                continue
            if line:
                yield partial(_line_of_class, group, name, world, parameter), declared
            elif files:
                yield partial(_file_of_class, group, name, world, spec, parameter), declared
            else:
                yield partial(_call_of_class, group, name, world, spec, parameter), declared


@cache
def _specifications() -> tuple[tuple[str, str, str, dict[str, Any]], ...]:
    """(group, name, a scenario that it fits, specification), one for each class."""
    found = dict[str, tuple[str, str, str, dict[str, Any]]]()
    for name in config_files("student"):
        spec = student_section(name)
        if spec[TARGET] in found:
            continue
        for world in WORLDS:
            try:
                Scenario.load(world, replace={"student": spec, "population": None})
            except zpdgym.errors.InputError:
                continue
            found[spec[TARGET]] = ("student", name, world, spec)
            break
    for name in config_files("policy"):
        spec = load_policy(name)
        if spec[TARGET] not in found and name != "saved":
            build_policy(spec)
            found[spec[TARGET]] = ("policy", name, "tiny", spec)
    for name, path in config_files("model").items():
        found[name] = ("model", name, "", read_yaml(path))
    for name in ("fast_slow",):
        found[name] = ("population", name, "kt6kc", read_yaml(config_files("population")[name]))
    return tuple(found.values())


def _call_of_class(group: str, name: str, world: str, spec: Mapping[str, Any], parameter: str, value: Any) -> Case:
    changed = {**spec, parameter: value}
    if group == "policy":
        call: Callable[[], object] = partial(build_policy, changed)
    elif group == "model":
        call = partial(build, changed, "model")
    else:
        call = partial(_loaded, world, group, changed)
    return Case(f"{group}, Python", f"{name}: {parameter}={value!r}"[:200], call=call, generated=True)


def _loaded(world: str, group: str, section: Mapping[str, Any]) -> Scenario:
    return Scenario.load(world, replace={"population": None, group: section})


def _file_of_class(group: str, name: str, world: str, spec: Mapping[str, Any], parameter: str, value: Any) -> Case:
    changed = {k: v for k, v in spec.items() if k != "tune"} | {parameter: value}
    text = yaml.safe_dump(changed, allow_unicode=True, sort_keys=False)
    files = {"mine.yaml": text, "log.csv": LOG}
    return Case(
        f"{group}, YAML", f"{name}: {parameter}={value!r}"[:200], _command(group, "mine.yaml", world), files=files,
        generated=True,
    )  # fmt: skip


def _line_of_class(group: str, name: str, world: str, parameter: str, value: str) -> Case:
    key = {"student": "scenario.student", "population": "scenario.population"}.get(group, group)
    line = (*_command(group, name, world), f"{key}.{parameter}={value}")
    return Case(f"{group}, command line", f"{name}: {line[-1]}"[:200], line, files={"log.csv": LOG}, generated=True)


def _command(group: str, choice: str, world: str) -> tuple[str, ...]:
    if group == "model":
        return ("calibrate", "data.path=log.csv", f"model={choice}")
    if group == "policy":
        return ("evaluate", "scenario=tiny", f"policy={choice}", "n_students=10")
    extra = () if group == "population" else ("population=alike",)
    return ("evaluate", f"scenario={world}", f"{group}={choice}", *extra, "policy=random", "n_students=10")


def _section_slots(*, line: bool = False) -> Slots:
    for section, table in SECTIONS.items():
        for key, declared in table.items():
            yield partial(_section_case, f"{section}.{key}", line), declared


def _section_case(key: str, line: bool, value: Any) -> Case:
    if line:
        words = ("evaluate", "scenario=tiny", "policy=random", "n_students=10", f"scenario.{key}={value}")
        return Case("scenario, command line", words[-1][:200], words, generated=True)
    call = partial(Scenario.load, "tiny", change={key: value})
    return Case("scenario, Python", f"{key}={value!r}"[:200], call=call, generated=True)


def _key_slots() -> Slots:
    """Every key of every verb that is a number or a switch."""
    small = ("n_students=10", "tune_budget=2")
    base = {
        "evaluate": ("scenario=tiny", "policy=random", "n_students=10"),
        "train": ("scenario=tiny", "policy=random", "tracking=none", "n_students=10"),
        "tune": ("scenario=tiny", "policy=streak", *small[1:]),
        "compare": ("scenario=tiny", "policies=random", "tracking=none", *small),
        "robustness": ("scenario=tiny", "policies=random", *small),
        "calibrate": ("data.path=log.csv",),
    }
    for verb, words in base.items():
        for key in load_verb(verb).keys:
            declared = _declared(key)
            if declared is not None:
                kept = tuple(word for word in words if not word.startswith(f"{key.name}="))
                yield partial(_key_case, verb, kept, key.name), declared


def _declared(key: Key) -> Parameter | None:
    if key.kind in ("whole number", "number"):
        return Number("", low=key.low, high=key.high, whole=key.kind == "whole number")
    if key.kind == "true or false":
        return Switch("")
    return Number("", low=1, high=1000, whole=True) if key.name == "seeds" else None


def _key_case(verb: str, words: tuple[str, ...], key: str, value: str) -> Case:
    line = (verb, *words, f"{key}={value}")
    return Case("verbs' keys", f"{verb} {line[-1]}"[:200], line, files={"log.csv": LOG}, generated=True)


def _argument_slots() -> Slots:
    for function, table in ARGUMENTS.items():
        for argument, declared in table.items():
            yield partial(_argument_case, function, argument), declared


def _argument_case(function: str, argument: str, value: Any) -> Case:
    call = partial(_called, function, argument, value)
    return Case(
        "arguments", f"{function}({argument}={value!r})"[:200], call=call, files={"log.csv": LOG}, generated=True
    )


def _called(function: str, argument: str, value: Any) -> object:
    given = {argument: value}
    if function == "evaluate":
        return zpdgym.evaluate("tiny", "random", **{"n_students": 10, **given})
    if function == "train":
        return zpdgym.train("tiny", "ppo_scorer", **{"lessons": 300, "seed": 0, **given})
    if function == "tune":
        return zpdgym.tune("tiny", "streak", **{"budget": 2, "n_validation": 10, "out": "results", **given})
    if function == "compare":
        outer = ("jobs", "rerun")
        small = {"n_students": 10, "n_validation": 10, "tune_budget": 2, "lives": 0, "name": "mine", "tracking": "none"}
        small |= {"scenarios": ["tiny"], "policies": ["random"]}
        return zpdgym.compare(small | ({} if argument in outer else given), **(given if argument in outer else {}))
    if function in ("make", "make_vec"):
        return getattr(zpdgym, function)("tiny", **given)
    if function == "calibrate":
        return zpdgym.calibrate({TARGET: "zpdgym.experiments.read_long", "path": "log.csv"}, **given)
    if function == "bounds":
        return bounds(Scenario.load("tiny"), **given)
    if function == "check_tutor_env":
        return zpdgym.envs.check_tutor_env("tiny", **given)
    if function == "check_policy":
        return zpdgym.agents.check_policy("random", **given)
    return zpdgym.students.check_student(zpdgym.students.BKT, **given)
