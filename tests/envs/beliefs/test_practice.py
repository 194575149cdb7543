"""The belief that counts lessons: exact in a small world, the graph belief where practice makes no difference."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from zpdgym.envs.beliefs.base import Believed
from zpdgym.envs.beliefs.build import build_belief, true_population
from zpdgym.envs.beliefs.counted.curves import COUNTED, LearningCurves
from zpdgym.envs.beliefs.counted.practice import PracticeBelief
from zpdgym.envs.beliefs.course import course_log
from zpdgym.envs.beliefs.graph import GraphBelief
from zpdgym.errors import InputError
from zpdgym.students.curriculum.builders import chain
from zpdgym.students.curriculum.curriculum import APPROACHES, Curriculum
from zpdgym.students.model import allocate_outcome

from tests.helpers import world
from tests.reference.joint import random_world

ITEMS = [
    {"approach": "example"},
    {"approach": "guided"},
    {},
    {"difficulty": 1.0},
]


def lessons(seed: int, n_items: int, students: int = 5, count: int = 40):
    """(items, what was seen, days) of some random lessons."""
    rng = np.random.default_rng(seed)
    for _ in range(count):
        out = allocate_outcome(students)
        out["answered"], out["correct"] = rng.random(students) < 0.7, rng.random(students) < 0.6
        yield rng.integers(-1, n_items, students), out, rng.choice([0.0, 0.0, 2.0], students)


@pytest.mark.kernels
@pytest.mark.parametrize("seed", range(4))
def test_where_practice_makes_no_difference_it_is_the_graph_belief_to_the_bit(seed):
    c, numbers = random_world(seed, 4 + 2 * seed, parents=1 + seed % 3)
    graph = GraphBelief(c, **numbers)
    learn = np.repeat(np.broadcast_to(numbers["learn"], c.n_items)[:, None], 3, axis=1)
    practice = PracticeBelief(c, **{**numbers, "learn": learn})
    states = graph.allocate(5), practice.allocate(5)
    for items, out, days in lessons(seed, c.n_items):
        for belief, state in zip((graph, practice), states, strict=True):
            belief.update(state, items, out)
            belief.elapse(state, days)
    for name in ("belief", "total", "ready", "open", "joint"):
        np.testing.assert_array_equal(states[0][name], states[1][name])
    np.testing.assert_allclose(
        graph.expected_gain(Believed.of(states[0])), practice.expected_gain(Believed.of(states[1])), atol=1e-14
    )


@pytest.mark.kernels
@pytest.mark.parametrize("learn_first", [False, True])
def test_in_a_chain_of_two_it_is_bayes_rule_with_the_chances_of_each_lesson(learn_first):
    """Against every combination of known skills, written out."""
    c, rng = chain(2, items=ITEMS[2:]), np.random.default_rng(3)
    learn, guess, slip, leak = rng.uniform(0.05, 0.6, (c.n_items, 4)), 0.2, 0.1, 0.3
    numbers = {"prior": [0.3, 0.4], "guess": guess, "slip": slip, "leak": leak, "learn_first": learn_first}
    belief = PracticeBelief(c, learn=learn, **numbers)
    state = belief.allocate(5)
    worlds = list(itertools.product((0, 1), repeat=2))
    joint = np.tile([0.7, 0.0, 0.3 * 0.6, 0.3 * 0.4], (5, 1))
    count = np.zeros((5, 2), int)
    for items, out, _ in lessons(7, c.n_items):
        belief.update(state, items, out)
        for i, m in enumerate(items):
            if m < 0:
                continue
            k = int(c.q[m].argmax())
            chance = learn[m, min(count[i, k], 3)]

            def teach(p, k=k, chance=chance):
                after = p.copy()
                for x, known in enumerate(worlds):
                    if not known[k]:
                        other = worlds.index((1, known[1]) if k == 0 else (known[0], 1))
                        moved = p[x] * chance * (1.0 if k == 0 or known[0] else leak)
                        after[x] -= moved
                        after[other] += moved
                return after

            def hear(p, i=i, k=k, out=out):
                if not out["answered"][i]:
                    return p
                right = np.array([1 - slip if known[k] else guess for known in worlds])
                p = p * (right if out["correct"][i] else 1 - right)
                return p / p.sum()

            for turn in (teach, hear) if learn_first else (hear, teach):
                joint[i] = turn(joint[i])
            count[i, k] += 1
    np.testing.assert_allclose(state["belief"], joint @ np.array(worlds), atol=1e-12)
    np.testing.assert_array_equal(state["tries"], count)
    np.testing.assert_allclose(state["open"][:, 1], joint[:, 2], atol=1e-12)


@pytest.mark.kernels
def test_what_it_expects_of_a_lesson_is_what_the_lesson_moves():
    """A lesson without an answer moves the sum of the beliefs by the gain that was expected of it."""
    c, numbers = random_world(5, 6, parents=2)
    rng = np.random.default_rng(5)
    belief = PracticeBelief(c, **{**numbers, "learn": rng.uniform(0.05, 0.6, (c.n_items, 5)), "learn_first": False})
    state = belief.allocate(5)
    for items, out, days in lessons(5, c.n_items):
        belief.update(state, items, out)
        belief.elapse(state, days)
    for m in np.flatnonzero(c.q.sum(axis=1) == 1):
        after = state.copy()
        belief.update(after, np.full(5, m), allocate_outcome(5))
        expected = belief.expected_gain(Believed.of(state))[:, m]
        np.testing.assert_allclose(after["total"] - state["total"], expected, atol=1e-9)


@pytest.mark.kernels
def test_planners_foresee_that_the_next_lesson_teaches_less():
    from zpdgym.envs.beliefs.simulation import practise

    from tests.agents.baselines.planners.test_together import foreseen, gains

    c, numbers = random_world(2, 5, parents=1)
    learn = np.random.default_rng(2).uniform(0.05, 0.6, (c.n_items, 6))
    belief = PracticeBelief(c, **{**numbers, "learn": learn})
    known, state = foreseen(belief, "belief", "tries", "ready", "open"), belief.allocate(1)
    for items, out, _ in lessons(2, c.n_items, students=1, count=6):
        belief.update(state, items, out)
    mind = np.array([state[name][0] for name in ("belief", "tries", *["belief"] * 4, "ready", "open")])
    np.testing.assert_allclose(gains(mind, known, c.n_items), belief.expected_gain(Believed.of(state))[0], atol=1e-15)
    m = int(np.flatnonzero(c.q.sum(axis=1) == 1)[0])
    practise(mind, m, known.floats, known.ints)
    np.testing.assert_array_equal(mind[1] - state["tries"][0], c.q[m])
    again = state.copy()
    belief.update(again, np.array([m]), allocate_outcome(1))
    own = np.flatnonzero((c.q == c.q[m]).all(axis=1))
    expected = belief.expected_gain(Believed.of(again))[0, own]
    np.testing.assert_allclose(gains(mind, known, c.n_items)[own], expected, rtol=1e-6)


def test_without_the_lessons_so_far_it_foretells_no_gain():
    c, numbers = random_world(1, 4)
    belief, all_ = PracticeBelief(c, **numbers), np.ones((1, c.n_skills))
    for seen in (all_, Believed(all_, all_, all_)):
        with pytest.raises(InputError, match=r"kind practice foretells gains from Believed\(belief, open=..., tries"):
            belief.expected_gain(seen)


@pytest.mark.parametrize(
    ("learn", "said"),
    [
        (np.full((3, 2), 0.1), r"learn has shape \(3, 2\), must be one number, \(8,\) or \(8, lessons so far\)"),
        (np.zeros((8, 0)), r"learn has shape \(8, 0\)"),
        (np.full((8, 2), 1.5), r"learn=1.5 must be in \[0, 1\]"),
        (np.full(8, np.nan), r"learn=nan must be in \[0, 1\]"),
        ("much", "learn is no table of numbers"),
        ("0.2", "learn is no table of numbers"),
        ([["0.1"]] * 8, "learn is no table of numbers"),
        (True, "learn is no table of numbers"),
        (None, "learn is no table of numbers"),
        ([[0.1], [0.1, 0.2]], "learn is no table of numbers"),
    ],
)
def test_chances_that_are_none_are_refused(learn, said):
    c = chain(2, items=ITEMS)
    with pytest.raises(InputError, match=said):
        PracticeBelief(c, prior=0.3, learn=learn, guess=0.2, slip=0.1)


class TestLearningCurves:
    def curriculum(self) -> Curriculum:
        return chain(5, items=ITEMS)

    def test_they_end_where_no_number_makes_the_counts_likelier(self):
        """The gradient of the penalised likelihood, by finite differences of the table, is 0."""
        curves, rng = LearningCurves(self.curriculum()), np.random.default_rng(0)
        counts = rng.uniform(0.0, 50.0, (20, COUNTED, 2)) * [0.2, 1.0]
        for _ in range(5):
            curves.learn_from(counts)

        def objective() -> float:
            p = curves.table()
            fit = (counts[:, :, 0] * np.log(p) + counts[:, :, 1] * np.log1p(-p)).sum()
            pull = (curves._pull * (curves._weights - curves._centre) ** 2).sum() + (curves._items**2).sum() / 0.25**2
            return float(fit - pull / 2)

        for array in (curves._weights, curves._items):
            for j in range(len(array)):
                kept, values = array[j], list[float]()
                for step in (-1e-4, 1e-4):
                    array[j] = kept + step
                    values.append(objective())
                array[j] = kept
                assert abs(values[1] - values[0]) / 2e-4 < 0.05

    def test_an_item_that_nobody_had_is_taken_for_one_of_its_approach(self):
        c = self.curriculum()
        curves, rng = LearningCurves(c), np.random.default_rng(1)
        example = c.approach == APPROACHES.index("example")
        chance = np.where(example, 0.5, 0.1)[:, None, None]
        counts = np.concatenate([chance, 1.0 - chance], axis=2) * rng.uniform(50.0, 100.0, (20, COUNTED, 1))
        for unseen in (np.flatnonzero(example)[2], np.flatnonzero(~example)[2]):
            counts[unseen] = 0.0
        for _ in range(5):
            curves.learn_from(counts)
        table = curves.table()
        assert abs(table[np.flatnonzero(example)[2], :8].mean() - 0.5) < 0.08
        assert abs(table[np.flatnonzero(~example)[2], :8].mean() - 0.1) < 0.05

    def test_rows_tell_lessons_apart_until_the_last(self):
        rows = LearningCurves.rows(np.array([0, 3, 20]), np.array([2] * 3 + [1] * 17))
        assert rows[:3].tolist() == [2 * COUNTED, 2 * COUNTED + 1, 2 * COUNTED + 2]
        assert rows[3] == COUNTED
        assert rows[-2:].tolist() == [2 * COUNTED - 1] * 2


@pytest.mark.slow
def test_fitted_chances_to_learn_are_nearer_to_the_truth_than_those_of_the_graph_belief():
    scenario = world(
        curriculum={"_target_": "zpdgym.students.chain", "n_skills": 6, "items": ITEMS},
        student={
            "_target_": "zpdgym.students.BKT",
            "learn": [0.05, 0.1, 0.15, 0.2, 0.3, 0.4],
            "guess": 0.15,
            "slip": 0.08,
        },
    )
    log = course_log(scenario, n_students=1500, seed=0)
    truth = np.array(true_population("practice", scenario.student)["learn"])[:, 4]
    fitted = {kind.kind: kind.fit(log, seed=0) for kind in (GraphBelief, PracticeBelief)}
    graph, practice = np.array(fitted["graph"][0]["learn"]), np.array(fitted["practice"][0]["learn"])[:, 4]
    assert np.corrcoef(practice, truth)[0, 1] > 0.9
    assert np.corrcoef(practice, truth)[0, 1] > np.corrcoef(graph, truth)[0, 1] + 0.02
    assert fitted["practice"][1] < fitted["graph"][1]
    assert build_belief({"kind": "practice", **fitted["practice"][0]}, scenario.curriculum).kind == "practice"
