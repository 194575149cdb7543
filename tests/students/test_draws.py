"""Luck depends on who, when and what for, and on nothing else."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from zpdgym.students.draws import LESSON, POLICY, RESET, REST, draw, spawn_seed

pytestmark = pytest.mark.kernels

COUNT = 5


def luck(seed=0, stream=LESSON, students=(0,), episodes=None, lessons=None, count=COUNT):
    who = np.array(students, np.int64)
    zero = np.zeros_like(who)
    return draw(
        seed,
        stream=stream,
        students=who,
        episodes=zero if episodes is None else np.array(episodes, np.int64),
        lessons=zero if lessons is None else np.array(lessons, np.int64),
        count=count,
    )


def splitmix(z):
    """The finaliser in Python's own integers, written from the paper."""
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) % 2**64
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) % 2**64
    return z ^ (z >> 31)


def uniform(seed, stream, student, episode, lesson, slot):
    key = seed
    for part in (stream, student, episode, lesson, slot):
        key = splitmix((key + 0x9E3779B97F4A7C15 * (part + 1)) % 2**64)
    return (key >> 11) * 2.0**-53


@given(
    seed=st.integers(0, 2**63 - 1), stream=st.integers(0, 3), student=st.integers(0, 2**40), episode=st.integers(0, 9),
    lesson=st.integers(0, 500),
)  # fmt: skip
@settings(max_examples=30)
def test_the_kernel_computes_what_plain_python_does(seed, stream, student, episode, lesson):
    found = luck(seed, stream, [student], [episode], [lesson])[0]
    assert found.tolist() == [uniform(seed, stream, student, episode, lesson, slot) for slot in range(COUNT)]


def test_a_students_luck_does_not_depend_on_the_cohort():
    whole = luck(7, students=range(100))
    assert np.array_equal(luck(7, students=[31]), whole[[31]])
    assert np.array_equal(luck(7, students=range(99, -1, -1)), whole[::-1])
    assert np.array_equal(luck(7, students=range(100), count=2), whole[:, :2])


def test_every_part_of_the_key_changes_the_luck():
    base = luck()
    others = [luck(seed=1), luck(students=[1]), luck(episodes=[1]), luck(lessons=[1])]
    others += [luck(stream=stream) for stream in (RESET, REST, POLICY)]
    for other in others:
        assert not np.isin(base, other).any()


def test_luck_is_uniform_and_its_parts_are_unrelated():
    u = luck(3, students=range(4000))
    assert (u >= 0).all()
    assert (u < 1).all()
    for column in u.T:
        counts = np.histogram(column, bins=20, range=(0, 1))[0]
        assert ((counts - 200) ** 2 / 200).sum() < 45  # chi-square with 19 degrees of freedom, p = .0007
    following = luck(3, students=range(4000), lessons=np.ones(4000))
    between = np.corrcoef(np.column_stack([u, following]).T) - np.eye(2 * COUNT)
    assert np.abs(between).max() < 4.5 / 4000**0.5


def test_luck_is_the_same_on_every_machine():
    assert luck(2026, students=[12], lessons=[3], count=3)[0].tolist() == [
        uniform(2026, LESSON, 12, 0, 3, slot) for slot in range(3)
    ]
    assert luck(0, RESET, count=1)[0, 0] == 0.47141042966848024


def test_roles_have_seeds_of_their_own():
    seeds = {spawn_seed(seed, role) for seed in range(20) for role in ("training", "validation", "test")}
    assert len(seeds) == 60
    assert all(0 <= seed < 2**63 for seed in seeds)
    assert spawn_seed(0, "test") == spawn_seed(0, "test")
