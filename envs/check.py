"""Whether a teaching environment keeps its promises: for scenarios and student models of one's own."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from zpdgym.errors import InputError
from zpdgym.parameters import Number, Table, read_arguments

from ..students.model import OUTCOME, FloatN, FloatNM, IntN, Outcome, State
from .arguments import ARGUMENTS
from .beliefs.base import Privileged
from .own.reward import Lesson, OwnReward, Reward
from .reward import KINDS
from .scenario import Scenario
from .single import TutorEnv
from .suite.outcome import SCORE
from .tutor import TutorVectorEnv

__all__ = ["check_tutor_env"]


CHECK: Table = {
    "n_students": Number("how many students are taught", low=3, high=10_000, whole=True),
    "lessons": Number("how many lessons are looked at", low=1, high=10_000, whole=True),
    "seed": Number("of the cohort and of the actions", low=0, whole=True),
    "reward": ARGUMENTS["reward"],
}


def check_tutor_env(
    scenario: Scenario | str,
    *,
    n_students: int = 6,
    lessons: int = 60,
    seed: int = 0,
    reward: Reward | None = None,
) -> None:
    """Teach a few students at random and check what every teaching environment promises.

    Shapes, kinds and bounds; fresh arrays; equal numbers for any cohort size, split and for the single environment;
    rewards that add up to the outcome; observations that tell nothing a tutor could not know (but where the scenario's
    belief is told the truth); refusal of illegal actions; pickling. A reward of one's own must pay for the same lesson
    the same, whoever else is taught, up to 1e-9 for rounding.

    Args:
        scenario: a scenario or its name.
        n_students: how many students are taught, at least 3.
        lessons: how many lessons are looked at.
        seed: of the cohort and of the actions.
        reward: another reward than the scenario's, as for ``TutorVectorEnv``.

    Raises:
        AssertionError: a promise is broken; the message says which.
    """
    given = read_arguments(CHECK, locals(), "check_tutor_env")
    n_students, lessons, seed, loaded = given.n_students, given.lessons, given.seed, _loaded(scenario)
    paid = given.reward or loaded.reward
    tape = _teach(loaded.make(n_students, seed=seed, reward=paid), lessons, seed)
    _check_shapes(loaded, tape)
    if isinstance(paid, OwnReward):
        _check_repeats(loaded, paid, tape, seed)
    _check_split(loaded, paid, tape, seed)
    _check_single(loaded, paid, tape, seed)
    if not isinstance(loaded.belief, Privileged):
        _check_hidden(loaded, tape, seed)
    for kind in KINDS:
        _check_rewards(loaded, kind, n_students, seed)
    _check_refusal(loaded)


def must_pay_by_rows(scenario: Scenario, own: OwnReward) -> None:
    """Refuse a reward that looks at other students or counts on itself, before a teacher is trained with it.

    Raises:
        InputError: it pays a few students otherwise when others are not there, or when it is asked again.
    """
    tape = _teach(
        scenario.make(6, seed=0, reward=own), min(12, scenario.schedule.horizon(scenario.curriculum.minutes)), 0
    )
    try:
        _check_repeats(scenario, own, tape, 0)
        _check_split(scenario, own, tape, 0)
    except AssertionError as error:
        raise InputError(f"{scenario.label}: {error}") from error


def _loaded(scenario: Scenario | str) -> Scenario:
    return scenario if isinstance(scenario, Scenario) else Scenario.load(scenario)


class _Tape:
    """What a cohort did and what came back."""

    def __init__(self, env: TutorVectorEnv) -> None:
        self.env = env
        self.actions: list[IntN] = []
        self.returned: list[tuple[Any, ...]] = []
        self.outcomes: list[Outcome] = []
        self.first = np.zeros(0, np.float32)


def random_actions(mask: npt.NDArray[np.bool_], rng: np.random.Generator) -> IntN:
    """One allowed action for each row of a mask (N, A), uniformly."""
    return np.argmax(rng.random(mask.shape) * mask, axis=1).astype(np.int64)


def _teach(env: TutorVectorEnv, lessons: int, seed: int) -> _Tape:
    tape, rng = _Tape(env), np.random.default_rng(seed)
    tape.first, info = env.reset(seed=seed)
    for _ in range(lessons):
        actions = random_actions(info["action_mask"], rng)
        observation, reward, terminated, truncated, info = env.step(actions)
        tape.actions.append(actions)
        tape.returned.append((observation, reward, terminated, truncated, info))
        tape.outcomes.append(env.outcome.copy())
    return tape


def _check_shapes(scenario: Scenario, tape: _Tape) -> None:
    env, n = tape.env, tape.env.num_envs
    shape = env.observation_space.shape
    kept = None
    for observation, reward, terminated, truncated, info in tape.returned:
        assert observation.shape == shape, f"observation has shape {observation.shape}, not {shape}"
        assert observation.dtype == np.float32, f"observation is {observation.dtype}, not float32"
        low, high = observation.min(axis=(0, 1)), observation.max(axis=(0, 1))
        for column, least, most in zip(env.columns, low, high, strict=True):
            inside = column.low <= least and most <= column.high
            assert inside, f"column {column.name} is in [{least}, {most}], outside [{column.low}, {column.high}]"
        assert reward.shape == (n,), f"reward has shape {reward.shape}, not ({n},)"
        assert reward.dtype == np.float64, f"reward is {reward.dtype}, not float64"
        assert np.isfinite(reward).all(), "a reward is not a finite number"
        assert terminated.dtype == bool, "terminated is not bool"
        assert not truncated.any(), "truncated: the budget is observed, so its end terminates"
        assert info["action_mask"].shape == (n, env.n_actions), "action_mask has the wrong shape"
        assert info["action_mask"].any(axis=1).all(), "a student has no allowed action"
        assert kept is None or not np.shares_memory(kept, observation), "an observation is used again"
        kept = observation


def _check_repeats(scenario: Scenario, own: OwnReward, tape: _Tape, seed: int) -> None:
    """A reward of one's own pays for the same lesson twice the same."""

    def twice(lesson: Lesson) -> object:
        first = np.array(own.call(lesson))
        same = np.array_equal(first, np.asarray(own.call(lesson)), equal_nan=True)
        assert same, f"reward {own.name} pays for the same lesson otherwise when it is asked again"
        return first

    env = scenario.make(tape.env.num_envs, reward=OwnReward(own.name, twice, None))
    env.reset(seed=seed)
    for actions in tape.actions:
        env.step(actions)


