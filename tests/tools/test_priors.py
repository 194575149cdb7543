"""The page of priors: which pairs are told apart, which are turned round, and which of them far."""

from __future__ import annotations

from benchmarks.pages.priors import World, far_reversed, first_of, reversed_pairs, row


def world(name, *order, apart=(), far=()):
    outcomes = {policy: 0.9 - 0.1 * i for i, policy in enumerate(order)}
    return World(name, order, outcomes, {pair: "+.100" for pair in apart}, frozenset(far))


FROZEN = world("as_frozen", "a", "b", "c", apart=[("a", "b"), ("a", "c")], far=[("a", "b")])


def test_a_pair_is_reversed_only_where_both_worlds_tell_it_apart():
    turned = world("learn_half", "b", "c", "a", apart=[("b", "a"), ("b", "c")], far=[("b", "a")])
    assert reversed_pairs(FROZEN, turned) == [("b", "a")]
    assert far_reversed(FROZEN, turned) == ["`b` over `a` by +.100, which was +.100 the other way"]
    assert row(FROZEN, turned) == ["learn half", "`b` 0.900, `c` 0.800, `a` 0.700", "0 of 2", "1", "1"]


def test_a_pair_that_is_close_in_one_of_the_worlds_is_not_far_reversed():
    turned = world("learn_half", "c", "b", "a", apart=[("b", "a"), ("c", "a")], far=[("c", "a")])
    assert row(FROZEN, turned)[3:] == ["2", "0"]
    assert far_reversed(FROZEN, turned) == []


def test_what_is_merely_undecided_is_not_reversed():
    undecided = world("learn_twice", "c", "a", "b", apart=[("a", "b")])
    assert reversed_pairs(FROZEN, undecided) == []
    assert row(FROZEN, undecided)[2:] == ["1 of 2", "0", "0"]
    assert first_of([FROZEN, FROZEN, undecided]) == "Highest mean, of 3 worlds: `a` in 2, `c` in 1."
