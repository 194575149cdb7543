"""Kernels of cohorts that mix student models: batches over rows of one (N, W) float64 state.

A row: group, the record of the student's own model, and in ``column`` which model that is. Layers around the mixture
may have columns behind it.
"""

from __future__ import annotations

from ..jit import kernel


@kernel
def sort(s, column, order, ends):
    """Rows by model, in their order: ``order`` (N,), and where each model's part ends (models,)."""
    for m in range(ends.shape[0]):
        ends[m] = 0
    for i in range(order.shape[0]):
        ends[int(s[i, column])] += 1
    total = 0
    for m in range(ends.shape[0]):
        count, ends[m] = ends[m], total
        total += count
    for i in range(order.shape[0]):
        m = int(s[i, column])
        order[ends[m]] = i
        ends[m] += 1


@kernel
def theirs(s, column, model, items, out):
    """The items of the students of one model, -1 for everybody else; how many students the model has."""
    count = 0
    for i in range(items.shape[0]):
        own = s[i, column] == model
        out[i] = items[i] if own else -1
        count += own
    return count


@kernel
def take(s, column, model, seen, out):
    """What was seen of the students of one model."""
    for i in range(out.shape[0]):
        if s[i, column] == model:
            out[i] = seen[i]
