"""A robust evaluation matrix: every row meets every kind of students, with the same luck and the same tutor."""

import io
import json
import os
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console
from zpdgym.agents.registry import build_policy, load_policy
from zpdgym.agents.rollouts import teach
from zpdgym.agents.tuning import prepare
from zpdgym.envs.scenario import Scenario
from zpdgym.errors import InputError
from zpdgym.experiments.comparison.matrix import Row, matrix_table
from zpdgym.experiments.comparison.matrix_picture import picture
from zpdgym.experiments.comparison.matrix_show import headlines, markdown, terminal
from zpdgym.experiments.comparison.robustness import load_matrix, robustness
from zpdgym.experiments.comparison.rows import MatrixTable
from zpdgym.experiments.runs.plan import Plan
from zpdgym.experiments.runs.specification import MATRIX_DEFAULTS, Experiment, full_matrix
from zpdgym.experiments.store.columns import from_plain, to_plain
from zpdgym.experiments.store.runs import RUN, Run
from zpdgym.scripts.cli import main
from zpdgym.students.draws import spawn_seed

SCORER = {
    "_target_": "zpdgym.agents.ScorerPPO",
    "name": "scorer",
    "reward": "gain",
    "trainer": "fast",
    "evaluations": 1,
}
TINY = {
    "name": "tiny",
    "scenario": "Tiny-v0",
    "students": ["slow", {"name": "afm", "student": {"choice": "afm", "start": -0.5}, "population": None}],
    "policies": [SCORER, "mastery_tuned", "interleaved"],
    "seeds": 2,
    "n_students": 60,
    "n_validation": 30,
    "tune_budget": 3,
    "lessons": 600,
}
UNTRAINED = {**TINY, "policies": ["streak", "interleaved"]}
COLUMNS = ["own", "slow", "afm"]


def planned(spec):
    return Plan.of(Experiment.of_matrix(spec), Path("nowhere"))


def filled(spec, results, **options):
    return robustness(spec, results=results, jobs=1, console=Console(file=io.StringIO(), width=100), **options)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    console = Console(file=io.StringIO(), width=80)
    found = robustness(TINY, results=tmp_path_factory.mktemp("results"), jobs=1, console=console)
    return found, console.file.getvalue()


def students(found, policy, home, seed=0):
    return Run(found.folder / policy / home / f"seed{seed}").csv("students.csv")


def test_who_is_made_for_students_has_a_row_for_each_kind_and_one_for_the_mixture(tiny):
    found, _ = tiny
    rows = {(r["policy"], r["home"]): r["seeds"] for r in found.table["rows"]}
    made = {(policy, home) for policy in ("scorer", "mastery_tuned") for home in (*COLUMNS, "mixture")}
    others = {(policy, "any") for policy in ("interleaved", "no_teaching", "random", "oracle_greedy")}
    assert set(rows) == made | others
    assert {r: n for r, n in rows.items() if n > 1} == {r: 2 for r in made if r[0] == "scorer"}
    assert found.made == 4 * 2 + 4 + 4
    assert found.table["columns"] == COLUMNS


def test_a_cell_is_what_teaching_these_students_gives(tiny):
    """Worked out without the matrix: the same policy, the same unseen students, the same belief."""
    found, _ = tiny
    world = Scenario.load("Tiny-v0")
    slow = world.unexpected()["slow"]
    assert slow.belief_parameters == world.belief_parameters
    options = {"n_students": 60, "cohort_seed": spawn_seed(0, "test"), "metrics": False}
    exam = {name: teach(slow, build_policy(name), **options).outcomes["exam"] for name in ("interleaved", "random")}
    cells = {(c["row"], c["students"]): c for c in found.table["cells"]}
    assert students(found, "interleaved", "any")["slow"].to_numpy() == pytest.approx(exam["interleaved"])
    assert cells["interleaved", "slow"]["outcome"] == pytest.approx(exam["interleaved"].mean())
    mastery = students(found, "mastery_tuned", "slow")["slow"].to_numpy()
    difference = exam["random"] - mastery
    cell = cells["random", "slow"]
    assert cell["vs_mastery"] == pytest.approx(difference.mean())
    assert (cell["vs_mastery_low"] + cell["vs_mastery_high"]) / 2 == pytest.approx(difference.mean())
    best = max(c["outcome"] for c in found.table["cells"] if c["students"] == "slow" and c["kind"] != "privileged")
    assert cell["regret"] == pytest.approx(best - cell["outcome"])
    learnt = [students(found, "scorer", "slow", seed)["afm"].mean() for seed in (0, 1)]
    assert cells["scorer@slow", "afm"]["outcome"] == pytest.approx(np.mean(learnt))


