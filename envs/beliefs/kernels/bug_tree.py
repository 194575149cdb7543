"""The tree of small groups of skills with bugs, as integers for the kernels of ``_misconceptions.py``."""

from __future__ import annotations

import numpy as np

from ....students.curriculum.curriculum import Curriculum
from ..base import Bools, Ints
from ..cliques import CliqueTree, combined, places, walk
from .tree import HEADER, PER_CLIQUE

HOME, UNIT, READY, WALK, STEPS, LOST, LOSSES, WIDE = range(8)
"""Of a skill in ``n``: its clique, what one state counts there, where the marks begin of the clique's entries in which
its prerequisites are known; the other cliques that have it (clique, what a state counts there, from which clique, what
it counts between them); prerequisites that are taken as independent."""
PER_SLOT, PER_GROUP = 3, 3
"""Of an item: its skills (skill, group, what a state counts among the group's combinations), children first; its groups
(clique, combinations, map of the clique's entries to them); at the end its bugs, as bits."""


def children_first(curriculum: Curriculum) -> Ints:
    """(M, S) the skills of every item as its slots have them, -1 where there are no more."""
    rank, rows = np.argsort(curriculum.order), np.full(curriculum.item_skills.shape, -1, np.int64)
    for row, q in zip(rows, curriculum.q, strict=True):
        skills = np.flatnonzero(q)
        row[: len(skills)] = skills[np.argsort(-rank[skills])]
    return rows


def pack_tree(curriculum: Curriculum, tree: CliqueTree, told: Bools) -> Ints:
    """``n``: header, cliques, skills, items, then the lists that they point to, and S."""
    states, n_skills, own = tree.states, curriculum.n_skills, curriculum.item_skills.shape[1]
    per_item = PER_SLOT * own + PER_GROUP * max(len(groups) for groups in tree.groups) + 1
    at_skills = HEADER + len(tree.cliques) * PER_CLIQUE
    at_items = at_skills + n_skills * WIDE
    lists, behind = list[int](), at_items + curriculum.n_items * per_item
    cliques, skills, items = list[int](), list[int](), list[int]()
    first, separated = 0, tree.size
    for c, clique in enumerate(tree.cliques):
        shared = states ** tree.shared[c]
        cliques += [first, states ** len(clique), tree.above[c], separated, shared, behind + len(lists)]
        separated += shared
        if tree.above[c] >= 0:
            lists += places(tree, c, tree.above[c]).tolist()
        below = tree.below(c)
        cliques += [behind + len(lists), behind + len(lists) + len(below)]
        lists += below
        first += states ** len(clique)
    for k in range(n_skills):
        home = tree.cliques[tree.home[k]]
        skills += [tree.home[k], states ** home.index(k), behind + len(lists)]
        known = [combined(tree, tree.home[k], [int(a)]) == 1 for a in np.flatnonzero(tree.kept[k])]
        lists += np.all([np.ones(states ** len(home), bool), *known], axis=0).astype(int).tolist()
        skills.append(behind + len(lists))
        steps = walk(tree, k)
        for c, at in steps:
            hanging = tree.cliques[c if tree.above[c] == at else at]
            lists += [c, states ** tree.cliques[c].index(k), at, states ** hanging.index(k)]
        lost = np.flatnonzero(curriculum.prerequisites[k] & ~tree.kept[k])
        skills += [len(steps), behind + len(lists), len(lost)]
        lists += [int(a) for a in lost]
    slots = children_first(curriculum)
    for m, groups in enumerate(tree.groups):
        place = {k: (g, states**j) for g, (_, group) in enumerate(groups) for j, k in enumerate(group)}
        row = [x for k in slots[m] if k >= 0 for x in (int(k), *place[int(k)])]
        row += [-1] * (PER_SLOT * own - len(row))
        for c, group in groups:
            row += [c, states ** len(group), behind + len(lists)]
            lists += combined(tree, c, group).tolist()
        row += [-1] * (per_item - 1 - len(row))
        items += [*row, sum(2 << b for b in map(int, np.flatnonzero(told[m])))]
    separator = states ** max(tree.shared, default=0)
    header = [
        n_skills,
        len(tree.cliques),
        (states + 1) * n_skills + 1 + separated,
        separator,
        at_skills,
        at_items,
        per_item,
    ]
    return np.array([*header, PER_SLOT * own, 0, 0, 0, *cliques, *skills, *items, *lists, states], np.int64)
