"""What is used of scipy.sparse, which says no types itself."""

import numpy as np
import numpy.typing as npt

class coo_array:
    def __init__(
        self,
        entries: tuple[npt.NDArray[np.float64], tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]],
        *,
        shape: tuple[int, int],
    ) -> None: ...
