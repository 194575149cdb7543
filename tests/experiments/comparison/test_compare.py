"""A comparison is checked before it writes, complete when it ends, resumable when it is killed, and exact."""

import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console
from zpdgym.agents.registry import load_policy
from zpdgym.envs.beliefs import fitting as beliefs
from zpdgym.envs.beliefs import refit as beliefs_refit
from zpdgym.errors import Failure, InputError
from zpdgym.experiments import statistics
from zpdgym.experiments.comparison import plan, show, table
from zpdgym.experiments.comparison.compare import compare, load_experiment
from zpdgym.experiments.evaluate import evaluate, train
from zpdgym.experiments.metrics import MEANING, Limits, summary
from zpdgym.experiments.store import workers
from zpdgym.experiments.store.runs import RUN, Run

TINY = {
    "name": "tiny",
    "scenarios": ["Tiny-v0"],
    "policies": ["linear", "greedy_ready"],
    "seeds": 2,
    "n_students": 60,
    "n_validation": 40,
    "tune_budget": 2,
    "lessons": 600,
    "tracking": "none",
}
REFERENCES = {*plan.REFERENCES, *plan.PRIVILEGED}

OWN_POLICY = '''
import time
from zpdgym.agents.baselines.fixed import Linear
from own_help import PAUSE


class Mine(Linear):
    """Linear teaching by a teacher who takes his time."""

    name = "mine"

    def choose(self, observation, masks, u):
        time.sleep(PAUSE)
        return super().choose(observation, masks, u)
'''


def quiet(**options):
    return {"jobs": 1, "console": Console(file=io.StringIO(), width=100), **options}


def contents(folder):
    """The files of an experiment but for the timings; where it lies (told by the command to repeat it) is left out."""
    here = str(folder.parent).encode()
    return {
        str(path.relative_to(folder)): path.read_bytes().replace(here, b"")
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name not in (RUN, ".lock")
    }


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    console = Console(file=io.StringIO(), width=100)
    results = tmp_path_factory.mktemp("results")
    return compare(TINY, results=results, jobs=1, console=console), console.file.getvalue()


def test_reference_lines_are_always_there(tiny):
    found, _ = tiny
    rows = {row["policy"]: row for row in found.table["scenarios"]["Tiny-v0"]["policies"]}
    assert set(rows) == REFERENCES | {"linear", "greedy_ready"}
    assert {name for name, row in rows.items() if row["kind"] == "privileged"} == {"oracle_greedy", "optimal"}
    assert found.made == len(rows)


def test_table_is_what_the_files_say(tiny):
    found, _ = tiny
    folder = found.folder / "Tiny-v0"
    scenario = found.table["scenarios"]["Tiny-v0"]
    rows = {row["policy"]: row for row in scenario["policies"]}
    students = {name: Run(folder / name / "seed0").csv("students.csv") for name in rows}
    linear, tuned = students["linear"]["exam"], students["mastery_tuned"]["exam"]
    assert rows["linear"]["outcome"] == pytest.approx(linear.mean())
    assert rows["linear"]["vs_tuned"] == pytest.approx((linear - tuned).mean())
    assert rows["linear"]["worse_off"] == pytest.approx(
        (linear < tuned - scenario["smallest_difference"] - 1e-9).mean()
    )
    low, high = rows["linear"]["vs_tuned_low"], rows["linear"]["vs_tuned_high"]
    assert (low + high) / 2 == pytest.approx(rows["linear"]["vs_tuned"])
    assert (rows["no_teaching"]["of_the_way"], rows["optimal"]["of_the_way"]) == (0, 1)
    assert "vs_tuned" not in rows["mastery_tuned"]
    assert rows["optimal"]["vs_tuned_verdict"] is None  # privileged policies cannot win
    assert rows["random"]["vs_tuned_verdict"] in show.SIGNS
    stored = json.loads((found.folder / "table.json").read_text())
    assert [r["policy"] for r in stored["scenarios"]["Tiny-v0"]["policies"]] == list(rows)


