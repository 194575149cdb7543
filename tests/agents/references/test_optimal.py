"""The exact optimum against brute force, and facts about planning that hold exactly."""

from __future__ import annotations

import itertools
import json

import numpy as np
import pytest
from zpdgym.agents import Problem, build_policy, check_policy, teach
from zpdgym.agents.references.enumerated_world import read_world
from zpdgym.agents.references.optimal import solve, solve_observed
from zpdgym.envs.scenario import Scenario
from zpdgym.errors import InputError

BKT = "zpdgym.students.BKT"


def small(lessons=3, *, curriculum=None, **student) -> Scenario:
    curriculum = curriculum or {"_target_": "zpdgym.students.chain", "n_skills": 2}
    numbers = {"_target_": BKT, "prior": [0.4, 0.3], "learn": [0.3, 0.45], "guess": 0.2, "slip": 0.1}
    numbers |= {"level_width": float("inf"), **student}
    schedule = {"lessons": lessons, "retention_days": 0}
    return Scenario.load("Tiny-v0", replace={"curriculum": curriculum, "student": numbers, "schedule": schedule})


def world_of(scenario):
    return read_world(Problem.of(scenario.make(1, seed=0, autoreset=False), privileged=True))


def brute_force(scenario):
    """The value of the best policy by trying every policy: a policy is an item for every history of answers.

    It works on the definition of BKT students alone: answer, then learn, the second skill only after the first.
    """
    s, t = scenario.student, scenario.schedule.session_lessons
    prior, learn, guess, slip = s.prior, s.learn, 0.2, 0.1
    start = {(0, 0): 1 - prior[0], (1, 0): prior[0] * (1 - prior[1]), (1, 1): prior[0] * prior[1]}

    def lesson(belief, item, answer):
        after = {}
        for (a, b), p in belief.items():
            known = (a, b)[item]
            right = 1 - slip if known else guess
            p *= right if answer else 1 - right
            chance = 0.0 if known else learn[item] * (1.0 if item == 0 or a else 0.0)
            learnt = (1, b) if item == 0 else (a, 1)
            after[(a, b)] = after.get((a, b), 0.0) + p * (1 - chance)
            after[learnt] = after.get(learnt, 0.0) + p * chance
        return after

    histories = [h for n in range(t) for h in itertools.product((0, 1), repeat=n)]
    best = -1.0
    for items in itertools.product((0, 1), repeat=len(histories)):
        plan, total = dict(zip(histories, items, strict=True)), 0.0
        for answers in itertools.product((0, 1), repeat=t):
            belief = start
            for n, answer in enumerate(answers):
                belief = lesson(belief, plan[answers[:n]], answer)
            for known, p in belief.items():
                total += p * np.mean([1 - slip if k else guess for k in known])
        best = max(best, total)
    return best


@pytest.mark.parametrize("lessons", [1, 2, 3])
def test_the_value_equals_that_of_the_best_of_all_policies(lessons):
    scenario = small(lessons)
    assert solve(world_of(scenario)).value == pytest.approx(brute_force(scenario), abs=1e-12)


def test_its_students_get_what_was_computed_and_nobody_does_better():
    scenario = Scenario.load("Tiny-v0")
    best = build_policy("optimal")
    taught = teach(scenario, best, n_students=8000, cohort_seed=0)
    error = taught.outcomes["exam"].std() / np.sqrt(8000)
    assert taught.mean("exam") == pytest.approx(best.plan.value, abs=4 * error)
    for name in ("mastery", "greedy", "ready_random", "linear"):
        other = teach(scenario, build_policy(name), n_students=2000, cohort_seed=0, metrics=False)
        paired = taught.outcomes["exam"][:2000] - other.outcomes["exam"]
        assert paired.mean() >= -3 * paired.std() / np.sqrt(2000)


def test_it_keeps_the_contract_and_starts_afresh_with_every_student():
    check_policy("optimal", "Tiny-v0")
    scenario = Scenario.load("Tiny-v0")
    env = scenario.make(6, seed=0, autoreset=True)
    policy = build_policy("optimal")
    policy.bind(Problem.of(env, privileged=True))
    observation, _ = env.reset(seed=0)
    state, start, first = None, np.ones(6, bool), []
    for lesson in range(14):
        actions, state = policy.predict(observation, state, start)
        if lesson % 6 == 0:
            first.append(actions.tolist())
        observation, _, start, _, _ = env.step(actions)
    assert len({a for row in first for a in row}) == 1