def test_the_tutor_and_its_belief_are_the_same_in_every_column():
    kinds = planned({**UNTRAINED, "scenario": "kt6kc", "students": ["bkt_forgetting"]}).kinds
    own, other = kinds["own"], kinds["bkt_forgetting"]
    assert other.belief_parameters == own.belief_parameters
    for section in ("curriculum", "schedule", "observe", "belief", "outcome"):
        assert other.sections[section] == own.sections[section]
    assert other.sections["student"] != own.sections["student"]
    assert other.sections["population"] is None


def test_rows_are_paired_students_have_the_same_luck(tiny):
    """So a difference is surer than the outcomes that it is taken of."""
    found, _ = tiny
    cells = {(c["row"], c["students"]): c for c in found.table["cells"]}
    paired = cells["mastery_tuned@mixture", "own"]
    alone = paired["outcome_high"] - paired["outcome_low"]
    assert paired["vs_mastery_high"] - paired["vs_mastery_low"] < alone
    assert "vs_mastery" not in cells["mastery_tuned@own", "own"]


def test_a_specialist_learns_from_its_own_students_and_the_mixture_from_all(tiny):
    found, _ = tiny
    cards = {
        home: json.loads((found.folder / "scorer" / home / "seed0/teacher/teacher.json").read_text())
        for home in (*COLUMNS, "mixture")
    }
    assert {home: len(card["trained_on"]) for home, card in cards.items()} == dict.fromkeys(COLUMNS, 1) | {"mixture": 3}
    assert [label.rpartition("/")[2] for label in cards["mixture"]["trained_on"]] == ["Tiny-v0", "slow", "afm"]


def test_tuning_over_a_mixture_takes_the_best_mean_over_all_students():
    columns = list(planned(UNTRAINED).kinds.values())
    spec = {**load_policy("streak"), "tune": {"space": {"n": [1, 2, 3]}}}
    options = {"cohort_seed": 0, "n_students": 40, "budget": 3}
    chosen, trials = prepare(spec, columns, **options)
    means = {t["n"]: t["outcome"] for t in trials if t["students"] == 40}
    validation = {"n_students": 40, "cohort_seed": spawn_seed(0, "validation"), "metrics": False}
    for n, mean in means.items():
        policy = build_policy({**load_policy("streak"), "n": n})
        alone = [teach(world, policy, **validation).outcomes["exam"].mean() for world in columns]
        assert mean == pytest.approx(np.mean(alone))
    assert chosen["n"] == max(means, key=means.get)


def test_a_policy_that_rehearses_has_no_mixture(tmp_path):
    found = filled({**UNTRAINED, "policies": ["classroom"], "students": ["slow"], "tune_budget": 1}, tmp_path)
    homes = [r["home"] for r in found.table["rows"] if r["policy"] == "classroom"]
    assert homes == ["own", "slow"]
    assert found.table["notes"] == ["classroom has no row for the mixture: it rehearses with one class"]
    assert [r["home"] for r in found.table["rows"] if r["policy"] == "mastery_tuned"] == ["any"]  # nothing was tuned


def row(name, seed, **means):
    rng = np.random.default_rng(seed)
    policy, _, home = name.partition("@")
    noise = rng.normal(0, 0.01, 400)
    return Row(policy, "baseline", home or "any", {c: (mean + noise)[None] for c, mean in means.items()})