def test_best_untrained_is_chosen_on_validation_students(tiny):
    found, _ = tiny
    scenario = found.table["scenarios"]["Tiny-v0"]
    fair = {row["policy"]: row["validation"] for row in scenario["policies"] if row["kind"] == "baseline"}
    assert scenario["best_untrained"] == max(fair, key=fair.get)
    validation = Run(found.folder / "Tiny-v0" / "linear" / "seed0").json("validation.json")
    assert validation == {"primary": "exam", "mean": fair["linear"], "students": 40}
    outcome = next(row["outcome"] for row in scenario["policies"] if row["policy"] == "linear")
    assert validation["mean"] != outcome  # other students


def test_every_policy_meets_the_same_students_expected_or_not(tiny):
    found, _ = tiny
    pre = [Run(p).csv("students.csv")["pre"] for p in found.folder.glob("Tiny-v0/*/seed0")]
    assert all(column.equals(pre[0]) for column in pre)
    rows = found.table["scenarios"]["Tiny-v0"]["unexpected"]
    kinds = found.table["scenarios"]["Tiny-v0"]["unexpected_kinds"]
    assert len(kinds) >= 2
    assert {(r["students_kind"], r["policy"]) for r in rows} >= {(k, p) for k in kinds for p in ("linear", "mastery")}


def test_terminal_table_fits_and_names_what_it_must(tiny):
    found, printed = tiny
    assert max(len(line.rstrip()) for line in printed.splitlines()) <= 100
    for words in ("optimal°", "† best untrained", "no practical difference", "table.csv", str(found.report)):
        assert words in printed.replace("\n", "")
    narrow = io.StringIO()
    console = Console(file=narrow, width=70)
    for part in show.terminal(found.table, width=70):
        console.print(part)
    assert "±" in narrow.getvalue()
    assert "0.…" not in narrow.getvalue()


def test_csv_and_markdown_hold_every_policy(tiny):
    import pandas as pd

    found, _ = tiny
    frame = pd.read_csv(found.folder / "table.csv")
    rows = found.table["scenarios"]["Tiny-v0"]["policies"]
    assert frame["policy"].tolist() == [row["policy"] for row in rows]
    assert frame["outcome"].tolist() == [row["outcome"] for row in rows]  # full precision
    text = (found.folder / "table.md").read_text()
    assert all(f"| {row['policy']}" in text for row in rows)
    assert pd.read_csv(found.folder / "groups.csv")["students"].sum() == 60 * len(rows)
    assert set(pd.read_csv(found.folder / "unexpected.csv")["students_kind"]) == {"slow", "careless"}


def test_repeating_skips_everything_and_changes_nothing(tiny):
    found, _ = tiny
    before = contents(found.folder)
    again = compare(TINY, results=found.folder.parent, **quiet())
    assert again.made == 0
    assert contents(found.folder) == before