def _check_split(scenario: Scenario, paid: str | OwnReward, tape: _Tape, seed: int) -> None:
    """The same students in two environments do and see the same, bit by bit."""
    env = tape.env
    for rows in (slice(0, 1), slice(1, env.num_envs)):
        part = scenario.make(len(range(*rows.indices(env.num_envs))), first_student=rows.start, reward=paid)
        first, _ = part.reset(seed=seed)
        assert np.array_equal(first, tape.first[rows]), "the first observation depends on the cohort's size"
        for t, (actions, returned) in enumerate(zip(tape.actions, tape.returned, strict=True)):
            mine: tuple[Any, ...] = part.step(actions[rows])
            for j, name in enumerate(("observation", f"reward {paid}", "terminated")):
                same = _alike(returned[j][rows], mine[j], exact=j != 1 or isinstance(paid, str))
                assert same, f"lesson {t}: {name} depends on the cohort's size or split"


def _alike(one: npt.ArrayLike, other: npt.ArrayLike, *, exact: bool) -> bool:
    """Whether numbers are equal; what is not ours may add them up in another order."""
    return np.array_equal(one, other) if exact else np.allclose(one, other, rtol=1e-9, atol=1e-9)


def _check_single(scenario: Scenario, paid: str | OwnReward, tape: _Tape, seed: int) -> None:
    env = TutorEnv(scenario, reward=paid)
    observation, _ = env.reset(seed=seed)
    for t, (actions, returned) in enumerate(zip(tape.actions, tape.returned, strict=True)):
        observation, reward, terminated, _, _ = env.step(actions[0])
        same = _alike(reward, returned[1][0], exact=isinstance(paid, str))
        assert same, f"lesson {t}: reward {paid}: TutorEnv pays {reward}, TutorVectorEnv {returned[1][0]}"
        assert terminated == returned[2][0], f"lesson {t}: TutorEnv and TutorVectorEnv end at different times"
        if terminated:
            assert np.array_equal(observation, returned[-1]["final_obs"][0]), f"lesson {t}: final_obs differs"
            observation, _ = env.reset()
        assert np.array_equal(observation, returned[0][0]), f"lesson {t}: TutorEnv and TutorVectorEnv see differently"


