"""Every key of scenarios and policies changed once: which change what comes of a run, and which only beside others.

``python -m benchmarks.keys > docs/results/keys.md`` (about a quarter of an hour); with kinds (``policy schedule``) only
those.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence

from zpdgym.experiments.comparison.formats import pipes

from benchmarks.keys.places import Found, Key, all_keys
from benchmarks.keys.staying import STAYING

TEXT = """# Does every key matter?

Printed by `python -m benchmarks.keys`. Every key of a scenario (students, what may differ between them, population,
curriculum, schedule, observation, actions, reward, outcome, belief) and every parameter of a policy is changed to
another allowed value, in a small run in which it can matter. *effect*: what the run's files say is another. *message*:
no value that was tried changes anything, but one is refused in a line that names the key. *nothing*: neither. The
fingerprint of a run depends on all of them.

The same program on the code before learners were told what a scenario pays (e5b7af4) found two of the 634 keys with
neither effect nor message: `reward.kind` and `agents.FullyObserved.limit`.
"""


def main(kinds: Sequence[str]) -> None:
    """Print the page."""
    found = [(key, key.found()) for key in all_keys() if not kinds or key.kind in kinds]
    print(TEXT)
    rows = [[kind, *map(str, _counts(found, kind))] for kind in dict.fromkeys(key.kind for key, _ in found)]
    total = [str(sum(int(row[i]) for row in rows)) for i in range(1, 6)]
    print(pipes(["kind of key", "keys", "effect", "message", "nothing", "only beside"], [*rows, ["all", *total]]))
    print("\n## Without an effect\n")
    quiet = [
        [f"`{key.id}`", was.what, STAYING.get(key.id, was.how)[:200]] for key, was in found if was.what != "effect"
    ]
    print(pipes(["key", "what came", "why it stays"], quiet))
    print("\n## Only beside another key\n\nAs the bundled files have it, these keys change nothing by themselves.\n")
    beside = [[f"`{key.id}`", f"`{was.how[:120]}`"] for key, was in found if _beside(was)]
    print(pipes(["key", "with what it matters"], beside))


def _counts(found: Sequence[tuple[Key, Found]], kind: str) -> tuple[int, ...]:
    of_it = [was for key, was in found if key.kind == kind]
    what = Counter(was.what for was in of_it)
    return len(of_it), what["effect"], what["message"], what["nothing"], sum(map(_beside, of_it))


def _beside(was: Found) -> bool:
    return was.what == "effect" and was.beside


if __name__ == "__main__":
    main(sys.argv[1:])