def test_the_written_specification_makes_the_same_again(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    spec = TINY | {"scenarios": [{"scenario": "tiny", "change": {"student.slip": 0.2}}], "policies": ["random"]}
    first = compare(spec, **quiet())
    again = json.loads((first.folder / "experiment.json").read_text())["again"]
    assert again == "zpdgym compare experiment=results/tiny/experiment.yaml"
    before = contents(first.folder)
    second = compare(again.split("experiment=")[1], **quiet())
    assert (first.made > 0, second.made) == (True, 0)
    assert contents(second.folder) == before


def test_scenarios_that_left_the_table_are_named(tiny, tmp_path):
    found, _ = tiny
    shutil.copytree(found.folder, tmp_path / "tiny")
    path = tmp_path / "tiny" / "experiment.json"
    about = json.loads(path.read_text())
    path.write_text(json.dumps(about | {"compared": about["compared"] | {"Old-v0": {}}}))
    console = Console(file=io.StringIO(), width=200)
    compare(TINY, results=tmp_path, jobs=1, console=console)
    assert "Old-v0 was in this table before and is not now" in console.file.getvalue()
    assert "Tiny-v0 was" not in console.file.getvalue()


LEAST_KNOWN = '''
import numpy as np


class LeastKnown:
    """The skill that is believed weakest."""

    name, privileged, learnt, draws = "least_known", False, False, 0
    needs = frozenset({"belief"})

    def bind(self, problem):
        self.problem, self.first = problem, problem.curriculum.q.argmax(axis=0)

    def predict(self, observation, state=None, episode_start=None, deterministic=False, *, action_masks=None, u=None):
        return self.first[self.problem.column(observation, "belief").argmin(axis=1)], None
'''


def test_a_users_policy_joins_the_leaderboard_without_an_edit_of_ours(tmp_path, monkeypatch):
    (tmp_path / "my_least_known.py").write_text(LEAST_KNOWN)
    assert LEAST_KNOWN.count("\n") <= 18
    monkeypatch.syspath_prepend(tmp_path)
    wanted = {"policies": ["my_least_known.LeastKnown"], "scenarios": ["tiny", "kt6kc"], "n_students": 30}
    found = compare(load_experiment("leaderboard") | TINY | wanted, results=tmp_path, **quiet())
    for scenario in found.table["scenarios"].values():
        row = next(row for row in scenario["policies"] if row["policy"] == "least_known")
        assert row["kind"] == "baseline"
        assert row["vs_tuned_verdict"] in show.SIGNS
        assert scenario["cannot_teach"] == []
    assert "least_known" in (found.folder / "table.md").read_text()


def test_who_cannot_teach_a_scenario_is_listed_there_and_stops_nobody(tmp_path):
    columns = {"observe.columns": ["belief", "ready", "tries", "lesson", "time_left"]}
    blind = {"scenario": "tiny", "change": columns}
    spec = TINY | {"policies": ["streak", "linear"], "scenarios": ["tiny", blind], "n_students": 20}
    said = io.StringIO()
    found = compare(spec, results=tmp_path, jobs=1, console=Console(file=said, width=200))
    seeing, not_seeing = found.table["scenarios"].values()
    assert seeing["cannot_teach"] == []
    (gone,) = not_seeing["cannot_teach"]
    assert gone["policy"] == "streak"
    assert gone["reason"].startswith("policy streak needs the columns days_since, streak, which scenario Tiny-v0~")
    assert "streak" not in {row["policy"] for row in not_seeing["policies"]}
    line = "streak: cannot teach here: policy streak needs the columns days_since, streak"
    assert line in said.getvalue()
    assert line in (found.folder / "table.md").read_text()
    assert "cannot teach here: policy streak needs the columns days_since, streak" in found.report.read_text()
    assert gone["reason"] in (found.folder / "table.csv").read_text()
    with pytest.raises(InputError, match="streak needs the columns"):
        compare(spec | {"policies": ["streak"], "scenarios": [blind]}, results=tmp_path, **quiet())
    sightless = {"scenario": "tiny", "change": {"observe.columns": ["lesson", "time_left", "tries"]}}
    with pytest.raises(InputError, match="mastery_tuned needs the columns"):
        compare(spec | {"scenarios": [sightless]}, results=tmp_path, **quiet())


def test_a_slow_policy_may_teach_fewer_students_and_is_compared_on_those(tmp_path):
    spec = TINY | {"policies": ["linear", "greedy"], "fewer_students": {"greedy": 20, "optimal": 30}}
    said = io.StringIO()
    found = compare(spec, results=tmp_path, jobs=1, console=Console(file=said, width=200))
    scenario = found.table["scenarios"]["Tiny-v0"]
    rows = {row["policy"]: row for row in scenario["policies"]}
    assert {name: row["students"] for name, row in rows.items() if row["students"] != 60} == {
        "greedy": 20,
        "optimal": 30,
    }
    students = {n: Run(found.folder / "Tiny-v0" / n / "seed0").csv("students.csv")["exam"].to_numpy() for n in rows}
    greedy, tuned = students["greedy"], students["mastery_tuned"]
    assert len(greedy) == 20
    assert rows["greedy"]["vs_tuned"] == pytest.approx((greedy - tuned[:20]).mean())
    none, best = students["no_teaching"][:20].mean(), students["optimal"][:20].mean()
    assert rows["greedy"]["of_the_way"] == pytest.approx((greedy.mean() - none) / (best - none))
    assert scenario["best_untrained"] != "greedy"
    assert Run(found.folder / "Tiny-v0/greedy/seed0").json("validation.json")["students"] == 20
    printed = said.getvalue()
    assert "greedy‡" in printed
    assert "‡ slow, so fewer students: " in printed
    assert "greedy 20" in printed


@pytest.mark.parametrize(
    ("fewer", "message"),
    [
        ({"greedi": 20}, "Did you mean 'greedy'"),
        ({"greedy": 5}, "must say how many, at least 10"),
        (20, "must say how many"),
        ({"mastery_tuned": 20}, "mastery_tuned is a reference line"),
    ],
)
def test_fewer_students_are_for_policies_that_there_are(fewer, message, tmp_path):
    with pytest.raises(InputError, match=message):
        compare(TINY | {"policies": ["greedy"], "fewer_students": fewer}, results=tmp_path, **quiet())
    assert not list(tmp_path.iterdir())


def test_own_students_may_leave_out_expected_gain(tmp_path, monkeypatch):
    page = (Path(__file__).parents[3] / "docs" / "students" / "index.md").read_text()
    source = next(b for b in re.findall(r"```python\n(.*?)```", page, re.DOTALL) if "class Halver" in b)
    (tmp_path / "halver_compared.py").write_text(source)
    monkeypatch.syspath_prepend(tmp_path)
    students = {"student": {"_target_": "halver_compared.Halver", "learn": 0.2}}
    fit = beliefs.fit_belief
    monkeypatch.setattr(beliefs, "fit_belief", lambda scenario: fit(scenario, n_students=200))
    monkeypatch.setattr(beliefs_refit, "kept_in", lambda: tmp_path / "beliefs")
    belief = {"belief.kind": "bkt", "belief.source": "fitted"}
    wanted = {"scenario": "tiny", "replace": students, "change": belief}
    found = compare(TINY | {"scenarios": [wanted], "policies": ["streak"]}, results=tmp_path, **quiet())
    ((label, scenario),) = found.table["scenarios"].items()
    assert not {"oracle_greedy", "optimal"} & {row["policy"] for row in scenario["policies"]}
    assert any("expected_gain, which Halver has not" in note for note in scenario["notes"])
    assert (scenario["reference"], scenario["reference_kind"]) == (None, None)
    assert "way to" not in (found.folder / "table.md").read_text()
    assert label in found.report.read_text()
    with pytest.raises(InputError, match="expected_gain"):
        compare(TINY | {"scenarios": [wanted], "policies": ["oracle_greedy"]}, results=tmp_path / "no", **quiet())


def test_other_settings_are_refused_and_concern_only_the_runs_that_they_change(tiny, tmp_path):
    found, _ = tiny
    shutil.copytree(found.folder, tmp_path / "tiny")
    with pytest.raises(InputError, match=r"\d+ more.*settings \(n_students: 60 -> 61\) changed.*rerun=true"):
        compare(TINY | {"n_students": 61}, results=tmp_path, **quiet())
    # the budget of tuning concerns the tuned policies, the lessons of training nobody here
    done = compare(TINY | {"tune_budget": 3, "lessons": 700}, results=tmp_path, **quiet(rerun=True))
    moved = {path.parent.name for path in (tmp_path / "tiny").glob("Tiny-v0/*/seed0.old-1")}
    assert moved == {"greedy_ready", "ready_random", "classroom", "mastery_tuned"}
    assert done.made == 4


def test_what_is_kept_of_lessons(tiny):
    found, _ = tiny
    folder = found.folder / "Tiny-v0"
    kept = Run(folder / "mastery_tuned" / "seed0").arrays("lessons.npz")
    assert kept["items"].shape == (60, 6)
    assert kept["obs"].shape[:3] == (60, 6, 3)
    assert not Run(folder / "random" / "seed0").has("lessons.npz")
    about = json.loads((folder / "scenario.json").read_text())
    assert kept["obs"].shape[3] == len(about["columns"])
    assert about["label"] == "Tiny-v0"


@pytest.fixture
def own(tmp_path, monkeypatch):
    """A folder with a policy of the user's own."""
    (tmp_path / "own_policy.py").write_text(OWN_POLICY)
    (tmp_path / "own_help.py").write_text("PAUSE = 0.0\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    for name in ("own_policy", "own_help"):
        sys.modules.pop(name, None)


def test_editing_an_own_policy_makes_its_runs_new_and_no_others(own):
    spec = TINY | {"policies": [{"_target_": "own_policy.Mine"}]}
    first = compare(spec, results=own / "results", **quiet())
    assert Run(first.folder / "Tiny-v0" / "mine" / "seed0").has("lessons.npz")
    (own / "own_help.py").write_text("PAUSE = 0\n")
    with pytest.raises(InputError, match=r"mine/seed0 was made with something else: own_help\.py changed"):
        compare(spec, results=own / "results", **quiet())
    again = compare(spec, results=own / "results", **quiet(rerun=True))
    assert again.made == 1
    assert (first.folder / "Tiny-v0" / "mine" / "seed0.old-1" / "done").is_file()


SCRIPT = """
import json, sys
from zpdgym.experiments.comparison.compare import compare

if __name__ == "__main__":
    compare(json.loads(sys.argv[1]), results=sys.argv[2], jobs=2)
"""
SLOW = TINY | {"policies": [{"_target_": "own_policy.Mine"}, "ppo_scorer"]}


def start(folder, spec, results):
    (folder / "script.py").write_text(SCRIPT)
    command = [sys.executable, str(folder / "script.py"), json.dumps(spec), str(results)]
    environment = {**os.environ, "PYTHONPATH": str(folder), "COLUMNS": "100"}
    with (folder / "printed.txt").open("w") as printed:
        return subprocess.Popen(
            command, cwd=folder, env=environment, stdout=printed, stderr=subprocess.STDOUT, start_new_session=True
        )


def children(pid):
    found = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False)
    return [int(line) for line in found.stdout.split()]


def alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().split(")")[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks for processes in /proc")
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_killed_comparison_goes_on_and_ends_with_the_same_bytes(own, how):
    pytest.importorskip("stable_baselines3")
    spec = SLOW if how == signal.SIGKILL else SLOW | {"policies": SLOW["policies"][:1]}
    whole = compare(spec, results=own / "whole", **quiet())
    # a teacher so slow that the kill meets him in the middle of his run
    (own / "own_help.py").write_text("PAUSE = 0.15\n")
    process = start(own, spec, own / "killed")
    folder = own / "killed" / "tiny" / "Tiny-v0"
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        done = {path.parent.parent.name for path in folder.glob("*/seed*/done")}
        if len(done) >= 2 and (folder / "mine" / "seed0").is_dir():
            break
        assert process.poll() is None, (own / "printed.txt").read_text()
        time.sleep(0.02)
    helpers = children(process.pid)
    os.kill(process.pid, how)
    process.wait(timeout=20)
    finished = {p.parent: p.stat().st_mtime_ns for p in folder.glob("*/seed*/done")}
    unfinished = [p for p in folder.glob("*/seed*") if p not in finished]
    assert finished
    assert unfinished
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline and any(alive(pid) for pid in helpers):
        time.sleep(0.1)
    assert not any(alive(pid) for pid in helpers)
    (own / "own_help.py").write_text("PAUSE = 0.0\n")
    resumed = compare(spec, results=own / "killed", **quiet())
    assert 0 < resumed.made < whole.made
    assert all((p / "done").stat().st_mtime_ns == when for p, when in finished.items())
    assert contents(resumed.folder) == contents(whole.folder)


@pytest.mark.slow
def test_learnt_policies_have_a_run_per_seed_and_are_shown_both_ways(tmp_path):
    pytest.importorskip("stable_baselines3")
    found = compare(TINY | {"policies": ["ppo_scorer"]}, results=tmp_path, **quiet())
    scenario = found.table["scenarios"]["Tiny-v0"]
    row = next(r for r in scenario["policies"] if r["policy"] == "ppo_scorer")
    assert (row["kind"], row["seeds"]) == ("learnt", 2)
    assert {"sampled", "last", "vs_best", "vs_best_p_holm"} <= set(row)
    assert scenario["best_learner"] == "ppo_scorer"
    assert "2 training seeds" in found.table["warning"]
    assert "A headline needs 10" in (found.folder / "table.md").read_text()
    run = Run(found.folder / "Tiny-v0" / "ppo_scorer" / "seed1")
    assert run.csv("train.csv").columns.tolist() == ["lessons", "reward", "validation"]
    kept = run.arrays("lessons.npz")
    assert kept["mastery_choice"].shape == kept["items"].shape
    assert ((kept["mastery_choice"] >= 0) == (kept["items"] >= 0)).all()
    # the saved teacher is the one in the table
    saved = load_policy("saved", change={"path": str(run.path / "teacher")})
    again = evaluate("tiny", saved, n_students=60)
    assert np.array_equal(again.per_student["exam"], run.csv("students.csv")["exam"])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"polices": ["random"]}, "unknown key 'experiment.polices'. Did you mean 'experiment.policies'"),
        ({"scenarios": ["tinny"]}, "unknown scenario 'tinny'. Did you mean 'Tiny-v0'"),
        ({"policies": ["masteri"]}, "unknown policy 'masteri'. Did you mean 'mastery'"),
        ({"policies": ["linear", "linear"]}, "two policies are called 'linear'"),
        ({"policies": []}, r"policies=\[\] must be a list"),
        ({"scenarios": ["tiny", "Tiny-v0"]}, "Tiny-v0 is there twice"),
        ({"scenarios": [{"scenario": "tiny", "chang": {}}]}, "Did you mean 'experiment.scenarios.change'"),
        ({"seeds": 0}, "seeds=0 must be"),
        ({"seeds": [1, 1]}, "seeds="),
        ({"n_students": 2.5, "lessons": -1}, "n_students=2.5 must be a whole number.*lessons=-1"),
        ({"name": "../up"}, "name='../up' must be letters"),
        ({"unexpected": "yes"}, "unexpected='yes'"),
        ({"tracking": "wandbb"}, "Did you mean 'wandb'"),
        ({"tracking": 3}, "tracking=3"),
        ({"scenarios": ["kt6kc"], "policies": ["optimal"]}, "optimal"),
    ],
)
def test_mistakes_are_one_clear_line_and_nothing_is_written(tmp_path, change, message):
    with pytest.raises(InputError, match=message):
        compare(TINY | change, results=tmp_path / "results", **quiet())
    assert not list(tmp_path.iterdir())


