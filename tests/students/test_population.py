"""Individual differences: mixtures, spread, correlation, and the mistakes a user can make."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtr
from zpdgym.students import InputError, Population

TRAITS = ("prior", "learn", "guess")
FAST_AND_SLOW = [
    {"name": "fast", "share": 0.25, "shift": {"learn": 1.0}},
    {"name": "slow", "share": 0.75, "shift": {"learn": -0.5}, "sd": {"learn": 0.1}},
]


def uniforms(n, count=4, seed=0):
    return np.random.default_rng(seed).random((n, count))


def test_without_arguments_all_students_are_alike():
    group, deviates = Population().sample(uniforms(50), TRAITS)
    assert not group.any()
    assert not deviates.any()
    assert Population().group_names == ("all",)


def test_a_group_has_its_share_and_its_shift():
    population = Population(FAST_AND_SLOW, sd={"learn": 0.4, "prior": 0.2})
    group, deviates = population.sample(uniforms(20000), TRAITS)
    assert (group == 0).mean() == pytest.approx(0.25, abs=0.012)
    fast, slow = deviates[group == 0], deviates[group == 1]
    assert fast.mean(axis=0) == pytest.approx([0, 1.0, 0], abs=0.02)
    assert slow.mean(axis=0) == pytest.approx([0, -0.5, 0], abs=0.02)
    assert fast.std(axis=0) == pytest.approx([0.2, 0.4, 0], abs=0.02)
    assert slow.std(axis=0) == pytest.approx([0.2, 0.1, 0], abs=0.02)


def test_deviates_are_the_inverse_normal_of_their_own_draw():
    u = uniforms(100)
    _, deviates = Population(sd={"prior": 1.0, "guess": 2.0}).sample(u, TRAITS)
    assert ndtr(deviates[:, 0]) == pytest.approx(u[:, 1], abs=1e-12)
    assert ndtr(deviates[:, 2] / 2) == pytest.approx(u[:, 3], abs=1e-12)


def test_traits_correlate_as_asked():
    population = Population(sd=dict.fromkeys(TRAITS, 1.0), correlation={"learn,prior": 0.6, "guess, learn": -0.4})
    _, deviates = population.sample(uniforms(40000), TRAITS)
    found = np.corrcoef(deviates.T)
    assert found[0, 1] == pytest.approx(0.6, abs=0.02)
    assert found[1, 2] == pytest.approx(-0.4, abs=0.02)
    assert found[0, 2] == pytest.approx(0.0, abs=0.02)
    assert deviates.std(axis=0) == pytest.approx(1.0, abs=0.02)


@given(rows=st.lists(st.integers(0, 99), min_size=1, max_size=20))
@settings(max_examples=20)
def test_a_student_does_not_depend_on_the_others(rows):
    population = Population(FAST_AND_SLOW, sd=dict.fromkeys(TRAITS, 0.7), correlation={"learn,prior": 0.5})
    u = uniforms(100)
    group, deviates = population.sample(u, TRAITS)
    some, theirs = population.sample(u[rows], TRAITS)
    assert np.array_equal(some, group[rows])
    assert np.array_equal(theirs, deviates[rows])


def test_the_ends_of_the_unit_interval_stay_finite():
    for value in (0.0, np.nextafter(1.0, 0.0)):
        group, deviates = Population(FAST_AND_SLOW, sd={"prior": 1.0}).sample(np.full((1, 4), value), TRAITS)
        assert np.isfinite(deviates).all()
        assert group[0] in (0, 1)


def test_draws_are_one_for_the_group_and_one_per_trait():
    assert Population().draws(TRAITS) == Population(FAST_AND_SLOW).draws(TRAITS) == 4


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"groups": [{"name": "a", "share": 0.5}]}, "shares sum to 0.5, must sum to 1"),
        ({"groups": [{"name": "a", "share": 0.5}, {"name": "a", "share": 0.5}]}, "'a' is given twice"),
        ({"groups": [{"name": "a", "share": "half"}]}, "share='half' must be a number"),
        ({"groups": [{"share": 1.0}]}, "has no name"),
        ({"groups": [{"name": "a", "share": 1.0, "shfit": {}}]}, r"shfit'.*Did you mean '.*shift'"),
        ({"groups": ["fast"]}, "must be a mapping"),
        ({"groups": [{"name": "a", "share": 1.0, "shift": {"learn": 99}}]}, "shift.learn=99"),
        ({"sd": {"learn": -1.0}}, "sd.learn=-1.0 must be a number in"),
        ({"sd": {"learn": float("nan")}}, "sd.learn=nan"),
        ({"sd": 0.5}, "must map traits to numbers"),
        ({"correlation": {"learn": 0.5}}, "must name two traits"),
        ({"correlation": {"a,b": 0.9, "b,c": 0.9, "a,c": -0.9}}, "no distribution has these correlations"),
    ],
)
def test_mistakes_are_told(arguments, message):
    with pytest.raises(InputError, match=message):
        Population(**arguments)


def test_all_mistakes_are_told_together():
    with pytest.raises(InputError, match=r"sd\.learn.*shares sum"):
        Population([{"name": "a", "share": 0.5}], sd={"learn": -1.0})


def test_a_trait_that_the_model_does_not_have_is_named_with_the_nearest():
    with pytest.raises(InputError, match=r"varies the trait 'lern', which BKT students .*Did you mean 'learn'"):
        Population(sd={"lern": 0.5}).check_traits(TRAITS, "BKT")


def test_more_traits_behind_them_change_nothing_for_those_before():
    """So a layer's traits may correlate with those of the student inside, who is drawn without it."""
    population = Population(
        FAST_AND_SLOW, sd=dict.fromkeys((*TRAITS, "speed"), 0.7), correlation={"learn,prior": 0.5, "learn,speed": -0.6}
    )
    u = uniforms(20000, 5)
    group, deviates = population.sample(u[:, :4], TRAITS)
    more = population.deviates(group, u[:, 1:], (*TRAITS, "speed"))
    assert np.array_equal(more[:, :3], deviates)
    slow = group == 1
    assert np.corrcoef(more[slow, 1], more[slow, 3])[0, 1] == pytest.approx(-0.6, abs=0.02)


def test_part_of_a_population_has_the_same_groups_and_fewer_traits():
    population = Population(FAST_AND_SLOW, sd={"learn": 0.5, "speed": 0.2}, correlation={"learn,speed": 0.3})
    part = population.only(("learn", "prior"))
    assert part.traits == ("learn",)
    assert part.group_names == population.group_names
    assert [g.share for g in part.groups] == [0.25, 0.75]
    assert part.groups[1].sd == {"learn": 0.1}
    u = uniforms(100)
    assert np.array_equal(part.sample(u, TRAITS)[1], population.sample(u, TRAITS)[1])


def test_groups_can_be_cut_finer():
    population = Population(FAST_AND_SLOW, sd={"prior": 0.2}, correlation={"learn,prior": 0.3})
    finer = population.split([("A, fast", 0.1, 0), ("B, fast", 0.15, 0), ("A, slow", 0.3, 1), ("B, slow", 0.45, 1)])
    assert finer.group_names == ("A, fast", "B, fast", "A, slow", "B, slow")
    assert [g.shift for g in finer.groups] == [{"learn": 1.0}, {"learn": 1.0}, {"learn": -0.5}, {"learn": -0.5}]
    assert finer.traits == population.traits
    assert finer.correlation == population.correlation
