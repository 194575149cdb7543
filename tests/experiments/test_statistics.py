"""The intervals cover what they promise, and the marks are given only where they are earned."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st_
from scipy import special
from zpdgym.errors import InputError
from zpdgym.experiments import statistics as st
from zpdgym.experiments.comparison.judging import judged

from benchmarks import interval_coverage as benchmark

ENDS = st_.one_of(st_.floats(-0.3, 0.3), st_.sampled_from([0.0, 0.02, -0.02]))


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


def test_one_run_is_paired_with_every_seed_and_fewer_with_as_many():
    rng = np.random.default_rng(2)
    ours, theirs = rng.random((4, 50)), rng.random((1, 50))
    assert st.estimate(ours, theirs, generator=rng).value == pytest.approx((ours - theirs).mean())
    fewer = rng.random((3, 50))
    assert st.estimate(ours, fewer, generator=rng) == st.estimate(ours[:3], fewer, generator=rng)
    assert st.estimate(fewer, ours, generator=rng) == st.estimate(fewer, ours[:3], generator=rng)
    with pytest.raises(ValueError, match="cannot pair"):
        st.estimate(ours, rng.random((1, 49)), generator=rng)


def test_p_value_is_where_the_interval_touches_zero():
    found = st.estimate(np.random.default_rng(3).normal(0.1, 1, (5, 300)), generator=np.random.default_rng(0))
    low, high = found.interval(1 - found.p)
    assert min(abs(low), abs(high)) < 1e-9
    assert st.Estimate(0.0, 1.0, 1.0, 3, 10).p == 1.0
    assert st.Estimate(0.2, 0.0, 0.0, 1, 10).p == 0.0
    assert st.Estimate(9.0, 0.0, 1e-9, 1, 10**6).p == st.SMALLEST_P


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


def test_every_place_of_an_interval_has_its_word():
    d = 0.02
    e = 1e-12
    assert st.verdict(d + e, 0.5, d) == st.BETTER
    assert st.verdict(d, 0.5, d) == st.AHEAD
    assert st.verdict(e, d + e, d) == st.AHEAD
    assert st.verdict(e, d, d) == st.NO_DIFFERENCE
    assert st.verdict(0.0, d, d) == st.NO_DIFFERENCE
    assert st.verdict(0.0, d + e, d) == st.CANNOT_TELL
    assert st.verdict(-d, d, d) == st.NO_DIFFERENCE
    assert st.verdict(-d - e, d, d) == st.CANNOT_TELL
    assert st.verdict(-0.5, 0.5, d) == st.CANNOT_TELL
    assert st.verdict(0.0, 0.0, 0.0) == st.NO_DIFFERENCE
    assert st.verdict(0.0, e, 0.0) == st.CANNOT_TELL
    assert st.verdict(e, 0.5, 0.0) == st.BETTER
    with pytest.raises(InputError, match="smallest_difference"):
        st.verdict(0.0, 0.1, -1)


@given(st_.tuples(ENDS, ENDS).map(sorted), st_.floats(0, 0.2), ENDS)
def test_a_word_is_true_wherever_the_interval_holds_the_truth_and_mirrors(interval, smallest, truth):
    low, high = interval
    mirrored = {st.BETTER: st.WORSE, st.AHEAD: st.BEHIND, st.BEHIND: st.AHEAD, st.WORSE: st.BETTER}
    said = st.verdict(low, high, smallest)
    assert said in st.VERDICTS
    assert st.verdict(-high, -low, smallest) == mirrored.get(said, said)
    if low <= truth <= high:
        assert {
            st.BETTER: truth > smallest,
            st.AHEAD: truth > 0,
            st.NO_DIFFERENCE: abs(truth) <= smallest,
            st.BEHIND: truth < 0,
            st.WORSE: truth < -smallest,
            st.CANNOT_TELL: True,
        }[said]


@pytest.mark.parametrize("degrees", [1, 2, 3, 4, 5, 9, 19, 199, 3999])
def test_critical_values_are_right_at_every_level(degrees):
    for alpha in (st.SMALLEST_P, 1e-50, 1e-9, 0.05, 0.4999, 0.5001, 0.95, 1 - 1e-9):
        t = st.critical(alpha, degrees)
        assert 0 < t < np.inf
        # the incomplete beta function itself, not its inverse
        assert special.betainc(degrees / 2, 0.5, degrees / (degrees + t * t)) == pytest.approx(alpha, rel=1e-6)
    assert st.critical(0.05, 9) == pytest.approx(2.262157, abs=1e-6)
    assert st.critical(1.0, degrees) == 0.0


@settings(deadline=None, max_examples=150)
@given(
    seeds=st_.integers(2, 20),
    students=st_.sampled_from([2, 3, 30, 200]),
    seed_sd=st_.sampled_from([0.0, 1e-9, 1e-3, 0.02, 1.0, 1e6]),
    student_sd=st_.sampled_from([0.0, 0.1]),
    lesson_sd=st_.sampled_from([0.0, 0.2]),
    offset=st_.sampled_from([0.0, 0.05, -3.0]),
    failed=st_.booleans(),
    luck=st_.integers(0, 2**32 - 1),
)
def test_intervals_are_finite_hold_the_estimate_and_widen(
    seeds, students, seed_sd, student_sd, lesson_sd, offset, failed, luck
):
    rng = np.random.default_rng(luck)
    spread = {"seed_sd": seed_sd, "student_sd": student_sd, "lesson_sd": lesson_sd}
    table = offset + crossed_table(rng, seeds, students, **spread)
    table[0] -= 30 * seed_sd * failed
    found = st.estimate(table, generator=rng)
    assert 0 <= found.p <= 1
    before = (found.value, found.value)
    for level in (0.5, 0.95, 0.95 + 0.04, 1 - 0.05 / 8, 1 - 0.05 / 1000, 1 - 1e-12):
        low, high = found.interval(level)
        assert np.isfinite([low, high]).all()
        assert low <= before[0] <= found.value <= before[1] <= high
        before = low, high
    said = judged({"a": found, "b": found, "c": found}, 0.02)["a"]
    low, high = found.interval()
    assert said.low <= low <= high <= said.high
    assert said.p >= found.p
    assert said.p == pytest.approx(min(1, 3 * found.p))
    assert (said.p < st.ALPHA) == (said.low > 0 or said.high < 0) or said.p == pytest.approx(st.ALPHA)


def test_a_clipped_seed_variance_leaves_the_students_alone():
    """Seeds that differ less than lessons alone would make them: their part is 0, and no NaN comes of it."""
    table = np.tile(np.random.default_rng(0).normal(0.3, 0.2, 400), (10, 1))
    table[::2, ::2] += 0.1
    table[1::2, 1::2] += 0.1
    found = st.estimate(table, generator=np.random.default_rng(0))
    assert (found.seed_variance, found.skewness) == (0.0, pytest.approx(0.0, abs=3))
    assert 0 < found.p < 1e-50
    assert np.isfinite(found.interval()).all()


def test_an_interval_reaches_to_where_failed_trainings_pull():
    runs = np.r_[np.zeros(9) + np.linspace(-0.01, 0.01, 9), -0.3][:, None]
    table = runs + np.random.default_rng(0).normal(0, 1e-3, (1, 100))
    found = st.estimate(table, generator=np.random.default_rng(0))
    low, high = found.interval()
    assert found.skewness < -2
    assert found.value - low == pytest.approx(2 * (high - found.value), rel=0.05)  # at most twice as far
    assert found.p == pytest.approx(st.estimate(-table, generator=np.random.default_rng(0)).p)


def test_coverage_where_trainings_fail_is_what_the_docs_say():
    """The benchmark's shortcut, checked on whole tables: lognormal trainings of sigma 1, ten seeds."""
    rng, hits, shortcut = np.random.default_rng(9), 0, 0
    simulated = benchmark.simulated("lognormal 1", 0.0, (2000, 1), rng, seeds=10, students=300)
    below, above = benchmark.now(simulated, 0.05)
    shortcut = np.mean((simulated.value - below <= 0) & (simulated.value + above >= 0))
    for luck in benchmark.trainings("lognormal 1", (1000, 10), rng):
        table = benchmark.SEED_SD * luck[:, None] + benchmark.STUDENT_SD * rng.standard_normal((1, 300))
        table += benchmark.LESSON_SD * rng.standard_normal((10, 300))
        low, high = st.estimate(table, generator=rng).interval()
        hits += low <= 0 <= high
    assert hits / 1000 == pytest.approx(shortcut, abs=0.03)
    assert hits / 1000 > 0.92


