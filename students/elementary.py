"""Exponential, logarithm and power function in plain arithmetic, so that a compiler can take eight at a time.

A loop that calls the C library's ``exp`` or ``pow`` cannot be vectorised; one that calls these and stores its results
in an array can, and is then three to six times faster. Same arithmetic, so the same bits, however many are taken at a
time. All are right to some 1e-15 of their value (tests/students/memory/test_actr.py).
"""

from __future__ import annotations

import numpy as np

from .jit import inline

LARGEST = 700.0  # exp(±700) is a normal number
LOG2, INVERSE_LOG2 = 0.6931471805599453, 1.4426950408889634
LOG2_HIGH, LOG2_LOW = 0.6931471803691238, 1.9082149292705877e-10  # LOG2 in two parts: n * LOG2_HIGH is exact
ROUND = 6755399441055744.0  # 1.5 * 2^52: adding it rounds to a whole number, which then stands in the lowest bits
EXPONENT, MANTISSA, ONE = 0x4330000000000000, 0x000FFFFFFFFFFFFF, 0x3FF0000000000000
BIAS = 4503599627371519.0  # 2^52 + 1023: what the exponent's bits are too large by, once read as a number


@inline
def exp(y):
    """e^y for y within ±LARGEST; beyond, its value there."""
    y = min(max(y, -LARGEST), LARGEST)
    shifted = y * INVERSE_LOG2 + ROUND
    n = shifted - ROUND
    r = (y - n * LOG2_HIGH) - n * LOG2_LOW
    p = 1.0 / 479001600.0  # Taylor: |r| <= log(2) / 2, so the next term is below 2e-16
    p = p * r + 1.0 / 39916800.0
    p = p * r + 1.0 / 3628800.0
    p = p * r + 1.0 / 362880.0
    p = p * r + 1.0 / 40320.0
    p = p * r + 1.0 / 5040.0
    p = p * r + 1.0 / 720.0
    p = p * r + 1.0 / 120.0
    p = p * r + 1.0 / 24.0
    p = p * r + 1.0 / 6.0
    p = p * r + 0.5
    p = p * r + 1.0
    p = p * r + 1.0
    return p * np.int64((np.float64(shifted).view(np.int64) + 1023) << 52).view(np.float64)


@inline
def log(x):
    """Natural logarithm of a normal number x > 0."""
    bits = np.float64(x).view(np.int64)
    e = np.int64((bits >> 52) | EXPONENT).view(np.float64) - BIAS
    m = np.int64((bits & MANTISSA) | ONE).view(np.float64)
    large = m > 1.4142135623730951
    m = m * 0.5 if large else m
    e = e + 1.0 if large else e
    z = (m - 1.0) / (m + 1.0)  # log m = 2 atanh z, |z| < .172
    w = z * z
    p = 1.0 / 19.0
    p = p * w + 1.0 / 17.0
    p = p * w + 1.0 / 15.0
    p = p * w + 1.0 / 13.0
    p = p * w + 1.0 / 11.0
    p = p * w + 1.0 / 9.0
    p = p * w + 1.0 / 7.0
    p = p * w + 1.0 / 5.0
    p = p * w + 1.0 / 3.0
    return e * LOG2 + (2.0 * z + 2.0 * z * w * p)


@inline
def power(x, d):
    """x^-d for a normal number x > 0; a result beyond e^±LARGEST is cut there."""
    return exp(-d * log(x))
