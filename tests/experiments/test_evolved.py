"""A policy that evolution tunes, in a comparison: what its run keeps, that it is the same again, and its curve."""

from __future__ import annotations

import json

import numpy as np
import pytest
import zpdgym
from zpdgym.agents import evolution, load_policy
from zpdgym.errors import InputError
from zpdgym.experiments.comparison.compare import compare

from tests.experiments.comparison.small import TINY, contents
from tests.helpers import quiet

pytest.importorskip("cma")

INDEX = load_policy("tuned_index")
INDEX = {**INDEX, "tune": {**INDEX["tune"], "lessons": 2000}}
EXPERIMENT = {**TINY, "policies": [INDEX], "unexpected": False}
RUN = "Tiny-v0/tuned_index/seed0"


def made(folder, *, rerun=False, **change):
    return compare({**EXPERIMENT, **change}, results=folder, rerun=rerun, **quiet())


@pytest.fixture(scope="module")
def comparison(tmp_path_factory):
    return made(tmp_path_factory.mktemp("results"))


def test_the_run_keeps_what_was_found_and_the_curve_of_the_search(comparison):
    tuning = json.loads((comparison.folder / RUN / "tuning.json").read_text())
    assert "tune" not in tuning["spec"]
    assert tuning["budget"]["settings"] == len(tuning["trials"])
    assert tuning["budget"]["training"] >= 2000
    curve = zpdgym.load(comparison.folder).training(policies="tuned_index")
    assert curve["lessons"].to_list() == np.cumsum([trial["trained"] for trial in tuning["trials"]]).tolist()
    assert curve["validation"].to_list() == pytest.approx([trial["outcome"] for trial in tuning["trials"]])
    assert (comparison.folder / RUN / "run.json").read_text().count('"tune"') == 1


def test_the_table_tells_what_the_search_cost_in_lessons(comparison):
    notes = json.loads((comparison.folder / "table.json").read_text())["scenarios"]["Tiny-v0"]["notes"]
    assert any("tuned_index" in note and "of them training" in note for note in notes)


def test_the_same_comparison_elsewhere_has_the_same_bytes(comparison, tmp_path):
    assert contents(made(tmp_path).folder) == contents(comparison.folder)


def test_other_test_students_do_not_search_again(tmp_path, monkeypatch):
    first = made(tmp_path)
    tuning = (first.folder / RUN / "tuning.json").read_bytes()
    monkeypatch.setattr(evolution, "evolve", None)
    again = made(tmp_path, n_students=70, rerun=True)
    assert (again.folder / RUN / "tuning.json").read_bytes() == tuning


def test_a_search_that_was_interrupted_begins_anew_and_finds_the_same(comparison, tmp_path, monkeypatch):
    plain, calls = evolution.teach_each, []

    def killed(*args, **options):
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return plain(*args, **options)

    monkeypatch.setattr(evolution, "teach_each", killed)
    with pytest.raises(KeyboardInterrupt):
        made(tmp_path)
    assert contents(made(tmp_path).folder) == contents(comparison.folder)


def test_evaluate_searches_once_and_keeps_what_was_found(tmp_path, monkeypatch):
    monkeypatch.setattr("zpdgym.experiments.tuned.cache_folder", lambda: tmp_path)
    first = zpdgym.evaluate("tiny", INDEX, n_students=20)
    monkeypatch.setattr(evolution, "evolve", None)
    again = zpdgym.evaluate("tiny", INDEX, n_students=20)
    assert first.tuning == again.tuning
    np.testing.assert_array_equal(first.outcomes["exam"], again.outcomes["exam"])


def test_lessons_of_a_trial_are_for_learners_and_the_message_names_those_of_the_search():
    with pytest.raises(InputError, match=r"lessons=500: .* does not learn.*policy\.tune\.lessons"):
        zpdgym.tune("tiny", INDEX, lessons=500)
