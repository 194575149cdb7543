"""Who loses in expectation: what is said is near the truth, or nothing is said."""

import numpy as np
import pytest
from zpdgym.experiments.harm import harm, harms

NOISE, SMALLEST = 0.1, 0.02


def lives(expected, n_lives, *, seed=0, noise=NOISE):
    """(1, L, N) differences of students who expect these."""
    generator = np.random.default_rng(seed)
    spread = noise * generator.uniform(0.5, 1.4, len(expected))
    return (expected + spread * generator.normal(size=(n_lives, len(expected))))[None]


def said(differences, smallest=SMALLEST):
    return harm(differences, smallest, generator=np.random.default_rng(1))


def two_groups(share, n, *, others=0.0, loss=0.05):
    return np.where(np.arange(n) < round(share * n), -loss, others)


def test_luck_alone_is_no_harm():
    found = said(lives(np.zeros(300), 64))
    assert found.harmed.told
    assert found.gained.told
    assert found.harmed.value < 0.02
    assert found.gained.value < 0.02
    assert found.reliability < 0.2
    assert found.noise == pytest.approx(NOISE / 8, rel=0.1)


@pytest.mark.parametrize("share", [0.05, 0.1, 0.2])
def test_two_groups_are_found_where_a_normal_distribution_would_not_show_them(share):
    expected = two_groups(share, 300, others=0.03)
    found = said(lives(expected, 64))
    assert found.harmed.told
    assert found.harmed.value == pytest.approx(share, abs=0.03)
    assert found.harmed.low <= share <= found.harmed.high


def test_questions_asked_together_are_answered_as_each_alone():
    asked = [
        lives(two_groups(0.1, 90), 16),
        lives(np.zeros(40), 3),
        np.concatenate([lives(np.linspace(-0.1, 0.1, 60), 8, seed=seed) for seed in range(3)]),
        np.full((1, 16, 50), 0.125),
        lives(np.zeros(30), 64, seed=9),
    ]
    alone = [said(each) for each in asked]
    assert [each is None for each in alone] == [False, True, False, False, False]
    assert harms(asked, SMALLEST, generators=[np.random.default_rng(1) for _ in asked]) == alone


def test_one_broad_group_is_found():
    expected = np.random.default_rng(3).normal(0.02, 0.03, 300)
    found = said(lives(expected, 200))
    assert found.harmed.value == pytest.approx((expected < -SMALLEST).mean(), abs=0.03)
    assert found.gained.value == pytest.approx((expected > SMALLEST).mean(), abs=0.04)
    assert found.reliability == pytest.approx(0.03**2 / (0.03**2 + found.noise**2), abs=0.05)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("share", [0.0, 0.05, 0.1, 0.2])
def test_few_lives_cannot_tell(share, seed):
    found = said(lives(two_groups(share, 300), 8, seed=seed))
    assert not found.harmed.told
    assert found.harmed.low <= share + 0.01
    assert share <= found.harmed.high


def test_without_noise_students_are_counted():
    expected = two_groups(0.25, 40)
    found = said(np.repeat(expected[None, None], 4, axis=1))
    assert (found.harmed.value, found.harmed.low, found.harmed.high) == (0.25, 0.25, 0.25)
    assert found.harmed.told
    assert found.reliability == 1.0
    assert found.gained.value == 0.0


def test_trainings_are_averaged():
    expected = two_groups(0.2, 300, others=0.03)
    both = np.concatenate([lives(expected, 64), lives(np.full(300, 0.03), 64, seed=1)])
    assert said(both).harmed.value == pytest.approx(0.1, abs=0.03)


def test_too_little_says_nothing_and_equal_draws_say_the_same():
    assert said(lives(np.zeros(300), 3)) is None
    assert said(lives(np.zeros(19), 64)) is None
    differences = lives(two_groups(0.1, 100), 16)
    assert said(differences) == said(differences)


def test_a_smallest_difference_of_nothing_is_allowed():
    found = said(lives(np.full(50, -0.2), 16), smallest=0.0)
    assert found.harmed.value > 0.95


def test_what_no_noise_explains_is_told_however_few_the_lives():
    """Everybody loses .7: eight lives with a noise of .035 each student are enough to see that."""
    found = said(lives(np.full(80, -0.7), 8))
    assert found.noise > 0.8 * SMALLEST
    assert found.harmed.told
    assert found.gained.told
    assert found.harmed.value > 0.98
    assert found.gained.value < 0.02


@pytest.mark.parametrize("seed", range(20))
def test_it_is_right_whatever_the_distribution_and_cannot_tell_near_the_limit(seed):
    generator = np.random.default_rng(seed)
    centres = generator.choice([-0.5, -0.02, 0.0, 0.3], 300, p=generator.dirichlet(np.ones(4)))
    found = said(lives(centres, 8, seed=seed + 100))
    for share, truth in ((found.harmed, (centres < -SMALLEST).mean()), (found.gained, (centres > SMALLEST).mean())):
        assert not share.told or abs(share.value - truth) <= 0.03


def test_students_who_all_expect_the_same_have_no_difference_to_rely_on():
    assert said(np.zeros((1, 8, 40))).reliability == 0.0
