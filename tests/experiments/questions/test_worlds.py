"""Other cohorts and drawn worlds: intervals that take worlds as drawn by lot, and draws that stay."""

from __future__ import annotations

from dataclasses import asdict, replace

import numpy as np
import pytest
from zpdgym.errors import InputError
from zpdgym.experiments.questions.asking import Questions
from zpdgym.experiments.questions.cells import Cell
from zpdgym.experiments.questions.contrasts import contrasts
from zpdgym.experiments.questions.crossing import crossing
from zpdgym.experiments.questions.rows import ContrastTable, WorldsTable
from zpdgym.experiments.questions.show import markdown, sheets
from zpdgym.experiments.questions.worlds import worlds
from zpdgym.experiments.runs.draws import draw_parameters

from tests.experiments.questions.made import made, written

RANGES = {
    "student.forget": {"low": 0.003, "high": 0.1, "log": True},
    "student.learn": {"low": 0.1, "high": 0.3},
    "schedule": ["weeks", "days"],
}


def in_worlds(rng, n=6, *, mean=0.05, between=0.02, **spread):
    effects = mean + between * rng.standard_normal(n)
    cells = made({"cohort": range(n)}, lambda cohort: effects[cohort], rng, **{"students": 100, **spread})
    return cells, effects


def test_a_world_is_a_row_and_the_mean_is_over_worlds():
    cells, _ = in_worlds(np.random.default_rng(0))
    table = worlds(cells, ["own - base"], smallest=0.02)
    values = [row.difference.value for row in table.worlds]
    (row,) = table.together
    assert [world.world for world in table.worlds] == list(range(6))
    assert row.mean.value == pytest.approx(np.mean(values))
    half = 2.5706 * np.std(values, ddof=1) / np.sqrt(6)  # Student's t with 5 degrees of freedom
    assert (row.mean.high - row.mean.value) == pytest.approx(half, rel=1e-3)
    assert (row.further.high - row.further.value) == pytest.approx(half * np.sqrt(7), rel=1e-3)
    assert row.same_sign == np.mean(np.sign(values) == np.sign(row.mean.value))
    assert row.between < np.std(values, ddof=1)


def test_a_contrast_over_worlds_is_their_mean_and_as_uncertain():
    cells, _ = in_worlds(np.random.default_rng(0), between=0.1, students=400)
    (row,) = contrasts(cells, ["own - base"], smallest=0.02).rows
    (mean,) = worlds(cells, ["own - base"], smallest=0.02).together
    assert asdict(row.difference) == pytest.approx(asdict(mean.mean))
    assert (row.verdict, row.over, row.worlds) == (mean.verdict, "cohort", 6)
    single = contrasts(cells[:1], ["own - base"], smallest=0.02).rows[0].difference
    assert row.difference.high - row.difference.low > 2 * (single.high - single.low)


@pytest.mark.parametrize("axis", ["cohort", "draw"])
def test_changes_and_crossings_are_means_over_worlds_too(axis):
    """Worlds differ in how much the difference grows along ``a``, by far more than any of them is uncertain."""
    slopes = np.array([0.0, 0.1, 0.2, 0.3])
    cells = made({axis: range(4), "a": (1, 2)}, lambda world, a: a * slopes[world], np.random.default_rng(1))
    half = 3.1824 * np.std(slopes, ddof=1) / 2  # Student's t with 3 degrees of freedom
    change = contrasts(cells, ["own - base by a"], smallest=0.02).rows[-1]
    assert (change.kind, change.worlds, change.verdict) == ("change", 4, "cannot tell")
    assert change.difference.high - change.difference.value == pytest.approx(half, rel=0.3)
    along = crossing(cells, "own - base", "a", smallest=0.02)
    assert (along.over, along.worlds) == (axis, 4)
    assert along.points[0].difference.high - along.points[0].difference.value == pytest.approx(half, rel=0.3)


def test_one_world_and_worlds_set_against_each_other_are_about_these():
    cells, _ = in_worlds(np.random.default_rng(2), n=3, between=0.1, students=400)
    rows = contrasts(cells, ["own - base by cohort"], smallest=0.02).rows
    assert [row.kind for row in rows] == ["difference"] * 3 + ["change"] * 2
    assert all(row.over is None and row.difference.high - row.difference.low < 0.1 for row in rows)


