"""A log is followed by messages that go only as far as the next lesson looks: against telling everybody everything."""

from dataclasses import replace

import numpy as np
import pytest
from zpdgym.envs.beliefs.cliques import clique_tree, combined, places, walk
from zpdgym.envs.beliefs.course import CourseLog, course
from zpdgym.envs.beliefs.graph import GraphBelief
from zpdgym.students.curriculum.builders import chain, random_dag

from tests.reference.joint import random_world


class Student:
    """The tables of one student, in the plainest way: after every answer all cliques hear of it at once.

    Args:
        belief: whose curriculum, tree and numbers they follow.
    """

    def __init__(self, belief):
        self.belief, self.tree, self.c = belief, belief.tree, belief.curriculum
        joint = belief.allocate(1)["joint"][0]
        ends = np.cumsum([2 ** len(clique) for clique in self.tree.cliques])
        self.tables = np.split(joint[: ends[-1]].copy(), ends[:-1])

    def known(self, c, skills):
        """P(all of these skills known), which clique ``c`` has."""
        return float(self.tables[c][combined(self.tree, c, skills) == 2 ** len(skills) - 1].sum())

    def _between(self, edge, end, values):
        """Sums over what clique ``edge`` shares with the one that it hangs on, of values of one of the two."""
        return np.bincount(places(self.tree, edge, end), values, 2 ** self.tree.shared[edge])

    def _edge(self, c, other):
        return c if self.tree.above[c] == other else other

    def _tell_all(self, c):
        """Everybody hears of what changed in one clique."""
        told = [(c, -1)]
        for near, before in told:
            for far in [*self.tree.below(near), self.tree.above[near]]:
                if far >= 0 and far != before:
                    edge = self._edge(far, near)
                    now = self._between(edge, near, self.tables[near])
                    was = self._between(edge, far, self.tables[far])
                    ratio = np.divide(now, was, out=np.zeros_like(now), where=was > 0)
                    self.tables[far] = self.tables[far] * ratio[places(self.tree, edge, far)]
                    told.append((far, near))

    def answer(self, m, right):
        """Bayes' rule; returns how probable the answer was."""
        guess, slip = float(self.belief.items["guess"][m]), float(self.belief.items["slip"][m])
        if_right, if_not = (1.0 - slip, guess) if right else (slip, 1.0 - guess)
        groups = self.tree.groups[m]
        known = [self.known(c, skills) for c, skills in groups]
        for i, (c, skills) in enumerate(groups):
            rest = np.prod(known[:i] + known[i + 1 :])
            chance = np.where(
                combined(self.tree, c, skills) == 2 ** len(skills) - 1, rest * if_right + (1.0 - rest) * if_not, if_not
            )
            self.tables[c] = self.tables[c] * chance
            self.tables[c] /= self.tables[c].sum()
            self._tell_all(c)
        return float(np.prod(known) * if_right + (1.0 - np.prod(known)) * if_not)

    def learn(self, m):
        """The chance of having learnt each of an item's skills, what builds on others first."""
        rank = np.argsort(self.c.order)
        for k in sorted(map(int, np.flatnonzero(self.c.q[m])), key=lambda k: -rank[k]):
            home, leak = self.tree.home[k], self.belief.leak
            ready, lost = 1.0, self.c.prerequisites[k] & ~self.tree.kept[k]
            for a in map(int, np.flatnonzero(lost)):
                ready *= self.known(self.tree.home[a], (a,))
            needed = tuple(map(int, np.flatnonzero(self.tree.kept[k])))
            doors = combined(self.tree, home, needed) == 2 ** len(needed) - 1
            rates = {home: self.belief.items["learn"][m] * np.where(doors, leak + (1.0 - leak) * ready, leak)}
            for c, source in walk(self.tree, k):
                edge = self._edge(c, source)
                moved = self._between(edge, source, self.tables[source] * rates[source])
                mass = self._between(edge, source, self.tables[source])
                rate = np.divide(moved, mass, out=np.zeros_like(mass), where=mass > 0)
                rates[c] = rate[places(self.tree, edge, c)]
            for c, rate in rates.items():
                self._move(c, k, 0, rate)

    def days(self, days):
        """Each skill is forgotten by itself, in every table."""
        for c, clique in enumerate(self.tree.cliques):
            for k in clique:
                self._move(c, k, 1, np.full(len(self.tables[c]), 1.0 - np.exp(-self.belief.forget[k] * days)))

    def _move(self, c, k, state, rate):
        """Who knows a skill (1) or does not (0) changes that at this rate."""
        here = np.flatnonzero(combined(self.tree, c, (k,)) == state)
        moved = self.tables[c][here] * rate[here]
        self.tables[c][here] -= moved
        self.tables[c][here ^ (1 << self.tree.cliques[c].index(k))] += moved


