"""Compiling kernels before they are needed: small lessons by everybody who teaches, to everybody who can be taught.

Which kernels a lesson calls, and with which kinds of arrays, only the lesson knows. So nothing here lists kernels:
environments, students, beliefs and policies are found as ``zpdgym list`` finds them, and each is used once, briefly.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from zpdgym.errors import InputError
from zpdgym.notes import under_way

from .runs.execute import Report
from .workers import Failed, Job, cores, run_jobs

if TYPE_CHECKING:
    from ..agents.problem import Policy
    from ..envs.scenario import Scenario

FIRST_LOOK = "quickstart"
"""The experiment whose policies are always warmed: it is what ``make demo`` and the README begin with."""
FEW = 2  # students
LESSONS = 2000  # of training; one update and one look at validation students
FITTED = 8  # students in the log that a belief is fitted to
SAVED = "saved"
"""The policy that is a teacher on the user's disk."""
GIVEN = {"kind": "bkt", "source": "given", "prior": 0.3, "learn": 0.15, "guess": 0.2, "slip": 0.1, "forget": 0.02}
"""A belief that any students may be taught with: fitting one for each kind of students takes minutes."""


@dataclass(frozen=True)
class Warmed:
    """What came of warming.

    Attributes:
        there: how many kernels were found compiled.
        compiled: how many were compiled now.
        seconds: how long it took.
        folder: where they are kept; None: nowhere, because no folder can be written.
        failed: what could not be warmed -> why, in one line.
    """

    there: int
    compiled: int
    seconds: float
    folder: Path | None
    failed: Mapping[str, str]


def warm(*, everything: bool = False, processes: int | None = None) -> Warmed:
    """Compile what a first lesson and a first comparison need, and keep it.

    Args:
        everything: all bundled students, beliefs and policies; False: those of the registered environments, of the
            reference lines, and of the quick start.
        processes: how many; None: one per core.
    """
    from ..students.kernel_files import kernels_folder, remove_left_behind

    since, folder = time.monotonic(), kernels_folder()
    if folder is not None:
        remove_left_behind(folder)
    jobs = list(_jobs(everything))
    there, compiled, failed, done = set[str](), set[str](), dict[str, str](), 0

    def finished(_: str, kernels: tuple[set[str], set[str]]) -> None:
        there.update(kernels[0])
        compiled.update(kernels[1])
        one_more()

    def left_out(name: str, why: Failed) -> bool:
        failed[name] = why.said
        one_more()
        return True  # the others need nothing of it

    def one_more() -> None:
        nonlocal done
        done += 1
        tell(f"{done} of {len(jobs)}")

    with under_way("warming") as tell:
        run_jobs(
            _work,
            jobs,
            workers=min(processes or cores(), len(jobs)),
            on_progress=lambda *_: None,
            on_done=finished,
            on_failed=left_out,
        )
    return Warmed(len(there - compiled), len(compiled), time.monotonic() - since, folder, failed)


def _jobs(everything: bool) -> Iterator[Job]:
    """The first is alone: two processes that begin together would both compile what all lessons need."""
    from ..configs.build import config_files
    from ..envs.beliefs.build import kinds
    from ..envs.scenario import scenario_names

    names = scenario_names()
    after = frozenset(names[:1])
    for name in names:
        yield Job(name, (_environment, name), after - {name})
    for name in _policies(everything):
        yield Job(f"policy {name}", (_policy, name), after)
    if everything:
        for kind in kinds():
            yield Job(f"belief {kind}", (_belief, kind), after)
        for name in config_files("student"):
            yield Job(f"student {name}", (_student, name), after)


def _policies(everything: bool) -> list[str]:
    from ..agents.registry import policy_names
    from .comparison.compare import load_experiment
    from .runs.lineup import PRIVILEGED, REFERENCES

    usual = list(dict.fromkeys((*load_experiment(FIRST_LOOK)["policies"], *REFERENCES, *PRIVILEGED)))
    return [*usual, *(name for name in policy_names() if name not in (*usual, SAVED))] if everything else usual