def test_no_jobs_is_a_mistake(tmp_path):
    with pytest.raises(InputError, match="jobs=0"):
        compare(TINY, results=tmp_path, jobs=0)


def test_scenarios_can_be_changed_in_an_experiment():
    wanted = {"scenario": "tiny", "change": {"student.slip": 0.2}}
    experiment = plan.Experiment.of(TINY | {"scenarios": ["tiny", wanted]})
    first, second = plan.load_scenarios(experiment)
    assert re.fullmatch(r"Tiny-v0~[0-9a-f]{4}", second.label)
    assert first.label == "Tiny-v0"
    assert plan.Experiment.of(experiment.to_dict()) == plan.Experiment.of(TINY | {"scenarios": ["tiny", wanted]})


@pytest.mark.parametrize("path", sorted((Path(plan.__file__).parents[2] / "configs/experiment").glob("*.yaml")))
def test_every_experiment_file_can_be_planned(path):
    experiment = plan.Experiment.of(load_experiment(path.stem))
    scenarios = plan.load_scenarios(experiment)
    lined_up = plan.line_up(experiment, scenarios)
    for scenario in scenarios:
        assert plan.plan_runs(experiment, scenario, lined_up[scenario.label].entries, Path("nowhere"))


def test_the_two_leaderboards_hold_every_scenario_and_every_policy_between_them():
    board, full = (plan.Experiment.of(load_experiment(name)) for name in ("leaderboard", "leaderboard_full"))
    configs = Path(plan.__file__).parents[2] / "configs"
    assert set(board.scenarios) == set(full.scenarios) == {p.stem for p in configs.glob("scenario/*.yaml")}
    every = {p.stem for p in configs.glob("policy/*.yaml")} - {"saved"}
    kinds = {name: plan.entry_of(name).kind for name in every}
    more = {p if isinstance(p, str) else str(p["name"]) for p in full.policies}
    assert {*board.policies, *more, *REFERENCES} == every
    slow = {name for name in full.fewer_students if kinds[name] == "baseline"}
    assert {name for name in every if kinds[name] == "baseline"} - slow == {*board.policies, *plan.REFERENCES} - {
        "ppo_scorer"
    }
    assert board.fewer_students == {}


