"""The report in a real browser: no error, no request, nothing cut."""

from __future__ import annotations

import json
import re
from base64 import b64decode

import pytest
from zpdgym.experiments.report import write_report
from zpdgym.experiments.statistics import NO_DIFFERENCE
from zpdgym.experiments.store.runs import write_json

from tests.experiments.report.browser import Browser, needs_chromium


@pytest.mark.slow
@needs_chromium
@pytest.mark.parametrize("scripts", [True, False])
def test_a_browser_shows_it_without_error_or_request(experiment, page, tmp_path, scripts):
    browser, address = Browser(tmp_path / "profile"), (experiment / "report.html").as_uri()
    try:
        browser.ask("Emulation.setScriptExecutionDisabled", value=not scripts)
        browser.ask("Emulation.setDeviceMetricsOverride", width=360, height=800, deviceScaleFactor=1, mobile=True)
        browser.open(address)
        size = browser.ask("Page.getLayoutMetrics")["cssContentSize"]
        printed = b64decode(browser.ask("Page.printToPDF", paperWidth=8.27, paperHeight=11.69)["data"])
    finally:
        browser.close()
    assert size["width"] == 360, "nothing is wider than the phone"
    assert size["height"] > 5000
    assert printed.startswith(b"%PDF")
    happened = [(e["method"], e["params"]) for e in browser.events if "method" in e]
    asked = {p["request"]["url"] for method, p in happened if method == "Network.requestWillBeSent"}
    assert {url for url in asked if not url.startswith("data:")} == {address}
    assert not [p for method, p in happened if method in ("Log.entryAdded", "Runtime.exceptionThrown")]
    assert not [p for method, p in happened if method == "Runtime.consoleAPICalled"]


@pytest.mark.slow
@needs_chromium
def test_on_a_screen_of_1100_pixels_no_table_is_cut(experiment, page, tmp_path):
    """Two decimals and a long verdict in every row, so that the widest table is as wide as it gets."""
    browser = Browser(tmp_path / "profile")
    table = experiment / "table.json"
    before = table.read_text()
    content = json.loads(before)
    for row in content["scenarios"]["Small-v0"]["policies"]:
        row |= {"vs_tuned": -1.4, "vs_tuned_low": -1.5, "vs_tuned_high": -0.001, "outcome": 1.5, "worst_decile": 1.25}
        row |= {"vs_tuned_verdict": NO_DIFFERENCE, "more_skills": -10.0, "vs_tuned_low_corrected": -1.5}
    write_json(table, content)
    try:
        browser.ask("Emulation.setDeviceMetricsOverride", width=1100, height=800, deviceScaleFactor=1, mobile=False)
        browser.open(write_report(experiment).as_uri())
        widths = (
            "document.querySelectorAll('details').forEach(d => d.open = true);"
            "JSON.stringify([...document.querySelectorAll('.scroll')].map(s => [s.innerText, s.scrollWidth, "
            "s.clientWidth]).concat([['page', document.documentElement.scrollWidth, innerWidth]]))"
        )
        found = json.loads(browser.ask("Runtime.evaluate", expression=widths)["result"]["value"])
    finally:
        browser.close()
        table.write_text(before)
        write_report(experiment)
    assert len(found) > 8
    assert not [text[:60] for text, needed, there in found if needed > there]


def pages_of(pdf: bytes) -> int:
    return len(re.findall(rb"/Type\s*/Page\b", pdf))


@pytest.mark.slow
@needs_chromium
def test_on_paper_it_is_short_and_shorter_on_demand(experiment, page, tmp_path):
    browser = Browser(tmp_path / "profile")
    sheets = {"paperWidth": 8.27, "paperHeight": 11.69, "preferCSSPageSize": True}
    try:
        browser.open((experiment / "report.html").as_uri())
        whole = b64decode(browser.ask("Page.printToPDF", **sheets)["data"])
        browser.click(".brief input")
        brief = b64decode(browser.ask("Page.printToPDF", **sheets)["data"])
    finally:
        browser.close()
    assert 2 < pages_of(whole) < 8
    assert pages_of(brief) == 2


@pytest.mark.slow
@needs_chromium
def test_on_a_phone_every_letter_of_a_picture_can_be_read(experiment, page, tmp_path):
    browser = Browser(tmp_path / "profile")
    letters = (
        "document.querySelectorAll('details').forEach(d => d.open = true);"
        "JSON.stringify([...document.querySelectorAll('main svg text')].map(t => [t.textContent, "
        "parseFloat(getComputedStyle(t).fontSize) * t.ownerSVGElement.getScreenCTM().a]))"
    )
    try:
        browser.ask("Emulation.setDeviceMetricsOverride", width=390, height=800, deviceScaleFactor=1, mobile=True)
        browser.open((experiment / "report.html").as_uri())
        found = json.loads(browser.tell(letters))
    finally:
        browser.close()
    assert len(found) > 100
    assert [(text, size) for text, size in found if size < 10.99] == []


CONTRAST = """(() => {
  const rgb = (c) => c.match(/[\\d.]+/g).map(Number);
  const even = (v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
  const light = ([r, g, b]) => 0.2126 * even(r / 255) + 0.7152 * even(g / 255) + 0.0722 * even(b / 255);
  const ground = (e) => {
    for (; e; e = e.parentElement) {
      const c = rgb(getComputedStyle(e).backgroundColor);
      if (c[3] !== 0) return c;
    }
    return [255, 255, 255];
  };
  const spoken = (e) => !e.closest('svg, progress, :disabled') && e.checkVisibility() &&
    [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
  const ratio = (e) => {
    const [a, b] = [light(rgb(getComputedStyle(e).color)), light(ground(e))].sort((x, y) => y - x);
    return (a + 0.05) / (b + 0.05);
  };
  const all = [...document.querySelectorAll('main *')].filter(spoken);
  const words = all.map((e) => [e.tagName, e.textContent, ratio(e)]);
  return JSON.stringify([words.length, words.filter(([, , r]) => r < 4.5)]);
})()"""


@pytest.mark.slow
@needs_chromium
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_word_stands_out_from_its_ground_in_the_dark_too(experiment, page, tmp_path, scheme):
    """By at least 4.5 to 1 (WCAG 2.2, 1.4.3)."""
    browser = Browser(tmp_path / "profile")
    try:
        browser.ask("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        browser.open((experiment / "report.html").as_uri())
        ground = browser.tell("getComputedStyle(document.body).backgroundColor")
        count, faint = json.loads(browser.tell(CONTRAST))
    finally:
        browser.close()
    assert ground == {"light": "rgb(255, 255, 255)", "dark": "rgb(18, 18, 18)"}[scheme]
    assert count > 300
    assert faint == []
