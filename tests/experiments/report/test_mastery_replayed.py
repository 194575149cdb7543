"""Moments are against the mastery learning that the page names, and none is called different that nobody could tell."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from zpdgym.envs.scenario import Scenario
from zpdgym.experiments.figures.lessons import Lessons
from zpdgym.experiments.report import write_report
from zpdgym.experiments.report.taught.choosing import choose_moments, differing
from zpdgym.experiments.report.taught.replay import MasteryRule, replay
from zpdgym.experiments.store.runs import TUNING, Run
from zpdgym.students.curriculum.builders import chain

from tests.experiments.report.made_up import WAYS, make_results, seal, small_curriculum
from tests.experiments.report.outline import Outline

SETTINGS = {"_target_": "zpdgym.agents.Mastery", "threshold": 0.9, "ready": 0.5, "cap": 5, "review_days": 9}


def situations(skill: np.ndarray, **seen: np.ndarray) -> Lessons:
    """Lessons on these skills of a chain, in these situations."""
    curriculum = chain(n_skills=seen["belief"].shape[2])
    first = np.array([np.flatnonzero(curriculum.q[:, k])[0] for k in range(curriculum.n_skills)])
    shape = skill.shape
    none = np.zeros(shape, bool)
    mastery = np.zeros((shape[0], shape[1] + 1, curriculum.n_skills))
    return Lessons(curriculum, first[skill], np.ones(shape, np.int8), np.zeros(shape), seen, mastery, None, none)


def rounded(values: np.ndarray) -> np.ndarray:
    """As a run's file keeps them."""
    return values.astype(np.float16).astype(np.float64)


@pytest.mark.parametrize("settings", [{}, SETTINGS, {**SETTINGS, "review_days": 0, "cap": 0}])
def test_who_follows_the_rule_never_differs_from_it_however_numbers_were_rounded(settings):
    """Beliefs lie at the threshold, where rounding changes which skill comes first."""
    rng = np.random.default_rng(3)
    rule = MasteryRule.of(settings, finish=False) or MasteryRule()
    shape = (80, 40, 5)
    belief = np.clip(rule.threshold + 2e-4 * rng.normal(size=shape), 0, 1)
    seen = {
        "belief": belief, "ready": rule.ready + 2e-4 * rng.normal(size=shape),
        "tries": rng.integers(0, 8, shape).astype(float), "days_since": 9.0 + 1e-3 * rng.normal(size=shape),
    }  # fmt: skip
    exact = replay(situations(np.zeros(shape[:2], int), **seen), rule).skill
    kept = situations(exact, **{name: rounded(values) for name, values in seen.items()})
    again = replay(kept, rule)
    assert (again.skill != exact).mean() > 0.05, "the replay alone is wrong here"
    assert not differing(kept, rule)[0].any()
    assert choose_moments(kept, rule) == []
    plain = {
        "belief": np.broadcast_to(0.1 + 0.1 * np.arange(5), shape),
        "ready": np.ones(shape),
        "tries": np.zeros(shape),
    }
    taught = np.ones(shape[:2], int)
    assert differing(situations(taught, **plain), rule)[0].all(), "the first skill is meant, and clearly so"
    assert not differing(situations(0 * taught, **plain), rule)[0].any()


def test_an_answer_of_mastery_learning_that_rounding_may_have_changed_does_not_differ():
    belief = np.full((1, 3, 3), 0.2)
    belief[0, :, 0] = [0.95, 0.9, 0.99]
    lessons = situations(np.array([[0, 1, 1]]), belief=belief, ready=np.ones(belief.shape))
    asked = np.array([[1, 0, 1]])
    items = np.array([np.flatnonzero(lessons.curriculum.q[:, k])[0] for k in range(3)])
    lessons = replace(lessons, mastery_choice=items[asked])
    assert differing(lessons)[0].tolist() == [[True, True, False]]
    assert differing(lessons, MasteryRule())[0].tolist() == [[False, True, False]]


def test_the_replay_is_the_rule_itself():
    """Every lesson of a real run of the policy, under settings that use all of the rule."""
    from zpdgym.agents.registry import build_policy
    from zpdgym.agents.rollouts import teach

    scenario = Scenario.load("tiny")
    for settings in ({"_target_": SETTINGS["_target_"]}, {**SETTINGS, "threshold": 0.7, "review_days": 2.0}):
        policy: Any = build_policy(settings)
        kept = teach(scenario, policy, n_students=40, cohort_seed=5, keep=40).kept
        seen = {
            column.name: kept["obs"][..., j].astype(np.float64) * column.scale
            for j, column in enumerate(policy.problem.columns)
        }
        none = np.zeros(kept["items"].shape, bool)
        lessons = Lessons(
            scenario.curriculum, kept["items"].astype(int), kept["correct"], kept["day"].astype(float), seen,
            kept["mastery"].astype(float), None, none,
        )  # fmt: skip
        rule = MasteryRule.of(settings, finish=False)
        assert rule is not None
        assert not differing(lessons, rule)[0].any()


WITHOUT = {p: w for p, w in WAYS.items() if w[0] != "learnt"}


def page_of(folder) -> str:
    return re.sub(r"\s+", " ", Outline(write_report(folder).read_text(encoding="utf-8")).said).replace("\u00a0", " ")


def test_where_textbook_mastery_learning_is_the_teacher_it_does_not_differ_from_itself(tmp_path):
    folder = make_results(tmp_path, small_curriculum(), n=20, lessons=16, keep=9, ways=WITHOUT)
    said = page_of(folder)
    assert "on this page is “mastery learning (textbook)”" in said
    assert "Not shown: the settings of mastery learning (tuned) are not in the files, and the teacher" in said
    assert "Textbook mastery learning" not in said


def test_moments_are_against_the_mastery_learning_that_the_heading_names(tmp_path):
    folder = make_results(tmp_path, small_curriculum(), n=20, lessons=16, keep=9, ways=WITHOUT)
    run = Run(folder / "Small-v0" / "mastery_tuned" / "seed0")
    run.write_json(TUNING, {"spec": {**SETTINGS, "cap": 2}})
    seal(run)
    said = page_of(folder)
    assert "Five moments where “mastery learning (textbook)” and mastery learning (tuned) differ" in said
    assert "Lessons of the teacher in which mastery learning (tuned), replayed from what the teacher saw, would" in said
    assert "Mastery learning (tuned) would have taught" in said
    assert "would have taught" not in said.replace("(tuned) would have taught", "")


def test_where_nothing_was_trained_no_word_is_about_trainings(tmp_path):
    said = page_of(make_results(tmp_path, small_curriculum(), n=20, lessons=16, keep=9, ways=WITHOUT))
    told = said.split("How to make this page again")[1]  # what stands between contents and glossary
    for words in ("that was learnt", "training in the middle", "worst training", "one training", "over trainings"):
        assert words not in told, words
    assert "The curriculum as it was taught" in told
