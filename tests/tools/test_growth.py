"""``python -m benchmarks.growth``: exponents are what they say, and everything that it does can be done."""

from __future__ import annotations

import pytest

from benchmarks import growth


def test_exponents_are_slopes_of_logarithms():
    square = growth.Growth("items", (1, 2, 4, 8), (3.0, 12.0, 48.0, 192.0))
    assert square.exponent == pytest.approx(2.0)
    bent = growth.Growth("items", (1, 2, 4, 8), (1.0, 1.0, 1.0, 2.0))
    assert (bent.last, bent.exponent) == (pytest.approx(1.0), pytest.approx(0.3))


@pytest.mark.parametrize("axis", growth.ALL)
def test_a_world_has_more_of_one_thing(axis):
    base = growth.Size(skills=4, items=8, students=5, lessons=10)
    more = base.times(axis, 3)
    changed = {name for name in growth.ALL if getattr(more, name) != getattr(base, name)}
    assert changed == {axis, "items"} if axis == "skills" else changed == {axis}
    scenario = growth.world(more)
    found = (scenario.curriculum.n_skills, scenario.curriculum.n_items, scenario.schedule.total)
    assert found == (more.skills, more.items, more.lessons)


@pytest.mark.parametrize("name", [name for name in growth.TASKS if name not in ("fit", "report")])
def test_everything_can_be_done_in_a_small_world(name, tmp_path):
    task = growth.TASKS[name]
    small = growth.Task(task.ready, growth.Size(skills=2, items=4, students=3, lessons=10), task.axes)
    found = growth.measure(small, task.axes[-1], 1, tmp_path)
    assert len(found.sizes) == len(found.seconds) == len(growth.FACTORS)
    assert min(found.seconds) > 0.0


def test_the_page_shows_what_was_measured(tmp_path):
    measured = growth.Growth("skills", (1, 2, 4, 8), (0.001, 0.002, 0.004, 0.008))
    text = growth.page([growth.row_of("step", measured)], [], 12.0)
    assert "| step | skills | 1 / 2 / 4 / 8 | 1 / 2 / 4 / 8 | 1.00 | 1.00 |" in text
    assert "Students alone" not in text


def test_unknown_things_are_refused(capsys):
    with pytest.raises(SystemExit):
        growth.main(["stp"])
    assert "there is no 'stp'" in capsys.readouterr().err
