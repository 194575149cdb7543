"""The belief that reads options, against the joint over all states of skills, and against the students themselves."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from zpdgym.envs.beliefs.base import Believed
from zpdgym.envs.beliefs.build import build_belief, true_population
from zpdgym.envs.beliefs.course import course_log
from zpdgym.envs.beliefs.fitting import fit_belief
from zpdgym.envs.beliefs.graph import GraphBelief
from zpdgym.envs.beliefs.misconceptions import MisconceptionsBelief
from zpdgym.envs.beliefs.refit import with_own_belief
from zpdgym.errors import InputError
from zpdgym.students.curriculum.builders import chain, random_dag
from zpdgym.students.knowledge.misconception import Misconceptions
from zpdgym.students.model import allocate_outcome

from tests.helpers import cohort, one_skill, pair, world
from tests.reference.misconception import MindsJoint, follow_minds, random_minds

STUDENT = {"_target_": "zpdgym.students.Misconceptions"}
NUMBERS = {"prior": 0.3, "misconceived": 0.4, "learn": 0.2, "catch": 0.05, "slip": 0.1, "stray": 0.1}


def see(belief, state, item, option, n=None):
    out = allocate_outcome(n or len(state))
    out["answered"], out["correct"], out["option"] = True, np.equal(option, 0), option
    belief.update(state, np.full(len(state), item), out)


def small(**student):
    """Three skills in a row, an example and two questions each, and these students."""
    return world(replace={"student": {**STUDENT, **student}}, belief={"kind": "misconceptions", "source": "fitted"})


@pytest.mark.kernels
@pytest.mark.parametrize("seen", [True, False], ids=["options", "right and wrong"])
@pytest.mark.parametrize("seed", range(6))
def test_without_learning_it_is_the_joint_itself(seed, seen):
    c, numbers = random_minds(seed, 4 if seed % 3 else 3, bugs=3 if seed % 3 == 0 else 2, parents=3)
    numbers |= {"learn": np.zeros(c.n_skills), "catch": np.zeros(c.n_skills)}
    belief, joint = MisconceptionsBelief(c, **numbers, options_seen=seen), MindsJoint(c, numbers)
    state, rng = belief.allocate(1), np.random.default_rng(seed)
    for _ in range(10):
        item, option = int(rng.integers(c.n_skills)), int(rng.integers(numbers["options"]))
        see(belief, state, item, option)
        joint.lesson(item, option, hidden=not seen)
    np.testing.assert_allclose(belief.minds(state)[0], joint.minds(), atol=1e-12)
    np.testing.assert_allclose(state["ready"][0], joint.ready(), atol=1e-12)
    np.testing.assert_allclose(state["open"][0], joint.open(), atol=1e-12)


def test_one_lesson_on_several_skills_in_one_clique_is_the_joint_itself():
    """The most basic skill that leads astray decides, and what was refuted is left more easily."""
    c = replace(pair(), prerequisites=np.array([[False, False], [True, False]]))
    numbers = {**{name: np.full(2, p) for name, p in NUMBERS.items()}, "diagnostic": np.ones((c.n_items, 2), int)}
    numbers |= {"options": 4, "sticky": 0.4, "refute": 2.5, "leak": 0.1}
    for option in (0, 1, 2, 3, None):
        belief, joint = MisconceptionsBelief(c, **numbers), MindsJoint(c, numbers)
        state = belief.allocate(1)
        if option is None:
            belief.update(state, np.array([2]), allocate_outcome(1))
        else:
            see(belief, state, 2, option)
        joint.lesson(2, option)
        np.testing.assert_allclose(belief.minds(state)[0], joint.minds(), atol=1e-12)


def test_it_stays_near_the_joint_and_nearer_with_options_than_without():
    sizes = [(2 + seed % 4, 1 + seed % 3 if seed % 4 < 3 else 2) for seed in range(14)]
    judged = [
        follow_minds(seed, skills, bugs=bugs, parents=1 + seed % 3, students=1, lessons=30)
        for seed, (skills, bugs) in enumerate(sizes)
    ]
    seen, hidden, alike = np.array(judged).T
    assert seen.mean() <= 0.0015
    assert seen.max() <= 0.01
    assert hidden.mean() > 4 * seen.mean()
    assert alike.mean() <= 0.0015  # who is told less believes what can be believed of that


@pytest.mark.kernels
@pytest.mark.parametrize("seen", [True, False], ids=["options", "right and wrong"])
@pytest.mark.parametrize("seed", range(8))
def test_lessons_of_every_approach_on_one_skill_are_the_joint_itself(seed, seen):
    """What teaches the unknown, who has a bug, and whom a guided item refutes; without a question, too."""
    c, numbers = random_minds(seed, 1, bugs=1 + seed % 3, by_approach=True)
    alike = {"q": np.ones((4, 1), bool), "difficulty": np.zeros(4), "minutes": np.ones(4), "exam": np.ones(4)}
    c = replace(c, items=tuple("abcd"), approach=np.arange(4), **alike)
    rng = np.random.default_rng(seed)
    numbers |= {"diagnostic": rng.integers(0, 2, (4, 1 + seed % 3)), "learn": np.full(1, rng.uniform(0.1, 0.5))}
    belief, joint = MisconceptionsBelief(c, **numbers, options_seen=seen), MindsJoint(c, numbers)
    state = belief.allocate(1)
    for _ in range(12):
        item = int(rng.integers(4))
        if c.asks[item]:
            option = int(rng.integers(numbers["options"]))
            see(belief, state, item, option)
            joint.lesson(item, option, hidden=not seen)
        else:
            belief.update(state, np.array([item]), allocate_outcome(1))
            joint.lesson(item, None)
        np.testing.assert_allclose(belief.minds(state)[0], joint.minds(), atol=1e-12)


@pytest.mark.kernels
def test_a_bugs_own_option_speaks_for_the_bug_and_another_wrong_one_for_ignorance():
    belief = MisconceptionsBelief(one_skill(0.0), **NUMBERS, diagnostic=[[1, 1]])
    state = belief.allocate(4)
    see(belief, state, 0, np.array([0, 1, 2, 3]))
    right, bug_1, bug_2, nobodys = belief.minds(state)[:, 0]
    assert [one.argmax() for one in (right, bug_1, bug_2)] == [1, 2, 3]
    assert bug_1[2] == pytest.approx(bug_2[3])
    assert bug_1[2] > 10 * bug_1[3]  # the same lesson refuted it: some have left it already
    assert nobodys[0] > 1.5 * max(right[0], bug_1[0])


@pytest.mark.kernels
def test_a_right_answer_says_less_where_the_item_does_not_tell_the_bug():
    belief = MisconceptionsBelief(one_skill(0.0, 0.0), **NUMBERS, diagnostic=[[1, 1], [0, 0]])
    state = belief.allocate(2)
    out = allocate_outcome(2)
    out["answered"], out["correct"], out["option"] = True, True, 0
    belief.update(state, np.array([0, 1]), out)
    assert state["belief"][0, 0] > state["belief"][1, 0] + 0.2


@pytest.mark.kernels
def test_options_that_are_hidden_or_not_reported_are_not_used():
    c = chain(3, items=[{"difficulty": 0.0}])
    numbers = {**NUMBERS, "diagnostic": np.ones((3, 2), int)}
    reads, blind = (MisconceptionsBelief(c, **numbers, options_seen=seen) for seen in (True, False))
    states = [reads.allocate(1), blind.allocate(1), reads.allocate(1)]
    for belief, state, option in zip((reads, blind, reads), states, (1, 1, -1), strict=True):
        out = allocate_outcome(1)
        out["answered"], out["option"] = True, option
        belief.update(state, np.array([1]), out)
    np.testing.assert_array_equal(states[1]["belief"], states[2]["belief"])
    assert (states[0]["belief"] != states[1]["belief"]).any()


def test_beliefs_are_as_often_right_as_they_say():
    """Of students who are as the numbers say: known where it says so, with each bug as often as it says."""
    scenario, n = small(), 3000
    belief = build_belief(true_population("misconceptions", scenario.student), scenario.curriculum)
    student, rng = scenario.student, np.random.default_rng(3)
    minds, state, out = cohort(student, n), belief.allocate(n), allocate_outcome(n)
    for _ in range(25):
        items = rng.integers(0, scenario.curriculum.n_items, n)
        student.step(minds, items, rng.random((n, student.lesson_draws)), out)
        belief.update(state, items, out)
    said = belief.minds(state)
    true = np.arange(4) == minds["mind"][..., None] + 1
    np.testing.assert_allclose(said.sum(axis=2), 1.0, atol=1e-9)
    for v in range(4):
        for low in np.arange(0.0, 1.0, 0.2):
            cell = (said[..., v] >= low) & (said[..., v] < low + 0.2)
            if cell.sum() > 100:
                assert true[..., v][cell].mean() == pytest.approx(said[..., v][cell].mean(), abs=0.06)


@pytest.mark.kernels
def test_a_right_answer_speaks_for_the_prerequisites():
    belief = MisconceptionsBelief(chain(4), **NUMBERS, diagnostic=np.ones((4, 2), int))
    state = belief.allocate(1)
    before = state["belief"][0].copy()
    see(belief, state, 2, 0)
    assert (state["belief"][0] > before).all()


@pytest.mark.kernels
def test_without_bugs_it_is_the_graph_belief():
    """Where nothing is misconceived, of students whose guesses are right as often as options are many."""
    c = random_dag(9, seed=2, max_prerequisites=2)
    numbers = {"prior": 0.6, "learn": 0.2, "slip": 0.1, "leak": 0.1}
    belief = MisconceptionsBelief(
        c, **numbers, misconceived=0.0, catch=0.0, stray=0.1, diagnostic=np.zeros((c.n_items, 1), int)
    )
    graph = GraphBelief(c, **numbers, guess=0.25)
    states, rng = [belief.allocate(5), graph.allocate(5)], np.random.default_rng(0)
    assert belief.tree.kept.sum() == graph.tree.kept.sum() == c.prerequisites.sum()
    for _ in range(25):
        item, option = int(rng.integers(c.n_items)), rng.integers(0, 4, 5)
        for one, state in zip((belief, graph), states, strict=True):
            see(one, state, item, option)
    ours, theirs = (np.column_stack([state[name] for name in ("belief", "ready", "open")]) for state in states)
    if belief.tree.cliques == graph.tree.cliques:
        np.testing.assert_allclose(ours, theirs, atol=1e-9)
    else:
        np.testing.assert_allclose(ours, theirs, atol=0.03)
    now = [Believed.of(state) for state in states]
    for ask in ("expected_gain", "p_correct"):
        np.testing.assert_allclose(getattr(belief, ask)(now[1]), getattr(graph, ask)(now[1]), atol=1e-9)


def test_many_prerequisites_are_left_out_and_still_gate():
    c = random_dag(40, seed=1, max_prerequisites=8)
    belief = MisconceptionsBelief(c, **NUMBERS, diagnostic=np.ones((c.n_items, 3), int))
    assert belief.tree.kept.sum() < c.prerequisites.sum()
    state, rng = belief.allocate(3), np.random.default_rng(0)
    for _ in range(60):
        see(belief, state, int(rng.integers(c.n_items)), rng.integers(0, 4, 3))
        minds = belief.minds(state)
        assert (minds >= 0).all()
        np.testing.assert_allclose(minds.sum(axis=2), 1.0, atol=1e-9)
        np.testing.assert_allclose(minds[..., 1], state["belief"], atol=1e-9)
    assert (state["open"] <= state["ready"] + 1e-12).all()
    assert (state["open"] <= 1.0 - state["belief"] + 1e-9).all()


@pytest.mark.kernels
def test_each_student_has_a_belief_of_its_own():
    """To the bit, whoever else is there; with bugs, which the belief of every kind's test has not."""
    c, numbers = random_minds(3, 5, bugs=2)
    belief, rng = MisconceptionsBelief(c, **numbers), np.random.default_rng(1)
    everybody, some = belief.allocate(6), belief.allocate(2)
    for _ in range(20):
        item, options = int(rng.integers(c.n_items)), rng.integers(0, numbers["options"], 6)
        see(belief, everybody, item, options)
        see(belief, some, item, options[2:4])
    np.testing.assert_array_equal(everybody[2:4], some)


