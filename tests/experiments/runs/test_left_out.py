"""Rows for all kinds of students but one, and kinds that no row for several kinds has met."""

import io
from pathlib import Path

import pytest
from rich.console import Console
from zpdgym.errors import InputError
from zpdgym.experiments.comparison.robustness import robustness
from zpdgym.experiments.runs.plan import Plan
from zpdgym.experiments.runs.specification import Experiment
from zpdgym.experiments.store.runs import Run

from benchmarks.pages import robust

SCORER = {
    "_target_": "zpdgym.agents.ScorerPPO",
    "name": "scorer",
    "reward": "gain",
    "trainer": "fast",
    "evaluations": 1,
}
LEFT_OUT = {
    "name": "tiny",
    "scenario": "Tiny-v0",
    "students": ["slow", {"name": "afm", "student": {"choice": "afm", "start": -0.5}, "population": None}],
    "unseen": ["pfa"],
    "policies": [SCORER, "streak"],
    "seeds": 2,
    "leave_one_out": 1,
    "n_students": 60,
    "n_validation": 30,
    "tune_budget": 2,
    "lessons": 300,
}
COLUMNS = ["own", "slow", "afm"]


def planned(spec):
    return Plan.of(Experiment.of_matrix(spec), Path("nowhere"))


def prepared(spec):
    """What the trainings of a matrix depend on, by run."""
    return {run.name: run.fingerprint.prepared for run in planned(spec).runs if run.entry.name == "scorer"}


@pytest.fixture(scope="module")
def left_out(tmp_path_factory):
    console = Console(file=io.StringIO(), width=100)
    return robustness(LEFT_OUT, results=tmp_path_factory.mktemp("results"), jobs=1, console=console)


def students(found, policy, home):
    return Run(found.folder / policy / home / "seed0").csv("students.csv")


def test_who_is_made_for_all_kinds_but_one_has_met_neither_that_one_nor_the_unseen():
    runs = {(run.entry.name, run.home, run.seed): run for run in planned(LEFT_OUT).runs}
    met = {key: [world.label.rpartition("/")[2] for world in run.made_for] for key, run in runs.items()}
    assert met["scorer", "mixture", 0] == met["mastery_tuned", "mixture", 0] == ["Tiny-v0", "slow", "afm"]
    assert met["scorer", "without_slow", 0] == ["Tiny-v0", "afm"]
    assert met["scorer", "without_own", 0] == ["slow", "afm"]
    assert met["scorer", "pfa", 1] == met["mastery_tuned", "pfa", 0] == ["pfa"]
    left_out = [(name, seed) for name, home, seed in runs if home.startswith("without_")]
    assert left_out == [("scorer", 0)] * 3


def test_specialists_of_other_kinds_may_have_fewer_trainings():
    def seeds(policy="scorer", **change):
        runs = [run for run in planned({**LEFT_OUT, **change}).runs if run.entry.name == policy]
        return {home: [run.seed for run in runs if run.home == home] for home in (*COLUMNS, "pfa", "mixture")}

    assert seeds(specialists=1) == {"own": [0, 1], "slow": [0], "afm": [0], "pfa": [0], "mixture": [0, 1]}
    assert seeds(specialists=0) == {"own": [0, 1], "slow": [], "afm": [], "pfa": [], "mixture": [0, 1]}
    assert all(found == [0, 1] for found in seeds().values())
    assert all(found == [0] for found in seeds("mastery_tuned", specialists=0).values())


def test_what_a_teacher_never_met_does_not_count_for_its_training():
    """So that another unseen kind, or other numbers of the one left out, cost no training anew."""
    before, other_unseen = prepared(LEFT_OUT), prepared({**LEFT_OUT, "unseen": ["das3h"]})
    changed = {**LEFT_OUT, "students": ["slow", {"name": "afm", "student": {"choice": "afm", "start": 0.5}}]}
    numbers = prepared(changed)
    of_homes = {f"scorer/{home}/seed{seed}" for home in (*COLUMNS, "mixture") for seed in (0, 1)}
    of_others = {f"scorer/without_{home}/seed0" for home in COLUMNS}
    assert {name for name in before if other_unseen.get(name) == before[name]} == of_homes | of_others
    met_afm = {f"scorer/{home}/seed{seed}" for home in ("afm", "mixture") for seed in (0, 1)}
    met_afm |= {"scorer/without_own/seed0", "scorer/without_slow/seed0"}
    assert {name for name in before if numbers[name] != before[name]} == met_afm