def test_approaches_and_levels_are_solved_with_the_number_of_lessons_that_a_skill_has_had():
    items = [{"approach": "example"}, {"difficulty": 0.5, "exam": True}]
    chain = {"_target_": "zpdgym.students.chain", "n_skills": 2, "items": items}
    scenario = small(5, curriculum=chain, level_width=1.5)
    world = world_of(scenario)
    assert world.counted
    policy = build_policy("optimal")
    taught = teach(scenario, policy, n_students=8000, cohort_seed=0, metrics=False)
    error = taught.outcomes["exam"].std() / np.sqrt(8000)
    assert taught.mean("exam") == pytest.approx(policy.plan.value, abs=4 * error)


def read(folder, skills, items) -> dict:
    """The section of a curriculum of these skills (name: prerequisites) and items (name: skills)."""
    data = {
        "name": "own",
        "skills": [{"name": n, "prerequisites": list(p)} for n, p in skills.items()],
        "items": [{"name": n, "skills": list(s), "exam": len(s) == 1} for n, s in items.items()],
    }
    (folder / "own.json").write_text(json.dumps(data))
    return {"_target_": "zpdgym.students.read_curriculum", "path": str(folder / "own.json")}


ITEMS = {"one": "a", "two": "b", "both": "ab"}


def test_forgetting_between_sessions_and_items_of_two_skills_are_solved(tmp_path):
    scenario = small(curriculum=read(tmp_path, {"a": "", "b": "a"}, ITEMS), learn=0.3, forget=0.05, leak=0.2)
    schedule = {"sessions": 2, "session_lessons": 2, "days_between": 5, "retention_days": 6}
    scenario = Scenario.load(scenario, replace={"schedule": schedule})
    policy = build_policy("optimal")
    taught = teach(scenario, policy, n_students=8000, cohort_seed=0, metrics=False)
    error = taught.outcomes["exam"].std() / np.sqrt(8000)
    assert taught.mean("exam") == pytest.approx(policy.plan.value, abs=4 * error)


def test_the_transition_of_an_item_of_two_skills_learns_each_by_itself(tmp_path):
    scenario = small(2, curriculum=read(tmp_path, {"a": "", "b": "a"}, ITEMS), leak=0.5)
    move = world_of(scenario).learn(2, (0, 0))
    np.testing.assert_allclose(move.sum(axis=1), 1.0)
    student = scenario.student
    state = student.allocate(1)
    student.reset(state, np.arange(1), np.full((1, student.reset_draws), 0.99))
    skills = np.array([s.bit_count() for s in range(4)])
    assert move[0] @ skills == pytest.approx(student.expected_gain(state)[0, 2])
    first, second = move[0, 1] + move[0, 3], move[0, 2] + move[0, 3]
    assert move[0, 3] == pytest.approx(first * second)
    assert second < first  # its prerequisite is missing


def test_a_world_that_is_too_large_or_of_another_kind_is_refused_in_one_line():
    with pytest.raises(InputError, match=r"beliefs of 8 numbers each \(limit: 100 numbers in all.*; Tiny-v0 is small"):
        teach(Scenario.load("Tiny-v0"), build_policy({"_target_": "zpdgym.agents.Optimal", "limit": 100}),
              n_students=1, cohort_seed=0)  # fmt: skip
    with pytest.raises(InputError, match="64 states of knowledge, 6 items and 100 lessons"):
        teach(Scenario.load("KT6KC-v0"), build_policy("optimal"), n_students=1, cohort_seed=0)
    wide = small(2, curriculum={"_target_": "zpdgym.students.chain", "n_skills": 11}, prior=0.3, learn=0.3)
    varied = {"_target_": "zpdgym.students.Population", "sd": {"learn": 0.5}}
    refused = [
        (wide, "11 skills have 2.11 states"),
        (Scenario.load(small(), replace={"population": varied}), "students differ"),
        (Scenario.load(small(), change={"actions": {"finish": True}}), "end early"),
    ]
    for scenario, message in refused:
        scenario.__dict__["belief_parameters"] = {"kind": "bkt", "prior": 0.3, "learn": 0.3, "guess": 0.2, "slip": 0.1}
        with pytest.raises(InputError, match=message):
            teach(scenario, build_policy("optimal"), n_students=1, cohort_seed=0)


def test_one_step_gain_of_bkt_does_not_depend_on_the_answer():
    """E[p'] = p + (1 - p) T whatever the answer: students.md 14.12."""
    scenario = small(prior=0.3)
    env = scenario.make(1, seed=0)
    belief = np.array([[0.37, 0.61]])
    gain = env.belief.expected_gain(belief)
    learn = env.belief.parameters()["learn"]
    np.testing.assert_allclose(gain[0], [(1 - 0.37) * learn[0], (1 - 0.61) * learn[1] * 0.37])


