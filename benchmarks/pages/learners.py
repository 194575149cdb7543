"""What learning adds to a tuned index: docs/results/learners.md is written again from finished comparisons.

``python -m benchmarks.pages.learners results/learners results/learners_long``; without the second folder the rows of
the long trainings are missing. The strongest index is the one with the best validation students, so that no test
student has a say in whom the learners must beat. What ``benchmarks.pages.decisions`` has put into the page, and the
sentences that were written by hand, stay.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import NamedTuple

from benchmarks.pages.better_beliefs import Comparison, Floats, difference, estimated, value
from benchmarks.pages.scenarios import table

PAGE = Path(__file__).resolve().parents[2] / "docs" / "results" / "learners.md"
CELLS = {
    "Algebra-v1": "Algebra",
    "Practice-v1": "Practice",
    "KT6KC-v1": "KT6KC",
}
INDEXES = ("tuned_index", "tuned_index_3m", "tuned_index_patient")
NEAR_ENOUGH = 0.001
"""By how much a learner may be behind where it need not be ahead."""
BLOCK = re.compile(r"<!-- (?P<name>(?:decisions|by hand) of [\w-]+) -->\n(?P<inside>.*?)<!-- end -->", re.DOTALL)


class Line(NamedTuple):
    """What a learner must reach: in which cell, after which training, and which outcome; None: as good as the best."""

    cell: str
    long: bool
    least: float | None


LINES = (
    Line("Algebra-v1", False, 0.575),
    Line("Algebra-v1", True, 0.583),
    Line("Practice-v1", False, 0.845),
    Line("KT6KC-v1", False, None),
)


class Taught(NamedTuple):
    """The runs of a policy in a cell."""

    policy: str
    kind: str
    long: bool
    students: Floats
    seconds: float | None
    validation: float

    @property
    def words(self) -> str:
        """What tables call it."""
        length = ", 3 million lessons" if self.long else ", 800 000 lessons" if self.kind == "learnt" else ""
        kind = {"learnt": " (learnt)", "privileged": " (privileged)"}.get(self.kind, "")
        return f"`{self.policy}`{length}{kind}"


def taught(told: Comparison, cell: str, policy: str, *, long: bool) -> Taught | None:
    """A policy's runs, with the mean seconds of a training or search; None where there are no such runs."""
    students = told.runs(cell, policy)
    if students is None:
        return None
    seeds = sorted((told.folder / cell / policy).glob("seed*"))
    about, seen = (
        [json.loads((seed / name).read_text(encoding="utf-8")) for seed in seeds]
        for name in ("run.json", "validation.json")
    )
    made = "train" if about[0]["kind"] == "learnt" else "tune" if (seeds[0] / "tuning.json").exists() else None
    seconds = None if made is None else sum(one["seconds"][made] for one in about) / len(about)
    return Taught(policy, about[0]["kind"], long, students, seconds, sum(one["mean"] for one in seen) / len(seen))


class Cell:
    """Everybody who taught in one cell of the comparisons."""

    def __init__(self, name: str, short: Comparison, long: Comparison | None) -> None:
        self.name = name
        policies = sorted(path.name for path in (short.folder / name).iterdir() if path.is_dir())
        found = [taught(short, name, policy, long=False) for policy in policies]
        if long is not None and (long.folder / name).is_dir():
            policies = sorted(path.name for path in (long.folder / name).iterdir() if path.is_dir())
            found += [one for one in (taught(long, name, p, long=True) for p in policies) if one and _learnt(one)]
        self.rows = sorted((one for one in found if one), key=lambda one: -float(one.students.mean()))

    @property
    def learners(self) -> list[Taught]:
        """The learnt ones, shorter trainings first."""
        return sorted(filter(_learnt, self.rows), key=lambda one: (one.policy, one.long))

    def best(self, policies: Iterable[str] | None = None) -> Taught:
        """The best by validation students: of these policies, or of all that are not trained."""
        wanted = None if policies is None else set(policies)
        among = [one for one in self.rows if one.kind == "baseline" and (wanted is None or one.policy in wanted)]
        return max(among, key=lambda one: one.validation)

    def outcomes(self) -> str:
        """A table of everybody, the best first."""
        rows = [["", "exam", "validation students", "trainings or searches", "seconds of one"]]
        for one in self.rows:
            seconds = "" if one.seconds is None else f"{one.seconds:.0f}"
            rows.append(
                [
                    one.words,
                    value(one.students),
                    f"{one.validation:.3f}",
                    f"{len(one.students)}" * bool(seconds),
                    seconds,
                ]
            )
        return table(rows)


def _learnt(one: Taught) -> bool:
    return one.kind == "learnt"


