"""The section of the report that somebody plays with, in Chromium: every part of it by keys and by mouse."""

from __future__ import annotations

import json

import pytest
from zpdgym.experiments.report import write_report

from tests.experiments.play.helpers import with_belief
from tests.experiments.report.browser import Browser, needs_chromium

pytestmark = needs_chromium
PHONE, SCREEN = 390, 1366


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    return write_report(with_belief(tmp_path_factory.mktemp("results")))


@pytest.fixture(scope="module")
def chromium(tmp_path_factory):
    browser = Browser(tmp_path_factory.mktemp("profile"))
    yield browser
    browser.close()


@pytest.fixture
def browser(chromium, page):
    """The page as it opens on a screen; afterwards it must have been at peace."""
    chromium.events.clear()
    opened(chromium, page, SCREEN)
    yield chromium
    assert not chromium.happened()
    chromium.ask("Emulation.setEmulatedMedia", features=[])


def opened(browser, page, width, **media):
    features = [{"name": name.replace("_", "-"), "value": value} for name, value in media.items()]
    browser.ask("Emulation.setEmulatedMedia", features=features)
    browser.ask("Emulation.setDeviceMetricsOverride", width=width, height=800, deviceScaleFactor=1, mobile=width < 600)
    browser.open(page.as_uri())
    drawn = "new Promise((r) => requestAnimationFrame(() => requestAnimationFrame(() => r(0))))"
    browser.ask("Runtime.evaluate", expression=drawn, awaitPromise=True)


def named(browser, text):
    """Marks the button with this text, so that a selector finds it."""
    found = browser.tell(
        "(() => { const all = [...document.querySelectorAll('.play button')];"
        "all.forEach((b) => b.removeAttribute('data-test'));"
        f"const one = all.find((b) => b.textContent === {json.dumps(text)});"
        "one?.setAttribute('data-test', ''); return Boolean(one); })()"
    )
    assert found, f"there is no button {text}"
    return "[data-test]"


def click(browser, text):
    browser.click(named(browser, text))


def by_keys(browser, text):
    """The button is reached and pressed without a mouse."""
    browser.tell(f"document.querySelector('{named(browser, text)}').focus()")
    browser.press("Enter")


def said(browser, selector):
    return browser.tell(f"document.querySelector({json.dumps(selector)}).textContent")


def choose(browser, label, option):
    """A choice by keys: the option's place in the list."""
    browser.tell(
        f"(() => {{ const s = [...document.querySelectorAll('.play label')].find((l) => l.textContent.startsWith("
        f"{json.dumps(label)})).querySelector('select'); s.value = '{option}'; s.focus();"
        "s.dispatchEvent(new Event('change')); })()"
    )


def test_a_pupil_is_stepped_through_by_keys_and_by_mouse(browser):
    assert said(browser, ".play-said").startswith("Lesson 1 (day 1): ")
    click(browser, "Next")
    assert said(browser, ".play-said").startswith("Lesson 2 ")
    browser.tell("document.querySelector('.play-step').focus()")
    browser.press("ArrowRight")
    assert said(browser, ".play-said").startswith("Lesson 3 ")
    browser.press("ArrowLeft")
    assert said(browser, ".play-said").startswith("Lesson 2 ")
    browser.tell("document.querySelector('.play input').focus()")
    browser.press("ArrowRight")
    assert said(browser, ".play-said").startswith("Lesson 3 "), "one press is one lesson on the slider, too"
    assert browser.tell("document.querySelectorAll('.play-map')[0].querySelectorAll('.play-now').length") == 1
    browser.press("n")
    assert " would, in this very situation, " in said(browser, ".play-step div[aria-live]")
    before = said(browser, ".play-said")
    by_keys(browser, "Next disagreement")
    assert said(browser, ".play-said") != before
    browser.tell("document.querySelector('.play-step').focus()")
    browser.press(" ")
    assert browser.tell("[...document.querySelectorAll('.play button')].some((b) => b.textContent === 'Pause')")
    click(browser, "Pause")
    choose(browser, "Beside", 1)
    assert browser.tell("document.querySelectorAll('.play-who')[1].textContent") == "Mastery learning (textbook)"
    choose(browser, "Pupil", 1)
    assert said(browser, ".play-said").startswith("Lesson 1 ")


def test_playing_goes_on_by_itself_unless_the_device_asks_for_no_motion(browser, page):
    click(browser, "Play")
    browser.ask("Runtime.evaluate", expression="new Promise((r) => setTimeout(r, 1100))", awaitPromise=True)
    assert said(browser, ".play-said").startswith("Lesson 2 ")
    opened(browser, page, SCREEN, prefers_reduced_motion="reduce")
    click(browser, "Play")
    assert "asks for no motion" in said(browser, ".play-step div[aria-live]")
    assert not browser.tell("[...document.querySelectorAll('.play button')].some((b) => b.textContent === 'Pause')")


