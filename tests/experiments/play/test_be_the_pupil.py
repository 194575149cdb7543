"""Being the pupil in the report: the tutor of the page runs in it, or the page says why it does not."""

from __future__ import annotations

import json
import re

import pytest
import zpdgym
from zpdgym.envs import Scenario
from zpdgym.errors import InputError
from zpdgym.experiments.packed.contents import contents
from zpdgym.experiments.packed.pack import of_run
from zpdgym.experiments.play import tutors
from zpdgym.experiments.report import write_report
from zpdgym.experiments.report.results import read_experiment

from tests.experiments.report.browser import Browser, needs_chromium
from tests.experiments.report.made_up import make_results, small_curriculum
from tests.helpers import quiet

DATA = re.compile(r'<script type="application/json" id="play-data">(.*?)</script>', re.DOTALL)


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    asked = {
        "name": "small", "scenarios": ["practice"], "policies": ["mastery"], "n_students": 20, "n_validation": 20,
        "tune_budget": 2, "unexpected": False,
    }  # fmt: skip
    return zpdgym.compare(asked, results=tmp_path_factory.mktemp("results"), **quiet()).folder


def told(folder):
    return json.loads(DATA.findall(write_report(folder).read_text(encoding="utf-8"))[0])["worlds"]


def test_the_page_holds_the_tutor_that_it_is_about(results):
    (world,) = told(results)
    (shown,) = read_experiment(results)[1]
    run = shown.teacher.runs[shown.teacher.typical]
    assert world["packed"] == json.loads(json.dumps(contents(*of_run(run))))
    assert world["pack"] == f"zpdgym pack FOLDER/Practice-v1/mastery/{run.path.name} to=tutor"


def test_a_tutor_that_cannot_be_packed_is_told_with_the_reason_and_without_places(results, tmp_path, monkeypatch):
    def changed(run):
        raise InputError(f"{tmp_path / 'mine.csv'} is not what it was when {run.path} was made")

    monkeypatch.setattr(tutors, "of_run", changed)
    (world,) = told(results)
    assert not {"packed", "pack"} & world.keys(), "a command that is refused helps nobody"
    assert world["unpacked"] == "(a path) is not what it was when (a path) was made"


def test_made_up_runs_have_no_tutor(tmp_path):
    (world,) = told(make_results(tmp_path, small_curriculum()))
    assert "packed" not in world
    assert world["unpacked"]


def test_a_page_of_many_scenarios_has_no_room_for_all_tutors(results, monkeypatch):
    worlds = read_experiment(results)[1] * 3
    size = len(json.dumps(tutors.packed(worlds[:1])[0]["packed"], separators=(",", ":")))
    monkeypatch.setattr(tutors, "ROOM", 2 * size + 1)
    found = tutors.packed(worlds)
    assert ["packed" in one for one in found] == [True, True, False]
    assert found[2]["unpacked"] == tutors.FULL
    assert found[2]["pack"].startswith("zpdgym pack ")


@pytest.mark.slow
@needs_chromium
def test_somebody_is_the_pupil_by_keys_and_by_mouse(results, tmp_path):
    browser, items = Browser(tmp_path / "profile"), Scenario.load("practice").curriculum.items
    lessons = "document.querySelectorAll('.pupil-past li').length"
    try:
        browser.ask("Emulation.setDeviceMetricsOverride", width=390, height=800, deviceScaleFactor=1, mobile=True)
        browser.open(write_report(results).as_uri())
        views = "document.querySelectorAll('.play .play-row')[0].children"
        browser.tell(f"[...{views}].find((one) => one.textContent === 'Be the pupil').click()")
        assert browser.tell("document.querySelector('.pupil-item').textContent") in items
        assert "not validated with pupils" in browser.tell("document.querySelector('.play').textContent")
        browser.press("r")
        assert browser.tell(lessons) == 0, "keys count only inside"
        browser.tell("document.querySelector('.pupil-answers button').focus()")
        browser.press("r")
        assert browser.tell(lessons) == 1
        browser.click(".pupil-answers button")
        assert browser.tell(lessons) == 2
        browser.press("u")
        assert browser.tell(lessons) == 1
        assert browser.tell("document.documentElement.scrollWidth") == 390
        assert not browser.happened()
    finally:
        browser.close()
