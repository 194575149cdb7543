"""``zpdgym calibrate``: student models from a real log of answers."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from zpdgym.scripts.command import keys
from zpdgym.scripts.command.verbs import Group, Key, Verb


def run(settings: Mapping[str, Any]) -> str:
    """Fit the log, write what came of it, and say it in words."""
    from zpdgym.experiments.calibration.calibrate import calibrate
    from zpdgym.experiments.runs.arguments import writable
    from zpdgym.names import check_name

    check_name(settings["name"], "name", plain=True)
    found = calibrate(
        settings["data"],
        model=settings["model"],
        world=settings["world"],
        out=writable(settings["results"], "results") / settings["name"],
        seed=settings["seed"],
        rerun=settings["rerun"],
        say=lambda line: print(line, file=sys.stderr),
    )
    for line in found.lines():
        print(line)
    return f"AUC {found.summary['held_out']['auc']:.3f} on other students"


VERB = Verb(
    name="calibrate",
    summary="student models from a real log of answers, with held-out checks",
    text="Fits knowledge tracing to every skill of a log (model=dkt: trains a network on all skills too), checks it on "
    "students that the fit has not seen, and writes results/<name>/: parameters.csv, summary.json, the checks, and "
    "world.yaml, a scenario that the other verbs can use at once. Malformed rows are counted and named. Learners get "
    "pseudonyms.",
    groups=(
        Group(
            name="data",
            text="how the log is written: long (a row per answer) or wide (a row per student)",
            default="long",
        ),
        Group(name="model", text="what is fitted: bkt, or dkt (a neural network; needs torch)", default="bkt"),
    ),
    keys=(
        Key(name="name", kind="text", default="calibration", text="the folder below results"),
        Key(
            name="world",
            kind="keys",
            default={},
            text="of the fitted world: world.n_skills, world.n_students, world.forget, world.seed",
        ),
        keys.SEED.but(text="of starting points and held-out share"),
        keys.RESULTS,
        keys.RERUN,
    ),
    examples="""
  zpdgym calibrate data=long data.path=answers.csv
      columns student, skill, correct and, if you have it, time
  zpdgym calibrate data=wide data.path=train.csv data.test=test.csv model=bkt model.estimate=ml
      one row per student; checked on another file; maximum likelihood
  zpdgym calibrate data=wide data.path=train.csv model=dkt name=network
      a world whose students are imitated by a neural network
  zpdgym compare experiment=quickstart scenarios=results/calibration/world.yaml name=fitted
      then compare on it
""",
    run=run,
    needs=("data.path",),
)

if __name__ == "__main__":
    from zpdgym.scripts.cli import start

    start("calibrate")
