"""The belief over knowledge states: Bayes' rule over sets of skills, written out in plain Python beside it."""

from __future__ import annotations

import numpy as np
import pytest
from zpdgym.envs.beliefs.build import build_belief, true_population
from zpdgym.errors import InputError
from zpdgym.students import BLIM, TMS, chain, independent, random_dag, tree
from zpdgym.students.check import check_curriculum
from zpdgym.students.model import allocate_outcome

SMALL = [check_curriculum(), tree(7), chain(5), independent(n_skills=4)]
NUMBERS = {"prior": 0.6, "learn": 0.3, "guess": 0.2, "slip": 0.1}


def seen(belief, lessons, n=4, seed=0):
    """The records of students after lessons at random."""
    rng, state, taught = np.random.default_rng(seed), belief.allocate(n), []
    for _ in range(lessons):
        items, out = rng.integers(-1, belief.curriculum.n_items, n), allocate_outcome(n)
        out["answered"] = (items >= 0) & belief.curriculum.asks[items]
        out["correct"] = out["answered"] & (rng.random(n) < 0.6)
        belief.update(state, items, out)
        belief.elapse(state, np.full(n, 2.0))
        taught.append((items.copy(), out.copy()))
    return state, taught


@pytest.mark.kernels
@pytest.mark.parametrize("learn_first", [False, True])
@pytest.mark.parametrize("curriculum", SMALL, ids=lambda c: c.name)
def test_it_is_the_exact_belief_where_that_can_be_written_out(curriculum, learn_first):
    exact, states = (build_belief({"kind": kind, **NUMBERS, "learn_first": learn_first}, curriculum)
                     for kind in ("exact", "states"))  # fmt: skip
    one, other = seen(exact, 25)[0], seen(states, 25)[0]
    for name in ("belief", "total", "ready", "open"):
        np.testing.assert_allclose(other[name], one[name], atol=1e-12, err_msg=name)


def by_sets(curriculum, lessons):
    """P(known) of one student after (item, answered, right), over frozensets of skills."""
    needs = [frozenset(np.flatnonzero(row).tolist()) for row in curriculum.prerequisites]
    states = {frozenset[int](): 1.0}
    for k in curriculum.order.tolist():
        grown = dict[frozenset[int], float]()
        for state, p in states.items():
            chance = NUMBERS["prior"] if needs[k] <= state else 0.0
            for then, share in ((state | {k}, chance), (state, 1.0 - chance)):
                grown[then] = grown.get(then, 0.0) + p * share
        states = {state: p for state, p in grown.items() if p > 0}
    for item, answered, right in lessons:
        if item < 0:
            continue
        own = set(np.flatnonzero(curriculum.q[item]).tolist())
        if answered:
            chance = {s: 1 - NUMBERS["slip"] if own <= s else NUMBERS["guess"] for s in states}
            states = {s: p * (chance[s] if right else 1 - chance[s]) for s, p in states.items()}
            total = sum(states.values())
            states = {s: p / total for s, p in states.items()}
        for k in own:  # these curricula have items of one skill
            moved = dict(states)
            for s, p in states.items():
                if k not in s and needs[k] <= s:
                    moved[s] -= p * NUMBERS["learn"]
                    moved[s | {k}] = moved.get(s | {k}, 0.0) + p * NUMBERS["learn"]
            states = moved
    return np.array([sum(p for s, p in states.items() if k in s) for k in range(curriculum.n_skills)])


@pytest.mark.kernels
def test_it_follows_sets_of_skills_where_there_are_too_many_combinations():
    curriculum = random_dag(14, seed=3)
    belief = build_belief({"kind": "states", **NUMBERS}, curriculum)
    state, taught = seen(belief, 20, n=2)
    for i in range(2):
        lessons = [(int(items[i]), bool(out["answered"][i]), bool(out["correct"][i])) for items, out in taught]
        np.testing.assert_allclose(state["belief"][i], by_sets(curriculum, lessons), atol=1e-12)


@pytest.mark.parametrize(("student", "first"), [(BLIM, False), (TMS, True)])
def test_students_in_knowledge_states_say_their_numbers(student, first):
    made = student(chain(3, items=[{}, {"difficulty": 1.0}]))
    for kind in ("states", "exact"):
        told = true_population(kind, made)
        assert told["prior"] == made.prior.tolist()
        assert (told["guess"], told["slip"]) == (made.guess.tolist(), made.slip.tolist())
        assert told["learn"] == np.repeat(made.learn, 2).tolist()
        assert told["learn_first"] is first
        build_belief(told, made.curriculum)


def test_who_learns_the_skills_of_an_item_unlike_has_no_number_for_it():
    with pytest.raises(InputError, match="has no numbers for a states belief"):
        true_population("states", BLIM(check_curriculum(), learn=[0.1, 0.2, 0.3, 0.4]))


@pytest.mark.parametrize(
    ("numbers", "curriculum", "says"),
    [
        ({"forget": 0.1}, chain(3), "unknown key 'belief.forget'"),
        ({"leak": 0.1}, chain(3), "unknown key 'belief.leak'"),
        ({}, independent(n_skills=13), "at most 5000 knowledge states; 'independent skills' has more, with 13 skills"),
    ],
)
def test_what_is_no_knowledge_space_is_refused(numbers, curriculum, says):
    with pytest.raises(InputError, match=says):
        build_belief({"kind": "states", **NUMBERS, **numbers}, curriculum)
