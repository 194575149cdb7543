"""The page on which somebody is the pupil: one file that holds all, fetches nothing and runs its own script only."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re

import pytest
import zpdgym
from zpdgym.envs import Scenario
from zpdgym.experiments.packed.contents import About, contents
from zpdgym.experiments.packed.play import PACKED, play_page

from benchmarks.packed.teachers import drawn_scorer
from tests.experiments.report.browser import Browser, needs_chromium

DATA = re.compile(rf'<script type="application/json" id="{PACKED}">(.*?)</script>', re.DOTALL)
PROGRAM = re.compile(r'<script type="module">(.*?)</script>', re.DOTALL)
STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)
NASTY = '</script><script>alert("1")</script> & <b>Brüche</b> كسور'


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """The page of mastery learning, and its folder's data."""
    folder = zpdgym.pack("mastery", to=tmp_path_factory.mktemp("packed") / "tutor", scenario="kt6kc").folder
    return (folder / "play.html").read_text(encoding="utf-8"), (folder / "tutor.json").read_text(encoding="utf-8")


def hashed(text):
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def test_it_allows_its_own_script_and_style_and_nothing_else(page):
    text, _ = page
    (program,), (style,) = PROGRAM.findall(text), STYLE.findall(text)
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', text)
    assert html.unescape(policy[1]).split("; ") == [
        "default-src 'none'",
        f"script-src {hashed(program)}",
        f"style-src {hashed(style)}",
        "img-src data:",
    ]
    assert text.count("<script") == 2
    assert not re.search(r"https?://|\beval\b|new Function|innerHTML|\bimport\b[^(]*from|style=", program + style)
    assert "not validated with pupils" in text


def test_it_holds_the_tutor_that_lies_beside_it(page):
    text, data = page
    assert json.loads(DATA.findall(text)[0]) == json.loads(data)


def test_its_title_says_what_is_taught_where_the_scenario_is_not_as_its_name_says():
    """Whose own curriculum is taught in Algebra's rhythm does not find "Algebra-v1~a353" above it."""
    titles = []
    for scenario in (Scenario.load("practice"), Scenario.load("practice", change={"curriculum.name": "My own"})):
        packed = contents(scenario, drawn_scorer(scenario, seed=0))
        titles.append(re.search("<title>(.*?)</title>", play_page(json.dumps(packed), About.of(packed)))[1])
    assert titles == ["Be the pupil: Practice-v1", "Be the pupil: My own"]


def test_no_name_can_end_the_data_before_its_time():
    packed = contents(Scenario.load("kt6kc"), drawn_scorer(Scenario.load("kt6kc"), seed=0))
    packed["curriculum"]["skills"][0] = packed["scenario"] = NASTY
    text = play_page(json.dumps(packed, ensure_ascii=False), About.of(packed))
    assert text.count("<script") == 2
    assert "<b>" not in text
    assert json.loads(DATA.findall(text)[0]) == packed


def opened(browser, path, width=390):
    browser.ask("Emulation.setDeviceMetricsOverride", width=width, height=800, deviceScaleFactor=1, mobile=width < 600)
    browser.open(path.as_uri())


def lessons(browser):
    return browser.tell("document.querySelectorAll('.pupil-past li').length")


@pytest.mark.slow
@needs_chromium
@pytest.mark.parametrize("policy", ["mastery", "tuned_index"])
def test_somebody_plays_it_by_keys_and_by_mouse(policy, tmp_path):
    """What it shows is what the tutor chooses in Python after the same answers."""
    folder = zpdgym.pack(policy, to=tmp_path / "tutor", scenario="practice").folder
    browser = Browser(tmp_path / "profile")
    try:
        opened(browser, folder / "play.html")
        first = browser.tell("document.querySelector('.pupil-item').textContent")
        assert first in Scenario.load("practice").curriculum.items
        assert lessons(browser) == 0
        for done, act in enumerate(("r", "w", "click", "r"), start=1):
            browser.click(".pupil-answers button") if act == "click" else browser.press(act)
            # an explanation has one button, for which there is no w
            if act == "w" and lessons(browser) < done:
                browser.press("r")
            assert lessons(browser) == done
        browser.press("u")
        assert lessons(browser) == 3
        browser.tell("document.querySelector('.pupil-answers button').focus()")
        browser.press("Enter")
        assert lessons(browser) == 4
        assert browser.tell("document.activeElement.tagName") == "BUTTON", "who plays by keys stays where they are"
        assert browser.tell("document.documentElement.scrollWidth") == 390, "nothing is wider than the phone"
        known = browser.tell("[...document.querySelectorAll('progress')].map((bar) => bar.value)")
        assert len(known) == 8
        assert all(0 <= p <= 1 for p in known)
        browser.click(".pupil-answers button:last-child")
        assert lessons(browser) == 0
        assert browser.tell("document.querySelector('.pupil-item').textContent") == first
        assert not browser.happened()
    finally:
        browser.close()


@pytest.mark.slow
@needs_chromium
def test_a_page_whose_data_was_changed_says_so(page, tmp_path):
    text, _ = page
    path = tmp_path / "play.html"
    path.write_text(re.sub(r'"checksum": "\w', '"checksum": "x', text), encoding="utf-8")
    browser = Browser(tmp_path / "profile")
    try:
        opened(browser, path)
        assert browser.tell("document.getElementById('pupil').textContent").startswith("tutor.json: ")
    finally:
        browser.close()