def _work(argument: tuple[Callable[[str], None], str], _: Report) -> tuple[set[str], set[str]]:
    """Use one thing; the kernels that this process found and compiled so far."""
    from ..students.kernel_cache import compiled, found

    use, name = argument
    use(name)
    return {str(path) for path in found}, {str(path) for path in compiled}


def _environment(name: str) -> None:
    """A scenario's students, also the unexpected ones, from the first lesson to the exam."""
    from ..envs.scenario import Scenario, make_env

    scenario = Scenario.load(name)
    single, several = make_env(scenario), scenario.make(FEW)
    _ = single.reset(seed=0), single.step(0)
    _ = several.reset(seed=0), several.step(np.zeros(FEW, np.int64))
    for students in (scenario, *scenario.unexpected().values()):
        _teach(students, "random")


def _policy(name: str) -> None:
    """A policy in the first world that it can teach: trained or rehearsed, choosing the best and by chance."""
    from ..configs.build import config_files
    from ..envs.scenario import Scenario, scenario_names
    from .runs.lineup import entry_of, ready_policy, refusal

    entry = entry_of(name)
    if entry.kind == "learnt" and find_spec("torch") is None:
        return  # nobody can train it here, so nothing that it calls is needed

    def use(scenario: Scenario) -> None:
        if (why := refusal(entry, scenario)) is not None:
            raise InputError(why)
        if entry.kind == "learnt":
            from ..agents.learnt.training import train

            policy: Policy = train(scenario, entry.spec, lessons=LESSONS, seed=0, n_validation=FEW)
        else:
            untuned = {key: value for key, value in entry.spec.items() if key != "tune"}
            policy, _ = ready_policy(untuned, scenario, cohort_seed=0)
        for deterministic in (True, False):
            _teach(scenario, policy, deterministic=deterministic)

    registered = (partial(Scenario.load, scenario) for scenario in scenario_names())
    # a policy may be for one model of memory only
    others = (partial(_with_student, scenario, one) for one in config_files("student") for scenario in _with_nights())
    _in_the_first(f"policy {name}", use, (*registered, *others))


def _belief(kind: str) -> None:
    """A belief fitted to a few students, and followed."""
    from ..envs.beliefs.fitting import fit_belief
    from ..envs.scenario import Scenario

    def use(scenario: Scenario) -> None:
        asked = scenario.load(scenario, change={"belief": {"kind": kind, "source": "fitted"}})
        numbers = {key: value for key, value in fit_belief(asked, n_students=FITTED).items() if key != "about"}
        _teach(scenario.load(scenario, change={"belief": {**numbers, "source": "given"}}), "random")

    _in_the_first(f"belief {kind}", use, [partial(Scenario.load, scenario) for scenario in _with_nights()])


def _student(name: str) -> None:
    """A kind of students from the first lesson to the exam."""
    worlds = [partial(_with_student, scenario, name) for scenario in _with_nights()]
    _in_the_first(f"student {name}", lambda scenario: _teach(scenario, "random"), worlds)


def _with_student(scenario: str, student: str) -> Scenario:
    from ..envs.scenario import Scenario

    return Scenario.load(scenario, replace={"student": student}, change={"belief": GIVEN})


def _with_nights() -> list[str]:
    """All scenarios; those in which days pass are first, because forgetting has kernels too, and small ones before."""
    from ..envs.scenario import Scenario, scenario_names

    loaded = [Scenario.load(name) for name in scenario_names()]
    loaded.sort(key=lambda scenario: (scenario.schedule.sessions == 1, scenario.curriculum.n_skills))
    return [scenario.name for scenario in loaded]


def _in_the_first(what: str, use: Callable[[Scenario], None], worlds: Iterable[Callable[[], Scenario]]) -> None:
    """Use something in the first world that there can be and that takes it."""
    reasons = list[str]()
    for world in worlds:
        try:
            return use(world())
        except InputError as error:
            reasons.append(str(error))
    raise InputError(f"{what} fits none of the bundled scenarios ({reasons[0]})")


def _teach(scenario: Scenario, policy: Policy | str, *, deterministic: bool = True) -> None:
    from ..agents.registry import as_policy
    from ..agents.rollouts import teach

    _ = teach(scenario, as_policy(policy), n_students=FEW, cohort_seed=0, deterministic=deterministic, keep=FEW)