def test_unknown_experiment():
    with pytest.raises(InputError, match="Did you mean 'quickstart'"):
        load_experiment("quikstart")


def test_metrics_by_hand():
    students = {
        "group": np.array(["a", "b"]),
        "exam": np.array([0.5, 0.9]),
        "pre": np.array([0.3, 0.5]),
        "gain": np.array([0.2, 0.4]),
        "mastery_exam": np.array([0.4, 0.8]),
        "skills_mastered": np.array([1, 3]),
        "lessons": np.array([10, 30]),
        "minutes": np.array([20.0, 40.0]),
        "lessons_to_mastery": np.array([np.nan, 20.0]),
        "minutes_to_mastery": np.array([np.nan, 30.0]),
        "reached": np.array([False, True]),
        "wasted_mastered": np.array([1, 5]),
        "wasted_unready": np.array([2, 0]),
        "in_band": np.array([0.5, 0.1]),
        "quit": np.array([True, False]),
    }
    found = summary(students, primary="exam", limits=Limits(40, 60.0))
    assert list(found) == list(MEANING)
    assert found["outcome"] == pytest.approx(0.7)
    assert found["normalised_gain"] == pytest.approx(0.3 / 0.6)
    assert found["gain_per_hour"] == pytest.approx(0.3 / 0.5)
    assert (found["lessons_to_mastery"], found["minutes_to_mastery"], found["reached"]) == (30.0, 45.0, 0.5)
    assert found["wasted"] == pytest.approx(8 / 40)
    assert found["in_band"] == pytest.approx((0.5 * 10 + 0.1 * 30) / 40)
    untaught = summary(
        students | {"lessons": np.zeros(2), "minutes": np.zeros(2), "in_band": np.full(2, np.nan)},
        primary="exam",
        limits=Limits(40, 60.0),
    )
    assert np.isnan([untaught["gain_per_hour"], untaught["wasted"], untaught["in_band"]]).all()


