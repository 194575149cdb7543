"""Packed tutors that have not been written, and programs that are run in node beside ``tutor.js``."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from zpdgym.experiments.packed.bundle import BUNDLE
from zpdgym.experiments.packed.digest import checksum

BEFORE = """
import { readFileSync } from "node:fs";
import { Tutor, checksum, FORMAT } from "./tutor.mjs";
const data = JSON.parse(readFileSync("data.json", "utf8"));
const said = (act) => {
  try {
    act();
    return "nothing";
  } catch (error) {
    return `${error.constructor.name}: ${error.message}`;
  }
};
"""
AFTER = "\nprocess.stdout.write(JSON.stringify(found));\n"


def in_node(folder: Path, program: str, data: Any) -> Any:
    """What a program makes of ``data``, as ``found``; skips where there is no node."""
    if shutil.which("node") is None:
        pytest.skip("node is not on the PATH: nobody looked at what tutor.js does")
    (folder / "tutor.mjs").write_bytes(BUNDLE.read_bytes())
    (folder / "data.json").write_text(json.dumps(data), encoding="utf-8")
    (folder / "program.mjs").write_text(BEFORE + program + AFTER, encoding="utf-8")
    run = subprocess.run(["node", "program.mjs"], cwd=folder, capture_output=True, text=True, check=False, timeout=60)
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


def changed(packed: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """The same tutor with another value somewhere, and a checksum that fits again."""
    copy = json.loads(json.dumps(packed))
    *above, last = (int(part) if part.isdecimal() else part for part in path.split("."))
    place = copy
    for part in above:
        place = place[part]
    if value is ...:
        del place[last]
    else:
        place[last] = value
    return {**copy, "checksum": checksum(copy)}