ABOUT = {
    "name": "x",
    "scenario": "Tiny-v0",
    "primary": "exam",
    "smallest_difference": 0.02,
    "students": 400,
    "notes": (),
}


def rows_of(rows):
    return matrix_table({**ABOUT, "columns": tuple(rows[0].outcome)}, rows)


def table_of(rows):
    return to_plain(rows_of(rows))


def test_the_winner_is_best_where_it_is_worst_and_ties_have_none():
    base = [row("mastery_tuned", 0, a=0.4, b=0.4), row("no_teaching", 1, a=0.1, b=0.1)]
    clear = table_of([*base, row("safe", 2, a=0.5, b=0.5), row("bold", 3, a=0.9, b=0.3)])
    assert clear["best_worst_case"] == {"leader": "safe", "winner": "safe", "not_told_apart": []}
    assert clear["least_regret"]["winner"] == "safe" or clear["least_regret"]["leader"] in ("safe", "bold")
    summary = {r["row"]: r for r in clear["rows"]}
    assert (summary["bold"]["worst_students"], summary["bold"]["regret_students"]) == ("b", "b")
    assert summary["bold"]["largest_regret"] == pytest.approx(0.2, abs=0.01)
    tie = rows_of([*base, row("safe", 2, a=0.5, b=0.5), row("even", 4, a=0.505, b=0.505)])
    assert tie.best_worst_case.winner is None
    assert len(tie.best_worst_case.not_told_apart) == 1
    assert "no winner, not told apart from" in markdown(tie)


def test_weak_dominance_needs_better_somewhere_and_worse_nowhere():
    rows = [
        row("mastery_tuned", 0, a=0.4, b=0.4),
        row("no_teaching", 1, a=0.1, b=0.1),
        row("more", 2, a=0.5, b=0.401),
        row("mixed", 3, a=0.9, b=0.3),
    ]
    found = {r["row"]: set(r["dominated_by"]) for r in table_of(rows)["rows"]}
    assert found["mastery_tuned"] == {"more"}  # better with a, no practical difference with b
    assert found["no_teaching"] == {"mastery_tuned", "more", "mixed"}
    assert found["more"] == found["mixed"] == set()


def test_rows_that_were_trained_with_too_few_seeds_get_no_verdict(tiny):
    found, _ = tiny
    cells = {(c["row"], c["students"]): c for c in found.table["cells"]}
    assert not {"vs_mastery_verdict", "vs_mastery_p_corrected"} & set(cells["scorer@own", "own"])
    assert {"vs_mastery_verdict", "vs_mastery_p_corrected"} <= set(cells["interleaved", "own"])
    assert "few: trained with fewer than 3 seeds" in (found.folder / "matrix.md").read_text()
    base = [row("mastery_tuned", 0, a=0.4, b=0.4), row("no_teaching", 1, a=0.1, b=0.1)]
    best = row("few", 2, a=0.9, b=0.9)
    assert rows_of([*base, best]).best_worst_case.winner == "few"
    told = rows_of([*base, replace(best, enough_seeds=False)])
    assert (told.best_worst_case.leader, told.best_worst_case.winner) == ("few", None)
    assert told.best_worst_case.not_told_apart == ("mastery_tuned", "no_teaching")
    assert [r.dominated_by for r in told.rows if r.row == "mastery_tuned"] == [()]
    assert [r.dominated_by for r in told.rows if r.row == "no_teaching"] == [("mastery_tuned",)]