def test_page_explains_every_metric():
    page = (Path(__file__).parents[3] / "docs" / "evidence.md").read_text()
    for name, sentence in MEANING.items():
        assert f"| `{name}` | {sentence} |" in page


def test_evaluate_answers_like_compare(tiny):
    found, _ = tiny
    alone = evaluate("tiny", "linear", n_students=60)
    assert np.array_equal(
        alone.per_student["exam"], Run(found.folder / "Tiny-v0/linear/seed0").csv("students.csv")["exam"]
    )
    assert alone.mastery_by_lesson.shape == (7,)
    numbers = alone.summary()
    assert numbers["outcome_low"] < numbers["outcome"] < numbers["outcome_high"]
    assert alone.tuning is None
    tuned = evaluate("tiny", {**plan.entry_of("greedy_ready").spec}, n_students=20)
    assert tuned.tuning is not None
    assert len(tuned.tuning["trials"]) > 1


def test_evaluate_refuses_what_cannot_teach():
    with pytest.raises(InputError, match="has to be trained"):
        evaluate("tiny", "ppo_scorer", n_students=5)
    with pytest.raises(InputError, match="n_students=0"):
        evaluate("tiny", "random", n_students=0)
    with pytest.raises(InputError, match="does not learn"):
        train("tiny", "random", lessons=10, seed=0)


