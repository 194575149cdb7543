"""Helpers that kernels call can be called from Python too."""

import numpy as np
import pytest
from zpdgym.students.jit import inline, kernel, splice

from tests.helpers import COMPILED


@inline
def share(x):
    return 0.25 * x


@splice
def total(x):
    added = 0.0
    for i in range(x.shape[0]):
        added += share(x[i])
    return added


@kernel
def both(x):
    return share(x[0]) + total(x)


@pytest.mark.kernels
def test_a_helper_has_a_way_in_from_python_before_and_after_kernels_call_it():
    x = np.array([1.0, 3.0])
    assert (share(4), total(x)) == (1.0, 1.0)
    assert both(x) == 1.25
    assert (share(4.0), share(8), total(x), both(x)) == (1.0, 2.0, 1.0, 1.25)


@pytest.mark.skipif(not COMPILED, reason="nothing is compiled in this pass")
def test_a_helper_called_with_what_it_does_not_take_says_so():
    with pytest.raises(TypeError, match="too many arguments"):
        share(1.0, 2.0)
