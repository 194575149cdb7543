"""What the kernels of several memory models share: an item is right if all its skills are recalled."""

from __future__ import annotations

from ..jit import kernel

WIDTH, HEADER = 2, 4  # of the integers: S skills per item; where the items' skills begin, -1 where there is none


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
        total = 0.0
        for k in range(values.shape[1]):
            total += values[i, k]
        out[i] = total
