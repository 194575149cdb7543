"""Whether numbers that are nobody's measurements decide who is best: docs/results/priors.md is written again.

``python -m benchmarks.pages.priors results/priors_vocabulary results/priors_examprep results/priors_placement`` reads
finished comparisons of one scenario with a prior at half and at twice its value. The first world of each is the
scenario as it is frozen. A pair of policies is *told apart* in a world where the 95 % interval of their paired
difference leaves out 0; it is *reversed* where both worlds tell it apart, the other way round.
"""

from __future__ import annotations

import argparse
import itertools
import json
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import NamedTuple

from zpdgym.experiments.comparison.rows import ComparisonTable, ScenarioTable
from zpdgym.experiments.store.columns import from_plain

from benchmarks.pages.better_beliefs import Comparison, difference, estimated
from benchmarks.pages.scenarios import table, there

PAGE = Path(__file__).resolve().parents[2] / "docs" / "results" / "priors.md"
SHOWN = 4
WORDS = (
    "Some numbers of a scenario have no source but a guess (*prior* in its file). Here each of them is halved and "
    "doubled, one at a time; every rule is tuned anew in each world, as the experiment's file says, and no learnt "
    "teacher takes part. *Told apart* is a pair of policies whose paired difference has a 95 % interval without 0 (not "
    "corrected for the number of pairs, and without the luck of tuning); *reversed* is one that both worlds tell "
    "apart, in opposite order, and *far reversed* where both differences exceed the smallest one worth having. "
    "Rules were tuned once in each world, and in some the search was luckier: how much that is, "
    "[evidence](../evidence.md#the-luck-of-tuning) says. The first world is the scenario as it is frozen."
)


class World(NamedTuple):
    """One world of a sweep: its policies from the best to the worst, and whom it tells apart.

    Attributes:
        name: the world's label.
        order: policies that look at nothing hidden, by their outcome.
        outcomes: policy -> mean of the primary outcome.
        apart: (better, worse) -> their paired difference, of the pairs that are told apart.
        far: those of them that are further apart than the smallest difference worth having.
    """

    name: str
    order: tuple[str, ...]
    outcomes: Mapping[str, float]
    apart: Mapping[tuple[str, str], str]
    far: frozenset[tuple[str, str]]


def world_of(told: Comparison, label: str, scenario: ScenarioTable) -> World:
    """Whom this world tells apart."""
    means = {row.policy: row.outcome.value for row in scenario.policies if row.kind != "privileged"}
    order = tuple(sorted(means, key=lambda policy: -means[policy]))
    apart: dict[tuple[str, str], str] = {}
    far = set[tuple[str, str]]()
    for better, worse in itertools.combinations(order, 2):
        found = estimated(*(told.runs(label, policy, scenario.primary) for policy in (better, worse)))
        if found is not None and found.interval()[0] > 0:
            apart[better, worse] = difference(found)
            far |= {(better, worse)} if found.value > scenario.smallest_difference else set()
    return World(label, order, means, apart, frozenset(far))


def reversed_pairs(frozen: World, other: World) -> list[tuple[str, str]]:
    """The pairs (better, worse) that both worlds tell apart, in opposite order."""
    return [(better, worse) for better, worse in other.apart if (worse, better) in frozen.apart]


def far_reversed(frozen: World, other: World) -> list[str]:
    """Those that both worlds tell apart by more than the smallest difference worth having: in words."""
    return [
        f"`{better}` over `{worse}` by {other.apart[better, worse]}, "
        f"which was {frozen.apart[worse, better]} the other way"
        for better, worse in reversed_pairs(frozen, other)
        if (better, worse) in other.far and (worse, better) in frozen.far
    ]


def row(frozen: World, world: World) -> list[str]:
    """A world's row of the table."""
    best = ", ".join(f"`{name}` {world.outcomes[name]:.3f}" for name in world.order[:SHOWN])
    same = sum(pair in world.apart for pair in frozen.apart)
    turned, far = reversed_pairs(frozen, world), far_reversed(frozen, world)
    return [world.name.replace("_", " "), best, f"{same} of {len(frozen.apart)}", str(len(turned)), str(len(far))]


def first_of(worlds: Sequence[World]) -> str:
    """Who is best in how many worlds, in one sentence."""
    counts: dict[str, int] = {}
    for world in worlds:
        counts[world.order[0]] = counts.get(world.order[0], 0) + 1
    told = [f"`{name}` in {n}" for name, n in sorted(counts.items(), key=lambda item: -item[1])]
    return f"Highest mean, of {len(worlds)} worlds: {', '.join(told)}."


def section(folder: Path) -> str:
    """What one sweep says."""
    numbers = folder / "table.json"
    found = from_plain(ComparisonTable, json.loads(numbers.read_text(encoding="utf-8")), where=str(numbers))
    told = Comparison(folder)
    frozen, *others = worlds = [world_of(told, label, scenario) for label, scenario in found.scenarios.items()]
    heads = [["world", f"the {SHOWN} best", "pairs told apart as when frozen", "reversed", "far reversed"]]
    rows = [row(frozen, world) for world in worlds]
    turned = [
        f"* {world.name.replace('_', ' ')}: {words}." for world in others for words in far_reversed(frozen, world)
    ]
    experiment = json.loads((folder / "experiment.json").read_text(encoding="utf-8"))
    scenario = str(experiment["scenarios"][0]["scenario"])
    said = "Far reversed:\n\n" + "\n".join(turned) if turned else "No pair is far reversed."
    return f"## {scenario}\n\n{first_of(worlds)}\n\n{table([*heads, *rows])}\n\n{said}"


def page(folders: Sequence[Path]) -> str:
    """The whole page."""
    made = ", ".join(f"`zpdgym compare experiment={folder.name}`" for folder in folders)
    names = " ".join(f"results/{folder.name}" for folder in folders)
    parts = [
        "# Do numbers that nobody measured decide who is best?",
        f"Made by {made} and `python -m benchmarks.pages.priors {names}` on {date.today():%Y-%m-%d}. Simulated "
        "students; nothing was tried with children.",
        WORDS,
        *map(section, folders),
    ]
    return "\n\n".join(parts) + "\n"


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", type=there, nargs="+")
    PAGE.write_text(page(parser.parse_args(arguments).folders), encoding="utf-8")


if __name__ == "__main__":
    main()
