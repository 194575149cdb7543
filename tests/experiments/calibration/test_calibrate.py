"""From a log to parameters, checks and a world that other verbs can use."""

import json
import math
import shutil
import subprocess
import sys
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
from zpdgym.envs.scenario import Scenario
from zpdgym.errors import InputError
from zpdgym.experiments.calibration.answers import sequences
from zpdgym.experiments.calibration.calibrate import calibrate
from zpdgym.experiments.calibration.held_out import auc, calibration_table, deciles, held_out, log_loss
from zpdgym.experiments.calibration.knowledge_tracing import KnowledgeTracing
from zpdgym.experiments.calibration.logs import Log
from zpdgym.students.knowledge.presets import PARAMETERS, PRESETS, draw_parameters, hyper_prior, logit

TRUTH = {"prior": [0.5, 0.3, 0.6, 0.4], "learn": [0.2, 0.1, 0.3, 0.2], "guess": [0.2, 0.25, 0.15, 0.3],
         "slip": [0.1, 0.08, 0.12, 0.1]}  # fmt: skip


def taught(n_students=400, length=10, seed=0, dropout=0.0):
    g = np.random.default_rng(seed)
    student, skill, correct = [], [], []
    for k in range(4):
        known = g.random(n_students) < TRUTH["prior"][k]
        there = np.ones(n_students, bool)
        for _ in range(length):
            right = g.random(n_students) < np.where(known, 1 - TRUTH["slip"][k], TRUTH["guess"][k])
            student.append(np.flatnonzero(there))
            skill.append(np.full(there.sum(), k))
            correct.append(right[there])
            known |= g.random(n_students) < TRUTH["learn"][k]
            there &= ~(right & (g.random(n_students) < dropout))
    return Log(
        source="synthetic.csv",
        student=np.concatenate(student) + 1000,
        skill=np.concatenate(skill),
        correct=np.concatenate(correct).astype(np.int8),
        days=None,
        item=None,
        skills=("adding", "fractions", "<b>sums</b>", "powers"),
        rows=n_students,
    )


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    out = tmp_path_factory.mktemp("results") / "calibration" / "small"
    said = []
    found = calibrate(taught(), out=out, world={"n_students": 100}, say=said.append)
    return found, said


def test_parameters_are_those_that_made_the_log(made):
    found, _ = made
    table = pd.read_csv(found.folder / "parameters.csv")
    assert table["skill"].tolist() == ["adding", "fractions", "<b>sums</b>", "powers"]
    for name, bar in zip(PARAMETERS, (0.1, 0.05, 0.1, 0.05), strict=True):
        assert np.abs(table[name] - TRUTH[name]).max() < bar, name
        assert f"ml_{name}" in table
    assert (table["starts_converged"] == 5).all()


def test_the_summary_says_what_was_read_fitted_and_foretold(made):
    found, said = made
    summary = json.loads((found.folder / "summary.json").read_text())
    assert summary["skills"] == {
        "in_log": 4, "fitted": 4, "too_few_answers": 0, "degenerate": 0, "degenerate_names": [],
        "degenerate_by_maximum_likelihood": 0, "say_nothing": 0,
    }  # fmt: skip
    held = summary["held_out"]
    assert held["log_loss"] < held["log_loss_of_skill_mean"]
    assert 0.6 < held["auc"] < 0.9
    assert held["students_in_both"] == 0
    assert any("4 skills to 16,000 answers" in line for line in said)
    assert "AUC" in " ".join(found.lines())


def test_only_their_owner_may_read_what_comes_from_a_log(made):
    found, _ = made
    assert found.folder.stat().st_mode & 0o077 == 0
    assert all(path.stat().st_mode & 0o077 == 0 for path in found.folder.rglob("*"))


def test_a_calibration_whose_summary_names_the_log_is_still_the_same(made, tmp_path):
    found, _ = made
    folder = tmp_path / "small"
    shutil.copytree(found.folder, folder)
    summary = json.loads((folder / "summary.json").read_text())
    summary["settings"]["data"] |= {"path": "answers/of/4711.csv"}  # as it was written before
    (folder / "summary.json").write_text(json.dumps(summary))
    again = calibrate(taught(), out=folder, world={"n_students": 100})
    assert "4711" not in (again.folder / "summary.json").read_text()
    with pytest.raises(InputError, match="other data or settings"):
        calibrate(taught(seed=1), out=folder, world={"n_students": 100})


def test_the_learning_curve_of_the_model_is_that_of_the_data(made):
    found, _ = made
    curves = pd.read_csv(found.folder / "learning_curves.csv")
    everyone = curves[curves["skill"] == "all skills"]
    assert everyone["opportunity"].tolist() == list(range(1, 11))
    for column in ("model", "data_adjusted", "model_everyone"):
        assert np.abs(everyone[column] - everyone["data"]).max() < 0.02, column


