"""What holds of every kind of belief that looks inside nobody: fitted to a small log, it is asked all that one is."""

import functools
from pathlib import Path

import numpy as np
import pytest
from zpdgym.envs import check_tutor_env
from zpdgym.envs.beliefs.base import Believed
from zpdgym.envs.beliefs.build import belief_class, build_belief, kinds
from zpdgym.envs.beliefs.fitting import fit_belief
from zpdgym.errors import InputError
from zpdgym.students.model import allocate_outcome

from tests.helpers import world

KINDS = sorted(kind for kind in kinds() if not hasattr(belief_class(kind), "look"))
PAGE = Path(__file__).parents[3] / "docs" / "environment.md"
N = 6


@functools.cache
def fitted(kind):
    """The scenario, and the numbers of a belief that was fitted to sixty of its students."""
    scenario = world(belief={"kind": kind, "source": "fitted"})
    return scenario, {k: v for k, v in fit_belief(scenario, n_students=60).items() if k != "about"}


def made(kind):
    scenario, numbers = fitted(kind)
    return build_belief(numbers, scenario.curriculum)


def taught(belief, rows=slice(None), lessons=15):
    """Six students after some lessons and days, or those of them in ``rows``, with the luck that they have anyway."""
    rng, c = np.random.default_rng(1), belief.curriculum
    state = belief.allocate(len(range(N)[rows]))
    for lesson in range(lessons):
        items, out = rng.integers(-1, c.n_items, N), allocate_outcome(N)
        out["answered"] = (items >= 0) & c.asks[items]
        out["correct"] = out["answered"] & (rng.random(N) < 0.6)
        out["minutes"] = np.where(items >= 0, 1.5, 0.0)
        belief.update(state, items[rows].copy(), out[rows].copy())
        if lesson % 5 == 4:
            belief.elapse(state, rng.choice([0.0, 0.5, 4.0], N)[rows].copy())
    return state


def lesson(belief, state, item, correct):
    """The belief after one lesson that was asked and answered."""
    after, out = state.copy(), allocate_outcome(len(state))
    out["answered"], out["correct"], out["minutes"] = True, correct, 1.5
    belief.update(after, np.full(len(state), item), out)
    return after


