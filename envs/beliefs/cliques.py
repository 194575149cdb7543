"""Prerequisites as a tree of small groups of skills, on which what is known of all skills together can be carried.

A *clique* is a group of skills whose combinations are all kept track of. Two neighbours in the tree share skills, and
given those they tell nothing more of each other. A skill stands in one clique with its prerequisites, so that a joint
probability of them is at hand.

Where cliques would become too large, some prerequisites of skills that have several are left out of them. Such a
prerequisite still gates learning, as if independent of the others.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from ...students.curriculum.curriculum import Curriculum
from ...students.jit import Whole
from .base import Floats, Ints

LARGEST = 8
"""Skills in a clique, of which there are 2^LARGEST combinations where each is known or not."""
PER_SKILL, AT_LEAST = 32, 512
"""Combinations kept of a student, over all cliques: so many a skill, but never fewer than the other number."""


@dataclass(frozen=True)
class CliqueTree:
    """Cliques in an order in which every one stands behind the one that it hangs on.

    Attributes:
        cliques: the skills of each; those shared with the clique that it hangs on come first.
        above: the clique that each hangs on; -1: none.
        shared: how many of its skills each shares with that one.
        home: (K,) the clique that holds a skill with those of its direct prerequisites that are ``kept``.
        kept: (K, K) bool, as ``Curriculum.prerequisites``.
        groups: of every item, its skills as few groups as possible that stand in one clique each: (clique, skills).
        states: of every skill; 2: known or not.
    """

    cliques: tuple[tuple[int, ...], ...]
    above: tuple[int, ...]
    shared: tuple[int, ...]
    home: tuple[int, ...]
    kept: npt.NDArray[np.bool_]
    groups: tuple[tuple[tuple[int, tuple[int, ...]], ...], ...]
    states: int = 2

    @property
    def size(self) -> int:
        """Combinations kept of one student."""
        return sum(self.states ** len(clique) for clique in self.cliques)

    @property
    def between(self) -> int:
        """Combinations of what cliques share with those that they hang on; 1 where there is nothing."""
        return sum(self.states**shared for shared in self.shared)

    def below(self, c: int) -> list[int]:
        """The cliques that hang on one."""
        return [d for d, up in enumerate(self.above) if up == c]


@lru_cache(maxsize=8)
def clique_tree(curriculum: Curriculum, states: int = 2) -> CliqueTree:
    """The tree for a curriculum: with the largest cliques that are affordable, and all dependences if possible."""
    most_kept = max(AT_LEAST, PER_SKILL * curriculum.n_skills)
    for largest in range(LARGEST, 1, -1):
        kept, masks = _within(curriculum, largest)
        if sum(states ** mask.bit_count() for mask in masks) <= most_kept:
            break
    else:
        kept, masks = _within(curriculum, 2)  # a forest: a pair for every skill but the roots
    members = np.array([[mask >> k & 1 for k in range(curriculum.n_skills)] for mask in masks])
    order, above = _arranged(masks, _joined(members))
    place = {clique: i for i, clique in enumerate(order)}
    hangs_on = [place.get(above[clique], -1) for clique in order]
    masks = [masks[clique] for clique in order]
    seps = [masks[i] & masks[up] if up >= 0 else 0 for i, up in enumerate(hangs_on)]
    cliques = [tuple(_bits(sep)) + tuple(_bits(mask & ~sep)) for mask, sep in zip(masks, seps, strict=True)]
    home = [_smallest(family, masks) for family in _families(kept)]
    groups = tuple(_groups(_mask(np.flatnonzero(row)), masks) for row in curriculum.q)
    shared = tuple(sep.bit_count() for sep in seps)
    return CliqueTree(tuple(cliques), tuple(hangs_on), shared, tuple(home), kept, groups, states)


def _mask(skills: Sequence[int] | npt.NDArray[np.intp]) -> int:
    return sum(1 << int(k) for k in skills)


def _bits(mask: int) -> Iterator[int]:
    while mask:
        lowest = mask & -mask
        yield lowest.bit_length() - 1
        mask ^= lowest


def _within(curriculum: Curriculum, largest: int) -> tuple[npt.NDArray[np.bool_], list[int]]:
    """Which prerequisites can be kept so that no clique has more than ``largest`` skills, and those cliques."""
    kept = np.array(curriculum.prerequisites)
    for k in np.flatnonzero(kept.sum(axis=1) >= largest):
        for a in sorted(np.flatnonzero(kept[k]), key=lambda a: _dispensable(curriculum, kept, k, a))[largest - 1 :]:
            kept[k, a] = False
    while True:
        masks = _eliminated(_families(kept))
        too_large = [mask for mask in masks if mask.bit_count() > largest]
        if not too_large:
            return kept, masks
        for mask in too_large:
            _drop(curriculum, kept, mask)


def _families(kept: npt.NDArray[np.bool_]) -> list[int]:
    """Every skill with its prerequisites, as bits."""
    return [1 << k | _mask(np.flatnonzero(row)) for k, row in enumerate(kept)]


def _dispensable(curriculum: Curriculum, kept: npt.NDArray[np.bool_], k: Whole, a: Whole) -> tuple[bool, Whole]:
    """The order in which prerequisites of a skill are kept: those last that another of them needs anyway."""
    others = kept[k].copy()
    others[a] = False
    return bool(curriculum.ancestors[others, a].any()), a


def _drop(curriculum: Curriculum, kept: npt.NDArray[np.bool_], mask: int) -> None:
    """One prerequisite less, of a skill that has several: in this clique if there is one, else anywhere."""
    several = np.flatnonzero(kept.sum(axis=1) > 1)
    if not len(several):
        return
    pairs = [(k, a) for k in several for a in np.flatnonzero(kept[k])]
    inside = [(k, a) for k, a in pairs if mask >> int(k) & 1 and mask >> int(a) & 1] or pairs
    k, a = max(inside, key=lambda pair: (*_dispensable(curriculum, kept, *pair), pair))
    kept[k, a] = False


def _eliminated(families: Sequence[int]) -> list[int]:
    """The largest cliques that arise where skills are taken out one by one, first those that need fewest new pairs.

    Args:
        families: of every skill those that must stand together with it, as bits.
    """
    n_skills = len(families)
    near = [0] * n_skills
    for family in families:
        for k in _bits(family):
            near[k] |= family & ~(1 << k)
    missing = [_missing(near, k) for k in range(n_skills)]
    left, found = set(range(n_skills)), list[int]()
    while left:
        k = min(left, key=lambda k: (missing[k], k))
        left.remove(k)
        clique = near[k] | 1 << k
        if not any(clique & ~other == 0 for other in found):
            found.append(clique)
        around = 0
        for a in _bits(near[k]):
            near[a] = (near[a] | near[k]) & ~(1 << a | 1 << k)
            around |= near[a] | 1 << a
        for a in _bits(around):
            missing[a] = _missing(near, a)
    return found


def _missing(near: Sequence[int], k: int) -> int:
    """How many pairs of a skill's neighbours are no neighbours yet, twice."""
    return sum((near[k] & ~near[a] & ~(1 << a)).bit_count() for a in _bits(near[k]))