def test_adjusted_curves_do_not_fall_for_students_who_leave_when_they_are_good():
    log = taught(n_students=3000, dropout=0.5, seed=3)
    fitted = calibrate(log)
    assert fitted.folder is None
    from zpdgym.envs.beliefs.em import fit
    from zpdgym.experiments.calibration.held_out import learning_curves

    data = sequences(log, log.skills)
    curves = pd.DataFrame(learning_curves(data, fit(data).parameters, log.skills))
    first = curves[curves["skill"] == "all skills"].set_index("opportunity").loc[6]
    full = pd.DataFrame({"right": taught(n_students=3000, seed=4).correct.reshape(4, 10, -1).mean(axis=(0, 2))})
    truth = full["right"][5]
    assert first["data"] < truth - 0.05  # those still there are the weaker ones
    assert abs(first["data_adjusted"] - truth) < 0.03
    assert abs(first["model_everyone"] - truth) < 0.03


def test_predictions_are_calibrated_by_opportunity_and_by_tenth(made):
    found, _ = made
    table = pd.read_csv(found.folder / "calibration.csv")
    assert set(table["by"]) == {"opportunity", "decile"}
    opportunity = table[table["by"] == "opportunity"]
    assert (opportunity["model"] - opportunity["data"]).abs().mean() < 0.04


def test_the_figure_is_svg_and_shows_names_as_text(made):
    found, _ = made
    text = (found.folder / "learning_curves.svg").read_text()
    assert ElementTree.fromstring(text).tag.endswith("svg")
    assert "<b>" not in text


def test_the_world_runs_as_a_scenario(made):
    found, _ = made
    scenario = Scenario.load(str(found.world))
    assert scenario.curriculum.skills == ("adding", "fractions", "<b>sums</b>", "powers")
    student = scenario.student
    practice = [i for i, name in enumerate(scenario.curriculum.items) if name.endswith(" practice")]
    table = pd.read_csv(found.folder / "parameters.csv")
    assert student.item_guess[practice] == pytest.approx(table["guess"], abs=1e-3)
    assert student.item_slip[practice] == pytest.approx(table["slip"], abs=1e-3)
    assert student.item_learn(familiarity=0.0)[practice] == pytest.approx(table["learn"], abs=1e-3)
    assert set(scenario.unexpected()) == {"slow", "forgetful", "gradual"}
    env = scenario.make(3)
    observation, _ = env.reset(seed=0)
    assert np.isfinite(observation).all()
    env.step(np.zeros(3, np.int64))


def test_repeating_is_harmless_and_other_settings_need_another_name_or_rerun(made):
    found, _ = made
    before = (found.folder / "world.yaml").read_bytes()
    calibrate(taught(), out=found.folder, world={"n_students": 100})
    assert (found.folder / "world.yaml").read_bytes() == before
    with pytest.raises(InputError, match="rerun=true"):
        calibrate(taught(), out=found.folder, seed=1)
    foreign = found.folder.parent / "foreign"
    foreign.mkdir()
    (foreign / "diary.txt").write_text("mine")
    with pytest.raises(InputError, match="holds no calibration"):
        calibrate(taught(), out=foreign)
    assert (foreign / "diary.txt").read_text() == "mine"
    calibrate(taught(), out=found.folder, world={"n_students": 100, "n_skills": 2}, rerun=True)
    assert (found.folder.parent / "small.old-1" / "summary.json").is_file()
    assert len(Scenario.load(str(found.folder / "world.yaml")).curriculum.skills) == 2
    assert not list(found.folder.parent.glob(".writing-*"))


def test_a_test_log_is_matched_by_the_names_of_skills(tmp_path):
    rows = [f"{s},{'ab'[k]},{(s + n) % 2}" for s in range(40) for k in range(2) for n in range(6)]
    (tmp_path / "train.csv").write_text("student,skill,correct\n" + "\n".join(rows) + "\n")
    (tmp_path / "test.csv").write_text("student,skill,correct\n" + "\n".join([*rows[:24], "99,c,1", "99,b,0"]) + "\n")
    found = calibrate(
        {"path": str(tmp_path / "train.csv"), "test": str(tmp_path / "test.csv")}, model={"min_answers": 50}
    )
    held = found.summary["held_out"]
    assert held["students_in_both"] == 2
    assert held["answers_on_other_skills"] == 1
    assert held["answers"] == 25


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"model": {"startz": 5}}, "Did you mean 'model.starts'"),
        ({"model": {"starts": 0, "estimate": "mle"}}, "must be one of map, ml.*; starts=0"),
        ({"model": {"min_answers": 10**6}}, "no skill has 1000000 answers"),
        ({"model": {"forget": True}}, "needs times"),
        ({"world": {"skills": 3}}, "Did you mean 'world.n_skills'"),
        ({"world": {"forget": -1}}, "rate per day"),
        ({"holdout": 1.5}, r"must be a number in \(0, 1\)"),
    ],
)
def test_wrong_settings_are_refused_before_anything_is_written(tmp_path, options, message):
    with pytest.raises(InputError, match=message):
        calibrate(taught(n_students=30), out=tmp_path / "out", **options)
    assert list(tmp_path.iterdir()) == []


