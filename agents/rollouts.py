"""Teaching a cohort once with one policy, and recording what came of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from zpdgym.errors import InputError, unknown

from ..envs.kernels import AWAY, OVER
from ..envs.reward import exam_now, examination, log_score
from ..envs.suite.outcome import SCORE
from ..envs.teaching import EXAM_REST
from ..envs.tutor import TutorVectorEnv
from ..students import draws
from ..students.curriculum.steps import answers_of
from .answers import Answers
from .belief_quality import calibration
from .check import fault_of
from .lesson_metrics import Measures
from .problem import Policy, Problem

if TYPE_CHECKING:
    from ..envs.scenario import Scenario

__all__ = ["Rollout", "rollout", "teach"]

CACHED = 2_700_000
"""Bytes of observations for which ``teach`` takes students at the same time: what a processor's cache holds of them,
with what belongs to them."""
FEWEST, MOST = 64, 2000
"""Students that ``teach`` takes at the same time at least, so that a lesson's fixed costs are shared, and at most."""

KEPT = ("items", "correct", "day", "obs", "mastery")
"""What can be kept of every lesson; see ``rollout``."""

Progress = Callable[[int, int], None]
"""Called after every lesson with (students done, lessons given)."""


@dataclass(frozen=True, eq=False)
class Rollout:
    """What came of teaching N students once.

    Attributes:
        policy: the policy's name.
        scenario: the scenario's label.
        outcomes: column -> (N,) array, one row a student. Always: ``student``, ``group``, ``pre``, ``post`` and
            ``exam`` (expected share of exam items right before the teaching, right after it, and at the exam),
            ``gain`` (exam - pre), ``mastery_exam`` (mean over skills), ``lessons``, ``minutes``, ``quit``; where the
            scenario has ``outcome.later_days``, ``later`` (the share so many days after the exam); where it is judged
            by it, ``log_score``. With
            metrics also those of ``zpdgym.agents.lesson_metrics`` and ``zpdgym.agents.answers``.
        mastery_by_lesson: (T+1,) mean true mastery of all who started, before the first lesson and after each;
            students who are done keep what the calendar leaves them. None without metrics.
        calibration: what the tutor's beliefs were worth, by bins of beliefs: the columns of
            ``zpdgym.agents.belief_quality.calibration``. None without metrics.
        kept: name -> array whose first axis is the first ``keep`` students; see ``rollout``.
    """

    policy: str
    scenario: str
    outcomes: dict[str, npt.NDArray[Any]]
    mastery_by_lesson: npt.NDArray[np.float64] | None
    calibration: dict[str, npt.NDArray[np.float64]] | None
    kept: dict[str, npt.NDArray[Any]]

    @property
    def n_students(self) -> int:
        """N, how many students were taught."""
        return len(self.outcomes["student"])

    @property
    def lessons(self) -> int:
        """How many lessons were given in all."""
        return int(self.outcomes["lessons"].sum())

    def mean(self, outcome: str) -> float:
        """The mean of one outcome over all students, those who quit included."""
        return float(np.mean(self.outcomes[outcome]))


def rollout(
    env: TutorVectorEnv,
    policy: Policy,
    *,
    deterministic: bool = True,
    seed: int = 0,
    record: Sequence[str] = KEPT,
    keep: int = 0,
    metrics: bool = True,
    progress: Progress | None = None,
) -> Rollout:
    """Teach every student of an environment once, from the first lesson to the exam.

    Args:
        env: made with ``autoreset=False``; its cohort begins its first episode.
        policy: it is bound to the environment here.
        deterministic: the most probable action instead of a sampled one (learnt policies).
        seed: the policy's own seed; its luck is keyed by it, the cohort's seed, the student and the lesson.
        record: what to keep of every lesson: ``items`` (n, T) int16 and ``correct`` (n, T) int8 (-1: none), ``day``
            (n, T) float32, ``obs`` (n, T, R, F) float16 before each lesson, ``mastery`` (n, T+1, K) float16; with
            ``correct``, where there are problems of several steps, also ``right_steps`` (n, T) uint8.
        keep: of how many students, from the first.
        metrics: False leaves out what looks into the students lesson by lesson, which is faster (tuning).
        progress: called after every lesson.

    Returns:
        the outcomes, one row a student.
    """
    options = _Options(deterministic, seed, tuple(record), keep, metrics, progress)
    return _joined(policy, env.scenario.label, [_run(env, policy, options)])