class _Playback:
    """Students who answer as recorded, whatever they know: their truth is different, what a tutor sees is not."""

    population, discrete, mastered_at, ready_at = None, True, 1.0, 1.0
    reset_draws, lesson_draws, rest_draws = 1, 1, 0
    invariants: frozenset[str] = frozenset()

    def __init__(self, model: Any, outcomes: list[Outcome]) -> None:
        self.curriculum, self.reports, self.outcomes, self.lesson = model.curriculum, model.reports, outcomes, 0
        self.dtype = np.dtype([("group", np.int64)])

    def allocate(self, n: int) -> State:
        return np.zeros(n, self.dtype)

    def reset(self, state: State, rows: IntN, u: FloatNM) -> None: ...

    def p_all(self, state: State) -> FloatNM:
        return np.full((len(state), self.curriculum.n_items), 0.5)

    def step(self, state: State, items: IntN, u: FloatNM, out: Outcome) -> Outcome:
        for name in OUTCOME.names or ():
            out[name] = self.outcomes[self.lesson][name]
        self.lesson += 1
        return out

    def elapse(self, state: State, days: FloatN, u: FloatNM) -> None: ...

    def mastery(self, state: State) -> FloatNM:
        return np.zeros((len(state), self.curriculum.n_skills))


def _check_hidden(scenario: Scenario, tape: _Tape, seed: int) -> None:
    """Students of whom a tutor has seen the same look the same, whatever they know."""
    other = Scenario(scenario.name, scenario.label, scenario.sections)
    other.__dict__.update(belief_parameters=scenario.belief_parameters)
    other.__dict__.update(student=_Playback(scenario.student, tape.outcomes))
    env = other.make(tape.env.num_envs, reward="belief_gain")  # the only reward that asks the students for nothing
    first, _ = env.reset(seed=seed)
    assert np.array_equal(first, tape.first), "the first observation depends on what the students know"
    for t, (actions, returned) in enumerate(zip(tape.actions, tape.returned, strict=True)):
        mine = env.step(actions)
        assert np.array_equal(mine[0], returned[0]), f"lesson {t}: the observation tells what a tutor cannot know"


def _check_rewards(scenario: Scenario, kind: str, n_students: int, seed: int) -> None:
    """The rewards of an episode add up to value at the exam minus value at the start."""
    env = scenario.make(n_students, autoreset=False, reward=kind)
    rng = np.random.default_rng(seed)
    _, info = env.reset(seed=seed)
    start, total, end = _value(env, kind), np.zeros(n_students), np.full(n_students, np.nan)
    while not env.done.all():
        _, reward, ended, _, info = env.step(random_actions(info["action_mask"], rng))
        total += reward
        if ended.any():
            rows = np.flatnonzero(info["_final_info"])
            truth = {name: values[rows] for name, values in info["final_info"]["privileged"].items()}
            if kind == "exam":
                end[rows], start[rows] = truth["exam"], truth["pre"]
            elif kind == "belief_gain":
                delay = env.schedule.retention_days - (env.records["day"] - env.records["last_day"])[rows]
                beliefs = env.belief_state[rows]  # a copy
                env.belief.elapse(beliefs, np.maximum(delay, 0.0))
                end[rows] = beliefs["belief"].sum(axis=1)
            elif kind == SCORE:
                end[rows] = truth[SCORE]
            else:
                end[rows] = truth["mastery"] @ env.curriculum.worth
    unit = len(env.curriculum.exam_items) if kind == "exam" else 1.0
    wrong = np.abs(total - (end - start) * unit).max()
    assert wrong < 1e-9, f"reward {kind}: the rewards miss the outcome by {wrong:g}"


def _value(env: TutorVectorEnv, kind: str) -> FloatN:
    if kind == "belief_gain":
        return env.believed().sum(axis=1)
    if kind in ("recall", SCORE):
        return env.records["value"].copy()
    return env.probe.mastery() @ env.curriculum.worth


def _check_refusal(scenario: Scenario) -> None:
    env = scenario.make(2)
    env.reset(seed=0)
    for bad in (-1, env.n_actions):
        before, said = env.records.copy(), ""
        try:
            env.step(np.array([0, bad]))
        except InputError as error:
            said = str(error)
        assert said, f"action {bad} does not exist, but was accepted"
        assert "row 1" in said, f"the refusal of action {bad} does not name the row: {said}"
        assert np.array_equal(before, env.records), f"the refused action {bad} changed something"