def test_a_bet_is_placed_before_anything_is_told(browser):
    by_keys(browser, "Place your bet")
    assert said(browser, ".play-count") == "No bet so far."
    assert not browser.tell("[...document.querySelectorAll('.play-result')].some((e) => e.textContent !== '')")
    assert browser.tell(f"document.querySelector('{named(browser, 'Place the bet')}').disabled")
    choose(browser, "Teach next", 1)
    by_keys(browser, "Place the bet")
    assert "which only we know" in said(browser, ".play-result")
    assert said(browser, ".play-count").startswith("After 1 bet you agreed")
    assert browser.tell("document.activeElement.textContent") == "Next moment", "who plays by keys stays there"
    marks = "[...document.querySelectorAll('.play-mark')].map((m) => m.textContent).join('')"
    assert {"T", "M", "Y"} <= set(browser.tell(marks))
    browser.press("Enter")
    assert said(browser, ".play-result") == ""
    browser.click(".play-choice")
    click(browser, "Place the bet")
    assert said(browser, ".play-count").startswith("After 2 bets")


def test_a_class_is_looked_at_week_by_week(browser):
    click(browser, "My class")
    last = said(browser, ".play-now-said")
    assert browser.tell("document.querySelectorAll('.play-class tbody tr').length") == 25
    browser.tell("document.querySelector('.play input').focus()")
    browser.press("Home")
    assert said(browser, ".play-now-said").startswith("By the end of week 1, under the learnt teacher")
    browser.press("End")
    assert said(browser, ".play-now-said") == last
    click(browser, "Mastery learning (tuned)")
    assert "under “mastery learning (tuned)”" in said(browser, ".play-now-said")
    assert browser.tell("document.querySelectorAll('.play-flagged').length") > 0
    by_keys(browser, "Pupil 2")
    assert "answers right." in said(browser, ".play-more")
    by_keys(browser, "Pupil 2")
    assert browser.tell("document.querySelectorAll('.play-more').length") == 0


def test_a_class_of_ones_own_is_read_in_the_page(browser, tmp_path):
    table = tmp_path / "class.csv"
    table.write_text(
        "alias,skill,right,date\n<b>fox</b>,Skill 0,0,2027-01-11\nowl,skill 0,0,2027-01-12\nowl,Singing,1,x\n"
    )
    click(browser, "My own class")
    assert "Not validated with pupils" in said(browser, ".play-caution")
    file = browser.ask("Runtime.evaluate", expression="document.querySelector('.play input[type=file]')")["result"]
    browser.ask("DOM.setFileInputFiles", files=[str(table)], objectId=file["objectId"])
    wait = (
        "new Promise((r) => { const f = () => document.querySelector('.play table') ? r(1) : setTimeout(f, 20); f(); })"
    )
    browser.ask("Runtime.evaluate", expression=wait, awaitPromise=True)
    shown = said(browser, ".play")
    assert "“Singing” is no skill of this page." in shown
    assert "Skill 0: “<b>fox</b>” and “owl”" in shown
    assert browser.tell("document.querySelectorAll('.play tbody tr').length") == 2
    assert browser.tell("document.querySelectorAll('.play td b, .play th b').length") == 0


@pytest.mark.parametrize("width", [PHONE, SCREEN])
def test_all_of_it_is_reached_by_keys_and_fits(browser, page, width):
    opened(browser, page, width)
    for view in ("Step through a pupil", "Place your bet", "My class", "My own class"):
        click(browser, view)
        assert browser.tell("document.documentElement.scrollWidth <= innerWidth"), "nothing is wider than the window"
        wanted = browser.tell(
            "(() => { const kinds = ['button', 'select', 'input', 'summary'].map((kind) => `.play ${kind}`);"
            "const all = [...document.querySelectorAll(kinds.join(', '))]"
            ".filter((e) => !e.disabled && e.checkVisibility()); all.forEach((e, i) => { e.dataset.n = i; });"
            "all[0].focus(); return all.length; })()"
        )
        reached, bare = set(), 0
        for _ in range(wanted + 6):
            at = browser.tell("document.activeElement.dataset.n")
            if at is not None:
                reached.add(at)
            browser.press("Tab")
            bare += browser.tell(
                "document.activeElement.closest('.play') !== null"
                " && getComputedStyle(document.activeElement).outlineStyle === 'none'"
            )
        assert len(reached) == wanted, view
        assert bare == 0, "whoever comes by keys sees where they are"


def test_letters_of_the_map_are_as_large_on_a_phone(browser, page):
    opened(browser, page, PHONE)
    small = browser.tell(
        "Math.min(...[...document.querySelectorAll('.play svg')].filter((s) => s.clientWidth > 0).flatMap((s) => "
        "[...s.querySelectorAll('text')].map((t) => parseFloat(getComputedStyle(t).fontSize) * s.clientWidth"
        " / s.viewBox.baseVal.width)))"
    )
    assert small >= 11
    click(browser, "Beside")
    assert browser.tell("document.querySelector('.play-panel-0').checkVisibility()") is False


def test_without_scripts_one_line_says_so_and_the_page_is_whole(browser, page):
    browser.ask("Emulation.setScriptExecutionDisabled", value=True)
    try:
        browser.open(page.as_uri())
        text = browser.ask("DOM.getDocument", depth=0)["root"]["nodeId"]
        section = browser.ask("DOM.querySelector", nodeId=text, selector=".play")["nodeId"]
        html = browser.ask("DOM.getOuterHTML", nodeId=section)["outerHTML"]
    finally:
        browser.ask("Emulation.setScriptExecutionDisabled", value=False)
    assert "needs JavaScript" in html
    assert "<button" not in html
