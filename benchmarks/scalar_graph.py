"""The graph belief as one would write it with NumPy: one student, a table of axes (unknown, known) for every clique.

It shares the tree of cliques with ``zpdgym.envs.GraphBelief`` and nothing else; a test feeds both the same answers.
"""

from __future__ import annotations

from typing import Any

import numpy as np


class ScalarGraphBelief:
    """Tables of cliques that agree with their neighbours; one more belief, always 1, as in ``ScalarBKTBelief``."""

    def __init__(self, belief: Any) -> None:
        self.numbers, self.tree, self.n_skills = belief, belief.tree, belief.curriculum.n_skills
        self.learn, self.guess, self.slip = (belief.items[n].copy() for n in ("learn", "guess", "slip"))
        self.start = [self._first(c) for c in range(len(self.tree.cliques))]
        self.has = [[c for c, clique in enumerate(self.tree.cliques) if k in clique] for k in range(self.n_skills)]

    def _first(self, c: int) -> np.ndarray:
        """A clique's table at the start, from the record of the other."""
        first = sum(1 << len(clique) for clique in self.tree.cliques[:c])
        flat = self.numbers.allocate(1)["joint"][0, first : first + (1 << len(self.tree.cliques[c]))]
        return flat.reshape((2,) * len(self.tree.cliques[c])).transpose().copy()  # axis j is bit j

    def reset(self) -> None:
        self.tables = [table.copy() for table in self.start]
        self._read()

    def update(self, item: int, k: int, correct: bool) -> None:
        home = self.tree.home[k]
        own = self.tree.cliques[home].index(k)
        right = np.array([self.guess[item], 1 - self.slip[item]])
        table = self.tables[home] * self._along(right if correct else 1 - right, own, home)
        self.tables[home] = table / table.sum()
        self._agree(home)
        self._learnt(item, k)
        self._read()

    def rest(self, days: float) -> None:
        keep = np.exp(-self.numbers.forget * days)
        for c, clique in enumerate(self.tree.cliques):
            for axis, k in enumerate(clique):
                unknown, known = np.moveaxis(self.tables[c], axis, 0)
                faded = np.stack([unknown + (1 - keep[k]) * known, keep[k] * known])
                self.tables[c] = np.moveaxis(faded, 0, axis)
        self._read()

    def after(self, days: float) -> np.ndarray:
        return self.p[:-1] * np.exp(-self.numbers.forget * days)

    def _along(self, values: np.ndarray, axis: int, c: int) -> np.ndarray:
        """Two numbers along one axis of a clique's table."""
        return values.reshape([2 if a == axis else 1 for a in range(len(self.tree.cliques[c]))])

    def _onto(self, table: np.ndarray, c: int, other: int) -> np.ndarray:
        """A clique's table summed to what it shares with another, laid out like the other's table."""
        mine, theirs = self.tree.cliques[c], self.tree.cliques[other]
        kept = table.sum(axis=tuple(axis for axis, k in enumerate(mine) if k not in theirs))
        order = [k for k in mine if k in theirs]
        kept = kept.transpose([order.index(k) for k in theirs if k in mine])
        return kept.reshape([2 if k in mine else 1 for k in theirs])

    def _neighbours(self, c: int) -> list[int]:
        return [d for d, up in enumerate(self.tree.above) if up == c] + [up for up in [self.tree.above[c]] if up >= 0]

    def _agree(self, start: int) -> None:
        """Pass on what changed in one clique, from neighbour to neighbour."""
        queue, seen = [start], {start}
        for c in queue:
            for d in self._neighbours(c):
                if d not in seen:
                    now = self._onto(self.tables[c], c, d)
                    was = self._onto(self.tables[d], d, c)
                    was = self._onto(was * np.ones_like(self.tables[c]), c, d) / self._apart(c, d)
                    self.tables[d] = self.tables[d] * np.divide(now, was, out=np.zeros_like(now), where=was > 0)
                    seen.add(d)
                    queue.append(d)

    def _apart(self, c: int, d: int) -> float:
        """In how many entries of a clique's table each entry of what it shares with another stands."""
        return 2.0 ** sum(k not in self.tree.cliques[d] for k in self.tree.cliques[c])

    def _learnt(self, item: int, k: int) -> None:
        home = self.tree.home[k]
        clique, leak = self.tree.cliques[home], self.numbers.leak
        ready = np.ones_like(self.tables[home])
        for a in np.flatnonzero(self.numbers.curriculum.prerequisites[k]):
            if self.tree.kept[k, a]:
                ready = ready * self._along(np.array([0.0, 1.0]), clique.index(a), home)
            else:
                ready = ready * self.p[a]
        rates, queue = {home: self.learn[item] * (leak + (1 - leak) * ready)}, [home]
        for c in queue:
            for d in self._neighbours(c):
                if d in self.has[k] and d not in rates:
                    mass = self._onto(self.tables[c], c, d)
                    moved = self._onto(self.tables[c] * rates[c], c, d)
                    rate = np.divide(moved, mass, out=np.zeros_like(mass), where=mass > 0)
                    rates[d] = np.broadcast_to(rate, self.tables[d].shape)
                    queue.append(d)
        for c, rate in rates.items():
            axis = self.tree.cliques[c].index(k)
            unknown, known = np.moveaxis(self.tables[c], axis, 0)
            moved = unknown * np.moveaxis(np.broadcast_to(rate, self.tables[c].shape), axis, 0)[0]
            self.tables[c] = np.moveaxis(np.stack([unknown - moved, known + moved]), 0, axis)

    def _read(self) -> None:
        """Beliefs, what is ready and what is open."""
        self.p, self.ready, self.open = np.ones(self.n_skills + 1), np.ones(self.n_skills), np.ones(self.n_skills)
        for k in range(self.n_skills):
            home = self.tree.home[k]
            clique, table = self.tree.cliques[home], self.tables[home]
            self.p[k] = np.moveaxis(table, clique.index(k), 0)[1].sum()
            for a in np.flatnonzero(self.tree.kept[k]):
                table = table * self._along(np.array([0.0, 1.0]), clique.index(a), home)
            self.ready[k], self.open[k] = table.sum(), np.moveaxis(table, clique.index(k), 0)[0].sum()
        lost = self.numbers.curriculum.prerequisites & ~self.tree.kept
        for k in np.flatnonzero(lost.any(axis=1)):
            share = self.p[:-1][lost[k]].prod()
            self.ready[k], self.open[k] = self.ready[k] * share, self.open[k] * share
