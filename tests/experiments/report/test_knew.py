"""How well the tutor knew its pupils: numbers of the files in plain words, a picture, and older results."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace

import numpy as np
import pytest
from zpdgym.experiments.comparison.table import comparison
from zpdgym.experiments.figures.calibration import Calibration, calibration_chart
from zpdgym.experiments.figures.svg import MASTERY_STYLE
from zpdgym.experiments.figures.words import amount
from zpdgym.experiments.report import write_report
from zpdgym.experiments.report.knew import how_well_known
from zpdgym.experiments.report.results import read_experiment
from zpdgym.experiments.store.columns import to_plain
from zpdgym.experiments.store.runs import Run, write_json

from tests.experiments.report.made_up import seal
from tests.experiments.report.outline import Outline


@pytest.fixture(scope="module")
def world(experiment):
    return read_experiment(experiment)[1][0]


def said(markup) -> str:
    return Outline(f"<div>{markup}</div>").said.replace("\u00a0", " ")


def a_curve(**columns) -> Calibration:
    """Three bins of ten, the one in the middle empty."""
    given = {"weight": [6.0, 0.0, 2.0], "belief": [0.1, np.nan, 0.9], "known": [0.0, np.nan, 0.5]}
    given |= {"spread": [0.0, np.nan, 0.25]} | columns
    return Calibration.of([{name: np.array(values) for name, values in given.items()}])


def test_the_yardstick_is_the_variance_of_what_is_true():
    """One of eight skills is known: who says an eighth of each is off by as much as the variance."""
    assert a_curve().of_the_mean == pytest.approx(1 / 8 * 7 / 8)
    assert np.isnan(a_curve(weight=[0.0, 0.0, 0.0]).of_the_mean)


def test_runs_are_joined_as_if_they_were_one_cohort():
    first = {"weight": [3.0, 1.0], "belief": [0.1, 0.9], "known": [0.0, 1.0], "spread": [0.0, 0.0]}
    second = {"weight": [1.0, 0.0], "belief": [0.3, np.nan], "known": [1.0, np.nan], "spread": [0.0, np.nan]}
    found = Calibration.of([{k: np.array(v) for k, v in run.items()} for run in (first, second)])
    np.testing.assert_allclose(found.weight, [4, 1])
    np.testing.assert_allclose(found.belief, [0.15, 0.9])
    np.testing.assert_allclose(found.known, [0.25, 1.0])
    np.testing.assert_allclose(found.spread, [3 / 16, 0.0], atol=1e-12)


def test_the_section_says_the_numbers_of_the_files(world):
    text = said(how_well_known(world, "k"))
    for way in (world.teacher, world.mastery):
        pupils = [run.csv("students.csv") for run in way.runs]
        brier = float(np.mean([p["belief_brier"].mean() for p in pupils]))
        curve = Calibration.of([run.columns("belief.csv") for run in way.runs])
        told = f"{way.called} the distance is {amount(brier, 3)}; the yardstick is {amount(curve.of_the_mean, 3)}."
        assert told in text
    assert "nothing to judge: “no teaching”." in text
    assert "(Brier’s score): 0 for whoever is always right and sure" in text


@pytest.mark.parametrize(
    ("kind", "says", "not_"),
    [
        ("graph", "No tutor looks into heads. .* This tutor minds what builds on what", "is told"),
        ("bkt", "No tutor looks into heads. .* This tutor takes every skill by itself", "is told"),
        ("truth", "In this scenario the tutor is told what every pupil knows, as no tutor is", "No tutor looks"),
    ],
)
def test_it_says_what_kind_of_belief_the_tutor_has(kind, says, not_, world):
    text = said(how_well_known(replace(world, about={**world.about, "belief": {"kind": kind}}), "k"))
    assert re.search(says, text)
    assert not_ not in text


def test_a_tutor_that_is_too_sure_is_called_so(world):
    run = world.mastery.runs[0]
    sealed, before = (run.path / "done").read_text(), run.columns("belief.csv")
    try:
        run.write_csv("belief.csv", before | {"known": before["known"] * 0.7})
        assert "too sure" in said(how_well_known(world, "k")).partition("mastery learning")[2]
    finally:
        run.write_csv("belief.csv", before)
        (run.path / "done").write_text(sealed)


def test_the_picture_is_told_in_words_and_leaves_out_what_is_seldom_believed():
    text = said(calibration_chart("k", [("mastery learning", a_curve(), MASTERY_STYLE)]))
    assert "mastery learning: believed 10 %, true 0 %, believed 90 %, true 50 %" in text
    rare = a_curve(weight=[999.0, 0.0, 1.0])
    assert "believed 90 %" not in said(calibration_chart("k", [("mastery learning", rare, MASTERY_STYLE)]))


def test_results_of_older_versions_are_read_and_say_that_it_was_not_measured(experiment, tmp_path):
    folder = tmp_path / "tiny"
    shutil.copytree(experiment, folder)
    for path in folder.glob("*/*/seed*"):
        run = Run(path)
        frame = run.csv("students.csv").drop(columns=["belief_brier", "belief_log_loss"])
        run.write_csv("students.csv", {str(name): frame[name] for name in frame.columns})
        (path / "belief.csv").unlink()
        seal(run)
    table = to_plain(comparison(folder, json.loads((folder / "experiment.json").read_text())))
    for row in table["scenarios"]["Small-v0"]["policies"]:
        assert np.isnan(row.pop("belief_brier"))
        assert np.isnan(row.pop("belief_log_loss"))
    write_json(folder / "table.json", table)
    text = write_report(folder).read_text(encoding="utf-8")
    assert "How well the tutor knew its pupils was not measured" in text