def ahead(cells: Iterable[Cell]) -> str:
    """Every learner less the strongest index on the same belief, and less the best of all that is not trained."""
    rows = [["", "learner", "strongest index", "less the index", "best untrained", "less the best untrained"]]
    for cell in cells:
        index, best = cell.best(INDEXES), cell.best()
        for one in cell.learners:
            against = [difference(estimated(one.students, other.students)) for other in (index, best)]
            rows.append([CELLS[cell.name], one.words, f"`{index.policy}`", against[0], f"`{best.policy}`", against[1]])
    return table(rows)


def lines(cells: dict[str, Cell]) -> str:
    """The lines that were drawn before, each held or missed by the best learner of that length by validation."""
    rows = [["", "learner", "line", "reached", ""]]
    for line in LINES:
        cell = cells[line.cell]
        learners = [one for one in cell.learners if one.long == line.long]
        wanted = "the best untrained - .001" if line.least is None else f"{line.least:.3f}"
        if not learners:
            rows.append([CELLS[line.cell], "3 million lessons" if line.long else "–", wanted, "–", "not run"])
            continue
        one = max(learners, key=lambda learner: learner.validation)
        if line.least is None:
            best = cell.best()
            margin = float(one.students.mean() - best.students.mean()) + NEAR_ENOUGH
            reached = f"{difference(estimated(one.students, best.students))} (`{best.policy}`)"
        else:
            margin, reached = float(one.students.mean()) - line.least, value(one.students)
        rows.append([CELLS[line.cell], one.words, wanted, reached, "held" if margin >= 0.0 else "missed"])
    return table(rows)


def kept(page: str) -> dict[str, str]:
    """What other hands have put into the page: the name of each block -> what is in it."""
    return {found["name"]: found["inside"] for found in BLOCK.finditer(page)}


def with_blocks(page: str, blocks: dict[str, str]) -> str:
    """The page with these blocks in it."""
    return BLOCK.sub(
        lambda found: f"<!-- {found['name']} -->\n{blocks.get(found['name'], found['inside'])}<!-- end -->", page
    )


def decided(name: str) -> str:
    """The places of a cell's decisions and of the sentence about them."""
    return (
        f"### {CELLS[name]}\n\n<!-- by hand of {name} -->\nNot said yet.\n<!-- end -->\n\n"
        f"<!-- decisions of {name} -->\nNot made yet.\n<!-- end -->"
    )


def page(short: Comparison, long: Comparison | None) -> str:
    """The whole page, with empty places for decisions."""
    cells = {name: Cell(name, short, long) for name in CELLS}
    folders = f"results/{short.folder.name}" + (f" results/{long.folder.name}" if long else "")
    experiments = " and ".join(
        f"`zpdgym compare experiment={one.folder.name}`" for one in (short, long) if one is not None
    )
    parts = [
        "# What learning adds to a tuned index",
        f"Made by {experiments}, then `python -m benchmarks.pages.learners {folders}` on {date.today():%Y-%m-%d}. "
        f"Simulated students; nothing was tried with children.",
        WORDS,
        "## Lines drawn before",
        lines(cells),
        "## Learner less index",
        "Paired differences of the exam on the same belief, with 95 % intervals that are not corrected for their "
        "number. The strongest index and the best untrained policy are chosen on validation students:",
        ahead(cells.values()),
        "## Exam",
        *(f"### {CELLS[name]}\n\n{cell.outcomes()}" for name, cell in cells.items()),
        SECONDS,
        "## What the teacher does that the index does not",
        DECISIONS,
        *map(decided, CELLS),
    ]
    return "\n\n".join(parts) + "\n"


WORDS = (
    "All policies see the same and have the same belief (what hangs together, fitted to a log of students), are tuned "
    "or trained anew for each scenario, and teach the same students, whose seed was committed before anybody was "
    "taught. The learner has the settings of its file, which "
    "[were searched for](../policies/learnt.md#what-helps-a-training) with as many tries as the baselines have, on "
    "other students."
)
SECONDS = (
    "± is the 95 % interval over students and, of learnt policies, over trainings; one search each for the tuned ones, "
    "whose luck is not in it. Seconds are the mean time of one training or search by the clock, as run folders have "
    "it: with other work on the same cores it is longer."
)
DECISIONS = (
    "The learnt teacher (of several trainings the one in the middle) and the strongest index have taught the same "
    "students. Tables are made by `python -m benchmarks.pages.decisions results/learners`, sentences by hand."
)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("long", type=Path, nargs="?", help="the folder of the long trainings")
    parser.add_argument("--out", type=Path, default=PAGE, help="the page to write")
    options = parser.parse_args(arguments)
    made = page(Comparison(options.folder), Comparison(options.long) if options.long else None)
    before = options.out.read_text(encoding="utf-8") if options.out.exists() else ""
    options.out.write_text(with_blocks(made, kept(before)), encoding="utf-8")


if __name__ == "__main__":
    main()
