"""A share of the bad inputs of ``python -m benchmarks.bad_inputs``: each is refused in one line and writes nothing."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.bad_inputs.__main__ import all_cases, table
from benchmarks.bad_inputs.trial import LIMIT, try_all

THOUGHT_OF, DRAWN = 180, 240


@pytest.mark.slow
def test_bad_inputs_are_refused_in_one_line_and_nothing_is_written():
    every = all_cases(generated=DRAWN, seed=1)
    thought_of = [case for case in every if not case.generated]
    some = np.random.default_rng(1).choice(len(thought_of), THOUGHT_OF, replace=False)
    cases = [case for case in every if case.generated] + [thought_of[n] for n in np.sort(some)]
    outcomes = try_all(cases, jobs=2, tell=lambda done: None)
    offenders = [(c.kind, c.text, o.flaws, o.said) for c, o in zip(cases, outcomes, strict=True) if o.flaws]
    assert not offenders, "\n".join(table(cases, outcomes))
    assert max(outcome.seconds for outcome in outcomes) < LIMIT
    assert sum(case.generated for case in cases) >= len(cases) // 2
