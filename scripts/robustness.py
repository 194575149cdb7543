"""``zpdgym robustness``: every way of teaching before every kind of students."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from zpdgym.errors import InputError
from zpdgym.scripts.command import keys
from zpdgym.scripts.command.settings import resolved_matrix
from zpdgym.scripts.command.verbs import Group, Key, Verb

if TYPE_CHECKING:
    from zpdgym.experiments.where import Place

LEAVE_ONE_OUT = Key(
    name="leave_one_out", kind="whole number", low=0, high=1000,
    text="training seeds of learnt policies that are made for all kinds but one; 0: there are no such rows",
)  # fmt: skip
SPECIALISTS = Key(
    name="specialists", kind="whole number", low=0, high=1000,
    text="training seeds of learnt policies that are made for one kind alone, not the scenario's own",
)  # fmt: skip
OF_THE_MATRIX = (
    Key(name="name", kind="text", text="the matrix's folder below results", usual="the matrix's, else robustness"),
    Key(
        name="students",
        kind="list",
        text="kinds of students beside the scenario's own: its unexpected ones, or files of configs/student",
        usual="the matrix's, else the scenario's unexpected ones",
    ),
    Key(
        name="unseen",
        kind="list",
        text="more kinds, likewise, that rows for all kinds together are not made for",
        usual="the matrix's, else none",
    ),
    Key(name="policies", kind="list", text="names, paths or my_module.MyPolicy", usual="the matrix's"),
    *keys.of_a_file(
        "the matrix's",
        (keys.SEEDS, 10),
        (LEAVE_ONE_OUT, 0),
        (SPECIALISTS, "all of seeds"),
        (keys.N_STUDENTS, 1000),
        (keys.N_VALIDATION, 300),
        (keys.LESSONS, 300000),
        (keys.COHORT_SEED, 0),
        (keys.TUNE_BUDGET, 40),
    ),
)
"""What a file of configs/matrix holds; each can be set on the command line too."""


def run(settings: Mapping[str, Any]) -> str:
    """Fill the matrix that the settings describe; where its picture is.

    Raises:
        InputError: whatever is wrong with the matrix.
        RunsFailed: some runs failed; the matrix is that of the others.
    """
    from zpdgym.experiments.comparison.robustness import robustness

    found = robustness(
        specification(settings),
        results=_place(settings).results,
        jobs=settings["jobs"],
        rerun=settings["rerun"],
        cluster=settings["cluster"],
        where=_file(settings),
    )
    found.all_made()
    return f"picture: {found.picture}"


def specification(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The matrix: its file (Algebra's, where neither a file nor a scenario was named), with what is set instead.

    Raises:
        InputError: sections or numbers of no scenario are changed.
    """
    from zpdgym.experiments.comparison.robustness import load_matrix
    from zpdgym.experiments.where import read_beside
    from zpdgym.scripts.command.settings import scenario_entry

    scenario = settings["scenario"]
    spec = read_beside(settings["files"].get("matrix"), "matrix", settings["matrix"] or {})
    if scenario["name"] is not None:
        spec["scenario"] = scenario_entry(settings)
    elif scenario["replace"] or scenario["change"]:
        raise InputError("say with scenario= whose sections or numbers you change")
    elif settings["matrix"] is None:
        spec = load_matrix("algebra")
    if (folder := _place(settings).name) is not None:
        spec["name"] = folder
    return {**spec, **{key.name: settings[key.name] for key in OF_THE_MATRIX if settings[key.name] is not None}}


def _place(settings: Mapping[str, object]) -> Place:
    from zpdgym.experiments.where import place_asked

    return place_asked(settings, "matrix", "matrix")


def _file(settings: Mapping[str, Any]) -> str | None:
    """Where the matrix's own file is, and what the command line sets instead: a mistake may stand in either."""
    file = settings["files"].get("matrix")
    told = [key.name for key in OF_THE_MATRIX if settings[key.name] is not None]
    return f"{file}, with {', '.join(told)} from the command line" if file and told else file


VERB = Verb(
    name="robustness",
    summary="every way of teaching before every kind of students, also those that it was not made for",
    text="Fills a robust evaluation matrix (Doroudi, Aleven & Brunskill 2017). The tutor of one scenario, with its "
    "belief, meets several kinds of students. Policies that learn or are tuned have one row for each kind that they "
    "were made for and one for all kinds together; every row teaches unseen students of every kind. Says which row has "
    "the best worst case and which rows others dominate. Writes results/<name>/: one folder per run, matrix.csv, "
    "matrix.json, matrix.md and matrix.svg. Interrupted? The same command goes on where it stopped.",
    groups=(
        Group(name="matrix", text="a name, or the path of a matrix file; algebra, where no scenario is named"),
        keys.SCENARIO,
        *keys.SECTIONS,
        keys.CLUSTER,
    ),
    keys=(*OF_THE_MATRIX, keys.RESULTS_OR_THERE, keys.JOBS, keys.RERUN),
    examples="""
  zpdgym robustness
      the matrix of the algebra scenario: about an hour of computing
  zpdgym robustness scenario=kt6kc students=afm,bkt_forgetting policies=mastery_tuned,streak name=mine
      your own choice of students and policies
  zpdgym robustness seeds=2 n_students=100 lessons=20000 tune_budget=5 name=quick
      a quick look at the algebra matrix
""",
    run=run,
    resolve=lambda settings: resolved_matrix(specification(settings), where=_file(settings)),
)

if __name__ == "__main__":
    from zpdgym.scripts.cli import start

    start("robustness")