@pytest.mark.parametrize(("kind", "least"), [("normal", 0.95), ("lognormal .5", 0.93), ("lognormal 1", 0.89)])
@pytest.mark.parametrize("students", [200, 4000, 10**9])
def test_ten_seeds_cover_what_is_promised(kind, least, students):
    rng = np.random.default_rng(3)
    found = benchmark.simulated(kind, 0.0, (20_000, 1), rng, seeds=10, students=students)
    below, above = benchmark.now(found, 0.05)
    assert np.mean((found.value - below <= 0) & (found.value + above >= 0)) >= least


def test_tables_with_a_false_word_are_few():
    """Also where all policies differ by a little more than the smallest difference: "no practical difference"."""
    rng, policies = np.random.default_rng(4), benchmark.POLICIES
    for truth in (0.0, benchmark.SMALLEST, benchmark.SMALLEST + 1e-4):
        found = benchmark.simulated("normal", truth, (400, policies), rng, seeds=10, students=4000, seed_sd=0.002)
        truths = np.full(policies, truth)
        assert benchmark.false_words(benchmark.words_now(found), truths, benchmark.SMALLEST) <= 0.05 + 0.02
        if truth > benchmark.SMALLEST:
            assert benchmark.false_words(benchmark.words_before(found), truths, 0.0) > 0.5


def test_the_benchmark_prints_a_table_for_every_claim(capsys):
    rng = np.random.default_rng(6)
    for part in (benchmark.coverage, benchmark.candidates, benchmark.words, benchmark.families, benchmark.failures):
        part(8, rng)
    printed = capsys.readouterr().out
    assert "nan" not in printed
    for word in ("Coverage of 95 % intervals", "bootstrap-t", "samples without a failure", *st.VERDICTS, "false word"):
        assert word in printed
    numbers = [cell for cell in re.findall(r"\| (0\.\d{3}|1\.000) ", printed)]
    assert len(numbers) > 200


def test_a_failed_training_is_named_and_false_alarms_are_rare():
    rng = np.random.default_rng(5)
    alarms = np.mean([bool(st.outlying(runs)) for runs in rng.standard_normal((1500, 10))])
    assert alarms < 0.03
    runs = np.r_[rng.standard_normal(8), -20.0, -25.0] / 100
    assert st.outlying(runs) == [8, 9]  # two do not hide each other
    assert st.outlying(runs, smallest=0.5) == []
    assert st.outlying([1.0, 1.0, 9.0]) == []  # of three runs nobody knows which is odd
    assert st.outlying([1.0, 1.0, 1.0, 1.0, 9.0]) == [4]
    assert st.outlying([0.5] * 10) == []


def test_few_seeds_are_named():
    assert st.seeds_warning(10) is None
    assert "3 training seeds" in str(st.seeds_warning(3))
    assert "A headline needs 10" in str(st.seeds_warning(1))
