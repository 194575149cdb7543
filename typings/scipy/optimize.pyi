"""What is used of scipy.optimize, which says no types itself."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

class OptimizeResult:
    x: npt.NDArray[np.float64]

def minimize(
    fun: Callable[[npt.NDArray[np.float64]], float],
    x0: npt.NDArray[np.float64],
    *,
    method: str,
    bounds: Sequence[tuple[float, float]],
    options: Mapping[str, float],
) -> OptimizeResult: ...
def brentq(f: Callable[[float], float], a: float, b: float) -> float: ...
