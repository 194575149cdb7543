"""A tree of cliques as kernels take it (``_graph.py``): one array of whole numbers."""

from __future__ import annotations

import numpy as np

from ....students.curriculum.curriculum import Curriculum
from ..base import Ints
from ..cliques import CliqueTree, walk

SKILLS, CLIQUES, WIDTH, SEPARATOR, AT_SKILLS, AT_ITEMS, PER_ITEM, GROUPS, COUNTED, TRIES, LEARN, HEADER = range(12)
"""Of ``n``: K, C, length of a record, entries of the largest separator, where tables begin; how many lessons on a skill
are told apart (0: none, and none are counted), where in a record the lessons so far begin, and where in the numbers the
chances to learn after each; then the cliques' table."""
FIRST, SIZE, ABOVE, SEPARATED, SHARED, MAP, BELOW, BELOW_END, PER_CLIQUE = range(9)
"""Of a clique: its first entry, how many, what it hangs on; the separator's first entry, how many; where the map of the
other's entries to those of the separator begins (the clique's own entries are mapped by their lowest bits); where the
list of the cliques that hang on it begins and ends."""
HOME, BIT, NEEDED, WALK, STEPS, LOST, LOSSES, OPEN, BOTH, ALONE, END, PER_SKILL = range(12)
"""Of a skill: its clique, its bit there, bits of its prerequisites; the other cliques that have it (clique, its bit
there, from which clique, its bit between them); prerequisites that are taken as independent; entries of its clique in
which it could be learnt, is known with all prerequisites, is known without."""

OFF = 1e-9
"""By how much a clique's table may miss the sum of one before an answer puts it right (``_graph.py``)."""


def pack_tree(curriculum: Curriculum, tree: CliqueTree) -> Ints:
    """``n``: header, cliques, skills, items, then the lists that they point to."""
    n_skills, n_cliques = curriculum.n_skills, len(tree.cliques)
    per_group = max(len(groups) for groups in tree.groups)
    own = curriculum.item_skills.shape[1]
    per_item = own + 2 * per_group
    at_skills = HEADER + n_cliques * PER_CLIQUE
    at_items = at_skills + n_skills * PER_SKILL
    lists, behind = list[int](), at_items + curriculum.n_items * per_item
    cliques, skills, items = list[int](), list[int](), list[int]()
    first, separated = 0, tree.size
    for c, clique in enumerate(tree.cliques):
        up, shared = tree.above[c], tree.shared[c]
        cliques += [first, 1 << len(clique), up, separated, 1 << shared, behind + len(lists)]
        separated += 1 << shared
        if up >= 0:
            bits = [tree.cliques[up].index(k) for k in clique[:shared]]
            lists += [sum((x >> bit & 1) << j for j, bit in enumerate(bits)) for x in range(1 << len(tree.cliques[up]))]
        below = tree.below(c)
        cliques += [behind + len(lists), behind + len(lists) + len(below)]
        lists += below
        first += 1 << len(clique)
    for k in range(n_skills):
        home = tree.cliques[tree.home[k]]
        needed = sum(1 << home.index(a) for a in np.flatnonzero(tree.kept[k]))
        skills += [tree.home[k], 1 << home.index(k), needed, behind + len(lists)]
        steps = walk(tree, k)
        for c, at in steps:
            hanging = tree.cliques[c if tree.above[c] == at else at]
            lists += [c, 1 << tree.cliques[c].index(k), at, 1 << hanging.index(k)]
        lost = np.flatnonzero(curriculum.prerequisites[k] & ~tree.kept[k])
        skills += [len(steps), behind + len(lists), len(lost)]
        lists += [int(a) for a in lost]
        x = np.arange(1 << len(home))
        ready, known = (x & needed) == needed, (x & skills[-6]) > 0
        for entries in (ready & ~known, ready & known, known & ~ready):
            skills.append(behind + len(lists))
            lists += [int(entry) for entry in np.flatnonzero(entries)]
        skills.append(behind + len(lists))
    rank = np.argsort(curriculum.order)
    for m, groups in enumerate(tree.groups):
        exercised = np.flatnonzero(curriculum.q[m])
        row = [int(k) for k in exercised[np.argsort(-rank[exercised])]]  # children first: no door opens in the lesson
        row += [-1] * (own - len(row))
        for c, group in groups:
            row += [c, sum(1 << tree.cliques[c].index(k) for k in group)]
        items += row + [-1] * (per_item - len(row))
    separator = 1 << max(tree.shared, default=0)
    header = [n_skills, n_cliques, 3 * n_skills + 1 + separated, separator, at_skills, at_items, per_item, own, 0, 0, 0]
    return np.array([*header, *cliques, *skills, *items, *lists], np.int64)