def test_a_row_with_fewer_seeds_is_paired_with_the_same_seeds_of_others(left_out):
    rows = {row["row"]: row["seeds"] for row in left_out.table["rows"]}
    assert (rows["scorer@without_afm"], rows["scorer@mixture"], rows["scorer@pfa"]) == (1, 2, 2)
    assert left_out.table["columns"] == ["own", "slow", "afm", "pfa"]
    assert any(note.endswith("has met pfa before the test.") for note in left_out.table["notes"])


def test_the_page_sets_each_teacher_beside_baselines_that_were_tuned_on_students_whom_it_never_met(left_out):
    matrix = robust.Matrix(left_out.folder)
    assert matrix.met == ["own", "slow", "afm"]
    exam = {home: students(left_out, "scorer", home)["afm"].to_numpy() for home in ("afm", "mixture", "without_afm")}
    behind = robust.paired(matrix.row("scorer/without_afm", "afm"), matrix.row("mastery_tuned/afm", "afm"))
    mastery = students(left_out, "mastery_tuned", "afm")["afm"].to_numpy()
    assert behind.value == pytest.approx((exam["without_afm"] - mastery).mean())
    at_home = [line.split(" | ") for line in robust.unmet(matrix, tuned_on="own").splitlines()[2:]]
    home = students(left_out, "mastery_tuned", "own")["afm"].to_numpy()
    assert at_home[2][2].startswith(f"{(exam['without_afm'] - home).mean():+.3f} [")
    lines = [line.split(" | ") for line in robust.unmet(matrix).splitlines()[2:]]
    assert [line[1] for line in lines][-1] == "`scorer@mixture`"
    assert [line[1] for line in lines][:-1] == [f"`scorer@without_{kind}`" for kind in matrix.met]
    assert lines[2][3] == ("yes" if behind.interval()[0] > -0.02 else "no")
    assert "# One teacher for whoever comes?" in robust.page(matrix)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"unseen": ["slow"]}, "unseen: 'slow' stands in students, too"),
        ({"unseen": ["slwo"]}, "unknown kind 'robustness.unseen.slwo'"),
        ({"unseen": "pfa"}, "robustness.unseen='pfa' must list kinds of students"),
        ({"leave_one_out": 3}, "leave_one_out=3 must be a whole number in [0, 2]"),
        ({"leave_one_out": 3, "specialists": 2.5}, "specialists=2.5 must be a whole number in [0, 2]"),
        ({"students": [{"name": "without_a", "student": "afm"}]}, "the name 'without_a' must be"),
        ({"policies": ["ppo_robust"]}, "ppo_robust says itself with which students it is trained"),
    ],
)
def test_what_cannot_be_left_out_or_unseen_is_refused_in_one_line(change, says):
    with pytest.raises(InputError) as error:
        planned({**LEFT_OUT, **change})
    assert says in str(error.value)


def test_the_unexpected_kinds_can_be_named_together():
    assert list(planned({**LEFT_OUT, "students": ["unexpected", "afm"]}).kinds) == [
        "own",
        "slow",
        "careless",
        "afm",
        "pfa",
    ]


@pytest.mark.parametrize("policies", [["outer_fringe"], ["outer_fringe", "ppo"]])
def test_who_leaves_a_kind_out_needs_somebody_who_is_trained_without_it(policies):
    with pytest.raises(InputError, match=r"leave_one_out=1 asks for trainings .* none of the policies outer_fringe"):
        planned({**LEFT_OUT, "policies": policies})
    planned({**LEFT_OUT, "policies": policies, "leave_one_out": 0})
