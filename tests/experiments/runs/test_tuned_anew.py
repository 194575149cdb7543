"""With tune_seeds, what is tuned is tuned anew for every seed, and that luck is in intervals and differences."""

import json
from pathlib import Path

import numpy as np
import pytest
from zpdgym.experiments.comparison.compare import compare
from zpdgym.experiments.runs import execute
from zpdgym.experiments.runs.plan import Plan
from zpdgym.experiments.runs.specification import Experiment
from zpdgym.experiments.statistics import estimate
from zpdgym.experiments.store.runs import LIVES, Run

from tests.experiments.comparison.small import TINY, contents, rows_of
from tests.helpers import quiet

ONCE = TINY | {"policies": ["linear", "streak"], "seeds": 3, "n_validation": 30, "tune_budget": 3, "unexpected": False}
ANEW = ONCE | {"tune_seeds": True}
SPREAD = ("streak", "mastery_tuned", "classroom", "ready_random")
"""Those of them that are tuned."""


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return compare(ANEW | {"lives": 4}, results=tmp_path_factory.mktemp("anew"), **quiet())


def planned(spec):
    return Plan.of(Experiment.of(spec), Path("nowhere")).runs


def test_each_seed_tunes_on_students_of_its_own_and_the_first_as_always():
    once = {run.name: run for run in planned(ONCE)}
    anew = {run.name: run for run in planned(ANEW)}
    assert set(anew) - set(once) == {f"Tiny-v0/{name}/seed{seed}" for name in SPREAD for seed in (1, 2)}
    assert all(anew[name].fingerprint.value == run.fingerprint.value for name, run in once.items())
    cohorts = {run.tuning_cohort for run in anew.values() if run.entry.name == "streak"}
    assert len(cohorts) == 3
    assert {run.cohort_seed for run in anew.values()} == {0}  # validation and test students are the same for all


def test_without_a_budget_nothing_is_tuned_and_so_nothing_is_made_anew():
    assert [run.name for run in planned(ANEW | {"tune_budget": 1})] == [
        run.name for run in planned(ONCE | {"tune_budget": 1})
    ]


def test_the_luck_of_tuning_is_in_the_interval(made):
    rows = {row.policy: row for row in rows_of(made).scenarios["Tiny-v0"].policies}
    runs = {name: [Run(made.folder / "Tiny-v0" / name / f"seed{seed}") for seed in range(3)] for name in SPREAD}
    settings = {name: [run.json("tuning.json")["spec"] for run in of] for name, of in runs.items()}
    assert any(len({json.dumps(spec) for spec in of}) > 1 for of in settings.values())
    for name, of in runs.items():
        outcome = np.stack([run.csv("students.csv")["exam"].to_numpy() for run in of])
        found = estimate(outcome, generator=np.random.default_rng(0))
        assert (rows[name].seeds, rows[name].outcome.low) == (3, pytest.approx(found.interval()[0]))
    linear = Run(made.folder / "Tiny-v0" / "linear" / "seed0").csv("students.csv")["exam"].to_numpy()[None]
    tuned = np.stack([run.csv("students.csv")["exam"].to_numpy() for run in runs["mastery_tuned"]])
    difference = estimate(linear, tuned, generator=np.random.default_rng(0))
    assert rows["linear"].vs_tuned.low == pytest.approx(difference.interval()[0])
    assert rows["linear"].vs_tuned_verdict is not None
    assert any("tuned anew for every seed" in note for note in rows_of(made).scenarios["Tiny-v0"].notes)


def test_harm_is_measured_in_the_lives_of_the_first_run(made):
    lived = {name: Run(made.folder / "Tiny-v0" / name / "seed0").has(LIVES) for name in SPREAD}
    assert all(lived.values())
    assert not Run(made.folder / "Tiny-v0" / "streak" / "seed1").has(LIVES)
    harm = {row.policy: row for row in rows_of(made).scenarios["Tiny-v0"].harm}
    assert set(SPREAD) <= set(harm)


def test_asking_for_it_later_makes_the_other_tunings_only(made, tmp_path, monkeypatch):
    compare(ONCE | {"lives": 4}, results=tmp_path, **quiet())
    later = compare(ANEW | {"lives": 4}, results=tmp_path, **quiet())
    assert later.made == 2 * len(SPREAD)
    tables = ("table.json", "table.csv")
    assert {name: contents(later.folder)[name] for name in tables} == {
        name: contents(made.folder)[name] for name in tables
    }
    monkeypatch.setattr(execute, "_make", None)
    assert compare(str(later.folder / "experiment.yaml"), **quiet()).made == 0