def _joined(members: npt.NDArray[np.int64]) -> list[int]:
    """On which clique each hangs (-1: none) in a tree where neighbours share as much as possible (Prim)."""
    common = members @ members.T
    above = np.full(len(common), -1)
    best, out = np.zeros(len(common), np.int64), np.ones(len(common), bool)
    for _ in range(len(common)):
        at = int(np.argmax(np.where(out, best, -1)))
        out[at] = False
        closer = out & (common[at] > best)
        best, above = np.where(closer, common[at], best), np.where(closer, at, above)
    return [int(up) for up in above]


def _arranged(masks: Sequence[int], above: list[int]) -> tuple[list[int], list[int]]:
    """The same tree with every clique on the smallest that has what it shares, which is the less to look at.

    Returns:
        The cliques in an order in which each stands behind what it hangs on, and on what each hangs.
    """
    below = [[c for c, up in enumerate(above) if up == at] for at in range(len(masks))]
    for c in range(len(masks)):
        if above[c] >= 0:
            own = [c]  # what hangs on this clique cannot carry it
            for at in own:
                own += below[at]
            fits = [d for d in range(len(masks)) if masks[c] & masks[above[c]] & ~masks[d] == 0 and d not in set(own)]
            below[above[c]].remove(c)
            above[c] = min(fits, key=lambda d: (masks[d].bit_count(), d))
            below[above[c]].append(c)
    order = [c for c in range(len(masks)) if above[c] < 0]
    for at in order:
        order += below[at]
    return order, above


def _smallest(skills: int, masks: Sequence[int]) -> int:
    """The smallest clique that has all of these skills, the first of equals."""
    return min((mask.bit_count(), i) for i, mask in enumerate(masks) if skills & ~mask == 0)[1]


def _groups(skills: int, masks: Sequence[int]) -> tuple[tuple[int, tuple[int, ...]], ...]:
    """An item's skills, in each turn as many as one clique has."""
    found = list[tuple[int, tuple[int, ...]]]()
    while skills:
        at = max(range(len(masks)), key=lambda i: ((masks[i] & skills).bit_count(), -i))
        found.append((at, tuple(_bits(masks[at] & skills))))
        skills &= ~masks[at]
    return tuple(found)


