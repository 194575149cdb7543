"""The report in a real browser: no error, no request, nothing cut."""

from __future__ import annotations

import json
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
