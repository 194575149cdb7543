"""Bad inputs of every kind: each must end in one line and exit code 2, or in an InputError, and write nothing.

``python -m benchmarks.bad_inputs`` tries all that somebody thought of and 400 that are drawn from the declared
parameters, prints how they ended by kind, and every offender. Exit code 1: there are some.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import Counter
from collections.abc import Sequence

os.environ.setdefault("NUMBA_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

from benchmarks.bad_inputs import calls, declared, files, lines
from benchmarks.bad_inputs.trial import ODDITIES, Case, Outcome, try_all


def all_cases(*, generated: int, seed: int) -> list[Case]:
    """What somebody thought of, and so many drawn from what is declared."""
    return [*lines.cases(), *files.cases(), *calls.cases(), *declared.cases(generated, seed)]


def table(cases: Sequence[Case], outcomes: Sequence[Outcome]) -> list[str]:
    """How they ended, by kind; a case may have several flaws."""
    kinds = list(dict.fromkeys(case.kind for case in cases))
    heads = ("tried", "refused", *ODDITIES)
    rows: list[tuple[str, ...]] = [("", *heads)]
    for kind in (*kinds, "all"):
        of = [o for case, o in zip(cases, outcomes, strict=True) if kind in (case.kind, "all")]
        flaws = Counter(flaw for outcome in of for flaw in outcome.flaws)
        refused = sum(not outcome.flaws for outcome in of)
        rows.append((kind, str(len(of)), str(refused), *(str(flaws[flaw] or "-") for flaw in ODDITIES)))
    widths = [max(len(row[j]) for row in rows) for j in range(len(rows[0]))]
    return [
        f"{row[0]:<{widths[0]}}" + "".join(f"  {c:>{w}}" for c, w in zip(row[1:], widths[1:], strict=True))
        for row in rows
    ]


def main() -> int:
    """Try, print, and say with the exit code whether all were refused."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bad_inputs", description=__doc__)
    parser.add_argument("--generated", type=int, default=400, help="how many are drawn [400]")
    parser.add_argument("--seed", type=int, default=0, help="of what is drawn [0]")
    parser.add_argument("--jobs", type=int, default=2, help="processes [2]")
    parser.add_argument("--only", default="", help="only kinds and texts that hold this")
    parser.add_argument("--show", action="store_true", help="show what every case is told")
    given = parser.parse_args()
    cases = all_cases(generated=given.generated, seed=given.seed)
    cases = [case for case in cases if given.only in f"{case.kind}: {case.text}"]
    started = time.perf_counter()
    outcomes = try_all(cases, jobs=given.jobs, tell=lambda done: _tell(done, len(cases)))
    for case, outcome in zip(cases, outcomes, strict=True):
        if outcome.flaws or given.show:
            print(f"{', '.join(outcome.flaws) or 'refused'}: {case.kind}: {case.text!r}\n    {outcome.said[:300]!r}")
    print("", *table(cases, outcomes), sep="\n")
    drawn, real = sum(case.generated for case in cases), sum(case.real for case in cases)
    slowest = max(outcome.seconds for outcome in outcomes)
    took = f"{time.perf_counter() - started:.0f} s, the slowest {slowest:.1f} s"
    print(
        f"\n{len(cases)} bad inputs, {drawn} of them drawn from declared parameters (seed {given.seed}), {real} of them"
    )
    print(f"also in a process of their own; {took}")
    return int(any(outcome.flaws for outcome in outcomes))


def _tell(done: int, count: int) -> None:
    if sys.stderr.isatty() or done % 100 == 0:
        print(f"{done} of {count}", end="\r" if sys.stderr.isatty() else "\n", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