@cache
def fitted():
    """Students with one bug too few to be the default, their scenario, and what a fit finds."""
    scenario = small(prior=0.35, misconceived=0.45, learn=0.15, catch=0.08, slip=0.06, stray=0.15, options=3)
    return scenario, {k: v for k, v in fit_belief(scenario, n_students=500).items() if k != "about"}


def test_the_fit_finds_what_the_students_are_like():
    scenario, found = fitted()
    assert found["diagnostic"] == scenario.student.diagnostic.astype(int).tolist()
    assert found["options"] == 3
    for name, near in {"misconceived": 0.08, "learn": 0.08, "slip": 0.03, "stray": 0.07}.items():
        assert np.mean(found[name]) == pytest.approx(getattr(scenario.student, name).mean(), abs=near)


@pytest.mark.parametrize("source", ["fitted", "true_population"])
def test_options_can_be_hidden_from_a_tutor_wherever_its_numbers_come_from(source):
    shown, hidden = (
        with_own_belief(
            world(replace={"student": STUDENT}, belief={"kind": "misconceptions", "source": source, **more})
        ).belief_parameters
        for more in ({}, {"options_seen": False})
    )
    assert hidden == {**shown, "options_seen": False}
    assert shown.get("options_seen", True)


def test_the_fit_finds_what_approaches_teach():
    """Examples for the unknown, guided questions for who has a bug; which approaches differ is no secret of the key."""
    different = {"example": [2.5, 0.4], "guided": [0.7, 1.5]}
    items = [{"approach": name} for name in ("practice", "practice", "example", "guided")]
    students = {**STUDENT, "approaches": different, "guided_refutes": 1.0, "misconceived": 0.45, "refute": 4.0}
    curriculum = {"_target_": "zpdgym.students.chain", "n_skills": 3, "items": items}
    scenario = world(
        replace={"student": students, "curriculum": curriculum}, belief={"kind": "misconceptions", "source": "fitted"}
    )
    found = fit_belief(scenario, n_students=500)
    new, stuck = found["approaches"]["example"]
    assert new > 1.5
    assert stuck < 0.8
    assert found["approaches"]["guided"][0] < 1.0 < found["approaches"]["guided"][1]
    build_belief({k: v for k, v in found.items() if k != "about"}, scenario.curriculum)


