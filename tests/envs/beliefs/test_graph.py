"""The belief that carries evidence along prerequisites, against the joint over all combinations of known skills."""

import numpy as np
import pytest
from zpdgym.envs.beliefs import _graph
from zpdgym.envs.beliefs.base import Believed
from zpdgym.envs.beliefs.bkt import BKTBelief
from zpdgym.envs.beliefs.cliques import LARGEST, clique_tree
from zpdgym.envs.beliefs.course import course_log
from zpdgym.envs.beliefs.exact import ExactBelief
from zpdgym.envs.beliefs.graph import GraphBelief
from zpdgym.envs.scenario import Scenario
from zpdgym.errors import InputError
from zpdgym.students.curriculum.builders import chain, random_dag, tree
from zpdgym.students.model import allocate_outcome

from tests.helpers import world
from tests.reference.joint import Joint, follow, random_world

NUMBERS = {"prior": 0.5, "learn": 0.2, "guess": 0.2, "slip": 0.1, "forget": 0.03, "leak": 0.1}


def see(belief, state, item, correct):
    out = allocate_outcome(len(state))
    out["answered"], out["correct"] = True, correct
    belief.update(state, np.full(len(state), item), out)


@pytest.mark.kernels
@pytest.mark.parametrize("seed", range(12))
def test_without_learning_it_is_the_joint_itself(seed):
    """Answers on one skill each change nothing that the cliques cannot say, nor do days at the end."""
    c, numbers = random_world(seed, 6, parents=3)
    numbers = {**numbers, "learn": 0.0}
    belief, joint = GraphBelief(c, **numbers), Joint(c, numbers)
    state, rng = belief.allocate(1), np.random.default_rng(seed)
    for _ in range(12):
        item, correct = int(rng.integers(c.n_skills)), bool(rng.random() < 0.5)
        see(belief, state, item, correct)
        joint.lesson(item, correct)
    belief.elapse(state, np.array([4.0]))
    joint.days(4.0)
    assert belief.tree.kept.sum() == c.prerequisites.sum()
    np.testing.assert_allclose(state["belief"][0], joint.marginal(), atol=1e-9)
    np.testing.assert_allclose(state["ready"][0], joint.ready(), atol=1e-9)
    np.testing.assert_allclose(state["open"][0], joint.open(), atol=1e-9)


@pytest.mark.kernels
@pytest.mark.parametrize("seed", range(6))
def test_what_had_become_all_but_impossible_may_turn_out_true(seed):
    """Wrong answers without end, then right ones: what was left of a combination by then is passed on all the same."""
    c, numbers = random_world(seed, 6, parents=3)
    numbers = {**numbers, "learn": 0.0, "forget": 0.0, "guess": 0.02, "slip": 0.02}
    belief, joint = GraphBelief(c, **numbers), Joint(c, numbers)
    state, rng = belief.allocate(1), np.random.default_rng(seed)
    for correct in (False, True, False, True):
        for item in rng.integers(c.n_skills, size=30):
            see(belief, state, int(item), correct)
            joint.lesson(int(item), correct)
        np.testing.assert_allclose(state["belief"][0], joint.marginal(), atol=1e-9)


@pytest.mark.parametrize("parents", [2, 4])
def test_it_stays_near_the_joint_and_nearer_than_skills_taken_as_independent(parents):
    judged = [follow(seed, 2 + seed % 7, parents=parents, students=2, lessons=30) for seed in range(14)]
    excess, factored = np.array([world.excess for world in judged]).T
    assert excess.mean() <= 0.002
    assert np.quantile(excess, 0.9) <= 0.005
    assert (excess - factored).max() <= 0.0005
    assert factored.mean() > 5 * excess.mean()
    assert np.mean([world.gain_error for world in judged]) <= 0.03
    assert np.mean([world.right_error for world in judged]) <= 0.01


def test_it_stays_near_the_joint_of_twelve_skills():
    world = follow(3, 12, parents=3, students=1, lessons=20)
    assert world.excess[0] <= 0.005
    assert world.gain_error <= 0.05


@pytest.mark.kernels
def test_a_right_answer_speaks_for_the_prerequisites_and_a_wrong_one_against_what_builds_on_it():
    belief = GraphBelief(chain(4), **{**NUMBERS, "learn": 0.0})
    up, down = belief.allocate(1), belief.allocate(1)
    before = up["belief"][0].copy()
    see(belief, up, 2, True)
    see(belief, down, 1, False)
    assert (up["belief"][0] > before).all()
    assert (down["belief"][0] < before).all()


