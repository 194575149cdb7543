"""Whether one teacher serves whoever comes: docs/results/robust.md is written again from a finished matrix.

``python -m benchmarks.pages.robust results/robust`` reads the runs of ``zpdgym robustness matrix=robust``, with
``leave_one_out`` of at least 1; of what is not made yet it says so. ``--page PATH`` writes elsewhere. All rows teach
the same students, so differences are paired.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import numpy as np
import numpy.typing as npt
from zpdgym.configs.build import read_yaml
from zpdgym.experiments.runs.scenarios import MIXTURE, OWN, WITHOUT
from zpdgym.experiments.statistics import Estimate, estimate

from benchmarks.pages.better_beliefs import Comparison, difference, value
from benchmarks.pages.scenarios import table

PAGE = Path(__file__).resolve().parents[2] / "docs" / "results" / "robust.md"
BASELINES = ("mastery_tuned", "tuned_index")
AT_HOME, AT_MOST_BEHIND = 0.01, 0.02
"""How far the mixture may be behind the specialist, on average; and a teacher behind a tuned baseline, at worst."""
Floats = npt.NDArray[np.float64]


class Matrix:
    """The students of every run of a matrix with one learner for whom kinds were left out."""

    def __init__(self, folder: Path) -> None:
        self.told, self.asked = Comparison(folder), read_yaml(folder / "matrix.yaml")
        with next(folder.glob(f"*/{OWN}/seed*/students.csv")).open(encoding="utf-8") as students:
            _, *self.kinds = students.readline().strip().split(",")
        (self.learner,) = {path.parent.name for path in folder.glob(f"*/{WITHOUT}*")}

    @property
    def met(self) -> list[str]:
        """The kinds of students that the mixture was trained on."""
        unseen = [kind if isinstance(kind, str) else kind["name"] for kind in self.asked["unseen"]]
        return [kind for kind in self.kinds if kind not in unseen]

    @property
    def left_out(self) -> int:
        """How many trainings there are without a kind, where there are fewest of those that there are."""
        rows = [self.row(f"{self.learner}/{WITHOUT}{kind}", kind) for kind in self.met]
        return min((len(row) for row in rows if row is not None), default=0)

    def row(self, made: str, kind: str) -> Floats | None:
        """(S, N) the exam of these students, taught by what was made (policy/home); None where there is no such row."""
        policy, home = made.split("/")
        return self.told.runs(policy, home, kind)


def paired(one: Floats | None, other: Floats | None) -> Estimate | None:
    """The difference on the same students under the same seeds; None where a row is missing."""
    if one is None or other is None:
        return None
    if (seeds := min(len(one), len(other))) > 1:
        one, other = one[:seeds], other[:seeds]
    return estimate(one, other, generator=np.random.default_rng(0))


def holds(found: Estimate | None, *, at_least: float, surely: bool) -> str:
    """Whether a difference is above a bar: its mean, or surely, its interval's lower end."""
    if found is None:
        return "–"
    return "yes" if (found.interval()[0] if surely else found.value) > at_least else "no"


def outcomes(matrix: Matrix) -> str:
    """For each kind of students what the rows of the question reach."""
    rows = [["students", "without them", "mixture", "specialist", *(f"`{name}` tuned on them" for name in BASELINES)]]
    for kind in matrix.kinds:
        made = (
            f"{matrix.learner}/{WITHOUT}{kind}",
            f"{matrix.learner}/{MIXTURE}",
            *(f"{p}/{kind}" for p in (matrix.learner, *BASELINES)),
        )
        rows.append([kind, *(value(matrix.row(name, kind)) for name in made)])
    return table(rows)


def at_home(matrix: Matrix) -> str:
    """What the mixture loses to the specialist with each kind of students that it was trained on."""
    rows = [["students", "mixture less specialist", f"at most {AT_HOME:.2f} behind"]]
    for kind in matrix.met:
        if (alone := matrix.row(f"{matrix.learner}/{kind}", kind)) is None:
            continue
        found = paired(matrix.row(f"{matrix.learner}/{MIXTURE}", kind), alone)
        rows.append([kind, difference(found), holds(found, at_least=-AT_HOME, surely=False)])
    return table(rows)


def unmet(matrix: Matrix, *, tuned_on: str | None = None) -> str:
    """What a teacher loses, before students whom it never met, to baselines tuned on others; None: on just these."""
    bar = f"lower end above -{AT_MOST_BEHIND:.2f}"
    rows = [["students", "teacher", *(cell for name in BASELINES for cell in (f"less `{name}`", bar))]]
    for kind in matrix.kinds:
        home = WITHOUT + kind if kind in matrix.met else MIXTURE
        row = [kind, f"`{matrix.learner}@{home}`"]
        for name in BASELINES:
            other = matrix.row(f"{name}/{tuned_on or kind}", kind)
            found = paired(matrix.row(f"{matrix.learner}/{home}", kind), other)
            row += [difference(found), holds(found, at_least=-AT_MOST_BEHIND, surely=True)]
        rows.append(row)
    return table(rows)


