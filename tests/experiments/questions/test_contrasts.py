"""Contrasts are what their words say, their intervals cover, and what cannot be read is refused in one line."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from zpdgym.errors import InputError
from zpdgym.experiments.questions.cells import Cell, Grid
from zpdgym.experiments.questions.contrasts import CHANGES, Contrast, contrasts, understood
from zpdgym.experiments.statistics import ALPHA, VERDICTS, estimate

from tests.experiments.questions.made import made

AXES = {"student.forget": (0.01, 0.03, 0.1), "schedule": ("weeks", "days")}


def effects(forget, schedule):
    """A simple effect of each axis and one of both together."""
    return 1.0 * forget + 0.05 * (schedule == "days") + 0.5 * forget * (schedule == "days")


@pytest.fixture(scope="module")
def cells():
    return made(AXES, effects, np.random.default_rng(1), students=80)


def by_kind(table, kind):
    return [row for row in table.rows if row.kind == kind]


def mean_of(cells, **axes):
    """The mean difference over all cells with these values, by hand."""
    here = [c for c in cells if all(c.axes[f"student.{a}" if a == "forget" else a] == v for a, v in axes.items())]
    return np.mean([c.outcomes["own"].mean() - c.outcomes["base"].mean() for c in here])


def test_without_axes_it_is_the_mean_over_all_cells(cells):
    (row,) = contrasts(cells, ["own - base"], smallest=0.02).rows
    assert (row.kind, row.axes, row.cells) == ("difference", None, 6)
    assert row.difference.value == pytest.approx(mean_of(cells))


def test_rows_are_differences_changes_and_interactions_by_hand(cells):
    table = contrasts(cells, ["own - base by forget x schedule"], smallest=0.02)
    assert [len(by_kind(table, kind)) for kind in ("difference", "change", "interaction")] == [6, 3, 2]
    assert table.verdicts == 11
    for row in by_kind(table, "difference"):
        expected = mean_of(cells, forget=row.axes["student.forget"], schedule=row.axes["schedule"])
        assert row.difference.value == pytest.approx(expected)
    change = by_kind(table, "change")[1]
    assert (change.axes, change.against, change.cells) == ({"student.forget": 0.1}, "student.forget=0.01", 4)
    assert change.difference.value == pytest.approx(mean_of(cells, forget=0.1) - mean_of(cells, forget=0.01))
    both = by_kind(table, "interaction")[-1]
    assert (both.axes, both.against) == (
        {"student.forget": 0.1, "schedule": "days"},
        "student.forget=0.01, schedule=weeks",
    )
    corners = [mean_of(cells, forget=f, schedule=s) for f, s in itertools.product((0.01, 0.1), ("weeks", "days"))]
    assert both.difference.value == pytest.approx(corners[3] - corners[2] - corners[1] + corners[0])


def test_one_cell_alone_has_the_interval_of_the_table(cells):
    for name, other in (("own", "base"), ("base", "own")):
        found = Grid(cells).pair(name, other).estimate({0: 1.0})
        known = estimate(cells[0].outcomes[name], cells[0].outcomes[other], generator=np.random.default_rng(0))
        assert found.interval() == pytest.approx(known.interval())
        assert (found.seeds, found.students) == (10, 80)
        assert found.p == pytest.approx(known.p)


def test_all_rows_of_all_contrasts_are_corrected_together(cells):
    alone = contrasts(cells, ["own - base"], smallest=0.02).rows[0].difference
    table = contrasts(cells, ["own - base", "own - base by forget", "base - own by schedule"], smallest=0.02)
    first = table.rows[0].difference
    assert table.verdicts == len(table.rows) == 1 + (3 + 2) + (2 + 1)
    assert (first.low, first.high, first.p) == (alone.low, alone.high, alone.p)
    assert (alone.low_corrected, alone.high_corrected) == pytest.approx((alone.low, alone.high))
    assert first.low_corrected < first.low < first.high < first.high_corrected
    assert first.p_corrected == min(1.0, first.p * table.verdicts)
    found = Grid(cells).pair("own", "base").estimate(dict.fromkeys(range(6), 1 / 6))
    assert (first.low_corrected, first.high_corrected) == pytest.approx(found.interval(1 - ALPHA / table.verdicts))


def test_students_are_paired_across_cells():
    """What a student likes about a policy everywhere is in the mean over cells, and is gone from a change."""
    rng = np.random.default_rng(2)
    cells = made({"a": (0, 1)}, lambda a: 0.0, rng, seeds=1, students=400, student_sd=0.0, lesson_sd=0.001)
    liking = rng.standard_normal((1, 400))
    cells = [Cell(c.axes, {"base": c.outcomes["base"], "own": c.outcomes["own"] + liking}) for c in cells]
    rows = contrasts(cells, ["own - base by a"], smallest=0.02).rows
    widths = [row.difference.high - row.difference.low for row in rows]
    assert widths[0] > 0.15
    assert widths[2] < 0.001


def test_cells_of_other_cohorts_are_not_paired():
    """The same student numbers in another cohort are other people: what both like does not cancel."""
    cells = made({"cohort": (0, 1), "a": (0, 1)}, lambda cohort, a: 0.0, np.random.default_rng(3), seeds=1, seed_sd=0.0)
    paired = [Cell({"other": c.axes["cohort"], "a": c.axes["a"]}, c.outcomes) for c in cells]
    change = contrasts(cells, ["own - base by cohort"], smallest=0.02).rows[2].difference
    same = estimate(
        np.mean([c.outcomes["own"] - c.outcomes["base"] for c in cells[:2]], axis=0),
        generator=np.random.default_rng(0),
    )
    other = estimate(
        np.mean([c.outcomes["own"] - c.outcomes["base"] for c in cells[2:]], axis=0),
        generator=np.random.default_rng(0),
    )
    found = Grid(cells).pair("own", "base").estimate({0: -0.5, 1: -0.5, 2: 0.5, 3: 0.5})
    assert found.student_variance == pytest.approx(same.student_variance + other.student_variance)
    assert 390 <= found.students <= 399  # Welch and Satterthwaite of twice 200
    assert change.value == pytest.approx(
        contrasts(paired, ["own - base by other"], smallest=0.02).rows[2].difference.value
    )


def test_trainings_of_cells_add_up_unless_they_are_shared():
    """A teacher that several cells share brings the same luck to all of them: it cancels from changes only."""
    rng = np.random.default_rng(4)
    luck = 0.05 * rng.standard_normal((10, 1))
    plain = made({"a": (0, 1)}, lambda a: 0.1 * a, rng, seed_sd=0.0)
    shared = [
        Cell(c.axes, {"base": c.outcomes["base"], "own": c.outcomes["own"] + luck}, teachers="all") for c in plain
    ]
    apart = [Cell(c.axes, c.outcomes) for c in shared]
    changes = [contrasts(given, ["own - base by a"], smallest=0.02).rows[2].difference for given in (shared, apart)]
    assert changes[0].high - changes[0].low < 0.3 * (changes[1].high - changes[1].low)
    means = [contrasts(given, ["own - base"], smallest=0.02).rows[0].difference for given in (shared, apart)]
    assert means[0].high - means[0].low == pytest.approx(means[1].high - means[1].low, rel=0.01)


def test_degrees_of_freedom_of_equal_trainings_add_up():
    """Seeds of one number that cancel are not believed: their variances are added all the same."""
    own = np.random.default_rng(5).standard_normal((10, 1)) * np.ones((10, 50))
    cells = [Cell({"a": a}, {"own": own * (-1) ** a, "base": np.zeros((1, 50))}) for a in range(4)]
    found = Grid(cells).pair("own", "base").estimate(dict.fromkeys(range(4), 0.25))
    assert found.seeds == 1 + 4 * 9
    assert found.seed_variance == pytest.approx(own[:, 0].var(ddof=1) / 10 / 4)


def test_seeds_of_one_number_that_go_together_are_believed():
    own = np.random.default_rng(5).standard_normal((10, 1)) * np.ones((10, 50))
    cells = [Cell({"a": a}, {"own": own, "base": np.zeros((1, 50))}) for a in range(4)]
    found = Grid(cells).pair("own", "base").estimate(dict.fromkeys(range(4), 0.25))
    assert found.seeds == 10
    assert found.seed_variance == pytest.approx(own[:, 0].var(ddof=1) / 10)


def test_policies_of_different_numbers_of_seeds_are_not_paired_by_seed():
    rng = np.random.default_rng(6)
    own, other = (0.1 * rng.standard_normal((s, 1)) * np.ones((s, 60)) for s in (10, 5))
    grid = Grid([Cell({}, {"own": own, "other": other})])
    found = grid.pair("own", "other").estimate({0: 1.0})
    assert found.seed_variance == pytest.approx(own[:, 0].var(ddof=1) / 10 + other[:, 0].var(ddof=1) / 5)
    assert 5 <= found.seeds <= 14


def test_roles_are_looked_up_in_every_cell():
    zero, one = np.zeros((1, 30)), np.ones((1, 30))
    outcomes = {"low": zero, "high": one, "mine": 2 * one}
    cells = [Cell({"a": a}, outcomes, {"best_untrained": best}) for a, best in ((0, "low"), (1, "high"))]
    rows = contrasts(cells, ["mine - best_untrained by a"], smallest=0.02).rows
    assert [row.difference.value for row in rows] == [2.0, 1.0, -1.0]


def test_too_few_seeds_give_no_verdict_and_do_not_count():
    cells = made({"a": (0, 1)}, lambda a: 0.1, np.random.default_rng(7), seeds=2)
    table = contrasts(cells, ["own - base by a"], smallest=0.02)
    assert table.verdicts == 0
    assert all(row.verdict is None and row.difference.p is None for row in table.rows)
    assert all(row.difference.low_corrected is None for row in table.rows)
    one = [Cell(c.axes, {n: v[:1] for n, v in c.outcomes.items()}, {}, c.trained) for c in cells]
    assert contrasts(one, ["own - base"], smallest=0.02).verdicts == 0
    saved = [Cell(c.axes, c.outcomes) for c in one]  # one run of what does not train is enough
    assert contrasts(saved, ["own - base"], smallest=0.02).verdicts == 1


def test_a_cell_without_one_of_the_two_is_named_and_only_its_rows_are_left_out(cells):
    short = [*cells[:-1], Cell(cells[-1].axes, {"base": cells[-1].outcomes["base"]})]
    table = contrasts(short, ["own - base by forget x schedule"], smallest=0.02)
    assert table.notes == ("own - base is not there in student.forget=0.1, schedule=days",)
    assert [len(by_kind(table, kind)) for kind in ("difference", "change", "interaction")] == [5, 1, 1]
    with pytest.raises(InputError, match=r"no row can be given: own - base is not there in student.forget=0.1"):
        contrasts(short, ["own - base"], smallest=0.02)


def test_words_of_changes_are_not_those_of_differences(cells):
    assert set(CHANGES) == set(VERDICTS)
    sure = made({"a": (0, 1)}, lambda a: -0.5 * a, np.random.default_rng(8))
    rows = contrasts(sure, ["own - base by a"], smallest=0.02).rows
    assert [row.verdict for row in rows][1:] == ["worse", "falls"]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("own", "must be written policy - policy"),
        ("own -base", "must be written policy - policy"),
        ("own - base - own", "must be written policy - policy"),
        ("own base", "must be written policy - policy"),
        (" - base", "must be written policy - policy"),
        ("own - base by", "must be written policy - policy"),
        (3, r"contrasts\[0\]=3 must be written"),
        (None, "must be written"),
        (["own", "base"], "must be written"),
        ("own - own", "both sides are own"),
        ("own - base by forget schedule", "must stand axes"),
        ("own - base by x", "unknown axis 'x'"),
        ("own - base by forget x x", "must stand axes|unknown axis"),
        ("own - base by forget x forget", "names an axis twice"),
        ("own - base by forget x student.forget", "names an axis twice"),
        ("own - base by forgt", r"unknown axis 'forgt'.* Choices: schedule, student.forget"),
        ("own - bas", "unknown policy 'bas'. Did you mean 'base'"),
        ("onw - base", "unknown policy 'onw'. Did you mean 'own'"),
    ],
)
def test_what_cannot_be_read_is_refused_in_one_line(cells, asked, said):
    with pytest.raises(InputError, match=said) as told:
        contrasts(cells, [asked], smallest=0.02)
    assert "\n" not in str(told.value)


def test_an_axis_that_two_names_end_in_is_refused(cells):
    double = [Cell({**c.axes, "tutor.forget": 1}, c.outcomes) for c in cells]
    with pytest.raises(InputError, match=r"'forget' may be student.forget or tutor.forget"):
        contrasts(double, ["own - base by forget"], smallest=0.02)
    assert contrasts(double, ["own - base by tutor.forget"], smallest=0.02).rows


@pytest.mark.parametrize("sign", [" x ", " × ", " * ", ", "])
def test_ways_to_write_a_cross(sign):
    assert Contrast.of(f"a − b by forget{sign}schedule").by == ("forget", "schedule")


def test_contrasts_are_checked_before_there_are_results():
    axes, policies = ["student.forget", "schedule"], ["own", "base"]
    ((contrast, by),) = understood(["own - base by schedule x forget"], axes, policies)
    assert (contrast.minus, by) == ("base", ("schedule", "student.forget"))
    with pytest.raises(InputError, match=r"contrasts\[1\]: unknown policy 'bas'"):
        understood(["own - base", "own - bas"], axes, policies)


@pytest.mark.parametrize(
    ("cells_given", "said"),
    [
        ([], "there are none"),
        ([Cell({"a": 1}, {}), Cell({"b": 1}, {})], "every cell must have all axes"),
        ([Cell({"a": 1}, {}), Cell({"a": 1}, {})], "a=1 is there twice"),
    ],
)
def test_cells_that_are_no_grid_are_refused(cells_given, said):
    with pytest.raises(InputError, match=said):
        contrasts(cells_given, ["own - base"], smallest=0.02)


@pytest.mark.slow
@pytest.mark.parametrize("common", [0.0, 0.15, 0.5])
def test_means_cover_where_trainings_of_one_number_have_luck_in_common(common):
    """As where they begin with the same network; variances that are only added would cover .97, .85 and .65."""
    rng, hits = np.random.default_rng(10), 0
    for _ in range(500):
        cells = made({"a": range(16)}, lambda a: 0.1, rng, seed_sd=0.03, students=300, common=common)
        difference = contrasts(cells, ["own - base"], smallest=0.02).rows[0].difference
        hits += difference.low <= 0.1 <= difference.high
    assert 0.93 <= hits / 500 <= 0.985


@pytest.mark.slow
@pytest.mark.parametrize("seeds", [3, 10])
@pytest.mark.parametrize("seed_sd", [0.003, 0.02])
def test_intervals_of_every_kind_of_row_cover(seeds, seed_sd):
    """With trainings of their own in every cell, and students who are the same in all."""
    rng = np.random.default_rng(9)
    hits, all_hold, repeats = {}, 0, 600
    truths = [effects(f, s) for f, s in itertools.product(*AXES.values())]
    true = {i: truth for i, truth in enumerate(truths)}
    marginal = [np.mean(truths[2 * i : 2 * i + 2]) for i in range(3)]
    true |= {
        6: marginal[1] - marginal[0],
        7: marginal[2] - marginal[0],
        8: np.mean(truths[1::2]) - np.mean(truths[::2]),
    }
    for n, i in ((9, 1), (10, 2)):
        true[n] = truths[2 * i + 1] - truths[2 * i] - truths[1] + truths[0]
    for _ in range(repeats):
        cells = made(AXES, effects, rng, seeds=seeds, students=100, seed_sd=seed_sd)
        rows = contrasts(cells, ["own - base by forget x schedule"], smallest=0.02).rows
        held = [row.difference.low <= true[n] <= row.difference.high for n, row in enumerate(rows)]
        wide = [row.difference.low_corrected <= true[n] <= row.difference.high_corrected for n, row in enumerate(rows)]
        all_hold += all(wide)
        for row, inside in zip(rows, held, strict=True):
            hits.setdefault(row.kind, []).append(inside)
    assert {kind: np.mean(found) >= 0.94 for kind, found in hits.items()} == dict.fromkeys(hits, True), hits.keys()
    assert all_hold / repeats >= 0.93
