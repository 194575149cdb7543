"""``zpdgym bounds``: what is proven, what is a reference, and what is said where nothing can be computed."""

from __future__ import annotations

import numpy as np
import pytest
from zpdgym.agents import build_policy, teach
from zpdgym.envs.scenario import Scenario
from zpdgym.errors import InputError
from zpdgym.experiments.bounds import _everything_known, bounds
from zpdgym.scripts.bounds import conclusion
from zpdgym.scripts.cli import main
from zpdgym.students.draws import spawn_seed


def by_name(scenario, **options):
    return {b.name: b for b in bounds(scenario, **options)}


def test_in_a_small_world_everything_is_there_and_in_the_right_order():
    found = by_name("tiny", n_students=400)
    values = {name: b.value for name, b in found.items()}
    assert values["everything_known"] >= values["fully_observed"] >= values["optimal"] > values["no_teaching"]
    assert found["optimal"].kind == "optimum"
    assert found["optimal"].value == pytest.approx(0.5975, abs=1e-4)
    assert {b.name for b in found.values() if b.kind == "bound"} == {"everything_known", "fully_observed"}
    for name in ("oracle_greedy", "oracle_lookahead"):
        assert found[name].kind == "reference"
        assert found[name].low <= values["fully_observed"]
    assert conclusion(list(found.values())) == "The best that a tutor can reach is exactly 0.5975."


def test_in_a_middle_sized_world_only_the_bound_is_exact_and_it_says_why():
    found = by_name("kt6kc", n_students=20)
    assert found["fully_observed"].value == pytest.approx(0.9, abs=1e-5)
    assert found["optimal"].value is None
    assert "64 states of knowledge, 6 items and 100 lessons" in found["optimal"].text
    said = conclusion(list(found.values()))
    assert said.startswith("No tutor can reach more than 0.9000 (")
    assert "is a reference" in said


def test_gains_are_divided_by_minutes_where_those_are_counted_and_only_there():
    assert "oracle_per_minute" not in by_name("kt6kc", n_students=2)
    found = by_name("algebra", n_students=20)
    assert found["oracle_per_minute"].kind == "reference"
    assert found["oracle_per_minute"].value > found["oracle_greedy"].value


def test_nobody_gets_beyond_full_knowledge_even_with_forgetting_and_differences():
    sd = {"slip": 1.0, "guess": 1.0, "forget": 0.5}
    varied = {"_target_": "zpdgym.students.Population", "sd": sd}
    scenario = Scenario.load("practice", replace={"population": varied})
    scenario.__dict__["belief_parameters"] = Scenario.load("practice").belief_parameters
    seed = spawn_seed(0, "test")
    found = _everything_known(scenario, 100, seed)
    taught = teach(scenario, build_policy("oracle_greedy"), n_students=100, cohort_seed=seed, metrics=False)
    assert taught.mean("exam") < found["value"]
    assert found["low"] < found["value"] < found["high"]


def test_where_knowledge_is_a_matter_of_degree_nothing_is_proven():
    found = bounds("game", n_students=4)
    assert [b.value for b in found[:3]] == [None] * 3
    assert "DifficultyBandLearner" in found[0].text
    assert conclusion(found).startswith("Nothing is proven here")


def test_the_verb_prints_kinds_numbers_and_reasons(capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert main(["bounds", "tiny", "n_students=50"]) == 0
    said = capsys.readouterr().out
    assert said.startswith(
        "Tiny-v0: expected share of right answers in the exam, right after the last lesson (50 test students)"
    )
    assert "  optimal           optimum    0.5975" in said
    assert "  oracle_greedy     reference  " in said
    assert said.rstrip().endswith("exactly 0.5975.")
    assert max(map(len, said.splitlines())) <= 110
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "give one scenario, such as kt6kc"),
        (["tiny", "kt6kc"], "give one scenario, not 2 of them"),
        (["tiny", "n_student=3"], "'n_student=3': bounds takes a scenario, student=, n_students="),
        (["tiny", "n_students=1"], "whole number of at least 2"),
        (["tiny", "student=fsrs"], "unknown student 'fsrs'"),
        (["tiny", "student=kss"], "KSS has no numbers for a exact belief"),
        (["practice", "student=kt6kc"], "KT6KC needs 6 skills"),
        (["tiny", "student="], "'student=': bounds takes"),
        (["tinny"], "Did you mean 'Tiny-v0'"),
    ],
)
def test_mistakes_get_one_line(arguments, message, capsys):
    assert main(["bounds", *arguments]) == 2
    said = capsys.readouterr().err
    assert message in said
    assert said.count("\n") == 1


def test_too_few_students_are_refused_from_python_too():
    with pytest.raises(InputError, match=r"n_students=1 must be a whole number in \[2, "):
        bounds("tiny", n_students=1)
    assert np.isfinite(bounds("tiny", n_students=2)[-1].value)
