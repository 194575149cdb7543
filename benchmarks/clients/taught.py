"""Runs in a client's own environment: trains as the page says, then tells how well what was trained teaches.

    python taught.py SNIPPET TOLD PACKAGE...

The snippet leaves one or several ``Teacher``, and ``scenario`` where that is not Tiny. What was found is JSON in TOLD.
"""

from __future__ import annotations

import json
import runpy
import sys
import time
from importlib.metadata import version
from pathlib import Path

import zpdgym

STUDENTS = 4000


def row(policy: object, scenario: object) -> list[float]:
    """Outcome, and the ends of its interval."""
    found = zpdgym.evaluate(scenario, policy, n_students=STUDENTS).summary()
    return [float(found[name]) for name in ("outcome", "outcome_low", "outcome_high")]


if __name__ == "__main__":
    snippet, told_in, *packages = sys.argv[1:]
    sys.path[0], sys.argv = "", [snippet]
    started = time.monotonic()
    left = runpy.run_path(snippet, run_name="__main__")
    seconds = time.monotonic() - started
    scenario = left.get("scenario", "tiny")
    told = {
        "seconds": seconds,
        "references": {name: row(name, scenario) for name in ("random", "mastery")},
        "trained": {name: row(given, scenario) for name, given in left.items() if type(given).__name__ == "Teacher"},
        "versions": {name: version(name) for name in packages},
    }
    Path(told_in).write_text(json.dumps(told), encoding="utf-8")