def test_twins_are_one_way_of_teaching():
    base = [row("mastery_tuned", 0, a=0.4, b=0.4), row("no_teaching", 1, a=0.1, b=0.1)]
    pair = [row("streak@own", 2, a=0.5, b=0.5), row("streak@mixture", 2, a=0.5, b=0.5)]
    table = rows_of([*base, *pair])
    assert {r.row: r.twin_of for r in table.rows if r.twin_of} == {"streak@mixture": "streak@own"}
    assert (table.best_worst_case.leader, table.best_worst_case.winner) == ("streak@own", "streak@own")
    assert table.best_worst_case.not_told_apart == ()
    assert "streak@own weakly dominates every other row" in markdown(table)
    assert "| streak@mixture = streak@own |" in markdown(table)
    drawn = ElementTree.fromstring(str(picture(table, headlines(table))))
    bold = [e.text for e in drawn.iter("{http://www.w3.org/2000/svg}text") if e.get("font-weight") == "bold"]
    assert len(bold) == 4  # two rows, two columns
    console = Console(file=io.StringIO(), width=100)
    for part in terminal(table, width=100):
        console.print(part)
    assert "taught exactly alike: streak@mixture = streak@own" in console.file.getvalue()


def test_a_privileged_row_is_shown_and_never_best(tiny):
    found, _ = tiny
    assert "oracle_greedy" not in {*found.table["best"].values(), *found.table["undominated"]}
    oracle = next(r for r in found.table["rows"] if r["row"] == "oracle_greedy")
    assert oracle["reference"]
    assert oracle["dominated_by"] == []


CLOSED = '''
from zpdgym.students.ability.logistic import AFM


class Closed(AFM):
    """An AFM student who does not tell what a lesson would bring."""

    @property
    def expected_gain(self):
        raise AttributeError("closed")
'''


def test_students_whom_the_oracle_cannot_see_into_have_an_empty_cell(tmp_path, monkeypatch):
    (tmp_path / "closed_students.py").write_text(CLOSED)
    monkeypatch.syspath_prepend(str(tmp_path))
    kind = {"name": "closed", "student": {"_target_": "closed_students.Closed"}, "population": None}
    found = filled({**UNTRAINED, "policies": ["interleaved"], "students": [kind], "tune_budget": 1}, tmp_path)
    assert any("oracle_greedy cannot teach closed" in note for note in found.table["notes"])
    cells = {(c["row"], c["students"]) for c in found.table["cells"]}
    assert ("oracle_greedy", "own") in cells
    assert ("oracle_greedy", "closed") not in cells
    line = next(line for line in (found.folder / "matrix.md").read_text().splitlines() if "| oracle" in line)
    assert line.endswith("| – |")


def test_finished_runs_are_kept_and_others_refused(tiny):
    found, _ = tiny
    again = filled(TINY, found.folder.parent)
    assert again.made == 0
    assert again.table == found.table
    with pytest.raises(InputError, match="cohort_seed: 0 -> 1"):
        filled({**TINY, "cohort_seed": 1}, found.folder.parent)


def test_an_interrupted_matrix_goes_on(tmp_path):
    """Killed in the middle: what is done stays, nothing half-done counts, and the end is the same, byte for byte."""
    spec = tmp_path / "mine.yaml"
    spec.write_text("# Mine.\n" + json.dumps({**UNTRAINED, "name": "mine"}))
    command = [sys.executable, "-m", "zpdgym.scripts.cli", "robustness", f"matrix={spec}", "jobs=1"]
    process = subprocess.Popen(
        [*command, f"results={tmp_path / 'cut'}"], stdout=subprocess.DEVNULL, start_new_session=True
    )
    folder, deadline = tmp_path / "cut" / "mine", time.monotonic() + 60
    while not list(folder.rglob("done")) and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    kept = len(list(folder.rglob("done")))
    whole = filled(load_matrix(str(spec)), tmp_path / "whole")
    cut = filled(load_matrix(str(spec)), tmp_path / "cut")
    assert kept > 0
    assert cut.made == whole.made - kept
    assert contents(cut.folder) == contents(whole.folder)


