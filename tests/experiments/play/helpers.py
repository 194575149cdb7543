"""Modules of the section that somebody plays with, run in node, and results that it is made of."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from zpdgym.experiments.play.bundle import HERE
from zpdgym.experiments.store.runs import TUNING, Run, write_json

from tests.experiments.report.made_up import make_results, seal, small_curriculum

SETTINGS = {
    "_target_": "zpdgym.agents.Mastery", "threshold": 0.9, "ready": 0.6, "review_days": 0, "cap": 0, "items": "cycle",
}  # fmt: skip


def in_node(folder: Path, program: str, data: Any = None) -> Any:
    """What a program makes of ``data``, as ``found``; it may import from ``./play/src/`` and ``./packed/src/``."""
    if shutil.which("node") is None:
        pytest.skip("node is not on the PATH: nobody looked at what the modules do")
    for package in ("play", "packed"):
        shutil.copytree(HERE.parent / package / "src", folder / package / "src", dirs_exist_ok=True)
    (folder / "package.json").write_text('{"type": "module"}')
    (folder / "data.json").write_text(json.dumps(data), encoding="utf-8")
    before = 'import { readFileSync } from "node:fs";\nconst data = JSON.parse(readFileSync("data.json", "utf8"));\n'
    after = "\nprocess.stdout.write(JSON.stringify(found));\n"
    (folder / "program.js").write_text(before + program + after, encoding="utf-8")
    run = subprocess.run(["node", "program.js"], cwd=folder, capture_output=True, text=True, check=False, timeout=60)
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


def with_belief(
    folder: Path, *, names: list[str] | None = None, n: int = 40, lessons: int = 36, keep: int = 30
) -> Path:
    """Made-up results whose files say the tutor's belief, and the settings of tuned mastery learning."""
    curriculum = small_curriculum(names)
    results = make_results(folder, curriculum, n=n, lessons=lessons, keep=keep)
    path = results / "Small-v0" / "scenario.json"
    k, m = curriculum.n_skills, curriculum.n_items
    belief = {
        "kind": "bkt", "prior": np.linspace(0.1, 0.4, k).tolist(), "forget": [0.01] * k,
        "learn": np.linspace(0.1, 0.3, m).tolist(), "guess": [0.2] * m, "slip": [0.1] * m, "leak": 0.05,
        "learn_first": False,
    }  # fmt: skip
    write_json(path, json.loads(path.read_text()) | {"belief": belief, "mastered_at": 1.0})
    run = Run(results / "Small-v0" / "mastery_tuned" / "seed0")
    run.write_json(TUNING, {"spec": SETTINGS})
    seal(run)
    return results
