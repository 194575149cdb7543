"""What a learnt teacher teaches when, in every scenario: the pictures of the gallery that take a training.

``python -m benchmarks.site.learnt [SCENARIO ...]`` trains an item scorer in each (the settings of its file, once) and
writes ``docs/gallery/SCENARIO.svg`` and ``docs/gallery/learnt.json``; some minutes in all. ``make docs`` shows them.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import zpdgym
from zpdgym.envs import Scenario

from benchmarks.site import pictures, simulated

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "gallery"
TOLD = FOLDER / "learnt.json"
LESSONS = 200_000
SCORER = "ppo_scorer"
OF_TESTS = {
    "_target_": "zpdgym.agents.ScorerPPO", "name": "ppo_scorer_of_scores", "reward": "scenario", "trainer": "fast",
    "ready": 0.0, "gamma": None,
}  # fmt: skip
"""Nothing is taught in a test: there a learner is paid what is found out, as in experiments of tests."""


def recipe(world: Scenario) -> str | dict[str, object]:
    """What is trained in a scenario."""
    return OF_TESTS if world.outcome.primary == "log_score" else SCORER


def draw(scenario: str) -> dict[str, object]:
    """Train, teach, and write the picture; what is to be said of it."""
    world = Scenario.load(scenario)
    learnt = recipe(world)
    teacher = zpdgym.train(scenario, learnt, lessons=LESSONS, seed=0)
    name = learnt if isinstance(learnt, str) else str(learnt["name"])
    shown = [
        simulated.taught_by(world, teacher, name, n=simulated.CLASS, trained=True),
        simulated.taught(world, "mastery", n=simulated.CLASS),
    ]
    picture = pictures.of_scenario(scenario, shown)
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / f"{scenario}.svg").write_text(picture.svg, encoding="utf-8")
    scores = {one.policy: round(one.outcome, 4) for one in shown}
    return {"words": picture.words, "outcome": world.outcome.primary, "scores": scores, "lessons": LESSONS}


@dataclass(frozen=True)
class Made:
    """A picture that was made, and what is said below it."""

    picture: pictures.Picture
    outcome: str
    scores: dict[str, float]


def made(scenario: str) -> Made:
    """The picture of a scenario.

    Raises:
        SystemExit: it was not made.
    """
    file, about = FOLDER / f"{scenario}.svg", told().get(scenario)
    if about is None or not file.is_file():
        raise SystemExit(f"{scenario} has no picture: python -m benchmarks.site.learnt {scenario}")
    picture = pictures.Picture(file.read_text(encoding="utf-8"), str(about["words"]))
    return Made(picture, str(about["outcome"]), dict(about["scores"]))


def told() -> dict[str, dict[str, Any]]:
    """What is said of each picture that was made."""
    return json.loads(TOLD.read_text(encoding="utf-8")) if TOLD.exists() else {}


def main(scenarios: list[str]) -> None:
    found = told()
    for name in scenarios or zpdgym.list_scenarios():
        found[name] = draw(name)
        print(name, found[name]["scores"], flush=True)
        TOLD.write_text(json.dumps(dict(sorted(found.items())), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