@pytest.mark.kernels
def test_a_lesson_teaches_what_is_open_and_the_leak_the_rest():
    belief = GraphBelief(tree(5, branching=2), **NUMBERS)
    state = belief.allocate(1)
    see(belief, state, 1, True)
    for k in range(5):
        after, out = state.copy(), allocate_outcome(1)
        belief.update(after, np.array([k]), out)  # nothing asked
        closed = 1.0 - state["belief"][0, k] - state["open"][0, k]
        gained = NUMBERS["learn"] * (state["open"][0, k] + NUMBERS["leak"] * closed)
        np.testing.assert_allclose(after["belief"][0, k] - state["belief"][0, k], gained, atol=1e-12)
        np.testing.assert_allclose(belief.expected_gain(Believed.of(state))[0, k], gained, atol=1e-12)
        np.testing.assert_allclose(after["belief"][0, np.arange(5) != k], state["belief"][0, np.arange(5) != k])


@pytest.mark.parametrize(("skills", "parents"), [(60, 2), (150, 3), (40, 8)])
def test_cliques_stay_small_and_agree_with_each_other(skills, parents):
    """Whatever is left out, each table is a distribution and neighbours agree about what they share."""
    c = random_dag(skills, seed=1, max_prerequisites=parents)
    cliques = clique_tree(c)
    assert max(map(len, cliques.cliques)) <= LARGEST
    assert cliques.size <= 32 * skills
    for k, home in enumerate(cliques.home):
        assert {k, *np.flatnonzero(cliques.kept[k])} <= set(cliques.cliques[home])
    assert not (cliques.kept & ~np.array(c.prerequisites)).any()
    belief = GraphBelief(c, **NUMBERS)
    state, rng = belief.allocate(2), np.random.default_rng(0)
    for _ in range(60):
        see(belief, state, int(rng.integers(c.n_items)), bool(rng.random() < 0.5))
        belief.elapse(state, np.array([0.0, 0.5]))
    for row in state:
        first, tables = 0, []
        for clique in cliques.cliques:
            tables.append(row["joint"][first : first + (1 << len(clique))].reshape((2,) * len(clique)))
            first += 1 << len(clique)
        for c_, table in enumerate(tables):
            np.testing.assert_allclose(table.sum(), 1.0, atol=1e-9)
            assert (table >= 0).all()
            up, shared = cliques.above[c_], cliques.cliques[c_][: cliques.shared[c_]]
            if up >= 0:
                both = [marginal(table, cliques.cliques[c_], shared), marginal(tables[up], cliques.cliques[up], shared)]
                np.testing.assert_allclose(*both, atol=1e-9)


def marginal(table, clique, skills):
    """Axes of a table are its skills from the last bit to the first; those of ``skills`` are kept, in their order."""
    axes = {k: len(clique) - 1 - bit for bit, k in enumerate(clique)}
    kept = table.sum(axis=tuple(axis for k, axis in axes.items() if k not in skills))
    left = sorted(skills, key=lambda k: axes[k])
    return kept.transpose([left.index(k) for k in skills])


@pytest.mark.parametrize("make", [GraphBelief, ExactBelief])
def test_gains_come_from_the_joint_where_what_is_open_is_given(make):
    c, numbers = random_world(5, 6, parents=3)
    numbers = {**numbers, "learn_first": False}
    belief, joint, rng = make(c, **numbers), Joint(c, numbers), np.random.default_rng(0)
    state = belief.allocate(1)
    for _ in range(10):
        item, correct = int(rng.integers(c.n_items)), bool(rng.random() < 0.5)
        see(belief, state, item, correct)
        joint.lesson(item, correct)
    expected = [joint.gain(m) for m in range(c.n_items)]
    found = belief.expected_gain(Believed.of(state))[0]
    np.testing.assert_allclose(found, expected, rtol=1e-9 if make is ExactBelief else 0.05, atol=1e-4)


def test_marginals_alone_are_refused_in_one_line():
    belief = GraphBelief(chain(3), **NUMBERS)
    with pytest.raises(InputError, match=r"kind graph foretells gains from Believed\(belief, open=...\)"):
        belief.expected_gain(np.full((1, 3), 0.5))


def test_students_share_no_room():
    """Bit by bit the same alone, in a cohort and in parts of it."""
    c, numbers = random_world(2, 7, parents=3)
    belief, rng = GraphBelief(c, **numbers), np.random.default_rng(4)
    all_, alone = belief.allocate(9), belief.allocate(1)
    for _ in range(25):
        items, out = rng.integers(-1, c.n_items, 9), allocate_outcome(9)
        out["answered"], out["correct"] = items >= 0, rng.random(9) < 0.5
        days = rng.choice([0.0, 2.0], 9)
        belief.update(all_, items, out)
        belief.elapse(all_, days)
        belief.update(alone, items[4:5].copy(), out[4:5].copy())
        belief.elapse(alone, days[4:5].copy())
    np.testing.assert_array_equal(all_[4:5], alone)