def test_a_missing_path_is_said():
    with pytest.raises(InputError, match=r"data\.path is missing"):
        calibrate({})


def test_forgetting_is_fitted_where_the_log_has_times():
    g = np.random.default_rng(0)
    n = 1500
    known = g.random(n) < 0.8
    parts = []
    for day in (0.0, 0.0, 0.0, 20.0, 20.0, 20.0):
        if day and parts[-1][1] != day:
            known &= g.random(n) < math.exp(-0.03 * 20)
        parts.append((g.random(n) < np.where(known, 0.9, 0.2), day))
        known |= g.random(n) < 0.2
    log = Log(
        source="times.csv",
        student=np.tile(np.arange(n), 6),
        skill=np.zeros(6 * n, np.int64),
        correct=np.concatenate([right for right, _ in parts]).astype(np.int8),
        days=np.repeat([day for _, day in parts], n),
        item=None,
        skills=("a",),
    )
    found = calibrate(log, model={"forget": True})
    assert found.parameters["forget"][0] == pytest.approx(0.03, abs=0.008)


def test_checks_have_their_textbook_values():
    right, p = np.array([1, 0, 1, 0], np.int8), np.array([0.9, 0.1, 0.4, 0.4])
    assert auc(right, p) == pytest.approx(0.875)
    assert math.isnan(auc(right[:1], p[:1]))
    assert log_loss(right, p) == pytest.approx(-np.log([0.9, 0.9, 0.4, 0.6]).mean())
    tenths = deciles(right, p, bins=2)  # equal predictions stay together
    assert tenths["answers"] == [3, 1]
    assert tenths["model"] == pytest.approx([0.3, 0.9])
    assert tenths["data"] == pytest.approx([1 / 3, 1.0])
    found = held_out(right, p, np.full(4, 0.5))
    assert found["auc_of_skill_mean"] == 0.5
    assert found["rmse"] == pytest.approx(np.sqrt(np.mean([0.01, 0.01, 0.36, 0.16])))
    assert calibration_table(right, p, np.ones(4, np.int64))["by"] == ["decile"] * 3  # too few for an opportunity


@pytest.mark.slow
def test_two_processes_write_the_same_bytes(tmp_path):
    """Pseudonyms are secret and new each time; the files must not depend on them."""
    log = taught(n_students=60)
    rows = [f"{s},{log.skills[k]},{c}" for s, k, c in zip(log.student, log.skill, log.correct, strict=True)]
    (tmp_path / "log.csv").write_text("\n".join(["student,skill,correct", *rows]), encoding="utf-8")
    made = (
        "import sys; from zpdgym.experiments.calibration.calibrate import calibrate\n"
        "model, world = {'min_answers': 50, 'starts': 2}, {'n_students': 100}\n"
        "calibrate({'path': 'log.csv'}, model=model, world=world, out=sys.argv[1])"
    )
    for name in ("one/same", "two/same"):
        subprocess.run([sys.executable, "-c", made, name], cwd=tmp_path, check=True)
    first, second = (
        {p.name: p.read_bytes() for p in (tmp_path / name / "same").iterdir() if p.name != "summary.json"}
        for name in ("one", "two")
    )
    assert {"parameters.csv", "calibration.csv", "learning_curves.csv", "world.yaml"} <= set(first)
    assert first == second


def test_drawn_skills_look_like_the_log_they_come_from():
    drawn = draw_parameters(3000, preset="assistments2015", seed=1)
    prior = PRESETS["assistments2015"]
    assert np.median(logit(drawn["prior"])) == pytest.approx(prior.means[0], abs=0.15)
    assert np.corrcoef(logit(drawn["learn"]), logit(drawn["guess"]))[0, 1] == pytest.approx(-0.56, abs=0.1)
    assert drawn["guess"].max() <= 0.5
    assert (drawn["guess"] + drawn["slip"]).max() < 0.9
    few = draw_parameters(5, preset="assistments2015", seed=1)
    assert np.array_equal(few["learn"], drawn["learn"][:5])  # more skills leave the first as they are
    with pytest.raises(InputError, match="Did you mean 'spanish'"):
        draw_parameters(2, preset="spanisch")
    with pytest.raises(InputError, match="n_skills=0"):
        draw_parameters(0)


def test_a_spread_that_was_drawn_is_found_again():
    drawn = draw_parameters(4000, preset="recommended", seed=2)
    found = hyper_prior([drawn[p] for p in PARAMETERS], source="test")
    assert found.means[:2] == pytest.approx((0.0, -1.7), abs=0.08)
    assert found.correlations["prior", "slip"] == pytest.approx(-0.4, abs=0.08)
    assert found.draw(3, seed=0)["slip"].shape == (3,)


def test_the_model_takes_its_numbers_from_a_config():
    assert KnowledgeTracing().starts >= 5
    with pytest.raises(InputError, match="tolerance"):
        KnowledgeTracing(tolerance=0.0)
