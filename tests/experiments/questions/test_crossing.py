"""Where the lead changes: none, one, several or unknown, with intervals that hold the truth."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from zpdgym.errors import InputError
from zpdgym.experiments.questions.cells import Cell
from zpdgym.experiments.questions.crossing import crossing, points
from zpdgym.experiments.statistics import VERDICTS, verdict

from tests.experiments.questions.made import made

AT = points(0.003, 0.1)
SURE = {"seed_sd": 0.0, "student_sd": 0.01, "lesson_sd": 0.01}


def found(truth, *, at=AT, seed=0, axis="student.forget", scale=None, rng=None, **spread):
    cells = made({axis: at}, truth, rng or np.random.default_rng(seed), **{**SURE, **spread})
    return crossing(cells, "own - base", axis, smallest=0.02, scale=scale)


def rising(x):
    """Through 0 at .02, straight on the logarithmic scale."""
    return 0.05 * math.log(x / 0.02)


def bowl(x):
    """Through 0 at .006 and at .05."""
    return 0.05 * math.log(x / 0.006) * math.log(x / 0.05)


def test_points_are_equally_far_apart_on_their_scale():
    assert points(0, 1, 3) == [0.0, 0.5, 1.0]
    assert points(0.01, 1, 3) == [0.01, 0.1, 1.0]
    assert points(0.01, 1, 3, scale="linear") == [0.01, 0.505, 1.0]
    assert len(AT) == 7
    assert AT[0] == 0.003


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ((1, 1), "smaller and a larger"),
        ((2, 1), "smaller and a larger"),
        ((0, math.inf), "smaller and a larger"),
        ((math.nan, 1), "smaller and a larger"),
        ((0, 1, 1), "n=1 must be 2 or more"),
    ],
)
def test_points_that_cannot_be(given, said):
    with pytest.raises(InputError, match=said):
        points(*given)
    with pytest.raises(InputError, match="needs numbers above 0"):
        points(0, 1, scale="log")
    with pytest.raises(InputError, match="must be log or linear"):
        points(0, 1, scale="cubic")


def test_no_crossing_tells_the_sign():
    for sign, leader in ((1, "own"), (-1, "base")):
        table = found(lambda x, sign=sign: sign * 0.05)
        assert (table.answer, table.crossings) == ("none", ())
        assert table.says.startswith(f"None: {leader} is ahead at all values of student.forget")
        assert [row.verdict for row in table.verdicts] == ["better" if sign > 0 else "worse"]
        assert (table.verdicts[0].low, table.verdicts[0].high) == (0.003, 0.1)


def test_one_crossing_has_an_interval_and_certain_signs_around_it():
    for sign, leads in ((1, ("base", "own")), (-1, ("own", "base"))):
        table = found(lambda x, sign=sign: sign * rising(x))
        (row,) = table.crossings
        assert table.answer == "one"
        assert table.scale == "log"
        assert row.surely_after <= row.crossing.low < row.crossing.value < row.crossing.high <= row.surely_before
        assert row.crossing.low < 0.02 < row.crossing.high
        assert (row.leads_before, row.leads_behind) == leads
        assert f"ahead is {leads[0]} before and {leads[1]} behind student.forget = " in table.says


def test_two_crossings_are_both_found():
    table = found(bowl)
    assert (table.answer, len(table.crossings)) == ("several", 2)
    for row, true in zip(table.crossings, (0.006, 0.05), strict=True):
        assert row.surely_after < true < row.surely_before
    assert [row.leads_before for row in table.crossings] == ["own", "base"]


def test_what_is_nowhere_certain_is_not_told():
    table = found(lambda x: 0.0)
    assert (table.answer, table.crossings) == ("cannot tell", ())
    assert table.says == "Cannot tell: nowhere from 0.003 to 0.1 of student.forget is it certain who is ahead."


def test_an_uncertain_end_may_hide_a_crossing():
    table = found(lambda x: max(0.0, rising(x)))
    assert table.answer == "cannot tell"
    assert "own is ahead at student.forget 0.03107 to 0.1 for certain." in table.says
    assert "It cannot be told who is ahead at student.forget 0.003 to 0.01732." in table.says


def test_a_crossing_beside_an_uncertain_end_is_at_least_one():
    table = found(lambda x: -0.1 if x < 0.004 else 0.1 if x < 0.02 else 0.0)
    assert (table.answer, len(table.crossings)) == ("at least one", 1)
    assert table.says.startswith("At least one crossing; ahead is base before")
    assert "cannot be told who is ahead at student.forget 0.03107 to 0.1" in table.says


def test_verdicts_cover_the_axis_and_agree_with_the_values():
    for truth in (rising, bowl, lambda x: 0.0, lambda x: 0.02):
        table = found(truth, seed=3, seed_sd=0.01)
        stretches = table.verdicts
        assert (stretches[0].low, stretches[-1].high) == (0.003, 0.1)
        assert all(a.high == b.low for a, b in itertools.pairwise(stretches))
        assert all(a.verdict != b.verdict for a, b in itertools.pairwise(stretches))
        assert {row.verdict for row in stretches} <= set(VERDICTS)
        for point in table.points:
            here = [row.verdict for row in stretches if row.low <= point.at <= row.high]
            assert point.verdict in here
            assert point.verdict == verdict(point.difference.low_corrected, point.difference.high_corrected, 0.02)


def test_where_the_verdict_flips_without_a_crossing():
    table = found(lambda x: 0.05 if x < 0.01 else 0.0)
    assert next(row.verdict for row in table.verdicts) == "better"
    assert table.verdicts[-1].verdict == "no practical difference"


def test_linear_and_logarithmic_scales():
    assert found(lambda x: x - 5.0, at=[0, 4, 10]).scale == "linear"
    linear = found(lambda x: 0.1 * (x - 5), at=[0, 10]).crossings[0].crossing
    log = found(lambda x: 0.1 * math.log(x / 5), at=[1, 25], scale="log").crossings[0].crossing
    assert linear.value == pytest.approx(5, abs=0.2)
    assert log.value == pytest.approx(5, abs=0.2)
    backwards = found(rising, at=AT[::-1])
    assert [row.at for row in backwards.points] == AT


def test_the_mean_is_taken_over_other_axes():
    cells = made(
        {"x": (1, 2), "other": ("a", "b")}, lambda x, o: x - 1.5 + (0.3 if o == "a" else -0.3), np.random.default_rng(0)
    )
    table = crossing(cells, "own - base", "x", smallest=0.02)
    assert [round(row.difference.value, 1) for row in table.points] == [-0.5, 0.5]
    short = [*cells[:-1], Cell(cells[-1].axes, {"base": cells[-1].outcomes["base"]})]
    with pytest.raises(InputError, match="own - base is not there in every cell with x=2"):
        crossing(short, "own - base", "x", smallest=0.02)


def test_too_few_seeds_tell_nothing():
    table = found(rising, seeds=2)
    assert (table.answer, table.crossings, table.verdicts) == ("cannot tell", (), ())
    assert table.says == "Cannot tell: own or base was trained with too few seeds for a verdict."
    assert all(row.verdict is None and row.difference.p is None for row in table.points)


@pytest.mark.parametrize(
    ("at", "asked", "axis", "scale", "said"),
    [
        (["a", "b"], "own - base", "x", None, "must have two numbers or more"),
        ([1], "own - base", "x", None, "must have two numbers or more"),
        ([True, False], "own - base", "x", None, "must have two numbers or more"),
        ([1, "b"], "own - base", "x", None, "must have two numbers or more"),
        ([1, math.inf], "own - base", "x", None, "must have two numbers or more"),
        ([0, 1], "own - base", "x", "log", "needs numbers above 0, and axis x has 0"),
        ([0, 1], "own - base", "x", "root", "must be log or linear"),
        ([0, 1], "own - base", "y", None, "unknown axis 'y'"),
        ([0, 1], "own - base by x", "x", None, "without 'by'"),
        ([0, 1], "own - bas", "x", None, "unknown policy 'bas'"),
        ([0, 1], "own", "x", None, "must be written policy - policy"),
    ],
)
def test_what_cannot_be_asked_is_refused(at, asked, axis, scale, said):
    cells = made({"x": at}, lambda x: 0.0, np.random.default_rng(0))
    with pytest.raises(InputError, match=said):
        crossing(cells, asked, axis, smallest=0.02, scale=scale)


@pytest.mark.slow
@pytest.mark.parametrize("seeds", [3, 10])
@pytest.mark.parametrize("at", [0.02, 0.0173205, 0.004, 0.09])
def test_intervals_hold_the_crossing_and_none_is_made_up(seeds, at):
    """Whatever is said of a curve that is straight on the axis' scale is true in 95 of 100 experiments and more."""
    rng, true, told = np.random.default_rng(5), 0, 0
    for _ in range(400):
        table = found(
            lambda x: 0.03 * math.log(x / at), rng=rng, seeds=seeds, students=80, seed_sd=0.015, student_sd=0.05
        )
        told += table.answer in ("one", "at least one")
        inside = len(table.crossings) <= 1 and all(
            row.crossing.low <= at <= row.crossing.high for row in table.crossings
        )
        true += table.answer not in ("none", "several") and inside
    assert true / 400 >= 0.95
    if 0.01 < at < 0.05 and seeds == 10:
        assert told / 400 >= 0.9


@pytest.mark.slow
@pytest.mark.parametrize(("truth", "wanted"), [(lambda x: 0.05, "none"), (bowl, "several")])
def test_none_and_two_crossings_are_seldom_mistaken(truth, wanted):
    """A curve that is not straight between the values: certain signs are right, and so are the stretches between."""
    rng, wrong, right = np.random.default_rng(6), 0, 0
    for _ in range(300):
        table = found(truth, rng=rng, students=80, seed_sd=0.01, student_sd=0.05)
        right += table.answer == wanted
        expected = (0.006, 0.05)[: len(table.crossings)] if wanted == "several" else ()
        places = zip(table.crossings, expected, strict=False)
        fine = len(table.crossings) <= len(expected) and all(
            any(row.surely_after <= true <= row.surely_before for true in (0.006, 0.05)) for row, _ in places
        )
        wrong += not fine
    assert wrong / 300 <= 0.05
    assert right / 300 >= 0.6