def made_for_others(matrix: Matrix) -> str:
    """Every kind of students before rows that do not know whom they meet."""
    made = [f"{policy}/{home}" for home in (OWN, MIXTURE) for policy in (matrix.learner, *BASELINES)]
    made += [f"{policy}/any" for policy in ("interleaved", "random", "no_teaching")]
    rows = [["row", *matrix.kinds]]
    for name in made:
        found = [matrix.row(name, kind) for kind in matrix.kinds]
        shown = name.removesuffix("/any").replace("/", "@")
        rows.append([f"`{shown}`", *("–" if row is None else f"{row.mean():.3f}" for row in found)])
    return table(rows)


def verdict(matrix: Matrix) -> str:
    """Whether every bar holds, and where not."""
    home = paired(matrix.row(f"{matrix.learner}/{MIXTURE}", OWN), matrix.row(f"{matrix.learner}/{OWN}", OWN))
    short = [] if holds(home, at_least=-AT_HOME, surely=False) == "yes" else ["at home"]
    unknown = list[str]()
    for kind in matrix.kinds:
        left = f"{matrix.learner}/{WITHOUT}{kind}" if kind in matrix.met else f"{matrix.learner}/{MIXTURE}"
        for name in BASELINES:
            found = paired(matrix.row(left, kind), matrix.row(f"{name}/{OWN}", kind))
            told = holds(found, at_least=-AT_MOST_BEHIND, surely=True)
            short += [f"{kind} against `{name}`"] if told == "no" else []
            unknown += [kind] if found is None and kind not in unknown else []
    missing = f" Not measured (–): {', '.join(unknown)}." if unknown else ""
    if short:
        return f"**Not every bar holds**: {', '.join(short)}.{missing}"
    return f"**Every bar {'that was measured ' if unknown else ''}holds.**{missing}"


def page(matrix: Matrix) -> str:
    """The whole page."""
    asked = matrix.asked
    alone = f", {asked['specialists']} with one other kind alone" if asked.get("specialists") else ""
    sizes = (
        f"{asked['n_students']} unseen students of each kind, {asked['lessons']} lessons a training, "
        f"{len(asked['seeds']) if isinstance(asked['seeds'], list) else asked['seeds']} training seeds, "
        f"{matrix.left_out} where a kind was left out{alone}."
    )
    unseen = [kind for kind in matrix.kinds if kind not in matrix.met]
    parts = [
        "# One teacher for whoever comes?",
        "Made by `zpdgym robustness matrix=robust` and `python -m benchmarks.pages.robust results/robust` on "
        f"{date.today():%Y-%m-%d}, under the tutor of {asked['scenario']}. {sizes} Simulated students; nothing was "
        "tried with children.",
        f"*Mixture* is the teacher that was trained on {', '.join(matrix.met)} together, which is `ppo_robust`; "
        f"*without them* the same trained on all of these but one, before the students of that one; *specialist* was "
        f"trained on them alone. No row of several kinds met {' and '.join(unseen)} before the test.",
        verdict(matrix),
        "## Where it has met them",
        "Paired differences of the exam with 95 % intervals over students and trainings, not corrected for their "
        "number. The bar is set for the scenario's own students, `own`; the others are there to be read.",
        at_home(matrix),
        "## Where it has not",
        "Against baselines that were tuned at home, on `own`, and have not met these students either. The bars are set "
        "for these:",
        unmet(matrix, tuned_on=OWN),
        "Against baselines that were tuned on just these students, which asks for more than anybody can do who does "
        "not know whom to expect:",
        unmet(matrix),
        "## Exam",
        outcomes(matrix),
        "± is the 95 % interval over students and, of teachers, trainings.",
        "## Nobody knows who comes",
        "Rows of the first and third table know whom they meet. These do not: made for the scenario's own students, "
        f"for {len(matrix.met)} kinds together, or for nobody in particular. None of them met the last "
        f"{len(unseen)} kinds.",
        made_for_others(matrix),
    ]
    return "\n\n".join(parts) + "\n"


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--page", type=Path, default=PAGE)
    given = parser.parse_args(arguments)
    given.page.write_text(page(Matrix(given.folder)), encoding="utf-8")


if __name__ == "__main__":
    main()
