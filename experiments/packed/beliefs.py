"""A tutor's belief as plain data: its numbers, and the groups of skills that it takes together."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from zpdgym.errors import Violations

from ...envs.beliefs.bkt import BKTBelief
from ...envs.beliefs.cliques import CliqueTree, combined, places, walk
from ...envs.beliefs.graph import GraphBelief
from ...envs.beliefs.kernels.bug_tree import children_first
from ...envs.beliefs.misconceptions import MisconceptionsBelief
from ...students.curriculum.curriculum import Curriculum

Tracked: TypeAlias = BKTBelief | GraphBelief | MisconceptionsBelief
Data: TypeAlias = dict[str, object]
KINDS = (BKTBelief.kind, GraphBelief.kind, MisconceptionsBelief.kind)
"""The kinds of beliefs that can be packed."""
CONSTANTS = ("options", "options_seen", "leak")


def check_belief(kind: str, belief: object, wrong: Violations) -> None:
    """Note what keeps a belief from being packed: its kind, as the scenario says it, or what it looks at."""
    wrong.unless(kind in KINDS, f"a belief of kind {kind} cannot be packed ({', '.join(KINDS)} can)")
    if isinstance(belief, BKTBelief | GraphBelief):
        wrong.unless(
            not belief.clues.any,
            "a belief that looks at response times or hints cannot be packed (belief.times_seen=false and "
            "belief.hints_seen=false make one that does not)",
        )


def packed_belief(belief: Tracked, curriculum: Curriculum) -> Data:
    """The belief's numbers by the names of its own arguments, and its tables where skills hang together."""
    if isinstance(belief, MisconceptionsBelief):
        return {
            "kind": belief.kind,
            "bugs": belief.told.shape[1],
            **{name: belief.own[name].tolist() for name in ("slip", "stray")},
            "diagnostic": belief.told.astype(int).tolist(),
            **{name: getattr(belief, name) for name in CONSTANTS},
            **_tables(belief, curriculum),
        }
    numbers = belief.parameters()
    found = {name: numbers[name] for name in ("learn", "guess", "slip", "forget", "leak", "learn_first")}
    own = _tables(belief, curriculum) if isinstance(belief, GraphBelief) else {"prior": numbers["prior"]}
    return {"kind": belief.kind, **found, **own}


def expectations(belief: Tracked, curriculum: Curriculum) -> Data:
    """What the tutor expects of items whatever its belief: learning, guesses and slips, and which skills go together.

    ``together`` marks the skills of an item all of whose prerequisites, of which there are some, stand in it, too;
    ``basic_first`` has an item's skills with that mark, prerequisites before what builds on them.
    """
    needs, rank = np.array(curriculum.prerequisites), np.argsort(curriculum.order)

    def inside(m: int, k: int) -> int:
        return int(bool(needs[k].any() and curriculum.q[m][needs[k]].all()))

    exercised = [[int(k) for k in np.flatnonzero(row)] for row in curriculum.q]
    return {
        **{name: belief.items[name].tolist() for name in ("learn", "guess", "slip")},
        "leak": belief.leak,
        "together": [[inside(m, k) for k in skills] for m, skills in enumerate(exercised)],
        "basic_first": [
            [[k, inside(m, k)] for k in sorted(skills, key=lambda k: rank[k])] for m, skills in enumerate(exercised)
        ],
    }


def _tables(belief: GraphBelief | MisconceptionsBelief, curriculum: Curriculum) -> Data:
    """The groups of skills as a tree, where skills and items stand in it, and the tables before the first lesson."""
    tree, slots = belief.tree, children_first(curriculum)
    rows = [[int(k) for k in row if k >= 0] for row in slots]
    items = [_item(tree, m, skills) for m, skills in enumerate(rows)]
    if isinstance(belief, MisconceptionsBelief):
        turns = belief.turns(slots).tolist()
        items = [_item_of_bugs(tree, m, skills, turns[m]) for m, skills in enumerate(rows)]
    return {
        "cliques": [_clique(tree, c) for c in range(len(tree.cliques))],
        "skills": [_skill(tree, curriculum, k) for k in range(curriculum.n_skills)],
        "items": items,
        "start": belief.allocate(1)["joint"][0].tolist(),
    }


def _clique(tree: CliqueTree, c: int) -> Data:
    above = tree.above[c]
    return {
        "skills": list(tree.cliques[c]),
        "size": tree.states ** len(tree.cliques[c]),
        "above": above,
        "shared": tree.states ** tree.shared[c],
        "map": places(tree, c, above).tolist() if above >= 0 else [],
        "below": tree.below(c),
    }


def _skill(tree: CliqueTree, curriculum: Curriculum, k: int) -> Data:
    """What one state of a skill counts in its clique, how its prerequisites stand there, the other cliques with it."""
    home, steps = tree.cliques[tree.home[k]], list[list[int]]()
    for c, source in walk(tree, k):
        hanging = tree.cliques[c if tree.above[c] == source else source]
        steps.append([c, tree.states ** tree.cliques[c].index(k), source, tree.states ** hanging.index(k)])
    kept = [int(a) for a in np.flatnonzero(tree.kept[k])]
    lost = np.flatnonzero(curriculum.prerequisites[k] & ~tree.kept[k])
    own, unit = {"home": tree.home[k], "walk": steps, "lost": lost.tolist()}, tree.states ** home.index(k)
    if tree.states == 2:
        return {**own, "bit": unit, "needed": sum(1 << home.index(a) for a in kept)}
    known = [combined(tree, tree.home[k], [a]) == 1 for a in kept]
    ready = np.all([np.ones(tree.states ** len(home), bool), *known], axis=0)
    return {**own, "unit": unit, "ready": ready.astype(int).tolist()}


def _item(tree: CliqueTree, m: int, skills: list[int]) -> Data:
    """An item's skills, those first that build on others, and its groups: (clique, bits)."""
    groups = [[c, sum(1 << tree.cliques[c].index(k) for k in group)] for c, group in tree.groups[m]]
    return {"skills": skills, "groups": groups}


def _item_of_bugs(tree: CliqueTree, m: int, skills: list[int], turns: list[list[float]]) -> Data:
    """The same where skills have more states: (skill, group, what a state counts in it), and maps to combinations.

    ``turns``: what a lesson may do to each of these skills; see ``MisconceptionsBelief.turns``.
    """
    place = {k: (g, tree.states**j) for g, (_, group) in enumerate(tree.groups[m]) for j, k in enumerate(group)}
    groups = [
        {"clique": c, "combinations": tree.states ** len(group), "map": combined(tree, c, group).tolist()}
        for c, group in tree.groups[m]
    ]
    return {"skills": [[k, *place[k]] for k in skills], "turns": turns[: len(skills)], "groups": groups}
