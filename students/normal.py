"""Normal deviates and averages over normal distributions, inside kernels."""

from __future__ import annotations

import math

from .jit import inline

REACH = 6.0  # standard deviations that an average covers
SMALLEST = 2.0**-54  # half the smallest step of a uniform: keeps the deviate finite at 0

# Coefficients of Wichura (1988, Applied Statistics 37, 477-484, algorithm AS 241, PPND16), highest power first: in the
# middle (r = .425^2 - (u - .5)^2, times u - .5), in the tails (r = sqrt(-log u) - 1.6), and far out (r - 5).
MIDDLE = (
    2.5090809287301226727e3, 3.3430575583588128105e4, 6.7265770927008700853e4, 4.5921953931549871457e4,
    1.3731693765509461125e4, 1.9715909503065514427e3, 1.3314166789178437745e2, 3.3871328727963666080e0,
)  # fmt: skip
UNDER_MIDDLE = (
    5.2264952788528545610e3, 2.8729085735721942674e4, 3.9307895800092710610e4, 2.1213794301586595867e4,
    5.3941960214247511077e3, 6.8718700749205790830e2, 4.2313330701600911252e1, 1.0,
)  # fmt: skip
TAIL = (
    7.7454501427834140764e-4, 2.27238449892691845833e-2, 2.41780725177450611770e-1, 1.27045825245236838258e0,
    3.64784832476320460504e0, 5.76949722146069140550e0, 4.63033784615654529590e0, 1.42343711074968357734e0,
)  # fmt: skip
UNDER_TAIL = (
    1.05075007164441684324e-9, 5.47593808499534494600e-4, 1.51986665636164571966e-2, 1.48103976427480074590e-1,
    6.89767334985100004550e-1, 1.67638483018380384940e0, 2.05319162663775882187e0, 1.0,
)  # fmt: skip
FAR = (
    2.01033439929228813265e-7, 2.71155556874348757815e-5, 1.24266094738807843860e-3, 2.65321895265761230930e-2,
    2.96560571828504891230e-1, 1.78482653991729133580e0, 5.46378491116411436990e0, 6.65790464350110377720e0,
)  # fmt: skip
UNDER_FAR = (
    2.04426310338993978564e-15, 1.42151175831644588870e-7, 1.84631831751005468180e-5, 7.86869131145613259100e-4,
    1.48753612908506148525e-2, 1.36929880922735805310e-1, 5.99832206555887937690e-1, 1.0,
)  # fmt: skip


@inline
def _polynomial(c, x):
    """The polynomial with these eight coefficients."""
    return ((((((c[0] * x + c[1]) * x + c[2]) * x + c[3]) * x + c[4]) * x + c[5]) * x + c[6]) * x + c[7]


@inline
def deviate(u):
    """The standard normal deviate below which a share ``u`` in [0, 1) lies, to 16 digits."""
    q = u - 0.5
    if abs(q) <= 0.425:
        r = 0.180625 - q * q
        return q * _polynomial(MIDDLE, r) / _polynomial(UNDER_MIDDLE, r)
    r = math.sqrt(-math.log(max(min(u, 1.0 - u), SMALLEST)))
    if r <= 5.0:
        z = _polynomial(TAIL, r - 1.6) / _polynomial(UNDER_TAIL, r - 1.6)
    else:
        z = _polynomial(FAR, r - 5.0) / _polynomial(UNDER_FAR, r - 5.0)
    return z if q > 0.0 else -z


@inline
def sigmoid(x):
    """1 / (1 + exp(-x))."""
    return 1.0 / (1.0 + math.exp(min(-x, 700.0)))


@inline
def average_sigmoid(mean, sd):
    """The mean of ``sigmoid`` over a normal distribution, to 1e-8.

    The trapezoidal rule; its error falls as exp(-2 pi^2 / (step * sd)), because the nearest pole of the logistic
    function lies pi away from the real line (Trefethen & Weideman 2014, SIAM Review 56, 385-458, theorem 5.1).
    """
    if sd <= 0.0:
        return sigmoid(mean)
    step = 0.5 / max(0.5 * sd, 1.0)
    half = int(REACH / step)
    total = weights = 0.0
    for node in range(-half, half + 1):
        z = node * step
        weight = math.exp(-0.5 * z * z)
        weights += weight
        total += weight * sigmoid(mean + sd * z)
    return total / weights