def test_taught_stacks_seeds_in_order(tmp_path):
    for seed, value in ((0, 0.25), (1, 0.75)):
        run = Run(tmp_path / f"seed{seed}")
        run.write_csv("students.csv", {"exam": [value, value]})
        run.write_json("validation.json", {"mean": value})
    taught = table.Taught("p", "learnt", (Run(tmp_path / "seed0"), Run(tmp_path / "seed1")), "exam")
    assert taught.outcome.tolist() == [[0.25, 0.25], [0.75, 0.75]]
    assert taught.validation == 0.5


WORK = """
import os
from zpdgym.errors import InputError

def work(argument, report):
    report(0.5)
    if argument == "wrong":
        raise InputError("give something else")
    if argument == "bug":
        raise KeyError("ours")
    if argument == "dies":
        os._exit(9)
    return os.getpid()
"""


@pytest.fixture
def work(tmp_path, monkeypatch):
    (tmp_path / "work_module.py").write_text(WORK)
    monkeypatch.syspath_prepend(tmp_path)
    import work_module

    yield work_module.work
    sys.modules.pop("work_module", None)


def do(work, jobs, n):
    done = []
    workers.run_jobs(
        work,
        [workers.Job(name, name, frozenset(after)) for name, after in jobs],
        workers=n,
        on_progress=lambda name, share: None,
        on_done=lambda name, answer: done.append((name, answer)),
    )
    return done


