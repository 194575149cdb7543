"""What the kernels of several memory models share: an item is right if all its skills are recalled."""

from __future__ import annotations

from ..jit import kernel
from ..packed import HEADER, WIDTH, sum_of


@kernel
def answers(recalled, out, n):
    """(N, M) probability that all skills of an item are recalled, from (N, K) that of each skill."""
    width = n[WIDTH]
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            p, first = 1.0, HEADER + j * width
            for slot in range(first, first + width):
                if n[slot] < 0:
                    break
                p *= recalled[i, n[slot]]
            out[i, j] = p


@kernel
def row_sums(values, out):
    """(N,) sum over the skills."""
    for i in range(out.shape[0]):
        out[i] = sum_of(values, i, 0, values.shape[1])
