"""Every rule that a list may be made of, beside what it says read lesson by lesson."""

import numpy as np
import pytest
from zpdgym.experiments.report.taught.rules import Condition, Preference, Situations, candidates


def _situations(seed: int, *, n_lessons: int = 60, n_skills: int = 7) -> Situations:
    rng = np.random.default_rng(seed)
    holds = [rng.random((n_lessons, n_skills)) < share for share in (0.2, 0.5, 0.5, 0.9)]
    orders = [rng.permuted(np.tile(np.arange(n_skills), (n_lessons, 1)), axis=1) for _ in range(3)]
    chosen = rng.random((n_lessons, n_skills)) < 0.2
    return Situations(
        tuple(Condition(f"that is {k}", those) for k, those in enumerate(holds)),
        tuple(Preference(f"the first by {k}", order) for k, order in enumerate(orders)),
        chosen,
        rng.random(n_lessons) < 0.5,
    )


@pytest.mark.parametrize("seed", range(4))
def test_a_rule_applies_and_is_right_where_its_words_say_so(seed):
    seen = _situations(seed)
    rules, applies, right = candidates(seen)
    assert len(rules) > 30
    assert {len(rule.conditions) for rule in rules} == {0, 1, 2}
    assert {rule.preference for rule in rules} == {-1, 0, 1, 2}
    for rule, here, well in zip(rules, applies, right, strict=True):
        for lesson, chosen in enumerate(seen.chosen):
            those = [k for k in range(7) if all(seen.conditions[i].holds[lesson, k] for i in rule.conditions)]
            if rule.preference < 0:
                wanted = not those, not those and not chosen.any()
            else:
                order = seen.preferences[rule.preference].order[lesson].tolist()
                wanted = bool(those), bool(those) and bool(chosen[min(those, key=order.index)])
            assert (bool(here[lesson]), bool(well[lesson])) == wanted
