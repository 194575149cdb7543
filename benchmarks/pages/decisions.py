"""What a learnt teacher does that the strongest index does not: tables of docs/results/learners.md are written again.

``python -m benchmarks.pages.decisions results/learners`` reads the comparison, takes of each scenario's trainings the
one in the middle and the index that is best on validation students, and lets both teach the same test students. While
the teacher teaches, the index is asked in every situation what it would have chosen. The sentence that says it in words
stands in the page between ``<!-- by hand of … -->`` and ``<!-- end -->`` and stays.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from zpdgym.agents.learnt.teacher import Teacher
from zpdgym.agents.problem import Policy, Problem
from zpdgym.agents.registry import build_policy
from zpdgym.agents.rollouts import Rollout, teach
from zpdgym.envs import Scenario
from zpdgym.experiments.figures.lessons import Lessons
from zpdgym.experiments.report.results import Way, World, lessons_of, read_experiment
from zpdgym.experiments.report.taught.features import moved, situations
from zpdgym.experiments.report.taught.rules import Explained, Situations, explain, split
from zpdgym.experiments.report.taught.why import rule_in_words
from zpdgym.experiments.store.runs import TEACHER
from zpdgym.students.curriculum.curriculum import APPROACHES
from zpdgym.students.draws import spawn_seed

from benchmarks.pages.learners import CELLS, INDEXES, PAGE, kept, with_blocks
from benchmarks.pages.scenarios import table

STUDENTS = 1000
KNOWN = 0.9
"""A skill believed known to more than this counts as known where a teacher comes back to it."""


class Both:
    """A policy that teaches while another is asked what it would choose; ``others`` has an array (N,) a lesson."""

    privileged = False

    def __init__(self, teacher: Policy, other: Policy) -> None:
        self.teacher, self.other = teacher, other
        self.name, self.learnt, self.draws = teacher.name, teacher.learnt, 0
        self.needs = teacher.needs | other.needs
        self.passes_over = getattr(teacher, "passes_over", False)
        self.others: list[npt.NDArray[np.int64]] = []

    def bind(self, problem: Problem) -> None:
        self.teacher.bind(problem)
        self.other.bind(problem)

    def predict(
        self,
        observation: npt.NDArray[np.float32],
        state: Any = None,
        episode_start: npt.NDArray[np.bool_] | None = None,
        deterministic: bool = False,
        *,
        action_masks: npt.NDArray[np.bool_] | None = None,
        u: npt.NDArray[np.float64] | None = None,
    ) -> tuple[npt.NDArray[np.int64], Any]:
        own, theirs = state or (None, None)
        actions, own = self.teacher.predict(
            observation, own, episode_start, deterministic, action_masks=action_masks, u=u
        )
        choice, theirs = self.other.predict(
            observation, theirs, episode_start, deterministic, action_masks=action_masks, u=u
        )
        self.others.append(choice)
        return actions, (own, theirs)


class Decisions(NamedTuple):
    """What one of the two taught, and the rules that imitate it, with the words that these are made of."""

    lessons: Lessons
    rules: Explained
    vocabulary: Situations

    @classmethod
    def of(cls, world: World, rollout: Rollout) -> Decisions:
        """Read off the lessons of a rollout, rules from two thirds of the students, judged by the others."""
        longest = int(rollout.outcomes["lessons"].max())
        cut = {name: values[:, : longest + 1] for name, values in rollout.kept.items()}
        lessons = lessons_of(world, cut, rollout.outcomes["quit"])
        learn, test = split(lessons)
        made_from, _ = situations(lessons.of(learn))
        held_out, _ = situations(lessons.of(test))
        return cls(lessons, explain(made_from, held_out, (len(learn), len(test))), made_from)


def strongest(world: World) -> Way:
    """The index that is best on validation students.

    Raises:
        SystemExit: nobody searched for one.
    """
    there = [world.ways[name] for name in INDEXES if name in world.ways]
    if not there:
        raise SystemExit(f"{world.label}: none of {', '.join(INDEXES)} is there")
    return max(there, key=lambda way: way.row.validation)


def in_the_middle(world: World) -> Way:
    """The learnt policy that is best on validation students.

    Raises:
        SystemExit: nobody was trained.
    """
    if world.table.best_learner is None:
        raise SystemExit(f"{world.label}: no learnt policy is there")
    return world.ways[world.table.best_learner]


def asked_of(way: Way) -> Policy:
    """The policy of the typical run of a way, as its files have it."""
    run = way.runs[way.typical]
    return Teacher.load(run.path / TEACHER) if way.kind == "learnt" else build_policy(run.chosen(None))


def as_columns(lessons: Lessons, sessions: int) -> dict[str, float]:
    """How somebody teaches, in numbers that are shares or means over lessons or students."""
    taught, curriculum = lessons.taught, lessons.curriculum
    items, skills, count = lessons.items[taught], lessons.skills[taught], int(taught.sum())
    belief, tries = lessons.seen["belief"][taught], lessons.seen["tries"][taught]
    moves = moved(lessons)[taught]
    chosen = (belief * skills).sum(axis=1) / skills.sum(axis=1)
    back = moves & (skills & (tries > 0.5) & (belief > KNOWN)).any(axis=1)
    approach = np.bincount(curriculum.approach[items], minlength=len(APPROACHES)) / count
    return {
        **{f"share of lessons: {name}": share for name, share in zip(APPROACHES, approach, strict=True) if share},
        "minutes a lesson": float(curriculum.minutes[items].mean()),
        "belief in the skill that is taught, mean": float(chosen.mean()),
        f"share of lessons that come back to a skill believed known to more than {KNOWN:g}": float(back.mean()),
        "skills begun a session": float((lessons.skills.any(axis=1).sum(axis=1) / sessions).mean()),
        "lessons on a skill before moving on": count / int(moves.sum()),
    }


def agreeing(lessons: Lessons, others: npt.NDArray[np.int64]) -> dict[str, float]:
    """In the teacher's situations: how often the other chooses the same item, or an item of the same skill.

    Args:
        lessons: the teacher's.
        others: (lessons, N) what the other would have chosen, from the first lesson to the last that anybody had.
    """
    asked, q = len(others), lessons.curriculum.q  # nobody has a lesson after the last in which somebody was asked
    taught = lessons.taught[:, :asked]
    own, other = lessons.items[:, :asked][taught], others.T[taught]
    alike = np.asarray((q[own] & q[other]).any(axis=1))
    moves = moved(lessons)[:, :asked][taught]
    return {
        "the same item": float((own == other).mean()),
        "an item of the same skill": float(alike.mean()),
        "an item of the same skill, where the teacher moves on": float(alike[moves].mean()),
    }


def told(world: World, cohort_seed: int, students: int) -> str:
    """The tables of one scenario."""
    learnt, index = in_the_middle(world), strongest(world)
    scenario, sessions = Scenario.load(world.label), int(world.about["schedule"]["sessions"])
    columns, rules, same = list[dict[str, float]](), list[str](), dict[str, float]()
    asked = Both(asked_of(learnt), asked_of(index))
    for policy, way in ((asked, learnt), (asked_of(index), index)):
        rollout = teach(
            scenario, policy, n_students=students, cohort_seed=spawn_seed(cohort_seed, "test"), keep=students,
            metrics=False, chunk=students,
        )  # fmt: skip
        found = Decisions.of(world, rollout)
        columns.append(as_columns(found.lessons, sessions))
        rules.append(f"`{way.policy}`, in rules: {listing(found)}")
        same = same or agreeing(found.lessons, np.stack(asked.others))
    lines = [["", f"`{learnt.policy}`", f"`{index.policy}`"]]
    lines += [[name, *(f"{one.get(name, 0.0):.3f}" for one in columns)] for name in columns[0] | columns[1]]
    alike = [["in the teacher's situations the index would choose", "share of lessons"]]
    alike += [[name, f"{share:.3f}"] for name, share in same.items()]
    return "\n\n".join([table(lines), table(alike), *rules]) + "\n"


def listing(one: Decisions) -> str:
    """The list of rules, how often each decides and is right, and how good a picture it is."""
    agreement, staying = in_percent(one.rules.agreement), in_percent(one.rules.staying)
    said = f"right in {agreement} of the moves to another skill and in {staying} of the rest."
    return f"{said}\n\n{rule_table(one.rules, one.vocabulary)}"


def rule_table(found: Explained, vocabulary: Situations, *, least: float = 0.0) -> str:
    """The rules that decide at least this share of the lessons, and how often each is right."""
    rows = [["", "rule", "decides", "right where it moves", "right where it stays"]]
    for r, rule in enumerate(found.rules):
        if found.applies[r] >= least:
            shares = (found.applies[r], found.right[r], found.right_staying[r])
            words = rule_in_words(rule, vocabulary, first=r == 0)
            rows.append([f"{r + 1}", words, *(in_percent(float(share)) for share in shares)])
    return table(rows)


def in_percent(share: float) -> str:
    """A share in whole per cent; a dash where there is none."""
    return "–" if np.isnan(share) else f"{100 * share:.0f} %"


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--students", type=int, default=STUDENTS)
    parser.add_argument("--out", type=Path, default=PAGE, help="the page that `benchmarks.pages.learners` has written")
    options = parser.parse_args(arguments)
    experiment, worlds = read_experiment(options.folder)
    page = options.out.read_text(encoding="utf-8")
    blocks = kept(page)
    for world in worlds:
        if world.label in CELLS:
            blocks[f"decisions of {world.label}"] = told(world, int(experiment["cohort_seed"]), options.students)
    options.out.write_text(with_blocks(page, blocks), encoding="utf-8")


if __name__ == "__main__":
    main()