def foretold(belief, log):
    """(K,) as ``GraphBelief.foretold``."""
    loss = np.zeros(belief.curriculum.n_skills)
    for items, answers in zip(log.items.tolist(), log.answers.tolist(), strict=True):
        student = Student(belief)
        for m, answer, gap in zip(items, answers, log.gaps.tolist(), strict=True):
            if gap > 0:
                student.days(gap)
            if m >= 0:
                if belief.learn_first:
                    student.learn(m)
                if answer >= 0:
                    loss[log.owners[m]] -= np.log(student.answer(m, answer == 1))
                if not belief.learn_first:
                    student.learn(m)
    return loss / max(int((log.answers >= 0).sum()), 1)


def random_log(c, seed, *, learn_first=False, students=3, lessons=60, plain_order=False):
    """Students who are taught at random or in plain order, unasked now and then, with days between; some quit."""
    g = np.random.default_rng(seed)
    items = course(c, students)[:, :lessons] if plain_order else g.integers(0, c.n_items, (students, lessons))
    answers = g.integers(-1, 2, items.shape).astype(np.int8)
    for student, left in enumerate(g.integers(lessons // 2, lessons + 1, students)):
        items[student, left:], answers[student, left:] = -1, -1
    day = np.cumsum(g.choice([0.0, 0.0, 0.0, 2.0, 3.5], items.shape[1]))
    return CourseLog(items, answers, np.full_like(answers, -1), day, c, learn_first)


@pytest.mark.kernels
@pytest.mark.parametrize("seed", range(16))
def test_it_foretells_what_it_would_if_everybody_heard_of_every_answer(seed):
    """Shared ancestors, several prerequisites, items of two skills, teaching before asking, days."""
    c, numbers = random_world(seed, 2 + seed % 11, parents=3)
    belief = GraphBelief(c, **numbers)
    log = random_log(c, seed, learn_first=numbers["learn_first"], plain_order=seed % 3 == 0)
    np.testing.assert_allclose(belief.foretold(log), foretold(belief, log), rtol=1e-12, atol=1e-15)


@pytest.mark.kernels
def test_prerequisites_that_no_clique_holds_are_looked_at_too():
    c = random_dag(40, seed=1, max_prerequisites=8)
    assert (clique_tree(c).kept != c.prerequisites).any()
    belief = GraphBelief(c, prior=0.5, learn=0.2, guess=0.2, slip=0.1, forget=0.03, leak=0.1)
    log = random_log(c, 1, students=1, lessons=80)
    np.testing.assert_allclose(belief.foretold(log), foretold(belief, log), rtol=1e-12, atol=1e-15)


@pytest.mark.kernels
def test_what_hardly_anybody_thought_possible_is_not_lost():
    """Many answers against all that was believed: tiny shares of a table become all of it."""
    c, numbers = random_world(4, 8, parents=3)
    belief = GraphBelief(c, **{**numbers, "learn": 0.001, "guess": 0.02, "slip": 0.02})
    log = random_log(c, 0, lessons=400)
    answers = np.where(log.items >= 0, np.arange(400) // 50 % 2, -1).astype(np.int8)
    log = replace(log, answers=answers)
    np.testing.assert_allclose(belief.foretold(log), foretold(belief, log), rtol=1e-9)


@pytest.mark.kernels
def test_rounding_errors_of_many_wrong_answers_do_not_add_up():
    belief = GraphBelief(chain(4), prior=0.5, learn=0.2, guess=0.2, slip=0.1, forget=0.03, leak=0.1)
    answers = np.tile(np.array([-1, 0], np.int8), 300)[None]
    days = np.zeros(answers.shape[1])
    log = CourseLog(np.full(answers.shape, 1), answers, np.full_like(answers, -1), days, belief.curriculum, False)
    np.testing.assert_allclose(belief.foretold(log), foretold(belief, log), rtol=1e-8, atol=1e-15)


@pytest.mark.kernels
@pytest.mark.parametrize("plain_order", [False, True])
def test_students_are_followed_by_themselves(plain_order):
    """Bit by bit the same, alone and side by side with others, whoever they are and however long they stay."""
    c = random_dag(9, seed=2, items=[{"difficulty": 0.0}, {"difficulty": 1.0}])
    belief = GraphBelief(c, prior=0.5, learn=0.2, guess=0.2, slip=0.1, forget=0.03, leak=0.1)
    log = random_log(c, 3, students=19, lessons=120, plain_order=plain_order)
    for i in (0, 7, 18):
        alone = belief.foretold(replace(log, items=log.items[i : i + 1], answers=log.answers[i : i + 1]))
        answers = np.full_like(log.answers, -1)
        answers[i] = log.answers[i]
        np.testing.assert_array_equal(belief.foretold(replace(log, answers=answers)), alone)
    loss = belief.foretold(log)
    np.testing.assert_allclose(loss, foretold(belief, log), rtol=1e-12)
    assert (loss[log.owners[log.items[log.answers >= 0]]] > 0).all()
