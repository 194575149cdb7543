"""Where the skills stand on the prerequisite map: rows from the first skills down to the last."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from ...students.curriculum.curriculum import Curriculum
from .svg import rising

NODE, BEND = 1.0, 0.3
"""Width of a skill and of a line that passes through a row."""


@dataclass(frozen=True)
class Layout:
    """A drawing of the map in units of one skill's width and one row's height.

    Attributes:
        x: (K,) centre of each skill.
        row: (K,) its row.
        lines: one list of (x, row) points per arrow that is drawn, from the prerequisite to the skill.
        width: of the whole, in skills.
    """

    x: npt.NDArray[np.float64]
    row: npt.NDArray[np.int64]
    lines: list[list[tuple[float, int]]]
    width: float


def direct(curriculum: Curriculum) -> list[tuple[int, int]]:
    """Arrows (prerequisite, skill) that do not follow from others: a map with all of them cannot be read."""
    kept = []
    for k in range(curriculum.n_skills):
        for j in np.flatnonzero(curriculum.prerequisites[k]):
            others = curriculum.prerequisites[k].copy()
            others[j] = False
            if not curriculum.ancestors[others, j].any():
                kept.append((int(j), k))
    return kept


def map_layout(curriculum: Curriculum, *, widest: int = 5) -> Layout:
    """Rows by prerequisites with at most ``widest`` skills each; few crossings (barycentre), straight lines first."""
    rows = _rows(curriculum, widest)
    arrows = direct(curriculum)
    layers, links = _with_bends(rows, arrows)
    layers = _few_crossings(layers, links)
    place = _places(layers, links)
    low = min(x - _half(node) for node, x in place.items())
    place = {node: x - low for node, x in place.items()}
    width = max(x + _half(node) for node, x in place.items())
    roots = [place[node] for node in layers[0] if node[0] == "skill"]
    if sum(roots) > len(roots) * width / 2:  # the map begins where reading begins
        place = {node: width - x for node, x in place.items()}
    lines = []
    for a, (j, k) in enumerate(arrows):
        bends: list[tuple[float, int]] = [(place[("bend", a, r)], r) for r in range(rows[j] + 1, rows[k])]
        lines.append([(place[("skill", j, rows[j])], rows[j]), *bends, (place[("skill", k, rows[k])], rows[k])])
    x = np.array([place[("skill", k, rows[k])] for k in range(curriculum.n_skills)])
    return Layout(x, np.array(rows, np.int64), lines, width)


_Node = tuple[str, int, int]  # kind, skill or arrow, row


def _half(node: _Node) -> float:
    return (NODE if node[0] == "skill" else BEND) / 2


def _rows(curriculum: Curriculum, widest: int) -> list[int]:
    rows, filled = [0] * curriculum.n_skills, dict[int, int]()
    for k in curriculum.order:
        row = 1 + max((rows[j] for j in np.flatnonzero(curriculum.prerequisites[k])), default=-1)
        while filled.get(row, 0) >= widest:
            row += 1
        rows[k] = row
        filled[row] = filled.get(row, 0) + 1
    return rows


def _with_bends(rows: list[int], arrows: list[tuple[int, int]]) -> tuple[list[list[_Node]], list[tuple[_Node, _Node]]]:
    layers: list[list[_Node]] = [[] for _ in range(max(rows) + 1)]
    for k, row in enumerate(rows):
        layers[row].append(("skill", k, row))
    links = []
    for a, (j, k) in enumerate(arrows):
        path: list[_Node] = [("skill", j, rows[j])]
        for row in range(rows[j] + 1, rows[k]):
            path.append(("bend", a, row))
            layers[row].append(path[-1])
        path.append(("skill", k, rows[k]))
        links += list(pairwise(path))
    return layers, links


def _neighbours(links: list[tuple[_Node, _Node]]) -> tuple[dict[_Node, list[_Node]], dict[_Node, list[_Node]]]:
    above: dict[_Node, list[_Node]] = {}
    below: dict[_Node, list[_Node]] = {}
    for upper, lower in links:
        below.setdefault(upper, []).append(lower)
        above.setdefault(lower, []).append(upper)
    return above, below


def _crossings(layers: list[list[_Node]], below: dict[_Node, list[_Node]]) -> int:
    total = 0
    for upper, lower in pairwise(layers):
        rank = {node: i for i, node in enumerate(lower)}
        ends = [sorted(rank[n] for n in below.get(node, ())) for node in upper]
        flat = [e for group in ends for e in group]
        total += sum(a > b for i, a in enumerate(flat) for b in flat[i + 1 :])
    return total


def _few_crossings(layers: list[list[_Node]], links: list[tuple[_Node, _Node]]) -> list[list[_Node]]:
    above, below = _neighbours(links)
    best, fewest = [list(layer) for layer in layers], _crossings(layers, below)
    layers = [list(layer) for layer in layers]
    for sweep in range(12):
        downwards = sweep % 2 == 0
        near = above if downwards else below
        for i in range(1, len(layers)) if downwards else range(len(layers) - 2, -1, -1):
            fixed = layers[i - 1 if downwards else i + 1]
            rank = {node: r / max(1, len(fixed) - 1) for r, node in enumerate(fixed)}
            own = {node: r / max(1, len(layers[i]) - 1) for r, node in enumerate(layers[i])}
            mean = {n: float(np.mean([rank[m] for m in near[n]])) if n in near else own[n] for n in layers[i]}
            layers[i].sort(key=lambda n, mean=mean: mean[n])
        found = _crossings(layers, below)
        if found < fewest:
            best, fewest = [list(layer) for layer in layers], found
    return best


def _places(layers: list[list[_Node]], links: list[tuple[_Node, _Node]]) -> dict[_Node, float]:
    above, below = _neighbours(links)
    place: dict[_Node, float] = {}
    for layer in layers:
        full = sum(2 * _half(n) for n in layer)
        at = -full / 2
        for node in layer:
            place[node] = at + _half(node)
            at += 2 * _half(node)
    for sweep in range(16):
        for layer in layers if sweep % 2 == 0 else layers[::-1]:
            wishes = []
            for node in layer:
                near = above.get(node, []) + below.get(node, [])
                wishes.append(float(np.mean([place[m] for m in near])) if near else place[node])
            for node, x in zip(layer, _spread(layer, wishes), strict=True):
                place[node] = x
    return place


def _spread(layer: list[_Node], wishes: list[float]) -> list[float]:
    """Nearest places to the wishes that keep the order and the widths of the row."""
    offset, offsets = 0.0, []
    for i, node in enumerate(layer):
        offset += _half(node) + (_half(layer[i - 1]) if i else 0.0)
        offsets.append(offset)
    # Less their offsets the places only have to keep their order.
    free = [w - o for w, o in zip(wishes, offsets, strict=True)]
    return [x + o for x, o in zip(rising(free), offsets, strict=True)]
