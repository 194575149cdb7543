"""What a page says of all its scenarios together: what was asked of them, what to quote, what they have in common."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from zpdgym.errors import InputError
from zpdgym.experiments.comparison.formats import number
from zpdgym.experiments.questions.contrasts import contrasts
from zpdgym.experiments.questions.crossing import crossing
from zpdgym.experiments.questions.show import save
from zpdgym.experiments.questions.worlds import worlds
from zpdgym.experiments.report import write_report
from zpdgym.experiments.report.assumed import NOTHING_SAID, assumed
from zpdgym.experiments.report.results import World, read_experiment
from zpdgym.experiments.store.runs import write_json

from tests.experiments.questions.made import made
from tests.experiments.report.outline import Outline

QUOTE = "they are the ones to quote"


@pytest.fixture
def folder(experiment, tmp_path) -> Path:
    return shutil.copytree(experiment, tmp_path / "tiny")


def said_in(folder: Path) -> str:
    return re.sub(r"\s+", " ", Outline(write_report(folder).read_text(encoding="utf-8")).said)


def test_nothing_is_said_where_nothing_was_asked(folder):
    page = write_report(folder).read_text(encoding="utf-8")
    assert 'id="asked"' not in page
    assert 'href="#asked"' not in page


def test_answers_stand_on_the_page_with_what_to_quote(folder):
    rng = np.random.default_rng(0)
    grid = made({"forget": (0.01, 0.1), "calendar": ("<b>", "weeks")}, lambda forget, calendar: forget, rng)
    line = made({"forget": (0.003, 0.03, 0.1)}, lambda forget: 0.1 * np.log(forget / 0.02), rng)
    many = made({"cohort": range(4)}, lambda cohort: 0.1, rng)
    contrast = contrasts(grid, ["own - base by forget x calendar"], smallest=0.02)
    along = [
        crossing(line, f"{one} - {two}", "forget", smallest=0.02) for one, two in (("own", "base"), ("base", "own"))
    ]
    over = worlds(many, ["own - base"], smallest=0.02)
    for answer, n in ((contrast, 1), (along[0], 1), (along[1], 2), (over, 1)):
        save(folder, answer, number=n)
    said = said_in(folder)
    assert said.count(QUOTE) == 1
    for row in contrast.rows:
        assert f"{number(row.difference.value, '{:+.3f}')} ± " in said
    for sentence in {along[0].says, along[1].says, over.together[0].says}:
        assert sentence in said
    assert said.count("base - own along forget") == said.count("own - base along forget") == 1
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "calendar=&lt;b&gt;" in page
    assert page.count('href="#asked"') == 1
    assert write_report(folder).read_text(encoding="utf-8") == page


def test_without_contrasts_nothing_is_to_be_quoted(folder):
    line = made({"forget": (0.003, 0.1)}, lambda forget: 0.1, np.random.default_rng(1))
    save(folder, crossing(line, "own - base", "forget", smallest=0.02))
    said = said_in(folder)
    assert QUOTE not in said
    assert "own - base along forget" in said


@pytest.mark.parametrize("text", ["[]", "{", '{"rows": 3}'])
def test_answers_that_were_changed_are_refused_in_one_line(folder, text):
    (folder / "contrasts.json").write_text(text)
    with pytest.raises(InputError, match=r"contrasts\.json") as error:
        write_report(folder)
    assert "\n" not in str(error.value)


def test_axes_that_changed_nothing_are_named(folder):
    table = json.loads((folder / "table.json").read_text())
    note = "axis help changed nothing in any run: every student's exam is the same at all its values"
    write_json(folder / "table.json", table | {"notes": [note]})
    assert f"Without effect. {note}." in said_in(folder)


def told(*abouts: dict, of: World) -> str:
    """What is said to be assumed of these scenarios."""
    scenarios = [replace(of, label=f"Cell {n}", about=dict(of.about) | about) for n, about in enumerate(abouts)]
    return re.sub(r"\s+", " ", Outline(assumed(scenarios)).said)


def test_what_scenarios_have_in_common_is_said_once(experiment):
    _, (world,) = read_experiment(experiment)
    sources = {"student.guess": "fitted", "student.slip": "a prior guess", "schedule": "a school's"}
    cells = [
        {
            "assumptions": ["All forget."],
            "changes": [f"Changed: {n}."],
            "sources": {**sources, "student.help": f"set {n}"},
        }
        for n in range(4)
    ]
    said = told(*cells, of=world)
    for once in ("All forget.", "60 simulated pupils", "fitted", "a school's", "the exam is", "In all scenarios"):
        assert said.count(once) == 1, once
    for n in range(4):
        assert said.count(f"Cell {n}Changed: {n}.student.help: set {n}") == 1
    assert "3 entries; 1 of them prior guesses" in said


def test_scenarios_with_nothing_in_common_are_told_one_by_one(experiment):
    _, (world,) = read_experiment(experiment)
    other = replace(
        world, label="Cell 1", about=dict(world.about) | {"assumptions": ["None learn."], "sources": {"a": "b"}}
    )
    other = replace(other, about=dict(other.about) | {"schedule": dict(world.about["schedule"]) | {"sessions": 3}})
    said = re.sub(r"\s+", " ", Outline(assumed([world, other])).said)
    assert "In all scenarios" not in said
    assert "Cell 160 simulated pupils" in said
    assert said.count("simulated pupils") == 2


def test_a_scenario_without_assumptions_says_so_alone_and_among_others(experiment):
    _, (world,) = read_experiment(experiment)
    nothing = {"assumptions": [], "changes": [], "sources": {}}
    assert told(nothing, of=world).count(NOTHING_SAID) == 1
    assert told(nothing, nothing, of=world).count(NOTHING_SAID) == 1
    assert told(nothing, {}, of=world).count(f"Cell 0{NOTHING_SAID}") == 1
