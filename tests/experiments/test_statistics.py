"""The intervals cover what they promise, and the marks are given only where they are earned."""

import numpy as np
import pytest
from zpdgym.errors import InputError
from zpdgym.experiments import statistics as st


def crossed_table(rng, seeds, students, *, seed_sd, student_sd, lesson_sd, skewed=False):
    rows = rng.standard_normal((seeds, 1))
    columns = rng.standard_exponential((1, students)) - 1 if skewed else rng.standard_normal((1, students))
    return seed_sd * rows + student_sd * columns + lesson_sd * rng.standard_normal((seeds, students))


def coverage(statistic, truth, *, repeats, seeds=10, students=200, **spread):
    rng = np.random.default_rng(7)
    hits = 0
    for _ in range(repeats):
        table = crossed_table(rng, seeds, students, **spread)
        low, high = st.estimate(table, generator=rng, statistic=statistic, resamples=100).interval()
        hits += low <= truth <= high
    return hits / repeats


@pytest.mark.parametrize(
    "spread",
    [
        {"seed_sd": 0.3, "student_sd": 0.1, "lesson_sd": 0.1},  # training luck dominates
        {"seed_sd": 0.1, "student_sd": 1.0, "lesson_sd": 1.0},  # both matter
        {"seed_sd": 0.02, "student_sd": 1.0, "lesson_sd": 0.5},  # the students dominate
        {"seed_sd": 0.1, "student_sd": 1.0, "lesson_sd": 1.0, "skewed": True},
    ],
)
def test_mean_interval_covers_95_percent_at_ten_seeds(spread):
    assert 0.93 <= coverage(st.mean, 0.0, repeats=1500, **spread) <= 0.97


def test_mean_interval_is_not_too_narrow_at_three_seeds():
    spread = {"seed_sd": 0.3, "student_sd": 1.0, "lesson_sd": 1.0}
    assert 0.92 <= coverage(st.mean, 0.0, repeats=1000, seeds=3, **spread) <= 0.98


def test_worst_decile_interval_covers():
    # The mean of the lowest tenth of a normal with these spreads: -1.755 standard deviations of one student.
    truth = -1.7550 * np.hypot(1.0, 0.5)
    spread = {"seed_sd": 0.2, "student_sd": 1.0, "lesson_sd": 0.5}
    assert 0.91 <= coverage(st.worst_decile, truth, repeats=300, students=400, **spread) <= 0.985


def test_paired_difference_ignores_what_both_policies_share():
    rng = np.random.default_rng(1)
    shared = 5 * rng.standard_normal((1, 500))
    ours = 0.1 + shared + 0.01 * rng.standard_normal((10, 500))
    found = st.estimate(ours, shared, generator=rng)
    low, high = found.interval()
    assert low < 0.1 < high
    assert high - low < 0.01
    assert found.p < 1e-6


def test_one_run_is_paired_with_every_seed_and_other_shapes_are_refused():
    rng = np.random.default_rng(2)
    ours, theirs = rng.random((4, 50)), rng.random((1, 50))
    assert st.estimate(ours, theirs, generator=rng).value == pytest.approx((ours - theirs).mean())
    with pytest.raises(ValueError, match="cannot pair"):
        st.estimate(ours, rng.random((3, 50)), generator=rng)
    with pytest.raises(ValueError, match="cannot pair"):
        st.estimate(ours, rng.random((1, 49)), generator=rng)


def test_p_value_is_where_the_interval_touches_zero():
    found = st.estimate(np.random.default_rng(3).normal(0.1, 1, (5, 300)), generator=np.random.default_rng(0))
    low, high = found.interval(1 - found.p)
    assert min(abs(low), abs(high)) < 1e-9
    assert st.Estimate(0.0, 1.0, 1.0, 3, 10).p == 1.0
    assert st.Estimate(0.2, 0.0, 0.0, 1, 10).p == 0.0
    assert st.Estimate(9.0, 0.0, 1e-9, 1, 10**6).p <= 1e-299


def test_equal_policies_differ_by_exactly_nothing():
    table = np.random.default_rng(4).random((3, 40))
    same = st.estimate(table, table, generator=np.random.default_rng(0))
    assert (same.value, same.interval(), same.p) == (0.0, (0.0, 0.0), 1.0)