def at_once(scenario: Scenario) -> int:
    """How many students ``teach`` takes at the same time, unless it is told."""
    rows = scenario.curriculum.n_skills if scenario.rows == "skills" else scenario.curriculum.n_items
    return int(np.clip(CACHED // (4 * rows * len(scenario.observe.names)), FEWEST, MOST))


def teach(
    scenario: Scenario,
    policy: Policy,
    *,
    n_students: int,
    cohort_seed: int,
    deterministic: bool = True,
    seed: int = 0,
    record: Sequence[str] = KEPT,
    keep: int = 0,
    metrics: bool = True,
    progress: Progress | None = None,
    first_student: int = 0,
    life: int = 0,
    chunk: int | None = None,
) -> Rollout:
    """Teach the first ``n_students`` of a cohort once, some at a time; the numbers do not depend on the chunks.

    Args:
        scenario: what is taught, to whom.
        policy: who teaches.
        n_students: N.
        cohort_seed: whose luck.
        deterministic: as for ``rollout``, and so ``seed``, ``record``, ``keep``, ``metrics`` and ``progress``.
        seed: the policy's own seed.
        record: what to keep of every lesson.
        keep: of how many students.
        metrics: False records the exam only.
        progress: called after every lesson.
        first_student: begin with this student instead of number 0.
        life: which life of these students: in every one they are the same, and other things happen to them.
        chunk: students taught at the same time; None: as many as are fast.
    """
    parts: list[_Part] = []
    together = at_once(scenario) if chunk is None else chunk
    for first in range(0, n_students, together):
        n = min(together, n_students - first)
        # the reward is not read here; "exam" is the one that costs nothing before the end
        env = scenario.make(
            n, seed=cohort_seed, first_student=first_student + first, autoreset=False, reward="exam", copy=False,
            life=life,
        )  # fmt: skip
        done = sum(len(p.outcomes["student"]) for p in parts), sum(int(p.outcomes["lessons"].sum()) for p in parts)
        options = _Options(deterministic, seed, tuple(record), keep - first, metrics, progress, *done)
        parts.append(_run(env, policy, options))
    return _joined(policy, scenario.label, parts)


@dataclass(frozen=True)
class _Options:
    deterministic: bool
    seed: int
    record: tuple[str, ...]
    keep: int
    metrics: bool
    progress: Progress | None
    students_before: int = 0
    lessons_before: int = 0


@dataclass(frozen=True, eq=False)
class _Part:
    outcomes: dict[str, npt.NDArray[Any]]
    by_lesson: npt.NDArray[np.float64] | None  # (n, T+1)
    bins: npt.NDArray[np.float64] | None  # (n, bins of beliefs, 4)
    kept: dict[str, npt.NDArray[Any]]


def _run(env: TutorVectorEnv, policy: Policy, options: _Options) -> _Part:
    """Teach the students of one environment."""
    if env.autoreset:
        raise ValueError("rollout needs an environment made with autoreset=False")
    policy.bind(Problem.of(env, privileged=policy.privileged))
    coin = _Coin(env, policy, options.seed)
    observation, info = env.reset(seed=env.cohort_seed)
    truth = _Truth(env)
    taught = getattr(policy, "teaches", True)
    before = exam_now(env.student, env.state, env.curriculum.exam_items)
    if not taught:
        env.records["status"] = AWAY  # the calendar passes as for students who have quit, from the first lesson on
    measures = Measures(env, taught=taught) if options.metrics else None
    answers = Answers(env.num_envs)
    keeper = _Keeper(env, options.record, max(0, min(options.keep, env.num_envs)))
    passes_over = getattr(policy, "passes_over", False)
    state, start, who = None, np.ones(env.num_envs, bool), f"policy {policy.name} in {env.scenario.label}"
    while (env.records["status"] != OVER).any():
        active, masks = ~env.done, info["action_mask"]
        if passes_over:
            masks = masks & active[:, None]
        answer = policy.predict(observation, state, start, options.deterministic, action_masks=masks, u=coin.toss())
        if (fault := fault_of(answer, env.num_envs)) is not None:
            raise InputError(f"{who}: {fault}")
        actions, state = answer
        start = np.zeros(env.num_envs, bool)
        keeper.before(observation)
        if measures:
            measures.before(np.where(active, actions, -1))
        try:
            observation, _, _, _, info = env.step(actions)
        except InputError as error:
            raise InputError(f"{who}: {error}") from error
        truth.note(info)
        asked = (info["item"] >= 0) & env.outcome["answered"]
        keeper.after(info, asked)
        if measures:
            for answer in _answers(env, asked).T:
                answers.after(answer >= 0, answer == 1)
            measures.after(active & env.done if taught else np.ones(env.num_envs, bool))
        if options.progress:
            done = options.students_before + int(env.done.sum())
            options.progress(done, options.lessons_before + int(env.records["lesson"].sum()))
    keeper.end()
    if not taught:
        truth.note_untaught(before)
    outcomes = truth.outcomes()
    if measures is None:
        return _Part(outcomes, None, None, keeper.kept)
    outcomes |= measures.outcomes(truth.mastery) | answers.outcomes()
    return _Part(outcomes, measures.by_lesson, measures.belief.bins, keeper.kept)


def _answers(env: TutorVectorEnv, asked: npt.NDArray[np.bool_]) -> npt.NDArray[np.int8]:
    """(N, max(L, 1)) the answers of one lesson, those to the steps of a problem one by one; -1: none."""
    answers = np.where(asked, env.outcome["correct"], -1).astype(np.int8)
    if not env.curriculum.has_steps:
        return answers[:, None]
    return answers_of(env.curriculum, env.items, answers, env.outcome["right_steps"])


def _joined(policy: Policy, label: str, parts: list[_Part]) -> Rollout:
    """The chunks as one cohort; means are taken here, over all students at once, so that chunks do not matter."""
    first = parts[0]
    outcomes = {name: np.concatenate([p.outcomes[name] for p in parts]) for name in first.outcomes}
    kept = {name: np.concatenate([p.kept[name] for p in parts if p.kept]) for name in first.kept}
    by_lesson = curve = None
    if first.by_lesson is not None and first.bins is not None:
        by_lesson = np.concatenate([p.by_lesson for p in parts if p.by_lesson is not None]).mean(axis=0)
        curve = calibration(np.concatenate([p.bins for p in parts if p.bins is not None]))
    return Rollout(policy.name, label, outcomes, by_lesson, curve, kept)


class _Coin:
    """A policy's own luck: the same for the same student at the same lesson, whatever the chunks."""

    def __init__(self, env: TutorVectorEnv, policy: Policy, seed: int) -> None:
        self.env, self.count = env, policy.draws
        self.seed = draws.spawn_seed(seed, f"policy/{env.luck_seed}")

    def toss(self) -> npt.NDArray[np.float64] | None:
        """(N, draws) uniforms for the next lesson; None for a policy that needs none."""
        if not self.count:
            return None
        records = self.env.records
        return draws.draw(
            self.seed,
            stream=draws.POLICY,
            students=np.ascontiguousarray(records["student"]),
            episodes=np.ascontiguousarray(records["episode"]),
            lessons=np.ascontiguousarray(records["lesson"]),
            count=self.count,
        )


class _Truth:
    """What the environment says about students when their teaching ends."""

    def __init__(self, env: TutorVectorEnv) -> None:
        self.env, self.later_days = env, env.scenario.outcome.later_days
        self.scored = env.scenario.outcome.primary == SCORE
        more = {"later": self.later_days is not None, SCORE: self.scored}
        names = ("pre", "post", "exam", *(name for name, is_told in more.items() if is_told))
        self.scores = {name: np.full(env.num_envs, np.nan) for name in names}
        self.mastery = np.full((env.num_envs, env.curriculum.n_skills), np.nan)
        self.quit = np.zeros(env.num_envs, bool)

    def note(self, info: dict[str, Any]) -> None:
        """Read the final information of those whose teaching has just ended."""
        if "final_info" not in info:
            return
        rows, truth = info["_final_info"], info["final_info"]["privileged"]
        for name, values in self.scores.items():
            values[rows] = truth[name][rows]
        self.mastery[rows] = truth["mastery"][rows]
        self.quit[rows] = truth["quit"][rows]

    def note_untaught(self, before: npt.NDArray[np.float64]) -> None:
        """Examine those who were never taught, as long after the calendar's last session as everybody else."""
        env, n = self.env, self.env.num_envs
        luck = draws.draw(
            env.luck_seed,
            stream=draws.REST,
            students=np.ascontiguousarray(env.records["student"]),
            episodes=np.ascontiguousarray(env.records["episode"]),
            lessons=np.full(n, EXAM_REST),
            count=env.student.rest_draws,
        )
        items, delay = env.curriculum.exam_items, np.full(n, env.schedule.retention_days)
        self.scores["pre"] = before
        self.scores["post"], self.scores["exam"], self.mastery = examination(env.student, env.state, delay, luck, items)
        if self.later_days is not None:
            later = examination(env.student, env.state, delay + self.later_days, luck, items)
            self.scores["later"] = later[1]
        if self.scored:
            beliefs = env.belief_state.copy()
            env.belief.elapse(beliefs, delay)
            self.scores[SCORE] = log_score(np.ascontiguousarray(beliefs["belief"]), self.mastery)

    def outcomes(self) -> dict[str, npt.NDArray[Any]]:
        """The columns that every rollout has."""
        env, exam = self.env, self.scores["exam"]
        return {
            "student": env.records["student"].copy(),
            "group": np.array(env.state["group"], np.int64),
            **self.scores,
            "gain": exam - self.scores["pre"],
            "mastery_exam": self.mastery.mean(axis=1),
            "lessons": env.records["lesson"].copy(),
            "minutes": env.records["minutes"].copy(),
            "quit": self.quit,
        }


class _Keeper:
    """Keeps every lesson of the first students, for pictures and rules."""

    def __init__(self, env: TutorVectorEnv, record: Sequence[str], n: int) -> None:
        for name in record:
            if name not in KEPT:
                raise unknown("record", name, KEPT)
        self.env, self.n, self.lesson = env, n, 0
        c, t, columns = env.curriculum, env.horizon, len(env.columns)
        rows = c.n_skills if env.rows == "skills" else c.n_items
        room = {
            "items": np.full((n, t), -1, np.int16),
            "correct": np.full((n, t), -1, np.int8),
            "day": np.zeros((n, t), np.float32),
            "obs": np.zeros((n, t, rows, columns), np.float16),
            "mastery": np.zeros((n, t + 1, c.n_skills), np.float16),
        }
        self.kept = {name: room[name] for name in record if n > 0}
        if "correct" in self.kept and c.has_steps:
            self.kept["right_steps"] = np.zeros((n, t), np.uint8)
        if "mastery" in self.kept:
            self.kept["mastery"][:, 0] = env.student.mastery(env.state[:n])

    def before(self, observation: npt.NDArray[np.float32]) -> None:
        """Keep what the policy saw."""
        if "obs" in self.kept:
            self.kept["obs"][:, self.lesson] = observation[: self.n]

    def after(self, info: dict[str, Any], asked: npt.NDArray[np.bool_]) -> None:
        """Keep what was taught and what came of it; ``asked`` (N,) who had to answer."""
        t, n, env = self.lesson, self.n, self.env
        self.lesson += 1
        if "items" in self.kept:
            self.kept["items"][:, t] = info["item"][:n]
        if "correct" in self.kept:
            self.kept["correct"][:, t] = np.where(asked, info["correct"], -1)[:n]
        if "right_steps" in self.kept:
            self.kept["right_steps"][:, t] = np.where(info["item"] >= 0, env.outcome["right_steps"], 0)[:n]
        if "day" in self.kept:
            self.kept["day"][:, t] = info["days"][:n]
        if "mastery" in self.kept:
            self.kept["mastery"][:, t + 1] = env.student.mastery(env.state[:n])

    def end(self) -> None:
        """Where everybody was done early, the last row stands to the end of the array."""
        if "mastery" in self.kept:
            self.kept["mastery"][:, self.lesson + 1 :] = self.kept["mastery"][:, self.lesson, None]
