"""Cells of a grid with known truth, students, trainings and lessons of normal luck; also as files of a comparison."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import numpy as np
from zpdgym.experiments.questions.cells import Cell
from zpdgym.experiments.store.fingerprint import Fingerprint
from zpdgym.experiments.store.runs import STUDENTS, TEACHER, Run, write_json

Truth = Callable[..., float]


def made(
    axes: Mapping[str, Iterable],
    truth: Truth,
    rng: np.random.Generator,
    *,
    seeds: int = 10,
    students: int = 200,
    seed_sd: float = 0.02,
    student_sd: float = 0.05,
    lesson_sd: float = 0.05,
    common: float = 0.0,
) -> list[Cell]:
    """``base`` (untrained) and ``own`` (trained), which is ``truth`` of the axes' values better.

    Every student has a part of the difference that is the same in all cells, and one that is not; cells of a
    ``cohort`` have people of their own. ``common`` is the share of the trainings' variance that seeds of one number
    have in common in all cells.
    """
    cells, people = [], {}
    shared = common**0.5 * seed_sd * rng.standard_normal((seeds, 1))
    alone = (1 - common) ** 0.5 * seed_sd
    for values in itertools.product(*axes.values()):
        here = dict(zip(axes, values, strict=True))
        who = here.get("cohort")
        if who not in people:
            people[who] = rng.standard_normal((2, 1, students))
        person, liking = people[who]
        base = 0.5 + 0.1 * person
        own = base + truth(*values) + shared + alone * rng.standard_normal((seeds, 1)) + student_sd * liking
        own = own + student_sd * rng.standard_normal((1, students)) + lesson_sd * rng.standard_normal((seeds, students))
        cells.append(Cell(here, {"base": base, "own": own}, {"best_untrained": "base"}, frozenset({"own"})))
    return cells


def written(
    folder: Path,
    cells: Mapping[str, Cell],
    *,
    axes: bool = False,
    seconds: Mapping[str, float] | None = None,
    verdicts: int = 5,
    **experiment: object,
) -> Path:
    """These cells as the results of a comparison, by label; ``looks_inside`` is a privileged copy of the baseline."""
    compared, table = {}, {}
    for label, cell in cells.items():
        policies = []
        for policy, outcome in {**cell.outcomes, "looks_inside": cell.outcomes["base"] + 0.1}.items():
            kind = "privileged" if policy == "looks_inside" else "learnt" if policy in cell.trained else "baseline"
            policies.append({"policy": policy, "kind": kind, "seeds": list(range(len(outcome)))})
            for seed, values in enumerate(outcome):
                run = Run(folder / label / policy / f"seed{seed}")
                run.write_csv(STUDENTS, {"student": range(len(values)), "exam": values})
                if policy in cell.trained:
                    run.write_json(f"{TEACHER}/teacher.json", {})
                run.finish(Fingerprint("0" * 64, {}, {}), kind=kind, seeds={}, seconds=seconds or {"test": 1.0})
        compared[label] = {
            "primary": "exam", "smallest_difference": 0.02, "n_students": 1, "n_validation": 1, "skills": 1,
            "horizon": 1, "minutes": 1.0, "unexpected": [], "notes": [], "policies": policies,
            **({"axes": dict(cell.axes)} if axes else {}),
        }  # fmt: skip
        table[label] = {
            "primary": "exam", "smallest_difference": 0.02, "students": 1, "validation_students": 1, "skills": 1,
            "horizon": 1, "minutes": 1.0, "tuned": "base", "best_untrained": "base", "best_learner": "own",
            "winner": None, "reference": None, "reference_kind": None, "verdicts": verdicts, "notes": [],
            "policies": [], "groups": [], "unexpected": [],
        }  # fmt: skip
    write_json(folder / "experiment.json", {"name": "made", "compared": compared, **experiment})
    write_json(folder / "table.json", {"experiment": "made", "seeds": 1, "warning": None, "scenarios": table})
    return folder
