"""The files of an experiment as the report needs them: worlds, ways of teaching in them, pupils and lessons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from zpdgym.errors import InputError
from zpdgym.files import read_json
from zpdgym.names import check_name

from ...students.curriculum.curriculum import Curriculum
from ..comparison.rows import Compared, ComparisonTable, PolicyRow, ScenarioTable
from ..figures.lessons import Floats, Lessons
from ..figures.words import PLAIN_NAMES, plain_name
from ..language.translate import tr
from ..runs.lineup import REFERENCES
from ..store.columns import from_plain
from ..store.runs import CURVES, LESSONS, STUDENTS, TUNING, Run, must_be_as_made, must_be_whole

EXPERIMENT, SCENARIO, TABLE = "experiment.json", "scenario.json", "table.json"
AGAIN = "repeat zpdgym compare, which writes it again"
OLD_NAMES = '_holm":', '_corrected":'
"""Corrected numbers had other names in tables of version 0.1, which corrected in another way."""
SHARES = ("time_left", "session_left", "lesson")
"""Columns that stay shares of the whole: rules speak of quarters of the time."""


@dataclass(frozen=True)
class Unit:
    """What an outcome, a share of a whole, is counted in.

    Attributes:
        column: the outcome.
        scale: how many there are in all, such as 30 questions.
        words: such as "exam questions right".
    """

    column: str
    scale: float
    words: str

    def whole(self) -> str:
        """How many there are in all, in words."""
        return tr("of {whole}", whole=f"{self.scale:.0f}")


@dataclass(frozen=True, eq=False)
class Way:
    """One way of teaching in one world: its row of the table, and all its runs, one per training.

    Attributes:
        row: its row of ``table.json``.
        runs: in order of seeds.
        primary: the column of the outcome that decides.
    """

    row: PolicyRow
    runs: tuple[Run, ...]
    primary: str

    @property
    def policy(self) -> str:
        """Its name in the files."""
        return self.row.policy

    @property
    def kind(self) -> str:
        """One of "baseline", "learnt" and "privileged" (it looks inside the simulated pupils)."""
        return self.row.kind

    @property
    def name(self) -> str:
        """What the report calls it."""
        return plain_name(self.policy)

    @property
    def called(self) -> str:
        """The name as it stands in a sentence."""
        if PLAIN_NAMES.get(self.policy, "").startswith("learnt teacher"):
            return tr("the {learnt_teacher}", learnt_teacher=self.name)
        return tr("“{name}”", name=self.name)

    @cached_property
    def typical(self) -> int:
        """Index of the run whose mean outcome is in the middle (the lower one of two)."""
        means = [float(np.mean(run.csv(STUDENTS)[self.primary].to_numpy())) for run in self.runs]
        return int(np.argsort(means, kind="stable")[(len(means) - 1) // 2])

    @property
    def of_which(self) -> str:
        """Of which training the lessons are that were kept, after a comma; nothing where there is only one run."""
        return tr(", of the training in the middle") if len(self.runs) > 1 else ""

    @cached_property
    def pupils(self) -> dict[str, npt.NDArray[Any]]:
        """Column name -> (N,) what each test pupil of the typical run ended with."""
        return self.runs[self.typical].columns(STUDENTS)

    @cached_property
    def mastery_by_lesson(self) -> Floats:
        """(S, T+1) mean share of the skills really known, per run."""
        return np.stack([run.arrays(CURVES)["mastery_by_lesson"] for run in self.runs]).astype(np.float64)

    @property
    def lessons_kept(self) -> bool:
        """Whether lessons were kept, for pictures and rules."""
        return self.runs[self.typical].has(LESSONS)

    @property
    def own(self) -> bool:
        """Whether it is a user's own class that is not trained: of ours only mastery learning keeps lessons then."""
        return self.lessons_kept and self.kind == "baseline" and self.policy not in ("mastery", "mastery_tuned")

    @property
    def asked(self) -> bool:
        """Whether somebody asked for it: it is none of the reference lines, which every experiment has."""
        return self.kind != "privileged" and self.policy not in REFERENCES

    @property
    def settings(self) -> Mapping[str, Any]:
        """The settings that tuning found best; none where nothing was tuned."""
        run = self.runs[self.typical]
        return run.json(TUNING)["spec"] if run.has(TUNING) else {}


