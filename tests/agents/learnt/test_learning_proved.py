"""Learning is proved where the truth is known: worlds small enough that the best possible teaching is computed.

The figures in docs/policies/learnt.md are those of ``python -m benchmarks.published optimum``.
"""

from __future__ import annotations

import pytest
from zpdgym.agents.registry import build_policy

from benchmarks.published.small_worlds import TRAININGS, learn, score, score_of, way, world

OWN = ("two_skills", "forgetful_chain", "fading_tree")


@pytest.mark.parametrize("name", OWN)
def test_our_worlds_are_hard_enough_to_tell_teachers_apart(name):
    """Greedy and mastery teaching fall short of the optimum, and what is planned is what students reach."""
    optimal = build_policy("optimal")
    reached = score(name, optimal)
    assert reached == pytest.approx(optimal.plan.value, abs=0.005)
    for baseline in ("mastery", "greedy", "random"):
        assert way(name, score_of(name, baseline)) < 0.96


@pytest.mark.parametrize("name", ["forgetful_chain", "fading_tree"])
def test_two_of_them_have_forgetting_and_prerequisites(name):
    student = world(name).student
    assert (student.forget > 0).all()
    assert world(name).curriculum.prerequisites.any()
    assert len(world(name).schedule.days_between) >= 1


@pytest.mark.slow
@pytest.mark.parametrize(("name", "settings", "seed", "bar"), TRAININGS)
def test_the_scorer_comes_close_to_the_optimum(name, settings, seed, bar):
    pytest.importorskip("torch")
    assert learn(name, settings, seed) >= bar