def test_for_independent_skills_one_fixed_lesson_plan_is_as_good_as_greedy_allocation(tmp_path):
    """Open loop, the best allocation takes the largest (1 - L0)(1 - T)^n T each time: students.md 14.15."""
    prior, learn, lessons = np.array([0.2, 0.5]), np.array([0.15, 0.4]), 5

    def value(counts):
        return (1 - (1 - prior) * (1 - learn) ** counts).sum()

    counts = np.zeros(2, int)
    for _ in range(lessons):
        counts[((1 - prior) * (1 - learn) ** counts * learn).argmax()] += 1
    assert value(counts) == pytest.approx(max(value(np.array([n, lessons - n])) for n in range(lessons + 1)))
    alone = read(tmp_path, {"a": "", "b": ""}, {"one": "a", "two": "b"})
    scenario = small(lessons, curriculum=alone, prior=prior.tolist(), learn=learn.tolist())
    closed = solve(world_of(scenario)).value
    open_loop = 0.2 + 0.7 * value(counts) / 2
    assert closed > open_loop  # watching the answers is worth something
    greedy = teach(scenario, build_policy("greedy"), n_students=8000, cohort_seed=0, metrics=False)
    assert greedy.mean("exam") <= closed + 0.01


FORGETFUL = {"prior": [0.4, 0.3], "learn": [0.3, 0.45], "forget": [0.08, 0.03], "leak": 0.25}


def forgetful(**schedule) -> Scenario:
    """Two skills in a row, soft prerequisites, two sessions of two lessons, forgetting between and after them."""
    schedule = {"sessions": 2, "session_lessons": 2, "days_between": 5, "retention_days": 6, **schedule}
    return Scenario.load(small(**FORGETFUL), replace={"schedule": schedule})


class ByDefinition:
    """The same students from the definition of BKT alone: four states of knowledge, in plain Python."""

    guess, slip = 0.2, 0.1
    states = ((0, 0), (1, 0), (0, 1), (1, 1))

    def start(self):
        a, b = FORGETFUL["prior"]
        return {(0, 0): 1 - a, (1, 0): a * (1 - b), (1, 1): a * b}

    def learnt(self, known, item):
        """The chances of the states after learning, from one state."""
        if known[item]:
            return {known: 1.0}
        ready = item == 0 or known[0]
        chance = FORGETFUL["learn"][item]
        odds = chance / (1 - chance) * (1.0 if ready else FORGETFUL["leak"])
        chance = odds / (1 + chance / (1 - chance)) if not ready else chance
        after = (1, known[1]) if item == 0 else (known[0], 1)
        return {known: 1 - chance, after: chance}

    def forgotten(self, known, days):
        """The chances of the states after some days, from one state."""
        keep = [np.exp(-f * days) if k else 1.0 for f, k in zip(FORGETFUL["forget"], known, strict=True)]
        chances = {}
        for kept in itertools.product((0, 1), repeat=2):
            p = np.prod([q if k else 1 - q for q, k in zip(keep, kept, strict=True)])
            after = tuple(n * k for n, k in zip(known, kept, strict=True))
            chances[after] = chances.get(after, 0.0) + p
        return chances

    def moved(self, belief, step):
        after = {}
        for known, p in belief.items():
            for state, q in step(known).items():
                after[state] = after.get(state, 0.0) + p * q
        return after

    def days_after(self, lesson):
        return 5.0 if lesson == 1 else 0.0

    def worth(self, belief):
        later = self.moved(belief, lambda known: self.forgotten(known, 6.0))
        return sum(p * np.mean([1 - self.slip if k else self.guess for k in known]) for known, p in later.items())

    def lesson(self, belief, number, item, answer):
        likely = {known: (1 - self.slip if known[item] else self.guess) for known in belief}
        seen = {known: p * (likely[known] if answer else 1 - likely[known]) for known, p in belief.items()}
        learnt = self.moved(seen, lambda known: self.learnt(known, item))
        return self.moved(learnt, lambda known: self.forgotten(known, self.days_after(number)))


