"""Does a packed tutor choose as it does in Python? ``python -m benchmarks.packed [--histories 10000] [--drawn]``.

For each belief and each policy that can be packed, histories are played in Python: pupils answer at random, half of
the lessons are with any item instead of the chosen one, sessions end and days pass. The packed tutor is then told the
same histories in node, and says what it would choose before every lesson. Ends with 1 where it chooses otherwise,
near ties aside.
"""

from __future__ import annotations

import argparse
import sys
from typing import Any

import zpdgym

from benchmarks.packed.histories import compare
from benchmarks.packed.teachers import drawn
from benchmarks.packed.worlds import home, world

BELIEFS = ("bkt", "graph", "misconceptions")
POLICIES = ("ppo_scorer", "tuned_index", "mastery")
SHARES = {"Practice-v1": 0.5, "knotted": 0.45, "Algebra-v1": 0.05}
"""Where the histories are played."""
LESSONS = 20_000


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--histories", type=int, default=10_000, help="of each belief and policy")
    parser.add_argument("--drawn", action="store_true", help="scorers with drawn weights instead of trained ones")
    given = parser.parse_args()
    head = ("belief", "policy", "world", "histories", "choices", "differing", "near ties among them", "near ties")
    print(f"| {' | '.join(head)} | belief off by | Python s | node s |\n|---|---|---|{'---:|' * 8}", flush=True)
    right = True
    for i, kind in enumerate(BELIEFS):
        for policy in POLICIES:
            for j, (where, share) in enumerate(SHARES.items()):
                scenario = world(kind, where)
                if policy == "ppo_scorer" and not given.drawn:
                    chooser: Any = zpdgym.train(home(kind, where), policy, lessons=LESSONS, seed=0)
                else:
                    chooser = drawn(policy, scenario, seed=len(SHARES) * i + j)
                found = compare(scenario, chooser, round(given.histories * share), seed=1)
                counts = (found.histories, found.choices, found.differing, found.near, found.ties)
                told = " | ".join(f"{count:,}" for count in counts)
                seconds = f"{found.python:.1f} | {found.node:.1f}"
                print(f"| {kind} | {policy} | {where} | {told} | {found.off:.0e} | {seconds} |", flush=True)
                right &= found.agrees
    return 0 if right else 1


if __name__ == "__main__":
    sys.exit(main())