def walk(tree: CliqueTree, k: int) -> list[tuple[int, int]]:
    """The other cliques that have a skill, from its home on: (clique, the neighbour through which it is reached)."""
    seen, steps = [tree.home[k]], list[tuple[int, int]]()
    for at in seen:
        for c, clique in enumerate(tree.cliques):
            if k in clique and c not in seen and (tree.above[c] == at or tree.above[at] == c):
                seen.append(c)
                steps.append((c, at))
    return steps


def started(curriculum: Curriculum, tree: CliqueTree, prior: Floats, other: Floats | None = None) -> Floats:
    """The tables of a student whom nobody knows, cliques' and separators'.

    Args:
        curriculum: what is taught.
        tree: its cliques.
        prior: (K,) P(known at the start, given that all prerequisites are known); else it is not known.
        other: (K, S - 2) P(each of the other states at the start), where a skill has more than unknown and known.
    """
    tables = [np.ones(tree.states ** len(clique)) for clique in tree.cliques]
    marginal = np.zeros(curriculum.n_skills)
    for k in map(int, curriculum.order):
        c = tree.home[k]
        clique, x = tree.cliques[c], np.arange(len(tables[c]), dtype=np.int64)
        ready = np.ones(len(x), bool)
        for a in np.flatnonzero(tree.kept[k]):
            ready &= _state(tree, x, clique.index(int(a))) == 1
        share = marginal[curriculum.prerequisites[k] & ~tree.kept[k]].prod()
        chances = [np.where(ready, prior[k] * share, 0.0)]
        chances += [] if other is None else [np.full(len(x), p) for p in other[k].tolist()]
        chances = [1.0 - np.sum(chances, axis=0), *chances]
        tables[c] *= np.choose(_state(tree, x, clique.index(k)), chances)
        marginal[k] = prior[k] * marginal[curriculum.prerequisites[k]].prod()
    edges = [c for c in range(len(tables)) if tree.above[c] >= 0]
    messages = dict[int, Floats]()
    for c in reversed(edges):  # from the leaves
        messages[c] = _shared(tree, tables, c, c)
        tables[tree.above[c]] *= messages[c][places(tree, c, tree.above[c])]
    for c in range(len(tables)):
        if tree.above[c] >= 0:
            ratio = _shared(tree, tables, c, tree.above[c])
            ratio = np.divide(ratio, messages[c], out=np.zeros_like(ratio), where=messages[c] > 0)
            tables[c] *= ratio[places(tree, c, c)]
    between = [_shared(tree, tables, c, c) if tree.above[c] >= 0 else np.ones(1) for c in range(len(tables))]
    return np.concatenate([*tables, *between])


def sampled(tree: CliqueTree, tables: Floats, u: Floats) -> Ints:
    """(N, K) a state of every skill, each combination of them as likely as the tables have it.

    Clique after clique, each given what it shares with the one that it hangs on: exact, for given those it tells
    nothing more of the others.

    Args:
        tree: the cliques.
        tables: (N, …) of N students, cliques' first.
        u: (N, C) uniforms in [0, 1), one for each clique.
    """
    found, first = np.zeros((len(tables), len(tree.home)), np.int64), 0
    for c, clique in enumerate(tree.cliques):
        size, shared = tree.states ** len(clique), tree.shared[c]
        given = found[:, clique[:shared]] @ tree.states ** np.arange(shared, dtype=np.int64)
        rest = tables[:, first : first + size].reshape(len(tables), -1, tree.states**shared)
        chances = np.take_along_axis(rest, given[:, None, None], axis=2)[:, :, 0].cumsum(axis=1)
        below = chances <= u[:, c, None] * chances[:, -1:]
        x = np.minimum(below.sum(axis=1), rest.shape[1] - 1)
        for position, k in enumerate(clique[shared:]):
            found[:, k] = _state(tree, x, position)
        first += size
    return found


def _state(tree: CliqueTree, x: Ints, position: int) -> Ints:
    """The state of the skill at this position of a clique in each of its entries: 0 unknown, 1 known, the others."""
    return x // tree.states**position % tree.states


def places(tree: CliqueTree, c: int, of: int) -> Ints:
    """To which entry of the separator above a clique each entry of a clique belongs."""
    return combined(tree, of, tree.cliques[c][: tree.shared[c]])


def combined(tree: CliqueTree, c: int, skills: Sequence[int]) -> Ints:
    """To which combination of some of its skills, the first counting least, each entry of a clique belongs."""
    x: Ints = np.arange(tree.states ** len(tree.cliques[c]), dtype=np.int64)
    parts = (_state(tree, x, tree.cliques[c].index(k)) * tree.states**j for j, k in enumerate(skills))
    return sum(parts, np.zeros(len(x), np.int64))


def _shared(tree: CliqueTree, tables: list[Floats], c: int, of: int) -> Floats:
    return np.bincount(places(tree, c, of), tables[of], tree.states ** tree.shared[c]).astype(np.float64)