def test_same_generator_seed_gives_the_same_interval():
    table = np.random.default_rng(5).random((3, 60))
    first, second = (
        st.estimate(table, generator=np.random.default_rng(9), statistic=st.worst_decile) for _ in range(2)
    )
    assert first == second


def test_worst_decile_is_the_mean_of_the_lowest_tenth():
    values = np.random.default_rng(6).permutation(np.arange(40.0))[None]
    assert st.worst_decile(values, np.ones((1, 40)))[0, 0] == pytest.approx(np.mean([0, 1, 2, 3]))
    fifteen = np.arange(15.0)[None]  # a tenth of 15 students: the lowest one and half of the next
    assert st.worst_decile(fifteen, np.ones((1, 15)))[0, 0] == pytest.approx((0 + 0.5 * 1) / 1.5)


def test_share_worse_counts_students_not_rounding_and_not_trifles():
    theirs = np.full((1, 4), 0.5)
    ours = np.array([[0.5, 0.5 - 1e-12, 0.4, 0.9]])
    for smallest, share in ((0.0, 0.25), (0.05, 0.25), (0.1, 0.0)):
        found = st.share_worse(ours, theirs, generator=np.random.default_rng(0), smallest=smallest)
        assert found.value == share


def test_iqm_is_the_mean_of_the_middle_half():
    assert st.iqm([9.0, 1.0, 2.0, -50.0]) == pytest.approx(1.5)
    assert st.iqm([3.0]) == 3.0
    # Of three runs the middle one counts in full (1/3) and each outer one with the 1/12 that lies inside the half.
    assert st.iqm([0.0, 1.0, 5.0]) == pytest.approx((0 / 12 + 1 / 3 + 5 / 12) / 0.5)


def test_probability_of_improvement():
    assert st.probability_of_improvement([2, 3], [0, 1]) == 1.0
    assert st.probability_of_improvement([1, 2], [1, 2]) == 0.5


def test_restricted_mean_does_not_reward_losing_the_slow():
    everyone = st.restricted_mean(np.array([10.0, 90.0]), 100)
    lost_one = st.restricted_mean(np.array([10.0, np.nan]), 100)
    assert everyone == (50.0, 1.0)
    assert lost_one == (55.0, 0.5)
    assert st.restricted_mean(np.array([10.0, 120.0]), 100) == lost_one


def test_holm_by_hand():
    corrected = st.holm({"a": 0.01, "b": 0.04, "c": 0.03})
    assert corrected == pytest.approx({"a": 0.03, "c": 0.06, "b": 0.06})
    levels = st.holm_levels({"a": 0.01, "b": 0.04, "c": 0.03})
    assert levels == pytest.approx({"a": 1 - 0.05 / 3, "c": 1 - 0.05 / 2, "b": 0.95})


def test_holm_controls_false_winners():
    rng = np.random.default_rng(8)
    false = sum(min(st.holm(dict(enumerate(rng.random(8)))).values()) < 0.05 for _ in range(2000))
    assert false / 2000 == pytest.approx(0.05, abs=0.015)


def test_verdict_needs_both_certainty_and_size():
    assert st.verdict(0.05, 0.001, 0.02, interval=(0.01, 0.09)) == st.BETTER
    assert st.verdict(-0.05, 0.001, 0.02, interval=(-0.09, -0.01)) == st.WORSE
    assert st.verdict(0.01, 1e-9, 0.02, interval=(0.005, 0.03)) == st.NO_DIFFERENCE
    with pytest.raises(InputError, match="smallest_difference"):
        st.verdict(0.05, 0.001, -1, interval=(0.0, 0.1))


def test_no_difference_is_said_only_where_a_large_one_is_excluded():
    assert st.verdict(0.001, 0.6, 0.02, interval=(-0.01, 0.012)) == st.NO_DIFFERENCE
    assert st.verdict(0.0, 1.0, 0.02, interval=(0.0, 0.0)) == st.NO_DIFFERENCE
    assert st.verdict(0.001, 0.9, 0.02, interval=(-0.03, 0.032)) == st.CANNOT_TELL
    assert st.verdict(0.05, 0.2, 0.02, interval=(-0.02, 0.12)) == st.CANNOT_TELL


def test_few_seeds_are_named():
    assert st.seeds_warning(10) is None
    assert "3 training seeds" in str(st.seeds_warning(3))
    assert "A headline needs 10" in str(st.seeds_warning(1))
