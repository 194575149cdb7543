"""Kernels of cohorts that mix student models: students of one model are brought together, taught, and put back.

A row of the (N, W) float64 state: group, model, then the record of the student's own model.
"""

from __future__ import annotations

from .jit import kernel

MODEL, INSIDE = 1, 2  # columns of the state


@kernel
def sort(s, n_models, order, ends):
    """Rows by model, in their order: ``order`` (N,), and where each model's part ends (n_models,)."""
    for m in range(n_models):
        ends[m] = 0
    for i in range(order.shape[0]):
        ends[int(s[i, MODEL])] += 1
    total = 0
    for m in range(n_models):
        count, ends[m] = ends[m], total
        total += count
    for i in range(order.shape[0]):
        m = int(s[i, MODEL])
        order[ends[m]] = i
        ends[m] += 1


@kernel
def gather(s, order, inside):
    """The records inside, by model."""
    for r in range(order.shape[0]):
        for column in range(inside.shape[1]):
            inside[r, column] = s[order[r], INSIDE + column]


@kernel
def scatter(inside, order, s):
    """Back to their rows."""
    for r in range(order.shape[0]):
        for column in range(inside.shape[1]):
            s[order[r], INSIDE + column] = inside[r, column]