def test_with_forgetting_and_soft_prerequisites_no_policy_of_all_is_better():
    """Every policy of four lessons: an item for each of the fifteen histories of answers."""
    model, lessons = ByDefinition(), 4
    histories = [h for n in range(lessons) for h in itertools.product((0, 1), repeat=n)]
    values = {}

    def value(plan, history, belief):
        if len(history) == lessons:
            return model.worth(belief)
        item = plan[history]
        return sum(value(plan, (*history, y), model.lesson(belief, len(history), item, y)) for y in (0, 1))

    # the value of a policy is a sum over its last items, so the last lesson's choices are made one by one
    early, late = histories[: 2**3 - 1], histories[2**3 - 1 :]
    best = -1.0
    for items in itertools.product((0, 1), repeat=len(early)):
        plan, total = dict(zip(early, items, strict=True)), 0.0
        for history in late:
            belief = model.start()
            for n, y in enumerate(history):
                belief = model.lesson(belief, n, plan[history[:n]], y)
            key = (history, tuple(plan[history[:n]] for n in range(3)))
            if key not in values:
                values[key] = max(sum(model.worth(model.lesson(belief, 3, item, y)) for y in (0, 1)) for item in (0, 1))
            total += values[key]
        best = max(best, total)
    assert solve(world_of(forgetful())).value == pytest.approx(best, abs=1e-12)
    # one whole policy by the plain recursion, so that the shortcut above is checked too
    greedy = dict.fromkeys(histories, 0)
    assert value(greedy, (), model.start()) <= best


def observed_by_force(model, lessons):
    """The best of all rules that choose by what is known: every choice for every lesson and state is tried in turn."""

    def value(known, number):
        if number == lessons:
            return model.worth({known: 1.0})
        choices = []
        for item in (0, 1):
            after = model.moved(model.learnt(known, item), lambda s: model.forgotten(s, model.days_after(number)))
            choices.append(sum(p * value(state, number + 1) for state, p in after.items()))
        return max(choices)

    return sum(p * value(known, 0) for known, p in model.start().items())


def test_the_observed_optimum_equals_full_recursion_with_forgetting_and_prerequisites():
    world = world_of(forgetful())
    assert solve_observed(world).value == pytest.approx(observed_by_force(ByDefinition(), 4), abs=1e-12)


@pytest.mark.parametrize("scenario", ["Tiny-v0", small(4), forgetful()], ids=["tiny", "chain", "forgetful"])
def test_who_sees_everything_is_never_below_who_sees_answers(scenario):
    scenario = Scenario.load(scenario)
    world = world_of(scenario)
    assert solve_observed(world).value >= solve(world).value


def test_students_taught_by_the_observed_plan_get_what_was_computed_and_nobody_gets_more():
    scenario = forgetful()
    policy = build_policy("fully_observed")
    taught = teach(scenario, policy, n_students=8000, cohort_seed=0, metrics=False)
    error = taught.outcomes["exam"].std() / np.sqrt(8000)
    assert taught.mean("exam") == pytest.approx(policy.plan.value, abs=4 * error)
    for name in ("oracle_greedy", "oracle_lookahead", "optimal"):
        other = teach(scenario, build_policy(name), n_students=2000, cohort_seed=0, metrics=False)
        paired = taught.outcomes["exam"][:2000] - other.outcomes["exam"]
        assert paired.mean() >= -3 * paired.std() / np.sqrt(2000)


def test_the_observed_plan_follows_how_often_a_skill_was_taught():
    items = [{"approach": "example"}, {"difficulty": 0.5, "exam": True}]
    chain = {"_target_": "zpdgym.students.chain", "n_skills": 2, "items": items}
    scenario = small(5, curriculum=chain, level_width=1.5)
    policy = build_policy("fully_observed")
    taught = teach(scenario, policy, n_students=8000, cohort_seed=0, metrics=False)
    error = taught.outcomes["exam"].std() / np.sqrt(8000)
    assert taught.mean("exam") == pytest.approx(policy.plan.value, abs=4 * error)
    assert policy.plan.value >= solve(world_of(scenario)).value
    assert [len(a) for a in policy.plan.action] == [1, 2, 3, 4, 5]


def test_on_kt6kc_seeing_everything_gives_the_binomial_value():
    """Each lesson teaches the next skill with .2: E[min(6, Bin(25, .2))] / 6 skills known (published-results T2)."""
    scenario = Scenario.load("KT6KC-v0", change={"schedule.lessons": 25})
    scenario.__dict__["belief_parameters"] = Scenario.load("KT6KC-v0").belief_parameters
    value = solve_observed(world_of(scenario)).value
    assert (value - 0.1) / 0.8 == pytest.approx(0.7665, abs=5e-5)


def test_the_observed_policy_keeps_the_contract_and_refuses_in_one_line():
    check_policy("fully_observed", "Tiny-v0")
    with pytest.raises(InputError, match="policy fully_observed cannot solve scenario Practice-v1 exactly"):
        teach(Scenario.load("practice"), build_policy("fully_observed"), n_students=1, cohort_seed=0)
    limited = build_policy({"_target_": "zpdgym.agents.FullyObserved", "limit": 20})
    with pytest.raises(
        InputError, match=r"8 states of knowledge, 3 items and 6 lessons, in which .* more than limit=20"
    ):
        teach(Scenario.load("Tiny-v0"), limited, n_students=1, cohort_seed=0)