def test_a_fitted_belief_foretells_options_as_well_as_the_true_numbers_do():
    scenario, found = fitted()
    log = course_log(scenario, n_students=300, seed=99)
    ours = build_belief(found, scenario.curriculum)
    true = build_belief(true_population("misconceptions", scenario.student), scenario.curriculum)
    assert ours.foretold(log, whole=True).sum() < true.foretold(log, whole=True).sum() + 0.005
    blind = build_belief({**found, "options_seen": False}, scenario.curriculum)
    assert ours.foretold(log, whole=False).sum() < blind.foretold(log, whole=False).sum() - 0.003


def test_logs_say_which_option_was_chosen_and_whose_it_is():
    scenario = small()
    log = course_log(scenario, n_students=20, seed=0)
    asked = log.answers >= 0
    assert (log.options[~asked] == -1).all()
    assert ((log.options[asked] == 0) == (log.answers[asked] == 1)).all()
    assert log.key is not None
    assert np.array_equal(log.key.told, scenario.student.diagnostic)
    plain = course_log(world(), n_students=5, seed=0)
    assert plain.key is None
    assert (plain.options == -1).all()


def test_students_inside_a_layer_are_told_alike():
    bare = Misconceptions(chain(2))
    layered = small(_target_="zpdgym.students.ResponseTime", student=STUDENT).student
    assert true_population("misconceptions", layered)["prior"] == [0.2] * 3
    assert true_population("misconceptions", bare)["options"] == 4
    with pytest.raises(InputError, match="BKT has no numbers for a misconceptions belief"):
        true_population("misconceptions", world().student)


@pytest.mark.parametrize(
    ("numbers", "says"),
    [
        ({"options": 2}, "options=2 must be more than the 2 bugs"),
        ({"prior": 0.7}, "prior and misconceived add up to 1.1, must be 1 or less"),
        ({"catch": 0.5}, "learn and 2 times catch add up to 1.2"),
        ({"sticky": 2}, r"sticky=2 must be a number in \[0, 1\]"),
        ({"options": 3.5}, r"options=3.5 must be a number in \[2, 10\]"),
        ({"diagnostic": [[1, 2]]}, "diagnostic must be a table of 0 and 1, a row for each of the 1 items"),
        ({"options_seen": "no"}, "options_seen='no' must be true or false"),
    ],
)
def test_wrong_numbers_are_refused_in_one_line(numbers, says):
    given = {"kind": "misconceptions", **NUMBERS, "diagnostic": [[1, 1]], **numbers}
    with pytest.raises(InputError, match=says):
        build_belief(given, one_skill(0.0))