@pytest.mark.parametrize("kind", KINDS)
class TestEveryBelief:
    def test_answers_of_one_kind_without_end_say_no_more_at_last(self, kind):
        """Errors of rounding do not add up to a belief, however long somebody is wrong, or right."""
        belief, seen = made(kind), []
        item = int(np.flatnonzero(belief.curriculum.asks)[0])
        of_item = belief.curriculum.q[item]
        for correct in (False, True):
            state = belief.allocate(1)
            for lessons in (60, 440):
                for _ in range(lessons):
                    state = lesson(belief, state, item, correct)
                seen.append(state["belief"][0, of_item].mean())
        assert seen[1] < seen[0] + 1e-3
        assert seen[3] > seen[2] - 1e-3

    def test_beliefs_are_probabilities_and_totals_their_sums(self, kind):
        belief = made(kind)
        for state in (belief.allocate(N), taught(belief)):
            assert ((state["belief"] >= 0) & (state["belief"] <= 1)).all()
            np.testing.assert_allclose(state["total"], state["belief"].sum(axis=1), atol=1e-9)

    def test_its_numbers_make_the_same_belief_again(self, kind):
        belief = made(kind)
        again = build_belief(belief.parameters(), belief.curriculum)
        np.testing.assert_array_equal(taught(again), taught(belief))
        assert again.parameters() == belief.parameters()
        assert belief.parameters()["kind"] == belief.kind == kind

    def test_each_student_has_a_belief_of_its_own(self, kind):
        """To the bit, whoever else is there: only so do results not depend on how a cohort is split."""
        belief = made(kind)
        everybody = taught(belief)
        np.testing.assert_array_equal(everybody[1:4], taught(belief, slice(1, 4)))
        for ask in (belief.expected_gain, belief.p_correct, lambda b: belief.after(b, 3.0)):
            all_, some = ask(Believed.of(everybody)), ask(Believed.of(everybody[1:4].copy()))
            np.testing.assert_array_equal(all_[1:4], some)

    def test_without_a_lesson_and_without_a_day_nothing_is_learnt(self, kind):
        belief = made(kind)
        state = taught(belief)
        before = state.copy()
        belief.update(state, np.full(N, -1), allocate_outcome(N))
        belief.elapse(state, np.zeros(N))
        np.testing.assert_array_equal(state, before)
        np.testing.assert_allclose(belief.after(state["belief"], 0.0), state["belief"], atol=1e-9)

    def test_a_new_student_is_a_stranger(self, kind):
        belief = made(kind)
        state = taught(belief)
        kept = state[[0, 1, 3, 4, 5]].copy()
        belief.reset(state, np.array([2]))
        np.testing.assert_array_equal(state[2], belief.allocate(1)[0])
        np.testing.assert_array_equal(state[[0, 1, 3, 4, 5]], kept)

    def test_a_right_answer_says_more_for_a_student_than_a_wrong_one(self, kind):
        """At once, or after the days in which a memory fades."""
        belief = made(kind)
        state = taught(belief)
        for item in np.flatnonzero(belief.curriculum.asks):
            right, wrong = (lesson(belief, state, item, correct) for correct in (True, False))
            for later in (right, wrong):
                belief.elapse(later, np.full(N, 2.0))
            own = belief.curriculum.q[item]
            assert (right["belief"][:, own] >= wrong["belief"][:, own] - 1e-12).all()
            assert (right["total"] > wrong["total"]).any()

    def test_a_lesson_moves_other_skills_only_where_it_says_so(self, kind):
        belief = made(kind)
        state = taught(belief)
        if not belief.local:
            pytest.skip("it says that any skill may move")
        for item in np.flatnonzero(belief.curriculum.asks):
            others = ~belief.curriculum.q[item]
            before, after = state["belief"][:, others], lesson(belief, state, item, True)["belief"][:, others]
            # time passes in a lesson, and memories fade by the minute
            np.testing.assert_allclose(after, before, atol=2e-3)

    def test_what_it_expects_has_the_shape_and_the_range_of_what_it_means(self, kind):
        belief = made(kind)
        c, now = belief.curriculum, Believed.of(taught(belief))
        nothing, all_ = np.zeros((N, c.n_skills)), np.ones((N, c.n_skills))
        for seen in (now, Believed(nothing, all_, all_, tries=nothing), Believed(all_, all_, nothing, tries=all_)):
            gain, p = belief.expected_gain(seen), belief.p_correct(seen)
            assert gain.shape == p.shape == (N, c.n_items)
            assert np.isfinite(gain).all()
            assert ((p >= 0) & (p <= 1)).all()
            for days in (2.0, np.linspace(0.0, 30.0, N)):
                later = belief.after(seen, days)
                assert later.shape == (N, c.n_skills)
                assert ((later >= 0) & (later <= 1)).all()
        assert (belief.p_correct(all_) >= belief.p_correct(nothing)).all()

    def test_it_expects_something_of_teaching_strangers(self, kind):
        """A belief that expects no gain from any lesson leaves policies that look ahead without a reason to teach."""
        belief = made(kind)
        expected = belief.expected_gain(Believed.of(belief.allocate(1)))
        assert bool(expected.max() > 0) is (kind != "ability")  # an ability never changes

    def test_days_compose(self, kind):
        belief = made(kind)
        once = taught(belief)
        twice = once.copy()
        belief.elapse(once, np.full(N, 3.0))
        belief.elapse(twice, np.full(N, 1.0))
        belief.elapse(twice, np.full(N, 2.0))
        np.testing.assert_allclose(once["belief"], twice["belief"], atol=1e-9)

    def test_an_unknown_number_is_refused_by_name(self, kind):
        scenario, numbers = fitted(kind)
        with pytest.raises(InputError, match=r"unknown key 'belief\.nosuch'"):
            build_belief({**numbers, "nosuch": 1}, scenario.curriculum)

    def test_environments_keep_the_contract_with_it(self, kind):
        _, numbers = fitted(kind)
        given = {key: value for key, value in numbers.items() if key != "kind"}
        check_tutor_env(world(belief={"kind": kind, "source": "given", **given}), n_students=3, lessons=15)

    def test_the_page_says_what_it_is(self, kind):
        assert f"\n| `{kind}` | " in PAGE.read_text(encoding="utf-8")
        assert belief_class(kind).__doc__
