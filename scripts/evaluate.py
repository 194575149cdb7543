"""``zpdgym evaluate``: how well one policy teaches."""

from __future__ import annotations

import os
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from zpdgym.scripts.command import keys
from zpdgym.scripts.command.verbs import Key, Verb

LONGEST_NAME = 240
"""Bytes of a file's name; while it is written it has a few more."""
SPREADSHEETS = (".xlsx", ".xls", ".ods", ".numbers")
"""Names of files that are none of ours: a spreadsheet program would not open what is written."""


def run(settings: Mapping[str, Any]) -> str:
    """Teach a cohort once, print what came of it, and write the students to a file where that is wanted."""
    from zpdgym.experiments.evaluate import evaluate
    from zpdgym.experiments.metrics import TOLD
    from zpdgym.scripts.command.console import progress_bar, summary_table
    from zpdgym.scripts.command.settings import load_scenario

    scenario = load_scenario(settings)
    save = None if settings["save"] is None else _file(settings["save"])
    budget = settings["n_students"] * scenario.schedule.horizon(scenario.curriculum.minutes)
    with progress_bar("teaching", total=budget) as show:
        found = evaluate(
            scenario,
            settings["policy"],
            n_students=settings["n_students"],
            cohort_seed=settings["cohort_seed"],
            seed=settings["seed"],
            progress=lambda _, lessons: show(lessons),
        )
    headline = summary_table(found, n_students=settings["n_students"])
    if scenario.told:
        print(TOLD)
    if save is not None:
        from zpdgym.experiments.store.sheets import as_csv, as_parquet
        from zpdgym.files import write_bytes, writing

        table = found.per_student
        with writing(save):
            write_bytes(save, as_parquet(table) if _is_parquet(save) else as_csv(table).encode())
        print(f"one row per student: {save}")
    return headline


def _file(save: str) -> Path:
    """Where the students go, looked at before anybody is taught.

    Raises:
        InputError: no file can be written there, or none of this kind.
    """
    from zpdgym.errors import InputError, not_installed, shown
    from zpdgym.files import is_folder

    path = Path(save)
    if not save.strip() or not save.isprintable() or len(path.name.encode()) > LONGEST_NAME:
        raise InputError(f"save={shown(save)} must be the name of a file")
    if not is_folder(path.parent):
        raise InputError(f"save={save}: there is no folder '{path.parent}'")
    if save.endswith(("/", os.sep)) or path.name in ("", "..") or (os.path.lexists(path) and not _is_regular(path)):
        raise InputError(f"save={save} must be a file: a folder, a link or a device lies there")
    if not os.access(path.parent, os.W_OK | os.X_OK) or (path.exists() and not os.access(path, os.W_OK)):
        raise InputError(f"save={save}: '{path.parent}' cannot be written to")
    if path.suffix.lower() in SPREADSHEETS:
        raise InputError(f"save={save}: what is written is CSV, or Parquet where the name ends in .parquet")
    if _is_parquet(path) and find_spec("pyarrow") is None:
        raise InputError(f"save={save}: {not_installed('pyarrow')}")
    return path


def _is_parquet(path: Path) -> bool:
    return path.suffix.lower() == ".parquet"


def _is_regular(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()


VERB = Verb(
    name="evaluate",
    summary="how well one policy teaches",
    text="Teaches n_students test students once with a policy and prints what came of it: the scenario's primary "
    "outcome with its 95 % interval, mastery, effort, waste, and who gave up. The students are those of compare with "
    "the same cohort_seed, so the numbers agree. A tuned policy is tuned on validation students first. Nothing is "
    "written unless save= names a file.",
    groups=(keys.SCENARIO, keys.POLICY, *keys.SECTIONS),
    keys=(
        keys.N_STUDENTS.but(default=1000, low=1, text="how many students are taught"),
        keys.COHORT_SEED,
        keys.SEED,
        Key(
            name="save",
            kind="text",
            text="write one row per student into this file: Parquet where its name ends in .parquet, else CSV",
            written=True,
        ),
    ),
    examples="""
  zpdgym evaluate scenario=kt6kc policy=mastery
      mastery learning on the six-skill chain
  zpdgym evaluate scenario=Algebra-v0 policy=saved policy.path=results/quickstart/Algebra-v0/ppo_scorer/seed0/teacher
      a trained teacher from disk
  zpdgym evaluate -m scenario=algebra policy=custom policy._target_=my_module.MyPolicy policy.limit=.8,.9
      a policy of your own in my_module.py, in the folder where you are, with two values of a parameter
  zpdgym evaluate -m scenario=algebra policy=mastery,streak 'save=students-${hydra:job.num}.csv'
      two policies, each with a file of its own: students-0.csv, students-1.csv
""",
    run=run,
    needs=("scenario", "policy"),
)

if __name__ == "__main__":
    from zpdgym.scripts.cli import start

    start("evaluate")