@pytest.mark.parametrize("n", [1, 2])
def test_jobs_wait_for_what_they_need(work, n):
    done = [name for name, _ in do(work, [("c", ["b"]), ("b", ["a"]), ("a", ["elsewhere"]), ("d", [])], n)]
    assert sorted(done) == ["a", "b", "c", "d"]
    assert done.index("a") < done.index("b") < done.index("c")


def test_workers_are_other_processes(work):
    assert os.getpid() not in {pid for _, pid in do(work, [("a", []), ("b", [])], 2)}


@pytest.mark.parametrize(
    ("argument", "error", "message"),
    [
        ("wrong", InputError, "give something else"),
        ("bug", Failure, r"^bug: KeyError: 'ours'$"),
        ("dies", RuntimeError, "exit code 9"),
    ],
)
def test_failures_in_workers_are_told(work, argument, error, message):
    with pytest.raises(error, match=message):
        do(work, [(argument, []), ("other", [])], 2)


def test_jobs_that_wait_for_each_other_are_a_bug(work):
    with pytest.raises(ValueError, match="wait for each other"):
        do(work, [("a", ["b"]), ("b", ["a"])], 1)


def test_headlines_without_a_learnt_policy(tiny):
    found, _ = tiny
    (line,) = show.headlines(found.table["scenarios"]["Tiny-v0"])
    assert "Best untrained policy" in line
    assert found.table["warning"] is None
    assert {statistics.NO_DIFFERENCE, statistics.CANNOT_TELL} <= set(show.SIGNS)


def test_legend_explains_what_is_shown(tiny):
    scenario = tiny[0].table["scenarios"]["Tiny-v0"]
    row = scenario["policies"][0] | {"vs_tuned_p_holm": 1e-12}
    heads, rows = show._main_table(scenario | {"policies": [row]}, wide=True)
    assert "<.001" in rows[0]
    whole, few = (" ".join(show._footnotes(scenario, shown, rows)) for shown in (heads, heads[:3]))
    assert "cannot tell" in whole
    assert "way to bound" in whole
    assert not any(words in few for words in ("cannot tell", "way to", "worse off"))


def test_evaluation_is_shown_in_a_line():
    shown = repr(evaluate("tiny", "linear", n_students=20))
    assert re.fullmatch(r"<Evaluation of linear in Tiny-v0: exam 0\.\d+ \[0\.\d+, 0\.\d+\], 20 students>", shown)
