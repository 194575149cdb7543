"""``evaluate`` and ``train``: what they refuse, and how an evaluation is shown."""

import re

import pytest
from zpdgym.errors import InputError
from zpdgym.experiments.evaluate import evaluate, train


def test_evaluate_refuses_what_cannot_teach():
    with pytest.raises(InputError, match="has to be trained"):
        evaluate("tiny", "ppo_scorer", n_students=5)
    with pytest.raises(InputError, match="n_students=0"):
        evaluate("tiny", "random", n_students=0)
    with pytest.raises(InputError, match="does not learn"):
        train("tiny", "random", lessons=10, seed=0)


def test_evaluation_is_shown_in_a_line():
    shown = repr(evaluate("tiny", "linear", n_students=20))
    assert re.fullmatch(r"<Evaluation of linear in Tiny-v0: exam 0\.\d+ \[0\.\d+, 0\.\d+\], 20 students>", shown)


@pytest.mark.parametrize("n", [1, 2, 3])
def test_an_interval_of_few_students_stays_within_what_there_can_be(n):
    found = evaluate("tiny", "random", n_students=n).summary()
    assert 0.0 <= found["outcome_low"] <= found["outcome"] <= found["outcome_high"] <= 1.0
    assert n > 1 or (found["outcome_low"], found["outcome_high"]) == (0.0, 1.0)