def test_what_is_read_off_is_what_the_tables_say():
    c, numbers = random_world(8, 8, parents=2)
    belief = GraphBelief(c, **numbers)
    state, rng = belief.allocate(3), np.random.default_rng(1)
    for _ in range(20):
        see(belief, state, int(rng.integers(c.n_items)), bool(rng.random() < 0.6))
    again = state.copy()
    for name in ("belief", "ready", "open", "total"):
        again[name] = -1.0
    _graph.sum_up(again.view(np.float64), belief._links)
    for name in ("belief", "ready", "open", "total"):
        np.testing.assert_allclose(again[name], state[name], atol=1e-12)


def test_the_fit_foretells_its_log_as_well_as_the_students_own_numbers_and_better_than_skills_by_themselves():
    scenario = world({"_target_": "zpdgym.students.tree", "n_skills": 5, "items": [{"difficulty": 0.0}]})
    log = course_log(scenario, n_students=300, seed=3)
    fitted, loss = GraphBelief.fit(log, seed=0)
    alone, factored = BKTBelief.fit(log, seed=0)
    own = GraphBelief(scenario.curriculum, **GraphBelief.from_student(scenario.student)).foretold(log).sum()
    assert GraphBelief(scenario.curriculum, **fitted).foretold(log).sum() == loss
    assert loss < own + 0.001
    assert loss < factored
    assert not np.array_equal(alone["learn"], fitted["learn"])


def _states(bits):
    """Every row of known skills as one number."""
    return bits @ (1 << np.arange(bits.shape[1]))


@pytest.mark.parametrize("seed", range(4))
def test_states_that_are_sampled_are_as_likely_as_the_exact_belief_says(seed):
    """All combinations of six skills; answers alone, so that the cliques say all that there is to say."""
    c, numbers = random_world(seed, 6, parents=3)
    numbers = {**numbers, "learn": 0.0}
    belief, exact = GraphBelief(c, **numbers), ExactBelief(c, **numbers)
    state, truth, rng, n = belief.allocate(1), exact.allocate(1), np.random.default_rng(seed), 40_000
    for _ in range(8):
        item, correct = int(rng.integers(c.n_skills)), bool(rng.random() < 0.5)
        see(belief, state, item, correct)
        see(exact, truth, item, correct)
    known = belief.sample(np.repeat(state, n), rng.random((n, len(belief.tree.cliques))))
    share = np.bincount(_states(known), minlength=1 << 6) / n
    likely = truth["joint"][0]
    assert (np.abs(share - likely) <= 5.0 * np.sqrt(likely * (1.0 - likely) / n) + 1e-9).all()


def test_samples_in_thirty_skills_agree_with_what_the_columns_show():
    belief, rng, n = Scenario.load("Algebra-v1").belief, np.random.default_rng(0), 40_000
    state = belief.allocate(1)
    for item in rng.integers(belief.curriculum.n_items, size=60):
        see(belief, state, int(item), bool(rng.random() < 0.6))
    belief.elapse(state, np.array([3.0]))
    known = belief.sample(np.repeat(state, n), rng.random((n, len(belief.tree.cliques))))
    ready = np.stack([known[:, row].all(axis=1) for row in belief.curriculum.prerequisites], axis=1)
    kept = (belief.tree.kept == belief.curriculum.prerequisites).all(axis=1)
    assert kept.sum() > 20
    for column, drawn in (("belief", known), ("ready", ready), ("open", ready & ~known)):
        p = state[column][0, kept]
        assert (np.abs(drawn[:, kept].mean(axis=0) - p) <= 5.0 * np.sqrt(p * (1.0 - p) / n) + 1e-9).all()


def test_a_sample_hangs_on_its_own_row_and_luck_alone():
    belief, rng = Scenario.load("Algebra-v1").belief, np.random.default_rng(1)
    state, u = belief.allocate(6), rng.random((6, len(belief.tree.cliques)))
    see(belief, state, 5, np.array([True, False, True, False, True, False]))
    together = belief.sample(state, u)
    apart = [belief.sample(state[i : i + 1], u[i : i + 1])[0] for i in range(6)]
    np.testing.assert_array_equal(together, apart)
