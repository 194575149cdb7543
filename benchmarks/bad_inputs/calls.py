"""Bad arguments of the public functions that somebody thought of."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import numpy as np
import zpdgym
from zpdgym.agents import Mastery, build_policy, check_policy, load_policy
from zpdgym.envs import Scenario, check_tutor_env
from zpdgym.experiments.report import write_report
from zpdgym.students import BKT, Curriculum, Population, chain, check_student, read_curriculum

from benchmarks.bad_inputs.trial import Case
from benchmarks.bad_inputs.values import CONTROL, LONG

NAMES: tuple[Any, ...] = (
    5,
    None,
    [],
    {},
    b"tiny",
    "",
    LONG,
    CONTROL,
    1.5,
    object(),
    True,
    Scenario,
    ".yaml",
    "no.yaml",
)
"""What is no scenario, no policy, no experiment."""
CHANGES: tuple[Any, ...] = (
    5, [], "abc", {5: 1}, {"student": 5}, {"student.learn": "abc"}, {"student.learn": object()},
    {"student.learn": np.array(["a"])},
    {"student.learn": np.nan}, {"student.learn": 1j}, {"student..learn": 0.1}, {"": 1}, {".": 1}, {"schedule": []},
    {"schedule.lessons": np.float64(1.5)}, {"schedule.lessons": np.bool_(True)}, {"reward.kind": ["gain"]},
    {"belief.kind": None},
    {"observe.columns": 5}, {"outcome.primary": {}}, {"unexpected": []}, {"unexpected": {"x": 5}},
    {"population": "alike"}, {"name": "x"},
)  # fmt: skip
REPLACE: tuple[Any, ...] = (
    5, [], "bkt", {"student": 5}, {"student": []}, {"student": None}, {"student": ""}, {"student": LONG},
    {"nothing": "bkt"},
    {"curriculum": None}, {"schedule": None}, {"population": 5}, {"population": []}, {"student": {"_target_": 5}},
    {"student": {"_target_": "zpdgym.students.BKT", "learn": {}}}, {"student": {"choice": 5}},
    {"student": {"student": "bkt"}},
)  # fmt: skip
ACTIONS: tuple[Any, ...] = (
    None, "0", 0, [0], [0.0, 1.0], [0, 9], [-1, 0], [[0, 1]], [True, False], [10**30, 0], np.zeros(2), {}, [None, 0],
    [0, "1"], np.zeros(3, int),
)  # fmt: skip
ACTION: tuple[Any, ...] = (None, "0", 0.0, 1.5, -1, 3, 10**30, [0], True, np.float64(1), {}, np.zeros(2, int))


def cases() -> Iterator[Case]:
    """All of them."""
    for name in NAMES:
        yield _case("scenarios, Python", "evaluate", _with(zpdgym.evaluate, name, "random", n_students=10), name)
        yield _case("scenarios, Python", "make", _with(zpdgym.make, name), name)
        yield _case("scenarios, Python", "Scenario.load", _with(Scenario.load, name), name)
        yield _case("policies, Python", "evaluate", _with(zpdgym.evaluate, "tiny", name, n_students=10), name)
        yield _case("policies, Python", "load_policy", _with(load_policy, name), name)
        if not isinstance(name, type):
            yield _case("policies, Python", "check_policy", _with(check_policy, name), name)
        yield _case("experiments, Python", "compare", _with(zpdgym.compare, name), name)
        yield _case("logs, Python", "calibrate", _with(zpdgym.calibrate, name), name)
        yield _case("folders, Python", "write_report", _with(write_report, name), name)
        yield _case("scenarios, Python", "make_vec", _with(zpdgym.make_vec, name), name)
        yield _case("curricula, Python", "read_curriculum", _with(read_curriculum, name), name)
    for policy in (
        Mastery,
        BKT,
        zpdgym.make,
        {"_target_": 5},
        {"_target_": "Mastery"},
        {"threshold": 0.5},
        {"_target_": ""},
    ):
        yield _case("policies, Python", "evaluate", _with(zpdgym.evaluate, "tiny", policy, n_students=10), policy)
        yield _case("policies, Python", "train", _with(zpdgym.train, "tiny", policy, lessons=300, seed=0), policy)
        yield _case("policies, Python", "tune", _with(zpdgym.tune, "tiny", policy), policy)
        yield _case("policies, Python", "build_policy", _with(build_policy, policy), policy)
    for change in CHANGES:
        yield _case("change=, Python", "Scenario.load", _with(Scenario.load, "tiny", change=change), change)
    for replace in REPLACE:
        yield _case("replace=, Python", "Scenario.load", _with(Scenario.load, "tiny", replace=replace), replace)
    for actions in ACTIONS:
        yield _case("actions", "step", _with(_step, "make_vec", {"num_envs": 2}, actions), actions)
    for action in ACTION:
        yield _case("actions", "step", _with(_step, "make", {}, action), action)
    for options in (5, "abc", {"x": 1}, [1]):
        yield _case("actions", "reset(options)", _with(_reset, options=options), options)
    for seed in (-1, 1.5, float("nan"), "0", True, {"x": 1}, b"0", [], [1], [1, 2, 3], [1, -2], [0, 1.5], ["0", 1]):
        yield _case("actions", "reset(seed)", _with(_reset, seed=seed), seed)
    for out in ("file", 5, "file/x", ""):
        call = _with(zpdgym.tune, "tiny", "streak", budget=2, n_validation=10, out=out)
        yield Case("folders, Python", f"tune(out={out!r})", call=call, files={"file": ""})
        results = _with(zpdgym.compare, _experiment(), results=out)
        yield Case("folders, Python", f"compare(results={out!r})", call=results, files={"file": ""})
    for key, value in (
        ("seeds", 10**9),
        ("policies", []),
        ("policies", "random"),
        ("scenarios", 5),
        ("name", 5),
        ("nothing", 1),
    ):
        yield _case("experiments, Python", key, _with(zpdgym.compare, _experiment() | {key: value}), value)
    yield from _objects()


def _objects() -> Iterator[Case]:
    """Classes that are given the wrong things."""
    groups: tuple[Any, ...] = (
        5,
        "abc",
        [],
        [5],
        [{}],
        [{"name": "a", "share": "x"}],
        [{"name": "a", "share": np.nan}],
        {"a": 1},
    )
    for given in groups:
        yield _case("classes", "Population", _with(Population, given), given)
    for given in (5, "abc", [1], {5: 1}, {"learn": "x"}, {"learn": np.nan}, {"learn": True}, {"learn": 99}):
        yield _case("classes", "Population(sd)", _with(Population, sd=given), given)
    for given in (5, None, "chain", [], object()):
        yield _case("classes", "check_student", _with(check_student, given), given)
        yield _case("classes", "Curriculum.from_dict", _with(Curriculum.from_dict, given), given)
    for given in (0, -1, 1.5, "a", None, True, 10**9, np.nan, [], 10**30):
        yield _case("classes", "chain", _with(chain, given), given)
    for given in (5, None, object(), [], "nothing"):
        yield _case("classes", "check_tutor_env", _with(check_tutor_env, given), given)
    for given in (
        5,
        "abc",
        [5],
        [{"minutes": "x"}],
        [{"minutes": np.inf}],
        [{"difficulty": np.nan}],
        [{"approach": []}],
        [{"exam": "no"}],
    ):
        yield _case("classes", "chain(items)", _with(chain, 3, items=given), given)


def _with(function: Callable[..., object], *given: Any, **more: Any) -> Callable[[], object]:
    """A call with arguments that no checker of types would let pass."""
    return partial(function, *given, **more)


def _case(kind: str, function: str, call: Callable[[], object], given: object) -> Case:
    return Case(kind, f"{function}: {given!r}"[:160], call=call)


def _experiment() -> dict[str, Any]:
    small = {"n_students": 10, "n_validation": 10, "tune_budget": 1, "lives": 0}
    return {"scenarios": ["tiny"], "policies": ["random"], "name": "mine", "tracking": "none", **small}


def _step(function: str, options: Mapping[str, Any], action: Any) -> object:
    env = getattr(zpdgym, function)("tiny", **options)
    env = getattr(env, "unwrapped", env)
    env.reset(seed=0)
    return env.step(action)


def _reset(**given: Any) -> object:
    return zpdgym.make_vec("tiny", 2).reset(**given)
