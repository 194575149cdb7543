"""One step of policy improvement by playing lessons through, on Algebra-v1: what it brings, and what it costs.

Before every lesson the items that a base policy likes best, each of another skill, are tried in thought. What the
student may know is drawn from the tutor's graph belief, all skills together; students who learn and answer as that
belief thinks are taught the item and then lessons by the base policy, with the same luck for every item. The item with
the best mean is taught if its lead is above one standard error of the paired differences, else the base policy's own.
Nothing is looked at but what the tutor believes.

Where the lessons in thought end before the calendar, a line fitted beforehand judges what the student then knows:
expected exam = a + b time spent + sum of c_k [skill k known], for each tenth of the budget, from students whom the
base policy teaches in thought from the first lesson to the exam.

    python -m benchmarks.improvement [--kept FOLDER]
    python -m benchmarks.improvement --page [--kept FOLDER]
"""

from __future__ import annotations

import argparse
import json
import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

os.environ.setdefault("NUMBA_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import numpy.typing as npt
from zpdgym.agents.learnt.teacher import Teacher
from zpdgym.agents.learnt.training import train
from zpdgym.agents.problem import Policy, Problem
from zpdgym.agents.registry import build_policy, load_policy
from zpdgym.agents.rollouts import teach
from zpdgym.agents.tuning import prepare
from zpdgym.envs.beliefs.graph import GraphBelief
from zpdgym.envs.kernels import OVER
from zpdgym.envs.scenario import Scenario
from zpdgym.envs.tutor import TutorVectorEnv
from zpdgym.students import draws
from zpdgym.students.exam import exam_chances

from benchmarks.pages.improvement import PAGE, page

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

COHORT, LUCK, LESSONS = 2626, 77, 800_000
ROWS = 480
"""Students in thought who are taught at the same time: what fits a processor's cache."""
TENTHS, TAUGHT_BEFORE, EVERY = 10, 3000, 7
"""Parts of the budget that are judged apart, students from whom that is learnt, and every how many lessons."""


@dataclass(frozen=True)
class Run:
    """One way of improving one policy: C items, S students in thought, H lessons (0: to the end)."""

    base: str
    items: int
    samples: int
    lessons: int
    students: int


BLOCK = 20
"""Students whose outcomes are kept together."""
BLOCKS = "blocks.jsonl"
RUNS = (
    Run("tuned_index", 3, 8, 1, 200),
    Run("tuned_index", 3, 8, 10, 200),
    Run("tuned_index", 4, 16, 20, 60),
    Run("ppo_scorer", 3, 8, 10, 200),
    Run("tuned_index", 3, 16, 0, 20),
)


def believed_students(scenario: Scenario) -> Scenario:
    """The same tutor before students who are, all alike, as its belief thinks."""
    told = scenario.belief_parameters
    by_item = {f"{name}_by_item": told[name] for name in ("learn", "guess", "slip")}
    own = {name: told[name] for name in ("prior", "forget", "leak")}
    student = {"_target_": "zpdgym.students.BKT", **own, **by_item, "level_width": float("inf")}
    return scenario.with_students({"believed": {"student": student, "population": None}})["believed"]


class Thought:
    """Students in thought, and what becomes of them when a base policy teaches them."""

    def __init__(self, scenario: Scenario, base: Policy, run: Run, worth: Floats) -> None:
        self.scenario, self.base, self.run, self.worth = scenario, base, run, worth
        assert isinstance(scenario.belief, GraphBelief)
        self.belief = scenario.belief
        self.dreams = dict[int, tuple[TutorVectorEnv, Any]]()

    def choices(self, observation: npt.NDArray[np.float32], masks: Bools, count: int) -> Ints:
        """(N, count) the base policy's choice, then what it would choose without the skills of those before."""
        skills, allowed, found = self.scenario.curriculum.q.astype(bool), masks.copy(), list[Ints]()
        for _ in range(count):
            best, _ = self.base.predict(observation, None, None, True, action_masks=allowed)
            found.append(np.where(best >= 0, best, found[0] if found else best))
            allowed &= ~(skills @ skills.T)[np.maximum(best, 0)]
        return np.stack(found, axis=1)

    def values(self, env: TutorVectorEnv, rows: Ints, first: Ints) -> Floats:
        """(n, C, S) the exam that is expected after each of these first items (n, C) for the students in ``rows``."""
        (n, width), samples = first.shape, self.run.samples
        each = np.repeat(rows, width * samples)
        dream = self._copies(env, each, np.tile(np.arange(samples), n * width))
        actions, lessons = np.repeat(first.ravel(), samples), 1
        observation, _, _, _, info = dream.step(actions)
        while lessons != self.run.lessons and not dream.done.all():
            masks = info["action_mask"] & ~dream.done[:, None]
            actions, _ = self.base.predict(observation, None, None, True, action_masks=masks)
            observation, _, _, _, info = dream.step(actions)
            lessons += 1
        return self._judged(dream).reshape(n, width, samples)

    def _copies(self, env: TutorVectorEnv, each: Ints, sample: Ints) -> TutorVectorEnv:
        """An environment that goes on as this one stands, row by row, with students drawn from the belief."""
        if len(each) not in self.dreams:
            dream = self.scenario.make(len(each), seed=LUCK, autoreset=False, reward="exam", copy=False)
            dream.reset()
            self.dreams[len(each)] = dream, dream.state.copy()
        dream, own = self.dreams[len(each)]
        skills, cliques = env.curriculum.n_skills, len(self.belief.tree.cliques)
        slots = env.student.lesson_draws
        u = draws.draw(
            LUCK, stream=draws.POLICY, students=env.records["student"][each], episodes=sample,
            lessons=env.records["lesson"][each], count=1 + slots + cliques + skills,
        )  # fmt: skip
        known = self.belief.sample(env.belief_state[each], u[:, 1 + slots : 1 + slots + cliques])
        own["left"] = np.where(known, -np.log1p(-u[:, -skills:]), 0.0)  # lifetimes have no memory
        told, n = env.snapshot(), env.num_envs
        parts = {name: bytes_.reshape(n, -1)[each] for name, bytes_ in told.items() if np.ndim(bytes_)}
        dream.restore(
            {**told, **parts, "state": np.frombuffer(own.tobytes(), np.uint8), "_u": _bytes(u[:, 1 : 1 + slots])}
        )
        dream.records["key"] = (u[:, 0] * 2.0**53).astype(np.int64)
        return dream

    def _judged(self, dream: TutorVectorEnv) -> Floats:
        """(n,) the exam that students in thought may expect: by the line of their tenth, or exactly at the end."""
        exam = expected_exam(dream)
        if not self.run.lessons:
            return exam
        spent = dream.records["used"] / dream.schedule.total
        tenth = np.minimum((spent * TENTHS).astype(np.int64), TENTHS - 1)
        line = (features(dream) * self.worth[tenth]).sum(axis=1)
        return np.where(dream.records["status"] == OVER, exam, line)


def lines(scenario: Scenario, base: Policy) -> Floats:
    """(tenths, 2 + K) what the exam will be under a base policy, by least squares on students in thought."""
    dream = scenario.make(TAUGHT_BEFORE, seed=LUCK, autoreset=False, reward="exam", copy=False)
    observation, info = dream.reset()
    base.bind(Problem.of(dream))
    seen, lessons = list[tuple[Floats, Bools]](), 0
    while not dream.done.all():
        if lessons % EVERY == 0:
            seen.append((features(dream), ~dream.done))
        masks = info["action_mask"] & ~dream.done[:, None]
        actions, _ = base.predict(observation, None, None, True, action_masks=masks)
        observation, _, _, _, info = dream.step(actions)
        lessons += 1
    exam = expected_exam(dream)
    x = np.concatenate([rows[going] for rows, going in seen])
    y = np.concatenate([exam[going] for _, going in seen])
    tenth = np.minimum((x[:, 1] * TENTHS).astype(np.int64), TENTHS - 1)
    return np.stack([np.linalg.lstsq(x[tenth == t], y[tenth == t])[0] for t in range(TENTHS)]).astype(np.float64)


def features(env: TutorVectorEnv) -> Floats:
    """(N, 2 + K) 1, the share of the budget that is spent, and what is truly known."""
    spent = env.records["used"] / env.schedule.total
    return np.column_stack([np.ones(env.num_envs), spent, env.probe.mastery()])


def expected_exam(env: TutorVectorEnv) -> Floats:
    """(N,) the share of the exam right on its day if nothing more were taught."""
    days, luck = env.probe.days_to_exam(), np.zeros((env.num_envs, 0))
    return exam_chances(env.student, env.state, env.curriculum.exam_items, days, luck).mean(axis=1)


def _bytes(values: Floats) -> npt.NDArray[np.uint8]:
    return np.frombuffer(np.ascontiguousarray(values).tobytes(), np.uint8)


def improved(scenario: Scenario, base: Policy, run: Run, thought: Thought, first: int, n: int) -> tuple[Floats, Ints]:
    """Teach students ``first`` … with the better choices: (n,) exams, and lessons given and choices changed."""
    env = scenario.make(n, seed=COHORT, first_student=first, autoreset=False, reward="exam", copy=False)
    observation, info = env.reset()
    base.bind(Problem.of(env))
    exam, count = np.zeros(n), np.zeros(2, np.int64)
    while not env.done.all():
        rows = np.flatnonzero(~env.done)
        items = thought.choices(observation[rows], info["action_mask"][rows], run.items)
        values = thought.values(env, rows, items)
        lead = values - values[:, :1]
        mean, error = lead.mean(axis=2), lead.std(axis=2, ddof=1) / np.sqrt(run.samples)
        best = np.where(mean > error, mean, 0.0).argmax(axis=1)  # the base policy's own leads by 0
        actions = np.full(n, -1)
        actions[rows] = items[np.arange(len(rows)), best]
        count += len(rows), int((items[:, 0] != actions[rows]).sum())
        observation, _, _, _, info = env.step(actions)
        if "final_info" in info:
            ended = info["_final_info"]
            exam[ended] = info["final_info"]["privileged"]["exam"][ended]
    return exam, count


def measured(scenario: Scenario, base: Policy, run: Run, thought: Thought, first: int) -> dict[str, Any]:
    """What a block of students comes to, with the base policy and with the better choices."""
    alone = teach(scenario, base, n_students=BLOCK, first_student=first, cohort_seed=COHORT, metrics=False)
    together = max(ROWS // (run.items * run.samples), 1)
    began = time.process_time()
    firsts = range(0, BLOCK, together)
    parts = [improved(scenario, base, run, thought, first + i, min(together, BLOCK - i)) for i in firsts]
    seconds = time.process_time() - began
    lessons, changed = np.sum([count for _, count in parts], axis=0).tolist()
    exams = [alone.outcomes["exam"].tolist(), np.concatenate([exam for exam, _ in parts]).tolist()]
    return {
        "run": asdict(run),
        "first": first,
        "exams": exams,
        "given": lessons,
        "changed": changed,
        "seconds": seconds,
    }


def base_policy(scenario: Scenario, name: str, kept: Path) -> Policy:
    """The policy to improve: the index as ``compare`` tunes it, or a teacher trained on as many lessons."""
    path = kept / name
    if name == "ppo_scorer":
        if not path.exists():
            train(scenario, name, lessons=LESSONS, seed=0).save(path)
        return Teacher.load(path)
    if not path.exists():
        spec, _ = prepare(load_policy(name), scenario, cohort_seed=0)
        path.write_text(json.dumps(spec), encoding="utf-8")
    return build_policy(json.loads(path.read_text(encoding="utf-8")))


def kept_blocks(kept: Path) -> list[dict[str, Any]]:
    """What the blocks came to that lie in the folder."""
    path = kept / BLOCKS
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []


def measure(kept: Path) -> None:
    """Teach all blocks, every way on the same students; those that lie in the folder are not taught again."""
    kept.mkdir(parents=True, exist_ok=True)
    scenario, done = Scenario.load("Algebra-v1"), {(Run(**one["run"]), one["first"]) for one in kept_blocks(kept)}
    believed, thoughts = believed_students(scenario), dict[Run, Thought]()
    for run in RUNS:
        for first in range(0, run.students, BLOCK):
            if (run, first) in done:
                continue
            if run not in thoughts:
                base = base_policy(scenario, run.base, kept)
                thoughts[run] = Thought(believed, base, run, worth_under(believed, base, kept / f"{run.base}.lines"))
            found = measured(scenario, thoughts[run].base, run, thoughts[run], first)
            with (kept / BLOCKS).open("a", encoding="utf-8") as file:
                file.write(json.dumps(found) + "\n")
            print(run, first, *np.mean(found["exams"], axis=1), f"{found['seconds']:.1f} s", flush=True)


def worth_under(believed: Scenario, base: Policy, path: Path) -> Floats:
    """The lines of a base policy, which are kept in a file."""
    if not path.exists():
        path.write_text(json.dumps(lines(believed, base).tolist()), encoding="utf-8")
    return np.array(json.loads(path.read_text(encoding="utf-8")))


def main() -> None:
    """Measure, or write the page."""
    about = (__doc__ or "").partition("\n\n")[2].rpartition("\n\n")[0]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--page", action="store_true", help="write the page from what is kept, and measure nothing")
    parser.add_argument("--kept", type=Path, default=Path("results/improvement"), help="where it goes on from")
    options = parser.parse_args()
    if not options.page:
        measure(options.kept)
        return
    settings = (
        f"Cohort {COHORT}, which was looked at while this was built. `tuned_index` is tuned as `compare` tunes it, "
        f"`ppo_scorer` trained with seed 0, both on {LESSONS:,} lessons."
    )
    words = "\n\n".join(" ".join(part.split()) for part in about.split("\n\n"))
    PAGE.write_text(page(kept_blocks(options.kept), [asdict(run) for run in RUNS], words, settings), encoding="utf-8")


if __name__ == "__main__":
    main()
