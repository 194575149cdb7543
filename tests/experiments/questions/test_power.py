"""A planned power is reached: luck is taken apart, and experiments of the planned size tell what was promised."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from zpdgym.experiments.questions.power import SEEDS, SIZES, Design, Spread
from zpdgym.experiments.statistics import ALPHA, estimate

LUCK = Spread(value=0.03, trainings=0.012**2, students=0.06**2, lessons=0.08**2, seeds=10, n=200)
ALONE = Spread(value=0.03, trainings=0.0, students=0.12**2, lessons=0.0, seeds=1, n=200)


def table(rng, luck, seeds, students, true=0.03):
    """Outcomes of a policy, and those of an untrained baseline without luck."""
    training, person = rng.standard_normal((seeds, 1)), rng.standard_normal((1, students))
    lesson = rng.standard_normal((seeds, students))
    own = math.sqrt(luck.trainings) * training + math.sqrt(luck.students) * person + math.sqrt(luck.lessons) * lesson
    return true + own, np.zeros((1, students))


def design(verdicts=1, *, beyond=0.0, difference=0.03):
    return Design(difference, beyond=beyond, verdicts=verdicts, generator=np.random.default_rng(0))


def test_luck_is_taken_apart():
    rng = np.random.default_rng(1)
    found = [Spread.of(*table(rng, LUCK, 20, 300)) for _ in range(100)]
    for part in ("trainings", "students", "lessons"):
        assert np.mean([getattr(spread, part) for spread in found]) == pytest.approx(getattr(LUCK, part), rel=0.1)
    alone = [Spread.of(*table(rng, ALONE, 1, 300)) for _ in range(100)]
    assert np.mean([spread.students for spread in alone]) == pytest.approx(ALONE.students, rel=0.05)
    assert {(spread.trainings, spread.lessons, spread.trains) for spread in alone} == {(0.0, 0.0, False)}


def test_who_taught_fewer_students_is_set_beside_the_others_on_those():
    own, other = table(np.random.default_rng(2), LUCK, 3, 50)
    assert Spread.of(own, np.zeros((1, 200))) == Spread.of(own, other)


@pytest.mark.parametrize("seeds", [3, 10])
def test_the_interval_of_the_trainings_variance_covers(seeds):
    rng, hits, above = np.random.default_rng(3), [], []
    for _ in range(600):
        spread = Spread.of(*table(rng, LUCK, seeds, 400))
        low, high = spread.trainings_between()
        hits.append(low <= LUCK.trainings <= high)
        above.append(spread.trainings_between(0.6)[1] >= LUCK.trainings)
    assert 0.92 <= np.mean(hits) <= 0.975
    assert 0.76 <= np.mean(above) <= 0.87


def test_more_of_everything_tells_more():
    powers = [design().told(LUCK, seeds, 200).power for seeds in (3, 5, 10, 20)]
    assert powers == sorted(powers)
    powers = [design().told(LUCK, 5, students).power for students in (20, 100, 500, 2000)]
    assert powers == sorted(powers)
    assert design().told(LUCK, 5, 200).power > design(10).told(LUCK, 5, 200).power
    assert design(difference=-0.03).told(LUCK, 5, 200) == design().told(LUCK, 5, 200)


def test_half_widths_are_those_of_tables():
    rng = np.random.default_rng(4)
    for luck, seeds in ((LUCK, 5), (ALONE, 1)):
        seen = []
        for _ in range(200):
            found = estimate(*table(rng, luck, seeds, 300), generator=rng)
            seen.append(found.value - found.interval(1 - ALPHA / 4)[0])
        assert design(4).told(luck, seeds, 300).half_width == pytest.approx(np.median(seen), rel=0.08)


def test_the_fewest_students_are_enough_and_one_size_less_is_not():
    planned = design(3)
    for luck, seeds in ((LUCK, 10), (LUCK, 20), (ALONE, 1)):
        students = planned.fewest_students(luck, seeds, 0.8)
        smaller = SIZES[SIZES.index(students) - 1]
        assert planned.told(luck, seeds, students).power >= 0.8 > planned.told(luck, seeds, smaller).power


def test_more_seeds_are_named_only_where_they_spare_students():
    sizes = design(3).enough(LUCK, 0.8)
    assert [seeds for seeds, _ in sizes] == sorted({seeds for seeds, _ in sizes})
    assert all(b <= 0.9 * a for (_, a), (_, b) in itertools.pairwise(sizes))
    assert design(3).enough(ALONE, 0.8)[0][0] == 1


def test_no_size_is_enough_where_trainings_alone_hide_the_difference():
    hidden = LUCK.but(0.2**2)
    assert design().fewest_students(hidden, 5, 0.8) is None
    assert design().enough(hidden, 0.8) == []


def test_nothing_differs_where_there_is_no_luck():
    sure = Spread(0.1, 0.0, 0.0, 0.0, 3, 50)
    assert design().enough(sure, 0.8) == [(SEEDS[0], SIZES[0])]


@pytest.mark.slow
@pytest.mark.parametrize("luck", [LUCK, LUCK.but(0.02**2), LUCK.but(0.002**2), ALONE])
@pytest.mark.parametrize(("beyond", "verdicts"), [(0.0, 8), (0.01, 1)])
def test_a_planned_power_is_reached(luck, beyond, verdicts):
    """Whole experiments of the planned size, judged as every table is: the verdict comes in .75 to .87 of them."""
    rng, planned, tried = np.random.default_rng(5), design(verdicts, beyond=beyond), 0
    for seeds, students in planned.enough(luck, 0.8):
        if seeds * students > 8000:
            continue
        hits = 0
        for _ in range(600):
            found = estimate(*table(rng, luck, seeds, students), generator=rng)
            hits += found.interval(1 - ALPHA / verdicts)[0] > beyond
        assert 0.75 <= hits / 600 <= 0.87, (seeds, students)
        tried += 1
    assert tried
