"""SSP-MMC: its intervals against its equation, and what the policy shows. Its published figures: test_published.py."""

from __future__ import annotations

import math

import numpy as np
import pytest
from zpdgym.agents import Problem, build_policy, check_policy, teach
from zpdgym.agents.references.ssp_mmc import solve_intervals
from zpdgym.envs.scenario import Scenario
from zpdgym.errors import InputError


def words(**student) -> Scenario:
    """Six words, ten lessons a day for eight days."""
    sections = {
        "curriculum": {"_target_": "zpdgym.students.tree", "n_skills": 6, "branching": 2},
        "student": {"_target_": "zpdgym.students.DHP", **student},
        "schedule": {"sessions": 8, "session_lessons": 10, "days_between": 1, "retention_days": 7},
    }
    belief = {"kind": "bkt", "source": "given", "prior": 0.1, "learn": 0.3, "guess": 0.1, "slip": 0.1, "forget": 0.1}
    return Scenario.load("Tiny-v0", replace=sections, change={"belief": belief})


def test_the_costs_are_those_of_following_the_intervals_in_the_grid_model():
    """One step of Bellman's equation, written out in plain Python, changes nothing."""
    solved = solve_intervals()

    def node(h):
        return min(max(round(math.log(h) / math.log(1.05)) + 30, 0), 151)

    for d, k in ((1, 5), (3, 30), (9, 80), (18, 40), (17, 120)):
        h = 1.05 ** (k - 30)

        def expected(t, h=h, d=d):
            p = 2.0 ** (-t / h)
            up = h * (1 + math.exp(3.81) * d**-0.534 * h**-0.127 * (1 - p) ** 0.97)
            down = math.exp(-0.041) * d**-0.041 * h**0.377 * (1 - p) ** -0.227
            return p * (3 + solved.cost[d - 1, node(up)]) + (1 - p) * (9 + solved.cost[min(d + 2, 18) - 1, node(down)])

        tried = [expected(t) for t in range(1, max(1, round(h * math.log(0.3) / math.log(0.5))) + 1)]
        assert solved.cost[d - 1, k] == pytest.approx(min(tried))
        assert tried[solved.days[d - 1, k] - 1] == pytest.approx(min(tried))


def test_the_shipped_lookup_is_the_one_of_the_deck():
    solved = solve_intervals()
    h = np.array([0.3, 1.0, 5.5, 77.0, 359.0])
    looked = solved.look_up(h, np.full(5, 4.0), lookup="shipped")
    rows = [max(int(math.log(min(x, 360)) / math.log(1.05) + 30) - 1, 0) for x in h]
    np.testing.assert_array_equal(looked, solved.days[3, rows])
    assert (solved.look_up(h[:4], np.full(4, 4.0)) >= looked[:4]).all()
    assert solved.look_up(1e6, 4.0) == solved.look_up(350.0, 4.0)  # the goal itself has no interval


def test_mastered_words_come_last():
    env = words().make(2, seed=0, autoreset=False)
    policy = build_policy("ssp_mmc")
    policy.bind(Problem.of(env, privileged=True))
    observation, _ = env.reset(seed=0)
    env.state["memory"]["last"], env.state["clock"] = 0.0, 400.0
    env.state["memory"]["half_life"] = [[500.0, 370.0, 500.0, 600.0, 700.0, 800.0], [500.0, 370.0, 9.0, 1.0, 2.0, 3.0]]
    env.state["memory"]["difficulty"] = 5.0
    actions, _ = policy.predict(observation)
    shown = env.curriculum.item_skills[actions, 0].tolist()
    assert shown == [1, next(k for k in env.curriculum.order if k > 1)]


@pytest.mark.parametrize("lookup", ["nearest", "shipped"])
def test_it_reviews_what_is_due_then_meets_the_next_new_word(lookup):
    scenario = words()
    env = scenario.make(5, seed=0, autoreset=False)
    policy = build_policy({"_target_": "zpdgym.agents.SSPMMC", "lookup": lookup})
    policy.bind(Problem.of(env, privileged=True))
    observation, _ = env.reset(seed=0)
    state, order, solved = None, list(env.curriculum.order), solve_intervals()
    before = env.state["memory"]["difficulty"].copy()
    for _ in range(60):
        memory, now = env.state["memory"], env.state["clock"]
        actions, state = policy.predict(observation, state)
        for i in range(5):
            due = []
            for k in order:
                if np.isfinite(memory["last"][i, k]):
                    hard = before[i, k] if lookup == "shipped" else memory["difficulty"][i, k]
                    days = solved.look_up(memory["half_life"][i, k], hard, lookup=lookup)
                    due.append(memory["last"][i, k] + days - now[i])
                else:
                    due.append(None)
            ready = [k for k, wait in zip(order, due, strict=True) if wait is not None and wait <= 0]
            new = [k for k, wait in zip(order, due, strict=True) if wait is None]
            expected = (ready or new or [order[int(np.argmin([w for w in due]))]])[0]
            assert env.curriculum.item_skills[actions[i], 0] == expected
        shown = env.curriculum.item_skills[actions, 0]
        before[np.arange(5), shown] = memory["difficulty"][np.arange(5), shown]
        observation, *_ = env.step(actions)


def test_it_keeps_the_contract_and_is_for_dhp_students_only():
    check_policy("ssp_mmc", words())
    with pytest.raises(InputError, match="ssp_mmc is for DHP students, not BKT: give student=dhp"):
        teach(Scenario.load("tiny"), build_policy("ssp_mmc"), n_students=1, cohort_seed=0)
    with pytest.raises(InputError, match="nearest, shipped"):
        build_policy({"_target_": "zpdgym.agents.SSPMMC", "lookup": "nearst"})
    with pytest.raises(InputError, match="nearest, shipped"):
        solve_intervals().look_up(1.0, 1.0, lookup="next")
