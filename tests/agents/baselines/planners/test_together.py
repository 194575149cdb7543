"""Lessons tried in thought on a belief that carries evidence along prerequisites, against that belief itself."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from zpdgym.agents import build_policy, check_policy, teach
from zpdgym.agents.baselines.adaptive_testing import ClosestToP
from zpdgym.agents.baselines.planners.believed import Believed, appraise, appraise_again
from zpdgym.envs.beliefs.base import Believed as Seen
from zpdgym.envs.beliefs.bkt import BKTBelief
from zpdgym.envs.beliefs.graph import GraphBelief
from zpdgym.envs.beliefs.refit import with_any_belief
from zpdgym.envs.beliefs.simulation import chance_right, gain_of, readiness
from zpdgym.envs.beliefs.simulation import teach as teach_mind
from zpdgym.envs.scenario import Scenario
from zpdgym.errors import InputError
from zpdgym.students.curriculum.builders import chain
from zpdgym.students.model import allocate_outcome

from tests.helpers import bound
from tests.reference.joint import random_world

TARGET = "zpdgym.agents.baselines.planners.lookahead."
PLANNERS = {
    "Expectimax": {"depth": 2, "candidates": 3},
    "MonteCarlo": {"simulations": 2, "horizon": 3, "candidates": 2},
    "CrossEntropy": {"horizon": 3, "samples": 6, "elite": 2, "rounds": 2},
}
GRAPH = {"kind": "graph", "source": "given", "prior": 0.4, "learn": 0.3, "guess": 0.2, "slip": 0.1, "leak": 0.1}


def foreseen(belief, *columns):
    """A planner's numbers where these columns are shown; without ``open``, of one who takes skills as independent."""
    if "open" not in columns:
        numbers = {name: value for name, value in belief.parameters().items() if name != "kind"}
        belief = BKTBelief(belief.curriculum, **numbers)
    shown = [SimpleNamespace(name=name) for name in columns]
    schedule = SimpleNamespace(by_minutes=False)
    problem = SimpleNamespace(belief=belief, curriculum=belief.curriculum, columns=shown, schedule=schedule, index=len)
    return Believed(problem, "test", per="lesson", ready=0.0)  # pyright: ignore[reportArgumentType]


def mind_of(state, believed):
    """A mind as the belief's record says it."""
    rows = [state["belief"][0], 0.0 * state["belief"][0]] + [0.0 * state["belief"][0]] * 4
    rows += [state[name][0] for name in believed.shown[2:]]
    return np.array(rows)


def see(belief, state, item, correct):
    out = allocate_outcome(1)
    out["answered"], out["correct"] = True, correct
    belief.update(state, np.array([item]), out)


def drawn(belief, state, rng):
    """Any item, and an answer that the belief deems as likely as it is drawn."""
    item = int(rng.integers(belief.curriculum.n_items))
    return item, bool(rng.random() < belief.p_correct(Seen.of(state))[0, item])


def gains(mind, believed, n_items):
    return np.array([gain_of(mind, m, believed.floats, believed.ints) for m in range(n_items)])


def open_of(mind, believed):
    """What is open of each skill in a mind."""
    if len(mind) == 8:
        return mind[-1]
    skills = range(mind.shape[1])
    return (1 - mind[0]) * [readiness(mind, k, believed.floats, believed.ints) for k in skills]


def test_first_lessons_are_worth_what_the_belief_says_and_later_ones_nearer_to_it_than_with_skills_as_independent():
    errors: dict[int, list[list[float]]] = {1: [], 3: []}
    for seed in range(12):
        c, numbers = random_world(seed, 3 + seed % 8, parents=2 + seed % 3)
        belief, rng = GraphBelief(c, **numbers), np.random.default_rng(seed)
        known = foreseen(belief, "belief", "tries", "ready", "open"), foreseen(belief, "belief", "tries")
        state = belief.allocate(1)
        for _ in range(4):
            for _ in range(4):
                see(belief, state, *drawn(belief, state, rng))
            minds = [mind_of(state, believed) for believed in known]
            expected = belief.expected_gain(Seen.of(state))[0]
            np.testing.assert_array_equal(gains(minds[0], known[0], c.n_items), expected)
            right = [chance_right(minds[0], m, known[0].floats, known[0].ints) for m in range(c.n_items)]
            np.testing.assert_allclose(right, belief.p_correct(Seen.of(state))[0], atol=1e-12)
            for lesson in (1, 2, 3):
                item, correct = drawn(belief, state, rng)
                see(belief, state, item, correct)
                for mind, believed in zip(minds, known, strict=True):
                    teach_mind(mind, item, correct, believed.floats, believed.ints)
                if lesson in errors:
                    expected, found = belief.expected_gain(Seen.of(state))[0], list[float]()
                    for mind, believed in zip(minds, known, strict=True):
                        found.append(float(np.abs(mind[0] - state["belief"][0]).mean()))
                        found.append(float(np.abs(gains(mind, believed, c.n_items) - expected).mean()))
                        found.append(float(np.abs(open_of(mind, believed) - state["open"][0]).mean()))
                    errors[lesson].append(found)
    for found in errors.values():
        together, independent = np.mean(found, axis=0).reshape(2, 3)  # belief, gain, open
        assert (together < independent / 2).all()