def test_a_mean_over_two_worlds_has_no_verdict_in_any_answer():
    cells = made({"cohort": range(2), "a": (1, 2)}, lambda cohort, a: 0.5, np.random.default_rng(3))
    table, along = contrasts(cells, ["own - base"], smallest=0.02), crossing(cells, "own - base", "a", smallest=0.02)
    assert (table.rows[0].verdict, table.rows[0].difference.p, along.verdicts) == (None, None, ())
    assert "few: a mean over fewer than 3 worlds" in markdown(sheets(table))
    assert "over 2 worlds (cohort) has no verdict" in along.says


def test_teachers_that_worlds_share_keep_their_luck():
    """The same three trainings stand in all worlds: that worlds agree does not make these more certain."""
    cells = made({"cohort": range(5)}, lambda cohort: 0.1, np.random.default_rng(4), seeds=3, seed_sd=0.2, common=1.0)
    together = [replace(cell, teachers="all") for cell in cells]
    with_luck, without = (contrasts(c, ["own - base"], smallest=0.02).rows[0] for c in (together, cells))
    assert with_luck.worlds == without.worlds == 5
    assert with_luck.difference.high > without.difference.high + 0.2


def test_answers_of_one_experiment_have_one_number_and_one_word(tmp_path):
    cells, _ = in_worlds(np.random.default_rng(5), n=3, mean=0.3, between=0.02, seeds=1)
    folder = written(tmp_path, {f"w{n}": cell for n, cell in enumerate(cells)}, axes=True)
    lines = ["own - base", "own - base by cohort"]
    asked = Questions.of(lines, {"cohort": (0, 1, 2)}, ["own", "base"], where="contrasts")
    (contrast, over), said = asked.answers(folder)
    assert isinstance(contrast, ContrastTable)
    assert isinstance(over, WorldsTable)
    assert not said
    (mean,), row = over.together, contrast.rows[0]
    assert asdict(mean.mean) == pytest.approx(asdict(row.difference))
    assert (mean.verdict, over.verdicts) == (row.verdict, contrast.verdicts)
    alone = worlds(cells, ["own - base"], smallest=0.02).together[0].mean  # corrected for itself
    assert mean.mean.p_corrected == pytest.approx(contrast.verdicts * (alone.p_corrected or 0))


def test_worlds_that_are_all_alike_do_not_differ():
    cells, _ = in_worlds(np.random.default_rng(1), between=0.0)
    (row,) = worlds(cells, ["own - base"], smallest=0.02).together
    assert row.between < 0.01
    assert row.same_sign == 1.0
    assert row.certain_other == 0
    assert "for certain on the other side" not in row.says


def test_worlds_on_both_sides_are_told():
    cells = made({"cohort": range(4)}, lambda cohort: 0.3 * (-1) ** cohort + 0.01, np.random.default_rng(2))
    (row,) = worlds(cells, ["own - base"], smallest=0.02).together
    assert (row.certain_same, row.certain_other, row.same_sign) == (2, 2, 0.5)
    assert row.verdict == "cannot tell"
    assert "for certain on the other side in 2. A further world may be on either side" in row.says


def test_by_looks_at_each_value_and_corrects_for_all():
    cells = made({"draw": range(4), "a": (0, 1)}, lambda draw, a: 0.1 * a, np.random.default_rng(3))
    table = worlds(cells, ["own - base by a", "base - own"], smallest=0.02)
    assert [row.axes for row in table.together] == [{"a": 0}, {"a": 1}, None]
    assert table.verdicts == 3
    assert len(table.worlds) == 12
    assert table.together[1].verdict == "better"


def test_two_worlds_are_too_few_for_a_verdict():
    cells, _ = in_worlds(np.random.default_rng(4), n=2)
    table = worlds(cells, ["own - base"], smallest=0.02)
    assert table.together[0].verdict is None
    assert table.together[0].mean.p is None
    assert "no verdict from 2 worlds; 3 are the fewest" in table.together[0].says


@pytest.mark.parametrize(
    ("axes", "asked", "over", "said"),
    [
        ({"a": (0, 1, 2)}, "own - base", None, "no axis is called cohort or draw: say over which axis"),
        ({"cohort": (0, 1), "draw": (0, 1)}, "own - base", None, "the axes cohort and draw both are"),
        ({"cohort": (0,)}, "own - base", "cohort", "two worlds are the fewest"),
        ({"cohort": (0, 1)}, "own - base by cohort", None, "cannot stand behind 'by'"),
        ({"cohort": (0, 1)}, "own - bas", None, "unknown policy 'bas'"),
        ({"cohort": (0, 1)}, "own", None, "must be written policy - policy"),
        ({"cohort": (0, 1)}, "own - base", "a", "unknown axis 'a'"),
    ],
)
def test_what_cannot_be_asked_is_refused(axes, asked, over, said):
    cells = made(axes, lambda *values: 0.0, np.random.default_rng(0))
    with pytest.raises(InputError, match=said):
        worlds(cells, [asked], smallest=0.02, over=over)


