"""How far from the truth is what tables say of harm, how often they say something, and what it costs.

The truth is known in two ways. On Algebra and Game 300 students live 400 times; what is said from fewer of these lives
is set beside that. And harm is put in: a share of the students loses .05 in expectation, with the noise that lives have
on Algebra. A share counts as right within .03; "said" is how often it is told at all.

    .venv/bin/python -m benchmarks.harm
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import zpdgym
from zpdgym.agents import teach
from zpdgym.envs.beliefs.refit import with_own_belief
from zpdgym.envs.scenario import Scenario
from zpdgym.experiments.harm import Share, harm
from zpdgym.experiments.runs.lineup import ready_policy
from zpdgym.experiments.runs.lives import FLOOR
from zpdgym.students.draws import spawn_seed

SCENARIOS = ("Algebra-v0", "Game-v0")
SMALLEST, LOSS, RIGHT = 0.02, 0.05, 0.03
PUT_IN = (0.0, 0.05, 0.1, 0.2)
Floats = npt.NDArray[np.float64]
Sample = Callable[[np.random.Generator, int], tuple[Floats, Floats]]
"""From a generator and how many lives to (L, N) differences and the (N,) expected ones."""


@dataclass(frozen=True, eq=False)
class Lived:
    """(L, N) outcomes of one policy, the groups of its students, and the seconds that a life of all of them took."""

    outcome: Floats
    group: npt.NDArray[Any]
    seconds: float


def lived(scenario: Scenario, policy: Any, students: int, lives: int) -> Lived:
    """Let students live."""
    started, outcomes, group = time.process_time(), list[Floats](), np.array([])
    for life in range(lives):
        seed = spawn_seed(0, "test")
        found = teach(scenario, policy, n_students=students, cohort_seed=seed, metrics=False, life=life)
        outcomes.append(found.outcomes[scenario.outcome.primary])
        group = found.outcomes["group"]
    return Lived(np.array(outcomes), group, (time.process_time() - started) / lives)


def made(scenario: Scenario, policy: str, given: argparse.Namespace) -> Lived:
    """Tune or train a policy, and let its students live."""
    if policy == "ppo_scorer":
        ready: Any = zpdgym.train(scenario.label, policy, lessons=given.lessons, seed=0)
    else:
        ready, _ = ready_policy(policy, scenario, cohort_seed=0, n_students=500, budget=20)
    return lived(scenario, ready, given.students, given.truth)


def kept(folder: Path | None, name: str, make: Callable[[], Lived]) -> Lived:
    """What is in the folder under this name; else it is made, and kept there."""
    if folder is None:
        return make()
    path = folder / f"{name}.npz"
    if not path.is_file():
        found = make()
        folder.mkdir(parents=True, exist_ok=True)
        np.savez(path, outcome=found.outcome, group=found.group, seconds=np.array(found.seconds))
    with np.load(path) as stored:
        return Lived(stored["outcome"], stored["group"], float(stored["seconds"]))


def against(ours: Floats, theirs: Floats) -> Sample:
    """Some lives of two policies, the same ones."""
    differences = ours - theirs

    def sample(generator: np.random.Generator, lives: int) -> tuple[Floats, Floats]:
        return differences[generator.choice(len(differences), lives, replace=False)], differences.mean(axis=0)

    return sample


def itself(ours: Floats) -> Sample:
    """Some lives of a policy and others of the same, three times as many as for two policies: nobody loses."""

    def sample(generator: np.random.Generator, lives: int) -> tuple[Floats, Floats]:
        half = min(lives * FLOOR // 2, len(ours) // 2)
        chosen = generator.choice(len(ours), 2 * half, replace=False)
        return ours[chosen[:half]] - ours[chosen[half:]], np.zeros(ours.shape[1])

    return sample


def put_in(differences: Floats, share: float) -> Sample:
    """Two groups of students: those who lose ``LOSS`` and those who lose nothing; the noise is that of real lives."""
    noise = differences - differences.mean(axis=0)

    def sample(generator: np.random.Generator, lives: int) -> tuple[Floats, Floats]:
        n = noise.shape[1]
        expected = np.where(generator.random(n) < share, -LOSS, 0.0)
        luck = noise[generator.integers(0, len(noise), (lives, n)), generator.integers(0, n, n)]
        return expected + luck, expected

    return sample


def check(name: str, sample: Sample, lives: Iterable[int], repeats: int) -> None:
    """Print how often a share is said and how often it is right, for several numbers of lives."""
    for n_lives in lives:
        found: list[tuple[Share, float]] = []
        reliability, started = list[float](), time.process_time()
        for repeat in range(repeats):
            generator = np.random.default_rng([repeat, n_lives])
            differences, expected = sample(generator, n_lives)
            said = harm(differences[None], SMALLEST, generator=generator)
            assert said is not None
            reliability.append(said.reliability)
            found.append((said.harmed, float((expected < -SMALLEST).mean())))
        seconds = (time.process_time() - started) / repeats
        error = np.array([share.value - truth for share, truth in found])
        told = np.array([share.told for share, _ in found])
        covered = np.mean([share.low - 0.005 <= truth <= share.high + 0.005 for share, truth in found])
        right = f"{np.mean(np.abs(error[told]) <= RIGHT):.2f}" if told.any() else "   –"
        print(
            f"{name:<44} {n_lives:>5} {np.mean([truth for _, truth in found]):7.3f} {np.mean(told):6.2f} {right:>6} "
            f"{np.mean(np.abs(error) <= RIGHT):8.2f} {covered:8.2f} {np.mean(reliability):12.2f} {seconds:8.2f}",
            flush=True,
        )


def show_groups(
    name: str, differences: Floats, expected: Floats, group: npt.NDArray[Any], names: list[str], lives: int
) -> None:
    """Print what is said of each group from the first lives, and the truth: (N,) expected differences."""
    for k in (-1, *range(len(names))):
        here = group == k if k >= 0 else np.ones(len(group), bool)
        said = harm(differences[None, :lives, here], SMALLEST, generator=np.random.default_rng(0))
        if said is None:
            continue
        cells = [
            f"{(f'{share.value:.2f}' if share.told else '?'):>5} [{share.low:.2f}, {share.high:.2f}] {truth:6.2f}"
            for share, truth in (
                (said.harmed, np.mean(expected[here] < -SMALLEST)),
                (said.gained, np.mean(expected[here] > SMALLEST)),
            )
        ]
        who = names[k] if k >= 0 else "all"
        mean, luck = differences[:lives, here].mean(), differences[:lives, here].mean(axis=0).std()
        half = 1.96 * luck / np.sqrt(here.sum())
        print(
            f"{name:<28} {who:<24} {here.sum():>4} {mean:+.3f} ± {half:.3f} {said.reliability:6.2f}   "
            + "   ".join(cells),
            flush=True,
        )


def main() -> None:
    """Print both tables."""
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--students", type=int, default=300)
    ask.add_argument("--truth", type=int, default=400, help="lives that count as the truth")
    ask.add_argument("--lives", type=int, nargs="+", default=[8, 16, 32, 64])
    ask.add_argument("--lessons", type=int, default=200_000, help="of training the teacher")
    ask.add_argument("--keep", type=Path, help="folder that lives are kept in, for the next time")
    ask.add_argument("--repeats", type=int, default=20)
    given = ask.parse_args()
    head = f"{'':<44} {'lives':>5} {'truth':>7} {'said':>6} {'right':>6} {'±.03 all':>8} {'covered':>8} "
    noise = np.zeros((0, 0))
    groups: list[Callable[[], None]] = []
    print(f"{head}{'reliability':>12} {'seconds':>8}")
    for name in SCENARIOS:
        scenario = with_own_belief(Scenario.load(name))
        base, own = (
            kept(given.keep, f"{name}_{policy}", partial(made, scenario, policy, given))
            for policy in ("mastery_tuned", "ppo_scorer")
        )
        each = f"mastery_tuned {base.seconds:.2f} s, teacher {own.seconds:.2f} s"
        print(f"{name}: a life of {given.students} students takes of one core: {each}", flush=True)
        once = np.mean(base.outcome[1::2] < base.outcome[::2] - SMALLEST)
        print(f"{name}: mastery_tuned in two single lives makes {once:.0%} of the students worse off", flush=True)
        check(f"{name}: mastery_tuned against itself", itself(base.outcome), given.lives, given.repeats)
        check(f"{name}: teacher harms", against(own.outcome, base.outcome), given.lives, given.repeats)
        back = against(base.outcome, own.outcome)
        check(f"{name}: teacher helps", back, given.lives, given.repeats)
        differences = own.outcome - base.outcome
        noise = differences if name == SCENARIOS[0] else noise
        names = [group.name for group in scenario.student.population.groups]
        most = max(given.lives)
        half = min(most * FLOOR // 2, given.truth // 2)
        floor = base.outcome[:half] - base.outcome[half : 2 * half]
        groups += [
            partial(show_groups, f"{name}: teacher", differences, differences.mean(axis=0), own.group, names, most),
            partial(show_groups, f"{name}: itself", floor, np.zeros(given.students), own.group, names, half),
        ]
    for share in PUT_IN:
        check(f"{share:.0%} lose {LOSS:g}, noise as on Algebra", put_in(noise, share), given.lives, given.repeats)
    print(f"\nBy group, from {max(given.lives)} lives; ? cannot tell; behind the intervals the truth")
    print(f"{'':<53} {'n':>4} {'difference':<15} {'rel.':>6}   {'harmed':<25}   gained")
    for show in groups:
        show()


if __name__ == "__main__":
    main()