@pytest.mark.kernels
def test_a_lesson_and_its_answer_move_neighbours_as_the_belief_does_in_a_chain():
    """In a chain of two skills the three numbers a skill are all there is to know."""
    belief = GraphBelief(chain(2), prior=0.4, learn=0.25, guess=0.2, slip=0.1, leak=0.1)
    believed = foreseen(belief, "belief", "tries", "ready", "open")
    for item in (0, 1):
        for correct in (True, False):
            state = belief.allocate(1)
            mind = mind_of(state, believed)
            see(belief, state, item, correct)
            teach_mind(mind, item, correct, believed.floats, believed.ints)
            for row, name in ((0, "belief"), (-2, "ready"), (-1, "open")):
                np.testing.assert_allclose(mind[row], state[name][0], atol=1e-9)


def test_all_that_a_lesson_may_have_changed_is_appraised_again():
    for seed in range(6):
        c, numbers = random_world(seed, 5 + seed, parents=3)
        belief, rng = GraphBelief(c, **numbers), np.random.default_rng(seed)
        believed, allowed = foreseen(belief, "belief", "tries", "ready", "open"), np.ones(c.n_items, bool)
        mind = mind_of(belief.allocate(1), believed)
        appraise(mind, allowed, believed.floats, believed.ints)
        for _ in range(10):
            item = int(rng.integers(c.n_items))
            teach_mind(mind, item, bool(rng.random() < 0.5), believed.floats, believed.ints)
            appraise_again(mind, item, allowed, believed.floats, believed.ints)
            afresh = mind.copy()
            appraise(afresh, allowed, believed.floats, believed.ints)
            np.testing.assert_array_equal(mind, afresh)


def small(**change) -> Scenario:
    return Scenario.load("Tiny-v0", change={"belief": GRAPH, **change})


@pytest.mark.kernels
@pytest.mark.parametrize("name", PLANNERS)
def test_planners_keep_the_contract_and_with_one_lesson_of_foresight_are_greedy(name):
    scenario = small()
    check_policy(build_policy({"_target_": TARGET + name, **PLANNERS[name]}), scenario, n_students=6)
    one = {"depth": 1} if name == "Expectimax" else {"horizon": 1}
    for ready in (0.0, 0.5):
        taught = [
            teach(scenario, build_policy(policy), n_students=40, cohort_seed=2, keep=40, metrics=False)
            for policy in (
                {"_target_": TARGET + name, "ready": ready, **one},
                {"_target_": "zpdgym.agents.Greedy", "ready": ready},
            )
        ]
        np.testing.assert_array_equal(*[one.kept["items"] for one in taught])


def test_what_is_ready_must_be_shown_beside_what_is_open():
    columns = ["belief", "open", "tries", "time_left"]
    with pytest.raises(InputError, match="does not show the column 'ready'"):
        bound({"_target_": TARGET + "Expectimax"}, small(**{"observe.columns": columns}))


def test_the_stand_in_for_a_belief_that_is_not_fitted_yet_says_what_is_ready_and_open():
    """The columns are read from where a joint belief keeps them."""
    scenario = with_any_belief(Scenario.load("algebra", change={"belief.kind": "graph"}))
    env = scenario.make(2, seed=0)
    seen, _ = env.reset()
    names = [column.name for column in env.columns]
    belief, ready, open_ = (seen[0, :, names.index(name)] for name in ("belief", "ready", "open"))
    roots = ~env.curriculum.prerequisites.any(axis=1)
    np.testing.assert_allclose(ready[roots], 1.0)
    np.testing.assert_allclose(belief + open_, ready, atol=1e-6)  # nothing is known yet without its prerequisites


def test_closest_to_p_asks_the_belief_about_skills_that_hang_together():
    """Of an item that exercises a skill and what it needs, the chance of a right answer is no product."""
    q = np.concatenate([np.eye(2, dtype=bool), np.ones((1, 2), bool)])
    items = {
        "items": ("first", "second", "both"),
        "difficulty": np.zeros(3),
        "minutes": np.ones(3),
        "exam": np.ones(3, bool),
    }
    c = replace(chain(2), q=q, approach=np.zeros(3, np.int64), **items)
    belief = GraphBelief(c, prior=[0.5, 0.9], learn=0.25, guess=0.2, slip=0.1)
    policy = ClosestToP(p=0.5)
    policy.problem = SimpleNamespace(belief=belief)  # pyright: ignore[reportAttributeAccessIssue]
    right = 0.2 + 0.7 * 0.5 * 0.9  # the second is known only where the first is
    assert policy.value(Seen.of(belief.allocate(1)))[0, 2] == pytest.approx(-abs(right - 0.5))
