"""Chromium as tests use it: opened without a window, looked at and played through its own protocol."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

MUST = "ZPDGYM_PAGES"
"""Where this variable says ``required``, pages are looked at or the test fails: nothing is skipped."""
needs_chromium = pytest.mark.skipif(
    shutil.which("chromium") is None and os.environ.get(MUST) != "required", reason="chromium is not installed"
)
KEYS = {"Enter": 13, "Tab": 9, "ArrowLeft": 37, "ArrowUp": 38, "ArrowRight": 39, "ArrowDown": 40, "Home": 36, "End": 35}


class Browser:
    """Chromium at the end of a pipe (DevTools protocol), with a fresh profile."""

    def __init__(self, profile: Path) -> None:
        mine, its = os.pipe(), os.pipe()
        flags = (
            "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
            "--disable-component-update --disable-sync --remote-debugging-pipe"
        )
        command = f"exec chromium {flags} --user-data-dir={profile} 3<&{mine[0]} 4>&{its[1]} 2>/dev/null"
        self.process = subprocess.Popen(["bash", "-c", command], pass_fds=(mine[0], its[1]))
        os.close(mine[0])
        os.close(its[1])
        self.write, self.read = os.fdopen(mine[1], "wb"), os.fdopen(its[0], "rb")
        self.events: list[dict] = []
        self.number, self.session = 0, None
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Network", "Log", "Runtime"):
            self.ask(f"{domain}.enable")

    def ask(self, method: str, **params) -> dict:
        self.number += 1
        message = {"id": self.number, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        self.write.write(json.dumps(message).encode() + b"\0")
        self.write.flush()
        while (answer := self.hear()).get("id") != self.number:
            pass
        assert "error" not in answer, answer
        return answer["result"]

    def hear(self) -> dict:
        data = bytearray()
        while (byte := self.read.read(1)) not in (b"\0", b""):
            data += byte
        message = json.loads(data)
        self.events.append(message)
        return message

    def open(self, url: str) -> None:
        before = len(self.events)
        self.ask("Page.navigate", url=url)
        while not any(e.get("method") == "Page.loadEventFired" for e in self.events[before:]):
            self.hear()

    def tell(self, expression: str) -> Any:
        """What the page makes of an expression."""
        return self.ask("Runtime.evaluate", expression=expression, returnByValue=True)["result"].get("value")

    def press(self, key: str) -> None:
        """One key, down and up."""
        printed = {"text": "\r"} if key == "Enter" else {"text": key} if len(key) == 1 else {}
        code = KEYS.get(key, ord(key[0].upper()))
        for kind, more in (("keyDown", printed), ("keyUp", {})):
            self.ask("Input.dispatchKeyEvent", type=kind, key=key, windowsVirtualKeyCode=code, **more)

    def click(self, selector: str) -> None:
        """The mouse on the middle of an element, which is brought into view."""
        self.tell(f"document.querySelector({json.dumps(selector)}).scrollIntoView({{block: 'center'}})")
        box = f"document.querySelector({json.dumps(selector)}).getBoundingClientRect()"
        x, y = self.tell(f"(() => {{ const b = {box}; return [b.x + b.width / 2, b.y + b.height / 2]; }})()")
        for kind in ("mousePressed", "mouseReleased"):
            self.ask("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def happened(self) -> list[str]:
        """What a page that is at peace does not do: other requests, errors, words in the console."""
        found = [(e["method"], e["params"]) for e in self.events if "method" in e]
        asked = {p["request"]["url"] for method, p in found if method == "Network.requestWillBeSent"}
        loud = ("Log.entryAdded", "Runtime.exceptionThrown", "Runtime.consoleAPICalled")
        other = sorted(url for url in asked if not url.startswith("data:"))[1:]
        return [*other, *(json.dumps(p) for method, p in found if method in loud)]

    def close(self) -> None:
        self.ask("Browser.close")
        self.process.wait(20)
        self.write.close()
        self.read.close()
