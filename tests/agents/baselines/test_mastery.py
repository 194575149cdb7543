"""The family of mastery learning: along the prerequisites, with scheduled review, with and without an end."""

import numpy as np
import pytest
from zpdgym.agents import Problem, build_policy, check_policy, teach
from zpdgym.agents.registry import load_policy
from zpdgym.errors import InputError
from zpdgym.students.curriculum.curriculum import EXAMPLE

from tests import helpers

pytestmark = pytest.mark.kernels

FRINGE, REVIEW = "zpdgym.agents.OuterFringe", "zpdgym.agents.MasteryReview"
MASTERY, STREAK = "zpdgym.agents.Mastery", "zpdgym.agents.Streak"


def world(sessions=4, **change):
    """Six skills in a random network, three items each, BKT students who forget, sessions of ten lessons."""
    return helpers.world(
        {"_target_": "zpdgym.students.random_dag", "n_skills": 6, "seed": 3},
        student={"learn": 0.35, "prior": 0.3, "forget": 0.03},
        schedule={"sessions": sessions, "days_between": 3},
        **change,
    )


def lessons(spec, scenario, n=12):
    """The skill that a policy chose and what it saw, lesson by lesson: (skills (N,), columns, luck (N,)) each."""
    env = scenario.make(n, seed=5, autoreset=False)
    policy = build_policy(spec)
    policy.bind(problem := Problem.of(env))
    observation, info = env.reset(seed=5)
    state, luck, start = None, np.random.default_rng(1), np.ones(n, bool)
    for _ in range(env.horizon):
        u = luck.random((n, 1))
        columns = {c.name: problem.column(observation, c.name) for c in problem.columns}
        ask = {"action_masks": info["action_mask"], "u": u if policy.draws else None}
        actions, state = policy.predict(observation, state, start, **ask)
        start = np.zeros(n, bool)
        ended = actions == (-1 if env.finish is None else env.finish)
        skills = np.where(ended, -1, env.curriculum.item_skills[np.minimum(actions, env.curriculum.n_items - 1), 0])
        yield skills, columns, u[:, 0], actions
        observation, _, _, _, info = env.step(actions)
        if env.done.all():
            break


def answers_to(columns, before, skills, actions, curriculum):
    """What became of each student's last lesson: right, wrong or None (a worked example)."""
    found = []
    for i, (skill, action) in enumerate(zip(skills, actions, strict=True)):
        if columns["successes"][i, skill] > before["successes"][i, skill] + 0.5:
            found.append(True)
        else:
            found.append(None if curriculum.approach[action] == EXAMPLE else False)
    return found


@pytest.mark.parametrize("name", ["outer_fringe", "mastery_review", "mastery_no_finish", "mastery_tuned_no_review"])
def test_each_keeps_the_contract(name):
    check_policy(name, world(), n_students=6)
    check_policy(name, world(actions={"finish": True, "finish_after": 2}), n_students=6)


def test_the_random_fringe_keeps_the_contract_too():
    check_policy({"_target_": FRINGE, "choose": "random", "threshold": 0.8, "failures": 2}, world(), n_students=6)


@pytest.mark.parametrize("choose", ["first", "weakest", "random"])
@pytest.mark.parametrize("cap", [0, 5])
def test_the_outer_fringe_is_taught_as_written(choose, cap):
    scenario, threshold, failures = world(), 0.85, 2
    spec = {"_target_": FRINGE, "threshold": threshold, "choose": choose, "failures": failures, "cap": cap}
    curriculum = scenario.curriculum
    parents = [np.flatnonzero(row) for row in curriculum.prerequisites]
    wrong = [dict.fromkeys(range(6), 0) for _ in range(12)]
    again = [set() for _ in range(12)]
    drawn, last, fell_back = [None] * 12, None, 0
    for skills, columns, u, actions in lessons(spec, scenario):
        if last is not None:
            heard = answers_to(columns, last[1], last[0], last[2], curriculum)
            for i, right in enumerate(heard):
                k = last[0][i]
                wrong[i][k] = 0 if right else wrong[i][k] + (right is False)
                if right is None:
                    continue
                if wrong[i][k] >= failures:
                    wrong[i][k] = 0
                    again[i] |= set(parents[k].tolist())
        for i in range(12):
            belief, tries = columns["belief"][i], columns["tries"][i]
            fringe = [
                k for k in curriculum.order if belief[k] < threshold and all(belief[p] >= threshold for p in parents[k])
            ]
            open_ = [k for k in fringe if cap == 0 or tries[k] < cap - 0.5]
            if again[i]:
                wanted = next(k for k in curriculum.order if k in again[i])
                again[i].remove(wanted)
                fell_back += 1
            elif open_:
                if choose == "random" and drawn[i] not in open_:
                    drawn[i] = open_[int(u[i] * len(open_))]
                wanted = {"first": open_[0], "weakest": min(open_, key=lambda k: belief[k]), "random": drawn[i]}[choose]
            else:
                wanted = min(fringe or curriculum.order.tolist(), key=lambda k: belief[k])
            assert skills[i] == wanted
        last = skills, columns, actions
    assert fell_back > 10


