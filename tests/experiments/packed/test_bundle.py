"""``tutor.js`` is what its modules make of it, and reaches for nothing outside."""

from __future__ import annotations

import re

import pytest
from zpdgym.experiments.packed import bundle


def test_the_file_is_what_its_modules_make():
    """Else: ``python -m zpdgym.experiments.packed.bundle``."""
    made = bundle.bundled()
    assert made.encode() == bundle.BUNDLE.read_bytes()
    assert made == bundle.bundled()
    assert made.endswith("\nexport { FORMAT, Tutor, checksum };\n")


def test_it_imports_nothing_runs_no_text_and_asks_no_network():
    text = re.sub(r"/\*.*?\*/|//[^\n]*", "", bundle.BUNDLE.read_text(encoding="utf-8"), flags=re.DOTALL)
    for word in (
        "import", "require", "eval", "Function", "fetch", "XMLHttpRequest", "WebSocket", "document", "window",
        "process", "localStorage", "innerHTML", "setTimeout", "Math.random", "Date",
    ):  # fmt: skip
        assert not re.search(rf"(?<![\w.]){re.escape(word)}\b", text), word


def test_modules_that_do_not_fit_together_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(bundle, "SOURCES", tmp_path)
    (tmp_path / "tutor.js").write_text('import { a } from "./a.js";\nexport class Tutor {}\nconst { x, y } = a;\n')
    (tmp_path / "a.js").write_text("export function a() {}\n")
    made = bundle.bundled()
    assert made.index("function a()") < made.index("class Tutor")
    assert "import" not in made
    (tmp_path / "a.js").write_text("export function a() {}\nlet y = 1;\n")
    with pytest.raises(ValueError, match=r"declare y$"):
        bundle.bundled()
    (tmp_path / "a.js").write_text('import { Tutor } from "./tutor.js";\n')
    with pytest.raises(ValueError, match=r"import each other: tutor.js, a.js, tutor.js"):
        bundle.bundled()
