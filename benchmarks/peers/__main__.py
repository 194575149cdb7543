"""Other simulators of students beside ours, in one run: ``python -m benchmarks.peers`` prints a page in Markdown.

Each peer gets a virtual environment of its own below .clients/ and answers from its own process; all take turns on one
thread, and the best of several turns counts, in CPU time (``process_time``). What cannot be installed or run says so in
the table. ``--page FILE`` writes the page, ``--turns N`` takes so many turns.
"""

from __future__ import annotations

import os

os.environ.setdefault("NUMBA_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import argparse
import json
import platform
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.clients.environment import ROOT, Failed, installed
from benchmarks.pages.scenarios import table
from benchmarks.peers import ours

HERE = Path(__file__).resolve().parent
PAGE = ROOT / "docs" / "results" / "peers.md"


@dataclass
class Peer:
    """A library that nobody here wrote, and the program that plays it.

    Attributes:
        name: what people call it, with its version.
        world: the world of ours that does the same.
        program: the file beside this one.
        steps: what pip installs, a list a call.
        rows: what it measures, and what one lesson of it is.
    """

    name: str
    world: str
    program: str
    steps: list[list[str]]
    rows: dict[str, str]
    fault: str = ""
    process: subprocess.Popen[str] | None = field(default=None, repr=False)

    @property
    def folder(self) -> Path:
        """Where its environment lies."""
        return ROOT / ".clients" / self.program.removesuffix(".py")

    def start(self) -> None:
        """Install it and start its program; what goes wrong is kept."""
        self.folder.mkdir(parents=True, exist_ok=True)
        try:
            python = installed(self.steps, self.folder)
        except Failed as error:
            self.fault = f"not installed: {error}"
            return
        with (self.folder / "run.log").open("w", encoding="utf-8") as log:
            self.process = subprocess.Popen(
                [str(python), str(HERE / self.program)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log,
                cwd=self.folder, text=True,
            )  # fmt: skip

    def ask(self, question: str, **given: Any) -> Any:
        """What its program answers; None once it has failed."""
        if self.fault or self.process is None:
            return None
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        try:
            self.process.stdin.write(json.dumps({"ask": question, **given}) + "\n")
            self.process.stdin.flush()
            line = self.process.stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            said = (self.folder / "run.log").read_text(encoding="utf-8").strip().splitlines() or ["nothing was said"]
            self.fault = f"not run: {said[-1]}"
            return None
        return json.loads(line)

    def end(self) -> None:
        """Nobody asks any more."""
        if self.process is not None:
            self.process.communicate()


def peers() -> list[Peer]:
    """All of them."""
    deck = "first and later reviews of a deck, day by day: ratings, S and D, the next day, costs; arrays over the cards"
    return [
        Peer(
            "EduSim 0.0.2", "map", "play_edusim.py", [["EduSim==0.0.2"]],
            {"EduSim": "`step`: learn, answer whether P ≥ ½, note it; no observation, no reward, nothing drawn"},
        ),
        Peer(
            "py-fsrs 6.3.2", "facts", "play_pyfsrs.py", [["fsrs==6.3.2"]],
            {"py-fsrs": "`review_card`: S and D for a rating that is given, the next date; nothing drawn"},
        ),
        Peer(
            "fsrs-optimizer 6.5.0", "facts", "play_optimizer.py",
            [["numpy", "matplotlib"], ["--no-deps", "fsrs-optimizer==6.5.0"]],
            {f"fsrs-optimizer, {cards} cards": deck for cards in (30, 1000, 10_000)},
        ),
    ]  # fmt: skip


OURS = {
    "alone": "`step` of the model: recall, rating or answer from luck that is given, learning, minutes; days that pass",
    "environment": "the same with luck drawn by student and lesson, the clock, the tutor's belief, observation, mask, "
    "reward, restarts with an exam",
}
WORLDS = {
    "facts": "Thirty facts, FSRS-6 with its default weights, ten lessons a session, two days between sessions",
    "map": "The map of ten concepts of KSS, twenty lessons an episode",
}


def measure(everybody: Sequence[Peer], turns: int) -> dict[str, dict[str, float]]:
    """Lessons a second by world and row: the best of several turns, which all take in rotation."""
    own = {world: ours.turns(world) for world in WORLDS}
    best: dict[str, dict[str, float]] = {world: {} for world in WORLDS}
    for turn in range(turns + 1):
        for world, rows in own.items():
            found = {name: work() for name, work in rows.items()}
            for peer in everybody:
                found |= (peer.ask("turn") or {}) if peer.world == world else {}
            for name, (lessons, seconds) in found.items():
                if turn:  # the first compiles
                    best[world][name] = max(best[world].get(name, 0.0), lessons / seconds)
    return best


def agreement(everybody: Sequence[Peer]) -> list[str]:
    """Whether they compute the same: stabilities after a log of reviews, abilities after a walk."""
    told, by_name = [], {peer.program: peer for peer in everybody}
    reviews = ours.log_of_reviews(200)
    theirs = by_name["play_pyfsrs.py"].ask("stabilities", reviews=reviews)
    if theirs is not None:
        apart = np.max(np.abs(np.array(ours.stabilities(reviews)) / np.array(theirs) - 1.0))
        told.append(
            f"{len(reviews)} reviews of one fact: the stabilities of py-fsrs and ours differ by {apart:.0e} of their "
            "size at most."
        )
    luck = np.random.default_rng(2)
    start, visits = (-3.0 + luck.random(10)).tolist(), luck.integers(0, 10, 100).tolist()
    theirs = by_name["play_edusim.py"].ask("walk", start=start, visits=visits)
    if theirs is not None:
        apart = np.max(np.abs(np.array(ours.walk(start, visits)) - np.array(theirs)))
        told.append(f"{len(visits)} visits on the map: the abilities of EduSim and ours differ by {apart:.0e} at most.")
    return told


def page(everybody: Sequence[Peer], best: dict[str, dict[str, float]], agreed: Sequence[str]) -> str:
    """The whole page."""
    lines = [
        "# Other simulators of students", "",
        "Made by `python -m benchmarks.peers`; each library has an environment of its own below .clients/.", "",
        f"{time.strftime('%Y-%m-%d')}, Python {platform.python_version()}, one thread, CPU time, best of several turns "
        "that all took in rotation: only the ratios within one run mean anything. One student where no number is said.",
        *(line for told in agreed for line in ("", told)),
    ]  # fmt: skip
    for world, title in WORLDS.items():
        rates, own = best[world], ours_in(best[world])
        lesson = {row: text for peer in everybody for row, text in peer.rows.items()}
        by = {name: f"{rate / own['vector environment']:.2f}" for name, rate in rates.items()}
        rows = [["what", "lessons a second", "of our vector environment with one", "a lesson is"]]
        for peer in (peer for peer in everybody if peer.world == world):
            for row, text in peer.rows.items():
                label = row.replace(peer.name.split(" ")[0], peer.name)
                there = [f"{rates[row] / 1e3:,.0f} k", by[row]] if row in rates else [f"- ({peer.fault})", "-"]
                rows.append([label, *there, text])
        for row in own:
            rows.append([f"ours: {row}", f"{rates[row] / 1e3:,.0f} k", by[row], OURS[kind(row)]])
        assert not set(rates) - set(lesson) - set(own)
        lines += ["", f"## {title}", "", table(rows)]
    return "\n".join(lines) + "\n"


def ours_in(rates: dict[str, float]) -> dict[str, float]:
    """Our rows among these."""
    return {row: rate for row, rate in rates.items() if row.startswith(("students", "`TutorEnv`", "vector"))}


def kind(row: str) -> str:
    """Which of the descriptions of our lessons holds for a row."""
    return "alone" if row.startswith("students") else "environment"


def main(arguments: Sequence[str] | None = None) -> None:
    """Install, measure, print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--turns", type=int, default=5, help="how many turns everybody takes")
    parser.add_argument("--page", type=Path, help=f"also write the page, such as {PAGE.relative_to(ROOT)}")
    options = parser.parse_args(arguments)
    everybody = peers()
    for peer in everybody:
        print(f"{peer.name} …", file=sys.stderr, flush=True)
        peer.start()
    agreed = agreement(everybody)
    text = page(everybody, measure(everybody, options.turns), agreed)
    for peer in everybody:
        peer.end()
    print(text)
    if options.page:
        options.page.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