@pytest.mark.parametrize(("every", "growth", "days"), [(4, 2.0, 3.0), (1, 1.0, 2.0), (3, 1.5, 0.0)])
def test_reviews_come_when_they_are_due_as_written(every, growth, days):
    scenario, threshold = world(sessions=6), 0.8
    spec = {"_target_": REVIEW, "threshold": threshold, "review_days": days, "growth": growth, "every": every}
    order, n = scenario.curriculum.order.tolist(), 12
    stage = [dict.fromkeys(order, 0) for _ in range(n)]
    taught_at = [dict.fromkeys(order, -1) for _ in range(n)]
    since, reviewing, last, reviews = [every - 1] * n, [False] * n, None, 0
    for lesson, (skills, columns, _, actions) in enumerate(lessons(spec, scenario, n), 1):
        if last is not None:
            heard = answers_to(columns, last[1], last[0], last[2], scenario.curriculum)
            for i in np.flatnonzero(reviewing):
                k = last[0][i]
                stage[i][k] = 1 if heard[i] is False else stage[i][k] + 1
        for i in range(n):
            belief, tries, unseen = columns["belief"][i], columns["tries"][i], columns["days_since"][i]
            for k in order:
                if stage[i][k] == 0 and tries[k] > 0.5 and belief[k] >= threshold:
                    stage[i][k] = 1
            overdue = {k: unseen[k] - days * growth ** (stage[i][k] - 1) for k in order if stage[i][k] > 0}
            due = [k for k in overdue if overdue[k] >= 0]
            due.sort(key=lambda k: (-overdue[k], taught_at[i][k]))
            to_learn = [k for k in order if belief[k] < threshold]
            reviewing[i] = bool(due) and (not to_learn or since[i] >= every - 1)
            if reviewing[i]:
                wanted, since[i], reviews = due[0], 0, reviews + 1
            else:
                wanted = to_learn[0] if to_learn else min(order, key=lambda k: belief[k])
                since[i] += 1
                stage[i][wanted] = 0 if to_learn else stage[i][wanted]
            taught_at[i][wanted] = lesson
            assert skills[i] == wanted
        last = skills, columns, actions
    assert reviews > 20


def test_the_end_of_teaching_is_a_choice():
    scenario = world(actions={"finish": True})
    for target in (MASTERY, STREAK, FRINGE, REVIEW):
        spec = {"_target_": target} | ({"n": 1} if target == STREAK else {"threshold": 0.7})
        ending, going_on = (
            teach(scenario, build_policy(spec | {"finish": finish}), n_students=40, cohort_seed=0)
            for finish in (True, False)
        )
        assert ending.mean("lessons") < 40
        assert (going_on.outcomes["lessons"] == 40).all()
    longer = teach(scenario, build_policy("mastery_no_finish"), n_students=40, cohort_seed=0)
    assert (longer.outcomes["lessons"] == 40).all()


def test_without_reviews_everything_else_is_tuned_as_it_is_with_them():
    with_reviews, without = (load_policy(name) for name in ("mastery_tuned", "mastery_tuned_no_review"))
    space = dict(with_reviews["tune"]["space"])
    assert space.pop("review_days") == [0, 5, 10, 20]
    assert without["tune"] == {**with_reviews["tune"], "space": space}
    assert without["review_days"] == 0
    kept = ("_target_", "threshold", "ready", "cap", "items")
    assert [without[key] for key in kept] == [with_reviews[key] for key in kept]


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ({"_target_": FRINGE, "threshold": 0.0, "failures": 21, "cap": -1}, "threshold=0.0.*failures=21.*cap=-1"),
        ({"_target_": FRINGE, "choose": "weak"}, "must be one of first, weakest, random"),
        ({"_target_": FRINGE, "finish": 1}, "finish=1 must be true or false"),
        ({"_target_": REVIEW, "growth": 0.5, "every": 0, "review_days": -1}, "review_days=-1.*growth=0.5.*every=0"),
        ({"_target_": MASTERY, "finish": "no"}, "finish='no' must be true or false"),
        ({"_target_": STREAK, "finish": None, "cap": 1.5}, "cap=1.5.*finish=None"),
    ],
)
def test_bad_parameters_are_refused_together(spec, message):
    with pytest.raises(InputError, match=message):
        build_policy(spec)