def test_worlds_that_lack_a_policy_or_share_teachers_are_refused():
    cells, _ = in_worlds(np.random.default_rng(5), n=3)
    short = [*cells[:-1], Cell(cells[-1].axes, {"base": cells[-1].outcomes["base"]})]
    with pytest.raises(InputError, match="own - base is not there in cohort=2"):
        worlds(short, ["own - base"], smallest=0.02)
    shared = [Cell(c.axes, c.outcomes, teachers="all") for c in cells]
    with pytest.raises(InputError, match="cohort=0 and 1 share their trained teachers"):
        worlds(shared, ["own - base"], smallest=0.02)


@pytest.mark.slow
def test_intervals_over_worlds_cover_the_mean_and_a_further_world():
    rng, mean, further, repeats = np.random.default_rng(6), 0, 0, 600
    for _ in range(repeats):
        cells, _ = in_worlds(rng, n=6, seeds=3, students=60, seed_sd=0.01, student_sd=0.03)
        (row,) = worlds(cells[:5], ["own - base"], smallest=0.02).together
        mean += row.mean.low <= 0.05 <= row.mean.high
        new = cells[5].outcomes["own"].mean() - cells[5].outcomes["base"].mean()
        further += row.further.low <= new <= row.further.high
    assert 0.93 <= mean / repeats <= 0.975
    assert 0.93 <= further / repeats <= 0.975


def test_more_draws_and_more_ranges_leave_the_others_as_they_were():
    few, many = (draw_parameters(RANGES, n, seed=3) for n in (5, 30))
    assert many[:5] == few
    more = draw_parameters({"student.guess": [0.1, 0.2], **RANGES}, 5, seed=3)
    assert [{key: drawn[key] for key in RANGES} for drawn in more] == few
    assert draw_parameters(RANGES, 5, seed=4) != few
    assert list(few[0]) == list(RANGES)


def test_draws_fill_their_ranges():
    drawn = draw_parameters(RANGES, 2000, seed=0)
    forget, learn = (np.array([d[f"student.{key}"] for d in drawn]) for key in ("forget", "learn"))
    assert 0.003 <= forget.min() < 0.0031
    assert 0.098 < forget.max() <= 0.1
    assert np.mean(forget < np.sqrt(0.003 * 0.1)) == pytest.approx(0.5, abs=0.03)
    assert np.mean(learn < 0.2) == pytest.approx(0.5, abs=0.03)
    assert abs(np.corrcoef(np.log(forget), learn)[0, 1]) < 0.05
    assert np.mean([d["schedule"] == "days" for d in drawn]) == pytest.approx(0.5, abs=0.03)


@pytest.mark.parametrize(
    ("ranges", "said"),
    [
        ({}, "there are no ranges"),
        ([1, 2], "must be a mapping"),
        ({"a": 3}, "a=3 must be"),
        ({"a": []}, "not empty"),
        ({"a": [[1]]}, "must be a list of numbers"),
        ({"a": {"low": 2, "high": 1}}, "low the smaller one"),
        ({"a": {"low": "x", "high": 1}}, "low the smaller one"),
        ({"a": {"low": 0, "high": float("inf")}}, "low the smaller one"),
        ({"a": {"high": 1}}, "low the smaller one"),
        ({"a": {"low": 0, "high": 1, "log": True}}, "a.low=0 must be above 0"),
        ({"a": {"low": 1, "high": 2, "log": "yes"}}, "a.log='yes' must be true or false"),
        ({"a": {"low": 1, "high": 2, "step": 1}}, "a has step: a range has low, high, log"),
    ],
)
def test_ranges_that_cannot_be_drawn_from_are_refused(ranges, said):
    with pytest.raises(InputError, match=said):
        draw_parameters(ranges, 3, seed=0)


def test_no_draws_are_refused():
    with pytest.raises(InputError, match="n=0 must be 1 or more"):
        draw_parameters(RANGES, 0, seed=0)