@dataclass(frozen=True, eq=False)
class World:
    """One scenario of the experiment: what was simulated, and every way of teaching that was tried.

    Attributes:
        label: the scenario's label.
        about: its ``scenario.json``.
        table: its part of ``table.json``.
        curriculum: what there is to learn.
        ways: policy name -> way of teaching, best first.
        about_whom: the policy that is looked at in the teacher's place; empty: as ``teacher`` says.
    """

    label: str
    about: Mapping[str, Any]
    table: ScenarioTable
    curriculum: Curriculum
    ways: Mapping[str, Way]
    about_whom: str = ""

    @property
    def set_beside(self) -> bool:
        """Whether tuned mastery learning is there, which everything is compared with, and somebody beside it.

        Either may be missing where runs failed.
        """
        others = [w for name, w in self.ways.items() if name != self.table.tuned and w.kind != "privileged"]
        return self.table.tuned in self.ways and not all(map(self.on_fewer, others))

    @property
    def mastery(self) -> Way:
        """Tuned mastery learning, with which everything is compared."""
        return self.ways[self.table.tuned]

    @cached_property
    def teacher(self) -> Way:
        """The teacher that the report is about: the best learnt one, chosen on validation pupils.

        Without a learnt one, your own, or else one that was asked for, the best of several on validation pupils; where
        there are reference lines alone, textbook mastery learning.
        """
        best = self.about_whom or self.table.best_learner
        if best is not None:
            return self.ways[best]
        all_taught = [w for w in self.ways.values() if not self.on_fewer(w)]
        others = [w for w in all_taught if w.kind != "privileged" and w is not self.mastery]
        return max(others, key=lambda w: (w.own, w.asked, w.lessons_kept, w.row.validation))

    @property
    def explained(self) -> World:
        """The same about a way of teaching whose lessons were kept: of most that need no training they are not."""
        kept = "mastery"
        if self.teacher.lessons_kept or kept not in self.ways or not self.ways[kept].lessons_kept:
            return self
        return replace(self, about_whom=kept)

    def on_fewer(self, way: Way) -> bool:
        """Whether a way of teaching is so slow that it taught only the first few of the pupils."""
        return way.row.students < self.table.students

    @property
    def unit(self) -> Unit:
        """What the outcome that decides is counted in."""
        questions, skills = float(self.curriculum.exam_marks.sum()), float(self.curriculum.n_skills)
        marks = questions > self.curriculum.exam.sum()
        column = self.table.primary
        words = {
            "exam": (questions, tr("marks of the exam right") if marks else tr("exam questions right")),
            "post": (
                questions,
                tr("marks of the exam right at once") if marks else tr("exam questions right at once"),
            ),
            "gain": (questions, tr("marks of the exam gained") if marks else tr("exam questions gained")),
            "mastery_exam": (skills, tr("skills’ worth of knowledge")),
            "log_score": (1.0, tr("nats of log score")),
        }
        return Unit(column, *words[column])

    @cached_property
    def longest(self) -> int:
        """T, the most lessons that anybody was given; the budget may hold many more of the shortest lessons."""
        return int(max(w.pupils["lessons"].max() for w in self.ways.values()))

    @cached_property
    def usual_end(self) -> int:
        """The lesson by which nine in ten pupils have had their last one, under every way of teaching."""
        return max(1, *(int(np.quantile(w.pupils["lessons"], 0.9, method="higher")) for w in self.ways.values()))

    @property
    def title(self) -> str:
        """What the page calls the world: a curriculum of one's own goes by its own name."""
        own = "curriculum" in self.about.get("replaced", ())
        return tr("Your curriculum: {name}", name=self.curriculum.name) if own else self.label


def read_lessons(world: World, way: Way, *, students: Sequence[int] | None = None) -> Lessons:
    """The kept lessons of a typical run, observations by the names of their columns in natural units.

    Args:
        world: the scenario.
        way: who taught.
        students: only these, in this order; None: all whose lessons were kept.
    """
    kept = way.runs[way.typical].arrays(LESSONS)
    rows = np.arange(len(kept["items"])) if students is None else np.asarray(students, np.int64)
    # One more than the longest: before it a teacher may have ended the teaching.
    kept = {name: values[rows, : world.longest + 1] for name, values in kept.items()}
    return lessons_of(world, kept, way.pupils["quit"][rows])


def lessons_of(world: World, kept: Mapping[str, npt.NDArray[np.generic]], gave_up: npt.NDArray[np.generic]) -> Lessons:
    """Lessons that were kept while students were taught, observations by the names of their columns.

    Args:
        world: where they were taught.
        kept: what ``teach`` keeps, and ``mastery_choice`` where that was asked for too.
        gave_up: (n,) True for students who quit.
    """
    seen: dict[str, Floats] = {}
    for j, column in enumerate(world.about["columns"]):
        scale = 1.0 if column["name"] in SHARES else float(column["scale"])
        seen[column["name"]] = kept["obs"][..., j].astype(np.float64) * scale
    if world.about["rows"] == "items":
        seen = _by_skill(world.curriculum, seen)
    items = kept["items"].astype(np.int64)
    choice = kept.get("mastery_choice")
    return Lessons(
        curriculum=world.curriculum,
        items=items,
        correct=kept["correct"].astype(np.int8),
        day=kept["day"].astype(np.float64),
        seen=seen,
        mastery=kept["mastery"].astype(np.float64),
        mastery_choice=choice.astype(np.int64) if choice is not None else None,
        ended=_ended(world, items, seen, gave_up.astype(bool)),
        right_steps=kept["right_steps"].astype(np.uint8) if "right_steps" in kept else None,
    )


