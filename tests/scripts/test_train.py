"""``zpdgym tune`` and ``zpdgym train`` of learners show what was seen on validation students, never on test ones."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml
import zpdgym
from zpdgym.agents.registry import build_policy
from zpdgym.errors import InputError
from zpdgym.experiments.store.runs import Run
from zpdgym.scripts.cli import main
from zpdgym.scripts.command.closing import RANKED, closing
from zpdgym.scripts.command.verbs import Ranked

pytest.importorskip("stable_baselines3")

from zpdgym.agents.learnt import training

FAST = ("policy=ppo_scorer", "policy.trainer=fast", "policy.ready=.5", "policy.name=mine")
RUN = ("scenario=tiny", *FAST, "n_students=30", "n_validation=20", "tracking=none", "unexpected=false", "lessons=800")
SEARCH = ("scenario=tiny", *FAST, "n_validation=20", "tune_budget=3", "lessons=800")
RATES = "space.learning_rate=tag(log,interval(.001,.3))"


def test_a_learner_is_tuned_and_its_file_is_ready_to_use(capsys):
    assert main(["tune", *SEARCH, RATES, "space.gamma=choice(.9,.99)"]) == 0
    said, folder = capsys.readouterr().out, Path("results/tuning/Tiny-v0/mine")
    stored, spec = (
        json.loads((folder / "tuning.json").read_text()),
        yaml.safe_load((folder / "policy.yaml").read_text()),
    )
    assert stored["budget"]["settings"] == 3
    told = r"Budget: 3 settings, ([\d,]+) lessons \(([\d,]+) of training, ([\d,]+) of validation students\), \d+ s\."
    counts = [int(n.replace(",", "")) for n in re.search(told, said).groups()]
    assert counts == [counts[1] + counts[2], stored["budget"]["training"], stored["budget"]["validation"]]
    assert said.count("*") == 2
    assert (spec["name"], "tune" in spec) == ("mine~Tiny-v0", False)
    assert build_policy(spec).learning_rate == stored["spec"]["learning_rate"]
    assert "trained on 800 lessons each on 20 validation students" in (folder / "policy.yaml").read_text()
    assert main(["train", f"policy={folder / 'policy.yaml'}", *(a for a in RUN if not a.startswith("policy"))]) == 0
    assert Path("results/training/Tiny-v0/mine~Tiny-v0/seed0/done").is_file()


def test_a_search_that_was_killed_goes_on(monkeypatch, capsys):
    plain, seeds = training.train, []

    def killed(scenario, spec, **options):
        if len(seeds) == 5:
            raise KeyboardInterrupt
        seeds.append(options["seed"])
        return plain(scenario, spec, **options)

    monkeypatch.setattr(training, "train", killed)
    assert main(["tune", *SEARCH, RATES]) != 0
    first = seeds[:3]
    monkeypatch.setattr(training, "train", lambda *a, **o: (seeds.append(o["seed"]), plain(*a, **o))[1])
    assert main(["tune", *SEARCH, RATES]) == 0
    assert not set(first) & set(seeds[5:])
    assert not list(Path("results").rglob("checkpoint-*"))
    assert "made now" in capsys.readouterr().out
    assert main(["tune", *SEARCH, RATES]) == 0
    assert "found before, not repeated" in capsys.readouterr().out


def test_the_same_from_python():
    space = {"learning_rate": {"low": 0.001, "high": 0.3, "log": True}}
    spec = {"_target_": "zpdgym.agents.ScorerPPO", "name": "mine", "trainer": "fast", "ready": 0.5}
    found = zpdgym.tune("tiny", spec, space=space, lessons=800, budget=3, n_validation=20)
    assert (found.parameters, len(found.trials)) == (("learning_rate",), 3)
    assert found.budget["training"] >= 2400
    assert found.budget["seconds"] > 0
    teacher = zpdgym.train("tiny", found.spec, lessons=800, seed=0)
    assert teacher.card["settings"]["learning_rate"] == found.spec["learning_rate"]
    with pytest.raises(InputError, match="space=3 must be a mapping"):
        zpdgym.tune("tiny", spec, space=3)
    with pytest.raises(InputError, match="lessons=10: policy streak does not learn"):
        zpdgym.tune("tiny", "streak", lessons=10)


def test_a_training_ends_with_validation_students_and_writes_the_files_as_before(capsys):
    assert main(["train", *RUN]) == 0
    said, run = capsys.readouterr().out, Run(Path("results/training/Tiny-v0/mine/seed0"))
    validation, test = run.json("validation.json")["mean"], run.csv("students.csv")["exam"].mean()
    assert f"exam {validation:.4f} on 20 validation students, who also chose the best of these teachers." in said
    assert "Test students are shown by zpdgym compare" in said
    assert f"{test:.4f}" != f"{validation:.4f}"
    assert f"{test:.4f}" not in said
    assert all(f"{outcome:.4f}" in said for outcome in run.csv("train.csv")["validation"])
    assert main(["train", "scenario=tiny", "policy=mastery", *RUN[5:-1]]) == 0  # who does not learn likewise
    assert re.search(r"mastery on Tiny-v0: exam 0\.\d{4} on 20 validation students\.", capsys.readouterr().out)


def test_a_sweep_is_ranked_by_validation_students(capsys):
    assert main(["train", "-m", "scenario=tiny", "policy=mastery", *RUN[5:-1], "policy.threshold=.2,.6,.9"]) == 0
    said = capsys.readouterr().out
    closing_lines = said[said.index(RANKED) :].splitlines()[1:]
    means = [float(re.search(r"exam (0\.\d{4}) on 20 validation students", line)[1]) for line in closing_lines]
    assert len(means) == 3
    assert means == sorted(means, reverse=True)
    for folder in Path("results/training/Tiny-v0").glob("*/seed0"):
        test = Run(folder).csv("students.csv")["exam"].mean()
        assert f"{test:.4f}" in said if f"{test:.4f}" in {f"{m:.4f}" for m in means} else f"{test:.4f}" not in said


def row(typed, value, among="A"):
    return 0, typed, Ranked(f"exam {value:.4f}", value, among, "folder")


def test_settings_are_ranked_by_their_mean_over_seeds_within_a_scenario():
    rows = [
        row("rate=1 seed=0", 0.9), row("rate=1 seed=1", 0.1), row("rate=2 seed=0", 0.6), row("rate=2 seed=1", 0.6),
        row("rate=1 seed=0", 0.99, "B"), (2, "rate=3 seed=0", "failed, see above"),
    ]  # fmt: skip
    lines = closing(rows)
    assert lines[0] == RANKED
    assert [line.split("  ")[0].strip() for line in lines[1:]] == [
        "rate=2 seed=0", "rate=2 seed=1", "rate=1 seed=0", "rate=1 seed=1", "rate=1 seed=0", "rate=3 seed=0",
    ]  # fmt: skip
    assert "(mean of 2 seeds 0.6000)" in lines[1]
    assert "(mean of 2 seeds 0.5000)" in lines[3]
    assert "mean of" not in lines[5]
    assert lines[-1].endswith("failed, see above")


def test_what_cannot_be_ranked_stays_in_its_order():
    assert closing([(0, "b=1", "0.1"), (2, "a", "failed")]) == ["b=1  0.1", "a    failed"]