def contents(folder):
    files = [p for p in sorted(folder.rglob("*")) if p.is_file() and p.name not in (RUN, ".lock")]
    return {str(p.relative_to(folder)): p.read_bytes() for p in files}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"polices": ["streak"]}, "Did you mean"),
        ({"students": ["slwo"]}, "slwo"),
        ({"students": []}, "at least one kind"),
        ({"students": ["slow", "slow"]}, "there twice"),
        ({"students": [{"name": "own", "student": "afm"}]}, "none of own, mixture"),
        ({"students": [{"name": "a/b", "student": "afm"}]}, "names a folder"),
        ({"students": [{"name": "a", "students": "afm"}]}, "robustness.students."),
        ({"students": [{"student": "afm"}]}, "give each kind a name"),
        ({"students": [{"name": "a", "student": {"choice": "afm", "lern": 1}}]}, "lern"),
        ({"policies": ["streak", "streak"]}, "two policies are called 'streak'"),
        ({"policies": ["nobody"]}, "nobody"),
        ({"seeds": 0, "n_students": 3}, "n_students=3"),
        ({"tune_budget": 0}, "tune_budget=0"),
    ],
)
def test_mistakes_are_told_in_one_line_before_anything_is_written(change, said, tmp_path):
    with pytest.raises(InputError) as caught:
        filled({**UNTRAINED, **change}, tmp_path / "results")
    assert said in str(caught.value)
    assert not (tmp_path / "results").exists()


def test_the_command_line_says_mistakes_in_one_line(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for wrong in ("scenario=tiny students=slwo", "matrix=algebr", "n_students=2", "student=afm", "lesons=3"):
        assert main(["robustness", *wrong.split()]) == 2
        assert len(capsys.readouterr().err.strip().splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


def test_the_command_line_takes_a_scenario_and_its_students(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    line = (
        "robustness scenario=tiny students=slow,bkt policies=interleaved tune_budget=1 n_students=20 jobs=1 name=mine"
    )
    assert main(line.split()) == 0
    table = json.loads((tmp_path / "results/mine/matrix.json").read_text())
    assert table["columns"] == ["own", "slow", "bkt"]


def test_the_picture_shows_every_number_and_escapes_names(tiny):
    found, _ = tiny
    table = json.loads(json.dumps(found.table))
    drawn = ElementTree.fromstring(found.picture.read_text())
    words = ["".join(e.itertext()) for e in drawn.iter("{http://www.w3.org/2000/svg}text")]
    assert {f"{c['outcome']:.3f}" for c in table["cells"]} <= set(words)
    assert "scorer@mixture*" in words
    nasty = table | {"name": "<script>alert('x')</script> & co", "scenario": "a|b"}
    drawn = str(picture(from_plain(MatrixTable, nasty, where="matrix.json"), ["<script>"]))
    assert "<script>" not in drawn
    assert ElementTree.fromstring(drawn).find("{http://www.w3.org/2000/svg}title").text.startswith("<script>")


def test_the_files_hold_every_cell(tiny):
    import pandas as pd

    found, printed = tiny
    cells = pd.read_csv(found.folder / "matrix.csv")
    assert len(cells) == len(found.table["cells"]) == len(found.table["rows"]) * len(COLUMNS)
    text = (found.folder / "matrix.md").read_text()
    assert all(f"| {r['row']}" in text for r in found.table["rows"])
    assert json.loads((found.folder / "matrix.json").read_text())["columns"] == COLUMNS
    assert max(len(line.rstrip()) for line in printed.splitlines() if "results" not in line) <= 80
    assert "A quick look: 2 training seeds" in printed
    narrow = Console(file=io.StringIO(), width=46)
    for part in terminal(from_plain(MatrixTable, found.table, where="matrix.json"), width=46):
        narrow.print(part)
    assert "made for other students and the columns slow, afm" in " ".join(narrow.file.getvalue().split())


def test_the_bundled_matrix_can_be_planned():
    plan = planned(load_matrix("algebra"))
    assert len(plan.kinds) == 7
    assert not plan.line_ups["Algebra-v0"].notes
    assert len({run.folder for run in plan.runs}) == len(plan.runs) == 8 * 10 + 4 * 8 + 4
    spec = full_matrix(load_matrix("algebra"))
    assert full_matrix(spec) == spec
    assert set(MATRIX_DEFAULTS) == set(spec)