def _ended(
    world: World, items: npt.NDArray[np.int64], seen: dict[str, Floats], gave_up: npt.NDArray[np.bool_]
) -> npt.NDArray[np.bool_]:
    """(n, T) where a teacher that may end the teaching did so: time was left and the pupil had not given up."""
    ended = np.zeros(items.shape, bool)
    if world.about["finish"] is None or "time_left" not in seen:
        return ended
    length = (items >= 0).sum(axis=1)
    rows = np.flatnonzero((length < items.shape[1]) & ~gave_up)
    ended[rows, length[rows]] = seen["time_left"][rows, length[rows], 0] > 1e-3
    return ended


def _by_skill(curriculum: Curriculum, seen: dict[str, Floats]) -> dict[str, Floats]:
    """What the teacher saw of items, told of skills: a skill is looked at through the items that exercise it alone."""
    single = curriculum.q.sum(axis=1) == 1
    groups = []
    for k in range(curriculum.n_skills):
        own = np.flatnonzero(curriculum.q[:, k])
        groups.append(own[single[own]] if single[own].any() else own)
    merge = {"tries": np.sum, "successes": np.sum, "was_last": np.max, "streak": np.max, "days_since": np.min}
    return {
        name: np.stack([merge.get(name, np.mean)(values[..., own], axis=-1) for own in groups], axis=-1)
        for name, values in seen.items()
    }


def read_experiment(folder: Path) -> tuple[dict[str, Any], list[World]]:
    """The experiment's own file and its worlds.

    Raises:
        InputError: the folder is not that of a finished experiment, or a file in it is not what was written.
    """
    for name in (EXPERIMENT, TABLE):
        if not (folder / name).is_file():
            why = "give the folder of an experiment, such as results/quickstart, after zpdgym compare has finished it"
            raise InputError(f"{folder} has no {name}: {why}")
    experiment, where = read_keys(folder / EXPERIMENT), str(folder / EXPERIMENT)
    table = from_plain(ComparisonTable, read_keys(folder / TABLE, renamed=OLD_NAMES), where=str(folder / TABLE))
    must_be_as_made(folder)
    every = experiment.get("compared")
    if not isinstance(every, dict):
        raise InputError(f"{where} names nothing that was compared: {AGAIN}")
    worlds = list[World]()
    for label, part in table.scenarios.items():
        for name in (label, *(row.policy for row in part.policies)):
            check_name(name, f"{folder / TABLE}: name")
        if label not in every:
            raise InputError(f"{where} does not know {label}, which {TABLE} has: {AGAIN}")
        about, compared = read_keys(folder / label / SCENARIO), from_plain(Compared, every[label], where=where)
        _must_tell(about, folder / label / SCENARIO)
        seeds = {of.policy: of.seeds for of in compared.policies}
        ways = dict[str, Way]()
        for row in part.policies:
            if not seeds.get(row.policy):
                raise InputError(f"{where} does not know {row.policy}, which {TABLE} has in {label}: {AGAIN}")
            runs = tuple(Run(folder / label / row.policy / f"seed{seed}") for seed in seeds[row.policy])
            ways[row.policy] = Way(row, runs, part.primary)
        if part.best_untrained not in ways:
            raise InputError(f"{folder / TABLE} has no row {part.best_untrained} in {label}: {AGAIN}")
        worlds.append(World(label, about, part, Curriculum.from_dict(about["curriculum"]), ways))
    must_be_whole(run for world in worlds for way in world.ways.values() for run in way.runs)
    return experiment, worlds


def _must_tell(about: Mapping[str, object], path: Path) -> None:
    """Refuse the file of a scenario that lacks what the page needs of it."""
    kinds: dict[str, tuple[type, ...]] = {
        "curriculum": (dict,),
        "rows": (str,),
        "finish": (int, type(None)),
        "columns": (list,),
        "schedule": (dict,),
    }
    wrong = [name for name, kind in kinds.items() if name not in about or not isinstance(about[name], kind)]
    schedule, columns = about.get("schedule"), about.get("columns")
    if not wrong and isinstance(schedule, dict) and isinstance(columns, list):
        numbers = ("sessions", "session_lessons", "session_minutes", "retention_days", "by_minutes")
        wrong += [f"schedule.{name}" for name in numbers if not _number(schedule.get(name))]
        days = schedule.get("session_days")
        wrong += [] if isinstance(days, list) and days and all(map(_number, days)) else ["schedule.session_days"]
        named = all(isinstance(c, dict) and "name" in c and _number(c.get("scale")) for c in columns)
        wrong += [] if named else ["columns"]
    if wrong:
        raise InputError(f"{path}: {wrong[0]} is missing or changed: {AGAIN}")


def _number(value: object) -> bool:
    return isinstance(value, int | float)


def read_keys(path: Path, *, renamed: tuple[str, str] = ("", "")) -> dict[str, Any]:
    """The keys of a JSON file.

    Raises:
        InputError: there are none, or it is not readable.
    """
    found = read_json(path, way_out=AGAIN, renamed=renamed)
    if not isinstance(found, dict):
        raise InputError(f"{path} holds no keys: {AGAIN}")
    return found
