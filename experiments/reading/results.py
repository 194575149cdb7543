"""A comparison's results as long data frames: one row a run, a student, a lesson, or a policy of the table."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from zpdgym.errors import DoubtfulInput, InputError, shown, unknown

from ...students.curriculum.curriculum import Curriculum
from ...students.curriculum.steps import steps_in_words
from ..comparison.rows import Level
from ..runs.grid import DRAW
from ..runs.outcomes import StudentRow
from ..store.columns import as_frame, names
from ..store.runs import CURVES, LESSONS, STUDENTS, TRAIN, VALIDATION
from . import answers
from .folder import FinishedRun, Folder, Told

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Results"]

_ONE = {"columns": "column", "policies": "policy", "scenarios": "scenario"}
Names = str | Sequence[str] | None


def load(results: str | Path) -> Results:
    """The results of a comparison as data frames, from the files of its finished runs.

    Args:
        results: the comparison's folder, such as "results/quickstart".

    Raises:
        InputError: the folder holds no comparison, or runs in it are damaged; the first is named.
    """
    folder = Folder.read(results)
    if folder.unfinished:
        count = len(folder.unfinished)
        warnings.warn(
            f"{folder.path}: {count} run{'s' * (count > 1)} not finished and left out, such as {folder.unfinished[0]}; "
            "repeat zpdgym compare",
            DoubtfulInput,
            stacklevel=2,
        )
    return Results(folder)


class Results:
    """A comparison's results. Every method gives a long pandas DataFrame, and reads its files when it is called.

    The first columns of every frame are ``scenario`` (of a grid: the cell), one column for each axis of the grid (NaN
    where it does not concern the policy), ``policy``, ``kind`` and ``seed``.

    Attributes:
        folder: where the results are.
        experiment: what was asked for: the specification.
        axes: name of an axis -> all its values, in order; empty without a grid.
        unfinished: folders of runs that are not finished, and in no frame.
    """

    def __init__(self, folder: Folder) -> None:
        self._folder = folder
        self.folder = folder.path
        self.experiment = {key: value for key, value in folder.experiment.items() if key != "compared"}
        self.axes: Mapping[str, tuple[Level, ...]] = folder.axes
        self.unfinished = folder.unfinished

    def __repr__(self) -> str:
        axes = "".join(f", {name}: {len(values)}" for name, values in self.axes.items())
        return f"Results('{self.folder}', {len(self._folder.runs)} runs{axes})"

    def runs(self, *, policies: Names = None, scenarios: Names = None) -> pd.DataFrame:
        """One row a run: what it reached, how long it took, where it lies.

        ``outcome`` is the mean of the scenario's primary outcome over the test students, ``validation`` that over the
        validation students, ``seconds_…`` how long each stage took. Where the students' parameters were drawn, what was
        drawn stands beside the number of the draw: ``student.forget``.

        Args:
            policies: only these; a variant by its own name or by that of its policy. None: all.
            scenarios: only these scenarios or cells. None: all.

        Raises:
            InputError: an unknown name, with the nearest one.
        """
        import pandas as pd

        runs = self._chosen(policies, scenarios)
        stages = dict.fromkeys(stage for of in runs for stage in of.origin["seconds"])
        drawn = [answers.drawn_values(self._folder).get(of.axes.get(DRAW, ""), {}) for of in runs]
        keys = dict.fromkeys(key for values in drawn for key in values)
        rows = pd.DataFrame(
            {
                **{key: [values.get(key, np.nan) for values in drawn] for key in keys},
                "outcome": [float(np.mean(of.run.columns(STUDENTS)[of.primary])) for of in runs],
                "validation": [float(of.run.json(VALIDATION)["mean"]) for of in runs],
                **{f"seconds_{s}": [float(of.origin["seconds"].get(s, np.nan)) for of in runs] for s in stages},
                "fingerprint": [str(of.origin["fingerprint"]) for of in runs],
                "folder": [str(of.run.path) for of in runs],
            }
        )
        return self._with_keys(runs, [1] * len(runs), rows)

    def students(self, *, columns: Names = None, policies: Names = None, scenarios: Names = None) -> pd.DataFrame:
        """One row a test student of every run, with what ``students.csv`` says of it.

        Args:
            columns: only these columns of ``students.csv``, beside ``student`` and ``group``; None: all.
            policies: as for ``runs``.
            scenarios: as for ``runs``.

        Raises:
            InputError: an unknown name, with the nearest one.
        """
        wanted = _listed(columns, "columns", names(StudentRow))
        keep = None if wanted is None else list(dict.fromkeys(["student", "group", *wanted]))

        def read(of: FinishedRun) -> pd.DataFrame:
            frame = of.run.csv(STUDENTS)
            return frame if keep is None else frame.reindex(columns=[name for name in keep if name in frame])

        frame = self._stacked(self._chosen(policies, scenarios), read)
        return frame.astype({"group": "category"}) if "group" in frame else frame

    def curves(self, *, policies: Names = None, scenarios: Names = None) -> pd.DataFrame:
        """How much is mastered after every lesson: ``lesson`` (0 is before the first), ``mastery`` of all skills."""
        import pandas as pd

        def read(of: FinishedRun) -> pd.DataFrame:
            mastery = of.run.arrays(CURVES)["mastery_by_lesson"].astype(np.float64)
            return pd.DataFrame({"lesson": np.arange(len(mastery)), "mastery": mastery})

        return self._stacked(self._chosen(policies, scenarios), read)

    def training(self, *, policies: Names = None, scenarios: Names = None) -> pd.DataFrame:
        """The learning curves of what was trained: ``lessons`` so far, ``reward``, ``validation``."""
        runs = [of for of in self._chosen(policies, scenarios) if of.run.has(TRAIN)]
        return self._stacked(runs, lambda of: of.run.csv(TRAIN))

    def lessons(self, *, seen: bool = False, policies: Names = None, scenarios: Names = None) -> pd.DataFrame:
        """One row a lesson, of the runs and the first so many students whose lessons were kept.

        ``item`` is what was taught (``item_name``), ``correct`` 1, 0 or NaN where no answer was asked for, ``day`` the
        day of the lesson, ``mastery`` the true share of all skills before it and ``mastery_after`` after it;
        ``mastery_choice`` the item that tuned mastery learning would have taught in the place of a learnt teacher.

        Args:
            seen: also what the tutor saw before the lesson, ``COLUMN:ROW``, and the true mastery of every skill,
                ``mastery:SKILL``. Many columns.
            policies: as for ``runs``.
            scenarios: as for ``runs``.
        """
        runs = [of for of in self._chosen(policies, scenarios) if of.run.has(LESSONS)]
        about = {label: self._folder.about(label) for label in dict.fromkeys(of.scenario for of in runs)}
        frame = self._stacked(runs, lambda of: _lessons(of, about[of.scenario], seen=seen))
        return frame.astype({"item_name": "category"}) if "item_name" in frame else frame

    def table(self) -> pd.DataFrame:
        """The rows of ``table.csv``: every policy in every scenario, with intervals and verdicts.

        Raises:
            InputError: the comparison is not finished.
        """
        table = self._folder.table
        return as_frame([row for scenario in table.scenarios.values() for row in scenario.policies])

    def contrasts(self) -> pd.DataFrame:
        """The rows of ``contrasts.csv``: every number of every contrast, with its interval and verdict.

        Raises:
            InputError: no contrast was asked for.
        """
        return as_frame(answers.contrast_rows(self._folder))

    def sensitivity(self) -> pd.DataFrame:
        """The difference at every value of an axis along which a crossing was sought.

        Raises:
            InputError: none was sought.
        """
        return _frame(answers.sensitivity_rows(self._folder))

    def crossings(self) -> pd.DataFrame:
        """Where the lead changes along an axis; a question without such a place has one row, which says so.

        Raises:
            InputError: none was sought.
        """
        return _frame(answers.crossing_rows(self._folder))

    def worlds(self) -> pd.DataFrame:
        """The differences of the contrasts in each cohort, or in each draw, with what was drawn.

        Raises:
            InputError: no contrast was asked for over cohorts or draws.
        """
        return _frame(answers.world_rows(self._folder))

    def over_worlds(self) -> pd.DataFrame:
        """What all cohorts or draws together say of each contrast: the mean, its interval, and how much they differ.

        Raises:
            InputError: as ``worlds``.
        """
        return _frame(answers.together_rows(self._folder))

    def _chosen(self, policies: Names, scenarios: Names) -> list[FinishedRun]:
        runs = self._folder.runs
        every = [name for of in runs for name in (of.policy, of.base)]
        who = _listed(policies, "policies", every)
        where = _listed(scenarios, "scenarios", [of.scenario for of in runs])
        return [
            of
            for of in runs
            if (who is None or of.policy in who or of.base in who) and (where is None or of.scenario in where)
        ]

    def _stacked(self, runs: Sequence[FinishedRun], read: Callable[[FinishedRun], pd.DataFrame]) -> pd.DataFrame:
        import pandas as pd

        frames = [read(of) for of in runs]
        rows = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()
        return self._with_keys(runs, [len(frame) for frame in frames], rows)

    def _with_keys(self, runs: Sequence[FinishedRun], lengths: Sequence[int], rows: pd.DataFrame) -> pd.DataFrame:
        """The rows with what they are of before them; what repeats is categorical, and costs a byte or two a row."""
        import pandas as pd

        which = np.repeat(np.arange(len(runs)), lengths)

        def repeated(values: Iterable[object]) -> pd.Categorical:
            given = list(values)
            known = list(dict.fromkeys(given))
            codes = np.array([known.index(value) for value in given], np.intp)
            return pd.Categorical.from_codes(codes[which], categories=known)

        columns: dict[str, object] = {"scenario": repeated(of.scenario for of in runs)}
        for name in self.axes:
            levels = pd.Series([of.axes.get(name, np.nan) for of in runs], dtype=None if runs else float)
            columns[name] = levels.infer_objects().to_numpy()[which]
        columns["policy"] = repeated(of.policy for of in runs)
        columns["kind"] = repeated(of.kind for of in runs)
        columns["seed"] = np.array([of.seed for of in runs], np.int64)[which]
        return pd.concat([pd.DataFrame(columns), rows], axis=1)


def _frame(rows: Sequence[Mapping[str, object]]) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(list(rows), columns=list(dict.fromkeys(key for row in rows for key in row)))


def _listed(given: object, key: str, known: Iterable[str]) -> list[str] | None:
    """Some names that were asked for.

    Raises:
        InputError: one is unknown, with the nearest; or it is no list of names.
    """
    if given is None:
        return None
    wanted = [given] if isinstance(given, str) else given
    if not isinstance(wanted, list | tuple) or not wanted or not all(isinstance(name, str) for name in wanted):
        raise InputError(f"{key}={shown(given)} must be a name or a list of names")
    choices = set(known)
    for name in wanted:
        if name not in choices:
            raise unknown(_ONE[key], name, choices)
    return list(wanted)


def _lessons(of: FinishedRun, about: Told, *, seen: bool) -> pd.DataFrame:
    import pandas as pd

    kept = of.run.arrays(LESSONS)
    items = kept["items"].astype(np.int64)
    student, lesson = np.nonzero(items >= 0)
    mastery = kept["mastery"].astype(np.float64)
    item, answer = items[student, lesson], kept["correct"][student, lesson]
    rows: dict[str, object] = {
        "student": student,
        "lesson": lesson,
        "item": item,
        "item_name": np.array(about["action_names"], dtype=object)[item],
        "correct": np.where(answer < 0, np.nan, answer.astype(np.float64)),
        "day": kept["day"].astype(np.float64)[student, lesson],
        "mastery": mastery.mean(axis=2)[student, lesson],
        "mastery_after": mastery.mean(axis=2)[student, lesson + 1],
    }
    if "right_steps" in kept:
        c = Curriculum.from_dict(about["curriculum"])
        rows["steps"] = steps_in_words(c, item, answer, kept["right_steps"][student, lesson])
    if "mastery_choice" in kept:
        rows["mastery_choice"] = kept["mastery_choice"].astype(np.int64)[student, lesson]
    if seen:
        skills, told = Curriculum.from_dict(about["curriculum"]).skills, kept["obs"]
        rows |= {f"mastery:{name}": mastery[student, lesson, k] for k, name in enumerate(skills)}
        places = skills if about["rows"] == "skills" else about["action_names"][: told.shape[2]]
        for j, column in enumerate(about["columns"]):
            for row, place in enumerate(places):
                rows[f"{column['name']}:{place}"] = told[student, lesson, row, j].astype(np.float32)
    return pd.DataFrame(rows)
