"""What is handed to a belief's predictions: of the right shape, or refused; kernels would read past its end."""

import numpy as np
import pytest
from zpdgym.agents.problem import Problem
from zpdgym.envs.beliefs.base import Believed
from zpdgym.errors import InputError

from tests.envs.beliefs.test_all_beliefs import KINDS, N, made
from tests.helpers import world

ASKED = ("expected_gain", "p_correct", "after")


def ask(belief, name, seen):
    return getattr(belief, name)(seen, *([2.0] if name == "after" else []))


@pytest.mark.parametrize("name", ASKED)
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_not_of_these_skills_is_refused(kind, name):
    belief = made(kind)
    c = belief.curriculum
    fits = np.full((N, c.n_skills), 0.4)
    for wrong in (np.full((N, c.n_items), 0.4), np.full((N, c.n_skills - 1), 0.4), np.full(c.n_skills, 0.4), 0.4):
        with pytest.raises(InputError, match=r"believed\.belief has shape .*, must be \(students, \d+\)"):
            ask(belief, name, Believed(wrong, fits, fits, tries=fits))
    for field in ("ready", "open", "tries"):
        for wrong in (fits[:, 1:], fits[1:], fits[0], fits[:, :, None]):
            seen = Believed(fits, fits, fits, tries=fits)._replace(**{field: wrong})
            with pytest.raises(InputError, match=rf"believed\.{field} has shape"):
                ask(belief, name, seen)
    with pytest.raises(InputError, match=r"believed\.bugs has shape .* bugs\)"):
        ask(belief, name, Believed(fits, fits, fits, bugs=fits, tries=fits))
    assert np.isfinite(ask(belief, name, Believed(fits, fits, fits, tries=fits))).all()


def test_rows_of_items_say_nothing_of_skills():
    env = world(observe={"rows": "items"}).make(2)
    observation, _ = env.reset()
    with pytest.raises(InputError, match=r"shown by observe\.rows=skills; scenario .* has items"):
        Problem.of(env).believed(observation)
